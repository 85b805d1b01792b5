"""The result as people see it: the axes of a derivative laid out as a formula, in the asked layout.

    layout         scalar by vector   scalar by matrix   vector by scalar   vector by vector   (y: q entries, x: p entries, X: m × n)
    denominator    p × 1              m × n              1 × q              p × q              rows are the variable
    numerator      1 × p              n × m              q × 1              q × p              rows are the value
    mixed          p × 1              m × n              q × 1              q × p              gradients as columns, Jacobians by numerator

Orders three and four are written as a matrix with rows vec(variable) and columns vec(value), where they have such a form; numerator and mixed
layout transpose it. What has no form in matrix notation is written in index notation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gradproof.contract import permute
from gradproof.dims import Dim, product
from gradproof.expr import Expr
from gradproof.graph import NoMatrixForm
from gradproof.index import IndexForm
from gradproof.lift import Lifter
from gradproof.tensor import Tensor
from gradproof.vecform import vec_form

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

    def flat(self, layout: str) -> bool:
        """Whether the value is laid out before the variables."""
        if layout == "denominator":
            return False
        return layout == "numerator" or self.kind in "vr" or (self.kind == "m" and self.split > 0)

    def sizes(self, t: Tensor, layout: str) -> tuple[Dim, ...]:
        """One dimension for each axis that users see."""
        mine = t.axes[: self.split]
        value, at = [], self.split
        for n in self.groups:
            value.append(product(t.axes[at : at + n]))
            at += n
        if not self.split and self.kind in "vr":
            return tuple(value)
        return (*value, *mine[::-1]) if self.flat(layout) else (*mine, *value)

    def array(self, np: Any, a: Any, layout: str) -> Any:
        """The value of the tensor as users see it: stacked axes are one, and a vector by a scalar is a row in denominator layout."""
        a = np.asarray(a)
        shape, at = list(a.shape[: self.split]), self.split
        for n in self.groups:
            shape.append(int(np.prod(a.shape[at : at + n])))
            at += n
        a = a.reshape(shape)
        if not self.split and self.kind in "vr":
            return a.reshape(1, -1) if layout == "denominator" else a
        if self.flat(layout):
            axes = [*range(self.split, a.ndim), *reversed(range(self.split))]
            return np.transpose(a, axes)
        return a


def closed_form(t: Tensor, axes: Axes, layout: str, lifter: Lifter) -> Expr | IndexForm:
    """The derivative as a formula: in matrix notation, as a vec form, or in index notation."""
    try:
        if t.order <= 2 and all(n == 1 for n in axes.groups):
            return _small(t, axes, layout, lifter)
        return stacked(t, axes, layout, lifter)
    except NoMatrixForm:
        return IndexForm(t, lifter)


def _small(t: Tensor, axes: Axes, layout: str, lifter: Lifter) -> Expr:
    if t.order == 2 and axes.split and axes.flat(layout):
        return lifter.lift(permute(t, (1, 0)))
    e = lifter.lift(t)
    if t.order == 1:
        is_row = axes.split == 1 and layout == "numerator" or (not axes.split and layout == "denominator")
        return lifter.style.transpose(e) if is_row else e
    return e


def stacked(t: Tensor, axes: Axes, layout: str, lifter: Lifter) -> Expr:
    """The vec form. Raises NoMatrixForm."""
    first = next((n for n in axes.wrt if n), 0)
    rows = list(reversed(range(first)))
    groups, at = [list(reversed(range(first, axes.split)))] if axes.split > first else [], axes.split
    values: list[list[int]] = []
    for n in axes.groups:
        values.append(list(range(at, at + n)))
        at += n
    if not axes.split:
        return _value(t, values, lifter)
    cols = [a for g in reversed(values) for a in g] + [a for g in groups for a in g]
    e = vec_form(t, rows, cols, lifter)
    return lifter.style.transpose(e) if axes.flat(layout) else e


def _value(t: Tensor, values: Sequence[Sequence[int]], lifter: Lifter) -> Expr:
    """A value with stacked axes that no variable's axes stand before: a differential, or a derivative by a scalar."""
    return vec_form(t, values[0], values[1] if len(values) > 1 else (), lifter)
