"""What a letter stands for that `lifted` put in the place of cases: their values times 1 where the condition is true, 0 where it is not."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache

from gradproof.check.cases import Case, Comparisons
from gradproof.check.lifted import Lifted
from gradproof.check.points import smooth
from gradproof.errors import ParseError
from gradproof.notation.expr import Expr, Number, call, number, substitute, symbol
from gradproof.ops import TABLE
from gradproof.ops.operation import Elementwise
from gradproof.ops.relations import OPPOSITE, RELATIONS, STEP
from gradproof.parse import parse
from gradproof.say import say

# functions by names that people write
CALLED = {
    "sigma": "sigmoid",
    "σ": "sigmoid",
    "sgm": "sigmoid",
    "logistic": "sigmoid",
    "Diag": "diag",
    "Det": "det",
    "Vec": "vec",
    "ReLU": "relu",
}


class UnknownName(ParseError):
    """A definition in which a name stands that has no meaning."""

    def __init__(self, defined: str, name: str):
        super().__init__(
            say("in the definition of {defined}, no quantity is known as {name}", defined=defined, name=name)
        )
        self.name = name


Read = Callable[[str], Expr]


def meaning(lifted: Lifted, read: Read) -> Expr:
    """The formula. `read`: a text as a formula. Raises what `read` raises, and ShapeError where parts do not fit."""
    if lifted.primed:
        return _primed(lifted.primed, read(lifted.step[0]))
    if lifted.cases == ():
        argument, at_zero = lifted.step
        e = read(argument)
        if not at_zero:
            _refuse_ties("heaviside", e)
            return related("step", e)
        return call("add", related(">", e), _times(related("=", e), read(at_zero)))
    total: Expr | None = None
    left: Expr | None = None  # 1 where no case held so far
    for case in lifted.cases:
        here = _condition(case.condition, read) if case.condition is not None else None
        where = here if left is None or here is None else _times(left, here)
        term = _term(case, where if here is not None else left, read)
        total = term if total is None else total if term is None else _sum(total, term)
        if here is not None:
            others = _not(here)
            left = others if left is None else _times(left, others)
    if total is None:
        assert left is not None
        return call("mul", 0, left)
    return total


@cache
def primable() -> Mapping[str, str]:
    """The entrywise functions of which the derivative can be named, by all their names."""
    ops = [op for op in TABLE.values() if isinstance(op.meaning, Elementwise) and len(op.meaning.derivatives) == 1]
    return {
        **{n: op.name for op in ops for n in (op.name, *op.aliases)},
        **{n: o for n, o in CALLED.items() if TABLE[o] in ops},
    }


@cache
def primed_text() -> Mapping[str, str]:
    """The derivative of each such function at a number {x}, as text."""
    found = {}
    for name in {*primable().values()}:
        op = TABLE[name]
        assert isinstance(op.meaning, Elementwise)
        text = op.meaning.derivatives[0].replace(".^", "^").replace(".*", "*").replace("./", "/")
        shown = re.sub(r"(?<![\w.])y(?!\w)", f"{name}({{x}})", re.sub(r"(?<![\w.])x(?!\w)", "({x})", text))
        if text:
            found[name] = f"({shown})"
    return found


def _primed(name: str, e: Expr) -> Expr:
    """The derivative of an entrywise function at a formula."""
    op = TABLE[name]
    assert isinstance(op.meaning, Elementwise)
    if not op.analytic:
        _refuse_ties(name + "'", e)
    if e.type.square:
        raise UnknownName(e.ascii, name + "'")
    column = e.T if e.type.kind == "r" else e
    x, y = symbol("x", column.type), symbol("y", column.type)
    found = substitute(parse(op.meaning.derivatives[0], {"x": x, "y": y}).expr, {x: column, y: call(op, column)})
    return found.T if e.type.kind == "r" else found


def _refuse_ties(name: str, e: Expr) -> None:
    """Refuse an argument that may be 0 on more than a border: what is meant there is not said. Raises UnknownName."""
    if not smooth((e,)):
        raise UnknownName(e.ascii, name)


def related(sign: str, e: Expr) -> Expr:
    """1 where this is true of an entry and 0, else 0; of a row, as a row."""
    if sign in OPPOSITE:
        return _not(related(OPPOSITE[sign], e))
    column = e.T if e.type.kind == "r" else e
    x = symbol("x", column.type)
    found = substitute(parse(RELATIONS.get(sign, STEP), {"x": x}).expr, {x: column})
    found = call("add", call("div", _ones(found), 2), found) if sign not in RELATIONS else found
    return found.T if e.type.kind == "r" else found


def _not(e: Expr) -> Expr:
    """1 minus each entry."""
    return _not(e.T).T if e.type.kind == "r" else call("sub", _ones(e), e)


def _ones(e: Expr) -> Expr:
    return number(1) if e.type.kind == "s" else call("ones", params=e.type.dims)


def _condition(condition: Comparisons, read: Read) -> Expr:
    found: Expr | None = None
    for left, sign, right in condition.parts:
        told = "".join(right.split())
        zero = told in ("0", "0.0", "0.", r"\mathbf{0}", "𝟎")
        difference = left if zero else f"({left}) - {told if told.replace('.', '', 1).isdecimal() else f'({right})'}"
        one = related(sign, read(difference))
        found = one if found is None else _times(found, one)
    assert found is not None
    return found


def _term(case: Case, where: Expr | None, read: Read) -> Expr | None:
    """A value where it is meant; None for 0."""
    value = read(case.value)
    if isinstance(value, Number) and not value.value:
        return None
    return value if where is None else where if isinstance(value, Number) and value.value == 1 else _times(where, value)


def _times(a: Expr, b: Expr) -> Expr:
    """Entry by entry; of a number and anything, the multiple."""
    return call("hadamard", a, b) if a.type.kind != "s" != b.type.kind else call("mul", a, b)


def _sum(a: Expr, b: Expr) -> Expr:
    return call("add", a, b)
