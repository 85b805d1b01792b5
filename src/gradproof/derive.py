"""derive: from a formula to its derivative, with everything that can be asked of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gradproof.engine import inverse, logarithm, simplify
from gradproof.engine.differentiate import again, push_forward
from gradproof.engine.differentiate import gradient as reverse_gradient
from gradproof.engine.lower import STRUCTURAL, Value, lower
from gradproof.engine.removable import continued
from gradproof.engine.replace import replace
from gradproof.engine.stable import stabilised
from gradproof.engine.tensor import Tensor, Variable, variable
from gradproof.engine.value import tensor_value
from gradproof.errors import GradproofError, ParseError, ShapeError, UnsupportedError
from gradproof.lift.graph import NoMatrixForm
from gradproof.lift.index import IndexForm
from gradproof.lift.layouts import LAYOUTS, Axes, closed_form, stacked
from gradproof.lift.lifter import Lifter
from gradproof.lift.pretty import reading_order
from gradproof.lift.value import value as formula_value
from gradproof.notation.expr import Applied, Expr, Function, Symbol, walk
from gradproof.numeric.arrays import held
from gradproof.numeric.evaluate import arrays, bind_sizes, evaluate, given
from gradproof.parse import Note, Parsed, Reading, parse
from gradproof.parse.declare import without_latex
from gradproof.parse.note import note
from gradproof.render import text as rendered

RULES = inverse, logarithm, simplify, formula_value  # imported for the rules and the view that they enter

PRINTED = 1e-9  # the relative difference at which the printed formula counts as another one

Where = str | Mapping[str, Any] | None


@dataclass(frozen=True)
class Derivative:
    """The derivative of a formula. Made by `derive`.

    `expression`: the formula as given; `wrt`: the names; `layout`; `tensor`, `value`: the result and the formula in index notation;
    `written`: the sums of the formula, with their terms in order;
    `symbols`, `functions`: what occurs or was declared; `reading`: how the text was read, and what was decided (`notes`).
    """

    expression: Expr
    wrt: tuple[str, ...]
    layout: str
    tensor: Tensor
    value: Tensor
    written: Mapping[Tensor, tuple[Tensor, ...]]
    axes: Axes
    symbols: Mapping[str, Symbol]
    functions: Mapping[str, Function]
    reading: Reading

    @property
    def notes(self) -> tuple[Note, ...]:
        """What was decided in reading."""
        return self.reading.notes

    @cached_property
    def _lifter(self) -> Lifter:
        return Lifter(reading_order(self.expression), self.written)

    @cached_property
    def result(self) -> Expr | IndexForm:
        """The closed form, in the asked layout; of order 3 and 4 its vec form, and index notation where it has none."""
        return closed_form(self.tensor, self.axes, self.layout, self._lifter)

    @property
    def shape(self) -> tuple[str | int, ...]:
        """One name or number for each axis."""
        return tuple(d.public for d in self.axes.sizes(self.tensor, self.layout))

    @property
    def order(self) -> int:
        """The number of axes."""
        return self.axes.split + len(self.axes.groups)

    @cached_property
    def index(self) -> str:
        """Index notation, in denominator layout: D[i,j] = sum(k: 2*A[k,i]*A[k,j])."""
        return IndexForm(self.tensor, self._lifter).ascii

    @cached_property
    def vec(self) -> Expr | None:
        """The matrix in Kronecker and vec notation, for orders 3 and 4 where there is one; else None."""
        if self.order < 3:
            return None
        try:
            return stacked(self.tensor, self.axes, self.layout, self._lifter)
        except NoMatrixForm:
            return None

    @property
    def dims(self) -> dict[str, str]:
        """What was declared or inferred for each variable: "matrix m n symmetric"."""
        return {name: describe(s) for name, s in self.symbols.items()}

    def text(self, format: str = "unicode", parts: str = "auto", width: int = 100) -> str:
        """The closed form as text; long ones name their shared parts (`parts`: "auto", "always" or "never")."""
        if isinstance(self.result, Expr):
            return rendered(self.result, format, parts, width)
        return getattr(self.result, format)

    def evaluate(self, values: Mapping[str, Any] | None = None, /, **more: Any) -> Any:
        """The derivative at arrays given by name, or in a mapping: scalars as numbers, vectors (n,), matrices (m, n).

        Declared functions are callables, with their derivatives under their names (f, Df). Raises DomainError, ShapeError.

        >>> import gradproof as gp
        >>> gp.derive("x'*x", wrt="x").evaluate(x=[1.0, 2.0]).tolist()
        [2.0, 4.0]
        """
        import numpy as np  # numbers are needed only here

        known = arrays(self.symbols.values(), given(values, more))
        bind_sizes(self._needed(known), known)
        held(self.symbols.values(), known, np)
        return self._value(known, self.layout)

    @cached_property
    def _stable(self) -> Tensor:
        """The tensor as its value is computed."""
        return stabilised(self.tensor)

    def _value(self, values: Mapping[str, Any], layout: str) -> Any:
        import numpy as np  # numbers are needed only here

        sizes = bind_sizes(self._needed(values), values)
        wrt = [self.symbols[name] for name in dict.fromkeys(self.wrt)]
        analytic = any(np.iscomplexobj(v) for v in values.values())
        tensor = self.tensor if analytic else self._stable
        result = self.axes.array(np, continued(tensor, values, sizes, wrt), layout)
        return result if result.ndim else result[()]

    def _needed(self, values: Mapping[str, Any]) -> list[Symbol]:
        """The variables of the formula, and of those that are only declared the ones that have a value: their sizes count."""
        own = self.expression.variables
        return [s for s in self.symbols.values() if s in own or s.name in values]

    def verify(self, seed: int = 0, points: int = 3) -> Any:
        """Compare with numeric derivatives of the formula itself at random points; see `verify.Report`.

        Both the value that `evaluate` gives and the printed formula are held against them.
        """
        from gradproof.numeric.verify import verify  # NumPy is needed only here

        wrt = [self.symbols[name] for name in self.wrt]
        return verify(
            self.expression,
            wrt,
            self._claimed,
            list(self.symbols.values()),
            list(self.functions.values()),
            points=points,
            seed=seed,
        )

    def _claimed(self, values: Mapping[str, Any]) -> Any:
        """The value of the derivative; moved away from it by more than the difference where the printed formula has another."""
        import numpy as np  # numbers are needed only here

        sizes = bind_sizes(self._needed(values), values)
        tensor = np.asarray(tensor_value(self._stable, values, sizes))
        claimed = self.axes.array(np, tensor, "denominator")
        if not isinstance(self.result, Expr):
            return claimed
        printed = np.asarray(evaluate(self.result, {**sizes, **values}))
        same = (
            self.axes.array(np, tensor, self.layout)
            if self.axes.small
            else self.axes.as_matrix(np, tensor, self.layout)
        )
        difference = float(np.max(np.abs(printed.reshape(same.shape) - same), initial=0.0))
        return (
            claimed if difference <= PRINTED * float(np.max(np.abs(same), initial=0.0)) else claimed + 10 * difference
        )

    def derivation(self, lang: str = "en", method: str | None = None, detail: str = "normal") -> Any:
        """The derivation step by step, each step checked alone on numbers: `.text()`, `.markdown()`, `.latex()`, `.json()`.

        `lang`: "en" or "zh". `method`: "rules", "differential" or "entries"; None chooses by the kind of problem. `detail`: "brief", "normal" or "full".
        Raises UnsupportedError where there is none yet.

        >>> import gradproof as gp
        >>> gp.derive("A*x", wrt="x").derivation().root.rule
        'linear-left'
        """
        from gradproof.explain import Problem, explain  # it needs NumPy, and only those who ask for it need it

        wrt = tuple(self.symbols[name] for name in self.wrt)
        problem = Problem(
            self.expression,
            wrt,
            tuple(self.symbols.values()),
            tuple(self.functions.values()),
            self.axes,
            self.tensor,
            self._lifter,
            self.layout,
        )
        return explain(problem, lang, method, detail)

    def compile(
        self,
        target: str = "numpy",
        value: bool = False,
        autograd: bool | str = False,
        compressed: bool = False,
        check: bool = True,
    ) -> Any:
        """The derivative as a function of arrays by name, with its source in `.source`; with `value=True` it gives (value, derivative).

        `autograd=True`: the value of the formula, which PyTorch or JAX differentiates by the closed forms, by every variable with all entries free;
        for JAX "vjp" (the same) or "jvp". `compressed=True`: what has structure (Kronecker products, diagonals, outer products) stays in parts,
        `todense()` makes the array. `check=False`: arrays are not held against declared facts (symmetric, positive, …). Raises UnsupportedError for a target that is not there, or has not what is asked for.
        """
        from gradproof.codegen import compiled  # code is needed only here

        return compiled(self, target, value, autograd, compressed, check)

    def operator(self, values: Mapping[str, Any] | None = None, /, **more: Any) -> Any:
        """The derivative at given values as a linear operator, whose matrix is never formed: matvec, rmatvec, diagonal, solve where the structure
        allows it, todense, and `linear`, a scipy.sparse.linalg.LinearOperator. Rows are the first variable, columns all other axes.

        >>> import gradproof as gp
        >>> gp.hessian("log(sum(exp(x)))", wrt="x").operator(x=[0.0, 0.0]).matvec([1.0, 0.0]).tolist()
        [0.25, -0.25]
        """
        from gradproof.codegen import operator  # code is needed only here

        return operator(self, {**(values or {}), **more})

    def cost(self, value: bool = False, /, **sizes: int) -> Any:
        """What compiled code costs at these sizes (1000 where none is given): flops, bytes and the largest array, and flops without any planning.

        >>> import gradproof as gp
        >>> gp.derive("norm2(A*x - b)^2", wrt="x").cost(m=100, n=10).formula
        '4 m n + m + n'
        """
        from gradproof.codegen import cost  # code is needed only here

        return cost(self, value, sizes)

    def jvp(self, target: str = "numpy") -> Any:
        """A function for the Jacobian times a vector: how the formula changes along v. It takes the variables and v; the Jacobian is never formed."""
        from gradproof.codegen import directional  # code is needed only here

        return directional(self, "jvp", target)

    def vjp(self, target: str = "numpy") -> Any:
        """A function for a vector times the Jacobian: the gradient of the inner product of v and the formula."""
        from gradproof.codegen import directional  # code is needed only here

        return directional(self, "vjp", target)

    def hvp(self, target: str = "numpy") -> Any:
        """A function for the Hessian times a vector v. The Hessian is never formed.

        >>> import gradproof as gp
        >>> gp.hessian("sum(x.^3)", wrt="x").hvp()(x=[1.0, 2.0], v=[1.0, 1.0]).tolist()
        [6.0, 12.0]
        """
        from gradproof.codegen import directional  # code is needed only here

        return directional(self, "hvp", target)

    def __repr__(self) -> str:
        return f"<derivative by {', '.join(self.wrt)}, {self.layout} layout: {self.text('ascii')}>"

    def _repr_latex_(self) -> str:
        return f"${self.text('latex')}$"


def derive(
    expression: str | Expr,
    wrt: str | Symbol | Sequence[str | Symbol],
    where: Where = None,
    layout: str = "denominator",
    structured: bool = False,
    notation: str = "auto",
) -> Derivative:
    """The derivative of a formula by one variable, or by several in turn.

    `expression`: text in the input syntax, or an Expr. `wrt`: a name or a list of names; ["w", "w"] is the Hessian. `where`: what is known of the
    names: {"S": "matrix n n symmetric"}. `layout`: "denominator" (axes of the variable first), "numerator" or "mixed".
    `notation`: how the text is written, "auto", "ascii", "latex", "plain" or "numpy".
    A declared fact such as symmetric says at which points the derivative is taken; all entries of a variable count as free.

    Raises ParseError, ShapeError, UnsupportedError, NotDifferentiableError, DomainError.

    >>> derive("norm2(A*x - b)^2", wrt="x").result.ascii
    "2*A'*(A*x - b)"
    """
    if layout not in LAYOUTS:
        raise GradproofError(f"there is no layout '{layout}'", hint="layouts are " + ", ".join(LAYOUTS))
    if structured:
        raise UnsupportedError(
            "structured=True (derivatives by the free entries of a structured matrix) is not supported yet"
        )
    names = _names(wrt)
    parsed = _parsed(expression, where, names, notation)
    symbols = [_variable(parsed, name) for name in names]
    written: dict[Tensor, tuple[Tensor, ...]] = {}
    value, tensor = _differentiate(parsed, symbols, written)
    axes = Axes(tuple(len(s.type.dims) for s in symbols), value.kind, value.groups)
    absent = tuple(
        note("does-not-occur", name=s.name) for s in dict.fromkeys(symbols) if s not in parsed.expr.variables
    )
    reading = parsed.reading.with_notes(*absent, *_free_entries(symbols))
    return Derivative(
        parsed.expr, names, layout, tensor, value.tensor, written, axes, parsed.symbols, parsed.functions, reading
    )


def _differentiate(
    parsed: Parsed, symbols: Sequence[Symbol], written: dict[Tensor, tuple[Tensor, ...]]
) -> tuple[Value, Tensor]:
    try:
        value = lower(parsed.expr, frozenset(s.name for s in symbols), written=written)
        tensor = value.tensor
        for k, s in enumerate(reversed(symbols)):
            tensor = (reverse_gradient if k < 2 else again)(tensor, _free(s))
    except GradproofError as error:
        raise error.located(parsed.text) from None
    known: dict[Tensor, Tensor] = {
        _free(s): variable(s.name, s.type.dims, s.facts) for s in symbols if s.facts & STRUCTURAL
    }
    return value, replace(tensor, known) if known else tensor


def _free(s: Symbol) -> Variable:
    """The variable without the facts that tie its entries together."""
    return variable(s.name, s.type.dims, s.facts - STRUCTURAL)


def _free_entries(symbols: Sequence[Symbol]) -> tuple[Note, ...]:
    tied = dict.fromkeys(s for s in symbols if s.facts & STRUCTURAL)
    return tuple(note("free-entries", name=s.name, facts=" and ".join(sorted(s.facts & STRUCTURAL))) for s in tied)


def _several(wrt: str | Symbol | Sequence[str | Symbol]) -> list[str | Symbol]:
    """One name, or several, as a list. Raises ParseError for anything else."""
    several: list[str | Symbol] = (
        list(wrt) if isinstance(wrt, Iterable) and not isinstance(wrt, str | Symbol) else [wrt]
    )
    for w in several:
        if not isinstance(w, str | Symbol):
            raise ParseError(
                f"wrt is the name of a variable or a list of names, not {type(w).__name__}",
                hint="wrt='x', wrt=['x', 'x']",
            )
    return several


def _names(wrt: str | Symbol | Sequence[str | Symbol]) -> tuple[str, ...]:
    several = _several(wrt)
    if not several:
        raise GradproofError("nothing to differentiate by", hint="name a variable: wrt='x'")
    names = tuple(w.name if isinstance(w, Symbol) else without_latex(w.strip()) for w in several)
    for name in names:
        if re.match(r"(conj|re|im)\s*\(", name):
            raise UnsupportedError(f"derivatives by {name}: complex quantities are not supported yet")
        if not name.isidentifier():
            raise ParseError(f"'{name}' is not the name of a variable", hint="differentiate by a name, such as x")
    return names


def _parsed(expression: str | Expr, where: Where, names: Sequence[str], notation: str) -> Parsed:
    if isinstance(expression, str):
        return parse(expression, where, names, notation)
    if not isinstance(expression, Expr):
        raise ParseError(
            f"a formula is a text or an Expr, not {type(expression).__name__}", hint="gp.derive(\"x'*x\", wrt='x')"
        )
    functions = {e.function.name: e.function for e in walk(expression) if isinstance(e, Applied)}
    symbols = {s.name: s for s in expression.variables}
    missing = [n for n in names if n not in symbols]
    if missing or where:
        symbols = {**parse("0", where, missing).symbols, **symbols}
    return Parsed(expression.ascii, expression, {}, (), symbols, functions)


def _variable(parsed: Parsed, name: str) -> Symbol:
    found = parsed.symbols.get(name)
    if found is None:
        what = "a declared function" if name in parsed.functions else "not a variable"
        raise ParseError(f"cannot differentiate by {name}: it is {what}")
    return found


# -- shorthands


def gradient(
    expression: str | Expr,
    wrt: str | Symbol,
    where: Where = None,
    layout: str = "denominator",
    notation: str = "auto",
) -> Derivative:
    """The derivative of a scalar by one variable. Raises ShapeError where the formula is no scalar.

    >>> gradient("x'*x", wrt="x").result.ascii
    '2*x'
    """
    return _checked(derive(expression, wrt, where, layout, notation=notation), "s", "gradient", "a scalar", 1)


def jacobian(
    expression: str | Expr,
    wrt: str | Symbol,
    where: Where = None,
    layout: str = "denominator",
    notation: str = "auto",
) -> Derivative:
    """The derivative of a vector by one variable. Raises ShapeError where the formula is no vector.

    >>> jacobian("A*x", wrt="x").result.ascii
    "A'"
    """
    return _checked(derive(expression, wrt, where, layout, notation=notation), "vr", "Jacobian", "a vector", 1)


def hessian(
    expression: str | Expr,
    wrt: str | Symbol | Sequence[str | Symbol],
    where: Where = None,
    layout: str = "denominator",
    notation: str = "auto",
) -> Derivative:
    """The second derivative of a scalar, by one variable twice or by two. Raises ShapeError where the formula is no scalar.

    >>> hessian("x'*A*x", wrt="x").result.ascii
    "A + A'"
    """
    several = _several(wrt)
    twice = several * (3 - len(several)) if len(several) < 3 else several
    return _checked(derive(expression, twice, where, layout, notation=notation), "s", "Hessian", "a scalar", 2)


def _checked(d: Derivative, kinds: str, what: str, needs: str, times: int) -> Derivative:
    if d.axes.kind not in kinds:
        raise ShapeError(
            f"a {what} needs {needs}, and this formula is {d.expression.type}",
            hint="derive takes formulas of any shape",
        )
    if len(d.wrt) != times:
        raise GradproofError(f"a {what} is by {('one variable', 'two variables')[times - 1]}, not {len(d.wrt)}")
    return d


def differential(
    expression: str | Expr, wrt: str | Symbol | Sequence[str | Symbol], where: Where = None, notation: str = "auto"
) -> Expr:
    """The differential of a formula: for wrt="X" a formula with dX in it. Several names move together.

    Raises what `derive` raises, and UnsupportedError where it has no form in matrix notation.

    >>> differential("inv(X)", wrt="X").ascii
    '-inv(X)*dX*inv(X)'
    """
    names = _names(wrt)
    parsed = _parsed(expression, where, names, notation)
    moved: dict[Variable, Tensor] = {}
    for name in names:
        s = _variable(parsed, name)
        if "d" + name in {v.name for v in parsed.expr.variables}:
            raise ParseError(
                f"d{name} is a variable of the formula, and would be the differential of {name}",
                hint=f"rename the variable d{name}",
            )
        moved[_free(s)] = variable("d" + name, s.type.dims)
    try:
        value = lower(parsed.expr, frozenset(names))
        tensor = push_forward(value.tensor, moved)
    except GradproofError as error:
        raise error.located(parsed.text) from None
    symbols = [parsed.symbols[n] for n in names]
    tensor = replace(
        tensor, {_free(s): variable(s.name, s.type.dims, s.facts) for s in symbols if s.facts & STRUCTURAL}
    )
    lifter = Lifter(reading_order(parsed.expr))
    e = closed_form(tensor, Axes((), value.kind, value.groups), "mixed", lifter)
    if isinstance(e, IndexForm):
        raise UnsupportedError(f"this differential has no form in matrix notation; in index notation it is {e.ascii}")
    return lifter.style.transpose(e) if value.kind == "r" else e


def describe(s: Symbol) -> str:
    """A variable as `where` declares it: "matrix m n symmetric"."""
    kind = {"s": "scalar", "v": "vector", "r": "vector", "m": "matrix"}[s.type.kind]
    return " ".join([kind, *(d.text.replace(" ", "") for d in s.type.dims), *sorted(s.facts)])
