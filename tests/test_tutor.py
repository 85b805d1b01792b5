"""Exercises: solvable, proven, the same for a seed; right answers are accepted and marked wrong ones never."""

from __future__ import annotations

import numpy as np
import pytest

import gradproof as gp
from differences import derivative
from gradproof.cli.main import main
from gradproof.tutor.problems import LEVELS, PROBLEMS, TOPICS


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("level", LEVELS)
def test_an_exercise_is_solvable_and_marked(topic: str, level: int) -> None:
    for seed in range(2):
        e = gp.exercise(level, topic, seed)  # type: ignore[arg-type]
        assert (e.level, e.topic, e.seed) == (level, topic, seed)
        assert e.derivative.verified is True
        assert e.check(e.solution.ascii).verdict == "right"
        assert e.slips or "networks" in topic
        assert all(e.check(slip).verdict == "wrong" for slip in e.slips)
        assert e.hint(1)


@pytest.mark.long
def test_many_exercises() -> None:
    seen = set()
    for seed in range(150):
        e = gp.exercise(1 + seed % 5, seed=seed)
        assert e.derivative.verified is True
        seen.add((e.expression, e.wrt, e.where))
    assert len(seen) > 75


def test_every_level_has_problems_of_every_topic() -> None:
    assert {(p.topic, p.level) for p in PROBLEMS} == {(t, k) for t in TOPICS for k in LEVELS}


def test_a_seed_is_an_exercise_and_seeds_differ() -> None:
    assert gp.exercise(3, "trace", 7) == gp.exercise(3, "trace", 7)
    assert len({gp.exercise(3, seed=k).expression for k in range(30)}) > 15


def test_the_solution_is_that_of_finite_differences() -> None:
    e = gp.exercise(2, "norms", 4)
    rng = np.random.default_rng(1)
    sizes = {"m": 3, "n": 2, "k": 4, "p": 2}
    values = {s.name: rng.normal(size=tuple(sizes[str(d)] for d in s.shape)) for s in e.derivative.expression.variables}
    wanted = derivative(lambda **v: e.derivative.expression.evaluate(v), [e.wrt], values)
    np.testing.assert_allclose(e.solution.evaluate(values), wanted, rtol=1e-5)


def test_what_is_not_there_is_refused() -> None:
    with pytest.raises(gp.GradproofError, match="no level"):
        gp.exercise(6)
    with pytest.raises(gp.GradproofError, match="no topic"):
        gp.exercise(1, "algebra")  # type: ignore[arg-type]
    with pytest.raises(gp.GradproofError, match="hints"):
        gp.exercise(1, seed=1).hint(99)


def test_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["exercise", "--level", "1", "--topic", "trace", "--seed", "1", "--hint", "1"]) == 0
    shown = capsys.readouterr().out
    assert "Differentiate f =" in shown
    e = gp.exercise(1, "trace", 1)
    assert e.solution.ascii not in shown.splitlines()
    head = ["exercise", "--topic", "trace", "--seed", "1"]
    assert main([*head, "--claim", e.solution.ascii]) == 0
    assert main([*head, "--claim", f"2*({e.solution.ascii})"]) == 1
    capsys.readouterr()
    assert main(["derive", "norm2(A*x - b)^2", "--wrt", "x", "--hint", "1"]) == 0
    assert "r = A x − b" in capsys.readouterr().out


def test_every_topic_has_words_in_every_language() -> None:
    from gradproof.cli.exercise import _TOPICS
    from gradproof.tutor.problems import TOPICS

    assert set(_TOPICS) == set(TOPICS)
    assert {t.told("zh") for t in _TOPICS.values()}.isdisjoint(_TOPICS)
