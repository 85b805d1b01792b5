"""An optimum in words: the answer, its conditions, and how it was found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Protocol

from gradproof.choices import Format
from gradproof.engine.bounds import bounds
from gradproof.engine.tensor import Apply, Contraction, Tensor, Variable, walk_tensor
from gradproof.errors import spoken
from gradproof.facts import CONES, TABLE, closed
from gradproof.lift.index import IndexForm
from gradproof.notation.expr import Expr, Symbol
from gradproof.ops.domain import ABOVE_ONE, BELOW_ONE, POSITIVE
from gradproof.ops.operation import Elementwise
from gradproof.optimum.direction import known
from gradproof.optimum.involution import nonnegative
from gradproof.optimum.lagrange import holds
from gradproof.optimum.linear import DLYAP, SYLV
from gradproof.optimum.stationary import judged
from gradproof.optimum.tidy import negative
from gradproof.parse.note import Note
from gradproof.records import dataclass
from gradproof.say import Said, listed, quoted, say

if TYPE_CHECKING:
    from gradproof.optimum.evidence import ComparedPoints
    from gradproof.optimum.globally import Global
    from gradproof.optimum.lagrange import Minimization, StationaryPoint

SCHEMA_VERSION = 2
CLOSED = "closed form"  # the method of a solution by its formula
INSIDE = {"entries", "shrunk"}  # ways that end in the domain, where there may be a kink
WEAKER = {
    weak: strong for strong in CONES for weak in closed(frozenset({strong})) & {*CONES} - {strong}
}  # facts that others imply


class Given(Protocol):
    """A constraint as it was given."""

    @property
    def text(self) -> str: ...


class ToldOptimum(Protocol):
    """What is told of an optimum; `Optimum` says what each of these is."""

    @property
    def expression(self) -> Expr: ...
    @property
    def notes(self) -> Sequence[Note]: ...
    @property
    def sign(self) -> int: ...
    @property
    def over(self) -> tuple[str, ...]: ...
    @property
    def moving(self) -> tuple[Symbol, ...]: ...
    @property
    def constraints(self) -> Sequence[Given]: ...
    @property
    def equations(self) -> tuple[Expr, ...]: ...
    @property
    def inequalities(self) -> tuple[Expr, ...]: ...
    @property
    def solution(self) -> dict[str, Expr] | None: ...
    @property
    def stationarity(self) -> dict[str, Expr | IndexForm]: ...
    @property
    def kind(self) -> str: ...
    @property
    def turned(self) -> bool: ...
    @property
    def problem(self) -> Minimization: ...
    @property
    def point(self) -> StationaryPoint | None: ...
    @property
    def globally(self) -> Global | None: ...
    @property
    def evidence(self) -> ComparedPoints | None: ...
    def formula(self, t: Tensor) -> Expr | IndexForm: ...


def conditions(o: ToldOptimum, form: Format = "ascii") -> list[Said]:
    """What has to hold of the data, beside what is declared."""
    if o.point is None:
        return []
    found: list[Said] = []
    for p in o.point.pivots:
        if not any(isinstance(n, Variable) and n.name.startswith("\0") for n in walk_tensor(p)):
            found.append(_regular(o, p, form))
    inside = o.globally is not None and o.globally.rule in INSIDE
    for s in () if inside else o.moving:
        value = o.point.values[known(s)]
        domains = [f for f in CONES if f in s.facts and WEAKER.get(f) not in s.facts]
        found += [_has_fact(fact, _shown(o, value, form)) for fact in domains if not holds(fact, value)]
    for s in o.moving if o.solution else ():
        found += _defined(o, o.point.values[known(s)], form)
    return list(dict.fromkeys(found))


def _defined(o: ToldOptimum, value: Tensor, form: Format) -> Iterator[Said]:
    """That roots in a solution are of numbers that are not negative, and logarithms and their like of numbers that have one."""
    for node in walk_tensor(value):
        if isinstance(node, Contraction):
            for base, _, e in node.factors:
                if isinstance(e, Fraction) and e.denominator > 1 and not nonnegative(base):
                    shown = _shown(o, base, form)
                    strict = say("{formula} is positive", formula=shown)
                    yield strict if e < 0 else say("{formula} is not negative", formula=shown)
        elif isinstance(node, Apply) and isinstance(node.op.meaning, Elementwise):
            domain, a = node.op.domain, node.args[0]
            if domain is None or domain.met(bounds(a)):
                continue
            if domain is POSITIVE:
                yield say("{formula} is positive", formula=_shown(o, a, form))
            elif domain is BELOW_ONE:
                yield say("{formula} is between -1 and 1", formula=_shown(o, a, form))
            elif domain is ABOVE_ONE:
                yield say("{formula} is above 1", formula=_shown(o, a, form))


def _regular(o: ToldOptimum, p: Tensor, form: Format) -> Said:
    """That a matrix is invertible, an equation has one solution, a scalar is not zero."""
    if isinstance(p, Apply) and p.op is SYLV:
        a, b = _shown(o, p.args[0], form), _shown(o, negative(p.args[1]), form)
        return say("{matrix} and {other} have no eigenvalue in common", matrix=a, other=b)
    if isinstance(p, Apply) and p.op is DLYAP:
        return say("no two eigenvalues of {matrix} have the product 1", matrix=_shown(o, p.args[0], form))
    shown = _shown(o, _vanishing(p), form)
    return (
        say("{formula} is invertible", formula=shown) if p.order == 2 else say("{formula} is not zero", formula=shown)
    )


def _vanishing(p: Tensor) -> Tensor:
    """What is zero where a number is: c, where that is c'*c or a root of it."""
    while isinstance(p, Contraction) and not p.order and len(p.factors) == 1:
        f, own, e = p.factors[0]
        if (own and e != 2) or len(set(own)) != len(own):
            break
        p = f
    return p


def _shown(o: ToldOptimum, t: Tensor, form: Format) -> str:
    return getattr(o.formula(t), form)


def _has_fact(fact: str, shown: str) -> Said:
    definite, strict = TABLE[fact].definite, TABLE[fact].bounds.positive
    if definite == 2:
        return say("{formula} is positive definite", formula=shown)
    if definite:
        return say("{formula} is positive semidefinite", formula=shown)
    return say("{formula} is positive", formula=shown) if strict else say("{formula} is not negative", formula=shown)


# -- the answer


def lines(o: ToldOptimum, form: Format) -> Iterator[Said]:
    """What there is to say, one sentence each."""
    names = listed(o.over)
    if o.solution is None:
        yield from _equations(o, form)
        return
    if o.kind == "stationary":
        yield say("STATIONARY POINT over {names}", names=names)
    else:
        yield (
            say("GLOBAL MINIMUM over {names}", names=names)
            if o.sign > 0
            else say("GLOBAL MAXIMUM over {names}", names=names)
        )
    for name, e in o.solution.items():
        yield say("{name} = {formula}", name=name, formula=getattr(e, form))
    for c in conditions(o, form):
        yield say("where {condition}", condition=c)
    if (why := _why(o, form)) is not None:
        yield why
    if o.evidence is not None:
        yield (
            say(
                "verified: at {points} sets of random data constraints hold, the slope is zero and no point that was tried is better",
                points=o.evidence.points,
            )
            if o.globally
            else say(
                "verified: at {points} sets of random data constraints hold and the slope is zero",
                points=o.evidence.points,
            )
        )


def _equations(o: ToldOptimum, form: Format) -> Iterator[Said]:
    """What stationary points satisfy, where there is no closed form."""
    yield say("NO CLOSED FORM was found over {names}; stationary points satisfy", names=listed(o.over))
    for name, e in o.stationarity.items():
        yield say("{formula} = 0 (by {name})", formula=getattr(e, form), name=name)
    for zero in o.equations:
        yield say("{formula} = 0 (a constraint)", formula=getattr(zero, form))
    for zero in o.inequalities:
        yield say(
            "{formula} ≤ 0 (a constraint: its multiplier is not negative, and zero where this is below zero)",
            formula=getattr(zero, form),
        )


PLAIN = {
    "tight": say("the problem is convex, and the multiplier is zero where the constraint is not tight"),
    "entries": say("the formula is convex in every entry on its own"),
    "nested": say("it is optimal in one variable after the other, for all values of those that follow"),
    "shrunk": say("the formula is convex, and zero is one of its subgradients there"),
    "logarithm": say("the logarithm of the formula is concave, and rises with it"),
    "subspace": say(
        "a trace of quadratic forms of orthonormal columns is optimal at eigenvectors; they are the only ones up to a rotation where the eigenvalues differ"
    ),
    "pair": say(
        "a bilinear form of two vectors on ellipsoids is optimal at singular vectors; they are the only ones up to their common sign where the singular value is simple"
    ),
    "square": say("it is a sum of squares, all of which are zero there"),
}


def _why(o: ToldOptimum, form: Format) -> Said:
    """Why it is a global optimum."""
    g = o.globally
    if g is None:
        return judged(o, form)
    if g.rule == "compact":
        return say("the constraint is an ellipsoid, and the best of all stationary points on it was taken")
    if g.rule == "polar":
        return say("a linear function of matrices with orthonormal columns is optimal at a polar factor")
    if g.rule == "extreme":
        return say(
            "a quadratic form on the sphere is optimal at an eigenvector; it is the only one up to its sign where the eigenvalue is simple"
        )
    if g.rule == "ratio":
        return say("the Cauchy-Schwarz inequality; it is the only one up to a factor")
    if g.rule in PLAIN:
        return PLAIN[g.rule]
    if g.rule == "changed":
        name, text = g.change
        if o.sign > 0:
            return say("the formula is convex after {name} is replaced by {formula}", name=name, formula=text)
        return say("the formula is concave after {name} is replaced by {formula}", name=name, formula=text)
    return say("the formula is convex") if o.sign > 0 else say("the formula is concave")


def text(o: ToldOptimum, lang: str, form: Format) -> str:
    """The answer in words. Raises GradproofError for an unknown language."""
    return "\n  ".join(line.told(spoken(lang)) for line in lines(o, form))


def json(o: ToldOptimum, lang: str) -> dict[str, Any]:
    """The answer as JSON holds it."""
    forms = lambda e: {f: getattr(e, f) for f in ("ascii", "unicode", "latex")}  # noqa: E731
    return {
        "schema_version": SCHEMA_VERSION,
        "expression": o.expression.ascii,
        "sense": "minimize" if o.sign > 0 else "maximize",
        "over": list(o.over),
        "subject_to": [c.text for c in o.constraints],
        "solution": None if o.solution is None else {n: forms(e) for n, e in o.solution.items()},
        "kind": o.kind if o.solution is not None else None,
        "conditions": [c.told(spoken(lang)) for c in conditions(o)],
        "stationarity": {n: forms(e) for n, e in o.stationarity.items()},
        "verified": None if o.evidence is None else o.evidence.ok,
        "text": text(o, lang, "unicode"),
        "notes": [note.said(lang) for note in o.notes],
        "derivation": derivation(o).json(lang),
    }


def solved(found: Any, o: ToldOptimum) -> Iterator[Said]:
    """What a solver found, one sentence each. `found` is what `Optimum.solve` gives, `o` the optimum."""
    kinds = {"global-minimum": say("global minimum"), "global-maximum": say("global maximum")}
    yield say("value {value:.10g}", value=float(found.fun))
    yield kinds.get(found.kind, say("a stationary point; whether it is the optimum is not known"))
    if found.kind in kinds:
        why = _why(o, "unicode") if found.method == CLOSED else None
        yield why or (say("the problem is convex") if found.kind == "global-minimum" else say("the problem is concave"))
    yield say("found by {method} in {count} iterations", method=found.method, count=int(found.nit))
    if not found.success:
        yield say("NOT FINISHED: {message}", message=quoted(found.message))
    for name, value in found["values"].items():
        text = repr(value).replace("\n", " ") if getattr(value, "ndim", 0) else f"{float(value):.10g}"
        yield say("{name} = {formula}", name=name, formula=text)


# -- how it was found


@dataclass(frozen=True)
class Account:
    """The steps to an optimum. Made by `Optimum.derivation`."""

    steps: tuple[tuple[Said, Expr | IndexForm | None, str], ...]  # a sentence, a formula, what it equals
    lang: str = "en"

    def _lines(self, form: Format, lang: str) -> Iterator[tuple[str, str]]:
        for said, e, right in self.steps:
            yield said.told(spoken(lang)), "" if e is None else f"{getattr(e, form)}{right}"

    def text(self, format: Format = "unicode") -> str:
        """The steps as text."""
        return "\n".join(
            line
            for n, (said, f) in enumerate(self._lines(format, self.lang), 1)
            for line in (f"{n}. {said}", f"     {f}")
            if line.strip()
        )

    def markdown(self) -> str:
        """The steps as a list, formulas as LaTeX between dollar signs."""
        return "\n".join(
            f"{n}. {said}" + (f"\n\n   $${f}$$\n" if f else "")
            for n, (said, f) in enumerate(self._lines("latex", self.lang), 1)
        )

    def latex(self) -> str:
        """The steps as a LaTeX list."""
        rows = [rf"\item {said}" + (rf" \[{f}\]" if f else "") for said, f in self._lines("latex", self.lang)]
        return "\n".join([r"\begin{enumerate}", *rows, r"\end{enumerate}"])

    def json(self, lang: str | None = None) -> list[dict[str, str]]:
        """The steps as JSON holds them."""
        return [{"text": said, "formula": f} for said, f in self._lines("ascii", lang or self.lang)]

    def __str__(self) -> str:
        return self.text()


def derivation(o: ToldOptimum, lang: str = "en") -> Account:
    """How the optimum was found: derivative, equations, elimination, and why it is one."""
    spoken(lang)
    steps: list[tuple[Said, Expr | IndexForm | None, str]] = []
    multiplied = bool(o.equations or o.inequalities)
    for name, e in o.stationarity.items():
        said = (
            say("the derivative of the Lagrangian by {name} is zero", name=name)
            if multiplied
            else say("the derivative by {name} is zero", name=name)
        )
        steps.append((said, e, " = 0"))
    steps += [(say("a constraint"), zero, " = 0") for zero in o.equations]
    steps += [(say("a constraint, where it is tight"), zero, " = 0") for zero in o.inequalities]
    for step in o.point.steps if o.point is not None else ():
        formula = o.formula(step.root.value)
        name = o.formula(step.unknown)
        steps.append((say("solved for {name}, which is", name=name.ascii), formula, ""))
    for name, e in (o.solution or {}).items():
        if len(o.point.steps if o.point else ()) > 1:
            steps.append((say("with everything put in, {name} is", name=name), e, ""))
    for c in conditions(o, "unicode"):
        steps.append((say("where {condition}", condition=c), None, ""))
    if o.point is not None and (why := _why(o, "unicode")) is not None:
        steps.append((why, None, ""))
    return Account(tuple(steps), lang)
