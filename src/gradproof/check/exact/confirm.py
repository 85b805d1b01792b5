"""A derivative held against differences of its formula, in so many digits that their error does not matter.

For what the usual verification cannot say, or refutes because of rounding: a sigmoid that is one to sixteen digits has a derivative all the same.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from functools import reduce
from typing import Any

from gradproof.check.exact.decide import MOST_DIGITS, ExactAt
from gradproof.check.exact.draw import digits
from gradproof.check.exact.scale import digits_for
from gradproof.check.points import Array, At, Question
from gradproof.errors import GradproofError
from gradproof.exact.scalars import Digits, NotExact
from gradproof.exact.values import exact
from gradproof.notation.expr import Expr
from gradproof.numeric import bare as np
from gradproof.numeric.report import Report, undecided
from gradproof.say import NOTHING, quoted, say

METHOD = "differences of many digits"
STEP, AGREE, POINTS = 40, 25, 3  # digits: of the step, of the agreement that is wanted


def confirmed(question: Question, points: Sequence[At]) -> Report:
    """The derivative and the formula's differences along random directions, at these points."""
    worst = Decimal(0)
    try:
        for at in points[:POINTS]:
            found = _apart(question, at)
            if found is None:
                return undecided(say("too many digits would be needed"))
            worst = max(worst, found)
    except (ArithmeticError, GradproofError, np.linalg.LinAlgError) as error:
        return undecided(quoted(error))
    ok = worst < Decimal(10) ** -AGREE
    reason = NOTHING if ok else say("it differs from {method} by {gap:.0e}", method=METHOD, gap=float(worst))
    return Report(ok, float(worst), len(points[:POINTS]), METHOD, reason)


def _apart(question: Question, at: At) -> Decimal | None:
    """The relative difference at a point."""
    wrt = question.derivative.wrt
    if question.derivative.parts:
        raise NotExact("a part of a variable")
    needed = digits_for([question.expression], at) + len(wrt) * 3 * STEP
    if needed > MOST_DIGITS:
        return None
    with localcontext(Context(prec=needed, Emax=10**8, Emin=-(10**8))):
        values = digits(question.symbols.values(), at.values)
        rng = random.Random(9)
        moves = [_direction(values[name], rng) for name in wrt]
        step = Digits.of(Fraction(1, 10**STEP))
        total: Any = None
        for signs in itertools.product((1, -1), repeat=len(wrt)):
            moved = dict(values)
            for sign, name, move in zip(signs, wrt, moves, strict=True):
                moved[name] = moved[name] + move * step * sign
            there = ExactAt(question, Digits, moved, at.sizes)
            term = np.asarray(there.exact.formula(question.expression)) * reduce(lambda a, b: a * b, signs)
            total = term if total is None else total + term
        size = Digits.of(Fraction(10**STEP, 2)).power(Fraction(len(wrt)))
        differences = np.ravel(np.asarray(exact(Digits, np.asarray(total) * size)))
        here = ExactAt(question, Digits, values, at.sizes)
        if (printed := _misprint(question, here)) > Decimal(10) ** -AGREE:
            return printed
        derivative = here.derivative
        for move in moves:
            axes = range(np.ndim(move))
            derivative = np.tensordot(move, derivative, (axes, axes)) if np.ndim(move) else derivative * move
        closed = np.ravel(np.asarray(exact(Digits, derivative)))
        gap = max((abs(a.v - b.v) for a, b in zip(differences, closed, strict=True)), default=Decimal(0))
        largest = max((abs(x.v) for x in (*differences, *closed)), default=Decimal(0))
        return gap / largest if largest else Decimal(0)


def _misprint(question: Question, here: ExactAt) -> Decimal:
    """How far the printed formula is from the derivative, by its largest entry."""
    result = question.correct.result
    if not isinstance(result, Expr):
        return Decimal(0)
    wanted, printed = (exact(Digits, a) for a in (next(iter(here.forms.values())), here.value(result)))
    if wanted.shape != printed.shape:
        return Decimal(1)
    largest = max((abs(x.v) for a in (wanted, printed) for x in np.ravel(a)), default=Decimal(0))
    gap = max((abs(x.v) for x in np.ravel(wanted - printed)), default=Decimal(0))
    return gap / largest if largest else Decimal(0)


def _direction(value: Array, rng: random.Random) -> Array:
    """A random direction of the shape of a value, all entries free."""
    a = np.asarray(value)
    made = [Digits.of(Fraction(rng.randint(-40, 40) or 7, 64)) for _ in a.flat]
    return np.Array(a.shape, made) if a.ndim else made[0]
