"""What an operation of matrix notation is given: a tensor, and what it is there; a product that may yet become part of a longer one is put together when it is asked for."""

from __future__ import annotations

from gradproof.engine.contract import contract, fresh
from gradproof.engine.factors import LONGEST
from gradproof.engine.stacking import merged
from gradproof.engine.tensor import Contraction, Factor, Tensor
from gradproof.shapes.dims import Dim


class Value:
    """A tensor, its kind in matrix notation ("s", "v", "r", "m"), and the number of its axes for each axis there."""

    __slots__ = ("_tensor", "axes", "groups", "kind", "out", "parts", "size")

    def __init__(self, tensor: Tensor, kind: str, groups: tuple[int, ...]):
        self._tensor: Tensor | None = tensor
        self.axes: tuple[Dim, ...] = tensor.axes
        self.kind, self.groups = kind, groups
        self.size = (
            len(tensor.factors) if isinstance(tensor, Contraction) else 1
        )  # factors that it brings into a product

    @property
    def tensor(self) -> Tensor:
        if self._tensor is None:
            self._tensor = contract(1, self.parts, self.out)
        return self._tensor

    def read_as(self, kind: str, groups: tuple[int, ...]) -> Value:
        """The same tensor as something else of matrix notation: a column as a row."""
        if self._tensor is not None:
            return Value(self._tensor, kind, groups)
        return _open(self.parts, self.out, self.axes, kind, groups, self.size)

    def factors(self, places: tuple[int, ...]) -> list[Factor]:
        """What it is in a product, with these indices at its axes: itself, or the factors of a product that nobody has asked for."""
        if self._tensor is not None or len(set(self.out)) < len(self.out):
            return [(self.tensor, places, 1)]
        new = dict(zip(self.out, places, strict=True))
        for _, indices, _ in self.parts:
            for i in indices:
                if i not in new:
                    new[i] = fresh()
        return [(t, tuple([new[i] for i in indices]), e) for t, indices, e in self.parts]


def product(
    parts: list[tuple[Value, tuple[int, ...]]], out: tuple[int, ...], kind: str, groups: tuple[int, ...]
) -> Value:
    """The product of values with indices at their axes, summed over every index that is not in `out`."""
    size = sum([v.size for v, _ in parts])
    if size > LONGEST:  # a long product stays a node
        return Value(contract(1, [(v.tensor, places, 1) for v, places in parts], out), kind, groups)
    dims = {i: d for v, places in parts for i, d in zip(places, v.axes, strict=True)}
    factors = [f for v, places in parts for f in v.factors(places)]
    return _open(factors, out, tuple([dims[i] for i in out]), kind, groups, size)


def _open(
    parts: list[Factor], out: tuple[int, ...], axes: tuple[Dim, ...], kind: str, groups: tuple[int, ...], size: int
) -> Value:
    """A product that is not put together yet."""
    made = Value.__new__(Value)
    made._tensor, made.parts, made.out, made.axes = None, parts, out, axes
    made.kind, made.groups, made.size = kind, groups, size
    return made


def plain(tensor: Tensor, kind: str | None = None) -> Value:
    """A tensor whose axes are those of matrix notation."""
    order = len(tensor.axes)
    return Value(tensor, kind or "svm"[order], (1,) * order)


def joined(a: Value) -> Value:
    """A value with one axis for each of matrix notation."""
    return a if sum(a.groups) == len(a.groups) else plain(merged(a.tensor, a.groups), a.kind)
