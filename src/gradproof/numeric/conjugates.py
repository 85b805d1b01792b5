"""The proof of what is said of complex variables, without NumPy, from the formula as it was read: no conjugate is pushed anywhere.

The formula is evaluated at complex points, where `conj`, `re`, `abs` and norms are what they are of complex numbers. A variable z moves along a real
direction u, and along i*u: df = f_z*dz + f_conj(z)*conj(dz), so f_z*u = (D_u f - i*D_iu f)/2 and f_conj(z)*u = (D_u f + i*D_iu f)/2.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import product, takewhile
from operator import mul
from typing import cast

from gradproof.budget import share
from gradproof.errors import BudgetError
from gradproof.notation.expr import Expr, Symbol
from gradproof.notation.function import Function
from gradproof.numeric.little import Algebra, Little
from gradproof.numeric.plans import Flat
from gradproof.numeric.points import ATTEMPTS, Point, PointDraws
from gradproof.numeric.proof import CLOSE, ROUNDING, SECONDS, STABLE
from gradproof.numeric.report import DUAL, Report, short, undecided
from gradproof.numeric.ring import REAL, Ring
from gradproof.numeric.small import ReadyFormula
from gradproof.numeric.trials import Trials
from gradproof.numeric.turns import By
from gradproof.records import dataclass
from gradproof.say import NOTHING, Said, quoted, say
from gradproof.shapes.dims import Dim

LARGEST, RUNS = 1e8, 4  # of the numbers on the way; runs with other last digits


@dataclass(frozen=True)
class Statement:
    """What is said of a formula: its derivative by the variables in turn, or along others (`along`: {"X": "dX"}); of none, its value, or conjugate."""

    name: Said
    entries: Callable[[Algebra, Point], Flat]
    by: By = ()
    along: tuple[tuple[str, str], ...] = ()
    conjugate: bool = False


def hold(
    expr: Expr,
    said: Sequence[Statement],
    symbols: Iterable[Symbol],
    functions: Iterable[Function],
    twins: Mapping[str, str],
    arrays: Iterable[Sequence[Dim]] = (),
    points: int = 3,
    seed: int = 0,
) -> Report:
    """Holds what is said of a formula against it at complex points, the lengths in it written by real and imaginary parts. `twins`: the names under which conjugates are known, {"conj(z)": "z"}."""
    check = _ByDefinition(expr, said, symbols, functions, twins, arrays)
    try:
        with share(SECONDS):
            return check.run(random.Random(seed), points)
    except BudgetError as error:
        return check.report(points) if check.errors else undecided(error.message)


class _ByDefinition(Trials):
    """What is said, and the formula that it is held against."""

    def __init__(
        self,
        expr: Expr,
        said: Sequence[Statement],
        symbols: Iterable[Symbol],
        functions: Iterable[Function],
        twins: Mapping[str, str],
        arrays: Iterable[Sequence[Dim]],
    ):
        super().__init__()
        self.said, self.twins = said, twins
        self.program = ReadyFormula(expr)
        extra = [expr.type.dims, *arrays]
        self.sampler = PointDraws(self.program, symbols, functions, REAL, extra)

    def run(self, rng: random.Random, points: int) -> Report:
        more = takewhile(lambda _: len(self.errors) < points, range(ATTEMPTS))
        return self.refuted(partial(self._tried, rng, k if not self.errors else k % 3) for k in more) or self.report(
            points
        )

    def report(self, points: int) -> Report:
        """What was found where nothing was wrong."""
        return Report(True, max(self.errors), len(self.errors), DUAL) if self.errors else undecided(self.doubt)

    def _tried(self, rng: random.Random, attempt: int) -> Report | None:
        """The same, where numbers may be too large, or have not what complex ones have."""
        try:
            return self._attempt(rng, attempt)
        except (ArithmeticError, ValueError, TypeError) as error:
            self.doubt = say("no point was found inside the domain: {failed}", failed=quoted(error))
            return None

    def _attempt(self, rng: random.Random, attempt: int) -> Report | None:
        """Tries one point; a report where something is wrong there."""
        point = self.sampler.draw(rng, attempt, len(self.errors))
        conjugates = {t: [x.conjugate() for x in point.entries[z]] for t, z in self.twins.items()}
        shapes = {**point.shapes, **{t: point.shapes[z] for t, z in self.twins.items()}}
        point = Point(point.sizes, shapes, {**point.entries, **conjugates}, point.functions)
        at = _At(self.program, point, rng)
        if problem := self._outside(at.slots(REAL)):
            self.doubt = say("no point was found inside the domain: {failed}", failed=problem)
            return None
        worst = 0.0
        for said in self.said:
            verdict, error, reason = at.judged(said, len(self.errors) + 1, rng.randrange(1 << 30))
            if verdict is False:
                return Report(False, error, len(self.errors) + 1, DUAL, reason)
            if verdict is None:
                self.doubt = reason
                return None
            worst = max(worst, error)
        self.errors.append(worst)
        return None

    def _outside(self, slots: Sequence[Little]) -> Said:
        """What does not hold at a point, or ""."""
        if not all(abs(x) < LARGEST for a in slots for x in a.value):  # nan too
            return say("values are not finite, or very large")
        return NOTHING


class _At:
    """A formula at one point, and the directions in which variables move there."""

    def __init__(self, program: ReadyFormula, point: Point, rng: random.Random):
        self.program, self.point = program, point
        self._seed = rng.randrange(1 << 30)
        self._slots: list[Little] | None = None
        self._known: dict[tuple, Flat] = {}
        self._entries: dict[Callable[..., Flat], Flat] = {}

    def _direction(self, place: int, name: str) -> Flat:
        own = random.Random(self._seed + 31 * place)
        return REAL.numbers_of(own, 1.0, len(self.point.entries[name]))

    def slots(self, ring: Ring) -> list[Little]:
        """The value of every node."""
        if ring is not REAL:
            algebra = Algebra(ring)
            return self.program.run(algebra, self.point.values(algebra), self.point.sizes, self.point.functions)
        if self._slots is None:
            algebra = Algebra(ring)
            self._slots = self.program.run(algebra, self.point.values(algebra), self.point.sizes, self.point.functions)
        return self._slots

    def _moved(self, ring: Ring, directions: Sequence[Mapping[str, Flat]]) -> Flat:
        """The derivative along one direction for each e."""
        algebra, point = Algebra(ring, (1,) * len(directions)), self.point
        values = point.values(algebra)
        for name in {n for d in directions for n in d}:
            own = {i: d[name] for i, d in enumerate(directions) if name in d}
            values[name] = algebra.moved(point.shapes[name], point.entries[name], own)
        last = self.program.run(algebra, values, point.sizes, point.functions)[-1]
        return last.parts[-1] or [0] * len(last.value)

    def wanted(self, said: Statement, ring: Ring) -> Flat:
        """The same of the formula itself."""
        if ring is REAL and (said.by, said.along) in self._known and not said.conjugate:
            return self._known[said.by, said.along]
        if said.along:
            found = self._moved(ring, [{name: self.point.entries[by] for name, by in said.along}])
        elif said.by:
            found = []
            for turns in product(*(t for _, t in said.by)):
                directions = [
                    {name: cast("Flat", [turn * x for x in self._direction(k, name)])}
                    for k, ((name, _), (_, turn)) in enumerate(zip(said.by, turns, strict=True))
                ]
                weight = math.prod(w for w, _ in turns)
                part = cast("Flat", [weight * x for x in self._moved(ring, directions)])
                found = [x + y for x, y in zip(found, part, strict=True)] if found else part
        else:
            found = self.slots(ring)[-1].value
            return [x.conjugate() for x in found] if said.conjugate else found
        if ring is REAL:
            self._known[said.by, said.along] = found
        return found

    def found(self, said: Statement, ring: Ring) -> Flat:
        """What is said, along the directions."""
        entries = self._entries.get(said.entries) if ring is REAL else None
        if entries is None:
            entries = said.entries(Algebra(ring), self.point)
            if ring is REAL:
                self._entries[said.entries] = entries
        for k, (name, _) in enumerate(said.by):
            u = self._direction(k, name)
            rest = len(entries) // len(u)
            entries = [sum(map(mul, u, entries[j::rest])) for j in range(rest)]
        return entries

    def judged(self, said: Statement, k: int, seed: int) -> tuple[bool | None, float, Said]:
        """Agreed, disagreed, or hidden by rounding; the relative error; and what was found."""
        found, wanted = self.found(said, REAL), self.wanted(said, REAL)
        if len(found) != len(wanted):
            return False, math.inf, say("{claim} has another shape than the derivative", claim=said.name)
        difference = [x - y for x, y in zip(found, wanted, strict=True)]
        gap, size = _largest(difference), max(_largest(found), _largest(wanted))
        error = gap / size if size else 0.0
        if not math.isfinite(gap):
            return None, math.nan, say("its values are not finite")
        if gap <= CLOSE * size:
            return True, error, NOTHING
        unit, moved = max(size, *(abs(x) for a in self.slots(REAL) for x in a.value)), 0.0
        for i in range(RUNS):
            ring = Ring(jitter=random.Random(seed + i))
            again = zip(self.found(said, ring), self.wanted(said, ring), difference, strict=True)
            moved = max(moved, _largest([x - y - z for x, y, z in again]))
        if moved <= STABLE * gap:
            return (
                False,
                error,
                say("{claim} has relative error {error} at point {k}", claim=said.name, error=short(error), k=k),
            )
        if gap <= ROUNDING * size or (gap <= ROUNDING * unit and size <= 3 * moved):
            return True, min(error, gap / unit), NOTHING
        return None, error, say("rounding errors are as large as the difference ({gap})", gap=short(gap))


def _largest(xs: Iterable[complex]) -> float:
    sizes = [abs(x) for x in xs]
    return math.nan if any(x != x for x in sizes) else max(sizes, default=0.0)
