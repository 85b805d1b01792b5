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
