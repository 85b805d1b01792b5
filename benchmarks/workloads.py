"""Compiled derivatives beside hand-written NumPy and SciPy, JAX and PyTorch: ratios of processor time, over interleaved rounds on one core.

    python benchmarks/workloads.py [30,300,1000] [part of a name] [hand,gradproof,untested,JAX,PyTorch]

Only values that agree with the hand-written ones, and these with central differences along a random direction, are timed. The code holds arrays against their
declared facts, as it does by default. `beside.py` makes the table and the plot of all of it.
"""

from __future__ import annotations

import os

os.environ.update(
    OPENBLAS_NUM_THREADS="1",
    OMP_NUM_THREADS="1",
    MKL_NUM_THREADS="1",
    XLA_FLAGS="--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
)

import functools
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.linalg import lapack, solve_triangular

import gradproof as gp
from cases import CASES
from matrices import MATRICES
from objectives import OBJECTIVES, PEERS

Arrays = dict[str, Any]
Run = Callable[[], Any]
ROUNDS, SPENT = 9, 4e6  # rounds, and nanoseconds in each at least
SLOW, FEW = 1e9, 3  # a run of so many nanoseconds has fewer rounds
UNTESTED = "untested"  # ours without tests of declared facts
COLUMNS = ("hand", "gradproof", UNTESTED, *PEERS)


@dataclass(frozen=True)
class Workload:
    """A formula, random data of size n, and the derivative by hand."""

    name: str
    formula: str
    wrt: str  # names apart by blanks
    where: str
    data: Callable[[np.random.Generator, int], Arrays]
    hand: Callable[..., Any]


def gaussian_process(D: Any, l: float, s: float, y: Any) -> float:
    E = np.exp(D * (-1 / l))
    K = E.copy()
    K.flat[:: len(y) + 1] += s
    c, _ = lapack.dpotrf(K.T, lower=1, overwrite_a=1, clean=0)
    a = lapack.dpotrs(c, y, lower=1)[0]
    E *= D
    inverse = lapack.dpotri(c, lower=1, overwrite_c=1)[0]
    trace = 2 * np.vdot(np.tril(inverse, -1), E.T) + inverse.diagonal() @ E.diagonal()
    return (trace - a @ (E @ a)) / l**2


def distances(r: np.random.Generator, n: int) -> Any:
    X = r.normal(size=(n, 3))
    return ((X[:, None] - X[None]) ** 2).sum(2)


def low_rank(d: Any, V: Any, y: Any) -> Any:
    Vd = V / d[:, None]
    C = V.T @ Vd
    C.flat[:: len(C) + 1] += 1
    T = solve_triangular(np.linalg.cholesky(C), Vd.T, lower=True, check_finite=False)
    a = y / d - T.T @ (T @ y)
    return 1 / d - np.einsum("kn,kn->n", T, T) - a * a


def regulator(A: Any, B: Any, K: Any, Q: Any, R: Any, x: Any) -> Any:
    u = K @ x
    z = A @ x - B @ u
    g = 2 * (Q @ (A @ z - B @ (K @ z)))
    b = B.T @ g
    return np.outer(-b, z) + np.outer(2 * (R @ u) - B.T @ (A.T @ g - K.T @ b), x)


def joseph(P: Any, R: Any, H: Any, K: Any) -> Any:
    HP = H @ P
    G = K @ (HP @ H.T + R)
    G -= HP.T
    G *= 2
    return G


def masked(A: Any, M: Any, U: Any, V: Any, lam: float) -> Any:
    E = U @ V.T
    E -= A
    E *= M
    E *= M
    G = E @ V
    G *= 2
    G += (2 * lam) * U
    return G


def kronecker(A: Any, B: Any, X: Any, Y: Any) -> Any:
    E = B @ X @ A.T
    E -= Y
    G = B.T @ E @ A
    G *= 2
    return G


def spd(r: np.random.Generator, n: int) -> Any:
    M = r.normal(size=(n, n))
    return M @ M.T / n + np.eye(n)


WORKLOADS = (
    Workload(
        "low rank plus diagonal Gaussian by d",
        "logdet(diag(d) + V*V') + y'*inv(diag(d) + V*V')*y", "d", "d: vector n positive; V: matrix n k; y: vector n",
        lambda r, n: {"d": r.random(n) + 0.5, "V": r.normal(size=(n, 10)), "y": r.normal(size=n)}, low_rank,
    ),
    Workload(
        "LQR cost by K",
        "x'*(A - B*K)'*(A - B*K)'*Q*(A - B*K)*(A - B*K)*x + x'*K'*R*K*x", "K",
        "A: matrix n n; B: matrix n k; K: matrix k n; Q: matrix n n posdef; R: matrix k k posdef; x: vector n",
        lambda r, n: {
            "A": r.normal(size=(n, n)) / n**0.5, "B": r.normal(size=(n, max(n // 4, 2))) / n**0.5,
            "K": r.normal(size=(max(n // 4, 2), n)) / n**0.5, "Q": np.eye(n), "R": np.eye(max(n // 4, 2)), "x": r.normal(size=n),
        },
        regulator,
    ),
    Workload(
        "GP likelihood by a length scale",
        "y'*inv(exp(-D/l) + s*eye(n))*y + logdet(exp(-D/l) + s*eye(n))", "l",
        "D: matrix n n symmetric; l: scalar positive; s: scalar positive; y: vector n",
        lambda r, n: {"D": distances(r, n), "l": 1.3, "s": 0.1, "y": r.normal(size=n)}, gaussian_process,
    ),
    Workload(
        "Kalman covariance, Joseph form, by K",
        "tr((eye(n) - K*H)*P*(eye(n) - K*H)' + K*R*K')", "K",
        "P: matrix n n posdef; R: matrix q q posdef; H: matrix q n; K: matrix n q",
        lambda r, n: {
            "P": spd(r, n), "R": 0.5 * np.eye(n // 2), "H": r.normal(size=(n // 2, n)), "K": r.normal(size=(n, n // 2)) / n,
        },
        joseph,
    ),
    Workload(
        "masked factorisation with ridge by U",
        "norm2(M.*(A - U*V'))^2 + lam*norm2(U)^2", "U",
        "A: matrix m n; M: matrix m n; U: matrix m k; V: matrix n k; lam: scalar",
        lambda r, n: {
            "A": r.normal(size=(n, n)), "M": (r.random((n, n)) < 0.3) * 1.0,
            "U": r.normal(size=(n, 10)), "V": r.normal(size=(n, 10)), "lam": 0.1,
        },
        masked,
    ),
    Workload(
        "Kronecker least squares by X",
        "norm2(kron(A,B)*vec(X) - vec(Y))^2", "X", "A: matrix n n; B: matrix m m; X: matrix m n; Y: matrix m n",
        lambda r, n: {name: r.normal(size=(max(n // 4, 3),) * 2) for name in "ABXY"}, kronecker,
    ),
    *(Workload(name, formula, " ".join(wrt), where, data, hand) for name, formula, wrt, where, data, hand in CASES),
    *(Workload(*row) for row in MATRICES),
)  # fmt: skip


@dataclass
class Measured:
    """One workload at one size: by column the milliseconds of each round, and a word where there is none."""

    name: str
    n: int
    times: dict[str, list[float]] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)

    def ratio(self, column: str) -> float:
        """The median over the rounds of the time of a column to the hand-written one."""
        return statistics.median(a / b for a, b in zip(self.times[column], self.times["hand"], strict=True))

    def best(self, column: str) -> float:
        """Milliseconds of the fastest round."""
        return min(self.times[column])


def spent(f: Run, times: int) -> float:
    """Processor time of one call, in nanoseconds."""
    start = time.process_time_ns()
    for _ in range(times):
        f()
    return (time.process_time_ns() - start) / times


def agrees(w: Workload, d: gp.Derivative, values: Arrays, found: Any) -> bool:
    """Whether a derivative is that of the formula, or of its gradient, by central differences along a random direction."""
    first, *more = w.wrt.split()
    below = gp.derive(w.formula, wrt=first, where=w.where, verify=False) if more else d.expression
    x = np.asarray(values[first], float)
    v = np.random.default_rng(1).normal(size=x.shape)
    v = v + v.T if x.ndim == 2 and np.array_equal(x, x.T) else v  # symmetric ones stay so
    h = 1e-6
    ahead, back = (np.asarray(below.evaluate({**values, first: x + s * h * v})) for s in (1, -1))
    moved = (ahead - back) / (2 * h)
    told = np.tensordot(v, np.reshape(found, x.shape + moved.shape), x.ndim)
    scale = max(float(np.max(np.abs(moved))), float(np.linalg.norm(v) * np.linalg.norm(found)) * 1e-3)
    return bool(np.max(np.abs(told - moved)) <= 1e-4 * scale)


def runs(w: Workload, n: int, columns: Sequence[str]) -> Iterator[tuple[str, Run | str]]:
    """By column what is run, or why it is not: its value is held against the hand-written one, and ours against central differences too."""
    values = w.data(np.random.default_rng(0), n)
    expected = w.hand(**values)
    yield "hand", lambda: w.hand(**values)
    for column in columns:
        if column in ("gradproof", UNTESTED):
            d = gp.derive(w.formula, wrt=w.wrt.split(), where=w.where, verify=False)
            f = d.compile(check=column != UNTESTED)
            given = {name: a for name, a in values.items() if name in f.names}
            run: Run = functools.partial(f, given)
            if n <= 300 and not agrees(w, d, values, run()):
                yield column, "differs from central differences"
                continue
        elif column in PEERS:
            try:
                run = PEERS[column](OBJECTIVES[w.name], w.wrt.split(), values)
            except ImportError:
                yield column, "not installed"
                continue
            except NotImplementedError:
                yield column, "no solver"
                continue
        else:
            continue
        same = np.allclose(
            np.asarray(run()).reshape(np.shape(expected)), expected, 1e-6, 1e-6 * float(np.max(np.abs(expected)))
        )
        yield column, run if same else "differs"


def measure(w: Workload, n: int, columns: Sequence[str] = COLUMNS) -> Measured:
    """The times of all columns, round by round."""
    found = Measured(w.name, n)
    every: dict[str, Run] = {}
    for column, run in runs(w, n, columns):
        if isinstance(run, str):
            found.words[column] = run
        else:
            every[column] = run
    once = {k: min(spent(run, 1), spent(run, 1)) for k, run in every.items()}
    for _ in range(FEW if max(once.values()) > SLOW else ROUNDS):
        for k, run in every.items():
            found.times.setdefault(k, []).append(spent(run, max(1, int(SPENT / max(once[k], 1)))) / 1e6)
    return found


def main(sizes: str = "30,300,1000", part: str = "", columns: str = ",".join(COLUMNS)) -> None:
    """Prints ratios to the hand-written code, and the milliseconds of that."""
    shown = columns.split(",")
    print(
        f"{'ratio to hand-written NumPy, median':40} {'n':>6} {'hand, ms':>9}",
        *(f"{c:>10}" for c in shown if c != "hand"),
    )
    for w in WORKLOADS:
        for n in map(int, sizes.split(",")) if part in w.name else ():
            m = measure(w, n, shown)
            cells = (
                f"{m.ratio(c):10.2f}" if c in m.times else f"{m.words.get(c, ''):>10}" for c in shown if c != "hand"
            )
            print(f"{w.name:40} {n:6} {m.best('hand'):9.3f}", *cells, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
