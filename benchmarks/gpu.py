"""Compiled derivatives on a GPU, beside torch.func and jax.grad on the same card: one table with the card's name.

    python benchmarks/gpu.py [--sizes 1000,4000] [--only PART] [--seconds 200] [--cpu]

Whatever of PyTorch, JAX and CuPy finds a GPU runs on it, in double precision; what does not is skipped, and the reason is printed. `--cpu` runs on the
processor instead. Every value is held against NumPy's by the code for NumPy before it is timed. Times are medians over interleaved rounds, in milliseconds;
the last two columns are gradproof's code over torch.func and over jax.grad.
"""

from __future__ import annotations

import argparse
import importlib
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")  # three libraries share one card
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np

import gradproof as gp

Arrays = dict[str, Any]
ROUNDS, SPENT = 7, 0.02  # rounds, and seconds of each library in a round at least
CLOSE = 1e-6
COLUMNS = ("torch", "torch.func", "jax", "jax.grad", "cupy")


@dataclass(frozen=True)
class Workload:
    """A formula, by what it is differentiated, data of size n, and the formula as a function of PyTorch and of JAX."""

    name: str
    formula: str
    wrt: tuple[str, ...]
    where: str
    data: Callable[[np.random.Generator, int], Arrays]
    torch: Callable[[Any, Arrays], Any]
    jax: Callable[[Any, Arrays], Any]


def glm(r: np.random.Generator, n: int) -> Arrays:
    return {"X": r.normal(size=(n, n)) / n**0.5, "w": r.normal(size=n), "y": np.sign(r.normal(size=n))}


def covariance(r: np.random.Generator, n: int) -> Arrays:
    M = r.normal(size=(n, n))
    return {"S": M @ M.T / n + np.eye(n), "y": r.normal(size=n)}


def kernel(r: np.random.Generator, n: int) -> Arrays:
    X = r.normal(size=(n, 3))
    D = ((X[:, None] - X[None]) ** 2).sum(2)
    return {"D": D, "l": np.float64(1.3), "s": np.float64(0.5), "y": r.normal(size=n)}


def classes(r: np.random.Generator, n: int) -> Arrays:
    return {"X": r.normal(size=(n, n)), "W": r.normal(size=(n, 10)) / n**0.5, "Y": np.eye(10)[r.integers(0, 10, n)]}


def factors(r: np.random.Generator, n: int) -> Arrays:
    A, M = r.normal(size=(n, n)), (r.random((n, n)) < 0.3) * 1.0
    return {"A": A, "M": M, "U": r.normal(size=(n, 10)), "V": r.normal(size=(n, 10))}


def network(r: np.random.Generator, n: int) -> Arrays:
    h = n // 4
    X, Y = r.normal(size=(n, n)), r.normal(size=(n, 10))
    return {"X": X, "W": r.normal(size=(n, h)) / n**0.5, "V": r.normal(size=(h, 10)) / h**0.5, "Y": Y}


def regulator(r: np.random.Generator, n: int) -> Arrays:
    k = n // 4
    A, B, K = r.normal(size=(n, n)), r.normal(size=(n, k)), r.normal(size=(k, n))
    return {"A": A / n**0.5, "B": B / n**0.5, "K": K / n**0.5, "x": r.normal(size=n)}


def low_rank(r: np.random.Generator, n: int) -> Arrays:
    return {"d": r.random(n) + 0.5, "V": r.normal(size=(n, 10)), "y": r.normal(size=n)}


def gp_torch(t: Any, p: Arrays) -> Any:
    K = t.exp(-p["D"] / p["l"]) + p["s"] * t.eye(len(p["y"]), dtype=p["D"].dtype, device=p["D"].device)
    return p["y"] @ t.linalg.solve(K, p["y"]) + t.logdet(K)


def gp_jax(j: Any, p: Arrays) -> Any:
    K = j.exp(-p["D"] / p["l"]) + p["s"] * j.eye(len(p["y"]))
    return p["y"] @ j.linalg.solve(K, p["y"]) + j.linalg.slogdet(K)[1]


def cost(_: Any, p: Arrays) -> Any:
    """A two-step cost as a careful person writes it: by vectors only."""
    z = p["A"] @ p["x"] - p["B"] @ (p["K"] @ p["x"])
    w = p["A"] @ z - p["B"] @ (p["K"] @ z)
    return w @ w


def low_rank_torch(t: Any, p: Arrays) -> Any:
    S = t.diag(p["d"]) + p["V"] @ p["V"].T
    return t.logdet(S) + p["y"] @ t.linalg.solve(S, p["y"])


def low_rank_jax(j: Any, p: Arrays) -> Any:
    S = j.diag(p["d"]) + p["V"] @ p["V"].T
    return j.linalg.slogdet(S)[1] + p["y"] @ j.linalg.solve(S, p["y"])


def squares(u: Any) -> Any:
    return (u * u).sum()


LOGISTIC = "sum(log(1 + exp(-y.*(X*w))))"
WORKLOADS = (
    Workload(
        "logistic regression, gradient", LOGISTIC, ("w",), "X: matrix n k; w: vector k; y: vector n", glm,
        lambda t, p: t.nn.functional.softplus(-p["y"] * (p["X"] @ p["w"])).sum(),
        lambda j, p: j.logaddexp(0, -p["y"] * (p["X"] @ p["w"])).sum(),
    ),
    Workload(
        "logistic regression, Hessian", LOGISTIC, ("w", "w"), "X: matrix n k; w: vector k; y: vector n", glm,
        lambda t, p: t.nn.functional.softplus(-p["y"] * (p["X"] @ p["w"])).sum(),
        lambda j, p: j.logaddexp(0, -p["y"] * (p["X"] @ p["w"])).sum(),
    ),
    Workload(
        "Gaussian likelihood by S", "logdet(S) + y'*inv(S)*y", ("S",), "S: matrix n n posdef; y: vector n", covariance,
        lambda t, p: t.logdet(p["S"]) + p["y"] @ t.linalg.solve(p["S"], p["y"]),
        lambda j, p: j.linalg.slogdet(p["S"])[1] + p["y"] @ j.linalg.solve(p["S"], p["y"]),
    ),
    Workload(
        "GP likelihood by a length scale", "y'*inv(exp(-D/l) + s*eye(n))*y + logdet(exp(-D/l) + s*eye(n))", ("l",),
        "D: matrix n n symmetric; l: scalar positive; s: scalar positive; y: vector n", kernel, gp_torch, gp_jax,
    ),
    Workload(
        "softmax regression by W", "sum(log(exp(X*W)*ones(c))) - tr(Y'*X*W)", ("W",),
        "X: matrix m n; W: matrix n c; Y: matrix m c", classes,
        lambda t, p: t.logsumexp(p["X"] @ p["W"], 1).sum() - (p["Y"] * (p["X"] @ p["W"])).sum(),
        lambda j, p: j.log(j.exp(p["X"] @ p["W"]).sum(1)).sum() - (p["Y"] * (p["X"] @ p["W"])).sum(),
    ),
    Workload(
        "masked factorisation by U", "norm2(M.*(A - U*V'))^2", ("U",),
        "A: matrix m n; M: matrix m n; U: matrix m k; V: matrix n k", factors,
        lambda t, p: squares(p["M"] * (p["A"] - p["U"] @ p["V"].T)),
        lambda j, p: squares(p["M"] * (p["A"] - p["U"] @ p["V"].T)),
    ),
    Workload(
        "two-layer tanh network by W", "norm2(tanh(X*W)*V - Y)^2", ("W",),
        "X: matrix m n; W: matrix n h; V: matrix h c; Y: matrix m c", network,
        lambda t, p: squares(t.tanh(p["X"] @ p["W"]) @ p["V"] - p["Y"]),
        lambda j, p: squares(j.tanh(p["X"] @ p["W"]) @ p["V"] - p["Y"]),
    ),
    Workload(
        "LQR cost by K", "norm2((A - B*K)*(A - B*K)*x)^2", ("K",),
        "A: matrix n n; B: matrix n k; K: matrix k n; x: vector n", regulator, cost, cost,
    ),
    Workload(
        "low rank plus diagonal by d", "logdet(diag(d) + V*V') + y'*inv(diag(d) + V*V')*y", ("d",),
        "d: vector n positive; V: matrix n k; y: vector n", low_rank, low_rank_torch, low_rank_jax,
    ),
)  # fmt: skip


class Library:
    """One library on one device: how arrays get there and back, and how long a call takes until it is done."""

    def __init__(self, name: str, cpu: bool):
        self.name, self.cpu = name, cpu
        self.module = importlib.import_module(name)
        self.card = getattr(self, f"_{name}")()

    def _torch(self) -> str:
        if self.cpu:
            self.module.set_num_threads(1)
            return "the processor"
        if not self.module.cuda.is_available():
            raise RuntimeError("torch.cuda.is_available() is False")
        return str(self.module.cuda.get_device_name(0))

    def _jax(self) -> str:
        self.module.config.update("jax_enable_x64", True)
        devices = [self.module.devices("cpu")[0]] if self.cpu else self.module.devices("gpu")
        self.module.config.update("jax_default_device", devices[0])
        return str(devices[0].device_kind)

    def _cupy(self) -> str:
        if self.cpu:
            raise RuntimeError("CuPy has no arrays on the processor")
        return self.module.cuda.runtime.getDeviceProperties(0)["name"].decode()

    def there(self, values: Arrays) -> Arrays:
        """The arrays on the device; scalars stay what they are, but for JAX, whose functions are traced."""
        if self.name == "torch":
            device = "cpu" if self.cpu else "cuda"
            return {k: self.module.as_tensor(v, dtype=self.module.float64, device=device) for k, v in values.items()}
        asarray = self.module.numpy.asarray if self.name == "jax" else self.module.asarray
        return {k: asarray(v) if np.ndim(v) or self.name == "jax" else float(v) for k, v in values.items()}

    def back(self, value: Any) -> Any:
        """The entries as NumPy has them."""
        if self.name == "torch":
            if value.device.type != ("cpu" if self.cpu else "cuda"):
                raise RuntimeError(f"the result is on {value.device}")
            return value.cpu().numpy()
        return value.get() if self.name == "cupy" else np.asarray(value)

    def done(self, value: Any) -> None:
        """Waits until the device has finished."""
        if self.name == "jax":
            value.block_until_ready()
        elif self.name == "cupy":
            self.module.cuda.get_current_stream().synchronize()
        elif not self.cpu:
            self.module.cuda.synchronize()

    def ours(self, d: gp.Derivative, values: Arrays) -> Callable[[], Any]:
        """The compiled derivative at these values."""
        f = d.compile(target=self.name, check=False)
        there = self.there(values)
        if self.name != "jax":
            return lambda: f(there)
        jitted = self.module.jit(lambda p: f(p))
        return lambda: jitted(there)

    def theirs(self, w: Workload, values: Arrays) -> Callable[[], Any]:
        """The derivative as the library itself makes it."""
        there = self.there(values)
        by, rest = w.wrt[0], {k: v for k, v in there.items() if k != w.wrt[0]}
        second = len(w.wrt) == 2
        if self.name == "torch":
            func = self.module.func
            made = (func.hessian if second else func.grad)(lambda x, p: w.torch(self.module, {**p, by: x}))
        else:
            whole = self.module.hessian if second else self.module.grad
            made = self.module.jit(whole(lambda x, p: w.jax(self.module.numpy, {**p, by: x})))
        return lambda: made(there[by], rest)


def found(cpu: bool) -> dict[str, Library]:
    """The libraries that run here; prints why the others do not."""
    libraries: dict[str, Library] = {}
    for name in ("torch", "jax", "cupy"):
        try:
            libraries[name] = Library(name, cpu)
            print(f"{name} {libraries[name].module.__version__} on {libraries[name].card}")
        except Exception as e:  # whatever a library says when it finds no card
            print(f"{name} is skipped: {str(e).strip().splitlines()[0] if str(e).strip() else type(e).__name__}")
    return libraries


def spent(library: Library, f: Callable[[], Any], times: int) -> float:
    """Seconds of one call, the device's work included."""
    start = time.perf_counter()
    for _ in range(times):
        value = f()
    library.done(value)
    return (time.perf_counter() - start) / times


def medians(runs: dict[str, tuple[Library, Callable[[], Any]]]) -> dict[str, float]:
    """The median of each over interleaved rounds, in seconds."""
    times = {}
    for name, (library, f) in runs.items():
        spent(library, f, 1)
        times[name] = max(1, min(200, int(SPENT / max(spent(library, f, 1), 1e-6))))
    rounds = [{name: spent(lib, f, times[name]) for name, (lib, f) in runs.items()} for _ in range(ROUNDS)]
    return {name: statistics.median(r[name] for r in rounds) for name in runs}


def row(w: Workload, n: int, libraries: dict[str, Library]) -> str:
    """The line of the table for one workload and size, and a line for each error."""
    values = w.data(np.random.default_rng(0), n)
    d = gp.derive(w.formula, wrt=list(w.wrt), where=w.where, verify=False)
    expected = np.squeeze(d.compile(check=False)(values))
    runs: dict[str, tuple[Library, Callable[[], Any]]] = {}
    errors = []
    for name, library in libraries.items():
        made = {name: lambda lib=library: lib.ours(d, values)}
        if name != "cupy":
            made["torch.func" if name == "torch" else "jax.grad"] = lambda lib=library: lib.theirs(w, values)
        for column, make in made.items():
            try:
                f = make()
                off = np.max(np.abs(np.squeeze(library.back(f())) - expected)) / np.max(np.abs(expected))
                if not off <= CLOSE:
                    raise ArithmeticError(f"differs from NumPy by {off:.1e} of the largest entry")
                runs[column] = library, f
            except Exception as e:  # one column that fails leaves the others
                errors.append(f"    {column}: {type(e).__name__}: {str(e).strip()[:300]}")
    took = medians(runs)
    cells = [f"{1e3 * took[c]:11.3f}" if c in took else f"{'-':>11}" for c in COLUMNS]
    ratios = [
        f"{took[a] / took[b]:8.2f}" if a in took and b in took else f"{'-':>8}"
        for a, b in (("torch", "torch.func"), ("jax", "jax.grad"))
    ]
    return "\n".join([f"{w.name:34} {n:6}{''.join(cells)}{''.join(ratios)}", *errors])


def main() -> int:
    """Prints the table; the exit status says whether a value was wrong or a column failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="1000,4000")
    parser.add_argument("--only", default="", help="part of a workload's name")
    parser.add_argument("--seconds", type=float, default=200, help="after this time no further line is begun")
    parser.add_argument("--cpu", action="store_true", help="on the processor")
    asked = parser.parse_args()
    start, failed = time.perf_counter(), 0
    libraries = found(asked.cpu)
    if not libraries:
        print("nothing to measure: no library found a GPU (--cpu measures on the processor)")
        return 0
    print(f"\n{'milliseconds, float64':34} {'n':>6}{''.join(f'{c:>11}' for c in COLUMNS)}{'torch':>8}{'jax':>8}")
    for n in map(int, asked.sizes.split(",")):
        for w in WORKLOADS:
            if asked.only not in w.name:
                continue
            if time.perf_counter() - start > asked.seconds:
                print(f"{w.name:34} {n:6}   left out: {asked.seconds:.0f} s are over")
                continue
            line = row(w, n, libraries)
            failed += line.count("\n")
            print(line, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
