"""Where operations are defined, at a point of little arrays: what has to hold of the values of a formula, and by how much it does."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from gradproof.errors import DomainError
from gradproof.notation.expr import Call, Expr, Number, signature_of
from gradproof.numeric.little import Algebra, Little
from gradproof.numeric.plans import Flat
from gradproof.numeric.ring import REAL
from gradproof.numeric.small import defined
from gradproof.ops.domain import INVERTIBLE, NONZERO, POSITIVE, Domain
from gradproof.ops.linalg import pseudo_inverse
from gradproof.ops.operation import Monomial, Power
from gradproof.records import dataclass
from gradproof.say import NOTHING, Said, say
from gradproof.shapes.shape import Shape as Kind

PLAIN = Algebra(REAL)


@dataclass(frozen=True)
class Condition:
    """A condition of the table on the value of an argument: its place, its kind of shape, and the place of the exponent for a power.

    `left`: the place of what is compared, where the formula has it: the argument itself, or the value of the operation.
    """

    name: str
    wanted: Domain
    kind: Kind
    place: int
    exponent: int | None = None
    left: int | None = None

    def broken(self, slots: Sequence[Little], margin: float) -> Said:
        """What is needed, where it does not hold by this margin."""
        wanted = self.wanted if self.exponent is None else _power_condition(self.wanted, slots[self.exponent].value)
        if wanted is None:
            return NOTHING
        x = slots[self.place]
        if self.left is not None:
            found = beyond(wanted, slots[self.left].value)
        else:
            found = inside(wanted, self.kind, Little(x.shape, x.parts[:1]))
        if found > margin:
            return NOTHING
        return say("{op} needs {domain}", op=self.name, domain=wanted.text)


def conditions_of(nodes: Sequence[Expr]) -> Iterable[Condition]:
    places = {node: i for i, node in enumerate(nodes)}
    for node in nodes:
        if not isinstance(node, Call):
            continue
        if node.op.domain:
            yield _condition(node, node.op.domain, node.args[0], places)
        match node.op.meaning:
            case Monomial(exponents=exponents):
                for a, e in zip(node.args, exponents, strict=True):
                    if e < 0 or e.denominator > 1:
                        yield _condition(node, POSITIVE if e.denominator > 1 else NONZERO, a, places)
            case Power():
                singular = INVERTIBLE if signature_of(node).args[0].letters == "ii" else NONZERO
                base, exponent = node.args
                if not isinstance(exponent, Number):
                    yield Condition(node.op.name, singular, base.type, places[base], places[exponent])
                elif exponent.value < 0 or exponent.value.denominator > 1:
                    yield _condition(node, POSITIVE if exponent.value.denominator > 1 else singular, base, places)


def _condition(node: Call, wanted: Domain, a: Expr, places: Mapping[Expr, int]) -> Condition:
    """A condition on an argument of a node."""
    left = None
    if wanted.margin is None and wanted.relation in (">", "<", "!="):
        own = len(node.args) == 1 and wanted.of in (f"{node.op.name}(x)", f"{node.op.name}(X)")
        left = places[a] if wanted.of in ("x", "X") else places[node] if own else None
    return Condition(node.op.name, wanted, a.type, places[a], None, left)


def _power_condition(singular: Domain, exponents: Flat) -> Domain | None:
    """What the base of a power must be for these exponents."""
    if any(e != round(e) for e in exponents):
        return POSITIVE
    return None if all(e >= 0 for e in exponents) else singular


def inside(condition: Domain, kind: Kind, x: Little) -> float:
    """How far inside a domain of the table a value lies, at least; zero or less is outside. An exact 0 does not break `x != 0` in a matrix."""
    if condition.relation == "has rank":
        return _full_rank(x)
    if condition.margin is not None:
        return condition.margin(PLAIN, x)
    return beyond(condition, defined(condition.of, kind)(PLAIN, x).value)


def beyond(condition: Domain, left: Flat) -> float:
    """How far the left side of a condition lies inside, at least."""
    away = [y - condition.bound for y in left]
    if condition.relation == "!=":
        return min([a for y in away if (a := abs(y)) > 0] or [0.0])
    if complex in map(type, away):  # of i in a formula: what is not real is in no half-line
        away = [0.0 if y.imag else y.real for y in away]
    return min([-y for y in away] if condition.relation == "<" else away, default=math.inf)


def _full_rank(x: Little) -> float:
    if not x.shape:
        return abs(x.value[0])
    try:
        other = pseudo_inverse(PLAIN, x).value
    except DomainError:
        return 0.0
    size = math.hypot(*x.value) * math.hypot(*other) / min(x.shape)
    return 5 / size if math.isfinite(size) and size else 0.0
