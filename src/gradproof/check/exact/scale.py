"""How many digits, and how many sizes, it takes to see that a formula is not zero."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from gradproof.check.points import At
from gradproof.exact.constants import rational
from gradproof.notation.expr import Call, Expr, Number, Size, fold, walk
from gradproof.numeric import bare as np
from gradproof.ops.domain import NONZERO
from gradproof.ops.operation import Differential, Elementwise, Power

MOST_HIDDEN = 4  # sizes that are counted though none is written
BASE = 100  # digits where no number is large or small
_PER_UNIT = 1 / math.log(10)


def sizes_for(formulas: Sequence[Expr]) -> int:
    """How many values of a size it takes: more than a polynomial of this degree has zeros; 0 where no size stands in the formulas."""
    named = sum(fold(e, _degree) for e in formulas)
    if not named:
        return 0
    hidden = sum(
        isinstance(e, Call) and not e.args for root in formulas for e in walk(root)
    )  # ones(n)'*ones(n) is n too
    return named + min(hidden, MOST_HIDDEN) + 2


def _degree(node: Expr, args: list[int]) -> int:
    """How often a size stands in a formula, powers multiplied out."""
    if isinstance(node, Size):
        return 1
    count = sum(args)
    if isinstance(node, Call) and count:
        match node.op.meaning:
            case Power() if (exponent := rational(node.args[1])) is not None:
                return count * max(1, math.ceil(abs(exponent)))
            case Power() | Elementwise():
                return 10**6  # no polynomial
    return count


def digits_for(formulas: Sequence[Expr], at: At) -> int:
    """Digits that show the smallest part of these formulas beside the largest."""
    needed = {e: _hidden(e, at) for root in formulas for e in _nodes(root)}
    return BASE + math.ceil(min(10**6, sum(needed.values())))


def _nodes(root: Expr) -> list[Expr]:
    seen: list[Expr] = []
    fold(root, lambda node, _: seen.append(node))
    return seen


def _hidden(node: Expr, at: At) -> float:
    """How many orders of magnitude a node may add: long numbers, high powers, exponentials of large arguments."""
    match node:
        case Number(value=value):
            return _orders(value)
        case Call(op=op) if node.args and not op.analytic and op.domain is NONZERO:
            return 0.0  # abs, sign, relu: as large as their arguments
        case Call(op=op) if node.args and isinstance(op.meaning, Elementwise | Differential):
            return 2 * _largest(node.args[0], at) * _PER_UNIT
        case Call(op=op) if isinstance(op.meaning, Power):
            exponent, base = _largest(node.args[1], at), _largest(node.args[0], at)
            return exponent * (1 + abs(math.log10(base))) if base else 0.0
    return 0.0


def _orders(value: Fraction) -> float:
    sizes = (value.numerator.bit_length(), value.denominator.bit_length())
    return 2 * (max(sizes) - 1) / math.log2(10) if value else 0.0


def _largest(e: Expr, at: At) -> float:
    found = at.try_value(e)
    size = float(np.max(np.abs(found), initial=0.0)) if found is not None else 10.0**6
    return min(size, 10.0**6)
