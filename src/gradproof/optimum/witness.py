"""Two points whose chord shows that a formula is not convex, or not concave: found by search, and evaluated from the formula itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from gradproof.budget import tick
from gradproof.errors import DomainError, GradproofError
from gradproof.facts import in_order, missing
from gradproof.notation.expr import Expr, Symbol
from gradproof.notation.function import Function
from gradproof.numeric.sample import Sampler, draw
from gradproof.records import dataclass

DRAWS, CHORDS = 40, 12  # sets of data, and chords at each
SCALES = (1.0, 1.0, 6.0, 1.0, 0.2)  # of the variables, one set of data after the other
LENGTHS = (0.3, 0.06, 1.0)  # of a chord, as a part of the way to another random point
STEPS = 8  # places on a chord at which the formula has to be defined
MARGIN = 0.02  # distance from the border of the domain
BENT = 4  # one point in so many is looked at in the directions in which the formula is bent most
SPAN, LEAST = 16, 3e-3  # of how many directions, and how far along them
CLEAR = 1e-7  # of the largest number: a gap that is no rounding


@dataclass(frozen=True)
class Chord:
    """The formula at two points and in the middle: `data` are the values of all other variables."""

    data: Mapping[str, Any]
    a: Mapping[str, Any]
    b: Mapping[str, Any]
    ends: tuple[float, float]
    middle: float

    @property
    def gap(self) -> float:
        """How far the middle lies above the chord."""
        return self.middle - sum(self.ends) / 2

    def json(self) -> dict[str, Any]:
        """The chord as JSON holds it."""
        plain = {k: {n: np.asarray(v).tolist() for n, v in getattr(self, k).items()} for k in ("data", "a", "b")}
        return {**plain, "at_a": self.ends[0], "at_b": self.ends[1], "at_middle": self.middle}


@dataclass(frozen=True)
class Witness:
    """A chord that a convex function would not have, and one that a concave function would not have."""

    not_convex: Chord | None
    not_concave: Chord | None

    def json(self) -> dict[str, Any]:
        """Both chords as JSON holds them."""
        pairs = (("not_convex", self.not_convex), ("not_concave", self.not_concave))
        return {name: None if chord is None else chord.json() for name, chord in pairs}


def search(
    expr: Expr,
    wrt: Sequence[Symbol],
    symbols: Iterable[Symbol],
    functions: Iterable[Function],
    seed: int = 0,
    draws: int = DRAWS,
) -> Witness:
    """Chords on both sides, with the same data where they are found together."""
    sampler = Sampler(expr, symbols, functions)
    rng = np.random.default_rng(seed)
    above: Chord | None = None
    below: Chord | None = None
    for k in range(draws):
        try:
            values = dict(sampler.point(rng).values)
        except DomainError:
            break
        values |= _scaled(sampler, wrt, values, SCALES[k % len(SCALES)], rng)
        here = list(_chords(sampler, wrt, values, rng))
        if k % BENT == BENT - 1 and not (above and below):
            here += _most_bent(sampler, wrt, values, rng)
        up = max((c for c in here if c.gap > 0), key=lambda c: c.gap, default=None)
        down = min((c for c in here if c.gap < 0), key=lambda c: c.gap, default=None)
        if up is not None and down is not None:
            return Witness(up, down)
        above, below = above or up, below or down
    return Witness(above, below)


def _scaled(sampler: Sampler, wrt: Sequence[Symbol], values: Mapping[str, Any], scale: float, rng: np.random.Generator):
    """Other values of the variables, of this size; none where they cannot be drawn."""
    if scale == 1.0:
        return {}
    try:
        found = draw(wrt, (), _sizes(sampler, wrt, values), rng, scale)
    except DomainError:
        return {}
    return {**found, **{s.name: _nearer(found[s.name]) for s in wrt if _sums_to_one(s)}}


def _sums_to_one(s: Symbol) -> bool:
    """Whether entries are shares of one, whatever the size of what is drawn."""
    return any(f.total == 1 and f.bounds.nonnegative and not f.whole for f in in_order(s.facts))


def _nearer(shares: Any) -> Any:
    """Shares nearer to a corner."""
    cubes = np.asarray(shares) ** 3
    return cubes / np.sum(cubes)


def _sizes(sampler: Sampler, wrt: Sequence[Symbol], values: Mapping[str, Any]) -> dict[str, int]:
    names = [s.name for s in wrt]
    dims = {n: int(v) for n, v in values.items() if isinstance(v, int | np.integer) and n not in names}
    for s in sampler.symbols:
        dims |= {d.name: k for d, k in zip(s.type.dims, np.shape(values[s.name]), strict=True) if d.name}
    return dims


def _chords(sampler: Sampler, wrt: Sequence[Symbol], values: Mapping[str, Any], rng: np.random.Generator):
    """Chords from a point on which the formula is defined and clearly bent."""
    names = [s.name for s in wrt]
    dims = _sizes(sampler, wrt, values)
    data = {n: v for n, v in values.items() if n not in names and not callable(v)}
    a = {n: values[n] for n in names}
    for k in range(CHORDS):
        try:
            other = draw(wrt, (), dims, rng, float(rng.choice((1.0, 0.4, 2.5))))
        except DomainError:
            continue
        length = LENGTHS[k % len(LENGTHS)]
        b = {n: np.asarray(a[n]) + length * (np.asarray(other[n]) - np.asarray(a[n])) for n in names}
        chord = _chord(sampler, values, data, a, b)
        if chord is not None:
            yield chord


def _most_bent(
    sampler: Sampler, wrt: Sequence[Symbol], values: Mapping[str, Any], rng: np.random.Generator
) -> Iterator[Chord]:
    """Chords along the directions in which the formula is bent upwards and downwards most, by differences within a span."""
    names = [s.name for s in wrt]
    dims = _sizes(sampler, wrt, values)
    a = {n: np.asarray(values[n]) for n in names}
    try:
        drawn = [draw(wrt, (), dims, rng, 1.0) for _ in range(min(SPAN, sum(x.size for x in a.values())))]
    except DomainError:
        return
    ways = [{n: LEAST * (np.asarray(other[n]) - a[n]) for n in names} for other in drawn]

    def along(weights: np.ndarray) -> dict[str, Any]:
        return {n: a[n] + sum(w * d[n] for w, d in zip(weights, ways, strict=True)) for n in names}

    def value(weights: np.ndarray) -> float:
        tick()
        return float(np.real(np.asarray(sampler.evaluator.run({**values, **along(weights)})[-1])))

    unit = np.eye(len(ways))
    try:
        with np.errstate(all="ignore"):
            squares = [value(u) + value(-u) - 2 * value(0 * u) for u in unit]
            bend = np.diag(squares)
            for i, j in combinations(range(len(ways)), 2):
                both = value(unit[i] + unit[j]) + value(-unit[i] - unit[j]) - 2 * value(0 * unit[0])
                bend[i, j] = bend[j, i] = (both - squares[i] - squares[j]) / 2
        if not np.all(np.isfinite(bend)):
            return
        gram = np.array([[sum(np.sum(p[n] * q[n]) for n in names) for q in ways] for p in ways])
        white = np.linalg.inv(np.linalg.cholesky(gram + 1e-9 * np.trace(gram) * unit))
        ends = np.linalg.eigh(white @ bend @ white.T)[1][:, [0, -1]].T @ white
    except (GradproofError, np.linalg.LinAlgError, ArithmeticError, ValueError):
        return
    data = {n: v for n, v in values.items() if n not in names and not callable(v)}
    for w in ends:
        for far in (3.0, 30.0):
            step = far * w / np.sqrt(np.sum(w**2))
            one, other = along(-step), along(step)
            if any(missing(np, s.facts - {"invertible"}, end[s.name]) for s in wrt for end in (one, other)):
                continue
            chord = _chord(sampler, values, data, one, other)
            if chord is not None:
                yield chord


def _chord(
    sampler: Sampler, values: Mapping[str, Any], data: Mapping[str, Any], a: Mapping[str, Any], b: Mapping[str, Any]
) -> Chord | None:
    """The formula along a chord, where it is defined on all of it, and bent more than rounding may do."""
    found, largest = [], 0.0
    with np.errstate(all="ignore"):
        for k in range(STEPS + 1):
            tick()
            t = k / STEPS
            between = {n: (1 - t) * np.asarray(a[n]) + t * np.asarray(b[n]) for n in a}
            try:
                slots = sampler.evaluator.run({**values, **between})
                inside = sampler.fits(slots, MARGIN)
            except (GradproofError, np.linalg.LinAlgError, ArithmeticError, ValueError):
                return None
            if not inside:
                return None
            largest = max(largest, *(float(np.abs(s).max(initial=0.0)) for s in slots if not callable(s)))
            found.append(float(np.real(np.asarray(slots[-1]))))
    chord = Chord(data, a, b, (found[0], found[-1]), found[STEPS // 2])
    return chord if np.isfinite(largest) and abs(chord.gap) > CLEAR * max(largest, 1e-30) else None
