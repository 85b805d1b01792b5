"""Where lower modules call what stands above them: the only two places, filled here and nowhere else.

The engine's constructors try rewrites that themselves make products and sums; a formula is asked for its text and its value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gradproof.engine import (
    blocks,
    commuting,
    inverse,
    linear,
    logarithm,
    placed,
    powers,
    simplify,
    spectra,
    stacking,
    total,
)
from gradproof.engine.contract import rewrites
from gradproof.notation.expr import Expr, views
from gradproof.parse import reading_of
from gradproof.render import ascii, latex, unicode

rewrites.product = (
    stacking.met,
    inverse.cancelled,
    linear.moved_over,
    placed.unit_vectors,
    blocks.ends_of_identity,
    blocks.taken_apart,
    powers.joined_powers,
    simplify.joined_exponentials,
    simplify.simplified_product,
    spectra.vectors,
    spectra.projectors,
    spectra.sums,
    total.added_up,
)
rewrites.sum = (simplify.simplified_sum,)
rewrites.apply = (
    commuting.commuting,
    inverse.inverses,
    stacking.inverted,
    linear.linear,
    logarithm.split,
    total.unshifted,
    simplify.simplified_application,
)


def _value(e: Expr, values: Mapping[str, Any]) -> Any:
    from gradproof.lift.value import value  # most formulas are never asked for it

    return value(e, values)


def _sympy(e: Expr) -> Any:
    from gradproof.interop.to_sympy import to_sympy  # nor for this

    return to_sympy(e)


def _matrix_form(e: Expr) -> Expr:
    from gradproof.lift.running_sums import matrix_form  # nor for this

    return matrix_form(e)


views.ascii, views.latex, views.unicode = ascii, latex, unicode
views.reading, views.evaluate = reading_of, _value
views.sympy, views.matrix_form = _sympy, _matrix_form
