"""The schema of requests and answers, made of the tables."""

from __future__ import annotations

from gradproof.service.commands import COMMANDS
from gradproof.service.failure import STATUS
from gradproof.service.fields import FIELDS, SCHEMA_VERSION, Json, Object

_TEXT: Object = {"type": "string"}
_FORMS: Object = {
    "type": "object",
    "properties": {"ascii": _TEXT, "unicode": _TEXT, "latex": _TEXT, "spoken": _TEXT},
    "required": ["ascii", "unicode", "latex"],
}
_REQUIRED: dict[str, list[str]] = {  # of the answers
    "derive": ["expression", "wrt", "layout", "left", "result", "shape", "order", "index", "vec", "variables", "symbols", "notes", "reading", "verified", "verification"],
    "check": ["expression", "wrt", "layout", "claim", "verdict", "findings", "counterexample", "evidence", "text", "headline"],
    "steps": ["wrt", "method", "lang", "count"],
    "code": ["target", "source", "needs", "arguments"],
    "read": ["reading", "symbols", "shape", "wrt"],
    "convexity": ["expression", "wrt", "verdict", "strict", "modulus", "domain", "text", "notes", "reason", "witness"],
    "minimize": ["expression", "over", "solution", "kind", "conditions", "stationarity", "verified", "text", "notes", "derivation"],
}  # fmt: skip


def schema() -> Object:
    """The JSON Schema: `$defs` has a request and an answer for each command, and the error."""
    definitions: Object = {}
    for name, command in COMMANDS.items():
        properties: Object = {f: {"description": FIELDS[f].what, **FIELDS[f].schema} for f in command.fields}
        properties["command"] = {"const": name}
        definitions[f"{name}-request"] = {
            "type": "object",
            "description": command.what,
            "properties": properties,
            "required": [*command.required],
            "additionalProperties": False,
        }
        definitions[f"{name}-answer"] = {
            "type": "object",
            "properties": {"schema_version": {"const": SCHEMA_VERSION}, **_ANSWERS.get(name, {})},
            "required": ["schema_version", *_REQUIRED[name]],
        }
    definitions["error"] = _error()
    requests: list[Json] = [{"$ref": f"#/$defs/{name}-request"} for name in COMMANDS]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "gradproof",
        "schema_version": SCHEMA_VERSION,
        "anyOf": requests,
        "$defs": definitions,
    }


_ANSWERS: dict[str, Object] = {
    "derive": {
        "result": _FORMS,
        "left": _FORMS,
        "shape": {"type": "array", "items": {"type": ["string", "integer"]}},
        "order": {"type": "integer"},
        "index": _TEXT,
        "vec": {"type": ["string", "null"]},
        "variables": {"type": "object", "additionalProperties": _TEXT},
        "notes": {"type": "array", "items": _TEXT},
        "verified": {"type": ["boolean", "null"]},
    },
    "check": {"verdict": {"enum": ["right", "other-layout", "right-if", "wrong", "unknown"]}, "text": _TEXT},
    "convexity": {"verdict": {"enum": ["convex", "concave", "affine", "neither", "unknown"]}, "text": _TEXT},
    "code": {"source": _TEXT, "needs": {"type": "array", "items": _TEXT}},
    "steps": {"count": {"type": "integer"}},
}


def _error() -> Object:
    codes = ["parse", "shape", "domain", "error", *STATUS]
    return {
        "type": "object",
        "required": ["schema_version", "error"],
        "properties": {
            "schema_version": {"const": SCHEMA_VERSION},
            "error": {
                "type": "object",
                "required": ["code", "message", "span", "hint"],
                "properties": {
                    "code": {"enum": [*codes]},
                    "message": _TEXT,
                    "field": {"anyOf": [{"type": "null"}, _TEXT]},
                    "span": {
                        "anyOf": [{"type": "null"}, {"type": "array", "items": {"type": "integer"}, "minItems": 2}]
                    },
                    "hint": _TEXT,
                    "repairs": {"type": "array", "items": {"type": "object"}},
                    "understood": {"type": ["null", "object"], "required": ["notation", "symbols"]},
                },
            },
        },
    }
