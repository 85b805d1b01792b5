"""Formulas of matrices with orthonormal columns, with W'*W put in: norm2(X - X*W*W')^2 is norm2(X)^2 - norm2(X*W)^2."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from gradproof.engine.contract import add, contract
from gradproof.engine.tensor import Contraction, Factor, Sum, Tensor, Variable, length
from gradproof.optimum.direction import product
from gradproof.optimum.linear import has
from gradproof.optimum.tidy import opened

TERMS, STEPS = 30, 60


def on_columns(value: Tensor, w: Variable) -> Tensor:
    """A scalar multiplied out, where W'*W is the identity; as it is where that leads nowhere."""
    whole = value.terms if isinstance(value, Sum) else ((Fraction(1), value),)
    waiting: list[tuple[Fraction, list[Factor]]] = [(c, [(b, (), 1)]) for c, b in whole]
    done: list[tuple[Fraction, Tensor]] = []
    for _ in range(STEPS):
        if not waiting:
            return add(done, ())
        c, factors = waiting.pop()
        opening = _opened(c, factors, w)
        if opening is None:
            done.append((c, contract(1, _without_grams(factors, w), ())))
        else:
            waiting += opening
        if len(waiting) + len(done) > TERMS:
            break
    return value


def _opened(c: Fraction, factors: list[Factor], w: Variable) -> list[tuple[Fraction, list[Factor]]] | None:
    """A product with one of its moving sums or products taken apart; None where all is apart."""
    for k, (t, own, e) in enumerate(factors):
        if t is w or not has(t, w) or e not in (1, 2) or not isinstance(t, Sum | Contraction):
            continue
        rest = [*factors[:k], *factors[k + 1 :], *([(t, own, 1)] if e == 2 else [])]
        if isinstance(t, Sum):
            return [(c * d, [*rest, (b, own, 1)]) for d, b in t.terms]
        number, _, out = opened(t)
        if len(set(out)) < len(out):
            return None
        first = 1 + max((i for _, used, _ in [*rest, (t, own, e)] for i in used), default=0)
        return [(c * number, product(rest, t, own, first + len(t.dims)))]
    return None


def _without_grams(factors: Sequence[Factor], w: Variable) -> list[Factor]:
    """A product in which two W that meet in their rows alone are gone: their columns are one."""
    found = list(factors)
    while True:
        pair = _gram(found, w)
        if pair is None:
            return found
        one, other = pair
        found.remove(one)
        found.remove(other)
        i, k = one[1][1], other[1][1]
        found = [(t, tuple(i if j == k else j for j in own), e) for t, own, e in found]
        if not any(i in own for _, own, _ in found):  # the trace of the identity
            found.append((length(w.axes[1]), (), 1))


def _gram(factors: Sequence[Factor], w: Variable) -> tuple[Factor, Factor] | None:
    for n, f in enumerate(factors):
        for g in factors[n + 1 :]:
            if f[0] is g[0] is w and f[2] == g[2] == 1 and f[1][0] == g[1][0]:
                used = [i for _, own, _ in factors for i in own]
                if used.count(f[1][0]) == 2:
                    return f, g
    return None
