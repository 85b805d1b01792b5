"""Writes into docs/examples what the scripts of examples print, and the plots: `make examples`. With --check, says which pages are not up to date.

A part of a page is a code block below the line `<!-- part: NAME -->`; `PARTS` says what stands in it. tests/test_readme.py runs the derivations of the pages.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "examples")]

import logistic_regression as logistic  # noqa: E402  (found by the line above)

PAGE, PLOT = ROOT / "docs" / "examples" / "logistic-regression.md", ROOT / "docs" / "images" / "logistic-regression.svg"
PART = re.compile(r"(?P<head><!-- part: (?P<name>[\w-]+) -->\n```\w*\n)(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


@cache
def results() -> tuple[logistic.Run, ...]:
    """Every run of the example."""
    return tuple(run for make in logistic.PROBLEMS for run in logistic.runs(make()))


def code_alone(source: str) -> str:
    """A source without its docstring and helper functions: the function's first line and its body."""
    head, _, rest = source[source.rindex("\ndef ") + 1 :].partition("\n")
    return f"{head}\n{rest.rpartition(chr(34) * 3)[2].lstrip(chr(10))}"


def emitted(problem: logistic.Problem, what: str) -> str:
    """The body of one of the functions of an objective, as it is planned for the data."""
    return code_alone(getattr(logistic.Objective(problem), what).source_for(**problem.sizes))


PARTS: dict[str, Callable[[], str]] = {
    "gradient": lambda: emitted(logistic.breast_cancer(), "code"),
    "hessian": lambda: emitted(logistic.breast_cancer(), "hessian_code"),
    "softmax-product": lambda: emitted(logistic.digits(), "product_code"),
    "objective": lambda: inspect.getsource(logistic.Objective),
    "newton": lambda: inspect.getsource(logistic.newton),
    "scipy": lambda: "\n\n".join(inspect.getsource(f) for f in (logistic.newton_cg, logistic.lbfgs, logistic._scipy)),
    "table": lambda: logistic.table(results()) + "\n",
}


def written(text: str) -> str:
    """A page with its parts as they are today."""
    return PART.sub(lambda part: f"{part['head']}{PARTS[part['name']]()}```", text)


def steady(text: str) -> str:
    """A page without what rounding decides: how often a function is called, and how small an error is."""
    return re.sub(r" *\d+ +\d+ × (.*?)( +\d+\.\d{8}) .*", r" … \2 …", text)


def main(arguments: list[str]) -> int:
    text = PAGE.read_text("utf-8")
    fresh = written(text)
    if "--check" in arguments:
        stale = steady(text) != steady(fresh)
        print(f"{'not ' if stale else ''}up to date: {PAGE.relative_to(ROOT)}")
        return int(stale)
    PAGE.write_text(fresh, "utf-8")
    PLOT.parent.mkdir(parents=True, exist_ok=True)
    logistic.plot(results(), str(PLOT))
    print(f"written: {PAGE.relative_to(ROOT)}, {PLOT.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
