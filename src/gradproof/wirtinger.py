"""Derivatives by complex variables: d/dz and d/dconj(z), by real and imaginary parts, and gradients of real-valued functions.

z and conj(z) are two variables that know nothing of each other (`engine/twins.py`). The gradient of a real-valued f is 2 df/dconj(z); by re(z) it has the
real part of that, by im(z) its imaginary part. That f is real-valued is shown: it is its own conjugate, node by node.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from gradproof.derivative import Derivative
from gradproof.engine.contract import add
from gradproof.engine.lower import lower
from gradproof.engine.twins import (
    COMPLEX,
    conjugates,
    is_complex,
    part_of,
    plain_symbol,
    restored,
    twin_name,
    twin_symbol,
    twins,
)
from gradproof.errors import GradproofError, UnsupportedError
from gradproof.notation.expr import Expr, Symbol, call, symbol
from gradproof.numeric.turns import BY_CONJUGATE, BY_IMAGINARY, BY_REAL, BY_Z, GRADIENT, By, Turned
from gradproof.parse.parsed import Parsed
from gradproof.records import replace
from gradproof.say import say

Derived = Callable[[Parsed, Sequence[str]], Derivative]  # of a formula in real algebra, by variables of these names


def by_complex(parsed: Parsed, names: Sequence[str], derived: Derived, gradient: bool = False) -> Derivative:
    """The derivative by complex variables, and by real ones beside them. Raises UnsupportedError for what has no meaning there."""
    parts = [part_of(n) for n in names]
    _declared(parsed, parts)
    free = frozenset(base for _, base in parts)
    try:
        pair = formula, conjugate = twins(parsed.expr, free)
    except GradproofError as error:
        raise error.located(parsed.text) from None
    if not gradient and not any(part in ("re", "im") for part, _ in parts):
        asked = [twin_name(base) if part else base for part, base in parts]
        return replace(_made(parsed, formula, names, asked, derived), turned=_turned(pair, _turns(parsed, parts)))
    if len(names) > 1:
        raise UnsupportedError(say("several derivatives by real and imaginary parts are not supported"))
    ((part, base),) = parts
    real = lower(formula, free).tensor is lower(conjugate, free).tensor
    if real:
        twice = _made(parsed, call("mul", 2, formula), names, [twin_name(base)], derived)
        return replace(twice, part=part, turned=_turned(pair, ((base, GRADIENT),), ((base, _REAL[part]),)))
    if gradient:
        raise UnsupportedError(
            say("this formula is not seen to be real for all complex {name}, so it has no gradient", name=base),
            hint=say("ask for the derivative by {name} or by conj({name}), or take the real part re(…)", name=base),
        )
    if part == "im":
        raise UnsupportedError(
            say("the derivative by im({name}) is there of real-valued formulas only", name=base),
            hint=say("it is 1i times the derivative by {name} less that by conj({name})", name=base),
        )
    one, two = (
        replace(_made(parsed, formula, names, [name], derived), turned=_turned(pair, ((base, turns),)))
        for name, turns in ((base, BY_Z), (twin_name(base), BY_CONJUGATE))
    )
    total = add([(1, one.tensor), (1, two.tensor)], one.tensor.axes)
    origins = (replace(one, wrt=(base,)), replace(two, wrt=(twin_name(base),)))
    return replace(one, tensor=total, origins=origins, turned=_turned(pair, ((base, BY_REAL),)))


_REAL = {
    "": GRADIENT,
    "conj": GRADIENT,
    "re": BY_REAL,
    "im": BY_IMAGINARY,
}  # of a real-valued formula, by what is asked


def _turns(parsed: Parsed, parts: Sequence[tuple[str, str]]) -> By:
    """How the derivative by each variable is proven: by it, by its conjugate, or by a real one."""
    return tuple(
        (base, BY_CONJUGATE if part else BY_Z if COMPLEX in parsed.symbols[base].facts else BY_REAL)
        for part, base in parts
    )


def _turned(pair: tuple[Expr, Expr], by: By, printed: By | None = None) -> Turned:
    return Turned(*pair, by, by if printed is None else printed)


def in_twins(parsed: Parsed, names: Sequence[str]) -> tuple[Parsed, tuple[str, ...]]:
    """A formula of complex variables in them and their twins, for its differential: which of both move."""
    _declared(parsed, [("", n) for n in names])
    try:
        formula, _ = twins(parsed.expr, frozenset(names))
    except GradproofError as error:
        raise error.located(parsed.text) from None
    symbols = _symbols(parsed.symbols)
    several = [n for name in names for n in (name, twin_name(name)) if n in symbols]
    return replace(parsed, expr=formula, symbols=symbols), tuple(several)


def differential_restored(e: Expr, given: Parsed, names: Sequence[str]) -> Expr:
    """The differential of a formula of complex variables, with conjugates in place of twins."""
    known = dict(given.symbols)
    for name in names:
        s = given.symbols.get(name)
        if s is not None:
            known["d" + name] = symbol("d" + name, s.type, frozenset({COMPLEX}) & s.facts)
    return restored(e, known)


def _declared(parsed: Parsed, parts: Sequence[tuple[str, str]]) -> None:
    """Raises UnsupportedError where a conjugate is taken and nothing is declared complex: a real variable there is rarely meant."""
    wanted = [base for part, base in parts if part and COMPLEX not in parsed.symbols[base].facts]
    if not is_complex(parsed.expr) and not wanted:
        wanted = [s.name for s in parsed.expr.variables][:1] if conjugates(parsed.expr) else []
    if wanted:
        raise UnsupportedError(
            say("{name} is not declared complex", name=wanted[0]),
            hint=say(
                "declare it: {name}: {kind} complex", name=wanted[0], kind=parsed.symbols[wanted[0]].type.declared
            ),
        )


def _made(parsed: Parsed, formula: Expr, names: Sequence[str], asked: Sequence[str], derived: Derived) -> Derivative:
    symbols = _symbols(parsed.symbols)
    found = derived(replace(parsed, expr=formula, symbols=symbols), asked)
    return replace(found, expression=parsed.expr, formula=formula, wrt=tuple(asked), declared=dict(parsed.symbols))


def _symbols(declared: Mapping[str, Symbol]) -> dict[str, Symbol]:
    """The variables and their twins."""
    found: dict[str, Symbol] = {}
    for name, s in declared.items():
        found[name] = plain_symbol(s)
        if COMPLEX in s.facts:
            found[twin_name(name)] = twin_symbol(s)
    return found
