"""What norm of a matrix is meant by the name of each library: NumPy's values, and those of torch where it is there."""

from __future__ import annotations

import numpy as np
import pytest

import gradproof as gp

W = np.array([[1.0, 2.0, -0.5], [3.0, -4.0, 0.25]])
ENTRIES, SPECTRAL = np.sqrt((W**2).sum()), np.linalg.svd(W, compute_uv=False).max()
NORMS = [
    ("np.linalg.norm(W)", ENTRIES), ("np.linalg.norm(W, 2)", SPECTRAL), ("torch.linalg.norm(W, 2)", SPECTRAL),
    ("jnp.linalg.norm(W, ord=2)", SPECTRAL), ("scipy.linalg.norm(W, 2)", SPECTRAL),
    ("torch.norm(W)", ENTRIES), ("torch.norm(W, 2)", ENTRIES), ("torch.norm(W, p=1)", np.abs(W).sum()),
    ("torch.norm(W, float('inf'))", np.abs(W).max()), ("torch.norm(W, 'fro')", ENTRIES),
    ("tf.norm(W, ord=2)", ENTRIES), ("tf.norm(W, ord=1)", np.abs(W).sum()),
    ("0*torch.sum(W) + W.norm(2)", ENTRIES), ("0*torch.sum(W) + W.norm(p=1)", np.abs(W).sum()),
    ("cp.norm(W)", SPECTRAL), ("cp.norm(W, 2)", SPECTRAL), ("cp.norm(W, 'fro')", ENTRIES), ("cp.norm1(W)", np.abs(W).sum()),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), NORMS, ids=[t for t, _ in NORMS])
def test_the_norm_of_a_matrix_is_that_of_the_library(text: str, value: float) -> None:
    assert np.isclose(gp.parse(text, where="W: matrix 2 3").evaluate(W=W), value)


def test_torch_takes_all_entries() -> None:
    torch = pytest.importorskip("torch")
    for order in (1, 2, float("inf"), "fro"):
        found = gp.parse(f"torch.norm(W, {order!r})".replace("inf", "float('inf')"), where="W: matrix 2 3").evaluate(
            W=W
        )
        assert np.isclose(found, torch.norm(torch.tensor(W), order).item())


def test_the_largest_sums_are_refused() -> None:
    for text in ("np.linalg.norm(W, 1)", "cp.norm(W, 1)", "cp.norm(W, 'inf')", "torch.linalg.norm(W, float('inf'))"):
        with pytest.raises(gp.UnsupportedError, match="the largest sum"):
            gp.parse(text, where="W: matrix 2 3")


@pytest.mark.parametrize(
    ("source", "meant"),
    [
        ("import torch as t\nt.norm(W, 2)", "fro"),
        ("from torch import norm\nnorm(W, 2)", "fro"),
        ("from torch.linalg import norm\nnorm(W, 2)", 2),
        ("import numpy.linalg as la\nla.norm(W, 2)", 2),
        ("import numpy as torch\ntorch.linalg.norm(W, 2)", 2),
    ],
)
def test_the_norm_of_a_library_under_another_name(source: str, meant: object) -> None:
    w = np.array([[1.0, 2], [3, 4], [5, 7]])
    found = gp.parse(source, notation="numpy", where="W: matrix m n").evaluate(W=w)
    np.testing.assert_allclose(found, np.linalg.norm(w, meant))


@pytest.mark.parametrize("source", ["import torch as t\nt.std(x)", "from torch import std\nstd(x)", "jax.nn.gelu(x)"])
def test_what_a_library_computes_otherwise_is_refused_under_another_name(source: str) -> None:
    with pytest.raises(gp.GradproofError, match=r"std|gelu"):
        gp.parse(source, notation="numpy", where="x: vector n")
