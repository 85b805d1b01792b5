"""Simplification as data: one rule a line, in gradproof's own syntax, each proven on numbers by a test that lists this table.

x stands for a formula of any shape, X for a square matrix, c for a scalar, v for a vector. `given` is a condition on it.
"""

from __future__ import annotations

from gradproof.ops import TABLE
from gradproof.ops.operation import Definition
from gradproof.records import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """`left` is replaced by `right`; `given`: "" or "x nonnegative"."""

    left: str
    right: str
    given: str = ""


def _rules(text: str) -> tuple[Rule, ...]:
    found = []
    for line in text.strip().splitlines():
        rule, _, given = line.partition(" given ")
        left, right = rule.split(" -> ")
        found.append(Rule(left.strip(), right.strip(), given.strip()))
    return tuple(found)


VALUES = _rules("""
exp(0) -> 1
log(1) -> 0
sin(0) -> 0
cos(0) -> 1
tan(0) -> 0
tanh(0) -> 0
sigmoid(0) -> 1/2
""")

INVERSES = _rules("""
exp(log(x)) -> x
log(exp(x)) -> x
inv(inv(X)) -> X
det(inv(X)) -> 1/det(X)
logdet(inv(X)) -> -logdet(X)
log(det(X)) -> logdet(X)
det(expm(X)) -> exp(tr(X))
det(sqrtm(X)) -> sqrt(det(X))
logdet(sqrtm(X)) -> logdet(X)/2
""")

PARITY = _rules("""
cos(-x) -> cos(x)
sin(-x) -> -sin(x)
tan(-x) -> -tan(x)
sinh(-x) -> -sinh(x)
cosh(-x) -> cosh(x)
tanh(-x) -> -tanh(x)
atan(-x) -> -atan(x)
erf(-x) -> -erf(x)
abs(-x) -> abs(x)
sign(-x) -> -sign(x)
abs(x) -> x given x nonnegative
relu(x) -> x given x nonnegative
""")

RECOGNISED = _rules("""
log(1 + exp(x)) -> softplus(x)
log(sum(exp(v))) -> logsumexp(v)
exp(v)/sum(exp(v)) -> softmax(v)
exp(x)./(1 + exp(x)) -> sigmoid(x)
1./(1 + exp(x)) -> sigmoid(-x)
log(sigmoid(x)) -> -softplus(-x)
log(1 - sigmoid(x)) -> -softplus(x)
log(softmax(v)) -> v - logsumexp(v)
exp(x) + exp(-x) -> 2*cosh(x)
exp(x) - exp(-x) -> 2*sinh(x)
sinh(x)./cosh(x) -> tanh(x)
sin(x)./cos(x) -> tan(x)
sign(x)./abs(x) -> 1./x
abs(x).*sign(x) -> x
x.*sign(x) -> abs(x)
relu(x).*sign(x) -> relu(x)
relu(x).*(1 + sign(x)) -> 2*relu(x)
x.*(1 + sign(x)) -> 2*relu(x)
sin(x).^2 + cos(x).^2 -> 1
""")

# a function of -x by that of x, used where both stand in one sum and something cancels
COMPLEMENTS = _rules("""
sigmoid(-x) -> 1 - sigmoid(x)
""")

# what functions of matrices are of a number
OF_NUMBERS = tuple(
    Rule(f"{op.name}(c)", op.of_number.replace("x", "c"))
    for op in TABLE.values()
    if op.of_number and not isinstance(op.meaning, Definition) and any(s.args[0].kind == "s" for s in op.signatures)
)

ALL = (*VALUES, *INVERSES, *PARITY, *RECOGNISED, *OF_NUMBERS)
