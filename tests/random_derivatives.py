"""Derivatives of random formulas with a point inside their domain, and the value there: what compiled code is compared with."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

import gradproof as gp
import random_formulas
from gradproof.numeric import sample

LARGEST = 1e6  # of the values that are compared


Problem = tuple[gp.Derivative, dict[str, Any], Any]


def random_derivatives(seeds: Iterable[int]) -> Iterator[Problem]:
    """First derivatives of all shapes and second ones of scalars; without those for which no point was found."""
    yield from filter(None, map(random_derivative, seeds))


@functools.cache  # several targets ask for the same
def random_derivative(seed: int) -> Problem | None:
    e = random_formulas.formula(seed, depth=3 + seed % 4)
    if not e.variables:
        return None
    d = gp.derive(e, wrt=[e.variables[seed % len(e.variables)].name] * (1 + (e.type.kind == "s" and seed % 2)))
    try:
        values = sample.point(e, d.symbols.values(), d.functions.values(), np.random.default_rng(seed))
        expected = d.evaluate(values)
    except gp.GradproofError:  # no point inside the domain, or a singular matrix on the way
        return None
    usable = np.all(np.isfinite(expected)) and np.max(np.abs(expected), initial=0) < LARGEST
    return (d, values, expected) if usable else None
