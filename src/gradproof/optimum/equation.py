"""Equations between tensors, solved for one unknown: linear ones, and those in which the unknown stands in one invertible expression."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from gradproof.engine.applied import apply
from gradproof.engine.bounds import bounds, definite, power_nonnegative
from gradproof.engine.contract import add, contract, scale, symmetry
from gradproof.engine.lower import plain, substitute_template, template
from gradproof.engine.replace import rebuild
from gradproof.engine.replace import replace as replace_all
from gradproof.engine.tensor import (
    Apply,
    Contraction,
    Exponent,
    Factor,
    Sum,
    Tensor,
    Variable,
    fold_tensor,
    plain_exponent,
    variable,
    walk_tensor,
)
from gradproof.errors import GradproofError
from gradproof.facts import sense
from gradproof.facts.basic import ABOVE_ZERO, DEFINITE, NOT_NEGATIVE, SYMMETRIC
from gradproof.ops.basic import EXP, LOG
from gradproof.optimum.apart import logs_apart
from gradproof.optimum.commuting import SQRTM, balanced, split
from gradproof.optimum.linear import Root, has, linear, posdef
from gradproof.optimum.powers import by_powers, logged, monomial, quadratic
from gradproof.optimum.tidy import inverse, negative, opened, without_scalars
from gradproof.records import replace

DEEPEST = 8  # expressions within expressions


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
    easy = balanced(equation, u) or _cleared(equation, u)
    if easy is not None:
        yield easy
        return
    apart = _apart(equation, u)
    if apart is not None:
        equation, node = apart
        place = variable("\0p", (), ABOVE_ZERO)
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
    through = list(_through(equation, u, depth))
    if through:
        yield from through
        return
    same = _arguments(equation)
    if same is not None:
        yield from _roots(same, u, depth + 1)
        return
    known_powers = list(_by_powers(equation, u))
    yield from known_powers
    equal = None if known_powers else logged(equation)
    if equal is not None:
        yield from _roots(equal, u, depth + 1)
    single = equation if known_powers or equation.order else logs_apart(equation)
    if single is not equation:
        yield from _roots(single, u, depth + 1)
        return
    less = equation if known_powers or equal is not None else _without_positive(equation, u)
    if less is not equation:
        yield from _roots(less, u, depth + 1)


def _without_positive(equation: Tensor, u: Variable) -> Tensor:
    """The equation without the factors of all its terms that are positive: exp(-u)*(u - 1) = 0 is u - 1 = 0."""
    if not isinstance(equation, Sum) or len(equation.terms) < 2:
        return equation
    parts = [opened(t) for _, t in equation.terms]
    if any(out != tuple(range(equation.order)) for _, _, out in parts):
        return equation
    common = [f for f in parts[0][1] if all(f in factors for _, factors, _ in parts)]
    common = [f for f in common if has(f[0], u) and bounds(f[0]).positive]
    if not common:
        return equation
    dims = dict(enumerate(equation.axes))
    left = [
        (c, contract(k, [f for f in factors if f not in common], out, dims))
        for (c, _), (k, factors, out) in zip(equation.terms, parts, strict=True)
    ]
    return add(left, equation.axes)


def _through(equation: Tensor, u: Variable, depth: int) -> Iterator[Root]:
    """The solutions of an equation that is linear but for a power of one number: S*x - c/(c'*x) = 0, by an equation in that number."""
    for inner, e, held in _held(equation, u) if equation.order else ():
        if held or inner.order:
            continue
        place = variable(f"\0t{depth}", (), _facts(inner, e))
        first = linear(_placed(equation, inner, e, place), u)
        if first is None or not has(first.value, place):
            continue
        met = contract(1, [(replace_all(inner, {u: first.value}), (), e)], ())
        for root in _roots(add([(1, met), (-1, place)], ()), place, depth + 1):
            yield Root(replace_all(first.value, {place: root.value}), first.pivots + root.pivots)
        return


def _arguments(equation: Tensor) -> Tensor | None:
    """a - b for an equation f(a) - f(b) = 0 of a function that has an inverse."""
    if not isinstance(equation, Sum) or len(equation.terms) != 2:
        return None
    (c, p), (d, q) = equation.terms
    fits = isinstance(p, Apply) and isinstance(q, Apply) and p.op is q.op and p.op.undone and len(p.args) == 1
    return add([(1, _argument(p)), (-1, _argument(q))], _argument(p).axes) if fits and c == -d else None


def _by_powers(equation: Tensor, u: Variable) -> Iterator[Root]:
    """The roots of an equation in two powers of the unknown, or a quadratic one."""
    powers = by_powers(equation, u)
    positive = quadratic(powers, u)
    if positive is not None:
        yield positive
    power = monomial(powers, u.axes)
    if power is not None and powers is not None and (sense(u.facts).positive or min(powers) <= 0):
        first, times = power
        for value in _raised(first.value, u, times):
            yield Root(value, first.pivots)


def _apart(equation: Tensor, u: Variable) -> tuple[Tensor, Tensor] | None:
    """The equation with exp(a + c*u) as exp(a)*p, and c*u, for a scalar u that stands in exponents alone, always with the same number."""
    if u.order:
        return None
    found: set[Tensor] = set()
    place = variable("\0p", (), ABOVE_ZERO)

    def visit(node: Tensor, args: list[Tensor]) -> Tensor:
        arg = _spelled(node.args[0]) if isinstance(node, Apply) and node.op is EXP else node
        if arg is not node and isinstance(arg, Sum):
            moving = [(c, t) for c, t in arg.terms if has(t, u)]
            alike = _shared(moving[0][1]) if len(moving) == 1 else None
            same = None if alike is None else contract(alike[0], alike[1], ())
            if same is not None:
                found.add(scale(moving[0][0], same))
                rest = add([(c, t) for c, t in arg.terms if t is not moving[0][1]], arg.axes)
                out = tuple(range(arg.order))
                return contract(1, [(apply(EXP, (rest,)), out, 1), (place, (), 1)], out)
        return rebuild(node, args)

    split = fold_tensor(equation, visit)
    return (split, found.pop()) if len(found) == 1 else None


def _shared(t: Tensor) -> tuple[Fraction, list[Factor]] | None:
    """The number and the factors of what is the same for all entries."""
    c, factors, out = opened(t)
    if t.order and isinstance(t, Contraction) and not any(own for _, own, _ in factors) and len(set(out)) == len(out):
        return c, factors
    return (c, factors) if not t.order else None


def _cleared(equation: Tensor, u: Variable) -> Root | None:
    """The solution of an equation with fractions, multiplied by what they are divided by: a/u - c/(1 - u) = 0."""
    if not isinstance(equation, Sum):
        return None
    below: dict[Tensor, int] = {}
    for _, t in equation.terms:
        _, factors, out = opened(t)
        for f, own, e in factors:
            if has(f, u) and isinstance(e, int) and e < 0:
                if own != out or len(set(out)) < len(out):
                    return None
                below[f] = max(below.get(f, 0), -e)
    if not below:
        return None
    own = tuple(range(equation.order))
    lifted = [(f, own, e) for f, e in below.items()]
    terms = [(c, contract(1, [(t, own, 1), *lifted], own, dict(enumerate(equation.axes)))) for c, t in equation.terms]
    found = linear(_spelled(add(terms, equation.axes)), u)
    return None if found is None or any(_none(replace_all(f, {u: found.value})) for f in below) else found


def _none(t: Tensor) -> bool:
    return isinstance(t, Sum) and not t.terms


def _spelled(equation: Tensor) -> Tensor:
    """A sum of products with one sum in each as one sum, entry by entry."""
    found: list[tuple[Fraction, Tensor]] = []
    for c, t in equation.terms if isinstance(equation, Sum) else [(Fraction(1), equation)]:
        k, factors, out = opened(t)
        inner = next((f for f in factors if isinstance(f[0], Sum) and f[2] == 1 and f[1] == out), None)
        if inner is None or not isinstance(inner[0], Sum):
            found.append((c, t))
            continue
        rest = [f for f in factors if f is not inner]
        dims = dict(zip(out, t.axes, strict=True))
        found += [(c * k * d, contract(1, [*rest, (b, out, 1)], out, dims)) for d, b in inner[0].terms]
    return add(found, equation.axes)


def _facts(inner: Tensor, e: Exponent) -> frozenset[str]:
    """What is known of a power."""
    found: frozenset[str] = SYMMETRIC if symmetry(inner) == 1 and e == 1 else frozenset()
    found |= DEFINITE if e == 1 and definite(inner) == 2 else frozenset()
    return found | (
        ABOVE_ZERO if bounds(inner).positive else NOT_NEGATIVE if power_nonnegative(inner, e) else frozenset()
    )


def _first(equation: Tensor, p: Variable) -> Iterator[tuple[Root, Fraction]]:
    """A power of an expression, by an equation in it alone."""
    found = linear(equation, p) or _stripped(equation, p) or _quadratic(equation, p)
    if found is not None:
        yield found, Fraction(1)
        return
    power = monomial(by_powers(equation, p), p.axes)
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
    known = () if sense(y.facts).regular else (y,)
    return None if found is None else replace(found, pivots=(*found.pivots, *known))


def _quadratic(equation: Tensor, y: Variable) -> Root | None:
    """The positive definite solution of Y*B*Y = A, for positive definite A and B: the geometric mean of A and inv(B)."""
    if sense(y.facts).definite < 2 or not isinstance(equation, Sum):
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
    b = contract(1, middle, inner, dict.fromkeys(inner, y.axes[0])) if middle else None
    if b is not None and posdef(b) and (k := _multiple(a)) is not None:  # which is positive, as Y*B*Y is
        half = contract(1, [(k, (), Fraction(1, 2)), (inverse(_root(b)), (0, 1), 1)], (0, 1))
        return Root(half)
    if inner[0] == inner[1] and not middle:
        return Root(_root(a), ()) if posdef(a) else None
    if b is None or not posdef(a) or not posdef(b):
        return None
    root = _root(b)
    whole = contract(1, [(root, (0, 1), 1), (a, (1, 2), 1), (root, (2, 3), 1)], (0, 3))
    back = inverse(root)
    return Root(contract(1, [(back, (0, 1), 1), (_root(whole), (1, 2), 1), (back, (2, 3), 1)], (0, 3)))


def _multiple(a: Tensor) -> Tensor | None:
    """The number of which a matrix is a multiple of the identity; None where it is none, or known to be positive definite."""
    if not isinstance(a, Contraction) or a.out[0] != a.out[1] or any(own for _, own, _ in a.factors):
        return None
    return contract(a.coefficient, a.factors, ())


def _root(a: Tensor) -> Tensor:
    rest, scalars = without_scalars(a)
    if not scalars or not all(bounds(f).positive for f, _ in scalars):
        return apply(SQRTM, (a,))
    roots_of = [(f, (), plain_exponent(Fraction(e) / 2)) for f, e in scalars]
    return contract(1, [(apply(SQRTM, (rest,)), (0, 1), 1), *roots_of], (0, 1))


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


def _raised(value: Tensor, base: Tensor, e: Exponent) -> Iterator[Tensor]:
    """The real b with b^e = value."""
    own = tuple(range(value.order))
    root = 1 / Fraction(e)
    if root < 0:
        value, root = contract(1, [(value, own, -1)], own), -root
    power = plain_exponent(root)
    scalars, rest = _apart_scalars(value) if root.denominator > 1 else (None, value)
    whole = contract(1, [(rest, own, power), *([] if scalars is None else [(scalars, (), power)])], own)
    yield whole
    e = Fraction(e)
    if e.denominator == 1 and e.numerator % 2 == 0 and not bounds(base).nonnegative:
        yield scale(-1, whole)


def _apart_scalars(t: Tensor) -> tuple[Tensor | None, Tensor]:
    """What all entries have as a positive factor, and the rest, so that a root is one of each."""
    c, factors, out = opened(t)
    same = [f for f in factors if not f[1]]
    if not out or not same or len(same) == len(factors) or len(set(out)) < len(out):
        return None, t
    scalars = contract(c, same, ())
    rest = contract(1, [f for f in factors if f[1]], out, dict(zip(out, t.axes, strict=True)))
    return (scalars, rest) if bounds(scalars).positive else (None, t)


def _argument(node: Tensor) -> Tensor:
    assert isinstance(node, Apply)
    return node.args[0]


def _undone(value: Tensor, node: Tensor) -> Iterator[Tensor]:
    """The argument at which an operation has a value."""
    assert isinstance(node, Apply)
    if len(node.args) == 1 and node.op.undone:
        kind = {0: "scalar", 1: "vector n", 2: "matrix n n" if not node.op.elementwise else "matrix m n"}[value.order]
        yield split(substitute_template(template(node.op.undone, (("X", kind),)), X=plain(value)).tensor)
