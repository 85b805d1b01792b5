"""The derivative of a matrix function along a direction that commutes with its argument: L(X; E) = E*f'(X)."""

from __future__ import annotations

from gradproof.engine.applied import apply
from gradproof.engine.contract import contract
from gradproof.engine.differentiate import push_forward
from gradproof.engine.linear import commutes, fixed_count
from gradproof.engine.lower import plain, substitute_template, template
from gradproof.engine.replace import replace
from gradproof.engine.tensor import Tensor, variable
from gradproof.ops import TABLE, Operation
from gradproof.ops.operation import Frechet, Primary


def slope(op: Operation, args: tuple[Tensor, ...]) -> Tensor:
    """The derivative of the function of a number, at a matrix (and a parameter)."""
    assert isinstance(op.meaning, Primary)
    where = (("X", "matrix n n"), ("Y", "matrix n n"), ("a", "scalar"))
    value = apply(op, args)
    parts = {"X": plain(args[0]), "Y": plain(value), "a": plain(args[-1])}
    return substitute_template(template(op.meaning.derivative, where), **parts).tensor


def commuting(op: Operation, args: tuple[Tensor, ...]) -> Tensor | None:
    if not isinstance(op.meaning, Frechet):
        return None
    fixed, x = fixed_count(op), args[0]
    assert fixed is not None
    directions = args[fixed:]
    for k, e in enumerate(directions):
        others = [d for j, d in enumerate(directions) if j != k]
        if e.order == 2 and commutes(e, x) and all(d.order == 2 and commutes(e, d) for d in others):
            function = TABLE[op.meaning.of]
            if not others:
                along = slope(function, args[:fixed])
            else:
                x_ = variable("\0X", x.axes)  # a name that no formula can have
                along = slope(function, (x_, *args[1:fixed]))
                for d in others:
                    along = push_forward(along, {x_: d})
                along = replace(along, {x_: x})
            return contract(1, [(e, (0, 1), 1), (along, (1, 2), 1)], (0, 2))
    return None
