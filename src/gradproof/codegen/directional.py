"""Products of a derivative with a vector, at the cost of the formula: the derivative itself is never formed.

jvp    D' v    how the formula changes along v
vjp    D u     the gradient of u' f
hvp    H v     how the gradient changes along v
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gradproof.differentiate import gradient, pullback, push_forward
from gradproof.errors import UnsupportedError
from gradproof.expr import Symbol, symbol
from gradproof.lower import STRUCTURAL, lower
from gradproof.replace import replace
from gradproof.shapes import Shape
from gradproof.tensor import Tensor, Variable, variable


def direction(d: Any, shape: Shape) -> Symbol:
    """A variable for the direction: v, or v_ where the formula has a v."""
    name = "v"
    while name in d.symbols or name in d.functions:
        name += "_"
    return symbol(name, shape)


def product(d: Any, kind: str) -> tuple[Tensor, Symbol]:
    """The tensor of such a product, and the variable of its direction. Raises UnsupportedError where the derivative is no Hessian, or no Jacobian."""
    if (len(d.wrt) == 2) != (kind == "hvp") or len(d.wrt) > 2:
        offered = "hvp" if len(d.wrt) == 2 else "jvp and vjp"
        raise UnsupportedError(f"{kind} of this derivative: it is by {', '.join(d.wrt)}", hint=f"there is {offered}" if len(d.wrt) < 3 else "")
    value = lower(d.expression, frozenset(d.wrt))
    wrt = [d.symbols[n] for n in d.wrt]
    if kind == "vjp":
        if sum(value.groups) != len(value.groups):
            raise UnsupportedError("vjp of a Kronecker product or of a stacked matrix is not supported yet")
        v = direction(d, d.expression.type)
        seed = variable(v.name, value.tensor.axes)
        return _known(pullback(value.tensor, _free(wrt[0]), seed), wrt), v
    moving = wrt[-1]
    v = direction(d, moving.type)
    moved: Mapping[Variable, Tensor] = {_free(moving): variable(v.name, moving.type.dims)}
    tensor = value.tensor if kind == "jvp" else gradient(value.tensor, _free(wrt[0]))
    return _known(push_forward(tensor, moved), wrt), v


def _free(s: Symbol) -> Variable:
    return variable(s.name, s.type.dims, s.facts - STRUCTURAL)


def _known(tensor: Tensor, wrt: Sequence[Symbol]) -> Tensor:
    """The tensor with the facts of the variables put back."""
    known: dict[Tensor, Tensor] = {_free(s): variable(s.name, s.type.dims, s.facts) for s in wrt if s.facts & STRUCTURAL}
    return replace(tensor, known) if known else tensor
