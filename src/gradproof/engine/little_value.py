"""The value of a tensor in little arrays, without NumPy: what a proof holds against the formula."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache

from gradproof.budget import tick
from gradproof.engine.stacking import opened
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
from gradproof.numeric.lengths import axes, size
from gradproof.numeric.letters import expand
from gradproof.numeric.little import Algebra, Little
from gradproof.numeric.small import Taken, Values, any_power, filled, function, rational_function, taken
from gradproof.numeric.wave import Wave
from gradproof.ops.operation import Fill, Power
from gradproof.records import dataclass
from gradproof.shapes.dims import Dim, Sizes
from gradproof.shapes.shape import Shape

FIRST = 0x4E00  # letters for indices; there are many after this one


def little_value(t: Tensor, algebra: Algebra, values: Values, sizes: Sizes, functions: Mapping[str, Wave]) -> Little:
    """The array of a tensor. Raises DomainError where it has no value, or is too large for a proof."""
    return Valued(t)(algebra, values, sizes, functions)


class Valued:
    """A tensor made ready to be evaluated many times."""

    def __init__(self, t: Tensor):
        self._steps: list[tuple[Tensor, Taken, _Spelled | None]] = []
        fold_tensor(t, self._enter)

    def _enter(self, node: Tensor, args: list[int]) -> int:
        self._steps.append((node, taken(args), _spelled(node) if isinstance(node, Contraction) else None))
        return len(self._steps) - 1

    @property
    def rational(self) -> bool:
        """Whether exact arithmetic has a value for every node."""
        return all(_is_rational(node) for node, _, _ in self._steps)

    def __call__(self, algebra: Algebra, values: Values, sizes: Sizes, functions: Mapping[str, Wave]) -> Little:
        """The array. Raises DomainError where it has no value, or is too large for a proof."""
        slots: list[Little] = []
        for node, chosen, spelled in self._steps:
            if not len(slots) & 7:
                tick()
            if spelled is not None:
                slots.append(_contraction(spelled, algebra, chosen(slots), sizes))
            elif isinstance(node, Variable):
                slots.append(values[node.name])
            else:
                slots.append(_single(node, algebra, chosen(slots), sizes, functions))
        return slots[-1]


def _single(
    node: Tensor, algebra: Algebra, args: Sequence[Little], sizes: Sizes, functions: Mapping[str, Wave]
) -> Little:
    """A node that is no product, and no variable."""
    match node:
        case Length(dim=d):
            return algebra.number(Fraction(size(d, sizes)))
        case Stacking():
            return algebra.constant((), [0])  # products are made without it
        case Sum(terms=terms):
            shape = axes(node.axes, sizes)
            if not terms:
                return algebra.constant(shape, [0] * math.prod(shape))
            return algebra.combine([(algebra.ring.number(c), a) for (c, _), a in zip(terms, args, strict=True)], shape)
        case Apply():
            return _applied(node, algebra, args)
        case Unknown(function=f, partials=partials):
            return functions[f.name].value(algebra, partials, args)
    raise AssertionError(node)


# a factor of a product: its place, its dimensions, whether these are its own, its letters, where those that stand twice are one, its exponent (None: 1)
_Factor = tuple[int, tuple[Dim, ...], bool, str, str, Fraction | None]


@dataclass(frozen=True, slots=True)
class _Spelled:
    """A product with letters for its indices."""

    node: Contraction
    coefficient: Fraction | None  # None: 1
    factors: list[_Factor]
    letters: tuple[str, ...]  # of each factor, once
    core: str  # the letters of `out` that a factor has
    out: str
    ends: tuple[Dim, ...]  # the dimensions of the letters of `out`
    lost: tuple[Dim, ...]  # those of indices that stand in no factor, over which ones are summed


def _spelled(node: Contraction) -> _Spelled:
    found = opened(node.factors, node.out)
    places = found.factors if found else [(k, indices) for k, (_, indices, _) in enumerate(node.factors)]
    ends, all_dims, lost = found.out if found else node.out, node.dims, ()
    names, letters, core, out, used = _names(tuple([own for _, own in places]), ends)
    factors = []
    for (k, own), written, distinct in zip(places, names, letters, strict=True):
        t, _, e = node.factors[k]
        dims = tuple([all_dims[i] for i in own])
        plain = dims == t.axes and not isinstance(t, Stacking)
        factors.append((k, dims, plain, written, distinct, None if e == 1 else Fraction(e)))
    if used < len(all_dims):
        kept = {*node.out}.union(*[f[1] for f in node.factors])
        lost = tuple([d for i, d in enumerate(all_dims) if i not in kept])
    coefficient = None if node.coefficient == 1 else Fraction(node.coefficient)
    return _Spelled(node, coefficient, factors, letters, core, out, tuple([all_dims[i] for i in ends]), lost)


@lru_cache(maxsize=4096)
def _names(
    places: tuple[tuple[int, ...], ...], ends: tuple[int, ...]
) -> tuple[tuple[str, ...], tuple[str, ...], str, str, int]:
    """Letters for indices: of each factor, of each where those that stand twice are one, of the ends that a factor has, and of the ends; how many there are."""
    names = ["".join([chr(FIRST + i) for i in own]) for own in places]
    out = "".join([chr(FIRST + i) for i in ends])
    core = "".join([x for x in dict.fromkeys(out) if any(x in own for own in names)])
    used = {*out}.union(*names)
    return tuple(names), tuple(["".join(dict.fromkeys(own)) for own in names]), core, out, len(used)


def _contraction(s: _Spelled, algebra: Algebra, args: Sequence[Little], sizes: Sizes) -> Little:
    node, shape = s.node, axes(s.node.axes, sizes)
    powers = []
    for k, dims, own, letters, distinct, exponent in s.factors:
        a = args[k] if own else _factor(node.factors[k][0], algebra, args[k], dims, sizes)
        if distinct != letters:  # the diagonal first: beside it may be zeros, which have no power
            a = algebra.einsum([a], [letters], distinct)
        powers.append(a if exponent is None else algebra.power(a, exponent))
    value = algebra.einsum(powers, s.letters, s.core)
    for d in s.lost:
        value = algebra.scaled(size(d, sizes), value)
    if s.coefficient is not None:
        value = algebra.scaled(algebra.ring.number(s.coefficient), value)
    if s.core != s.out:
        value = expand(algebra, value, s.core, s.out, {x: size(d, sizes) for x, d in zip(s.out, s.ends, strict=True)})
    return value if value.shape == shape else algebra.reshape(value, shape)


def _factor(t: Tensor, algebra: Algebra, a: Little, dims: tuple[Dim, ...], sizes: Sizes) -> Little:
    """A factor with these axes."""
    shape = axes(dims, sizes)
    if isinstance(t, Stacking):
        n = size(t.axes[0], sizes)
        return algebra.constant(shape, [int(i // n == i % n) for i in range(n * n)])
    return algebra.reshape(a, shape)


def _applied(node: Apply, algebra: Algebra, args: Sequence[Little]) -> Little:
    if isinstance(node.op.meaning, Fill):
        return filled(node.op, algebra, args[0].shape)
    if isinstance(node.op.meaning, Power):
        return any_power(algebra, args[0], args[1])
    kind = Shape("svm"[node.args[0].order], node.args[0].axes) if node.args[0].order <= 2 else Shape("m")
    return function(node.op, kind)(algebra, args)


def is_rational_tensor(t: Tensor) -> bool:
    """Whether exact arithmetic has a value for every node of a tensor."""
    return all(map(_is_rational, walk_tensor(t)))


def _is_rational(node: Tensor) -> bool:
    """Whether exact arithmetic has a value for a node, where it has one for those below."""
    match node:
        case Contraction(factors=factors):
            return all(e == 1 or Fraction(e).denominator == 1 for _, _, e in factors)
        case Apply(op=op, args=inner):
            return (
                not isinstance(op.meaning, Power)
                and inner[0].order <= 2
                and rational_function(op, Shape("svm"[inner[0].order], inner[0].axes))
            )
    return True
