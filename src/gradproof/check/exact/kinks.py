"""Points on both sides of every kink: where the argument of abs, sign, relu, … has not been seen with both signs, values are moved until it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gradproof.check.points import At, Question
from gradproof.engine.bounds import nonnegative
from gradproof.engine.contract import scale
from gradproof.engine.lower import lower
from gradproof.errors import GradproofError
from gradproof.facts import FACTS
from gradproof.notation.expr import Call, Expr, Symbol, walk
from gradproof.numeric import bare as np
from gradproof.ops.domain import NONZERO

MOST = 6  # points that are kept beside those that a side needs
STEPS = tuple(s * 2.0**k for k in range(-1, 34) for s in (1, -1))
CLIMBS = 160  # values that are tried uphill
_CONE = frozenset(f.name for f in FACTS if "sum" in f.keeps and "multiple" not in f.keeps)  # kept by positive multiples
_TIED = frozenset(f.name for f in FACTS if f.whole or not f.keeps & {"sum", "multiple"})


def bends(formulas: Sequence[Expr]) -> list[Expr]:
    """The arguments whose sign a formula depends on."""
    found: dict[Expr, None] = {}
    for e in formulas:
        for node in walk(e):
            if isinstance(node, Call) and node.args and not node.op.analytic and node.op.domain is NONZERO:
                found[node.args[0]] = None
    return list(found)


def both_sides(
    question: Question, symbols: Sequence[Symbol], formulas: Sequence[Expr], points: Sequence[At]
) -> tuple[list[At], Expr | None]:
    """Points that show both signs of every argument that matters, and the argument of which one sign was not found, nor proven impossible."""
    kept = list(points[:MOST])
    for part in bends(formulas):
        for side in (1, -1):
            if any(_shows(at, part, side) for at in kept):
                continue
            more = next((at for at in points if _shows(at, part, side)), None)
            more = more or _moved(question, symbols, formulas, part, side, points)
            if more is not None:
                kept.append(more)
            elif part.variables and not _impossible(part, side):
                return kept, part
    return kept, None


def _shows(at: At, part: Expr, side: int) -> bool:
    found = at.try_value(part)
    return found is not None and bool(np.any(side * found > 0))


def _impossible(part: Expr, side: int) -> bool:
    """Whether an argument is known to have no entry on this side."""
    try:
        tensor = lower(part).tensor
        return nonnegative(scale(-1, tensor) if side > 0 else tensor)
    except GradproofError:
        return False


def _moved(
    question: Question, symbols: Sequence[Symbol], formulas: Sequence[Expr], part: Expr, side: int, points: Sequence[At]
) -> At | None:
    """A point at which the part has this sign: along lines first, then uphill."""
    names = {s.name for s in part.variables}
    for start in points[:3]:
        for s in symbols:
            if s.name in names and not s.facts & _TIED:
                for value in _along(s, start.values[s.name]):
                    found = _at(question, formulas, start, {s.name: value})
                    if found is not None and _shows(found, part, side):
                        return found
        found = _uphill(question, formulas, [s for s in symbols if s.name in names], part, side, start)
        if found is not None:
            return found
    return None


def _along(s: Symbol, value: Any) -> Iterator[Any]:
    """Values on lines through this one that keep the facts of the variable."""
    rng = np.random.default_rng(7)
    a = np.asarray(value, dtype=float)
    yield from ((a * t)[()] for t in STEPS if t > 0 or not s.facts & _CONE)
    if not s.facts & _CONE:
        mask = a != 0 if a.ndim == 2 else np.ones(a.shape, dtype=bool)
        direction = rng.uniform(0.5, 1.5, a.shape) * mask
        if s.facts & {"symmetric", "toeplitz"}:
            direction = np.where(mask, 1.0, 0.0)
        if "antisymmetric" not in s.facts:
            yield from ((a + t * direction)[()] for t in STEPS)


def _at(question: Question, formulas: Sequence[Expr], start: At, values: Mapping[str, Any]) -> At | None:
    """The point with other values, where all formulas have some."""
    at = At(question, {**start.values, **values}, start.magnitude)
    with np.errstate(all="ignore"):
        try:
            finite = np.all(np.isfinite(at.derivative))
        except (GradproofError, np.linalg.LinAlgError, ArithmeticError):
            return None
    return at if finite and all(at.try_value(e) is not None for e in formulas) else None


def _uphill(
    question: Question, formulas: Sequence[Expr], symbols: Sequence[Symbol], part: Expr, side: int, start: At
) -> At | None:
    """Random steps that make the part larger (or smaller), longer after one that did."""
    free = [s for s in symbols if not s.facts]
    rng, at, step = np.random.default_rng(3), start, 1.0
    best = _height(start, part, side)
    for _ in range(CLIMBS if free else 0):
        values = {s.name: _nudged(at.values[s.name], step, rng) for s in free}
        trial = _at(question, formulas, at, values)
        height = _height(trial, part, side) if trial is not None else -np.inf
        if trial is not None and height > 0:
            return trial
        better = height > best
        at, best = (trial, height) if trial is not None and better else (at, best)
        step = min(step * 2, 1e6) if better else max(step * 0.8, 1e-6)
    return None


def _nudged(value: Any, step: float, rng: np.random.Generator) -> Any:
    a = np.asarray(value, dtype=float)
    return (a + step * rng.normal(size=a.shape))[()]


def _height(at: At, part: Expr, side: int) -> float:
    found = at.try_value(part)
    return -np.inf if found is None else float(np.max(side * found, initial=-np.inf))
