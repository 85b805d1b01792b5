"""Terms of a quadratic form that others outweigh: by the Cauchy-Schwarz inequality, and by the order of inverses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from gradproof.engine.applied import apply
from gradproof.engine.bounds import definite, power_nonnegative
from gradproof.engine.contract import add, contract
from gradproof.engine.lower import number_of
from gradproof.engine.tensor import Apply, Contraction, Exponent, Factor, Sum, Tensor, Variable, length, walk_tensor
from gradproof.facts import TIES
from gradproof.ops import basic
from gradproof.optimum.embed import embeddings
from gradproof.optimum.involution import Half, halves, strictly
from gradproof.optimum.sums_to_one import unit_sums
from gradproof.records import dataclass, field


@dataclass
class FormTerm:
    """A term of a form: a number, and factors over summed indices; `linear` are those with directions."""

    coefficient: Fraction
    factors: list[Factor]
    term: Tensor
    linear: list[int] = field(default_factory=list)
    found: list[Half] = field(default_factory=list)
    left: Fraction = Fraction(1)  # what of it nothing is outweighed with yet


def _dense(t: Tensor, e: Exponent) -> bool:
    """Whether a weight is above zero but for exceptions that a continuous inequality does not see: a polynomial that is at least zero, and not zero."""
    if not isinstance(e, int) or e < 0 or not power_nonnegative(t, e):
        return False
    return all(
        isinstance(n, Contraction | Sum)
        and (not isinstance(n, Contraction) or all(isinstance(x, int) and x > 0 for _, _, x in n.factors))
        or (isinstance(n, Variable) and not n.facts & TIES)
        for n in walk_tensor(t)
    )


@dataclass(frozen=True)
class _Square:
    """scale * sum_o W_o * (sum of the factors)_o^2: `around` are the factors W, `out` the indices o that the two halves share."""

    scale: Fraction
    factors: tuple[Factor, ...]
    out: tuple[int, ...]
    around: tuple[Factor, ...]


def _squares(f: FormTerm) -> Iterator[_Square]:
    """The ways in which a term is a weighted sum of squares of linear sums."""
    if len(f.linear) == 2:
        if f.factors[f.linear[0]][0] is not f.factors[f.linear[1]][0]:
            return
        for half in halves(f.factors, (f.linear[0], f.linear[1]), signed=True):
            if not half.middles:
                out = half.fixed.intersection(i for g in half.half for i in g[1])
                yield _Square(f.coefficient, half.half, tuple(sorted(out)), half.weights)
        return
    s, out, e = f.factors[f.linear[0]]
    if e == 2 and isinstance(s, Contraction) and len(set(s.out)) == len(s.out):
        named = dict(zip(out, s.out, strict=True))
        around = [(t, tuple(named.get(i, 1000 + i) for i in own), x) for t, own, x in f.factors if t is not s]
        yield _Square(f.coefficient * s.coefficient**2, s.factors, s.out, tuple(around))


def outweighed(f: FormTerm, positive: Sequence[FormTerm]) -> FormTerm | None:
    """A term that outweighs a negative one: |c|*W*(g'*v)^2 <= c'*v'*K*v wherever |c|*W*g'*inv(K)*g <= c'."""
    for s in _squares(f):
        for p in positive:
            for half in (*p.found, *_diagonal(p)):
                share = _share(s, p, half)
                if share is not None and share <= p.left:
                    p.left -= share
                    return p
    return None


def _diagonal(p: FormTerm) -> Iterator[Half]:
    """What of a sum of all squares stands on the diagonal, as a part of it."""
    d, own, e = p.factors[p.linear[0]]
    rest = [f for k, f in enumerate(p.factors) if k != p.linear[0]]
    if (
        len(p.linear) == 1
        and e == 2
        and d.order == 2
        and len(set(own)) == 2
        and d.axes[0] is d.axes[1]
        and not any(f[1] for f in rest)
    ):
        i = own[0]
        yield Half(frozenset({i}), tuple(rest), (), ((d, (i, i), 1),), {i: i})


def _share(s: _Square, p: FormTerm, half: Half) -> Fraction | None:
    """How much of a positive term outweighs a negative one; None where it is not seen to."""
    d = p.factors[p.linear[0]]
    weights = [w for w in half.weights if w[0] is not d[0]]
    ends = [i for m in half.middles for i in m[1]]
    if not all(strictly(t, e) or _dense(t, e) for t, _, e in weights) or any(
        definite(t) < 2 for t, _, _ in half.middles
    ):
        return None
    if any(m[2] != 1 for m in half.middles) or len(set(ends)) < len(ends):
        return None
    pattern = list(half.half) or [(d[0], d[1], 1)]
    for places, rest in embeddings(pattern, list(s.factors), half.fixed.union(ends)):
        inner = {j for i, j in places.items() if i not in half.fixed}
        if inner.isdisjoint(s.out) and all(i in places for _, own, _ in weights for i in own):
            inverse = [(t, tuple(places[i] for i in own), -e) for t, own, e in weights]
            fixed = {places[i] for i in half.fixed if i in places}
            middles = [_at(m, places) for m in half.middles]
            found = _ratio(s, p.coefficient, [*s.around, *inverse], rest, middles, fixed)
            if found is not None:
                return found
    return None


def _at(middle: Factor, places: dict[int, int]) -> tuple[Tensor, int]:
    """A middle, and the index of one half at which it stands."""
    t, (i, j), _ = middle
    return t, places[i] if i in places else places[j]


def _ratio(
    s: _Square,
    against: Fraction,
    around: list[Factor],
    g: list[Factor],
    middles: list[tuple[Tensor, int]],
    fixed: set[int],
) -> Fraction | None:
    """|c|*W*g'*inv(K)*g/c' where it is a number: `around` are W and the inverse weights, `fixed` the indices that both g share."""
    shared = fixed | set(s.out)
    first = 1 + max((i for _, own, _ in (*s.factors, *around) for i in own), default=0)
    other = {i: i if i in shared else first + i for _, own, _ in s.factors for i in own}
    found = [*around, *g, *((t, tuple(other[i] for i in own), e) for t, own, e in g)]
    found += [(apply(basic.INV, (t,)), (i, other[i]), 1) for t, i in middles]
    kept = tuple(i for i in s.out if i in fixed)
    dims = {i: d for t, own, _ in s.factors for i, d in zip(own, t.axes, strict=True)}
    ones = fixed - {*kept, *(i for _, own, _ in found for i in own)}  # sums of 1, such as that of g = ones(n)
    found += [(length(dims[i]), (), 1) for i in ones]
    value = number_of(unit_sums(contract(-s.scale / against, found, kept, {i: dims[i] for i in kept})))
    return value if value is not None and value > 0 else None


# -- inverses, and products of two sums


def under_inverse(f: FormTerm, positive: Sequence[FormTerm]) -> FormTerm | None:
    """A term d'*K*d that outweighs c*d'*G'*inv(M)*G*d: it does wherever M - c*G*inv(K)*G' is semidefinite."""
    if len(f.linear) != 2 or f.factors[f.linear[0]][0] is not f.factors[f.linear[1]][0]:
        return None
    for half in halves(f.factors, (f.linear[0], f.linear[1]), signed=True):
        inverse = half.middles[0][0] if len(half.middles) == 1 and not half.weights and not half.fixed else None
        if not isinstance(inverse, Apply) or inverse.op is not basic.INV or half.middles[0][2] != 1:
            continue
        ends = half.middles[0][1]
        start = next(g for g in half.half if g in (f.factors[f.linear[0]], f.factors[f.linear[1]]))
        chain = [g for g in half.half if g is not start]
        last = next((i for g in half.half for i in g[1] if i in ends), None)
        if last is None or start[0].order != 1 or not chain:
            continue
        for p in positive:
            k = _kernel(p, start[0])
            if k is not None and p.left == 1:
                image = _congruence(chain, start[1][0], last, k, inverse.args[0])
                rest = add([(1, inverse.args[0]), (f.coefficient / p.coefficient, image)], image.axes)
                if definite(rest):
                    p.left = Fraction(0)
                    return p
    return None


def _kernel(p: FormTerm, d: Tensor) -> Tensor | int | None:
    """The matrix of a term d'*K*d, 1 for the identity; None where it is no such term."""
    if len(p.linear) == 1:
        alone = len(p.factors) == 1 and p.factors[0][0] is d and p.factors[0][2] == 2
        return 1 if alone else None
    for half in p.found:
        middle = half.middles[0] if len(half.middles) == 1 and not half.weights else None
        if middle is not None and len(half.half) == 1 and half.half[0][0] is d and definite(middle[0]) == 2:
            return middle[0]
    return None


def _congruence(chain: Sequence[Factor], start: int, last: int, k: Tensor | int, like: Tensor) -> Tensor:
    """G*inv(K)*G' for the factors G that lead from one index to another."""
    far = 1 + max(i for _, own, _ in chain for i in own)
    other: list[Factor] = [(t, tuple(far + i for i in own), e) for t, own, e in chain]
    if isinstance(k, int):
        other = [(t, tuple(start if i == far + start else i for i in own), e) for t, own, e in other]
        between: list[Factor] = []
    else:
        between = [(apply(basic.INV, (k,)), (start, far + start), 1)]
    return contract(1, [*chain, *between, *other], (last, far + last), {last: like.axes[0], far + last: like.axes[1]})


def two_squares(f: FormTerm) -> list[FormTerm]:
    """The squares of two sums, with which their product is outweighed: 2*|a*b| <= a^2 + b^2; none where it is no such product."""
    if len(f.linear) != 2:
        return []
    numbers = [g for k, g in enumerate(f.factors) if not g[1] and k not in f.linear]
    if not all(power_nonnegative(t, e) for t, _, e in numbers):
        return []
    rest = [g for k, g in enumerate(f.factors) if g[1] and k not in f.linear]
    found, used = [], 0
    c = -abs(f.coefficient) / 2
    for k in f.linear:
        part = [f.factors[k]]
        if not part[0][1]:
            both = [*numbers, (part[0][0], (), 2)]
            found.append(FormTerm(c, both, contract(c, both, ()), [len(numbers)]))
            used += 1
            continue
        while more := [g for g in rest if g not in part and any(set(g[1]) & set(h[1]) for h in part)]:
            part += more
        used += len(part)
        far = 1 + max(i for g in part for i in g[1])
        both = [*numbers, *part, *((t, tuple(far + i for i in own), e) for t, own, e in part)]
        at = [len(numbers), len(numbers) + len(part)]
        found.append(FormTerm(c, both, contract(c, both, ()), at))
    apart = not {i for g in found[0].factors[len(numbers) :] for i in g[1]} & set(f.factors[f.linear[1]][1])
    return found if used == len(rest) + 2 and apart and len({id(f.factors[k][0]) for k in f.linear}) == 2 else []
