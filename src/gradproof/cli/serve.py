"""gradproof serve: the page and its JSON interface."""

from __future__ import annotations

import math
from collections.abc import Callable

from gradproof.cli import common
from gradproof.cli.option import Args, Command, Option
from gradproof.say import say


def _whole(least: int, most: int = 2**31) -> Callable[[str], int]:
    """Reads a whole number within bounds. Raises ValueError for another."""

    def read(text: str) -> int:
        if not least <= int(text) <= most:
            raise ValueError(text)
        return int(text)

    return read


def _seconds(text: str) -> float:
    """A time. Raises ValueError where it is none."""
    if not 0 < float(text) < math.inf:
        raise ValueError(text)
    return float(text)


OPTIONS = (
    Option(
        ("--host",), say("the address to listen at (only this machine: 127.0.0.1)"), takes="HOST", default="127.0.0.1"
    ),
    Option(("--port",), say("the port to listen at"), takes="N", read=_whole(0, 65535), default=8000),
    Option(("--workers",), say("processes that answer (one for each core)"), takes="N", read=_whole(1, 1000)),
    Option(("--seconds",), say("of computing that a request may take"), takes="N", read=_seconds, default=5.0),
    Option(("--queue",), say("how many requests may wait; more get 429"), takes="N", read=_whole(0), default=64),
    Option(("--log-formulas",), say("write what is asked into the log")),
    common.LANG,
)


def run(args: Args) -> int:
    """Serves until a signal."""
    import os  # the server is needed only here

    from gradproof.web.pool import Settings  # with it
    from gradproof.web.serve import serve  # with it

    workers = args.workers or max(1, os.cpu_count() or 1)
    serve(
        args.host,
        args.port,
        Settings(workers=workers, seconds=args.seconds, queue=args.queue),
        args.log_formulas,
        args.lang,
    )
    return common.FINE


COMMAND = Command("serve", say("the page and its JSON interface, in the browser"), run, OPTIONS)
