"""Errors of public functions show the line where they were called, and at most the frame of the border, none of the frames within."""

from __future__ import annotations

import subprocess
import sys
import traceback

import pytest

import gradproof as gp

CALLS = {
    "parse": lambda: gp.parse("A*x + + b)"),
    "parse_latex": lambda: gp.parse_latex(r"\frac{1}{"),
    "derive": lambda: gp.derive("x'*A*y + 1)", wrt="x"),
    "gradient": lambda: gp.gradient("A*x", wrt="x"),
    "jacobian": lambda: gp.jacobian("x'*x", wrt="x"),
    "hessian": lambda: gp.hessian("A*x", wrt="x"),
    "differential": lambda: gp.differential("x'*", wrt="x"),
    "check": lambda: gp.check("x'*x", wrt="x", claim="2*("),
    "from_function": lambda: gp.from_function(lambda x: x > 0),
    "from_sympy": lambda: gp.from_sympy("x"),
    "numpy": lambda: gp.parse("np.where(x)", notation="numpy"),
    "where": lambda: gp.parse("x", where="x: banana"),
}


@pytest.mark.parametrize("name", CALLS)
def test_no_frames_within(name: str) -> None:
    with pytest.raises(gp.GradproofError) as caught:
        CALLS[name]()
    frames = [f.filename for f in traceback.extract_tb(caught.value.__traceback__)]
    assert len([f for f in frames if "gradproof" in f and "tests" not in f]) <= 1, frames
    assert caught.value.__context__ is None or caught.value.__suppress_context__


def test_the_last_lines_are_the_caret_and_the_hint() -> None:
    """What a notebook shows: it formats the traceback with the standard library's pieces, as the interpreter does."""
    code = "import gradproof as gp\ngp.derive('2*(x + y', wrt='x')"
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    ).stderr.splitlines()
    assert len([line for line in shown if line.lstrip().startswith("File ")]) <= 2
    assert shown[-3:] == ["  2*(x + y", "    ^", "hint: a ')' is missing"]
