"""Facts under which a wrong claim is right: symmetric, orthogonal, … ; tried one at a time, at points that have them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from gradproof.check.exact.decide import decide
from gradproof.check.match import Target, fit, value_of
from gradproof.check.points import At, Change, Form, Question, largest, same
from gradproof.check.search import Finding
from gradproof.errors import GradproofError
from gradproof.facts import TABLE, made, sense
from gradproof.facts.basic import SYMMETRIC as TURNED
from gradproof.facts.fact import Fact, Trial
from gradproof.lift.layouts import LAYOUTS
from gradproof.notation.expr import Expr, Symbol, symbol
from gradproof.numeric import bare as np
from gradproof.records import dataclass

POINTS = 4
MOST_SYMBOLS = 12  # variables that are tried
CLOSE = 1e-11  # the relative difference that rounding explains
NEAR = 3  # points that are given the fact, until the claim has a value at one


@dataclass(frozen=True)
class TriedProperty:
    """A property of a variable that is tried. `trial`: how; `on`: of what it may be said; `make`: what gives it to an array; `fact`: as `where` declares it."""

    trial: Trial
    on: Fact
    make: Callable[[Any], Any]
    fact: str = ""

    @property
    def identifier(self) -> str:
        return self.trial.code


def _declared(fact: Fact, trial: Trial) -> TriedProperty:
    return TriedProperty(trial, fact, lambda a: made(np, frozenset({fact.name}), a), fact.name)


FACTS = tuple(
    sorted(
        (
            *(_declared(fact, fact.trial) for fact in TABLE.values() if fact.trial),
            TriedProperty(Trial("signs-only", 0.15, strong=True, data=True), TABLE["unit"], np.sign),
        ),
        key=lambda c: c.trial.cost,
    )
)
FAR = 1.85
_BY_NAME = {f.identifier: f for f in FACTS}


def strong(finding: Finding) -> bool:
    """Whether a finding makes a claim right under a condition whatever else explains it."""
    return finding.identifier in _BY_NAME and _BY_NAME[finding.identifier].trial.strong


def firm(finding: Finding) -> bool:
    """Whether a condition is told before any slip: not one on several variables in another layout, which a slip explains better."""
    return strong(finding) and finding.cost < FAR


def conditions(question: Question, claim: Expr, target: Target, beside: bool = False) -> list[Finding]:
    """The facts under which the claim is right in some form; the first fact for each variable, else symmetry of all matrices together.

    `beside`: the claim agrees at ordinary points too, so that only exact arithmetic tells.
    """
    trial = _Trial(question, claim, target, beside)
    used = {s.name for s in (*claim.variables, *question.expression.variables)}
    symbols = [s for s in question.symbols.values() if s.name in used]
    found: list[Finding] = []
    for s in symbols[:MOST_SYMBOLS]:
        for fact in FACTS:
            if not _possible(s, fact) or (fact.trial.data and s.name in question.derivative.wrt):
                continue
            form = trial.right((s,), fact)
            if form is not None:
                found.append(_finding(fact, (s,), form, question))
                break
    square = tuple(s for s in symbols if _possible(s, FACTS[0]))
    if not found and len(square) > 1:
        form = trial.right(square, FACTS[0])
        if form is not None:
            found.append(_finding(FACTS[0], square, form, question))
    return found


def _finding(fact: TriedProperty, symbols: tuple[Symbol, ...], form: Form, question: Question) -> Finding:
    cost = (
        0.9
        + 0.1 * len(symbols)
        + fact.trial.cost
        + (0.8 if form.layout in LAYOUTS and form.layout != question.layout else 0)
    )
    names = ", ".join(s.name for s in symbols)
    several = {"several": names} if len(symbols) > 1 else {}
    return Finding(fact.identifier, cost, form, {"names": names, **several})


def _possible(s: Symbol, fact: TriedProperty) -> bool:
    """Whether a variable may have the property, has it not yet, and still has free entries with it."""
    fits = fact.on.fits(s.type.dims) and (s.type.kind != "m" or s.type.square)
    return fits and fact.fact not in s.facts and not s.facts & set(fact.trial.unless)


class _Trial:
    """A claim that is held against its target at points that have a fact."""

    def __init__(self, question: Question, claim: Expr, target: Target, beside: bool):
        self.question, self.claim, self.target, self.targets = question, claim, target, target.forms
        self.beside = beside

    def right(self, symbols: tuple[Symbol, ...], fact: TriedProperty) -> Form | None:
        """The form in which the claim is right where these variables have the fact."""
        try:
            if self.excluded(symbols, fact):
                return None
            points = self.points(symbols, fact, POINTS)
        except (GradproofError, np.linalg.LinAlgError):
            return None
        found = fit(points, value_of(self.claim), self.targets, exact=True)
        informative = sum(1 for at in points if largest(at.derivative)) >= POINTS - 1
        return found.form if found and informative and self.confirmed(found.form, symbols, fact, points) else None

    def confirmed(self, form: Form, symbols: tuple[Symbol, ...], fact: TriedProperty, points: list[At]) -> bool:
        """Whether the claim is equal in exact arithmetic under a fact that can be declared; of others, whether floats leave no doubt."""
        if not fact.fact:
            close = all(same(at.value(self.claim), self.targets(at)[form], 0.0, CLOSE) for at in points)
            return close and not self.beside
        return bool(decide(self.question, self.claim, self.target, form, points, _with(symbols, fact)).equal)

    def excluded(self, symbols: tuple[Symbol, ...], fact: TriedProperty) -> bool:
        """Whether the claim is wrong at one point that is given the fact: most facts are excluded so, without a search for points."""
        for near in self.question.points((), NEAR)[:NEAR]:
            values = {**near.values, **{s.name: fact.make(near.values[s.name]) for s in symbols}}
            at = At(self.question, values, near.magnitude)
            if np.all(np.isfinite(at.derivative)) and at.try_value(self.claim) is not None:
                return fit([at], value_of(self.claim), self.targets, exact=True) is None
        return False

    def points(self, symbols: tuple[Symbol, ...], fact: TriedProperty, count: int) -> list[At]:
        return self.question.points(
            (self.claim,), count, _with(symbols, fact), None if fact.fact else _changed(fact, symbols), thorough=False
        )


def _with(symbols: tuple[Symbol, ...], fact: TriedProperty) -> dict[Symbol, Symbol]:
    """The variables with the fact."""
    return {s: symbol(s.name, s.type, s.facts | ({fact.fact} - {""})) for s in symbols}


@cache
def _changed(fact: TriedProperty, symbols: tuple[Symbol, ...]) -> Change:
    """What gives these variables the fact."""

    def change(values: dict[str, Any]) -> None:
        for s in symbols:
            values[s.name] = fact.make(values[s.name])

    return change


def constrained(question: Question, claim: Expr) -> Iterator[Finding]:
    """The derivative G by all entries, put together for a symmetric matrix: by its free entries, G + G' - diag(G), or its symmetric part."""
    d = question.derivative
    if d.axes.wrt != (2,) or d.axes.groups or not question.wrt[0].type.square:
        return
    x = question.wrt[0]
    try:
        points = question.points((claim,), POINTS, {x: symbol(x.name, x.type, x.facts | TURNED)})
    except GradproofError:
        return
    declared = sense(x.facts).turned == 1
    for identifier, together in SYMMETRIC.items():
        if identifier == "symmetrised-twice" and not declared and all(same(a := at.derivative, a.T) for at in points):
            continue  # twice the gradient: a factor
        if all(
            (value := at.try_value(claim)) is not None and same(value, together(at.derivative), at.magnitude)
            for at in points
        ):
            yield Finding(identifier, 0.3, None, {"names": x.name})
            return


SYMMETRIC: dict[str, Callable[[Any], Any]] = {  # what books make of the gradient G by a symmetric matrix
    "symmetric-constrained": lambda g: g + g.T - np.diag(np.diag(g)),
    "symmetrised": lambda g: (g + g.T) / 2,
    "symmetrised-twice": lambda g: g + g.T,
}
