"""Errors as answers: one object, its status, and repairs that were tried."""

from __future__ import annotations

from gradproof.errors import GradproofError, UnsupportedError
from gradproof.languages import LANGUAGES
from gradproof.say import say, told
from gradproof.service.fields import SCHEMA_VERSION, Json, Object
from gradproof.service.repairs import repairs
from gradproof.service.understood import understood

FORMULA = "expression"

BAD_INPUT, TOO_LARGE, NOT_POSSIBLE, BUSY, DEFECT, STOPPING = 400, 413, 422, 429, 500, 503

STATUS: dict[str, int] = {  # by the code of an error; all others are bad input
    "unsupported": NOT_POSSIBLE,
    "not-differentiable": NOT_POSSIBLE,
    "budget": NOT_POSSIBLE,
    "too-large": TOO_LARGE,
    "busy": BUSY,
    "verification": DEFECT,
    "defect": DEFECT,
    "stopping": STOPPING,
}


class DefectError(GradproofError):
    """Something that gradproof did not expect of itself."""

    code = "defect"


def defect(error: Exception) -> GradproofError:
    """An unexpected exception as an error that can be told."""
    return DefectError(
        say("{kind}: {error}", kind=type(error).__name__, error=error),
        hint=say("this is a defect of gradproof: please report the formula"),
    )


def status_of(error: GradproofError) -> int:
    """The status of an error answer."""
    return STATUS.get(error.code, BAD_INPUT)


def language_of(request: Object) -> str:
    """The language that a request asks for, however it is made."""
    lang = request.get("lang", "en")
    return lang if isinstance(lang, str) and lang in LANGUAGES else "en"


def failure(error: GradproofError, request: Object | None = None) -> Object:
    """An error as JSON holds it: the code, a sentence, the place in the formula, what to do, repairs of the formula that can be read, and what was understood."""
    request = request or {}
    lang = language_of(request)
    message, hint = told(error.message, lang), told(error.hint, lang)
    field = _field(error, request)
    span: Json = None if error.span is None or field is None else [*error.span]
    offered = repairs(error, request) if field == FORMULA and not isinstance(error, UnsupportedError) else []
    read = understood(error, request, [str(r["expression"]) for r in offered], field == FORMULA, lang)
    told_ = {"code": error.code, "message": message, "field": field, "span": span, "hint": hint, "repairs": offered, "understood": read}  # fmt: skip
    return {"schema_version": SCHEMA_VERSION, "error": told_}


def _field(error: GradproofError, request: Object) -> str | None:
    """The field of the request whose text, or a part of whose texts, the place of an error is in."""
    if error.text is None:
        return None
    for name in (FORMULA, *(n for n in request if n != FORMULA)):
        value = request.get(name)
        parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
        if error.text in parts:
            return name
    return None


def plain(code: str, message: str, hint: str = "", lang: str = "en") -> Object:
    """An error object without a formula: too large, busy, stopping, over the budget."""
    told_ = {"code": code, "message": told(message, lang), "field": None, "span": None, "hint": told(hint, lang)}
    return {"schema_version": SCHEMA_VERSION, "error": {**told_, "repairs": [], "understood": None}}
