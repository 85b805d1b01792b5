"""Derivatives through variables that are defined by an equation F = 0: dF = 0, solved by one inverse, in its adjoint form.

u = inv(∂F/∂x)*∂f/∂x,  and the derivative of f by p loses what F hands to p for u: where ∂f/∂x is zero, nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from gradproof.engine.applied import apply
from gradproof.engine.contract import add, contract
from gradproof.engine.differentiate import gradient, pullback
from gradproof.engine.tensor import Sum, Tensor, Variable
from gradproof.errors import UnsupportedError
from gradproof.ops import basic
from gradproof.say import say

INV = basic.INV
Equations = Sequence[tuple[Variable, Tensor]]  # a variable, and what is zero; those that depend on others first


def total_gradient(output: Tensor, wrt: Variable, equations: Equations) -> Tensor:
    """The derivative of a tensor by a variable, also through the variables that are defined by equations."""
    total = [(1, gradient(output, wrt))]
    adjoints = {x: [gradient(output, x)] for x, _ in equations}
    for k, (x, zero) in enumerate(equations):
        parts = adjoints[x]
        g = parts[0] if len(parts) == 1 else add([(1, p) for p in parts], parts[0].axes)
        if isinstance(g, Sum) and not g.terms:
            continue
        u = _solved(zero, x, g)
        total.append((-1, pullback(zero, wrt, u)))
        for y, _ in equations[k + 1 :]:
            adjoints[y].append(contract(-1, [(pullback(zero, y, u), tuple(range(g.order - x.order + y.order)), 1)],
                                        tuple(range(g.order - x.order + y.order))))  # fmt: skip
    return add(total, total[0][1].axes)


def _solved(zero: Tensor, x: Variable, g: Tensor) -> Tensor:
    """u with (∂F/∂x) u = g."""
    if x.order > 1:
        raise UnsupportedError(say("a matrix that is defined by an equation is not supported; sylv, lyap, care are"))
    slope = gradient(zero, x)
    own = tuple(range(g.order))
    if not x.order:
        return contract(1, [(g, own, 1), (slope, (), -1)], own)
    return contract(1, [(apply(INV, (slope,)), (g.order, 0), 1), (g, own, 1)], (g.order, *own[1:]))
