"""What is certified convex, beside the disciplined rules of CVXPY, and the time to an optimum, beside other solvers, in one run.

    python benchmarks/optimum.py --certificates      the first table (needs CVXPY)
    python benchmarks/optimum.py --times             the second (needs CVXPY, scikit-learn, SciPy; JAX, jaxopt and optax where they are there)
    python benchmarks/optimum.py --memory FOLDER     the third: logistic regression on a file of 1.6 GB, each solver in a process of its own
    python benchmarks/optimum.py --write FOLDER      all three, into optimum.md beside this file

A formula is given to CVXPY in the two ways that people write it: as it stands, and by CVXPY's own function for it, where there is one.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
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


def certificates() -> Iterator[str]:
    """What each certifies."""
    yield "| formula | gradproof | CVXPY, as it stands | CVXPY, by its own function |"
    yield "|---|---|---|---|"
    counts = [0, 0, 0]
    for text, wrt, where, plain, own in RULES:
        verdicts = gp.convexity(text, wrt, where or None).verdict, disciplined(plain), disciplined(own)
        counts = [n + (v in ("convex", "concave", "affine", "neither")) for n, v in zip(counts, verdicts, strict=True)]
        yield f"| `{text}` | {' | '.join(verdicts)} |"
    yield f"| decided, of {len(RULES)} | {' | '.join(map(str, counts))} |"


# -- times

SIZES = ((2000, 50), (5000, 100))  # rows, columns
REGRESSION = "X: matrix m n; y: vector m; w: vector n; l: scalar positive"
SPARSE_SHARE = 10  # so many of the true coefficients are not zero
Solver = Callable[[], object]
SOLVERS = ("gradproof", "scikit-learn", "by hand", "CVXPY", "jaxopt", "optax")


class Data:
    """Data of one size, and the same problems for each solver."""

    def __init__(self, m: int, n: int):
        rng = np.random.default_rng(m + n)
        self.m, self.n = m, n
        self.D = rng.normal(size=(m, n))
        self.R = self.D @ np.where(np.arange(n) < SPARSE_SHARE, 1.0, 0.0) + rng.normal(size=m)
        self.signs = np.sign(self.R)
        self.start = np.zeros(n)

    def cvxpy(self, value: Callable[[cp.Variable], cp.Expression], nonneg: bool = False) -> Solver:
        def run() -> object:
            w = cp.Variable(self.n, nonneg=nonneg)
            cp.Problem(cp.Minimize(value(w))).solve(solver="CLARABEL")
            return w.value

        return run

    def ours(self, text: str, where: str, **data: object) -> Solver:
        o = gp.minimize(text, "w", (), where)
        o.solve(X=self.D, **data)  # the programs are made
        return lambda: o.solve(X=self.D, **data).x

    def logistic(self, w: np.ndarray) -> tuple[float, np.ndarray]:
        q = -self.signs * (self.D @ w)
        return float(np.logaddexp(0, q).sum() + w @ w / 2), -self.D.T @ (self.signs / (1 + np.exp(-q))) + w

    def jax(self) -> dict[str, dict[str, Solver]]:
        """jaxopt and optax, compiled once; empty where they are not installed."""
        try:
            import jax
            import jax.numpy as jnp
            import jaxopt
            import optax
        except ImportError:
            return {}
        jax.config.update("jax_enable_x64", True)
        X, y, r = (jnp.asarray(a) for a in (self.D, self.signs, self.R))

        def loss(w, X, y):
            return jnp.logaddexp(0, -y * (X @ w)).sum() + w @ w / 2

        def square(w, X, y):
            return ((X @ w - y) ** 2).sum()

        def ridge(w, X, y):
            return square(w, X, y) + w @ w

        def compiled(run: Callable[..., object], data: object) -> Solver:
            made = jax.jit(run)
            made(self.start, X, data)
            return lambda: np.asarray(made(self.start, X, data))

        def by_optax(f: Callable[..., object], data: object) -> Solver:
            steps = optax.lbfgs()

            def run(w, X, y):
                of = lambda v: f(v, X, y)  # noqa: E731
                both = optax.value_and_grad_from_state(of)

                def step(carry):
                    w, state = carry
                    value, g = both(w, state=state)
                    moved, state = steps.update(g, state, w, value=value, grad=g, value_fn=of)
                    return optax.apply_updates(w, moved), state

                def more(carry):
                    count, g = (optax.tree.get(carry[1], name) for name in ("count", "grad"))
                    return (count == 0) | ((count < 1000) & (jnp.max(jnp.abs(g)) > 1e-7))

                return jax.lax.while_loop(more, step, (w, steps.init(w)))[0]

            return compiled(run, data)

        smooth = lambda f: jaxopt.LBFGS(f, tol=1e-7, maxiter=1000)  # noqa: E731
        mean = lambda w, X, y: square(w, X, y) / (2 * self.m)  # noqa: E731
        lasso = jaxopt.ProximalGradient(mean, prox=jaxopt.prox.prox_lasso, tol=1e-10, maxiter=5000)
        positive = jaxopt.ProjectedGradient(
            square, projection=jaxopt.projection.projection_non_negative, tol=1e-7, maxiter=5000
        )
        return {
            "ridge": {
                "jaxopt": compiled(lambda w, X, y: smooth(ridge).run(w, X, y).params, r),
                "optax": by_optax(ridge, r),
            },
            "logistic": {
                "jaxopt": compiled(lambda w, X, y: smooth(loss).run(w, X, y).params, y),
                "optax": by_optax(loss, y),
            },
            "lasso": {"jaxopt": compiled(lambda w, X, y: lasso.run(w, 0.1, X, y).params, r)},
            "nonnegative": {"jaxopt": compiled(lambda w, X, y: positive.run(w, None, X, y).params, r)},
        }

    def problems(self) -> dict[str, dict[str, Solver]]:
        """Problem -> solver -> what it does; the first is gradproof's."""
        norm, (D, R, signs) = "norm2(X*w - y)^2", (self.D, self.R, self.signs)
        lbfgs = {"gtol": 1e-8, "ftol": 1e-15}
        found: dict[str, dict[str, Solver]] = {
            "ridge": {
                "gradproof": self.ours(norm + " + l*norm2(w)^2", REGRESSION, y=R, l=1.0),
                "scikit-learn": lambda: Ridge(alpha=1.0, fit_intercept=False).fit(D, R).coef_,
                "by hand": lambda: np.linalg.solve(D.T @ D + np.eye(self.n), D.T @ R),
                "CVXPY": self.cvxpy(lambda w: cp.sum_squares(D @ w - R) + cp.sum_squares(w)),
            },
            "logistic": {
                "gradproof": self.ours("sum(log(1 + exp(-y.*(X*w)))) + l/2*norm2(w)^2", REGRESSION, y=signs, l=1.0),
                "scikit-learn": lambda: LogisticRegression(C=1.0, fit_intercept=False, tol=1e-8, solver="newton-cholesky").fit(D, signs).coef_[0],
                "by hand": lambda: minimize(self.logistic, self.start, jac=True, method="L-BFGS-B", options=lbfgs).x,
                "CVXPY": self.cvxpy(lambda w: cp.sum(cp.logistic(-cp.multiply(signs, D @ w))) + cp.sum_squares(w) / 2),
            },
            "lasso": {
                "gradproof": self.ours(norm + "/(2*m) + l*norm1(w)", REGRESSION, y=R, l=0.1),
                "scikit-learn": lambda: Lasso(alpha=0.1, fit_intercept=False, tol=1e-10, max_iter=10000).fit(D, R).coef_,
                "CVXPY": self.cvxpy(lambda w: cp.sum_squares(D @ w - R) / (2 * self.m) + 0.1 * cp.norm1(w)),
            },
            "nonnegative": {
                "gradproof": self.ours(norm, REGRESSION.replace("w: vector n", "w: vector n nonneg"), y=R),
                "by hand": lambda: nnls(D, R)[0],
                "CVXPY": self.cvxpy(lambda w: cp.sum_squares(D @ w - R), True),
            },
        }  # fmt: skip
        for title, more in self.jax().items():
            found[title] |= more
        return found


ROUNDS, LONG = 20, 3.0  # how often each solver runs, and the seconds in all after which it does no more


def times() -> Iterator[str]:
    """The best of some rounds, in turns, as a multiple of gradproof's, and how far the optimum is from gradproof's."""
    yield f"| problem | rows × columns | gradproof, ms | {' | '.join(SOLVERS[1:])} | farthest optimum |"
    yield "|---" * (4 + len(SOLVERS[1:])) + "|"
    for m, n in SIZES:
        for title, solvers in Data(m, n).problems().items():
            best: dict[str, float] = {}
            found: dict[str, np.ndarray] = {}
            spent = dict.fromkeys(solvers, 0.0)
            for _ in range(ROUNDS):
                for name, solve in solvers.items():
                    if spent[name] > LONG:
                        continue
                    begun = time.perf_counter()
                    found[name] = np.asarray(solve())
                    seconds = time.perf_counter() - begun
                    best[name], spent[name] = min(best.get(name, np.inf), seconds), spent[name] + seconds
            far = {k: float(np.max(np.abs(v - found["gradproof"]))) for k, v in found.items()}
            worst = max(far, key=lambda k: far[k])
            ratios = [f"{best[k] / best['gradproof']:.2f}" if k in best else "–" for k in SOLVERS[1:]]
            yield f"| {title} | {m} × {n} | {1e3 * best['gradproof']:.1f} | {' | '.join(ratios)} | {far[worst]:.0e} ({worst}) |"


# -- memory: rows that are read from a file

ROWS, COLUMNS = 2_000_000, 100
PENALTY = 1.0
LOSS = "sum(log(1 + exp(-y.*(X*w)))) + l/2*norm2(w)^2"


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
    g = gp.gradient(LOSS, "w", REGRESSION).compile("rows", value=True)
    return minimize(
        lambda w: g(X=x, y=y, w=w, l=PENALTY, progress=False), np.zeros(COLUMNS), jac=True, method="L-BFGS-B"
    ).x


def _by_dask(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The same on Dask arrays over the file, on one worker thread."""
    import dask
    import dask.array as da

    g = gp.gradient(LOSS, "w", REGRESSION).compile("dask", value=True)
    rows = 100_000
    blocks = [slice(k, k + rows) for k in range(0, len(x), rows)]
    load = dask.delayed(lambda file, part: np.array(np.load(file, mmap_mode="r")[part]))
    parts = lambda a, shape: da.concatenate(  # noqa: E731  # a block is read where it is needed, and mapped no longer
        [da.from_delayed(load(a.filename, p), (rows, *shape), a.dtype) for p in blocks]
    )
    data = parts(x, (COLUMNS,)), parts(y, ())

    def both(w: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = dask.compute(*g(X=data[0], y=data[1], w=w, l=PENALTY))
        return float(value), np.asarray(slope)

    with dask.config.set(scheduler="single-threaded"):
        return minimize(both, np.zeros(COLUMNS), jac=True, method="L-BFGS-B").x


def _in_memory(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The objective with all data in memory."""
    f = gp.objective(LOSS, "w", REGRESSION)
    bound = f.bind(X=np.array(x), y=np.array(y), l=PENALTY)
    return minimize(bound.fun, bound.x0, jac=bound.jac, method="L-BFGS-B").x


def _scikit(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return LogisticRegression(C=1 / PENALTY, fit_intercept=False, tol=1e-8).fit(np.array(x), np.array(y)).coef_[0]


LARGE: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "gradproof, rows from the file": _by_rows, "gradproof, Dask": _by_dask, "gradproof, in memory": _in_memory, "scikit-learn, in memory": _scikit,
}  # fmt: skip


def alone(folder: Path, name: str) -> str:
    """One solver, in this process: its time and the most memory beside the value."""
    x, y = _written(folder)
    begun = time.perf_counter()
    w = LARGE[name](x, y)
    seconds = time.perf_counter() - begun
    status = Path("/proc/self/status").read_text("utf-8")  # getrusage would count what the parent had
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024
    parts = (slice(k, k + 100_000) for k in range(0, ROWS, 100_000))
    q = sum(float(np.logaddexp(0, -y[p] * (x[p] @ w)).sum()) for p in parts)
    return f"| {name} | {seconds:.0f} s | {peak:.0f} MiB | {q + PENALTY / 2 * (w @ w):.6f} |"


def memory(folder: Path) -> Iterator[str]:
    """Time and the largest memory of each solver beside the size of the data."""
    x, _ = _written(folder)
    yield f"| solver, data of {x.nbytes / 2**20:.0f} MiB | time | largest memory | value |"
    yield "|---|---|---|---|"
    for name in LARGE:
        run = [sys.executable, __file__, "--memory", str(folder), "--only", name]
        yield (
            subprocess.run(run, check=False, capture_output=True, text=True).stdout.strip()
            or f"| {name} | failed | | |"
        )


def shown(lines: Iterable[str]) -> str:
    """Lines, printed as they come."""
    kept = []
    for line in lines:
        print(line, flush=True)
        kept.append(line)
    return "\n".join(kept)


HEAD = """# Certificates, and the time to an optimum

Made by `python benchmarks/optimum.py --write FOLDER`. One run on {cores} cores that others used; quote ratios, never times.

What each certifies, on the same formulas (gradproof is given the formula; CVXPY the formula, and its own function for it):

{certificates}

Time to the optimum as a multiple of gradproof's, the best of up to twenty in turns. The programs of gradproof, jaxopt and optax are made before; CVXPY canonicalises each time.
The last column is the largest difference of an entry from gradproof's optimum, over all solvers:

{times}

Rows beyond memory: logistic regression on a file of 2,000,000 × 100 numbers, each solver in a process of its own:

{memory}
"""


def write(folder: Path) -> None:
    """All tables, into the file beside this one."""
    tables = {"certificates": shown(certificates()), "times": shown(times()), "memory": shown(memory(folder))}
    Path(__file__).with_suffix(".md").write_text(HEAD.format(cores=os.cpu_count(), **tables), "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--certificates", action="store_true")
    parser.add_argument("--times", action="store_true")
    parser.add_argument("--memory", metavar="FOLDER", type=Path, help="where 1.6 GB may be written")
    parser.add_argument("--write", metavar="FOLDER", type=Path, help="the same, for all tables")
    parser.add_argument("--only", choices=LARGE, help=argparse.SUPPRESS)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    if options.write is not None:
        write(options.write)
    elif options.only is not None:
        print(alone(options.memory, options.only))
    elif options.memory is not None:
        shown(memory(options.memory))
    else:
        if options.certificates or not options.times:
            shown(certificates())
        if options.times or not options.certificates:
            shown(times())


if __name__ == "__main__":
    main()
