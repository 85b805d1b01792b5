"""Numbers that floats have lost: terms that cancel, 1 - tanh(40)^2, exponentials that overflow on the way to a moderate result.

A value is computed again with the last digits of every intermediate result moved. What moves much more than that has lost its digits, and is computed
with as many digits as it takes; where that is too much work, a warning says so. Nothing of this depends on what the formula is.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, localcontext
from functools import lru_cache
from typing import Any

from gradproof.budget import share
from gradproof.engine.products import Scaled, settled
from gradproof.engine.tensor import Apply, Contraction, Sum, Tensor, Unknown, fold_tensor, walk_tensor
from gradproof.engine.triangular import DET
from gradproof.engine.value import node_array, tensor_value
from gradproof.errors import BudgetError, GradproofError, LostDigitsWarning
from gradproof.exact.scalars import Digits
from gradproof.exact.values import Exact, exact
from gradproof.numeric import bare
from gradproof.numeric.plans import order
from gradproof.ops import TABLE
from gradproof.ops.domain import DETERMINANT_POSITIVE, FULL_RANK, INVERTIBLE
from gradproof.ops.operation import Differential, Elementwise, Frechet, Primary
from gradproof.ops.steady import Positive
from gradproof.say import say

SHAKE = 2.0**-42  # how far an intermediate result is moved: so far that two moves are hardly ever the same
LOST = 1e-8  # the relative change from which on a value is computed with more digits
ALL_LOST = 1.0  # there are three digits left at most
NOTED = 1e-3  # changes below are not warned of: a gradient at an optimum is such a zero
SMALLEST = 1e-290  # numbers below are as good as zero
BESIDE = 1e-307  # in the place of a zero that a number may have become by underflow
BEYOND = 1e305  # in the place of an infinity that a number may have become by overflow
EPSILON = 2.0**-52
SINGULAR = 1e14  # an inverse of a matrix of this condition has one or two digits
BLURRED = 1e9  # logarithms beyond this have fewer than seven digits after the point
LEAST = 5e-324  # the smallest number above zero: what numbers below the normal ones are rounded to multiples of
PRECISIONS = (40, 120, 400, 1200)
WORK = 5_000  # products of numbers that are made with many digits
SECONDS = 1.0  # that this may take
ENOUGH = Decimal("1e-15")


def recovered(np: Any, t: Tensor, values: Mapping[str, Any], sizes: Mapping[str, int], found: Any) -> Any:
    """The value of a tensor as `found` by floats, with the digits that these have lost. Warns where they are lost for good."""
    if not _may_lose(t) or not np.size(found) or any(np.iscomplexobj(a) for a in values.values() if not callable(a)):
        return found
    shaker = _Shaker(np)
    try:
        with np.errstate(all="ignore"):
            moved = settled(np, fold_tensor(t, lambda node, args: shaker.value(node, args, values, sizes)))
            change = np.abs(moved - found)
            change = np.where(np.isnan(change) & np.isfinite(found), np.inf, change)  # beside it there is no number
            lost = ~np.isfinite(found) | (
                (change > LOST * np.abs(found)) & (np.maximum(np.abs(found), change) > SMALLEST)
            )
            lost |= shaker.blurred  # a share of a softmax is 0 or 1 then, wherever the numbers are moved
    except (GradproofError, ValueError, ArithmeticError):
        return found
    if not np.any(lost):
        return found
    better = _with_digits(np, t, values, sizes, lost)
    if better is not None:
        return np.where(lost, better, found)
    if (shaker.blurred or _all_lost(np, change, found, shaker.overflowed)) and not _is_limit(
        np, t, values, sizes, found
    ):
        text = say("digits are lost here: numbers cancel, or are too large on the way to the result")
        warnings.warn(str(text), LostDigitsWarning, stacklevel=5)
    return found


def _all_lost(np: Any, change: Any, found: Any, overflowed: bool) -> bool:
    """Whether there are hardly any digits left, measured against the largest entry, or none because of an overflow."""
    size = np.max(np.abs(found), initial=0.0)
    if np.isfinite(size):
        return bool(np.max(change) > max(ALL_LOST * size, NOTED))
    return overflowed and bool(np.any(np.isnan(found)))


def _is_limit(np: Any, t: Tensor, values: Mapping[str, Any], sizes: Mapping[str, int], found: Any) -> bool:
    """Whether the value is a limit, and not what the tensor itself gives there."""
    try:
        with np.errstate(all="ignore"):
            return not np.array_equal(tensor_value(t, values, sizes, np), found, equal_nan=True)
    except GradproofError:
        return True


@lru_cache(maxsize=1024)
def _may_lose(t: Tensor) -> bool:
    """Whether a tensor has what loses digits in ways that its writer does not see: functions, powers, quotients.

    Declared functions take floats only; the place of the largest entry jumps, and is shared where entries are equal, which no moved value can tell.
    """
    nodes = list(walk_tensor(t))
    if any(isinstance(node, Unknown) or _jumps(node) for node in nodes):
        return False
    return any(
        (isinstance(node, Apply) and isinstance(node.op.meaning, Elementwise | Differential | Primary | Frechet))
        or (isinstance(node, Contraction) and any(e != 1 for _, _, e in node.factors))
        for node in nodes
    )


def _jumps(node: Tensor) -> bool:
    """Of a place, and of what asks for the rank of a matrix: any other one near it has the full rank."""
    if not isinstance(node, Apply) or not isinstance(node.op.meaning, Differential) or node.op.analytic:
        return False
    return node.op.domain is FULL_RANK or node.op.meaning.text.startswith("0*")


class _Shaker:
    """Moves the last digits of values. `overflowed`: whether a function that is defined everywhere became infinite; `blurred`: whether a number
    is kept by a logarithm that is so large that it has lost the digits after its point, or comes of a matrix that is singular but for rounding."""

    def __init__(self, np: Any):
        self.np, self.rng, self.overflowed, self.blurred = np, np.random.default_rng(0), False, False

    def value(self, node: Tensor, args: list[Any], values: Mapping[str, Any], sizes: Mapping[str, int]) -> Any:
        """The moved value of a node. What is computed of whole matrices is as if they had been moved."""
        if isinstance(node, Apply) and isinstance(node.op.meaning, Primary | Frechet):
            self.blurred |= _is_unsure(self.np, node, settled(self.np, args[0]), values, sizes)
        if isinstance(node, Apply) and isinstance(node.op.meaning, Differential):
            self.blurred |= _is_noise(self.np, node, settled(self.np, args[0]), values, sizes)
            args = [self._moved(settled(self.np, a)) for a in args]
        return self.shake(node, args, node_array(self.np, node, args, values, sizes))

    def shake(self, node: Tensor, args: list[Any], a: Any) -> Any:
        """The value of a node with its last digits moved; what is given, and lengths, are exact."""
        if not isinstance(node, Apply | Contraction | Sum) or not node.children:
            return a
        if isinstance(a, Positive):
            log = self._moved(a.log)
            self.blurred |= bool(self.np.any(self.np.isfinite(a.log) & (self.np.abs(a.log) > BLURRED)))
            if not (
                isinstance(node, Apply) and isinstance(node.op.meaning, Elementwise)
            ):  # of a sum: near one it cancels
                log = log + self._moved(1.0) - 1.0
            return Positive(log, None if a.value is None else self._moved(a.value))
        if isinstance(a, Scaled):
            return Scaled(self._moved(a.array), a.power)
        np = self.np
        if isinstance(node, Apply) and node.op.domain is None and not np.all(np.isfinite(a)):
            self.overflowed |= all(np.all(np.isfinite(settled(np, x))) for x in args)
        if not np.iscomplexobj(a):
            a = np.where(np.isinf(a), np.copysign(BEYOND, a), a)
        return self._moved(np.where(a == 0, BESIDE, a))

    def _moved(self, a: Any) -> Any:
        """Each entry moved, half by itself and half with all others: equal entries round alike, and their sum has all the error."""
        turn = self.rng.uniform(-0.5, 0.5) + self.rng.uniform(-0.5, 0.5, self.np.shape(a))
        return a * (1.0 + SHAKE * turn) + LEAST * self.np.sign(turn)


def _is_noise(np: Any, node: Apply, moved: Any, values: Mapping[str, Any], sizes: Mapping[str, int]) -> bool:
    """Whether an operation that needs an invertible matrix has one that is singular but for rounding: its value has no digits, however it moves."""
    needed = node.op.domain
    if node.op is DET or not (needed is FULL_RANK or needed is INVERTIBLE or needed is DETERMINANT_POSITIVE):
        return False
    if np.ndim(moved) != 2 or np.shape(moved)[0] != np.shape(moved)[1] or not np.size(moved):
        return False
    if _condition(np, moved) * SHAKE < 1e-2:
        return False
    return _condition(np, settled(np, tensor_value(node.args[0], values, sizes, np))) > SINGULAR


def _is_unsure(np: Any, node: Apply, moved: Any, values: Mapping[str, Any], sizes: Mapping[str, int]) -> bool:
    """Whether a function is that of so large a matrix that rounding its entries decides what its eigenvalues are: expm(-x*x') at 1e10, with an eigenvalue 0 among 1e20."""
    meaning = node.op.meaning
    meaning = TABLE[meaning.of].meaning if isinstance(meaning, Frechet) else meaning
    if not isinstance(meaning, Primary) or not meaning.entrywise or np.ndim(moved) != 2 or not np.size(moved):
        return False
    step = EPSILON * float(np.max(np.sum(np.abs(moved), axis=0)))
    if not NOTED < step < math.inf:
        return False
    a = settled(np, tensor_value(node.args[0], values, sizes, np))
    if not np.any(a - np.diag(np.diag(a))):
        return False
    at = [np.linalg.eigvals(a) + move for move in (0.0, step, -step)]
    middle, *others = [TABLE[meaning.entrywise].value(np, x) for x in at]
    change = max(float(np.max(np.abs(other - middle))) for other in others)
    return math.isnan(change) or change > NOTED * float(np.max(np.abs(middle)))


def _condition(np: Any, a: Any) -> float:
    try:
        found = float(np.linalg.cond(a, 1))
    except np.linalg.LinAlgError:
        return math.inf
    return math.inf if math.isnan(found) else found


def _with_digits(np: Any, t: Tensor, values: Mapping[str, Any], sizes: Mapping[str, int], lost: Any) -> Any:
    """The value with enough digits where it is asked for; None where there is none, or it is too much work."""
    if _work(t, sizes) > WORK or any(isinstance(node, Apply) and node.op.rounded for node in walk_tensor(t)):
        return None
    given = {name: v for name, v in values.items() if not callable(v)}
    if not all(np.all(np.isfinite(v)) for v in given.values()):
        return None
    try:
        with share(SECONDS):
            return _at_precisions(np, t, given, sizes, lost)
    except BudgetError:
        return None


def _at_precisions(np: Any, t: Tensor, given: Mapping[str, Any], sizes: Mapping[str, int], lost: Any) -> Any:
    wanted = np.ravel(lost)
    for precision in PRECISIONS:
        with localcontext(Context(prec=precision, Emax=MAX_EMAX, Emin=MIN_EMIN)):
            try:
                point = {name: exact(Digits, v) for name, v in given.items()}
                entries = bare.ravel(Exact(Digits, point, sizes).tensor(t))
            except BudgetError:
                raise
            except (ArithmeticError, GradproofError, ValueError, bare.linalg.LinAlgError):
                continue
            if all(_known(x) for x, asked in zip(entries, wanted, strict=True) if asked):
                return np.reshape(np.array([_float(x) for x in entries]), np.shape(lost))
    return None


def _known(x: Digits) -> bool:
    """Whether a number is known to the digits of a float."""
    return x.r <= ENOUGH * abs(x.v) or abs(x.v) + x.r < Decimal(SMALLEST)


def _float(x: Digits) -> float:
    try:
        return float(x)
    except OverflowError:
        return math.copysign(math.inf, x.v)


def _products(node: Contraction, lengths: Sequence[int]) -> float:
    """How many products of numbers a product of tensors takes, two of them at a time."""
    at_once = math.prod(lengths) * max(1, len(node.factors))
    if len(node.factors) < 3 or at_once <= WORK:
        return at_once
    distinct = [tuple(dict.fromkeys(indices)) for _, indices, _ in node.factors if indices]
    shapes = tuple(tuple(lengths[i] for i in indices) for indices in distinct)
    if max(map(math.prod, shapes)) > WORK:
        return at_once
    name = {i: chr(0x4E00 + i) for i in range(len(lengths))}
    used = set().union(*distinct)
    out = "".join(name[i] for i in dict.fromkeys(node.out) if i in used)
    _, steps = order(tuple("".join(name[i] for i in indices) for indices in distinct), shapes, out)
    sizes = {name[i]: n for i, n in enumerate(lengths)}
    return float(sum(math.prod(sizes[c] for c in set(pattern) & set(sizes)) for _, _, pattern in steps))


def _work(t: Tensor, sizes: Mapping[str, int]) -> float:
    """How many products of numbers a value takes."""
    total = 0.0
    for node in walk_tensor(t):
        if isinstance(node, Contraction):
            total += _products(node, [d.length(sizes) for d in node.dims])
        else:
            total += math.prod(d.length(sizes) for d in node.axes) * max(1, len(node.children))
        if isinstance(node, Apply) and isinstance(node.op.meaning, Differential):
            total += math.prod(d.length(sizes) for d in node.args[0].axes) ** 1.5
    return total
