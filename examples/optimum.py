"""Twelve models, each one line of formula, solved by gradproof and by an independent solver.

    python examples/optimum.py        prints a table: how each was solved, what is proven, and how far it is from the other optimum

It needs scikit-learn and SciPy. It stops with an error where an optimum is missed by more than 1e-7.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import linprog, minimize, nnls
from scipy.spatial.distance import cdist
from sklearn.decomposition import FactorAnalysis
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
from sklearn.linear_model import Lasso, LogisticRegression, PoissonRegressor, Ridge
from sklearn.svm import LinearSVC

import gradproof as gp

AGREED = 1e-7
RNG = np.random.default_rng(0)
M, N, K = 80, 6, 3
X = RNG.normal(size=(M, N))
TRUE = np.array([1.0, -2.0, 0.0, 0.0, 0.5, 0.0])
Y = X @ TRUE + 0.3 * RNG.normal(size=M)
LABELS, COUNTS = np.sign(Y), RNG.poisson(np.exp(0.4 * X @ TRUE)).astype(float)
CLASSES = np.argmax(X[:, :K] + 0.8 * RNG.normal(size=(M, K)), axis=1)
REGRESSION = "X: matrix m n; y: vector m; w: vector n; l: scalar positive"


@dataclass(frozen=True)
class Model:
    """A formula, its variables, its declarations and data, and its optimum by another solver: the values of the variables, or of the formula alone."""

    title: str
    formula: str
    over: tuple[str, ...]
    where: str
    data: dict[str, Any]
    other: Callable[[], Any]
    solver: str
    subject_to: tuple[str, ...] = ()
    start: dict[str, Any] | None = None  # where a formula has several optima


@dataclass(frozen=True)
class Row:
    """How a model was solved, what is proven, and the largest difference to the other optimum."""

    model: Model
    method: str
    kind: str
    difference: float


def solved(model: Model) -> Row:
    """A model by gradproof, against the other solver. Raises AssertionError where they differ."""
    other = model.other()
    if model.start is None:
        found = gp.minimize(model.formula, model.over, model.subject_to, model.where).solve(model.data)
        values, fun, method, kind = found["values"], found.fun, found.method, found.kind
    else:  # several optima: from a start, by Newton's method in a trust region
        F = gp.objective(model.formula, model.over, model.where).bind(model.data)
        result = minimize(
            F.fun, F.pack(model.start), jac=F.jac, hess=F.hess, method="trust-exact", options={"gtol": 1e-9}
        )
        values, fun, method, kind = F.unpack(result.x), result.fun, "objective, trust-exact", "stationary"
    if isinstance(other, dict):
        difference = max(float(np.max(np.abs(np.asarray(values[n]) - v))) for n, v in other.items())
    else:
        difference = abs(fun - other) / max(1.0, abs(other))
    assert difference <= AGREED, f"{model.title}: {difference}"
    return Row(model, method, kind, difference)


# -- the models


def ridge() -> Model:
    """Ridge regression: a closed form."""
    fit = lambda: {"w": Ridge(alpha=2.0, fit_intercept=False, tol=1e-12).fit(X, Y).coef_}  # noqa: E731
    return Model(
        "ridge regression",
        "norm2(X*w - y)^2 + l*norm2(w)^2",
        ("w",),
        REGRESSION,
        {"X": X, "y": Y, "l": 2.0},
        fit,
        "scikit-learn",
    )


def lasso() -> Model:
    """The lasso."""
    fit = lambda: {"w": Lasso(alpha=0.1, fit_intercept=False, tol=1e-14, max_iter=100000).fit(X, Y).coef_}  # noqa: E731
    return Model(
        "lasso",
        "norm2(X*w - y)^2/(2*m) + l*norm1(w)",
        ("w",),
        REGRESSION,
        {"X": X, "y": Y, "l": 0.1},
        fit,
        "scikit-learn",
    )


def logistic() -> Model:
    """Logistic regression."""

    def fit():
        return {
            "w": LogisticRegression(C=1.0, fit_intercept=False, tol=1e-12, solver="newton-cholesky")
            .fit(X, LABELS)
            .coef_[0]
        }

    return Model(
        "logistic regression",
        "sum(log(1 + exp(-y.*(X*w)))) + l/2*norm2(w)^2",
        ("w",),
        REGRESSION,
        {"X": X, "y": LABELS, "l": 1.0},
        fit,
        "scikit-learn",
    )


def poisson() -> Model:
    """Poisson regression, with an intercept."""

    def fit() -> dict[str, Any]:
        model = PoissonRegressor(alpha=0.0, tol=1e-12, max_iter=1000, solver="newton-cholesky").fit(X, COUNTS)
        return {"w": model.coef_, "b": model.intercept_}

    formula = "sum(exp(X*w + b*ones(m))) - y'*(X*w + b*ones(m))"
    return Model(
        "Poisson regression",
        formula,
        ("w", "b"),
        "X: matrix m n; y: vector m; w: vector n; b: scalar",
        {"X": X, "y": COUNTS},
        fit,
        "scikit-learn",
    )


def multinomial() -> Model:
    """Multinomial regression."""

    def fit() -> dict[str, Any]:
        return {
            "W": LogisticRegression(C=1.0, fit_intercept=False, tol=1e-13, solver="newton-cholesky", max_iter=1000)
            .fit(X, CLASSES)
            .coef_.T
        }

    formula = "sum(log(exp(X*W)*ones(c))) - sum(Y.*(X*W)) + l/2*norm2(W)^2"
    where = "X: matrix m n; W: matrix n c; Y: matrix m c; l: scalar positive"
    return Model(
        "multinomial regression",
        formula,
        ("W",),
        where,
        {"X": X, "Y": np.eye(K)[CLASSES], "l": 1.0},
        fit,
        "scikit-learn",
    )


def machine() -> Model:
    """A support vector machine with the squared hinge."""

    def fit() -> dict[str, Any]:
        return {
            "w": LinearSVC(C=1.0, loss="squared_hinge", dual=False, fit_intercept=False, tol=1e-14, max_iter=100000)
            .fit(X, LABELS)
            .coef_[0]
        }

    return Model(
        "support vector machine",
        "norm2(w)^2/2 + l*sum(relu(1 - y.*(X*w)).^2)",
        ("w",),
        REGRESSION,
        {"X": X, "y": LABELS, "l": 1.0},
        fit,
        "liblinear",
    )


def nonnegative() -> Model:
    """Nonnegative least squares."""
    where = REGRESSION.replace("w: vector n", "w: vector n nonneg")
    return Model(
        "nonnegative least squares",
        "norm2(X*w - y)^2",
        ("w",),
        where,
        {"X": X, "y": Y},
        lambda: {"w": nnls(X, Y)[0]},
        "scipy nnls",
    )


def portfolio() -> Model:
    """The portfolio of least variance with a given return, without short sales."""
    S, r = np.cov(X[:, :4].T) + np.diag([0.1, 0.2, 0.3, 0.4]), np.array([0.01, 0.02, 0.05, 0.03])

    def fit() -> float:
        """By all sets of assets that are held: the conditions of Karush, Kuhn and Tucker, as linear equations."""
        best = np.inf
        for code in range(1, 16):
            on = [i for i in range(4) if code >> i & 1]
            for active in (False, True):
                rows = np.stack([np.ones(len(on)), r[on]]) if active else np.ones((1, len(on)))
                right = np.array([1.0, 0.035]) if active else np.array([1.0])
                top = np.hstack([2 * S[np.ix_(on, on)], rows.T])
                whole = np.vstack([top, np.hstack([rows, np.zeros((len(rows), len(rows)))])])
                w = np.linalg.lstsq(whole, np.concatenate([np.zeros(len(on)), right]), rcond=None)[0][: len(on)]
                feasible = np.allclose(rows @ w, right) and w.min() > -1e-12 and r[on] @ w > 0.035 - 1e-12
                best = min(best, w @ S[np.ix_(on, on)] @ w) if feasible else best
        return float(best)

    where = "S: matrix n n posdef; w: vector n nonneg; r: vector n; t: scalar"
    return Model(
        "portfolio",
        "w'*S*w",
        ("w",),
        where,
        {"S": S, "r": r, "t": 0.035},
        fit,
        "all sets of assets",
        ("sum(w) = 1", "r'*w >= t"),
    )


def program() -> Model:
    """A linear program."""
    A, b, c = np.abs(X[:4, :3]), np.ones(4), np.array([1.0, 2.0, 1.5])
    where = "c: vector n; x: vector n nonneg; A: matrix m n; b: vector m"
    return Model(
        "linear program",
        "c'*x",
        ("x",),
        where,
        {"A": A, "b": b, "c": c},
        lambda: float(linprog(c, -A, -b).fun),
        "HiGHS",
        ("A*x >= b",),
    )


def factors() -> Model:
    """Factor analysis with two factors: the likelihood of a covariance L*L' + diag(exp(p))."""
    Z = X[:, :2] @ RNG.normal(size=(2, 5)) + 0.5 * RNG.normal(size=(M, 5))
    Z = Z - Z.mean(axis=0)
    C = Z.T @ Z / M

    def fit() -> float:
        model = FactorAnalysis(2, tol=1e-14, max_iter=200000, svd_method="lapack").fit(Z)
        S = model.components_.T @ model.components_ + np.diag(model.noise_variance_)
        return float(np.linalg.slogdet(S)[1] + np.trace(np.linalg.solve(S, C)))

    formula = "logdet(L*L' + diag(exp(p))) + tr(C*inv(L*L' + diag(exp(p))))"
    values, vectors = np.linalg.eigh(C)
    start = {"L": vectors[:, -2:] * np.sqrt(values[-2:]) * 0.9, "p": np.log(np.diag(C)) - 1}
    return Model(
        "factor analysis",
        formula,
        ("L", "p"),
        "L: matrix n k; p: vector n; C: matrix n n symmetric",
        {"C": C, "k": 2},
        fit,
        "scikit-learn (EM)",
        (),
        start,
    )


def process() -> Model:
    """The hyper-parameters of a Gaussian process: logarithms of variance, length and noise."""
    x, y = X[:30, :1], np.sin(2 * X[:30, 0]) + 0.1 * Y[:30]

    def fit() -> float:
        kernel = ConstantKernel(1.0) * RBF(1.0) + WhiteKernel(0.1)
        model = GaussianProcessRegressor(kernel, alpha=0.0).fit(x, y)
        value = lambda t: -2 * model.log_marginal_likelihood(t)  # noqa: E731
        polished = minimize(
            value, model.kernel_.theta, method="Nelder-Mead", options={"xatol": 1e-10, "fatol": 1e-13, "maxiter": 4000}
        )
        return float(polished.fun - 30 * np.log(2 * np.pi))

    kernel = "exp(a)*exp(-D/(2*exp(2*s))) + exp(q)*eye(n)"
    data, start = {"D": cdist(x, x) ** 2, "y": y}, {"a": 0.0, "s": 0.0, "q": np.log(0.1)}
    where = "D: matrix n n symmetric; y: vector n; a: scalar; s: scalar; q: scalar"
    return Model(
        "Gaussian process",
        f"logdet({kernel}) + y'*inv({kernel})*y",
        ("a", "s", "q"),
        where,
        data,
        fit,
        "scikit-learn",
        (),
        start,
    )


def metric() -> Model:
    """A metric: pairs that belong together are near, others are not, with a barrier."""
    near, far = 0.3 * RNG.normal(size=(40, 3)), RNG.normal(size=(40, 3)) * [1.0, 2.0, 0.2]
    formula = "sum(log(1 + exp(diag(A*S*A')))) + sum(log(1 + exp(2 - diag(B*S*B')))) + tr(S) - logdet(S)"

    def fit() -> dict[str, Any]:
        def value(t: np.ndarray) -> float:
            low = np.zeros((3, 3))
            low[np.tril_indices(3)] = t
            S = low @ low.T
            a, b = (np.einsum("ki,ij,kj->k", z, S, z) for z in (near, far))
            return float(
                np.logaddexp(0, a).sum() + np.logaddexp(0, 2 - b).sum() + np.trace(S) - np.linalg.slogdet(S)[1]
            )

        t = np.eye(3)[np.tril_indices(3)]
        for _ in range(30):
            t = minimize(value, t, method="Nelder-Mead", options={"xatol": 1e-12, "fatol": 1e-15, "maxiter": 4000}).x
        low = np.zeros((3, 3))
        low[np.tril_indices(3)] = t
        return {"S": low @ low.T}

    return Model(
        "metric learning",
        formula,
        ("S",),
        "A: matrix m n; B: matrix m n; S: matrix n n posdef",
        {"A": near, "B": far},
        fit,
        "Nelder-Mead",
    )


MODELS = (
    ridge,
    lasso,
    logistic,
    poisson,
    multinomial,
    machine,
    nonnegative,
    portfolio,
    program,
    factors,
    process,
    metric,
)


def main() -> None:
    """Prints the table."""
    print("| model | by | proven | other solver | difference |\n|---|---|---|---|---|")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for make in MODELS:
            row = solved(make())
            print(
                f"| {row.model.title} | {row.method} | {row.kind} | {row.model.solver} | {row.difference:.0e} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
