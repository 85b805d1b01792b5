"""Claims entry by entry. What is right is known by differences in NumPy."""

from __future__ import annotations

import numpy as np
import pytest

import gradproof as gp
from gradproof.check import check_steps

SQUARES, FORM, SOFT = "norm2(A*x - b)^2", "x'*B*x", "logsumexp(z)"
SHAPES = {"A": (4, 3), "B": (3, 3), "x": (3,), "b": (4,), "c": (3,), "z": (3,), "X": (4, 3), "S": (3, 3)}
VALUES = {
    "x'*x": "x@x", SQUARES: "np.sum((A@x-b)**2)", FORM: "x@B@x", "b'*X*c": "b@X@c", "tr(B*S)": "np.trace(B@S)", "tr(inv(S))": "np.trace(np.linalg.inv(S))",
    SOFT: "np.log(np.sum(np.exp(z)))", "softmax(z)": "np.exp(z)/np.sum(np.exp(z))", "A*x": "A@x", "B*x": "B@x", "norm2(x)": "np.sqrt(x@x)",
    "sum(relu(x))": "np.sum(np.maximum(x,0))",
}  # fmt: skip

# formula, by, claim, what it says in NumPy: in the order of the label's indices, those of the variable first
CLAIMS = [
    ("x'*x", "x", "∂f/∂x_i = 2x_i", "2*x"),
    ("x'*x", "x", "(∇f)_i = x_i", "x"),
    ("x'*x", "x", "df/dx[i] = 2*x[i]", "2*x"),
    ("x'*x", "x", "D[i] = 3*x[i]", "3*x"),
    ("x'*x", "x", r"\nabla_i f = 2x_i", "2*x"),
    (SQUARES, "x", r"\frac{\partial f}{\partial x_i} = 2 \sum_j A_{ji} (\sum_k A_{jk} x_k - b_j)", "2*A.T@(A@x-b)"),
    (SQUARES, "x", r"\frac{\partial f}{\partial x_i} = \sum_j A_{ji} (\sum_k A_{jk} x_k - b_j)", "A.T@(A@x-b)"),
    (SQUARES, "x", r"\frac{\partial f}{\partial x_j} = 2 [A^T(Ax-b)]_j", "2*A.T@(A@x-b)"),
    (SQUARES, "x", "∂f/∂x_j = 2 ∑_i A_ij (Ax-b)_i = 2 ∑_i (Ax-b)_i A_ij", "2*A.T@(A@x-b)"),
    (FORM, "x", r"\frac{\partial f}{\partial x_i} = \sum_j (B_{ij}+B_{ji}) x_j", "(B+B.T)@x"),
    (FORM, "x", "∂f/∂x_i = ∑_j (B_ij - B_ji) x_j", "(B-B.T)@x"),
    ("b'*X*c", "X", r"\frac{\partial f}{\partial X_{ij}} = b_i c_j", "np.outer(b,c)"),
    ("b'*X*c", "X", "∂f/∂X_ij = b_i c_j + 1", "np.outer(b,c)+1"),
    ("tr(B*S)", "S", r"\frac{\partial}{\partial S_{ij}} \operatorname{tr}(BS) = B_{ji}", "B.T"),
    ("tr(B*S)", "S", r"\frac{\partial f}{\partial S_{ij}} = B_{ij}", "B"),  # its transpose is another claim
    ("tr(inv(S))", "S", r"\frac{\partial f}{\partial S_{ij}} = -(S^{-2})_{ji}", "-np.linalg.inv(S@S).T"),
    ("tr(inv(S))", "S", r"\frac{\partial f}{\partial S_{ij}} = -(S^{-2})_{ij}", "-np.linalg.inv(S@S)"),
    (SOFT, "z", r"\frac{\partial f}{\partial z_i} = \frac{e^{z_i}}{\sum_j e^{z_j}}", "np.exp(z)/np.sum(np.exp(z))"),
    (SOFT, "z", r"\frac{\partial f}{\partial z_i} = \frac{1}{\sum_j e^{z_j}}", "0*z+1/np.sum(np.exp(z))"),
    ("softmax(z)", "z", r"\frac{\partial p_i}{\partial z_j} = p_i(\delta_{ij} - p_j), p = \operatorname{softmax}(z)", "(lambda p: np.diag(p)-np.outer(p,p))(np.exp(z)/np.sum(np.exp(z)))"),
    ("softmax(z)", "z", r"J_{ij} = \begin{cases} p_i(1-p_i) & i = j \\ -p_i p_j & i \neq j \end{cases} where p = \operatorname{softmax}(z)", "(lambda p: np.diag(p)-np.outer(p,p))(np.exp(z)/np.sum(np.exp(z)))"),
    ("softmax(z)", "z", r"J_{ij} = \begin{cases} p_i & i = j \\ -p_i p_j & i \neq j \end{cases} where p = \operatorname{softmax}(z)", "(lambda p: np.diag(p+p**2)-np.outer(p,p))(np.exp(z)/np.sum(np.exp(z)))"),
    ("A*x", "x", r"J_{ij} = A_{ij}", "A.T"),
    ("B*x", "x", r"\frac{\partial f_i}{\partial x_j} = B_{ij}", "B.T"),
    ("B*x", "x", r"\frac{\partial (Bx)_i}{\partial x_j} = B_{ji}", "B"),
    ("B*x", "x", "D[i,j] = B[j,i]", "B.T"),
    ("norm2(x)", "x", r"\frac{\partial f}{\partial x_i} = \frac{x_i}{\sqrt{\sum_j x_j^2}}", "x/np.sqrt(x@x)"),
    ("sum(relu(x))", "x", r"\frac{\partial f}{\partial x_i} = \mathbb{1}[x_i > 0]", "x>0"),
    ("sum(relu(x))", "x", r"\frac{\partial f}{\partial x_i} = \begin{cases} 1 & x_i < 0 \\ 0 & \text{otherwise} \end{cases}", "x<0"),
]  # fmt: skip


def differences(value: str, by: str, values: dict[str, object]) -> np.ndarray:
    """The derivative by central differences, the axes of the variable first."""
    rows = []
    for k in range(int(np.prod(SHAPES[by]))):
        step = (1e-6 * np.eye(int(np.prod(SHAPES[by])))[k]).reshape(SHAPES[by])
        ahead, behind = (eval(value, {**values, by: values[by] + s}) for s in (step, -step))  # noqa: S307
        rows.append((np.asarray(ahead) - behind) / 2e-6)
    return np.array(rows).reshape(*SHAPES[by], *np.shape(rows[0]))


@pytest.mark.parametrize(("formula", "by", "claim", "meaning"), CLAIMS)
def test_claims_by_entry(formula: str, by: str, claim: str, meaning: str) -> None:
    rng = np.random.default_rng(11)
    right = True
    for _ in range(4):
        values = {"np": np, **{n: rng.standard_normal(s) for n, s in SHAPES.items()}}
        truth = differences(VALUES[formula], by, values)
        right = right and np.allclose(eval(meaning, values), truth, rtol=1e-4, atol=1e-4)  # noqa: S307
    for layout in ("denominator", "numerator"):  # a label says what stands where, whatever the layout
        found = gp.check(formula, by, claim, "B: matrix n n" if "B" in formula else None, layout=layout)
        assert found.verdict == ("right" if right else "wrong"), found.text()


@pytest.mark.parametrize(
    ("formula", "by", "claim"),
    [
        (SQUARES, "x", "∂f/∂x_j = 2 A_ij (Ax-b)_i"),  # no sum is written
        ("x'*x", "x", "∂f/∂x_k = 2x_i"),
        ("b'*X*c", "X", "∂f/∂X_ij = b_j c_i"),  # runs too far
        ("b'*X*c", "X", "∂f/∂X_i = b_i c"),
        ("x'*x", "x", "∂f/∂x_i = 2x"),
    ],
)
def test_entries_that_are_not_judged(formula: str, by: str, claim: str) -> None:
    assert gp.check(formula, by, claim).verdict == "unknown"


def test_second_derivatives_and_lines() -> None:
    assert gp.check(FORM, "x", r"\frac{\partial^2 f}{\partial x_i \partial x_j} = B_{ij} + B_{ji}").verdict == "right"
    assert gp.check(FORM, "x", r"\frac{\partial^2 f}{\partial x_i \partial x_j} = B_{ij}").verdict == "wrong"
    assert gp.check("x'*x", "x", r"H_{ij} = 2\delta_{ij}").verdict == "right"
    assert gp.check("x'*x", "x", r"H_{ij} = 2").verdict == "wrong"
    found = check_steps(FORM, "x", "∂f/∂x_i = ∑_j B_ij x_j + ∑_j B_ji x_j\n= 2 ∑_j B_ij x_j\ndf/dx = (B + B')*x")
    assert [link.check.verdict for link in found.links] == ["right", "right-if", "right"]
    assert gp.check("tr(X)", "X", "∂f/∂X_ij = [i = j]").verdict == "right"
    assert gp.check("tr(X)", "X", "∂f/∂X_ij = 1").verdict == "wrong"
    assert gp.check("tr(X)", "X", "I").verdict == "right"
    assert gp.check("tr(X)", "X", "2*I").verdict == "wrong"
