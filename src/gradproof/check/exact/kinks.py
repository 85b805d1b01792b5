"""Points on all sides of all kinks together: where arguments of abs, sign, relu, … have not been seen with some signs, values are moved until they have.

A claim may be wrong only where two kinks meet, so each side of each of them alone is not enough.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import combinations, product
from time import process_time
from typing import Any

from gradproof.budget import tick
from gradproof.check.points import Array, At, Question
from gradproof.engine.bounds import nonnegative
from gradproof.engine.contract import add, scale
from gradproof.engine.lower import lower
from gradproof.engine.tensor import Contraction
from gradproof.errors import GradproofError
from gradproof.facts import FACTS, sense
from gradproof.notation.expr import Call, Expr, Symbol, call, substitute, walk
from gradproof.numeric import bare as np
from gradproof.ops.basic import NEG
from gradproof.ops.domain import NONZERO
from gradproof.ops.relations import PIECES, SIGNED

MOST = 6  # points that are kept beside those that a side needs
STEPS = tuple(s * 2.0**k for k in range(-1, 34) for s in (1, -1))
CLIMBS = 160  # values that are tried uphill
MOST_PARTS = 6  # arguments whose signs are combined
STARTS = 3  # points from which others are looked for
PATIENCE = 2.0  # seconds for all of them
_CONE = frozenset(f.name for f in FACTS if "sum" in f.keeps and "multiple" not in f.keeps)  # kept by positive multiples
_TIED = frozenset(f.name for f in FACTS if f.whole or not f.keeps & {"sum", "multiple"})


def bends(formulas: Sequence[Expr]) -> list[Expr]:
    """The arguments whose sign a formula depends on."""
    found: dict[Expr, None] = {}
    for e in formulas:
        for node in walk(e):
            if isinstance(node, Call) and node.args and not node.op.analytic and node.op.domain is NONZERO:
                found[_signed(node.args[0])] = None
    return list(found)


def _signed(e: Expr) -> Expr:
    """What the sign of a formula follows from: of sign(x) and -sign(x), x."""
    while isinstance(e, Call) and (e.op in SIGNED or e.op is NEG):
        e = e.args[0]
    return e


def all_sides(
    question: Question, symbols: Sequence[Symbol], formulas: Sequence[Expr], points: Sequence[At]
) -> tuple[list[At], list[Expr]]:
    """Points that show every combination of signs of the arguments that matter; and where one was not found, nor proven impossible, its arguments.

    Arguments of one shape have their signs in the same entry; of other shapes, in any.
    """
    hunt = _Hunt(question, symbols, formulas, points)
    parts = _unlike([p for p in bends(formulas) if p.variables])
    for group in [*([p] for p in parts), *([parts] if len(parts) > 1 else [])]:
        if len(group) > MOST_PARTS:
            return hunt.kept, group
        for signs in product((1, -1), repeat=len(group)):
            wanted = list(zip(group, signs, strict=True))
            if not hunt.found(wanted) and not _impossible(wanted):
                return hunt.kept, group
    return hunt.kept, []


def _unlike(parts: Sequence[Expr]) -> list[Expr]:
    """The parts without those that are multiples of others."""
    kept: dict[object, Expr] = {}
    for part in parts:
        both: list[object] = [part]
        with suppress(GradproofError):
            t = lower(part).tensor
            plain = scale(1 / abs(t.coefficient), t) if isinstance(t, Contraction) else t
            both = [plain, scale(-1, plain)]
        if not any(t in kept for t in both):
            kept[both[0]] = part
    return list(kept.values())


Wanted = Sequence[tuple[Expr, int]]  # arguments, each with a sign


def _impossible(wanted: Wanted) -> bool:
    """Whether no entry is known to have these signs: for one of them, or for some of one shape, as the sum of all that are above zero is."""
    known: dict[Expr, Expr] = {}  # abs(t) is t where that is above zero, and -t below
    for part, sign in wanted:
        known |= {call(op, part): call("mul", factors[sign < 0], part) for op, factors in PIECES.items()}
    try:
        signed = [scale(-sign, lower(substitute(part, known)).tensor) for part, sign in wanted]
    except GradproofError:
        return False
    for count in range(1, len(signed) + 1):
        for some in combinations(signed, count):
            if len({t.axes for t in some}) == 1 and nonnegative(add([(1, t) for t in some], some[0].axes)):
                return True
    return False


class _Hunt:
    """The search for points with given signs; `kept` are those that the comparison is made at."""

    def __init__(self, question: Question, symbols: Sequence[Symbol], formulas: Sequence[Expr], points: Sequence[At]):
        self.question, self.symbols, self.formulas = question, symbols, formulas
        self.points, self.kept = points, list(points[:MOST])
        self.end = process_time() + PATIENCE

    def found(self, wanted: Wanted) -> bool:
        """Whether a point with these signs is kept, or found, and kept then."""
        if any(_height(at, wanted) > 0 for at in self.kept):
            return True
        more = next((at for at in self.points if _height(at, wanted) > 0), None) or self._moved(wanted)
        if more is not None:
            self.kept.append(more)
        return more is not None

    def _moved(self, wanted: Wanted) -> At | None:
        """A point with these signs: one argument after the other along lines, then all together uphill."""
        names = {s.name for part, _ in wanted for s in part.variables}
        moving = [s for s in self.symbols if s.name in names]
        starts = sorted([*self.kept[MOST:], *self.points[:STARTS]], key=lambda at: -_count(at, wanted))
        for start in starts[:STARTS]:
            if process_time() > self.end:
                return None
            at: At | None = start
            for k in range(len(wanted)):
                at = self._along(wanted[: k + 1], at, moving) if at is not None else None
            if at is None:
                at = self._uphill(wanted, start, moving)
            if at is not None:
                return at
        return None

    def _along(self, wanted: Wanted, start: At, moving: Sequence[Symbol]) -> At | None:
        """The point where only the last argument has another sign: one variable moves on a line."""
        if _height(start, wanted) > 0:
            return start
        names = {s.name for s in wanted[-1][0].variables}
        for s in moving:
            if s.name in names and not s.facts & _TIED:
                for value in _along(s, start.values[s.name]):
                    found = self._at(start, {s.name: value})
                    if _height(found, wanted) > 0 and self._usable(found):
                        return found
        return None

    def _at(self, start: At, values: Mapping[str, Any]) -> At:
        """The point with other values."""
        tick()
        return At(self.question, {**start.values, **values}, start.magnitude)

    def _usable(self, at: At) -> bool:
        """Whether all formulas have a value there."""
        try:
            finite = np.all(np.isfinite(at.derivative))
        except (GradproofError, np.linalg.LinAlgError, ArithmeticError):
            return False
        return finite and all(at.try_value(e) is not None for e in self.formulas)

    def _uphill(self, wanted: Wanted, start: At, moving: Sequence[Symbol]) -> At | None:
        """Random steps that make the least of the arguments larger, longer after one that did."""
        free = [s for s in moving if not s.facts]
        rng, at, step = np.random.default_rng(3), start, 1.0
        best = _height(start, wanted)
        for _ in range(CLIMBS if free else 0):
            if process_time() > self.end:
                return None
            trial = self._at(at, {s.name: _nudged(at.values[s.name], step, rng) for s in free})
            height = _height(trial, wanted)
            if height > 0 and self._usable(trial):
                return trial
            better = best < height <= 0
            at, best = (trial, height) if better else (at, best)
            step = min(step * 2, 1e6) if better else max(step * 0.8, 1e-6)
        return None


def _height(at: At, wanted: Wanted) -> float:
    """How far the arguments have these signs, the least of them: in the best entry, of one shape in one entry; not above zero is not at all."""
    least: dict[tuple[int, ...], Array] = {}
    for part, sign in wanted:
        found = at.try_value(part)
        if found is None:
            return -np.inf
        mine = sign * found
        least[mine.shape] = np.minimum(least[mine.shape], mine) if mine.shape in least else mine
    return min((float(np.max(a, initial=-np.inf)) for a in least.values()), default=np.inf)


def _count(at: At, wanted: Wanted) -> int:
    """How many of the arguments have their sign somewhere."""
    return sum(_height(at, [one]) > 0 for one in wanted)


def _along(s: Symbol, value: Any) -> Iterator[Any]:
    """Values on lines through this one that keep the facts of the variable."""
    rng = np.random.default_rng(7)
    a = np.asarray(value, dtype=float)
    yield from ((a * t)[()] for t in STEPS if t > 0 or not s.facts & _CONE)
    if not s.facts & _CONE:
        mask = a != 0 if a.ndim == 2 else np.ones(a.shape)
        direction = rng.uniform(0.5, 1.5, a.shape) * mask
        if sense(s.facts).turned == 1 or "toeplitz" in s.facts:
            direction = np.where(mask, 1.0, 0.0)
        if sense(s.facts).turned != -1:
            yield from ((a + t * direction)[()] for t in STEPS)


def _nudged(value: Any, step: float, rng: np.random.Generator) -> Any:
    a = np.asarray(value, dtype=float)
    return (a + step * rng.normal(size=a.shape))[()]
