"""Where lower modules call what stands above them: the only places, filled here and nowhere else.

The engine's constructors try rewrites that themselves make products and sums; a formula is asked for its text and its value, a Hessian for what it says of its formula.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

from gradproof.engine import simplify
from gradproof.engine.laws import Law, rewrites
from gradproof.engine.tensor import Stacking, Sum
from gradproof.facts import TABLE as FACTS
from gradproof.hooks import certificates
from gradproof.notation.expr import Expr, Symbol, views
from gradproof.ops import IUNIT, TABLE, Operation, basic
from gradproof.ops.operation import Frechet, Linear, Primary
from gradproof.ops.placed import ENDS
from gradproof.parse.parsed import reading_of
from gradproof.render import ascii, latex, unicode


def _law(name: str) -> Callable[[], Any]:
    """A function of the engine, "inverse.cancelled": its module is read when there is a product, or an application, that it may be about."""
    module, _, function = name.partition(".")
    return lambda: getattr(import_module(f"gradproof.engine.{module}"), function)


def _named(*names: str) -> Callable[[object], bool]:
    return {TABLE[name] for name in names}.__contains__


def _tells_a_total(x: object) -> bool:
    """Whether an operation or a fact says what the entries of a vector add up to."""
    return x.total > 0 if isinstance(x, Operation) else x in FACTS and FACTS[str(x)].total > 0


def _has_directions(x: object) -> bool:
    return isinstance(x, Operation) and isinstance(x.meaning, Frechet | Linear)


def _ends_a_block(x: object) -> bool:
    """Whether an operation is one that block matrices are made of."""
    return x in ENDS or (isinstance(x, Operation) and x.place == 1)


rewrites.product = (
    Law(_law("stacking.met"), lambda x: x is Stacking),
    Law(_law("inverse.cancelled"), lambda x: x is basic.INV or x == "orthogonal"),
    Law(_law("pseudo.met"), _named("pinv")),
    Law(_law("linear.moved_over"), _has_directions),
    Law(_law("functions.met"), lambda x: isinstance(x, Operation) and isinstance(x.meaning, Primary)),
    Law(_law("triangular.met"), lambda x: isinstance(x, Operation) and bool(x.squared)),
    Law(_law("placed.unit_vectors"), lambda x: isinstance(x, Operation) and x.place > 0),
    Law(_law("placed.imaginary_units"), lambda x: x is IUNIT),
    Law(_law("blocks.ends_of_identity"), ENDS.__contains__),
    Law(_law("schur.complements"), _ends_a_block),
    Law(_law("blocks.taken_apart"), _ends_a_block),
    Law(_law("powers.joined_powers"), lambda x: x is basic.ELPOW),
    Law(_law("simplify.joined_exponentials"), lambda x: x is basic.EXP),
    Law(
        _law("simplify.simplified_product"),
        lambda x: isinstance(x, Operation) and bool(simplify.patterns("product", x)),
    ),
    Law(_law("spectra.vectors"), _named("eigvec")),
    Law(_law("spectra.projectors"), _named("eigproj", "eigres")),
    Law(_law("spectra.sums"), _named("eigvals", "singvals")),
    Law(_law("total.added_up"), _tells_a_total),
    Law(_law("total.cancelled"), lambda x: x is Sum),
    Law(_law("total.absorbed"), lambda x: x is Sum),
)
_APPLICATIONS = (
    "commuting.commuting",
    "functions.applied",
    "triangular.applied",
    "triangular.of_rank_one",
    "inverse.inverses",
    "stacking.inverted",
    "spectra.reduced",
    "linear.linear",
    "logarithm.split",
    "total.unshifted",
    "simplify.simplified_application",
)
rewrites.sum = (
    Law(_law("simplify.simplified_sum"), lambda x: isinstance(x, Operation) and bool(simplify.patterns("sum", x))),
    Law(_law("linear.joined_directions"), _has_directions),
)
rewrites.later = {
    "apply": lambda: tuple([_law(name)() for name in _APPLICATIONS]),
    "spread": _law("blocks.spread"),
}


def _value(e: Expr, values: Mapping[str, Any]) -> Any:
    from gradproof.lift.value import value  # most formulas are never asked for it

    return value(e, values)


def _sympy(e: Expr) -> Any:
    from gradproof.interop.to_sympy import to_sympy  # nor for this

    return to_sympy(e)


def _matrix_form(e: Expr) -> Expr:
    from gradproof.lift.running_sums import matrix_form  # nor for this

    return matrix_form(e)


def _symmetric(e: Expr) -> bool:
    from gradproof.explain.gathered import symmetric  # nor for this

    return symmetric(e)


def _curvature(e: Expr, variables: Sequence[Symbol], verify: bool) -> Any:
    from gradproof.optimum.convexity import of_hessian  # nor for this

    return of_hessian(e, variables, verify)


views.ascii, views.latex, views.unicode = ascii, latex, unicode
views.reading, views.evaluate = reading_of, _value
views.sympy, views.matrix_form, views.symmetric = _sympy, _matrix_form, _symmetric
certificates.of = _curvature
