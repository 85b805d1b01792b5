"""Terms of a quadratic form that are squares of the same entries: their weights together, over one denominator."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from gradproof.engine.bounds import bounds
from gradproof.engine.contract import add, contract
from gradproof.engine.tensor import Factor, Sum, Tensor
from gradproof.optimum.tidy import opened

TERMS = 60  # of a numerator that is multiplied out


def at_least_zero(total: Tensor) -> bool:
    """Whether a sum of products of entries is nowhere negative, seen after it is multiplied by what is below its fractions."""
    if bounds(total).nonnegative:
        return True
    terms = _terms(total)
    if terms is None:
        return False
    least: dict[tuple[Tensor, tuple[int, ...]], Fraction] = {}
    for _, factors in terms:
        for f, own, e in factors:
            if e < 0:
                least[f, own] = min(least.get((f, own), Fraction(0)), Fraction(e))
    if not all(bounds(f).positive for f, _ in least):
        return False
    lifted = []
    for c, factors in terms:
        powers = {(f, own): Fraction(e) for f, own, e in factors}
        for key, e in least.items():
            powers[key] = powers.get(key, Fraction(0)) - e
        lifted.append((c, powers))
    return _multiplied(lifted, total)


def _terms(total: Tensor) -> list[tuple[Fraction, list[Factor]]] | None:
    """The terms of a sum, with their indices named as the axes of the sum are; None where one is no product of entries."""
    found = []
    for c, t in total.terms if isinstance(total, Sum) else [(Fraction(1), total)]:
        k, factors, out = opened(t)
        if len(set(out)) < len(out) or any(not set(own) <= set(out) for _, own, _ in factors):
            return None
        at = {i: n for n, i in enumerate(out)}
        found.append((c * k, [(f, tuple(at[i] for i in own), e) for f, own, e in factors]))
    return found


def _multiplied(terms: Sequence[tuple[Fraction, dict[tuple[Tensor, tuple[int, ...]], Fraction]]], like: Tensor) -> bool:
    """Whether a polynomial has no negative term when its sums are multiplied out."""
    waiting, done = list(terms), []
    while waiting:
        c, powers = waiting.pop()
        key = next((k for k, e in powers.items() if isinstance(k[0], Sum) and e > 0 and e.denominator == 1), None)
        if key is None:
            done.append((c, powers))
        else:
            rest = {**powers, key: powers[key] - 1}
            if not rest[key]:
                del rest[key]
            whole, own = key
            assert isinstance(whole, Sum)
            for d, b in whole.terms:
                k, factors, out = opened(b)
                at = dict(zip(out, own, strict=True))
                if len(at) < len(out) or any(i not in at for _, i_own, _ in factors for i in i_own):
                    return False
                new = dict(rest)
                for f, i_own, e in factors:
                    place = f, tuple(at[i] for i in i_own)
                    new[place] = new.get(place, Fraction(0)) + Fraction(e)
                waiting.append((c * d * k, new))
        if len(waiting) + len(done) > TERMS:
            return False
    out, dims = tuple(range(like.order)), dict(enumerate(like.axes))
    parts = [
        (c, contract(1, [(f, own, _whole(e)) for (f, own), e in powers.items() if e], out, dims)) for c, powers in done
    ]
    return bounds(add(parts, like.axes)).nonnegative


def _whole(e: Fraction) -> int | Fraction:
    return e.numerator if e.denominator == 1 else e
