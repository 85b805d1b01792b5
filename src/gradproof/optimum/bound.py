"""A formula with its data, as functions of one flat vector."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

from gradproof.errors import ShapeError
from gradproof.facts import sense
from gradproof.notation.expr import Symbol
from gradproof.optimum.parametrised import Chart, chart, floating
from gradproof.optional import needed
from gradproof.say import say

if TYPE_CHECKING:
    from gradproof.codegen import Compiled
    from gradproof.derivative import Derivative

Array = Any
EVALUATED: ContextVar[Callable[[int], object]] = ContextVar(
    "EVALUATED", default=lambda count: None
)  # told of each point

Framework = Literal["jax", "torch"]


class Programs(Protocol):
    """The programs of a formula; `Residual` says what each is."""

    @property
    def variables(self) -> tuple[Symbol, ...]: ...
    @property
    def derivatives(self) -> Sequence[Derivative]: ...
    @property
    def program(self) -> Compiled: ...


class ResidualPrograms(Programs, Protocol):
    """The programs of any formula; `Residual` says what each is."""

    @property
    def moves(self) -> tuple[Any, Any, Any, dict[str, str], str]: ...


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

    @cached_property
    def dtype(self) -> Any:
        """The precision to compute in: single where all arrays of data are, else double."""
        kinds = [v.dtype for v in self.values.values() if getattr(v, "shape", ())]
        return np.dtype(np.float32 if kinds and all(k == np.float32 for k in kinds) else float)

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
        v = self._long_enough(v)
        return {n: c.value(v[self._parts[n]]) for n, c in self.charts.items()}

    def _checked(self, v: Array) -> Array:
        """The vector in the precision to compute in."""
        return self._long_enough(v).astype(self.dtype, copy=False)

    def _told(self, found: Array, v: Array) -> Array:
        """A result in the precision of the vector that was given, as SciPy's solvers need it: they compute in double precision."""
        return found.astype(np.result_type(self.dtype, floating(v).dtype), copy=False)

    def _long_enough(self, v: Array) -> Array:
        v = floating(v)
        if v.shape != (self.size,):
            raise self.wrong_length(v.shape)
        return v

    def wrong_length(self, shape: tuple[int, ...]) -> ShapeError:
        """The error for a vector of another length."""
        return ShapeError(say("the vector has shape {shape}, and needs {size} entries", shape=shape, size=self.size))

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

    def part(self, name: str) -> slice:
        """Where a variable stands in the vector."""
        return self._parts[name]

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
            EVALUATED.get()(1)
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
        t = self._checked(v)
        slopes = self._at(t)[1]
        parts = [c.pull(t[self._parts[n]], g) for (n, c), g in zip(self.charts.items(), slopes, strict=True)]
        return self._told(np.concatenate(parts), v)

    def fun_and_jac(self, v: Array) -> tuple[float, Array]:
        """Both, as `jac=True` of scipy.optimize.minimize takes them."""
        return self.fun(v), self.jac(v)

    def hessp(self, v: Array, p: Array) -> Array:
        """The Hessian times a vector; the Hessian is never formed."""
        t, p = self._checked(v), self._checked(p)
        program, names = self.objective.moved
        moves = {names[n]: c.push(t[self._parts[n]], p[self._parts[n]]) for n, c in self.charts.items()}
        found = program(self._picked(program.names, {**self._arguments(t), **moves}))
        found = found if isinstance(found, tuple) else (found,)
        slopes = self._at(t)[1]
        parts = []
        for (n, c), g, dg in zip(self.charts.items(), slopes, found, strict=True):
            at = self._parts[n]
            parts.append(c.pull_moved(t[at], p[at], g, self.objective.sign * np.asarray(dg)))
        return self._told(np.concatenate(parts), v)

    def function(self, framework: Framework) -> Callable[[Array], Array]:
        """The formula as a function of the flat vector as an array of JAX or PyTorch, through which they differentiate by the closed forms.

        For optimisers of theirs: jaxopt, optax, torch.optim. Raises UnsupportedError where the framework is not installed, and for what it has no code.

        >>> from gradproof import objective
        >>> f = objective("norm2(x - a)^2", wrt="x").bind(a=[1.0, 2.0]).function("jax")  # doctest: +SKIP
        >>> jax.grad(f)(jax.numpy.zeros(2))  # doctest: +SKIP
        Array([-2., -4.], dtype=float32)
        """
        from gradproof.optimum.framework import function  # it needs the framework

        return function(self, self.objective.derivatives[0], self.objective.sign, framework)

    def hess(self, v: Array) -> Array:
        """The Hessian; that of the last vector is kept."""
        t = self._checked(v)
        key = t.tobytes()
        if self._bend is None or self._bend[0] != key:
            self._bend = key, self._hessian(t)
        return self._told(self._bend[1], v).copy()

    def _hessian(self, v: Array) -> Array:
        if any(not s.type.dims or sense(s.facts).turned == 1 for s in self.variables):
            return np.stack([self.hessp(v, e) for e in np.eye(self.size, dtype=v.dtype)], axis=1)
        program = self.objective.second
        found = program(self._picked(program.names, self._arguments(v)))
        found = found if isinstance(found, tuple) else (found,)
        whole = np.zeros((self.size, self.size), dtype=v.dtype)
        for (a, b), block in zip(self.objective.blocks, found, strict=True):
            block = self.objective.sign * np.asarray(block).reshape(self.charts[a].size, self.charts[b].size)
            whole[self._parts[a], self._parts[b]] = block
            whole[self._parts[b], self._parts[a]] = block.T
        return whole


class BoundResidual(FlatVector):
    """A vector of a flat vector, for scipy.optimize.least_squares: fun, jac, x0, bounds. Made by `Residual.bind`."""

    def __init__(self, residual: ResidualPrograms, data: Mapping[str, Any], sizes: Mapping[str, int]):
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

    @property
    def thin(self) -> bool:
        """Whether data are sparse: then the Jacobian is a LinearOperator, which is never formed."""
        return any(hasattr(v, "tocsr") for v in self.values.values())

    def _run(self, program: Any, t: Array, more: Mapping[str, Any]) -> tuple[Any, ...]:
        found = program(self._picked(program.names, {**self._arguments(t), **more}))
        return found if isinstance(found, tuple) else (found,)

    def _operator(self, t: Array) -> Any:
        """The Jacobian by its products with vectors."""
        _, along, back, names, weights = self.residual.moves
        value = np.asarray(self._run(self.residual.moves[0], t, {})[0])

        def matvec(p: Array) -> Array:
            p = np.ravel(p)
            moved = {names[n]: c.push(t[self._parts[n]], p[self._parts[n]]) for n, c in self.charts.items()}
            return np.ravel(self._run(along, t, moved)[0])

        def rmatvec(u: Array) -> Array:
            found = self._run(back, t, {weights: np.reshape(u, value.shape)})
            parts = zip(self.charts.items(), found, strict=True)
            return np.concatenate([c.pull(t[self._parts[n]], np.asarray(g)) for (n, c), g in parts])

        operator = needed("scipy.sparse.linalg").LinearOperator
        return operator((value.size, self.size), matvec=matvec, rmatvec=rmatvec, dtype=self.dtype)

    def fun(self, v: Array) -> Array:
        """The entries of the formula, row by row."""
        if self.thin:
            return self._told(np.ravel(self._run(self.residual.moves[0], self._checked(v), {})[0]), v)
        return self._told(self._at(self._checked(v))[0], v).copy()

    def jac(self, v: Array) -> Array:
        """The Jacobian: one row for each entry of the formula, one column for each number of the vector; a LinearOperator where data are sparse."""
        if self.thin:
            return self._operator(self._checked(v))
        return self._told(self._at(self._checked(v))[1], v).copy()

    def function(self, framework: Framework) -> Callable[[Array], Array]:
        """The entries of the formula as a function of the flat vector as an array of JAX or PyTorch, which differentiate it by the closed forms.

        For `jaxopt.LevenbergMarquardt` and the like. Raises UnsupportedError where the framework is not installed, and for what it has no code.
        """
        from gradproof.optimum.framework import function  # it needs the framework

        return function(self, self.residual.derivatives[0], 1, framework)
