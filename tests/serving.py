"""`gradproof serve` as a process of its own, for tests, and a load of clients: `python tests/serving.py --seconds 120`."""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

SOURCE = Path(__file__).parents[1] / "src"
JSON = {"content-type": "application/json"}


@contextlib.contextmanager
def server(*options: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A server that is ready: its address and its process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    code = "from gradproof.cli.main import main; raise SystemExit(main())"
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "OPENBLAS_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-c", code, "serve", "--port", str(port), *options], env=environment, stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            with contextlib.suppress(OSError):
                if get(url, "/health")[0] == 200:
                    break
            assert process.poll() is None, "the server ended"
            time.sleep(0.1)
        yield url, process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def connection(url: str, timeout: float = 60) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(urlsplit(url).netloc, timeout=timeout)


def get(url: str, path: str) -> tuple[int, dict[str, str], bytes]:
    link = connection(url)
    with contextlib.closing(link):
        link.request("GET", path)
        found = link.getresponse()
        return found.status, {k.lower(): v for k, v in found.getheaders()}, found.read()


def post(
    url: str, command: str, body: object, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    link = connection(url)
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    with contextlib.closing(link):
        link.request("POST", f"/api/{command}", data, JSON if headers is None else headers)
        found = link.getresponse()
        return found.status, {k.lower(): v for k, v in found.getheaders()}, found.read()


# -- load

ATTACKS: list[tuple[str, bytes]] = [
    ("derive", json.dumps({"expression": "tr((A*X)^64)", "wrt": ["X"] * 4}).encode()),
    ("derive", b"{" * 5_000),
    ("derive", b'{"expression": "' + b"x" * 70_000 + b'"}'),
    ("derive", b"\xff\xfe\x00"),
    ("derive", json.dumps({"expression": "<script>alert(1)</script>", "wrt": "<img src=x onerror=alert(1)>"}).encode()),
    ("check", json.dumps({"expression": "x'*x", "wrt": "x", "claim": "(" * 5_000}).encode()),
    ("derive", json.dumps({"expression": "eye(1000000000)*x", "wrt": "x"}).encode()),
    ("steps", json.dumps({"expression": "kron(" * 40 + "A" + ",A)" * 40, "wrt": "A"}).encode()),
]


LATE = 20  # seconds after the end in which a busy server is asked again


@dataclass
class Outcome:
    """What the clients saw."""

    times: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    lost: int = 0
    busy: int = 0
    attacks: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def p95(self) -> float:
        return sorted(self.times)[int(0.95 * len(self.times))]


def _client(url: str, until: float, expected: dict[bytes, bytes], out: Outcome, seed: int) -> None:
    chance = random.Random(seed)
    ordinary = sorted(expected)
    while time.monotonic() < until:
        attack = chance.random() < 0.05
        command, body = chance.choice(ATTACKS) if attack else ("derive", chance.choice(ordinary))
        begun = time.monotonic()
        for k in range(60):
            if k and time.monotonic() > until + LATE:  # the load is over: what still waits is not lost
                return
            try:
                status, headers, data = post(url, command, body)
            except OSError:
                status, headers, data = 0, {}, b""
            if status not in (0, 429):
                break
            with out.lock:
                out.busy += status == 429
            time.sleep(min(float(headers.get("retry-after", 1)), 0.2 + chance.random()))
        with out.lock:
            if status in (0, 429):
                out.lost += 1
            elif attack:
                out.attacks += 1
                if status not in (200, 400, 413, 422) or b"schema_version" not in data:
                    out.wrong.append(f"{body[:80]!r}: {status}")
            else:
                out.times.append(time.monotonic() - begun)
                result = json.loads(data).get("result", {}).get("ascii", "").encode()
                if result != expected[body]:
                    out.wrong.append(f"{body[:80]!r}: {data[:200]!r}")


def load(url: str, seconds: float, clients: int, expected: dict[bytes, bytes]) -> Outcome:
    """Clients that ask mixed formulas, 5 % of them attacks; each answer is held against the expected one."""
    out, until = Outcome(), time.monotonic() + seconds
    threads = [threading.Thread(target=_client, args=(url, until, expected, out, k)) for k in range(clients)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return out


def ordinary() -> dict[bytes, bytes]:
    """The requests of the gallery, with small changes so that not all are remembered, and their results."""
    sys.path.insert(0, str(SOURCE))
    from gradproof.service import answer
    from gradproof.web.gallery import GALLERY

    found = {}
    for e in GALLERY:
        request = {"expression": e.expression, "wrt": e.wrt.split(), "where": e.where or None}
        body = answer(request).body
        found[json.dumps(request).encode()] = body["result"]["ascii"].encode()
    return found


def memory(process: subprocess.Popen[bytes]) -> int:
    """The resident bytes of a process and its children."""
    pids, total = [process.pid], 0
    for pid in pids:
        with contextlib.suppress(OSError):
            pids += map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096
    return total


def main() -> None:
    given = argparse.ArgumentParser()
    given.add_argument("--seconds", type=float, default=120)
    given.add_argument("--clients", type=int, default=50)
    asked = given.parse_args()
    expected = ordinary()
    with server() as (url, process):
        before = memory(process)
        begun = time.monotonic()
        out = load(url, asked.seconds, asked.clients, expected)
        took = time.monotonic() - begun
        health = json.loads(get(url, "/health")[2])
        print(
            f"{asked.clients} clients, {took:.0f} s: {len(out.times)} ordinary answers, {len(out.times) / took:.0f} a second"
        )
        print(
            f"p95 {1000 * out.p95():.0f} ms, {out.attacks} attacks answered, {out.busy} times 429, lost {out.lost}, wrong {len(out.wrong)}"
        )
        print(f"memory {before / 2**20:.0f} -> {memory(process) / 2**20:.0f} MiB; {health}")
        print(*out.wrong[:5], sep="\n")


if __name__ == "__main__":
    main()
