"""A problem for numbers in units in which its curvatures are 1: solvers, and what says that they have arrived, depend on what is measured in what."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from gradproof.records import dataclass, replace

if TYPE_CHECKING:
    from gradproof.optimum.bound import Bound

Flat: TypeAlias = "Bound | InUnits | InLogs"  # a smooth function of one flat vector

APART = 100.0  # how far units may be apart before they are changed


def units_of(hess: Any) -> Any:
    """The units in which the curvatures on the diagonal are 1."""
    bent = np.abs(np.diag(hess))
    fits = np.isfinite(bent) & (bent > 0)
    return np.where(fits, 1 / np.sqrt(np.where(fits, bent, 1.0)), 1.0)


def measured(flat: Flat, most: int) -> Any:
    """The units of the variables at the start; ones where they hardly differ, and beyond `most` entries."""
    plain = np.ones(flat.size)
    if not 1 < flat.size <= most:
        return plain
    with np.errstate(all="ignore"):
        units = units_of(flat.hess(flat.x0))
    return units if np.max(units) > APART * np.min(units) else plain


@dataclass(frozen=True)
class InUnits:
    """A flat function of t = v/units. Bounds are zeros, which stay where they are."""

    flat: Flat
    units: Any

    @property
    def size(self) -> int:
        return self.flat.size

    @cached_property
    def x0(self) -> Any:
        return self.flat.x0 / self.units

    @property
    def bounds(self) -> list[tuple[float | None, float | None]]:
        return self.flat.bounds

    def fun(self, v: Any) -> float:
        return self.flat.fun(v * self.units)

    def jac(self, v: Any) -> Any:
        return self.flat.jac(v * self.units) * self.units

    def hess(self, v: Any) -> Any:
        return self.flat.hess(v * self.units) * self.units * self.units[:, None]

    def hessp(self, v: Any, p: Any) -> Any:
        return self.flat.hessp(v * self.units, p * self.units) * self.units

    def unpack(self, v: Any) -> dict[str, Any]:
        return self.flat.unpack(v * self.units)


def positive(flat: Flat) -> Any:
    """Which entries are positive; None where none are, or others are bounded as well."""
    bounds = np.array([b is not None for b, _ in flat.bounds])
    return bounds if np.any(bounds) and np.all(flat.x0[bounds] > 0) else None


@dataclass(frozen=True)
class InLogs:
    """A flat function of the logarithms of the entries `on`, and of the others: it has no bounds."""

    flat: Flat
    on: Any

    @property
    def size(self) -> int:
        return self.flat.size

    @cached_property
    def x0(self) -> Any:
        return np.where(self.on, 0.0, self.flat.x0)

    @property
    def bounds(self) -> list[tuple[float | None, float | None]]:
        return [(None, None)] * self.size

    def turned(self, v: Any) -> Any:
        """The entries themselves."""
        return np.where(self.on, np.exp(np.where(self.on, v, 0.0)), v)

    def rates(self, v: Any) -> Any:
        """How fast the entries move with v."""
        return np.where(self.on, self.turned(v), 1.0)

    def fun(self, v: Any) -> float:
        return self.flat.fun(self.turned(v))

    def jac(self, v: Any) -> Any:
        return self.flat.jac(self.turned(v)) * self.rates(v)

    def hess(self, v: Any) -> Any:
        rates = self.rates(v)
        return self.flat.hess(self.turned(v)) * rates * rates[:, None] + np.diag(np.where(self.on, self.jac(v), 0.0))

    def hessp(self, v: Any, p: Any) -> Any:
        rates = self.rates(v)
        return self.flat.hessp(self.turned(v), p * rates) * rates + np.where(self.on, self.jac(v) * p, 0.0)

    def unpack(self, v: Any) -> dict[str, Any]:
        return self.flat.unpack(self.turned(v))


@dataclass(frozen=True)
class RowsInLogs:
    """A constraint as a function of the same."""

    rows: Any
    logs: InLogs

    def fun(self, v: Any) -> Any:
        return self.rows.fun(self.logs.turned(v))

    def jac(self, v: Any) -> Any:
        return self.rows.jac(self.logs.turned(v)) * self.logs.rates(v)


@dataclass(frozen=True)
class RowsInUnits:
    """A constraint as a function of t = v/units."""

    rows: Any
    units: Any

    def fun(self, v: Any) -> Any:
        return self.rows.fun(v * self.units)

    def jac(self, v: Any) -> Any:
        return self.rows.jac(v * self.units) * self.units


def in_units(flat: Flat, most: int, solve: Callable[[Flat, Any], Any]) -> Any:
    """What a solver finds for the problem in units of its own, in those that were given: its field `x` is turned back."""
    units = measured(flat, most)
    if np.all(units == 1.0):
        return solve(flat, units)
    found = solve(InUnits(flat, units), units)
    return replace(found, x=found.x * units)
