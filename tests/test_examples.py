"""The scripts of examples reach what their pages say, and the pages are what they print."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from scipy.special import log_softmax

pytest.importorskip("sklearn", reason="the example compares with scikit-learn")

pytestmark = pytest.mark.long
ROOT = Path(__file__).parents[1]


def _loaded(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


examples = _loaded(ROOT / "tools" / "examples.py")
logistic = examples.logistic
PROBLEMS = {problem.title: problem for problem in (make() for make in logistic.PROBLEMS)}
every_run = pytest.mark.parametrize(
    "run", examples.results(), ids=lambda run: f"{run.title}-{run.method}".replace(" ", "-")
)


def objective(problem: object, weights: np.ndarray) -> float:
    """The objective, without gradproof."""
    data = problem.data  # type: ignore[attr-defined]
    if "y" in data:
        return np.log1p(np.exp(-data["y"] * (data["X"] @ weights))).sum() + data["lam"] / 2 * (weights[:-1] ** 2).sum()
    return -log_softmax(data["X"] @ weights, axis=1)[data["Y"] == 1].sum() + data["lam"] / 2 * (weights**2).sum()


@every_run
def test_scikit_learns_optimum_is_reached(run: logistic.Run) -> None:
    problem = PROBLEMS[run.title]
    optimum = objective(problem, problem.fit("newton-cholesky"))
    assert abs(objective(problem, run.weights) - optimum) <= 1e-8 * optimum
    assert run.distance <= 1e-8
    assert run.gradient_norm <= 1e-6 * optimum


@every_run
def test_weights_are_those_of_scikit_learn(run: logistic.Run) -> None:
    np.testing.assert_allclose(run.weights, PROBLEMS[run.title].fit("newton-cholesky"), atol=1e-4)


@every_run
def test_a_method_uses_what_it_is_named_for(run: logistic.Run) -> None:
    assert set(run.calls) == {"Newton": {"f, g", "H"}, "Newton-CG": {"f, g", "Hv"}, "L-BFGS": {"f, g"}}[run.method]
    assert run.path[-1] <= run.path[0]


def test_a_missed_optimum_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(logistic.METHODS, "Newton", lambda f, x: (x, [f.value_and_gradient(x)[0]]))
    with pytest.raises(AssertionError, match="breast cancer, Newton: relative distance"):
        list(logistic.runs(PROBLEMS["breast cancer"]))


def test_the_page_is_up_to_date() -> None:
    text = examples.PAGE.read_text("utf-8")
    assert examples.steady(examples.written(text)) == examples.steady(text), (
        "run `make examples`, and read what has changed"
    )


def test_the_page_shows_every_run_and_the_plot() -> None:
    text = examples.PAGE.read_text("utf-8")
    for run in examples.results():
        assert re.search(rf"^{run.title} +{run.method} .* {run.path[-1]:.8f} ", text, re.MULTILINE)
    (plot,) = re.findall(r"^!\[.+\]\((.+)\)$", text, re.MULTILINE)
    assert (examples.PAGE.parent / plot).resolve() == examples.PLOT
    assert examples.PLOT.stat().st_size < 150_000
