"""derive: from a formula to its derivative."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from gradproof.budget import check_order, limited
from gradproof.choices import Layout, Manifold, NotationName
from gradproof.derivative import Derivative
from gradproof.engine.differentiate import again, push_forward
from gradproof.engine.differentiate import gradient as reverse_gradient
from gradproof.engine.implicit import total_gradient
from gradproof.engine.lower import Value, lower
from gradproof.engine.merge import merged
from gradproof.engine.parts import taken
from gradproof.engine.replace import replace
from gradproof.engine.tensor import Tensor, Variable, variable
from gradproof.engine.twins import COMPLEX, moved_name
from gradproof.errors import GradproofError, ParseError, ShapeError, UnsupportedError, public
from gradproof.facts import TIES, in_words, told
from gradproof.lift.index import IndexForm
from gradproof.lift.layouts import LAYOUTS, Axes, closed_form
from gradproof.lift.lifter import Lifter
from gradproof.lift.pretty import reading_order
from gradproof.notation.expr import Applied, Expr, Symbol, verdicts, walk
from gradproof.parse import Note, missing, parse
from gradproof.parse.alike import refuse_alike
from gradproof.parse.declare import read_where, without_latex
from gradproof.parse.defined import ordered, refuse_equations, sides, split_where
from gradproof.parse.lexer import plain
from gradproof.parse.note import note, refusal
from gradproof.parse.parsed import Parsed
from gradproof.parse.parts import Part, base_of, parts_of
from gradproof.patterns import pattern
from gradproof.say import Said, listed, say
from gradproof.wirtinger import by_complex, concerns, differential_restored, in_twins, part_of, refuse_complex

Where = str | Mapping[str, Any] | None


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
    halves = [_VECH.fullmatch(w) for w in _several(wrt or "") if isinstance(w, str)]
    if any(halves):
        if not all(halves) or len(halves) != len(_several(wrt or "")):
            raise UnsupportedError(say("derivatives by vech(S) and by a whole variable are not mixed"))
        bases = [found[1] for found in halves if found is not None]
        from gradproof.restricted import by_vech  # asked for seldom

        return by_vech(derive(expression, bases, where, layout, notation=notation, verify=verify))
    where, texts = split_where(where)
    names = _names(_said(expression, where, notation) if wrt is None else wrt)
    check_order(len(names))
    if texts:
        return _implicit(expression, names, where, texts, layout, notation, verify)
    mentioned = [part_of(name)[1] for name in names]
    parsed = _parsed(expression, where, mentioned, notation)
    parts = parts_of(mentioned, parsed, where)
    whole = [p.base.name if p is not None else n for p, n in zip(parts, mentioned, strict=True)]
    _refuse_absent(parsed, whole, where)
    if concerns(parsed, names):
        if any(parts):
            raise UnsupportedError(say("derivatives by entries of complex variables are not supported"))
        return by_complex(parsed, names, partial(_derived, layout=layout, verify=verify))
    return _derived(parsed, names, layout, verify, parts)


_VECH = pattern(r"\s*vech\s*\(\s*(\w+)\s*\)\s*")


def _derived(
    parsed: Parsed,
    names: Sequence[str],
    layout: Layout,
    verify: bool,
    parts: Sequence[Part | None] = (),
    equations: Sequence[tuple[Symbol, Expr]] = (),
) -> Derivative:
    """The derivative of a formula of real algebra."""
    parts = tuple(parts) or (None,) * len(names)
    symbols = [_variable(parsed, p.base.name if p is not None else n) for p, n in zip(parts, names, strict=True)]
    written: dict[Tensor, tuple[Tensor, ...]] = {}
    value, tensor = _differentiate(parsed, symbols, written, parts, equations)
    axes = Axes(tuple(map(_left, symbols, parts)), value.kind, value.groups)
    asked = {p.name for p in parts if p is not None}
    known = {n: s for n, s in parsed.symbols.items() if n not in asked}
    known |= {s.name: s for p in parts if p is not None for s in p.symbols}
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
    parsed = _parsed(expression, known, names, notation)
    _refuse_absent(parsed, names, known)
    equations = ordered([(_variable(parsed, name), zero) for name, zero in found])
    for x, zero in equations:
        if x.name in names:
            raise UnsupportedError(
                say("{name} is defined by an equation: differentiate by what it depends on", name=x.name)
            )
        if zero.type != x.type or x not in zero.variables:
            raise ShapeError(
                say("the equation of {name} has another shape than {name}, or does not hold it", name=x.name)
            )
    return _derived(parsed, names, layout, verify, equations=equations)


def _left(s: Symbol, part: Part | None) -> int:
    """How many axes of a variable a derivative has."""
    return len(s.type.dims) if part is None else part.at.count(None)


def _notes(parsed: Parsed, symbols: Sequence[Symbol], parts: Sequence[Part | None]) -> Iterator[Note]:
    """What is said of the variables."""
    yield from (note("does-not-occur", name=s.name) for s in dict.fromkeys(symbols) if s not in parsed.expr.variables)
    yield from _free_entries(symbols)
    yield from dict.fromkeys(n for p in parts if p is not None for n in p.notes)


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
        zeros = [(_free(x), lower(zero, free).tensor) for x, zero in equations]
        for k, s in enumerate(reversed(symbols)):
            if zeros:
                tensor = merged(total_gradient(tensor, _free(s), zeros), written)
            else:
                tensor = merged((reverse_gradient if k < 2 else again)(tensor, _free(s)), written)
    except GradproofError as error:
        raise error.located(parsed.text) from None
    known: dict[Tensor, Tensor] = {_free(s): variable(s.name, s.type.dims, s.facts) for s in symbols if s.facts & TIES}
    tensor = merged(replace(tensor, known), written) if known else tensor
    return value, taken(tensor, symbols, parts) if any(parts) else tensor


def _free(s: Symbol) -> Variable:
    """The variable without the facts that tie its entries together."""
    return variable(s.name, s.type.dims, s.facts - TIES)


def _free_entries(symbols: Sequence[Symbol]) -> tuple[Note, ...]:
    tied = dict.fromkeys(s for s in symbols if s.facts & TIES)
    words = {s: in_words([f for f in told(s.facts) if f in TIES]) for s in tied}
    return tuple(note("free-entries", name=s.name, facts=" and ".join(words[s])) for s in tied)


def _said(expression: str | Expr, where: Where, notation: NotationName) -> str:
    """The variable of a derivative sign before the formula. Raises ParseError where there is none."""
    read = parse(expression, where, (), notation) if isinstance(expression, str) else None
    if read is None or not read.wrt:
        whole = read.expr if read is not None else expression
        names = [s.name for s in whole.variables] if isinstance(whole, Expr) else []
        raise refusal("wrt-missing", names=listed(names or ["x"], "or"), first=(names or ["x"])[0])
    return read.wrt


def _several(wrt: str | Symbol | Sequence[str | Symbol]) -> list[str | Symbol]:
    """One name, or several, as a list. Raises ParseError for anything else."""
    several: list[str | Symbol] = (
        list(wrt) if isinstance(wrt, Iterable) and not isinstance(wrt, str | Symbol) else [wrt]
    )
    for w in several:
        if not isinstance(w, str | Symbol):
            raise ParseError(
                say("wrt is the name of a variable or a list of names, not {type}", type=type(w).__name__),
                hint=say("wrt='x', wrt=['x', 'x']"),
            )
    return several


def _names(wrt: str | Symbol | Sequence[str | Symbol]) -> tuple[str, ...]:
    several = _several(wrt)
    if not several:
        raise GradproofError(say("nothing to differentiate by"), hint=say("name a variable: wrt='x'"))
    names = tuple(w.name if isinstance(w, Symbol) else _asked(w) for w in several)
    for name in names:
        if not part_of(name)[1].isidentifier() and not base_of(name):
            hint = say("differentiate by a name, such as x")
            raise ParseError(say("'{name}' is not the name of a variable", name=name), hint=hint)
    return names


def _asked(wrt: str) -> str:
    """A name, or a part such as x[2], as it is kept."""
    text = wrt.strip()
    return "".join(text.split()) if base_of(text) else plain(without_latex(text))


def _parsed(expression: str | Expr, where: Where, names: Sequence[str], notation: NotationName) -> Parsed:
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
    names = tuple(dict.fromkeys(_names(wrt)))
    refuse_equations(where)
    parsed = _parsed(expression, where, names, notation)
    _refuse_absent(parsed, names, where)
    refuse_complex(parsed, names)
    return parsed, tuple(_variable(parsed, name) for name in names)


def _refuse_absent(parsed: Parsed, names: Sequence[str], where: Where) -> None:
    """Raises ParseError for a variable that is neither in the formula nor declared: a zero that nobody asked for."""
    absent = missing(parsed, names)
    for name in missing(parsed, absent, {*read_where(where).variables}) if absent else ():
        run = next((s.name for s in parsed.expr.variables if name in s.name and len(s.name) < 5), "")
        if run and len(name) == 1 and run.isalpha():
            error = refusal("wrt-one-name", wrt=name, name=run, product="*".join(run))
        else:
            error = refusal("wrt-absent", wrt=name)
        raise error.located(parsed.text, (0, len(parsed.text)))


def _variable(parsed: Parsed, name: str) -> Symbol:
    found = parsed.symbols.get(name)
    if found is None:
        what = "a declared function" if name in parsed.functions else "not a variable"
        raise ParseError(say("cannot differentiate by {name}: it is {what}", name=name, what=what))
    return found


# -- shorthands


@public
def gradient(
    expression: str | Expr,
    wrt: str | Symbol,
    where: Where = None,
    layout: Layout = "denominator",
    notation: NotationName = "auto",
    *,
    verify: bool = True,
) -> Derivative:
    """The derivative of a scalar by one variable. Raises ShapeError where the formula is no scalar.

    >>> gradient("x'*x", wrt="x").result.ascii
    '2*x'
    """
    found = _complex_gradient(expression, wrt, where, layout, notation, verify)
    return _checked(
        found or derive(expression, wrt, where, layout, notation=notation, verify=verify),
        "s",
        say("a gradient"),
        say("a scalar"),
        1,
    )


def _complex_gradient(
    expression: str | Expr,
    wrt: str | Symbol,
    where: Where,
    layout: Layout,
    notation: NotationName,
    verify: bool,
) -> Derivative | None:
    """The gradient of a real-valued function of a complex variable, 2 df/dconj(z); None of a real one."""
    names = _names(wrt)
    implicit = bool(split_where(where)[1])
    parsed = None if implicit or any(part_of(n)[0] for n in names) else _parsed(expression, where, names, notation)
    if (
        parsed is None
        or len(names) != 1
        or names[0] not in parsed.symbols
        or COMPLEX not in parsed.symbols[names[0]].facts
    ):
        return None
    _refuse_absent(parsed, names, where)
    return by_complex(parsed, names, partial(_derived, layout=layout, verify=verify), gradient=True)


@public
def jacobian(
    expression: str | Expr,
    wrt: str | Symbol,
    where: Where = None,
    layout: Layout = "denominator",
    notation: NotationName = "auto",
    *,
    verify: bool = True,
) -> Derivative:
    """The derivative of a vector by one variable. Raises ShapeError where the formula is no vector.

    >>> jacobian("A*x", wrt="x").result.ascii
    "A'"
    """
    return _checked(
        derive(expression, wrt, where, layout, notation=notation, verify=verify),
        "vr",
        say("a Jacobian"),
        say("a vector"),
        1,
    )


@public
def hessian(
    expression: str | Expr,
    wrt: str | Symbol | Sequence[str | Symbol],
    where: Where = None,
    layout: Layout = "denominator",
    notation: NotationName = "auto",
    *,
    verify: bool = True,
    manifold: Manifold | None = None,
    along: str = "",
) -> Derivative:
    """The second derivative of a scalar, by one variable twice or by two. Raises ShapeError where the formula is no scalar.

    `manifold`, `along`: the Riemannian Hessian along a tangent direction of this name.

    >>> hessian("x'*A*x", wrt="x").result.ascii
    "A + A'"
    """
    if manifold is not None:
        if not along:
            raise GradproofError(say("a Hessian on a manifold is along a direction"), hint=say("write along='d'"))
        from gradproof.restricted import along_manifold  # asked for seldom

        first = gradient(expression, wrt, where, layout, notation, verify=verify)  # type: ignore[arg-type]
        return along_manifold(first, hessian(expression, wrt, where, layout, notation, verify=verify), manifold, along)
    several = _several(wrt)
    twice = several * (3 - len(several)) if len(several) < 3 else several
    return _checked(
        derive(expression, twice, where, layout, notation=notation, verify=verify),
        "s",
        say("a Hessian"),
        say("a scalar"),
        2,
    )


def _checked(d: Derivative, kinds: str, what: Said, needs: Said, times: int) -> Derivative:
    if d.axes.kind not in kinds:
        raise ShapeError(
            say("{what} needs {needs}, and this formula is {type}", what=what, needs=needs, type=d.expression.type),
            hint=say("derive takes formulas of any shape"),
        )
    if len(d.wrt) != times:
        wanted = (say("one variable"), say("two variables"))[times - 1]
        raise GradproofError(say("{what} is by {wanted}, not {count}", what=what, wanted=wanted, count=len(d.wrt)))
    return d


@public
@limited
def differential(
    expression: str | Expr,
    wrt: str | Symbol | Sequence[str | Symbol],
    where: Where = None,
    notation: NotationName = "auto",
    *,
    verify: bool = True,
) -> Expr:
    """The differential of a formula: for wrt="X" a formula with dX in it. Several names move together.

    Raises what `derive` raises, and UnsupportedError where it has no form in matrix notation.

    >>> differential("inv(X)", wrt="X").ascii
    '-inv(X)*dX*inv(X)'
    """
    names = _names(wrt)
    parsed = _parsed(expression, where, names, notation)
    _refuse_absent(parsed, names, where)
    given = parsed
    for name in names:
        if "d" + name in {v.name for v in parsed.expr.variables}:
            raise ParseError(
                say("d{name} is a variable of the formula, and would be the differential of {name}", name=name),
                hint=say("rename the variable d{name}", name=name),
            )
    complex_ = concerns(parsed, names)
    if complex_:
        parsed, names = in_twins(parsed, names)
    symbols = [_variable(parsed, name) for name in names]
    moved = {_free(s): variable(moved_name(s.name), s.type.dims) for s in symbols}
    try:
        value = lower(parsed.expr, frozenset(names))
        tensor = push_forward(value.tensor, moved)
    except GradproofError as error:
        raise error.located(parsed.text) from None
    tensor = replace(tensor, {_free(s): variable(s.name, s.type.dims, s.facts) for s in symbols if s.facts & TIES})
    tensor = merged(tensor)
    lifter = Lifter(reading_order(parsed.expr))
    e = closed_form(tensor, Axes((), value.kind, value.groups), "mixed", lifter)
    if isinstance(e, IndexForm):
        raise UnsupportedError(
            say("this differential has no form in matrix notation; in index notation it is {formula}", formula=e.ascii)
        )
    e = lifter.style.transpose(e) if value.kind == "r" else e
    if verify:
        from gradproof.proven import differential_proof, must_hold  # the proof is loaded only where there is one

        report = differential_proof(parsed.expr, e, symbols, parsed.symbols.values(), parsed.functions.values())
        held = must_hold(report, given.expr)
        e = differential_restored(e, given, names) if complex_ else e
        verdicts[e] = held
        return e
    return differential_restored(e, given, names) if complex_ else e
