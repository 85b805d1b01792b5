"""Logistic regression on scikit-learn's breast cancer and digits data, with derivatives that gradproof writes.

    python examples/logistic_regression.py                   prints the derived code and a table, with rough times
    python examples/logistic_regression.py --plot FILE.svg   draws the way to the optimum

It needs scikit-learn and SciPy, and Matplotlib for the plot. It stops with an error where scikit-learn's optimum is missed.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

import gradproof as gp

BINARY = "sum(log(1 + exp(-y.*(X*w)))) + lam/2*sum(p.*w.^2)"
SOFTMAX = "sum(log(exp(X*W)*ones(c))) - sum(Y.*(X*W)) + lam/2*norm2(W)^2"
PENALTY = 1.0
AGREED = 1e-8  # how close to scikit-learn's optimum every method has to come, relative to its value


# -- the problems


@dataclass(frozen=True)
class Problem:
    """A formula, the variable to be found, the data, and how scikit-learn finds it: a function from the name of its solver to the weights."""

    title: str
    formula: str
    wrt: str
    data: dict[str, Any]
    shape: tuple[int, ...]  # of the weights
    fit: Callable[[str], np.ndarray]

    @property
    def sizes(self) -> dict[str, int]:
        """The dimensions in the formula: m samples, n columns, c classes."""
        return dict(zip("mnc", (len(self.data["X"]), *self.shape), strict=False))


def breast_cancer() -> Problem:
    """Two classes. The last column of X is the intercept, which scikit-learn does not penalise: its weight in p is zero."""
    features, labels = load_breast_cancer(return_X_y=True)
    features = StandardScaler().fit_transform(features)
    X = np.column_stack([features, np.ones(len(features))])
    p = np.append(np.ones(features.shape[1]), 0.0)

    def fit(solver: str) -> np.ndarray:
        model = sklearn_model(solver).fit(features, labels)
        return np.append(model.coef_, model.intercept_)

    return Problem(
        "breast cancer", BINARY, "w", {"X": X, "y": 2.0 * labels - 1.0, "p": p, "lam": PENALTY}, (X.shape[1],), fit
    )


def digits() -> Problem:
    """Ten classes. The column of ones is penalised like the others: one number added to all ten intercepts would change nothing else."""
    pixels, labels = load_digits(return_X_y=True)
    X = np.column_stack([pixels / 16, np.ones(len(pixels))])
    Y = np.eye(10)[labels]

    def fit(solver: str) -> np.ndarray:
        return sklearn_model(solver, fit_intercept=False).fit(X, labels).coef_.T

    return Problem("digits", SOFTMAX, "W", {"X": X, "Y": Y, "lam": PENALTY}, (X.shape[1], Y.shape[1]), fit)


def sklearn_model(solver: str, **options: Any) -> LogisticRegression:
    """The same problem for scikit-learn, to be solved as exactly as it can."""
    return LogisticRegression(C=1 / PENALTY, solver=solver, tol=1e-12, max_iter=10_000, **options)


PROBLEMS = (breast_cancer, digits)


# -- from the formula to functions


class Objective:
    """What optimisers ask of a formula, as functions of one flat vector: value and gradient, Hessian, Hessian times a vector. Calls are counted."""

    def __init__(self, problem: Problem):
        first = gp.derive(problem.formula, wrt=problem.wrt, where={"lam": "scalar"})
        second = gp.hessian(problem.formula, wrt=problem.wrt, where={"lam": "scalar"})
        self.code = first.compile(value=True)
        self.hessian_code = second.compile()
        self.product_code = second.hvp()
        self.problem, self.size, self.calls = problem, int(np.prod(problem.shape)), Counter()

    def value_and_gradient(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        self.calls["f, g"] += 1
        value, gradient = self.code(self._values(x))
        return value, gradient.ravel()

    def hessian(self, x: np.ndarray) -> np.ndarray:
        self.calls["H"] += 1
        return self.hessian_code(self._values(x)).reshape(self.size, self.size)

    def hessian_times(self, x: np.ndarray, v: np.ndarray) -> np.ndarray:
        self.calls["Hv"] += 1
        return self.product_code(self._values(x), v=v.reshape(self.problem.shape)).ravel()

    def _values(self, x: np.ndarray) -> dict[str, Any]:
        return {**self.problem.data, self.problem.wrt: x.reshape(self.problem.shape)}


# -- three ways to the optimum; each gives the last point and the value after every iteration


def newton(f: Objective, x: np.ndarray) -> tuple[np.ndarray, list[float]]:
    """Newton's method: a Cholesky solve with the emitted Hessian, and the step is halved until the value falls."""
    value, gradient = f.value_and_gradient(x)
    path, gain = [value], np.inf
    while gain > 1e-14 * value and len(path) < 100:
        step = -cho_solve(cho_factor(f.hessian(x)), gradient)
        gain, length, last = -gradient @ step, 1.0, value
        value, gradient = f.value_and_gradient(x + step)
        while value > last - 1e-4 * length * gain + 1e-14 * last:  # the last term is rounding
            length /= 2
            value, gradient = f.value_and_gradient(x + length * step)
        x = x + length * step
        path.append(value)
    return x, path


def newton_cg(f: Objective, x: np.ndarray) -> tuple[np.ndarray, list[float]]:
    """SciPy's Newton-CG, which needs no Hessian but its products with vectors."""
    return _scipy(f, x, "Newton-CG", {"xtol": 1e-9}, hessp=f.hessian_times)


def lbfgs(f: Objective, x: np.ndarray) -> tuple[np.ndarray, list[float]]:
    """SciPy's L-BFGS, which needs value and gradient."""
    return _scipy(f, x, "L-BFGS-B", {"maxcor": 20, "maxiter": 2000, "maxfun": 5000, "ftol": 1e-15, "gtol": 1e-9})


def _scipy(
    f: Objective, x: np.ndarray, method: str, options: dict[str, Any], **more: Any
) -> tuple[np.ndarray, list[float]]:
    path = [f.value_and_gradient(x)[0]]

    def note(*, intermediate_result: Any) -> None:
        path.append(float(intermediate_result.fun))

    found = minimize(f.value_and_gradient, x, jac=True, method=method, options=options, callback=note, **more)
    return found.x, path


METHODS = {"Newton": newton, "Newton-CG": newton_cg, "L-BFGS": lbfgs}
SOLVERS = {"Newton": "newton-cholesky", "Newton-CG": "newton-cg", "L-BFGS": "lbfgs"}  # what scikit-learn calls them


# -- runs


@dataclass(frozen=True)
class Run:
    """What a method found: the weights, the value after each iteration, and the value at scikit-learn's optimum."""

    title: str
    method: str
    weights: np.ndarray
    path: tuple[float, ...]
    calls: dict[str, int]
    gradient_norm: float
    optimum: float

    @property
    def distance(self) -> float:
        """How far the value is from scikit-learn's, relative to it."""
        return abs(self.path[-1] - self.optimum) / abs(self.optimum)


def solved(problem: Problem, method: str, f: Objective, optimum: float) -> Run:
    """The optimum by one of the methods, from zero."""
    f.calls.clear()
    x, path = METHODS[method](f, np.zeros(f.size))
    calls = dict(f.calls)
    gradient = f.value_and_gradient(x)[1]
    return Run(
        problem.title, method, x.reshape(problem.shape), tuple(path), calls, float(np.linalg.norm(gradient)), optimum
    )


def runs(problem: Problem) -> Iterator[Run]:
    """The optimum by all methods, beside scikit-learn's most exact solver."""
    f = Objective(problem)
    optimum, _ = f.value_and_gradient(problem.fit("newton-cholesky").ravel())
    for method in METHODS:
        run = solved(problem, method, f, optimum)
        assert run.distance <= AGREED, (
            f"{run.title}, {method}: relative distance {run.distance:.1e} to scikit-learn's optimum"
        )
        yield run


def shortest(work: Callable[[], Any], times: int = 3) -> float:
    """The shortest of a few times, in seconds."""
    taken = []
    for _ in range(times):
        start = perf_counter()
        work()
        taken.append(perf_counter() - start)
    return min(taken)


def time_ratio(problem: Problem, method: str) -> float:
    """Our time as a multiple of that of scikit-learn's solver of the same name; derivation and compilation are not in it."""
    f = Objective(problem)
    f.hessian(np.zeros(f.size))  # plans are made at the first call
    return shortest(lambda: METHODS[method](f, np.zeros(f.size))) / shortest(lambda: problem.fit(SOLVERS[method]))


# -- what is shown


def table(results: Sequence[Run], ratios: Sequence[float] | None = None) -> str:
    """The runs, one a line."""
    lines = [
        f"{'data':14}{'method':11}{'iterations':>10}  {'calls':24}{'objective':>14}{'distance':>10}{'|gradient|':>12}"
        + ("  time" if ratios else "")
    ]
    for k, run in enumerate(results):
        calls = ", ".join(
            f"{count} × ({what})" if "," in what else f"{count} × {what}" for what, count in run.calls.items()
        )
        line = f"{run.title:14}{run.method:11}{len(run.path) - 1:10}  {calls:24}{run.path[-1]:14.8f}{run.distance:10.0e}{run.gradient_norm:12.0e}"
        lines.append(line + (f"{ratios[k]:6.1f}" if ratios else ""))
    return "\n".join(lines)


COLOURS = {"Newton": "#0072B2", "Newton-CG": "#D55E00", "L-BFGS": "#009E73"}  # told apart by colour-blind readers too
MARKERS = {"Newton": "o", "Newton-CG": "s", "L-BFGS": ""}


def plot(results: Sequence[Run], file: str) -> None:
    """The distance to the optimum against iterations, a panel for each data set."""
    import matplotlib  # only the plot needs it

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    matplotlib.rcParams.update(
        {"font.size": 11, "svg.hashsalt": "gradproof", "axes.spines.top": False, "axes.spines.right": False}
    )
    titles = list(dict.fromkeys(run.title for run in results))
    figure, panels = plt.subplots(1, len(titles), figsize=(8.4, 3.6), sharey=True, layout="constrained")
    for title, panel in zip(titles, panels, strict=True):
        shown = [run for run in results if run.title == title]
        draw(panel, shown)
        panel.set_title(f"{title}, {shown[0].weights.size} weights", loc="left", fontsize=11)
    panels[0].set_ylabel("relative distance to the optimum")
    panels[0].legend(frameon=False)
    figure.savefig(file, metadata={"Date": None} if file.endswith("svg") else None, dpi=150)
    plt.close(figure)


def draw(panel: Any, results: Sequence[Run]) -> None:
    """The curves of one data set, each down to where rounding begins."""
    rounding = 2e-15
    for run in results:
        gaps = [(value - run.optimum) / run.optimum for value in run.path]
        end = next((k for k, gap in enumerate(gaps) if gap < rounding), len(gaps) - 1)
        shown = np.maximum(gaps[: end + 1], rounding)
        panel.plot(
            shown,
            color=COLOURS[run.method],
            marker=MARKERS[run.method],
            markersize=4.5,
            linewidth=1.8,
            label=run.method,
            clip_on=False,
        )
    panel.axhline(AGREED, color="0.6", linewidth=0.8, linestyle=(0, (4, 3)), zorder=0)
    panel.set_yscale("log")
    panel.set_yticks([1e0, 1e-4, 1e-8, 1e-12, 1e-16], ["1", "$10^{-4}$", "$10^{-8}$", "$10^{-12}$", "$10^{-16}$"])
    panel.set_ylim(5e-17, 1e2)
    panel.minorticks_off()
    panel.set_xlabel("iterations")
    panel.set_xlim(left=0)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description="Logistic regression with derived gradients and Hessians, beside scikit-learn."
    )
    parser.add_argument("--plot", metavar="FILE", help="draw the way to the optimum into this file (svg, png or pdf)")
    options = parser.parse_args(arguments)
    problems = [make() for make in PROBLEMS]
    print(Objective(problems[0]).code.source_for(**problems[0].sizes))
    results = [run for problem in problems for run in runs(problem)]
    if options.plot:
        plot(results, options.plot)
    print(table(results, [time_ratio(problem, method) for problem in problems for method in METHODS]))
    print("\ndistance: of the objective to scikit-learn's optimum, relative")
    print("time: as a multiple of scikit-learn's solver of the same name; rough, and without the derivation")


if __name__ == "__main__":
    main()
