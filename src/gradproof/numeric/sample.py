"""Random points at which a formula can be evaluated and differentiated.

A value has the facts that are declared of its variable; a point lies inside the domains of all operations, away from their borders.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from gradproof.budget import tick
from gradproof.errors import BudgetError, DomainError, GradproofError
from gradproof.facts import computed, in_order, in_words, made, missing, sense, told
from gradproof.notation.expr import Applied, Expr, Size, Symbol
from gradproof.notation.function import Function
from gradproof.notation.places import enlarged, facts_drawn, least_sizes
from gradproof.numeric import bare
from gradproof.numeric.condition import conditions_of, inside
from gradproof.numeric.evaluate import Evaluator
from gradproof.numeric.given import numpy
from gradproof.ops.domain import Domain
from gradproof.records import dataclass
from gradproof.say import NOTHING, Said, listed, quoted, say
from gradproof.shapes.dims import Dim
from gradproof.shapes.shape import Shape

Rng = Any  # a random generator of NumPy, or one of `bare`
SMALLEST, LARGEST = 2, 6  # sizes of dimensions
LITTLE = 1_000_000  # entries of the largest array that Python alone computes with
ENTRIES = 50_000  # of the result of code that is run at a point
DERIVATIVES = 3  # the highest order of the derivatives that random functions are given with
ATTEMPTS = 30, 400  # to find a point: at least, at most
WORK = 1_000_000  # operations to spend on that
REDRAWN, GOOD = 20, 10.0  # values whose measure is to be small, and how small


def sizes(dims: Iterable[Dim | str], rng: Rng) -> dict[str, int]:
    """A random size for every name, all different: from 2 to 6, or to as many as it takes."""
    names = sorted({n for d in dims for n in ([d] if isinstance(d, str) else d.names)})
    order = rng.permutation(list(range(SMALLEST, max(LARGEST + 1, SMALLEST + len(names)))))
    return {name: int(n) for name, n in zip(names, order, strict=False)}


def draw(
    symbols: Iterable[Symbol],
    functions: Iterable[Function],
    dims: Mapping[str, int],
    rng: Rng,
    scale: float = 1.0,
    np: Any = None,
) -> dict[str, Any]:
    """Random values of these sizes for all variables, with the declared facts, and for all functions with their derivatives (f, Df, DDf, …).

    `np`: what stands for NumPy. Raises DomainError where a fact cannot be met.
    """
    np = np or numpy()
    values: dict[str, Any] = {s.name: _value(np, s.type, s.facts, dims, rng, EntryDraw(scale)) for s in symbols}
    for function in functions:
        values |= RandomFunction(function, dims, rng, np).spellings()
    return values


# -- variables


@dataclass(frozen=True, slots=True)
class EntryDraw:
    """How entries are drawn: of this size, and of any sign, all positive, all negative, or near the identity matrix."""

    scale: float = 1.0
    sign: str = "any"


def _value(np: Any, shape: Shape, facts: frozenset[str], dims: Mapping[str, int], rng: Rng, style: EntryDraw) -> Any:
    axes = tuple(d.evaluate(dims) for d in shape.dims)
    if min(axes, default=1) < 1:
        raise DomainError(say("a dimension has no positive size"))
    if sense(facts).complex:
        raise DomainError(say("complex variables are not sampled"))
    measures = [computed(f.measure) for f in in_order(facts) if f.measure and f.fits(axes)]
    best: Any = made(np, facts, _entries(np, axes, rng, style))
    for _ in range(REDRAWN if measures else 0):
        if _measured(np, measures, best) < GOOD:
            break
        best = min(best, made(np, facts, _entries(np, axes, rng, style)), key=partial(_measured, np, measures))
    if len(told(facts)) > 1 and missing(np, facts, best):
        raise DomainError(say("no value was found that is {facts}", facts=listed(in_words(told(facts)), "and")))
    if axes:
        return best
    return int(best) if any(f.whole for f in in_order(facts)) else float(best)


def _measured(np: Any, measures: Sequence[Callable[..., Any]], value: Any) -> float:
    """The largest of what is better small."""
    return max(float(m(np, value)) for m in measures)


def _entries(np: Any, axes: tuple[int, ...], rng: Rng, style: EntryDraw) -> Any:
    """Numbers whose size is between 0.3 and 1.5 times the scale."""
    M = rng.uniform(0.3, 1.5, axes) * style.scale
    if style.sign == "plus":
        return M
    if style.sign == "minus":
        return -M
    M = M * (2 * rng.integers(0, 2, axes) - 1)
    return np.eye(*axes) + 0.3 * M if style.sign == "identity" and len(axes) == 2 else M


# -- functions


class RandomFunction:
    """f(x, y, …) = c + C sin(b + P x + Q y + …) on the entries of the arguments: smooth, complex-analytic, all derivatives known exactly.

    P, Q, … are made when the sizes of the arguments are first seen.
    """

    hidden = 4

    def __init__(self, function: Function, dims: Mapping[str, int], rng: Rng, np: Any = None):
        self.np = np = np or numpy()
        self.function, self.axes = function, tuple(d.evaluate(dims) for d in function.shape.dims)
        self.seed = int(rng.integers(1 << 32))
        self.phase = rng.uniform(0, 2 * math.pi, self.hidden)
        self.constant, *columns = _outputs(np, function, self.axes, self.hidden, rng)
        self.columns = np.stack([np.ravel(c) for c in columns], axis=1)
        self._weights: dict[tuple[int, ...], list[Any]] = {}

    def spellings(self) -> dict[str, Callable[..., Any]]:
        """The function and its derivatives by their names: f, Df, DDf, or U, DU_x, DDU_xy, …"""
        places = range(len(self.function.formals))
        orders = [p for order in range(DERIVATIVES + 1) for p in itertools.product(places, repeat=order)]
        return {self.function.spelling(partials): partial(self.value, partials) for partials in orders}

    def value(self, partials: tuple[int, ...], *args: Any) -> Any:
        """The derivative by these arguments: their axes, then the axes of the value."""
        np = self.np
        if self.function.entrywise:
            return self._of_entries(partials, args)
        flat = [np.reshape(a, -1) for a in args]
        weights = self.weights(tuple(map(len, flat)))
        angle = self.phase + sum(w @ x for w, x in zip(weights, flat, strict=True))
        wave = np.sin(angle + len(partials) * math.pi / 2)  # each derivative shifts the wave by a quarter
        result = self.columns * wave  # entry of the value, hidden
        letters = "abcdefg"[: len(partials)]
        sums = ",".join(["oh", *(f"h{x}" for x in letters)]) + f"->{letters}o"
        axes = tuple(n for p in partials for n in np.shape(args[p])) + self.axes
        result = np.einsum(sums, result, *(weights[p] for p in partials)).reshape(axes)
        return (result if partials else self.constant + result)[()]

    def _of_entries(self, partials: tuple[int, ...], args: Sequence[Any]) -> Any:
        """The same wave of each entry by itself."""
        weights, found = self.weights((1,) * len(args)), 0 if partials else self.constant
        for h in range(self.hidden):
            angle = sum(w[h, 0] * a for w, a in zip(weights, args, strict=True)) + self.phase[h]
            scale = self.columns[0, h] * math.prod(weights[p][h, 0] for p in partials)
            found = found + scale * self.np.sin(angle + len(partials) * math.pi / 2)
        return found

    def weights(self, lengths: tuple[int, ...]) -> list[Any]:
        """One matrix for each argument: hidden × entries."""
        if lengths not in self._weights:
            rng = self.np.random.default_rng([self.seed, *lengths])
            self._weights[lengths] = [rng.normal(size=(self.hidden, n)) / math.sqrt(max(1, n)) for n in lengths]
        return self._weights[lengths]


def _outputs(np: Any, function: Function, axes: tuple[int, ...], hidden: int, rng: Rng) -> list[Any]:
    """The constant and the columns of a random function, such that every value has the declared facts.

    Waves with linear facts around a center, which is so large that what is near it has the other facts.
    """
    facts = [f for f in in_order(function.facts) if f.fits(axes)]
    unmet = [f.name for f in facts if not (f.linear or f.center) or f.whole or f.later and f.make == "x"]
    if unmet:
        raise DomainError(say("no random function is known whose values are {facts}", facts=listed(sorted(unmet))))
    parts = [np.asarray(_entries(np, axes, rng, EntryDraw(0.6))) for _ in range(hidden + 1)]
    centers = list(dict.fromkeys(f.center for f in facts if f.center))
    if centers:
        parts = [np.zeros(axes), *(c / (2 * max(axes, default=1)) for c in parts[1:])]
    for center in centers:
        parts[0] = computed(center)(np, parts[0])
    if sense(frozenset(function.facts)).fixed:
        parts = [parts[0], *(0 * c for c in parts[1:])]
    linear = frozenset(f.name for f in facts if f.linear)
    return [made(np, linear, c) for c in parts]


# -- points


@dataclass(frozen=True, slots=True)
class Sample:
    """Values for all names, the value of every node of the formula there, and the largest of these numbers, constants aside."""

    values: dict[str, Any]
    slots: list[Any]
    magnitude: float


def point(expr: Expr, symbols: Iterable[Symbol], functions: Iterable[Function], rng: Rng) -> dict[str, Any]:
    """Random values inside the domains of all operations of a formula; sizes that no array has are given under their names.

    Raises DomainError where none was found.
    """
    return Sampler(expr, symbols, functions).point(rng).values


class Sampler:
    """Finds points for one formula."""

    def __init__(
        self,
        expr: Expr,
        symbols: Iterable[Symbol],
        functions: Iterable[Function],
        evaluator: Evaluator | None = None,
        np: Any = None,
        least: Mapping[str, int] | None = None,
        axes: Sequence[Dim] = (),  # of an array that is to have few entries
    ):
        self.np, self.axes = np or numpy(), axes
        self.evaluator = evaluator or Evaluator(expr, self.np)
        self.symbols = tuple(dict.fromkeys((*symbols, *expr.variables)))
        nodes = self.evaluator.nodes
        self.functions = tuple(dict.fromkeys((*functions, *(e.function for e in nodes if isinstance(e, Applied)))))
        shapes = (*(e.type for e in (*nodes, *self.symbols)), *(f.shape for f in self.functions))
        self.dims = frozenset(d for shape in shapes for d in shape.dims) | {e.dim for e in nodes if isinstance(e, Size)}
        self.conditions = conditions_of(self.np, nodes)
        self.least = {**least_sizes(nodes), **(least or {})}
        self.varying = sorted(self.evaluator.moving([s.name for s in self.symbols]) | {len(nodes) - 1})
        self.attempts = max(ATTEMPTS[0], min(ATTEMPTS[1], WORK // len(nodes)))

    def point(self, rng: Rng, sizes: Mapping[str, int] | None = None) -> Sample:
        """A point in the domain, of these sizes where they are given: usual values first, then smaller, positive, near the identity, and mixtures of all.

        Raises DomainError.
        """
        failed, np = NOTHING, self.np
        with np.errstate(all="ignore"):
            for attempt in range(self.attempts):
                tick()
                margin, limit, least = next(wanted for last, *wanted in _WANTED if attempt < last)
                try:
                    values = self._draw(rng, attempt, sizes)
                    slots = self.evaluator.run(values)
                    failed = self._outside(slots, margin)
                except BudgetError:  # sizes that are numbers in the formula are the same in all attempts
                    raise
                except (GradproofError, np.linalg.LinAlgError, ZeroDivisionError, OverflowError) as error:
                    failed = error.message if isinstance(error, GradproofError) else quoted(error)
                    continue
                magnitude, size = _magnitude(np, [slots[i] for i in self.varying]), _magnitude(np, slots[-1:])
                if not failed and magnitude < limit and (size >= least * magnitude or not size):
                    return Sample(values, slots, magnitude)
                failed = failed or say("values are not finite, or very large")
        raise DomainError(say("no point was found inside the domain: {failed}", failed=failed))

    def at(self, values: dict[str, Any]) -> Sample:
        """The point with these values. Raises DomainError where it is outside the domain."""
        with self.np.errstate(all="ignore"):
            slots = self.evaluator.run(values)
            failed = self._outside(slots, 0.02)
        magnitude = _magnitude(self.np, [slots[i] for i in self.varying])
        if failed or not math.isfinite(magnitude):
            raise DomainError(say("no point was found inside the domain: {failed}", failed=failed))
        return Sample(values, slots, magnitude)

    def _draw(self, rng: Rng, attempt: int, sizes: Mapping[str, int] | None) -> dict[str, Any]:
        dims = {**(sizes or self._sizes(rng))}
        self._little(dims)
        known = {s.name for s in self.symbols}
        values: dict[str, Any] = {name: n for name, n in dims.items() if name not in known}
        facts = facts_drawn(self.symbols, self.evaluator.nodes)
        for s in self.symbols:
            values[s.name] = _value(self.np, s.type, facts[s.name], dims, rng, _style(attempt, rng))
        return values | draw((), self.functions, dims, rng, np=self.np)

    def _little(self, sizes: Mapping[str, int]) -> None:
        """Raises BudgetError where an array of the formula is too large to be computed with in Python alone."""
        shapes = {e.type.dims for e in self.evaluator.nodes} if self.np is bare else set()
        largest = max((math.prod(d.evaluate(sizes) for d in dims) for dims in shapes), default=1)
        if largest > LITTLE:
            text = say("an array of {largest} entries is too large for a proof", largest=largest)
            raise BudgetError(text, hint=say("try smaller sizes, or a lower order"))

    def _sizes(self, rng: Rng) -> dict[str, int]:
        found: dict[str, int] = {}
        for _ in range(8):
            found = enlarged(sizes(self.dims, rng), self.least)
            if math.prod(d.evaluate(found) for d in self.axes) <= ENTRIES:
                return found
        return enlarged(dict.fromkeys(found, SMALLEST), self.least)

    def fits(self, slots: Sequence[Any], margin: float) -> bool:
        """Whether the values of all nodes are finite, and inside the domains by this margin."""
        finite = math.isfinite(_magnitude(self.np, [slots[i] for i in self.varying]))
        return finite and not self._outside(slots, margin)

    def _outside(self, slots: Sequence[Any], margin: float) -> Said:
        """The condition that does not hold at this margin, or ""."""
        for node, condition, shape, args in self.conditions:
            wanted = condition if isinstance(condition, Domain) else condition([slots[i] for i in args])
            if wanted and not inside(wanted, shape, self.np)(slots[args[0]]) > margin:
                return say("{op} needs {domain}", op=node.op.name, domain=wanted.text)
        return NOTHING


# up to which attempt: the distance from the border of the domain, the largest number, the size of the result against that number
_WANTED = (30, 0.1, 1e4, 1e-6), (150, 0.02, 1e8, 0.0), (math.inf, 0.02, 1e15, 0.0)
_STYLES = (
    *(EntryDraw(scale) for scale in (1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.2, 0.2)),
    *(EntryDraw(scale, sign) for scale in (1.0, 0.4, 0.1) for sign in ("plus", "identity")),
)
_SIGNS = ("any", "plus", "minus", "identity")
_SCALES = (1.0, 0.6, 0.3, 0.1, 2.5, 6.0)


def _style(attempt: int, rng: Rng) -> EntryDraw:
    """One style for all variables at first, then one for each."""
    return (
        _STYLES[attempt]
        if attempt < len(_STYLES)
        else EntryDraw(_SCALES[rng.integers(len(_SCALES))], _SIGNS[rng.integers(len(_SIGNS))])
    )


def _magnitude(np: Any, slots: Iterable[Any]) -> float:
    """The largest absolute value of all entries; nan where one is not finite."""
    largest = 0.0
    for value in slots:
        if not callable(value):
            size = abs(value) if isinstance(value, float | int | complex) else float(np.abs(value).max(initial=0.0))
            if not math.isfinite(size):
                return math.nan
            largest = max(largest, size)
    return largest
