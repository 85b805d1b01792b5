"""gp.minimize and gp.maximize: the optimum in closed form, where there is one, with what makes it one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, cast

from gradproof.asked import Where, asked
from gradproof.budget import limited, share
from gradproof.choices import Format, NotationName
from gradproof.engine.contract import scale
from gradproof.engine.lower import lower
from gradproof.engine.tensor import Tensor, Variable, walk_tensor
from gradproof.errors import BudgetError, ShapeError, UnsupportedError, VerificationError, counted, public
from gradproof.facts import CONES
from gradproof.facts import TABLE as FACTS
from gradproof.facts.basic import SYMMETRIC
from gradproof.lift.graph import NoMatrixForm
from gradproof.lift.index import IndexForm
from gradproof.lift.input_order import reading_order
from gradproof.lift.lifter import Lifter
from gradproof.mime import Bundle, bundle, displayed, headed
from gradproof.notation.expr import Expr, Symbol, call, symbol
from gradproof.notation.function import Function
from gradproof.numeric.given import given
from gradproof.optimum import account
from gradproof.optimum.constraint import (
    EQUATIONS,
    Constraint,
    chained,
    facts_as_equations,
    read_constraint,
    says_symmetric,
)
from gradproof.optimum.direction import known
from gradproof.optimum.entries import clipped
from gradproof.optimum.globally import Global, certified, logged, nested
from gradproof.optimum.inequality import Near, simpler, squared, tight
from gradproof.optimum.lagrange import (
    Minimization,
    StationaryPoint,
    augmented,
    best,
    holds,
    internal,
    named,
    points,
    signed_points,
    singular,
    stationarity,
)
from gradproof.optimum.shapes import recognised
from gradproof.parse.note import Note, note
from gradproof.parse.parsed import Parsed
from gradproof.records import dataclass, field, replace
from gradproof.say import say

if TYPE_CHECKING:
    from gradproof.optimum.evidence import ComparedPoints

Kind = Literal["global-minimum", "global-maximum", "stationary"]
SECONDS = 3.0  # that the numeric proof may take
FREE = {
    *CONES,
    *(f.name for f in FACTS.values() if f.turned or f.regular or f.fixed),
    *EQUATIONS,
}  # facts of variables that can be solved for


@public
@limited
def minimize(
    expression: str | Expr,
    over: str | Symbol | Sequence[str | Symbol],
    subject_to: str | Sequence[str] = (),
    where: Where = None,
    notation: NotationName = "auto",
    *,
    verify: bool = True,
) -> Optimum:
    """The minimum of a scalar formula over some variables, in closed form where there is one, else the equation that stationary points satisfy.

    `subject_to`: constraints, such as "C*x = d". `kind` says what is proven of the solution: "global-minimum" only with a certificate.
    `verify`: the solution leaves only after a numeric proof (which takes NumPy): at random data constraints hold, the slope is zero, no point is better.

    Raises what `derive` raises; ShapeError where the formula is no scalar.

    >>> minimize("norm2(A*x - b)^2 + l*norm2(x)^2", over="x", where="l: scalar positive").solution["x"].ascii
    "inv(A'*A + l*eye(n))*A'*b"
    """
    return _optimum(expression, over, subject_to, where, notation, 1, verify)


@public
@limited
def maximize(
    expression: str | Expr,
    over: str | Symbol | Sequence[str | Symbol],
    subject_to: str | Sequence[str] = (),
    where: Where = None,
    notation: NotationName = "auto",
    *,
    verify: bool = True,
) -> Optimum:
    """The maximum of a scalar formula over some variables: `minimize` of its negative.

    >>> maximize("a'*x", over="x", subject_to="x'*x = 1").solution["x"].ascii
    'a/norm2(a)'
    """
    return _optimum(expression, over, subject_to, where, notation, -1, verify)


def _optimum(
    expression: str | Expr,
    over: str | Symbol | Sequence[str | Symbol],
    subject_to: str | Sequence[str],
    where: Where,
    notation: NotationName,
    sign: int,
    verify: bool,
) -> Optimum:
    parsed, symbols = asked(expression, over, where, notation)
    if parsed.expr.type.kind != "s":
        raise ShapeError(say("only a scalar has a minimum, and this formula is {shape}", shape=parsed.expr.type))
    texts = [subject_to] if isinstance(subject_to, str) else list(subject_to)
    known_symbols = dict(parsed.symbols)
    constraints: list[Constraint] = []
    for part in (part for text in texts for part in chained(text)):
        constraint, found = read_constraint(part, known_symbols, notation)
        known_symbols = {**found, **known_symbols}
        constraints.append(constraint)
    tied = {s.name: s for s in symbols if any(says_symmetric(c, s) for c in constraints)}
    if tied and isinstance(expression, str):
        facts = {n: symbol(n, s.type, s.facts | SYMMETRIC) for n, s in tied.items()}
        left = [c.text for c in constraints if not any(says_symmetric(c, s) for s in tied.values())]
        return _optimum(expression, over, left, {**known_symbols, **parsed.functions, **facts}, notation, sign, verify)
    whole = Optimum(parsed.expr, symbols, tuple(constraints), sign, known_symbols, parsed.functions, parsed)
    return _solved(whole, verify)


@dataclass(frozen=True)
class Optimum:
    """What is known of an optimum. Made by `minimize` and `maximize`.

    `expression`, `over`, `constraints`: the problem; `sign`: -1 where it is a maximum.
    """

    expression: Expr
    variables: tuple[Symbol, ...]
    constraints: tuple[Constraint, ...] = field(repr=False)
    sign: int = field(repr=False)
    symbols: Mapping[str, Symbol] = field(repr=False)
    functions: Mapping[str, Function] = field(repr=False)
    parsed: Parsed = field(repr=False)
    point: StationaryPoint | None = field(repr=False, default=None)
    globally: Global | None = field(repr=False, default=None)
    evidence: ComparedPoints | None = field(repr=False, default=None)

    @property
    def over(self) -> tuple[str, ...]:
        """The names of the variables."""
        return tuple(s.name for s in self.variables)

    @property
    def notes(self) -> tuple[Note, ...]:
        """How the formula was understood, where the text did not force it. A name of the constraints alone is not out of use."""
        bound = {note("declared-unused", name=v.name) for zero, _ in self.relations for v in zero.variables}
        return tuple(said for said in self.parsed.notes if said not in bound)

    @property
    def kind(self) -> Kind:
        """What is proven of the solution: that it is a global optimum, or no more than that it is stationary."""
        if self.globally is None or self.point is None:
            return "stationary"
        return "global-minimum" if self.sign > 0 else "global-maximum"

    @cached_property
    def turned(self) -> bool:
        """Whether a stationary point is proven to be the opposite of what is looked for."""
        opposite = replace(self.problem, value=scale(-1, self.problem.value))
        return self.kind == "stationary" and getattr(certified(opposite), "rule", "") == "convex"

    @cached_property
    def problem(self) -> Minimization:
        """The problem as a minimum, lowered."""
        names = frozenset(self.over)
        value = scale(self.sign, lower(self.expression, names).tensor)
        bare = Minimization(value, self.moving)
        zeros = (*self.equations, *self.inequalities)
        return replace(bare, constraints=tuple(squared(bare, lower(c, names).tensor) for c in zeros))

    @cached_property
    def moving(self) -> tuple[Symbol, ...]:
        """The variables without facts that are equations, which are constraints."""
        return tuple(symbol(s.name, s.type, s.facts - EQUATIONS) for s in self.variables)

    @cached_property
    def equations(self) -> tuple[Expr, ...]:
        """What is zero: the constraints that are equations, and those that facts of the variables mean."""
        given = [c.zero for c in self.constraints if c.relation == "="]
        meant = [
            c for s, bare in zip(self.variables, self.moving, strict=True) for c in facts_as_equations(s.facts, bare)
        ]
        free = frozenset(self.over)
        lowered = {lower(c, free).tensor for c in given}
        return (*given, *(c for c in meant if not lowered & {lower(c, free).tensor, scale(-1, lower(c, free).tensor)}))

    @cached_property
    def inequalities(self) -> tuple[Expr, ...]:
        """What is at most zero."""
        signs = [(c.zero, c.relation) for c in self.constraints if c.relation != "="]
        return tuple(zero if relation == "<=" else call("neg", zero) for zero, relation in signs)

    @cached_property
    def solution(self) -> dict[str, Expr] | None:
        """The value of each variable; None where there is no closed form here."""
        if self.point is None:
            return None
        return {s.name: self._lifted(self.point.values[known(s)]) for s in self.moving}

    @cached_property
    def stationarity(self) -> dict[str, Expr | IndexForm]:
        """By each variable what is zero at a stationary point: the derivative, with multipliers nu of the constraints."""
        return {v.name: self.formula(t) for v, t in stationarity(self.problem).items()}

    @property
    def conditions(self) -> tuple[str, ...]:
        """What has to hold of the data for the solution to be one, beside what is declared."""
        return tuple(map(str, account.conditions(cast(account.ToldOptimum, self))))

    @limited
    def text(self, lang: str = "en", format: Format = "unicode") -> str:
        """The answer in words. Raises GradproofError for an unknown language."""
        return account.text(cast(account.ToldOptimum, self), lang, format)

    @limited
    def json(self, lang: str = "en") -> dict[str, Any]:
        """The answer as JSON holds it."""
        return account.json(cast(account.ToldOptimum, self), lang)

    @limited
    def derivation(self, lang: str = "en") -> account.Account:
        """How it was found: `.text()`, `.markdown()`, `.latex()`, `.json()`. Raises GradproofError for an unknown language."""
        return account.derivation(cast(account.ToldOptimum, self), lang)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Bundle:
        """What a notebook shows: the solution, or where the derivative is zero; and what is proven of it."""
        if self.solution is not None:
            found = [displayed(f"{symbol.latex} = {self.solution[symbol.name].latex}") for symbol in self.variables]
        else:
            found = [displayed(f"{e.latex} = 0") for e in self.stationarity.values()]
        return bundle(str(self), *found, headed(str(self)))

    def __str__(self) -> str:
        return self.text()

    def verify(self, seed: int = 0) -> ComparedPoints:
        """The numeric proof, from the formulas alone: `.ok`, `.points`, `.slope`, `.reason`. Raises UnsupportedError where there is no solution."""
        if self.solution is None:
            raise UnsupportedError(say("there is no solution in closed form to verify"))
        if counted("seed", seed) == 0 and self.evidence is not None:
            return self.evidence
        return _evidence(self, self.globally is not None, seed)

    @property
    def relations(self) -> tuple[tuple[Expr, str], ...]:
        """All constraints: what is compared with zero, and how."""
        more = [(c.zero, c.relation) for c in self.constraints if c.relation != "="]
        return (*((e, "=") for e in self.equations), *more)

    def solve(self, values: Mapping[str, Any] | None = None, /, **more: Any) -> Any:
        """The optimum for given data: by the closed form where there is one, else by a solver that the certificate and the size choose.

        A scipy.optimize.OptimizeResult: `x` flat, `values` by name, `fun`, `kind`, `method`, `success`, `message`. Raises DomainError, ShapeError, UnsupportedError.

        >>> minimize("norm2(A*x - b)^2", over="x").solve(A=[[1.0, 0.0], [0.0, 2.0]], b=[1.0, 2.0]).x.tolist()
        [1.0, 1.0]
        """
        from gradproof.optimum.result import SolvedProblem as Task  # it needs NumPy and SciPy
        from gradproof.optimum.result import result  # it needs NumPy and SciPy

        return result(cast(Task, self), given(values, more))

    # -- formulas

    @cached_property
    def lifter(self) -> Lifter:
        """How formulas are written."""
        return Lifter(reading_order(self.expression))

    def _lifted(self, t: Tensor) -> Expr:
        return self.lifter.lift(named(t))

    def formula(self, t: Tensor) -> Expr | IndexForm:
        """A tensor as a formula; multipliers are called nu."""
        try:
            return self._lifted(t)
        except NoMatrixForm:
            return IndexForm(named(t), self.lifter)


# -- solving


def _solved(o: Optimum, verify: bool) -> Optimum:
    """The problem with its solution, where there is one that is proven."""
    found = None if any(s.facts - FREE for s in o.variables) else _found(o)
    if found is None or _outside(o, *found):
        return o
    o = replace(o, point=found[0], globally=found[1])
    if not verify:
        return o
    evidence = _evidence(o, o.globally is not None, 0)
    if evidence.reason:
        raise VerificationError(
            say(
                "gradproof's optimum of {formula} is refuted by numbers, and is not handed out: {reason}",
                formula=o.expression.ascii[:200],
                reason=evidence.reason,
            ),
            hint=say("this is a defect of gradproof; please report the formula"),
        )
    return replace(o, evidence=evidence) if evidence.points else replace(o, point=None, globally=None)


def _found(o: Optimum) -> tuple[StationaryPoint, Global | None] | None:
    """The optimum, and why it is a global one."""
    if o.inequalities:
        found = clipped(o.problem, len(o.inequalities)) or (tight(o.problem) if len(o.inequalities) == 1 else None)
        return found if found is not None and _closed(o, found[0]) else None
    shape = recognised(o.problem)
    if shape is not None and _closed(o, shape[0]):
        return shape
    near = simpler(o.problem)
    found = best(near.problem, [p for p in points(near.problem) if _closed(o, near.back(p))])
    if found is not None:
        why = certified(near.problem) or nested(near.problem, found)
        if why is not None and why.rule == "convex" and len(o.moving) == 1 and any(map(singular, found.pivots)):
            other = augmented(near.problem)
            found = best(other, [p for p in points(other) if _closed(o, near.back(p))]) or found
        return (near.back(found), why) if why is not None else _logged(o) or (near.back(found), None)
    return _signed(o, near) or _logged(o)


def _signed(o: Optimum, near: Near) -> tuple[StationaryPoint, Global] | None:
    """A point whose multipliers have signs that are tried, where one stationary point is enough."""
    why = certified(near.problem) if near.problem.constraints else None
    if why is None or why.rule == "compact":
        return None
    found = best(near.problem, [p for p in signed_points(near.problem) if _closed(o, near.back(p))])
    return None if found is None else (near.back(found), why)


def _logged(o: Optimum) -> tuple[StationaryPoint, Global] | None:
    """The point at which the logarithm is largest, where that is concave."""
    problem = logged(o.problem)
    if problem is None:
        return None
    found = best(problem, [p for p in points(problem) or signed_points(problem) if _closed(o, p)])
    return None if found is None else (found, Global("logarithm"))


def _outside(o: Optimum, p: StationaryPoint, why: Global | None) -> bool:
    """Whether a variable may be at the border of its domain, and its value is not proven to lie in that: the optimum is another one where it does not."""
    if why is not None and why.rule in account.INSIDE:
        return False
    closed = ((s, fact) for s in o.moving for fact in account.WEAKER if fact in s.facts)
    return any(account.WEAKER[fact] not in s.facts and not holds(fact, p.values[known(s)]) for s, fact in closed)


def _closed(o: Optimum, p: StationaryPoint) -> bool:
    """Whether a point is a formula in the data alone, in matrix notation, and in the domain as far as is seen."""
    for s in o.moving:
        t = p.values.get(known(s))
        if t is None or internal(t) or any(isinstance(n, Variable) and n.name in o.over for n in walk_tensor(t)):
            return False
        try:
            o.lifter.lift(t)
        except NoMatrixForm:
            return False
    return True


def _evidence(o: Optimum, everywhere: bool, seed: int) -> ComparedPoints:
    from gradproof.optimum.evidence import Candidate, ComparedPoints, gather  # it needs NumPy

    assert o.solution is not None
    assert o.point is not None
    pivots = tuple(p for p in o.point.pivots if not internal(p))
    kinked = o.globally is not None and o.globally.rule in account.INSIDE
    claim = Candidate(
        o.expression, o.sign, o.variables, o.equations, o.solution, pivots, everywhere, o.inequalities, kinked
    )
    try:
        with share(SECONDS):
            return gather(claim, list(o.symbols.values()), list(o.functions.values()), seed)
    except BudgetError:
        return ComparedPoints(0, 0, 0.0)
