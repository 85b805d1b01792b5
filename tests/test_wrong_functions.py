"""Slips in the derivative of a function of the entries: another function, or what it is of, stands there."""

from __future__ import annotations

import pytest

import gradproof as gp

SLIPS = [  # formula, claim, what stands there, what belongs there
    ("sum(sin(A*x))", "A'*sin(A*x)", "sin(A x)", "cos(A x)"),
    ("sum(cosh(A*x))", "A'*cosh(A*x)", "cosh(A x)", "sinh(A x)"),
    ("sum(exp(A*x))", "A'*log(A*x)", "log(A x)", "exp(A x)"),
    ("norm2(A*x - b)^2/2 + l*norm1(x)", "A'*(A*x - b) + l*x", "x", "sign(x)"),
]


@pytest.mark.parametrize(("formula", "claim", "part", "new"), SLIPS)
def test_a_function_taken_for_another_is_named(formula: str, claim: str, part: str, new: str) -> None:
    found = gp.check(formula, "x", claim, "A: matrix m n; x: vector n; b: vector m; l: scalar")
    assert found.verdict == "wrong"
    assert found.diagnoses[0] == "wrong-function"
    for lang in ("en", "fr", "zh"):
        told = found.text(lang)
        assert part in told
        assert new in told


def test_no_other_function_is_named_where_the_sign_alone_is_wrong() -> None:
    found = gp.check("sum(cos(A*x))", "x", "A'*sin(A*x)", "A: matrix m n; x: vector n")
    assert found.diagnoses == ("sign",)
