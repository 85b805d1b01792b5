"""Proofs of derivatives of determinants whose matrix is singular at every point, as det(x*y'), where the printed inverse has no value.

Each such matrix M is loosened: with a matrix T that does not move, M + T stands for it in the formula, in its derivative and in what is printed. What
holds of these for all T at which M + T is invertible holds in the limit of no T, since the determinant and its derivatives are polynomials.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gradproof.engine.contract import add, permute, symmetry
from gradproof.engine.lower import lower
from gradproof.engine.products import INV
from gradproof.engine.replace import replace
from gradproof.engine.tensor import Apply, Tensor, variable, walk_tensor
from gradproof.engine.triangular import DET
from gradproof.errors import GradproofError
from gradproof.facts.basic import SYMMETRIC
from gradproof.notation.expr import Call, Expr, Number, Symbol, call, fold, substitute, symbol, walk
from gradproof.ops.basic import POW, TRANSPOSE
from gradproof.ops.operation import Monomial
from gradproof.records import dataclass


@dataclass(frozen=True)
class Loose:
    """`of`: the matrices, as they are written."""

    expr: Expr
    tensor: Tensor
    result: Expr
    of: tuple[str, ...]


def loosened(expr: Expr, tensor: Tensor, result: Expr, wrt: Sequence[Symbol]) -> Loose | None:
    """A formula, its derivative and what is printed of it, with M + T for each matrix M that has a determinant; None where there is no limit.

    That the matrices are loose wherever they stand is left to the proof: it fails where something was simplified that needs them to be singular.
    """
    found = [*dict.fromkeys(_upright(e.args[0]) for e in walk(expr) if isinstance(e, Call) and e.op is DET)]
    if not found or not _smooth(expr):
        return None
    whole: dict[Expr, Expr] = {}
    known: dict[Tensor, Tensor] = {}
    names = _free({s.name for s in expr.variables})
    try:
        for m in found:
            base = lower(m, frozenset(s.name for s in wrt)).tensor
            t = symbol(next(names), m.type, SYMMETRIC if symmetry(base) > 0 else frozenset())
            own = variable(t.name, base.axes, t.facts)
            whole[m] = call("add", m, t)
            for turned in ((0, 1), (1, 0)):
                moved = [(1, permute(base, turned)), (1, permute(own, turned))]
                known[moved[0][1]] = add(moved, moved[0][1].axes)
        inner = {n.args[0] for n in walk_tensor(tensor) if isinstance(n, Apply) and n.op in (DET, INV)}
        if not inner <= known.keys():
            return None
        told = tuple(m.ascii for m in found)
        return Loose(substitute(expr, whole), replace(tensor, known), substitute(result, whole), told)
    except GradproofError:
        return None


def _smooth(expr: Expr) -> bool:
    """Whether a formula has a value and derivatives whatever its determinants are: none is divided by, and none stands in log."""
    ended = False

    def visit(e: Expr, below: list[bool]) -> bool:
        """Whether a determinant stands in it."""
        nonlocal ended
        if not isinstance(e, Call):
            return False
        ended = ended or e.op is INV or (any(below) and e.op is not DET and _may_end(e, below))
        return e.op is DET or any(below)

    fold(expr, visit)
    return not ended


def _may_end(e: Call, args: Sequence[bool]) -> bool:
    """Whether an operation may have no value, or no derivative, at what these of its arguments are."""
    if e.op is POW:
        exponent = e.args[1]
        return not (isinstance(exponent, Number) and exponent.value.denominator == 1 and exponent.value >= 1)
    if isinstance(e.op.meaning, Monomial):
        return any(
            below and (p < 0 or p.denominator > 1) for below, p in zip(args, e.op.meaning.exponents, strict=True)
        )
    return e.op.domain is not None


def _upright(m: Expr) -> Expr:
    return m.args[0] if isinstance(m, Call) and m.op is TRANSPOSE else m


def _free(taken: set[str]) -> Iterator[str]:
    """Names for matrices that are not taken."""
    return (n for n in ("T", *(f"T{k}" for k in range(1, 99))) if n not in taken)
