"""Products of a derivative with a vector, at the cost of the formula: the derivative itself is never formed.

jvp    D' v    how the formula changes along v
vjp    D u     the gradient of u' f
hvp    H v     how the gradient changes along v
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gradproof.engine.differentiate import gradient, pullback, push_forward
from gradproof.engine.lower import lower
from gradproof.engine.replace import replace
from gradproof.engine.tensor import Tensor, Variable, variable
from gradproof.errors import UnsupportedError
from gradproof.facts import TIES
from gradproof.notation.expr import Expr, Symbol, symbol
from gradproof.say import NOTHING, listed, say
from gradproof.shapes.shape import Shape


def unused(name: str, d: Any) -> str:
    """The name, or one like it that the formula does not have."""
    while name in d.symbols or name in d.functions:
        name += "_"
    return name


def direction(d: Any, shape: Shape) -> Symbol:
    """A variable for the direction: v, or v_ where the formula has a v."""
    return symbol(unused("v", d), shape)


def pulled_back(expression: Expr, s: Symbol, seed: str) -> Tensor:
    """The gradient by a variable of the inner product of the formula and a variable called `seed`. Raises NotDifferentiableError."""
    value = lower(expression, frozenset({s.name})).tensor
    return _known(pullback(value, _free(s), variable(seed, value.axes)), [s])


def along(expression: Expr, moving: Sequence[Symbol], directions: Mapping[str, str]) -> Tensor:
    """How the formula changes when variables change along those that are called as `directions` says. Raises NotDifferentiableError."""
    moved: Mapping[Variable, Tensor] = {_free(s): variable(directions[s.name], s.type.dims) for s in moving}
    return _known(push_forward(lower(expression, frozenset(s.name for s in moving)).tensor, moved), moving)


def product(d: Any, kind: str) -> tuple[Tensor, Symbol]:
    """The tensor of such a product, and the variable of its direction. Raises UnsupportedError where the derivative is no Hessian, or no Jacobian."""
    if (len(d.wrt) == 2) != (kind == "hvp") or len(d.wrt) > 2:
        second = ["gp.hessian(…).hvp"] if d.axes.kind == "s" else []
        offered = listed(["hvp"] if len(d.wrt) == 2 else ["jvp", "vjp", *second], "and")
        raise UnsupportedError(
            say("{kind} of this derivative: it is by {names}", kind=kind, names=listed(d.wrt)),
            hint=say("there is {offered}", offered=offered) if len(d.wrt) < 3 else NOTHING,
        )
    wrt = [d.symbols[n] for n in d.wrt]
    v = direction(d, d.expression.type if kind == "vjp" else wrt[-1].type)
    if kind == "vjp":
        value = lower(d.expression, frozenset(d.wrt))
        if sum(value.groups) != len(value.groups):
            raise UnsupportedError(say("vjp of a Kronecker product or of a stacked matrix is not supported yet"))
        return pulled_back(d.expression, wrt[0], v.name), v
    if kind == "jvp":
        return along(d.expression, wrt, {wrt[0].name: v.name}), v
    slope = gradient(lower(d.expression, frozenset(d.wrt)).tensor, _free(wrt[0]))
    return _known(push_forward(slope, {_free(wrt[-1]): variable(v.name, v.type.dims)}), wrt), v


def _free(s: Symbol) -> Variable:
    return variable(s.name, s.type.dims, s.facts - TIES)


def _known(tensor: Tensor, wrt: Sequence[Symbol]) -> Tensor:
    """The tensor with the facts of the variables put back."""
    known: dict[Tensor, Tensor] = {_free(s): variable(s.name, s.type.dims, s.facts) for s in wrt if s.facts & TIES}
    return replace(tensor, known) if known else tensor
