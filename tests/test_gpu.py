"""Compiled derivatives of the corpus on a GPU, in PyTorch, JAX and CuPy: the values of NumPy, on the device of what is given. Skipped where there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import gradproof as gp

FORMULAS = [  # each way in which code makes arrays of its own: ones, identities, zeros, ranges, factors, blocks
    ("norm2(A*x - b)^2 + l*norm2(x)^2", "x", ""),
    ("sum(log(1 + exp(-y.*(A*x))))", ["x", "x"], ""),
    ("logsumexp(A*x)", ["x", "x"], ""),
    ("logdet(S) + x'*inv(S)*x", "S", "S: matrix n n posdef"),
    ("tr(S)*sum(x)", "S", "S: matrix n n"),
    ("norm2(x)", ["x", "x"], ""),
    ("sum(softmax(x).^2)", "x", ""),
    ("x'*(S.^2)*x + c*sum(x)", "S", "S: matrix n n"),
    ("sum(relu(A*x))", "x", ""),
    ("cumsum(x)'*z", "x", "z: vector n"),
    ("x[2]*sum(x)", "x", ""),
    ("tr(expm(c*S))", "c", "S: matrix n n"),
    ("logdet([S, x; x', c + 9])", "x", "S: matrix n n posdef; c: scalar"),
    ("x'*circ(x)*z", "x", "z: vector n"),
    ("tr(inv(S + c*eye(n)))", "c", "S: matrix n n posdef"),
]


def _libraries() -> Iterator[tuple[str, Callable[[Any], Any], Callable[[Any], Any], Callable[[Any], bool]]]:
    try:
        import torch

        if torch.cuda.is_available():
            yield (
                "torch",
                lambda a: torch.tensor(a, device="cuda") if isinstance(a, np.ndarray) else a,
                lambda a: a.cpu().numpy(),
                lambda a: a.is_cuda,
            )
    except ImportError:
        pass
    try:
        import jax

        if jax.default_backend() == "gpu":
            jax.config.update("jax_enable_x64", True)
            yield "jax", jax.numpy.asarray, np.asarray, lambda a: a.devices().pop().platform == "gpu"
    except ImportError:
        pass
    try:
        import cupy

        cupy.cuda.runtime.getDeviceCount()
        yield "cupy", lambda a: cupy.asarray(a) if isinstance(a, np.ndarray) else a, cupy.asnumpy, lambda a: True
    except Exception:  # no CuPy, or no device that it sees
        pass


LIBRARIES = list(_libraries())
pytestmark = pytest.mark.skipif(not LIBRARIES, reason="no GPU that PyTorch, JAX or CuPy sees")


def _drawn(symbols: Any) -> dict[str, Any]:
    rng = np.random.default_rng(3)
    sizes = {"n": 4, "m": 5}
    found: dict[str, Any] = {}
    for s in symbols:
        shape = tuple(d.evaluate({n: sizes.get(n, 3) for n in d.names}) for d in s.type.dims)
        x = rng.uniform(0.3, 1.5, size=shape)
        found[s.name] = x @ x.T + np.eye(len(x)) if "posdef" in s.facts else x if shape else float(x)
    return found


@pytest.mark.parametrize("name", [name for name, *_ in LIBRARIES])
@pytest.mark.parametrize(("formula", "wrt", "where"), FORMULAS)
def test_values_and_device(name: str, formula: str, wrt: Any, where: str) -> None:
    there, back, placed = next(rest for n, *rest in LIBRARIES if n == name)
    d = gp.derive(formula, wrt, where or None)
    values = _drawn(d.expression.variables)
    try:
        f = d.compile(name)
    except gp.UnsupportedError as error:
        pytest.skip(f"a stated gap: {error}")
    wanted = d.evaluate(values)
    result = f({n: there(v) for n, v in values.items() if n in f.names})
    assert placed(result)
    np.testing.assert_allclose(back(result), wanted, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", [name for name, *_ in LIBRARIES])
def test_the_corpus(name: str) -> None:
    """A tenth of the published identities, drawn by the samplers of the corpus."""
    import corpus_sampling
    from corpus_answers import answered
    from corpus_entries import ENTRIES

    there, back, _ = next(rest for n, *rest in LIBRARIES if n == name)
    wrong, seen = [], 0
    for key, d in list(answered().items())[::10]:
        values = corpus_sampling.draw(ENTRIES[key], 0)
        if d.functions or not any(isinstance(v, np.ndarray) for v in values.values()):
            continue
        try:
            f = d.compile(name)
        except gp.UnsupportedError:
            continue
        if not f.names:  # a number
            continue
        result = f({n: there(v) for n, v in values.items() if n in f.names})
        wanted = np.asarray(d.evaluate(values))
        seen += 1
        if not np.allclose(np.asarray(back(result)), wanted, rtol=1e-7, atol=1e-9 * (1 + abs(wanted).max())):
            wrong.append(key)
    assert not wrong
    assert seen > 20
