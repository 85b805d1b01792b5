"""What notebooks show, and the magics."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

import gradproof as gp
from gradproof import notebook
from gradproof.mime import fenced, told

ERROR = re.compile(r"\d(\.\d+)?e-\d+")  # the last digits differ from machine to machine
LOGISTIC = r"\sum_{i=1}^{n} \log(1+e^{-y_i x_i^\top w})"


def shown(thing: object) -> str:
    """Its Markdown."""
    found = thing._repr_mimebundle_()
    assert set(found) == {"text/plain", "text/markdown"}
    assert "<" not in re.sub(r"\$\$?[^$]*\$\$?|```[\s\S]*```", "", found["text/markdown"].replace(r"\<", ""))
    return found["text/markdown"]


def test_a_derivative() -> None:
    text = shown(gp.derive(LOGISTIC, wrt="w"))
    assert r"\frac{\partial f}{\partial w} = -X^\top" in text
    assert "$m$" in text
    assert "denominator" in text
    assert r"y\_i is read as an entry of the vector y" in text
    assert "verified" in text
    assert "not asked for" in shown(gp.derive("x'*x", wrt="x", verify=False))


def test_the_rest() -> None:
    d = gp.derive("x'*A*x", wrt="x")
    assert "Dimension check" in shown(d.derivation())
    assert shown(d.compile()).startswith("```python\nimport numpy")
    check = shown(gp.check("x'*A*x", wrt="x", claim="2*A*x"))
    assert check.startswith("**RIGHT ONLY UNDER A CONDITION")
    assert "(A + Aᵀ)" not in check
    assert gp.parse("x'*A*x")._repr_latex_() == r"$x^\top A x$"
    assert "**CONVEX in x**" in shown(gp.convexity("norm2(A*x - b)^2", wrt="x"))
    best = shown(gp.minimize("norm2(A*x - b)^2 + c*norm2(x)^2", over="x", where="c: scalar positive"))
    assert best.startswith("$$\nx = \\left(A^\\top A + c I")
    assert "= 0\n$$" in shown(gp.minimize("logdet(X)", over="X"))


def test_vs_code_shows_the_facts_as_well() -> None:
    """It takes the first of its kinds that there is: TeX alone, which comes before Markdown, would leave out shape, notes and proof."""
    order = ("application/json", "text/html", "image/svg+xml", "text/latex", "text/markdown", "text/plain")
    d = gp.derive(LOGISTIC, wrt="w")
    for thing in (
        d,
        d.derivation(),
        d.compile(),
        gp.check("x'*x", wrt="x", claim="x"),
        gp.minimize("norm2(A*x - b)^2", over="x"),
    ):
        data = thing._repr_mimebundle_()
        assert next(kind for kind in order if kind in data) == "text/markdown"


def test_several_derivatives() -> None:
    found = gp.gradients("norm2(X*w - y)^2", wrt=["w", "y"])._repr_mimebundle_()["text/markdown"]
    assert r"\frac{\partial f}{\partial w} = 2 X^\top \left(X w - y\right)" in found
    assert r"\frac{\partial f}{\partial y} = " in found


def test_markdown_takes_nothing_for_its_own() -> None:
    assert told("x_1*y <b> [a](b) `c` #") == r"x\_1\*y \<b\> \[a\](b) \`c\` \#"
    assert fenced("a ``` b", "x").startswith("````x\n")


def test_the_magic() -> None:
    d = notebook.magic('--wrt x --where "S: matrix n n symmetric"', "x'*S*x\n")
    assert d.result.ascii == "2*S*x"
    assert notebook.magic("--wrt x x'*x".replace("'", '"\'"')).result.ascii == "2*x"
    assert notebook.magic("--wrt x --steps", "x'*x").method
    assert notebook.magic('--wrt x --claim "2*A*x"', "x'*A*x").verdict == "right-if"
    both = notebook.magic('--wrt x --where "S: matrix n n symmetric" --where "c: scalar positive"', "c*x'*S*x")
    assert both.result.ascii == "2*c*S*x"
    for line, cell in (
        ("", ""), ("--wrt", "x"), ("--nothing", "x"), ("--layout sideways --wrt x", "x"), ("--wrt x --steps --claim x", "x'*x"),
        ("--wrt x --lang zh", "x'*x"), ("--wrt x --claim x --no-verify", "x'*x"),
    ):  # fmt: skip
        with pytest.raises(gp.GradproofError):
            notebook.magic(line, cell)


def test_the_notebook_of_the_documentation_shows_what_its_cells_give() -> None:
    root = Path(__file__).parents[1]
    docs, tool = root / "docs", runpy.run_path(str(root / "tools" / "notebook.py"))
    cells = tool["made"]()
    for name, text in (("notebook.ipynb", tool["whole"](cells)), ("notebook.md", tool["page"](cells))):
        kept = (docs / name).read_text("utf-8")
        assert ERROR.sub("e", text) == ERROR.sub("e", kept), "run tools/notebook.py"
    data = [out["data"] for cell in cells for out in cell.get("outputs", ())]
    assert len(data) > 6
    assert not [d for d in data if "text/html" in d]


def test_the_extension_in_a_shell() -> None:
    testing = pytest.importorskip("IPython.testing.globalipapp", reason="IPython is not installed: pip install ipython")
    shell = testing.get_ipython() or testing.start_ipython()
    shell.run_line_magic("load_ext", "gradproof")
    assert shell.run_cell_magic("gradproof", "--wrt x", "x'*x").result.ascii == "2*x"
    data, _ = shell.display_formatter.format(gp.derive("x'*x", wrt="x"))
    assert r"\frac{\partial f}{\partial x} = 2 x" in data["text/markdown"]
    assert "text/html" not in data
