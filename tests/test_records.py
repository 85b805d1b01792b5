"""gradproof's records behave as those of the standard library."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from gradproof import records

OPTIONS = [
    {},
    {"frozen": True},
    {"frozen": True, "eq": False},
    {"frozen": True, "slots": True},
    {"frozen": True, "slots": True, "kw_only": True},
    {"slots": True},
    {"eq": False, "slots": True, "frozen": True},
]


def pair(module: Any, options: dict[str, bool]) -> tuple[type, type]:
    """A class and one that follows it, made by a module."""

    @module.dataclass(**options)
    class Base:
        """A record."""

        a: int
        b: str = "b"
        c: list[int] = module.field(default_factory=list, repr=False, compare=False)

        def twice(self) -> int:
            return 2 * self.a

    @module.dataclass(**options)
    class More(Base):
        d: tuple[int, ...] = ()
        e: int = module.field(default=5, kw_only=True)

        def __post_init__(self) -> None:
            if self.a < 0:
                raise ValueError("negative")

    return Base, More


def outcome(call: Any, *args: Any, **named: Any) -> str:
    """What becomes of a call."""
    try:
        call(*args, **named)
    except Exception as error:
        return type(error).__name__
    return "fine"


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_records_are_as_the_standard_library_has_them(options: dict[str, bool]) -> None:
    kinds = [pair(records, options), pair(dataclasses, options)]
    found = []
    for (base, more), module in zip(kinds, (records, dataclasses), strict=True):
        x, y = base(a=1), more(a=2, b="z", d=(3,), e=7)
        again = module.replace(y, a=9)
        said: list[Any] = [
            repr(x).split(".")[-1], repr(y).split(".")[-1], x.c, y.twice(), again.a, again.d, base(a=1) == base(a=1), base(a=1) == base(a=2),
            x == y, more.__match_args__, base.__match_args__, base.__doc__, hasattr(x, "__dict__"), copy.copy(y).e, copy.deepcopy(y).d,
            base(a=1, c=[1]) == base(a=1, c=[2]), base.__name__, sorted(more.__dataclass_fields__),
        ]  # fmt: skip
        try:
            said.append(hash(base(a=1)) == hash(base(a=1)))
        except TypeError:
            said.append("no hash")
        said += [
            outcome(setattr, x, "a", 3),
            outcome(base),
            outcome(base, 1, 2, 3, 4),
            outcome(more, a=-1),
            outcome(base, a=1, z=2),
        ]
        found.append(said)
    assert found[0] == found[1]


def test_the_standard_replace_takes_records_and_they_are_pickled() -> None:
    from gradproof.numeric.report import Report
    from gradproof.say import say

    report = Report(True, 0.0, 3, "exact", say("no point was tried"))
    assert dataclasses.replace(report, points=4).points == 4
    assert pickle.loads(pickle.dumps(report)) == report
    with pytest.raises(AttributeError):
        report.points = 5  # type: ignore[misc]


def test_the_first_records_are_made_in_several_threads_at_once() -> None:
    @records.dataclass(frozen=True)
    class Point:
        x: int
        y: int = 2

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(Point, range(64)))
    assert [(p.x, p.y) for p in made] == [(k, 2) for k in range(64)]
