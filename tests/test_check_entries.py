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


# the same in the notations of those who ask: numbers for indices, sums that are not written, lists, no label, code
SOFTMAX, RAMP, HINGE = "(np.exp(z)/np.sum(np.exp(z)))", "sum(relu(W*x))", "sum(max(0, 1 - b.*(X*c)))"
SLOPE, STEP = "(1-np.tanh(W@x)**2)", "(1/(1+np.exp(-W@x))/(1+np.exp(W@x)))"
SHAPES |= {"W": (4, 3), "v": (4,), "M": (3, 3), "U": (4, 2), "V": (3, 2), "L": (3, 3)}
VALUES |= {
    "v'*tanh(W*x)": "v@np.tanh(W@x)", "sum(sigmoid(W*x))": "np.sum(1/(1+np.exp(-W@x)))", RAMP: "np.sum(np.maximum(W@x,0))", HINGE: "np.sum(np.maximum(0,1-b*(X@c)))",
    "sum(A*x)": "np.sum(A@x)", "sum(x)": "np.sum(x)", "norm2(X - U*V')^2": "np.sum((X-U@V.T)**2)", "det(M)": "np.linalg.det(M)", "sum(tanh(W*x))": "np.sum(np.tanh(W@x))", "tr(inv(M)*S)": "np.trace(np.linalg.inv(M)@S)",
}  # fmt: skip
FREE = [
    ("x'*x", "x", "∂f/∂x_1 = 2x_1", "2*x"),
    ("x'*x", "x", "∂f/∂x_1 = x_1", "x"),
    ("x'*x", "x", "∂f/∂x_1 = 2x_1, ∂f/∂x_2 = 2x_2", "2*x"),
    ("x'*x", "x", "∂f/∂x_1 = 2x_1, ..., ∂f/∂x_n = 2x_n", "2*x"),
    ("x'*x", "x", "(2x_1, ..., 2x_n)", "2*x"),
    ("x'*x", "x", "∇f = [x_1, x_2, …, x_n]^T", "x"),
    ("x'*x", "x", "2 x_i", "2*x"),
    ("x'*x", "x", "x_i", "x"),
    (SQUARES, "x", "∂f/∂x_j = 2 A_ij (Ax-b)_i", "2*A.T@(A@x-b)"),
    (SQUARES, "x", r"\frac{\partial f}{\partial x_j} = A_{ij} (A_{ik} x_k - b_i)", "A.T@(A@x-b)"),
    (SQUARES, "x", "2 A_ij (A_ik x_k - b_i)", "2*A.T@(A@x-b)"),
    (SQUARES, "x", "∂f/∂x_1 = 2 sum_i A_i1 (Ax-b)_i", "2*A.T@(A@x-b)"),
    (SQUARES, "x", "∂f/∂x_1 = 2 sum_i A_i1 (Ax+b)_i", "2*A.T@(A@x+b)"),
    (SQUARES, "x", "g_j = 2 sum_i r_i A_ij, r_i = sum_k A_ik x_k - b_i", "2*A.T@(A@x-b)"),
    (SQUARES, "x", "∂f/∂x_j = 2 sum_i (A_ik x_k - b_i) A_ij", "2*A.T@(A@x-b)"),
    (SQUARES, "x", "with residual r = Ax-b, gradient = 2A^T r", "2*A.T@(A@x-b)"),
    (SQUARES, "x", "2 A^T δ with δ = Ax - b", "2*A.T@(A@x-b)"),
    (FORM, "x", "∂_k f = (B_kj - B_jk) x_j", "(B-B.T)@x"),
    (FORM, "x", r"\frac{\partial f}{\partial x_1} = \sum_{j=1}^n (B_{1j} + B_{j1}) x_j", "(B+B.T)@x"),
    ("tr(B*S)", "S", "∂f/∂S_12 = B_21", "B.T"),
    ("norm2(X - U*V')^2", "U", "∂f/∂U_ik = 2 (U_il V_jl - X_ij) V_jk", "-2*(X-U@V.T)@V"),
    ("norm2(X - U*V')^2", "U", "(U_il V_jl - X_ij) V_jk", "-(X-U@V.T)@V"),
    ("v'*tanh(W*x)", "x", "∂f/∂x_j = sum_i v_i tanh'(z_i) W_ij where z = W x", f"W.T@(v*{SLOPE})"),
    ("sum(sigmoid(W*x))", "x", "∂f/∂x_j = sum_i σ'(z_i) W_ij where z = Wx", f"W.T@{STEP}"),
    ("sum(sigmoid(W*x))", "x", r"\frac{\partial f}{\partial x_j} = \sum_i \sigma(z_i) W_{ij}, z = Wx", "W.T@(1/(1+np.exp(-W@x)))"),
    ("sum(sigmoid(W*x))", "x", "W^T σ(Wx)(1-σ(Wx))", f"W.T@{STEP}"),
    ("sum(sigmoid(W*x))", "x", "W' s (1 - s) with s = sigmoid(W*x)", f"W.T@{STEP}"),
    ("v'*tanh(W*x)", "x", "W.T @ (v * (1 - tanh(W@x)^2))", f"W.T@(v*{SLOPE})"),
    ("v'*tanh(W*x)", "x", "W^T @ (v * (1 - tanh(Wx)^2))", f"W.T@(v*{SLOPE})"),
    ("v'*tanh(W*x)", "x", "W.T @ (v * (1 + h^2)) where h = tanh(W@x)", f"W.T@(v*(2-{SLOPE}))"),
    ("sum(tanh(W*x))", "x", "W^T diag(1-tanh^2(Wx)) 1", f"W.T@{SLOPE}"),
    ("sum(tanh(W*x))", "x", r"W^\top (\mathbf{1} - \tanh^2(Wx))", f"W.T@{SLOPE}"),
    ("sum(tanh(W*x))", "x", "W^T sech^2(Wx)", f"W.T@{SLOPE}"),
    (RAMP, "x", r"\sum_{i: w_i^T x > 0} w_i", "W.T@(W@x>0)"),
    (RAMP, "x", r"\sum_{i \,:\, w_i^\top x < 0} w_i", "W.T@(W@x<0)"),
    (HINGE, "c", r"\sum_{i: b_i c^T x_i < 1} -b_i x_i", "-X.T@(b*(b*(X@c)<1))"),
    ("det(M)", "M", "cof(M)", "np.linalg.det(M)*np.linalg.inv(M).T"),
    ("tr(inv(M)*S)", "M", "df = -Tr[M^{-1} dM M^{-1} S], hence ∂f/∂M = -(M^{-1} S M^{-1})^T", "-(np.linalg.inv(M)@S@np.linalg.inv(M)).T"),
    (SOFT, "z", "p_i = e^{z_i}/Σ_j e^{z_j}", SOFTMAX),
    ("sum(relu(x))", "x", "∂f/∂x_i = 1 if x_i > 0, 0 if x_i < 0", "x>0"),
    ("sum(A*x)", "x", "A^T 1", "A.T@np.ones(4)"),
    ("sum(A*x)", "x", "2 A^T 1", "2*A.T@np.ones(4)"),
    ("b'*X*c", "X", "b ⊗ c", "np.outer(b,c)"),
    ("sum(x)", "x", "𝟏", "1+0*x"),
    ("sum(x)", "x", "(2, ..., 2)", "2+0*x"),
    ("norm2(x)", "x", "x ./ f", "x/np.sqrt(x@x)"),
    ("norm2(x)", "x", "x_i / sqrt(sum_j x_j^2)", "x/np.sqrt(x@x)"),
    ("softmax(z)", "z", "p_i (δ_ij - p_j) with p = softmax(z)", f"(lambda p: np.diag(p)-np.outer(p,p))({SOFTMAX})"),
]  # fmt: skip


def differences(value: str, by: str, values: dict[str, object]) -> np.ndarray:
    """The derivative by central differences, the axes of the variable first."""
    rows = []
    for k in range(int(np.prod(SHAPES[by]))):
        step = (1e-6 * np.eye(int(np.prod(SHAPES[by])))[k]).reshape(SHAPES[by])
        ahead, behind = (eval(value, {**values, by: values[by] + s}) for s in (step, -step))  # noqa: S307
        rows.append((np.asarray(ahead) - behind) / 2e-6)
    return np.array(rows).reshape(*SHAPES[by], *np.shape(rows[0]))


@pytest.mark.parametrize(("formula", "by", "claim", "meaning"), CLAIMS + FREE)
def test_claims_by_entry(formula: str, by: str, claim: str, meaning: str) -> None:
    rng = np.random.default_rng(11)
    right = True
    for _ in range(4):
        values = {"np": np, **{n: rng.standard_normal(s) for n, s in SHAPES.items()}}
        truth = differences(VALUES[formula], by, values)
        right = right and np.allclose(eval(meaning, values), truth, rtol=1e-4, atol=1e-4)  # noqa: S307
    entry = "_" in claim and "_{i" not in claim.partition(" ")[0]
    for layout in ("denominator", "numerator")[: 1 + entry]:  # an index says what stands where, whatever the layout
        found = gp.check(formula, by, claim, "B: matrix n n" if "B" in formula else None, layout=layout)
        assert found.verdict == ("right" if right else "wrong"), found.text()
        assert "Ξ" not in found.text() + found.text("zh")  # letters of our own are not shown


@pytest.mark.parametrize(
    ("formula", "by", "claim"),
    [
        (SQUARES, "x", "∂f/∂x_j = 2 A_ij (Ax-b)_i / c_i"),  # over what is summed is not clear
        ("x'*x", "x", "∂f/∂x_1 = 2x_2"),
        ("x'*x", "x", "2 x_1"),
        ("cumsum(x)'*c", "x", "∂f/∂x_1 = c_1"),  # not of the first one, but of the last
        ("sum(L*x)", "x", "∂f/∂x_n = L_nn"),  # where L is lower triangular
        ("sum(tanh(W*x))", "x", "W.T * (1 - tanh(W@x)^2)"),  # right as mathematics, not as code
        (HINGE, "c", "-X.T @ b * (b*(X@c) < 1)"),
        ("tr(X)", "X", "∂f/∂X_12 = 0"),  # true of this one
        ("x'*x", "x", "∂f/∂x_k = 2x_i"),
        ("b'*X*c", "X", "∂f/∂X_ij = b_j c_i"),  # runs too far
        ("b'*X*c", "X", "∂f/∂X_i = b_i c"),
        ("x'*x", "x", "∂f/∂x_i = 2x"),
    ],
)
def test_entries_that_are_not_judged(formula: str, by: str, claim: str) -> None:
    assert gp.check(formula, by, claim, "L: matrix n n lower" if "L" in formula else None).verdict == "unknown"


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


def test_brackets_inside_each_other_are_judged_and_do_not_end_in_a_recursion() -> None:
    assert gp.check("x'*A*x", "x", claim="(" * 50 + "(A + A')*x" + ")" * 50).verdict == "right"
    with pytest.raises(gp.ParseError, match="nested too deeply"):
        gp.check("x'*A*x", "x", claim="(" * 1000 + "(A + A')*x" + ")" * 1000)


@pytest.mark.parametrize(
    ("formula", "by", "claim", "where"),
    [
        ("norm2(X)^2", "X", "∂f/∂X_ij = 2 X_ji", "X: matrix m n"),
        ("tr(A*X*B)", "X", "∂f/∂X_ij = sum_k A_ik B_kj", "A: matrix p n; X: matrix n m; B: matrix m p"),
        ("norm2(A*x - b)^2", ["x", "x"], "∂²f/∂x_i∂x_j = 2 sum_k A_ik A_jk", "A: matrix m n; x: vector n"),
    ],
)
def test_an_index_of_two_ranges_is_said(formula: str, by: str, claim: str, where: str) -> None:
    found = gp.check(formula, by, claim, where)
    assert found.verdict == "unknown", found.text()
    assert "would be both" in found.text()
