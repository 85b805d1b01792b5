"""What a terminal gets: lines of its width, colour where it is wanted; a pager and a file get neither."""

from __future__ import annotations

import io
import re
import sys

import pytest

from gradproof.cli.help import wide
from gradproof.cli.main import main

RAYLEIGH = ["derive", "tr(inv(X'*C*X)*(X'*B*X))", "--wrt", "X"]
SGR = re.compile(r"\033\[[\d;]*m")


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def opened(monkeypatch: pytest.MonkeyPatch, columns: int = 60) -> Terminal:
    """Both streams are a terminal with colours from now on."""
    both = Terminal()
    monkeypatch.setattr(sys, "stdout", both)
    monkeypatch.setattr(sys, "stderr", both)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return both


@pytest.mark.parametrize("lang", ["en", "zh", "fr"])
@pytest.mark.parametrize("columns", [45, 60, 80])
def test_lines_fit_and_say_the_same(monkeypatch: pytest.MonkeyPatch, lang: str, columns: int) -> None:
    terminal = opened(monkeypatch, columns)
    assert main([*RAYLEIGH, "--lang", lang, "--format", "ascii"]) == 0
    narrow = SGR.sub("", terminal.getvalue())
    assert max(map(wide, narrow.splitlines())) <= columns
    whole = io.StringIO()
    monkeypatch.setattr(sys, "stdout", whole)
    assert main([*RAYLEIGH, "--lang", lang, "--format", "ascii"]) == 0
    assert narrow.split() == whole.getvalue().split()
    assert max(map(wide, whole.getvalue().splitlines())) > columns


def test_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = opened(monkeypatch)
    main(["derive", "x'*x", "--wrt", "x"])
    assert "\033[32m  verified:\033[0m exactly" in terminal.getvalue()
    main(["check", "x'*A*x", "--wrt", "x", "--claim", "A*x"])
    assert "\033[1;31mWRONG:\033[0m" in terminal.getvalue()
    main(["check", "x'*A*x", "--wrt", "x", "--claim", "2*A*x"])
    assert "\033[33mRIGHT ONLY UNDER A CONDITION:\033[0m" in terminal.getvalue()
    main(["derive", "x*y*", "--wrt", "x"])
    assert "\033[1;31merror:\033[0m the formula" in terminal.getvalue()
    assert re.search(r"\033\[1;31m +\^+\033\[0m", terminal.getvalue())
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(sys, "stdout", plain := Terminal())
    main(["derive", "x'*x", "--wrt", "x"])
    assert "\033" not in plain.getvalue()


@pytest.mark.parametrize("form", ["latex", "markdown", "json"])
def test_what_is_pasted_is_neither_broken_nor_coloured(monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    terminal = opened(monkeypatch)
    assert main([*RAYLEIGH, "--format", form]) == 0
    assert "\033" not in terminal.getvalue()
    assert any(wide(line) > 60 for line in terminal.getvalue().splitlines())


def test_code_is_neither_broken_nor_coloured(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = opened(monkeypatch)
    assert main([*RAYLEIGH, "--code", "jax"]) == 0
    compile(terminal.getvalue(), "code", "exec")
