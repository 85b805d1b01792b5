"""Equations between tensors, solved for one unknown: linear ones, and those in which the unknown stands in one invertible expression."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from gradproof.engine.bounds import bounds, definite, power_nonnegative
from gradproof.engine.contract import add, apply, constant, contract, permute, scale, symmetry, zero
from gradproof.engine.differentiate import gradient, push_forward
from gradproof.engine.lower import plain, substitute_template, template
from gradproof.engine.replace import rebuild
from gradproof.engine.replace import replace as replaced
from gradproof.engine.tensor import (
    Apply,
    Contraction,
    Exponent,
    Factor,
    Sum,
    Tensor,
    Variable,
    fold_tensor,
    variable,
    walk_tensor,
)
from gradproof.errors import GradproofError
from gradproof.facts import closed
from gradproof.ops import TABLE
from gradproof.optimum.direction import Form, product
from gradproof.optimum.psd import prove
from gradproof.optimum.tidy import content, divided, inverse, negative, opened
from gradproof.records import dataclass, replace
from gradproof.shapes.dims import Dim

EXP, LOG, SQRTM, SYLV = TABLE["exp"], TABLE["log"], TABLE["sqrtm"], TABLE["sylv"]
DEEPEST = 8  # expressions within expressions


@dataclass(frozen=True)
class Root:
    """A solution of an equation. `pivots`: matrices that have to be invertible, and scalars that are divided by, where that is not proven."""

    value: Tensor
    pivots: tuple[Tensor, ...] = ()


def has(t: Tensor, u: Tensor) -> bool:
    """Whether a tensor stands in another one."""
    return any(n is u for n in walk_tensor(t))


def roots(equation: Tensor, u: Variable) -> list[Root]:
    """The real solutions of `equation` = 0, all of them where there are any here; [] where it is not solved."""
    try:
        return list(_roots(equation, u, 0))
    except GradproofError:
        return []


def _roots(equation: Tensor, u: Variable, depth: int) -> Iterator[Root]:
    found = linear(equation, u)
    if found is not None:
        yield found
        return
    if depth > DEEPEST:
        return
    apart = _apart(equation, u)
    if apart is not None:
        equation, node = apart
        place = variable("\0p", (), frozenset({"positive", "nonneg"}))
        first = linear(equation, place)
        if first is not None and not has(equation, u):
            equal = add([(1, node), (-1, apply(LOG, (first.value,)))], ())
            for root in _roots(equal, u, depth + 1):
                yield replace(root, pivots=first.pivots + root.pivots)
            return
    for inner, e, held in _held(equation, u):
        place = variable("\0p", inner.axes, _facts(inner, e))
        whole = _placed(equation, inner, e, place)
        if has(whole, u):
            continue
        for first, times in _first(whole, place):
            if held and times != 1:
                continue
            for value in _undone(first.value, inner) if held else _raised(first.value, inner, Fraction(e) * times):
                equal = add([(1, _argument(inner) if held else inner), (-1, value)], inner.axes)
                for root in [Root(value)] if not held and inner is u else _roots(equal, u, depth + 1):
                    yield replace(root, pivots=first.pivots + root.pivots)
            return


def _apart(equation: Tensor, u: Variable) -> tuple[Tensor, Tensor] | None:
    """The equation with exp(a + c*u) as exp(a)*p, and c*u, for a scalar u that stands in exponents alone, always with the same number."""
    if u.order:
        return None
    found: set[Tensor] = set()
    place = variable("\0p", (), frozenset({"positive", "nonneg"}))

    def visit(node: Tensor, args: list[Tensor]) -> Tensor:
        if isinstance(node, Apply) and node.op is EXP and isinstance(node.args[0], Sum):
            arg = node.args[0]
            moving = [(c, t) for c, t in arg.terms if has(t, u)]
            bare = contract(1, [(u, (), 1)], tuple(range(arg.order)), dict(enumerate(arg.axes)))
            if len(moving) == 1 and moving[0][1] is bare:
                found.add(scale(moving[0][0], u))
                rest = add([(c, t) for c, t in arg.terms if t is not bare], arg.axes)
                out = tuple(range(arg.order))
                return contract(1, [(apply(EXP, (rest,)), out, 1), (place, (), 1)], out)
        return rebuild(node, args)

    split = fold_tensor(equation, visit)
    return (split, found.pop()) if len(found) == 1 else None


def _facts(inner: Tensor, e: Exponent) -> frozenset[str]:
    """What is known of a power."""
    found = {"symmetric"} if symmetry(inner) == 1 and e == 1 else set()
    found |= {"posdef"} if e == 1 and definite(inner) == 2 else set()
    found |= {"positive"} if bounds(inner).positive else {"nonneg"} if power_nonnegative(inner, e) else set()
    return closed(frozenset(found))


def _first(equation: Tensor, p: Variable) -> Iterator[tuple[Root, Fraction]]:
    """A power of an expression, by an equation in it alone."""
    found = linear(equation, p) or _stripped(equation, p) or _quadratic(equation, p)
    if found is not None:
        yield found, Fraction(1)
        return
    power = _monomial(equation, p)
    if power is not None:
        yield power


def _stripped(equation: Tensor, y: Variable) -> Root | None:
    """The invertible solution where every term begins with the unknown matrix: Y - Y*C*Y = 0."""
    if y.order != 2 or y.axes[0] is not y.axes[1] or not isinstance(equation, Sum):
        return None
    stripped = []
    for c, t in equation.terms:
        k, factors, out = opened(t)
        first = next((f for f in factors if f[0] is y and f[1][0] == out[0] and f[2] == 1), None)
        if first is None or sum(out[0] in f[1] for f in factors) > 1 or len(set(out)) < 2:
            return None
        rest = [f for f in factors if f is not first]
        dims = dict.fromkeys((first[1][1], out[1]), y.axes[0])
        stripped.append((c * k, contract(1, rest, (first[1][1], out[1]), dims)))
    found = linear(add(stripped, equation.axes), y)
    known = () if "invertible" in y.facts else (y,)
    return None if found is None else replace(found, pivots=(*found.pivots, *known))


def _quadratic(equation: Tensor, y: Variable) -> Root | None:
    """The positive definite solution of Y*B*Y = A, for positive definite A and B: the geometric mean of A and inv(B)."""
    if "posdef" not in y.facts or not isinstance(equation, Sum):
        return None
    twice = [(c, t) for c, t in equation.terms if has(t, y)]
    rest = negative(add([(c, t) for c, t in equation.terms if not has(t, y)], equation.axes))
    if len(twice) != 1:
        return None
    k, factors, out = opened(twice[0][1])
    c = twice[0][0] * k
    mine, middle = [f for f in factors if f[0] is y], [f for f in factors if f[0] is not y]
    if len(mine) != 2 or any(f[2] != 1 or f[1][0] == f[1][1] for f in mine) or len(set(out)) < 2:
        return None
    ends = {out[0]: mine[0], out[1]: mine[1]} if out[0] in mine[0][1] else {out[0]: mine[1], out[1]: mine[0]}
    if any(i not in f[1] for i, f in ends.items()) or any(set(f[1]) & set(out) for f in middle):
        return None
    inner = tuple(f[1][0] if f[1][1] == i else f[1][1] for i, f in ends.items())
    a = scale(1 / c, rest)
    if inner[0] == inner[1] and not middle:
        return Root(_root(a), ()) if posdef(a) else None
    b = contract(1, middle, inner, dict.fromkeys(inner, y.axes[0]))
    if not posdef(a) or not posdef(b):
        return None
    root = _root(b)
    whole = contract(1, [(root, (0, 1), 1), (a, (1, 2), 1), (root, (2, 3), 1)], (0, 3))
    back = inverse(root)
    return Root(contract(1, [(back, (0, 1), 1), (_root(whole), (1, 2), 1), (back, (2, 3), 1)], (0, 3)))


def _root(a: Tensor) -> Tensor:
    return apply(SQRTM, (a,))


# -- linear


def linear(equation: Tensor, u: Variable) -> Root | None:
    """The solution of an equation that is affine in the unknown; None where it is not, or no inverse is seen."""
    try:
        rest = replaced(equation, {u: zero(u.axes)})
        moved = variable("\0d", u.axes, u.facts & {"symmetric"})
        slope = push_forward(equation, {u: moved})
    except GradproofError:
        return None
    if has(slope, u) or not has(slope, moved) or equation.axes != u.axes:
        return None
    if any(isinstance(n, Apply) and has(n, u) for n in walk_tensor(equation)):
        return None  # steps, such as sign(u), have the slope zero
    if u.order == 0:
        a = push_forward(equation, {u: constant(1)})
        return Root(contract(1, [(negative(rest), (), 1), (a, (), -1)], ()), _not_zero(a))
    if u.order == 1:
        h = permute(gradient(equation, u), (1, 0))
        return Root(contract(1, [(inverse(h), (0, 1), 1), (negative(rest), (1,), 1)], (0,)), _unproven(h))
    return _matrix(slope, moved, rest)


def _nonzero(a: Tensor) -> bool:
    return bounds(a).positive or bounds(negative(a)).positive


def _not_zero(a: Tensor) -> tuple[Tensor, ...]:
    """What is divided by, where it is not proven to have no zero."""
    return () if _nonzero(a) else (divided(a, content(a)),)


def _unproven(h: Tensor) -> tuple[Tensor, ...]:
    """The matrix, where it is not proven to be invertible."""
    if posdef(h) or posdef(negative(h)):
        return ()
    if isinstance(h, Contraction) and h.order == 2 and h.out[0] == h.out[1]:
        same = not any(own for _, own, _ in h.factors)  # a multiple of the identity
        inner = contract(h.coefficient, h.factors, () if same else (0,), {0: h.axes[0]})
        return _not_zero(inner)
    return (divided(h, content(h)),)


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
    kind = Form([d])
    terms = h.terms if isinstance(h, Sum) else ((Fraction(1), h),)
    form = add([(c, contract(1, [(t, (0, 1), 1), (d, (0,), 1), (d, (1,), 1)], ())) for c, t in terms], ())
    parts = prove(form, kind)
    return 0 if parts is None else 2 if any(p.strict for p in parts) else 1


@dataclass(frozen=True)
class _Sided:
    """left * U * right, with a scalar in front; None is the identity."""

    scalar: Tensor
    left: Tensor | None
    right: Tensor | None


def _matrix(slope: Tensor, moved: Variable, rest: Tensor) -> Root | None:
    """The solution of a linear equation in a matrix: A*U*B = C, or sums of such terms with one side in common, or entry by entry."""
    terms = _linear_terms(slope, Form([moved]))
    if terms is None:
        return None
    weights = [_entrywise(c, t, moved) for c, t in terms]
    if all(w is not None for w in weights):
        total = add([(1, w) for w in weights if w is not None], rest.axes)
        return Root(contract(1, [(negative(rest), (0, 1), 1), (total, (0, 1), -1)], (0, 1)), _not_zero(total))
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


def _sylvester(terms: Sequence[_Sided], rest: Tensor) -> Root | None:
    """The solution of A*U + U*B = C for positive semidefinite A and B, one of them definite."""
    m, n = rest.axes
    if any(s.left is not None and s.right is not None for s in terms):
        return None
    left = [_times(s.scalar, s.left, m) for s in terms if s.left is not None or s.right is None]
    right = [_times(s.scalar, s.right, n) for s in terms if s.right is not None]
    a, b = add([(1, t) for t in left], (m, m)), add([(1, t) for t in right], (n, n))
    sign = 1 if semidefinite(a) and semidefinite(b) else -1
    a, b, c = (scale(sign, t) for t in (a, b, negative(rest)))
    if not semidefinite(a) or not semidefinite(b):
        return None
    pivots = () if posdef(a) or posdef(b) else (divided(a, content(a)),)
    k = content(a) if content(a) == content(b) else Fraction(1)
    return Root(apply(SYLV, tuple(divided(t, k) for t in (a, b, c))), pivots)


def _eye(n: Dim) -> Tensor:
    return contract(1, (), (0, 0), {0: n})


def _times(scalar: Tensor, h: Tensor | None, n: Dim) -> Tensor:
    return contract(1, [(scalar, (), 1), (h if h is not None else _eye(n), (0, 1), 1)], (0, 1))


def _linear_terms(slope: Tensor, kind: Form) -> list[tuple[Fraction, Tensor]] | None:
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
    if (out[0] != ends[0] and not left) or (out[1] != ends[1] and not right):
        return None
    return scalars, left, right


def _reached(start: set[int], factors: Sequence[Factor]) -> list[Factor]:
    found: list[Factor] = []
    while True:
        more = [f for f in factors if f not in found and start.intersection(f[1])]
        if not more:
            return found
        found += more
        start = start.union(*(set(f[1]) for f in more))


# -- one expression that holds the unknown


def _held(equation: Tensor, u: Variable) -> Iterator[tuple[Tensor, Exponent, bool]]:
    """Expressions through which alone the unknown may enter: a power (base, exponent, False), or an operation (node, 1, True)."""
    seen: list[tuple[Tensor, Exponent, bool]] = []
    for node in walk_tensor(equation):
        if isinstance(node, Contraction):
            for t, _, e in node.factors:
                if e != 1 and has(t, u):
                    seen.append((t, e, False))
        if isinstance(node, Apply) and has(node, u):
            seen.append((node, 1, True))
    yield from reversed(list(dict.fromkeys(seen)))


def _placed(equation: Tensor, inner: Tensor, e: Exponent, place: Variable) -> Tensor:
    """The equation with a power, or a node, replaced by a variable."""

    def visit(node: Tensor, args: list[Tensor]) -> Tensor:
        if e == 1 and node is inner:
            return place
        if isinstance(node, Contraction) and e != 1:
            factors: list[Factor] = []
            for new, (old, own, x) in zip(args, node.factors, strict=True):
                times = Fraction(x) / Fraction(e)
                if old is inner and times.denominator == 1 and times > 0:
                    factors.append((place, own, times.numerator))
                else:
                    factors.append((new, own, x))
            return contract(node.coefficient, factors, node.out, {i: node.dims[i] for i in node.out})
        return rebuild(node, args)

    return fold_tensor(equation, visit)


def _monomial(equation: Tensor, p: Variable) -> tuple[Root, Fraction] | None:
    """p^(j - k), for p other than zero, of a*p^j + b*p^k = 0, entry by entry."""
    if not isinstance(equation, Sum) or len(equation.terms) != 2:
        return None
    powers: list[tuple[Fraction, Tensor]] = []
    for c, t in equation.terms:
        k, factors, out = opened(t)
        mine = [f for f in factors if f[0] is p]
        rest = [f for f in factors if f[0] is not p]
        if len(mine) > 1 or any(has(f[0], p) for f in rest) or any(f[1] != out for f in mine):
            return None
        if any(not set(own) <= set(out) for _, own, _ in rest) or len(set(out)) < len(out):
            return None
        w = contract(c * k, rest, out, dict(zip(out, t.axes, strict=True)))
        powers.append((Fraction(mine[0][2]) if mine else Fraction(0), w))
    (j, a), (k, b) = powers
    own = tuple(range(p.order))
    dims = dict(enumerate(p.axes))
    up, down = (b, a) if j > k else (a, b)
    root = Root(contract(-1, [(up, own, 1), (down, own, -1)], own, dims), _not_zero(down))
    return root, abs(j - k)


def _raised(value: Tensor, base: Tensor, e: Exponent) -> Iterator[Tensor]:
    """The real b with b^e = value."""
    own = tuple(range(value.order))
    root = 1 / Fraction(e)
    whole = contract(1, [(value, own, root.numerator if root.denominator == 1 else root)], own)
    yield whole
    e = Fraction(e)
    if e.denominator == 1 and e.numerator % 2 == 0 and not bounds(base).nonnegative:
        yield scale(-1, whole)


def _argument(node: Tensor) -> Tensor:
    assert isinstance(node, Apply)
    return node.args[0]


def _undone(value: Tensor, node: Tensor) -> Iterator[Tensor]:
    """The argument at which an operation has a value."""
    assert isinstance(node, Apply)
    if len(node.args) == 1 and node.op.undone:
        kind = {0: "scalar", 1: "vector n", 2: "matrix n n" if not node.op.elementwise else "matrix m n"}[value.order]
        yield substitute_template(template(node.op.undone, (("X", kind),)), X=plain(value)).tensor
