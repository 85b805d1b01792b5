"""The logarithm of a product with exponentials and the like: log(exp(u).*r) is u + log(r), wherever r is positive, and undefined elsewhere on both sides.

It holds for products of any length, and keeps what would overflow out of the result.
"""

from __future__ import annotations

from fractions import Fraction

from gradproof.engine.applied import apply
from gradproof.engine.contract import add, contract
from gradproof.engine.tensor import Apply, Contraction, Exponent, Factor, Tensor
from gradproof.ops import Operation
from gradproof.ops.basic import LOG


def split(op: Operation, args: tuple[Tensor, ...]) -> Tensor | None:
    """log of a product as a sum, where one of its factors is positive by itself."""
    if op is not LOG or not isinstance(args[0], Contraction) or _diagonal(args[0]):
        return None
    t = args[0]
    sure = [f for f in t.factors if _positive(f[0]) and _distinct(f) and set(f[1]) <= set(t.out)]
    if not sure:
        return None
    rest = [f for f in t.factors if f not in sure]
    terms = [(Fraction(e), _placed(apply(LOG, (f,)), indices, t)) for f, indices, e in sure]
    if len(rest) == 1 and not t.summed and t.coefficient > 0 and _odd(rest[0][2]) and _distinct(rest[0]):
        f, indices, e = rest[0]
        terms.append((Fraction(e), _placed(apply(LOG, (f,)), indices, t)))
        rest = []
    if rest or t.coefficient != 1:
        left = contract(t.coefficient, rest, t.out, dict(enumerate(t.dims)))
        terms.append((Fraction(1), apply(LOG, (left,))))
    return add(terms, t.axes)


def _positive(t: Tensor) -> bool:
    """Whether it is an exponential or the like, or a sum of products of such."""
    if isinstance(t, Contraction):
        return t.coefficient > 0 and bool(t.factors) and all(_positive(f) for f, _, _ in t.factors)
    return isinstance(t, Apply) and t.op.bounds.positive


def _diagonal(t: Contraction) -> bool:
    return len(set(t.out)) < len(t.out)


def _distinct(f: Factor) -> bool:
    return len(set(f[1])) == len(f[1])


def _odd(e: Exponent) -> bool:
    """Whether a power has the sign of its base."""
    return isinstance(e, int) and e % 2 == 1


def _placed(a: Tensor, indices: tuple[int, ...], t: Contraction) -> Tensor:
    """A tensor of some indices of a product as one of all its axes."""
    return contract(1, [(a, indices, 1)], t.out, {i: t.dims[i] for i in t.out})
