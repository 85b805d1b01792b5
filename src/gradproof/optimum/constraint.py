"""A constraint as it is given: a text with a relation, read as what is compared with zero."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from gradproof.choices import NotationName
from gradproof.engine.contract import scale
from gradproof.engine.lower import lower, template
from gradproof.errors import ParseError
from gradproof.facts import TABLE as FACTS
from gradproof.facts import sense
from gradproof.notation.expr import Expr, Symbol, call
from gradproof.notation.template import put
from gradproof.parse import parse
from gradproof.patterns import pattern
from gradproof.records import dataclass
from gradproof.say import quoted, say

EQUATIONS = {f.name for f in FACTS.values() if f.equation}  # facts that are constraints


@dataclass(frozen=True)
class Constraint:
    """A constraint as given: `zero` is compared with 0 by `relation`."""

    text: str
    zero: Expr
    relation: Literal["=", "<=", ">="]


RELATION = pattern(r"<=|>=|≤|≥|\\leq?\b|\\geq?\b|(?<![<>=])=(?!=)")


def says_symmetric(c: Constraint, s: Symbol) -> bool:
    """Whether a constraint is X = X'."""
    if c.relation != "=" or s.type.kind != "m" or s.type.dims[0] is not s.type.dims[1] or sense(s.facts).turned == 1:
        return False
    free = frozenset({s.name})
    zero, wanted = lower(c.zero, free).tensor, lower(call("sub", s, call("transpose", s)), free).tensor
    return zero in (wanted, scale(-1, wanted))


def chained(text: str) -> list[str]:
    """The two constraints that 0 <= x <= 1 is; a constraint of another form as it is."""
    found = list(RELATION.finditer(text))
    if len(found) != 2 or len({_turn(f.group()) for f in found}) > 1 or _turn(found[0].group()) == "=":
        return [text]
    return [text[: found[1].start()].strip(), text[found[0].end() :].strip()]


def _turn(sign: str) -> Literal["=", "<=", ">="]:
    return "=" if sign == "=" else "<=" if sign in ("<=", "≤") or "le" in sign else ">="


def read_constraint(
    text: str, symbols: Mapping[str, Symbol], notation: NotationName
) -> tuple[Constraint, dict[str, Symbol]]:
    """A constraint, and the symbols in it. Raises ParseError where it is none."""
    found = list(RELATION.finditer(text))
    if len(found) != 1:
        raise ParseError(
            say("a constraint has one =, <= or >= between two formulas"),
            hint=quoted('subject_to=["C*x = d"]'),
            text=text,
        )
    left, right = text[: found[0].start()].strip(), text[found[0].end() :].strip()
    sides = left if right == "0" else right if left == "0" else f"({left}) - ({right})"
    parsed = parse(sides, dict(symbols), (), notation)
    relation = _turn(found[0].group())
    if left == "0" and relation != "=":
        relation = ">=" if relation == "<=" else "<="
    return Constraint(text, parsed.expr, relation), dict(parsed.symbols)


def facts_as_equations(facts: frozenset[str], x: Symbol) -> Iterator[Expr]:
    """What is zero by the facts of a variable: 1'x - 1 on a simplex."""
    kind = "vector n" if x.type.kind == "v" else "matrix n n"
    for name in sorted(facts & EQUATIONS):
        yield put(template(FACTS[name].equation, (("X", kind),)), {"X": x})
