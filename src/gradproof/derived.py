"""A derivative: the formula, its derivative in index notation, and from these the closed form, values and the proof. It leaves only proven."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from gradproof.budget import limited
from gradproof.choices import Format, Layout, Parts
from gradproof.engine.replace import replace as replaced
from gradproof.engine.tensor import Tensor
from gradproof.engine.twins import hermitian_twins, restored
from gradproof.errors import UnsupportedError, counted
from gradproof.facts import told as told_facts
from gradproof.lift.graph import NoMatrixForm
from gradproof.lift.index import IndexForm
from gradproof.lift.input_order import reading_order
from gradproof.lift.layouts import Axes, closed_form, stacked
from gradproof.lift.lifter import Lifter
from gradproof.lift.pretty import Term, formula, number_in_front
from gradproof.notation.expr import Call, Expr, Symbol, call, walk
from gradproof.notation.function import Function
from gradproof.ops import TABLE
from gradproof.ops.operation import ValueOnly
from gradproof.parse import Note, Reading
from gradproof.parse.note import unsupported
from gradproof.parse.parts import Part
from gradproof.records import dataclass
from gradproof.render import text as rendered
from gradproof.say import Said, say
from gradproof.shapes.dims import Dim

if TYPE_CHECKING:
    from gradproof.explain import Problem
    from gradproof.numeric.report import Report
    from gradproof.numeric.turns import Turned


@dataclass(frozen=True)
class Proven:
    """The derivative of a formula, and what proves it.

    `expression`: the formula as given; `wrt`: the names; `layout`; `tensor`, `value`: the result and the formula in index notation;
    `written`: the sums of the formula, with their terms in order;
    `symbols`, `functions`: what occurs or was declared; `reading`: how the text was read, and what was decided (`notes`).
    `origins`: the derivatives of which this one is a linear map, proven themselves; of complex variables, `formula`: in them and their twins;
    `declared`: the variables as declared; `part`: the operation (re, im) on the result, or ""; `turned`: what is proven of it.
    """

    expression: Expr
    wrt: tuple[str, ...]
    layout: Layout
    tensor: Tensor
    value: Tensor
    written: Mapping[Tensor, tuple[Tensor, ...]]
    axes: Axes
    symbols: Mapping[str, Symbol]
    functions: Mapping[str, Function]
    reading: Reading
    proving: bool = True
    parts: tuple[Part | None, ...] = ()  # of those of `wrt` that are entries or rows, what they are
    origins: tuple[Proven, ...] = ()
    formula: Expr | None = None
    declared: Mapping[str, Symbol] | None = None
    part: str = ""
    turned: Turned | None = None
    mapped: str = ""  # of a linear map of the one origin: its formula, of the free gradient G and the variable X
    equations: tuple[tuple[Symbol, Expr], ...] = ()  # of variables that are defined by others, what is zero

    @property
    def notes(self) -> tuple[Note, ...]:
        """What was decided in reading."""
        return self.reading.notes

    @property
    def variables(self) -> tuple[Symbol, ...]:
        """The variables by which it is, whole also where only a part moves."""
        parts = self.parts or (None,) * len(self.wrt)
        return tuple(p.base if p is not None else self.symbols[n] for n, p in zip(self.wrt, parts, strict=True))

    @property
    def least(self) -> dict[str, int]:
        """The least sizes at which all entries are there that are asked for."""
        from gradproof.notation.places import least_sizes  # values are asked only here

        units = (e for p in self.parts if p is not None for e in p.at if e is not None)
        return least_sizes((*walk(self.expression), *units))

    @cached_property
    def lengths(self) -> tuple[Dim, ...]:
        """The lengths in the formula that are no lengths at some sizes: differences. The derivative may hold them as mere numbers."""
        from gradproof.notation.places import lengths  # and here

        return tuple(dict.fromkeys(d for d in lengths(walk(self.expression)) if d.differs))

    def whole(self, what: Said) -> None:
        """Raises UnsupportedError where the derivative is by a part of a variable, and this is asked for."""
        part = next((p for p in self.parts if p is not None), None)
        if part is not None:
            raise unsupported("part-whole", what=what, name=part.name, base=part.base.name)
        self.explicit(what)

    def explicit(self, what: Said) -> None:
        """Raises UnsupportedError where a variable is defined by an equation, and this is asked for."""
        if self.equations:
            raise self.refusal(what)

    def refusal(self, what: Said) -> UnsupportedError:
        """The error for what is not there where a variable is defined by an equation."""
        name = self.equations[0][0].name
        return UnsupportedError(
            say("{what} is not there yet where {name} is defined by an equation", what=what, name=name)
        )

    @cached_property
    def _lifter(self) -> Lifter:
        return Lifter(reading_order(self._formula), self.written, lengths=self.formula is None)

    @property
    def _formula(self) -> Expr:
        return self.expression if self.formula is None else self.formula

    @property
    @limited
    def result(self) -> Expr | IndexForm:
        """The closed form, in the asked layout; of order 3 and 4 its vec form, and index notation where it has none."""
        self._prove()
        return self._shown(self.closed)

    def _shown(self, e: Expr | IndexForm) -> Expr | IndexForm:
        """A result with conjugates in place of twins, and its real or imaginary part where that is asked for."""
        if not isinstance(e, Expr) or self.declared is None:
            return e
        known = hermitian_twins(self.declared)
        if known and (t := replaced(self.tensor, known)) is not self.tensor:
            shorter = closed_form(t, self.axes, self.layout, self._lifter)
            e = shorter if isinstance(shorter, Expr) else e
        return self.parted(restored(e, self.declared))

    def parted(self, e: Expr) -> Expr:
        """The real or imaginary part, where that is asked for, with a number before it."""
        if not self.part:
            return e
        c, inner = number_in_front(e)
        shown = call(self.part, inner)
        return formula(Term(c, ((shown, 1),)) if shown.type.kind == "s" else Term(c, (), (shown,)))

    @cached_property
    def closed(self) -> Expr | IndexForm:
        """The result in real algebra, as yet without a proof."""
        return closed_form(self.tensor, self.axes, self.layout, self._lifter)

    @property
    def verified(self) -> bool | None:
        """True where the value and the printed formula are proven, False where that could not be decided, None with `verify=False`.

        Raises VerificationError where the proof refutes them.
        """
        self._prove()
        return self._report.ok if self.proving else None

    @cached_property
    def _report(self) -> Report:
        return self.verify()

    def _prove(self) -> None:
        """Raises VerificationError where the proof refutes the result; warns, once, where nothing could be said."""
        if self.proving and "_leaves" not in self.__dict__:
            from gradproof.proven import must_hold  # the proof is loaded only where there is one

            self.__dict__["_leaves"] = must_hold(self._report, self.expression)

    @property
    def shape(self) -> tuple[str | int, ...]:
        """One name or number for each axis."""
        return tuple(d.public for d in self.axes.sizes(self.tensor, self.layout))

    @property
    def order(self) -> int:
        """The number of axes."""
        return self.axes.split + len(self.axes.groups)

    @property
    @limited
    def index(self) -> str:
        """Index notation, in denominator layout: D[i,j] = sum(k: 2*A[k,i]*A[k,j])."""
        self._prove()
        return self._index

    @cached_property
    def _index(self) -> str:
        return self.in_indices().ascii

    def in_indices(self) -> IndexForm:
        """The same in every format."""
        return IndexForm(self.tensor, self._lifter)

    @property
    @limited
    def vec(self) -> Expr | None:
        """The matrix in Kronecker and vec notation, for orders 3 and 4 where there is one; else None."""
        self._prove()
        return self._vec

    @cached_property
    def _vec(self) -> Expr | None:
        if self.order < 3:
            return None
        try:
            return self._shown(stacked(self.tensor, self.axes, self.layout, self._lifter))  # type: ignore[return-value]
        except NoMatrixForm:
            return None

    @property
    def dims(self) -> dict[str, str]:
        """What was declared or inferred for each variable: "matrix m n symmetric"."""
        own, symbols = self._indices, (self.declared or self.symbols).items()
        return {own.get(name, name): "index" if name in own else describe(s) for name, s in symbols}

    @property
    def described(self) -> dict[str, str]:
        """The same, and how each function was declared."""
        return self.dims | {name: f.declaration for name, f in self.functions.items()}

    @cached_property
    def _indices(self) -> dict[str, str]:
        """The unit vectors of indices that stand in `wrt` alone, and the letters of these."""
        units = [s.name for p in self.parts if p is not None for s in p.symbols if s not in self.expression.variables]
        return {name: name.removeprefix("e_") for name in units}

    def _placed(self, values: dict[str, Any]) -> dict[str, Any]:
        """The values with the unit vector of each index that is given as a number, from 1."""
        for name, letter in self._indices.items():
            place = values.get(letter)
            if name not in values and isinstance(place, int):
                from gradproof.numeric.given import bind_sizes, unit  # numbers are needed only here

                rest = [s for s in self._needed(values) if s.name != name and s.name in values]
                size = self.symbols[name].type.dims[0].evaluate(bind_sizes(rest, values))
                values[name] = unit(place, size)
        return values

    @limited
    def text(self, format: Format = "unicode", parts: Parts = "auto", width: int = 100) -> str:
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

        from gradproof.numeric.arrays import held  # with them
        from gradproof.numeric.given import arrays, bind_sizes, given
        from gradproof.numeric.implicit import solved

        known = arrays((self.declared or self.symbols).values(), self._placed(given(values, more)))
        bind_sizes(self._needed(known), known)
        held((self.declared or self.symbols).values(), known, np)
        if self._asks:
            self.expression.evaluate(known)
        solved(self.equations, known, np)
        return self._value(known, self.layout)

    @cached_property
    def _asks(self) -> bool:
        """Whether the formula has a value in fewer places than its derivative: that of a list of eigenvalues must be there."""
        return any(isinstance(e, Call) and isinstance(e.op.meaning, ValueOnly) for e in walk(self.expression))

    @cached_property
    def _stable(self) -> Tensor:
        """The tensor as its value is computed."""
        from gradproof.engine.stable import stabilised  # values are asked only here

        return stabilised(self.tensor, dear=True)

    def _value(self, values: Mapping[str, Any], layout: str) -> Any:
        import numpy as np  # numbers are needed only here

        from gradproof.engine.removable import continued  # with them
        from gradproof.exact.lost import recovered
        from gradproof.numeric.given import bind_sizes, measured, with_twins

        self._prove()
        sizes = bind_sizes(self._needed(values), values)
        measured(self.lengths, sizes)
        values = with_twins(np, self.symbols, values)
        wrt = [*dict.fromkeys(self.variables)]
        analytic = any(np.iscomplexobj(v) for v in values.values())
        tensor = self.tensor if analytic else self._stable
        found = recovered(np, tensor, values, sizes, continued(tensor, values, sizes, wrt))
        result = self.axes.array(np, found, layout)
        return (TABLE[self.part].value(np, result) if self.part else result)[()]

    def _needed(self, values: Mapping[str, Any]) -> list[Symbol]:
        """The variables of the formula, and of those that are only declared the ones that have a value: their sizes count."""
        declared, own = self.declared or self.symbols, self.expression.variables
        return [s for s in declared.values() if s in own or s.name in values]

    @limited
    def verify(self, seed: int = 0, points: int = 3) -> Report:
        """Hold the derivative against the formula itself at random points: exactly where it is rational, by dual numbers otherwise.

        Both the value that `evaluate` gives and the printed formula are held against it. The report says what was found; DomainError is for
        arguments that are no whole numbers.

        >>> import gradproof as gp
        >>> print(gp.derive("x'*A*x", wrt="x").verify())
        verified: exactly, at 3 random rational points
        """
        seed, points = counted("seed", seed), counted("points", points)
        if seed == 0 and points == 3 and "_report" in self.__dict__:
            return self._report
        from gradproof.proven import mapped_proof, proof  # the proof is loaded only where there is one

        if self.origins:
            reports = [origin.verify(seed, points) for origin in self.origins]
            reports.append(
                mapped_proof(self.tensor, self.axes, self.layout, self.closed, self.symbols.values(), points, seed)
            )
            return self._by_formula(next((r for r in reports if not r.ok), reports[0]), points, seed)
        report = proof(
            self._formula,
            self.variables,
            self._stable,
            self.axes,
            self.layout,
            self.closed,
            self.symbols.values(),
            self.functions.values(),
            points=points,
            seed=seed,
            parts=self.parts,
            equations=self.equations,
        )
        return self._by_formula(report, points, seed)

    def _by_formula(self, report: Report, points: int, seed: int) -> Report:
        """What holds of complex variables and their twins, held against the formula as it was given."""
        if self.turned is None or self.declared is None:
            return report
        from gradproof.proven import complex_proof  # with the other proofs

        form, known = (self.axes, self.layout, self._shown(self.closed)), (self.declared, self.functions)
        return complex_proof(report, self.expression, self.turned, self.tensor, form, known, points, seed)

    @property
    def problem(self) -> Problem:
        """What a derivation is asked."""
        from gradproof.explain import Problem  # only those who ask for one need it

        wrt = self.variables
        return Problem(
            self._formula,
            wrt,
            tuple(self.symbols.values()),
            tuple(self.functions.values()),
            self.axes,
            self.tensor,
            self._lifter,
            self.layout,
            self.expression,
            self.reading,
        )


def describe(s: Symbol) -> str:
    """A variable as `where` declares it: "matrix m n symmetric"."""
    return " ".join([s.type.declared, *told_facts(s.facts)])
