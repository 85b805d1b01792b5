"""Where lower modules call what stands above them: the only places, filled here and nowhere else.

The engine's constructors try rewrites that themselves make products and sums; a formula is asked for its text and its value, a Hessian for what it says of its formula.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gradproof.engine import (
    blocks,
    commuting,
    functions,
    inverse,
    linear,
    logarithm,
    placed,
    powers,
    pseudo,
    schur,
    simplify,
    spectra,
    stacking,
    total,
    triangular,
)
from gradproof.engine.laws import Law, rewrites
from gradproof.engine.tensor import Stacking
from gradproof.hooks import certificates
from gradproof.notation.expr import Expr, Symbol, views
from gradproof.ops import Operation, basic
from gradproof.parse.parsed import reading_of
from gradproof.render import ascii, latex, unicode

rewrites.product = (
    Law(stacking.met, lambda x: x is Stacking),
    Law(inverse.cancelled, lambda x: x is inverse.INV or x == inverse.ORTHOGONAL),
    Law(pseudo.met, lambda x: x is pseudo.PINV),
    Law(linear.moved_over, lambda x: isinstance(x, Operation) and linear.fixed_count(x) is not None),
    Law(functions.met, functions.is_function),
    Law(triangular.met, triangular.is_factor),
    Law(placed.unit_vectors, lambda x: isinstance(x, Operation) and x.place > 0),
    Law(placed.imaginary_units, lambda x: x is placed.IUNIT),
    Law(blocks.ends_of_identity, blocks.ENDS.__contains__),
    Law(schur.complements, lambda x: x is inverse.INV),
    Law(blocks.taken_apart, lambda x: x in blocks.ENDS or (isinstance(x, Operation) and x.place == 1)),
    Law(powers.joined_powers, lambda x: x is powers.ELPOW),
    Law(simplify.joined_exponentials, lambda x: x is basic.EXP),
    Law(simplify.simplified_product, lambda x: isinstance(x, Operation) and bool(simplify.patterns("product", x))),
    Law(spectra.vectors, lambda x: x is spectra.EIGVEC),
    Law(spectra.projectors, lambda x: x in (spectra.EIGPROJ, spectra.EIGRES)),
    Law(spectra.sums, lambda x: x in (spectra.EIGVALS, spectra.SINGVALS)),
    Law(total.added_up, total.tells_a_total),
    Law(total.cancelled, total.repeats),
    Law(total.absorbed, total.repeats),
)
rewrites.spread = blocks.spread
rewrites.sum = (simplify.simplified_sum, linear.joined_directions)
rewrites.apply = (
    commuting.commuting,
    functions.applied,
    triangular.applied,
    triangular.of_rank_one,
    inverse.inverses,
    stacking.inverted,
    spectra.reduced,
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


def _curvature(e: Expr, variables: Sequence[Symbol], verify: bool) -> Any:
    from gradproof.optimum.convexity import of_hessian  # nor for this

    return of_hessian(e, variables, verify)


views.ascii, views.latex, views.unicode = ascii, latex, unicode
views.reading, views.evaluate = reading_of, _value
views.sympy, views.matrix_form = _sympy, _matrix_form
certificates.of = _curvature
