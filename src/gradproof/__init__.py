"""gradproof: matrix calculus in closed form, derived, checked and explained.

>>> import gradproof as gp
>>> d = gp.derive("norm2(A*x - b)^2", wrt="x")
>>> d.result.ascii
"2*A'*(A*x - b)"
>>> d.verify().ok
True
"""

from __future__ import annotations

import sys
from functools import partial
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from gradproof import hooks as _hooks
from gradproof.budget import limited as _limited
from gradproof.budget import limits
from gradproof.errors import (
    BudgetError,
    DomainError,
    GradproofError,
    NotDifferentiableError,
    ParseError,
    ShapeError,
    UnsupportedError,
    UnverifiedWarning,
    VerificationError,
)
from gradproof.errors import public as _public

if TYPE_CHECKING:
    from gradproof.asked import Where
    from gradproof.check import check
    from gradproof.choices import NotationName
    from gradproof.derive import Derivative, derive
    from gradproof.notation.expr import Expr
    from gradproof.notation.made import matrix_variable as matrix
    from gradproof.notation.made import scalar, vector
    from gradproof.ops import Operation
    from gradproof.shorthands import differential, gradient, hessian, jacobian

_hooks.fill = partial(import_module, "gradproof.wiring")

__version__ = "0.1.0"

__all__ = [
    "BudgetError",
    "Convexity",
    "Derivative",
    "DomainError",
    "Exercise",
    "Expr",
    "GradproofError",
    "Joint",
    "NotDifferentiableError",
    "Objective",
    "Optimum",
    "ParseError",
    "Residual",
    "ShapeError",
    "UnsupportedError",
    "UnverifiedWarning",
    "VerificationError",
    "check",
    "convexity",
    "derive",
    "differential",
    "exercise",
    "from_function",
    "from_sympy",
    "gradient",
    "gradients",
    "hessian",
    "hessian_blocks",
    "jacobian",
    "limits",
    "matrix",
    "maximize",
    "minimize",
    "objective",
    "parse",
    "parse_latex",
    "residual",
    "scalar",
    "vector",
]


@_public
@_limited
def parse(text: str, where: Where = None, notation: NotationName = "auto") -> Expr:
    """The formula that a text stands for, nothing simplified. `where`: what is known of the names, as in `derive`.

    `notation`: "ascii", "latex", "plain", "numpy", or "auto" for the one that the text shows. How it was understood is in `.reading`.

    Raises ParseError, ShapeError.

    >>> parse("x'*A*x").shape
    ()
    """
    from gradproof.parse import parse as read  # when somebody reads

    return read(text, where, notation=notation, remember=True).expr


@_public
@_limited
def parse_latex(text: str, where: Where = None) -> Expr:
    r"""The formula that a text in LaTeX stands for. `where`: as in `derive`. `parse` and `derive` take LaTeX too, where it shows commands or ^{…}.

    Raises ParseError, ShapeError, UnsupportedError, with the place in the LaTeX; what can be read in several ways is refused.

    >>> parse_latex(r"\tfrac12 \lVert Ax - b \rVert_2^2 + \lambda x^\top x").ascii
    "1/2*norm2(A*x - b)^2 + lambda*x'*x"
    """
    from gradproof.parse import parse as read  # when somebody reads

    return read(text, where, notation="latex", remember=True).expr


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext gradproof`: the magics `%gradproof` and `%%gradproof`."""
    from gradproof.notebook import load  # notebooks alone need it

    load(shell)


def __dir__() -> list[str]:
    return sorted(__all__)


_LATER = {  # what is imported when it is first asked for
    "gradproof.derive": ("Derivative", "derive"),
    "gradproof.shorthands": ("differential", "gradient", "hessian", "jacobian"),
    "gradproof.check": ("check",),
    "gradproof.notation.expr": ("Expr",),
    "gradproof.notation.made": ("scalar", "vector", "matrix"),
    "gradproof.optimum": (
        "Convexity",
        "Objective",
        "Optimum",
        "Residual",
        "convexity",
        "maximize",
        "minimize",
        "objective",
        "residual",
    ),
    "gradproof.interop.from_sympy": ("from_sympy",),
    "gradproof.interop.functions": ("from_function",),
    "gradproof.joint": ("Joint", "gradients", "hessian_blocks"),
    "gradproof.tutor": ("Exercise", "exercise"),
}
_MODULES = {name: module for module, names in _LATER.items() for name in names}

if TYPE_CHECKING:
    from gradproof.interop.from_sympy import from_sympy
    from gradproof.interop.functions import from_function
    from gradproof.joint import Joint, gradients, hessian_blocks
    from gradproof.notation.functions import *  # noqa: F403  # pyright: ignore[reportMissingModuleSource]  (types only)
    from gradproof.optimum import (
        Convexity,
        Objective,
        Optimum,
        Residual,
        convexity,
        maximize,
        minimize,
        objective,
        residual,
    )
    from gradproof.tutor import Exercise, exercise
else:  # hidden from type checkers, to which it would make every name a function

    def __getattr__(name: str) -> Any:
        """What is imported when it is asked for; and every operation of the table as a function on formulas: `gp.exp(x)`, `gp.tr(X)`, `gp.eye("n")`."""
        if name in _MODULES:
            module = import_module(_MODULES[name])
            found = globals()[name] = getattr(module, "matrix_variable" if name == "matrix" else name)
            return found
        from gradproof.ops import BY_SPELLING  # with the table

        operation = BY_SPELLING.get(name)
        if operation is None:
            raise AttributeError(f"module 'gradproof' has no attribute '{name}'")
        return partial(_use, operation)


class _Package(ModuleType):
    """`parse`, `derive` and `check` are functions, and the modules that they stand in have their names: an import must not put these in their place."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (isinstance(value, ModuleType) and name in __all__):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def _use(operation: Operation, *args: str | int | float | Expr) -> Expr:
    from gradproof.notation.expr import call  # with the formulas that it is given
    from gradproof.shapes.dims import dim  # with it

    if operation.letters:
        params = tuple(dim(d) for d in args)  # pyright: ignore[reportArgumentType]  (it says what is no dimension)
        return call(operation, params=params)
    return call(operation, *args)
