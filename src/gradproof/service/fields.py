"""The fields of a request: one table, of which requests are validated and the schema is printed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias, cast, get_args

from gradproof.choices import Detail, Layout, Method, NotationName, Target
from gradproof.errors import ParseError
from gradproof.languages import LANGUAGES
from gradproof.records import dataclass
from gradproof.say import NOTHING, Said, listed, say

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Object: TypeAlias = "dict[str, Json]"

SCHEMA_VERSION = 2  # of what is asked and answered
LONGEST = 20_000  # characters of a formula, a claim or a declaration
NAMES = 8  # of a wrt
METHODS = get_args(Method)


@dataclass(frozen=True)
class Parameter:
    """A field of a request: `schema` of its values in JSON Schema, `what` it is, in a sentence that an error shows."""

    schema: Object
    what: Said


def _text(what: Said) -> Parameter:
    return Parameter({"type": "string", "maxLength": LONGEST}, what)


def _choice(*names: str) -> Parameter:
    return Parameter({"enum": [*names]}, say("one of {known}", known=listed(names)))


def _truth(what: Said) -> Parameter:
    return Parameter({"type": "boolean"}, say("{what}: true or false", what=what))


_NAME: Object = {"type": "string", "maxLength": 200}
_TEXTS: Object = {"type": "object", "additionalProperties": {"type": "string", "maxLength": 1000}, "maxProperties": 200}

FIELDS: dict[str, Parameter] = {
    "command": Parameter({"type": "string"}, say("what to do; it is derive where it is left out")),
    "id": Parameter({}, say("anything; it comes back with the answer")),
    "expression": _text(say("a formula, as a string")),
    "wrt": Parameter(
        {"anyOf": [_NAME, {"type": "array", "items": _NAME, "minItems": 1, "maxItems": NAMES}]},
        say("the name of a variable, or a list of names"),
    ),
    "where": Parameter(
        {"anyOf": [{"type": "null"}, {"type": "string", "maxLength": LONGEST}, _TEXTS]},
        say('declarations: a string such as "A: matrix m n; x: vector n", or an object of names and declarations'),
    ),
    "layout": _choice(*get_args(Layout)),
    "notation": _choice(*get_args(NotationName)),
    "verify": _truth(say("whether the answer is verified")),
    "structured": _truth(say("whether the derivative is by the free entries of a structured matrix")),
    "lang": _choice(*LANGUAGES),
    "method": Parameter({"enum": [None, *METHODS]}, say("one of {known}, or null", known=listed(METHODS))),
    "detail": _choice(*get_args(Detail)),
    "hint": Parameter(
        {"type": "integer", "minimum": 1, "maximum": 1000},
        say("a number from 1: for check how much is told (1 which property, 2 where, 3 the repair); for steps the number of the hint"),
    ),
    "claim": _text(say("the derivative that is claimed, as a string")),
    "steps": _text(say("a derivation, one step a line")),
    "target": _choice(*get_args(Target)),
    "value": _truth(say("whether the code gives the value of the formula as well")),
    "hessian": _truth(say("also the second derivative")),
    "autograd": Parameter({"enum": [True, False, "vjp", "jvp"]}, say('true, false, "vjp" or "jvp"')),
    "over": Parameter({"anyOf": [_NAME, {"type": "array", "items": _NAME, "minItems": 1}]}, say("the variables, as wrt")),
    "subject_to": Parameter(
        {"anyOf": [_text(NOTHING).schema, {"type": "array", "items": _text(NOTHING).schema}]}, say("equations, as strings")
    ),
    "manifold": _text(say("the name of a set that a variable lies on")),
}  # fmt: skip


def check_fields(request: Mapping[str, Json], allowed: tuple[str, ...], required: tuple[str, ...]) -> None:
    """Raises ParseError where a field is missing, unknown, or not what it should be."""
    for name in required:
        if name not in request:
            raise ParseError(
                say("the field {name} is missing", name=name),
                hint=say("{name} is {what}", name=name, what=FIELDS[name].what),
            )
    for name, value in request.items():
        if name not in allowed:
            raise ParseError(
                say("unknown field: {name}", name=_short(name)), hint=say("fields are {known}", known=listed(allowed))
            )
        if not fits(value, FIELDS[name].schema):
            raise ParseError(
                say("the field {name} is not as it should be", name=name),
                hint=say("{name} is {what}", name=name, what=FIELDS[name].what),
            )


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:40] + "…"


# -- the part of JSON Schema that the table uses

_TYPES: dict[str, Callable[[object], bool]] = {
    "string": lambda v: isinstance(v, str),
    "boolean": lambda v: isinstance(v, bool),
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "null": lambda v: v is None,
    "array": lambda v: isinstance(v, list),
    "object": lambda v: isinstance(v, dict),
}


def fits(value: Json, schema: Mapping[str, Json]) -> bool:
    """Whether a value is as the schema says; the keywords are those of the table.

    >>> fits(["x"], {"type": "array", "items": {"type": "string"}, "minItems": 1})
    True
    """
    return all(_KEYWORDS[key](value, limit) for key, limit in schema.items())


def _same(value: Json, choice: Json) -> bool:
    return type(value) is type(choice) and value == choice


_KEYWORDS: dict[str, Callable[[Json, Json], bool]] = {
    "type": lambda v, t: _TYPES[str(t)](v),
    "enum": lambda v, choices: any(_same(v, c) for c in cast("list[Json]", choices)),
    "anyOf": lambda v, schemas: any(fits(v, cast("Object", s)) for s in cast("list[Json]", schemas)),
    "items": lambda v, s: not isinstance(v, list) or all(fits(i, cast("Object", s)) for i in v),
    "additionalProperties": lambda v, s: not isinstance(v, dict) or all(fits(i, cast("Object", s)) for i in v.values()),
    "maxLength": lambda v, n: not isinstance(v, str) or len(v) <= cast("int", n),
    "minItems": lambda v, n: not isinstance(v, list) or len(v) >= cast("int", n),
    "maxItems": lambda v, n: not isinstance(v, list) or len(v) <= cast("int", n),
    "maxProperties": lambda v, n: not isinstance(v, dict) or len(v) <= cast("int", n),
    "minimum": lambda v, n: not isinstance(v, int) or v >= cast("int", n),
    "maximum": lambda v, n: not isinstance(v, int) or v <= cast("int", n),
}
