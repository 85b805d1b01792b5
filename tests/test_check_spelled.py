"""Claims as people write them: words, definitions on either side, sentences, equations. What is right is known by differences in NumPy."""

from __future__ import annotations

import time

import numpy as np
import pytest

import gradproof as gp
from gradproof.check.spelled import spelled

SQUARES = "norm2(A*x - b)^2"
LOGISTIC = "-y'*log(sigmoid(X*w)) - (1-y)'*log(1-sigmoid(X*w))"

# formula, by, claim, what it says in NumPy
DERIVATIVES = [
    (SQUARES, "x", r"\nabla_x \|Ax-b\|^2 = 2A^T(Ax-b)", "2*A.T@(A@x-b)"),
    (SQUARES, "x", r"\nabla \|Ax-b\|^2 = 2A^T(Ax+b)", "2*A.T@(A@x+b)"),
    (SQUARES, "x", "The gradient is 2A^T(Ax-b).", "2*A.T@(A@x-b)"),
    (SQUARES, "x", "The gradient of f with respect to x is A^T(Ax-b)", "A.T@(A@x-b)"),
    (SQUARES, "x", "answer: 2A^T(Ax-b)", "2*A.T@(A@x-b)"),
    (SQUARES, "x", "Is it 2A^T(Ax-b)?", "2*A.T@(A@x-b)"),
    (SQUARES, "x", "I get A^T(Ax - b), is this right?", "A.T@(A@x-b)"),
    (SQUARES, "x", "2 sum_i (a_i'x - b_i) a_i", "2*A.T@(A@x-b)"),
    (SQUARES, "x", "sum_i (a_i'*x - b_i)*a_i", "A.T@(A@x-b)"),
    (LOGISTIC, "w", "sum_i (sigmoid(x_i'w) - y_i) x_i", "X.T@(1/(1+np.exp(-X@w))-y)"),
    (LOGISTIC, "w", "sum_i (sigmoid(x_i'w) + y_i) x_i", "X.T@(1/(1+np.exp(-X@w))+y)"),
    (SQUARES, "x", "hi, I got A^T(Ax-b), correct?", "A.T@(A@x-b)"),
    (SQUARES, "x", "I think it's 2A^T(Ax - b) 🙂", "2*A.T@(A@x-b)"),
    (SQUARES, "x", "it should be A'(Ax - b) I guess", "A.T@(A@x-b)"),
    (SQUARES, "x", "hello, my answer is 2A^T(Ax - b), thanks", "2*A.T@(A@x-b)"),
    (SQUARES, "x", "is 2A'(A*x - b) correct?", "2*A.T@(A@x-b)"),
    (SQUARES, "x", "le gradient est 2A^T(Ax-b)", "2*A.T@(A@x-b)"),
    (SQUARES, "x", "∇ₓ f = 2Aᵀ(Ax − b)", "2*A.T@(A@x-b)"),
    (SQUARES, "x", "∇(‖Ax − b‖²) = Aᵀ(Ax − b)", "A.T@(A@x-b)"),
    (SQUARES, "x", r"$$\nabla f(x) = 2A^\top(Ax-b)$$", "2*A.T@(A@x-b)"),
    (SQUARES, "x", r"\begin{align} \nabla f &= A^\top(Ax-b) \end{align}", "A.T@(A@x-b)"),
    (SQUARES, "x", "-X.T @ (A@x - b); X = A".replace("X", "Q"), "-A.T@(A@x-b)"),
    (SQUARES, "x", r"Let $r = Ax-b$. Then $\nabla f = 2A^T r$.", "2*A.T@(A@x-b)"),
    (SQUARES, "x", r"Let $r = Ax-b$. Then $\nabla f = A^T r$.", "A.T@(A@x-b)"),
    (SQUARES, "x", "令 r = Ax - b，则 ∇f = 2A^T r", "2*A.T@(A@x-b)"),
    (SQUARES, "x", "设 r = Ax-b, ∂f/∂x = 2A^T r", "2*A.T@(A@x-b)"),
    (SQUARES, "x", "let r = A*x-b; 2*A'*r", "2*A.T@(A@x-b)"),
    (SQUARES, "x", "let u = A*x\nlet r = u - b\n2*A'*(r + u)", "2*A.T@(2*A@x-b)"),
    (SQUARES, "x", r"2A^T\mathbf{r}, \mathbf r = Ax - b", "2*A.T@(A@x-b)"),
    (SQUARES, "x", r"2A^T\rho where \rho = Ax-b", "2*A.T@(A@x-b)"),
    (SQUARES, "x", "r = Ax - b; g = 2A^T r", "2*A.T@(A@x-b)"),
    (SQUARES, "x", "With r = Ax - b: ∇f = 2A^T r", "2*A.T@(A@x-b)"),
    (SQUARES, "x", "f = r^T r, r = Ax-b, so df = dr^T r + r^T dr = 2r^T A dx", "2*A.T@(A@x-b)"),
    (SQUARES, "x", "f = r^T r, r = Ax-b, so df = dr^T r + r^T dr = r^T A dx", "A.T@(A@x-b)"),
    ("1/(1+exp(-w'*c))", "w", "s(1-s)c where s = sigmoid(w'c)", "c*np.exp(-w@c)/(1+np.exp(-w@c))**2"),
    ("1/(1+exp(-w'*c))", "w", "s(1+s)c where s = sigmoid(w'c)", "c*np.exp(-w@c)/(1-np.exp(-w@c))**2"),
    ("1/(1+exp(-w'*c))", "w", "f(1-f)c where f = sigmoid(w'*c)", "c*np.exp(-w@c)/(1+np.exp(-w@c))**2"),
    ("1/(1+exp(-w'*c))", "w", "f(w)(1-f(w))c, f = sigmoid(w'*c)", "c*np.exp(-w@c)/(1+np.exp(-w@c))**2"),
    ("1/(1+exp(-w'*c))", "w", "f(1+f)c where f = sigmoid(w'*c)", "c*np.exp(-w@c)/(1-np.exp(-w@c))**2"),
    ("1/(1+exp(-w'*c))", "w", "f(1-f)c", "c*np.exp(-w@c)/(1+np.exp(-w@c))**2"),
    ("1/(1+exp(-w'*c))", "w", "e = exp(-w'c), e/(1+e)^2 c", "c*np.exp(-w@c)/(1+np.exp(-w@c))**2"),
    (SQUARES, "x", "r = Ax-b, 2A'r", "2*A.T@(A@x-b)"),
    (SQUARES, "x", "r = Ax-b, A'r", "A.T@(A@x-b)"),
    (SQUARES, "x", "2A'Ax - 2A'b", "2*A.T@(A@x-b)"),
    (SQUARES, "x", "2A^TAx - 2A^Tb", "2*A.T@(A@x-b)"),
    (SQUARES, "x", "A^TAx - A^Tb", "A.T@(A@x-b)"),
    ("exp(-w'*w/2)", "w", "-w e^{-w^T w/2}", "-w*np.exp(-w@w/2)"),
    (SQUARES, "x", r"\sum_{i=1}^m 2(a_i^Tx-b_i)a_i", "2*A.T@(A@x-b)"),
    (SQUARES, "x", r"\sum_{i=1}^m (a_i^Tx-b_i)a_i", "A.T@(A@x-b)"),
    (LOGISTIC, "w", r"X^T(\hat{y} - y) where \hat y = \sigma(Xw)", "X.T@(1/(1+np.exp(-X@w))-y)"),
    (LOGISTIC, "w", r"X^T(y - \hat y), \hat{y} = \sigma(Xw)", "X.T@(y-1/(1+np.exp(-X@w)))"),
    (LOGISTIC, "w", "X'*(p - y) where p = 1./q, q = 1 + exp(-X*w)", "X.T@(1/(1+np.exp(-X@w))-y)"),
]  # fmt: skip

VALUES = {
    "1/(1+exp(-w'*c))": "1/(1+np.exp(-w@c))",
    "exp(-w'*w/2)": "np.exp(-w@w/2)",
    SQUARES: "np.sum((A@x-b)**2)",
    LOGISTIC: "-y@np.log(1/(1+np.exp(-X@w)))-(1-y)@np.log(1-1/(1+np.exp(-X@w)))",
}


@pytest.mark.parametrize(("formula", "by", "claim", "meaning"), DERIVATIVES)
def test_claims_as_written(formula: str, by: str, claim: str, meaning: str) -> None:
    rng = np.random.default_rng(3)
    shapes = {"A": (4, 3), "x": (3,), "b": (4,), "X": (5, 3), "w": (3,), "y": (5,), "c": (3,)}
    values = {"np": np, **{n: rng.standard_normal(s) for n, s in shapes.items()}}
    truth = np.zeros(3)
    for k in range(3):
        step = 1e-6 * np.eye(3)[k]
        ahead, behind = (eval(VALUES[formula], {**values, by: values[by] + s}) for s in (step, -step))  # noqa: S307
        truth[k] = (ahead - behind) / 2e-6
    right = np.allclose(eval(meaning, values), truth, rtol=1e-6, atol=1e-6)  # noqa: S307
    found = gp.check(formula, by, claim)
    assert found.verdict == ("right" if right else "wrong"), found.text()


GAUSS = "exp(-norm2(x-c)^2/(2*s^2))"
LIKELIHOOD = "-N/2*log(s) - norm2(y-X*b)^2/(2*s)"
WHERE = {
    GAUSS: "s: scalar",
    LIKELIHOOD: "N: scalar; s: scalar positive",
    "norm2(A*x-C)^2": "x: scalar; A: matrix m n; C: matrix m n",
}

# claims that are no derivatives: what they are is worked out by hand
OTHERS = [
    (SQUARES, "x", "A^T A x = A^T b", {"unknown"}),  # the normal equations: not false, and no derivative
    (SQUARES, "x", "A^T A x = 2A^T b", {"wrong"}),
    ("x'*x", "x", "2*x = x", {"wrong"}),  # true at the minimum, but a chain that begins with the derivative
    (SQUARES, "x", r"2A^T(Ax-b)=0 \Rightarrow x=(A^TA)^{-1}A^Tb", {"right"}),
    (SQUARES, "x", r"A^T(Ax-b)=0 \Rightarrow x=(A^TA)^{-1}b", {"wrong"}),
    (SQUARES, "x", r"\hat{x} = (A^TA)^{-1}A^Tb", {"unknown"}),  # the solution
    (SQUARES, "x", "x_opt = inv(A'*A)*A'*b", {"unknown"}),
    (SQUARES, "x", "x^* = (A^TA)^{-1}A^Tb", {"unknown"}),
    ("x'*x", "x", "df/dx = 2*x; d2f/dx2 = 3*I", {"wrong"}),
    ("x'*x", "x", "d2f/dx2 = 2*I", {"right"}),
    ("x'*x", "x", "df/dx = 2*x; d2f/dx2 = 3*unheard(x)", {"unknown"}),  # what is not read may be what is claimed
    (SQUARES, "x", "H = 2A^TA", {"right"}),
    (SQUARES, "x", "H = A^TA", {"wrong"}),
    (SQUARES, "x", "Hessian: 2A^TA", {"right"}),
    (SQUARES, "x", "Let r = Ax-b. Then df = r^T dr = 2r^T A dx. Therefore ∇f = 2A^T r.", {"wrong"}),
    ("norm2(A*x)", "x", "A'Ax/norm2(Ax)", {"right"}),
    ("norm2(A*x)", "x", "A'Ax/norm2(x)", {"wrong"}),
    ("sum(log(x))", "x", "1/x", {"right"}),  # there is nothing else that it can mean
    ("sum(log(x))", "x", "2/x", {"wrong"}),
    ("sum(x.^3)", "x", "3x^2", {"right"}),
    ("norm1(x)", "x", "x/|x|", {"right"}),
    (GAUSS, "x", "(c-x)/s^2 k where k = exp(-norm2(x-c)^2/(2*s^2))", {"right"}),  # as (…/s^2)*k, else it is not known
    ("softmax(z)", "z", "diag(p) - pp^T where p = softmax(z)", {"right"}),
    ("softmax(z)", "z", "diag(p) + pp' where p = softmax(z)", {"wrong"}),
    ("x'*A*x", "x", "A^Tx + x^TA", {"wrong"}),
    ("1/(1+exp(-w'*c))", "w", "p(1+p)c", {"unknown"}),
    (SQUARES, "x", "The gradient with respect to b is 2A^T(Ax-b)", {"unknown"}),
    (SQUARES, "x", "2A^T e where Ax - b = e", {"unknown"}),
    # far away this derivative is small, and not zero
    (LIKELIHOOD, "s", r"-\frac{N}{2s}+\frac{r^Tr}{2s^2} = 0 \implies s = r^Tr/N, r=y-Xb", {"right"}),
    (LIKELIHOOD, "s", r"-\frac{N}{2s}+\frac{r^Tr}{2s^2} = 0 \implies s = 2r^Tr/N, r=y-Xb", {"wrong"}),
    ("norm2(A*x-C)^2", "x", "2xTr(A^TA)-Tr(C^TA)-Tr(A^TC)", {"right"}),
    ("norm2(A*x-C)^2", "x", "2xTr(A^TA)-Tr(C^TA)", {"wrong"}),
    ("x'*A*x", "x", "2Ax, if A is symmetric", {"right-if"}),
    ("x'*A*x", "x", "3Ax, if A is symmetric", {"unknown"}),  # a condition that is not read may be any
    ("-y'*log(softmax(z))", "z", "softmax(z) - y if 1'y = 1", {"right-if"}),
    ("norm2(A*X-B)^2", "X", "df = 2<AX-B, A dX>", {"right"}),
    ("norm2(A*X-B)^2", "X", "df = 2 (AX-B) : A dX", {"right"}),  # a colon is a product there
    ("norm2(A*X-B)^2", "X", "df = <AX-B, A dX>", {"wrong"}),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "by", "claim", "verdicts"), OTHERS)
def test_equations_and_conditions(formula: str, by: str, claim: str, verdicts: set[str]) -> None:
    found = gp.check(formula, by, claim, WHERE.get(formula))
    assert found.verdict in verdicts, found.text()


def test_definitions_are_found() -> None:
    assert spelled("2 S x, S = (A + A')/2", {"A", "x"}, "x").named == (("S", "(A + A')/2"),)
    assert spelled("f(x, y) + g(a, b = 3)", set(), "x").named == ()
    assert spelled("2. x", {"x"}, "x").body == "2. x"  # a number, no sentence
    assert spelled("2*x", {"x"}, "x").body == "2*x"
    assert spelled("a = 2*x; b = 3*x; a + b", {"x"}, "x").named == (("a", "2*x"), ("b", "3*x"))


def test_a_row_and_a_column_are_told_apart() -> None:
    found = gp.check("x'*A*x", "x", "A^Tx + x^TA")
    assert found.diagnoses[0] == "does-not-conform"
    assert "A*x + (x'*A)' is right" in found.text(format="ascii")
    assert "2*(x'*A'*A)' - 2*A'*b is right" in gp.check(SQUARES, "x", "2 x^TA^TA - 2A^Tb").text(format="ascii")


def test_notes_say_what_they_are_of() -> None:
    found = gp.check("sum(relu(1-y.*(X*w)))", "w", "df/dw = -X'*(y.*(1+sign(1-y.*(X*w))))/2").json()
    notes = found["reading"]["notes"]
    assert [n["of"] for n in notes] == ["formula", "claim", "claim"]
    assert found["notes"] == list(dict.fromkeys(n["text"] for n in notes))
    assert len(found["notes"]) == 2
    chain = gp.check("sum(log(1 + exp(x)))", "x", "df/dx = exp(x)./(1+exp(x)) = 1./(1+exp(-x))")
    assert any("1+exp(-x)" in n for n in chain.json()["links"][1]["notes"])
    assert chain.text().count("1+exp(-x) is read as") == 1


def test_what_is_divided_has_to_be_known() -> None:
    with pytest.raises(gp.ParseError, match="may belong to the divisor"):
        gp.check(GAUSS, "x", "(x-c)/s^2 k where k = exp(-norm2(x-c)^2/(2*s^2))", "s: scalar")


@pytest.mark.parametrize(
    "words", ["for symmetric A", "(A symmetric)", ", since A is symmetric", "because A = A'", "if A is symmetric"]
)
def test_a_condition_in_words_is_answered_by_the_true_one(words: str) -> None:
    found = gp.check("x'*A*x", "x", f"2*A*x {words}")
    assert (found.verdict, found.diagnoses) == ("right-if", ("symmetric-only",))


def test_numpy_code_with_a_star_for_a_product_of_matrices_is_not_right() -> None:
    found = gp.check("x'*A*x", "x", "(A + A.T) * x")  # an array of n rows and n columns
    assert (found.verdict, found.reason) == ("unknown", "mixed-notation")
    assert gp.check("x'*A*x", "x", "(A + A.T) @ x").verdict == "right"
    assert gp.check("tr(X^3)", "X", "3*X.T**2").reason == "mixed-notation"  # of entries
    assert gp.check("tr(X^3)", "X", "3*X.T @ X.T").verdict == "right"


@pytest.mark.parametrize("blank", [" ", "\t"])
@pytest.mark.parametrize(
    "form", ["2*A'*(A*x - b){}", "2*A'*{}(A*x - b)", "{}2*A'*(A*x - b)", "the gradient is{}2*A'*(A*x - b)"]
)
def test_a_claim_with_a_page_of_blanks_is_judged_at_once(form: str, blank: str) -> None:
    start = time.process_time()
    assert gp.check("norm2(A*x - b)^2", wrt="x", claim=form.format(blank * 3000)).verdict == "right"
    assert time.process_time() - start < 5  # it went with the fourth power of their number: 400 took a minute


@pytest.mark.parametrize(
    ("formula", "wrt", "claim", "verdict"),
    [
        ("sum(X.^3)", "X", "3*(X.T**2).T", "right"),  # np.allclose(3*(X.T**2).T, 3*X*X)
        ("sum(X.^3)", "X", "3*X**2", "right"),
        ("sum(X.^3)", "X", "df/dX = 3*X**2", "right"),
        ("sum(X.^4)", "X", "4*X**2*X", "right"),
        ("sum(X.^3)", "X", "2*X**2", "wrong"),
        ("sum(X.^3)", "X", "3*(X'**2)'", "right"),
        ("sum(X.^3)", "X", "3*(X**2)'", "other-layout"),
        ("tr(X^3)", "X", "3*(X.T**2)", "unknown"),  # right with the power of the matrix alone
        ("tr(X^3)", "X", "3*(X**2)'", "unknown"),
        ("tr(X**3)", "X", "3*(X.T**2)", "right"),  # the question has the same sign
        ("sum((A*x - b).^4)", "x", "4*A.T@(A@x - b)**3", "right"),
        ("sum((A*x - b).^4)", "x", "4*A.T*(A*x - b)**3", "unknown"),
        ("sum(x.^3)", "x", "3*x**2", "right"),
        ("x^3", "x", "3*x**2", "right"),
    ],
)
def test_powers_with_two_stars_are_those_of_numpy(formula: str, wrt: str, claim: str, verdict: str) -> None:
    """NumPy takes ** entry by entry: by hand."""
    where = {"x": "scalar"} if formula == "x^3" else None
    assert gp.check(formula, wrt, claim, where).verdict == verdict
