"""Products that go to zero with a norm by which they are divided: x*x'/norm2(x) at x = 0, where the closed form is 0/0.

Such a product is of higher degree in u than the power of its norm below. What else it is multiplied by is a number at u = 0, or the product is none
in the code either; so it has the limit zero, which code has where it divides by one instead of by zero. A product of the same degree, x/norm2(x),
has no limit and is left alone, and so is one of degree one, which may be there when the squares are below the range of the numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache

from gradproof.codegen.plan.special import root_of_squares
from gradproof.engine.tensor import Apply, Contraction, Factor, Sum, Tensor
from gradproof.numeric import bare
from gradproof.ops import Operation
from gradproof.ops.operation import Elementwise

LEAST = 2  # a product of two entries of u is zero wherever the sum of its squares is
DEEPEST = 6  # products and sums inside each other that are looked into


def removable(factors: Sequence[Factor]) -> frozenset[Tensor]:
    """The sums of squares among the factors of a product that stand below, and with whose roots the product goes to zero."""
    found = set()
    for s, indices, e in factors:
        u = root_of_squares(s) if not indices and e < 0 else None
        if u is not None:
            rest = sum((n * degree(f, u) for f, _, n in factors if f is not s), Fraction(0))
            if rest >= LEAST and rest > -2 * e:
                found.add(s)
    return frozenset(found)


def degree(t: Tensor, u: Tensor, depth: int = DEEPEST) -> Fraction:
    """With which power of the size of u a tensor goes to zero, or less than that."""
    if t is u:
        return Fraction(1)
    if isinstance(t, Contraction) and depth:
        return sum((Fraction(e) * degree(f, u, depth - 1) for f, _, e in t.factors), Fraction(0))
    if isinstance(t, Sum) and depth:
        return min(degree(b, u, depth - 1) for _, b in t.terms)
    if isinstance(t, Apply) and depth and _through_zero(t.op):
        return degree(t.args[0], u, depth - 1)
    return Fraction(0)


@cache
def _through_zero(op: Operation) -> bool:
    """Whether it is a smooth function of each entry with the value 0 at 0, as sin is."""
    return isinstance(op.meaning, Elementwise) and op.analytic and float(op.value(bare, bare.asarray(0.0))) == 0
