"""Derivatives by the right side of a matrix equation, in vec notation: vec(sylv(A, B, dC)) = inv(kron(eye(m),A) + kron(B',eye(n)))*vec(dC)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from gradproof.engine.lower import template
from gradproof.engine.tensor import Apply, Contraction, Exponent, Tensor
from gradproof.lift.lifter import Lifter
from gradproof.lift.pretty import Term
from gradproof.notation.expr import Call, Expr, call, fold, rebuild
from gradproof.notation.template import put
from gradproof.ops import Operation, basic

LETTERS = "ABCD"


def solved(t: Tensor, rows: Sequence[int], cols: Sequence[int], lifter: Lifter) -> Term | None:
    """The matrix of a number times an operation at each unit matrix; None of any other tensor. `rows` and `cols`: axes, slow ones first."""
    coefficient, scalars, node, labels = Fraction(1), list[tuple[Expr, Exponent]](), t, tuple(range(t.order))
    if isinstance(t, Contraction):
        whole = [f for f in t.factors if f[1]]
        if len(whole) != 1 or whole[0][2] != 1 or t.summed or len(set(t.out)) < 4:
            return None
        node, labels, _ = whole[0]
        labels = tuple(t.out.index(i) for i in labels)
        coefficient, scalars = t.coefficient, [(lifter.lift(f), e) for f, indices, e in t.factors if not indices]
    if not isinstance(node, Apply) or not is_solved(node.op, len(node.args)) or not _unit(node.args[-1]):
        return None
    value, given = labels[:2], labels[2:]
    swapped = node.args[-1].out != (0, 1, 0, 1)  # type: ignore[attr-defined]
    given = given[::-1] if swapped else given  # row and column of the unit matrix, as axes of t
    sides = [tuple(rows), tuple(cols)]
    turned = set(value) == set(cols)  # the value stands in the columns
    if {frozenset(value), frozenset(given)} != {frozenset(s) for s in sides}:
        return None
    of_value, of_given = sides[::-1] if turned else sides
    by_rows = [side == pair for side, pair in ((of_value, value), (of_given, given))]  # instead of column after column
    turn = lifter.style.transpose
    matrix = _written(node.op.stacked, [turn(a) if turned else a for a in map(lifter.lift, node.args[:-1])], turn)
    chain = [_exchanged(matrix) if by_rows[0] else matrix]
    if by_rows[0] != by_rows[1]:
        m, n = node.args[-1].axes[:2]
        chain.append(call("commutation", params=(m, n) if by_rows[0] != turned else (n, m)))
    return Term(coefficient, tuple(scalars), tuple(chain[::-1] if turned else chain))


def is_solved(op: Operation, arguments: int) -> bool:
    """Whether an operation of so many arguments has a matrix in vec notation: a Fréchet derivative along one direction, not along two."""
    return bool(op.stacked) and LETTERS[arguments - 1] not in op.stacked and LETTERS[arguments - 2] in op.stacked


def _unit(t: Tensor) -> bool:
    """Whether it is each unit matrix, by its row and column."""
    return isinstance(t, Contraction) and not t.factors and t.coefficient == 1 and t.out in ((0, 1, 0, 1), (0, 1, 1, 0))


def stacked(e: Call) -> Expr:
    """The matrix of an operation that is linear in its last argument."""
    return _written(e.op.stacked, e.args[:-1], lambda a: call(basic.TRANSPOSE, a))


def _written(text: str, args: Sequence[Expr], turn: Callable[[Expr], Expr]) -> Expr:
    sizes = ("n n", "m m") if len(args) > 1 else ("n n",)
    where = tuple((x, f"matrix {s}") for x, s in zip(LETTERS, sizes, strict=False))
    e = put(template(text, where), dict(zip(LETTERS, args, strict=False)))
    return fold(e, lambda n, a: turn(a[0]) if isinstance(n, Call) and n.op is basic.TRANSPOSE else rebuild(n, tuple(a)))


def _exchanged(e: Expr) -> Expr:
    """With rows stacked in the place of columns: the factors of each Kronecker product change places."""

    def visit(node: Expr, args: list[Expr]) -> Expr:
        return (
            call(basic.KRON, *args[::-1])
            if isinstance(node, Call) and node.op is basic.KRON
            else rebuild(node, tuple(args))
        )

    return fold(e, visit)


__all__ = ["is_solved", "solved", "stacked"]
