"""A formula with its data, as functions of one flat vector."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from gradproof.errors import ShapeError
from gradproof.facts import sense
from gradproof.notation.expr import Symbol
from gradproof.optimum.parametrised import Chart, chart
from gradproof.say import say

if TYPE_CHECKING:
    from gradproof.codegen import Compiled

Array = Any


class Programs(Protocol):
    """The programs of a formula; `Residual` says what each is."""

    @property
    def variables(self) -> tuple[Symbol, ...]: ...
    @property
    def program(self) -> Compiled: ...


class ScalarPrograms(Programs, Protocol):
    """The programs of a scalar; `Objective` says what each is."""

    @property
    def sign(self) -> int: ...
    @property
    def blocks(self) -> Mapping[tuple[str, str], Any]: ...
    @property
    def second(self) -> Compiled: ...
    @property
    def moved(self) -> tuple[Compiled, dict[str, str]]: ...


class FlatVector:
    """The flat vector: `charts` say which part of it tells which variable, and how."""

    def __init__(self, variables: tuple[Symbol, ...], data: Mapping[str, Any], sizes: Mapping[str, int]):
        self.variables, self.values, self.sizes = variables, dict(data), dict(sizes)
        self.charts: dict[str, Chart] = {
            s.name: chart(s, tuple(d.evaluate(sizes) for d in s.type.dims)) for s in variables
        }
        self._parts: dict[str, slice] = {}
        at = 0
        for name, c in self.charts.items():
            self._parts[name] = slice(at, at + c.size)
            at += c.size
        self.size = at

    @property
    def parametrisation(self) -> dict[str, str]:
        """Which numbers tell each variable."""
        return {name: c.said for name, c in self.charts.items()}

    def pack(self, values: Mapping[str, Any] | None = None, /, **more: Any) -> Array:
        """The vector for values of all variables."""
        known = {**(values or {}), **more}
        return np.concatenate([self.charts[n].numbers(known[n]) for n in self.charts])

    def unpack(self, v: Array) -> dict[str, Any]:
        """The values of all variables. Raises ShapeError for a vector of another length."""
        v = self._checked(v)
        return {n: c.value(v[self._parts[n]]) for n, c in self.charts.items()}

    def _checked(self, v: Array) -> Array:
        v = np.asarray(v, dtype=float)
        if v.shape != (self.size,):
            raise ShapeError(
                say("the vector has shape {shape}, and needs {size} entries", shape=v.shape, size=self.size)
            )
        return v

    @cached_property
    def x0(self) -> Array:
        """A start: zeros, ones where a variable is positive, the identity where it is positive definite."""
        parts = [
            np.zeros(c.size) if sense(s.facts).definite == 2 else np.full(c.size, float(sense(s.facts).positive))
            for s, c in zip(self.variables, self.charts.values(), strict=True)
        ]
        return np.concatenate(parts)

    @cached_property
    def bounds(self) -> list[tuple[float | None, float | None]]:
        """The bounds of each entry: at least zero where a variable is declared positive or nonnegative."""
        return [
            (0.0 if sense(s.facts).nonnegative and sense(s.facts).definite < 2 else None, None)
            for s, c in zip(self.variables, self.charts.values(), strict=True)
            for _ in range(c.size)
        ]

    def _arguments(self, v: Array) -> dict[str, Any]:
        return {**self.values, **{n: c.value(v[self._parts[n]]) for n, c in self.charts.items()}}

    def _picked(self, names: tuple[str, ...], values: Mapping[str, Any]) -> dict[str, Any]:
        return {n: values[n] if n in values else self.sizes[n] for n in names}


class Bound(FlatVector):
    """A scalar of a flat vector, in SciPy's words: fun, jac, fun_and_jac, hess, hessp, x0, bounds. Made by `Objective.bind`."""

    def __init__(self, objective: ScalarPrograms, data: Mapping[str, Any], sizes: Mapping[str, int]):
        super().__init__(objective.variables, data, sizes)
        self.objective = objective
        self._last: tuple[bytes, float, list[Any]] | None = None
        self._bend: tuple[bytes, Array] | None = None

    def _at(self, v: Array) -> tuple[float, list[Any]]:
        """The value and the derivatives by the variables; those of the last vector are kept."""
        key = v.tobytes()
        if self._last is None or self._last[0] != key:
            program = self.objective.program
            value, *slopes = program(self._picked(program.names, self._arguments(v)))
            sign = self.objective.sign
            self._last = key, sign * float(value), [sign * np.asarray(g) for g in slopes]
        return self._last[1:]

    def fun(self, v: Array) -> float:
        """The value."""
        return self._at(self._checked(v))[0]

    def jac(self, v: Array) -> Array:
        """The gradient."""
        v = self._checked(v)
        slopes = self._at(v)[1]
        return np.concatenate(
            [c.pull(v[self._parts[n]], g) for (n, c), g in zip(self.charts.items(), slopes, strict=True)]
        )

    def fun_and_jac(self, v: Array) -> tuple[float, Array]:
        """Both, as `jac=True` of scipy.optimize.minimize takes them."""
        return self.fun(v), self.jac(v)

    def hessp(self, v: Array, p: Array) -> Array:
        """The Hessian times a vector; the Hessian is never formed."""
        v, p = self._checked(v), self._checked(p)
        program, names = self.objective.moved
        moves = {names[n]: c.push(v[self._parts[n]], p[self._parts[n]]) for n, c in self.charts.items()}
        found = program(self._picked(program.names, {**self._arguments(v), **moves}))
        found = found if isinstance(found, tuple) else (found,)
        slopes = self._at(v)[1]
        parts = []
        for (n, c), g, dg in zip(self.charts.items(), slopes, found, strict=True):
            at = self._parts[n]
            parts.append(c.pull_moved(v[at], p[at], g, self.objective.sign * np.asarray(dg)))
        return np.concatenate(parts)

    def hess(self, v: Array) -> Array:
        """The Hessian; that of the last vector is kept."""
        v = self._checked(v)
        key = v.tobytes()
        if self._bend is None or self._bend[0] != key:
            self._bend = key, self._hessian(v)
        return self._bend[1].copy()

    def _hessian(self, v: Array) -> Array:
        if any(not s.type.dims or sense(s.facts).turned == 1 for s in self.variables):
            return np.stack([self.hessp(v, e) for e in np.eye(self.size)], axis=1)
        program = self.objective.second
        found = program(self._picked(program.names, self._arguments(v)))
        found = found if isinstance(found, tuple) else (found,)
        whole = np.zeros((self.size, self.size))
        for (a, b), block in zip(self.objective.blocks, found, strict=True):
            block = self.objective.sign * np.asarray(block).reshape(self.charts[a].size, self.charts[b].size)
            whole[self._parts[a], self._parts[b]] = block
            whole[self._parts[b], self._parts[a]] = block.T
        return whole


class BoundResidual(FlatVector):
    """A vector of a flat vector, for scipy.optimize.least_squares: fun, jac, x0, bounds. Made by `Residual.bind`."""

    def __init__(self, residual: Programs, data: Mapping[str, Any], sizes: Mapping[str, int]):
        super().__init__(residual.variables, data, sizes)
        self.residual = residual
        self._last: tuple[bytes, Array, Array] | None = None

    def _at(self, v: Array) -> tuple[Array, Array]:
        key = v.tobytes()
        if self._last is None or self._last[0] != key:
            program = self.residual.program
            value, *slopes = program(self._picked(program.names, self._arguments(v)))
            flat = np.ravel(value)
            columns = []
            for s, g in zip(self.variables, slopes, strict=True):
                c, at = self.charts[s.name], self._parts[s.name]
                shape = tuple(d.evaluate(self.sizes) for d in s.type.dims)
                rows = np.asarray(g).reshape(*shape, flat.size)
                columns.append(np.stack([c.pull(v[at], rows[..., k]) for k in range(flat.size)]))
            self._last = key, flat, np.concatenate(columns, axis=1)
        return self._last[1:]

    def fun(self, v: Array) -> Array:
        """The entries of the formula, row by row."""
        return self._at(self._checked(v))[0].copy()

    def jac(self, v: Array) -> Array:
        """The Jacobian: one row for each entry of the formula, one column for each number of the vector."""
        return self._at(self._checked(v))[1].copy()
