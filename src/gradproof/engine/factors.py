"""What is known of the factors of a product before it is one node: powers, constants, and scalars among them."""

from __future__ import annotations

from fractions import Fraction

from gradproof.engine.bounds import nonnegative
from gradproof.engine.canonical import canonical, components, connected
from gradproof.engine.exact import power_exact
from gradproof.engine.tensor import ONE, Apply, Contraction, Exponent, Factor, Sum, Tensor, plain_exponent
from gradproof.ops.basic import LARGEST_POWER

LONGEST = 10  # a product with more factors than this is kept as a product of products


def is_constant(c: Contraction) -> bool:
    """Whether it is a positive number times constants that have names, as 2*pi is."""
    named = [f for f in c.factors if type(f[0]) is Apply and not f[0].args]
    return 0 < c.coefficient != 1 and not c.axes and bool(named) and len(named) == len(c.factors)


def is_power(c: Contraction) -> bool:
    """Whether a product is a power of one matrix, which is short however many factors it has."""
    first = c.factors[0]
    return len(c.factors) <= LARGEST_POWER and all(f[0] is first[0] and f[2] == 1 for f in c.factors)


def opens(c: Contraction, exponent: Exponent, beside: int) -> bool:
    """Whether a product as a factor of another, with so many others, is taken apart."""
    if beside + len(c.factors) > LONGEST and len(c.factors) > 1 and not is_power(c):
        return False
    if exponent == 1:
        return bool(c.out) or not c.dims
    if c.summed or (len(set(c.out)) < len(c.out) and exponent < 0):
        return False
    if isinstance(exponent, int):
        return power_exact(c.coefficient, exponent) is not None
    if power_exact(c.coefficient, exponent) is None or (len(set(c.out)) < len(c.out)):
        return False
    doubtful = [f for f in c.factors if not nonnegative(f[0])]  # (f*g)^(1/2) = f^(1/2)*g^(1/2) needs f, g >= 0
    return not doubtful or (len(doubtful) == 1 and Fraction(doubtful[0][2]).numerator % 2 == 1 and c.coefficient > 0)


def flat(c: Contraction) -> bool:
    """Whether a product with another number is one with the same factors."""
    return len(c.factors) <= LONGEST and (bool(c.out) or not c.summed)


def gather(factors: list[Factor], extra: Factor) -> None:
    """Multiply a scalar factor into a merged list."""
    for k, (t, i, e) in enumerate(factors):
        if t is extra[0] and i == extra[1]:
            total = plain_exponent(e + extra[2])
            factors[k : k + 1] = [(t, i, total)] if total else []
            return
    factors.append(extra)


def scalars(factors: list[Factor], out: tuple[int, ...], coefficient: Fraction) -> list[Factor]:
    """Every part that is connected to no index of `out` becomes one scalar factor, so that x'*A*x is the same thing everywhere."""
    if len(factors) == 1 and not (factors[0][1] and set(out).isdisjoint(factors[0][1])):
        return factors
    if len(factors) == 2 and not out and coefficient == 1 and not set(factors[0][1]).isdisjoint(factors[1][1]):
        return factors  # an inner product, whole
    ends = set(out)
    if not [f for f in factors if ends.isdisjoint(f[1])]:
        return factors
    if connected({*out}, [f[1] for f in factors]):
        return factors
    total, parts = [f for f in factors if not f[1]], components([f for f in factors if f[1]])
    closed = [p for p in parts if ends.isdisjoint(p[0])]
    if not closed or (len(parts) == 1 and not total and not out and coefficient == 1):
        return factors
    open_ = [f for p in parts if not ends.isdisjoint(p[0]) for f in p[1]]
    for indices, group in closed:
        dims = {i: d for t, labels, _ in group for i, d in zip(labels, t.axes, strict=True)}
        gather(total, (canonical(ONE, group, (), {i: dims[i] for i in indices}), (), 1))
    return open_ + total


def bare(t: Tensor) -> tuple[Tensor, tuple[int, ...]]:
    """The tensor that this one is, up to an exchange of axes."""
    if type(t) is Contraction and len(t.factors) == 1 and (t.coefficient is ONE or t.coefficient == 1):
        inner, indices, e = t.factors[0]
        if e == 1 and sorted(indices) == sorted(t.out) and len(set(t.out)) == len(t.out):
            return inner, tuple(indices.index(i) for i in t.out)
    return t, tuple(range(len(t.axes)))


def is_sum(t: Tensor) -> bool:
    """Whether a tensor is a sum, up to an exchange of axes."""
    if type(t) is Contraction:
        return len(t.factors) == 1 and type(t.factors[0][0]) is Sum and type(bare(t)[0]) is Sum
    return type(t) is Sum
