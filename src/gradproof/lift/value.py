"""The value of a formula in its stable spelling, as `Expr.evaluate` gives it.

Where nothing in a formula can overflow or lose digits on the way, the formula itself is evaluated, as the references of verification are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gradproof.engine.lower import lower
from gradproof.engine.stable import stabilised
from gradproof.engine.twins import is_complex, with_lengths
from gradproof.engine.value import tensor_value
from gradproof.exact.lost import recovered
from gradproof.lift.layouts import Axes
from gradproof.lift.rows import LOGSUMEXP_ROWS, SOFTMAX_ROWS
from gradproof.notation.expr import Call, Expr, walk
from gradproof.notation.places import lengths
from gradproof.numeric.arrays import held, plain
from gradproof.numeric.evaluate import evaluate
from gradproof.numeric.given import bind_sizes, measured
from gradproof.ops import basic
from gradproof.ops.operation import Definition, Differential, Elementwise, Frechet, Monomial, Power, Primary

CURVED = Elementwise | Differential | Definition | Monomial | Power | Primary | Frechet
CARRIED = frozenset((basic.NORM2, SOFTMAX_ROWS, LOGSUMEXP_ROWS))


def value(expr: Expr, values: Mapping[str, Any]) -> Any:
    """The value of a formula for arrays by the variables' names; arguments and errors are those of `numeric.evaluate.evaluate`."""
    if is_complex(expr):
        return evaluate(with_lengths(expr), values)
    import numpy as np  # numbers are needed only here

    if not any(isinstance(e, Call) and (e.op in CARRIED or isinstance(e.op.meaning, CURVED)) for e in walk(expr)):
        with np.errstate(over="ignore", invalid="ignore"):
            plainly = evaluate(expr, values)
        if np.isfinite(plainly).all():
            return plainly  # else a part of it may be beyond the range of floats

    given = {**values, **{v.name: plain(v.name, values[v.name], np) for v in expr.variables if v.name in values}}
    sizes = bind_sizes(expr.variables, given)
    measured(lengths(walk(expr)), sizes)
    held(expr.variables, given, np)
    lowered = lower(expr)
    axes = Axes((), lowered.kind, lowered.groups)
    analytic = any(np.iscomplexobj(given[v.name]) for v in expr.variables)
    tensor = lowered.tensor if analytic else stabilised(lowered.tensor, dear=True)
    with np.errstate(over="ignore", invalid="ignore"):
        counted = tensor_value(tensor, given, sizes)
    found = axes.array(np, recovered(np, tensor, given, sizes, counted), "mixed")
    return found.copy() if found.ndim else found[()]
