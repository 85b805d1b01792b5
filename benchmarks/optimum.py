"""What is certified convex, beside the disciplined rules of CVXPY, and the time to an optimum, beside other solvers, in one run.

    python benchmarks/optimum.py --certificates      the first table (needs CVXPY)
    python benchmarks/optimum.py --times             the second (needs CVXPY, scikit-learn, SciPy; JAX where it is there)
    python benchmarks/optimum.py --memory FOLDER     the third: logistic regression on a file of 1.6 GB, each solver in a process of its own

A formula is given to CVXPY in the two ways that people write it: as it stands, and by CVXPY's own function for it, where there is one.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import cvxpy as cp
import numpy as np
from scipy.optimize import minimize, nnls
from sklearn.linear_model import Lasso, LogisticRegression, Ridge

import gradproof as gp

RNG = np.random.default_rng(0)
A, b, c = RNG.normal(size=(6, 4)), RNG.normal(size=6), RNG.normal(size=4)
S = A.T @ A + np.eye(4)
x, z, t = cp.Variable(4), cp.Variable(4, pos=True), cp.Variable(pos=True)
u, s = cp.Variable(), cp.Variable()
X, Y = cp.Variable((4, 4), PSD=True), cp.Variable((4, 4), symmetric=True)
VECTOR, POSITIVE, MATRIX = "x: vector n", "x: vector n positive", "X: matrix n n posdef"

# formula, variables, declarations, in CVXPY as it stands, in CVXPY by its own function (None: there is none)
Rule = tuple[str, list[str], str, Callable[[], cp.Expression], Callable[[], cp.Expression] | None]
RULES: list[Rule] = [
    ("norm2(A*x - b)^2", ["x"], "", lambda: cp.norm(A @ x - b) ** 2, lambda: cp.sum_squares(A @ x - b)),
    ("x'*S*x", ["x"], "S: matrix n n posdef; x: vector n", lambda: x @ S @ x, lambda: cp.quad_form(x, S)),
    ("sqrt(x'*S*x)", ["x"], "S: matrix n n posdef; x: vector n", lambda: cp.sqrt(cp.quad_form(x, S)), lambda: cp.norm(np.linalg.cholesky(S).T @ x)),
    ("log(sum(exp(x)))", ["x"], VECTOR, lambda: cp.log(cp.sum(cp.exp(x))), lambda: cp.log_sum_exp(x)),
    ("sum(log(1 + exp(x)))", ["x"], VECTOR, lambda: cp.sum(cp.log(1 + cp.exp(x))), lambda: cp.sum(cp.logistic(x))),
    ("sum(sqrt(1 + x.^2))", ["x"], VECTOR, lambda: cp.sum(cp.sqrt(1 + x**2)), lambda: sum(cp.norm(cp.hstack([1, x[i]])) for i in range(4))),
    ("sum(cosh(x))", ["x"], VECTOR, lambda: cp.sum(cp.exp(x) + cp.exp(-x)) / 2, None),
    ("sum(log(cosh(x)))", ["x"], VECTOR, lambda: cp.sum(cp.log(cp.exp(x) + cp.exp(-x))), lambda: sum(cp.log_sum_exp(cp.hstack([x[i], -x[i]])) for i in range(4))),
    ("sum(x.*log(x))", ["x"], POSITIVE, lambda: cp.sum(cp.multiply(z, cp.log(z))), lambda: -cp.sum(cp.entr(z))),
    ("x^2/t", ["x", "t"], "x: scalar; t: scalar positive", lambda: u**2 / t, lambda: cp.quad_over_lin(u, t)),
    ("t*exp(x/t)", ["x", "t"], "x: scalar; t: scalar positive", lambda: t * cp.exp(u / t), lambda: cp.perspective(cp.exp(u), t)),
    ("x^2 + x*y + y^2", ["x", "y"], "x: scalar; y: scalar", lambda: u**2 + u * s + s**2, lambda: cp.quad_form(cp.hstack([u, s]), np.array([[1, 0.5], [0.5, 1]]))),
    ("x^4 - 4*x^3 + 6*x^2", ["x"], "x: scalar", lambda: u**4 - 4 * u**3 + 6 * u**2, None),
    ("sum(x.^3)^(1/3)", ["x"], POSITIVE, lambda: cp.sum(z**3) ** (1 / 3), lambda: cp.pnorm(z, 3)),
    ("1/sum(1./x)", ["x"], POSITIVE, lambda: 1 / cp.sum(1 / z), lambda: cp.harmonic_mean(z) / 4),
    ("sum(lgamma(x))", ["x"], POSITIVE, lambda: cp.sum(cp.loggamma(z)), None),
    ("log(det(X))", ["X"], MATRIX, lambda: cp.log_det(X), lambda: cp.log_det(X)),
    ("tr(inv(X))", ["X"], MATRIX, lambda: cp.tr_inv(X), lambda: cp.tr_inv(X)),
    ("c'*inv(X)*c", ["X"], MATRIX + "; c: vector n", lambda: cp.matrix_frac(c, X), lambda: cp.matrix_frac(c, X)),
    ("tr(X*logm(X))", ["X"], MATRIX, lambda: -cp.von_neumann_entr(X), lambda: -cp.von_neumann_entr(X)),
    ("nuclear(X)", ["X"], "X: matrix m n", lambda: cp.normNuc(Y), lambda: cp.normNuc(Y)),
    ("lambdamax(X)", ["X"], "X: matrix n n symmetric", lambda: cp.lambda_max(Y), lambda: cp.lambda_max(Y)),
    ("max(x) - min(x)", ["x"], VECTOR, lambda: cp.max(x) - cp.min(x), lambda: cp.ptp(x)),
    ("sum(huber(x))", ["x"], VECTOR, lambda: cp.sum(cp.huber(x)), lambda: cp.sum(cp.huber(x))),
    ("exp(x'*x)", ["x"], VECTOR, lambda: cp.exp(x @ x), lambda: cp.exp(cp.sum_squares(x))),
    ("norm2(x)*norm1(x)", ["x"], VECTOR, lambda: cp.norm(x) * cp.norm1(x), None),
    ("log(1 + x'*x)", ["x"], VECTOR, lambda: cp.log(1 + cp.sum_squares(x)), None),
    ("sum(sigmoid(x))", ["x"], VECTOR, lambda: cp.sum(1 / (1 + cp.exp(-x))), None),
]  # fmt: skip


def disciplined(make: Callable[[], cp.Expression] | None) -> str:
    """CVXPY's verdict."""
    if make is None:
        return "no word"
    try:
        return {"CONVEX": "convex", "CONCAVE": "concave", "AFFINE": "affine"}.get(make().curvature, "unknown")
    except (ValueError, AttributeError, TypeError, cp.error.DCPError):
        return "refused"


def certificates() -> None:
    """Prints what each certifies."""
    print("| formula | gradproof | CVXPY, as it stands | CVXPY, by its own function |\n|---|---|---|---|")
    counts = [0, 0, 0]
    for text, wrt, where, plain, own in RULES:
        verdicts = gp.convexity(text, wrt, where or None).verdict, disciplined(plain), disciplined(own)
        counts = [n + (v in ("convex", "concave", "affine", "neither")) for n, v in zip(counts, verdicts, strict=True)]
        print(f"| `{text}` | {' | '.join(verdicts)} |", flush=True)
    print(f"| decided, of {len(RULES)} | {' | '.join(map(str, counts))} |")


# -- times

M, N = 2000, 50
D = RNG.normal(size=(M, N))
R = D @ np.where(np.arange(N) < 10, 1.0, 0.0) + RNG.normal(size=M)
SIGNS = np.sign(R)
REGRESSION = "X: matrix m n; y: vector m; w: vector n; l: scalar positive"
Solver = Callable[[], object]


def _cvxpy(value: Callable[[cp.Variable], cp.Expression], nonneg: bool = False) -> Solver:
    def run() -> object:
        w = cp.Variable(N, nonneg=nonneg)
        cp.Problem(cp.Minimize(value(w))).solve(solver="CLARABEL")
        return w.value

    return run


def _logistic(w: np.ndarray) -> tuple[float, np.ndarray]:
    q = -SIGNS * (D @ w)
    return float(np.logaddexp(0, q).sum() + w @ w / 2), -D.T @ (SIGNS / (1 + np.exp(-q))) + w


def _jax() -> Solver | None:
    try:
        import jax
        import jax.numpy as jnp
    except ImportError:
        return None
    jax.config.update("jax_enable_x64", True)
    f = jax.jit(jax.value_and_grad(lambda w: jnp.logaddexp(0, -SIGNS * (D @ w)).sum() + w @ w / 2))
    f(np.zeros(N))

    def slope(w: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = f(w)
        return float(value), np.asarray(gradient)

    return lambda: minimize(slope, np.zeros(N), jac=True, method="L-BFGS-B", options={"gtol": 1e-8, "ftol": 1e-15}).x


def _ours(text: str, where: str, **data: object) -> Solver:
    o = gp.minimize(text, "w", (), where)
    return lambda: o.solve(X=D, **data).x


def problems() -> dict[str, dict[str, Solver | None]]:
    """Problem -> solver -> what it does; the first is gradproof's."""
    norm = "norm2(X*w - y)^2"
    lbfgs = {"gtol": 1e-8, "ftol": 1e-15}
    return {
        "ridge": {
            "gradproof": _ours(norm + " + l*norm2(w)^2", REGRESSION, y=R, l=1.0),
            "scikit-learn": lambda: Ridge(alpha=1.0, fit_intercept=False).fit(D, R).coef_,
            "by hand": lambda: np.linalg.solve(D.T @ D + np.eye(N), D.T @ R),
            "CVXPY": _cvxpy(lambda w: cp.sum_squares(D @ w - R) + cp.sum_squares(w)),
        },
        "logistic": {
            "gradproof": _ours("sum(log(1 + exp(-y.*(X*w)))) + l/2*norm2(w)^2", REGRESSION, y=SIGNS, l=1.0),
            "scikit-learn": lambda: LogisticRegression(C=1.0, fit_intercept=False, tol=1e-8, solver="newton-cholesky").fit(D, SIGNS).coef_[0],
            "by hand": lambda: minimize(_logistic, np.zeros(N), jac=True, method="L-BFGS-B", options=lbfgs).x,
            "CVXPY": _cvxpy(lambda w: cp.sum(cp.logistic(-cp.multiply(SIGNS, D @ w))) + cp.sum_squares(w) / 2),
            "JAX, L-BFGS": _jax(),
        },
        "lasso": {
            "gradproof": _ours(norm + "/(2*m) + l*norm1(w)", REGRESSION, y=R, l=0.1),
            "scikit-learn": lambda: Lasso(alpha=0.1, fit_intercept=False, tol=1e-10, max_iter=10000).fit(D, R).coef_,
            "CVXPY": _cvxpy(lambda w: cp.sum_squares(D @ w - R) / (2 * M) + 0.1 * cp.norm1(w)),
        },
        "nonnegative": {
            "gradproof": _ours(norm, REGRESSION.replace("w: vector n", "w: vector n nonneg"), y=R),
            "by hand": lambda: nnls(D, R)[0],
            "CVXPY": _cvxpy(lambda w: cp.sum_squares(D @ w - R), True),
        },
    }  # fmt: skip


def times(rounds: int = 3) -> None:
    """Prints the best of some rounds, as a multiple of gradproof's, and how far each optimum is from gradproof's."""
    print("| problem | solver | time | distance |\n|---|---|---|---|")
    for title, solvers in problems().items():
        best: dict[str, float] = {}
        found: dict[str, np.ndarray] = {}
        for _ in range(rounds):
            for name, solve in solvers.items():
                if solve is not None:
                    begun = time.perf_counter()
                    found[name] = np.asarray(solve())
                    best[name] = min(best.get(name, np.inf), time.perf_counter() - begun)
        for name, seconds in best.items():
            far = np.max(np.abs(found[name] - found["gradproof"]))
            print(f"| {title} | {name} | {seconds / best['gradproof']:.2f} | {far:.0e} |", flush=True)


# -- memory: rows that are read from a file

ROWS, COLUMNS = 2_000_000, 100
PENALTY = 1.0


def _written(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """The data as memory-mapped files; they are written where they are not there."""
    files = path / "X.npy", path / "y.npy"
    if not all(f.exists() for f in files):
        rng, truth = np.random.default_rng(0), np.linspace(-0.5, 0.5, COLUMNS)
        x = np.lib.format.open_memmap(files[0], "w+", np.float64, (ROWS, COLUMNS))
        y = np.lib.format.open_memmap(files[1], "w+", np.float64, (ROWS,))
        for k in range(0, ROWS, 100_000):
            x[k : k + 100_000] = rng.normal(size=(100_000, COLUMNS))
            y[k : k + 100_000] = np.sign(x[k : k + 100_000] @ truth + rng.logistic(size=100_000))
    return np.load(files[0], mmap_mode="r"), np.load(files[1], mmap_mode="r")


def _by_rows(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Value and gradient block by block."""
    g = gp.gradient("sum(log(1 + exp(-y.*(X*w)))) + l/2*norm2(w)^2", "w", REGRESSION).compile("rows", value=True)
    return minimize(
        lambda w: g(X=x, y=y, w=w, l=PENALTY, progress=False), np.zeros(COLUMNS), jac=True, method="L-BFGS-B"
    ).x


def _in_memory(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The objective with all data in memory."""
    f = gp.objective("sum(log(1 + exp(-y.*(X*w)))) + l/2*norm2(w)^2", "w", REGRESSION)
    bound = f.bind(X=np.array(x), y=np.array(y), l=PENALTY)
    return minimize(bound.fun, bound.x0, jac=bound.jac, method="L-BFGS-B").x


def _scikit(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return LogisticRegression(C=1 / PENALTY, fit_intercept=False, tol=1e-8).fit(np.array(x), np.array(y)).coef_[0]


LARGE: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "gradproof, rows from the file": _by_rows, "gradproof, in memory": _in_memory, "scikit-learn, in memory": _scikit,
}  # fmt: skip


def memory(folder: Path, only: str | None) -> None:
    """Prints time and the largest memory of each solver beside the size of the data; `only`: of one, in this process."""
    x, y = _written(folder)
    if only is not None:
        begun = time.perf_counter()
        w = LARGE[only](x, y)
        seconds = time.perf_counter() - begun
        status = Path("/proc/self/status").read_text("utf-8")  # getrusage would count what the parent had
        peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024
        q = sum(
            float(np.logaddexp(0, -y[k : k + 100_000] * (x[k : k + 100_000] @ w)).sum())
            for k in range(0, ROWS, 100_000)
        )
        print(
            f"| {only} | {seconds:.0f} s | {peak:.0f} MiB | {q + PENALTY / 2 * (w @ w):.3f} |",
            flush=True,
        )
        return
    print(
        f"| solver, data of {x.nbytes / 2**20:.0f} MiB | time | largest memory | value |\n|---|---|---|---|", flush=True
    )
    for name in LARGE:
        subprocess.run([sys.executable, __file__, "--memory", str(folder), "--only", name], check=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--certificates", action="store_true")
    parser.add_argument("--times", action="store_true")
    parser.add_argument("--memory", metavar="FOLDER", type=Path, help="where 1.6 GB may be written")
    parser.add_argument("--only", choices=LARGE)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    if options.memory is not None:
        memory(options.memory, options.only)
        return
    if options.certificates or not options.times:
        certificates()
    if options.times or not options.certificates:
        times()


if __name__ == "__main__":
    main()
