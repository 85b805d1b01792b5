"""Equations where the derivative is zero: 'set to zero', 'solve', and the solution. They are held against points where it is."""

from __future__ import annotations

from collections.abc import Iterator

from gradproof.check.match import fit, truths, value_of
from gradproof.check.points import Array, At, Question, derivative_value, largest
from gradproof.derive import derive
from gradproof.errors import GradproofError
from gradproof.notation.expr import Expr, Number, call
from gradproof.numeric import bare as np

POINTS, STARTS, STEPS = 3, 14, 60
ZERO, HOLDS, FAILS = 1e-10, 1e-6, 1e-3
NEAR = 1e-4  # how near, for its size, a point has to be to the zero of the derivative
ILL = 1e7  # condition of the second derivative beyond which a point is not used


def holds(question: Question, left: Expr, right: Expr) -> bool | None:
    """Whether an equation holds where the derivative is zero; None where no such point was found, or its numbers do not decide."""
    gap = difference(left, right)
    if gap is None:
        return None
    if _multiple(question, gap):
        return True
    worst, count = 0.0, 0
    for at in stationary(question):
        a, b = at.try_value(left), at.try_value(right)
        if a is None or b is None:
            continue
        a, b = np.broadcast_arrays(a, b) if a.shape != b.shape else (a, b)
        worst = max(worst, largest(a - b) / (largest(a) + largest(b) + 1e-3))
        count += 1
        if count == POINTS:
            break
    if not count or HOLDS < worst < FAILS:
        return None
    return worst <= HOLDS


def difference(left: Expr, right: Expr) -> Expr | None:
    """Left minus right; the number 0 is any zero."""
    for side, other in ((left, right), (right, left)):
        if isinstance(side, Number) and not side.value:
            return other
    try:
        return call("sub", left, right)
    except GradproofError:
        return None


def _multiple(question: Question, gap: Expr) -> bool:
    """Whether the equation is the derivative, up to a factor and its layout, set to zero."""
    try:
        return fit(question.points((gap,), 4), value_of(gap), truths) is not None
    except GradproofError:
        return False


def stationary(question: Question) -> Iterator[At]:
    """Points where the derivative by the first variable is zero and the second one is not singular, by Newton's method."""
    name = question.derivative.wrt[0]
    if question.derivative.axes.kind != "s" or question.derivative.parts:
        return
    try:
        where = {**question.symbols, **question.derivative.functions}
        gradient, hessian = (derive(question.expression, [name] * k, where, verify=False) for k in (1, 2))
        starts = question.points((), STARTS)
    except GradproofError:
        return
    for start in starts:
        values = dict(start.values)
        x = np.asarray(values[name], dtype=float)
        try:
            with np.errstate(all="ignore"):
                for _ in range(STEPS):
                    g = np.ravel(derivative_value(gradient, values))
                    H = np.reshape(derivative_value(hessian, values), (g.size, g.size))
                    if not np.all(np.isfinite(H)) or np.linalg.cond(H) > ILL:
                        break
                    step = np.linalg.solve(H, g)
                    if largest(g) <= ZERO * (1 + largest(H)):
                        if largest(step) <= NEAR * (
                            1 + largest(x)
                        ):  # at infinity the derivative is small, and no zero near
                            yield At(question, values, start.magnitude)
                        break
                    x = x - _damped(step, x).reshape(x.shape)
                    values = {**values, name: x[()]}
        except (GradproofError, np.linalg.LinAlgError, ArithmeticError, ValueError):
            continue


def _damped(step: Array, x: Array) -> Array:
    """A step that is not much longer than the values are large."""
    longest = 4 * (1 + largest(x))
    return step * min(1.0, longest / max(largest(step), 1e-300))
