"""What is claimed by a result, for a proof: the value of its tensor, and of the formula that is printed."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import product

from gradproof.budget import limited, remaining
from gradproof.engine.little_value import Valued
from gradproof.engine.loose import loosened
from gradproof.engine.tensor import Tensor
from gradproof.engine.twins import COMPLEX, IUNIT, by_definition, moved_name, twin_name
from gradproof.errors import UnverifiedWarning, VerificationError
from gradproof.lift.layouts import Axes
from gradproof.notation.expr import Expr, Number, Symbol, operations, symbol, walk
from gradproof.notation.function import Function
from gradproof.numeric.conjugates import Statement, hold
from gradproof.numeric.little import Algebra
from gradproof.numeric.plans import Flat
from gradproof.numeric.points import Point
from gradproof.numeric.proof import Assertion, printed, prove
from gradproof.numeric.report import DUAL, Report
from gradproof.numeric.turns import Turned
from gradproof.parse.parts import Part
from gradproof.records import replace
from gradproof.say import say
from gradproof.shapes.dims import Dim, dim

POINTS = 2  # complex ones, after those of the proof in variables and their conjugates
LEFT = 0.5  # seconds of the call without which no other proof is tried
DIGITS = Fraction(1, 10**15)  # how far the text of a number may be from its value
_DERIVATIVE, _PRINTED = say("the derivative"), say("the printed formula")


def _tensor_claim(tensor: Tensor) -> Assertion:
    valued = Valued(tensor)

    def entries(algebra: Algebra, point: Point) -> Flat:
        return valued(algebra, point.values(algebra), point.sizes, point.functions).value

    return Assertion(_DERIVATIVE, entries, valued.rational)


def _printed_claim(tensor: Tensor, axes: Axes, layout: str, result: Expr) -> Assertion:
    shape, wanted = result.type.rows_and_columns, _rows_and_columns(axes.form(tensor, layout))
    claim = printed(_PRINTED, result, tensor.axes, axes.printed(tensor.order, layout))
    if shape == wanted:
        return claim

    def entries(algebra: Algebra, point: Point) -> Flat:
        if [d.evaluate(point.sizes) for d in shape] != [d.evaluate(point.sizes) for d in wanted]:
            return []  # of another shape
        return claim.entries(algebra, point)

    return Assertion(claim.name, entries, claim.rational, claim.nodes)


def _rows_and_columns(form: Sequence[Dim]) -> tuple[Dim, Dim]:
    first, second = (*form, dim(1), dim(1))[:2]
    return first, second


@limited
def proof(
    expr: Expr,
    wrt: Sequence[Symbol],
    tensor: Tensor,
    axes: Axes,
    layout: str,
    result: object,
    symbols: Iterable[Symbol],
    functions: Iterable[Function],
    *,
    points: int = 3,
    seed: int = 0,
    parts: Sequence[Part | None] = (),
    equations: Sequence[tuple[Symbol, Expr]] = (),
) -> Report:
    """Holds a derivative, and its printed formula, against the formula itself. Raises UnsupportedError where that takes NumPy."""
    claims = [_tensor_claim(tensor)]
    arrays: list[tuple[Dim, ...]] = []
    if isinstance(result, Expr):
        if wrong := misprinted(result):
            return wrong
        claims.append(_printed_claim(tensor, axes, layout, result))
        arrays = [e.type.dims for e in claims[1].nodes]
    symbols, functions = tuple(symbols), tuple(functions)
    report = prove(
        expr,
        wrt,
        claims,
        symbols,
        functions,
        arrays=arrays,
        points=points,
        seed=seed,
        parts=parts,
        equations=equations,
    )
    if report.decided or functions or any(parts) or equations or remaining() < LEFT:
        return report
    if isinstance(result, Expr) and (found := _in_the_limit(expr, wrt, tensor, axes, layout, result, symbols, seed)):
        return found
    from gradproof.exact.proof import Stated, proven_by_digits  # only for what floats cannot decide

    stated = Stated(
        tensor, result if isinstance(result, Expr) else None, tensor.axes, axes.printed(tensor.order, layout)
    )
    return proven_by_digits(expr, wrt, stated, symbols, points) or report


def _in_the_limit(
    expr: Expr,
    wrt: Sequence[Symbol],
    tensor: Tensor,
    axes: Axes,
    layout: str,
    result: Expr,
    symbols: Sequence[Symbol],
    seed: int,
) -> Report | None:
    """The report on a derivative of a determinant whose matrix is singular at every point; None where it says nothing."""
    loose = loosened(expr, tensor, result, wrt)
    if loose is None:
        return None
    claims = [_tensor_claim(loose.tensor), _printed_claim(loose.tensor, axes, layout, loose.result)]
    report = prove(loose.expr, wrt, claims, symbols, arrays=[e.type.dims for e in walk(loose.result)], seed=seed)
    return replace(report, limits=loose.of) if report.ok else None


@limited
def mapped_proof(
    tensor: Tensor,
    axes: Axes,
    layout: str,
    result: object,
    symbols: Iterable[Symbol],
    points: int = 3,
    seed: int = 0,
) -> Report:
    """Holds a printed formula against the tensor that it is printed for."""
    if not isinstance(result, Expr):
        return Report(True, 0.0, points, DUAL)
    if wrong := misprinted(result):
        return wrong
    order = axes.printed(tensor.order, layout)
    inner = _tensor_claim(tensor)

    def entries(algebra: Algebra, point: Point) -> Flat:
        flat = inner.entries(algebra, point)
        return _arranged(flat, [d.evaluate(point.sizes) for d in tensor.axes], order)

    claim = Assertion(say("the printed formula"), entries, inner.rational)
    return prove(result, (), [claim], symbols, (), points=points, seed=seed)


def _arranged(flat: Flat, shape: Sequence[int], order: Sequence[int]) -> Flat:
    """Entries in the order of the axes, written with the axes in this order."""
    if list(order) == sorted(order) or len(flat) < 2:
        return flat
    strides, step = [0] * len(shape), 1
    for a in reversed(range(len(shape))):
        strides[a], step = step, step * shape[a]
    return [
        flat[sum(i * strides[a] for i, a in zip(at, order, strict=True))]
        for at in product(*(range(shape[a]) for a in order))
    ]


@limited
def differential_proof(
    expr: Expr, result: Expr, moved: Iterable[Symbol], symbols: Iterable[Symbol], functions: Iterable[Function]
) -> Report:
    """Holds a differential against the formula itself, each variable X moved by dX."""
    if wrong := misprinted(result):
        return wrong
    moved = tuple(moved)
    claim = printed(say("the differential"), result, ())
    along = {s.name: moved_name(s.name) for s in moved}
    steps = [symbol(moved_name(s.name), s.type) for s in moved]
    return prove(
        expr, (), [claim], (*symbols, *steps), functions, moved=along, arrays=[e.type.dims for e in walk(result)]
    )


@limited
def complex_proof(
    report: Report,
    given: Expr,
    turned: Turned,
    tensor: Tensor,
    form: tuple[Axes, str, object],
    known: tuple[Mapping[str, Symbol], Mapping[str, Function]],
    points: int = 3,
    seed: int = 0,
) -> Report:
    """Holds a derivative by complex variables against the formula as it was given; `form`: the layout, and what is shown in it.

    `report`: what was found of it in variables and twins, which the result adds to. With i in the formula
    that may be nothing: lengths of what is imaginary have no value there.
    """
    if not report.ok and (report.decided or IUNIT not in operations(turned.formula)):
        return report
    (axes, layout, shown), symbols, functions = form, tuple(known[0].values()), tuple(known[1].values())
    value = _value_of(turned.formula)
    other = value if turned.conjugate is turned.formula else _value_of(turned.conjugate)
    said = [
        Statement(say("the formula in z and conj(z)"), value),
        Statement(say("the conjugate of the formula"), other, conjugate=True),
        Statement(say("the derivative"), _tensor_claim(tensor).entries, turned.by),
    ]
    arrays = [tensor.axes]
    if isinstance(shown, Expr):
        shown = by_definition(shown)
        said.append(
            Statement(say("the printed formula"), _printed_claim(tensor, axes, layout, shown).entries, turned.printed)
        )
        arrays += [e.type.dims for e in walk(shown)]
    points = min(points, POINTS)
    found = hold(by_definition(given), said, symbols, functions, _conjugates(symbols), arrays, points, seed)
    error = max(report.max_relative_error, found.max_relative_error)
    return replace(report, max_relative_error=error, method=found.method) if found.ok and report.ok else found


@limited
def twins_proof(given: Expr, form: Expr, symbols: Iterable[Symbol]) -> Report:
    """Holds a formula in complex variables and their twins against the formula as it was given, at complex points."""
    known = tuple(symbols)
    said = [Statement(say("the formula in z and conj(z)"), _value_of(form))]
    arrays = [e.type.dims for e in (*walk(given), *walk(form))]
    return hold(by_definition(given), said, known, (), _conjugates(known), arrays, POINTS)


@limited
def complex_differential_proof(
    given: Expr, result: Expr, moved: Iterable[str], symbols: Iterable[Symbol], functions: Iterable[Function]
) -> Report:
    """Holds a differential in complex variables against the formula as it was given, each variable X moved by dX."""
    along = tuple((name, moved_name(name)) for name in moved)
    known = {s.name: s for s in symbols}
    steps = [symbol(by, known[n].type, frozenset({COMPLEX}) & known[n].facts) for n, by in along]
    said = [Statement(say("the differential"), _value_of(by_definition(result)), along=along)]
    return hold(
        by_definition(given), said, [*known.values(), *steps], functions, {}, [e.type.dims for e in walk(result)]
    )


def _conjugates(symbols: Iterable[Symbol]) -> dict[str, str]:
    return {twin_name(s.name): s.name for s in symbols if COMPLEX in s.facts}


def _value_of(e: Expr) -> Callable[[Algebra, Point], Flat]:
    return printed(say("the formula in z and conj(z)"), e, ()).entries


def misprinted(result: Expr) -> Report | None:
    """A report where a number is written as another one."""
    for e in walk(result):
        if isinstance(e, Number):
            if e.text.isdecimal() and e.value == int(e.text):
                continue
            try:
                written = Fraction(e.text)
            except (ValueError, ZeroDivisionError):
                continue
            if abs(written - e.value) > DIGITS * abs(e.value):
                return Report(
                    False, float("inf"), 0, DUAL, say("the number {number} is printed for another one", number=e.text)
                )
    return None


def must_hold(report: Report, expr: Expr) -> bool:
    """Whether a result is proven. Raises VerificationError where it is refuted; warns where nothing could be said."""
    if report.ok:
        return True
    if report.decided:
        raise VerificationError(
            say(
                "gradproof's result for {formula} is wrong, and is not handed out: {reason}",
                formula=expr.ascii[:200],
                reason=report.reason,
            ),
            hint=say("this is a defect of gradproof; please report the formula"),
        )
    warnings.warn(str(report), UnverifiedWarning, stacklevel=5)
    return False
