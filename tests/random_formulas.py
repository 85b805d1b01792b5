"""Random well-formed formulas over every operation of the table, for tests that ask whether any of them goes wrong."""

from __future__ import annotations

import random

from gradproof.errors import GradproofError
from gradproof.notation.expr import Call, Expr, call, fold, number, rebuild
from gradproof.notation.made import matrix_variable as matrix
from gradproof.notation.made import scalar, vector
from gradproof.ops import TABLE
from gradproof.ops.operation import Reserved
from gradproof.ops.reductions import REDUCTIONS
from gradproof.shapes.dims import dim
from gradproof.shapes.shape import Shape

N, M = dim("n"), dim("m")
SHAPES = [
    Shape("s"),
    Shape("v", (N,)),
    Shape("v", (M,)),
    Shape("r", (N,)),
    Shape("m", (N, N)),
    Shape("m", (M, N)),
    Shape("m", (N, M)),
]
LEAVES: list[Expr] = [
    scalar("c"), scalar("t", "positive"), vector("x", "n"), vector("y", "n"), vector("u", "m"), matrix("A", "n", "n"), matrix("B", "m", "n"),
    matrix("X", "n", "n"), matrix("S", "n", "n", "symmetric"), matrix("P", "n", "n", "posdef"), matrix("C", "n", "m"),
    matrix("Q", "n", "n", "orthogonal"), matrix("K", "n", "n", "antisymmetric"), matrix("D", "n", "n", "diagonal"),
]  # fmt: skip
CONSTANTS = [call("eye", params=(N,)), call("ones", params=(N,)), call("ones", params=(M, N)), number(2), number(3)]
OWN_TESTS = {
    "conj",
    "re",
    "im",
    "pinv",
    "erfc",
    "gelu",
    "lgamma",
    "digamma",
    "trigamma",
}  # not continuous, or without all derivatives
OPERATIONS = [
    op
    for op in TABLE.values()
    if not isinstance(op.meaning, Reserved)
    and not op.letters
    and (op.kernel is None or op.name in ("inv", "det"))  # functions and spectra of matrices have tests of their own
    and op.name not in {"kron", "pi", *OWN_TESTS, *(r.name for r in REDUCTIONS)}
]


def formula(seed: int, depth: int = 4, shape: Shape | None = None) -> Expr:
    """A random formula, of a given shape where one is asked for."""
    rng = random.Random(seed)
    pool: list[Expr] = [*LEAVES, *rng.sample(CONSTANTS, 2)]
    made: list[Expr] = []
    for _ in range(400):
        op = rng.choice(OPERATIONS)
        recent = made[-4:] if made and rng.random() < 0.7 else pool
        args = [rng.choice(recent if k == 0 else pool) for k in range(op.arity)]
        if op.symbol in ("^", ".^"):
            args[1] = number(rng.choice((2, 3))) if rng.random() < 0.8 else call("neg", number(1))
        rng.shuffle(args) if op.symbol in ("*", "+", ".*") else None
        try:
            e = call(op, *args)
        except GradproofError:
            continue
        if e.type in SHAPES or e.type.kind == "s":
            made.append(e)
            pool.append(e)
        if len(made) >= depth and (shape is None or e.type == shape):
            return e
    return made[-1]


def reordered(e: Expr, seed: int) -> Expr:
    """The same value, written in another way: terms and factors that may change places do, and A*B is written as (B'*A')'."""
    rng = random.Random(seed)

    def visit(node: Expr, args: list[Expr]) -> Expr:
        if isinstance(node, Call) and rng.random() < 0.6:
            if node.op.symbol in ("+", ".*"):
                return call(node.op, *reversed(args))
            if node.op.symbol == "-" and len(args) == 2:
                return call("add", call("neg", args[1]), args[0])
            if node.op.symbol == "*" and node.type.kind == "m" and all(a.type.kind != "s" for a in args):
                return call("mul", args[1].T, args[0].T).T
        return rebuild(node, tuple(args))

    return fold(e, visit)
