"""Texts with a long run of one character, or of one beginning, through every function that reads: answered or refused, soon after the budget is spent.

    python long_runs.py ASK LENGTH [RUN ...]

Every case runs in a forked process, which the system ends where it goes on; the cases that went wrong are printed.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import warnings
from collections.abc import Callable, Iterator

import gradproof as gp
from gradproof.check import check_steps

BUDGET, SECONDS, MEMORY = 0.3, 8, 3 << 30
FEW = (" ", "\n", "(", "[", "{", "^", "\\", ",", ".", ";", "a", "1", "x^{", "\\frac{", "ab ", "- ", "\\sum_{i", "'")
MANY = (
    *"\t)]}_:=+-*/<>|$#%&@!?\"`~Ae0∑ᵀ‖₁∂→中·²Σ≤", "\u00a0", " \n", "x_", "a,", "a\n", "1 ", "\\frac{1}{", "\\left(", "\\begin{pmatrix}", "\\begin{cases}", "\\sum_", "x_{", "let ",
    "let x = ", "d/dx ", "d(", "sum(", "sum (", "sum_", "sum_i ", "f(", "<,", "<a,", "x=", "1.", "1e", "x'", "A^T ", "x^T", "\\text{", "\\\\[", "given ", "where ", "where x ",
    "a: b; ", "(x,", "np.", "x.T", "[1:", "lambda ", "return ", "def ", "def f(", "\n>", "# ", "x*", "x.*", "x^", "x^-", "A*x - b ", "dx/", "Σ(", "\\a", "\\ ", "\\,", "\\{", "\\left",
    "**", "||", "|x|", "if ", "and ", "of ", "\\det ", "det ", "_i", "_{i}", "x_i ", "x_1", "x1", "a_b", "E[", "P(", "=0 ", "。", "，", "令", "s.t. ", " , ", "\\mathbf{", "\\mathrm{d",
    "\\partial ", "1/", "e^", "(a)", "[a]", "{a}", "(a", "`a", "$a", "a$", "**a", "> ", "* ", "Q. ", "\\int ", "max(", "x <", "1[", "\\hat{", "^{-1}", "^\\top", "I - ", "x y ", "xy",
)  # fmt: skip
CLOSING = str.maketrans("([{", ")]}")
ASKS: dict[str, Callable[[str], object]] = {
    "parse": gp.parse,
    "parse_latex": gp.parse_latex,
    "numpy": lambda text: gp.parse(text, notation="numpy"),
    "derive": lambda text: gp.derive(text, "x"),
    "claim": lambda text: gp.check("x'*A*x", "x", text),
    "formula": lambda text: gp.check(text, "x", "2*x"),
    "steps": lambda text: check_steps("x'*A*x", "x", text),
    "where": lambda text: gp.parse("x'*A*x", where=text),
    "declared": lambda text: gp.parse("x'*A*x", where={"A": text}),
    "wrt": lambda text: gp.derive("x'*A*x", text),
    "minimize": lambda text: gp.minimize("x'*x", "x", subject_to=text),
}


def texts(run: str, length: int) -> Iterator[str]:
    """A run alone, before, after and within a formula, and with its brackets closed."""
    long = run * (length // len(run))
    yield from (long, long + "x'*A*x", "x'*A*x" + long, "x'*A*" + long + "x", "sin(" + long + "x)")
    opening = [c for c in run if c in "([{"]
    if opening:
        times = length // (len(run) + len(opening))
        yield run * times + "x" + "".join(reversed(opening)).translate(CLOSING) * times


def outcome(ask: Callable[[str], object], text: str) -> str:
    """ "" for an answer or a refusal; else what happened."""
    pid = os.fork()
    if not pid:
        code = 3
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            signal.setitimer(signal.ITIMER_PROF, SECONDS)  # ends the process
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            with gp.limits(seconds=BUDGET):
                ask(text)
            code = 0
        except gp.GradproofError:
            code = 0
        except BaseException as error:
            print(f"{type(error).__name__}: {str(error)[:80]}", flush=True)
        finally:
            os._exit(code)
    _, status, used = os.wait4(pid, 0)
    if os.WIFSIGNALED(status):
        return f"ended after {used.ru_utime + used.ru_stime:.0f} s"
    return "crashed" if os.WEXITSTATUS(status) else ""


def main(name: str, length: str, *runs: str) -> int:
    wrong = 0
    for run in runs or (*FEW, *MANY):
        for place, text in enumerate(texts(run, int(length))):
            happened = outcome(ASKS[name], text)
            if happened:
                wrong += 1
                print(f"{name} {run!r} {place}: {happened}", flush=True)
    return min(wrong, 1)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    sys.exit(main(*sys.argv[1:]))
