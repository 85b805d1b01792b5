"""Cases that say what holds everywhere: their values, and where each is meant."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from gradproof.records import dataclass


class NoCases(Exception):
    """Cases that do not say what holds where."""


@dataclass(frozen=True)
class Comparisons:
    """Comparisons that all hold: each a left side, a sign, a right side."""

    parts: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Case:
    """A value, and where it is meant; `condition` is None for all that is left."""

    value: str
    condition: Comparisons | None


def whole(cases: Sequence[Case]) -> tuple[Case, ...]:
    """Cases that say what holds everywhere: the last of two opposite ones holds for all that is left. Raises NoCases."""
    if len(cases) < 2 or any(c.condition is None for c in cases[:-1]):
        raise NoCases
    if cases[-1].condition is not None:
        _refuse_gaps([c.condition for c in cases if c.condition is not None])
    return tuple(cases)


_TURNED: Mapping[str, str] = {"<": ">", ">": "<", "≤": "≥", "≥": "≤"}


def _refuse_gaps(conditions: Sequence[Comparisons]) -> None:
    """Raise NoCases where it is not plain that one of the conditions holds, but for ties."""
    if not _opposite(conditions) and not _covering(conditions):
        raise NoCases


def _opposite(conditions: Sequence[Comparisons]) -> bool:
    """Whether two sides are compared both ways."""
    signs: set[str] = set()
    about: set[tuple[str, str]] = set()
    for c in conditions:
        left, sign, right = ("".join(x.split()) for x in c.parts[0])
        if about and (left, right) not in about and (right, left) in about:
            left, sign, right = right, _TURNED.get(sign, sign), left
        about.add((left, right))
        signs |= {*{"≤": "<=", "≥": ">=", "≠": "<>"}.get(sign, sign)}
    return len(about) == 1 and {"<", ">"} <= signs and all(len(c.parts) == 1 for c in conditions)


def _covering(conditions: Sequence[Comparisons]) -> bool:
    """Whether something lies in one of several intervals between numbers wherever it lies."""
    about: set[str] = set()
    spans: list[tuple[float, float]] = []
    for c in conditions:
        low, high = -math.inf, math.inf
        for left, sign, right in c.parts:
            a, b = _number(left), _number(right)
            if (a is None) == (b is None) or sign not in _TURNED:
                return False
            about.add("".join((left if a is None else right).split()))
            bound = b if b is not None else a
            assert bound is not None
            below = (sign in "<≤") == (b is not None)
            low, high = (low, min(high, bound)) if below else (max(low, bound), high)
        spans.append((low, high))
    reached = -math.inf
    for low, high in sorted(spans):
        reached = max(reached, high) if low <= reached else reached
    return len(about) == 1 and reached == math.inf


def _number(text: str) -> float | None:
    try:
        return float("".join(text.split()).strip("()"))
    except ValueError:
        return None
