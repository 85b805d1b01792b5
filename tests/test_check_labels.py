"""What stands left of an equals sign is judged: which derivative, whose differential, a definition, an equation where the derivative is zero."""

from __future__ import annotations

import pytest

import gradproof as gp
from gradproof.check import check_steps
from gradproof.check.left import DERIVATIVE, DIFFERENTIAL, FORMULA, NAME, read_left
from gradproof.check.words import mark

LS = "norm2(A*x - b)^2"

LEFT = [
    ("df/dx", DERIVATIVE, "f", "x"), ("d f / d x", DERIVATIVE, "f", "x"), (r"\frac{\partial f}{\partial x}", DERIVATIVE, "f", "x"),
    (r"\frac{d}{dx}(x'*A*x)", DERIVATIVE, "x'*A*x", "x"), ("d/dx (A*x - b)", DERIVATIVE, "A*x - b", "x"), ("d(A*x-b)/dx", DERIVATIVE, "A*x-b", "x"),
    ("d2f/dx2", DERIVATIVE, "f", "x x"), (r"\frac{\partial^2 f}{\partial x \partial b}", DERIVATIVE, "f", "x b"), ("∂²f/∂x∂b", DERIVATIVE, "f", "x b"),
    ("d2f/dxdb", DERIVATIVE, "f", "x b"), ("∇f", DERIVATIVE, "f", ""), (r"\nabla_{w} L(w)", DERIVATIVE, "L", "w"), (r"\nabla_{\mathbf w} L", DERIVATIVE, "L", "w"),
    ("f'", DERIVATIVE, "f", ""), ("f''(x)", DERIVATIVE, "f", ""), ("J_f", DERIVATIVE, "f", ""), ("grad f", DERIVATIVE, "f", ""), ("∂_x f", DERIVATIVE, "f", "x"),
    ("dL/dW1", DERIVATIVE, "L", "W1"), (r"\frac{\partial f}{\partial x^\top}", DERIVATIVE, "f", "x"), ("df/dr", DERIVATIVE, "f", "r"),
    ("df", DIFFERENTIAL, "f", ""), ("dr", DIFFERENTIAL, "r", ""), ("dS^{-1}", DIFFERENTIAL, "S^{-1}", ""), (r"d\log\det S", DIFFERENTIAL, r"\log\det S", ""),
    ("d(A*x)", DIFFERENTIAL, "A*x", ""), ("dtr(A*X)", DIFFERENTIAL, "tr(A*X)", ""), (r"d\ell", DIFFERENTIAL, "ℓ", ""), (r"\mathrm{d}f", DIFFERENTIAL, "f", ""),
    ("A'", FORMULA, "A'", ""), ("det(X)", FORMULA, "det(X)", ""), ("diag(x)", FORMULA, "diag(x)", ""), ("2*x", FORMULA, "2*x", ""),
    ("delta", NAME, "delta", ""), ("f(x)", NAME, "f", ""), ("r", NAME, "r", ""), ("dt", NAME, "dt", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "of", "by"), LEFT)
def test_left_sides(text: str, kind: str, of: str, by: str) -> None:
    found = read_left(text, {"A", "x", "b", "X", "S", "w", "W1", "dt"})
    assert (found.kind, found.of, " ".join(found.by)) == (kind, of, by)


# formula, by, claim, verdict
CLAIMS = [
    (LS, "x", "df/db = 2*A'*(A*x - b)", "wrong"), (LS, "x", "df/db = -2*(A*x - b)", "right"), (LS, "x", "d2f/dx2 = 2*A'*(A*x - b)", "wrong"),
    (LS, "x", "d2f/dx2 = 2*A'*A", "right"), ("x^2", "x", "f' = 2*x", "right"), ("x^2", "x", "f'' = 2*x", "wrong"), ("x^2", "x", "f(x) = 2*x", "wrong"),
    (LS, "x", "∇f = 2*A'*(A*x - b) = 0", "right"), (LS, "x", "df = 2*(A*x - b)'*A*dx", "right"), (LS, "x", "df = 2*A'*(A*x - b)", "unknown"),
    (LS, "x", "df = 2*(A*x - b)'*(A*dx - db)", "right"), (LS, "x", "df = 2*(A*x - b)'*(A*dx + db)", "wrong"), (LS, "x", "dr = A*dx", "unknown"),
    (LS, "x", "dr = A*dx where r = A*x - b", "right"), (LS, "x", "dr = 3*A*dx where r = A*x - b", "wrong"), (LS, "x", "df/dq = 2", "unknown"),
    (LS, "x", "df/dr = 2*r where r = A*x - b", "right"), (LS, "x", "df/dr = r where r = A*x - b", "wrong"), (LS, "x", "∂r/∂x = A' where r = A*x - b", "right"),
    (LS, "x", r"\frac{\partial f}{\partial b} = 2(b - Ax)", "right"), ("logdet(S)", "S", r"d\log\det S = tr(S^{-1} dS)", "right"),
    ("x'*x", "x", "dg/dx = x", "unknown"), ("x'*x", "x", "dg/dx = 2*x", "right"), (LS, "x", "2*A'*r where r = A*x - c", "unknown"),
    (LS, "x", "x = inv(A'*A)*A'*b", "unknown"), ("A*x", "x", "dy = A*dx", "right"),
]  # fmt: skip


@pytest.mark.parametrize("case", CLAIMS, ids=lambda c: f"{c[0]} | {c[2]}")
def test_a_label_says_what_is_claimed(case: tuple[str, str, str, str]) -> None:
    formula, wrt, claim, verdict = case
    found = gp.check(formula, wrt, claim)
    assert found.verdict == verdict, found.text()
    assert (found.verdict != "unknown") or found.reason
    assert found.text("zh")


# formula, by, lines, and for each line that is shown: its number and its mark
DERIVATIONS = [
    (LS, "x", "let r = A*x - b\ndr = 3*A*dx\ndf = 2*r'*dr\ndf/dx = 2*A'*r", "1 let, 2 WRONG, 3 ok, 4 ok"),
    (LS, "x", "let u = A*x\nlet r = u - b\nlet s = r'*r\nds = 2*r'*dr\ndr = du\ndu = A*dx\ndf/dx = 2*A'*r", "1 let, 2 let, 3 ok, 4 ok, 5 ok, 6 ok, 7 ok"),
    (LS, "x", "Let $r = Ax - b$.\nThen $dr = A dx$\nso $\\nabla f = 2A^\\top r$.", "1 let, 2 ok, 3 ok"),
    (LS, "x", "令 r = A*x - b\n∇f = A'*r", "1 let, 2 WRONG"),
    (LS, "x", "f = r'*r, where r = A*x - b\ndf/dr = 2*r\ndr/dx = A'\ndf/dx = 2*A'*r", "1 let, 1 ok, 2 ok, 3 ok, 4 ok"),
    (LS, "x", "df/dx = 2*A'*(A*x - b)\nSet df/dx = 0\nA'*A*x = A'*b\nx = inv(A'*A)*A'*b", "1 ok, 2 = 0, 3 ok, 4 ok"),
    (LS, "x", "∇f = 2*A'*(A*x - b) = 0\nx = -inv(A'*A)*A'*b", "1 ok, 2 WRONG"),
    (LS, "x", "df/dx = 2*A'*(A*x - b)\nSetting the gradient to zero:\nx = inv(A'*A)*A*b", "1 ok, 3 WRONG"),
    (LS, "x", "A'*A*x = A'*c\ndf/dx = 2*A'*(A*x - b)", "1 ?, 2 ok"),
    ("tr(inv(S)*A)", "S", "dS^{-1} = -S^{-1} dS S^{-1}\ndf = -tr(S^{-1} dS S^{-1} A)\n\\nabla_S f = -(S^{-1} A S^{-1})^T", "1 ok, 2 ok, 3 ok"),
    ("tr(inv(S)*A)", "S", "dS^{-1} = -S^{-2} dS\n\\nabla_S f = -(S^{-1} A S^{-1})^T", "1 WRONG, 2 ok"),
    ("sum(log(1 + exp(-y.*(X*w))))", "w", "let z = X*w\nlet p = sigmoid(-y.*z)\ndf/dz = -y.*p\ndf/dw = -X'*(y.*p)", "1 let, 2 let, 3 ok, 4 ok"),
    ("x'*A*x", "x", "foo = bar\ndq = 3*dx\ndf/dx = (A + A')*x", "1 ?, 2 ?, 3 ok"),
    ("x'*A*x", "x", "let g = A*x\nf = x'*g\ndg = A'*dx\n= A*dx", "1 let, 2 ok, 3 IF, 4 ok"),
]  # fmt: skip


@pytest.mark.parametrize("case", DERIVATIONS, ids=range(len(DERIVATIONS)))
def test_every_line_has_its_mark(case: tuple[str, str, str, str]) -> None:
    formula, wrt, lines, wanted = case
    found = check_steps(formula, wrt, lines)
    marks = ", ".join(f"{link.line} {mark(link.check).split(' (')[0]}" for link in found.links)
    assert marks == wanted, found.text()
    assert all(link.check.reason for link in found.links if link.check.verdict == "unknown")
    assert found.text("zh")
    assert found.json()["links"]


@pytest.mark.parametrize(
    ("formula", "claim", "name"),
    [("x'*S*y", "(x*y' + y*x')/2", "symmetrised"), ("logdet(S)", "2*inv(S) - diag(inv(S))", "symmetric-constrained"),
     ("tr(S*S)", "4*S - 2*S.*eye(n)", "symmetric-constrained"), ("x'*S*y", "x*y' + y*x'", "symmetrised-twice")],
)  # fmt: skip
def test_gradients_by_a_symmetric_matrix_are_recognised(formula: str, claim: str, name: str) -> None:
    found = gp.check(formula, "S", claim, {"S": "matrix n n symmetric"})
    assert found.diagnoses[0] == name, found.text()


def test_a_condition_has_one_reason() -> None:
    found = gp.check("-sum(y.*log(softmax(z)))", "z", "softmax(z) - y")
    assert (found.verdict, found.diagnoses[0]) == ("right-if", "sums-to-one-only")
    assert found.text().count("because") == 1
    assert "chain" not in found.text()


def test_twice_a_symmetric_gradient_is_a_factor_where_the_variable_is_not_symmetric() -> None:
    assert gp.check("x'*A*x", "A", "2*x*x'", "A: matrix n n").diagnoses[0] == "factor"
    assert gp.check("x'*A*x", "A", "2*x*x'", {"A": "matrix n n symmetric"}).diagnoses[0] == "symmetrised-twice"
    assert gp.check("x'*A*y", "A", "x*y' + y*x'", "A: matrix n n").diagnoses[0] == "symmetrised-twice"
