"""Derivations line by line, and `check` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import gradproof as gp
from gradproof.check import check_steps
from gradproof.cli import main as cli

LEAST_SQUARES = "norm2(A*x - b)^2"

# formula, by, derivation, the line that is the first wrong one (None: all right), verdict
DERIVATIONS = [
    (LEAST_SQUARES, "x", "f = (A*x - b)'*(A*x - b)\n  = x'*A'*A*x - 2*b'*A*x + b'*b\ndf/dx = 2*A'*A*x - A'*b\n = A'*(2*A*x - b)", 3, "wrong"),
    (LEAST_SQUARES, "x", "# Gradient\n\n1. df = 2*(A*x - b)'*A*dx\n2. df/dx = 2*A'*(A*x - b)\n", None, "right"),
    (LEAST_SQUARES, "x", "let r = A*x - b\ndr = A*dx\ndf = 2*r'*dr\ndf/dx = 2*A'*r", None, "right"),
    (LEAST_SQUARES, "x", "let r = A*x - b\nd(r'*r) = r'*dr\ndf/dx = 2*A'*r", 2, "wrong"),
    ("logdet(X)", "X", "df = tr(inv(X)*dX)\ndf/dX = inv(X)", None, "other-layout"),
    ("logdet(X)", "X", "df = tr(inv(X)*dX) \\\\\n df/dX &= inv(X)' \\\\\n &= X'", 3, "wrong"),
    ("tr(X'*A*X)", "X", "d(X'*A*X) = dX'*A*X + X'*A*dX\ndf = tr(dX'*A*X) + tr(X'*A*dX)\n= tr(X'*(A + A')*dX)\nso df/dX = (A + A')*X", None, "right"),
    ("tr(X'*A*X)", "X", "df = tr(dX'*A*X) + tr(X'*A*dX)\n= 2*tr(X'*A*dX)\ndf/dX = 2*A*X", 2, None),
    (
        r"\lVert Ax-b \rVert_2^2", "x",
        "\\begin{align*}\nf &= (Ax-b)^\\top(Ax-b) \\\\\n\\nabla f &= 2A^\\top A x - A^\\top b \\\\\n &= A^\\top(2Ax - b)\n\\end{align*}", 3, "wrong",
    ),
    (
        LEAST_SQUARES, "x",
        "We put `r = A*x - b`, so the gradient is\n* $df/dx = 2 A'*r$, as it should be\n* hence we get df/dx = 2*A'*A*x - 2*A'*b\n", None, "right",
    ),
    (LEAST_SQUARES, "x", "Hence we get df/dx = 2*A'*A*x - 2*A'*b (by the product rule)\n\n    = 2*A'*(A*x - b)  # factored", None, "right"),
    (LEAST_SQUARES, "x", "norm2(A*x - b)^2\n= (A*x - b)'*(A*x - b)\n= x'*A'*A*x - b'*A*x + b'*b\ndf/dx = 2*A'*A*x - 2*A'*b", 3, "wrong"),
    (LEAST_SQUARES, "x", "norm2(A*x - b)^2\n= (A*x - b)'*(A*x - b)\n= 2*A'*(A*x + b)", 3, "wrong"),
    ("x'*x", "x", "this is only prose, without any formula", None, "unknown"),
    ("norm2(x)", "x", "f^2 = x'x\n2 f df = 2 x'dx\ndf = x'dx/f\n∇f = x/f", None, "right"),
    ("norm2(x)", "x", "f^2 = x'x\n2 f df = x'dx\ndf = x'dx/(2f)\n∇f = x/(2f)", 3, "wrong"),
    ("exp(c'*x)", "x", "log f = c'x\n∇f = f c", None, "right"),
    ("exp(c'*x)", "x", "log f = c'x\n∇f = 2 f c", 2, "wrong"),
    ("exp(c'*x)", "x", "log f = c'x\n∇f = q(c)", None, "unknown"),
    (LEAST_SQUARES, "x", "1. r_i = sum_k A_ik x_k - b_i\n2. ∂f/∂x_j = 2 sum_i r_i A_ij\n3. ∇f = 2 A^T r", None, "right"),
    (LEAST_SQUARES, "x", "1. r_i = sum_k A_ik x_k - b_i\n2. ∂f/∂x_j = sum_i r_i A_ij\n3. ∇f = 2 A^T r", 2, "wrong"),
    ("sum(log(1+exp(X*w)))", "w", "let z = Xw\np_i = 1/(1+exp(z_i))\n∂f/∂w_j = sum_i p_i X_ij", 3, "wrong"),
]  # fmt: skip


@pytest.mark.parametrize("case", DERIVATIONS, ids=range(len(DERIVATIONS)))
def test_derivation(case: tuple) -> None:
    formula, wrt, text, line, verdict = case
    found = check_steps(formula, wrt, text)
    first = None if found.first_wrong is None else found.links[found.first_wrong].line
    assert first == line, found.text()
    assert verdict is None or found.verdict == verdict, found.text()
    assert found.text("zh")


# what a line says of where the derivative of least squares is zero, and whether that is so: A'*A*x = A'*b there
AT_ZERO = [
    ("set to zero: 2*A'*r = 0", "right"),
    ("set to zero: 2*A*(A*x - b) = 0", "wrong"),
    ("set to zero: A'*A*x = 2*A'*b", "wrong"),
    ("Setting this to zero gives A'*A*x = A'*b", "right"),
    ("Setting 2*A'*(A*x - b) = 0 gives A'*A*x = A'*b", "right"),
    ("Setting 2*A'*(A*x - b) = 0 gives A'*A*x = 2*A'*b", "wrong"),
    ("Set the derivative equal to 0, so A'*A*x = A'*b", "right"),
    ("set df/dx = 0: A'*A*x = A'*b", "right"),
    ("solve: A'*A*x = A'*b", "right"),
    ("Solve A'*A*x = A'*b", "right"),
    ("Solving for x, we get x = inv(A'*A)*A'*b", "right"),
    ("Solving for x: x = inv(A*A')*A*b", "wrong"),
    ("The normal equations are A'*A*x = A'*b", "right"),
    ("At the optimum A'*A*x = A*b", "wrong"),
    ("令导数为零，得 A'*A*x = A'*b", "right"),
    ("令其为零: A^TAx = A^Tb", "right"),
    ("令其为零: A^TAx = 2A^Tb", "wrong"),
    ("∇f = 0 iff A^TAx = A^Tb", "right"),
    ("∇f = 0 iff A^TAx = 2A^Tb", "wrong"),
    ("∇f = 0 ⟹ A^TAx = A^Tb", "right"),
    ("so the optimal x is (A^TA)^{-1}A^Tb", "right"),
    ("so the optimal x is (AA^T)^{-1}Ab", "wrong"),
]


@pytest.mark.parametrize(("line", "verdict"), AT_ZERO)
def test_lines_about_the_optimum_are_judged(line: str, verdict: str) -> None:
    found = check_steps(LEAST_SQUARES, "x", f"let r = A*x - b\ndf/dx = 2*A'*r\n{line}")
    assert (found.links[-1].line, found.links[-1].check.verdict) == (3, verdict), found.text()
    assert found.verdict == verdict


def test_a_line_of_zero_alone_sets_the_derivative_to_zero() -> None:
    for last, verdict in (("A'*A*x = A'*b", "right"), ("A'*A*x = 2*A'*b", "wrong")):
        found = check_steps(LEAST_SQUARES, "x", f"df/dx = 2*A'*(A*x - b)\n= 0\n{last}")
        assert [x.check.reason for x in found.links] == ["", "set-to-zero", ""], found.text()
        assert found.verdict == verdict
    assert check_steps("c'*c", "x", "df/dx = 0*x\n= 0", "c: vector n; x: vector n").verdict == "right"


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    code = cli.main(argv)
    out, err = capsys.readouterr()
    return code, out, err


@pytest.mark.parametrize(
    ("claim", "code"), [("(A + A')*x", 0), ("x'*(A + A')", 1), ("2*A*x", 1), ("-2*A*x", 1), ("svd(A)*x", 3), ("A*(x", 2)],
)  # fmt: skip
def test_exit_codes(capsys: pytest.CaptureFixture[str], claim: str, code: int) -> None:
    found, out, err = run(capsys, "check", "x'*A*x", "--wrt", "x", "--claim", claim)
    assert found == code
    assert (not out) == (code == 2)
    assert (not err) == (code != 2)


def test_json_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "check", "-x'*A*x", "--wrt", "x", "--claim", "-(A + A')*x", "--format", "json")
    assert (code, json.loads(out)["verdict"]) == (0, "right")


def test_steps_on_the_command_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "derivation.md"
    file.write_text(DERIVATIONS[0][2], "utf-8")
    code, out, _ = run(capsys, "check", LEAST_SQUARES, "--wrt", "x", "--steps", str(file))
    assert code == 1
    assert "line 3 is the first" in out
    code, out, _ = run(capsys, "check", LEAST_SQUARES, "--wrt", "x", "--steps", str(file), "--lang", "zh")
    assert "第 3 行" in out
    code, _, err = run(capsys, "check", LEAST_SQUARES, "--wrt", "x", "--steps", str(tmp_path / "none"))
    assert code == 2
    assert "cannot read" in err


def test_other_layouts_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(
        capsys, "check", "A*x", "--wrt", "x", "--claim", "A", "--layout", "numerator", "--where", "A: matrix m n"
    )
    assert (code, out.split(":")[0]) == (0, "RIGHT")


def test_the_right_answer_comes_with_its_derivation(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(
        capsys, "check", LEAST_SQUARES, "--wrt", "x", "--claim", "A'*(A*x - b)", "--derivation", "--format", "ascii"
    )
    assert code == 1
    assert "sum rule" in out.partition("WRONG")[2]
    code, out, _ = run(
        capsys, "check", LEAST_SQUARES, "--wrt", "x", "--claim", "A'*(A*x - b)", "--derivation", "--format", "json"
    )
    assert json.loads(out)["derivation"]["root"]


def test_the_derivative_of_a_formula_that_is_at_fault_is_an_error() -> None:
    with pytest.raises(gp.GradproofError):
        check_steps("x'*", "x", "2*x")
