"""What `Optimum.solve` gives: SciPy's result, with what is proven of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from gradproof.codegen.rows.progress import progress
from gradproof.engine.tensor import Apply, Tensor, Variable, walk_tensor
from gradproof.engine.value import tensor_value
from gradproof.errors import GradproofError
from gradproof.notation.expr import Expr, Symbol
from gradproof.numeric.given import arrays, bind_sizes
from gradproof.ops.operation import Linear
from gradproof.optimum.account import CLOSED
from gradproof.optimum.bound import EVALUATED
from gradproof.optimum.lagrange import StationaryPoint
from gradproof.optimum.solution import Solution
from gradproof.optimum.solve import PosedProblem, convex, falls, solve
from gradproof.optional import needed

MET = 1e-6  # a constraint, against the square of the largest number
CONDITION = 1e10  # of a matrix that is inverted in a closed form


class SolvedProblem(PosedProblem, Protocol):
    """What is solved; `Optimum` says what each of these is."""

    @property
    def expression(self) -> Expr: ...
    @property
    def kind(self) -> str: ...
    @property
    def point(self) -> StationaryPoint | None: ...
    @property
    def solution(self) -> dict[str, Expr] | None: ...
    @property
    def variables(self) -> tuple[Symbol, ...]: ...


def result(o: SolvedProblem, values: Mapping[str, Any]) -> Any:
    """The optimum for data, as scipy.optimize.OptimizeResult."""
    OptimizeResult = needed("scipy.optimize").OptimizeResult
    thin = {n: v for n, v in values.items() if hasattr(v, "tocsr") and n in o.symbols}  # code takes it as it is
    dense = {n: v for n, v in values.items() if n not in thin}
    data = {**arrays([s for s in o.symbols.values() if s not in o.variables and s.name not in thin], dense), **thin}
    data = {
        n: v.astype(float) if getattr(v, "dtype", None) == np.float32 else v for n, v in data.items()
    }  # solvers compute in double precision
    with np.errstate(all="ignore"):  # where a condition fails, the closed form may be no number
        found = None if thin else _closed(o, data)
    if found is not None and o.kind == "stationary" and falls(o, data, found.values):
        found = None  # a saddle, or the opposite of what is looked for
    if found is not None:
        return OptimizeResult(
            x=found.x,
            fun=found.fun,
            values=found.values,
            kind=o.kind,
            method=found.method,
            success=True,
            message=found.message,
            nit=0,
        )
    with progress("evaluations", None, None) as done:  # on a terminal, of a run that takes long
        token = EVALUATED.set(done)
        try:
            with np.errstate(all="ignore"):  # solvers try points at and beyond the border
                found = solve(o, data)
        finally:
            EVALUATED.reset(token)
    proven = found.success and convex(o)
    kind = ("global-minimum" if o.sign > 0 else "global-maximum") if proven else "stationary"
    return OptimizeResult(
        x=found.x, fun=o.sign * found.fun, values=found.values, kind=kind, method=found.method, success=found.success,
        message=found.message, nit=found.nit, left=found.slope,
    )  # fmt: skip


def _closed(o: SolvedProblem, data: Mapping[str, Any]) -> Solution | None:
    """The closed form at these data; None where there is none, or its conditions do not hold."""
    if o.solution is None or o.point is None:
        return None
    symbols = [s for s in o.symbols.values() if s.name in data]
    sizes = bind_sizes(symbols, data)
    try:
        if not all(_regular(p, data, sizes) for p in o.point.pivots):
            return None
        values = {n: np.asarray(e.evaluate({**sizes, **data}), dtype=float)[()] for n, e in o.solution.items()}
        fun = float(o.expression.evaluate({**sizes, **data, **values}))
    except (GradproofError, np.linalg.LinAlgError):
        return None
    if not all(np.all(np.isfinite(v)) for v in values.values()) or not _met(o, {**sizes, **data, **values}):
        return None
    x = np.concatenate([np.ravel(v) for v in values.values()])
    return Solution(x, fun, values, CLOSED, True, "the closed form", 0, 0.0)


def _met(o: SolvedProblem, values: Mapping[str, Any]) -> bool:
    """Whether the constraints hold: where nothing meets them, as more than n orthonormal columns of n entries, a closed form is none."""
    size = 1 + max((float(np.max(np.abs(v), initial=0.0)) for v in values.values() if not callable(v)), default=0.0)
    gaps = [(np.asarray(zero.evaluate(values), dtype=float), relation) for zero, relation in o.relations]
    worst = [np.abs(g) if r == "=" else g if r == "<=" else -g for g, r in gaps]
    return all(float(np.max(g, initial=0.0)) <= MET * size**2 for g in worst)


def _regular(p: Tensor, data: Mapping[str, Any], sizes: Mapping[str, int]) -> bool:
    if any(isinstance(n, Variable) and n.name.startswith("\0") for n in walk_tensor(p)):
        return True
    if isinstance(p, Apply) and isinstance(p.op.meaning, Linear):
        return True  # a solution of an equation, which is refused where there is not one
    a = np.asarray(tensor_value(p, data, sizes), dtype=float)
    return bool(np.linalg.cond(a) < CONDITION) if a.ndim == 2 else bool(np.all(a != 0))
