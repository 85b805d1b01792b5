"""Writes docs/notebook.ipynb, executed, and docs/notebook.md, the same as a page.

python tools/notebook.py
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gradproof import notebook

ROOT = Path(__file__).parents[1]
WHERE = ROOT / "docs" / "notebook.ipynb"
CELLS = [
    "# gradproof in a notebook\n\nA derivative shows itself: what was read, the result, its shape, and how it was verified.",
    ">%load_ext gradproof",
    "Whatever is pasted is read: LaTeX, NumPy, plain text.",
    '>%%gradproof --wrt w --where "lambda: scalar positive"\n\\sum_{i=1}^{m} \\log(1 + \\exp(-y_i w^\\top x_i)) + \\frac{\\lambda}{2} \\lVert w \\rVert_2^2',
    "Step by step, each step checked on numbers:",
    ">%%gradproof --wrt x --steps\nnorm2(A*x - b)^2",
    "Is an answer right? What differs is said, and where.",
    '>%%gradproof --wrt x --claim "2*A*x"\nx\'*A*x',
    "The same from Python; the code is compiled for the arrays that you have.",
    '>import numpy as np\n\nimport gradproof as gp\n\nd = gp.derive("norm2(A*x - b)^2", wrt="x")\nd.result',
    ">f = d.compile()\nf",
    ">A, x, b = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.array([1.0, -1.0]), np.zeros(3)\nf(A=A, x=x, b=b)",
    "Is it convex, and where is the minimum?",
    '>gp.convexity("norm2(A*x - b)^2 + c*norm2(x)^2", wrt="x", where="c: scalar positive")',
    '>gp.minimize("norm2(A*x - b)^2 + c*norm2(x)^2", over="x", where="c: scalar positive")',
]  # a cell of code begins with >
SHOWN = ("text/markdown", "text/latex", "text/plain")  # of what a cell gives, the first that there is
Cell = dict[str, Any]


def made() -> list[Cell]:
    """The cells with what they give, as a kernel of Jupyter makes them: what an object shows of itself, else its `repr`."""
    names: dict[str, Any] = {}
    cells: list[Cell] = []
    for number, text in enumerate(CELLS):
        cell: Cell = {"cell_type": "markdown", "id": f"cell-{number}", "metadata": {}, "source": text.splitlines(True)}
        if text[0] == ">":
            count = 1 + sum(c["cell_type"] == "code" for c in cells)
            outputs = [
                {"output_type": "execute_result", "execution_count": count, "metadata": {}, "data": data}
                for data in _given(text[1:], names)
            ]
            cell |= {
                "cell_type": "code",
                "execution_count": count,
                "source": text[1:].splitlines(True),
                "outputs": outputs,
            }
        cells.append(cell)
    return cells


def _given(text: str, names: dict[str, Any]) -> Iterator[dict[str, list[str]]]:
    if text.startswith("%load_ext"):
        return
    if text.startswith("%%gradproof"):
        line, _, body = text.partition("\n")
        value: Any = notebook.magic(line.removeprefix("%%gradproof"), body)
    else:
        *before, last = ast.parse(text).body
        assert isinstance(last, ast.Expr)
        exec(compile(ast.Module(before, []), "cell", "exec"), names)  # noqa: S102
        value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)  # noqa: S307
    if hasattr(value, "_repr_mimebundle_"):
        data = value._repr_mimebundle_()
    else:
        data = {"text/plain": repr(value)}
        if hasattr(value, "_repr_latex_"):
            data["text/latex"] = value._repr_latex_()
    yield {kind: said.splitlines(True) for kind, said in sorted(data.items())}


def page(cells: list[Cell]) -> str:
    """The notebook as Markdown."""
    parts = []
    for cell in cells:
        source = "".join(cell["source"])
        parts.append(source if cell["cell_type"] == "markdown" else f"```ipython\n{source}\n```")
        for out in cell.get("outputs", ()):
            kind = next(k for k in SHOWN if k in out["data"])
            text = "".join(out["data"][kind]).rstrip()
            if kind == "text/markdown" and text.startswith("# "):
                text = f"#{text}"  # the page has its own title
            parts.append(text if kind != "text/plain" else f"```text\n{text}\n```")
    return "\n\n".join(parts) + "\n"


def whole(cells: list[Cell]) -> str:
    """The notebook as a file."""
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return (
        json.dumps(
            {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}, indent=1, ensure_ascii=False
        )
        + "\n"
    )


if __name__ == "__main__":
    found = made()
    WHERE.write_text(whole(found), "utf-8")
    WHERE.with_suffix(".md").write_text(page(found), "utf-8")
