r"""The part of a variable by which one differentiates: `x[2]`, `A[1,2]`, `A[2,:]`, `w_k`, `\mu_1`, as the variable and a unit vector for each axis that is fixed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradproof.notation.expr import Expr, Symbol, call, symbol
from gradproof.ops.placed import MOST, unit
from gradproof.parse.declare import Where, read_where
from gradproof.parse.entries import UNIT
from gradproof.parse.lexer import plain
from gradproof.parse.note import Note, note, refusal
from gradproof.parse.parsed import Parsed
from gradproof.patterns import pattern
from gradproof.records import dataclass
from gradproof.shapes.dims import Dim
from gradproof.shapes.shape import column

_BRACKETS = pattern(r"([^\W\d]\w*)\s*\[\s*([\w:]+)\s*(?:,\s*([\w:]+)\s*)?\]")
_BELOW = pattern(r"(\w*?[^\W\d_])_?(\d{1,2}|(?<=_)[a-z])(?:_(\d+|[a-z]))?")
_PLACE = pattern(r"\d+|[a-z]|:")


@dataclass(frozen=True)
class Part:
    """A part of a variable: as it is asked for, the variable, and the unit vector of each of its axes, None for an axis that is left whole."""

    name: str
    base: Symbol
    at: tuple[Expr | None, ...]
    notes: tuple[Note, ...] = ()

    @property
    def symbols(self) -> tuple[Symbol, ...]:
        """The unit vectors of indices that are letters."""
        return tuple(e for e in self.at if isinstance(e, Symbol))


def base_of(name: str) -> str:
    """The name of the variable of which `x[2]` is a part; "" where nothing stands in brackets."""
    found = _BRACKETS.fullmatch(name.strip()) if "[" in name else None
    return plain(found[1]) if found else ""


def parts_of(names: Sequence[str], parsed: Parsed, where: Where) -> tuple[Part | None, ...]:
    """Of each name, which part of a variable it is; None where it is a variable of the formula, or declared."""
    present = parsed.expr.names
    if present.issuperset(names):
        return (None,) * len(names)
    declared = read_where(where).variables
    return tuple(None if n in present or n in declared else _part_of(n, parsed, declared) for n in names)


def _part_of(name: str, parsed: Parsed, declared: Mapping[str, object]) -> Part | None:
    """The part that is asked for; None where it is none of a variable of the formula. Raises ParseError for places that the variable has not."""
    found = _BRACKETS.fullmatch(name)
    if found is not None:
        base = parsed.symbols.get(plain(found[1]))
        return _part(name, base, [p for p in found.groups()[1:] if p], parsed) if base is not None else None
    below = _BELOW.fullmatch(name)
    if below is None or name in declared:
        return None
    present = {s.name: s for s in parsed.expr.variables}
    names = (below[1], below[1][0].upper() + below[1][1:]) if parsed.notation in ("latex", "plain") else (below[1],)
    base = next((present[n] for n in names if n in present and present[n].type.dims), None)
    places = [p for p in below.groups()[1:] if p]
    if base is not None and len(places) == 1 and len(places[0]) == 2 and base.type.kind == "m":
        places = list(places[0])  # A_{12}
    return _part(name, base, places, parsed) if base is not None else None


def _part(name: str, base: Symbol, places: list[str], parsed: Parsed) -> Part:
    dims = base.type.dims
    if len(places) == 1 and len(dims) == 2 and not _BRACKETS.fullmatch(name):
        places.append(":")  # w_k is a row of W
    if len(places) != len(dims) or not all(map(_PLACE.fullmatch, places)):
        raise refusal("part-places", name=name, base=base.name, shape=base.type)
    at = tuple(_unit(p, d, name, parsed) for p, d in zip(places, dims, strict=True))
    written = f"{base.name}[{','.join(places)}]"
    said = [note("part-of", name=name, written=written)] * (written != name.replace(" ", ""))
    said += [note("part-index", index=p, unit=f"e_{p}") for p in places if p.isalpha()]
    return Part(name, base, at, tuple(said))


def _unit(place: str, size: Dim, name: str, parsed: Parsed) -> Expr | None:
    if place == ":":
        return None
    if place.isalpha():
        known = parsed.symbols.get(f"e_{place}")
        same = known is not None and known.type == column(size)
        return known if same else symbol(f"e_{place}", column(size), UNIT)
    k = int(place) + (parsed.notation == "numpy")
    if not 0 < k <= MOST:
        raise refusal("entry-number", shown=place)
    if size.number is not None and k > size.number:
        raise refusal("entry-beyond", place=k, size=size.number)
    return call(unit(k), params=(size,))


__all__ = ["Part", "base_of", "parts_of"]
