"""Several derivatives of one formula at once: `gradients` and `hessian_blocks`, with one program that computes them all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar

from gradproof.asked import Where
from gradproof.budget import limited
from gradproof.choices import Layout, NotationName, Target
from gradproof.derivative import Derivative
from gradproof.errors import GradproofError, ParseError, public
from gradproof.mime import Bundle, bundle, displayed, listed
from gradproof.notation.expr import Expr, Symbol
from gradproof.records import dataclass
from gradproof.render.left import left_side
from gradproof.say import say
from gradproof.shorthands import gradient, hessian

if TYPE_CHECKING:
    from gradproof.codegen import Code

K = TypeVar("K")


@dataclass(frozen=True)
class Joint(Mapping[K, Derivative], Generic[K]):
    """Derivatives of one formula by name, in the order in which they were asked for."""

    derivatives: Mapping[K, Derivative]

    def __getitem__(self, key: K) -> Derivative:
        return self.derivatives[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self.derivatives)

    def __len__(self) -> int:
        return len(self.derivatives)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Bundle:
        """What a notebook shows: the formula as read, and one derivative below the other."""
        found = list(self.derivatives.values())
        shown = [displayed(f"{left_side(d.wrt, 'latex')} = {d.text('latex')}") for d in found]
        read = [displayed(f"f = {d.expression.latex}") for d in found[:1]]
        return bundle(repr(self), *read, *shown, listed([("layout", found[0].layout)] if found else []))

    def compile(self, target: Target = "numpy", value: bool = False, check: bool = True) -> Code:
        """One function that gives all of them, in this order, and with `value` the value of the formula before them. What they share is computed once."""
        from gradproof.codegen import jointly  # code is needed only here

        return jointly(list(self.derivatives.values()), target, value, check)


@public
@limited
def gradients(
    expression: str | Expr,
    wrt: Sequence[str | Symbol],
    where: Where = None,
    layout: Layout = "denominator",
    notation: NotationName = "auto",
    *,
    verify: bool = True,
) -> Joint[str]:
    """The gradients of a scalar by several variables: a mapping from each name to its derivative, with one shared program in `compile`.

    Raises what `gradient` raises.

    >>> g = gradients("norm2(X*w + b*ones(m) - y)^2", wrt=["w", "b"], where={"b": "scalar"})
    >>> g["w"].result.ascii
    "2*X'*(X*w + b*ones(m) - y)"
    """
    names = _several(wrt)
    return Joint({n: gradient(expression, n, where, layout, notation, verify=verify) for n in names})


@public
@limited
def hessian_blocks(
    expression: str | Expr,
    wrt: Sequence[str | Symbol],
    where: Where = None,
    layout: Layout = "denominator",
    notation: NotationName = "auto",
    *,
    verify: bool = True,
) -> Joint[tuple[str, str]]:
    """The blocks of the Hessian of a scalar by several variables: a mapping from each pair of names to the second derivative.

    Raises what `hessian` raises.

    >>> h = hessian_blocks("a*x'*x", wrt=["x", "a"], where="a: scalar; x: vector n")
    >>> h["x", "a"].result.ascii
    '2*x'
    """
    names = _several(wrt)
    pairs = [(a, b) for a in names for b in names]
    return Joint({(a, b): hessian(expression, [a, b], where, layout, notation, verify=verify) for a, b in pairs})


def _several(wrt: Sequence[str | Symbol]) -> list[str]:
    if isinstance(wrt, str | Symbol):
        wrt = [wrt]
    names = [w.name if isinstance(w, Symbol) else w for w in wrt]
    if not names or not all(isinstance(n, str) for n in names):
        raise ParseError(say("wrt is a list of names here"), hint=say('wrt=["w", "b"]'))
    if len(set(names)) < len(names):
        raise GradproofError(say("a variable is named twice"))
    return names
