"""The progress line: what it says, when it is shown, and where."""

from __future__ import annotations

import io
import sys

import numpy as np
import pytest

import gradproof as gp
from gradproof.codegen.rows import progress
from gradproof.codegen.rows.progress import Bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_line() -> None:
    clock = Clock()
    bar = Bar("rows", 4_000_000, Terminal(), clock)
    bar.done, clock.now = 1_000_000, 20.0
    assert bar.text(clock.now) == "rows  [######------------------]  1,000,000 of 4,000,000  25%  50,000/s  1 min left"
    bar.done = 4_000_000
    assert bar.text(clock.now) == "rows  [########################]  4,000,000 of 4,000,000  100%  200,000/s  20 s"


def test_the_line_without_a_total() -> None:
    bar = Bar("blocks", None, Terminal(), Clock())
    bar.done = 50
    assert bar.text(100.0) == "blocks  50  0/s  2 min"
    assert bar.text(7300.0).endswith("2 h 2 min")


def test_on_a_terminal_the_line_is_renewed_after_a_while() -> None:
    clock, stream = Clock(), Terminal()
    bar = Bar("rows", 100, stream, clock)
    for _ in range(100):
        clock.now += 0.02
        bar.add(1)
    bar.close()
    shown = stream.getvalue()
    assert 10 < shown.count("\r") < 20  # after half a second, ten times a second
    assert shown.count("\n") == 1
    assert shown.endswith("\n")
    assert max(map(len, shown.split("\r"))) < 80


def test_a_short_run_shows_nothing_on_a_terminal() -> None:
    stream = Terminal()
    bar = Bar("rows", 2, stream, Clock())
    bar.add(2)
    bar.close()
    assert stream.getvalue() == ""


@pytest.mark.parametrize(
    ("stream", "wanted", "shows"),
    [(Terminal(), None, True), (Terminal(), False, False), (io.StringIO(), None, False), (io.StringIO(), True, True)],
)
def test_where_it_is_shown(
    stream: io.StringIO, wanted: bool | None, shows: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(progress, "DELAY", 0)
    f = gp.derive("norm2(X*w)^2", wrt="w").compile("rows")
    f(X=np.ones((500, 2)), w=np.ones(2), rows=100, progress=wanted)
    assert ("500 of 500  100%" in stream.getvalue()) == shows


def test_the_line_ends_where_a_run_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    f = gp.derive("norm2(X*w)^2", wrt="w").compile("rows")
    with pytest.raises(gp.ShapeError):
        f.stream([{"X": np.ones((3, 2))}, {"X": np.ones((3, 5))}], w=np.ones(2), progress=True)
    assert stream.getvalue().endswith("\n")
    assert "1 of 2" in stream.getvalue()
