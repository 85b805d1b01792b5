"""Whether a claim that agrees in floating point is equal indeed: in canonical form, by exact arithmetic, or to many digits.

Rational formulas are held against each other modulo a large prime, at random points, with more sizes than the degree in a size that stands in them
can have zeros. All others at points on both sides of every kink, to more digits than their numbers, powers and exponentials can hide.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from decimal import Context, Decimal, localcontext
from typing import Any

from gradproof.check.exact.draw import digits, residues
from gradproof.check.exact.kinks import MOST_PARTS, all_sides
from gradproof.check.exact.scale import digits_for, sizes_for
from gradproof.check.match import Target
from gradproof.check.points import FEWEST, Array, At, Form, Question, as_matrix, largest, point_of_sizes
from gradproof.derive import Derivative
from gradproof.errors import GradproofError
from gradproof.exact.scalars import Digits, NoDigits, NotExact, Residue
from gradproof.exact.values import Exact, Kind, exact
from gradproof.lift.layouts import LAYOUTS
from gradproof.notation.expr import Expr, Number, Size, Symbol, substitute, walk
from gradproof.notation.places import least_sizes
from gradproof.numeric import bare as np
from gradproof.records import dataclass, field

EXACT_POINTS, DIGIT_POINTS = 3, 4
LARGEST_SIZE_COUNT = 14  # sizes that are tried at most
MOST_DIGITS = 2500
FLOAT_TOLERANCE = 1e-11  # where an operation has floats only
VISIBLE = 1e-5  # a relative difference that no rounding of constants explains


@dataclass(frozen=True)
class Decision:
    """`equal`: None where it cannot be said, and `reason` says why. `how`: "canonical", "exact", "digits" or "floats".

    `points`: how many were compared; `digits`: of them; `gap`: the largest relative difference; `at`: floats where they differ.
    """

    equal: bool | None
    how: str = ""
    points: int = 0
    digits: int = 0
    gap: float = 0.0
    at: At | None = None
    reason: str = ""
    data: Mapping[str, Expr | str] = field(default_factory=dict)


class ExactAt(At):
    """A point in exact numbers, for all that a point in floats is asked for."""

    def __init__(self, question: Question, kind: Kind, values: dict[str, Any], sizes: Mapping[str, int]):
        self.question, self.values, self.magnitude, self.sizes = question, values, 0.0, dict(sizes)
        self.exact = Exact(kind, values, sizes)
        self._memo: dict[Expr, Array] = {}
        self._seen: dict[Expr, Any] = {}

    def value(self, e: Expr) -> Array:
        return as_matrix(e, self.exact.formula(e, self._seen))

    def of(self, d: Derivative) -> Array:
        return d.axes.array(np, self.exact.tensor(d.tensor), LAYOUTS[0])


def decide(
    question: Question,
    claim: Expr,
    target: Target,
    form: Form,
    points: Sequence[At],
    facts: Mapping[Symbol, Symbol] | None = None,
) -> Decision:
    """Whether the claim is equal to its target in this form. `points`: floats at which it is, to rounding; `facts`: variables with more facts."""
    work = _Work(question, claim, target, form, {**(facts or {})})
    try:
        return work.modulo()
    except (ArithmeticError, GradproofError, np.linalg.LinAlgError):
        pass
    return work.to_digits(points)


class _Work:
    """One claim and its target, and the ways to decide."""

    def __init__(self, question: Question, claim: Expr, target: Target, form: Form, facts: dict[Symbol, Symbol]):
        self.question, self.claim, self.target, self.form, self.facts = question, claim, target, form, facts
        everything = (*question.symbols.values(), *question.moving.values())
        self.symbols = [facts.get(s, s) for s in everything]
        roots = [question.expression, claim, *([target.formula] if target.formula is not None else [])]
        self.roots = [substitute(e, {**facts}) for e in roots] if facts else roots
        self.names = sorted(
            {n for s in everything for d in s.type.dims for n in d.names}
            | {n for e in self.roots for node in walk(e) for d in node.type.dims for n in d.names}
            | {n for e in self.roots for node in walk(e) if isinstance(node, Size) for n in node.dim.names}
        )
        self.wanted = sizes_for(self.roots[1:])
        self.least = {**question.derivative.least, **least_sizes(node for e in self.roots for node in walk(e))}

    def sizes(self, rng: random.Random) -> Iterator[dict[str, int]]:
        """Sizes of points, so many that a polynomial in one of them cannot be zero at all."""
        count = max(EXACT_POINTS, self.wanted)
        least = max(self.least.values(), default=2)
        large = list(range(least, least + max(count, 4)))
        orders = {n: rng.sample(large, len(large)) for n in self.names}
        crowded = len(self.names) > 3
        for k in range(count):
            yield {
                n: orders[n][k] if self.wanted or not crowded else least + (orders[n][k] - least) % 4
                for n in self.names
            }

    def modulo(self) -> Decision:
        """By residues. Raises ArithmeticError where the formulas are not rational."""
        if self.wanted > LARGEST_SIZE_COUNT:
            raise NotExact("more sizes than are tried")
        rng, count = random.Random(5), 0
        for sizes in self.sizes(rng):
            at = ExactAt(self.question, Residue, residues(self.symbols, sizes, rng), sizes)
            mine, theirs = (exact(Residue, a) for a in self.pair(at))
            if any(x.n for x in np.ravel(mine - theirs)):
                return self.unequal("exact", count + 1, sizes)
            count += 1
        return Decision(True, "exact", count)

    def pair(self, at: At) -> tuple[Array, Array]:
        """The claim and its target at a point; the number 0 is any zero."""
        theirs = self.target.forms(at)[self.form]
        mine = at.value(self.claim)
        if isinstance(self.claim, Number) and not self.claim.value:
            return theirs * 0, theirs
        if mine.shape != theirs.shape:
            raise NotExact("shapes differ")
        return mine, theirs

    def unequal(self, how: str, count: int, sizes: Mapping[str, int]) -> Decision:
        """They differ in exact arithmetic: with how much of it floats show, at points of these sizes."""
        best: tuple[float, At | None] = 0.0, None
        for seed in range(4):
            at = point_of_sizes(self.question, self.symbols, sizes, self.roots[1:], seed)
            gap = self.float_gap(at) if at is not None else math.nan
            best = (gap, at) if gap > best[0] else best
        return Decision(False, how, count, gap=best[0], at=best[1])

    def float_gap(self, at: At) -> float:
        """The relative difference in floats; nan where it cannot be said."""
        try:
            mine, theirs = self.pair(at)
        except (GradproofError, ArithmeticError, np.linalg.LinAlgError):
            return math.nan
        size = max(largest(mine), largest(theirs))
        return largest(mine - theirs) / size if size else 0.0

    # -- many digits

    def to_digits(self, points: Sequence[At]) -> Decision:
        """At points of floats, taken exactly, on both sides of every kink."""
        if math.isinf(self.wanted) or self.wanted > LARGEST_SIZE_COUNT:
            return Decision(None, reason="sizes")
        found, unseen = all_sides(self.question, self.symbols, self.roots, points)
        if unseen:
            reason = "one-sided" if len(unseen) == 1 else "not-together" if len(unseen) <= MOST_PARTS else "many-kinks"
            return Decision(None, reason=reason, data={"part": unseen[0], "parts": ", ".join(e.ascii for e in unseen)})
        chosen = [*found, *self.of_more_sizes()]
        try:
            return self.at_all(chosen)
        except NoDigits:
            return self.in_floats(chosen)
        except (ArithmeticError, GradproofError, np.linalg.LinAlgError):
            return Decision(None, reason="lost")

    def at_all(self, points: Sequence[At]) -> Decision:
        """The comparison at these points; where all digits are lost, a point says nothing."""
        most = told = 0
        for count, at in enumerate(points, 1):
            precision = digits_for(self.roots, at)
            if precision > MOST_DIGITS:
                return Decision(None, reason="too-many-digits")
            most = max(most, precision)
            equal, gap = self.at_digits(at, precision)
            if equal is False:
                return Decision(False, "digits", count, precision, gap, at)
            told += equal is True
        return Decision(True, "digits", told, most) if told >= FEWEST else Decision(None, reason="lost")

    def at_digits(self, at: At, precision: int) -> tuple[bool | None, float]:
        """Whether they are equal there, or None for what is not known; and the relative difference."""
        with localcontext(Context(prec=precision, Emax=10**8, Emin=-(10**8))):
            there = ExactAt(self.question, Digits, digits(self.symbols, at.values), at.sizes)
            mine, theirs = (exact(Digits, a) for a in self.pair(there))
            difference = np.ravel(mine - theirs)
            size = max((abs(x.v) for a in (mine, theirs) for x in np.ravel(a)), default=Decimal(0))
            apart = max((abs(x.v) for x in difference if not x.zero), default=Decimal(0))
            doubt = max((x.r for x in difference), default=Decimal(0))
            if apart:
                return False, float(min(apart / size, Decimal(2)))
            return (None if doubt > size.scaleb(-precision // 3) else True), 0.0

    def of_more_sizes(self) -> list[At]:
        """Further points, where a size stands in the formulas."""
        if self.wanted <= EXACT_POINTS:
            return []
        found = [
            point_of_sizes(self.question, self.symbols, sizes, self.roots[1:], k)
            for k, sizes in enumerate(self.sizes(random.Random(6)))
        ]
        return [at for at in found if at is not None]

    def in_floats(self, points: Sequence[At]) -> Decision:
        """Where an operation has no exact value: to rounding, at every point."""
        gaps = [self.float_gap(at) for at in points]
        gap, close = max(gaps, default=math.inf), bool(gaps) and all(g <= FLOAT_TOLERANCE for g in gaps)
        return Decision(True if close else None, "floats", len(points), gap=gap, reason="" if close else "rounding")
