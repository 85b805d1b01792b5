"""Compiled derivatives on a GPU beside the automatic differentiation of the same library on the same card: one table of ratios.

    python benchmarks/gpu.py [1000,4000] [--cpu]

Each value is compared with NumPy's before it is timed. Times are medians of interleaved rounds, the device synchronised; `--cpu` runs the same on the processor,
to try it out. Where a library or a GPU is missing, its column says so.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import gradproof as gp

os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")  # the card is shared with the other libraries
ROUNDS, LEAST = 7, 0.02  # rounds, and seconds in each at least
Arrays = dict[str, Any]


@dataclass(frozen=True)
class Task:
    """A formula, random data of size n, and the formula in words that PyTorch and JAX share, of their array module and linear algebra."""

    name: str
    formula: str
    wrt: list[str]
    data: Callable[[np.random.Generator, int], Arrays]
    value: Callable[..., Any]
    where: str = ""


def spd(r: np.random.Generator, n: int) -> Any:
    A = r.normal(size=(n, n))
    return A @ A.T / n + np.eye(n)


def logsumexp(m: Any, z: Any) -> Any:
    """Along the last axis, shifted so that it cannot overflow: ours is."""
    top = m.amax(z, -1)
    return top + m.log(m.exp(z - top[..., None]).sum(-1))


TASKS = [
    Task("ridge, gradient", "norm2(X*w - y)^2 + l*norm2(w)^2", ["w"],
         lambda r, n: {"X": r.normal(size=(4 * n, n)), "w": r.normal(size=n), "y": r.normal(size=4 * n), "l": 0.3},
         lambda m, X, w, y, l: ((X @ w - y) ** 2).sum() + l * (w**2).sum()),
    Task("logistic loss, gradient", "sum(log(1 + exp(-y.*(X*w))))", ["w"],
         lambda r, n: {"X": r.normal(size=(4 * n, n)), "w": r.normal(size=n) / n, "y": np.sign(r.normal(size=4 * n))},
         lambda m, X, w, y: m.logaddexp(m.zeros_like(y), -y * (X @ w)).sum()),
    Task("logistic loss, Hessian", "sum(log(1 + exp(-y.*(X*w))))", ["w", "w"],
         lambda r, n: {"X": r.normal(size=(4 * n, n)), "w": r.normal(size=n) / n, "y": np.sign(r.normal(size=4 * n))},
         lambda m, X, w, y: m.logaddexp(m.zeros_like(y), -y * (X @ w)).sum()),
    Task("softmax cross-entropy, gradient by W", "sum(logsumexprows(X*W)) - sum(Y.*(X*W))", ["W"],
         lambda r, n: {"X": r.normal(size=(n, n)), "W": r.normal(size=(n, 100)) / n, "Y": np.eye(100)[r.integers(0, 100, n)]},
         lambda m, X, W, Y: logsumexp(m, X @ W).sum() - (Y * (X @ W)).sum()),
    Task("Gaussian likelihood, gradient by S", "logdet(S) + y'*inv(S)*y", ["S"],
         lambda r, n: {"S": spd(r, n), "y": r.normal(size=n)},
         lambda m, S, y: m.linalg.slogdet(S)[1] + y @ m.linalg.solve(S, y), "S: matrix n n posdef"),
    Task("matrix factorisation, gradient by U", "norm2(M.*(A - U*V'))^2", ["U"],
         lambda r, n: {"M": np.sign(abs(r.normal(size=(n, n))) - 1).clip(0), "A": r.normal(size=(n, n)), "U": r.normal(size=(n, 20)), "V": r.normal(size=(n, 20))},
         lambda m, M, A, U, V: ((M * (A - U @ V.T)) ** 2).sum()),
    Task("two layers, gradient by the first", "norm2(W2*tanh(W1*X) - Y)^2", ["W1"],
         lambda r, n: {"W1": r.normal(size=(n, n)) / n, "W2": r.normal(size=(100, n)) / n, "X": r.normal(size=(n, 200)), "Y": r.normal(size=(100, 200))},
         lambda m, W1, W2, X, Y: ((W2 @ m.tanh(W1 @ X) - Y) ** 2).sum()),
    Task("log-sum-exp, Hessian", "logsumexp(A*x)", ["x", "x"],
         lambda r, n: {"A": r.normal(size=(n, n)), "x": r.normal(size=n) / n},
         lambda m, A, x: logsumexp(m, A @ x)),
]  # fmt: skip


class Torch:
    """PyTorch: eager code, beside torch.autograd.grad and torch.func.hessian."""

    name = "torch"

    def __init__(self, cpu: bool):
        import torch

        if not cpu and not torch.cuda.is_available():
            raise RuntimeError("no GPU")
        self.torch, self.device = torch, "cpu" if cpu else "cuda"

    def card(self) -> str:
        return "the processor" if self.device == "cpu" else self.torch.cuda.get_device_name()

    def there(self, a: Any) -> Any:
        return self.torch.tensor(a, device=self.device) if isinstance(a, np.ndarray) else a

    def back(self, a: Any) -> Any:
        return a.cpu().numpy()

    def wait(self, a: Any) -> None:
        if self.device == "cuda":
            self.torch.cuda.synchronize()

    def own(self, task: Task, values: Arrays) -> Callable[[], Any]:
        torch, name = self.torch, task.wrt[0]

        def value(x: Any) -> Any:
            return task.value(torch, **{**values, name: x})

        def gradient() -> Any:
            x = values[name].detach().requires_grad_()
            return torch.autograd.grad(value(x), x)[0]

        f = torch.func.hessian(value)
        return (lambda: f(values[name])) if len(task.wrt) > 1 else gradient

    def ours(self, f: Any) -> Any:
        return f


class Jax:
    """JAX: compiled code, beside jax.grad and jax.hessian, compiled too."""

    name = "jax"

    def __init__(self, cpu: bool):
        import jax

        jax.config.update("jax_enable_x64", True)
        if not cpu and jax.default_backend() != "gpu":
            raise RuntimeError("no GPU")
        self.jax = jax

    def card(self) -> str:
        return str(self.jax.devices()[0])

    def there(self, a: Any) -> Any:
        return self.jax.numpy.asarray(a)

    def back(self, a: Any) -> Any:
        return np.asarray(a)

    def wait(self, a: Any) -> None:
        a.block_until_ready()

    def own(self, task: Task, values: Arrays) -> Callable[[], Any]:
        jax, name = self.jax, task.wrt[0]
        way = jax.hessian if len(task.wrt) > 1 else jax.grad
        f = jax.jit(lambda v, x: way(lambda x: task.value(jax.numpy, **{**v, name: x}))(x))
        return lambda: f(values, values[name])

    def ours(self, f: Any) -> Any:
        return self.jax.jit(lambda values: f(values))


class Cupy:
    """CuPy: our code, which has no automatic differentiation beside it."""

    name = "cupy"

    def __init__(self, cpu: bool):
        if cpu:
            raise RuntimeError("it has no processor")
        import cupy

        cupy.cuda.runtime.getDeviceCount()
        self.cupy = cupy

    def card(self) -> str:
        return self.cupy.cuda.runtime.getDeviceProperties(0)["name"].decode()

    def there(self, a: Any) -> Any:
        return self.cupy.asarray(a) if isinstance(a, np.ndarray) else a

    def back(self, a: Any) -> Any:
        return self.cupy.asnumpy(a)

    def wait(self, a: Any) -> None:
        self.cupy.cuda.Device().synchronize()

    def own(self, task: Task, values: Arrays) -> None:
        return None

    def ours(self, f: Any) -> Any:
        return f


def median(ways: list[Callable[[], Any]], wait: Callable[[Any], None]) -> list[float]:
    """The seconds of a call of each, the median over interleaved rounds."""
    calls = []
    for way in ways:
        wait(way())
        start = time.perf_counter()
        wait(way())
        calls.append(max(1, int(LEAST / (time.perf_counter() - start))))
    found: list[list[float]] = [[] for _ in ways]
    for _ in range(ROUNDS):
        for k, way in enumerate(ways):
            start = time.perf_counter()
            for _ in range(calls[k]):
                last = way()
            wait(last)
            found[k].append((time.perf_counter() - start) / calls[k])
    return [statistics.median(f) for f in found]


def row(task: Task, n: int, library: Any) -> str:
    """Our milliseconds, and their ratio to the library's own."""
    arrays = task.data(np.random.default_rng(0), n)
    d = gp.derive(task.formula, task.wrt, task.where or None, verify=False)
    wanted = d.compile("numpy", check=False)
    names = wanted.names
    value = np.asarray(wanted({k: arrays[k] for k in names}))
    made = d.compile(library.name, check=False)
    there = {k: library.there(v) for k, v in arrays.items()}
    given = {k: there[k] for k in made.names}
    f = library.ours(made)
    off = float(np.max(np.abs(library.back(f(given)).reshape(value.shape) - value)) / np.max(np.abs(value)))
    if not off < 1e-8:
        return f"off by {off:.0e}"
    own = library.own(task, there)
    if own is None:
        (ours,) = median([lambda: f(given)], library.wait)
        return f"{ours * 1e3:.3f} ms"
    ours, theirs = median([lambda: f(given), own], library.wait)
    return f"{ours / theirs:.2f} ({ours * 1e3:.3f} ms)"


def main() -> None:
    given = [a for a in sys.argv[1:] if not a.startswith("--")]
    sizes = [int(n) for n in (given[0] if given else "1000,4000").split(",")]
    columns: list[Any] = []
    for made in (Torch, Jax, Cupy):
        try:
            columns.append(made("--cpu" in sys.argv))
        except Exception as error:  # a library that is not there, or sees no device, says why
            print(f"{made.name}: left out ({type(error).__name__}: {error})", flush=True)
    if not columns:
        return
    print(f"float64 on {columns[0].card()}; ours to theirs, below 1 is faster\n")
    print("| task | n |" + "".join(f" {c.name} |" for c in columns))
    print("|---|---|" + "---|" * len(columns), flush=True)
    for task in TASKS:
        for n in sizes:
            cells = []
            for library in columns:
                try:
                    cells.append(row(task, n, library))
                except Exception as error:  # memory, or a gap of a target: said in its cell
                    cells.append(f"{type(error).__name__}: {str(error)[:60]}".replace("\n", " "))
            print(f"| {task.name} | {n} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
