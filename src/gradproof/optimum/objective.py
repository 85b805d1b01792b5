"""gp.objective and gp.residual: a formula for solvers, on one flat vector, in SciPy's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from gradproof.asked import Where, asked
from gradproof.budget import limited
from gradproof.choices import NotationName
from gradproof.derivative import Derivative
from gradproof.derive import derive
from gradproof.engine.contract import constant
from gradproof.engine.differentiate import pullback, push_forward
from gradproof.engine.lower import lower
from gradproof.engine.replace import replace
from gradproof.engine.tensor import Tensor, variable
from gradproof.errors import DomainError, ShapeError, public
from gradproof.facts import TIES
from gradproof.notation.expr import Expr, Symbol, symbol
from gradproof.numeric.given import arrays, bind_sizes, given
from gradproof.optimum.direction import free, known
from gradproof.records import dataclass, field
from gradproof.say import listed, say
from gradproof.shorthands import gradient, hessian

if TYPE_CHECKING:
    from gradproof.codegen import Code
    from gradproof.optimum.bound import Bound, BoundResidual
    from gradproof.optimum.many import BoundBatch


@public
@limited
def objective(
    expression: str | Expr,
    wrt: str | Symbol | Sequence[str | Symbol],
    where: Where = None,
    notation: NotationName = "auto",
    *,
    verify: bool = True,
) -> Objective:
    """A scalar formula as a function of one flat vector for solvers, with its derivatives by a set of variables; `bind` gives it the data.

    Symmetric variables are given by their lower triangle, positive definite ones by their Cholesky factor. Raises what `derive` raises.

    >>> F = objective("norm2(A*x - b)^2", wrt="x").bind(A=[[1.0, 2.0], [3.0, 4.0]], b=[1.0, 2.0])
    >>> F.jac([0.0, 0.0]).tolist()
    [-14.0, -20.0]
    """
    parsed, symbols = asked(expression, wrt, where, notation)
    if parsed.expr.type.kind != "s":
        raise ShapeError(say("an objective is a scalar, and this formula is {shape}", shape=parsed.expr.type))
    return Objective(_first(expression, symbols, where, notation, gradient, verify), symbols)


@public
@limited
def residual(
    expression: str | Expr,
    wrt: str | Symbol | Sequence[str | Symbol],
    where: Where = None,
    notation: NotationName = "auto",
    *,
    verify: bool = True,
) -> Residual:
    """A formula of any shape as a function of one flat vector, with its Jacobian, for least squares; `bind` gives it the data.

    >>> R = residual("X*w - y", wrt="w").bind(X=[[1.0, 2.0], [3.0, 4.0]], y=[1.0, 2.0])
    >>> R.jac([0.0, 0.0]).tolist()
    [[1.0, 2.0], [3.0, 4.0]]
    """
    _, symbols = asked(expression, wrt, where, notation)
    return Residual(_first(expression, symbols, where, notation, derive, verify), symbols)


def _first(
    expression: str | Expr,
    symbols: Sequence[Symbol],
    where: Where,
    notation: NotationName,
    make: Callable[..., Derivative],
    verify: bool,
) -> tuple[Derivative, ...]:
    return tuple(make(expression, s.name, where, notation=notation, verify=verify) for s in symbols)


Moves = tuple[
    Any, Any, Any, dict[str, str], str
]  # three programs, the names of the directions, and that of the numbers


@dataclass(frozen=True)
class _Formula:
    """A formula and its derivatives by several variables."""

    derivatives: tuple[Derivative, ...]
    variables: tuple[Symbol, ...]

    @property
    def expression(self) -> Expr:
        """The formula."""
        return self.derivatives[0].expression

    @property
    def wrt(self) -> tuple[str, ...]:
        """The names of the variables, in the order in which they stand in the vector."""
        return tuple(s.name for s in self.variables)

    @cached_property
    def program(self) -> Code:
        """The value and the derivatives, in one program."""
        from gradproof.codegen import jointly  # code is needed only here

        for d in self.derivatives:
            _ = d.verified  # what is refuted raises
        return jointly(self.derivatives, "numpy", True, False)

    @property
    def source(self) -> str:
        """The code of the value and the derivatives."""
        return self.program.source

    def data(self, values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, int]]:
        """The data as arrays, and all sizes. Raises DomainError, ShapeError."""
        symbols = self.derivatives[0].symbols
        extra = set(values) & set(self.wrt)
        if extra:
            raise DomainError(say("{names} is what is solved for, and no data", names=listed(sorted(extra))))
        thin = {
            n for n, v in values.items() if hasattr(v, "tocsr")
        }  # code takes a sparse matrix as it is, or refuses it
        known_values = arrays([s for n, s in symbols.items() if n not in {*self.wrt, *thin}], values)
        needed = [s for s in self.expression.variables if s.name not in self.wrt]
        sizes = bind_sizes(needed, known_values)
        for s in self.variables:
            for d in s.type.dims:
                missing = d.names - sizes.keys()
                if missing:
                    name = sorted(missing)[0]
                    raise DomainError(
                        say("no array tells the size of dimension {name}", name=name),
                        hint=say("pass {name}=… as well", name=name),
                    )
        return known_values, sizes


@dataclass(frozen=True)
class Objective(_Formula):
    """A scalar formula for solvers. Made by `objective`."""

    sign: int = field(default=1, repr=False)

    def bind(self, values: Mapping[str, Any] | None = None, /, **more: Any) -> Bound:
        """The formula with its data, as functions of one flat vector. Raises DomainError, ShapeError."""
        from gradproof.optimum.bound import Bound, ScalarPrograms  # it needs NumPy

        return Bound(cast(ScalarPrograms, self), *self.data(given(values, more)))

    def bind_batch(
        self, batch: Sequence[str] | str, values: Mapping[str, Any] | None = None, /, **more: Any
    ) -> BoundBatch:
        """Many problems at once: the data in `batch` have a first axis of problems, and so has each variable. Raises DomainError, ShapeError.

        >>> F = objective("norm2(A*x - b)^2", wrt="x").bind_batch("b", A=[[1.0, 2.0], [3.0, 4.0]], b=[[1.0, 2.0], [3.0, 7.0]])
        >>> F.solve().x.round(6).tolist()
        [[0.0, 0.5], [1.0, 1.0]]
        """
        from gradproof.optimum.many import BatchPrograms, BoundBatch  # it needs NumPy

        names = (batch,) if isinstance(batch, str) else tuple(batch)
        known_values, sizes, count = self._many(names, given(values, more))
        return BoundBatch(cast(BatchPrograms, _Batched(self, names)), known_values, sizes, count)

    def _many(self, names: Sequence[str], values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, int], int]:
        """The data of all problems, the sizes of one, and how many there are."""
        from gradproof.optimum.parametrised import floating  # it needs NumPy

        missing = [n for n in names if n not in values]
        if missing or not names:
            raise DomainError(
                say("there are no problems"),
                hint=say("give {name}=… with a first axis of problems", name=listed(missing) if missing else "y"),
            )
        wide = {n: floating(values[n]) for n in names}
        counts = {n: len(v) if v.ndim else 0 for n, v in wide.items()}
        if len(set(counts.values())) > 1 or 0 in counts.values():
            said = ", ".join(f"{n} has {k}" for n, k in counts.items())
            raise ShapeError(say("the numbers of problems differ: {said}", said=said))
        every = [self.data({**values, **{n: v[k] for n, v in wide.items()}}) for k in range(counts[names[0]])]
        return {**every[0][0], **wide}, every[0][1], len(every)

    @cached_property
    def blocks(self) -> dict[tuple[str, str], Derivative]:
        """The second derivatives by each pair of variables."""
        first = self.derivatives[0]
        own = {*(s.name for s in first.expression.variables), *self.wrt}  # a program asks for all that is declared
        where = {**{n: s for n, s in first.symbols.items() if n in own}, **first.functions}
        return {
            (a, b): hessian(first.expression, [a, b], where, verify=first.proving)
            for k, a in enumerate(self.wrt)
            for b in self.wrt[k:]
        }

    @cached_property
    def second(self) -> Code:
        """The blocks of the Hessian on and above the diagonal, in one program."""
        from gradproof.codegen import jointly  # code is needed only here

        return jointly(list(self.blocks.values()), "numpy", False, False)

    @cached_property
    def moved(self) -> tuple[Code, dict[str, str]]:
        """How the gradients move along directions, in one program, and the names of these."""
        return self.moved_with(())

    def moved_with(self, batch: Sequence[str]) -> tuple[Code, dict[str, str]]:
        """The same, where these variables, and the directions, have a first axis of problems."""
        from gradproof.codegen import moved_together  # code is needed only here

        first = self.derivatives[0]
        names = {s.name: _unused(f"d{s.name}", first.symbols) for s in self.variables}
        value = lower(first.expression, frozenset(self.wrt)).tensor
        along = {free(s): variable(names[s.name], s.type.dims) for s in self.variables}
        back: dict[Tensor, Tensor] = {free(s): known(s) for s in self.variables if s.facts & TIES}
        found = []
        for s in self.variables:
            moved = push_forward(pullback(value, free(s), constant(1)), along)
            found.append(replace(moved, back) if back else moved)
        extra = {n: symbol(n, first.symbols[k].type) for k, n in names.items()}
        return moved_together(first, found, extra, (*batch, *extra) if batch else ()), names


@dataclass(frozen=True)
class _Batched:
    """The programs of an objective for many problems at once."""

    objective: Objective
    batch: tuple[str, ...]

    @property
    def variables(self) -> tuple[Symbol, ...]:
        return self.objective.variables

    @cached_property
    def program(self) -> Code:
        from gradproof.codegen import jointly  # code is needed only here

        for d in self.objective.derivatives:
            _ = d.verified  # what is refuted raises
        return jointly(self.objective.derivatives, "numpy", True, False, (*self.batch, *self.objective.wrt))

    @cached_property
    def moved(self) -> tuple[Code, dict[str, str]]:
        return self.objective.moved_with((*self.batch, *self.objective.wrt))


@dataclass(frozen=True)
class Residual(_Formula):
    """A formula of any shape for least squares. Made by `residual`."""

    def bind(self, values: Mapping[str, Any] | None = None, /, **more: Any) -> BoundResidual:
        """The formula with its data, as functions of one flat vector. Raises DomainError, ShapeError."""
        from gradproof.optimum.bound import BoundResidual, ResidualPrograms  # it needs NumPy

        return BoundResidual(cast(ResidualPrograms, self), *self.data(given(values, more)))

    @cached_property
    def moves(self) -> Moves:
        """The entries, how they change along a direction, and the gradient of their inner product with numbers: where the Jacobian is not formed."""
        from gradproof.codegen import moved_together  # code is needed only here

        first = self.derivatives[0]
        value = lower(first.expression, frozenset(self.wrt)).tensor
        along = {s.name: _unused(f"d{s.name}", first.symbols) for s in self.variables}
        weights = _unused("u", {**first.symbols, **dict.fromkeys(along.values())})
        back: dict[Tensor, Tensor] = {free(s): known(s) for s in self.variables if s.facts & TIES}
        told = [
            replace(t, back) if back else t
            for t in (
                value,
                push_forward(value, {free(s): variable(along[s.name], s.type.dims) for s in self.variables}),
                *(pullback(value, free(s), variable(weights, value.axes)) for s in self.variables),
            )
        ]
        moving = {n: symbol(n, first.symbols[k].type) for k, n in along.items()}
        shape = first.expression.type
        return (
            moved_together(first, told[:1], {}, ()),
            moved_together(first, told[1:2], moving, ()),
            moved_together(first, told[2:], {weights: symbol(weights, shape)}, ()),
            along,
            weights,
        )


def _unused(name: str, taken: Mapping[str, Any]) -> str:
    while name in taken:
        name += "_"
    return name
