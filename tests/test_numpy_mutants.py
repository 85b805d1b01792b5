"""A reader of NumPy source that drops an operand or a sign somewhere is caught: by the sources whose values NumPy knows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradproof as gp
from gradproof.notation.expr import Expr, call
from gradproof.parse.arrays import ARRAYS
from gradproof.records import replace
from test_numpy_source import SOURCES, VALUES, WHERE, computed, where_of

NAMES = where_of(WHERE)


def value(source: str) -> Any:
    read = gp.parse(source, where=NAMES, notation="numpy")
    names = {v.name for v in read.variables}
    return np.asarray(read.evaluate({k: v for k, v in VALUES.items() if k in names} | {"m": 4, "n": 3, "k": 2}))


def uses(monkeypatch: pytest.MonkeyPatch) -> dict[Any, list[str]]:
    """The sources that each operation of arrays stands in."""
    found: dict[Any, list[str]] = {op: [] for op in ARRAYS}
    now = [""]
    with monkeypatch.context() as patch:
        for op, array in ARRAYS.items():
            seen = lambda *args, op=op, built=array.built: (found[op].append(now[0]), built(*args))[1]  # noqa: E731
            patch.setitem(ARRAYS, op, replace(array, built=seen))
        for now[0] in SOURCES:
            gp.parse(now[0], where=NAMES, notation="numpy")
    return found


def mutated(*args: Expr) -> Expr:
    """The first operand alone, with another sign."""
    return call("neg", args[0])


def caught(source: str) -> bool:
    wanted = np.asarray(computed(source, VALUES))
    try:
        found = value(source)
    except Exception:
        return True
    return found.size != wanted.size or not np.allclose(found.ravel(), wanted.ravel())


def test_every_mutant_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    places = uses(monkeypatch)
    survived = []
    for op, sources in places.items():
        with monkeypatch.context() as patch:
            patch.setitem(ARRAYS, op, replace(ARRAYS[op], built=mutated))
            if sources and not any(caught(s) for s in dict.fromkeys(sources)):
                survived.append(op.name)
    assert not survived
    assert sum(bool(s) for s in places.values()) > 45
