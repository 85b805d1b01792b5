"""Workers that are killed and replaced when a request is over its budget, a queue with a limit, a cache of answers.

A request that goes on for long leaves the others: another process takes the place of its own, which goes on in the lane of the slow ones (`lane.py`).
So slow requests delay each other, the slowest most, and not the rest.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from gradproof.records import dataclass, field
from gradproof.say import say
from gradproof.service import encoded, plain
from gradproof.service.failure import BUSY, NOT_POSSIBLE, STOPPING
from gradproof.web.lane import PATIENCE, Lane
from gradproof.web.process import Worker

RUN, WAIT = 2, 4  # slow requests for each worker that compute at once, and that wait for it
TURN = 0.1  # seconds after which it is seen anew which of them compute
AGAIN = 60.0  # seconds for which what ran out of its budget is refused at once, so that one slow formula cannot hold all workers
SLOW = 256  # of these that are kept
LIFE, GROWN = (
    500,
    2**25,
)  # requests, and bytes by which it has grown, after which a worker is replaced: what it remembers must not grow for ever
LOG = logging.getLogger("gradproof.serve")
R = TypeVar("R")
Answer = tuple[int, bytes, bool]  # the status, the body, and whether it is said only because others wait


@dataclass(frozen=True)
class Settings:
    """`workers`; `seconds` and `memory` (bytes) of a request; `queue`: how many may wait; `cache`: bytes of answers that are kept."""

    workers: int = 2
    seconds: float = 5.0
    memory: int = 2**30
    queue: int = 64
    cache: int = 2**23


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
        self._lane = Lane(
            RUN * self.settings.workers, WAIT * self.settings.workers, self.settings.workers * self.settings.memory
        )
        self._threads = ThreadPoolExecutor(2 * self.settings.workers + self._lane.most + 2)
        self._cache: OrderedDict[bytes, tuple[int, bytes]] = OrderedDict()
        self._held = 0
        self._slow: OrderedDict[bytes, tuple[float, int, bytes, bool]] = (
            OrderedDict()
        )  # what ran out of its budget, and when; what was turned away, with 429
        self._replacing: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Starts all workers and waits for them."""
        await asyncio.gather(*(self._add() for _ in range(self.settings.workers)))
        self._later(self._turns())

    async def _turns(self) -> None:
        while True:
            await asyncio.sleep(TURN)
            self._lane.look()

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
        made = await self._thread(Worker, self.settings.seconds, self.settings.memory)
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
        if slow is not None and self._known(*slow):
            self.counts.cached += 1
            return *slow[1:3], True
        if self.stopping:
            return STOPPING, _encoded(lang, "stopping", say("the server is stopping")), False
        if self._waiting >= self.settings.queue:
            return *self._busy(lang), False
        self._waiting += 1
        try:
            chosen = await self._idle.get()
        finally:
            self._waiting -= 1
        status, body, passing = await asyncio.shield(asyncio.ensure_future(self._run(chosen, command, data, lang)))
        self._remember(key, status, body, passing)
        self.counts.answered += status != BUSY
        return status, body, False

    async def _run(self, chosen: Worker, command: str, data: bytes, lang: str) -> Answer:
        await self._thread(chosen.hand, command, data)
        if not await self._thread(chosen.answers_soon, PATIENCE):
            return await self._run_slow(chosen, command, lang)
        found = await self._thread(chosen.answer)
        if found is not None and chosen.served < LIFE and chosen.grown < GROWN:
            self._idle.put_nowait(chosen)
        else:
            self._later(self._replace(chosen))
        return (*(found or self._without(command, lang)), False)

    async def _run_slow(self, chosen: Worker, command: str, lang: str) -> Answer:
        """The answer to a request that has gone on for long. Another process has taken the place of its own, which ends with it."""
        self.counts.slow += 1
        self._later(self._add())
        self._lane.enter(chosen)
        try:
            found = await self._thread(chosen.answer)
        finally:
            fate = self._lane.leave(chosen)
            await self._end(chosen)
        if found is None and fate is not None:
            self.counts.killed += fate.over
            pressed = fate.seconds < self.settings.seconds
            return *(self._over(fate.seconds, lang) if fate.over else self._busy(lang)), pressed
        return (*(found or self._without(command, lang)), False)

    def _known(self, when: float, status: int, body: bytes, passing: bool) -> bool:
        """Whether what was said of a slow request still holds."""
        return self._lane.full() if passing else asyncio.get_running_loop().time() - when < AGAIN

    def _without(self, command: str, lang: str) -> tuple[int, bytes]:
        """What is said where a worker ended by itself."""
        self.counts.died += 1
        LOG.error("%s", json.dumps({"defect": "a worker ended", "command": command}))
        return self._over(self.settings.seconds, lang)

    def _over(self, seconds: float, lang: str) -> tuple[int, bytes]:
        message = say("this takes more than {seconds:g} seconds, or too much memory", seconds=seconds)
        hint = say("ask for less: smaller sizes, a lower order, a shorter formula")
        if seconds < self.settings.seconds:
            hint = say("ask again when fewer others do: it may take {seconds:g} seconds then", seconds=self.settings.seconds)  # fmt: skip
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

    def _remember(self, key: bytes, status: int, body: bytes, passing: bool) -> None:
        """Keeps an answer that would be the same again: no defect. What was too slow is kept for a while."""
        if b'"code":"budget"' in body or passing:
            self._slow[key] = asyncio.get_running_loop().time(), status, body, passing
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
