"""How long it takes to derive and compile what once grew without bound: each family at two sizes, the CPU time of each and the power by which it grows.

    python benchmarks/compiling.py            # a Markdown table; --write puts it into benchmarks/README.md

The longest of it is bounded, too: a call that would take more than `gp.limits` allow ends with a BudgetError.
"""

from __future__ import annotations

import argparse
import math
import re
import time
from collections.abc import Callable
from pathlib import Path

import gradproof as gp

README = Path(__file__).parent / "README.md"
MARK = "<!-- compiling -->"
ORDERS = {1: "gradient", 2: "Hessian"}


def chain(k: int) -> str:
    """tr(A0*X*A1*X*…), k times X."""
    return "tr(" + "*".join(f"A{i}*X" for i in range(k)) + ")"


def power_of_product(k: int) -> str:
    return f"tr((A*X)^{k})"


def quadratic_power(k: int) -> str:
    return f"x'*A^{k}*x"


def exponentials(k: int) -> str:
    return "exp(" * k + "a'*x" + ")" * k


def nested(k: int) -> str:
    return "sum(" + "sin(" * k + "x" + ")" * (k + 1)


def network(k: int) -> str:
    return "sum(" + "".join(f"tanh(W{i}*" for i in range(k)) + "x" + ")" * (k + 1)


def trace_power(k: int) -> str:
    return f"tr(X^{k})"


def kroneckers(k: int) -> str:
    return "norm2(" + "kron(" * (k - 1) + "A0" + "".join(f",A{i})" for i in range(1, k)) + ")^2"


def terms(k: int) -> str:
    """A sum of k terms, linear and quadratic in turn."""
    return " + ".join(f"a{i}'*x" if i % 2 else f"x'*B{i}*x" for i in range(k))


def compiled(text: str, wrt: list[str], where: str) -> None:
    _ = gp.derive(text, wrt, where=where, verify=False).compile().source


def printed(text: str, wrt: list[str], where: str) -> None:
    _ = gp.derive(text, wrt, where=where, verify=False).result.ascii


def indexed(text: str, wrt: list[str], where: str) -> None:
    _ = gp.derive(text, wrt, where=where, verify=False).index


def verified(text: str, wrt: list[str], where: str) -> None:
    _ = gp.derive(text, wrt, where=where).result


def derivation(text: str, wrt: list[str], where: str) -> None:
    gp.derive(text, wrt, where=where).derivation().text()


X, MATRIX = "x: vector n", "X: matrix n n"
# what is written, its text for k, the variable and its order, declarations, two sizes, what is done
FAMILIES: tuple[tuple[str, Callable[[int], str], list[str], str, tuple[int, int], Callable[..., None]], ...] = (
    ("tr(A0*X*…*Ak*X) by X", chain, ["X"], MATRIX, (6, 13), compiled),
    ("tr((A*X)^k) by X", power_of_product, ["X"], MATRIX, (5, 10), compiled),
    ("x'*A^k*x by A", quadratic_power, ["A"], "A: matrix n n; x: vector n", (8, 16), compiled),
    ("sum(sin(sin(…x))), k deep, Hessian", nested, ["x", "x"], X, (20, 40), compiled),
    ("exp(exp(…a'*x)), k deep, Hessian", exponentials, ["x", "x"], X, (12, 24), compiled),
    ("network of k layers, Hessian by x", network, ["x", "x"], X, (25, 50), compiled),
    ("tr(X^k) by X", trace_power, ["X"], MATRIX, (25, 50), compiled),
    ("sum(X^k) by X", lambda k: f"sum(X^{k})", ["X"], MATRIX, (10, 20), compiled),
    ("norm of kron of k, by A0", kroneckers, ["A0"], "A0: matrix n n", (4, 9), compiled),
    ("norm of kron of k, by A0, printed", kroneckers, ["A0"], "A0: matrix n n", (4, 9), printed),
    ("a sum of k terms, verified", terms, ["x"], X, (25, 50), verified),
    ("a sum of k terms, derivation", terms, ["x"], X, (25, 50), derivation),
    ("network of k layers, Hessian in index notation", network, ["x", "x"], X, (25, 50), indexed),
)


def seconds(run: Callable[[], None]) -> float:
    """The CPU time of a first run: what is kept from call to call would make a second one shorter."""
    start = time.process_time()
    run()
    return time.process_time() - start


def rows() -> list[str]:
    lines = ["|  | k | seconds of CPU | grows with the power |", "| --- | --- | --- | --- |"]
    compiled("sum(tanh(A*x))", ["x", "x"], X)  # modules are loaded before
    derivation("x'*A*x", ["x"], X)
    with gp.limits(seconds=60):
        for title, text, wrt, where, sizes, run in FAMILIES:
            found = [seconds(lambda k=k, f=text, w=wrt, d=where, r=run: r(f(k), w, d)) for k in sizes]
            grows = math.log(found[1] / found[0]) / math.log(sizes[1] / sizes[0])
            lines.append(f"| {title} | {sizes[0]} / {sizes[1]} | {found[0]:.2f} / {found[1]:.2f} | {grows:.1f} |")
            print(lines[-1], flush=True)
    size = len(gp.derive(network(50), ["x", "x"], where=X, verify=False).index)
    lines.append(f"\nThe Hessian of 50 layers has {size:,} characters in index notation, its shared parts named.")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="put the table into benchmarks/README.md")
    lines = rows()
    print(lines[-1])
    if parser.parse_args().write:
        text = README.read_text("utf-8")
        README.write_text(
            re.sub(f"{MARK}.*{MARK}", lambda _: "\n".join([MARK, *lines, MARK]), text, flags=re.DOTALL), "utf-8"
        )


if __name__ == "__main__":
    main()
