"""Products that code makes in another form than the formula has: a pseudo-inverse times an array without it, sums of products as squares. Values from NumPy."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import gradproof as gp

pytest.importorskip("scipy")


def _matrices(r: np.random.Generator) -> dict[str, Any]:
    tall = r.normal(size=(12, 5))
    return {
        "tall": tall,
        "wide": r.normal(size=(4, 9)),
        "square": r.normal(size=(6, 6)),
        "rank lost": r.normal(size=(12, 2)) @ r.normal(size=(2, 5)),
        "columns that are equal": np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]]),
        "graded": tall * 10.0 ** -(np.arange(5) ** 2),
        "zero": np.zeros((5, 3)),
    }


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", _matrices(np.random.default_rng(0)))
def test_a_pseudo_inverse_times_a_vector_is_right_at_every_rank(name: str, dtype: type) -> None:
    r = np.random.default_rng(1)
    X = _matrices(r)[name].astype(dtype)
    y = r.normal(size=len(X)).astype(dtype)
    f = gp.derive("norm2(y - X*pinv(X)*y)^2", "y", where="X: matrix m n; y: vector m").compile()
    assert "_pinv_times(X, y)" in f.source
    wide, cut = X.astype(float), max(X.shape) * np.finfo(dtype).eps
    expected = 2 * (y - wide @ (np.linalg.pinv(wide, cut) @ y))
    found = f(X=X, y=y)
    assert found.dtype == dtype
    np.testing.assert_allclose(found, expected, atol=200 * np.finfo(dtype).eps * np.abs(y).max())


@pytest.mark.parametrize("columns", [1, 4, 30])
def test_a_pseudo_inverse_times_a_matrix(columns: int) -> None:
    r = np.random.default_rng(2)
    X, B, C = r.normal(size=(12, 5)), r.normal(size=(12, columns)), r.normal(size=(5, columns))
    f = gp.derive("tr(C'*pinv(X)*B)", "C").compile()
    np.testing.assert_allclose(f(X=X, B=B, C=C), np.linalg.pinv(X) @ B, rtol=1e-10)


def test_the_residual_of_a_projection_by_the_matrix_agrees_with_finite_differences() -> None:
    r = np.random.default_rng(3)
    X, y, D = r.normal(size=(9, 4)), r.normal(size=9), r.normal(size=(9, 4))

    def f(X: Any) -> float:
        return float(np.sum((y - X @ np.linalg.lstsq(X, y, rcond=None)[0]) ** 2))

    slope = (f(X + 1e-5 * D) - f(X - 1e-5 * D)) / 2e-5
    code = gp.derive("norm2(y - X*pinv(X)*y)^2", "X", where="X: matrix m n fullrank; y: vector m").compile()
    assert np.sum(code(X=X, y=y) * D) == pytest.approx(slope, rel=1e-7)


KALMAN = "tr(A*P*A' - A*P*H'*inv(H*P*H' + R)*H*P*A')"


def test_the_gradient_of_a_kalman_step_is_one_square() -> None:
    r = np.random.default_rng(4)
    A, H, D = r.normal(size=(6, 6)), r.normal(size=(3, 6)), r.normal(size=(6, 6))
    root = r.normal(size=(6, 6))
    P, R, D = root @ root.T + np.eye(6), np.eye(3), D + D.T

    def f(P: Any) -> float:
        return float(np.trace(A @ P @ A.T - A @ P @ H.T @ np.linalg.solve(H @ P @ H.T + R, H @ P @ A.T)))

    where = "P: matrix n n posdef; H: matrix q n; R: matrix q q posdef; A: matrix n n"
    code = gp.derive(KALMAN, "P", where=where).compile()
    slope = (f(P + 1e-5 * D) - f(P - 1e-5 * D)) / 2e-5
    assert np.sum(code(A=A, P=P, H=H, R=R) * D) == pytest.approx(slope, rel=1e-6)
    assert "return t2.T @ t2" in code.source


@pytest.mark.parametrize(
    "text",
    [
        "A'*A - A'*B - B'*A + B'*B",
        "A'*A + A'*B + B'*A + B'*B",
        "A'*A - A'*B + B'*A + B'*B",  # no square
        "A'*A - A'*B - B'*A - B'*B",
        "2*A'*A - 2*A'*B - 2*B'*A + 2*B'*B + C",
        "A'*A - 2*A'*B - 2*B'*A + 4*B'*B",
        "A'*S*A - A'*S*B*C - C'*B'*S*A + C'*B'*S*B*C",
        "A'*S*A - A'*B - B'*A + B'*S*B",
        "A'*A - A'*C*B - B'*C'*A + B'*C'*C*B",
        "A*A' - A*B' - B*A' + B*B'",
    ],
)
def test_sums_of_products_have_the_same_value_as_squares(text: str) -> None:
    r = np.random.default_rng(5)
    A, B, C, S, V = (r.normal(size=(4, 4)) for _ in range(5))
    S = S + S.T
    values = {"A": A, "B": B, "C": C, "S": S, "V": V}
    used = {n: v for n, v in values.items() if n in text or n == "V"}
    where = "; ".join(f"{n}: matrix n n" + (" symmetric" if n == "S" else "") for n in used)
    code = gp.derive(f"tr(V'*({text}))", "V", where=where).compile()
    python = (
        text.replace("A'", "A.T")
        .replace("B'", "B.T")
        .replace("C'", "C.T")
        .replace("*", "@")
        .replace("2@", "2*")
        .replace("4@", "4*")
    )
    expected = eval(python, {}, values)  # noqa: S307
    np.testing.assert_allclose(code({n: v for n, v in used.items() if n in text}), expected, rtol=1e-12, atol=1e-12)


def test_a_square_is_found_in_the_plan() -> None:
    code = gp.derive("tr(V'*(A'*A - A'*B*C - C'*B'*A + C'*B'*B*C))", "V", where="V: matrix n n").compile()
    assert code.source.count("@") == 2


@pytest.mark.parametrize(
    ("text", "wrt", "half"),
    [
        ("logdet(diag(d) + V*V') + y'*inv(diag(d) + V*V')*y", "d", True),
        ("sum(log(diag(M'*inv(S)*M)))", "M", True),
        ("sum(diag(M'*inv(S)*M).^2)", "M", False),  # needs inv(S)*M anyway
        ("sum(diag(M'*inv(S)*M).*v.*exp(v))", "v", True),
    ],
)
def test_the_diagonal_of_a_quadratic_form_with_an_inverse(text: str, wrt: str, half: bool) -> None:
    r = np.random.default_rng(6)
    root = r.normal(size=(7, 7))
    values: dict[str, Any] = {"S": root @ root.T + np.eye(7), "M": r.normal(size=(7, 3)), "v": r.random(3) + 0.5}
    values |= {"d": r.random(40) + 0.5, "V": r.normal(size=(40, 3)), "y": r.normal(size=40)}
    where = "S: matrix n n posdef; M: matrix n k; v: vector k; d: vector n positive; V: matrix n k; y: vector n"
    names = set(re.findall(r"\b[A-Za-z]+\b", text)) & set(values)
    code = gp.derive(text, wrt, where="; ".join(w for w in where.split("; ") if w.split(":")[0] in names)).compile()
    used = {n: values[n] for n in names}
    direction = r.normal(size=used[wrt].shape)

    def f(step: float) -> float:
        at = {**used, wrt: used[wrt] + step * direction}
        return float(eval(_NUMPY[text], {"np": np, **at}))  # noqa: S307

    slope = (f(1e-5) - f(-1e-5)) / 2e-5
    assert np.sum(code({n: used[n] for n in code.names}) * direction) == pytest.approx(slope, rel=1e-6)
    assert ("_half_solve" in code.source_for(n=1000, k=10)) == half


_INNER = "(M * np.linalg.solve(S, M)).sum(0)"
_NUMPY = {
    "logdet(diag(d) + V*V') + y'*inv(diag(d) + V*V')*y": "np.linalg.slogdet(np.diag(d) + V @ V.T)[1] + y @ np.linalg.solve(np.diag(d) + V @ V.T, y)",
    "sum(log(diag(M'*inv(S)*M)))": f"np.log({_INNER}).sum()",
    "sum(diag(M'*inv(S)*M).^2)": f"({_INNER} ** 2).sum()",
    "sum(diag(M'*inv(S)*M).*v.*exp(v))": f"({_INNER} * v * np.exp(v)).sum()",
}


_PRODUCTS = [  # text, by, what is declared, how often each piece stands in the last line of the code, the function in NumPy
    (
        "sum(M.*(U*A*V'))", "A", "M: matrix m n; U: matrix m p; A: matrix p q; V: matrix n q",
        {"M.T": 0, "U.T @ M": 1}, lambda M, U, A, V: (M * (U @ A @ V.T)).sum(),
    ),
    (
        "logdet(W'*S*W)", "W", "W: matrix n k fullrank; S: matrix n n posdef",
        {"S @": 0}, lambda W, S: np.linalg.slogdet(W.T @ S @ W)[1],
    ),
    (
        "(sum(exp(X*W)) - sum(Y.*(X*W)))/c", "W", "X: matrix n d; W: matrix d k; Y: matrix n k; c: scalar",
        {"X.T @": 1, "/ c": 1}, lambda X, W, Y, c: (np.exp(X @ W).sum() - (Y * (X @ W)).sum()) / c,
    ),
    (
        "a*sum(exp(X*W)) - a*sum(Y.*(X*W))", "W", "X: matrix n d; W: matrix d k; Y: matrix n k; a: scalar",
        {"X.T @": 1, "a *": 1}, lambda X, W, Y, a: a * np.exp(X @ W).sum() - a * (Y * (X @ W)).sum(),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wrt", "where", "pieces", "f"), _PRODUCTS, ids=[case[0] for case in _PRODUCTS])
def test_no_product_is_made_twice_or_from_the_wrong_side(
    text: str, wrt: str, where: str, pieces: dict[str, int], f: Any
) -> None:
    r = np.random.default_rng(3)
    sizes = {"m": 12, "n": 9, "p": 3, "q": 4, "k": 3, "d": 5}
    values: dict[str, Any] = {}
    for said in where.split("; "):
        name, kind = said.split(": ")
        values[name] = 0.3 * r.normal(size=[sizes[x] for x in kind.split()[1:3]] if "matrix" in kind else ())
    if "S" in values:
        values["S"] = values["S"] @ values["S"].T + np.eye(9)
    code = gp.derive(text, wrt, where=where).compile()
    direction = r.normal(size=values[wrt].shape)
    ends = [float(f(**{**values, wrt: values[wrt] + step * direction})) for step in (1e-5, -1e-5)]
    for given in (
        values,
        {n: values[n] for n in code.names},
        values,
    ):  # with what it needs not, too: planned, then known
        assert np.sum(code(given) * direction) == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-6)
    last = code.source_for(**{x: 1000 if x in "mnd" else 10 for x in sizes}).rstrip().rpartition("\n")[2]
    assert {piece: last.count(piece) for piece in pieces} == pieces


def test_variables_that_are_not_needed_are_held_against_the_others_each_time() -> None:
    code = gp.derive("sum(M.*(U*A))", "A", where="M: matrix m n; U: matrix m p; A: matrix p n").compile()
    M, U, A = np.ones((4, 3)), np.ones((4, 2)), np.ones((2, 3))
    for _ in range(3):
        assert code(M=M, U=U, A=A).shape == (2, 3)
        with pytest.raises(gp.ShapeError):
            code(M=M, U=U, A=np.ones((2, 4)))
        with pytest.raises(gp.DomainError):
            code(M=M, U=U, B=A)
