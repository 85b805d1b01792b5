"""Solutions as a person would write them: numbers outside, exponentials of logarithms gone."""

from __future__ import annotations

from fractions import Fraction
from math import gcd, lcm

from gradproof.engine.applied import apply
from gradproof.engine.contract import add, constant, contract, scale
from gradproof.engine.exact import power
from gradproof.engine.replace import rebuild
from gradproof.engine.stable import LOGSUMEXP
from gradproof.engine.tensor import Apply, Contraction, Exponent, Factor, Sum, Tensor, fold_tensor, plain_exponent
from gradproof.ops import basic

INV, EXP, LOG = basic.INV, basic.EXP, basic.LOG


def inverse(h: Tensor) -> Tensor:
    """The inverse of a matrix, with its number, and the scalars that all its terms have in common, outside."""
    c = content(h)
    h, shared = without_scalars(divided(h, c))
    if not shared:
        return scale(1 / c, apply(INV, (h,)))
    return contract(1 / c, [(apply(INV, (h,)), (0, 1), 1), *((f, (), -e) for f, e in shared)], (0, 1))


def without_scalars(h: Tensor) -> tuple[Tensor, list[tuple[Tensor, Exponent]]]:
    """A matrix without the scalar factors of all its terms, and these."""
    terms = h.terms if isinstance(h, Sum) else ((Fraction(1), h),)
    if not terms or not all(isinstance(t, Contraction) for _, t in terms):
        return h, []
    powers = [{f: e for f, own, e in opened(t)[1] if not own} for _, t in terms]
    shared = [(f, e) for f, e in powers[0].items() if all(p.get(f) == e for p in powers)]
    if not shared:
        return h, []
    gone = {f for f, _ in shared}
    rest = []
    for c, t in terms:
        k, factors, out = opened(t)
        left = [f for f in factors if f[1] or f[0] not in gone]
        rest.append((c * k, contract(1, left, out, dict(zip(out, t.axes, strict=True)))))
    return add(rest, h.axes), shared


def content(t: Tensor) -> Fraction:
    """The number that all terms have in common; negative where all are."""
    if isinstance(t, Contraction):
        return t.coefficient
    if not isinstance(t, Sum) or not t.terms:
        return Fraction(1)
    whole = [c * content(b) for c, b in t.terms]
    c = Fraction(gcd(*(f.numerator for f in whole)), lcm(*(f.denominator for f in whole)))
    return -c if all(f < 0 for f in whole) else c


def divided(t: Tensor, c: Fraction) -> Tensor:
    """A tensor divided by a number, term by term."""
    return add([(d / c, b) for d, b in t.terms], t.axes) if isinstance(t, Sum) and t.terms else scale(1 / c, t)


def negative(t: Tensor) -> Tensor:
    """The negative of a tensor, term by term."""
    return divided(t, Fraction(-1))


def opened(t: Tensor) -> tuple[Fraction, list[Factor], tuple[int, ...]]:
    """A tensor as a product: its number, its factors, its indices."""
    if isinstance(t, Contraction):
        return t.coefficient, list(t.factors), t.out
    own = tuple(range(t.order))
    return Fraction(1), [(t, own, 1)], own


def tidied(t: Tensor) -> Tensor:
    """A tensor with the numbers that the terms of its sums have in common outside, where they meet others."""

    def visit(node: Tensor, args: list[Tensor]) -> Tensor:
        if not isinstance(node, Contraction):
            return rebuild(node, args)
        c, factors = node.coefficient, []
        for new, (_, own, e) in zip(args, node.factors, strict=True):
            k = content(new) if isinstance(new, Sum) and isinstance(e, int) else Fraction(1)
            c, new = c * power(k, e) if e and k != 1 else c, divided(new, k) if k != 1 else new
            if isinstance(new, Contraction) and not new.factors and isinstance(e, Fraction) and e.denominator == 2:
                outside, inside = _square_root(new.coefficient, e.numerator)
                c, new, e = c * outside, constant(inside), Fraction(1, 2)
            factors.append((new, own, e))
        if len(factors) == 1 and isinstance(factors[0][0], Sum) and factors[0][1:] == (node.out, 1):
            return divided(factors[0][0], 1 / c)
        return contract(c, factors, node.out, {i: node.dims[i] for i in node.out})

    def tidy(node: Tensor, args: list[Tensor]) -> Tensor:
        if isinstance(node, Apply) and node.op is EXP:
            return _exponential(args[0])
        return inverse(args[0]) if _is_inverse(node) else visit(node, args)

    return fold_tensor(t, tidy)


def _square_root(number: Fraction, times: int) -> tuple[Fraction, Fraction]:
    """A positive number to the power times/2 (times is odd) as a fraction times a root without squares: 1/sqrt(8) is sqrt(2)/4."""
    whole = number.numerator * number.denominator
    outside = 1
    for k in range(2, 1000):
        while whole % (k * k) == 0:
            whole, outside = whole // (k * k), outside * k
    return number ** ((times - 1) // 2) * Fraction(outside, number.denominator), Fraction(whole)


def _exponential(arg: Tensor) -> Tensor:
    """exp of a sum, with what is the same for all entries, and logarithms, taken out of it: exp(c + log(s)*1) is s*exp(c)."""
    kept: list[tuple[Fraction, Tensor]] = []
    shared: list[tuple[Fraction, Tensor]] = []
    for c, t in arg.terms if isinstance(arg, Sum) else [(Fraction(1), arg)]:
        k, own, out = opened(t)
        same = not any(f[1] for f in own) and len(set(out)) == len(out)
        (shared if same else kept).append((c, contract(k, own, ()) if same else t))
    if not shared:
        return apply(EXP, (arg,))
    powers, rest = _logarithms(add(shared, ()))
    places = tuple(range(arg.order))
    factors: list[Factor] = [(f, (), e) for f, e in powers]
    factors += [(apply(EXP, (add(kept, arg.axes),)), places, 1)] if kept else []
    factors += [(apply(EXP, (rest,)), (), 1)] if not (isinstance(rest, Sum) and not rest.terms) else []
    return contract(1, factors, places, dict(enumerate(arg.axes)))


def _logarithms(t: Tensor) -> tuple[list[tuple[Tensor, Exponent]], Tensor]:
    """A scalar as the logarithm of a product of powers, and what is left."""
    found: list[tuple[Tensor, Exponent]] = []
    rest: list[tuple[Fraction, Tensor]] = []
    for c, b in t.terms if isinstance(t, Sum) else [(Fraction(1), t)]:
        k, factors, _ = opened(b)
        node = factors[0][0] if len(factors) == 1 and factors[0][2] == 1 else None
        if isinstance(node, Apply) and node.op is LOG:
            found.append((node.args[0], plain_exponent(c * k)))
        elif isinstance(node, Apply) and node.op is LOGSUMEXP:
            inner = node.args[0]
            total = contract(1, [(apply(EXP, (inner,)), tuple(range(inner.order)), 1)], ())
            found.append((total, plain_exponent(c * k)))
        else:
            rest.append((c, b))
    return found, add(rest, ())


def _is_inverse(t: Tensor) -> bool:
    return isinstance(t, Apply) and t.op is INV and t.order == 2
