"""A random function in little arrays, with all its derivatives: what a declared function is in a proof."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction

from gradproof.numeric.little import Algebra, Little
from gradproof.numeric.plans import Flat, Shape
from gradproof.numeric.ring import Scalar
from gradproof.ops.series import sin
from gradproof.records import dataclass


@dataclass(frozen=True)
class Wave:
    """f(x, y, …) = c + C*wave(b + P*x + Q*y + …) on the entries of its arguments, with all its derivatives: a sine, or a power in exact arithmetic.

    `weights` gives a row of P for an argument's place, a hidden unit and a length.
    """

    shape: Shape
    constant: Flat
    columns: list[Flat]  # one for each hidden unit
    phases: Flat
    weights: Callable[[int, int, int], Flat]
    degree: int  # of the power
    entrywise: bool = False

    def value(self, algebra: Algebra, partials: Sequence[int], args: Sequence[Little]) -> Little:
        """The derivative by these arguments: their axes, then those of the value."""
        if self.entrywise:
            return self._of_entries(algebra, partials, args)
        flat = [algebra.reshape(a, (math.prod(a.shape),)) for a in args]
        shape = (*(n for p in partials for n in args[p].shape), *self.shape)
        total = [(1, algebra.constant(self.shape, self.constant))] if not partials else []
        for h, (column, phase) in enumerate(zip(self.columns, self.phases, strict=True)):
            rows = [algebra.constant(a.shape, self.weights(k, h, a.shape[0])) for k, a in enumerate(flat)]
            angle = [(1, algebra.contract(w, a, "i,i->")) for w, a in zip(rows, flat, strict=True)]
            term = self._wave(algebra, algebra.combine([(1, algebra.constant((), [phase])), *angle], ()), len(partials))
            for p in partials:
                term = algebra.contract(algebra.reshape(term, (math.prod(term.shape),)), rows[p], "i,j->ij")
            flat_column = algebra.constant((len(column),), column)
            term = algebra.contract(algebra.reshape(term, (math.prod(term.shape),)), flat_column, "i,j->ij")
            total.append((1, algebra.reshape(term, shape)))
        return algebra.combine(total, shape)

    def _of_entries(self, algebra: Algebra, partials: Sequence[int], args: Sequence[Little]) -> Little:
        """The same wave of each entry by itself."""
        shape = max((a.shape for a in args), key=len)
        terms: list[tuple[Scalar, Little]] = [] if partials else [(1, algebra.constant((), self.constant))]
        for h, (column, phase) in enumerate(zip(self.columns, self.phases, strict=True)):
            rows = [self.weights(k, h, 1)[0] for k in range(len(args))]
            angle = algebra.combine([(1, algebra.constant((), [phase])), *zip(rows, args, strict=True)], shape)
            wave = self._wave(algebra, angle, len(partials))
            terms.append((column[0] * math.prod(rows[p] for p in partials), wave))
        return algebra.combine(terms, shape)

    def _wave(self, algebra: Algebra, angle: Little, times: int) -> Little:
        if not algebra.ring.exact:
            return algebra.apply(angle, lambda x, k: sin(x + times * math.pi / 2, k))
        falling = math.perm(self.degree, times)
        return algebra.combine([(falling, algebra.power(angle, Fraction(self.degree - times)))], angle.shape)
