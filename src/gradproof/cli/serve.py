"""gradproof serve: the page and its JSON interface."""

from __future__ import annotations

import argparse


def add(command: argparse.ArgumentParser) -> None:
    """Its options."""
    command.add_argument("--host", default="127.0.0.1", help="the address to listen at (only this machine: 127.0.0.1)")
    command.add_argument("--port", type=int, default=8000)
    command.add_argument("--workers", type=int, default=None, help="processes that answer (one for each core)")
    command.add_argument("--seconds", type=float, default=5.0, help="of computing that a request may take")
    command.add_argument("--queue", type=int, default=32, help="how many requests may wait; more get 429")
    command.add_argument("--log-formulas", action="store_true", help="write what is asked into the log")


def run(args: argparse.Namespace) -> int:
    """Serves until a signal."""
    import os  # the server is needed only here

    from gradproof.web.pool import Settings  # with it
    from gradproof.web.serve import serve  # with it

    workers = args.workers or max(1, os.cpu_count() or 1)
    serve(args.host, args.port, Settings(workers=workers, seconds=args.seconds, queue=args.queue), args.log_formulas)
    return 0
