"""The server as a program: uvicorn on the loopback unless told otherwise, logs as lines of JSON, a graceful stop."""

from __future__ import annotations

import json
import logging
import os
import socket
import sys
import time
from typing import Any

from gradproof.errors import ParseError
from gradproof.optional import needed
from gradproof.say import say
from gradproof.web.app import HEAD, application
from gradproof.web.pool import Pool, Settings

BACKLOG = 512  # connections that wait for the server
IDLE, STOP = 5, 8  # seconds that an idle connection is kept, and that requests get to end when the server stops


class Lines(logging.Formatter):
    """A line of JSON for each message."""

    def format(self, record: logging.LogRecord) -> str:
        said = record.getMessage()
        more = json.loads(said) if said.startswith("{") else {"message": said}
        when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created))
        return json.dumps({"time": when, "level": record.levelname.lower(), **more}, ensure_ascii=False)


def _logging() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines())
    for name in ("gradproof.serve", "uvicorn.error"):
        log = logging.getLogger(name)
        log.handlers, log.propagate = [handler], False
        log.setLevel(logging.INFO)


def serve(
    host: str = "127.0.0.1",
    port: int = 8000,
    settings: Settings | None = None,
    formulas: bool = False,
    lang: str = "en",
) -> None:
    """Serves until a signal. `formulas`: whether the log has them. Raises UnsupportedError where the extra `web` is not installed, ParseError where it cannot listen."""
    uvicorn: Any = needed("uvicorn")
    pool = Pool(settings or Settings(workers=max(1, os.cpu_count() or 1)))
    _logging()
    config = uvicorn.Config(
        application(pool, formulas), host, port, log_config=None, access_log=False, server_header=False, proxy_headers=False,
        timeout_keep_alive=IDLE, timeout_graceful_shutdown=STOP, h11_max_incomplete_event_size=HEAD, http="h11", ws="none", backlog=BACKLOG,
    )  # fmt: skip

    class Server(uvicorn.Server):
        def handle_exit(self, sig: int, frame: Any) -> None:
            pool.stopping = True  # requests on connections that are kept get 503
            super().handle_exit(sig, frame)

    with _listening(host, port) as found:
        url = f"http://{f'[{host}]' if ':' in host else host}:{found.getsockname()[1]}/"
        print(say("gradproof is at {url} (Ctrl+C stops it)", url=url).told(lang), file=sys.stderr, flush=True)
        Server(config).run(sockets=[found])


def _listening(host: str, port: int) -> socket.socket:
    """A socket that listens there; port 0 is a free one. Raises ParseError where that cannot be."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        unknown = error.errno is None or isinstance(error, socket.gaierror)  # its numbers are others
        reason = (str(error.strerror) if unknown else os.strerror(error.errno or 0)).lower()
        raise ParseError(
            say("cannot listen at {host}, port {port}: {reason}", host=host, port=port, reason=reason)
        ) from None
