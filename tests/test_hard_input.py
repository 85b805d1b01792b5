"""What nobody means to pass, and what needs too much: an answer or an error of gradproof, never another exception."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradproof as gp
from gradproof.check import check_steps
from gradproof.cli.main import main

rng = np.random.default_rng(2)
X = np.eye(3) + rng.uniform(0.0, 0.3, (3, 3))
V = rng.normal(size=9)


@pytest.mark.parametrize("wrt", [None, 3, [None], ["x", 2], object()])
@pytest.mark.parametrize("function", [gp.derive, gp.gradient, gp.hessian, gp.differential])
def test_wrt_that_is_no_name(function: Any, wrt: Any):
    with pytest.raises(
        gp.ParseError, match=r"wrt is the name of a variable or a list of names|nothing to differentiate by"
    ):
        function("x'*x", wrt)


@pytest.mark.parametrize("formula", [None, 3, ["x"]])
def test_a_formula_that_is_none(formula: Any):
    with pytest.raises(gp.ParseError, match="a formula is a text or an Expr"):
        gp.derive(formula, "x")


@pytest.mark.parametrize(
    "x", [None, "a", ["a", "b"], [[1, 2], [3]], np.ma.array([1.0, 2.0], mask=[0, 1]), {"a": 1}, [object()]]
)
def test_values_that_are_no_arrays_of_numbers(x: Any):
    with pytest.raises(gp.GradproofError):
        gp.derive("x'*x", "x").evaluate(x=x)
    with pytest.raises(gp.GradproofError):
        gp.derive("x'*x", "x").evaluate(3)


@pytest.mark.parametrize("x", [[], np.zeros(0), [10**400] * 3])
def test_arrays_that_hold_nothing_to_compute_with(x: Any):
    d = gp.derive("c*sum(softmax(x))", "x")
    for evaluate in (d.evaluate, d.expression.evaluate):
        try:
            with np.errstate(all="ignore"):
                evaluate(c=1.0, x=x)
        except gp.DomainError:
            continue
        assert np.shape(x) == (0,)


def test_sparse_matrices_are_refused_with_what_to_do():
    sparse = pytest.importorskip("scipy.sparse")
    for make in (sparse.csr_matrix, sparse.csr_array):
        with pytest.raises(gp.DomainError, match=r"A\.toarray"):
            gp.derive("norm2(A*x)^2", "x").evaluate(A=make(X), x=V[:3])


@pytest.mark.parametrize("dtype", ["float16", "float32", "longdouble", "int8", "object"])
def test_any_kind_of_number_gives_the_right_value(dtype: str):
    A = np.array([[2, 1, 0], [0, 3, 1], [1, 0, 2]]).astype(dtype)
    expected = np.linalg.det(A.astype(float)) * np.linalg.inv(A.astype(float)).T
    np.testing.assert_allclose(gp.derive("det(X)", "X").evaluate(X=A), expected, rtol=1e-5)
    np.testing.assert_allclose(gp.parse("det(X)").evaluate(X=A), 13.0, rtol=1e-5)


def test_large_constants_are_not_allocated():
    x = np.ones(100_000)
    d = gp.derive("x'*eye(100000)*x", "x", verify=False)
    assert d.result.ascii == "2*x"
    np.testing.assert_array_equal(d.evaluate(x=x), 2 * x)
    for call in (
        lambda: gp.parse("x'*eye(100000)*x").evaluate(x=x),
        lambda: gp.derive("x'*eye(100000)*x", ["x", "x"], verify=False).evaluate(x=x),
    ):
        with pytest.raises(gp.BudgetError, match="memory"):
            call()


def test_sizes_that_only_the_given_arrays_tell():
    d = gp.derive("logsumexp(x)", ["x", "s"], where="s: scalar")
    np.testing.assert_array_equal(d.evaluate(x=V[:3]), np.zeros(3))
    np.testing.assert_array_equal(d.evaluate(x=V[:3], s=1.0), np.zeros(3))
    np.testing.assert_array_equal(d.compile()(x=V[:3]), np.zeros(3))


def test_a_name_that_is_only_declared_needs_no_value():
    d = gp.derive("f(A*x+b)*x", "x", where="f: function y -> scalar; y: vector n")
    A, b, x = X, V[:3], V[3:6]
    u = A @ x + b
    values = {"A": A, "b": b, "x": x, "f": lambda y: y @ y, "Df": lambda y: 2 * y}
    expected = np.outer(A.T @ (2 * u), x) + (u @ u) * np.eye(3)
    np.testing.assert_allclose(d.evaluate(values), expected)
    np.testing.assert_allclose(d.compile()(values), expected)


@pytest.mark.parametrize(
    ("text", "f"), [("X*X'", lambda Y: Y @ Y.T), ("X'*X", lambda Y: Y.T @ Y), ("X+X'", lambda Y: Y + Y.T)]
)
def test_operators_of_products_with_a_transpose(text: str, f: Any):
    op = gp.derive(text, "X", where="X: matrix n n").operator(X=X)
    J = np.array([np.imag(f(X + 1e-30j * e.reshape(3, 3))).reshape(-1) / 1e-30 for e in np.eye(9)])
    np.testing.assert_allclose(op.matvec(V), J @ V, atol=1e-12)
    np.testing.assert_allclose(op.rmatvec(V), J.T @ V, atol=1e-12)
    np.testing.assert_allclose(op.diagonal(), np.diag(J), atol=1e-12)


def test_a_size_that_only_one_plan_computes_with():
    z = V[:4]
    d = gp.derive("sum(softmax(z).^2)", ["z", "z"], where="z: vector n+1")

    def gradient(z: Any) -> Any:
        p = np.exp(z) / np.sum(np.exp(z))
        return 2 * (p * p - p * np.sum(p * p))

    expected = np.array([np.imag(gradient(z + 1e-30j * e)) / 1e-30 for e in np.eye(4)])
    np.testing.assert_allclose(d.compile(compressed=True)(z=z).todense(), expected, atol=1e-14)


def test_a_product_of_constants_has_its_value():
    d = gp.derive("tr(((1 + ones(m,n)).^2.7)'*(1 + ones(m,n)).^2.7 + c*W)", ["c", "c"])
    value, slope = d.compile(value=True)(c=2.0, W=X, m=4, n=3)
    assert value == pytest.approx(12 * 2.0**5.4 + 2 * np.trace(X))
    assert slope == 0


def test_output_that_cannot_be_written(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    for out in (tmp_path / "missing" / "a.py", tmp_path):
        assert main(["code", "x'*x", "--wrt", "x", "--out", str(out)]) == 2
        assert "error: cannot write to" in capfd.readouterr().err


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")
@pytest.mark.parametrize("command", [["derive", "x'*x"], ["derive", "x'*x", "--format", "json"], ["code", "x'*x"]])
def test_a_full_disk(command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    with open("/dev/full", "w") as full:
        monkeypatch.setattr("sys.stdout", full)
        assert main([*command, "--wrt", "x"]) == 2
        monkeypatch.undo()
    assert "no space left" in capsys.readouterr().err


def test_a_compressed_result_is_not_spread_out_beyond_memory():
    compressed = gp.derive("X", "X", where="X: matrix m n", verify=False).compile(compressed=True)(
        X=np.ones((1000, 1000))
    )
    with pytest.raises(gp.BudgetError, match="memory"):
        compressed.todense()


def test_a_size_that_is_negative_is_an_error_of_ours() -> None:
    e = gp.parse("ones(n-5)*c", "c: scalar")
    assert e.evaluate(n=7, c=2.0).tolist() == [2.0, 2.0]
    with pytest.raises(gp.DomainError, match="no dimension is negative"):
        e.evaluate(n=3, c=2.0)
    with pytest.raises(gp.DomainError, match="negative"):
        gp.derive(e, "c").compile()(n=3, c=2.0)
    with pytest.raises(gp.DomainError, match="negative"):
        gp.derive("ones(n-5)*c^2", "c", "c: scalar").evaluate(n=3, c=2.0)


@pytest.mark.parametrize("size", ["n-5", "n-m", "2*n-3", "m-12"])
def test_points_have_sizes_that_are_positive(size: str) -> None:
    assert gp.derive(f"(ones({size})'*ones({size}))*x'*x*y'*y", "x", "x: vector n; y: vector m").verified
    assert gp.derive(f"c*sum(z)*ones({size})", "c", f"c: scalar; z: vector {size}").verified


def test_a_constant_in_bold_is_no_name() -> None:
    assert not gp.parse(r"\mathbf{𝟏}").variables


@pytest.mark.parametrize("long", ["x" * 100_002, "x_" + "1" * 10_000, "x," * 50_000, "{" * 100_000, "x " * 50_000])
def test_claims_that_are_too_long_are_refused_at_once(long: str) -> None:
    """Patterns would go through all that begins at each of their letters: minutes, beyond any budget."""
    start = time.process_time()
    for ask in (gp.check, check_steps):
        with pytest.raises(gp.ParseError, match="too long"):
            ask("x'*A*x", "x", long)
    assert time.process_time() - start < 3
