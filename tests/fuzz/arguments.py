"""Arguments of every type that people hand to a compiled function."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import numpy as np

Convert = Callable[[np.ndarray], object]


class Subclass(np.ndarray):
    """An array that multiplies as a matrix does where an array would not."""

    def __mul__(self, other: object) -> np.ndarray:
        return np.asarray(self) @ np.asarray(other)


def _strided(a: np.ndarray) -> np.ndarray:
    wide = np.full(tuple(2 * n for n in a.shape), np.nan)
    wide[tuple(slice(None, None, 2) for _ in a.shape)] = a
    return wide[tuple(slice(None, None, 2) for _ in a.shape)]


def _frozen(a: np.ndarray) -> np.ndarray:
    b = a.copy()
    b.flags.writeable = False
    return b


def _pandas(a: np.ndarray) -> object:
    import pandas as pd

    shuffled = list(range(len(a)))[::-1]
    return pd.Series(a, index=shuffled) if a.ndim == 1 else pd.DataFrame(a, index=shuffled)


def _sparse(a: np.ndarray) -> object:
    import scipy.sparse as sp

    return sp.csr_matrix(a) if a.ndim == 2 else a


TYPES: dict[str, Convert] = {
    "arrays": lambda a: a,
    "lists": lambda a: a.tolist(),
    "tuples": lambda a: tuple(map(tuple, a)) if a.ndim == 2 else tuple(a),
    "matrix": lambda a: np.matrix(a) if a.ndim == 2 else a,
    "masked": lambda a: np.ma.masked_array(a),
    "pandas": _pandas,
    "sparse": _sparse,
    "subclass": lambda a: a.view(Subclass),
    "Fortran": np.asfortranarray,
    "strided": _strided,
    "read only": _frozen,
    "single": lambda a: a.astype(np.float32),
    "objects": lambda a: a.astype(object),
    "big-endian": lambda a: a.astype(">f8"),
}


def variants(values: dict[str, object], rng: random.Random) -> Iterator[tuple[str, dict[str, object]]]:
    """The values as arrays, as three other types in turn, and as arrays again."""
    names = rng.sample([n for n in TYPES if n != "arrays"], 3)
    for name in ("arrays", *names, "arrays"):
        convert = TYPES[name]
        yield name, {k: convert(v) if isinstance(v, np.ndarray) else v for k, v in values.items()}
