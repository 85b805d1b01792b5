"""What was understood of a request that ended in an error: the variables that every reading agrees on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from gradproof.asked import Where
from gradproof.errors import GradproofError
from gradproof.notation.expr import Symbol
from gradproof.parse import parse
from gradproof.parse.parsed import Parsed
from gradproof.service import record
from gradproof.service.fields import Json, Object
from gradproof.service.repairs import READABLE

TOO_MUCH = ("budget", "defect")  # errors after which a formula is not read again


def understood(
    error: GradproofError, request: Mapping[str, Json], repaired: Sequence[str], formula: bool, lang: str
) -> Object | None:
    """The notation and the variables: of the repaired formulas, of what stands before the error, or of the formula without declarations
    where the fault is in those; None where nothing is. `formula`: whether the error has its place in the formula."""
    text = request.get("expression")
    if not isinstance(text, str) or len(text) > READABLE or error.code in TOO_MUCH:
        return None
    where, notation = (
        (cast("Where", request.get("where")), str(request.get("notation", "auto"))) if formula else (None, "auto")
    )
    for texts in ([*repaired], [text], *([part] for part in _before(text, error) if formula)):
        found = [_read(t, where, notation) for t in texts]
        if found and found[0] is not None:
            return _told([f for f in found if f is not None], lang)
    return None


def _told(found: Sequence[Parsed], lang: str) -> Object:
    """What all readings say: two repairs may need other sizes."""
    tables = [cast("list[Object]", record.symbols(_used(f), lang)) for f in found]
    agreed: list[Json] = [s for s in tables[0] if all(s in other for other in tables[1:])]
    return {"notation": found[0].reading.notation, "symbols": agreed}


def _used(found: Parsed) -> list[Symbol]:
    names = {s.name for s in found.expr.variables}
    return [s for s in found.symbols.values() if s.name in names]


def _read(text: str, where: Where, notation: str) -> Parsed | None:
    try:
        return parse(text, where, notation=notation)
    except (GradproofError, RecursionError):
        return None


def _before(text: str, error: GradproofError) -> Iterator[str]:
    """The formula up to the error, without the sign at its end, its brackets closed; and up to the last sum before it."""
    if error.span is None:
        return
    part = text[: error.span[0]]
    for cut in (len(part), max(part.rfind(" + "), part.rfind(" - "))):
        kept = part[: max(0, cut)].rstrip(" +-*/.^\\=,(")
        if kept.strip():
            yield kept + ")" * max(0, kept.count("(") - kept.count(")"))
