"""One service for every transport: a request, plain data, in; an answer, plain data, out. Bad input gives an error object and never raises.

    fields      the fields of requests, one table: validation and schema
    commands    what can be asked for, one table
    record, page, claim, speech   what is answered
    failure, repairs, understood   errors as answers

The command line, the page, its server, the notebook and MCP hand requests to `answer`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import cast

import gradproof as gp
from gradproof.records import dataclass
from gradproof.say import all_told, listed, say
from gradproof.service.commands import COMMANDS, Inquiry
from gradproof.service.failure import defect, failure, language_of, plain, status_of
from gradproof.service.fields import FIELDS, SCHEMA_VERSION, Json, Object, check_fields
from gradproof.service.schema import schema

__all__ = [
    "COMMANDS", "FIELDS", "SCHEMA_VERSION", "Answer", "Inquiry", "Json", "Object", "answer", "decoded", "encoded", "failure", "language_of", "plain", "reply", "schema",
]  # fmt: skip

FINE = 200
EXAMPLE = say("""a request is like {"expression": "x'*A*x", "wrt": "x"}""")


@dataclass(frozen=True)
class Answer:
    """`status`: as of HTTP; `body`: the answer or the error object; `error`: what was raised, for exit codes."""

    status: int
    body: Object
    error: gp.GradproofError | None = None


def answer(request: object, command: str | None = None) -> Answer:
    """The answer to a request; `command`: what is asked for, where the request does not say it. Never raises."""
    body: Object = request if isinstance(request, dict) else {}
    name: Object = {"id": body["id"]} if "id" in body else {}
    try:
        chosen = _checked(request, command)
        lang, given = language_of(body), chosen.answer(body)
        return Answer(FINE, {**name, **cast("Object", all_told(given, lang))})
    except gp.GradproofError as error:
        found = error
    except RecursionError:
        found = gp.BudgetError(say("the formula is nested too deeply"), hint=say("name parts of it, and derive those"))
    except MemoryError:
        found = gp.BudgetError(
            say("there is not enough memory for it"), hint=say("try smaller sizes, or a lower order")
        )
    except Exception as error:  # a defect of ours must not end whoever asked
        found = defect(error)
    try:
        told = failure(found, body)
    except Exception as error:  # nor one in telling it
        told = plain("defect", f"{type(error).__name__}: {error}")
    return Answer(status_of(found), {**name, **told}, found)


def _checked(request: object, command: str | None) -> Inquiry:
    """The command of a request whose fields are as they should be. Raises ParseError."""
    if not isinstance(request, dict):
        raise gp.ParseError(say("a request is a JSON object"), hint=EXAMPLE)
    said = request.get("command", command or "derive")
    if not isinstance(said, str) or said not in COMMANDS:
        raise gp.ParseError(say("there is no such command"), hint=say("commands are {known}", known=listed(COMMANDS)))
    if command is not None and said != command:
        raise gp.ParseError(say("the field command is not {command}", command=command), hint=say("leave it out"))
    chosen = COMMANDS[said]
    check_fields(request, chosen.fields, chosen.required)
    return chosen


def decoded(data: bytes) -> Json:
    """JSON as data. Raises ParseError."""
    try:
        return json.loads(data.decode("utf-8-sig"), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise gp.ParseError(say("this is not JSON: {error}", error=error), hint=EXAMPLE) from None


def _no_number(text: str) -> Json:
    raise ValueError(f"{text} is no number of JSON")


def encoded(body: Mapping[str, Json]) -> bytes:
    """An answer as JSON."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", errors="replace")


def reply(command: str, data: bytes) -> tuple[int, bytes]:
    """The status and the answer to one request, as JSON both ways. Never raises."""
    try:
        request = decoded(data)
    except gp.ParseError as error:
        return status_of(error), encoded(failure(error))
    found = answer(request, command)
    return found.status, encoded(found.body)
