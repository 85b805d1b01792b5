"""Random arrays."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Any

from gradproof.numeric.bare.array import Array, as_array

Size = int | Sequence[int] | None


class Generator:
    """Random numbers and arrays; the same ones for the same seed, everywhere."""

    def __init__(self, seed: int | Sequence[int]):
        self._rng = random.Random(str(seed))

    def _drawn(self, one: Callable[[], Any], size: Size) -> Any:
        if size is None:
            return one()
        shape = (size,) if isinstance(size, int) else tuple(size)
        return Array(shape, [one() for _ in range(math.prod(shape))])

    def uniform(self, low: float = 0.0, high: float = 1.0, size: Size = None) -> Any:
        return self._drawn(lambda: self._rng.uniform(low, high), size)

    def normal(self, size: Size = None) -> Any:
        return self._drawn(lambda: self._rng.gauss(0.0, 1.0), size)

    def integers(self, low: int, high: int | None = None, size: Size = None) -> Any:
        first, last = (0, low) if high is None else (low, high)
        return self._drawn(lambda: self._rng.randrange(first, last), size)

    def choice(self, values: Sequence[Any], size: Size = None) -> Any:
        return self._drawn(lambda: self._rng.choice(values), size)

    def permutation(self, values: Any) -> list[Any]:
        flat = list(as_array(values).flat)
        self._rng.shuffle(flat)
        return flat


default_rng = Generator
