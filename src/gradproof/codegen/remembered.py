"""Arrays that were held against declared facts: a matrix that has not changed since is not tested again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gradproof.facts import FACTS
from gradproof.notation.expr import Symbol
from gradproof.numeric.arrays import testable
from gradproof.records import dataclass

SIGNS = {
    fact.name: int(fact.bounds.positive) for fact in FACTS if fact.sign
}  # facts that are tested each time, as they cost less than to remember: 1 is strict
EXACT = frozenset(
    fact.name for fact in FACTS if fact.whole and fact.on == "any"
)  # facts of a matrix in which no rounding is forgiven


@dataclass(frozen=True, slots=True)
class Seen:
    """A tested array: a vector itself; of a matrix its product with random weights, in which a change of any entry beyond rounding shows."""

    like: tuple[Any, ...]  # shape and kind of numbers
    weights: Any  # None for a vector
    mark: Any


class Remembered:
    """What was tested last, for each variable with facts."""

    def __init__(self, symbols: Sequence[Symbol]):
        self._seen: dict[str, Seen] = {}
        self._tests: list[tuple[str, int, bool]] = []  # the name, what sign it has (-1: none), whether it is remembered
        self.possible = True
        for s in symbols:
            facts = testable(s)
            others = [f for f in facts if f not in SIGNS]
            sign = max((SIGNS[f] for f in facts if f in SIGNS), default=-1)
            order = len(s.type.dims)
            self._tests.append((s.name, sign, bool(others)))
            self.possible &= not others or order == 1 or (order == 2 and not EXACT.intersection(others))

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Whether all facts hold, as far as that is seen at once: signs, and matrices that were tested already."""
        if not self.possible:
            return False
        for name, sign, kept in self._tests:
            value = values[name]
            if sign >= 0 and not _signed(value, sign):
                return False
            if kept and not self._same(name, value):
                return False
        return True

    def note(self, values: Mapping[str, Any]) -> None:
        """Remembers arrays that have been tested."""
        import numpy as np  # numbers are needed only here

        for name, _, kept in self._tests if self.possible else ():
            value = values.get(name)
            if not kept or type(value) is not np.ndarray or value.dtype.kind != "f":
                continue
            weights = None if value.ndim == 1 else _weights(value.shape[1], value.dtype, np)
            mark = value.copy() if weights is None else value @ weights
            if np.isfinite(mark).all():
                self._seen[name] = Seen((value.shape, value.dtype), weights, mark)

    def _same(self, name: str, value: Any) -> bool:
        seen = self._seen.get(name)
        if seen is None or type(value) is not type(seen.mark) or (value.shape, value.dtype) != seen.like:
            return False
        now = value if seen.weights is None else value @ seen.weights
        return bool((now == seen.mark).all())


def _signed(value: Any, sign: int) -> bool:
    """Whether all entries are above zero (sign 1), or not below it; False where that is not seen at once."""
    least = value if isinstance(value, float | int) else value.min()
    return bool(least > 0 if sign else least >= 0)


def _weights(n: int, dtype: Any, np: Any) -> Any:
    return np.random.default_rng(0).uniform(1, 2, n).astype(dtype)
