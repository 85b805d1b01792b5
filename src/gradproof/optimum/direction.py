"""The second differential of a formula along one direction: a quadratic form, whose sign is the curvature."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from gradproof.engine.contract import add, contract
from gradproof.engine.differentiate import push_forward
from gradproof.engine.replace import replace
from gradproof.engine.tensor import Apply, Contraction, Factor, Sum, Tensor, Unknown, Variable, fold_tensor, variable
from gradproof.facts import FACTS, TIES
from gradproof.notation.expr import Symbol

LINEAR = frozenset(fact.name for fact in FACTS if fact.turned)  # facts that a direction has where the variable has them
MIXED = -1  # a degree that is none: not a polynomial, or of several degrees
TERMS = 200  # that a form may have


def free(s: Symbol) -> Variable:
    """The variable as formulas are lowered to be differentiated by it: its entries are not tied."""
    return variable(s.name, s.type.dims, s.facts - TIES)


def known(s: Symbol) -> Variable:
    """The variable with all its facts."""
    return variable(s.name, s.type.dims, s.facts)


def directions(symbols: Iterable[Symbol]) -> dict[Symbol, Variable]:
    """A direction for each variable, with a name that no formula can have."""
    return {s: variable("\0" + s.name, s.type.dims, s.facts & LINEAR) for s in symbols}


def second_differential(value: Tensor, moved: dict[Symbol, Variable]) -> Tensor:
    """How the slope of a scalar changes along the directions; `value` has the variables without the facts that tie their entries."""
    along = {free(s): d for s, d in moved.items()}
    twice = push_forward(push_forward(value, along), along)
    return replace(twice, {free(s): known(s) for s in moved if s.facts & TIES})


def degrees(root: Tensor, moving: frozenset[Tensor], memo: dict[Tensor, int]) -> int:
    """The degree of a tensor as a polynomial in some variables; MIXED where it is none of one degree."""

    def visit(node: Tensor, below: list[int]) -> int:
        if node in moving:
            return 1
        match node:
            case Sum(terms=()):
                return 0
            case Sum():
                return below[0] if len(set(below)) == 1 else MIXED
            case Contraction(factors=factors):
                parts = [_raised(d, e) for d, (_, _, e) in zip(below, factors, strict=True)]
                return MIXED if MIXED in parts else sum(parts)
            case Apply() | Unknown():
                return MIXED if any(below) else 0
        return 0

    return fold_tensor(root, visit, memo)


def _raised(degree: int, e: int | Fraction) -> int:
    if not degree:
        return 0
    return degree * e if isinstance(e, int) and e > 0 and degree > 0 else MIXED


class QuadraticForm:
    """Quadratic forms in some directions, taken apart."""

    def __init__(self, moving: Iterable[Tensor]):
        self.moving = frozenset(moving)
        self._degrees: dict[Tensor, int] = {}

    def degree(self, t: Tensor) -> int:
        """The degree in the directions."""
        return degrees(t, self.moving, self._degrees)

    def expanded(self, t: Tensor) -> list[tuple[Fraction, Tensor]] | None:
        """The terms of a form: in each, a linear factor squared, or two of them that are the same or are single directions. None where there are too many."""
        waiting, done = [(Fraction(1), t)], []
        while waiting:
            c, node = waiting.pop()
            if isinstance(node, Sum):
                waiting += [(c * d, b) for d, b in node.terms]
                continue
            opened = self._opened(node) if isinstance(node, Contraction) else None
            if opened is None:
                done.append((c, node))
            else:
                waiting += [(c * d, b) for d, b in opened]
            if len(waiting) + len(done) > TERMS:
                return None
        whole = add(done, ()) if done else t
        return list(whole.terms) if isinstance(whole, Sum) else [(Fraction(1), whole)]

    def _opened(self, node: Contraction) -> list[tuple[Fraction, Tensor]] | None:
        """A product with one factor taken apart; None where all is apart."""
        linear = [k for k, f in enumerate(node.factors) if self.degree(f[0]) == 1]
        if len(linear) == 2 and node.factors[linear[0]][0] is not node.factors[linear[1]][0]:
            for kind in (Sum, Contraction):
                for k in linear:
                    t = node.factors[k][0]
                    if isinstance(t, kind) and t.order and not _tied(t):
                        return self._distributed(node, k)
        for k, (t, _, e) in enumerate(node.factors):
            if self.degree(t) == 2 and e == 1 and isinstance(t, Sum):
                return self._distributed(node, k)
            inner = self.degree(t) == 2 and e == 1 and isinstance(t, Contraction) and not t.order
            opened = self._opened(t) if inner and isinstance(t, Contraction) else None
            if opened is not None:
                return [(c * node.coefficient, b) for c, b in self._times(node, k, opened)]
        return None

    def _distributed(self, node: Contraction, k: int) -> list[tuple[Fraction, Tensor]]:
        t = node.factors[k][0]
        if isinstance(t, Sum):
            return [(c * node.coefficient, b) for c, b in self._times(node, k, list(t.terms))]
        assert isinstance(t, Contraction)
        opened = product([f for j, f in enumerate(node.factors) if j != k], t, node.factors[k][1], len(node.dims))
        return [(node.coefficient * t.coefficient, contract(1, opened, ()))]

    def _times(
        self, node: Contraction, k: int, terms: Sequence[tuple[Fraction, Tensor]]
    ) -> list[tuple[Fraction, Tensor]]:
        rest = [f for j, f in enumerate(node.factors) if j != k]
        return [(c, contract(1, [*rest, (b, node.factors[k][1], 1)], ())) for c, b in terms]


def _tied(t: Tensor) -> bool:
    """Whether two axes of a product are one."""
    return isinstance(t, Contraction) and len(set(t.out)) < len(t.out)


def product(rest: Sequence[Factor], t: Contraction, indices: Sequence[int], first: int) -> list[Factor]:
    """Factors, and those of a product at these indices; its other indices are numbered from `first`. Its out indices are distinct."""
    renamed = dict(zip(t.out, indices, strict=True))
    for i in range(len(t.dims)):
        renamed.setdefault(i, first + i)
    return [*rest, *((f, tuple(renamed[i] for i in own), e) for f, own, e in t.factors)]
