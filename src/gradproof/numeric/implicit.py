"""The values of variables that are defined by an equation, on little arrays of power series: by Newton's method, first for the entries, then for the series."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gradproof.errors import DomainError
from gradproof.notation.expr import Expr, Symbol
from gradproof.numeric.little import Algebra, Little
from gradproof.numeric.plans import Flat
from gradproof.numeric.small import ReadyFormula
from gradproof.numeric.wave import Wave
from gradproof.say import say
from gradproof.shapes.dims import Sizes

STEPS = 40
NEAR = 1e-13
SOLVED = 1e-6  # how far the equation of a given variable may be from zero


class Defined:
    """A variable and its equation, made ready to be solved many times."""

    def __init__(self, of: Symbol, zero: Expr):
        self.name, self.program = of.name, ReadyFormula(zero)

    def solved(
        self,
        algebra: Algebra,
        values: Mapping[str, Little],
        sizes: Sizes,
        functions: Mapping[str, Wave],
    ) -> Little:
        """Its value, from what stands in `values` under its name. Raises DomainError where Newton's method does not find it."""
        plain = Algebra(algebra.ring)
        still = {name: plain.constant(v.shape, list(v.value)) for name, v in values.items()}
        for _ in range(STEPS):
            step = self._step(plain, still, sizes, functions)
            x = still[self.name]
            still[self.name] = plain.combine([(1, x), (-1, step)], x.shape)
            if _largest(step.value) <= NEAR * max(1.0, _largest(x.value)):
                break
        else:
            raise DomainError(say("no solution was found for {name}", name=self.name))
        x = algebra.constant(still[self.name].shape, list(still[self.name].value))
        inverse = self._inverse(plain, still, sizes, functions)
        for _ in range(algebra.total + 1):
            rest = self.program.run(algebra, {**values, self.name: x}, sizes, functions)[-1]
            x = algebra.combine([(1, x), (-1, _times(algebra, inverse, rest))], x.shape)
        return x

    def _step(
        self, plain: Algebra, values: Mapping[str, Little], sizes: Sizes, functions: Mapping[str, Wave]
    ) -> Little:
        rest = self.program.run(plain, values, sizes, functions)[-1]
        return _times(plain, self._inverse(plain, values, sizes, functions), rest)

    def _inverse(
        self, plain: Algebra, values: Mapping[str, Little], sizes: Sizes, functions: Mapping[str, Wave]
    ) -> Little:
        """The inverse of the Jacobian of the equation by the variable."""
        dual, x = Algebra(plain.ring, (1,)), values[self.name]
        n = len(x.value)
        columns: list[Flat] = []
        still = {name: dual.constant(v.shape, list(v.value)) for name, v in values.items()}
        for k in range(n):
            moved = dual.moved(x.shape, list(x.value), {0: [float(j == k) for j in range(n)]})
            found = self.program.run(dual, {**still, self.name: moved}, sizes, functions)[-1]
            columns.append(found.parts[1] or [0.0] * n)
        return plain.inverse(plain.constant((n, n), [columns[j][i] for i in range(n) for j in range(n)]))


def _times(algebra: Algebra, inverse: Little, rest: Little) -> Little:
    """A matrix of numbers times a vector, or a number."""
    n = len(rest.value)
    matrix = algebra.constant((n, n), list(inverse.value))
    return algebra.reshape(algebra.contract(matrix, algebra.reshape(rest, (n,)), "ij,j->i"), rest.shape)


def _largest(flat: Flat) -> float:
    return max((abs(x) for x in flat), default=0.0)


def all_solved(
    defined: Sequence[Defined],
    algebra: Algebra,
    values: Mapping[str, Little],
    sizes: Sizes,
    functions: Mapping[str, Wave],
) -> dict[str, Little]:
    """The values with those of all defined variables, each of which depends only on later ones."""
    found = dict(values)
    for d in reversed(defined):
        found[d.name] = d.solved(algebra, found, sizes, functions)
    return found


def solved(equations: Iterable[tuple[Symbol, Expr]], values: Mapping[str, Any], np: Any) -> None:
    """Raises DomainError where a variable does not have the value that its equation gives it."""
    for x, zero in equations:
        rest, scale = np.abs(zero.evaluate(values)).max(initial=0), np.abs(values[x.name]).max(initial=0)
        if not rest <= SOLVED * (1 + scale):
            raise DomainError(say("{name} does not have the value that its equation gives it", name=x.name))
