"""The proof of a result, without NumPy: its value along random directions against the formula itself, evaluated on truncated power series.

Rational formulas are compared in exact arithmetic, modulo a prime: equal means equal, but for a chance of 1e-17. For all others a
difference counts where it survives a change of the last digits of all intermediate results; one that does not is rounding.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from itertools import product
from operator import mul

from gradproof.budget import share
from gradproof.errors import BudgetError, GradproofError
from gradproof.notation.expr import Call, Expr, Symbol
from gradproof.notation.function import Function
from gradproof.notation.places import least_sizes
from gradproof.numeric.implicit import Defined, all_solved
from gradproof.numeric.little import Algebra, Little, algebra_over
from gradproof.numeric.plans import Flat
from gradproof.numeric.points import ATTEMPTS, Point, PointDraws
from gradproof.numeric.report import DUAL, EXACT, Report, short, undecided
from gradproof.numeric.ring import EXACT as MODULAR
from gradproof.numeric.ring import REAL, Ring
from gradproof.numeric.small import NOTHING as NONE_KNOWN
from gradproof.numeric.small import ReadyFormula, filled
from gradproof.numeric.trials import Trials
from gradproof.parse.parts import Part
from gradproof.records import dataclass
from gradproof.say import NOTHING, Said, quoted, say
from gradproof.shapes.dims import Dim

SECONDS = 3.0  # that a proof may take, or half of what is left to the call
CLOSE = 1e-11  # the relative difference that is not looked into
STABLE, ROUNDING = (
    1e-3,
    1e-6,
)  # how far a difference that is real moves with the last digits; the largest that may be rounding
TINY = 1e-290  # numbers below 1e-308 have fewer digits
SIDES = 40  # more points that are tried to see both sides of a kink
APART = 4  # up to this order every occurrence of a variable has its own direction


@dataclass(frozen=True)
class Assertion:
    """What is claimed: in words, and its entries at a point, the axes of the variables first, then those of the formula; `nodes`: of a formula, its parts."""

    name: Said
    entries: Callable[[Algebra, Point], Flat]
    rational: bool
    nodes: Sequence[Expr] = ()


def printed(name: Said, result: Expr, dims: Sequence[Dim], order: Sequence[int] | None = None) -> Assertion:
    """The claim that a formula makes; `dims`: of the axes of what it stands for, `order`: those axes in the order in which it runs through them."""
    program = ReadyFormula(result)
    if order is not None and list(order) == sorted(order):
        order = None

    def entries(algebra: Algebra, point: Point) -> Flat:
        known = point.known if algebra.ring.jitter is None else NONE_KNOWN  # last digits change everywhere
        flat = program.run(algebra, point.values(algebra), point.sizes, point.functions, known)[-1].value
        return flat if order is None else restored(flat, [d.evaluate(point.sizes) for d in dims], order)

    return Assertion(name, entries, program.rational, program.nodes)


def restored(flat: Flat, shape: Sequence[int], order: Sequence[int]) -> Flat:
    """Entries that were written with the axes in this order, in the order of the axes."""
    if len(flat) < 2:
        return flat
    places = _restoring(tuple(shape), tuple(order))
    return [flat[i] for i in places] if len(places) == len(flat) else []  # of another shape


@lru_cache(maxsize=1024)
def _restoring(shape: tuple[int, ...], order: tuple[int, ...]) -> list[int]:
    strides, step = [0] * len(shape), 1
    for a in reversed(order):
        strides[a], step = step, step * shape[a]
    return [sum(i * s for i, s in zip(at, strides, strict=True)) for at in product(*map(range, shape))]


def prove(
    expr: Expr,
    wrt: Sequence[Symbol],
    claims: Sequence[Assertion],
    symbols: Iterable[Symbol] = (),
    functions: Iterable[Function] = (),
    *,
    moved: Mapping[str, str] | None = None,
    arrays: Iterable[Sequence[Dim]] = (),
    points: int = 3,
    seed: int = 0,
    parts: Sequence[Part | None] = (),
    equations: Sequence[tuple[Symbol, Expr]] = (),
) -> Report:
    """Holds claims against the derivative of a formula by the variables in turn, all entries moved freely; of none, against its value.

    `parts`: of those variables that move only in a part, what it is. `equations`: of variables that are defined by others, what is zero.
    `moved`: instead, the differential, where each variable moves by the value of another one: {"X": "dX"}. `arrays`: the dimensions of
    arrays that claims make. Every point has its own sizes.
    Raises UnsupportedError for an operation that has no value without NumPy.
    """
    check = _Proving(expr, wrt, tuple(claims), symbols, functions, moved, arrays, parts, equations)
    try:
        with share(SECONDS):
            return check.run(random.Random(seed), points)
    except BudgetError as error:
        return check.report(points) if check.errors else undecided(error.message)


@dataclass(frozen=True)
class _Move:
    """One e of the series: the variables that it moves, its degree, and the places in `wrt` that it stands for."""

    names: tuple[str, ...]
    degree: int
    places: tuple[int, ...]
    part: Part | None = None


def _moves(wrt: Sequence[Symbol], moved: Mapping[str, str] | None, parts: Sequence[Part | None]) -> list[_Move]:
    if moved is not None:
        return [_Move(tuple(moved), 1, ())]
    if any(parts):
        return [_Move((s.name,), 1, (k,), parts[k]) for k, s in enumerate(wrt)]
    if len(wrt) <= APART and not any(not s.type.dims for s in wrt):
        return [_Move((s.name,), 1, (k,)) for k, s in enumerate(wrt)]
    found = []
    for s in dict.fromkeys(wrt):
        places = tuple(k for k, other in enumerate(wrt) if other is s)
        if s.type.dims and len(wrt) <= APART:
            found += [_Move((s.name,), 1, (k,)) for k in places]
        else:
            found.append(_Move((s.name,), len(places), places))
    return found


def _kinks(program: ReadyFormula, names: Collection[str] | None) -> list[tuple[int, Expr]]:
    """The arguments of operations with a kink that depend on what is moved, with their places."""
    bent = [n for n in program.nodes if isinstance(n, Call) and not n.op.analytic and n.op.domain]
    if not bent:
        return []
    places = {node: i for i, node in enumerate(program.nodes)}
    moving = range(len(places)) if names is None else program.moving(names)
    return [(places[n.args[0]], n.args[0]) for n in bent if places[n.args[0]] in moving]


class _Proving(Trials):
    """Claims, and the formula that they are held against."""

    def __init__(
        self,
        expr: Expr,
        wrt: Sequence[Symbol],
        claims: tuple[Assertion, ...],
        symbols: Iterable[Symbol],
        functions: Iterable[Function],
        moved: Mapping[str, str] | None,
        arrays: Iterable[Sequence[Dim]],
        parts: Sequence[Part | None] = (),
        equations: Sequence[tuple[Symbol, Expr]] = (),
    ):
        super().__init__()
        self.defined = [Defined(x, zero) for x, zero in equations]
        self.wrt, self.claims, self.given = tuple(wrt), claims, moved
        self.moves = _moves(wrt, moved, parts)
        self.program = ReadyFormula(expr)
        self.exact = not self.defined and all(c.rational for c in claims) and self.program.rational
        self.algebra = algebra_over(MODULAR if self.exact else REAL, tuple([m.degree for m in self.moves]))
        self.plain = algebra_over(self.algebra.ring)
        self.factor = math.prod([math.factorial(m.degree) for m in self.moves])
        extra = [sum((s.type.dims for s in wrt), expr.type.dims), *arrays]
        ring, names = self.algebra.ring, [n for m in self.moves for n in m.names] or None
        names = [*names, *(d.name for d in self.defined)] if names else names
        units = [e for p in parts if p is not None for e in p.at if e is not None]
        known = (*symbols, *wrt, *(s for p in parts if p is not None for s in p.symbols))
        least = least_sizes(units)
        self.sampler = PointDraws(
            self.program, known, functions, ring, extra, self.algebra.total, names, least, self.defined
        )
        self.shared = self.program.shared({n for c in claims for n in c.nodes}, self.exact)
        self.kinks = _kinks(self.program, names)
        self.sides: dict[int, set[bool]] = {place: set() for place, _ in self.kinks}

    def run(self, rng: random.Random, points: int) -> Report:
        return self.refuted(self._attempts(rng, points)) or self.report(points)

    def _attempts(self, rng: random.Random, points: int) -> Iterator[Callable[[], Report | None]]:
        """Points until enough are compared, and then until both sides of every kink are seen."""
        for attempt in range(2 * ATTEMPTS if points else 0):
            enough = len(self.errors) >= points
            if enough and (attempt >= ATTEMPTS + SIDES or not self._blind()):
                return
            yield partial(self._attempt, rng, attempt if not self.errors else _later(attempt, enough), enough)

    def report(self, points: int) -> Report:
        """What was found where nothing was wrong."""
        if not self.errors:
            return undecided(self.doubt)
        method = EXACT if self.exact else DUAL
        return Report(True, max(self.errors), len(self.errors), method, conditions=tuple(self._blind()))

    def _blind(self) -> list[str]:
        """The sides of kinks that alone were seen."""
        found = []
        for place, e in self.kinks:
            if len(self.sides[place]) == 1:
                found.append(f"{e.ascii} {'>' if True in self.sides[place] else '<'} 0")
        return list(dict.fromkeys(found))

    def _attempt(self, rng: random.Random, attempt: int, enough: bool) -> Report | None:
        """Tries one point; a report where a claim is wrong there."""
        point = self.sampler.draw(rng, attempt, len(self.errors))
        directions = self._directions(rng, point)
        try:
            slots = self._slots(point, directions)
        except ArithmeticError as error:  # a power of zero, a number that is too large
            self.doubt = say("no point was found inside the domain: {failed}", failed=quoted(error))
            return None
        problem = self.sampler.outside(slots, attempt)
        if problem:
            self.doubt = say("no point was found inside the domain: {failed}", failed=problem)
            return None
        seen = {place: {x > 0 for x in slots[place].value if x} for place in self.sides}
        if enough and all(new <= self.sides[place] for place, new in seen.items()):
            return None
        for k in self.shared:  # what stands in a claim too has this value there, by the same steps
            point.known[self.program.nodes[k]] = Little(slots[k].shape, slots[k].parts[:1])
        worst, wanted = 0.0, self._reference(slots)
        for claim in self.claims:
            verdict, error, reason = self._judge(claim, point, directions, slots, wanted, rng)
            if verdict is False:
                return Report(False, error, len(self.errors) + 1, EXACT if self.exact else DUAL, reason)
            if verdict is None:
                self.doubt = reason
                return None
            worst = max(worst, error)
        self.errors.append(worst)
        for place, new in seen.items():
            self.sides[place] |= new
        return None

    def _directions(self, rng: random.Random, point: Point) -> list[dict[str, Flat]]:
        """For each e a direction of its variables."""
        ring = self.algebra.ring
        if self.given is not None:
            return [{name: point.entries[by] for name, by in self.given.items()}]
        return [{n: ring.numbers_of(rng, 1.0, self._free(m, point, n)) for n in m.names} for m in self.moves]

    def _free(self, move: _Move, point: Point, name: str) -> int:
        """How many entries move: all of the variable, or as many as the part has."""
        if move.part is None:
            return len(point.entries[name])
        return math.prod([n for n, e in zip(point.shapes[name], move.part.at, strict=True) if e is None])

    def _embedded(self, move: _Move, flat: Flat, point: Point, name: str) -> Flat:
        """How all entries of the variable move where those of the part do."""
        if move.part is None:
            return flat
        plain, shape = self.plain, point.shapes[name]
        letters = "ij"[: len(shape)]
        kept = [(x, n) for x, n, e in zip(letters, shape, move.part.at, strict=True) if e is None]
        arrays = [plain.constant(tuple(n for _, n in kept), flat)]
        names = ["".join(x for x, _ in kept)]
        for x, n, e in zip(letters, shape, move.part.at, strict=True):
            if isinstance(e, Symbol):
                arrays.append(plain.constant((n,), point.entries[e.name]))
                names.append(x)
            elif isinstance(e, Call):
                arrays.append(filled(e.op, plain, (n,)))
                names.append(x)
        return plain.einsum(arrays, names, letters).value

    def _slots(
        self, point: Point, directions: Sequence[Mapping[str, Flat]], algebra: Algebra | None = None
    ) -> list[Little]:
        algebra = algebra or self.algebra
        values = point.values(algebra)
        for name in {n for d in directions for n in d if n in point.entries}:
            own = {
                i: self._embedded(self.moves[i], d[name], point, name) if self.given is None else d[name]
                for i, d in enumerate(directions)
                if name in d
            }
            values[name] = algebra.moved(point.shapes[name], point.entries[name], own)
        if self.defined:
            values = all_solved(self.defined, algebra, values, point.sizes, point.functions)
        return self.program.run(algebra, values, point.sizes, point.functions)

    def _reference(self, slots: Sequence[Little]) -> Flat:
        last = slots[-1]
        part: Flat = last.parts[-1] or [0] * len(last.value)
        return part if self.factor == 1 else self.algebra.ring.reduce([self.factor * x for x in part])

    def _claimed(
        self, claim: Assertion, point: Point, directions: Sequence[Mapping[str, Flat]], algebra: Algebra | None = None
    ) -> Flat:
        """The claim along the directions."""
        entries = claim.entries(algebra or self.plain, point)
        at = {k: d[m.names[0]] for m, d in zip(self.moves, directions, strict=True) for k in m.places}
        for k in range(len(self.wrt) if self.given is None else 0):
            u = at[k]
            rest = len(entries) // len(u) if u else 0
            entries = self.plain.ring.reduce([sum(map(mul, u, entries[j::rest])) for j in range(rest)]) if rest else []
        return entries

    def _judge(
        self,
        claim: Assertion,
        point: Point,
        directions: list[dict[str, Flat]],
        slots: list[Little],
        wanted: Flat,
        rng: random.Random,
    ) -> tuple[bool | None, float, Said]:
        """Agreed, disagreed, or hidden by rounding; the relative error; and what was found."""
        found = self._claimed(claim, point, directions)
        if len(found) != len(wanted):
            return False, math.inf, say("{claim} has another shape than the derivative", claim=claim.name)
        if self.exact and found == wanted:
            return True, 0.0, NOTHING
        difference = [x - y for x, y in zip(found, wanted, strict=True)]
        if self.exact and not any(self.plain.ring.reduce(difference)):
            return True, 0.0, NOTHING
        if self.exact:
            k = len(self.errors) + 1
            return False, math.inf, say("{claim} is another one, exactly, at point {k}", claim=claim.name, k=k)
        gap, size = _largest(difference), max(_largest(found), _largest(wanted))
        error = gap / size if size else 0.0
        if not math.isfinite(gap):
            return None, math.nan, say("its values are not finite")
        if 0 < size < TINY:  # of which the last digits are lost
            return None, error, say("its values are too small")
        if gap <= CLOSE * size:
            return True, error, NOTHING
        try:
            stable, zero = self._survives(claim, point, directions, difference, gap, rng.randrange(1 << 30))
        except BudgetError:
            raise
        except GradproofError as problem:
            return None, error, problem.message
        return self._differs(claim, slots, gap, size, stable, zero)

    def _differs(
        self, claim: Assertion, slots: list[Little], gap: float, size: float, stable: bool, zero: bool
    ) -> tuple[bool | None, float, Said]:
        """What a difference means: an error if it is `stable`, nothing if it is what rounding leaves, else it is not known."""
        error, k = gap / size, len(self.errors) + 1
        if stable:
            told = say("{claim} has relative error {error} at point {k}", claim=claim.name, error=short(error), k=k)
            return False, error, told
        unit = max(size, *(abs(x) for a in slots for p in a.parts if p for x in p))
        if gap <= ROUNDING * (unit if zero else size):  # of a derivative that is zero; of any other
            return True, min(error, gap / unit), NOTHING
        return None, error, say("rounding errors are as large as the difference ({gap})", gap=short(gap))

    def _survives(
        self, claim: Assertion, point: Point, directions: list[dict[str, Flat]], difference: Flat, gap: float, seed: int
    ) -> tuple[bool, bool]:
        """Whether a difference is still there when every intermediate result changes in its last digits; and whether the claim is zero, or
        both sides are but for rounding: no entry is larger than what those changes do to it.
        """
        stable, seen, truths = True, list[Flat](), list[Flat]()
        for k in range(5):
            ring = Ring(jitter=random.Random(seed + k))
            seen.append(self._claimed(claim, point, directions, Algebra(ring)))
            truths.append(self._reference(self._slots(point, directions, Algebra(ring, self.algebra.degrees))))
            again = [x - y for x, y in zip(seen[-1], truths[-1], strict=True)]
            if not _largest([x - y for x, y in zip(again, difference, strict=True)]) <= STABLE * gap:
                stable = False
        return stable, not any(map(any, seen)) or (_is_noise(seen) and _is_noise(truths))


def _is_noise(runs: Sequence[Flat]) -> bool:
    """Whether numbers of several runs are zero, or change by as much as they are."""
    moved = _largest(x - y for run in runs[1:] for x, y in zip(run, runs[0], strict=True))
    return _largest(runs[0]) <= 3 * moved


def _later(attempt: int, enough: bool) -> int:
    """The style of a further point: usual ones again, and any where a side of a kink is looked for."""
    return attempt + 30 if enough else attempt % 3 if attempt < 9 else attempt


def _largest(xs: Iterable[float]) -> float:
    sizes = list(map(abs, xs))
    total = sum(sizes)
    return math.nan if total != total else max(sizes, default=0.0) or 0.0
