"""Derivatives by the right side of a matrix equation, in vec notation: vec(sylv(A, B, dC)) = inv(kron(eye(m),A) + kron(B',eye(n)))*vec(dC)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from gradproof.engine.contract import contract
from gradproof.engine.lower import template
from gradproof.engine.tensor import Apply, Contraction, Exponent, Factor, Tensor
from gradproof.lift.lifter import Lifter
from gradproof.lift.pretty import Term
from gradproof.notation.expr import Call, Expr, call, fold, rebuild, walk
from gradproof.notation.template import put
from gradproof.ops import Operation, basic
from gradproof.patterns import pattern

LETTERS = "ABCD"
_WORD = pattern(r"\w+")
_NUMBER = ("scalar", "scalar integer")  # what a number is as the second argument: an exponent, too
OfTensor = Callable[[Tensor, Sequence[int], Sequence[int]], Expr]  # the vec form of one, by its row and column axes


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


def solved_between(t: Tensor, rows: Sequence[int], cols: Sequence[int], lifter: Lifter, form: OfTensor) -> Term | None:
    """The same where the operation is multiplied, and what moves in its last argument is: the matrix of what is behind it, its own, and that of what moves."""
    every: tuple[Factor, ...] = t.factors if isinstance(t, Contraction) else ((t, tuple(range(t.order)), 1),)
    coefficient, places = (t.coefficient, t.out) if isinstance(t, Contraction) else (Fraction(1), tuple(range(t.order)))
    dims = dict(enumerate(t.dims if isinstance(t, Contraction) else t.axes))
    for f in every:
        node, indices, e = f
        value, moving = indices[:2], indices[2:]
        rest = [g for g in every if g is not f and g[1]]
        if (
            not isinstance(node, Apply)
            or e != 1
            or len({*indices}) != 2 + len(cols)
            or not is_solved(node.op, len(node.args))
        ):
            continue
        if {places[a] for a in cols} != set(moving) or any(not set(moving).isdisjoint(g[1]) for g in rest):
            continue
        mine, first = tuple([places[a] for a in rows]), len(dims)
        dims |= {first: node.axes[0], first + 1: node.axes[1]}
        units = [(contract(1, (), (0, 0), {0: node.axes[k]}), (value[k], first + k), 1) for k in (0, 1)]
        out = (*mine, first, first + 1)
        behind = contract(1, [*rest, *units], out, {i: dims[i] for i in out})
        matrix = _written(node.op.stacked, [lifter.lift(a) for a in node.args[:-1]], lifter.style.transpose)
        ends, count = [2 + moving.index(places[a]) for a in cols], len(mine)
        ways = []
        for u, v, own in ((0, 1, matrix), (1, 0, _exchanged(matrix))):  # column after column, or row after row
            chain = (form(behind, range(count), (count + v, count + u)), own, form(node.args[-1], (v, u), ends))
            ways.append(tuple([x for x in chain if not (isinstance(x, Call) and x.op is basic.EYE)]))
        scalars = tuple([(lifter.lift(s), x) for s, i, x in every if not i])
        return Term(coefficient, scalars, min(ways, key=lambda way: sum(1 for x in way for _ in walk(x))))
    return None


def is_solved(op: Operation, arguments: int) -> bool:
    """Whether an operation of so many arguments has a matrix in vec notation: a Fréchet derivative along one direction, not along two."""
    given = [x for x in LETTERS if x in _WORD.findall(op.stacked)]
    return bool(given) and len(given) == arguments - 1


def _unit(t: Tensor) -> bool:
    """Whether it is each unit matrix, by its row and column."""
    return isinstance(t, Contraction) and not t.factors and t.coefficient == 1 and t.out in ((0, 1, 0, 1), (0, 1, 1, 0))


def stacked(e: Call) -> Expr:
    """The matrix of an operation that is linear in its last argument."""
    return _written(e.op.stacked, e.args[:-1], lambda a: call(basic.TRANSPOSE, a))


def _written(text: str, args: Sequence[Expr], turn: Callable[[Expr], Expr]) -> Expr:
    sizes = ("matrix n n", "matrix m m" if len(args) > 1 and args[1].type.kind == "m" else _NUMBER[text.count("^B")])
    where = tuple((x, s) for x, s, _ in zip(LETTERS, sizes, args, strict=False))
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


__all__ = ["is_solved", "solved", "solved_between", "stacked"]
