r"""What is said after a formula, `…, \quad J = \det F`: a definition that the formula rests on is never dropped.

A name of the formula that is defined after it, by what is asked for, has its definition put in its place; so has the left side of the first formula
from which a second one goes on. Where that cannot be done the text is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from gradproof.errors import GradproofError
from gradproof.parse.derivative_signs import place, shown
from gradproof.parse.dropped import CONSTRAINT, base_of, defined_after, through
from gradproof.parse.inserted import definition, inserted
from gradproof.parse.item import COMMAND, LETTER, NUMBER, SIGN, TEXT, WORD, Item
from gradproof.parse.latex_words import ACCENTS, NAMES, OBJECTIVES, PROSE
from gradproof.parse.note import Note, balanced, note, refusal
from gradproof.records import dataclass

_MOST = 30  # pieces that are held against each other
_BEFORE = {"where", "with", "and", "for"}  # words before the name of a definition


def with_definitions(
    kept: Sequence[Item], after: Sequence[Item], text: str, asked: Collection[str]
) -> tuple[list[Item], list[Note]]:
    """The formula with the definitions after it that it rests on put in, and what is said of all that stands there.

    Raises ParseError where the formula cannot be read without what stands after it, and a definition does not fit.
    """
    end = next((k for k, i in enumerate(after) if i.kind in (TEXT, WORD) and CONSTRAINT.match(i.text)), len(after))
    items, said = _put_together(kept, after[:end], text, asked)
    if not said:
        return items, [_taken_off(after, text)]
    return items, [*said, *([_taken_off(after[end:], text)] if end < len(after) else [])]


def _put_together(
    kept: Sequence[Item], after: Sequence[Item], text: str, asked: Collection[str]
) -> tuple[list[Item], list[Note]]:
    """The same of what defines names, before any constraint; nothing is said where nothing is put in."""
    equations = [_equation(piece) for piece in _pieces(after) if piece]
    left, body = _cut(kept)
    named = [e for e in equations if e.name and e.says]
    further = next((e for e in equations if left and _has(e.formula, {_base(left)})), None)
    if further is not None:
        last, named = _root([first := _equation(kept), *equations])
        bases = {base_of(name) for name in asked}
        named = _used([], [e for e in named if _base(e.name) not in bases], last)  # dL/dz, with z = W x + b
        items = last and _put_in(last.formula, named)
        if last is None or items is None:
            raise refusal("formula-goes-on", place(further.piece), name=_base(left))
        kept, used = [*last.piece[: len(last.piece) - len(last.formula)], *items], named
        equations = [e for e in [first, *equations] if e not in named and e is not last]
    else:
        reached = through([(_base(e.name), lambda names, e=e: e.applied or _has(e.says, names)) for e in named], asked)
        wanted = [e for e in named if e.applied or _has(e.says, reached)]
        if not (needed := [e for e in wanted if _has(body, {_base(e.name)})]):
            if left and (other := next((e for e in wanted if e.applied and _has(e.says, reached)), None)):
                raise refusal("two-formulas", place(other.piece))
            return list(kept), []
        used = _used(needed, wanted, None)
        items = None if kept[0].text in OBJECTIVES else _put_in(body, used)
        if items is None:
            raise _defined_after(needed[0], text)
        kept = [*kept[: len(kept) - len(body)], *items]
        equations = [e for e in equations if e not in used]
    put = [note("definition-inserted", place(e.piece), shown=shown(e.piece, text)) for e in used]
    return list(kept), [*put, *(_taken_off(e.piece, text) for e in equations if any(i.kind != TEXT for i in e.piece))]


@dataclass(frozen=True, slots=True)
class Equation:
    """A piece after a formula, and the sides of it where it is an equation with a name at its left."""

    piece: tuple[Item, ...]
    name: tuple[Item, ...]
    says: tuple[Item, ...]

    @property
    def formula(self) -> tuple[Item, ...]:
        """What stands right of the sign; all of a piece without a name."""
        return self.says if self.name else self.piece

    @property
    def applied(self) -> bool:
        """Whether the name has letters as arguments: the g of g(u) = u^T u, and not w(0) = 0."""
        at = next((k for k, i in enumerate(self.name) if i.kind == SIGN and i.text in "(["), len(self.name))
        inside = self.name[at + 1 : -1]
        return bool(inside) and self.name[-1].text in (")", "]") and not any(i.kind == NUMBER for i in inside)


def defines(head: Sequence[Item], rest: Sequence[Item]) -> bool:
    """Whether a first piece, r = A x - b, says what a letter of the formula after it is."""
    left, _ = _cut(head)
    return bool(left) and _has(rest, {_base(left)})


def lines_define(head: Sequence[Item], rest: Sequence[Item]) -> bool:
    """Whether lines below each other are one formula and definitions, all of which it rests on."""
    pieces = [_equation(piece) for piece in (head, *_pieces(rest)) if piece]
    root, named = _root(pieces)
    return root is not None and len(named) + 1 == len(pieces)


def _equation(piece: Sequence[Item]) -> Equation:
    name, says = _cut(piece)
    return Equation(tuple(piece), tuple(name), tuple(says) if name else ())


def _root(pieces: Sequence[Equation]) -> tuple[Equation | None, list[Equation]]:
    """The one formula that no other rests on, and the definitions that it rests on; None where there are several, or none."""
    if len(pieces) > _MOST:
        return None, []
    named = [e for e in pieces if e.name and e.says]
    used = [e for e in named if any(o is not e and _has(o.formula, {_base(e.name)}) for o in pieces)]
    roots = [e for e in pieces if e not in used and any(_has(e.formula, {_base(u.name)}) for u in used)]
    return (roots[0], _used([], used, roots[0])) if len(roots) == 1 else (None, [])


def _taken_off(items: Sequence[Item], text: str) -> Note:
    return note("condition-taken-off", place(items), shown=shown(items, text))


def _defined_after(equation: Equation, text: str) -> GradproofError:
    says = balanced(text, (equation.says[0].start, equation.says[-1].end))
    return defined_after(shown(_named(equation.name), text), says, (equation.piece[0].start, equation.piece[-1].end))


def _used(needed: Sequence[Equation], wanted: Sequence[Equation], root: Equation | None) -> list[Equation]:
    """The equations that a formula rests on, also through each other."""
    found = list(needed)
    resting = [*found, *([root] if root else [])]
    while more := [
        e for e in wanted if e not in found and any(_has(f.formula, {_base(e.name)}) for f in [*resting, *found])
    ]:
        found += more
    return found


def _put_in(body: Sequence[Item], equations: Sequence[Equation]) -> list[Item] | None:
    """The formula with all of these definitions put in; None where one does not fit, or has no place."""
    made = [definition(_named(e.name), e.says) for e in equations]
    found = None if None in made else inserted(body, [d for d in made if d])
    return found[0] if found is not None and len(found[1]) == len(equations) else None


def _named(name: Sequence[Item]) -> Sequence[Item]:
    r"""A name without words before it: the r of \text{Let } r, of `where r`."""
    at = 0
    while at + 1 < len(name) and (
        name[at].kind == TEXT
        or name[at].text in _BEFORE
        or (name[at].kind == WORD and len(name[at].text) > 1 and _begins(name[at + 1]))
    ):
        at += 1
    return name[at:]


def _begins(item: Item) -> bool:
    """Whether a name begins here."""
    return item.kind in (LETTER, WORD) or (item.kind == COMMAND and (item.text in NAMES or item.text in ACCENTS))


def _pieces(items: Sequence[Item]) -> Iterator[list[Item]]:
    """The pieces between commas that stand in no bracket, without words before them."""
    depth, piece = 0, list[Item]()
    for k, item in enumerate(items):
        if item.kind == SIGN:
            depth += (item.text in "([{⟨") - (item.text in ")]}⟩")
        following = items[k + 1] if k + 1 < len(items) else None
        mark = item.text in ",;" or (item.text == "&" and not (following and following.text in ("=", ":")))
        comma = item.kind == SIGN and not depth and (mark or ends_sentence(item, following))
        between = comma or item.kind == TEXT or item.gap
        word = item.kind == WORD and len(item.text) > 1 and item.text in PROSE
        if between or word:
            yield piece
            piece = []
        if item.kind != TEXT and not word and not comma and item.text != "&":
            piece.append(item)
    yield piece


def ends_sentence(item: Item, following: Item | None) -> bool:
    """Whether a full stop ends a sentence: what follows it is spaced from it."""
    return item.kind == SIGN and item.text == "." and following is not None and following.spaced


def _cut(items: Sequence[Item]) -> tuple[list[Item], list[Item]]:
    """The sides of the first equals sign, where the left one is a name; ([], items) else."""
    depth, at = 0, None
    for k, item in enumerate(items):
        if item.kind == SIGN:
            depth += (item.text in "([{⟨") - (item.text in ")]}⟩")
            at = k if at is None and not depth and item.text == "=" else at
    if at is None or not at or not _base(items[:at]):
        return [], list(items)
    return list(items[:at]), list(items[at + 1 :])


def _base(side: Sequence[Item]) -> str:
    """The letter that a side begins with, without accents and scripts; "" for anything else."""
    words = [i for i in _named(side) if not (i.kind == COMMAND and i.text in ACCENTS) and i.text not in "{}"]
    first = words[0] if words else None
    if first is None or not (first.kind in (LETTER, WORD) or first.text in NAMES):
        return ""
    return NAMES.get(first.text, first.text) if first.kind == COMMAND else first.text


def _has(items: Sequence[Item], names: Collection[str]) -> bool:
    """Whether one of these names stands here: also x_i for X, an x_i that may be a row of X."""
    for item, after in zip(items, [*items[1:], None], strict=False):
        if item.kind not in (LETTER, WORD, COMMAND):
            continue
        name = NAMES.get(item.text, item.text) if item.kind == COMMAND else item.text
        below = after is not None and after.text == "_"
        if name in names or (below and name[:1].upper() + name[1:] in names):
            return True
    return False
