"""Powers of one base whose exponents are formulas: x^(p - 1)*x is x^p, and norm2(x)^(p - 1)/norm2(x) is norm2(x)^(p - 2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from gradproof.engine.applied import apply
from gradproof.engine.bounds import nonnegative
from gradproof.engine.contract import add, constant, contract
from gradproof.engine.lower import number_of
from gradproof.engine.tensor import Apply, Contraction, Exponent, Factor, Tensor, plain_exponent
from gradproof.ops import basic
from gradproof.shapes.dims import Dim

ELPOW = basic.ELPOW


def _raised(t: Tensor, exponent: Exponent) -> bool:
    """Whether a factor is a power with a formula as its exponent, which that of the factor may be multiplied into."""
    return isinstance(t, Apply) and t.op is ELPOW and (isinstance(exponent, int) or nonnegative(t.args[0]))


def joined_powers(
    coefficient: Fraction, factors: Sequence[Factor], out: Sequence[int], dims: Mapping[int, Dim]
) -> Tensor | None:
    """A product in which powers of one base stand once; None where that is so already."""
    for t, indices, exponent in factors:
        if not _raised(t, exponent) or not isinstance(t, Apply):
            continue
        base, axes = t.args[0], t.axes
        mine = [f for f in factors if _raised(f[0], f[2]) and f[0].args[0] is base and f[1] == indices]  # type: ignore[union-attr]
        plain = [(f, e) for f in factors if f not in mine and (e := _as_power(f, base, indices)) is not None]
        if len(mine) + len(plain) < 2:
            continue
        known = sum((e for _, e in plain), Fraction(0))
        total = add([*((Fraction(e), f.args[1]) for f, _, e in mine), (known, constant(1, axes))], axes)  # type: ignore[union-attr]
        taken = [*mine, *(f for f, _ in plain)]
        rest = [f for f in factors if f not in taken]
        if total.order == len(axes) and (e := _number(total)) is not None:
            joined: Factor = (base, indices, plain_exponent(e))  # with 0 too: a summed index is counted there
        else:
            joined = (apply(ELPOW, (base, total)), indices, 1)
        return contract(coefficient, [*rest, joined], out, {i: dims[i] for i in out})
    return None


def _number(t: Tensor) -> Fraction | None:
    return Fraction(0) if t is constant(0, t.axes) else number_of(t)


def _as_power(f: Factor, base: Tensor, indices: tuple[int, ...]) -> Fraction | None:
    """The number e with base^e the factor; None where there is none. A base that is itself a root is seen in its radicand."""
    t, places, exponent = f
    if t is base and places == indices:
        return Fraction(exponent)
    if not isinstance(base, Contraction) or base.coefficient != 1 or len(base.factors) != 1:
        return None
    inner, own, root = base.factors[0]
    if inner is not t or len(set(base.out)) < len(base.out) or base.summed:
        return None
    e = Fraction(exponent) / Fraction(root)
    seen = tuple(indices[base.out.index(i)] for i in own)
    return e if seen == places and (e.denominator == 1 or nonnegative(inner)) else None
