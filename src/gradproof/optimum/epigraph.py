"""Kinks beside constraints: abs(u), relu(u) and the largest entry of u as variables t with t >= u, which is the same where everything rises with them."""

from __future__ import annotations

from collections.abc import Sequence

from gradproof.engine.bounds import bounds
from gradproof.engine.contract import add, contract
from gradproof.engine.differentiate import gradient
from gradproof.engine.replace import replace
from gradproof.engine.stable_logs import RELU
from gradproof.engine.tensor import Apply, Tensor, Variable, variable, walk_tensor
from gradproof.errors import GradproofError
from gradproof.notation.expr import Symbol, symbol
from gradproof.ops.basic import ABS
from gradproof.ops.reductions import LARGEST
from gradproof.optimum.linear import has
from gradproof.optimum.tidy import negative
from gradproof.records import dataclass
from gradproof.shapes.shape import SCALAR, Shape, column, matrix


@dataclass(frozen=True)
class Epigraph:
    """The value, what is compared with zero and how, and the new variables."""

    value: Tensor
    relations: tuple[tuple[Tensor, str], ...]
    symbols: tuple[Symbol, ...]


def lifted(
    value: Tensor, relations: Sequence[tuple[Tensor, str]], moving: frozenset[Variable], taken: Sequence[str]
) -> Epigraph | None:
    """The problem without these kinks; None where it has none, or where something falls with one of them."""
    parts = [value, *(t for t, _ in relations)]
    signs = ["<=", *(r for _, r in relations)]
    added: list[tuple[Tensor, str]] = []
    symbols: list[Symbol] = []
    while True:
        kinks = list(dict.fromkeys(n for p in parts for n in walk_tensor(p) if _kink(n, moving)))
        node = next(
            (n for n in kinks if not any(m is not n and has(m, n) for m in kinks)), None
        )  # the outer ones first
        if not isinstance(node, Apply):
            break
        k = len(symbols)
        while (name := f"t_{k}") in taken:
            k += 1
        taken = [*taken, name]
        t = variable(name, node.axes)
        parts = [replace(p, {node: t}) for p in parts]
        if not all(_rises(p, t, sign) for p, sign in zip(parts, signs, strict=True)):
            return None
        more = _above(node, t)
        added += more
        parts += [p for p, _ in more]
        signs += [r for _, r in more]
        symbols.append(symbol(name, _shape(node)))
    if not symbols:
        return None
    return Epigraph(parts[0], tuple(zip(parts[1:], signs[1:], strict=True)), tuple(symbols))


def _shape(t: Tensor) -> Shape:
    return SCALAR if not t.order else column(t.axes[0]) if t.order == 1 else matrix(*t.axes)


def _kink(n: Tensor, moving: frozenset[Variable]) -> bool:
    return isinstance(n, Apply) and n.op in (ABS, RELU, LARGEST) and any(has(n, v) for v in moving)


def _rises(p: Tensor, t: Variable, sign: str) -> bool:
    """Whether a smaller t is never worse: the value, and what is at most zero, do not fall with it."""
    if not has(p, t):
        return True
    try:
        slope = gradient(p, t)
    except GradproofError:
        return False
    return bounds(slope).nonnegative if sign == "<=" else sign == ">=" and bounds(negative(slope)).nonnegative


def _above(node: Apply, t: Variable) -> list[tuple[Tensor, str]]:
    """What says that t is at least as large."""
    u = node.args[0]
    if node.op is LARGEST:
        own = tuple(range(u.order))
        each = contract(1, [(t, (), 1)], own, dict(enumerate(u.axes)))
        return [(add([(1, u), (-1, each)], u.axes), "<=")]
    other = add([(-1, t)], t.axes) if node.op is RELU else add([(-1, u), (-1, t)], u.axes)
    return [(add([(1, u), (-1, t)], u.axes), "<="), (other, "<=")]
