"""Limits for the tests: machines that run them may be slow; what the limits themselves do is tested with small ones."""

from __future__ import annotations

import os
from collections import Counter

import pytest

import gradproof as gp

gp.limits(seconds=120).default()

# JAX: hundreds of functions, each run a few times; to optimise them takes longer than to run them
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true")

_FILES: Counter[str] = Counter()  # seconds


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Adds up what each file takes, in all processes."""
    _FILES[report.nodeid.partition("::")[0]] += report.duration


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The files that take longest, below a long run."""
    if sum(_FILES.values()) > 60:
        shown = [f"{file.removeprefix('tests/')} {seconds:.0f}" for file, seconds in _FILES.most_common(12)]
        terminalreporter.write_line(f"seconds a file, of {sum(_FILES.values()):.0f} in all: {', '.join(shown)}")
