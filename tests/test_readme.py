"""The examples of the README and of pages in docs are run, and print what the text says.

python tests/test_readme.py     writes what they print today into the text (make readme); read the change before you commit it
"""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gradproof.cli.main import main

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "README.md",
    *(
        ROOT / "docs" / name
        for name in (
            "index.md",
            "tutorial.md",
            "tutorial.zh.md",
            "cli.md",
            "check.md",
            "code.md",
            "latex.md",
            "examples/logistic-regression.md",
            "howto/check-a-gradient.md",
            "howto/code.md",
            "howto/notebook.md",
            "howto/optimise.md",
        )
    ),
]
MADE = "identities/"  # what `make docs` writes
BLOCK = re.compile(r"^```(?P<kind>console|python)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


def run_console(body: str) -> str:
    """The commands of a block (`$ gradproof …`), each followed by what it prints to either stream."""
    shown = []
    for line in body.splitlines():
        if line.startswith("$ "):
            printed = io.StringIO()
            shown.append(line)
            shown += _gradproof(line[2:], printed).splitlines()
    return "".join(f"{line}\n" for line in shown)


def _gradproof(command: str, printed: io.StringIO) -> str:
    program, *arguments = shlex.split(command)
    assert program == "gradproof", command
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
        main(arguments)
    return stream.buffer.getvalue().decode("utf-8")


def run_python(body: str, names: dict[str, object]) -> str:
    """The statements of a block (`>>> …`), each followed by what an interpreter shows."""
    shown = []
    for line in body.splitlines():
        if line.startswith(">>> "):
            shown.append(line)
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                exec(compile(line[4:], "<README>", "single"), names)
            shown += printed.getvalue().splitlines()
    return "".join(f"{line}\n" for line in shown)


def executed(text: str) -> str:
    """A page with what its examples print today; Python blocks share their names."""
    names: dict[str, object] = {}
    runners: dict[str, Callable[[str], str]] = {"console": run_console, "python": lambda body: run_python(body, names)}
    return BLOCK.sub(lambda block: f"```{block['kind']}\n{runners[block['kind']](block['body'])}```", text)


def steady(text: str) -> str:
    """The text without what differs between machines: how small an error is."""
    return re.sub(r"relative error \S+", "relative error …", text)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_examples_print_what_the_page_says(page: Path) -> None:
    text = page.read_text("utf-8")
    assert steady(executed(text)) == steady(text)


@pytest.mark.parametrize(
    "page",
    [
        *sorted(ROOT.glob("*.md")),
        *sorted((ROOT / "docs").glob("*.md")),
        *sorted((ROOT / "docs" / "howto").glob("*.md")),
    ],
    ids=lambda p: p.name,
)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8")):
        assert (page.parent / target).exists() or target.startswith(MADE), target


if __name__ == "__main__":
    for path in [Path(name) for name in sys.argv[1:]] or PAGES:
        path.write_text(executed(path.read_text("utf-8")), "utf-8")
