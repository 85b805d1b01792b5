"""A process that answers requests, one at a time, within a budget of time and memory."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from multiprocessing import forkserver
from multiprocessing.connection import Connection

import gradproof as gp
from gradproof.service import reply
from gradproof.web.warm import warm

try:
    import resource
except ImportError:  # not on Windows: there only sizes are checked
    resource = None


def memory_held(pid: int | str = "self", resident: bool = False) -> int:
    """The bytes of address space that a process has, or of memory that is resident, where the system tells."""
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[resident]) * (resource.getpagesize() if resource else 4096)
    except (OSError, IndexError):  # it has ended
        return 0


def _end_with_parent() -> None:
    """Ends this process when the one that made it ends, where the system can: one that is stopped would not see it.

    The process that made it is a fork server, which ends when nobody holds its pipe any more: this one must not.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError, TypeError):
            ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
            os.close(forkserver._forkserver._forkserver_alive_fd)  # type: ignore[attr-defined]


def run(link: Connection, seconds: float, memory: int) -> None:
    """Answers what comes over the link until it is closed: status, bytes by which this process has grown, body. `memory`: bytes beyond those that are held at the start."""
    _end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started it decides when it ends
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    gp.limits(seconds=seconds, memory=memory, order=6).default()
    warm()  # where the process that it was forked from has not done so, the first request finds everything loaded all the same
    if resource is not None and memory_held():
        most = memory_held() + memory
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    link.send_bytes(b"ready")
    begun = memory_held(resident=True)
    while True:
        try:
            command, data = link.recv_bytes().split(b"\0", 1)
            status, body = reply(command.decode("ascii"), data)
            link.send_bytes(b"%d %d\0" % (status, memory_held(resident=True) - begun) + body)
        except (EOFError, OSError):
            return
