"""The result as people see it: the axes of a derivative laid out as a formula, in the asked layout.

    layout         scalar by vector   scalar by matrix   vector by scalar   vector by vector   (y: q entries, x: p entries, X: m × n)
    denominator    p × 1              m × n              1 × q              p × q              rows are the variable
    numerator      1 × p              n × m              q × 1              q × p              rows are the value
    mixed          p × 1              m × n              q × 1              q × p              gradients as columns, Jacobians by numerator

Orders three and four are written as a matrix with rows vec(variable) and columns vec(value), where they have such a form; numerator and mixed
layout transpose it. What has no form in matrix notation is written in index notation.
"""

from __future__ import annotations

from typing import Any

from gradproof.engine.contract import permute
from gradproof.engine.stacking import merged, parted
from gradproof.engine.tensor import Contraction, Stacking, Sum, Tensor
from gradproof.lift.graph import NoMatrixForm
from gradproof.lift.index import IndexForm
from gradproof.lift.lifter import Lifter
from gradproof.lift.opposites import without_opposites
from gradproof.lift.rows import with_rows
from gradproof.notation.expr import Expr
from gradproof.records import dataclass
from gradproof.shapes.dims import Dim, dim, product

LAYOUTS = ("denominator", "numerator", "mixed")


@dataclass(frozen=True)
class Axes:
    """What the axes of a derivative are: how many belong to each variable, and to each axis of the value, in denominator layout."""

    wrt: tuple[int, ...]
    kind: str  # of the value: "s", "v", "r", "m"
    groups: tuple[int, ...]

    @property
    def split(self) -> int:
        """How many axes belong to variables."""
        return sum(self.wrt)

    @property
    def small(self) -> bool:
        """Whether it is a scalar, a vector or a matrix, with no stacked axes."""
        return self.split + len(self.groups) <= 2 and all(n == 1 for n in self.groups)

    def flat(self, layout: str) -> bool:
        """Whether the value is laid out before the variables."""
        if layout == "denominator" or not self.split:
            return False
        return layout == "numerator" or self.kind != "s"

    def row(self, layout: str) -> bool:
        """Whether the result is a row: a vector by a scalar, or in numerator layout a scalar by a vector."""
        if self.split + len(self.groups) != 1:
            return False
        return layout == "numerator" if self.split else layout == "denominator"

    def sizes(self, t: Tensor, layout: str) -> tuple[Dim, ...]:
        """One dimension for each axis that users see."""
        mine = t.axes[: self.split]
        value, at = [], self.split
        for n in self.groups:
            value.append(product(t.axes[at : at + n]))
            at += n
        axes = (*value, *mine[::-1]) if self.flat(layout) else (*mine, *value)
        return (dim(1), *axes) if self.row(layout) else axes

    def array(self, np: Any, a: Any, layout: str) -> Any:
        """The value of the tensor as users see it: stacked axes are one, and a vector by a scalar is a row in denominator layout."""
        a = np.asarray(a)
        shape, at = list(a.shape[: self.split]), self.split
        for n in self.groups:
            shape.append(int(np.prod(a.shape[at : at + n])))
            at += n
        a = a.reshape(shape)
        if self.flat(layout):
            a = np.transpose(a, [*range(self.split, a.ndim), *reversed(range(self.split))])
        return a.reshape(1, -1) if self.row(layout) else a

    def stacked(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The axes that make up rows and columns of the vec form, slow ones first."""
        first = next((n for n in self.wrt if n), 0)
        at, values = self.split, []
        for n in self.groups:
            values.append(range(at, at + n))
            at += n
        if not self.split:  # a differential, or a derivative by a scalar: the value's own rows and columns
            return tuple(values[0]) if values else (), tuple(values[1]) if len(values) > 1 else ()
        cols = [a for g in reversed(values) for a in g] + list(reversed(range(first, self.split)))
        return tuple(reversed(range(first))), tuple(cols)

    def printed(self, order: int, layout: str) -> tuple[int, ...]:
        """The axes of the tensor in the order in which the printed formula runs through them, row by row."""
        if self.small:
            axes = range(order)
            return (*axes[self.split :], *reversed(axes[: self.split])) if self.flat(layout) else tuple(axes)
        rows, cols = self.stacked()
        return (*cols, *rows) if self.flat(layout) else (*rows, *cols)

    def form(self, t: Tensor, layout: str) -> tuple[Dim, ...]:
        """The dimensions of the printed formula: those of `sizes`, or those of its vec form."""
        found = self.sizes(t, layout)
        if self.small or self.row(layout):
            return found
        rows, cols = ((product(t.axes[a] for a in side),) if side else () for side in self.stacked())
        return (*cols, *rows) if self.flat(layout) else (*rows, *cols)

    def as_matrix(self, np: Any, a: Any, layout: str) -> Any:
        """The value of the tensor in its vec form."""
        rows, cols = self.stacked()
        a = np.transpose(a, (*rows, *cols))
        matrix = a.reshape(int(np.prod(a.shape[: len(rows)])), -1)
        return matrix.T if self.flat(layout) else matrix


def closed_form(t: Tensor, axes: Axes, layout: str, lifter: Lifter) -> Expr | IndexForm:
    """The derivative as a formula: in matrix notation, as a vec form, or in index notation."""
    for form in (_small, stacked) if axes.small else (stacked,):  # what has no plain form may have one with a vec in it
        try:
            return without_opposites(with_rows(form(t, axes, layout, lifter)))
        except NoMatrixForm:
            continue
    return IndexForm(t, lifter)


def _small(t: Tensor, axes: Axes, layout: str, lifter: Lifter) -> Expr:
    if t.order == 2 and axes.flat(layout):
        return lifter.lift(permute(t, (1, 0)))
    e = lifter.lift(t)
    return lifter.style.transpose(e) if axes.row(layout) else e


def stacked(t: Tensor, axes: Axes, layout: str, lifter: Lifter) -> Expr:
    """The vec form. Raises NoMatrixForm."""
    from gradproof.lift.vecform import vec_form  # of orders 3 and 4 alone

    rows, cols = axes.stacked()
    try:
        e = vec_form(*_unstacked(t, rows, cols), lifter)
    except NoMatrixForm:
        if not rows or not cols:
            raise
        e = lifter.lift(merged(permute(t, (*rows, *cols)), (len(rows), len(cols))))  # each side a plain axis: a basis
    return lifter.style.transpose(e) if axes.flat(layout) or axes.row(layout) else e


def _unstacked(t: Tensor, *sides: tuple[int, ...]) -> tuple[Tensor, tuple[int, ...], tuple[int, ...]]:
    """The tensor with the parts of its axes as axes, where it has products of the parts; and the axes of rows and columns."""
    rows, cols = sides
    for axis in reversed(range(t.order)):
        parts = _parts_of(t, axis)
        if parts:
            t = parted(t, axis, parts)
            n = len(parts)

            def moved(side: tuple[int, ...], axis: int = axis, n: int = n) -> tuple[int, ...]:
                return tuple(
                    b for a in side for b in (range(axis, axis + n) if a == axis else (a + (n - 1) * (a > axis),))
                )

            rows, cols = moved(rows), moved(cols)
    return t, rows, cols


def _parts_of(t: Tensor, axis: int) -> tuple[Dim, ...]:
    """The dimensions that make up an axis, where a product in the tensor says so; none where nothing does, or two say different things."""
    bodies = [b for _, b in t.terms] if isinstance(t, Sum) else [t]
    found = {
        f.axes[1:]
        for b in bodies
        if isinstance(b, Contraction)
        for f, indices, _ in b.factors
        if isinstance(f, Stacking) and indices[0] == b.out[axis]
    }
    return found.pop() if len(found) == 1 else ()
