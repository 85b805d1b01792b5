"""The value of a tensor, with NumPy: what `d.evaluate` computes.

What is proven positive (exponentials, their sums and products) is kept by its logarithm as long as that is possible, and products of very large or very
small numbers by a common power of two, so that softmax, log-sum-exp, 1 - sigmoid and norms have their digits wherever the result has a floating-point number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from gradproof.engine.products import (
    CONDITION,
    INV,
    SingularError,
    contraction_value,
    given_array,
    is_diagonal,
    length,
    lengths,
    settled,
)
from gradproof.engine.tensor import (
    Apply,
    Contraction,
    Length,
    Stacking,
    Sum,
    Tensor,
    Unknown,
    Variable,
    fold_tensor,
    walk_tensor,
)
from gradproof.engine.triangular import DET
from gradproof.errors import DomainError
from gradproof.notation.decimals import floating
from gradproof.numeric.evaluate import filled
from gradproof.numeric.given import numpy
from gradproof.ops import Operation
from gradproof.ops.arrays import HELPER
from gradproof.ops.basic import LOG
from gradproof.ops.operation import Fill
from gradproof.ops.steady import Positive
from gradproof.say import carried, say


def tensor_value(t: Tensor, values: Mapping[str, Any], sizes: Mapping[str, int], np: Any = None) -> Any:
    """The array of a tensor, for arrays by name and sizes of dimensions. `np`: what stands for NumPy, as `bare` does.

    Raises DomainError for a variable or a size without a value, and for a singular matrix.
    """
    np = np or numpy()
    with np.errstate(over="ignore", under="ignore"):  # what is kept by its logarithm may have no number itself
        return settled(np, fold_tensor(t, lambda node, args: node_array(np, node, args, values, sizes)))


def node_array(np: Any, node: Tensor, args: list[Any], values: Mapping[str, Any], sizes: Mapping[str, int]) -> Any:
    """The value of one node: an array, or what becomes one by `settled`."""
    match node:
        case Variable(name=name):
            return np.asarray(given_array(values, name))
        case Length(dim=d):
            return float(length(d, sizes))
        case Stacking():
            return None
        case Contraction():
            return contraction_value(np, node, args, sizes)
        case Sum():
            return _sum(np, node, args, sizes)
        case Apply(op=op):
            return _applied(np, op, args)
        case Unknown(function=function, partials=partials):
            return np.asarray(given_array(values, function.spelling(partials))(*[settled(np, a) for a in args]))
    raise AssertionError(node)


def loses_digits(np: Any, t: Tensor, values: Mapping[str, Any], sizes: Mapping[str, int]) -> bool:
    """Whether a determinant times an inverse may be a product of a tiny and a huge number here: of an adjugate, which is neither."""
    called: dict[Operation, set[Tensor]] = {DET: set(), INV: set()}
    for node in walk_tensor(t):
        if isinstance(node, Apply) and node.op in called:
            called[node.op].add(node.args[0])
    inverted = [np.asarray(tensor_value(a, values, sizes, np)) for a in called[INV]] if called[DET] else []
    return any(np.size(a) and np.all(np.isfinite(a)) and np.linalg.cond(a) > CONDITION for a in inverted)


# -- operations


def _applied(np: Any, op: Operation, args: Sequence[Any]) -> Any:
    if op is LOG and isinstance(args[0], Positive):
        return args[0].log
    arrays = [settled(np, a) for a in args]
    if isinstance(op.meaning, Fill):
        return filled(op, np.shape(arrays[0]), np)
    if op.steady is not None and not np.iscomplexobj(arrays[0]):
        return op.steady(np, arrays[0])
    try:
        return op.value(np, *arrays)
    except np.linalg.LinAlgError as error:
        if op.domain is not None and op.domain.margin is not None:
            raise DomainError(say("{op} needs {domain}", op=op.name, domain=op.domain.text)) from None
        if op.kernel is not None and HELPER.search(op.numpy):
            raise DomainError(say("{op}: {problem}", op=op.name, problem=carried(str(error)))) from None
        raise SingularError(say("{op}: the matrix is singular", op=op.name)) from None
    except ValueError:
        if any(np.size(a) == 0 for a in arrays):
            raise DomainError(say("{op}: an array has no entries", op=op.name)) from None
        raise


# -- sums


def _sum(np: Any, node: Sum, args: Sequence[Any], sizes: Mapping[str, int]) -> Any:
    if not node.terms:
        return np.zeros(lengths(node.axes, sizes))
    near = _one_minus(np, node, args)
    if near is not None:
        return near
    scaled = [
        floating(c) * settled(np, a) if c != 1 else settled(np, a) for (c, _), a in zip(node.terms, args, strict=True)
    ]
    total = sum(scaled[1:], scaled[0])
    logs = [_log_of(np, c, t, a) for (c, t), a in zip(node.terms, args, strict=True)]
    if any(isinstance(a, Positive) for a in args) and all(log is not None for log in logs):
        log = logs[0]
        for other in logs[1:]:
            log = np.logaddexp(log, other)
        return Positive(log, total)
    return total


def _log_of(np: Any, c: Fraction, t: Tensor, a: Any) -> Any:
    """The logarithm of a multiple of a value that is known to be positive; None where it is not."""
    if c <= 0:
        return None
    if isinstance(a, Positive):
        return a.log + np.log(float(c))
    constant = isinstance(t, Contraction) and not t.factors and t.coefficient > 0 and not is_diagonal(t)
    return np.log(float(c) * a) if constant else None


def _one_minus(np: Any, node: Sum, args: Sequence[Any]) -> Any:
    """c - c*p for a positive p, from its logarithm, so that it has its digits where p is near one; None where the sum is none."""
    if len(node.terms) != 2:
        return None
    for k in (0, 1):
        (c, one), (e, _), p = node.terms[k], node.terms[1 - k], args[1 - k]
        constant = isinstance(one, Contraction) and not one.factors and not one.summed and not is_diagonal(one)
        if constant and isinstance(p, Positive) and c * one.coefficient == -e:  # type: ignore[union-attr]
            return float(e) * np.expm1(p.log)
    return None


# -- products
