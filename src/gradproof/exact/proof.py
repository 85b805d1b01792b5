"""The proof of a result by differences of its formula, in so many digits that their error does not matter: for what floats cannot decide.

tanh(20 + exp(x)) is 1 to sixteen digits at every point, and has a derivative all the same.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterable, Sequence
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, localcontext
from fractions import Fraction
from typing import Any

from gradproof.budget import share, tick
from gradproof.engine.tensor import Tensor
from gradproof.errors import BudgetError, GradproofError
from gradproof.exact.scalars import Digits, NotExact
from gradproof.exact.values import Exact, exact
from gradproof.facts import FACTS, SIGNS
from gradproof.notation.expr import Applied, Call, Expr, Symbol, walk
from gradproof.numeric import bare
from gradproof.numeric.points import Point, PointDraws
from gradproof.numeric.proof import restored
from gradproof.numeric.report import DIGITS, Report
from gradproof.numeric.ring import REAL
from gradproof.numeric.small import ReadyFormula
from gradproof.ops.domain import NONZERO
from gradproof.records import dataclass
from gradproof.say import say
from gradproof.shapes.dims import Dim

SECONDS = 2.0
ORDERS = 3
ATTEMPTS = 20
STEP, AGREE = 40, 25  # digits: of the step, and of the agreement that is wanted
PRECISIONS = (400, 1200)
OPEN = SIGNS | {fact.name for fact in FACTS if fact.regular}  # facts that all points around have too


@dataclass(frozen=True)
class Stated:
    """A result: its tensor, and the formula that is printed, with the order in which this runs through the axes."""

    tensor: Tensor
    printed: Expr | None
    dims: Sequence[Dim]
    order: Sequence[int]


def proven_by_digits(
    expr: Expr, wrt: Sequence[Symbol], stated: Stated, symbols: Iterable[Symbol], points: int
) -> Report | None:
    """A report where the result and the differences of the formula agree to 25 digits, or do not; None where this cannot be said either."""
    nodes = [*walk(expr), *(walk(stated.printed) if stated.printed is not None else ())]
    bent = any(isinstance(e, Call) and (e.op.rounded or e.op.domain is NONZERO) for e in nodes)
    known = tuple(dict.fromkeys((*symbols, *wrt)))
    if (
        not points
        or bent
        or len(wrt) > ORDERS
        or any(isinstance(e, Applied) for e in nodes)
        or any(s.facts - OPEN for s in known)
    ):
        return None
    arrays = [sum((s.type.dims for s in wrt), expr.type.dims)]
    sampler = PointDraws(ReadyFormula(expr), known, (), REAL, arrays, len(wrt), [s.name for s in wrt])
    rng, worst = random.Random(0), list[Decimal]()
    try:
        with share(SECONDS):
            for attempt in range(ATTEMPTS):
                if len(worst) == points:
                    break
                point = sampler.draw(rng, attempt, len(worst))
                gap = _gap(expr, wrt, stated, point, rng)
                if gap is not None:
                    worst.append(gap)
    except (BudgetError, GradproofError):
        return None
    if len(worst) < points or not worst:
        return None
    ok, error = max(worst) < Decimal(10) ** -AGREE, float(max(worst))
    reason = say("the derivative differs from differences of many digits by {gap}", gap=f"{error:.0e}")
    return Report(True, error, points, DIGITS) if ok else Report(False, error, points, DIGITS, reason)


def _gap(expr: Expr, wrt: Sequence[Symbol], stated: Stated, point: Point, rng: random.Random) -> Decimal | None:
    """The largest relative difference at a point; None where the numbers are not known well enough."""
    values = {n: bare.Array(point.shapes[n], [float(x) for x in flat]) for n, flat in point.entries.items()}
    moves = [[Fraction(rng.randint(-40, 40) or 7, 64) for _ in point.entries[s.name]] for s in wrt]
    for precision in PRECISIONS:
        with localcontext(Context(prec=precision, Emax=MAX_EMAX, Emin=MIN_EMIN)):
            try:
                given = {n: _array(a.shape, [Digits.of(x) for x in a.flat]) for n, a in values.items()}
                return _compared(expr, wrt, stated, given, point, moves)
            except BudgetError:
                raise
            except (ArithmeticError, GradproofError, ValueError, bare.linalg.LinAlgError):
                continue
    return None


def _array(shape: Sequence[int], flat: list[Any]) -> Any:
    return bare.Array(shape, flat) if shape else flat[0]


def _compared(
    expr: Expr,
    wrt: Sequence[Symbol],
    stated: Stated,
    given: dict[str, Any],
    point: Point,
    moves: Sequence[Sequence[Fraction]],
) -> Decimal:
    """The relative difference of derivative and differences, or of derivative and printed formula. Raises NotExact where it is not known."""
    total: list[Digits] = []
    for signs in itertools.product((1, -1), repeat=len(wrt)):
        tick()
        moved = dict(given)
        for sign, s, move in zip(signs, wrt, moves, strict=True):
            step = _array(point.shapes[s.name], [Digits.of(m * sign / 10**STEP) for m in move])
            moved[s.name] = moved[s.name] + step
        flat = _flat(Exact(Digits, moved, point.sizes).formula(expr))
        total = [a + x * math.prod(signs) for a, x in zip(total or [Digits.of(0)] * len(flat), flat, strict=True)]
    scale = Digits.of(Fraction(10**STEP, 2) ** len(wrt))
    differences = [x * scale for x in total]
    here = Exact(Digits, given, point.sizes)
    entries = _flat(here.tensor(stated.tensor))
    along = entries
    for move in moves:
        n = len(along) // len(move)
        along = [_total([along[k * n + i] * Digits.of(m) for k, m in enumerate(move)]) for i in range(n)]
    gap = _apart(along, differences)
    if stated.printed is None:
        return gap
    shape = [d.evaluate(point.sizes) for d in stated.dims]
    printed: list[Any] = restored(_flat(here.formula(stated.printed)), shape, stated.order)  # type: ignore[arg-type]
    return max(gap, _apart(printed, entries)) if len(printed) == len(entries) else Decimal(1)


def _flat(a: Any) -> list[Digits]:
    return list(bare.ravel(exact(Digits, a)))


def _total(xs: Sequence[Digits]) -> Digits:
    total = Digits.of(0)
    for x in xs:
        total = total + x
    return total


def _apart(xs: Sequence[Digits], ys: Sequence[Digits]) -> Decimal:
    """The largest difference, of the largest number. Raises NotExact where the numbers are not known so well."""
    if len(xs) != len(ys):
        return Decimal(1)
    largest = max((abs(x.v) for x in (*xs, *ys)), default=Decimal(0))
    if any(x.r > largest.scaleb(-AGREE - 3) for x in (*xs, *ys)):
        raise NotExact("too few digits")
    gap = max((abs(x.v - y.v) for x, y in zip(xs, ys, strict=True)), default=Decimal(0))
    return gap / largest if largest else Decimal(0)
