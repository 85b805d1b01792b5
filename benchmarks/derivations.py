"""How long a derivation takes, beside `derive` itself: `python benchmarks/derivations.py`.

Fails where it is over 20 times that, or over 0.2 s for 200 nodes.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

import gradproof as gp
from gradproof.explain.steps import steps
from gradproof.notation.expr import walk

FORMULAS = {
    "quadratic form": ("x'*A*x", "x", None),
    "least squares": ("norm2(A*x - b)^2", "x", None),
    "softmax": ("exp(x)/(ones(n)'*exp(x))", "x", "x: vector n"),
    "logistic Hessian": ("sum(log(1 + exp(-y.*(X*w))))", ["w", "w"], None),
    "Kalman gain": ("tr((eye(n) - K*C)*P*(eye(n) - K*C)')", "K", "P: matrix n n symmetric"),
    "log det": ("logdet(X'*A*X)", "X", None),
    "inverse": ("inv(X)", "X", None),
    "200 nodes, a chain": ("sin(" * 200 + "x" + ")" * 200, "x", "x: scalar"),
    "200 nodes, a chain of vectors": ("sum(" + "sin(" * 200 + "x" + ")" * 200 + ")", "x", "x: vector n"),
    "200 nodes, a sum": (" + ".join(f"sin({k}*x'*A*x)" for k in range(1, 34)), "x", None),
    "200 nodes, a matrix": (
        "logdet(" + "inv(" * 66 + "X" + "*A + B)" * 66 + ")",
        "X",
        "X: matrix n n; A: matrix n n; B: matrix n n",
    ),
}
TIMES, SECONDS, MANY = 20, 0.2, 180


def seconds(action: Callable[[], object]) -> float:
    """The shortest of five runs."""
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        action()
        best = min(best, time.perf_counter() - start)
    return best


def main() -> int:
    failed = False
    print(f"{'':32}{'nodes':>6}{'derive':>10}{'derivation':>12}{'times':>7}{'steps':>7}")
    for name, (formula, wrt, where) in FORMULAS.items():
        made = gp.derive(formula, wrt=wrt, where=where)
        nodes = sum(1 for _ in walk(made.expression))
        plain = seconds(lambda formula=formula, wrt=wrt, where=where: gp.derive(formula, wrt=wrt, where=where).result)
        whole = seconds(
            lambda formula=formula, wrt=wrt, where=where: gp.derive(formula, wrt=wrt, where=where).derivation()
        )
        count = sum(1 for _ in steps(made.derivation().root))
        slow = whole - plain > TIMES * plain or (nodes > MANY and whole - plain > SECONDS)
        failed |= slow
        print(
            f"{name:32}{nodes:>6}{plain * 1e3:>8.1f}ms{(whole - plain) * 1e3:>10.1f}ms{(whole - plain) / plain:>7.1f}{count:>7}{'  SLOW' if slow else ''}"
        )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
