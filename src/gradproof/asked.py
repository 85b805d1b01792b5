"""What was asked: the formula, and the variables by which it is differentiated."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gradproof.choices import NotationName
from gradproof.engine.twins import part_of, refuse_complex
from gradproof.errors import GradproofError, ParseError
from gradproof.notation.expr import Applied, Expr, Symbol, walk
from gradproof.parse import parse
from gradproof.parse.alike import refuse_alike
from gradproof.parse.declare import read_where, without_latex
from gradproof.parse.defined import refuse_equations
from gradproof.parse.greek import LETTERS
from gradproof.parse.hidden import missing
from gradproof.parse.lexer import plain
from gradproof.parse.names import letter_kind
from gradproof.parse.note import refusal
from gradproof.parse.numbered import is_placed
from gradproof.parse.parsed import Parsed
from gradproof.parse.parts import base_of
from gradproof.patterns import pattern
from gradproof.say import listed, say

Where = str | Mapping[str, Any] | None


def said(expression: str | Expr, where: Where, notation: NotationName) -> list[str]:
    """The variable of a derivative sign before the formula, both of a second derivative. Raises ParseError where there is none."""
    read = parse(expression, where, (), notation) if isinstance(expression, str) else None
    if read is None or not read.wrt:
        whole = read.expr if read is not None else expression
        names = [s.name for s in whole.variables] if isinstance(whole, Expr) else []
        raise refusal("wrt-missing", names=listed(names or ["x"], "or"), first=(names or ["x"])[0])
    return read.wrt.split(",")


def several_in(wrt: str | Symbol | Sequence[str | Symbol]) -> list[str | Symbol]:
    """One name, or several, as a list. Raises ParseError for anything else."""
    if type(wrt) is str or isinstance(wrt, str | Symbol):
        return [wrt]
    several: list[str | Symbol] = list(wrt) if type(wrt) is list or isinstance(wrt, Iterable) else [wrt]
    for w in several:
        if type(w) is not str and not isinstance(w, str | Symbol):
            raise ParseError(
                say("wrt is the name of a variable or a list of names, not {type}", type=type(w).__name__),
                hint=say("wrt='x', wrt=['x', 'x']"),
            )
    return several


def names_of(wrt: str | Symbol | Sequence[str | Symbol], expression: str | Expr = "") -> tuple[str, ...]:
    """The names that are asked for, as a formula in which they stand has them."""
    several = several_in(wrt)
    if not several:
        raise GradproofError(say("nothing to differentiate by"), hint=say("name a variable: wrt='x'"))
    names = tuple(w.name if isinstance(w, Symbol) else _asked(w, expression) for w in several)
    for name in names:
        if not part_of(name)[1].isidentifier() and not base_of(name):
            hint = say("differentiate by a name, such as x")
            raise ParseError(say("'{name}' is not the name of a variable", name=name), hint=hint)
    return names


def _asked(wrt: str, expression: str | Expr) -> str:
    r"""A name, or a part such as x[2], as it is kept; \varphi is its own name beside \phi."""
    text = wrt.strip()
    if text.isascii() and text.isidentifier():
        return text
    if base_of(text):
        return "".join(text.split())
    name = plain(without_latex(text))
    variant = _VARIANT.search(text)
    if variant is None:
        return name
    if isinstance(expression, str):
        both = _VARIANT.search(expression) and re.search(rf"(?<![A-Za-z]){variant[1]}(?![A-Za-z])", expression)
    else:
        both = f"var{name}" in {s.name for s in expression.variables}
    return f"var{name}" if both else name


_VARIANT = pattern(r"\\var([A-Za-z]+)")


def read_asked(expression: str | Expr, where: Where, names: Sequence[str], notation: NotationName) -> Parsed:
    if isinstance(expression, str):
        return parse(expression, where, [base_of(n) or n for n in names], notation)
    if not isinstance(expression, Expr):
        raise ParseError(
            say("a formula is a text or an Expr, not {type}", type=type(expression).__name__),
            hint=say("gp.derive(\"x'*x\", wrt='x')"),
        )
    functions = {e.function.name: e.function for e in walk(expression) if isinstance(e, Applied)}
    symbols = {s.name: s for s in expression.variables}
    missing = [n for n in names if n not in symbols]
    if missing or where:
        symbols = {**parse("0", where, missing).symbols, **symbols}
    refuse_alike([*symbols, *functions])
    return Parsed(expression.ascii, expression, {}, (), symbols, functions)


def asked(
    expression: str | Expr, wrt: str | Symbol | Sequence[str | Symbol], where: Where, notation: NotationName
) -> tuple[Parsed, tuple[Symbol, ...]]:
    """A formula of real algebra and a set of its variables, for what asks of them together. Raises what `derive` raises."""
    names = tuple(dict.fromkeys(names_of(wrt, expression)))
    refuse_equations(where)
    parsed = read_asked(expression, where, names, notation)
    refuse_absent(parsed, names, where)
    refuse_complex(parsed, names)
    return parsed, tuple(symbol_of(parsed, name) for name in names)


def refuse_absent(parsed: Parsed, names: Sequence[str], where: Where) -> None:
    """Raises ParseError for a variable that is neither in the formula nor declared: a zero that nobody asked for."""
    absent = () if parsed.expr.names.issuperset(names) else missing(parsed, names)
    for name in missing(parsed, absent, {*read_where(where).variables}) if absent else ():
        names = [s.name for s in parsed.expr.variables]
        run = next((n for n in names if name in n and len(n) < 5), "")
        part = next((n for n in names if is_placed(n, name)), "")
        fits = _KINDS[letter_kind(name)]
        if part:
            error = refusal("wrt-part", wrt=name, name=part, fits=fits)
        elif run and len(name) == 1 and run.isalpha() and run not in LETTERS:
            error = refusal("wrt-one-name", wrt=name, name=run, product="*".join(run))
        else:
            error = refusal("wrt-absent", wrt=name, fits=fits)
        raise error.located(parsed.text, (0, len(parsed.text)))


_KINDS = {"s": "scalar", "v": "vector n", "m": "matrix m n"}  # how a letter is declared


def symbol_of(parsed: Parsed, name: str) -> Symbol:
    found = parsed.symbols.get(name)
    if found is None:
        what = say("a declared function") if name in parsed.functions else say("no variable")
        raise ParseError(say("cannot differentiate by {name}: it is {what}", name=name, what=what))
    return found
