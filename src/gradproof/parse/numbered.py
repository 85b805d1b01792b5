r"""Numbers and indices below a letter that is an array: the x_1 of `x_1^2 + x^\top x` is entry 1 of x, the A_{12} of `A_{12} A_{21} - \det A` an entry of A.

So is the x_i of `x_i/\|x\|`, and of `x_i^2` where x is declared or asked for, for a fixed index i that nothing sums.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from gradproof.errors import GradproofError
from gradproof.notation.expr import Call, walk
from gradproof.ops import basic
from gradproof.parse.declare import Declarations
from gradproof.parse.kinds import letter_kind
from gradproof.parse.lexer import NAME, Kind, Token
from gradproof.parse.notations import Lexing
from gradproof.parse.note import Note, note, refusal
from gradproof.parse.parsed import Parsed
from gradproof.parse.readings import NORMS
from gradproof.patterns import pattern
from gradproof.records import dataclass, replace

_NUMBERED = pattern(r"([A-Za-z]+)_?([1-9]\d*)")
_LETTERED = pattern(r"([A-Za-z]+)_([a-z]|[i-t]{2})")
_PLAIN = frozenset("ijkl")  # letters that are indices and nothing else
_BELOW = pattern(r"[_₀-₉ₐ-ₜᵢ-ᵪⱼ]")


@dataclass(frozen=True, slots=True)
class Numbered:
    """A name with a number below it, as it is written: where it stands among the tokens, the letter, its places."""

    at: int
    name: str
    shown: str
    base: str
    places: tuple[str, ...]
    indices: bool = False  # whether they are letters


def is_placed(name: str, array: str) -> bool:
    """Whether a name is that of an array with a place below it: x_k of x, w_k of W.

    >>> is_placed("x_k", "x"), is_placed("w_k", "W"), is_placed("x_max", "x")
    (True, True, False)
    """
    found = _NUMBERED.fullmatch(name) or _LETTERED.fullmatch(name)
    return found is not None and found[1] in (array, array.lower())


def entries_of(
    text: str, draft: Lexing, parsed: Parsed | None, declarations: Declarations, mentioned: Collection[str]
) -> list[list[Numbered]]:
    """The names that can be entries, in the order in which that is to be tried: all of them, then those with numbers."""
    if not draft.places and text.isascii() and "_" not in text:
        return []  # nothing is below anything
    names = {t[1] for t in draft.tokens if t[0] is NAME}
    if not draft.places and names.issuperset(mentioned) and names.issuperset(declarations.variables):
        return []  # x_1 is a name where x stands beside it
    if not any("_" in name or name[-1].isdecimal() for name in names):
        return []
    numbers = numbered(text, draft, parsed, declarations, mentioned)
    letters = lettered(text, draft, parsed, declarations, mentioned)
    if not draft.places:  # x_1 is a name, but where x is asked for and stands nowhere else
        asked = any(n.base in mentioned for n in (*numbers, *letters))
        numbers, letters = ([n for n in of if asked and n.base not in names] for of in (numbers, letters))
    every = [numbers] if numbers else []
    return [[*numbers, *letters], *every] if letters else every


def refuse_absent(
    entries: Iterable[Numbered], parsed: Parsed | None, mentioned: Collection[str], wrong: GradproofError | None = None
) -> None:
    """Raises an error where what is asked for stands in the formula only as names that can be its entries, and cannot be read so: `wrong`, or that they can."""
    present = set[str]() if parsed is None else {s.name for s in parsed.expr.variables}
    for e in entries:
        if parsed is not None and e.base in mentioned and e.base not in present:
            raise refusal("entry-or-name", name=e.name, base=e.base) if wrong is None or not wrong.kind else wrong


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


def lettered(
    text: str, draft: Lexing, parsed: Parsed | None, declarations: Declarations, mentioned: Collection[str]
) -> list[Numbered]:
    """The names that are written with the letter of an index below that of an array, which is declared, or asked for, or stands in the formula as it was read."""
    names = {t.text for t in draft.tokens if t.kind is Kind.NAME}
    known = {name: d.kind for name, d in declarations.variables.items()}
    arrays = {} if parsed is None else {s.name: s.type.kind for s in parsed.expr.variables}
    arrays = {**arrays, **{name: "" for name in mentioned if name not in names}, **known}
    small = {name.lower(): name for name, kind in arrays.items() if name.isupper() and kind in ("", "m")}
    found: list[Numbered] = []
    for k, t in enumerate(draft.tokens):
        match = _LETTERED.fullmatch(t.text) if t.kind is Kind.NAME and "_" in t.text else None
        if match is None or t.text in draft.apart or t.text in known or t.text in mentioned:
            continue
        letter, below = match.groups()
        base = letter if letter in arrays else small.get(letter, "")
        kind = arrays.get(base, "s") or ("m" if base.isupper() else "v")
        index = {*below} <= _PLAIN or (base in known and base not in names)
        if index and not {*below} & names and kind in ("v", "m") and len(below) <= (2 if kind == "m" else 1):
            found.append(Numbered(k, t.text, text[t.start : t.end], base, tuple(below), True))
    return found


def fits_better(
    entries: Sequence[Numbered],
    found: tuple[Parsed, int] | None,
    other: tuple[Parsed, int],
    mentioned: Collection[str] = (),
) -> bool:
    """Whether the reading with entries is better than that with names of their own, if there is one. Raises ParseError where both fit."""
    bent = any(_bent(e) for e in walk(other[0].expr) if isinstance(e, Call))
    if other[1] or bent:
        return False
    if found is not None and any(e.indices for e in entries):
        kinds = {s.name: s.type.kind for s in other[0].expr.variables}
        rows = any(kinds.get(e.base) == "m" and e.base.islower() for e in entries if len(e.places) == 1)
        if rows or other[0].expr.type.kind != "s":  # a small letter is no matrix
            return False
        for e in entries:
            if _product_of(found[0], e):  # X x_k, of a point x_k
                if e.base in mentioned:
                    raise refusal("entry-or-name", name=e.name, base=e.base)
                return False
    present = {s.name: s.type.kind for s in found[0].expr.variables} if found is not None else {}
    if found is None or found[1] or any(e.base not in present or not e.name.startswith(e.base) for e in entries):
        return True
    numbers = [e.name for e in entries if present.get(e.name) == "s"]
    if numbers:
        return True
    if any(e.indices for e in entries):  # x_i/\|x\|, whose x_i would be an array of its own
        return other[0].expr.type.kind == "s" != found[0].expr.type.kind
    for e in entries:
        if len(e.places) == 2 and present.get(e.name) == "m":
            raise refusal("entry-or-name", name=e.name, base=e.base)
    return False


def _product_of(parsed: Parsed, row: Numbered) -> bool:
    """Whether a name stands right behind the matrix of which it could be a row."""
    pair = [row.base, row.name]
    return any(
        isinstance(e, Call) and e.op is basic.MUL and [getattr(a, "name", "") for a in e.args] == pair
        for e in walk(parsed.expr)
    )


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
        listed = [Token(Kind.NAME if here.indices else Kind.NUMBER, p, t.start, t.end) for p in here.places]
        commas = [Token(Kind.SIGN, "," if i else "[", t.start, t.end) for i in range(len(listed))]
        tokens.append(t._replace(text=here.base))
        tokens += [x for pair in zip(commas, listed, strict=True) for x in pair]
        tokens.append(Token(Kind.SIGN, "]", t.start, t.end))
        for said in _said(here, t):
            notes.setdefault(str(said), said)
    letters = dict.fromkeys(p for here in places.values() if here.indices for p in here.places)
    fixed = (*draft.fixed, *(x for x in letters if x not in draft.fixed))
    names = {here.name for here in places.values()}
    kept = [n for n in draft.notes if n.kind != "number-by-indices" or n.text.split(" ", 1)[0] not in names]
    return replace(draft, tokens=tokens, notes=(*kept, *notes.values()), fixed=fixed)


def _said(here: Numbered, at: Token) -> list[Note]:
    """What is said of an entry, of each of its indices."""
    span = (at.start, at.end)
    if here.indices:
        return [note("fixed-index", span, shown=here.shown, index=place) for place in here.places]
    return [note("fixed-place", span, shown=here.shown, name=here.base, place=",".join(here.places))]


__all__ = ["Numbered", "as_entries", "entries_of", "fits_better", "is_placed", "refuse_absent"]
