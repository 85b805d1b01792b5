"""The last step of the derivation of a Hessian: convex or not, in every format and language. What is convex is from Boyd and Vandenberghe, chapter 3."""

from __future__ import annotations

import re
from typing import Any

import pytest

import gradproof as gp
from gradproof.cli.main import main
from gradproof.service.commands import steps

CASES: list[tuple[str, str, str, str, str]] = [  # formula, variable, declarations, verdict, the line
    ("log(sum(exp(A*x)))", "x", "A: matrix m n; x: vector n", "convex", "∂²f/∂x∂x ⪰ 0"),
    ("norm2(A*x - b)^2", "x", "A: matrix m n; x: vector n; b: vector m", "convex", "∂²f/∂x∂x ⪰ 0"),
    ("a*log(x)", "x", "x: scalar positive; a: scalar positive", "concave", "∂²f/∂x∂x ≤ 0"),
    ("logdet(X)", "X", "X: matrix n n posdef", "concave", "d² f ≤ 0"),
    ("x'*A*x + log(1 + x'*x)", "x", "A: matrix n n; x: vector n", "neither", "∂²f/∂x∂x ⋡ 0, ⋠ 0"),
    ("c'*x", "x", "c: vector n; x: vector n", "affine", "∂²f/∂x∂x = 0"),
]
TITLES = {"en": "convexity", "zh": "凸性", "fr": "convexité"}
WORDS = {"en": "CONVEX in x", "zh": "关于 x 是凸函数", "fr": "CONVEXE en x"}


@pytest.mark.parametrize(("text", "wrt", "where", "verdict", "line"), CASES, ids=[c[0] for c in CASES])
def test_it_is_the_last_entry(text: str, wrt: str, where: str, verdict: str, line: str) -> None:
    t = gp.derive(text, [wrt, wrt], where).derivation()
    last = t.page("unicode").entries[-1]
    assert last.title == "convexity"
    assert last.lines[0].left == line
    assert t.text(color=False).index(line) < t.text(color=False).index("Result: ")
    assert t.json()["convexity"]["verdict"] == verdict == gp.convexity(text, wrt, where).verdict
    assert t.json()["convexity"]["reason"]


@pytest.mark.parametrize("lang", list(TITLES))
def test_it_is_told_in_every_format_and_language(lang: Any) -> None:
    t = gp.derive("log(sum(exp(A*x)))", ["x", "x"]).derivation(lang)
    assert WORDS[lang] in t.text(color=False)
    assert re.search(rf"\*\*\(\d+\) {TITLES[lang]}\*\*", t.markdown())
    assert r"\frac{\partial^{2} f}{\partial x \partial x} \succeq 0" in t.markdown()
    assert re.search(rf"\\textbf\{{\(\d+\) {TITLES[lang]}\}}", t.latex())
    assert r"\succeq 0" in t.latex()
    assert t.json()["convexity"]["text"].startswith(WORDS[lang])
    entry = steps({"expression": "log(sum(exp(A*x)))", "wrt": ["x", "x"], "lang": lang})["page"]["entries"][-1]  # type: ignore[index, call-overload]
    assert entry["title"] == TITLES[lang]  # type: ignore[index, call-overload]
    assert "⪰" not in str(entry["spoken"])  # type: ignore[index, call-overload]  # it is heard in words
    assert "succeq" not in str(entry["hint"])  # type: ignore[index, call-overload]  # a hint does not tell


def test_reasons_are_mathematics() -> None:
    t = gp.derive("norm2(A*x - b)^2", ["x", "x"]).derivation()
    assert r"$M^\top D M$" in t.latex()
    assert "M'*D*M" not in t.markdown()  # its stars would be italics
    assert "Mᵀ D M" in t.text(color=False)


def test_where_nothing_is_proven_nothing_is_said() -> None:
    for text, wrt in (
        ("A*x", ["x"]),
        ("norm2(A*x)^2", ["x"]),
        ("x'*A*y", ["x", "y"]),
        ("norm2(x)*norm1(x)", ["x", "x"]),
    ):
        t = gp.derive(text, wrt).derivation()
        assert t.curvature is None
        assert "convexity" not in t.json()
        assert all(e.title != "convexity" for e in t.page("unicode").entries)


def test_the_command_says_it_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["derive", "log(sum(exp(A*x)))", "--wrt", "x", "--wrt", "x", "--steps"]) == 0
    found = capsys.readouterr().out
    assert found.count("CONVEX in x") == 1
    assert found.index("CONVEX in x") < found.index("Result: ")
    assert main(["derive", "log(sum(exp(A*x)))", "--wrt", "x", "--wrt", "x"]) == 0
    assert "CONVEX in x" in capsys.readouterr().out
