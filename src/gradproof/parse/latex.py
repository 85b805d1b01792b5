r"""Formulas in LaTeX, as people write them: read into the tokens of the ASCII syntax.

    \frac{1}{2} \lVert Ax - b \rVert_2^2      ((1)/(2))*norm2(A*x - b)^2

What stands before a formula and is no part of it is taken off and said: `f(x) =`, `\min_w`, `\frac{\partial}{\partial X}`. What can be read in
more than one way is refused; where only one reading fits the shapes (|X| as a determinant or as absolute values), `variants` gives them in turn.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from gradproof.errors import GradproofError, ParseError, Span
from gradproof.notation.expr import Function
from gradproof.parse.latex_atoms import Formula
from gradproof.parse.latex_formula import Context, Variant
from gradproof.parse.latex_tokens import COMMAND, END, LETTER, SIGN, WORD, Item, is_latex, items
from gradproof.parse.latex_words import ACCENTS, DIFFERENTIALS, FRACTIONS, GRADIENTS, NAMES, OBJECTIVES, VARIANTS
from gradproof.parse.lexer import Kind, Token
from gradproof.parse.note import Note, note

__all__ = ["Latex", "is_latex", "name_of", "variants"]

_VARIANTS = ("trace", "bars", "squares", "ones")  # in the order in which they are tried
_OPEN, _CLOSE = "([{⟨", ")]}⟩"


@dataclass(frozen=True, slots=True)
class Latex:
    """A formula in LaTeX as tokens of the ASCII syntax, with an END; `hints`: the kinds of bold letters; `said`: what was noticed."""

    tokens: list[Token]
    hints: Mapping[str, str]
    said: tuple[Note, ...]
    variant: Variant


def variants(text: str, functions: Mapping[str, Function], declared: Collection[str]) -> Iterator[Latex]:
    """The readings of a formula, the plain one first. Raises ParseError, or UnsupportedError for what is understood and has no place."""
    try:
        every = items(text)
        body, said = _formula(every, text, functions)
        first, used = _read(text, every, body, functions, declared, Variant(), said)
        yield first
        open_ways = [name for name in _VARIANTS if name in used]
        for count in range(1, len(open_ways) + 1):
            for ways in combinations(open_ways, count):
                yield _read(text, every, body, functions, declared, Variant(**dict.fromkeys(ways, True)), said)[0]
    except GradproofError as error:
        raise error.located(text, (0, len(text))) from None


def name_of(text: str) -> str:
    r"""The name of a variable that is given in LaTeX: `\Sigma_{xy}` is Sigma_xy. Raises ParseError where it is none.

    >>> name_of(r"\mathbf{x}_1"), name_of(r"\theta")
    ('x1', 'theta')
    """
    every = items(text)
    name = Formula(Context(text, frozenset(), {}, Variant(), every), list(every)).only_name()
    if name is None:
        raise ParseError(
            f"'{text[:40]}' is not a name",
            span=(0, len(text)),
            text=text,
            hint="a name is a letter, with letters and digits below it",
        )
    return name


def _read(
    text: str,
    every: Sequence[Item],
    body: Sequence[Item],
    functions: Mapping[str, Function],
    declared: Collection[str],
    variant: Variant,
    said: Sequence[Note],
) -> tuple[Latex, set[str]]:
    context = Context(text, frozenset(declared), functions, variant, body)
    context.running = _running(body)
    context.dependent = _dependent(body, context)
    found = Formula(context, list(body)).whole()
    end = body[-1].start
    notes = (
        *said,
        *(note(f"variant-{way}") for way in _VARIANTS if getattr(variant, way)),
        *(note("dependent-name", name=name) for name in context.dependent),
        *context.notes.values(),
    )
    return Latex([*found, Token(Kind.END, "", end, end)], context.hints, notes, variant), context.used


def _running(body: Sequence[Item]) -> frozenset[str]:
    """The indices of all sums."""
    found: set[str] = set()
    for k, item in enumerate(body):
        if item.kind == COMMAND and item.text == "sum":
            at = k + 1
            if body[at].text == "^":
                at = _after_argument(body, at + 1)
            if body[at].text == "_":
                found |= {i.text for i in body[at + 1 : _after_argument(body, at + 1)] if i.kind == LETTER}
    return frozenset(found)


def _after_argument(body: Sequence[Item], at: int) -> int:
    if body[at].text != "{":
        return min(at + 1, len(body) - 1)
    depth = 0
    for k in range(at, len(body)):
        depth += (body[k].kind == SIGN) * ((body[k].text == "{") - (body[k].text == "}"))
        if not depth:
            return k + 1
    return len(body) - 1


def _dependent(body: Sequence[Item], context: Context) -> tuple[str, ...]:
    """The letters that stand as X(a) at every place, more than once, with an a that stands nowhere else."""
    places: dict[str, list[int]] = {}
    for k, item in enumerate(body):
        if item.kind == LETTER or (item.kind == COMMAND and item.text in NAMES):
            places.setdefault(item.text, []).append(k)
    found = []
    for name, at in places.items():
        after = {tuple(i.text for i in body[k + 1 : k + 4]) for k in at}
        one = min(after)
        applied = (
            len(after) == 1
            and len(one) == 3
            and (one[0], one[2]) == ("(", ")")
            and len(places.get(one[1], ())) == len(at)
        )
        if (
            applied
            and len(at) > 1
            and name not in context.functions
            and one[1] not in context.declared
            and name != "sigma"
        ):
            found.append(name)
    return tuple(found)


# -- what stands around a formula


def _formula(every: Sequence[Item], text: str, functions: Collection[str]) -> tuple[list[Item], list[Note]]:
    """The formula without its left-hand side, operators before it, and punctuation after it; and what was taken off."""
    body = list(every[:-1])
    while body and body[-1].kind == SIGN and body[-1].text in ",.;:":
        body.pop()
    said: list[Note] = []
    sides = _sides(body)
    while len(sides) > 1 and _is_label(sides[0]):
        side = sides.pop(0)
        said.append(note("side-taken-off", _place(side), shown=_shown(side, text)))
    first, what = _operator(sides[0], text, functions)
    if what is not None:
        said.append(what)
    if len(sides) > 1 and not (what and first):
        after = sides[0][-1].end if sides[0] else 0
        sign = next((i for i in body if i.text in ("=", "mapsto") and i.start >= after), body[-1])
        raise ParseError(
            "this is an equation; a formula has one side",
            span=(sign.start, sign.end),
            hint="give the side that is meant; f(x) = … may stand before it",
        )
    if len(sides) > 1:
        said.append(note("right-side-unread", (sides[1][0].start, len(text)) if sides[1] else None))
    end = first[-1].end if first else len(text)
    return [*first, Item(END, "", end, end)], said


def _sides(body: Sequence[Item]) -> list[list[Item]]:
    """The items between the equals signs that stand in no bracket."""
    found: list[list[Item]] = [[]]
    depth = 0
    for item in body:
        if item.kind == SIGN:
            depth += (item.text in _OPEN) - (item.text in _CLOSE)
            if item.text == "=" and depth <= 0:
                if found[-1] and found[-1][-1].text == ":":
                    found[-1].pop()
                found.append([])
                continue
        if item.kind == COMMAND and item.text == "mapsto" and not depth:  # f: x \\mapsto …
            found[-1] = found[-1][next((k + 1 for k, i in enumerate(found[-1]) if i.text == ":"), 0) :]
            found.append([])
            continue
        found[-1].append(item)
    return found


def _place(side: Sequence[Item]) -> Span | None:
    return (side[0].start, side[-1].end) if side else None


def _shown(side: Sequence[Item], text: str) -> str:
    return " ".join(text[side[0].start : side[-1].end].split())[:40] if side else ""


def _is_label(side: Sequence[Item]) -> bool:
    r"""Whether a side only names what follows: f, f(x), \mathcal{L}(\theta), \hat{y}_i, \frac{\partial f}{\partial x}, or nothing."""
    if not side:
        return True
    at = 0
    if side[0].kind == COMMAND and side[0].text in FRACTIONS:
        above = _group(side, 1)
        below = _group(side, above[1])
        rest = [i for i in above[0] if not (i.kind == COMMAND and i.text in DIFFERENTIALS) and i.text not in "d^2"]
        plain = not any(i.text in FRACTIONS for i in rest)
        return _is_derivative(above[0], below[0]) and bool(rest) and plain and below[1] == len(side) and _is_label(rest)
    while at < len(side) and side[at].kind == COMMAND and side[at].text in (*GRADIENTS, *ACCENTS):
        at += 1
        if side[at - 1].text in GRADIENTS and at < len(side) and side[at].text == "_":
            at = _end(side, at + 1)
    if at < len(side) and side[at].text == "{":
        at += 1
    first = at
    while at < len(side) and (
        side[at].kind in (LETTER, WORD)
        or (side[at].kind == COMMAND and (side[at].text in NAMES or side[at].text in VARIANTS))
    ):
        at += 1
    word = "".join(i.text for i in side[first:at])
    if at == first or (at - first > 1 and not (word.isupper() and len(word) > 1 and (at < len(side) or len(word) > 2))):
        return False
    if at < len(side) and side[at].text == "}":
        at += 1
    while at < len(side) and side[at].text in ("_", "^"):
        if side[at].text == "^" and side[min(at + 1, len(side) - 1)].text not in ("×", "⋆", "{", "'"):
            return False
        at = _end(side, at + 1)
    if at < len(side) and side[at].text in ("(", "["):
        at = _closing(side, at)
    return at >= len(side)


def _end(side: Sequence[Item], at: int) -> int:
    return _group(side, at)[1]


def _group(side: Sequence[Item], at: int) -> tuple[Sequence[Item], int]:
    """The argument at a place, without its braces, and where it ends."""
    if at >= len(side) or side[at].text != "{":
        return side[at : at + 1], at + 1
    end = _closing(side, at)
    return side[at + 1 : end - 1], end


def _closing(side: Sequence[Item], at: int) -> int:
    depth = 0
    for k in range(at, len(side)):
        if side[k].kind == SIGN:
            depth += (side[k].text in _OPEN) - (side[k].text in _CLOSE)
        if not depth:
            return k + 1
    return len(side)


def _is_derivative(above: Sequence[Item], below: Sequence[Item]) -> bool:
    r"""Whether a fraction is \frac{\partial …}{\partial X} or \frac{d …}{dx}."""
    if not above or len(below) < 2:
        return False
    same = above[0].text == below[0].text and all(
        i.kind != SIGN or i.text in "{}^_'" for i in below
    )  # not \frac{d}{d + 1}
    return same and (above[0].text in DIFFERENTIALS or (above[0].text == "d" and above[0].kind in (LETTER, WORD)))


def _operator(side: list[Item], text: str, functions: Collection[str]) -> tuple[list[Item], Note | None]:
    r"""A side without \min_w, \nabla_x or \frac{\partial}{\partial X} before it; and what was taken off. Raises ParseError where its reach is not clear."""
    if not side:
        return side, None
    first = side[0]
    partial = first.text == "partial" and len(side) > 1 and side[1].text == "_"
    if first.kind in (COMMAND, WORD) and (partial or first.text in {*OBJECTIVES, *GRADIENTS, "arg"}):
        at = 2 if first.text == "arg" and len(side) > 1 else 1
        if at < len(side) and side[at].text == "_":
            at = _end(side, at + 1)
        elif at < len(side) and (side[at].text in functions or (first.text == "max" and side[at].text in ("(", "["))):
            return side, None
        if partial or first.text in GRADIENTS:
            said = note("differentiated", _place(side[:at]), shown=_shown(side[:at], text))
            return _differentiated(side[at:]), said
        return side[at:], note("optimised", _place(side[:at]), shown=_shown(side[:at], text))
    if first.kind == COMMAND and first.text in FRACTIONS:
        above, middle = _group(side, 1)
        below, end = _group(side, middle)
        if _is_derivative(above, below):
            rest = list(above[1:])
            if rest and rest[0].text == "^":  # \partial^2
                rest = rest[_group(rest, 1)[1] :]
            if rest and (end < len(side) or (len(rest) == 1 and rest[0].text in functions)):
                return side, None
            said = note("derivative-sign", _place(side[:end]), shown=_shown(side[:end], text))
            return rest or _differentiated(side[end:]), said
    return side, None


def _differentiated(rest: list[Item]) -> list[Item]:
    """What follows a derivative sign: one term, so that its reach is clear."""
    depth = 0
    bars: list[str] = []
    for k, item in enumerate(rest):
        if item.kind == SIGN and item.text in "|‖":
            closes = bars and bars[-1] == item.text
            bars = bars[:-1] if closes else [*bars, item.text]
            depth += -1 if closes else 1
        elif item.kind == SIGN:
            depth += (item.text in _OPEN) - (item.text in _CLOSE)
            if k and not depth and item.text in "+-":
                raise ParseError(
                    "how far the derivative sign reaches is not clear",
                    span=(item.start, item.end),
                    hint="put what is differentiated in brackets",
                )
    return rest
