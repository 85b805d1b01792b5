"""The value of a tensor, with NumPy: what `d.evaluate` computes.

What is proven positive (exponentials, their sums and products) is kept by its logarithm as long as that is possible, and products of very large or very
small numbers by a common power of two, so that softmax, log-sum-exp, 1 - sigmoid and norms have their digits wherever the result has a floating-point number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import prod
from typing import Any

from gradproof.budget import room
from gradproof.engine.stacking import Opened, opened
from gradproof.engine.tensor import (
    Apply,
    Contraction,
    Exponent,
    Length,
    Stacking,
    Sum,
    Tensor,
    Unknown,
    Variable,
    fold_tensor,
    walk_tensor,
)
from gradproof.errors import DomainError
from gradproof.notation.decimals import floating
from gradproof.numeric import bare
from gradproof.numeric.evaluate import diagonal, filled
from gradproof.numeric.given import numpy
from gradproof.ops import TABLE, Operation, basic
from gradproof.ops.arrays import HELPER
from gradproof.ops.operation import Fill
from gradproof.ops.steady import Positive, logsumexp
from gradproof.records import dataclass
from gradproof.say import carried, say
from gradproof.shapes.dims import Dim

CONDITION = 1e6  # of a matrix from which on its determinant times its inverse is found as a limit
WIDE = 60.0  # powers of two beyond which the entries of a product are brought to size first

DET, INV = TABLE["det"], basic.INV
LOG = TABLE["log"]


class SingularError(DomainError):
    """A matrix that has no inverse."""


@dataclass(frozen=True, slots=True)
class Scaled:
    """array * 2**power, where that has no floating-point number, or its powers would have none."""

    array: Any
    power: float


@dataclass(frozen=True, slots=True)
class _Operand:
    """A factor of a product: its value, its indices, its exponent."""

    value: Any
    indices: tuple[int, ...]
    e: Exponent


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
            return np.asarray(_given(values, name))
        case Length(dim=d):
            return float(_size(d, sizes))
        case Stacking():
            return None
        case Contraction():
            return _contraction(np, node, args, sizes)
        case Sum():
            return _sum(np, node, args, sizes)
        case Apply(op=op):
            return _applied(np, op, args)
        case Unknown(function=function, partials=partials):
            return np.asarray(_given(values, function.spelling(partials))(*[settled(np, a) for a in args]))
    raise AssertionError(node)


def loses_digits(np: Any, t: Tensor, values: Mapping[str, Any], sizes: Mapping[str, int]) -> bool:
    """Whether a determinant times an inverse is a product of a tiny and a huge number here: the adjugate, which is neither."""
    args: dict[Operation, set[Tensor]] = {DET: set(), INV: set()}
    for node in walk_tensor(t):
        if isinstance(node, Apply) and node.op in args:
            args[node.op].add(node.args[0])
    both = [np.asarray(tensor_value(a, values, sizes, np)) for a in args[DET] & args[INV]]
    return any(np.all(np.isfinite(a)) and np.linalg.cond(a) > CONDITION for a in both)


_FARTHEST = 2**20  # powers of two beyond which every number is infinite, or 0


def settled(np: Any, a: Any) -> Any:
    """A value as an array or number."""
    if isinstance(a, Positive):
        return a.value
    if isinstance(a, Scaled):
        whole = np.floor(a.power)
        part = a.array * 2.0 ** (a.power - whole)
        far = int(min(max(whole, -_FARTHEST), _FARTHEST))
        if np.iscomplexobj(part):
            return np.ldexp(np.real(part), far) + 1j * np.ldexp(np.imag(part), far)
        return np.ldexp(part, far)
    return a


def _given(values: Mapping[str, Any], name: str) -> Any:
    if name not in values:
        raise DomainError(say("no value given for {name}", name=name), hint=say("pass {name}=…", name=name))
    return values[name]


def _size(d: Dim, sizes: Mapping[str, int], number: Callable[[Mapping[str, int]], int] | None = None) -> int:
    try:
        return (number or d.evaluate)(sizes)
    except KeyError as missing:
        raise DomainError(
            say("no array tells the size of dimension {name}", name=missing.args[0]),
            hint=say("pass {name}=… as well", name=missing.args[0]),
        ) from None


def _shape(axes: Sequence[Dim], sizes: Mapping[str, int]) -> list[int]:
    """The sizes of axes. Raises BudgetError where such an array would not fit into memory."""
    shape = [_size(d, sizes, d.length) for d in axes]
    room(prod(shape))
    return shape


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
        return np.zeros(_shape(node.axes, sizes))
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
    constant = isinstance(t, Contraction) and not t.factors and t.coefficient > 0 and not _diagonal(t)
    return np.log(float(c) * a) if constant else None


def _one_minus(np: Any, node: Sum, args: Sequence[Any]) -> Any:
    """c - c*p for a positive p, from its logarithm, so that it has its digits where p is near one; None where the sum is none."""
    if len(node.terms) != 2:
        return None
    for k in (0, 1):
        (c, one), (e, _), p = node.terms[k], node.terms[1 - k], args[1 - k]
        constant = isinstance(one, Contraction) and not one.factors and not one.summed and not _diagonal(one)
        if constant and isinstance(p, Positive) and c * one.coefficient == -e:  # type: ignore[union-attr]
            return float(e) * np.expm1(p.log)
    return None


def _diagonal(node: Contraction) -> bool:
    return len(set(node.out)) < len(node.out)


# -- products


def _contraction(np: Any, node: Contraction, args: Sequence[Any], sizes: Mapping[str, int]) -> Any:
    """By einsum; indices that stand twice in `out`, or in no factor, are filled in afterwards."""
    found = opened(node.factors, node.out)
    if found is not None:
        return _unstacked(np, node, found, args, sizes)
    operands = [_Operand(a, indices, e) for (_, indices, e), a in zip(node.factors, args, strict=True)]
    positive = [o for o in operands if isinstance(o.value, Positive)]
    if positive and not any(np.iscomplexobj(o.value.log) for o in positive):
        merged = _merged(np, positive)
        if len(merged) == len(operands) == 1 and node.coefficient > 0 and not _diagonal(node):
            return _positive(np, merged[0], node, sizes)
        operands = [*(o for o in operands if not isinstance(o.value, Positive)), *(_dense(np, o) for o in merged)]
    operands = [
        _Operand(settled(np, o.value) if isinstance(o.value, Positive) else o.value, o.indices, o.e) for o in operands
    ]
    power, operands = _brought_to_size(np, operands)
    core = _einsum(np, node, operands, sizes)
    return Scaled(core, power) if abs(power) > WIDE else settled(np, Scaled(core, power)) if power else core


def _unstacked(np: Any, node: Contraction, found: Opened, args: Sequence[Any], sizes: Mapping[str, int]) -> Any:
    """A product with stacked axes: of arrays that have the parts as axes."""
    operands = []
    for k, indices in found.factors:
        t, _, e = node.factors[k]
        a = stacking_array(np, _shape(t.axes, sizes)) if isinstance(t, Stacking) else settled(np, args[k])
        operands.append(_Operand(np.reshape(a, _shape([node.dims[i] for i in indices], sizes)), indices, e))
    power, operands = _brought_to_size(np, operands)
    product = _Product(node.coefficient, found.out, node.dims)
    core = np.reshape(settled(np, Scaled(_einsum(np, product, operands, sizes), power)), _shape(node.axes, sizes))
    return core if core.ndim else core[()]


def stacking_array(np: Any, shape: Sequence[int]) -> Any:
    """A stacking as an array."""
    return np.eye(shape[0]).reshape(shape)


@dataclass(frozen=True, slots=True)
class _Product:
    """What a product needs beside its factors."""

    coefficient: Fraction
    out: tuple[int, ...]
    dims: Sequence[Dim]

    @property
    def axes(self) -> tuple[Dim, ...]:
        return tuple(self.dims[i] for i in self.out)


def _merged(np: Any, found: Sequence[_Operand]) -> list[_Operand]:
    """Positive factors whose indices are those of others, or some of them, multiplied by adding logarithms."""
    found = sorted(found, key=lambda o: -len(o.indices))
    if len(found) == 1:
        return found
    merged: list[_Operand] = []
    for o in found:
        for k, host in enumerate(merged):
            if set(o.indices) <= set(host.indices) and not _twice(o.indices) and not _twice(host.indices):
                log = float(host.e) * host.value.log + float(o.e) * _turned(np, o.value.log, o.indices, host.indices)
                merged[k] = _Operand(Positive(log, None), host.indices, 1)
                break
        else:
            merged.append(o)
    return merged


def _twice(indices: tuple[int, ...]) -> bool:
    """Whether an index stands twice: the factor stands for its diagonal."""
    return len(set(indices)) < len(indices)


def _turned(np: Any, a: Any, indices: tuple[int, ...], wanted: tuple[int, ...]) -> Any:
    """An array of some indices, ready to broadcast over all of these."""
    a = np.transpose(a, sorted(range(len(indices)), key=lambda k: wanted.index(indices[k])))
    shape = iter(np.shape(a))
    return np.reshape(a, [next(shape) if i in indices else 1 for i in wanted])


def _dense(np: Any, o: _Operand) -> _Operand:
    """A positive factor as an array: by its logarithm where it has no value of its own."""
    if o.value.value is None:
        return _Operand(np.exp(o.value.log), o.indices, 1)
    return _Operand(o.value.value, o.indices, o.e)


def _positive(np: Any, o: _Operand, node: Contraction, sizes: Mapping[str, int]) -> Any:
    """The sum of a positive factor over what is not in the result, by its logarithm."""
    log = float(o.e) * o.value.log
    if len(set(o.indices)) < len(o.indices):
        distinct = tuple(dict.fromkeys(o.indices))
        log = np.einsum(log, o.indices, distinct)
    else:
        distinct = o.indices
    summed = tuple(k for k, i in enumerate(distinct) if i not in node.out)
    if summed:
        log = logsumexp(np, log, summed)
    kept = tuple(i for i in distinct if i in node.out)
    log = np.broadcast_to(_turned(np, log, kept, node.out), _shape(node.axes, sizes)) + np.log(float(node.coefficient))
    dense = _einsum(np, node, [_dense(np, o)], sizes)
    return Positive(_scalar(log), _scalar(np.where(np.isfinite(dense), dense, np.exp(log))))


def _scalar(a: Any) -> Any:
    """An array without axes as a number."""
    return a[()] if hasattr(a, "shape") else a


def _brought_to_size(np: Any, operands: Sequence[_Operand]) -> tuple[float, list[_Operand]]:
    """The operands with their largest entries near one, and the power of two that was taken out; nothing is done where all have moderate entries."""
    powers = [_power_of(np, o.value) for o in operands]
    if sum(abs(p * float(o.e)) for p, o in zip(powers, operands, strict=True)) <= 2 * WIDE:
        return 0.0, [_Operand(settled(np, o.value), o.indices, o.e) for o in operands]
    total, found = 0.0, []
    for p, o in zip(powers, operands, strict=True):
        inner = o.value.power if isinstance(o.value, Scaled) else 0.0
        array = o.value.array if isinstance(o.value, Scaled) else o.value
        shift = float(np.rint(p - inner))
        total += (shift + inner) * float(o.e)
        found.append(_Operand(np.ldexp(array, -int(shift)) if shift else array, o.indices, o.e))
    return total, found


def _power_of(np: Any, a: Any) -> float:
    """The power of two of the largest entry; 0 where there is none."""
    array, power = (a.array, a.power) if isinstance(a, Scaled) else (a, 0.0)
    if np.iscomplexobj(array):
        return 0.0
    top = float(np.max(np.abs(array), initial=0.0))
    return power + float(np.log2(top)) if 0 < top < float("inf") else power


def _einsum(np: Any, node: Contraction | _Product, found: Sequence[_Operand], sizes: Mapping[str, int]) -> Any:
    scalars: Any = floating(node.coefficient)
    operands: list[Any] = []
    used: set[int] = set()
    for o in found:
        value, own = o.value, tuple(dict.fromkeys(o.indices))
        if len(own) < len(o.indices):  # the diagonal first: beside it may be zeros, which have no power
            value = np.einsum(value, o.indices, own)
        a = _raise(np, value, o.e)
        if own:
            operands += [a, own]
            used.update(own)
        else:
            scalars = scalars * a
    kept = tuple(i for i in dict.fromkeys(node.out) if i in used)
    result = scalars
    if operands:
        core = _contracted(operands, kept) if len(operands) > 4 and np is not bare else np.einsum(*operands, kept)
        result = core if isinstance(scalars, float) and scalars == 1 else scalars * core
    return _expand(np, result, kept, node, sizes)


def _contracted(operands: Sequence[Any], kept: tuple[int, ...]) -> Any:
    """A long product, in an order that is cheap."""
    import opt_einsum  # arrays of NumPy are multiplied

    return opt_einsum.contract(*operands, kept)


def _expand(np: Any, core: Any, kept: tuple[int, ...], node: Contraction | _Product, sizes: Mapping[str, int]) -> Any:
    """The array with all axes of `out`: broadcast along new ones, on the diagonal of repeated ones."""
    if kept == node.out:
        return core
    distinct = tuple(dict.fromkeys(node.out))
    shape = _shape([node.dims[i] for i in distinct], sizes)
    core = np.reshape(core, [n if i in kept else 1 for i, n in zip(distinct, shape, strict=True)])
    core = np.broadcast_to(core, shape)
    if distinct == node.out:
        return core
    _shape(node.axes, sizes)  # it is not too large
    return diagonal(np, core, node.out, distinct)


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
