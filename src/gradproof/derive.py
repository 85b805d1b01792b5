"""derive: from a formula to its derivative."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from gradproof.asked import Where, names_of, read_asked, refuse_absent, said, several_in, symbol_of
from gradproof.budget import check_order, limited
from gradproof.choices import Layout, Manifold, NotationName
from gradproof.derivative import Derivative
from gradproof.engine.differentiate import again
from gradproof.engine.differentiate import gradient as reverse_gradient
from gradproof.engine.lower import Value, lower
from gradproof.engine.merge import merged
from gradproof.engine.parts import taken
from gradproof.engine.replace import replace
from gradproof.engine.tensor import Tensor, Variable, variable
from gradproof.engine.twins import concerns, part_of
from gradproof.errors import GradproofError, ShapeError, UnsupportedError, public
from gradproof.facts import TIES, in_words, told
from gradproof.hooks import later
from gradproof.lift.layouts import LAYOUTS, Axes
from gradproof.notation.expr import Call, Expr, Symbol, operations, walk
from gradproof.ops import TABLE
from gradproof.ops.domain import FULL_RANK, INVERTIBLE
from gradproof.parse import Note, parse
from gradproof.parse.defined import ordered, sides, split_where
from gradproof.parse.note import note
from gradproof.parse.parsed import Parsed
from gradproof.parse.parts import Part, parts_of
from gradproof.patterns import pattern
from gradproof.say import listed, say

wirtinger = later("gradproof.wirtinger")  # most variables are real


@public
@limited
def derive(
    expression: str | Expr,
    wrt: str | Symbol | Sequence[str | Symbol] | None = None,
    where: Where = None,
    layout: Layout = "denominator",
    structured: bool = False,
    notation: NotationName = "auto",
    *,
    verify: bool = True,
    manifold: Manifold | None = None,
) -> Derivative:
    """The derivative of a formula by one variable, or by several in turn.

    `expression`: text in the input syntax, or an Expr. `wrt`: a name or a list of names; ["w", "w"] is the Hessian;
    None: the one of the derivative sign that stands before the formula. `where`: what is known of the
    names: {"S": "matrix n n symmetric"}. `layout`: "denominator" (axes of the variable first), "numerator" or "mixed".
    `notation`: how the text is written, "auto", "ascii", "latex", "plain" or "numpy".
    `structured`: by the free entries of a matrix that is declared symmetric, diagonal, antisymmetric, lower or upper. `manifold`: the Riemannian gradient.
    `verify`: the result leaves only proven, its value and its printed formula; that happens when it is first used. False leaves the proof out.
    A declared fact such as symmetric says at which points the derivative is taken; all entries of a variable count as free.

    Raises ParseError, ShapeError, UnsupportedError, NotDifferentiableError, DomainError, BudgetError; VerificationError when the result
    is used and its proof refutes it.

    >>> derive("norm2(A*x - b)^2", wrt="x").result.ascii
    "2*A'*(A*x - b)"
    """
    if layout not in LAYOUTS:
        raise GradproofError(
            say("there is no layout '{layout}'", layout=layout), hint=say("layouts are {known}", known=listed(LAYOUTS))
        )
    if structured or manifold is not None:
        free = derive(expression, wrt, where, layout, notation=notation, verify=verify)
        from gradproof.restricted import by_free_entries, on_manifold  # asked for seldom

        return on_manifold(free, manifold) if manifold is not None else by_free_entries(free)
    halves = [_VECH.fullmatch(w) if "(" in w else None for w in several_in(wrt or "") if isinstance(w, str)]
    if any(halves):
        if not all(halves) or len(halves) != len(several_in(wrt or "")):
            raise UnsupportedError(say("derivatives by vech(S) and by a whole variable are not mixed"))
        bases = [found[1] for found in halves if found is not None]
        from gradproof.restricted import by_vech  # asked for seldom

        return by_vech(derive(expression, bases, where, layout, notation=notation, verify=verify))
    where, texts = split_where(where)
    names = names_of(said(expression, where, notation) if wrt is None else wrt, expression)
    check_order(len(names))
    if texts:
        return _implicit(expression, names, where, texts, layout, notation, verify)
    mentioned = [part_of(name)[1] for name in names]
    parsed = read_asked(expression, where, mentioned, notation)
    parts = parts_of(mentioned, parsed, where)
    whole = [p.base.name if p is not None else n for p, n in zip(parts, mentioned, strict=True)]
    refuse_absent(parsed, whole, where)
    if concerns(parsed, names):
        if any(parts):
            raise UnsupportedError(say("derivatives by entries of complex variables are not supported"))
        return wirtinger.by_complex(parsed, names, partial(derived, layout=layout, verify=verify))
    return derived(parsed, names, layout, verify, parts)


_VECH = pattern(r"\s*vech\s*\(\s*(\w+)\s*\)\s*")


def derived(
    parsed: Parsed,
    names: Sequence[str],
    layout: Layout,
    verify: bool,
    parts: Sequence[Part | None] = (),
    equations: Sequence[tuple[Symbol, Expr]] = (),
) -> Derivative:
    """The derivative of a formula of real algebra."""
    parts = tuple(parts) or (None,) * len(names)
    symbols = [symbol_of(parsed, p.base.name if p is not None else n) for p, n in zip(parts, names, strict=True)]
    written: dict[Tensor, tuple[Tensor, ...]] = {}
    value, tensor = _differentiate(parsed, symbols, written, parts, equations)
    axes = Axes(tuple(map(_left, symbols, parts)), value.kind, value.groups)
    known = dict(parsed.symbols)
    for p in parts:
        if p is not None:
            known.pop(p.name, None)
            known |= {s.name: s for s in p.symbols}
    return Derivative(
        parsed.expr,
        tuple(names),
        layout,
        tensor,
        value.tensor,
        written,
        axes,
        known,
        parsed.functions,
        parsed.reading.with_notes(*_notes(parsed, symbols, parts)),
        verify,
        parts if any(parts) else (),
        equations=tuple(equations),
    )


def _implicit(
    expression: str | Expr,
    names: Sequence[str],
    where: Where,
    texts: Mapping[str, str],
    layout: Layout,
    notation: NotationName,
    verify: bool,
) -> Derivative:
    """The derivative of a formula in which variables are defined by equations."""
    known: dict[str, Any] = dict(where) if isinstance(where, Mapping) else {}
    found: list[tuple[str, Expr]] = []
    for name, text in texts.items():
        left, right = sides(text)
        both = parse(left if right.strip() == "0" else f"({left}) - ({right})", known, [*texts, *names], notation)
        found.append((name, both.expr))
        known |= {s.name: s for s in both.symbols.values() if s in both.expr.variables or s.name == name}
    parsed = read_asked(expression, known, names, notation)
    refuse_absent(parsed, names, known)
    equations = ordered([(symbol_of(parsed, name), zero) for name, zero in found])
    for x, zero in equations:
        if x.name in names:
            raise UnsupportedError(
                say("{name} is defined by an equation: differentiate by what it depends on", name=x.name)
            )
        if zero.type != x.type or x not in zero.variables:
            raise ShapeError(
                say("the equation of {name} has another shape than {name}, or does not hold it", name=x.name)
            )
    return derived(parsed, names, layout, verify, equations=equations)


def _left(s: Symbol, part: Part | None) -> int:
    """How many axes of a variable a derivative has."""
    return len(s.type.dims) if part is None else part.at.count(None)


def _notes(parsed: Parsed, symbols: Sequence[Symbol], parts: Sequence[Part | None]) -> Iterator[Note]:
    """What is said of the variables."""
    absent = [s for s in dict.fromkeys(symbols) if s not in parsed.expr.variables]
    yield from [note("does-not-occur", name=s.name) for s in absent]
    if any(s.facts for s in symbols):
        yield from _free_entries(symbols)
    if not _OF_FULL_RANK.isdisjoint(operations(parsed.expr)):
        yield from _ranks(parsed.expr, symbols)
    yield from dict.fromkeys(n for p in parts if p is not None for n in p.notes)


_OF_FULL_RANK = frozenset(op for op in TABLE.values() if op.domain is FULL_RANK)


def _ranks(e: Expr, symbols: Sequence[Symbol]) -> Iterator[Note]:
    """What is said of pinv: it has a value where its matrix has lost rank, and no derivative."""
    of = [c.args[0] for c in walk(e) if isinstance(c, Call) and c.op.domain is FULL_RANK and c.args[0].type.kind == "m"]
    of = [a for a in of if not (isinstance(a, Symbol) and a.facts & {*FULL_RANK.facts, *INVERTIBLE.facts})]
    for x in dict.fromkeys(a for a in of if not {*symbols}.isdisjoint(a.variables)):
        yield note("rank-kept", shown=x.ascii)


def _differentiate(
    parsed: Parsed,
    symbols: Sequence[Symbol],
    written: dict[Tensor, tuple[Tensor, ...]],
    parts: Sequence[Part | None],
    equations: Sequence[tuple[Symbol, Expr]] = (),
) -> tuple[Value, Tensor]:
    try:
        free = frozenset(s.name for s in (*symbols, *(x for x, _ in equations)))
        value = lower(parsed.expr, free, written=written)
        tensor = value.tensor
        zeros = [(untied(x), lower(zero, free).tensor) for x, zero in equations]
        for k, s in enumerate(reversed(symbols)):
            if zeros:
                from gradproof.engine.implicit import total_gradient  # seldom needed

                tensor = merged(total_gradient(tensor, untied(s), zeros), written)
            else:
                tensor = merged((reverse_gradient if k < 2 else again)(tensor, untied(s)), written)
    except GradproofError as error:
        raise error.located(parsed.text) from None
    known: dict[Tensor, Tensor] = {untied(s): variable(s.name, s.type.dims, s.facts) for s in symbols if s.facts & TIES}
    tensor = merged(replace(tensor, known), written) if known else tensor
    return value, taken(tensor, symbols, parts) if any(parts) else tensor


def untied(s: Symbol) -> Variable:
    """The variable without the facts that tie its entries together."""
    return variable(s.name, s.type.dims, s.facts - TIES)


def _free_entries(symbols: Sequence[Symbol]) -> tuple[Note, ...]:
    tied = dict.fromkeys(s for s in symbols if s.facts & TIES)
    words = {s: in_words([f for f in told(s.facts) if f in TIES]) for s in tied}
    return tuple(note("free-entries", name=s.name, facts=" and ".join(words[s])) for s in tied)


# -- shorthands
