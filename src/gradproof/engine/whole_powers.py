"""Powers of square matrices by a whole number: written out where they are short, else one node."""

from __future__ import annotations

from fractions import Fraction

from gradproof.engine.applied import apply
from gradproof.engine.contract import constant, contract, scale
from gradproof.engine.tensor import Contraction, Tensor
from gradproof.ops import TABLE

WRITTEN_OUT = 8  # factors of a power of a product
INTEGER_POWER = TABLE["integer_power"]


def stays_power(base: Tensor, e: int) -> bool:
    """Whether a power of a matrix, but a diagonal one, is one node: it is long when it is written out."""
    if not isinstance(base, Contraction):
        return e > WRITTEN_OUT
    return len(set(base.out)) == 2 and e * max(len(base.factors), 1) > WRITTEN_OUT


def whole_power(base: Tensor, e: int) -> Tensor:
    """A power of a square matrix: the product where that is short or has one factor alone, else one node, so that (A*X)^20 stays one."""
    if e == 0:
        return contract(1, (), (0, 0), {0: base.axes[0]})
    if stays_power(base, e):
        number = base.coefficient if isinstance(base, Contraction) else Fraction(1)
        return scale(number**e, apply(INTEGER_POWER, (scale(1 / number, base), constant(e))))
    result = base
    for _ in range(e - 1):
        result = contract(1, [(result, (0, 1), 1), (base, (1, 2), 1)], (0, 2))
    return result
