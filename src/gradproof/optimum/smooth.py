"""Whether a Hessian tells all: the formula is twice differentiable inside a convex domain, and continuous up to its border."""

from __future__ import annotations

from gradproof.engine.bounds import bounds, definite
from gradproof.engine.tensor import Apply, Contraction, Exponent, Sum, Tensor, Unknown, Variable, walk_tensor
from gradproof.ops.basic import INV
from gradproof.ops.domain import DETERMINANT_POSITIVE
from gradproof.ops.operation import Elementwise, Power
from gradproof.optimum.behaviour import even
from gradproof.optimum.curvature import Curves


def smooth(t: Tensor, curves: Curves) -> bool:
    """Whether the Hessian of a tensor may be taken for its curvature, wherever the declared facts hold."""
    return all(curves.of(node).constant or _smooth(node, curves) for node in walk_tensor(t))


def _smooth(node: Tensor, curves: Curves) -> bool:
    match node:
        case Contraction(factors=factors):
            return all(curves.of(f).constant or _power(f, e, curves) for f, _, e in factors)
        case Apply(args=args) if len(args) == 1:
            return _applied(node, curves)
        case Apply(op=op, args=args):
            return isinstance(op.meaning, Power) and bounds(args[0]).positive
        case Unknown():
            return False
        case Sum() | Variable():
            return True
    return True


def _power(base: Tensor, e: Exponent, curves: Curves) -> bool:
    b = bounds(base)
    if isinstance(e, int):
        return e > 0 or b.positive or b.high < 0
    return b.positive or curves.of(base).concave


def _applied(node: Apply, curves: Curves) -> bool:
    op, arg = node.op, node.args[0]
    if not (even(op) if op.elementwise else op.analytic):
        return False
    if op.domain is None:
        return True
    if isinstance(op.meaning, Elementwise):
        if op.domain.met(bounds(arg)):
            return True
        inner = curves.of(arg)
        return (op.domain.relation == ">" and op.domain.of == "x" and inner.concave) or (
            op.domain.relation == "<" and inner.affine
        )
    regular = op is INV or op.domain is DETERMINANT_POSITIVE  # then semidefinite is definite
    return definite(arg) == 2 or (definite(arg) == 1 and regular and curves.of(arg).affine)
