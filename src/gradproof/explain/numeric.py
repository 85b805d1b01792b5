"""The check that a reader can do: one entry of a gradient by a central difference, as lines of NumPy with their value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gradproof.codegen.plainly import numpy_lines
from gradproof.errors import BudgetError, GradproofError
from gradproof.notation.expr import Expr, Symbol
from gradproof.numeric.sample import Sampler

STEP = 1e-6
LETTERS = (("f", "F", "func"), ("h", "dx", "step"), ("g", "G", "grad"))  # of function, step and gradient
NEAR = 1e-5  # relative difference of what the lines give from what is written behind them


def by_hand(expr: Expr, x: Symbol, symbols: Sequence[Symbol], result: Expr) -> str:
    """Lines that can be run, and in comments what they give. Raises DomainError where no point is found."""
    import numpy as np  # numbers are needed only here

    found = Sampler(expr, symbols, ()).point(np.random.default_rng(0)).values
    values = {s.name: np.round(found[s.name], 3) for s in symbols if s in expr.variables or s in result.variables}
    small = np.zeros(np.shape(values[x.name]))
    small.flat[0] = STEP
    moved = [{**values, x.name: values[x.name] + sign * small} for sign in (1, -1)]
    slope = float(expr.evaluate(moved[0]) - expr.evaluate(moved[1])) / (2 * STEP)
    entry = float(np.ravel(result.evaluate(values))[0])
    given = [f"{name} = {_array(np, v)}" for name, v in values.items()]
    f, h, g = (next(n for n in names if n not in values) for names in LETTERS)
    step = f"{h} = np.zeros(np.shape({x.name})); {h}.flat[0] = {STEP}"
    difference = f"({f}({x.name} + {h}) - {f}({x.name} - {h})) / {2 * STEP}   # {slope:.6g}"
    head, lines = "import numpy as np", _in_numpy(expr, x, symbols, result, f, g)
    if lines is None or not _agrees([head, *given, *lines], step, difference, slope, entry):
        head = "import numpy as np, gradproof as gp"
        lines = _in_gradproof(expr, x, symbols, result, values, f, g)
    function, gradient, last = lines
    return "\n".join([head, *given, function, step, difference, gradient, f"{last}   # {entry:.6g}"])


def _in_numpy(expr: Expr, x: Symbol, symbols: Sequence[Symbol], result: Expr, f: str, g: str) -> list[str] | None:
    """The function, the gradient and its first entry in NumPy alone; None where it has no words for them."""
    try:
        before, value = numpy_lines(expr, symbols)
        more, gradient = numpy_lines(result, symbols)
    except BudgetError:
        raise
    except GradproofError:
        return None
    if (
        "f" in (x.name, *(s.name for s in symbols))
        or "h" in {s.name for s in symbols}
        or "g" in {s.name for s in symbols}
    ):
        return None
    body = "".join(f"    {line}\n" for line in before)
    function = f"def {f}({x.name}):\n{body}    return {value}" if before else f"{f} = lambda {x.name}: {value}"
    return [function, "\n".join([*more, f"{g} = {gradient}"]), f"np.ravel({g})[0]"]


def _in_gradproof(
    expr: Expr, x: Symbol, symbols: Sequence[Symbol], result: Expr, values: Mapping[str, Any], f: str, g: str
) -> list[str]:
    """The same with the formulas as they are printed."""
    where = "; ".join(f"{s.name}: {s.type.declared}" for s in symbols)
    others = "".join(f", {name}={name}" for name in values if name != x.name)
    named = ", ".join(f"{name}={name}" for name in values)
    return [
        f"{f} = lambda {x.name}: gp.parse({expr.ascii!r}, {where!r}).evaluate({x.name}={x.name}{others})",
        f"{g} = gp.parse({result.ascii!r}, {where!r}).evaluate({named})",
        f"np.ravel({g})[0]",
    ]


def _agrees(lines: Sequence[str], step: str, difference: str, slope: float, entry: float) -> bool:
    """Whether the lines give what is written behind them."""
    *body, last = lines
    scope: dict[str, Any] = {}
    try:
        exec("\n".join([*body, step]), scope)  # noqa: S102  (our own text)
        pairs = ((eval(difference, scope), slope), (eval(last, scope), entry))  # noqa: S307
    except Exception:  # whatever goes wrong there, the other lines are taken
        return False
    return all(abs(float(a) - b) <= NEAR * max(1.0, abs(b)) for a, b in pairs)


def _array(np: Any, v: Any) -> str:
    return f"np.array({np.asarray(v).tolist()})" if np.ndim(v) else repr(float(v))


__all__ = ["by_hand"]
