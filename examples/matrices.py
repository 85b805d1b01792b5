"""Three models whose unknowns are matrices, each one line of formula, beside an independent solver.

    python examples/matrices.py                    prints a table: how each was solved, what is proven, and how far it is from the other optimum
    python examples/matrices.py --plot FILE.svg    draws the sparse inverse beside the inverse of the sample covariance

It needs scikit-learn and SciPy, and Matplotlib for the plot. It stops with an error where an optimum is missed by more than 1e-7.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from sklearn.covariance import graphical_lasso
from sklearn.decomposition import NMF

import gradproof as gp

AGREED = 1e-7


@dataclass(frozen=True)
class Row:
    """One model: its formula, how it was solved, what is proven, the other solver, and the largest difference."""

    title: str
    formula: str
    method: str
    kind: str
    solver: str
    difference: float


# -- a matrix with missing entries

COMPLETION = "norm2(M.*(A - U*V'))^2/2 + l/2*(norm2(U)^2 + norm2(V)^2)"
CONVEX = "norm2(M.*(A - X))^2/2 + l*nuclear(X)"
SIZES = "A: matrix m n; M: matrix m n; l: scalar positive"


def ratings() -> tuple[np.ndarray, np.ndarray, float]:
    """A matrix of rank two with noise, where a third of the entries is missing."""
    rng = np.random.default_rng(0)
    A = rng.normal(size=(30, 2)) @ rng.normal(size=(2, 20)) + 0.1 * rng.normal(size=(30, 20))
    return A, (rng.random(A.shape) < 0.67).astype(float), 1.0


def soft_impute(A: np.ndarray, M: np.ndarray, l: float, steps: int = 20000) -> np.ndarray:
    """Missing entries by the last guess, then singular values less l: Mazumder, Hastie and Tibshirani (2010)."""
    X = np.zeros_like(A)
    for _ in range(steps):
        u, s, v = np.linalg.svd(M * A + (1 - M) * X, full_matrices=False)
        new = (u * np.maximum(s - l, 0)) @ v
        if np.max(np.abs(new - X)) < 1e-13:
            break
        X = new
    return X


def completion() -> list[Row]:
    """Factors with a ridge, and the nuclear norm of their product: two formulas with one optimum."""
    A, M, l = ratings()
    data = {"A": A, "M": M, "l": l}
    other = soft_impute(A, M, l)
    F = gp.objective(COMPLETION, ["U", "V"], SIZES + "; U: matrix m k; V: matrix n k").bind(data, k=6)
    rng = np.random.default_rng(1)
    start = F.pack(U=rng.normal(size=(30, 6)), V=rng.normal(size=(20, 6)))
    found = minimize(
        F.fun, start, jac=F.jac, hessp=F.hessp, method="trust-ncg", options={"gtol": 1e-9, "maxiter": 2000}
    )
    factors = F.unpack(found.x)
    first = float(np.max(np.abs(factors["U"] @ factors["V"].T - other)))
    whole = gp.minimize(CONVEX, "X", (), SIZES + "; X: matrix m n").solve(data)
    second = float(np.max(np.abs(whole["values"]["X"] - other)))
    return [
        Row("matrix factorisation with a mask", COMPLETION, "objective, trust-ncg", "stationary", "soft-impute", first),
        Row("matrix completion", CONVEX, whole.method, whole.kind, "soft-impute", second),
    ]


# -- nonnegative factors

FACTORS = "norm2(A - W*H)^2/2"


def nonnegative() -> list[Row]:
    """Nonnegative factors, from the start that scikit-learn takes."""
    rng = np.random.default_rng(0)
    A = rng.random((30, 3)) @ rng.random((3, 20)) + 0.05 * rng.random((30, 20))
    W, H = 0.3 + rng.random((30, 3)), 0.3 + rng.random((3, 20))
    model = NMF(3, init="custom", tol=1e-14, max_iter=100000)
    W1 = model.fit_transform(A, W=W.copy(), H=H.copy())
    other = float(np.sum((A - W1 @ model.components_) ** 2) / 2)
    where = "A: matrix m n; W: matrix m k nonneg; H: matrix k n nonneg"
    F = gp.objective(FACTORS, ["W", "H"], where).bind(A=A, k=3)
    options = {"maxiter": 100000, "maxfun": 200000, "ftol": 1e-16, "gtol": 1e-10, "maxcor": 30}
    found = minimize(F.fun, F.pack(W=W, H=H), jac=F.jac, bounds=F.bounds, method="L-BFGS-B", options=options)
    difference = abs(found.fun - other) / other
    return [Row("nonnegative factorisation", FACTORS, "objective, L-BFGS-B", "stationary", "scikit-learn", difference)]


# -- a covariance with a sparse inverse

LASSO = "tr(S*K) - logdet(K) + l*sum(P.*abs(K))"


def samples() -> tuple[np.ndarray, float]:
    """The covariance of 200 samples of a chain of eight variables: each depends on its neighbours."""
    rng = np.random.default_rng(0)
    K = 1.5 * np.eye(8) + 0.6 * (np.eye(8, k=1) + np.eye(8, k=-1))
    Z = rng.multivariate_normal(np.zeros(8), np.linalg.inv(K), size=200)
    return np.cov(Z.T, bias=True), 0.08


def sparse_inverse() -> np.ndarray:
    """The inverse covariance by gradproof."""
    return _lasso()[0]


def _lasso() -> tuple[np.ndarray, str, str]:
    S, l = samples()
    where = "S: matrix n n symmetric; K: matrix n n posdef; P: matrix n n nonneg; l: scalar positive"
    found = gp.minimize(LASSO, "K", (), where).solve(S=S, P=1 - np.eye(8), l=l)
    return found["values"]["K"], found.method, found.kind


def covariance() -> list[Row]:
    """The graphical lasso; the diagonal is not penalised."""
    S, l = samples()
    K, method, kind = _lasso()
    other = graphical_lasso(S, l, tol=1e-12, enet_tol=1e-12, max_iter=1000)[1]
    difference = float(np.max(np.abs(K - other)))
    return [Row("covariance with a sparse inverse", LASSO, method, kind, "scikit-learn", difference)]


MODELS: tuple[Callable[[], list[Row]], ...] = (completion, nonnegative, covariance)


def plot(file: str) -> None:
    """The inverse of the sample covariance, and the sparse one."""
    import matplotlib  # only the plot needs it

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    matplotlib.rcParams.update({"font.size": 11, "svg.hashsalt": "gradproof"})
    S, _ = samples()
    figure, panels = plt.subplots(1, 2, figsize=(7.2, 3.4), layout="constrained")
    titles = ("inverse of the sample covariance", "graphical lasso")
    for panel, K, title in zip(panels, (np.linalg.inv(S), sparse_inverse()), titles, strict=True):
        image = panel.imshow(np.where(K == 0, np.nan, K), cmap="RdBu_r", vmin=-2, vmax=2)
        panel.set_title(f"{title}\n{int(np.sum(K != 0))} of {K.size} entries are not zero", loc="left", fontsize=11)
        panel.set_xticks([])
        panel.set_yticks([])
    figure.colorbar(image, ax=panels, shrink=0.85)
    figure.savefig(file, metadata={"Date": None} if file.endswith("svg") else None, dpi=150)
    plt.close(figure)


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description="Three models whose unknowns are matrices.")
    parser.add_argument("--plot", metavar="FILE", help="draw the sparse inverse into this file (svg, png or pdf)")
    options = parser.parse_args(arguments)
    if options.plot:
        plot(options.plot)
    print("| model | by | proven | other solver | difference |\n|---|---|---|---|---|")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for make in MODELS:
            for row in make():
                print(f"| {row.title} | {row.method} | {row.kind} | {row.solver} | {row.difference:.0e} |", flush=True)
                assert row.difference <= AGREED, row


if __name__ == "__main__":
    main()
