"""Sums that are known to be one: of the entries of a vector on the simplex, of the squares of a unit vector, of softmax; and what softmax does not see."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from gradproof.engine.contract import add, apply, contract
from gradproof.engine.tensor import Apply, Contraction, Factor, Sum, Tensor, Token, Variable, length
from gradproof.facts import TABLE
from gradproof.ops import Operation
from gradproof.shapes.dims import Dim


def _known(t: Tensor) -> set[int]:
    """The powers of a vector's entries whose sum is 1."""
    if isinstance(t, Variable):
        return {TABLE[name].total for name in t.facts} - {0}
    return {t.op.total} - {0} if isinstance(t, Apply) else set()


def tells_a_total(x: Token) -> bool:
    """Whether an operation or a fact says what the entries of a vector add up to."""
    return x.total > 0 if isinstance(x, Operation) else x in TABLE and TABLE[str(x)].total > 0


def added_up(
    coefficient: Fraction, factors: list[Factor], out: tuple[int, ...], dims: Mapping[int, Dim]
) -> Tensor | None:
    """A vector that is summed alone, whose sum is known."""
    for factor in factors:
        t, indices, e = factor
        if len(indices) != 1 or indices[0] in out or e not in _known(t):
            continue
        rest = [f for f in factors if f is not factor]
        if not any(indices[0] in f[1] for f in rest):
            return contract(coefficient, rest, out, {i: dims[i] for i in out})
    return None


def unshifted(op: Operation, args: tuple[Tensor, ...]) -> Tensor | None:
    """softmax(v + c*ones(n)) is softmax(v), and logsumexp of it c + logsumexp(v); softmax(c*ones(n)) is 1/n everywhere."""
    if op.shift is None:
        return None
    t = args[0]
    if op.total == 1 and _spread(t):
        return contract(1, [(length(t.axes[0]), (), -1)], (0,), {0: t.axes[0]})
    if not isinstance(t, Sum):
        return None
    same = [(c, b) for c, b in t.terms if _spread(b)]
    if not same or len(same) == len(t.terms):
        return None
    value = apply(op, (add([term for term in t.terms if term not in same], t.axes),))
    if not op.shift:
        return value
    numbers = [(c * op.shift, contract(b.coefficient, b.factors, ())) for c, b in same if isinstance(b, Contraction)]
    return add([(Fraction(1), value), *numbers], ())


def _spread(t: Tensor) -> bool:
    """Whether all entries of a tensor are one number."""
    return isinstance(t, Contraction) and len(set(t.out)) == len(t.out) and not any(f[1] for f in t.factors)
