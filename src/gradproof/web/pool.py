"""Workers that are killed and replaced when a request is over its budget, a queue with a limit, a cache of answers."""

from __future__ import annotations

import asyncio
import json
import logging
import multiprocessing
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from multiprocessing.context import ForkServerContext, SpawnContext

from gradproof.records import dataclass, field
from gradproof.say import say
from gradproof.service import encoded, plain
from gradproof.service.failure import BUSY, NOT_POSSIBLE, STOPPING
from gradproof.web import worker

GRACE = 1.0  # seconds of the clock beyond the budget of computing, after which a worker is killed
START = 60.0  # seconds in which a worker has to be ready
AGAIN = 60.0  # seconds for which what ran out of its budget is refused at once, so that one slow formula cannot hold all workers
SLOW = 256  # of these that are kept
LIFE = 500  # requests, after which a worker is replaced: what it remembers of formulas must not grow for ever
LOG = logging.getLogger("gradproof.serve")


@dataclass(frozen=True)
class Settings:
    """`workers`; `seconds` and `memory` (bytes) of a request; `queue`: how many may wait; `cache`: bytes of answers that are kept."""

    workers: int = 2
    seconds: float = 5.0
    memory: int = 2**30
    queue: int = 32
    cache: int = 2**25


@dataclass
class Counts:
    """What happened so far, for `/health`. `killed`: over the budget; `died`: a worker ended by itself, which is a defect."""

    answered: int = 0
    cached: int = 0
    busy: int = 0
    killed: int = 0
    died: int = 0
    replaced: int = 0


@cache
def _context() -> SpawnContext | ForkServerContext:
    """How processes are made: from one that has gradproof loaded, where the system can."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["gradproof.web.worker"])
    return context


class Worker:
    """A process and the link to it. All of it blocks; the pool uses it from threads."""

    def __init__(self, settings: Settings):
        context = _context()
        self.link, theirs = context.Pipe()
        self.process = context.Process(  # type: ignore[attr-defined]  (every kind of context has one)
            target=worker.run, args=(theirs, settings.seconds, settings.memory), daemon=True
        )
        self.settings, self.served, self.died = settings, 0, False
        self.process.start()
        theirs.close()

    def wait_ready(self) -> None:
        """Waits until it can answer."""
        if not self.link.poll(START) or self.link.recv_bytes() != b"ready":
            raise OSError("a worker did not start")

    def ask(self, command: str, data: bytes) -> tuple[int, bytes] | None:
        """The answer; None where the worker had to be killed, or died."""
        try:
            self.link.send_bytes(command.encode("ascii") + b"\0" + data)
            if not self.link.poll(self.settings.seconds + GRACE):
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
        self._threads = ThreadPoolExecutor(2 * self.settings.workers)
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

    async def _add(self) -> None:
        """Starts a worker; it may be asked when it is ready."""
        loop = asyncio.get_running_loop()
        made = await loop.run_in_executor(self._threads, Worker, self.settings)
        self._all.add(made)
        await loop.run_in_executor(self._threads, made.wait_ready)
        self._idle.put_nowait(made)

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
            self.counts.busy += 1
            return BUSY, _encoded(lang, "busy", say("too many requests wait"), say("ask again in a few seconds")), False
        self._waiting += 1
        try:
            chosen = await self._idle.get()
        finally:
            self._waiting -= 1
        found = await asyncio.shield(asyncio.ensure_future(self._run(chosen, command, data, lang)))
        self._remember(key, *found)
        self.counts.answered += 1
        return *found, False

    async def _run(self, chosen: Worker, command: str, data: bytes, lang: str) -> tuple[int, bytes]:
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, chosen.ask, command, data)
        if found is not None and chosen.served < LIFE:
            self._idle.put_nowait(chosen)
            return found
        task = asyncio.ensure_future(self._replace(chosen))
        self._replacing.add(task)
        task.add_done_callback(self._replacing.discard)
        if found is not None:
            return found
        if chosen.died:
            self.counts.died += 1
            LOG.error("%s", json.dumps({"defect": "a worker ended", "command": command}))
        else:
            self.counts.killed += 1
        message = say("this takes more than {seconds:g} seconds, or too much memory", seconds=self.settings.seconds)
        hint = say("ask for less: smaller sizes, a lower order, a shorter formula")
        return NOT_POSSIBLE, _encoded(lang, "budget", message, hint)

    async def _replace(self, old: Worker) -> None:
        self._all.discard(old)
        await asyncio.get_running_loop().run_in_executor(self._threads, old.end)
        self.counts.replaced += 1
        if not self.stopping:
            await self._add()

    def _remember(self, key: bytes, status: int, body: bytes) -> None:
        """Keeps an answer that would be the same again: no defect. One that ran out of its budget is kept for a while."""
        if b'"code":"budget"' in body:
            self._slow[key] = asyncio.get_running_loop().time(), status, body
            self._slow.move_to_end(key)
            while len(self._slow) > SLOW:
                self._slow.popitem(last=False)
        if status >= 500 or b'"code":"budget"' in body or len(body) > self.settings.cache // 16 or key in self._cache:
            return
        self._cache[key] = status, body
        self._held += len(key) + len(body)
        while self._held > self.settings.cache:
            old, (_, gone) = self._cache.popitem(last=False)
            self._held -= len(old) + len(gone)


def _encoded(lang: str, code: str, message: str, hint: str = "") -> bytes:
    return encoded(plain(code, message, hint, lang))
