"""MATLAB sources, run by Octave on the whole corpus."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import corpus_sampling
import gradproof as gp
from corpus_answers import answered, close
from corpus_entries import ENTRIES

OCTAVE = shutil.which("octave-cli") or shutil.which("octave")


def literal(value: Any) -> str:
    """A value as MATLAB writes it: a vector is a column."""
    a = np.atleast_1d(np.asarray(value, float))
    rows = a[:, None] if a.ndim == 1 else a
    return "[" + "; ".join(" ".join(repr(float(x)) for x in row) for row in rows) + "]"


def written(folder: Path) -> dict[str, tuple[Any, Any]]:
    """A function file for each entry, and a script that prints all; the values and derivatives that are expected, by name."""
    lines, expected = [], {}
    for k, (name, d) in enumerate(answered().items()):
        if d.functions:
            continue
        values = corpus_sampling.draw(ENTRIES[name], 0)
        try:
            source = d.compile("matlab", value=True).source
        except gp.UnsupportedError:  # by the name of the operation: tests/test_targets_operations.py
            continue
        head = re.match(r"function \[value, D\] = (\w+)\((.*)\)\n", source)
        assert head
        (folder / f"f{k}.m").write_text(source.replace(f"= {head[1]}(", f"= f{k}(", 1), encoding="utf-8")
        given = ", ".join(literal(values[n]) for n in head[2].split(", ") if n)
        lines.append(
            f"[v, D] = f{k}({given}); printf('{name}\\n'); printf('%.17g ', v); printf('\\n'); printf('%.17g ', D); printf('\\n');"
        )
        expected[name] = d.expression.evaluate(values), d.evaluate(values)
    (folder / "run_all.m").write_text("\n".join(lines), encoding="utf-8")
    return expected


@pytest.mark.skipif(not OCTAVE, reason="Octave is not installed")
@pytest.mark.parametrize("text", ["tr((A*X)^16)", "tr((A*X)^6*B)", "tr(expm(X*A)*C)"])
def test_functions_of_matrices_along_a_direction(text: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    given = {
        "A": rng.normal(size=(3, 2)),
        "B": rng.normal(size=(3, 3)),
        "C": rng.normal(size=(2, 2)),
        "X": rng.normal(size=(2, 3)),
    }
    d = gp.derive(text, "X")
    source = d.compile("matlab").source
    head = re.match(r"function D = (\w+)\((.*)\)\n", source)
    assert head
    (tmp_path / f"{head[1]}.m").write_text(source, encoding="utf-8")
    asked = f"printf('%.17g ', {head[1]}({', '.join(literal(given[n]) for n in head[2].split(', '))}))"
    shown = subprocess.run(
        [str(OCTAVE), "--norc", "-q", "--eval", asked], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    wanted = d.evaluate({n: given[n] for n in head[2].split(", ")})
    np.testing.assert_allclose(np.array(shown.stdout.split(), float).reshape(3, 2).T, wanted, rtol=1e-12)


@pytest.mark.skipif(not OCTAVE, reason="Octave is not installed")
@pytest.mark.parametrize(
    ("text", "wrt", "given", "wanted"),
    [
        ("prod(1 + x.^2)", "x", {"x": [1.0, 2.0]}, [10.0, 8.0]),
        ("max(a)*x", "x", {"a": [1.0, 3.0], "x": [0.0]}, [3.0]),
        ("x*y'", "y", {"x": [2.0], "y": [1.0, 4.0]}, [2.0, 0.0, 0.0, 2.0]),
        ("A*x", "A", {"A": [[1.0, 2.0]], "x": [3.0, 4.0]}, [3.0, 4.0]),
    ],
)
def test_reductions_and_axes_of_length_one(
    text: str, wrt: str, given: dict[str, Any], wanted: list[float], tmp_path: Path
) -> None:
    """A vector is no array of one size there, and a row that is picked from by a column is a row."""
    source = gp.derive(text, wrt, "x: vector n; y: vector m; a: vector k; A: matrix m n").compile("matlab").source
    head = re.match(r"function D = (\w+)\((.*)\)\n", source)
    assert head
    (tmp_path / f"{head[1]}.m").write_text(source, encoding="utf-8")
    sizes = {"n": "1", "m": "2", "k": "2"}
    called = ", ".join(literal(given[n]) if n in given else sizes[n] for n in head[2].split(", "))
    shown = subprocess.run(
        [str(OCTAVE), "--norc", "-q", "--eval", f"printf('%.17g ', {head[1]}({called}))"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert [float(x) for x in shown.stdout.split()] == wanted


@pytest.mark.parametrize("target", ["matlab", "julia"])
def test_stacks_of_matrices_are_refused(target: Any) -> None:
    with pytest.raises(gp.UnsupportedError, match="of stacks of matrices"):
        _ = gp.derive("expm(X)", "X").compile(target).source


@pytest.mark.skipif(not OCTAVE, reason="Octave is not installed")
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_corpus(tmp_path: Path) -> None:
    expected = written(tmp_path)
    shown = subprocess.run(
        [str(OCTAVE), "--norc", "-q", "run_all.m"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    lines = shown.stdout.splitlines()
    assert lines[::3] == list(expected), shown.stderr
    wrong = []
    for name, *printed in zip(lines[::3], lines[1::3], lines[2::3], strict=True):
        for text, value in zip(printed, expected[name], strict=True):
            found, wanted = np.array([float(x) for x in text.split()]), np.asarray(value).ravel("F")
            if not close(found, wanted, 1e-8):
                wrong.append(name)
    assert not wrong


def test_source() -> None:
    d = gp.derive("norm2(X*w - y)^2", wrt="w")
    lines = d.compile("matlab").source.splitlines()
    assert lines[0] == "function D = gradient(X, w, y)"
    assert lines[-2:] == ["    D = 2 * (X.' * (X * w - y));", "end"]
    with pytest.raises(gp.UnsupportedError):
        d.compile("matlab")(X=1)
