"""gradproof's derivatives of the corpus, and when two arrays count as equal; for tests that compare compiled code with them."""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import numpy as np

import corpus_sampling
import gradproof as gp
from corpus_entries import ENTRIES, ask
from gradproof.notation.expr import Call, walk


@functools.cache
def answered() -> dict[str, gp.Derivative]:
    """The derivative of every entry that is one and is not refused (tests/test_corpus.py holds which those are), of real variables: code of complex
    ones is refused.
    """
    found = {}
    for name, entry in ENTRIES.items():
        if any(spec.get("field") == "complex" for spec in entry["vars"].values()):
            continue
        try:
            d = ask(entry)
        except gp.GradproofError:
            continue
        if isinstance(d, gp.Derivative):
            found[name] = d
    return found


class At(NamedTuple):
    """A point, with the values of a derivative and of its formula there."""

    values: dict[str, Any]
    derivative: Any
    value: Any


@functools.cache  # every target asks for them
def at_a_point(name: str) -> At:
    """What `evaluate` gives for an entry at its first random point."""
    d, values = answered()[name], corpus_sampling.draw(ENTRIES[name], 0)
    return At(values, d.evaluate(values), d.expression.evaluate(values))


def of_matrix_functions(d: gp.Derivative) -> bool:
    """Whether a formula has functions or spectra of matrices, or a power of a matrix by a letter."""
    if any("integer" in s.facts for s in d.symbols.values()):
        return True
    own = {e.op for e in walk(d.expression) if isinstance(e, Call)}
    return any(op.kernel is not None and op.name not in ("inv", "det") for op in own)


def close(found: Any, expected: Any, tolerance: float) -> bool:
    """Equal in shape, and in value relative to the largest entry; never where one is not a number."""
    a, b = np.asarray(found), np.asarray(expected)
    return a.shape == b.shape and bool(
        np.max(np.abs(a - b), initial=0) <= tolerance * max(float(np.max(np.abs(b), initial=0)), 1e-8)
    )
