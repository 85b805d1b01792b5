"""The lane of the requests that go on for long: what has computed least runs first, so that one of a second never waits for one of five.

At most `run` of them compute at once; the others, at most `wait`, are stopped. While some wait, a request has half of its budget.
Where there are more, the one that has computed most is turned away: with 429, or, past the half of its budget, with the error of a budget.
Together they hold at most `memory` bytes: where they hold more, the one that holds most is over its budget.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from gradproof.web.process import Worker

PATIENCE = 0.3  # seconds of computing, after which a request is a slow one
PRESSED = 0.5  # of its budget, while others wait


class Fate(NamedTuple):
    """Why a request was ended: it had more than so many seconds of computing; or it was too much for others."""

    seconds: float
    over: bool


class Lane:
    """The requests that are here, and what became of those that were ended."""

    def __init__(self, run: int, wait: int, memory: int):
        self.run, self.most, self.memory = run, run + wait, memory
        self.held: list[Worker] = []
        self.fates: dict[Worker, Fate] = {}

    def full(self) -> bool:
        """Whether one more would turn another away."""
        return len(self.held) >= self.most

    def enter(self, who: Worker) -> None:
        """It goes on for long."""
        self.held.append(who)
        self.look()

    def leave(self, who: Worker) -> Fate | None:
        """It has answered, or ended: why, where it was this lane that ended it."""
        self.held.remove(who)
        self.look()
        return self.fates.pop(who, None)

    def look(self) -> None:
        """Ends what is over its budget or too much, and lets those compute that come first. To be called when something changes, and now and then."""
        used = {
            w: u for w in self._here() if math.isfinite(u := w.used())
        }  # one that has ended by itself needs nothing
        for w in sorted(used, key=used.__getitem__, reverse=True):
            if w.late():
                self._end(w, Fate(w.seconds, over=True))
            elif len(self._here()) > self.run and used[w] > PRESSED * w.seconds:
                self._end(w, Fate(PRESSED * w.seconds, over=True))
        here = [w for w in used if w not in self.fates]
        holds = {w: w.holds() for w in here}
        while sum(holds.values()) > self.memory and len(holds) > 1:  # one alone has a limit of its own
            self._end(most := max(holds, key=holds.__getitem__), Fate(most.seconds, over=True))
            del holds[most]
        here = [w for w in here if w not in self.fates]
        if len(here) > self.most:
            self._end(max(here, key=used.__getitem__), Fate(0.0, over=False))
        here = [w for w in here if w not in self.fates]
        for k, w in enumerate(sorted(here, key=lambda w: _level(used[w]))):  # those of a level by their coming
            w.run(k < self.run)

    def _here(self) -> list[Worker]:
        return [w for w in self.held if w not in self.fates]

    def _end(self, who: Worker, fate: Fate) -> None:
        self.fates[who] = fate
        who.kill()


def _level(used: float) -> int:
    """Twice the computing is the next level."""
    return math.floor(math.log2(max(used, PATIENCE) / PATIENCE))
