"""Derives every entry of both corpora step by step, and checks each step on numbers: `make check-derivations`.

Prints how many derivations and steps there are, how many steps were checked, the longest and the median length. Fails where a step is false,
where a derivation ends in something else than the engine's result, or where a step could not be checked.
"""

from __future__ import annotations

import collections
import itertools
import math
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

import gradproof as gp  # noqa: E402  (found by the line above)
from corpus_entries import ENTRIES, ask  # noqa: E402
from frontier_entries import ask as ask_frontier  # noqa: E402
from frontier_entries import entries  # noqa: E402
from gradproof.engine.twins import twin_name, twins  # noqa: E402
from gradproof.explain import prove_differential  # noqa: E402
from gradproof.explain.check import Checker  # noqa: E402
from gradproof.explain.steps import Step, steps  # noqa: E402
from gradproof.notation.expr import call, substitute, symbol  # noqa: E402


def trees(names: list[str]) -> Iterator[tuple[str, Step | None, Checker | None, str]]:
    """The proof tree of each entry that the engine answers, and what checks it; or why there is none."""
    for name in [n for n in names if n in ENTRIES] if names else ENTRIES:
        try:
            answer = ask(ENTRIES[name])
        except gp.GradproofError:
            continue
        try:
            if isinstance(answer, gp.Expr):
                wrt = ENTRIES[name]["wrt"]
                expr, _ = twins(gp.parse(ENTRIES[name]["expr"], gp_where(name)), frozenset(wrt))
                moved = [s for s in expr.variables if s.name in (*wrt, *map(twin_name, wrt))]
                told = substitute(
                    answer, {call("conj", s): symbol(f"dconj({s.name[1:]})", s.type) for s in answer.variables}
                )
                yield name, prove_differential(expr, moved, told), Checker(expr, expr.variables, ()), ""
            else:
                d = answer.derivation()
                yield name, d.root, d.checker, ""
        except gp.GradproofError as error:
            yield name, None, None, error.message


def frontier(names: list[str]) -> Iterator[tuple[str, Step | None, Checker | None, str]]:
    """The same of the second corpus: derivatives by matrix functions, spectra, structure, complex variables, equations and on manifolds."""
    for e in entries():
        if (names and e["id"] not in names) or e.get("kind") in ("convexity", "optimum", "joint") or "expr" not in e:
            continue
        try:
            answer = ask_frontier(e)
            if isinstance(answer, gp.Expr):
                continue
            _ = answer.result
        except gp.GradproofError:
            continue
        try:
            d = answer.derivation()
            yield e["id"], d.root, d.checker, ""
        except gp.GradproofError as error:
            yield e["id"], None, None, error.message


def gp_where(name: str) -> dict[str, str]:
    """What gradproof is told of the variables of an entry."""
    from corpus_entries import declarations  # beside `ask`

    return declarations(ENTRIES[name])


def main(names: list[str]) -> int:
    lengths, reasons, verdicts = [], collections.Counter(), collections.Counter()
    worst, longest, failed = 0.0, ("", 0), False
    for name, root, checker, why in itertools.chain(trees(names), frontier(names)):
        if root is None or checker is None:
            reasons[why] += 1
            print(f"{name}: {why}")
            failed |= "defect" in why
            continue
        found = list(steps(root))
        lengths.append(len(found))
        longest = max(longest, (name, len(found)), key=lambda pair: pair[1])
        for step in found:
            check = checker.step(step)
            verdicts[check.ok] += 1
            worst = max(worst, 0.0 if math.isnan(check.max_relative_error) else check.max_relative_error)
            if check.ok is not True:
                failed = True
                print(
                    f"{name}: {'FALSE' if check.ok is False else 'not checked'}: {step.rule}: {step.goal.ascii} -> {step.result.ascii}"
                )
    print(f"derivations {len(lengths)}, without one {sum(reasons.values())}")
    print(
        f"steps {sum(lengths)}, checked {verdicts[True]}, false {verdicts[False]}, not checked {verdicts[None]}, largest relative error {worst:.0e}"
    )
    print(f"longest {longest[1]} steps ({longest[0]}), median {statistics.median(lengths) if lengths else 0}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
