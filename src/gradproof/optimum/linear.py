"""Linear equations between tensors, solved for one unknown: entry by entry, by an inverse on one side or both, or by Sylvester's equation."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from gradproof.engine.applied import apply
from gradproof.engine.bounds import bounds, definite
from gradproof.engine.contract import add, constant, contract, permute, scale, symmetry, zero
from gradproof.engine.differentiate import gradient, push_forward
from gradproof.engine.lower import number_of
from gradproof.engine.replace import replace as replaced
from gradproof.engine.tensor import (
    Apply,
    Contraction,
    Factor,
    Sum,
    Tensor,
    Variable,
    variable,
    walk_tensor,
)
from gradproof.errors import GradproofError
from gradproof.facts.basic import SYMMETRIC
from gradproof.ops import TABLE
from gradproof.optimum.direction import LINEAR, QuadraticForm, product
from gradproof.optimum.psd import prove
from gradproof.optimum.tidy import content, divided, inverse, negative, opened, without_scalars
from gradproof.records import dataclass
from gradproof.shapes.dims import Dim

SYLV, DLYAP = TABLE["sylv"], TABLE["dlyap"]


@dataclass(frozen=True)
class Root:
    """A solution of an equation.

    `pivots`: matrices that have to be invertible, scalars that are divided by, and solutions that have to be the only ones, where that is not proven.
    """

    value: Tensor
    pivots: tuple[Tensor, ...] = ()


def has(t: Tensor, u: Tensor) -> bool:
    """Whether a tensor stands in another one."""
    return any(n is u for n in walk_tensor(t))


def linear(equation: Tensor, u: Variable) -> Root | None:
    """The solution of an equation that is affine in the unknown; None where it is not, or no inverse is seen."""
    try:
        rest = replaced(equation, {u: zero(u.axes)})
        moved = variable("\0d", u.axes, u.facts & LINEAR)
        slope = push_forward(equation, {u: moved})
    except GradproofError:
        return None
    if has(slope, u) or not has(slope, moved) or equation.axes != u.axes:
        return None
    if any(isinstance(n, Apply) and has(n, u) for n in walk_tensor(equation)):
        return None  # steps, such as sign(u), have the slope zero
    if u.order == 0:
        a = push_forward(equation, {u: constant(1)})
        return Root(contract(1, [(negative(rest), (), 1), (a, (), -1)], ()), not_zero(a))
    if u.order == 1:
        h = permute(gradient(equation, u), (1, 0))
        k = multiple(h)
        if k is not None:
            return Root(contract(1, [(negative(rest), (0,), 1), (k, (), -1)], (0,)), not_zero(k))
        return Root(contract(1, [(inverse(h), (0, 1), 1), (negative(rest), (1,), 1)], (0,)), _unproven(h))
    return _matrix(slope, moved, rest)


def multiple(t: Tensor) -> Tensor | None:
    """The scalar of which a tensor is a multiple of the identity, or of ones; None where it is none."""
    if isinstance(t, Contraction) and not any(own for _, own, _ in t.factors):
        return contract(t.coefficient, t.factors, ())
    if (
        isinstance(t, Contraction)
        and len(t.factors) == 1
        and set(t.factors[0][1]) == set(t.out)
        and t.factors[0][2] == 1
    ):
        inner = multiple(t.factors[0][0])
        return None if inner is None else scale(t.coefficient, inner)
    if not isinstance(t, Sum) or any(
        not isinstance(b, Contraction) or any(f[1] for f in b.factors) for _, b in t.terms
    ):
        return None
    parts = [(c * b.coefficient, b) for c, b in t.terms if isinstance(b, Contraction)]
    if len({b.out for _, b in parts}) != 1:
        return None
    return add([(c, contract(1, b.factors, ())) for c, b in parts], ())


def weights(equation: Tensor, u: Variable) -> Tensor | None:
    """w where an equation is w.*u - c, entry by entry; None where it is no such one."""
    if equation.axes != u.axes or linear(equation, u) is None:
        return None
    if u.order == 0:
        return push_forward(equation, {u: constant(1)})
    if u.order == 1:
        h = permute(gradient(equation, u), (1, 0))
        terms = h.terms if isinstance(h, Sum) else ((Fraction(1), h),)
        parts = [(c, t) for c, t in terms if isinstance(t, Contraction) and t.out[0] == t.out[1]]
        own = [(c * t.coefficient, contract(1, t.factors, t.out[:1], {t.out[0]: t.axes[0]})) for c, t in parts]
        return add(own, u.axes) if len(own) == len(terms) else None
    moved = variable("\0d", u.axes, u.facts & SYMMETRIC)
    found = _linear_terms(push_forward(equation, {u: moved}), QuadraticForm([moved]))
    each = [_entrywise(c, t, moved) for c, t in found or ()]
    known = [(1, w) for w in each if w is not None]
    return add(known, u.axes) if known and len(known) == len(each) else None


def _nonzero(a: Tensor) -> bool:
    return bounds(a).positive or bounds(negative(a)).positive


def not_zero(a: Tensor) -> tuple[Tensor, ...]:
    """What is divided by, where it is not proven to have no zero."""
    if isinstance(a, Contraction) and a.order and not any(own for _, own, _ in a.factors):
        return not_zero(contract(a.coefficient, a.factors, ()))
    return () if _nonzero(a) else (divided(a, content(a)),)


def _unproven(h: Tensor) -> tuple[Tensor, ...]:
    """The matrix, where it is not proven to be invertible."""
    if posdef(h) or posdef(negative(h)):
        return ()
    if isinstance(h, Contraction) and h.order == 2 and h.out[0] == h.out[1]:
        same = not any(own for _, own, _ in h.factors)  # a multiple of the identity
        inner = contract(h.coefficient, h.factors, () if same else (0,), {0: h.axes[0]})
        return not_zero(inner)
    rest, scalars = without_scalars(divided(h, content(h)))
    return (*(p for f, _ in scalars for p in not_zero(f)), rest)


def still_open(pivot: Tensor) -> tuple[Tensor, ...]:
    """What is not proven of a pivot."""
    if isinstance(pivot, Apply) and pivot.op in (SYLV, DLYAP):
        return (pivot,)
    square = pivot.order == 2 and pivot.axes[0] is pivot.axes[1]
    return _unproven(pivot) if square else not_zero(pivot)


def posdef(h: Tensor) -> bool:
    """Whether a matrix is proven to be positive definite."""
    return _definite(h) == 2


def semidefinite(h: Tensor) -> bool:
    """Whether a matrix is proven to be positive semidefinite."""
    return _definite(h) > 0


def _definite(h: Tensor) -> int:
    """2 for a matrix that is proven to be positive definite, 1 for semidefinite, else 0."""
    if h.order != 2 or h.axes[0] is not h.axes[1] or symmetry(h) != 1 or definite(h) == 2:
        return definite(h) if h.order == 2 and symmetry(h) == 1 else 0
    d = variable("\0d", h.axes[:1])
    kind = QuadraticForm([d])
    terms = h.terms if isinstance(h, Sum) else ((Fraction(1), h),)
    form = add([(c, contract(1, [(t, (0, 1), 1), (d, (0,), 1), (d, (1,), 1)], ())) for c, t in terms], ())
    parts = prove(form, kind)
    return 0 if parts is None else 2 if any(p.strict for p in parts) else 1


Side = tuple[Tensor, Tensor | None]  # what stands left and right of the unknown; None is the identity


@dataclass(frozen=True)
class _Sided:
    """left * U * right, with a scalar in front; None is the identity."""

    scalar: Tensor
    left: Tensor | None
    right: Tensor | None


def _matrix(slope: Tensor, moved: Variable, rest: Tensor) -> Root | None:
    """The solution of a linear equation in a matrix: A*U*B = C, or sums of such terms with one side in common, or entry by entry."""
    terms = _linear_terms(slope, QuadraticForm([moved]))
    if terms is None:
        return None
    weights = [_entrywise(c, t, moved) for c, t in terms]
    if all(w is not None for w in weights):
        total = add([(1, w) for w in weights if w is not None], rest.axes)
        k = multiple(total)
        if k is not None:
            return Root(contract(1, [(negative(rest), (0, 1), 1), (k, (), -1)], (0, 1)), not_zero(k))
        return Root(contract(1, [(negative(rest), (0, 1), 1), (total, (0, 1), -1)], (0, 1)), not_zero(total))
    sided = [_sides(c, t, moved) for c, t in terms]
    if any(s is None for s in sided):
        return None
    known = [s for s in sided if s is not None]
    m, n = moved.axes
    for same, other, size in (("right", "left", m), ("left", "right", n)):
        if len({getattr(s, same) for s in known}) == 1:
            parts = [_times(s.scalar, getattr(s, other), size) for s in known]
            whole = add([(1, p) for p in parts], (size, size))
            shared = getattr(known[0], same)
            value: list[Factor] = [(negative(rest), (1, 2), 1)]
            left, right = (whole, shared) if other == "left" else (shared, whole)
            pivots: tuple[Tensor, ...] = ()
            value.append((inverse(left), (0, 1), 1) if left is not None else (_eye(m), (0, 1), 1))
            value.append((inverse(right), (2, 3), 1) if right is not None else (_eye(n), (2, 3), 1))
            for h in (left, right):
                pivots += _unproven(h) if h is not None else ()
            return Root(contract(1, value, (0, 3)), pivots)
    return _sylvester(known, rest)


def left_factor(t: Tensor, u: Variable) -> Tensor | None:
    """H where a tensor is H*U; None where it is not."""
    moved = variable("\0d", u.axes)
    slope = push_forward(t, {u: moved})
    if any(isinstance(n, Apply) and has(n, u) for n in walk_tensor(t)):
        return None  # steps, such as sign(u), have the slope zero
    if has(slope, u) or replaced(t, {u: zero(u.axes)}) is not zero(t.axes) or t.axes != u.axes:
        return None
    terms = _linear_terms(slope, QuadraticForm([moved]))
    sided = [_sides(c, b, moved) for c, b in terms or ()]
    known = [s for s in sided if s is not None and s.right is None]
    size = u.axes[0]
    if not known or len(known) != len(sided):
        return None
    return add([(1, _times(s.scalar, s.left, size)) for s in known], (size, size))


def _sylvester(terms: Sequence[_Sided], rest: Tensor) -> Root | None:
    """The solution of A*U + U*B = C, and of U - A*U*A' = C. A pivot is the solution itself, unless the signs of A and B show that there is one."""
    m, n = rest.axes
    if any(s.left is not None and s.right is not None for s in terms):
        return _stein(terms, rest) or _two_sided(terms, rest)
    left = [_times(s.scalar, s.left, m) for s in terms if s.left is not None or s.right is None]
    right = [_times(s.scalar, s.right, n) for s in terms if s.right is not None]
    a, b = add([(1, t) for t in left], (m, m)), add([(1, t) for t in right], (n, n))
    sign = -1 if semidefinite(negative(a)) and semidefinite(negative(b)) else 1
    a, b, c = (scale(sign, t) for t in (a, b, negative(rest)))
    k = content(a) if content(a) == content(b) else Fraction(1)
    found = apply(SYLV, tuple(divided(t, k) for t in (a, b, c)))
    if not semidefinite(a) or not semidefinite(b):
        return Root(found, (found,))
    return Root(found, () if posdef(a) or posdef(b) else (divided(a, content(a)),))


def _stein(terms: Sequence[_Sided], rest: Tensor) -> Root | None:
    plain = [s for s in terms if s.left is None and s.right is None]
    both = [s for s in terms if s.left is not None and s.right is not None]
    if len(terms) != 2 or len(plain) != 1 or len(both) != 1 or rest.axes[0] is not rest.axes[1]:
        return None
    a, b = both[0].left, both[0].right
    ratio = number_of(contract(1, [(both[0].scalar, (), 1), (plain[0].scalar, (), -1)], ()))
    if ratio != -1 or a is None or b is not permute(a, (1, 0)):
        return None
    found = apply(DLYAP, (a, contract(-1, [(rest, (0, 1), 1), (plain[0].scalar, (), -1)], (0, 1))))
    return Root(found, (found,))


def _two_sided(terms: Sequence[_Sided], rest: Tensor) -> Root | None:
    """The solution of A*U*B + L*U*R = C: with L and B, or A and R, taken to the other side it is Sylvester's equation."""
    m, n = rest.axes
    by_right: dict[Tensor | None, list[tuple[Fraction, Tensor]]] = {}
    by_left: dict[Tensor | None, list[tuple[Fraction, Tensor]]] = {}
    for s in terms:  # those with the same right side are one term, or those with the same left side
        by_right.setdefault(s.right, []).append((Fraction(1), _times(s.scalar, s.left, m)))
        by_left.setdefault(s.left, []).append((Fraction(1), _times(s.scalar, s.right, n)))
    sides: list[Side] = [(add(a, (m, m)), b) for b, a in by_right.items()]
    if len(sides) != 2:
        sides = [(a if a is not None else _eye(m), add(b, (n, n))) for a, b in by_left.items()]
    if len(sides) != 2:
        return None
    one, other = sides
    found = [w for w in (_taken_over(one, other, rest, n), _taken_over(other, one, rest, n)) if w is not None]
    return min(found, key=lambda w: len(w.pivots)) if found else None


def _taken_over(one: Side, other: Side, rest: Tensor, n: Dim) -> Root | None:
    """The solution with the left side of the other term, and the right side of this one, inverted."""
    (a, b), (h, r) = one, other
    pivots = (*_unproven(h), *(() if b is None else _unproven(b)))
    if any(p.order == 2 and p.axes[0] is not p.axes[1] for p in pivots):
        return None
    undone = inverse(h)
    right = r if r is not None else _eye(n)
    if b is not None:
        right = contract(1, [(right, (0, 1), 1), (inverse(b), (1, 2), 1)], (0, 2))
    c = contract(-1, [(undone, (0, 1), 1), (rest, (1, 2), 1)], (0, 2))
    if b is not None:
        c = contract(1, [(c, (0, 1), 1), (inverse(b), (1, 2), 1)], (0, 2))
    found = apply(SYLV, (contract(1, [(undone, (0, 1), 1), (a, (1, 2), 1)], (0, 2)), right, c))
    own = [t for t in walk_tensor(found) if isinstance(t, Apply) and t.op is SYLV]
    return Root(found, (*pivots, *(t for t in own if not any(t is not o and has(o, t) for o in own))))


def _eye(n: Dim) -> Tensor:
    return contract(1, (), (0, 0), {0: n})


def _times(scalar: Tensor, h: Tensor | None, n: Dim) -> Tensor:
    return contract(1, [(scalar, (), 1), (h if h is not None else _eye(n), (0, 1), 1)], (0, 1))


def _linear_terms(slope: Tensor, kind: QuadraticForm) -> list[tuple[Fraction, Tensor]] | None:
    """The terms of a linear map, each a product with the moved variable as a factor."""
    waiting: list[tuple[Fraction, Tensor]] = [(Fraction(1), slope)]
    done: list[tuple[Fraction, Tensor]] = []
    while waiting:
        c, t = waiting.pop()
        if isinstance(t, Sum):
            waiting += [(c * d, b) for d, b in t.terms]
            continue
        if t in kind.moving:
            done.append((c, t))
            continue
        if not isinstance(t, Contraction):
            return None
        k = next((k for k, f in enumerate(t.factors) if kind.degree(f[0]) == 1), None)
        if k is None:
            return None
        inner, own, e = t.factors[k]
        if e != 1:
            return None
        if inner in kind.moving:
            done.append((c, t))
            continue
        rest = [f for j, f in enumerate(t.factors) if j != k]
        dims = {i: t.dims[i] for i in t.out}
        if isinstance(inner, Sum):
            waiting += [(c * d * t.coefficient, contract(1, [*rest, (b, own, 1)], t.out, dims)) for d, b in inner.terms]
        elif isinstance(inner, Contraction) and inner.order:
            opened = product(rest, inner, own, len(t.dims))
            waiting.append((c * t.coefficient * inner.coefficient, contract(1, opened, t.out, dims)))
        else:
            return None
        if len(waiting) + len(done) > 100:
            return None
    return done


def _entrywise(c: Fraction, t: Tensor, moved: Variable) -> Tensor | None:
    """W where a term is W .* U."""
    k, factors, out = opened(t)
    at = next(own for f, own, _ in factors if f is moved)
    rest = [f for f in factors if f[0] is not moved]
    straight = at == out or (at == out[::-1] and symmetry(moved) == 1)
    if not straight or len(set(out)) < 2 or any(not set(own) <= set(out) for _, own, _ in rest):
        return None
    return contract(c * k, rest, out, dict(zip(out, moved.axes, strict=True)))


def _sides(c: Fraction, t: Tensor, moved: Variable) -> _Sided | None:
    """left and right where a term is left*U*right."""
    k, factors, out = opened(t)
    at = next(own for f, own, _ in factors if f is moved)
    rest = [f for f in factors if f[0] is not moved]
    if len(out) != 2 or out[0] == out[1] or at[0] == at[1]:
        return None
    for ends in (at, at[::-1]) if symmetry(moved) == 1 else (at,):
        found = _split(rest, out, ends)
        if found is not None:
            scalars, left, right = found
            a = None if out[0] == ends[0] and not left else contract(1, left, (out[0], ends[0]))
            b = None if out[1] == ends[1] and not right else contract(1, right, (ends[1], out[1]))
            return _Sided(contract(c * k, scalars, ()), a, b)
    return None


def _split(
    rest: Sequence[Factor], out: tuple[int, ...], ends: tuple[int, ...]
) -> tuple[list[Factor], list[Factor], list[Factor]] | None:
    """The factors of the left side, which connect the rows, and of the right side."""
    left, right = _reached({out[0], ends[0]}, rest), _reached({ends[1], out[1]}, rest)
    scalars = [f for f in rest if not f[1]]
    others = [f for f in rest if f[1] and f not in left and f not in right]
    if others or any(f in right for f in left):
        return None
    for side, two in ((left, {out[0], ends[0]}), (right, {ends[1], out[1]})):
        if len(two) > 1 and not two <= {i for f in side for i in f[1]}:
            return None  # no matrix leads from one to the other
    return scalars, left, right


def _reached(start: set[int], factors: Sequence[Factor]) -> list[Factor]:
    found: list[Factor] = []
    while True:
        more = [f for f in factors if f not in found and start.intersection(f[1])]
        if not more:
            return found
        found += more
        start = start.union(*(set(f[1]) for f in more))
