"""The budget of a call: time, memory and order; beyond it an error, and nothing else changes."""

from __future__ import annotations

import contextlib
import threading
import time

import pytest

import gradproof as gp
from gradproof import budget
from gradproof.budget import limited, remaining, room, tick


@limited
def spin(seconds: float) -> str:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        tick()
    return "whole"


def test_a_call_beyond_its_time_is_refused_with_what_to_do() -> None:
    started = time.thread_time()
    with gp.limits(seconds=0.2), pytest.raises(gp.BudgetError, match=r"0\.2 seconds") as caught:
        spin(60)
    assert time.thread_time() - started < 5
    assert "gp.limits(seconds=2)" in caught.value.hint


def test_every_call_has_its_own_time_and_inner_calls_share_it() -> None:
    with gp.limits(seconds=0.4):
        assert [spin(0.25), spin(0.25)] == ["whole", "whole"]

        @limited
        def both() -> None:
            spin(0.3)
            spin(0.3)

        with pytest.raises(gp.BudgetError):
            both()


def test_a_caught_refusal_is_no_result() -> None:
    @limited
    def careless() -> str:
        try:
            spin(60)
        except gp.GradproofError:
            return "a part"
        return "whole"

    @limited
    def other_error() -> None:
        try:
            spin(60)
        except gp.GradproofError:
            raise gp.UnsupportedError("not this way") from None

    for call in (careless, other_error):
        with gp.limits(seconds=0.1), pytest.raises(gp.BudgetError, match="seconds"):
            call()


def test_memory_is_asked_for_before_it_is_taken() -> None:
    with gp.limits(memory=800):
        room(100)
        with pytest.raises(gp.BudgetError, match="101 entries"):
            room(101)


def test_memory_that_grows_is_seen() -> None:
    @limited
    def grow() -> int:
        held = []
        for _ in range(400):
            held.append(bytearray(b"x" * (1 << 20)))
            time.sleep(0.001)
            tick()
        return len(held)

    with gp.limits(memory=2**26), pytest.raises(gp.BudgetError, match="GiB"):
        grow()


def test_outside_a_call_nothing_is_limited() -> None:
    tick()
    assert remaining() == float("inf")


def test_limits_nest_and_end() -> None:
    with gp.limits(seconds=3) as outer:
        with gp.limits(seconds=2):
            assert budget.current().seconds == 2
        assert budget.current() is outer
    assert budget.current().seconds != 3


def test_a_default_holds_in_every_thread() -> None:
    before, seen = budget.current(), []
    try:
        gp.limits(seconds=77).default()
        thread = threading.Thread(target=lambda: seen.append(budget.current().seconds))
        thread.start()
        thread.join()
    finally:
        before.default()
    assert seen == [77]


def test_what_python_cannot_do_is_a_budget_too() -> None:
    @limited
    def deep(n: int) -> int:
        return deep(n + 1)

    with pytest.raises(gp.BudgetError, match="nested"):
        deep(0)


@pytest.mark.parametrize("bad", [{"seconds": 0}, {"memory": -1}, {"order": 0}, {"seconds": float("nan")}])
def test_limits_are_positive(bad: dict[str, float]) -> None:
    with pytest.raises(gp.BudgetError):
        gp.limits(**bad)


def test_sizes_in_a_claims_formula_are_refused_at_once() -> None:
    """Arrays that Python alone would compute with for minutes, at each of many points."""
    start = time.monotonic()
    for formula in ("x'*eye(100000)*x", "sum(ones(3000,3000)*x)"):
        with pytest.raises(gp.BudgetError, match="too large for a proof"):
            gp.check(formula, "x", claim="2*x")
    assert time.monotonic() - start < 8


def test_a_proof_keeps_to_its_time_inside_of_matrix_functions() -> None:
    d = gp.derive("tr(sqrtm(P + y*y'))", ["P", "y", "P"], where="P: matrix n n; y: vector n", verify=False)
    start = time.thread_time()
    d.verify()
    assert time.thread_time() - start < 6


@pytest.mark.parametrize(
    "text",
    ["ab " * 30_000, "1 " * 40_000, "- " * 40_000 + "x"],
    ids=lambda t: t[:6],
)
def test_reading_keeps_to_the_budget(text: str) -> None:
    start = time.process_time()
    with gp.limits(seconds=1), contextlib.suppress(gp.GradproofError):
        gp.parse(text)
    assert time.process_time() - start < 8
