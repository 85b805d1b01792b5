"""A load of clients on `gradproof serve`: `python tests/load.py --seconds 120`. Every request is one that the server has not seen, so that no cache is measured.

50 clients fit into the queue; with `--clients 120` some are told 429, and come again.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from itertools import count

from gradproof.service import answer, encoded
from gradproof.web.gallery import GALLERY, Example
from serving import JSON, connection, get, memory, server

LATE = 20.0  # seconds after the end in which what is open may still be answered; later it is lost
REST = 2.0  # seconds, after which nothing is computed any more
HOSTILE = 0.05  # of the requests
SCRIPT = "<script>alert(1)</script>"
FINE = (200, 400, 413, 422)
COMMANDS = ["derive"] * 12 + ["read"] * 4 + ["steps"] * 2 + ["code", "check"]


@dataclass(frozen=True)
class Request:
    """`fields`: of an ordinary request, whose answer can be compared."""

    command: str
    data: bytes
    fields: dict[str, object] | None = None


@dataclass(frozen=True)
class Reply:
    """`tries`: seconds of the last try alone; `whole`: with those that were answered 429, and the waits between."""

    request: Request
    status: int
    data: bytes
    ended: float
    alone: float
    whole: float


@dataclass
class Outcome:
    """What the clients saw. What was begun and has no answer is lost."""

    seconds: float = 0.0
    begun: int = 0
    asked: int = 0  # of these, ordinary ones
    busy: int = 0
    later: int = 0  # requests that were told 429, and answered when they came again
    broken: list[str] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    held: list[int] = field(default_factory=list)  # bytes, twice a second
    rest: tuple[int, int] = (0, 0)  # bytes before and after
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def lost(self) -> int:
        return self.begun - len(self.replies)

    @property
    def lost_ordinary(self) -> int:
        return self.asked - len(self.ordinary)

    @property
    def ordinary(self) -> list[Reply]:
        return [r for r in self.replies if r.request.fields is not None]

    def wrong(self, compared: int) -> list[str]:
        """Answers that are not what they should be. So many of the ordinary ones, at random, are compared with what this process answers; all others by `id`."""
        chosen = [r for r in self.ordinary if r.status == 200]
        random.Random(1).shuffle(chosen)
        found = []
        for r in chosen[:compared]:
            body, ours = json.loads(r.data), _expected(r.request)
            if body != ours:
                odd = [k for k in {*body, *ours} if body.get(k) != ours.get(k)]
                found.append(f"{r.request.command} {r.request.data[:80]!r}: {odd}")
        for r in self.replies:
            body = json.loads(r.data)
            named = r.request.fields is None or body.get("id") == r.request.fields["id"]
            if r.status not in FINE or not named or "schema_version" not in body:
                found.append(f"{r.request.data[:80]!r}: {r.status} {r.data[:80]!r}")
        return found


# -- requests


def _renamed(text: str, name: str) -> str:
    return re.sub(r"(?<![\w.^])([A-DF-SU-Zabcdfghj-mp-z])(?![\w(])", rf"\g<1>{name}", text)


def _fresh(e: Example, name: int) -> dict[str, object]:
    """An example of the gallery with other names, or, in a notation where names are single letters, times a number."""
    if re.search(r"\\|@|\|\||\^T|\^{", e.expression):
        text = (
            f"{name} \\left({e.expression}\\right)"
            if re.search(r"\\|\^{", e.expression)
            else f"{name}*({e.expression})"
        )
        return {"expression": text, "wrt": e.wrt.split(), "where": e.where or None}
    where = "; ".join(
        f"{_renamed(n, str(name))}:{what}" for n, _, what in (p.partition(":") for p in e.where.split("; ")) if n
    )
    return {
        "expression": _renamed(e.expression, str(name)),
        "wrt": _renamed(e.wrt, str(name)).split(),
        "where": where or None,
    }


@cache
def _results() -> dict[Example, str]:
    return {
        e: answer({"expression": e.expression, "wrt": e.wrt.split(), "where": e.where or None}).body["result"]["ascii"]
        for e in GALLERY
    }  # type: ignore[index]


def _ordinary(chance: random.Random, name: int) -> Request:
    command = chance.choice(COMMANDS)
    example = chance.choice(GALLERY)
    asked: dict[str, object] = {**_fresh(example, name), "id": name}
    if command == "read":
        del asked["wrt"]
    if command == "check":  # right where names are changed, wrong by a number where the formula has one
        asked["claim"] = (
            _renamed(_results()[example], str(name)) if asked["wrt"] != example.wrt.split() else _results()[example]
        )
    return Request(command, json.dumps(asked).encode(), asked)


def _hostile(chance: random.Random, name: int) -> Request:
    """Slow, huge, malformed, deep, or with a script in its names; none twice."""
    n = str(name)
    attacks: list[tuple[str, object]] = [
        (
            "derive",
            {"expression": f"exp(x'*A{n}*x)*sin(x'*B*x)*cos(x'*C*x)*tanh(x'*D*x)*log(x'*F*x)", "wrt": ["x"] * 5},
        ),
        ("derive", b"{" * 5_000 + n.encode()),
        ("derive", b'{"expression": "' + b"x" * 70_000 + n.encode() + b'"}'),
        ("derive", b"\xff\xfe\x00" + n.encode()),
        ("derive", {"expression": f"{n} {SCRIPT}", "wrt": "<img src=x onerror=alert(1)>"}),
        ("check", {"expression": "x'*x", "wrt": "x", "claim": "(" * 5_000 + n}),
        ("derive", {"expression": f"eye(10000{n})*x", "wrt": "x"}),
        ("steps", {"expression": "kron(" * 40 + "A" + f",A{n})" * 40, "wrt": "A"}),
        ("derive", {"expression": "+".join(f"norm2(A{k}*x{n}-b{k})^{k}" for k in range(2, 400)), "wrt": f"x{n}"}),
        ("code", {"expression": f"sum(exp({n}" + "*x)^2 + sin(" * 60 + "x" + ")" * 61, "wrt": ["x", "x", "x"]}),
    ]
    command, body = chance.choice(attacks)
    return Request(command, body if isinstance(body, bytes) else json.dumps(body).encode())


def _expected(request: Request) -> dict[str, object]:
    return json.loads(encoded(answer({**(request.fields or {})}, request.command).body))


# -- clients


def _asked(url: str, request: Request, timeout: float) -> tuple[int, dict[str, str], bytes]:
    link = connection(url, timeout)
    try:
        link.request("POST", f"/api/{request.command}", request.data, JSON)
        found = link.getresponse()
        return found.status, {k.lower(): v for k, v in found.getheaders()}, found.read()
    finally:
        link.close()


def _answered(url: str, request: Request, out: Outcome, last: float) -> Reply | None:
    """The answer; a client that is told 429 comes again when it was told to. None: lost."""
    first = begun = time.monotonic()
    while begun < last:
        try:
            status, headers, data = _asked(url, request, last - begun)
        except OSError as error:  # refused, reset, cut off, or too late
            with out.lock:
                out.broken.append(
                    f"{type(error).__name__} after {time.monotonic() - begun:.1f} s: {request.data[:80]!r}"
                )
            return None
        ended = time.monotonic()
        if status != 429:
            with out.lock:
                out.later += begun > first
            return Reply(request, status, data, ended, ended - begun, ended - first)
        with out.lock:
            out.busy += 1
        time.sleep(float(headers["retry-after"]) * (1 + random.random() / 4))
        begun = time.monotonic()
    return None


def _client(
    url: str, until: float, out: Outcome, draw: Callable[[random.Random], Request], seed: int, pause: float
) -> None:
    chance = random.Random(seed)
    while True:
        time.sleep(chance.expovariate(1 / pause) if pause else 0)
        if time.monotonic() >= until:
            return
        request = draw(chance)
        with out.lock:
            out.begun += 1
            out.asked += request.fields is not None
        found = _answered(url, request, out, until + LATE)
        if found is not None:
            with out.lock:
                out.replies.append(found)


def load(
    url: str, process: subprocess.Popen[bytes], seconds: float, clients: int, pause: float = 0.0, seed: int = 0
) -> Outcome:
    """Clients that ask mixed requests, some of them hostile, each `pause` seconds (on average) after its last answer."""
    numbers, lock = count(100_000 + 1_000_000 * seed), threading.Lock()

    def draw(chance: random.Random) -> Request:
        with lock:
            name = next(numbers)
        return (_hostile if chance.random() < HOSTILE else _ordinary)(chance, name)

    _results()  # before the clock runs
    out, faults, quiet = Outcome(seconds), list[BaseException](), memory(process)
    begun = time.monotonic()
    until = begun + seconds

    def client(k: int) -> None:
        try:
            _client(url, until, out, draw, 1000 * seed + k, pause)
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=client, args=(k,), daemon=True) for k in range(clients)]
    for t in threads:
        t.start()
    while time.monotonic() < until + LATE + 5 and any(t.is_alive() for t in threads):
        out.held.append(memory(process))
        time.sleep(0.5)
    time.sleep(REST)
    out.rest = quiet, memory(process)
    if faults:  # a client that ended early would make the load look lighter than it is
        raise faults[0]
    return out


# -- figures


def _centiles(seconds: list[float]) -> str:
    s = sorted(seconds) or [float("nan")]
    return ", ".join(f"p{p} {1000 * s[min(len(s) - 1, p * len(s) // 100)]:.0f} ms" for p in (50, 95, 99))


def told(out: Outcome, url: str, compared: int) -> str:
    """The figures."""
    begun = min((r.ended - r.whole for r in out.replies), default=0.0)
    within = [r for r in out.ordinary if r.ended <= begun + out.seconds]
    wrong = out.wrong(compared)
    over = [
        f"refused after {r.alone:.1f} s: {r.request.command} {r.request.data[:90]!r}: {r.data[:160]!r}"
        for r in out.ordinary
        if r.status != 200
    ]
    third = max(1, len(out.held) // 3)
    thirds = [p for p in (out.held[:third], out.held[third : 2 * third], out.held[2 * third :]) if p]
    middles, peaks = (" -> ".join(f"{of(p) / 2**20:.0f}" for p in thirds) for of in (statistics.median, max))
    before, after = (f"{m / 2**20:.0f}" for m in out.rest)
    lines = [
        f"{out.begun} requests, {len(out.replies) - len(out.ordinary)} of them hostile; {len(within) / out.seconds:.1f} ordinary answers a second",
        f"ordinary: {_centiles([r.alone for r in out.ordinary])}; with the waits after 429: {_centiles([r.whole for r in out.ordinary])}",
        f"hostile: {_centiles([r.alone for r in out.replies if r.request.fields is None])}",
        f"{len(over)} ordinary ones over the budget; {out.busy} times 429, of which {out.later} requests were answered later; lost {out.lost} (ordinary ones {out.lost_ordinary}), wrong {len(wrong)} ({min(compared, len(out.ordinary))} compared whole)",
        f"memory of all processes in each third: median {middles}, most {peaks} MiB; at rest {before} before, {after} after; {get(url, '/health')[2].decode()}",
    ]
    return "\n".join([*lines, *over[:5], *out.broken[:5], *wrong[:5]])


def main() -> None:
    given = argparse.ArgumentParser()
    given.add_argument("--seconds", type=float, default=120)
    given.add_argument("--clients", type=int, default=50)
    given.add_argument("--pause", type=float, default=0, help="mean seconds between an answer and the next request")
    given.add_argument("--workers", default="2")
    given.add_argument("--compare", type=int, default=300, help="so many answers are compared whole")
    asked = given.parse_args()
    with server("--workers", asked.workers) as (url, process):
        print(told(load(url, process, asked.seconds, asked.clients, asked.pause), url, asked.compare))


if __name__ == "__main__":
    sys.exit(main())
