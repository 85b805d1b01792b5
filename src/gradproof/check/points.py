"""The derivative and claims about it as numbers, at random points.

At a point the derivative is a matrix in each form that people write it in: a column or its transpose for a gradient, by the denominator or the
numerator, and for more than two axes stacked column by column or row by row. A claim is right in the form whose numbers it has.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from gradproof.asked import Where
from gradproof.budget import tick
from gradproof.check.lifted import Lifting
from gradproof.choices import Layout, NotationName
from gradproof.derive import Derivative, derive
from gradproof.engine.removable import continued
from gradproof.engine.stable import stabilised
from gradproof.engine.tensor import Tensor
from gradproof.engine.twins import IUNIT, twins
from gradproof.errors import BudgetError, DomainError, GradproofError, UnsupportedError, VerificationError
from gradproof.lift.layouts import LAYOUTS
from gradproof.notation.expr import Call, Expr, Symbol, call, fold, operations, substitute, symbol, walk
from gradproof.notation.places import enlarged
from gradproof.numeric import bare as np
from gradproof.numeric.condition import singular
from gradproof.numeric.evaluate import node_value
from gradproof.numeric.given import bind_sizes
from gradproof.numeric.report import Report
from gradproof.numeric.sample import Sampler, draw
from gradproof.numeric.sample import sizes as random_sizes
from gradproof.parse import parse
from gradproof.proven import twins_proof
from gradproof.records import replace
from gradproof.say import say

Array = Any
Values = Mapping[str, Any]
Change = Callable[[dict[str, Any]], None]  # makes values have a fact

TOLERANCE, NEARLY = 1e-8, 1e-5  # relative: equal to rounding; too near to be called wrong
DRAWS, FEW_DRAWS = 12, 3  # random points that are tried for each one that is wanted
SEED = 1, 17
FEWEST = 2  # points that a verdict rests on
VARIETY = 3  # points that have different sizes
SCALES = (1.0, 1.0, 0.5, 0.5, 0.2, 2.0, 0.1, 4.0, 0.02)  # of the values of points that are drawn in given sizes
KINKS = 4  # times as many points for formulas with kinks, since each sees only one piece of them


class Form(NamedTuple):
    """A way to write a derivative: its layout, and how more than two axes are stacked: "column", "row", or "" for none."""

    layout: str
    stacking: str = ""


def same(a: Array, b: Array, magnitude: float = 0.0, tolerance: float = TOLERANCE) -> bool:
    """Whether two arrays have the same shape and, to rounding, the same numbers; `magnitude`: the largest number on the way to them."""
    if a.shape != b.shape:
        return False
    size = max(largest(a), largest(b))
    return math.isfinite(size) and largest(a - b) <= tolerance * size + 1e-13 * magnitude


def smooth(formulas: Iterable[Expr]) -> bool:
    """Whether no formula has kinks."""
    return all(node.op.analytic for e in formulas for node in walk(e) if isinstance(node, Call))


def largest(a: Array) -> float:
    return float(abs(a).max()) if a.size else 0.0


def as_matrix(e: Expr, a: Array) -> Array:
    """A value as a matrix: scalars 1 × 1, columns n × 1, rows 1 × n."""
    a = np.asarray(a)
    shape = {"s": (1, 1), "v": (-1, 1), "r": (1, -1), "m": a.shape}[e.type.kind]
    return a.reshape(shape)


class At:
    """One point: the value of every formula that is asked for, and the derivative in every form."""

    def __init__(self, question: Question, values: dict[str, Any], magnitude: float):
        self.question, self.values, self.magnitude = question, values, magnitude
        symbols = (s for s in question.derivative.symbols.values())
        self.sizes = bind_sizes(symbols, values)
        self._memo: dict[Expr, Array] = {}

    def value(self, e: Expr) -> Array:
        """A formula as a matrix. Raises DomainError and LinAlgError where it has no value."""
        return as_matrix(e, fold(e, self._node, memo=self._memo))

    def _node(self, node: Expr, args: Sequence[Any]) -> Array:
        tick()
        if isinstance(node, Call) and singular(np, node, args):
            raise DomainError(say("{op}: the matrix is singular", op=node.op.name))
        return node_value(np, node, args, self.values, self.sizes)

    def try_value(self, e: Expr) -> Array | None:
        """The same, or None where it has no finite value."""
        try:
            found = self.value(e)
        except (GradproofError, np.linalg.LinAlgError, ArithmeticError, ValueError):
            return None
        return found if np.all(np.isfinite(found)) else None

    @cached_property
    def derivative(self) -> Array:
        """In denominator layout, one axis for each that users see."""
        return self.of(self.question.derivative)

    def of(self, d: Derivative) -> Array:
        """The value of a derivative in denominator layout."""
        return derivative_value(d, self.values)

    @cached_property
    def forms(self) -> dict[Form, Array]:
        """The derivative as a matrix in each form; the asked layout first."""
        return laid_out(self.question.derivative, self.derivative, self.question.layout)


@lru_cache(maxsize=256)
def _stable(t: Tensor) -> Tensor:
    return stabilised(t, dear=True)


def derivative_value(d: Derivative, values: Mapping[str, Any]) -> Array:
    """The value of a derivative in denominator layout at little arrays, as `evaluate` computes it."""
    needed = [s for s in d.symbols.values() if s.name in values or s in d.expression.variables]
    moving = [*dict.fromkeys(d.variables)]
    found = continued(_stable(d.tensor), values, bind_sizes(needed, values), moving, np)
    return d.axes.array(np, found, LAYOUTS[0])


def laid_out(d: Derivative, a: Array, asked: str) -> dict[Form, Array]:
    """The array of a derivative (denominator layout) as a matrix in each form; of forms that are the same, the first."""
    split, axes = d.axes.split, d.axes
    layouts = (asked, *(x for x in LAYOUTS if x != asked))
    if not split and axes.kind in "vr":
        row = a.reshape(1, -1)
        return _distinct([(Form(x), row if x == "denominator" else row.T, x == "denominator") for x in layouts])
    if a.ndim <= 2:
        plain = a.reshape(-1, 1) if a.ndim < 2 else a
        flips = {
            x: a.ndim > 0 and (axes.flat(x) if a.ndim == 2 and split else x == "numerator" and split > 0)
            for x in layouts
        }
        forms = _distinct([(Form(x), plain.T if flips[x] else plain, flips[x]) for x in layouts])
        if axes.wrt == (2,):
            forms |= {
                Form("denominator", "column"): a.T.reshape(-1, 1),
                Form("numerator", "column"): a.T.reshape(1, -1),
            }
        return forms
    first = next(n for n in (*axes.wrt, split) if n)
    forms = {}
    for stacking in ("column", "row"):
        turned = a.transpose(*reversed(range(first)), *reversed(range(first, a.ndim))) if stacking == "column" else a
        matrix = turned.reshape(math.prod(turned.shape[:first]), -1)
        forms |= _distinct([(Form(x, stacking), matrix.T if axes.flat(x) else matrix, axes.flat(x)) for x in layouts])
    return forms


def _distinct(forms: Sequence[tuple[Form, Array, bool]]) -> dict[Form, Array]:
    """The forms by what they are, and not by name: those with another flag than all before."""
    return {form: a for k, (form, a, flag) in enumerate(forms) if flag not in [f for _, _, f in forms[:k]]}


def point_of_sizes(
    question: Question, symbols: Sequence[Symbol], sizes: Mapping[str, int], formulas: Sequence[Expr], seed: int
) -> At | None:
    """A random point of these sizes at which the derivative and all formulas have values; None where none was found."""
    rng = np.random.default_rng([SEED[0], seed])
    for scale in SCALES:
        try:
            values = draw(symbols, question.derivative.functions.values(), sizes, rng, scale, np)
            at = At(question, {**sizes, **values}, 0.0)
            if np.all(np.isfinite(at.derivative)) and all(at.try_value(e) is not None for e in formulas):
                return at
        except BudgetError:
            raise
        except (GradproofError, np.linalg.LinAlgError):
            continue
    return None


class Question:
    """What is asked: the derivative of a formula, in a layout. Raises what `derive` raises."""

    def __init__(
        self,
        expression: str | Expr,
        wrt: str | Symbol | Sequence[str | Symbol],
        where: Where,
        layout: Layout,
        notation: NotationName = "auto",
    ):
        self.correct = derive(expression, wrt, where, layout, notation=notation, verify=False)
        self.correct.explicit(say("a verdict on a claim"))
        self.declared, self._asked = self.correct.declared, self.correct
        if self.correct.declared is not None:
            if self.correct.part or self.correct.origins or self.correct.formula is None:
                raise UnsupportedError(say("check by real and imaginary parts is not supported; ask by z or conj(z)"))
            self.correct = replace(
                self.correct, expression=self.correct.formula, formula=None, declared=None, turned=None
            )
        self.derivative = replace(self.correct, layout=LAYOUTS[0])
        self.expression = self.correct.expression
        self.layout: Layout = layout
        self.symbols = dict(self.correct.symbols)
        self._sources: dict[tuple, _Source] = {}
        self.along: Mapping[str, Symbol] = {}  # differentials that are letters of the formula: of a second differential
        self.lifting: Lifting | None = None  # what stands for cases in the claim
        self.latex = self.correct.reading.notation in ("latex", "plain")

    def in_twins(self, claim: str | Expr) -> Expr:
        """A claim about complex variables, in them and their twins."""
        expr = parse(claim, self.declared).expr if isinstance(claim, str) else claim
        found = twins(expr, frozenset(n.removeprefix("conj(").removesuffix(")") for n in self.derivative.wrt))[0]
        if IUNIT in operations(found) or IUNIT in operations(self.expression):
            raise UnsupportedError(say("claims are judged on real numbers, and the imaginary unit stands in this one"))
        report = twins_proof(expr, found, (self.declared or {}).values())
        if report.decided and not report.ok:
            raise VerificationError(
                say("what was made of the claim is another formula: {reason}", reason=report.reason)
            )
        return found

    @cached_property
    def report(self) -> Report:
        """The numeric verification of the derivative itself."""
        return self._asked.verify()

    @property
    def wrt(self) -> list[Symbol]:
        return list(self.derivative.variables)

    @cached_property
    def sizes(self) -> list[str]:
        """The names of all dimensions of the formula and of its variables."""
        shapes = [s.type for s in self.symbols.values()] + [e.type for e in walk(self.expression)]
        return list(dict.fromkeys(n for shape in shapes for d in shape.dims for n in sorted(d.names)))

    @cached_property
    def moving(self) -> dict[str, Symbol]:
        """The differential of each variable, by the variable's name, where no variable of the formula has its name."""
        return {n: symbol("d" + n, s.type) for n, s in self.symbols.items() if "d" + n not in self.symbols}

    def points(
        self,
        claims: Iterable[Expr],
        count: int,
        facts: Mapping[Symbol, Symbol] | None = None,
        change: Change | None = None,
        thorough: bool = True,
    ) -> list[At]:
        """Random points at which the formula, its derivative and the claims have values: `count` of them, more for formulas with kinks.

        `facts`: variables with more facts; `change`: what gives values another property; `thorough`: values inside the domain of the claims are looked
        for where others are not. Raises DomainError where there is none.
        """
        facts, claims = facts or {}, tuple(claims)
        count *= 1 if smooth((self.expression, *claims)) else KINKS
        found: list[At] = []
        for inside in ((), claims) if thorough else ((),):  # values inside the domain of the claims too
            if len(found) < min(count, FEWEST):
                with suppress(DomainError):
                    source = self._source(facts, change, inside)
                    found = self._chosen(source, claims, count, DRAWS if thorough else FEW_DRAWS)
        if len(found) < min(count, FEWEST) and change is None:  # far from where formulas are usually looked at
            found = self._far(claims, count, facts)
        if len(found) < min(count, FEWEST):
            raise DomainError(say("no points were found at which the derivative and the claim have values"))
        return found

    def _far(self, claims: Sequence[Expr], count: int, facts: Mapping[Symbol, Symbol]) -> list[At]:
        """Points that are drawn without a look at how large the numbers become on the way."""
        symbols = [facts.get(s, s) for s in (*self.symbols.values(), *self.moving.values())]
        shapes = [e.type for root in (self.expression, *claims) for e in walk(root)]
        names = {n for shape in (*shapes, *(s.type for s in symbols)) for d in shape.dims for n in d.names}
        rng = np.random.default_rng(SEED)
        drawn = (
            point_of_sizes(self, symbols, enlarged(random_sizes(names, rng), self.derivative.least), claims, k)
            for k in range(count)
        )
        return [at for at in drawn if at is not None]

    def _source(self, facts: Mapping[Symbol, Symbol], change: Change | None, inside: tuple[Expr, ...]) -> _Source:
        """Points in the domain of the formula and of the claims `inside`; those of the formula alone are drawn once."""
        key = (tuple(facts.items()), change, inside)
        if key not in self._sources:
            root = self.expression
            for claim in inside:
                root = call("add", *(call("sum", call("elpow", e, 2)) for e in (root, claim)))
            replaced: dict[Expr, Expr] = {**facts}
            symbols = [facts.get(s, s) for s in (*self.symbols.values(), *self.moving.values())]
            sampler = Sampler(
                substitute(root, replaced) if facts else root,
                symbols,
                self.derivative.functions.values(),
                np=np,
                least=self.derivative.least,
            )
            self._sources[key] = _Source(self, sampler, change)
        return self._sources[key]

    def _chosen(self, source: _Source, claims: Sequence[Expr], count: int, draws: int) -> list[At]:
        """Points of a source at which the claims have values, those that tell most first."""
        found: list[At] = []
        spare: list[At] = []
        for k in range(draws * count):
            at = source.get(k)
            if np.all(np.isfinite(at.derivative)) and all(at.try_value(c) is not None for c in claims):
                (found if _tells(at, found) else spare).append(at)
                if len(found) == count:
                    break
        return [*found, *spare][:count]


class _Source:
    """Random points that are drawn as they are asked for, and kept."""

    def __init__(self, question: Question, sampler: Sampler, change: Change | None):
        self.question, self.sampler, self.change = question, sampler, change
        self.rng = np.random.default_rng(SEED)
        self.drawn: list[At] = []

    def get(self, k: int) -> At:
        """Point number k. Raises DomainError where there is none."""
        while len(self.drawn) <= k:
            point = self.sampler.point(self.rng)
            values = dict(point.values)
            if self.change is not None:
                self.change(values)
            self.drawn.append(At(self.question, values, point.magnitude))
        return self.drawn[k]


def _tells(at: At, found: Sequence[At]) -> bool:
    """Whether a point adds something: the derivative is not zero at the first one, and the first three have different sizes."""
    if not found:
        return largest(at.derivative) > 1e-7 * at.magnitude
    return len(found) >= VARIETY or not at.sizes or all(at.sizes != other.sizes for other in found)


def squared(question: Question) -> Question | None:
    """The same question with all inferred sizes equal; None where they are already, or where it makes no sense."""
    names = {n for s in question.symbols.values() for d in s.type.dims for n in d.names}
    if len(names) < 2:
        return None
    d = question.derivative
    where = {}
    for s in question.symbols.values():
        kind = {"s": "scalar", "v": "vector n", "m": "matrix n n"}.get(s.type.kind)
        if kind is None or any(x.number is not None for x in s.type.dims):
            return None
        where[s.name] = " ".join([kind, *s.facts])
    try:
        return Question(d.expression.ascii, d.wrt, {**where, **d.functions}, question.layout)
    except GradproofError:
        return None
