"""A point with small whole numbers at which a claim and the derivative differ, to be checked by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import chain
from time import process_time
from typing import Any

from gradproof.check.match import Target
from gradproof.check.points import At, Question
from gradproof.errors import DomainError, GradproofError
from gradproof.facts import SIGNS, made, missing
from gradproof.notation.expr import Expr, Symbol, walk
from gradproof.numeric import bare as np
from gradproof.records import dataclass
from gradproof.say import say

Rng = np.random.Generator
ATTEMPTS = 60
PATIENCE = 1.5  # seconds
MOST_POINTS = 4  # of those given, how many are tried
_FRACTION, _DIGITS = 60, 4


@dataclass(frozen=True)
class Counterexample:
    """Values by name, and the value of the derivative (in the asked layout) and of the claim there, as matrices."""

    values: Mapping[str, Any]
    truth: Any
    claim: Any
    kinds: Mapping[str, str]

    def lines(self) -> list[tuple[str, str]]:
        """Each value by its name, as people write it."""
        return [(name, show(as_shown(self.kinds[name], v))) for name, v in self.values.items()]

    def json(self) -> dict[str, Any]:
        return {
            "values": {name: plain(v) for name, v in self.values.items()},
            "derivative": plain(self.truth),
            "claim": plain(self.claim),
        }


def counterexample(
    question: Question, claim: Expr, target: Target, moved: Sequence[Symbol] = (), points: Sequence[At] = ()
) -> Counterexample | None:
    """The first of some small points at which the two differ, then of `points`, rounded; None where a formula has declared functions, or none was found."""
    if question.derivative.functions:
        return None
    used = {s.name for e in (question.expression, claim) for s in e.variables} | {s.name for s in question.wrt}
    symbols = [s for s in (*question.symbols.values(), *moved) if s.name in used]
    shapes = [*(s.type for s in question.symbols.values()), *(e.type for e in walk(claim))]
    names = sorted({n for shape in shapes for d in shape.dims for n in d.names})
    rng = np.random.default_rng(11)
    small = (
        _point(question, target, moved, {n: 2 + (k % 3 == 2 and i % 2) for i, n in enumerate(names)}, k, rng)
        for k in range(ATTEMPTS)
    )
    given = (_rounded(at, target, symbols) for at in points[:MOST_POINTS])
    end = process_time() + PATIENCE
    for at in chain(small, given):
        if process_time() > end:
            return None
        if at is None:
            continue
        wanted, found = next(iter(target.forms(at).values())), at.try_value(claim)
        if found is not None and np.all(np.isfinite(wanted)) and _differ(found, wanted):
            values = {s.name: at.values[s.name] for s in symbols}
            return Counterexample(values, wanted, found, {s.name: s.type.kind for s in symbols})
    return None


def _differ(a: Any, b: Any) -> bool:
    """Whether two values differ so that people see it."""
    return a.shape != b.shape or np.max(np.abs(a - b), initial=0.0) > 1e-3 * (1 + np.max(np.abs(b), initial=0.0))


def _rounded(at: At, target: Target, symbols: Sequence[Symbol]) -> At | None:
    """The point with whole numbers in the place of its own, where these have the declared facts."""
    if any(s.facts - SIGNS for s in symbols):
        return at
    values = {**at.values, **{s.name: np.rint(at.values[s.name]) for s in symbols}}
    try:
        with np.errstate(all="ignore"):
            rounded = At(at.question, values, 0.0)
            return rounded if np.all(np.isfinite(next(iter(target.forms(rounded).values())))) else at
    except (GradproofError, np.linalg.LinAlgError, ArithmeticError):
        return at


def _point(
    question: Question, target: Target, moved: Sequence[Symbol], sizes: Mapping[str, int], attempt: int, rng: Rng
) -> At | None:
    values: dict[str, Any] = {n: k for n, k in sizes.items() if n not in question.symbols}
    try:
        for s in (*question.symbols.values(), *moved):
            values[s.name] = _value(s, sizes, attempt, rng)
        with np.errstate(all="ignore"):
            at = At(question, values, 0.0)
            target.forms(at)  # there may be no value
            return at if at.try_value(question.expression) is not None else None
    except (GradproofError, np.linalg.LinAlgError, ArithmeticError, ValueError, KeyError):
        return None


def _value(s: Symbol, sizes: Mapping[str, int], attempt: int, rng: Rng) -> Any:
    """Whole numbers from -2 to 3 (positive ones in every other attempt) that have the declared facts."""
    axes = tuple(d.evaluate(sizes) for d in s.type.dims)
    a = rng.integers(1 if attempt % 2 else -2, 4, axes) * 1.0
    a = np.where(a == 0, 1.0, a) if attempt < 10 else a
    with np.errstate(all="ignore"):
        a = made(np, s.facts, a, small=True)
        lacking = missing(np, s.facts, a)
    if lacking:
        raise DomainError(say("no small value of {name} was found", name=s.name))
    return a if axes else float(a)


# -- numbers as people write them


def as_shown(kind: str, a: Any) -> Any:
    a = np.asarray(a)
    return a.reshape(-1, 1) if kind == "v" else a.reshape(1, -1) if kind == "r" else a


def show(a: Any) -> str:
    """A matrix in brackets, its rows divided by semicolons: [1 2; 3 4]; a number as it is."""
    a = np.asarray(a)
    if a.size == 1:
        return entry(float(a.reshape(-1)[0]))
    return "[" + "; ".join(" ".join(entry(float(x)) for x in row) for row in np.atleast_2d(a)) + "]"


def entry(x: float) -> str:
    """A number: whole or a small fraction where it is one, else four digits."""
    near = Fraction(x).limit_denominator(_FRACTION) if math.isfinite(x) else None
    if near is not None and abs(x - near) < 1e-9 * max(1.0, abs(x)):
        return str(near)
    return f"{x:.{_DIGITS}g}"


def plain(a: Any) -> Any:
    """An array as JSON holds it; whole numbers as such."""
    a = np.asarray(a)
    if a.ndim == 0:
        x = float(a)
        return int(x) if x.is_integer() else x
    return [plain(row) for row in a]
