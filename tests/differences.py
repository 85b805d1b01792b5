"""Derivatives of a NumPy function by complex step and central differences: right values that owe nothing to gradproof."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

Function = Callable[..., Any]


def derivative(f: Function, wrt: Sequence[str], values: Mapping[str, Any], step: float = 2e-3) -> np.ndarray:
    """The derivative by several variables in turn, the axes of the first variable first. `f` must be analytic and take arrays by name.

    The last variable is moved along the imaginary axis, the others by central differences of fourth order.
    """
    first, *others = wrt
    if others:
        return _moved(lambda v: derivative(f, others, v, step), first, values, step)
    return _moved(lambda v: np.imag(f(**v)) / 1e-30, first, values, None)


def _moved(
    g: Callable[[Mapping[str, Any]], Any], name: str, values: Mapping[str, Any], step: float | None
) -> np.ndarray:
    point = np.asarray(values[name], dtype=float)
    found = []
    for i in np.ndindex(point.shape):
        unit = np.zeros(point.shape)
        unit[i] = 1.0

        def at(h: complex, unit: np.ndarray = unit) -> Any:
            return np.asarray(g({**values, name: point + h * unit}))

        if step is None:
            found.append(at(1e-30j))
        else:
            found.append((8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step))
    return np.reshape(np.array(found), point.shape + np.shape(found[0]))
