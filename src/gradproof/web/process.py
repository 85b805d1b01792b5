"""A process that answers requests, as the server sees it: handed a request, waited for, stopped for a while, ended."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from functools import cache
from multiprocessing.context import ForkServerContext, SpawnContext

from gradproof.web import worker

PATIENT = 12.0  # times the budget of computing are the seconds of the clock that a process may run for a request
START = 60.0  # seconds in which it has to be ready
CONTINUE, STOP = getattr(signal, "SIGCONT", None), getattr(signal, "SIGSTOP", None)  # not on Windows


@cache
def _context() -> SpawnContext | ForkServerContext:
    """How processes are made: from one that has used all of gradproof once, where the system can, so that a new one is there at once."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # there is a process for each core
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["gradproof.web.warmed"])
    return context


class Worker:
    """A process and the link to it. What waits blocks; the pool does that in threads."""

    def __init__(self, seconds: float, memory: int):
        context = _context()
        self.link, theirs = context.Pipe()
        self.process = context.Process(target=worker.run, args=(theirs, seconds, memory), daemon=True)  # type: ignore[attr-defined]  (every kind of context has one)  # fmt: skip
        self.seconds, self.served, self.grown, self.died = seconds, 0, 0, False
        self.runs, self._since, self._ran = (
            True,
            0.0,
            0.0,
        )  # `_ran`: seconds of the clock for this request, until `_since`
        self.process.start()
        theirs.close()
        self._clock = _clock(self.process.pid or 0)
        self._begun, self._held = 0.0, 0

    def wait_ready(self) -> None:
        """Waits until it can answer."""
        if not self.link.poll(START) or self.link.recv_bytes() != b"ready":
            raise OSError("a worker did not start")
        self._held = self._resident()

    def hand(self, command: str, data: bytes) -> None:
        """Hands it a request."""
        self._since, self._ran, self._begun = time.monotonic(), 0.0, self._clock()
        try:
            self.link.send_bytes(command.encode("ascii") + b"\0" + data)
        except OSError:
            self.died = True

    def used(self) -> float:
        """The seconds that it has computed for this request."""
        return self._clock() - self._begun

    def late(self) -> bool:
        """Whether it is over its budget, and has not said so itself."""
        ran = self._ran + (time.monotonic() - self._since if self.runs else 0.0)
        return self.used() > self.seconds + 1 or ran > PATIENT * self.seconds + 1

    def answers_soon(self, patience: float) -> bool:
        """Whether it has answered, or ended, before it computed for so many seconds."""
        while not self.died and (left := patience - self.used()) > 0 and not self.late():
            if self.link.poll(max(left, 0.02)):
                return True
        return self.died

    def answer(self) -> tuple[int, bytes] | None:
        """The answer; None where the process ended without one."""
        try:
            head, body = self.link.recv_bytes().split(b"\0", 1)
        except (EOFError, OSError):
            self.died = True
            return None
        status, self.grown = map(int, head.split())
        self.served += 1
        return status, body

    def holds(self) -> int:
        """The bytes of memory by which it has grown, where the system tells."""
        return max(0, self._resident() - self._held)

    def _resident(self) -> int:
        return worker.memory_held(self.process.pid or 0, resident=True)

    def run(self, now: bool) -> None:
        """Lets it compute, or stops it for a while, where the system can."""
        if now == self.runs or STOP is None or CONTINUE is None:
            return
        self._ran += time.monotonic() - self._since if self.runs else 0.0
        self.runs, self._since = now, time.monotonic()
        with contextlib.suppress(OSError):
            os.kill(self.process.pid or 0, CONTINUE if now else STOP)

    def kill(self) -> None:
        """Ends the process, whatever it does: who waits for its answer gets none."""
        self.process.kill()

    def end(self) -> None:
        """Ends the process, and forgets it."""
        self.process.kill()
        self.process.join()
        self.link.close()


def _clock(pid: int) -> Callable[[], float]:
    """The seconds that a process has computed; those of the clock where the system does not tell of other processes."""
    clock = (~pid << 3) | 2  # as clock_getcpuclockid makes it
    try:
        time.clock_gettime(clock)
    except (AttributeError, OSError, OverflowError):
        return time.monotonic

    def computed() -> float:
        try:
            return time.clock_gettime(clock)
        except OSError:  # it has ended
            return float("inf")

    return computed
