"""What gradproof raises.

    GradproofError
    ├── ParseError              the text is not a formula
    ├── ShapeError              the operands do not fit together
    ├── DomainError             a value lies outside the domain of an operation, or a fact is not true of it
    ├── BudgetError             beyond the limits of time, memory or order
    ├── VerificationError       a result that its own proof refutes: a defect of gradproof
    └── UnsupportedError        understood, and not there yet
        └── NotDifferentiableError

Every error says what is wrong (`message`), where (`span`, the start and end offset in `text`) and what to do (`hint`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from numbers import Integral
from typing import ParamSpec, TypeVar

from gradproof.languages import LANGUAGES
from gradproof.say import NOTHING, Said, listed, say, told

Span = tuple[int, int]

_LINE = 100  # characters of the formula that are shown around the caret


class GradproofError(Exception):
    """Base of all errors that gradproof raises on purpose.

    Attributes: `message`, one sentence; `text` and `span`, the formula and the offsets in it, or None; `hint`, what to do, or "".
    `told(lang)` is what is printed, in a language.
    """

    code = "error"
    kind = ""  # its identifier, where the reader has one for it

    def __init__(self, message: Said, *, span: Span | None = None, hint: Said = NOTHING, text: str | None = None):
        super().__init__(message)
        self.message, self.span, self.hint, self.text = message, span, hint, text

    def located(self, text: str, span: Span | None = None) -> GradproofError:
        """The same error, with the formula and the place in it filled in where they were not known."""
        self.text = self.text if self.text is not None else text
        self.span = self.span if self.span is not None else span
        return self

    def __str__(self) -> str:
        return self.told("en")

    def told(self, lang: str) -> str:
        """What is printed, in a language: the message, the place in the formula, the hint. Raises GradproofError for a language without texts."""
        lines = [told(self.message, spoken(lang))]
        if self.text is not None and self.span is not None:
            lines += _caret(self.text, self.span)
        if self.hint:
            lines.append(say("hint: {hint}", hint=self.hint).told(lang))
        return "\n".join(lines)


class ParseError(GradproofError):
    """The text is not a formula."""

    code = "parse"


class ShapeError(GradproofError):
    """Operands whose shapes do not fit together."""

    code = "shape"


class DomainError(GradproofError):
    """A value outside the domain of an operation, or one that a declared fact is not true of."""

    code = "domain"


class UnsupportedError(GradproofError):
    """Understood, and not there yet."""

    code = "unsupported"


class NotDifferentiableError(UnsupportedError):
    """An operation that has no derivative, or none that is known to gradproof."""

    code = "not-differentiable"


class BudgetError(GradproofError):
    """More time, memory or order than `gp.limits` allows. Nothing was answered."""

    code = "budget"


class VerificationError(GradproofError):
    """A result that its own proof refutes. It is not handed out; please report the formula."""

    code = "verification"


class UnverifiedWarning(UserWarning):
    """A result that could not be verified: its proof found no point, or no precision, at which to decide."""


class LostDigitsWarning(UnverifiedWarning):
    """A value that floats could not compute: its terms cancel, or overflow, and it is too large to be computed with more digits."""


def counted(name: str, n: int) -> int:
    """A whole number that is not negative. Raises DomainError for anything else."""
    if not isinstance(n, Integral) or n < 0:
        raise DomainError(say("{name} is a whole number from 0 on, not {n:.40}", name=name, n=repr(n)))
    return int(n)


def spoken(lang: str) -> str:
    """The language, if there are texts in it. Raises GradproofError where there are none."""
    if lang in LANGUAGES:
        return lang
    hint = say("languages are {known}", known=listed(LANGUAGES))
    raise GradproofError(say("there are no texts in '{lang}'", lang=lang), hint=hint)


def _caret(text: str, span: Span) -> list[str]:
    """The line of the formula that holds the span, cut to a window around it, and carets below it."""
    start, end = max(0, min(span[0], len(text))), max(0, min(span[1], len(text)))
    begin = text.rfind("\n", 0, start) + 1
    stop = text.find("\n", start)
    line, at = text[begin : stop if stop >= 0 else len(text)], start - begin
    width = max(1, min(end, begin + len(line)) - start)
    if len(line) > _LINE:
        cut = max(0, min(at - _LINE // 3, len(line) - _LINE))
        line, at = (
            ("… " if cut else "") + line[cut : cut + _LINE] + (" …" if cut + _LINE < len(line) else ""),
            at - cut + (2 if cut else 0),
        )
    line = "".join(c if c.isprintable() else " " if c.isspace() else "�" for c in line)
    return ["  " + line, "  " + " " * at + "^" * max(1, min(width, max(1, len(line) - at)))]


P = ParamSpec("P")
R = TypeVar("R")


def public(function: Callable[P, R]) -> Callable[P, R]:
    """A function that people call: its errors show the place where it was called, and none of the frames within."""

    @wraps(function)
    def called(*args: P.args, **options: P.kwargs) -> R:
        __tracebackhide__ = True
        try:
            return function(*args, **options)
        except GradproofError as error:
            raise error.with_traceback(None) from error.__cause__

    return called
