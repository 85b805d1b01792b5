"""All identities of the corpus, derived by gradproof and held against the independent NumPy value of the derivative.

An entry is right, wrong, refused (a gradproof error), or a crash (anything else). Nothing may be wrong or crash; what is refused
needs a feature of `LATER` or stands in `GAPS` with its reason.
"""

from __future__ import annotations

import functools
import math
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import corpus_sampling
import gradproof as gp
from corpus_entries import ENTRIES, Entry, ask, declaration, declarations

SEEDS = (0, 1)
TOLERANCE = 1e-6

# needs that are later work: an entry with one of them may be refused
LATER = {
    "structured", "complex", "matrix-function", "eig", "pseudo-inverse", "symbolic-integer-power", "product-reduction", "index-sum",
}  # fmt: skip
# other entries that may be refused: id -> reason
GAPS: dict[str, str] = {}
# how many, of the entries that need nothing later, must be right
RATES = {"plain": 0.97, "higher-order-tensor": 0.90, "abstract-function": 0.90, "differential": 0.90, "adjugate": 0.90}
LENGTH = 1.15  # the printed result against the book's, in characters; the median

_COMPLEX_FACTOR = {"i*im": 1j, "gradient": 2}  # the identity is this times the derivative


@dataclass(frozen=True)
class Outcome:
    """What became of one entry; `verified` and `length` only where it is right."""

    kind: str
    why: str = ""
    verified: bool | None = None
    length: float | None = None


def errors(answer: Any, entry: Entry, seed: int) -> Iterator[float]:
    """The relative errors at one random point: of the answer's value, and of what is printed, read back and evaluated."""
    values = corpus_sampling.draw(entry, seed)
    expected = corpus_sampling.reference(entry["numpy_expected"])(values)
    after = corpus_sampling.reference(entry["numpy_post"]) if entry.get("numpy_post") else lambda given: given["D"]
    found = np.asarray(answer.evaluate(values))
    times = _COMPLEX_FACTOR.get(entry.get("complex_mode", ""), 1)
    yield distance(after({**values, "D": found * times}), expected)
    result = answer if isinstance(answer, gp.Expr) else answer.result
    if isinstance(result, gp.Expr):
        where = {**declarations(entry), **{f"d{name}": declaration(entry["vars"][name]) for name in entry["wrt"]}}
        printed = gp.parse(result.ascii, where=where).evaluate(values)
        yield distance(printed, found if found.ndim <= 2 else stacked(found, entry))


def stacked(value: np.ndarray, entry: Entry) -> np.ndarray:
    """A derivative of more than two axes as a matrix: rows vec(first variable), columns vec of the other axes, column by column."""
    first = len(entry["vars"][entry["wrt"][0]]["shape"])
    rows, columns = value.shape[:first], value.shape[first:]
    return value.transpose(*reversed(range(first)), *reversed(range(first, value.ndim))).reshape(
        math.prod(rows), math.prod(columns)
    )


def distance(found: Any, expected: np.ndarray) -> float:
    """The relative error; infinity where the shapes differ by more than axes of length one, or a value is not finite."""
    a, b = np.squeeze(found), np.squeeze(expected)
    if a.shape != b.shape or not np.all(np.isfinite(a)):
        return math.inf
    size = float(np.max(np.abs(b)))
    return float(np.max(np.abs(a - b))) / (size if size > 1e-8 else 1.0)


@functools.cache
def outcome(name: str) -> Outcome:
    """Derive one entry and judge it."""
    entry = ENTRIES[name]
    try:
        answer = ask(entry)
        error = max(error for seed in SEEDS for error in errors(answer, entry, seed))
        result = (answer if isinstance(answer, gp.Expr) else answer.result).ascii
        if error > TOLERANCE:
            return Outcome("wrong", f"relative error {error:.2g}: {result[:200]}")
        verified = None if isinstance(answer, gp.Expr) else bool(answer.verify(seed=1).ok)
        printed = entry.get("expected")
        return Outcome(
            "right", result, verified, len(result.replace(" ", "")) / len(printed.replace(" ", "")) if printed else None
        )
    except gp.GradproofError as e:
        return Outcome("refused", f"{type(e).__name__}: {e.message}")
    except Exception as e:  # anything else is a crash, and counted
        return Outcome("crash", f"{type(e).__name__}: {e}")


def needs(entry: Entry) -> set[str]:
    """What the entry needs beyond real, explicit formulas of order two; "plain" for nothing."""
    return set(entry.get("needs", ["plain"]))


@pytest.mark.parametrize("name", ENTRIES)
def test_entry(name: str) -> None:
    entry, found = ENTRIES[name], outcome(name)
    told = f"{found.kind}: d({entry['expr']})/d{entry['wrt']}: {found.why}"
    if found.kind == "refused":
        assert needs(entry) & LATER or name in GAPS, told
    else:
        assert found.kind == "right", told
        assert found.verified is not False, (
            f"right, but verify() did not agree: d({entry['expr']})/d{entry['wrt']} = {found.why}"
        )
        assert name not in GAPS, "no gap any more"


@pytest.mark.parametrize("need", RATES)
def test_rate(need: str) -> None:
    kinds = {name: outcome(name).kind for name, e in ENTRIES.items() if need in needs(e) and not needs(e) & LATER}
    right = sum(kind == "right" for kind in kinds.values())
    assert right >= RATES[need] * len(kinds), {name: kind for name, kind in kinds.items() if kind != "right"}


def test_results_are_as_short_as_in_the_books() -> None:
    lengths = [length for name in ENTRIES if (length := outcome(name).length) is not None]
    assert statistics.median(lengths) <= LENGTH


def test_a_wrong_answer_is_seen() -> None:
    entry = {**ENTRIES["wiki-vv-04"], "numpy_expected": "lambda A: 1.001 * A"}
    assert next(errors(ask(entry), entry, 0)) == pytest.approx(0.001, rel=0.01)
