"""How a function of one entry bends and moves: by the bounds of its derivatives, never by its name."""

from __future__ import annotations

from functools import cache

from gradproof.engine.applied import apply
from gradproof.engine.bounds import bounds
from gradproof.engine.contract import constant
from gradproof.engine.differentiate import push_forward
from gradproof.engine.lower import elementwise_derivatives, number_of
from gradproof.engine.tensor import (
    Apply,
    Length,
    Tensor,
    variable,
    walk_tensor,
)
from gradproof.errors import GradproofError
from gradproof.facts.basic import ABOVE_ZERO, NOT_NEGATIVE
from gradproof.facts.bounds import Bounds
from gradproof.ops import TABLE, Operation, basic
from gradproof.ops.operation import Elementwise, Primary
from gradproof.records import dataclass


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How a function of one entry bends and moves."""

    convex: bool = False
    concave: bool = False
    rises: bool = False
    falls: bool = False

    @staticmethod
    @cache
    def told(words: tuple[str, ...]) -> Behaviour:
        """By the words of the table."""
        return Behaviour(**dict.fromkeys(words, True))


@cache
def behaviour_of(op: Operation, positive: bool, nonneg: bool) -> Behaviour:
    """The shape of a smooth entrywise function, by the bounds of its derivatives."""
    if not even(op):
        return Behaviour()  # it has a kink, and the table says nothing of it
    needs = op.domain is not None and op.domain.of == "x" and op.domain.relation == ">" and op.domain.bound == 0
    facts = ABOVE_ZERO if positive or needs else NOT_NEGATIVE if nonneg else frozenset()
    x = variable("\0x", (), facts)
    try:
        slope = elementwise_derivatives(op, (x,), apply(op, (x,)))[0]
        bend = push_forward(slope, {x: constant(1)})
    except GradproofError:
        return Behaviour()
    s, b = bounds(slope), bounds(bend)
    return Behaviour(b.nonnegative, below_border(b), s.nonnegative, below_border(s))


def chosen_at(op: Operation, k: Tensor, arg: Tensor) -> Operation | None:
    """The operation that one is at a parameter: the n-th eigenvalue is the largest."""
    place = "1" if number_of(k) == 1 else "n" if isinstance(k, Length) and k.dim is arg.axes[0] else ""
    return TABLE.get(dict(op.at).get(place, ""))


@cache
def even(op: Operation) -> bool:
    """Whether an entrywise function has no kink: it is analytic, or its derivative is made of functions that are."""
    if op.analytic:
        return True
    if op.domain is not None or not isinstance(op.meaning, Elementwise):
        return False
    x = variable("\0x", (), frozenset())
    used = [n for d in elementwise_derivatives(op, (x,), apply(op, (x,))) for n in walk_tensor(d)]
    functions = [n for n in used if isinstance(n, Apply) and n.op is not op]
    return bool(functions) and all(n.op.analytic for n in functions)


def below_border(b: Bounds) -> bool:
    return b.high <= 0


def on_numbers(op: Operation) -> str:
    """The operation on numbers that a matrix function is."""
    return op.meaning.entrywise if isinstance(op.meaning, Primary) else op.name if op is basic.INV else ""
