"""What a public call may cost: time, memory, and the order of a derivative. Beyond it BudgetError, never a part of a result.

A public function is decorated with `limited`; the outermost one starts the clock. Whatever may run long calls `tick()` in its loop, and
`room(entries)` before it makes an array. Outside a public call both do nothing.
"""

from __future__ import annotations

import functools
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from time import monotonic
from typing import ParamSpec, TypeVar

from gradproof.errors import BudgetError, GradproofError
from gradproof.records import dataclass, field
from gradproof.say import say

try:
    from time import thread_time
except ImportError:  # browsers have one clock
    thread_time = monotonic

try:
    import resource
except ImportError:  # Windows, and browsers: there only sizes are checked
    resource = None

P = ParamSpec("P")
R = TypeVar("R")

ENTRY = 8  # bytes of a number in an array
PERIOD = 0.05  # seconds between two looks at time and memory
_UNIT = 1 if sys.platform == "darwin" else 1024  # of what the system says


@dataclass(frozen=True)
class limits:
    """A budget for each public call: `seconds` of computing, bytes of `memory`, and the `order` of a derivative, the number of names in `wrt`.

    `given_up`, where there is one, is asked now and then whether nobody waits for the answer any more.

    Use it as a context manager, or make it the default with `gp.limits(…).default()`. Beyond it: BudgetError.

    >>> with limits(seconds=5, memory=2**30):
    ...     pass
    """

    seconds: float = 5.0
    memory: float = 2**31
    order: int = 50
    given_up: Callable[[], bool] | None = None
    _tokens: list[Token[limits]] = field(default_factory=list, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not (self.seconds > 0 and self.memory > 0 and self.order > 0):
            raise BudgetError(say("limits are positive numbers"), hint=say("gp.limits(seconds=5, memory=2**30)"))

    def __enter__(self) -> limits:
        self._tokens.append(_current.set(self))
        return self

    def __exit__(self, *_: object) -> None:
        _current.reset(self._tokens.pop())

    def default(self) -> None:
        """From here on these limits hold where no others are set, in every thread."""
        _default[0] = self


SERVICE = limits(seconds=2.0, memory=2**30, order=6)  # for those who answer others
_default = [limits()]
_current: ContextVar[limits] = ContextVar("limits")


class _Budget:
    """What is left to a call that runs."""

    __slots__ = ("begun", "limits", "look", "spent", "start")

    def __init__(self, allowed: limits):
        self.limits, self.begun, self.look = allowed, thread_time(), monotonic() + PERIOD
        self.start: float | None = (
            None  # asked at the first look: most calls end before, and the system is slow to tell
        )
        self.spent: BudgetError | None = None


_running: ContextVar[_Budget | None] = ContextVar("budget", default=None)


def current() -> limits:
    """The limits that hold here."""
    budget = _running.get()
    return budget.limits if budget else _current.get(_default[0])


def limited(function: Callable[P, R]) -> Callable[P, R]:
    """A public function that keeps to the limits; inside of another one it shares that one's time."""

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        if _running.get() is not None:
            return function(*args, **kwargs)
        budget = _Budget(_current.get(_default[0]))
        token = _running.set(budget)
        try:
            result = function(*args, **kwargs)
            if budget.spent is None:
                return result
            raise budget.spent  # whoever caught it has no whole result
        except GradproofError as error:
            if budget.spent is None or error is budget.spent:
                raise
            raise budget.spent from None
        except MemoryError:
            raise BudgetError(
                say("there is not enough memory for it"), hint=say("try smaller sizes, or a lower order")
            ) from None
        except RecursionError:
            raise BudgetError(
                say("the formula is nested too deeply"), hint=say("name parts of it, and derive those")
            ) from None
        finally:
            _running.reset(token)

    return call


def tick() -> None:
    """Raises BudgetError where the running call is out of time or memory. To be called in every loop that may be long."""
    budget = _running.get()
    if budget is not None and (now := monotonic()) > budget.look:
        _look(budget, now)


def _look(budget: _Budget, now: float) -> None:
    if thread_time() - budget.begun > budget.limits.seconds:
        budget.spent = BudgetError(
            say("this takes more than {seconds:g} seconds", seconds=budget.limits.seconds),
            hint=say(
                "allow more: with gp.limits(seconds={seconds:g}): …, or ask for less",
                seconds=10 * budget.limits.seconds,
            ),
        )
    if budget.limits.given_up is not None and budget.limits.given_up():
        budget.spent = BudgetError(say("nobody waits for this any more"))
    held = _memory()
    if budget.start is None:
        budget.start = held
    if budget.spent is None and held - budget.start > budget.limits.memory:
        budget.spent = _too_large(budget.limits, "this takes")
    if budget.spent is not None:
        raise budget.spent
    budget.look = now + PERIOD


def remaining() -> float:
    """The seconds of computing that are left to the running call; infinite where none runs."""
    budget = _running.get()
    return budget.limits.seconds - (thread_time() - budget.begun) if budget else math.inf


@contextmanager
def share(seconds: float) -> Iterator[None]:
    """A part of a call that may take these seconds, and at most half of what is left; beyond it BudgetError."""
    outer, whole = _running.get(), current()
    budget = _Budget(whole)
    if outer is not None:
        seconds = min(seconds, (whole.seconds - (budget.begun - outer.begun)) / 2)
        budget.start = outer.start
    budget.limits = limits(max(0.01, round(seconds, 2)), whole.memory, whole.order, whole.given_up)
    token = _running.set(budget)
    try:
        yield
    finally:
        _running.reset(token)


def room(entries: int, what: str = "an array") -> None:
    """Raises BudgetError where that many numbers do not fit into the memory of the running call. To be called before they are allocated."""
    allowed = current()
    if entries * ENTRY > allowed.memory:
        raise _too_large(allowed, f"{what} of {entries} entries takes")


def check_order(order: int) -> None:
    """Raises BudgetError where a derivative is of a higher order than the limits allow."""
    allowed = current()
    if order > allowed.order:
        raise BudgetError(
            say("a derivative by {order} names is beyond the limit of {limit}", order=order, limit=allowed.order),
            hint=say("allow more: with gp.limits(order={order}): …", order=order),
        )


def _too_large(allowed: limits, what: str) -> BudgetError:
    return BudgetError(
        say("{what} more than {size:.3g} GiB of memory", what=what, size=allowed.memory / 2**30),
        hint=say(
            "allow more: with gp.limits(memory={memory}): …, or choose smaller sizes", memory=int(4 * allowed.memory)
        ),
    )


def _memory() -> float:
    """The most bytes that this process has held, as far as the system tells."""
    if resource is None:
        return 0.0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT
