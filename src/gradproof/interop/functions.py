"""`from_function`: the formula that a Python function computes, found by calling it once with stand-ins for its arguments."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from gradproof.budget import limited
from gradproof.errors import GradproofError, ParseError, UnsupportedError, public
from gradproof.interop.traced import Traced, written
from gradproof.notation.expr import Expr
from gradproof.parse import parse
from gradproof.parse.declare import Declarations, Where, read_where
from gradproof.parse.names import nearest
from gradproof.say import listed, say

_SOURCE = say(
    'a function of jax.numpy or torch can be read from its source: gp.parse(inspect.getsource(f), notation="numpy")'
)


@public
@limited
def from_function(f: Callable[..., Any], where: Where = None) -> Expr:
    """The formula that a function of NumPy arrays computes; `where`: what is known of its arguments, as in `derive`.

    The function is called once, with stand-ins that write down what is done with them; arrays of one axis are vectors, `*` broadcasts as in NumPy.
    An argument that has a default, and that `where` does not name, keeps it.

    Raises UnsupportedError for what asks for values: `if`, loops over entries, comparisons; ParseError, ShapeError as `parse` does.

    >>> import numpy as np
    >>> from_function(lambda w, X, y: np.sum((X @ w - y)**2), where={"X": "matrix m n"}).ascii
    'sum((X*w - y).^2)'
    """
    declarations = read_where(where)
    given, named = _arguments(f, declarations)
    name = getattr(f, "__name__", None) or say("the function")
    try:
        result = f(*given.values(), **named)
    except GradproofError:
        raise
    except (TypeError, AttributeError) as error:
        raise UnsupportedError(
            say("{name} cannot be followed: {error}", name=name, error=error), hint=_SOURCE
        ) from error
    if not isinstance(result, Traced):
        if isinstance(result, int | float) and not isinstance(result, bool):
            return parse(repr(result), where).expr
        what = say("nothing") if result is None else type(result).__name__
        raise UnsupportedError(
            say("{name} returns {what}, and one array is read", name=name, what=what),
            hint=say("return the formula alone"),
        )
    return parse(written(result.fresh(), {*given, *named}), where, notation="numpy", remember=True).expr


def _arguments(f: Callable[..., Any], declarations: Declarations) -> tuple[dict[str, Traced], dict[str, Traced]]:
    """Stand-ins for the arguments, by place and by name; without those that keep their defaults."""
    parameters = inspect.signature(f).parameters
    unknown = [name for name in declarations.variables if name not in parameters]
    if unknown:
        guess = nearest(unknown[0], parameters)
        raise ParseError(
            say("{name} is declared, and is no argument of the function", name=unknown[0]),
            hint=say("did you mean {guess}?", guess=guess)
            if guess
            else say("its arguments are {known}", known=listed(parameters)),
        )
    given: dict[str, Traced] = {}
    named: dict[str, Traced] = {}
    for name, parameter in parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise UnsupportedError(
                say("*{name}: a function with any number of arguments is not read", name=name),
                hint=say("name its arguments"),
            )
        said = declarations.variables.get(name)
        if said is None and parameter.default is not parameter.empty:
            continue
        sizes = None if said is None else tuple(d.number if d is not None else None for d in said.dims)
        (given if parameter.kind is parameter.POSITIONAL_ONLY else named)[name] = Traced(name, (), sizes)
    return given, named
