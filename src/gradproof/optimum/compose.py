"""Rules of composition that look at more than one factor: perspectives, sums that are log-convex, and sums under a linear one."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from typing import Protocol

from gradproof.engine.applied import apply
from gradproof.engine.bounds import bounds, definite, power_nonnegative
from gradproof.engine.contract import add, constant, contract, symmetry
from gradproof.engine.differentiate import push_forward
from gradproof.engine.lower import elementwise_derivatives
from gradproof.engine.replace import rebuild, replace
from gradproof.engine.tensor import (
    Apply,
    Contraction,
    Exponent,
    Sum,
    Tensor,
    Variable,
    fold_tensor,
    variable,
    walk_tensor,
)
from gradproof.errors import GradproofError
from gradproof.facts import SIGNS
from gradproof.facts.basic import ABOVE_ZERO
from gradproof.ops import TABLE, Operation
from gradproof.ops.basic import ELPOW, LOG
from gradproof.ops.operation import Primary
from gradproof.optimum.tidy import opened


class Bend(Protocol):
    """What `Curves` says of a tensor."""

    @property
    def convex(self) -> bool: ...
    @property
    def concave(self) -> bool: ...
    @property
    def constant(self) -> bool: ...
    @property
    def affine(self) -> bool: ...


Of = Callable[[Tensor], Bend]


def perspectives(t: Tensor, moving: frozenset[Tensor]) -> list[tuple[Tensor, frozenset[Tensor]]]:
    """The functions g of which a scalar is s*g(x/s) for a positive variable s, each with the variables that move in it."""
    if t.order or len(moving) < 2:
        return []
    inside = {n for n in walk_tensor(t) if n in moving and isinstance(n, Variable)}
    found = []
    for s in inside:
        others = inside - {s}
        if s.order or not bounds(s).positive or not others or any(v.facts - SIGNS for v in others):
            continue
        larger: dict[Tensor, Tensor] = {
            v: contract(1, [(v, tuple(range(v.order)), 1), (s, (), 1)], tuple(range(v.order))) for v in others
        }
        g = _over(replace(t, larger), s)
        g = g if s not in walk_tensor(g) else _over(_homogeneous(replace(t, larger), s), s)
        g = g if s not in walk_tensor(g) else multiplied_out(g, (1, 2))
        if s not in walk_tensor(g):
            found.append((g, frozenset(others)))
    return found


def _homogeneous(t: Tensor, s: Tensor) -> Tensor:
    """A tensor with a positive scalar taken out of sums, and out of logarithms: s*x + s is s*(x + 1), log(s*x) is log(s) + log(x)."""

    def visit(node: Tensor, args: list[Tensor]) -> Tensor:
        new = rebuild(node, args)
        if isinstance(new, Sum) and new.terms:
            powers = [{f: e for f, own, e in opened(b)[1] if not own}.get(s, 0) for _, b in new.terms]
            e = min(powers)
            if e and len(set(powers)) == 1:
                return _times(_divided(new, s, e), s, e)
        if isinstance(new, Apply) and new.op is LOG:
            k, factors, out = opened(new.args[0])
            straight = len(set(out)) == len(out) and all(set(own) <= set(out) for _, own, _ in factors)
            if (
                straight
                and k > 0
                and any(f is s for f, _, _ in factors)
                and all(bounds(f).positive for f, _, _ in factors)
            ):
                dims = dict(zip(out, new.axes, strict=True))
                parts = [(1, contract(e, [(apply(LOG, (f,)), own, 1)], out, dims)) for f, own, e in factors]
                number = [] if k == 1 else [(1, contract(1, [(apply(LOG, (contract(k, (), ()),)), (), 1)], out, dims))]
                return add([*parts, *number], new.axes)
        return new

    return fold_tensor(t, visit)


def _divided(t: Sum, s: Tensor, e: Exponent) -> Tensor:
    return add([(c, _times(b, s, -e)) for c, b in t.terms], t.axes)


def _times(t: Tensor, s: Tensor, e: Exponent) -> Tensor:
    own = tuple(range(t.order))
    return contract(1, [(t, own, 1), (s, (), e)], own, dict(enumerate(t.axes)))


def multiplied_out(t: Tensor, exponents: tuple[int, ...] = (2,)) -> Tensor:
    """A scalar formula with the squares (or powers like these) of its sums multiplied out, once."""
    terms: list[tuple[Fraction, Tensor]] = []
    for c, b in t.terms if isinstance(t, Sum) else [(Fraction(1), t)]:
        k, factors, out = opened(b)
        j = next((j for j, f in enumerate(factors) if _short(f[0]) and f[2] in exponents), None)
        if j is None or out:
            terms.append((c, b))
            continue
        f, own, e = factors[j]
        assert isinstance(f, Sum)
        rest = [*factors[:j], *factors[j + 1 :], *([(f, own, 1)] if e == 2 else [])]
        terms += [(c * k * x, contract(1, [*rest, (a, own, 1)], ())) for x, a in f.terms]
    return add(terms, ())


def _short(t: Tensor) -> bool:
    return isinstance(t, Sum) and 1 < len(t.terms) <= 3


def _over(t: Tensor, s: Tensor) -> Tensor:
    """A scalar divided by a number, term by term."""
    terms = t.terms if isinstance(t, Sum) else ((1, t),)
    return add([(c, contract(1, [(b, (), 1), (s, (), -1)], ())) for c, b in terms], ())


def spread(t: Contraction, moving: Tensor) -> list[tuple[Fraction, Tensor]] | None:
    """The terms of a product with one sum in it."""
    k = next(k for k, f in enumerate(t.factors) if f[0] is moving)
    whole, own, e = t.factors[k]
    if not isinstance(whole, Sum) or e != 1 or len(whole.terms) < 2:
        return None
    rest = [f for j, f in enumerate(t.factors) if j != k]
    dims = {i: t.dims[i] for i in t.out}
    return [(Fraction(1), contract(t.coefficient * c, [*rest, (b, own, 1)], t.out, dims)) for c, b in whole.terms]


def log_convex(t: Tensor, of: Of) -> bool:
    """Whether every entry is nonnegative, and its logarithm is proven to be convex."""
    if of(t).constant:
        return bounds(t).nonnegative
    match t:
        case Sum(terms=terms):
            return all(c > 0 and log_convex(b, of) for c, b in terms)
        case Contraction():
            return log_convex_product(t, of)
        case Apply(op=op, args=(base, e)) if op is ELPOW and not t.order:
            return log_convex_power(base, e, of)
        case Apply(op=op, args=(arg,)) if op.elementwise and op.domain is None:
            bends, _, rises, falls = _logarithm(op, bounds(arg).positive)
            inner = of(arg)
            return bends and (inner.affine or (inner.convex and rises) or (inner.concave and falls))
    return False


def log_convex_power(base: Tensor, e: Tensor, of: Of) -> bool:
    """The same of base^e, two numbers: it is exp(e*log(base))."""
    return bounds(base).positive and of(contract(1, [(e, (), 1), (apply(LOG, (base,)), (), 1)], ())).convex


def log_convex_product(t: Contraction, of: Of) -> bool:
    """The same of a product, by its factors alone."""
    if _trace(t, of):
        return True
    powers = [power_nonnegative(f, e) if of(f).constant else _log_power(f, e, of) for f, _, e in t.factors]
    return t.coefficient > 0 and all(powers)


def log_concave(t: Tensor, of: Of) -> bool:
    """Whether every entry is nonnegative, and its logarithm is proven to be concave where the entry is positive."""
    curve = of(t)
    if (curve.constant or curve.concave) and bounds(t).nonnegative:
        return True
    match t:
        case Apply(op=op, args=(base, e)) if op is ELPOW and of(e).constant and bounds(e).nonnegative:
            return log_concave(base, of)
        case Contraction(coefficient=c, factors=factors) if not t.summed and len(set(t.out)) == len(t.out):
            return c > 0 and all(_log_concave_power(f, e, of) for f, _, e in factors)
        case Apply(op=op, args=(arg,)) if op.log_concave and not op.elementwise:
            square = op.signatures[0].args[0].letters == "ii"
            return of(arg).affine and definite(arg) > 0 if square else of(arg).concave and bounds(arg).nonnegative
        case Apply(op=op, args=(arg,)) if op.elementwise and op.domain is None:
            _, bends, rises, falls = _logarithm(op, bounds(arg).positive)
            inner = of(arg)
            return bends and (inner.affine or (inner.concave and rises) or (inner.convex and falls))
    return False


def _log_concave_power(t: Tensor, e: object, of: Of) -> bool:
    if of(t).constant:
        return power_nonnegative(t, e)  # type: ignore[arg-type]
    if isinstance(e, int | Fraction) and e < 0:
        return bounds(t).positive and log_convex(t, of)
    return log_concave(t, of)


def _log_power(t: Tensor, e: object, of: Of) -> bool:
    if isinstance(e, int | Fraction) and e < 0:
        return log_concave(t, of)
    return isinstance(e, int | Fraction) and e > 0 and log_convex(t, of)


def _trace(t: Contraction, of: Of) -> bool:
    """Whether a product is the trace of a log-convex function of a symmetric matrix: a symmetric convex function of its eigenvalues."""
    if t.order or t.coefficient <= 0 or len(t.factors) != 1:
        return False
    f, own, e = t.factors[0]
    if not isinstance(f, Apply) or not isinstance(f.op.meaning, Primary) or e != 1 or own[0] != own[1]:
        return False
    twin, z = TABLE.get(f.op.meaning.entrywise), f.args[0]
    fits = twin is not None and len(f.args) == 1 and twin.domain is None and symmetry(z) == 1 and of(z).affine
    return fits and twin is not None and _logarithm(twin, False)[0]


@cache
def _logarithm(op: Operation, positive: bool) -> tuple[bool, bool, bool, bool]:
    """Whether the logarithm of a positive entrywise function is convex, is concave, rises and falls."""
    x = variable("\0x", (), ABOVE_ZERO if positive else frozenset())
    y = apply(op, (x,))
    if op.log_concave:
        moved = bounds(elementwise_derivatives(op, (x,), y)[0])
        return False, True, moved.nonnegative, moved.high <= 0
    if not bounds(y).positive or not op.analytic:
        return False, False, False, False
    try:
        slope = push_forward(apply(LOG, (y,)), {x: constant(1)})
        bend = bounds(push_forward(slope, {x: constant(1)}))
    except GradproofError:
        return False, False, False, False
    return bend.nonnegative, bend.high <= 0, bounds(slope).nonnegative, bounds(slope).high <= 0
