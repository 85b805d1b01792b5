"""One node for each key, for as long as somebody holds it: so that equal is identical."""

from __future__ import annotations

import threading
import weakref
from typing import Any, TypeVar

T = TypeVar("T")

_lock = threading.RLock()  # taken again by _forget, where the collector runs inside


class _Reference(weakref.ref):
    """A weak reference that knows where it is kept."""

    __slots__ = ("key", "table")
    key: tuple
    table: Table


Table = dict[tuple, _Reference]


def _forget(
    reference: _Reference, lock: threading.RLock = _lock
) -> None:  # bound, for the end of a process, when names are gone
    table, key = reference.table, reference.key
    with lock:
        if table.get(key) is reference:  # else the key has another object by now
            del table[key]


def look_up(table: Table, key: tuple) -> Any:
    """The object with this key, or None."""
    reference = table.get(key)
    return reference() if reference is not None else None


def kept(table: Table, key: tuple, made: T) -> T:
    """The object with this key: the one that is there, or this one."""
    reference = _Reference(made, _forget)
    reference.key, reference.table = key, table
    if table.setdefault(key, reference) is reference:  # in one step, so that no lock is needed
        return made
    with _lock:
        first = table.setdefault(key, reference)
        found = made if first is reference else first()
        if found is None:
            table[key], found = reference, made
    return found
