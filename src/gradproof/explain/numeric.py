"""The check that a reader can do: one entry of a gradient by a central difference, as lines of NumPy with their value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradproof.notation.expr import Expr, Symbol
from gradproof.numeric.sample import Sampler

STEP = 1e-6


def by_hand(expr: Expr, x: Symbol, symbols: Sequence[Symbol], result: Expr) -> str:
    """Lines that can be run, and in comments what they give. Raises DomainError where no point is found."""
    import numpy as np  # numbers are needed only here

    found = Sampler(expr, symbols, ()).point(np.random.default_rng(0)).values
    values = {s.name: np.round(found[s.name], 3) for s in expr.variables}
    h = np.zeros(np.shape(values[x.name]))
    h.flat[0] = STEP
    moved = [{**values, x.name: values[x.name] + sign * h} for sign in (1, -1)]
    slope = float(expr.evaluate(moved[0]) - expr.evaluate(moved[1])) / (2 * STEP)
    entry = float(np.ravel(result.evaluate(values))[0])
    lines = ["import numpy as np, gradproof as gp"]
    lines += [f"{name} = {_array(np, v)}" for name, v in values.items()]
    given = ", ".join(f"{name}={name}" for name in values if name != x.name)
    where = _declared(symbols)
    lines.append(
        f"f = lambda {x.name}: gp.parse({expr.ascii!r}, {where!r}).evaluate({x.name}={x.name}{', ' + given if given else ''})"
    )
    lines.append(f"h = np.zeros(np.shape({x.name})); h.flat[0] = {STEP}")
    lines.append(f"(f({x.name} + h) - f({x.name} - h)) / {2 * STEP}   # {slope:.6g}")
    lines.append(f"# {result.ascii}")
    lines.append(f"# {entry:.6g}")
    return "\n".join(lines)


def _array(np: Any, v: Any) -> str:
    return f"np.array({np.asarray(v).tolist()})" if np.ndim(v) else repr(float(v))


def _declared(symbols: Sequence[Symbol]) -> str:
    return "; ".join(f"{s.name}: {s.type.declared}" for s in symbols)


__all__ = ["by_hand"]
