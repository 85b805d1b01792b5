"""The value of a tensor, with NumPy: what `d.evaluate` computes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import prod
from typing import Any

from gradproof.budget import room
from gradproof.engine.tensor import (
    Apply,
    Contraction,
    Exponent,
    Length,
    Sum,
    Tensor,
    Unknown,
    Variable,
    fold_tensor,
    walk_tensor,
)
from gradproof.errors import DomainError
from gradproof.notation.decimals import floating
from gradproof.ops import TABLE, Operation
from gradproof.shapes.dims import Dim

DET, INV = TABLE["det"], TABLE["inv"]
CONDITION = 1e6  # of a matrix from which on its determinant times its inverse is found as a limit


class SingularError(DomainError):
    """A matrix that has no inverse."""


def tensor_value(t: Tensor, values: Mapping[str, Any], sizes: Mapping[str, int]) -> Any:
    """The array of a tensor, for arrays by name and sizes of dimensions.

    Raises DomainError for a variable or a size without a value, and for a singular matrix.
    """
    import numpy as np  # numbers are needed only here

    def visit(node: Tensor, args: list[Any]) -> Any:
        match node:
            case Variable(name=name):
                return np.asarray(_given(values, name))
            case Length(dim=d):
                return float(_size(d, sizes))
            case Contraction():
                return _contraction(np, node, args, sizes)
            case Sum(terms=terms):
                if not terms:
                    return np.zeros(_shape(node.axes, sizes))
                scaled = [floating(c) * a if c != 1 else a for (c, _), a in zip(terms, args, strict=True)]
                return sum(scaled[1:], scaled[0])
            case Apply(op=op):
                return _applied(np, op, args)
            case Unknown(function=function, partials=partials):
                return np.asarray(_given(values, function.spelling(partials))(*args))
        raise AssertionError(node)

    return fold_tensor(t, visit)


def loses_digits(t: Tensor, values: Mapping[str, Any], sizes: Mapping[str, int]) -> bool:
    """Whether a determinant times an inverse is a product of a tiny and a huge number here: the adjugate, which is neither."""
    import numpy as np  # numbers are needed only here

    args: dict[Operation, set[Tensor]] = {DET: set(), INV: set()}
    for node in walk_tensor(t):
        if isinstance(node, Apply) and node.op in args:
            args[node.op].add(node.args[0])
    both = [np.asarray(tensor_value(a, values, sizes)) for a in args[DET] & args[INV]]
    return any(np.all(np.isfinite(a)) and np.linalg.cond(a) > CONDITION for a in both)


def _given(values: Mapping[str, Any], name: str) -> Any:
    if name not in values:
        raise DomainError(f"no value given for {name}", hint=f"pass {name}=…")
    return values[name]


def _applied(np: Any, op: Operation, args: Sequence[Any]) -> Any:
    try:
        return op.value(np, *args)
    except np.linalg.LinAlgError:
        raise SingularError(f"{op.name}: the matrix is singular") from None
    except ValueError:
        if any(np.size(a) == 0 for a in args):
            raise DomainError(f"{op.name}: an array has no entries") from None
        raise


def _size(d: Dim, sizes: Mapping[str, int]) -> int:
    try:
        return d.evaluate(sizes)
    except KeyError as missing:
        raise DomainError(
            f"no array tells the size of dimension {missing.args[0]}", hint=f"pass {missing.args[0]}=… as well"
        ) from None


def _shape(axes: Sequence[Dim], sizes: Mapping[str, int]) -> list[int]:
    """The sizes of axes. Raises BudgetError where such an array would not fit into memory."""
    shape = [_size(d, sizes) for d in axes]
    room(prod(shape))
    return shape


def _contraction(np: Any, node: Contraction, args: Sequence[Any], sizes: Mapping[str, int]) -> Any:
    """By einsum; indices that stand twice in `out`, or in no factor, are filled in afterwards."""
    import opt_einsum  # numbers are needed only here

    scalars: Any = floating(node.coefficient)
    operands: list[Any] = []
    used: set[int] = set()
    for (_, indices, e), a in zip(node.factors, args, strict=True):
        a = _raise(np, a, e)
        if indices:
            operands += [a, indices]
            used.update(indices)
        else:
            scalars = scalars * a
    kept = tuple(i for i in dict.fromkeys(node.out) if i in used)
    result = scalars
    if operands:
        core = opt_einsum.contract(*operands, kept) if len(operands) > 4 else np.einsum(*operands, kept)
        result = core if isinstance(scalars, float) and scalars == 1 else scalars * core
    return _expand(np, result, kept, node, sizes)


def _expand(np: Any, core: Any, kept: tuple[int, ...], node: Contraction, sizes: Mapping[str, int]) -> Any:
    """The array with all axes of `out`: broadcast along new ones, on the diagonal of repeated ones."""
    if kept == node.out:
        return core
    distinct = tuple(dict.fromkeys(node.out))
    shape = _shape([node.dims[i] for i in distinct], sizes)
    core = np.reshape(core, [n if i in kept else 1 for i, n in zip(distinct, shape, strict=True)])
    core = np.broadcast_to(core, shape)
    if distinct == node.out:
        return core
    whole = np.zeros(_shape(node.axes, sizes), dtype=core.dtype)
    grid = np.ogrid[tuple(slice(n) for n in shape)]
    whole[tuple(grid[distinct.index(i)] for i in node.out)] = core
    return whole


def _raise(np: Any, a: Any, e: Exponent) -> Any:
    if e == 1:
        return a
    if e == Fraction(1, 2):
        return np.sqrt(a)
    if e == -1:
        return 1.0 / a
    try:
        return a ** (float(e) if isinstance(e, Fraction) or e < 0 else e)
    except OverflowError:  # of Python's numbers; those of NumPy are infinite then
        return np.float64(a) ** float(e)
