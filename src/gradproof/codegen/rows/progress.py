"""How far a long run has come, in one line on standard error.

rows  [######------]  4,096,000 of 8,000,000  51%  1,310,000/s  3 s left
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO

DELAY = 0.5  # seconds before anything is shown: short runs show nothing
EVERY = 0.1  # seconds between two states on a terminal
LINES = 5.0  # seconds between two lines where there is no terminal
WIDTH = 24  # of the bar


class Bar:
    """Counts what is done. On a terminal the line is renewed in place; elsewhere, where it was asked for, there is a line every few seconds."""

    def __init__(self, what: str, total: int | None, stream: IO[str], clock: Callable[[], float] = time.monotonic):
        self.what, self.total, self._stream, self._clock = what, total, stream, clock
        self.done = 0
        self._terminal = stream.isatty()
        self._start = clock()
        self._next = self._start + (DELAY if self._terminal else LINES)
        self._width = 0

    def add(self, count: int) -> None:
        """So many more are done."""
        self.done += count
        now = self._clock()
        if now >= self._next:
            self._next = now + (EVERY if self._terminal else LINES)
            self._show(now, "\r" if self._terminal else "\n")

    def close(self) -> None:
        """The last state, where any was shown; without a terminal always."""
        if self._width or not self._terminal:
            self._show(self._clock(), "\n")

    def text(self, now: float) -> str:
        """The line: what is done, of how much, how fast, and how long it will take."""
        spent = max(now - self._start, 1e-9)
        rate = self.done / spent
        if not self.total:
            return f"{self.what}  {self.done:,}  {rate:,.0f}/s  {_span(spent)}"
        part = min(self.done / self.total, 1.0)
        full = int(part * WIDTH)
        left = f"{_span(spent * (1 - part) / part)} left" if 0 < part < 1 else _span(spent)
        return f"{self.what}  [{'#' * full}{'-' * (WIDTH - full)}]  {self.done:,} of {self.total:,}  {int(part * 100)}%  {rate:,.0f}/s  {left}"

    def _show(self, now: float, end: str) -> None:
        line = self.text(now)
        self._stream.write(line.ljust(self._width) + end)
        self._stream.flush()
        self._width = len(line)


def shown(wanted: bool | None) -> bool:
    """Whether progress is shown: as it is wanted, else where standard error is a terminal."""
    return sys.stderr.isatty() if wanted is None else wanted


@contextmanager
def progress(what: str, total: int | None, wanted: bool | None) -> Iterator[Callable[[int], None]]:
    """A function that counts. `wanted`: whether it is shown on standard error; None: where that is a terminal."""
    if not shown(wanted):
        yield lambda count: None
        return
    bar = Bar(what, total, sys.stderr)
    try:
        yield bar.add
    finally:
        bar.close()


def _span(seconds: float) -> str:
    """A time as people say it."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
