"""Workers that are killed and replaced when a request is over its budget, a queue with a limit, a cache of answers.

A request that goes on for long leaves the lane of the others: its process gets a low priority, and another takes its place. At most LANE of them for each
worker run at once; those that come while all of these run are stopped, and begin again when there is room. So many slow requests delay each other, not the rest.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import multiprocessing
import os
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from multiprocessing.context import ForkServerContext, SpawnContext
from typing import TypeVar

from gradproof.records import dataclass, field
from gradproof.say import say
from gradproof.service import encoded, plain
from gradproof.service.failure import BUSY, NOT_POSSIBLE, STOPPING
from gradproof.web import worker

PATIENT = 3.0  # times the budget of computing are the seconds of the clock after which a worker is killed
START = 60.0  # seconds in which a worker has to be ready
PATIENCE = 0.3  # seconds of computing, after which a request is a slow one
LANE = 2  # slow requests for each worker that run at once, and twice as many that wait for it
NICE = 3  # how much they give way to the others
AGAIN = 60.0  # seconds for which what ran out of its budget is refused at once, so that one slow formula cannot hold all workers
SLOW = 256  # of these that are kept
LIFE = 500  # requests, after which a worker is replaced: what it remembers of formulas must not grow for ever
LOG = logging.getLogger("gradproof.serve")
R = TypeVar("R")


@dataclass(frozen=True)
class Settings:
    """`workers`; `seconds` and `memory` (bytes) of a request; `queue`: how many may wait; `cache`: bytes of answers that are kept."""

    workers: int = 2
    seconds: float = 5.0
    memory: int = 2**30
    queue: int = 64
    cache: int = 2**25


@dataclass
class Counts:
    """What happened so far, for `/health`. `slow`: went on for long; `killed`: over the budget; `died`: a worker ended by itself, which is a defect."""

    answered: int = 0
    cached: int = 0
    busy: int = 0
    slow: int = 0
    killed: int = 0
    died: int = 0
    replaced: int = 0


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
    """A process and the link to it. All of it blocks; the pool uses it from threads."""

    def __init__(self, settings: Settings):
        context = _context()
        self.link, theirs = context.Pipe()
        self.process = context.Process(  # type: ignore[attr-defined]  (every kind of context has one)
            target=worker.run, args=(theirs, settings.seconds, settings.memory), daemon=True
        )
        self.settings, self.served, self.died, self.begun = settings, 0, False, 0.0
        self.process.start()
        theirs.close()

    def wait_ready(self) -> None:
        """Waits until it can answer."""
        if not self.link.poll(START) or self.link.recv_bytes() != b"ready":
            raise OSError("a worker did not start")

    def hand(self, command: str, data: bytes) -> None:
        """Hands it a request."""
        self.begun = time.monotonic()
        try:
            self.link.send_bytes(command.encode("ascii") + b"\0" + data)
        except OSError:
            self.died = True

    def answers_soon(self) -> bool:
        """Whether it has answered, or ended, before it computed for PATIENCE seconds."""
        if self.died:
            return True
        computing = _clock(self.process.pid or 0)
        until = computing() + PATIENCE
        while (left := until - computing()) > 0 and self._left() > 0:
            if self.link.poll(min(max(left, 0.02), self._left())):
                return True
        return False

    def _left(self) -> float:
        return max(0.0, self.begun + PATIENT * self.settings.seconds + 1 - time.monotonic())

    def give_way(self) -> None:
        """From now on others come first, where the system can say so."""
        if hasattr(os, "setpriority"):
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, self.process.pid or 0, NICE)

    def answer(self) -> tuple[int, bytes] | None:
        """The answer; None where there is none within the budget, or the worker died."""
        try:
            if self.died or not self.link.poll(self._left()):
                return None
            status, body = self.link.recv_bytes().split(b"\0", 1)
        except (EOFError, OSError):
            self.died = True
            return None
        self.served += 1
        return int(status), body

    def end(self) -> None:
        """Ends the process, whatever it does."""
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


@dataclass
class Pool:
    """The workers. `ask` gives the status and the body of an answer, and what has to be logged of it."""

    settings: Settings = field(default_factory=Settings)
    stopping: bool = False
    counts: Counts = field(default_factory=Counts)

    def __post_init__(self) -> None:
        self._idle: asyncio.Queue[Worker] = asyncio.Queue()
        self._all: set[Worker] = set()
        self._waiting = 0
        lane = LANE * self.settings.workers
        self._lane = asyncio.Semaphore(lane)
        self._late = 0  # slow requests that run or wait
        self._most_late = 3 * lane
        self._threads = ThreadPoolExecutor(2 * self.settings.workers + 2 * lane)
        self._cache: OrderedDict[bytes, tuple[int, bytes]] = OrderedDict()
        self._held = 0
        self._slow: OrderedDict[bytes, tuple[float, int, bytes]] = OrderedDict()  # what ran out of its budget, and when
        self._replacing: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Starts all workers and waits for them."""
        await asyncio.gather(*(self._add() for _ in range(self.settings.workers)))

    async def stop(self) -> None:
        """Ends all workers."""
        self.stopping = True
        for task in self._replacing:
            task.cancel()
        await asyncio.gather(*self._replacing, return_exceptions=True)
        for each in list(self._all):
            each.end()
        self._all.clear()
        self._threads.shutdown(wait=False)

    async def _made(self) -> Worker:
        """A worker that is ready."""
        made = await self._thread(Worker, self.settings)
        self._all.add(made)
        await self._thread(made.wait_ready)
        return made

    async def _add(self) -> None:
        """Starts a worker of the lane of ordinary requests."""
        self._idle.put_nowait(await self._made())

    async def ask(self, command: str, data: bytes, lang: str = "en") -> tuple[int, bytes, bool]:
        """The status, the body, and whether it was remembered."""
        key = command.encode("ascii") + b"\0" + data
        if key in self._cache:
            self._cache.move_to_end(key)
            self.counts.cached += 1
            return *self._cache[key], True
        slow = self._slow.get(key)
        if slow is not None and asyncio.get_running_loop().time() - slow[0] < AGAIN:
            self.counts.cached += 1
            return *slow[1:], True
        if self.stopping:
            return STOPPING, _encoded(lang, "stopping", say("the server is stopping")), False
        if self._waiting >= self.settings.queue:
            return *self._busy(lang), False
        self._waiting += 1
        try:
            chosen = await self._idle.get()
        finally:
            self._waiting -= 1
        found = await asyncio.shield(asyncio.ensure_future(self._run(chosen, command, data, lang)))
        self._remember(key, *found)
        self.counts.answered += found[0] != BUSY
        return *found, False

    async def _run(self, chosen: Worker, command: str, data: bytes, lang: str) -> tuple[int, bytes]:
        await self._thread(chosen.hand, command, data)
        if not await self._thread(chosen.answers_soon):
            return await self._run_slow(chosen, command, data, lang)
        found = await self._thread(chosen.answer)
        if found is not None and chosen.served < LIFE:
            self._idle.put_nowait(chosen)
        else:
            self._later(self._replace(chosen))
        return found or self._without(chosen, command, lang)

    async def _run_slow(self, chosen: Worker, command: str, data: bytes, lang: str) -> tuple[int, bytes]:
        """The answer to a request that has gone on for long. Its process is used for nothing else: a low priority cannot be taken back."""
        self.counts.slow += 1
        if self._late >= self._most_late:
            self._later(self._replace(chosen))
            return self._busy(lang)
        self._late += 1
        try:
            again = self._lane.locked()
            if again:  # it would only compute for nothing what others could
                self._later(self._replace(chosen))
            async with self._lane:
                if again:
                    chosen = await self._made()
                    await self._thread(chosen.hand, command, data)
                else:
                    self._later(self._add())
                chosen.give_way()
                found = await self._thread(chosen.answer)
                await self._end(chosen)
        finally:
            self._late -= 1
        return found or self._without(chosen, command, lang)

    def _without(self, chosen: Worker, command: str, lang: str) -> tuple[int, bytes]:
        """What is said where a worker gave no answer."""
        if chosen.died:
            self.counts.died += 1
            LOG.error("%s", json.dumps({"defect": "a worker ended", "command": command}))
        else:
            self.counts.killed += 1
        message = say("this takes more than {seconds:g} seconds, or too much memory", seconds=self.settings.seconds)
        hint = say("ask for less: smaller sizes, a lower order, a shorter formula")
        return NOT_POSSIBLE, _encoded(lang, "budget", message, hint)

    def _busy(self, lang: str) -> tuple[int, bytes]:
        self.counts.busy += 1
        return BUSY, _encoded(lang, "busy", say("too many requests wait"), say("ask again in a few seconds"))

    async def _thread(self, function: Callable[..., R], *args: object) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *args)

    def _later(self, what: Coroutine[None, None, None]) -> None:
        """Does something that nobody waits for."""
        task = asyncio.ensure_future(what)
        self._replacing.add(task)
        task.add_done_callback(self._replacing.discard)

    async def _end(self, old: Worker) -> None:
        self._all.discard(old)
        await self._thread(old.end)
        self.counts.replaced += 1

    async def _replace(self, old: Worker) -> None:
        await self._end(old)
        if not self.stopping:
            await self._add()

    def _remember(self, key: bytes, status: int, body: bytes) -> None:
        """Keeps an answer that would be the same again: no defect. One that ran out of its budget is kept for a while."""
        if b'"code":"budget"' in body:
            self._slow[key] = asyncio.get_running_loop().time(), status, body
            self._slow.move_to_end(key)
            while len(self._slow) > SLOW:
                self._slow.popitem(last=False)
        if (
            status == BUSY
            or status >= 500
            or b'"code":"budget"' in body
            or len(body) > self.settings.cache // 16
            or key in self._cache
        ):
            return
        self._cache[key] = status, body
        self._held += len(key) + len(body)
        while self._held > self.settings.cache:
            old, (_, gone) = self._cache.popitem(last=False)
            self._held -= len(old) + len(gone)


def _encoded(lang: str, code: str, message: str, hint: str = "") -> bytes:
    return encoded(plain(code, message, hint, lang))
