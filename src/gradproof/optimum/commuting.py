"""Equations in a positive definite matrix and its inverse with numbers, and functions of matrices with a multiple of the identity taken out."""

from __future__ import annotations

from fractions import Fraction

from gradproof.engine.applied import apply
from gradproof.engine.bounds import bounds
from gradproof.engine.contract import add, contract, symmetry
from gradproof.engine.tensor import Apply, Contraction, Sum, Tensor, Variable
from gradproof.facts import sense
from gradproof.ops import TABLE
from gradproof.ops.basic import EXP, INV
from gradproof.ops.operation import Primary
from gradproof.optimum.compose import spread
from gradproof.optimum.linear import Root, has

SQRTM = TABLE["sqrtm"]


def balanced(equation: Tensor, x: Variable) -> Root | None:
    """The positive definite X of a*X + C - b*inv(X) = 0, for positive a and b: it is a function of C alone."""
    equation = _spread(equation)
    if sense(x.facts).definite < 2 or not isinstance(equation, Sum):
        return None
    up = [(c, t) for c, t in equation.terms if has(t, x) and not has(t, apply(INV, (x,)))]
    down = [(c, t) for c, t in equation.terms if has(t, apply(INV, (x,)))]
    rest = add([(c, t) for c, t in equation.terms if not has(t, x)], equation.axes)
    if len(up) != 1 or len(down) != 1 or symmetry(rest) != 1:
        return None
    a, b = _number(*up[0], x), _number(-down[0][0], down[0][1], apply(INV, (x,)))
    if a is None or b is None or not bounds(a).positive or not bounds(b).positive:
        return None
    square = contract(1, [(rest, (0, 1), 1), (rest, (1, 2), 1)], (0, 2))
    whole = add([(1, square), (4, contract(1, [(a, (), 1), (b, (), 1)], (0, 0), {0: x.axes[0]}))], x.axes)
    top = add([(1, apply(SQRTM, (whole,))), (-1, rest)], x.axes)
    return Root(contract(Fraction(1, 2), [(top, (0, 1), 1), (a, (), -1)], (0, 1)))


def _spread(t: Tensor) -> Tensor:
    """A sum with its numbers times sums multiplied out."""
    terms: list[tuple[Fraction, Tensor]] = []
    for c, b in t.terms if isinstance(t, Sum) else [(Fraction(1), t)]:
        parts = spread(b, inner) if isinstance(b, Contraction) and (inner := _sum_in(b)) is not None else None
        terms += [(c * d, a) for d, a in parts] if parts else [(c, b)]
    return add(terms, t.axes)


def _sum_in(t: Contraction) -> Sum | None:
    """The one sum that is multiplied by numbers."""
    sums = [f for f, own, _ in t.factors if own and isinstance(f, Sum)]
    return sums[0] if len(sums) == 1 and sum(bool(own) for _, own, _ in t.factors) == 1 else None


def _number(c: Fraction, t: Tensor, matrix: Tensor) -> Tensor | None:
    """The number in front of a matrix."""
    if t is matrix:
        return contract(c, [], ())
    if not isinstance(t, Contraction) or len(set(t.out)) < 2:
        return None
    rest = [f for f in t.factors if f[0] is not matrix]
    alone = [f for f in t.factors if f[0] is matrix]
    if len(alone) != 1 or alone[0][2] != 1 or set(alone[0][1]) != set(t.out) or any(own for _, own, _ in rest):
        return None
    return contract(c * t.coefficient, rest, ())


def split(t: Tensor) -> Tensor:
    """expm(A + s*eye(n)) as exp(s)*expm(A); inv(s*A) as inv(A)/s."""
    if not isinstance(t, Apply) or t.order != 2 or len(t.args) != 1:
        return t
    arg = t.args[0]
    if t.op is INV and isinstance(arg, Contraction):
        numbers = [f for f in arg.factors if not f[1]]
        if numbers and len(numbers) < len(arg.factors):
            rest = contract(1, [f for f in arg.factors if f[1]], arg.out)
            powers = [(f, (), -e) for f, _, e in numbers]
            return contract(1 / arg.coefficient, [(apply(INV, (rest,)), (0, 1), 1), *powers], (0, 1))
    exponential = isinstance(t.op.meaning, Primary) and t.op.meaning.entrywise == EXP.name
    if exponential and isinstance(arg, Sum):
        same = [(c, s) for c, b in arg.terms if (s := _identity(b)) is not None]
        others = [(c, b) for c, b in arg.terms if _identity(b) is None]
        if same and others:
            number = apply(EXP, (add(same, ()),))
            return contract(1, [(number, (), 1), (apply(t.op, (add(others, arg.axes),)), (0, 1), 1)], (0, 1))
    return t


def _identity(t: Tensor) -> Tensor | None:
    """The number of which a matrix is a multiple of the identity."""
    if not isinstance(t, Contraction) or t.order != 2 or t.out[0] != t.out[1] or any(own for _, own, _ in t.factors):
        return None
    return contract(t.coefficient, t.factors, ())
