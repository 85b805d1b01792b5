"""Products and sums put together as people write them: what lifting builds its formulas from.

A product is a `Term`: an exact number, scalar factors with exponents, and a chain of vectors and matrices. Its formula is
`2*c*A'*x/norm2(x)`: number, scalars, chain, then one division; a minus goes to the front.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import TypeGuard

from gradproof.engine.contract import symmetry
from gradproof.engine.tensor import ONE, Exponent, Tensor, plain_exponent
from gradproof.lift.input_order import names_in
from gradproof.notation.decimals import SHORT, decimal_point
from gradproof.notation.expr import Call, Expr, Number, call, fold, number, walk
from gradproof.ops import basic
from gradproof.ops.operation import PRODUCT, Fill
from gradproof.records import dataclass, field

ADD, SUB, NEG, MUL, DIV, ELDIV = basic.ADD, basic.SUB, basic.NEG, basic.MUL, basic.DIV, basic.ELDIV
HADAMARD, KRON, POW = basic.HADAMARD, basic.KRON, basic.POW


_HALF = Fraction(1, 2)
LARGEST_DENOMINATOR = 10**6
_ENTRYWISE = frozenset((HADAMARD, ELDIV))


@dataclass(frozen=True)
class Term:
    """coefficient * (product of scalars ** exponent) * chain[0] * chain[1] * …; an empty chain is the number 1.

    A scalar that stands in it several times is one power, so that what is taken out of it once is not taken out twice.
    """

    coefficient: Fraction = ONE
    scalars: tuple[tuple[Expr, Exponent], ...] = ()
    chain: tuple[Expr, ...] = ()

    def __post_init__(self) -> None:
        if len(self.scalars) < 2:
            return
        merged: dict[tuple[Expr, bool], Exponent] = {}
        for base, e in self.scalars:
            merged[base, e > 0] = merged.get((base, e > 0), 0) + e
        if len(merged) < len(self.scalars):
            object.__setattr__(self, "scalars", tuple((base, plain_exponent(e)) for (base, _), e in merged.items()))


def _weight(node: Expr, args: list[int]) -> int:
    return 1 + sum(args)


@dataclass
class ReadingOrder:
    """What the builders must know of a formula: where each name stands in the input, and which sub-formulas are symmetric."""

    positions: Mapping[str, int] = field(default_factory=dict)
    lengths: bool = (
        True  # whether a sum of squares is the square of a length; where variables stand for complex ones it is not
    )
    lifted_from: dict[Expr, list[Tensor]] = field(default_factory=dict)  # of matrices
    known: dict[Expr, tuple[int, ...]] = field(default_factory=dict)
    transposed: dict[Expr, Expr] = field(default_factory=dict)
    weights: dict[Expr, int] = field(default_factory=dict)
    typed: frozenset[Expr] = frozenset()  # products of the input, which stay as they are

    def as_typed(self, one: Expr, other: Expr) -> Expr:
        """A product, or the same turned round where that stands in the input."""
        return other if other in self.typed and one not in self.typed else one

    def place(self, e: Expr) -> tuple[int, ...]:
        """The names in it, by their places in the input: what is written first sorts first."""
        found = self.known.get(e)
        if found is None:
            found = fold(e, self._place, memo=self.known) if e.args else self.known.setdefault(e, self._place(e, []))
        return found

    def _place(self, node: Expr, args: list[tuple[int, ...]]) -> tuple[int, ...]:
        if isinstance(node, Call) and node.op.place:  # x[2] before x[10]
            return (node.op.place,)
        own = names_in(node)
        if own or not args:
            last = len(self.positions)
            return tuple([self.positions.get(name, last) for name in own])
        return tuple([p for a in args for p in a])[:6]

    def weight(self, e: Expr) -> int:
        """How many operations and names it has."""
        return fold(e, _weight, memo=self.weights) if e.args else 1

    def order(self, chain: Sequence[Expr]) -> tuple[tuple[int, ...], int]:
        """A sort key for factors that may stand in any order: names by their places, short before long."""
        return self.places(chain), sum(self.weight(e) for e in chain)

    def places(self, chain: Sequence[Expr]) -> tuple[int, ...]:
        return tuple([p for e in chain for p in self.place(e)])[:8]

    def transpose(self, e: Expr) -> Expr:
        """The transpose, without a needless one."""
        if e.type.kind == "s" or self._symmetric(e):
            return e
        if e not in self.transposed:
            self.transposed[e] = self._transpose(e)
        return self.transposed[e]

    def _symmetric(self, e: Expr) -> bool:
        """Whether a matrix is its own transpose, as far as the tensors say that it was lifted from."""
        return any(symmetry(t) == 1 for t in self.lifted_from.get(e, ()))

    def _transpose(self, e: Expr) -> Expr:
        if isinstance(e, Call):
            if e.op.symbol == "'":
                return e.args[0]
            if e.op.symmetric and e.type.kind == "m":
                return e
            if _is_negative(e):
                return negative(self.transpose(e.args[0]))
            if e.op is POW and e.type.kind == "m":
                return call(POW, self.transpose(e.args[0]), e.args[1])
            if e.op is DIV:
                return call(DIV, self.transpose(e.args[0]), e.args[1])
            if (
                e.op.letters and not e.args and len(e.params) == 2 and not isinstance(e.op.meaning, Fill)
            ):  # ones(m,n), commutation(m,n)
                return call(e.op, params=e.params[::-1])
            if e.op is KRON:
                return call(KRON, *(self.transpose(a) for a in e.args))
            if e.op is MUL:
                return (
                    multiply(self.turn(_factors(e, scalars=True)))
                    if e.args[0].type.kind != "s"
                    else call(MUL, e.args[0], self.transpose(e.args[1]))
                )
            if e.op is HADAMARD:
                turned = [self.transpose(a) for a in e.args]
                if transposes(turned) <= transposes(e.args):
                    return call(HADAMARD, *turned)
            if e.op in (ADD, SUB) and all(_turned(a) for a in e.args):
                return call(e.op, *(self.transpose(a) for a in e.args))
        return call("transpose", e)

    def turn(self, chain: Sequence[Expr]) -> tuple[Expr, ...]:
        """The transpose of a product; its sign and its scalars stay in front."""
        turned = [e for e in chain if e.type.kind == "s"] + [
            self.transpose(e) for e in reversed(chain) if e.type.kind != "s"
        ]
        signs = sum(_is_negative(e) for e in turned)
        if signs:
            turned = [e.args[0] if _is_negative(e) else e for e in turned]
            turned[0] = negative(turned[0]) if signs % 2 else turned[0]
        return tuple(turned)


def _is_negative(e: Expr) -> bool:
    return isinstance(e, Call) and e.op is NEG


def _turned(e: Expr) -> bool:
    return isinstance(e, Call) and e.op.symbol == "'"


def transposes(chain: Iterable[Expr]) -> int:
    """How many transposes a reader sees in a product, leaving out those of vectors."""
    return sum(_turned(e) for e in chain if e.type.kind == "m") + sum(
        _turned(e) and len(tuple(walk(e))) > 2 for e in chain if e.type.kind == "r"
    )


def multiply(factors: Sequence[Expr]) -> Expr:
    """The product, from left to right; a factor that repeats is a power, and products inside stay in brackets only where they must."""
    if len(factors) == 1:
        return factors[0]
    result: Expr | None = None
    for base, n in _runs(factors):
        factor = base if n == 1 else call("pow", base, number(n))
        result = factor if result is None else call("mul", result, factor)
    return result if result is not None else number(1)


def _runs(factors: Sequence[Expr]) -> list[tuple[Expr, int]]:
    runs: list[tuple[Expr, int]] = []
    for f in factors:
        if runs and runs[-1][0] is f and (f.type.square or f.type.kind == "s"):
            runs[-1] = (f, runs[-1][1] + 1)
        else:
            runs.append((f, 1))
    return runs


def negative(e: Expr) -> Expr:
    """Minus the formula, with the sign at its very front: -2*x, not -(2*x); but before a bracket that is needed anyway: -(a.*b)*x'."""
    spine: list[Call] = []
    while isinstance(e, Call) and e.op.binds == PRODUCT and len(e.args) == 2:
        if spine and (e.op in _ENTRYWISE) != (spine[-1].op in _ENTRYWISE) and e.type.kind != "s":
            break
        spine.append(e)
        e = e.args[0]
    e = e.args[0] if _is_negative(e) else call(NEG, e)
    for node in reversed(spine):
        e = call(node.op, e, node.args[1])
    return e


def raise_to(base: Expr, exponent: Exponent) -> Expr:
    """A power of a scalar or an entrywise power, as it is written: sqrt(x), x^2, x.^(3/2)."""
    if exponent == 1:
        return base
    if exponent == _HALF:
        return call("sqrt", base)
    e = Fraction(exponent)
    written = call("neg", exact(-e)) if e.numerator < 0 else exact(e)
    return call("pow" if base.type.kind == "s" else "elpow", base, written)


def exact(value: Fraction) -> Expr:
    """A number that is not negative: an integer, a quotient of integers, or a decimal where it was one."""
    point = decimal_point(value)
    if value.denominator == 1 or point:
        return number(value, point)
    return call("div", number(value.numerator), number(value.denominator))


def formula(t: Term) -> Expr:
    """The product as a formula."""
    if t.chain and not t.scalars and (t.coefficient is ONE or t.coefficient == 1):
        return multiply(list(t.chain))
    above, below = t.coefficient.as_integer_ratio()
    decimal = below != 1 and decimal_point(abs(t.coefficient)) is not None
    top: list[Expr] = [exact(abs(t.coefficient))] if decimal else [number(abs(above))] if abs(above) != 1 else []
    bottom: list[Expr] = [number(below)] if below != 1 and not decimal else []
    for base, e in _one_root(t.scalars):
        (top if e > 0 else bottom).append(raise_to(base, abs(e)))
    chain = list(t.chain)
    if not chain and top and not isinstance(top[-1], Number):
        chain = _factors(top.pop())
    if len(chain) == 1 and not top and bottom and isinstance(bottom[-1], Number) and _is_quotient(chain[0]):
        a, b = chain[0].args  # x./(2*y), not (x./y)/2
        whole, bottom = call(ELDIV, a, multiply([*bottom, b])), []
    else:
        whole = multiply([*top, *chain])
    if above < 0:
        whole = negative(whole)
    if bottom:
        whole = call("div", whole, multiply(bottom))
    return whole


def _is_quotient(e: Expr) -> TypeGuard[Call]:
    """Whether it is the quotient of arrays, or of a number and an array, entry by entry."""
    return isinstance(e, Call) and e.op is ELDIV


def _one_root(scalars: Sequence[tuple[Expr, Exponent]]) -> Sequence[tuple[Expr, Exponent]]:
    """Square roots of constants as one: sqrt(2*pi), not sqrt(pi)*sqrt(2)."""
    if len(scalars) < 2:
        return scalars
    for half in (_HALF, -_HALF):
        roots = [base for base, e in scalars if e == half and not any(names_in(node) for node in walk(base))]
        if len(roots) > 1:
            roots.sort(key=lambda base: not isinstance(base, Number))
            scalars = [(multiply(roots), half), *(s for s in scalars if s[1] != half or s[0] not in roots)]
    return scalars


def _factors(e: Expr, scalars: bool = False) -> list[Expr]:
    """The factors of a product that is written from left to right. `scalars`: an inner product in it is one factor, as where the order changes."""
    found: list[Expr] = []
    while isinstance(e, Call) and e.op is MUL and not (scalars and e.type.kind == "s"):
        found.append(e.args[1])
        e = e.args[0]
    return [e, *reversed(found)]


def entrywise(factors: Sequence[tuple[Expr, Exponent]]) -> Expr:
    """The entrywise product of powers: a.*b./c; of one exponent -1 alone, 1./c. What stands in it twice is squared."""
    met: dict[tuple[Expr, bool], Exponent] = {}
    for f, e in factors:
        met[f, e > 0] = met.get((f, e > 0), 0) + e
    factors = [(f, plain_exponent(e)) for (f, _), e in met.items()]
    top = [raise_to(f, e) for f, e in factors if e > 0]
    bottom = [raise_to(f, -e) for f, e in factors if e < 0]
    if not top:
        top = [number(1)]
    result = top[0]
    for f in top[1:]:
        result = call("hadamard", result, f)
    for f in bottom:
        result = call("eldiv", result, f)
    return result


def plus(terms: Sequence[Term], style: ReadingOrder, ranks: Sequence[int] = ()) -> Expr:
    """The sum of products in reading order: positive terms first, then by `ranks` where given, then by the places of their names in the input."""
    if len(terms) == 1:
        return formula(terms[0])
    shared = _common(terms) if any(t.scalars for t in terms) else None
    if shared is not None:
        mine, scalars = shared
        c = content([terms[k].coefficient for k in mine])
        c = abs(c) if any(terms[k].coefficient > 0 for k in mine) else c  # s*(b - a), not -s*(a - b)
        inner = plus(
            [
                Term(terms[k].coefficient / c, tuple(s for s in terms[k].scalars if s not in scalars), terms[k].chain)
                for k in mine
            ],
            style,
        )
        joined = Term(c, scalars, (inner,)) if inner.type.kind != "s" else Term(c, (*scalars, (inner, 1)))
        return plus([*(t for k, t in enumerate(terms) if k not in mine), joined], style)
    ordered = sorted(
        terms,
        key=lambda t: (
            t.coefficient.numerator < 0,
            style.places((*t.chain, *(s for s, _ in t.scalars))),
            transposes(t.chain),
        ),
    )
    if ranks:
        ordered = [
            t
            for _, _, t in sorted(
                ((t.coefficient < 0, r, t) for r, t in zip(ranks, terms, strict=True)), key=lambda k: k[:2]
            )
        ]
    number_ = _content(ordered)
    if number_ is not None:
        inner = plus([Term(t.coefficient / number_, t.scalars, t.chain) for t in ordered], style)
        return formula(Term(number_, (), (inner,)) if inner.type.kind != "s" else Term(number_, ((inner, 1),)))
    result = formula(ordered[0])
    for t in ordered[1:]:
        if t.coefficient.numerator < 0:
            result = call("sub", result, formula(Term(-t.coefficient, t.scalars, t.chain)))
        else:
            result = call("add", result, formula(t))
    return result


Scalars = tuple[tuple[Expr, Exponent], ...]


def _common(terms: Sequence[Term]) -> tuple[set[int], Scalars] | None:
    """Terms that are better written with a scalar part once: all of a quotient's or of a long factor; which terms, and the part."""
    groups: dict[Scalars, set[int]] = {}
    for k, t in enumerate(terms):
        if any(e < 0 for _, e in t.scalars) and t.chain:
            groups.setdefault(t.scalars, set()).add(k)
        below = tuple(s for s in t.scalars if s[1] < 0)
        if below and t.chain:
            groups.setdefault(below, set()).add(k)
        for s in t.scalars:
            if s[1] > 0 and s[0].args:
                groups.setdefault((s,), set()).add(k)
    several = [(len(mine), scalars) for scalars, mine in groups.items() if len(mine) > 1]
    if not several:
        return None
    scalars = max(several, key=lambda c: (c[0], len(c[1])))[1]
    return groups[scalars], scalars


def _content(terms: Sequence[Term]) -> Fraction | None:
    """A number that all terms share and that is written once: (a - b)/2, 3*(a + b - c)."""
    if len(terms) < 2:
        return None
    size = abs(terms[0].coefficient)
    if any(abs(t.coefficient) != size for t in terms[1:]):
        return None
    if size.denominator > 1 and size.denominator <= SHORT or (size > 1 and len(terms) > 2):
        return size
    return None


def number_in_front(e: Expr) -> tuple[Fraction, Expr]:
    """The number that a whole formula is multiplied by or divided by, and the rest: 1/2 and a - b of (a - b)/2."""
    if isinstance(e, Call) and e.op is DIV and isinstance(e.args[1], Number):
        c, inner = number_in_front(e.args[0])
        return c / e.args[1].value, inner
    if isinstance(e, Call) and e.op is MUL and isinstance(e.args[0], Number):
        return e.args[0].value, e.args[1]
    return ONE, e


def content(coefficients: Sequence[Fraction]) -> Fraction:
    """The greatest number whose whole multiples they all are, with the sign of the first; of decimals the sign alone."""
    top = gcd(*(c.numerator for c in coefficients))
    bottom = lcm(*(c.denominator for c in coefficients))
    if bottom > LARGEST_DENOMINATOR:  # decimals, which have no common part that a reader would see
        top = bottom = 1
    return Fraction(-top if coefficients[0] < 0 else top, bottom)
