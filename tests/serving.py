"""`gradproof serve` as a process of its own, for tests; `load.py` has its load."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
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


def processes(root: int) -> list[int]:
    """A process and all that it and its children started, by whichever of their threads."""
    found = [root]
    for pid in found:
        with contextlib.suppress(OSError):
            for thread in Path(f"/proc/{pid}/task").iterdir():
                found += map(int, (thread / "children").read_text().split())
    return found


def memory(process: subprocess.Popen[bytes]) -> int:
    """The bytes that a process and its children hold; a page that some of them share counts once."""
    total = 0
    for pid in processes(process.pid):
        with contextlib.suppress(OSError):
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            total += sum(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total
