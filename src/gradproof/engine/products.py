"""Products of arrays as a contraction says: brought to size where they would overflow, opened where an axis is two."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import prod
from typing import Any

from gradproof.budget import room
from gradproof.engine.stacking import Opened, opened
from gradproof.engine.tensor import (
    Contraction,
    Exponent,
    Stacking,
)
from gradproof.errors import DomainError
from gradproof.notation.decimals import floating
from gradproof.numeric import bare
from gradproof.numeric.evaluate import diagonal
from gradproof.ops import basic
from gradproof.ops.steady import Positive, logsumexp
from gradproof.records import dataclass
from gradproof.say import say
from gradproof.shapes.dims import Dim

CONDITION = 1e6  # of a matrix from which on its determinant times its inverse is found as a limit

WIDE = 60.0  # powers of two beyond which the entries of a product are brought to size first
LARGE = 10_000  # entries, from which products of two are left to the library of linear algebra

INV = basic.INV


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


_SMALL = 1e-290  # numbers below have hardly any digits left
_ROOM = 950.0  # powers of two that a product of floats can have
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


def given_array(values: Mapping[str, Any], name: str) -> Any:
    if name not in values:
        raise DomainError(say("no value given for {name}", name=name), hint=say("pass {name}=…", name=name))
    return values[name]


def length(d: Dim, sizes: Mapping[str, int], number: Callable[[Mapping[str, int]], int] | None = None) -> int:
    try:
        return (number or d.evaluate)(sizes)
    except KeyError as missing:
        raise DomainError(
            say("no array tells the size of dimension {name}", name=missing.args[0]),
            hint=say("pass {name}=… as well", name=missing.args[0]),
        ) from None


def lengths(axes: Sequence[Dim], sizes: Mapping[str, int]) -> list[int]:
    """The sizes of axes. Raises BudgetError where such an array would not fit into memory."""
    shape = [length(d, sizes, d.length) for d in axes]
    room(prod(shape))
    return shape


def is_diagonal(node: Contraction) -> bool:
    return len(set(node.out)) < len(node.out)


def contraction_value(np: Any, node: Contraction, args: Sequence[Any], sizes: Mapping[str, int]) -> Any:
    """By einsum; indices that stand twice in `out`, or in no factor, are filled in afterwards."""
    found = opened(node.factors, node.out)
    if found is not None:
        return _unstacked(np, node, found, args, sizes)
    operands = [_Operand(a, indices, e) for (_, indices, e), a in zip(node.factors, args, strict=True)]
    positive = [o for o in operands if isinstance(o.value, Positive)]
    if positive and not any(np.iscomplexobj(o.value.log) for o in positive):
        merged = _merged(np, positive)
        if len(merged) == len(operands) == 1 and node.coefficient > 0 and not is_diagonal(node):
            return _positive(np, merged[0], node, sizes)
        operands = [*(o for o in operands if not isinstance(o.value, Positive)), *(_dense(np, o) for o in merged)]
    operands = [
        _Operand(settled(np, o.value) if isinstance(o.value, Positive) else o.value, o.indices, o.e) for o in operands
    ]
    core, power = _scaled_product(np, node, operands, sizes)
    return Scaled(core, power) if abs(power) > WIDE else settled(np, Scaled(core, power)) if power else core


def _unstacked(np: Any, node: Contraction, found: Opened, args: Sequence[Any], sizes: Mapping[str, int]) -> Any:
    """A product with stacked axes: of arrays that have the parts as axes."""
    operands = []
    for k, indices in found.factors:
        t, _, e = node.factors[k]
        a = stacking_array(np, lengths(t.axes, sizes)) if isinstance(t, Stacking) else settled(np, args[k])
        operands.append(_Operand(np.reshape(a, lengths([node.dims[i] for i in indices], sizes)), indices, e))
    product = _Product(node.coefficient, found.out, node.dims)
    core, power = _scaled_product(np, product, operands, sizes)
    core = np.reshape(settled(np, Scaled(core, power)), lengths(node.axes, sizes))
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
    log = np.broadcast_to(_turned(np, log, kept, node.out), lengths(node.axes, sizes)) + np.log(float(node.coefficient))
    dense = _einsum(np, node, [_dense(np, o)], sizes)
    return Positive(_scalar(log), _scalar(np.where(np.isfinite(dense), dense, np.exp(log))))


def _scalar(a: Any) -> Any:
    """An array without axes as a number."""
    return a[()] if hasattr(a, "shape") else a


def _scaled_product(
    np: Any, node: Contraction | _Product, operands: Sequence[_Operand], sizes: Mapping[str, int]
) -> tuple[Any, float]:
    """The product of operands that are brought to size, and the power of two that was taken out of it.

    Beside a large entry the high power of a small one is lost: so are powers beyond all floats. Such entries are those of the
    plain product, or no number where that has none.
    """
    power, found = _brought_to_size(np, operands)
    core = _einsum(np, node, found, sizes)
    if not power:
        return core, power
    lost = np.where(np.isfinite(core), np.abs(core) < _SMALL, True)
    if not np.any(lost):
        return core, power
    with np.errstate(all="ignore"):
        plain = _einsum(np, node, [_Operand(settled(np, o.value), o.indices, o.e) for o in operands], sizes)
        return np.where(lost, plain, settled(np, Scaled(core, power))), 0.0


def _raised_first(np: Any, o: _Operand) -> _Operand:
    """The operand as the power of its array, where no entry becomes infinite or nothing by it."""
    if o.e == 1 or isinstance(o.value, Scaled):
        return o
    with np.errstate(all="ignore"):
        raised = _raise(np, o.value, o.e)
    kept = np.isfinite(raised) & ((np.abs(raised) > _SMALL) | (o.value == 0))
    return _Operand(raised, o.indices, 1) if np.all(kept) else o


def _brought_to_size(np: Any, operands: Sequence[_Operand]) -> tuple[float, list[_Operand]]:
    """The operands with their largest entries near one, and the power of two that was taken out; nothing is done where all have moderate entries."""
    powers = [_power_of(np, o.value) for o in operands]
    if sum(abs(p * float(o.e)) for p, o in zip(powers, operands, strict=True)) <= 2 * WIDE:
        return 0.0, [_Operand(settled(np, o.value), o.indices, o.e) for o in operands]
    operands = [_raised_first(np, o) for o in operands]
    powers = [_power_of(np, o.value) for o in operands]
    if all(o.e == 1 for o in operands) and sum(map(abs, powers)) < _ROOM:
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
        long = np is not bare and (
            len(operands) > 4 or (len(operands) == 4 and max(map(np.size, operands[::2])) > LARGE)
        )
        core = _contracted(operands, kept) if long else np.einsum(*operands, kept)
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
    shape = lengths([node.dims[i] for i in distinct], sizes)
    core = np.reshape(core, [n if i in kept else 1 for i, n in zip(distinct, shape, strict=True)])
    core = np.broadcast_to(core, shape)
    if distinct == node.out:
        return core
    lengths(node.axes, sizes)  # it is not too large
    return diagonal(np, core, node.out, distinct)


def _raise(np: Any, a: Any, e: Exponent) -> Any:
    if e == 1:
        return a
    if e == Fraction(1, 2):
        return np.sqrt(a)
    if e == -1:
        return 1.0 / a
    if isinstance(e, Fraction) and isinstance(a, float) and a < 0:  # of Python's numbers it would be complex
        return np.float64(a) ** float(e)
    try:
        return a ** (float(e) if isinstance(e, Fraction) or e < 0 else e)
    except OverflowError:  # of Python's numbers; those of NumPy are infinite then
        return np.float64(a) ** float(e)
