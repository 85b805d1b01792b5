"""The Model Circumstances Protocol on standard input and output: one JSON-RPC message a line, the commands of the service as tools. No dependency.

An assistant asks `tools/list`, then `tools/call`; a result has the answer as `structuredContent`, and in one line of text what matters of it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from queue import SimpleQueue
from threading import Thread
from typing import IO, cast

import gradproof as gp
from gradproof.records import dataclass, replace
from gradproof.service import COMMANDS, FIELDS, Answer, Json, Object, answer, encoded
from gradproof.service.schema import schema

VERSIONS = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")  # of the protocol, the newest first
LONGEST = 1_000_000  # bytes of a message
PARSE_ERROR, INVALID, NO_METHOD, BAD_PARAMS = -32700, -32600, -32601, -32602
SECONDS, MEMORY, ORDER = 5, 2**30, 6

INSTRUCTIONS = (
    "Vector and matrix derivatives in closed form, proven numerically. Before you state a gradient, Jacobian or Hessian, call `derive`, or `check` with your own "
    "as `claim`. Results are in denominator layout unless `layout` says otherwise: a gradient has the shape of its variable. `steps` explains, `code` programs."
)


@dataclass(frozen=True)
class Circumstances:
    """What a message is handled in: the language of answers, and the numbers of requests that were cancelled."""

    lang: str = "en"
    cancelled: frozenset[object] | set[object] = frozenset()
    name: object = None  # of the request that is handled

    def given_up(self) -> bool:
        """Whether nobody waits for this request any more."""
        return isinstance(self.name, str | int) and self.name in self.cancelled


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


def _initialize(params: Object, context: Circumstances) -> Object:
    asked = params.get("protocolVersion")
    version = asked if isinstance(asked, str) and asked in VERSIONS else VERSIONS[0]
    server: Object = {"name": "gradproof", "title": "gradproof", "version": gp.__version__}
    return {"protocolVersion": version, "capabilities": {"tools": {"listChanged": False}}, "serverInfo": server, "instructions": INSTRUCTIONS}  # fmt: skip


def _call(params: Object, context: Circumstances) -> Object:
    name = params.get("name")
    if not isinstance(name, str) or name not in COMMANDS:
        raise RpcError(BAD_PARAMS, "there is no such tool")
    with gp.limits(SECONDS, MEMORY, ORDER, context.given_up):
        given = params.get("arguments") or {}
        found = answer({"lang": context.lang, **given} if isinstance(given, dict) else given, name)
    return {
        "content": [{"type": "text", "text": _told(found, context.lang)}],
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


METHODS: dict[str, Callable[[Object, Circumstances], Object]] = {
    "initialize": _initialize,
    "ping": lambda params, context: {},
    "tools/list": lambda params, context: {"tools": tools()},
    "tools/call": _call,
}


def handled(message: Json, context: Circumstances) -> Object | None:
    """The answer to one message; None for a notification, for an answer to us, or where nobody waits for it."""
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
        return _failed(None, INVALID, "a message is an object of JSON-RPC 2.0")
    name, method = message.get("id"), message.get("method")
    if not isinstance(method, str):
        return None if "result" in message or "error" in message else _failed(name, INVALID, "the method is missing")
    if "id" not in message:
        return None
    params, context = message.get("params") or {}, replace(context, name=name)
    try:
        if method not in METHODS:
            raise RpcError(NO_METHOD, f"there is no method {method[:80]}")
        if not isinstance(params, dict):
            raise RpcError(BAD_PARAMS, "params are an object")
        result = {} if context.given_up() else METHODS[method](params, context)
        return None if context.given_up() else {"jsonrpc": "2.0", "id": name, "result": result}
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
    """Answers messages until the source ends. They are read while one is answered, so that this can be cancelled."""
    cancelled: set[object] = set()
    inbox: SimpleQueue[Callable[[Circumstances], Json] | None] = SimpleQueue()
    Thread(target=_read, args=(source, inbox, cancelled), daemon=True).start()
    while (task := inbox.get()) is not None:
        reply = task(Circumstances(lang, cancelled))
        if reply:
            sink.write(json.dumps(reply, ensure_ascii=False).encode("utf-8", errors="replace") + b"\n")
            sink.flush()


def _read(
    source: IO[bytes], inbox: SimpleQueue[Callable[[Circumstances], Json] | None], cancelled: set[object]
) -> None:
    """Puts what is to be done for each message into the inbox, and notes what is cancelled at once."""
    try:
        for line in _messages(source):
            inbox.put(_task(line, cancelled))
    finally:
        inbox.put(None)


def _task(line: bytes | None, cancelled: set[object]) -> Callable[[Circumstances], Json]:
    """What answers one line."""
    if line is None:
        return lambda context: _failed(None, INVALID, f"a message has at most {LONGEST} bytes")
    try:
        message: Json = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        return lambda context: _failed(None, PARSE_ERROR, "this is not JSON")
    if isinstance(message, list) and message:
        return lambda context: [r for m in message if (r := handled(m, context))]
    if isinstance(message, dict) and message.get("method") == "notifications/cancelled":
        params = message.get("params")
        name = params.get("requestId") if isinstance(params, dict) else None
        if isinstance(name, str | int):
            cancelled.add(name)
    return lambda context: handled(message, context)


def main(lang: str = "en") -> None:
    """The server on standard input and output; whatever else is printed goes to standard error."""
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    with redirect_stdout(sys.stderr):
        serve(source, sink, lang)
