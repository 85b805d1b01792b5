"""Two of the models of optimum.py as pictures: a Gaussian process with the hyper-parameters that were found, and all portfolios of least variance.

    python examples/optimum_plot.py FILE.svg

It needs what optimum.py needs, and Matplotlib.
"""

from __future__ import annotations

import argparse
from typing import Any

import matplotlib
import numpy as np
from scipy.optimize import minimize

import gradproof as gp
from optimum import X, Y, portfolio, process

matplotlib.use("agg")
BLUE, ORANGE, GREY = "#0072b2", "#d55e00", "#999999"


def fitted() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Inputs and values, then places, and the mean and the standard deviation there."""
    model = process()
    F = gp.objective(model.formula, model.over, model.where).bind(model.data)
    assert model.start is not None
    found = minimize(F.fun, F.pack(model.start), jac=F.jac, hess=F.hess, method="trust-exact", options={"gtol": 1e-9})
    a, s, q = (float(F.unpack(found.x)[n]) for n in model.over)
    x, y = X[:30, 0], np.sin(2 * X[:30, 0]) + 0.1 * Y[:30]
    at = np.linspace(x.min() - 0.5, x.max() + 0.5, 300)
    kernel = lambda u, v: np.exp(a) * np.exp(-((u[:, None] - v) ** 2) / (2 * np.exp(2 * s)))  # noqa: E731
    K, across = kernel(x, x) + np.exp(q) * np.eye(30), kernel(at, x)
    solved = np.linalg.solve(K, across.T)
    spread = np.sqrt(np.exp(a) + np.exp(q) - np.sum(across.T * solved, axis=0))
    return x, y, at, solved.T @ y, spread


def frontier() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Standard deviations and returns: of the best portfolios, and of the single assets."""
    model = portfolio()
    S, r = model.data["S"], model.data["r"]
    o = gp.minimize(model.formula, model.over, model.subject_to, model.where)
    wanted = np.linspace(r.min(), r.max() - 1e-4, 25)
    weights = [o.solve(S=S, r=r, t=t)["values"]["w"] for t in wanted]
    deviation = np.array([np.sqrt(w @ S @ w) for w in weights])
    return deviation, np.array([r @ w for w in weights]), np.sqrt(np.diag(S)), r


def plot(file: str) -> None:
    """Draws both."""
    import matplotlib.pyplot as plt  # after the backend is chosen

    matplotlib.rcParams.update(
        {"font.size": 11, "svg.hashsalt": "gradproof", "axes.spines.top": False, "axes.spines.right": False}
    )
    figure, panels = plt.subplots(1, 2, figsize=(8.4, 3.6), layout="constrained")
    left: Any
    left, right = panels
    x, y, at, mean, spread = fitted()
    left.fill_between(at, mean - 2 * spread, mean + 2 * spread, color=BLUE, alpha=0.15, linewidth=0)
    left.plot(at, mean, color=BLUE)
    left.plot(x, y, "o", color="black", markersize=3.5)
    left.set_title("Gaussian process: mean, two deviations", loc="left", fontsize=11)
    left.set_xlabel("input")
    deviation, gained, single, returns = frontier()
    right.plot(deviation, gained, color=ORANGE)
    right.plot(single, returns, "o", color=GREY)
    for k, (d, g) in enumerate(zip(single, returns, strict=True)):
        right.annotate(f"asset {k + 1}", (d, g), textcoords="offset points", xytext=(0, -15), ha="center")
    right.margins(0.08, 0.12)
    right.set_title("portfolios of least variance, and single assets", loc="left", fontsize=11)
    right.set_xlabel("standard deviation")
    right.set_ylabel("return")
    figure.savefig(file, metadata={"Date": None} if file.endswith("svg") else None, dpi=150)
    plt.close(figure)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A Gaussian process, and the portfolios of least variance.")
    parser.add_argument("file", help="svg, png or pdf")
    plot(parser.parse_args().file)
