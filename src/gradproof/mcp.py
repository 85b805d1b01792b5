"""The Model Context Protocol on standard input and output: one JSON-RPC message a line, the commands of the service as tools. No dependency.

An assistant asks `tools/list`, then `tools/call`; a result has the answer as `structuredContent`, and in one line of text what matters of it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from typing import IO, cast

import gradproof as gp
from gradproof.service import COMMANDS, FIELDS, Answer, Json, Object, answer, encoded
from gradproof.service.schema import schema

VERSIONS = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")  # of the protocol, the newest first
LONGEST = 1_000_000  # bytes of a message
PARSE_ERROR, INVALID, NO_METHOD, BAD_PARAMS = -32700, -32600, -32601, -32602
LIMITS = gp.limits(seconds=5, memory=2**30, order=6)

INSTRUCTIONS = (
    "Vector and matrix derivatives in closed form, proven numerically. Before you state a gradient, Jacobian or Hessian, call `derive`, or `check` with your own "
    "as `claim`. Results are in denominator layout unless `layout` says otherwise: a gradient has the shape of its variable. `steps` explains, `code` programs."
)


class RpcError(Exception):
    """An error of the protocol: its code and a message."""

    def __init__(self, code: int, message: str):
        super().__init__(message)
        self.code = code


def tools() -> list[Json]:
    """The commands as tools, with the schemas of their requests and answers."""
    definitions = cast("dict[str, Object]", schema()["$defs"])
    found: list[Json] = []
    for name, command in COMMANDS.items():
        properties = {f: {"description": str(FIELDS[f].what), **FIELDS[f].schema} for f in command.fields if f not in ("id", "command")}  # fmt: skip
        given: Object = {"type": "object", "properties": cast("Json", properties), "required": [*command.required]}
        found.append(
            {
                "name": name,
                "title": name,
                "description": command.what,
                "inputSchema": {**given, "additionalProperties": False},
                "outputSchema": {**definitions[f"{name}-answer"], "required": ["schema_version"]},
                "annotations": {"readOnlyHint": True, "idempotentHint": True, "openWorldHint": False},
            }
        )
    return found


def _initialize(params: Object, lang: str) -> Object:
    asked = params.get("protocolVersion")
    version = asked if isinstance(asked, str) and asked in VERSIONS else VERSIONS[0]
    server: Object = {"name": "gradproof", "title": "gradproof", "version": gp.__version__}
    return {"protocolVersion": version, "capabilities": {"tools": {"listChanged": False}}, "serverInfo": server, "instructions": INSTRUCTIONS}  # fmt: skip


def _call(params: Object, lang: str) -> Object:
    name = params.get("name")
    if not isinstance(name, str) or name not in COMMANDS:
        raise RpcError(BAD_PARAMS, "there is no such tool")
    with LIMITS:
        given = params.get("arguments") or {}
        found = answer({"lang": lang, **given} if isinstance(given, dict) else given, name)
    return {
        "content": [{"type": "text", "text": _told(found, lang)}],
        "structuredContent": found.body,
        "isError": found.error is not None,
    }


def _told(found: Answer, lang: str) -> str:
    """What matters of an answer, as text; then the answer itself."""
    body = found.body
    if found.error is not None:
        return found.error.told(lang)
    if "result" in body:
        result, left = cast("Object", body["result"]), cast("Object", body["left"])
        proof = cast("Object", body["verification"])["text"] if body["verification"] else "not verified"
        return f"{left['ascii']} = {result['ascii']}\nlayout {body['layout']}, shape {' × '.join(map(str, cast('list[str]', body['shape']))) or 'a number'}\n{proof}"
    for key in ("text", "source"):
        if key in body:
            return str(body[key])
    return encoded(body).decode()


METHODS: dict[str, Callable[[Object, str], Object]] = {
    "initialize": _initialize,
    "ping": lambda params, lang: {},
    "tools/list": lambda params, lang: {"tools": tools()},
    "tools/call": _call,
}


def handled(message: Json, lang: str = "en") -> Object | None:
    """The answer to one message, in a language unless a call asks for another; None for a notification, or for an answer to us."""
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
        return _failed(None, INVALID, "a message is an object of JSON-RPC 2.0")
    name, method = message.get("id"), message.get("method")
    if not isinstance(method, str):
        return None if "result" in message or "error" in message else _failed(name, INVALID, "the method is missing")
    if "id" not in message:
        return None
    params = message.get("params") or {}
    try:
        if method not in METHODS:
            raise RpcError(NO_METHOD, f"there is no method {method[:80]}")
        if not isinstance(params, dict):
            raise RpcError(BAD_PARAMS, "params are an object")
        return {"jsonrpc": "2.0", "id": name, "result": METHODS[method](params, lang)}
    except RpcError as error:
        return _failed(name, error.code, str(error))


def _failed(name: Json, code: int, message: str) -> Object:
    return {"jsonrpc": "2.0", "id": name, "error": {"code": code, "message": message}}


def _messages(source: IO[bytes]) -> Iterator[bytes | None]:
    """Lines; None for one that is too long, of which nothing is kept."""
    while line := source.readline(LONGEST + 1):
        if len(line) <= LONGEST:
            if line.strip():
                yield line
            continue
        while line and not line.endswith(b"\n"):
            line = source.readline(LONGEST)
        yield None


def serve(source: IO[bytes], sink: IO[bytes], lang: str = "en") -> None:
    """Answers messages until the source ends."""
    for line in _messages(source):
        if line is None:
            reply: Json = _failed(None, INVALID, f"a message has at most {LONGEST} bytes")
        else:
            try:
                message: Json = json.loads(line.decode("utf-8"))
            except (ValueError, RecursionError):
                reply = _failed(None, PARSE_ERROR, "this is not JSON")
            else:
                if isinstance(message, list) and message:
                    reply = [r for m in message if (r := handled(m, lang))]
                else:
                    reply = handled(message, lang)
        if reply:
            sink.write(json.dumps(reply, ensure_ascii=False).encode("utf-8", errors="replace") + b"\n")
            sink.flush()


def main(lang: str = "en") -> None:
    """The server on standard input and output; whatever else is printed goes to standard error."""
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    with redirect_stdout(sys.stderr):
        serve(source, sink, lang)
