r"""Formulas in LaTeX, as people write them: read into the tokens of the ASCII syntax.

    \frac{1}{2} \lVert Ax - b \rVert_2^2      ((1)/(2))*norm2(A*x - b)^2

What stands before a formula and is no part of it is taken off and said: `f(x) =`, `\min_w`, `\frac{\partial}{\partial X}`. What can be read in
more than one way is refused; where only one reading fits the shapes (|X| as a determinant or as absolute values), `variants` gives them in turn.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations, pairwise

from gradproof.errors import GradproofError, ParseError
from gradproof.notation.function import Function
from gradproof.parse.item import COMMAND, LETTER, SIGN, WORD, Item
from gradproof.parse.latex_atoms import LatexFormula
from gradproof.parse.latex_context import LatexReading, Variant
from gradproof.parse.latex_free import companions, free_indices
from gradproof.parse.latex_labels import LABELS
from gradproof.parse.latex_macros import notes_of
from gradproof.parse.latex_tokens import cleaned, is_latex, items
from gradproof.parse.latex_upper import lowered, without_primes
from gradproof.parse.latex_words import NAMES, TERMS
from gradproof.parse.lexer import Kind, Token
from gradproof.parse.names import derivatives
from gradproof.parse.note import Note, note
from gradproof.parse.plain_tokens import plain_items
from gradproof.parse.sides import Body, body_of
from gradproof.records import dataclass, replace
from gradproof.say import say

__all__ = ["Latex", "is_latex", "name_of", "variants"]

_VARIANTS = ("trace", "bars", "squares", "ones", "outer")  # in the order in which they are tried


@dataclass(frozen=True, slots=True)
class Latex:
    """A formula in LaTeX as tokens of the ASCII syntax, with an END; `hints`: the kinds of bold letters; `said`: what was noticed."""

    tokens: list[Token]
    hints: Mapping[str, str]
    said: tuple[Note, ...]
    variant: Variant
    wrt: str = ""  # the variable of a derivative sign that stood before it
    fixed: tuple[str, ...] = ()  # indices that nothing sums
    apart: frozenset[str] = frozenset()  # names such as beta_0 that are no entries of beta


def variants(
    text: str,
    functions: Mapping[str, Function],
    declared: Collection[str],
    plain: bool = False,
    mentioned: Collection[str] = (),
    flat: Collection[str] = (),
    asked: Collection[str] = (),
) -> Iterator[Latex]:
    """The readings of a formula, the plain one first; `flat`: names that are declared as numbers or vectors; `asked`: those asked for, declared or not. Raises ParseError, or UnsupportedError for what is understood and has no place."""
    try:
        every = (
            cleaned(plain_items(text, {*declared, *functions, *derivatives(functions)}), text) if plain else items(text)
        )
        every = without_primes(every)
        body = body_of(every[:-1], text, functions, {*declared, *mentioned}, {*mentioned, *asked})
        body = body if plain else replace(body, notes=(*notes_of(text), *body.notes))
        first, used = _read(text, body, functions, declared, Variant(), mentioned, flat)
        yield first
        open_ways = [name for name in _VARIANTS if name in used]
        for count in range(1, len(open_ways) + 1):
            for ways in combinations(open_ways, count):
                yield _read(text, body, functions, declared, Variant(**dict.fromkeys(ways, True)), mentioned, flat)[0]
    except GradproofError as error:
        raise error.located(text, (0, len(text))) from None


def name_of(text: str) -> str:
    r"""The name of a variable that is given in LaTeX: `\Sigma_{xy}` is Sigma_xy. Raises ParseError where it is none.

    >>> name_of(r"\mathbf{x}_1"), name_of(r"\theta")
    ('x1', 'theta')
    """
    every = items(text)
    name = LatexFormula(LatexReading(text, frozenset(), {}, Variant(), every), list(every)).only_name()
    if name is None:
        raise ParseError(
            say("'{text}' is not a name", text=text[:40]),
            span=(0, len(text)),
            text=text,
            hint=say("a name is a letter, with letters and digits below it"),
        )
    return name


def _read(
    text: str,
    body: Body,
    functions: Mapping[str, Function],
    declared: Collection[str],
    variant: Variant,
    mentioned: Collection[str] | None = None,
    flat: Collection[str] = (),
) -> tuple[Latex, set[str]]:
    running = _running(body.items)
    left = free_indices(body, running)
    running |= {*left.letters}
    body = replace(body, items=lowered(body.items, running))
    context = LatexReading(text, frozenset(declared), functions, variant, body.items)
    _look(context, body, running, declared, mentioned, flat)
    formula = LatexFormula(context, list(body.items))
    formula.bound += left.letters
    found = [*left.tokens, *formula.whole()]
    end = body.items[-1].start
    notes = (
        *body.notes,
        *(note(f"variant-{way}") for way in _VARIANTS if getattr(variant, way)),
        *(note("dependent-name", name=name) for name in context.dependent),
        *left.notes,
        *context.notes.values(),
    )
    return Latex(
        [*found, Token(Kind.END, "", end, end)],
        context.hints,
        notes,
        variant,
        body.wrt,
        tuple(context.fixed),
        frozenset(context.apart),
    ), context.used


def _look(
    context: LatexReading,
    body: Body,
    running: Collection[str],
    declared: Collection[str],
    mentioned: Collection[str] | None,
    flat: Collection[str],
) -> None:
    """What can be known of the names of a formula before it is read."""
    context.running = running
    context.indexed, context.outside, context.moved = _indexed(body.items, running)
    context.from_zero = _counted_from_zero(body.items)
    context.primed = _primed(body.left) | _apart(body.items, set(declared) - {*(mentioned or ()), *flat})
    context.above_left = _below(body.left) - frozenset(declared)
    context.companions = companions(body.items, running)
    context.indexed |= _indexed(body.items, context.companions)[0]
    context.declared_in_where = declared if mentioned is None else set(declared) - set(mentioned)
    context.dependent = _dependent(body.items, context)


def _primed(left: Sequence[Item]) -> frozenset[str]:
    """The names with a prime among the arguments of a left side, k(x, x'): the prime is part of the name."""
    arguments = left[next((k for k, i in enumerate(left) if i.text == "("), len(left)) :]
    inner = [i for i in arguments if i.text not in ("^", "{", "}")]
    pairs = [(a, b) for a, b in pairwise(inner) if b.text == "'" and b.kind == SIGN]
    return frozenset(NAMES.get(a.text, a.text) for a, _ in pairs if a.kind in (LETTER, WORD, COMMAND))


def _apart(body: Sequence[Item], declared: Collection[str]) -> frozenset[str]:
    """The small letters whose primes all stand in x - x', where a transpose never fits: x' is another point."""
    inner = [i for i in body if i.text not in ("{", "}", "^")]
    primes: dict[str, int] = {}
    apart: dict[str, int] = {}
    for k in range(1, len(inner)):
        name = inner[k - 1].text
        if inner[k].text != "'" or inner[k].kind != SIGN or inner[k - 1].kind not in (LETTER, WORD, COMMAND):
            continue
        primes[name] = primes.get(name, 0) + 1
        before, after = [i.text for i in inner[max(k - 3, 0) : k - 1]], [i.text for i in inner[k + 1 : k + 3]]
        further = inner[k + 3].text if k + 3 < len(inner) else ""
        apart[name] = apart.get(name, 0) + (before == [name, "-"] or (after == ["-", name] and further != "'"))
    letters = {n for n in primes if primes[n] == apart[n] and n[:1].islower()}
    return frozenset(NAMES.get(n, n) for n in letters) - frozenset(declared)


def _below(left: Sequence[Item]) -> frozenset[str]:
    """The single letters below the name of a left side."""
    inner = [i for i in left if i.text not in ("{", "}", ",")]
    triples = zip(inner, inner[1:], inner[2:], strict=False)
    named = [c for a, b, c in triples if a.kind in (LETTER, WORD, COMMAND) and b.text == "_" and c.kind == LETTER]
    return frozenset(c.text for c in named if c.text.islower())


def _running(body: Sequence[Item]) -> frozenset[str]:
    """The indices of all sums."""
    found: set[str] = set()
    for k, item in enumerate(body):
        if item.kind == COMMAND and item.text in TERMS:
            at = k + 1
            if body[at].text == "^":
                at = _after_argument(body, at + 1)
            if body[at].text == "_":
                below = body[at + 1 : _after_argument(body, at + 1)]
                found |= {i.text for i in below[: _label_at(below)] if i.kind == LETTER}
    return frozenset(found)


def _label_at(below: Sequence[Item]) -> int:
    r"""Where the label of \sum_{j \neq y_i} or \sum_{j \neq y} begins; the end where there is none."""
    at = next((k for k, i in enumerate(below) if i.text in ("neq", "ne")), len(below))
    after = [i.text for i in below[at + 1 :] if i.text not in "{}"]
    return at if after and (after[0] in LABELS or "_" in after) else len(below)


def _indexed(
    body: Sequence[Item], running: Collection[str]
) -> tuple[frozenset[str], dict[str, set[str]], frozenset[str]]:
    """The names with running indices below them; for each the limits of sums from 0, and 0 of sums from 1, which lie outside; those with i+1 below them."""
    names: dict[str, set[str]] = {}
    moved: set[str] = set()
    for k, item in enumerate(body):
        if item.text == "_" and k and (body[k - 1].kind in (LETTER, WORD, COMMAND)) and body[k - 1].text not in TERMS:
            below = [i.text for i in body[k + 1 : _after_argument(body, k + 1)] if i.text not in "{}"]
            shifted = any(a in running and b in "+-" for a, b in pairwise(below))
            if shifted or (len(below) == 1 and below[0] in running):
                before = body[k - 1]
                name = NAMES.get(before.text, before.text) if before.kind == COMMAND else before.text
                names.setdefault(name, set()).add(below[0])
                moved |= {name} if shifted else set()
    beyond = _beyond(body)
    outside = {name: {label for i in letters for label in beyond.get(i, ())} for name, letters in names.items()}
    return frozenset(names), outside, frozenset(moved)


def _counted_from_zero(body: Sequence[Item]) -> frozenset[str]:
    r"""The names below which an index of \sum_{t=0} stands: their entry 1 is the second."""
    letters = set[str]()
    for k, item in enumerate(body):
        if item.kind == COMMAND and item.text in TERMS and body[k + 1].text == "_":
            below = [i.text for i in body[k + 2 : _after_argument(body, k + 2)] if i.text not in "{}"]
            letters |= {below[0]} if below[1:] == ["=", "0"] else set()
    found = set[str]()
    for k, item in enumerate(body[:-1]):
        if item.kind in (LETTER, WORD, COMMAND) and body[k + 1].text == "_" and item.text not in TERMS:
            below = {i.text for i in body[k + 2 : _after_argument(body, k + 2)]}
            found |= {NAMES.get(item.text, item.text)} if letters & below else set()
    return frozenset(found)


def _beyond(body: Sequence[Item]) -> dict[str, set[str]]:
    """For each running index, what lies outside of its range: the T of \\sum_{t=0}^{T-1}, the 0 of \\sum_{t=1}."""
    found: dict[str, set[str]] = {}
    for k, item in enumerate(body):
        if item.kind != COMMAND or item.text != "sum" or body[k + 1].text != "_":
            continue
        end = _after_argument(body, k + 2)
        below = [i.text for i in body[k + 2 : end] if i.text not in "{}"]
        if len(below) == 3 and below[1] == "=":
            above = [i.text for i in body[end + 1 : _after_argument(body, end + 1)] if i.text not in "{}"]
            out = {"0"} if below[2] == "1" else {above[0]} if below[2] == "0" and above[1:] == ["-", "1"] else set()
            found.setdefault(below[0], set()).update(out)
    return found


def _after_argument(body: Sequence[Item], at: int) -> int:
    if at >= len(body):
        return len(body) - 1
    if body[at].text != "{":
        return min(at + 1, len(body) - 1)
    depth = 0
    for k in range(at, len(body)):
        depth += (body[k].kind == SIGN) * ((body[k].text == "{") - (body[k].text == "}"))
        if not depth:
            return k + 1
    return len(body) - 1


def _dependent(body: Sequence[Item], context: LatexReading) -> tuple[str, ...]:
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
