"""Claims with comparisons, indicators and cases. What is right is known by differences in NumPy, at several points."""

from __future__ import annotations

import numpy as np
import pytest

import gradproof as gp
from gradproof.check import check_steps

RELU, HINGE = "sum(relu(W*x))", "sum(relu(1 - y.*(X*w)))"
SHAPES = {"W": (4, 3), "x": (3,), "b": (4,), "X": (5, 3), "w": (3,), "y": (5,), "t": ()}
VALUES = {
    RELU: "np.sum(np.maximum(W@x,0))",
    HINGE: "np.sum(np.maximum(1-y*(X@w),0))",
    "sum(relu(W*x).^2)": "np.sum(np.maximum(W@x,0)**2)",
    "norm1(W*x - b)": "np.sum(np.abs(W@x-b))",
    "sum(huber(x))": "np.sum(np.where(np.abs(x)<1,x**2/2,np.abs(x)-.5))",
    "huber(t)": "np.where(np.abs(t)<1,t**2/2,np.abs(t)-.5)",
    "abs(t)": "np.abs(t)",
    "sum(max(x,1))": "np.sum(np.maximum(x,1))",
    "sum(tanh(W*x))": "np.sum(np.tanh(W@x))",
}

# formula, by, claim, what it says in NumPy
CLAIMS = [
    (RELU, "x", "W'*(W*x > 0)", "W.T@(W@x>0)"),
    (RELU, "x", "W'*(0 < W*x)", "W.T@(W@x>0)"),
    (RELU, "x", "W'*(W*x < 0)", "W.T@(W@x<0)"),
    (RELU, "x", "W'*(W*x > 1)", "W.T@(W@x>1)"),
    (RELU, "x", "W^T 1[Wx>0]", "W.T@(W@x>0)"),
    (RELU, "x", r"W^T \mathbb{1}[Wx > 0]", "W.T@(W@x>0)"),
    (RELU, "x", r"W^\top \mathbf{1}_{Wx > 0}", "W.T@(W@x>0)"),
    (RELU, "x", r"W^\top \mathbf{1}_{Wx \neq 0}", "W.T@(W@x!=0)"),
    (RELU, "x", r"\nabla f = W^\top \mathbb{I}\left(Wx \ge 0\right)", "W.T@(W@x>=0)"),
    (RELU, "x", "W.T @ np.where(W@x > 0, 1, 0)", "W.T@(W@x>0)"),
    (RELU, "x", "W.T @ np.where(W@x > 0, 1, -1)", "W.T@np.where(W@x>0,1,-1)"),
    (RELU, "x", "W.T @ (W@x > 0).astype(float)", "W.T@(W@x>0)"),
    (RELU, "x", "W.T @ np.heaviside(W@x, 0.5)", "W.T@(W@x>0)"),
    (RELU, "x", "W'*heaviside(W*x)", "W.T@(W@x>0)"),
    (RELU, "x", "W'*relu'(W*x)", "W.T@(W@x>0)"),
    (RELU, "x", "W'*(h > 0) where h = relu(W*x)", "W.T@(W@x>0)"),
    (RELU, "x", "W'*(h >= 0) where h = relu(W*x)", "W.T@(np.maximum(W@x,0)>=0)"),  # at the tie, where h is 0
    (RELU, "x", r"\sum_i \mathbb{1}[w_i^T x > 0] w_i", "W.T@(W@x>0)"),
    (RELU, "x", r"\sum_i \mathbb{1}[w_i^T x < 0] w_i", "W.T@(W@x<0)"),
    (RELU, "x", "m = (Wx > 0), W' m", "W.T@(W@x>0)"),
    (HINGE, "w", "-X'*(y.*(y.*(X*w) < 1))", "-X.T@(y*(y*(X@w)<1))"),
    (HINGE, "w", "-X.T @ (y * (y*(X@w) < 1))", "-X.T@(y*(y*(X@w)<1))"),
    (HINGE, "w", r"-X^\top(y \odot \mathbb{1}\{y \odot Xw > 1\})", "-X.T@(y*(y*(X@w)>1))"),
    ("sum(relu(W*x).^2)", "x", "2*W'*((W*x).*(W*x>0))", "2*W.T@((W@x)*(W@x>0))"),
    ("sum(relu(W*x).^2)", "x", "2*W.T @ (W@x * (W@x>0))", "2*W.T@((W@x)*(W@x>0))"),
    ("sum(relu(W*x).^2)", "x", "W'*((W*x).*(W*x>0))", "W.T@((W@x)*(W@x>0))"),
    ("norm1(W*x - b)", "x", "W'*((W*x > b) - (W*x < b))", "W.T@np.sign(W@x-b)"),
    ("norm1(W*x - b)", "x", "W'*((W*x > b) + (W*x < b))", "W.T@np.abs(np.sign(W@x-b))"),
    ("sum(max(x,1))", "x", "x > 1", "x>1"),
    ("sum(max(x,1))", "x", "[x > 0]", "x>0"),
    ("sum(huber(x))", "x", "np.where(np.abs(x) <= 1, x, np.sign(x))", "np.where(np.abs(x)<=1,x,np.sign(x))"),
    ("sum(huber(x))", "x", "np.where(np.abs(x) <= 1, x, -np.sign(x))", "np.where(np.abs(x)<=1,x,-np.sign(x))"),
    ("sum(huber(x))", "x", r"\begin{cases} x & |x| \le 1 \\ \operatorname{sign}(x) & |x| > 1 \end{cases}", "np.where(np.abs(x)<=1,x,np.sign(x))"),
    ("huber(t)", "t", "1 if t > 1, -1 if t < -1, t otherwise", "np.clip(t,-1,1)"),
    ("huber(t)", "t", r"\begin{cases} -1 & t < -1 \\ t & -1 < t < 1 \\ 1 & t > 1 \end{cases}", "np.clip(t,-1,1)"),
    (RELU, "x", "W'*((W*x > 0) + (W*x == 0))", "W.T@(W@x>=0)"),
    ("sum(relu(W*x).^2)", "x", "2 W.T @ (W@x * (W@x > 0))", "2*W.T@((W@x)*(W@x>0))"),
    ("sum(relu(W*x).^2)", "x", r"\partial f/\partial x_j = 2\sum_i (w_i^Tx) \mathbb{1}[w_i^T x > 0] W_{ij}", "2*W.T@((W@x)*(W@x>0))"),
    ("huber(t)", "t", "t if abs(t) < 1 else sign(t)", "np.clip(t,-1,1)"),
    ("abs(t)", "t", r"f'(t) = \begin{cases} 1, & t > 0, \\ -1, & t < 0. \end{cases}", "np.sign(t)"),
    ("abs(t)", "t", "-1 if t > 0, and 1 if t < 0", "-np.sign(t)"),
    ("sum(tanh(W*x))", "x", "W' tanh'(W*x)", "W.T@(1-np.tanh(W@x)**2)"),
    ("sum(tanh(W*x))", "x", "W' tanh'(x)", None),  # does not conform
]  # fmt: skip


@pytest.mark.parametrize(("formula", "by", "claim", "meaning"), CLAIMS)
def test_claims_with_cases(formula: str, by: str, claim: str, meaning: str | None) -> None:
    rng = np.random.default_rng(5)
    right = meaning is not None
    for _ in range(6):
        values = {"np": np, **{n: 1.5 * rng.standard_normal(s) for n, s in SHAPES.items()}}
        v = np.atleast_1d(values[by])
        truth = np.zeros(v.shape)
        for k in range(v.size):
            step = (1e-7 * np.eye(v.size)[k]).reshape(SHAPES[by])
            ahead, behind = (eval(VALUES[formula], {**values, by: values[by] + s}) for s in (step, -step))  # noqa: S307
            truth[k] = (ahead - behind) / 2e-7
        right = right and np.allclose(eval(meaning or "", values), truth, rtol=1e-5, atol=1e-5)  # noqa: S307
    found = gp.check(formula, by, claim, "t: scalar" if by == "t" else None)
    assert found.verdict == ("right" if right else "wrong"), found.text()
    assert found.claim == claim


# what is not understood is not judged
UNKNOWN = [
    (RELU, "W'*(z > 0)"),  # z is not defined
    (RELU, "W'*heaviside(relu(W*x))"),  # what is meant at 0 is not said
    ("abs(t)", "1 if t > 1, -1 if t < -1"),
    ("abs(t)", "1 if t > 1, 0 if -1 < t < 0.5, -1 if t < -1"),  # nor what holds between
    (RELU, "W'*1[W*x > 0 or W*x < 0]"),
]


@pytest.mark.parametrize(("formula", "claim"), UNKNOWN)
def test_cases_that_are_not_judged(formula: str, claim: str) -> None:
    found = gp.check(formula, "t" if "t)" in formula else "x", claim, "t: scalar" if "t)" in formula else None)
    assert found.verdict == "unknown", found.text()


def test_cases_are_shown_as_they_were_written() -> None:
    text = gp.check(RELU, "x", "W'*(x > 0)").text(format="ascii")
    assert "x > 0 is (n x 1)" in text.replace("×", "x")
    assert "W'*(x > 0)\n" in text
    steps = check_steps(RELU, "x", "let z = W*x\ndf/dz = (z > 0)\ndf/dx = W'*(z > 0)\n= W'*(z < 0)")
    assert [link.check.verdict for link in steps.links] == ["unknown", "right", "right", "wrong"]
    assert steps.links[1].text == "(z > 0)"


def test_a_comparison_of_a_square_matrix() -> None:
    assert gp.check("sum(relu(X))", "X", "(X >= 0)", "X: matrix n n").verdict == "right"
    assert gp.check("sum(relu(X))", "X", "(X <= 0)", "X: matrix n n").verdict == "wrong"
