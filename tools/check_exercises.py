"""Makes exercises with fixed seeds and holds each against the marker: `python tools/check_exercises.py FIRST LAST [SECONDS]`; five of each seed.

Of every exercise the solution must be proven and marked right, its derivation hold step by step, and no answer be marked right that has other values than
the solution, by NumPy, at a random point: twice as much, the other sign, the transpose, a matrix transposed within, a term left out. Fails where one is.
"""

from __future__ import annotations

import collections
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "src"))

import numpy as np  # noqa: E402  (found by the line above)

import gradproof as gp  # noqa: E402
from gradproof.notation.expr import Call, Expr, call, substitute  # noqa: E402
from gradproof.numeric.evaluate import evaluate  # noqa: E402
from gradproof.numeric.sample import Sampler  # noqa: E402
from gradproof.ops import basic  # noqa: E402

LIMIT = 55.0  # seconds of one run, unless told otherwise


def answers(e: Expr) -> Iterator[Expr]:
    """Answers that are wrong as a rule."""
    yield call("mul", 2, e)
    yield call("neg", e)
    if e.type.square:
        yield call("transpose", e)
    for s in e.variables:
        if s.type.square:
            yield substitute(e, {s: call("transpose", s)})
    if isinstance(e, Call) and e.op in (basic.ADD, basic.SUB):
        yield e.args[0]


def differs(e: gp.Exercise, answer: Expr) -> bool:
    """Whether an answer has other values than the solution, at random points."""
    symbols = tuple(e.derivative.symbols.values())
    sampler = Sampler(e.derivative.expression, symbols, (), np=np)
    for seed in range(3):
        values = sampler.point(np.random.default_rng(seed)).values
        right, other = (evaluate(x, values) for x in (e.solution, answer))
        if not np.allclose(right, other, rtol=1e-6, atol=1e-9):
            return True
    return False


def main(first: int, last: int, limit: float = LIMIT) -> int:
    counts: collections.Counter[str] = collections.Counter()
    seen, start, failed = set(), time.monotonic(), []
    for seed in range(first, last):
        if time.monotonic() - start > limit:
            break
        for level in range(1, 6):
            e = gp.exercise(level=level, seed=seed)
            seen.add((e.expression, e.wrt, e.where))
            counts["exercises"] += 1
            counts["solved"] += e.derivative.verified and e.check(e.solution.ascii).verdict == "right"
            summary = e.derivation().summary
            counts["derived"] += summary.agreed == summary.steps
            for answer in answers(e.solution):
                if not differs(e, answer):
                    continue
                verdict = e.check(answer.ascii).verdict
                counts[f"other answers: {verdict}"] += 1
                if verdict == "right":
                    failed.append((e.expression, e.wrt, answer.ascii))
    print(f"seeds {first} to {seed}; " + "; ".join(f"{k} {v}" for k, v in counts.items()) + f"; different {len(seen)}")
    print(*failed, sep="\n")
    return 1 if failed or counts["solved"] < counts["exercises"] or counts["derived"] < counts["exercises"] else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:4])))
