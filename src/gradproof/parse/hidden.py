"""Variables that are asked for and do not stand in a formula as they are: the x of xy^2, of x_k, of \\hat{x}."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from gradproof.parse.declare import Declarations
from gradproof.parse.greek import LETTERS
from gradproof.parse.note import refusal
from gradproof.parse.numbered import is_placed
from gradproof.parse.parsed import Parsed

_MARKS = frozenset("_0123456789")
_EXACT = ("ascii", "numpy")  # notations in which a name is what is written


def missing(parsed: Parsed, names: Iterable[str], declared: Collection[str] = ()) -> list[str]:
    """The names that are no variables of the formula, and not declared."""
    present = parsed.expr.names
    return [n for n in names if n not in present and n not in declared]


def hidden(parsed: Parsed, names: Iterable[str], declarations: Declarations) -> bool:
    """Whether a declared letter that is asked for stands only in a run of letters that nobody declared, the x of xy^2, with an index below it, x_k, or a sign above it."""
    asked, own = _apart(parsed, names, declarations)
    placed = any(is_placed(run, n) for n in asked for run in own if "_" in run)
    return placed or bool(_run_of(parsed, names, declarations)) or bool(_marked(parsed, names, declarations))


def refuse_hidden(text: str, parsed: Parsed, names: Iterable[str], declarations: Declarations) -> None:
    """Raises ParseError where the derivative would be a zero that nobody asked for: by a letter that stands in a run alone, or with a mark alone."""
    if run := _run_of(parsed, names, declarations):
        at = max(text.find(run), 0)
        raise refusal("name-or-product", (at, at + len(run)), name=run, product="*".join(run))
    if marked := _marked(parsed, names, declarations):
        name, shown = marked
        span = next((parsed.spans[s] for s in parsed.expr.variables if s.name == shown and s in parsed.spans), None)
        raise refusal("marked-alone", span, name=name, shown=shown)


def _apart(parsed: Parsed, names: Iterable[str], declarations: Declarations) -> tuple[list[str], frozenset[str]]:
    """The declared names that are asked for and not there, and the names that are there and not declared."""
    present = parsed.expr.names
    return [
        n for n in names if n in declarations.variables and n not in present
    ], present - declarations.variables.keys()


def _run_of(parsed: Parsed, names: Iterable[str], declarations: Declarations) -> str:
    """The run of letters in which alone such a letter stands; empty where there is none."""
    asked, own = _apart(parsed, names, declarations)
    runs = [n for n in own - LETTERS.keys() if n.isalpha() and 1 < len(n) < 5]
    return min((run for run in runs if any(len(n) == 1 and n in run for n in asked)), default="")


def _marked(parsed: Parsed, names: Iterable[str], declarations: Declarations) -> tuple[str, str] | None:
    """Such a name, and the one in which alone it stands with a mark or a number: x_hat, x_new, x2."""
    if parsed.notation in _EXACT:
        return None
    asked, own = _apart(parsed, names, declarations)
    found = [(n, o) for n in asked for o in own if o.startswith(n) and o[len(n) : len(n) + 1] in _MARKS]
    return min(found, default=None)
