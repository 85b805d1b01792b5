"""The value of a tensor in little arrays, without NumPy: what a proof holds against the formula."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction

from gradproof.budget import tick
from gradproof.engine.stacking import opened
from gradproof.engine.tensor import Apply, Contraction, Length, Stacking, Sum, Tensor, Unknown, Variable, fold_tensor
from gradproof.numeric.little import Algebra, Little
from gradproof.numeric.small import Values, any_power, axes, expand, filled, function, rational_function, size
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
        self._steps: list[tuple[Tensor, tuple[int, ...], _Spelled | None]] = []
        fold_tensor(t, self._enter)

    def _enter(self, node: Tensor, args: list[int]) -> int:
        self._steps.append((node, tuple(args), _spelled(node) if isinstance(node, Contraction) else None))
        return len(self._steps) - 1

    def __call__(self, algebra: Algebra, values: Values, sizes: Sizes, functions: Mapping[str, Wave]) -> Little:
        """The array. Raises DomainError where it has no value, or is too large for a proof."""
        slots: list[Little] = []
        for node, below, spelled in self._steps:
            tick()
            args = [slots[k] for k in below]
            if spelled is not None:
                slots.append(_contraction(spelled, algebra, args, sizes))
            else:
                slots.append(_single(node, algebra, args, values, sizes, functions))
        return slots[-1]


def _single(
    node: Tensor, algebra: Algebra, args: list[Little], values: Values, sizes: Sizes, functions: Mapping[str, Wave]
) -> Little:
    """A node that is no product."""
    match node:
        case Variable(name=name):
            return values[name]
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


@dataclass(frozen=True, slots=True)
class _Spelled:
    """A product with letters for its indices: of each factor its place, its dimensions, its letters, those without what stands twice, its exponent."""

    node: Contraction
    factors: tuple[tuple[int, tuple[Dim, ...], str, str, Fraction], ...]
    out: str
    core: str  # the letters of `out` that a factor has
    ends: tuple[tuple[str, Dim], ...]  # the dimensions of the letters of `out`
    lost: tuple[Dim, ...]  # those of indices that stand in no factor, over which ones are summed


def _spelled(node: Contraction) -> _Spelled:
    found = opened(node.factors, node.out)
    places = found.factors if found else [(k, indices) for k, (_, indices, _) in enumerate(node.factors)]
    ends = found.out if found else node.out
    factors = []
    for k, own in places:
        names = "".join([chr(FIRST + i) for i in own])
        dims = tuple([node.dims[i] for i in own])
        factors.append((k, dims, names, "".join(dict.fromkeys(names)), Fraction(node.factors[k][2])))
    out = "".join([chr(FIRST + i) for i in ends])
    core = "".join(x for x in dict.fromkeys(out) if any(x in f[2] for f in factors))
    used = {*node.out}.union(*(f[1] for f in node.factors))
    lost = tuple([node.dims[i] for i in range(len(node.dims)) if i not in used])
    return _Spelled(node, tuple(factors), out, core, tuple([(chr(FIRST + i), node.dims[i]) for i in ends]), lost)


def _contraction(s: _Spelled, algebra: Algebra, args: Sequence[Little], sizes: Sizes) -> Little:
    node, shape = s.node, axes(s.node.axes, sizes)
    powers = []
    for k, dims, names, distinct, e in s.factors:
        a = _factor(node.factors[k][0], algebra, args[k], dims, sizes)
        if distinct != names:  # the diagonal first: beside it may be zeros, which have no power
            a = algebra.einsum([a], [names], distinct)
        powers.append(a if e == 1 else algebra.power(a, e))
    value = algebra.einsum(powers, [f[3] for f in s.factors], s.core)
    for d in s.lost:
        value = algebra.combine([(size(d, sizes), value)], value.shape)
    if node.coefficient != 1:
        value = algebra.combine([(algebra.ring.number(node.coefficient), value)], value.shape)
    if s.core != s.out:
        value = expand(algebra, value, s.core, s.out, {x: size(d, sizes) for x, d in s.ends})
    return algebra.reshape(value, shape)


def _factor(t: Tensor, algebra: Algebra, a: Little, dims: Sequence[Dim], sizes: Sizes) -> Little:
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

    def visit(node: Tensor, args: list[bool]) -> bool:
        match node:
            case Contraction(factors=factors):
                own = all(Fraction(e).denominator == 1 for _, _, e in factors)
            case Apply(op=op, args=inner):
                own = (
                    not isinstance(op.meaning, Power)
                    and inner[0].order <= 2
                    and rational_function(op, Shape("svm"[inner[0].order], inner[0].axes))
                )
            case _:
                own = True
        return own and all(args)

    return fold_tensor(t, visit)
