"""Points for a proof, without NumPy: sizes, values with the declared facts, random functions; inside the domains of all operations.

As `sample`, for little arrays: floating-point numbers of several scales, or random numbers modulo a prime, where no domain has a border.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain, permutations

from gradproof.errors import DomainError
from gradproof.facts import TABLE, sense
from gradproof.notation.expr import Applied, Call, Expr, Size, Symbol, symbol
from gradproof.notation.function import Function
from gradproof.notation.places import enlarged, facts_drawn, least_sizes
from gradproof.numeric.domains import PLAIN, Condition, conditions_of
from gradproof.numeric.implicit import Defined, all_solved
from gradproof.numeric.lengths import LARGEST, Lengths, axes
from gradproof.numeric.little import Algebra, Little
from gradproof.numeric.plans import Flat, Shape, TooLarge
from gradproof.numeric.ring import LEAST, SPREAD, Ring, Scalar, residues
from gradproof.numeric.small import ReadyFormula
from gradproof.numeric.structured import LINEAR, of_complex, structured
from gradproof.numeric.wave import Wave
from gradproof.ops.domain import DETERMINANT_POSITIVE, INVERTIBLE, POSITIVE
from gradproof.ops.operation import Frechet, Linear, Operation
from gradproof.records import dataclass, field
from gradproof.say import NOTHING, Said, listed, say
from gradproof.shapes.dims import Dim, dim

HIDDEN = 3  # waves of a random function
CHEAP = 200  # entries of all arrays together up to which sizes are not made smaller
MENUS = (2, 3, 4), (1, 3, 2, 5), (7, 9, 8, 11)  # sizes at the first, second and third point
SMALLER = (5, 3, 2), (3, 2), (1, 2)  # where the arrays are too many, or too large
ORDERS = {menu: tuple(permutations(menu)) for menu in {*MENUS, *SMALLER}}
_STYLES = tuple((scale, "any") for scale in (1.0, 0.6, 1.8, 0.3, 0.2)) + tuple(
    (scale, sign) for scale in (1.0, 0.4, 0.1) for sign in ("plus", "identity")
)
_SCALES, _SIGNS = (1.0, 0.6, 0.3, 0.1, 2.5, 6.0, 60.0), ("any", "plus", "minus", "identity")
ATTEMPTS = 120
_WANTED = (
    (25, 0.1, 1e4),
    (70, 0.02, 1e7),
    (math.inf, 0.01, 1e12),
)  # up to which attempt: distance from a border, largest number


@dataclass(frozen=True)
class Point:
    """Sizes of dimensions, the entries of all variables, and functions, by name; `known`: the values of formulas that were computed there already."""

    sizes: Mapping[str, int]
    shapes: Mapping[str, Shape]
    entries: Mapping[str, Flat]
    functions: Mapping[str, Wave]
    known: dict[Expr, Little] = field(default_factory=dict, repr=False, compare=False)

    def values(self, algebra: Algebra) -> dict[str, Little]:
        """The variables as constants."""
        if algebra.count == 1:
            return self._plain.copy()
        return {name: algebra.constant(self.shapes[name], flat) for name, flat in self.entries.items()}

    @cached_property
    def _plain(self) -> dict[str, Little]:
        return {name: Little(self.shapes[name], [flat]) for name, flat in self.entries.items()}


class PointDraws:
    """Draws points for a formula; `extra`: further dimensions whose sizes are asked for, such as those of its derivative."""

    def __init__(
        self,
        program: ReadyFormula,
        symbols: Iterable[Symbol],
        functions: Iterable[Function],
        ring: Ring,
        extra: Iterable[Sequence[Dim]] = (),
        degree: int = 1,
        moving: Iterable[str] | None = None,
        least: Mapping[str, int] | None = None,
        defined: Sequence[Defined] = (),
    ):
        self.program, self.ring, self.degree, self.defined = program, ring, degree, defined
        self.moving = None if moving is None else frozenset(moving)
        nodes = [n for p in (program, *(d.program for d in defined)) for n in p.nodes]
        self.symbols = tuple(dict.fromkeys((*symbols, *program.expr.variables)))
        self.functions = tuple(dict.fromkeys((*functions, *(e.function for e in nodes if isinstance(e, Applied)))))
        self.arrays = (
            [e.type.dims for e in (*nodes, *self.symbols)] + [f.shape.dims for f in self.functions] + list(extra)
        )
        self.arrays += [_dear(e) for e in nodes if isinstance(e, Call) and _is_dear(e.op)]
        self.oriented = [] if ring.exact else _oriented(nodes)
        self.least = least_sizes(nodes) | dict(least or {})
        dims = {*chain.from_iterable(self.arrays), *(e.dim for e in nodes if isinstance(e, Size))}
        self._named = {n for d in dims for n in d.names}
        self.names = sorted(self._named)

    @cached_property
    def conditions(self) -> list[Condition]:
        """What has to hold of the values of nodes that depend on what is moved."""
        if self.ring.exact:
            return []
        found = [*conditions_of(self.program.nodes)]
        if not found:
            return []
        moving = range(len(self.program.nodes)) if self.moving is None else self.program.moving(self.moving)
        return [c for c in found if c.place in moving or c.exponent in moving]

    def draw(self, rng: random.Random, attempt: int, turn: int = 0) -> Point:
        """A point, inside the domains or not; the n-th attempt at the n-th point. Raises DomainError."""
        sizes = self._sizes(rng, turn)
        shapes, facts, entries = {s.name: axes(s.type.dims, sizes) for s in self.symbols}, self.facts, dict[str, Flat]()
        same = _STYLES[attempt] if attempt < len(_STYLES) else None
        for name, shape in shapes.items():
            entries[name] = self._entries(shape, facts[name], rng, same or _style(rng))
        for s in self.oriented:
            entries[s.name] = _of_positive_determinant(shapes[s.name], entries[s.name])
        functions = {f.name: self._function(f, sizes, rng) for f in self.functions}
        point = Point(sizes, shapes, entries, functions)
        if not self.defined:
            return point
        solved = all_solved(self.defined, Algebra(self.ring), point.values(Algebra(self.ring)), sizes, functions)
        own = {d.name: list(solved[d.name].value) for d in self.defined}
        return Point(sizes, shapes, {**entries, **own}, functions)

    @cached_property
    def facts(self) -> dict[str, frozenset[str]]:
        """What the values have to be, by name."""
        return facts_drawn(self.symbols, self.program.nodes)

    def outside(self, slots: Sequence[Little], attempt: int) -> Said:
        """What does not hold at a point, or ""."""
        if self.ring.exact:
            return NOTHING
        _, margin, limit = _WANTED[0] if attempt < _WANTED[0][0] else next(w for w in _WANTED if attempt < w[0])
        for condition in self.conditions:
            if wanted := condition.broken(slots, margin):
                return wanted
        for a in slots:
            if a.parts[0] and not max(map(abs, a.parts[0])) < limit:  # nan too
                return say("values are not finite, or very large")
        return NOTHING

    @cached_property
    def _shapes(self) -> list[tuple[tuple[Dim, ...], list[str] | None, int]]:
        """The shapes of all arrays, the names of their dimensions where each has one, and how often it is there."""
        often: dict[tuple[Dim, ...], int] = {}
        for dims in self.arrays:
            dims = tuple(dims)
            often[dims] = often.get(dims, 0) + 1
        found = []
        for dims, count in often.items():
            names = [d.text for d in dims]
            found.append((dims, names if self._named.issuperset(names) else None, count))
        return found

    def _sizes(self, rng: random.Random, turn: int) -> dict[str, int]:
        """Sizes from a menu: different ones as far as it goes, smaller ones where the arrays become too many or too large."""
        sizes: dict[str, int] = {}
        largest = 1
        for menu in (MENUS[turn % len(MENUS)], *SMALLER):
            orders = ORDERS[menu]
            sizes = dict(zip(self.names, orders[int(rng.random() * len(orders))], strict=False))
            for n in self.names[len(menu) :]:
                sizes[n] = rng.choice(menu)
            sizes = enlarged(sizes, self.least)
            total = largest = 0
            for dims, names, often in self._shapes:
                entries = math.prod(map(sizes.__getitem__, names)) if names is not None else _entries_of(dims, sizes)
                total += entries * often
                if entries > largest:
                    largest = entries
            if total <= CHEAP + 20 * len(self.arrays):
                break
        if largest > LARGEST:
            raise TooLarge(say("an array of {largest} entries is too large for a proof", largest=largest))
        return Lengths(sizes)

    def _entries(self, shape: Shape, facts: frozenset[str], rng: random.Random, style: tuple[float, str]) -> Flat:
        n = math.prod(shape)
        if sense(facts).complex:
            if self.ring.exact:
                raise DomainError(say("complex variables are not sampled"))
            real, imaginary = _real(shape, frozenset(), rng, style), _real(shape, frozenset(), rng, (0.7, "any"))
            return of_complex(map(complex, real, imaginary), shape, facts)
        if not self.ring.exact:
            flat = _real(shape, facts, rng, style)
        else:
            whole = sense(facts).whole
            flat = list[Scalar](rng.randrange(2, 9) for _ in range(n)) if whole else residues(rng, n)
        return structured(self.ring, flat, shape, facts) if shape and facts else flat

    def _function(self, f: Function, sizes: Mapping[str, int], rng: random.Random) -> Wave:
        """A random function whose values have the declared facts. Raises DomainError where none is known."""
        facts = symbol(f.name, f.shape, f.facts).facts  # with those that they imply
        unmet = {name for name in facts if TABLE[name].whole or TABLE[name].rational or TABLE[name].complex}
        if unmet:
            raise DomainError(say("no random function is known whose values are {facts}", facts=listed(sorted(unmet))))
        shape, ring, seed = axes(f.shape.dims, sizes), self.ring, rng.randrange(1 << 30)
        n = math.prod(shape)
        parts = [ring.numbers_of(rng, 0.6, n) for _ in range(HIDDEN + 1)]
        known = sense(facts)
        if not ring.exact and (
            known.nonnegative or known.definite or known.regular
        ):  # a large constant outweighs the waves
            parts = [
                _offset(shape, known.nonnegative),
                *([x / (2 * max(shape, default=1)) for x in p] for p in parts[1:]),
            ]
        if known.fixed:
            parts = [parts[0], *([0] * n for _ in parts[1:])]
        linear = facts & LINEAR
        constant, *columns = [structured(ring, p, shape, linear) if len(shape) == 2 else p for p in parts]
        phases = ring.numbers_of(rng, 3.0, HIDDEN)

        def weights(place: int, unit: int, length: int) -> Flat:
            own = random.Random(seed + 1009 * place + 31 * unit + length)
            return ring.numbers_of(own, 1.2 / math.sqrt(length or 1), length)

        return Wave(shape, constant, columns, phases, weights, self.degree + 3, f.entrywise)


def _entries_of(dims: Iterable[Dim], sizes: Mapping[str, int]) -> int:
    return math.prod([d.evaluate(sizes) for d in dims])


def _is_dear(op: Operation) -> bool:
    """Whether the value of an operation costs more than its entries say."""
    return op.kernel is not None and (not op.rational or (isinstance(op.meaning, Linear) and op.arity > 1))


def _dear(e: Call) -> tuple[Dim, ...]:
    """The dimensions of an array with as many entries as the value of a matrix function is dear."""
    first = e.args[0].type.dims
    if not isinstance(e.op.meaning, Frechet):
        return (*first, *e.type.dims)
    directions = sum(len(a.type.dims) == 2 for a in e.args[1:])
    return (*first, *first[:1], dim(3**directions))


def _offset(shape: Shape, everywhere: bool) -> Flat:
    n = math.prod(shape)
    flat = [3.0 if everywhere or len(shape) < 2 else 0.0] * n
    if len(shape) == 2:
        for i in range(min(shape)):
            flat[i * shape[1] + i] += 3.0
    return flat


def _style(rng: random.Random) -> tuple[float, str]:
    """The style of one variable, where not all have the same."""
    return rng.choice(_SCALES), rng.choice(_SIGNS)


def _real(shape: Shape, facts: frozenset[str], rng: random.Random, style: tuple[float, str]) -> Flat:
    """Numbers between 0.3 and 1.5 times the scale."""
    scale, sign = style
    n = math.prod(shape)
    known, draw = sense(facts), rng.random
    if known.whole:
        flat: Flat = [float(rng.randrange(2, 5)) for _ in range(n)]
    else:
        flat = [(LEAST + SPREAD * draw()) * scale for _ in range(n)]
    if known.nonnegative or sign == "plus":
        return flat
    if sign == "minus":
        return [-x for x in flat]
    flat = [x if draw() < 0.5 else -x for x in flat]
    if len(shape) == 2 and (sign == "identity" or known.regular):  # away from singular matrices
        size = scale if sign != "identity" else 1.0
        flat = [
            0.4 * x + size * (i // shape[1] == i % shape[1]) * (1.2 if x > 0 else -1.2 if sign == "any" else 1.2)
            for i, x in enumerate(flat)
        ]
    return flat


def _oriented(nodes: Iterable[Expr]) -> list[Symbol]:
    """The variables whose determinant has to be positive, of those whose rows may change their sign."""
    found: list[Symbol] = []
    for e in nodes:
        if not isinstance(e, Call) or e.op.domain not in (POSITIVE, DETERMINANT_POSITIVE):
            continue
        of = e.args[0]
        if e.op.domain is POSITIVE:  # log(det(X))
            scalar = isinstance(of, Call) and of.op.domain is INVERTIBLE and not of.type.dims
            of = of.args[0] if scalar else e
        if isinstance(of, Symbol) and of.type.square and all(TABLE[f].regular for f in of.facts):
            found.append(of)
    return [*dict.fromkeys(found)]


def _of_positive_determinant(shape: Shape, flat: Flat) -> Flat:
    """A square array, with another sign of its first row where its determinant would be negative."""
    try:
        negative = PLAIN.determinant(PLAIN.constant(shape, flat)).value[0] < 0
    except DomainError:
        return flat
    return [-x for x in flat[: shape[0]]] + flat[shape[0] :] if negative else flat
