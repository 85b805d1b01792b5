"""Writes docs/notebook.ipynb, executed, and docs/notebook.md, the same as a page: needs nbclient and ipykernel.

python tools/notebook.py
"""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import Any

nbformat: Any = import_module("nbformat")
nbclient: Any = import_module("nbclient")

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
    '>import numpy as np\nimport gradproof as gp\n\nd = gp.derive("norm2(A*x - b)^2", wrt="x")\nd.result',
    ">f = d.compile()\nf",
    ">A, x, b = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.array([1.0, -1.0]), np.zeros(3)\nf(A=A, x=x, b=b)",
    "Is it convex, and where is the minimum?",
    '>gp.convexity("norm2(A*x - b)^2 + c*norm2(x)^2", wrt="x", where="c: scalar positive")',
    '>gp.minimize("norm2(A*x - b)^2 + c*norm2(x)^2", over="x", where="c: scalar positive")',
]  # a cell of code begins with >
SHOWN = ("text/markdown", "text/latex", "text/plain")  # of what a cell gives, the first that there is


def made() -> Any:
    """The notebook, executed."""
    node = nbformat.v4.new_notebook()
    for number, text in enumerate(CELLS):
        cell = nbformat.v4.new_code_cell(text[1:]) if text[0] == ">" else nbformat.v4.new_markdown_cell(text)
        cell["id"] = f"cell-{number}"
        node.cells.append(cell)
    os.environ["PYTHONPATH"] = str(ROOT / "src")
    nbclient.NotebookClient(node, timeout=120).execute()
    for cell in node.cells:
        cell.metadata.clear()  # times
    node.metadata = nbformat.from_dict(
        {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    )
    return node


def page(node: Any) -> str:
    """The notebook as Markdown."""
    parts = []
    for cell in node.cells:
        if cell.cell_type == "markdown":
            parts.append(cell.source)
            continue
        parts.append(f"```ipython\n{cell.source}\n```")
        for out in cell.outputs:
            data = out.get("data", {"text/plain": out.get("text", "")})
            kind = next(k for k in SHOWN if k in data)
            text = data[kind].rstrip()
            if kind == "text/markdown":
                text = text.replace("# ", "## ", 1) if text.startswith("# ") else text  # the page has its own title
            parts.append(text if kind != "text/plain" else f"```text\n{text}\n```")
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    found = made()
    nbformat.write(found, WHERE)
    WHERE.with_suffix(".md").write_text(page(found), "utf-8")
