"""Formulas of one number alone: a sum that is affine in the variables, or a norm of what is."""

from __future__ import annotations

from collections.abc import Iterator

from gradproof.engine.bounds import bounds
from gradproof.engine.contract import constant, contract
from gradproof.engine.differentiate import push_forward
from gradproof.engine.replace import rebuild
from gradproof.engine.tensor import Contraction, Factor, Tensor, Variable, fold_tensor, walk_tensor
from gradproof.errors import GradproofError
from gradproof.notation.expr import Symbol, symbol
from gradproof.optimum.curvature import Curves
from gradproof.optimum.direction import known
from gradproof.optimum.embed import embeddings
from gradproof.optimum.weights import at_least_zero
from gradproof.records import dataclass
from gradproof.shapes.shape import SCALAR

NAME = "\0r"


@dataclass(frozen=True)
class Through:
    """A formula as one of the number r; where that is a norm, it is convex (concave) if that is and it rises (falls) with r."""

    formula: Tensor
    number: Symbol
    norm: bool

    def moves(self, sign: int) -> bool:
        """Whether it rises (sign 1) or falls (-1) with the number."""
        r = known(self.number)
        try:
            slope = push_forward(self.formula, {r: constant(1)})
        except GradproofError:
            return False
        return at_least_zero(contract(sign, [(slope, (), 1)], ()))


def through_one_number(t: Tensor, curves: Curves) -> Iterator[Through]:
    """The ways in which a scalar formula is one of a number."""
    if t.order:
        return
    sums = [n for n in dict.fromkeys(walk_tensor(t)) if isinstance(n, Contraction) and not n.order and n.summed]
    for p in sums:
        norm = curves.is_norm(p) and not curves.of(p).constant
        if not norm and not (curves.of(p).affine and not curves.of(p).constant):
            continue
        least = bounds(p)
        facts = {"positive"} if not norm and least.positive else {"nonneg"} if norm or least.nonnegative else set()
        r = symbol(NAME, SCALAR, frozenset(facts))
        g = _replaced(t, p, known(r), 2 if norm else 1)
        if not any(n in curves.moving for n in walk_tensor(g)):
            yield Through(g, r, norm)


def _replaced(t: Tensor, p: Contraction, r: Variable, power: int) -> Tensor:
    """A formula with a power of r in place of a sum, also where its factors stand among those of a product."""

    def visit(node: Tensor, args: list[Tensor]) -> Tensor:
        if node is p:
            return contract(1, [(r, (), power)], ())
        new = rebuild(node, args)
        if not isinstance(new, Contraction) or new.order:
            return new
        left: list[Factor] = list(new.factors)
        count = 0
        while found := next(embeddings(list(p.factors), left, frozenset()), None):
            left, count = found[1], count + 1
        if not count:
            return new
        return contract(new.coefficient / p.coefficient**count, [*left, (r, (), power * count)], ())

    return fold_tensor(t, visit)
