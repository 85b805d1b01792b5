"""What the code may rely on: bounds of entries and definiteness, from the declared facts and the operations.

Only what is proven is used: where nothing is known, the program takes the general way.
"""

from __future__ import annotations

from fractions import Fraction

from gradproof.engine.lower import number_of
from gradproof.engine.signs import nonnegative
from gradproof.engine.tensor import Apply, Contraction, Factor, Length, Sum, Tensor, Variable
from gradproof.notation.decimals import floating
from gradproof.ops import TABLE

INV = TABLE["inv"]
AT_MOST_ONE = {TABLE["sigmoid"], TABLE["softmax"]}  # besides being nonnegative
BETWEEN = {TABLE["tanh"], TABLE["sin"], TABLE["cos"], TABLE["sign"], TABLE["erf"]}  # -1 to 1


def entries_nonnegative(t: Tensor) -> bool:
    """Whether all entries are proven to be at least zero."""
    match t:
        case Sum(terms=terms) if terms:
            return nonnegative(t) or _least(t) >= 0
        case Contraction(coefficient=c, factors=factors):
            return c > 0 and all(factor_nonnegative(f) for f in factors)
    return nonnegative(t)


def factor_nonnegative(f: Factor) -> bool:
    """Whether a power of a tensor is proven to be at least zero."""
    tensor, _, e = f
    return (isinstance(e, int) and e % 2 == 0) or Fraction(e).denominator % 2 == 0 or entries_nonnegative(tensor)


def _least(t: Sum) -> float:
    """A lower bound of the entries of a sum; -inf where none is known."""
    total = 0.0
    for c, body in t.terms:
        low, high = _bounds(body)
        total += floating(c) * (low if c > 0 else high)
    return total


def _bounds(t: Tensor) -> tuple[float, float]:
    """Bounds of all entries."""
    inf = float("inf")
    number = number_of(t)
    if number is not None:
        return floating(number), floating(number)
    match t:
        case Apply(op=op) if op in AT_MOST_ONE:
            return 0.0, 1.0
        case Apply(op=op) if op in BETWEEN:
            return -1.0, 1.0
        case Contraction(coefficient=c, factors=((inner, _, e),)) if (
            c > 0 and not t.summed and isinstance(e, int) and e > 0
        ):
            low, high = _bounds(inner)
            if len(set(t.out)) == len(t.out) and max(abs(low), abs(high)) <= 1:
                return floating(c) * (0.0 if e % 2 == 0 or low >= 0 else -1.0), floating(c)
    return (0.0 if entries_nonnegative(t) else -inf), inf


def positive(t: Tensor) -> bool:
    """Whether all entries are proven to be above zero."""
    match t:
        case Variable(facts=facts):
            return "positive" in facts
        case Length():
            return True
        case Apply(op=op):
            return op is TABLE["exp"]
        case Contraction(coefficient=c, factors=factors):
            return c > 0 and not t.summed and len(set(t.out)) == len(t.out) and all(positive(f) for f, _, _ in factors)
        case Sum(terms=terms):
            return (
                bool(terms)
                and all(c > 0 and entries_nonnegative(b) for c, b in terms)
                and any(positive(b) for _, b in terms)
            )
    return False


def definite(t: Tensor) -> int:
    """2 for a matrix that is proven to be positive definite, 1 for semidefinite, else 0."""
    match t:
        case Variable(facts=facts):
            return 2 if "posdef" in facts else 1 if "psd" in facts else 0
        case Apply(op=op, args=args) if op is INV:
            return 2 if definite(args[0]) == 2 else 0
        case Sum(terms=terms) if terms and all(c > 0 for c, _ in terms):
            found = [definite(b) for _, b in terms]
            return max(found) if all(found) else 0
        case Contraction(coefficient=c) if c > 0 and t.order == 2:
            return _definite_product(t)
    return 0


def _definite_product(t: Contraction) -> int:
    i, j = t.out
    scalars = [f for f in t.factors if not f[1]]
    rest = [f for f in t.factors if f[1]]
    if not all(factor_nonnegative(f) for f in scalars):
        return 0
    strict = all(positive(f[0]) for f in scalars)
    if i == j:  # a diagonal
        return (
            2 if strict and all(positive(f[0]) for f in rest) else 1 if all(factor_nonnegative(f) for f in rest) else 0
        )
    if len(rest) == 1 and rest[0][2] == 1:
        return min(definite(rest[0][0]), 2 if strict else 1)
    return 1 if gram(rest, i, j) is not None else 0


def gram(factors: list[Factor], i: int, j: int) -> tuple[Factor, Factor, list[Factor]] | None:
    """M[k,i], M[k,j] and nonnegative factors over k in a product that is M' diag(d) M; None where it is none."""
    for one in factors:
        if len(one[1]) == 2 and i in one[1] and j not in one[1] and one[1][0] != one[1][1]:
            swapped = tuple(j if k == i else k for k in one[1])
            other = next((f for f in factors if f[0] is one[0] and f[1] == swapped and f[2] == one[2]), None)
            if other is None:
                continue
            k = one[1][0] if one[1][1] == i else one[1][1]
            rest = [f for f in factors if f is not one and f is not other]
            if all(f[1] == (k,) and factor_nonnegative(f) for f in rest):
                return one, other, rest
    return None
