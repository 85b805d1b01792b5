"""The value of a tensor in little arrays, without NumPy: what a proof holds against the formula."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction

from gradproof.budget import tick
from gradproof.engine.stacking import opened
from gradproof.engine.tensor import Apply, Contraction, Length, Stacking, Sum, Tensor, Unknown, Variable, fold_tensor
from gradproof.numeric.little import Algebra, Little
from gradproof.numeric.small import Sizes, Values, any_power, axes, expand, filled, function, rational_function, size
from gradproof.numeric.wave import Wave
from gradproof.ops.operation import Fill, Power
from gradproof.shapes.dims import Dim
from gradproof.shapes.shape import Shape

FIRST = 0x4E00  # letters for indices; there are many after this one


def little_value(t: Tensor, algebra: Algebra, values: Values, sizes: Sizes, functions: Mapping[str, Wave]) -> Little:
    """The array of a tensor. Raises DomainError where it has no value, or is too large for a proof."""

    def visit(node: Tensor, args: list[Little]) -> Little:
        tick()
        match node:
            case Variable(name=name):
                return values[name]
            case Length(dim=d):
                return algebra.number(Fraction(size(d, sizes)))
            case Stacking():
                return algebra.constant((), [0])  # products are made without it
            case Contraction():
                return _contraction(node, algebra, args, sizes)
            case Sum(terms=terms):
                shape = axes(node.axes, sizes)
                if not terms:
                    return algebra.constant(shape, [0] * math.prod(shape))
                return algebra.combine(
                    [(algebra.ring.number(c), a) for (c, _), a in zip(terms, args, strict=True)], shape
                )
            case Apply():
                return _applied(node, algebra, args)
            case Unknown(function=f, partials=partials):
                return functions[f.name].value(algebra, partials, args)
        raise AssertionError(node)

    return fold_tensor(t, visit)


def _contraction(node: Contraction, algebra: Algebra, args: Sequence[Little], sizes: Sizes) -> Little:
    shape = axes(node.axes, sizes)
    found = opened(node.factors, node.out)
    places = found.factors if found else [(k, indices) for k, (_, indices, _) in enumerate(node.factors)]
    ends = found.out if found else node.out
    arrays = [_factor(node.factors[k][0], algebra, args[k], [node.dims[i] for i in own], sizes) for k, own in places]
    letters = ["".join(chr(FIRST + i) for i in indices) for _, indices in places]
    for k, names in enumerate(letters):  # the diagonal first: beside it may be zeros, which have no power
        if len(set(names)) < len(names):
            letters[k] = "".join(dict.fromkeys(names))
            arrays[k] = algebra.einsum([arrays[k]], [names], letters[k])
    powers = [algebra.power(a, Fraction(node.factors[k][2])) for a, (k, _) in zip(arrays, places, strict=True)]
    out = "".join(chr(FIRST + i) for i in ends)
    core = "".join(x for x in dict.fromkeys(out) if any(x in names for names in letters))
    value = algebra.einsum(powers, letters, core)
    used = {*node.out}.union(*(f[1] for f in node.factors))
    for i in {i for i in range(len(node.dims)) if i not in used}:
        value = algebra.combine([(size(node.dims[i], sizes), value)], value.shape)  # a sum over ones
    if node.coefficient != 1:
        value = algebra.combine([(algebra.ring.number(node.coefficient), value)], value.shape)
    return algebra.reshape(
        expand(algebra, value, core, out, {chr(FIRST + i): size(node.dims[i], sizes) for i in ends}), shape
    )


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
