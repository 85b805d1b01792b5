r"""Numbers below a letter that is an array: the x_1 of `x_1^2 + x^\top x` is entry 1 of x, the A_{12} of `A_{12} A_{21} - \det A` an entry of A."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from gradproof.notation.expr import Call, walk
from gradproof.ops import basic
from gradproof.parse.declare import Declarations
from gradproof.parse.kinds import letter_kind
from gradproof.parse.lexer import Kind, Token
from gradproof.parse.notations import Lexing
from gradproof.parse.note import Note, note, refusal
from gradproof.parse.parsed import Parsed
from gradproof.parse.readings import NORMS
from gradproof.patterns import pattern
from gradproof.records import dataclass, replace

_NUMBERED = pattern(r"([A-Za-z]+)_?([1-9]\d*)")
_BELOW = pattern(r"[_₀-₉]")


@dataclass(frozen=True, slots=True)
class Numbered:
    """A name with a number below it, as it is written: where it stands among the tokens, the letter, its places."""

    at: int
    name: str
    shown: str
    base: str
    places: tuple[str, ...]


def numbered(
    text: str, draft: Lexing, parsed: Parsed | None, declarations: Declarations, mentioned: Collection[str]
) -> list[Numbered]:
    """The names that are written with a number below the letter of an array: of the formula, as it was read, if it could be; declared; or asked for."""
    names = {t.text for t in draft.tokens if t.kind is Kind.NAME}
    if parsed is not None:
        arrays = {s.name: s.type.kind for s in parsed.expr.variables if s.type.kind in ("v", "m")}
    else:
        arrays = {name: letter_kind(name) for name in names if letter_kind(name) in ("v", "m")}
    arrays |= {name: "" for name in mentioned if name not in names}
    arrays |= {name: d.kind for name, d in declarations.variables.items()}
    capitals = {name.lower(): name for name, kind in arrays.items() if name.isupper() and kind in ("", "m")}
    found: list[Numbered] = []
    for k, t in enumerate(draft.tokens):
        match = _NUMBERED.fullmatch(t.text) if t.kind is Kind.NAME and _BELOW.search(text, t.start, t.end) else None
        if match is None or t.text in draft.apart or t.text in declarations.variables:
            continue
        letter, digits = match.groups()
        pair = len(digits) == 2
        base = letter if letter in arrays else capitals.get(letter, "") if pair else ""
        kind = arrays.get(base, "") or ("m" if base[:1].isupper() else "v")
        if base and (kind == "v" or (kind == "m" and pair)):
            places = (digits,) if kind == "v" else tuple(digits)
            found.append(Numbered(k, t.text, text[t.start : t.end], base, places))
    return found


def fits_better(entries: Sequence[Numbered], found: tuple[Parsed, int] | None, other: tuple[Parsed, int]) -> bool:
    """Whether the reading with entries is better than that with names of their own, if there is one. Raises ParseError where both fit."""
    bent = any(_bent(e) for e in walk(other[0].expr) if isinstance(e, Call))
    if other[1] or bent:
        return False
    present = {s.name: s.type.kind for s in found[0].expr.variables} if found is not None else {}
    if found is None or found[1] or any(e.base not in present or not e.name.startswith(e.base) for e in entries):
        return True
    numbers = [e.name for e in entries if present.get(e.name) == "s"]
    if numbers:
        return True
    for e in entries:
        if len(e.places) == 2 and present.get(e.name) == "m":
            raise refusal("entry-or-name", name=e.name, base=e.base)
    return False


def _bent(e: Call) -> bool:
    """Whether something is done to a number that is done to arrays: its norm, its transpose."""
    return (e.op in NORMS or e.op is basic.TRANSPOSE) and e.args[0].type.kind == "s"


def as_entries(draft: Lexing, found: Iterable[Numbered]) -> Lexing:
    """The draft with these names as entries, and a note of each."""
    places = {n.at: n for n in found}
    tokens: list[Token] = []
    notes: dict[str, Note] = {}
    for k, t in enumerate(draft.tokens):
        here = places.get(k)
        if here is None:
            tokens.append(t)
            continue
        listed = [Token(Kind.NUMBER, p, t.start, t.end) for p in here.places]
        commas = [Token(Kind.SIGN, "," if i else "[", t.start, t.end) for i in range(len(listed))]
        tokens.append(t._replace(text=here.base))
        tokens += [x for pair in zip(commas, listed, strict=True) for x in pair]
        tokens.append(Token(Kind.SIGN, "]", t.start, t.end))
        said = note("fixed-place", (t.start, t.end), shown=here.shown, name=here.base, place=",".join(here.places))
        notes.setdefault(here.name, said)
    return replace(draft, tokens=tokens, notes=(*draft.notes, *notes.values()))


__all__ = ["Numbered", "as_entries", "fits_better", "numbered"]
