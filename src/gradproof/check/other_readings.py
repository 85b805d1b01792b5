"""What a claim may have meant: other readings of its letters, its transpose, an entry for the whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from gradproof.check.verdict import OTHER_LAYOUT, RIGHT, RIGHT_IF, UNKNOWN, WRONG, Check, Link
from gradproof.notation.expr import Expr, Number, Symbol, call
from gradproof.parse import Note
from gradproof.shapes.shape import Shape


def is_zero(e: Expr) -> bool:
    return isinstance(e, Number) and not e.value


def combinations(letters: Sequence[Symbol], choices: Sequence[Sequence[Expr]]) -> Iterator[dict[Symbol, Expr]]:
    if not letters:
        yield {}
        return
    for e in choices[0]:
        for rest in combinations(letters[1:], choices[1:]):
            if e not in rest.values():
                yield {letters[0]: e, **rest}


def without_signs(e: Expr) -> Expr:
    """A formula without transposes and signs around it."""
    while len(e.args) == 1:
        e = e.args[0]
    return e


def transposed_of(e: Expr) -> Expr | None:
    return call("transpose", e) if e.type.kind == "r" else None


def may_be(letter: Shape, e: Shape) -> bool:
    return letter.kind == e.kind


def noted(links: Sequence[Link]) -> tuple[Note, ...]:
    """What was decided in reading the sides of a chain, each decision once."""
    return tuple({note.text: note for link in links for note in link.check.claim_notes}.values())


def worst(checks: Iterable[Check]) -> str:
    """The verdict on several claims that all have to hold."""
    order = (WRONG, UNKNOWN, RIGHT_IF, OTHER_LAYOUT, RIGHT)
    return min((c.verdict for c in checks), key=order.index, default=UNKNOWN)
