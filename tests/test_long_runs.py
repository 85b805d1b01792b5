"""Long runs of one character, or of one beginning, are answered or refused within the budget, wherever they are read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import gradproof as gp
from long_runs import FEW

SCRIPT = Path(__file__).parent / "long_runs.py"


def _ran(ask: str, length: int, *runs: str) -> str:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), ask, str(length), *runs], capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("ask", ["parse", "claim", "where"])
def test_long_runs_are_answered_or_refused(ask: str) -> None:
    assert _ran(ask, 20_000, " ", "\n", "[", "x^{", ";") == ""


@pytest.mark.long
@pytest.mark.parametrize("ask", ["parse", "parse_latex", "claim", "where"])
def test_more_long_runs_are_answered_or_refused(ask: str) -> None:
    """All of them, through every function that reads, take an hour: `python tests/long_runs.py ASK LENGTH`."""
    assert _ran(ask, 10_000, *FEW) == ""


def test_a_long_run_of_blanks_moves_no_place() -> None:
    """What is said of a text names places in it as it was typed, however many blanks stand before them."""
    text = "x" + " " * 1000 + "+ y" + "\n" * 300 + "+ z)"
    with pytest.raises(gp.ParseError) as caught:
        gp.parse(text)
    assert caught.value.text == text
    assert caught.value.span == (len(text) - 1, len(text))
    read = gp.parse(" " * 1000 + "1 + x", "x: vector n").reading
    assert read.text.endswith("  1 + x")
    assert [read.text[slice(*n.span)] for n in read.notes if n.span] == ["1 + x"]


def test_blanks_change_no_value() -> None:
    where = "A: matrix n n; x: vector n"
    far = "x'*A" + " \n " * 5000 + "*x"
    assert gp.parse(far, where) is gp.parse("x'*A*x", where)
    assert str(gp.derive("x'*A*x" + " " * 50_000, "x", where)) == str(gp.derive("x'*A*x", "x", where))
