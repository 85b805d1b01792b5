"""Terms of a sum that are convex together, though they are not one by one: relative entropies, and logarithms of beta functions.

sum(a.*log(a)) - sum(a.*log(b)) is convex in a and b, as the perspective of -log, and falls with b; tr(A*logm(A)) - tr(A*logm(B)) is
convex in A and B (Lindblad 1974). sum(lgamma(u)) - lgamma(sum(u)) is the logarithm of an integral of exp(u'*log(p)).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from fractions import Fraction

from gradproof.engine.applied import apply
from gradproof.engine.bounds import bounds, definite, power_nonnegative
from gradproof.engine.contract import add, contract, scale
from gradproof.engine.replace import replace
from gradproof.engine.tensor import Apply, Contraction, Factor, Sum, Tensor, Variable, variable
from gradproof.ops.basic import LOG
from gradproof.ops.operation import Primary
from gradproof.optimum.compose import Of
from gradproof.optimum.direction import LINEAR, QuadraticForm, degrees
from gradproof.optimum.psd import prove
from gradproof.optimum.tidy import content, opened

CHOICES = 50  # of arrays that a sum may be one of
FAR = 1000  # an index that no product has


def convex_part(node: Sum, of: Of) -> Tensor | None:
    """What is left of a sum without terms that are convex together; None where none are seen."""
    if node.order:
        return None
    left = without_entropy(node.terms, of)
    if left is not None:
        return left
    for c, t in node.terms:
        if c < 0:
            for needed in (*_logarithm_of_itself(t, of), *_parts(t, of)):
                left = _without(node, (c, t), needed)
                if left is not None:
                    return left
    return None


def without_entropy(terms: Sequence[tuple[Fraction, Tensor]], of: Of) -> Tensor | None:
    """What is left without sum(u.*log(u)) of an affine u, whose terms stand apart: log(1 - x) - x*log(1 - x)."""
    logs = {f: None for _, t in terms for f, _, _ in opened(t)[1] if isinstance(f, Apply) and f.op is LOG}
    for log in logs:
        assert isinstance(log, Apply)
        u = log.args[0]
        if of(u).constant or not of(u).affine:
            continue
        parts, others = [], []
        for c, t in terms:
            k, factors, _ = opened(t)
            mine = [f for f in factors if f[0] is log]
            if len(mine) == 1 and mine[0][2] == 1 and len(set(mine[0][1])) == len(mine[0][1]):
                rest, own = [f for f in factors if f is not mine[0]], mine[0][1]
                parts.append((c * k, contract(1, rest, own, dict(zip(own, u.axes, strict=True)))))
            else:
                others.append((c, t))
        beside = add(parts, u.axes)
        k = content(beside) / content(u) if parts else Fraction(0)
        if k > 0 and beside is scale(k, u):
            return add(others, ())
    return None


def nonnegative_form(t: Tensor, moving: frozenset[Tensor]) -> bool:
    """Whether a scalar is a quadratic form of the variables that is nowhere negative, as x^2 + x*y + y^2: it is convex."""
    if t.order or degrees(t, moving, {}) != 2:
        return False
    new: dict[Tensor, Tensor] = {  # of their signs no use is made
        v: variable("\0" + v.name, v.axes, v.facts & LINEAR) for v in moving if isinstance(v, Variable)
    }
    return prove(replace(t, new), QuadraticForm(new.values())) is not None


def _without(node: Sum, negative: tuple[Fraction, Tensor], needed: Sequence[Tensor]) -> Tensor | None:
    """A sum without a negative term, and as much of each of those that outweigh it."""
    have = {t: c for c, t in node.terms}
    c, t = negative
    for n in needed:
        k, body = _number(n)
        if have.get(body, 0) + c * k < 0:
            return None
        have[body] += c * k
    return add([(d, b) for b, d in have.items() if b is not t and d], ())


def _number(t: Tensor) -> tuple[Fraction, Tensor]:
    """A term as a sum holds it: its number, and the rest."""
    if isinstance(t, Contraction) and t.coefficient != 1:
        return Fraction(t.coefficient), contract(1, t.factors, ())
    return Fraction(1), t


def _still(factors: Sequence[Factor], of: Of) -> bool:
    """Whether what stands beside is at least zero, and does not move."""
    return all(of(f).constant and power_nonnegative(f, e) for f, _, e in factors)


def _logarithm_of_itself(t: Tensor, of: Of) -> Iterator[list[Tensor]]:
    """The terms a*log(a) beside a term a*log(b), of entries or matrices."""
    if not isinstance(t, Contraction):
        return
    for f in t.factors:
        log, own, e = f
        if not isinstance(log, Apply) or e != 1 or not _is_logarithm(log):
            continue
        rest = [g for g in t.factors if g is not f]
        for g in rest:
            a, at, x = g
            beside = [h for h in rest if h is not g]
            if x == 1 and a.axes == log.axes and of(a).affine and not of(a).constant and _still(beside, of):
                other = log.args[0]
                each = log.op is LOG and at == own and bounds(a).nonnegative and of(other).concave
                square = (
                    log.op is not LOG
                    and len(set(own)) == 2
                    and at in (own, own[::-1])
                    and not any(b[1] for b in beside)
                )
                fits = each or (square and definite(a) > 0 and definite(other) > 0 and of(other).affine)
                if fits:
                    yield [contract(t.coefficient, [*rest, (apply(log.op, (a,)), own, 1)], ())]


def _is_logarithm(t: Apply) -> bool:
    meaning = t.op.meaning
    return t.op is LOG or (isinstance(meaning, Primary) and meaning.entrywise == LOG.name)


def _parts(t: Tensor, of: Of) -> Iterator[list[Tensor]]:
    """The terms f(u) of the parts u of a sum beside the term f(sum(u)), for a function whose sums outgrow it; entry by entry, too."""
    k, factors, out = opened(t) if isinstance(t, Contraction) else (Fraction(1), [(t, (), 1)], ())
    whole = next((f for f in factors if isinstance(f[0], Apply) and f[0].op.partition and f[2] == 1), None)
    if whole is None or out or not isinstance(whole[0], Apply) or len(set(whole[1])) < len(whole[1]):
        return
    rest = [f for f in factors if f is not whole]
    if not _still(rest, of) or any(i not in whole[1] for _, own, _ in rest for i in own):
        return
    op, total, at = whole[0].op, whole[0].args[0], whole[1]
    terms = [(c, b) for c, b in total.terms] if isinstance(total, Sum) else [(Fraction(1), total)]
    parts = [[p for p in _spread(c, b) if of(p).affine and bounds(p).positive] for c, b in terms]
    for chosen in itertools.islice(itertools.product(*parts), CHOICES):
        moving = [p for p in chosen if not of(p).constant]
        if all(p.order == len(at) for p in chosen if of(p).constant):
            yield [contract(k, [*rest, _at(apply(op, (p,)), at)], ()) for p in moving]


def _at(t: Tensor, indices: tuple[int, ...]) -> Factor:
    """A tensor at these indices, and further ones that are summed."""
    return t, (*indices, *range(FAR, FAR + t.order - len(indices))), 1


def _spread(c: Fraction, b: Tensor) -> Iterator[Tensor]:
    """The arrays whose sums over further axes are a multiple of a tensor: itself, and those under its sum."""
    yield scale(c, b)
    if isinstance(b, Contraction) and not b.out and len(b.factors) == 1 and b.factors[0][1:] == ((), 1):
        yield from _spread(c * b.coefficient, b.factors[0][0])
    if isinstance(b, Contraction) and b.summed and len(set(b.out)) == len(b.out):
        inner = tuple(dict.fromkeys(i for _, own, _ in b.factors for i in own if i not in b.out))
        for more in dict.fromkeys((inner, *((i,) for i in inner))):
            out = (*b.out, *more)
            yield scale(c, contract(b.coefficient, b.factors, out, {i: b.dims[i] for i in out}))
