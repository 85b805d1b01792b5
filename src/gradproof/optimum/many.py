"""Many problems of one formula at once: a flat vector for each, in the rows of one array."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from gradproof.errors import ShapeError
from gradproof.notation.expr import Symbol
from gradproof.optimum.bound import Array, FlatVector
from gradproof.optimum.parametrised import floating
from gradproof.records import dataclass
from gradproof.say import say

if TYPE_CHECKING:
    from gradproof.codegen import Compiled

STEPS, HALVINGS = 200, 40  # of Newton's method, and how often a step of it is halved
ENOUGH = 1e-4  # of the slope that a step has to gain (Armijo)
CLOSE, ROUGH = 1e-9, 1e-4  # the largest entry of a slope that counts as zero, in double and in single precision
NOISE = 45  # units of rounding that a value may rise by


class BatchPrograms(Protocol):
    """The programs of a scalar for many problems; `Objective` says what each is."""

    @property
    def variables(self) -> tuple[Symbol, ...]: ...
    @property
    def program(self) -> Compiled: ...
    @property
    def moved(self) -> tuple[Compiled, dict[str, str]]: ...


@dataclass(frozen=True)
class SolvedProblems:
    """`x`: one row a problem; `values` by name, with a first axis of problems; `fun`, `slope` (the largest entry of the gradient) and `success` of each; `nit` steps."""

    x: Array
    values: dict[str, Array]
    fun: Array
    slope: Array
    success: Array
    nit: int


class BoundBatch(FlatVector):
    """A scalar of many flat vectors, one row a problem: fun, jac, fun_and_jac, hess, hessp, x0, bounds, solve. Made by `Objective.bind_batch`."""

    def __init__(self, programs: BatchPrograms, data: Mapping[str, Any], sizes: Mapping[str, int], count: int):
        super().__init__(programs.variables, data, sizes)
        self.programs, self.count = programs, count

    def pack(self, values: Mapping[str, Any] | None = None, /, **more: Any) -> Array:
        """The vectors for values of all variables, each with a first axis of problems."""
        known = {**(values or {}), **more}
        parts = [np.stack([c.numbers(x) for x in np.asarray(known[n])]) for n, c in self.charts.items()]
        return self._checked(np.concatenate(parts, axis=1))

    def unpack(self, v: Array) -> dict[str, Any]:
        """The values of all variables, with a first axis of problems. Raises ShapeError for another shape."""
        v = self._long_enough(v)
        return {n: np.stack([c.value(row) for row in v[:, self._parts[n]]]) for n, c in self.charts.items()}

    def _long_enough(self, v: Array) -> Array:
        v = floating(v)
        if v.shape != (self.count, self.size):
            wanted = (self.count, self.size)
            raise ShapeError(say("the vectors have shape {shape}, and need {wanted}", shape=v.shape, wanted=wanted))
        return v

    @cached_property
    def x0(self) -> Array:
        """A start: that of one problem, for each."""
        return np.tile(super().x0, (self.count, 1)).astype(self.dtype)

    def _by_problem(self, of: Callable[..., Array], *rows: Array) -> Array:
        return np.stack([of(*(r[k] for r in rows)) for k in range(self.count)])

    def fun_and_jac(self, v: Array) -> tuple[Array, Array]:
        """The values, and the gradients."""
        v = self._checked(v)
        program = self.programs.program
        value, *slopes = program(self._picked(program.names, {**self.values, **self.unpack(v)}))
        parts = [
            self._by_problem(c.pull, v[:, self._parts[n]], np.asarray(g))
            for (n, c), g in zip(self.charts.items(), slopes, strict=True)
        ]
        return floating(value), np.concatenate(parts, axis=1)

    def fun(self, v: Array) -> Array:
        """The values, one a problem."""
        return self.fun_and_jac(v)[0]

    def jac(self, v: Array) -> Array:
        """The gradients, one row a problem."""
        return self.fun_and_jac(v)[1]

    def hessp(self, v: Array, p: Array) -> Array:
        """The Hessian of each problem times a vector of each."""
        v, p = self._checked(v), self._checked(p)
        program, names = self.programs.moved
        known = {**self.values, **self.unpack(v)}
        slopes = self.programs.program(self._picked(self.programs.program.names, known))[1:]
        moves = {names[n]: self._by_problem(c.push, v[:, at], p[:, at]) for n, c, at in self._all()}
        found = program(self._picked(program.names, {**known, **moves}))
        found = found if isinstance(found, tuple) else (found,)
        parts = [
            self._by_problem(c.pull_moved, v[:, at], p[:, at], np.asarray(g), np.asarray(dg))
            for (_, c, at), g, dg in zip(self._all(), slopes, found, strict=True)
        ]
        return np.concatenate(parts, axis=1)

    def _all(self) -> list[tuple[str, Any, slice]]:
        return [(n, c, self._parts[n]) for n, c in self.charts.items()]

    def hess(self, v: Array) -> Array:
        """The Hessians: one matrix a problem."""
        v = self._checked(v)
        return np.stack([self.hessp(v, np.tile(e, (self.count, 1))) for e in np.eye(self.size, dtype=v.dtype)], axis=2)

    def solve(self, start: Array | None = None, tolerance: float | None = None) -> SolvedProblems:
        """A stationary point of each problem by Newton's method, all at once; steps go down, and stay where the values are numbers.

        Variables that are declared positive or nonnegative stay within that: their steps are cut short of zero, so that an optimum at zero is not found exactly.
        `tolerance`: the largest entry of a gradient that counts as zero, beside the value; 1e-9, in single precision 1e-4.
        """
        v = self.x0 if start is None else self._checked(start).copy()
        if tolerance is None:
            tolerance = ROUGH if v.dtype == np.float32 else CLOSE
        low = np.array([-np.inf if a is None else a for a, _ in self.bounds], dtype=v.dtype)
        f, g = self.fun_and_jac(v)
        size = 1 + np.abs(f)
        count = 0
        while True:
            slope = np.max(np.abs(g), axis=1, initial=0.0)
            done = slope <= tolerance * np.minimum(size, 1 + np.abs(f))
            if done.all() or count == STEPS:
                break
            step = np.where(done[:, None], 0.0, _downhill(self.hess(v), g))
            new = self._stepped(v, step, f, np.sum(g * step, axis=1), low)
            if np.array_equal(new, v):
                break
            v, count = new, count + 1
            f, g = self.fun_and_jac(v)
        return SolvedProblems(v, self.unpack(v), f, slope, done, count)

    def _stepped(self, v: Array, step: Array, f: Array, gain: Array, low: Array) -> Array:
        """Steps that are halved, problem by problem, until each goes down."""
        t = np.ones(self.count, dtype=v.dtype)
        new = v.copy()
        waiting = np.ones(self.count, bool)
        for _ in range(HALVINGS):
            there = np.where(waiting[:, None], v + t[:, None] * step, new)
            there = np.maximum(there, np.where(np.isfinite(low), v + 0.99 * (low - v), -np.inf))
            with np.errstate(all="ignore"):
                value = self.fun(there)
            good = waiting & (value <= f + ENOUGH * t * gain + NOISE * np.finfo(v.dtype).eps * np.abs(f))
            new[good] = there[good]
            waiting &= ~good
            if not waiting.any():
                break
            t = np.where(waiting, t / 2, t)
        return new


def _downhill(h: Array, g: Array) -> Array:
    """Newton's steps, with the curvatures taken as positive and not too small."""
    w, q = np.linalg.eigh((h + np.swapaxes(h, 1, 2)) / 2)
    least = 1e-12 * np.max(np.abs(w), axis=1, keepdims=True) + 1e-300
    along = np.einsum("kij,ki->kj", q, g) / np.maximum(np.abs(w), least)
    return -np.einsum("kij,kj->ki", q, along)
