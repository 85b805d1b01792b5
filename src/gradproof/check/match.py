"""Whether two quantities agree at all points: in which form of the derivative, and up to which constant factor."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from gradproof.check.points import NEARLY, At, Form, largest, same
from gradproof.notation.expr import Expr, call, number, size
from gradproof.numeric import bare as np
from gradproof.shapes.dims import dim

Array = Any
Targets = Callable[[At], Mapping[Form, Array]]
Value = Callable[[At], "Array | None"]

LARGEST_FACTOR = 60  # a constant is taken for a factor where it is a fraction of numbers up to this one


class Fit(NamedTuple):
    """Mine times `factor` is theirs in this form, at every point."""

    form: Form
    factor: Expr  # the number 1 where they are equal

    @property
    def exact(self) -> bool:
        return self.factor is ONE


class Target(NamedTuple):
    """What a claim is held against: its numbers in each form at a point, and its formula where it has one. `role` as in `claims`."""

    role: str
    forms: Targets
    formula: Expr | None


ONE = number(1)


def value_of(e: Expr) -> Value:
    return lambda at: at.try_value(e)


def truths(at: At) -> Mapping[Form, Array]:
    """The derivative in each form."""
    return at.forms


def fit(points: Sequence[At], mine: Value, theirs: Targets, exact: bool = False) -> Fit | None:
    """The form in which two quantities agree, up to a constant factor unless `exact`; equality goes before proportionality."""
    first = mine(points[0])
    if first is None:
        return None
    rivals = [form for form, wanted in theirs(points[0]).items() if wanted.shape == first.shape]
    close = [form for form in rivals if ratio(first, theirs(points[0])[form], points[0].magnitude) is not None]
    if not close:
        return None
    found = None
    for form in close:
        factor = _factor(points, mine, theirs, form)
        if factor is ONE:
            return Fit(form, ONE)
        if factor is not None and not exact and found is None:
            found = Fit(form, factor)
    return found


def _factor(points: Sequence[At], mine: Value, theirs: Targets, form: Form) -> Expr | None:
    """The constant by which mine is theirs in this form at every point; it is asked for after every point, to be done early."""
    ratios: list[float] = []
    used: list[At] = []
    factor: Expr | None = ONE
    for at in points:
        value, wanted = mine(at), theirs(at).get(form)
        if value is None or wanted is None or value.shape != wanted.shape:
            return None
        if _zero(at, value, wanted):
            continue  # any factor fits here
        r = ratio(value, wanted, at.magnitude)
        if r is None:
            return None
        used.append(at)
        ratios.append(r)
        factor = _constant(ratios, used)
        if factor is None:
            return None
    return factor


def _zero(at: At, a: Array, b: Array) -> bool:
    """Whether both are zero, to rounding."""
    return max(largest(a), largest(b)) <= 1e-13 * max(1.0, at.magnitude)


def ratio(a: Array, b: Array, magnitude: float = 0.0) -> float | None:
    """The number c with c*a = b, or None."""
    if a.shape != b.shape:
        return None
    if same(a, b, magnitude):
        return 1.0
    weight = float(np.vdot(a, a))
    if not weight or not largest(b):
        return None
    c = float(np.vdot(a, b)) / weight
    return c if same(c * a, b, 0.0) else None


def _constant(known: list[float], points: Sequence[At]) -> Expr | None:
    """The number, or the multiple of a dimension, that all ratios are; None where they are no such thing."""
    found = simple(known)
    if found is not None:
        return ONE if found == 1 else number(found)
    for name in points[0].sizes:
        sizes = [float(at.sizes[name]) for at in points]
        for power in (1, -1):
            rest = simple([r / s**power for r, s in zip(known, sizes, strict=True)])
            if rest is not None and rest != 0:
                n = size(dim(name))
                return call("mul", number(rest), n) if power > 0 else call("div", number(rest), n)
    return None


def simple(numbers: Sequence[float]) -> Fraction | None:
    """The one simple fraction that all these numbers are."""
    best = Fraction(numbers[0]).limit_denominator(LARGEST_FACTOR)
    if abs(best.numerator) > LARGEST_FACTOR**2 or best == 0:
        return None
    return best if all(abs(x - best) <= 1e-7 * abs(best) for x in numbers) else None


def agree(points: Sequence[At], mine: Value, theirs: Value) -> Fraction | None:
    """The constant c with c*mine = theirs at every point."""
    ratios = []
    for at in points:
        a, b = mine(at), theirs(at)
        r = None if a is None or b is None else ratio(a, b, 0.0)
        if r is None:
            return None
        if a is not None and b is not None and not _zero(at, a, b):  # where both are zero, any factor fits
            ratios.append(r)
    return simple(ratios) if ratios else None


def nearly(points: Sequence[At], e: Expr, target: Target) -> bool:
    """Whether a formula differs so little everywhere that rounding may be the reason, in the formula or in its constants."""
    for at in points:
        value = at.value(e)
        if not any(same(value, a, at.magnitude, NEARLY) for a in target.forms(at).values()):
            return False
    return True


def shapes_fit(points: Sequence[At], e: Expr, target: Target) -> bool:
    """Whether a formula has the shape of what is asked, in some layout."""
    return any(a.shape == points[0].value(e).shape for a in target.forms(points[0]).values())
