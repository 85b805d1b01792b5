"""One node for each key, for as long as somebody holds it: so that equal is identical.

A table holds its nodes; when it has grown, those that nobody else holds are let go, all at once. That is less work than to watch each of them.
"""

from __future__ import annotations

from _thread import RLock  # `threading` makes the same ones, and takes a millisecond to load
from sys import getrefcount
from typing import Any, TypeVar

T = TypeVar("T")

LEAST = 4096  # nodes before a table looks for those that nobody holds

_lock = RLock()  # taken again where the collector runs inside


class Kept(dict[tuple, Any]):
    """Nodes by their keys. Nodes are made before those that are made of them, and stand before them."""

    __slots__ = ("_held", "_limit")

    def __init__(self) -> None:
        super().__init__()
        self._held: list[tuple[tuple, Any]] = []  # taken out while it is looked through
        self._limit = LEAST

    def keep(self, key: tuple, made: T) -> T:
        """The node with this key: the one that is there, or this one. (`get` finds it, or None.)"""
        with _lock:
            if self._held:  # an interrupt came while it was looked through
                self._put_back()
            found = self.setdefault(key, made)
            if len(self) > self._limit:
                self._let_go()
            return found

    def _let_go(self) -> None:
        """Forget what nobody else holds. Meanwhile `get` may miss a node; who then makes it waits in `keep`, and gets the one that was there."""
        try:
            while self:
                key, node = self.popitem()  # the last first: what it is made of may then be held by nobody
                if getrefcount(node) > ALONE:
                    self._held.append((key, node))
        finally:
            self._put_back()
        self._limit = max(LEAST, 2 * len(self))

    def _put_back(self) -> None:
        self.update(reversed(self._held))
        self._held.clear()


def _alone() -> int:
    """What `getrefcount` says of an object that only one name holds."""
    node = object()
    return getrefcount(node)


ALONE = _alone()
