"""Applies the rules of `rules/` while tensors are made, so that sigmoid, softmax, … are there as soon as they can be seen.

A rule is matched by its anchor, an operation with the rule's letter as argument: the letter is bound to the argument of such an operation in
the tensor, the rest of the left side is built with it, and as equal is identical, it is there or it is not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache, cached_property, lru_cache

from gradproof.engine.applied import apply
from gradproof.engine.bounds import nonnegative
from gradproof.engine.contract import add, contract, scale
from gradproof.engine.lower import lower, plain
from gradproof.engine.spreading import spread
from gradproof.engine.tensor import Apply, Contraction, Exponent, Factor, Sum, Tensor, Term, Token, plain_exponent
from gradproof.notation.expr import Call, Expr, Number, Symbol
from gradproof.ops import Operation
from gradproof.ops.basic import EXP
from gradproof.ops.operation import Combination, Differential, Elementwise, Primary
from gradproof.parse import parse
from gradproof.patterns import pattern as expression
from gradproof.records import dataclass
from gradproof.rules import ALL, COMPLEMENTS, Rule
from gradproof.shapes.dims import Dim

LETTERS = {"x": "vector n", "X": "matrix n n", "c": "scalar", "v": "vector n"}
ORDERS = {"x": (0, 1, 2), "X": (2,), "c": (0,), "v": (1,)}
CONDITIONS = {"": lambda t: True, "x nonnegative": nonnegative}
_FUNCTION = expression(r"(\w+)\(")


@dataclass(frozen=True, eq=False)
class Pattern:
    """A rule taken apart: the parts of its left side (powers of a product, multiples of a sum, or the argument of an operation)."""

    rule: Rule
    parts: tuple[tuple[Expr, Fraction], ...]
    right: Expr
    letter: Symbol | None
    op: Operation | None  # of the whole left side, where it is one operation

    @cached_property
    def uses(self) -> Counter[Operation]:
        """The operations of the left side that have a name, each as often as it stands there."""
        return Counter(node.op for part, _ in self.parts for node in _calls(part) if not node.op.symbol)

    @cached_property
    def anchor(self) -> Operation | None:
        """The innermost operation, on the letter itself."""
        for part, _ in self.parts:
            for node in _calls(part):
                if node.args and node.args[0] is self.letter and node.op.symbol == "":
                    return node.op
        return None

    @cached_property
    def looks(self) -> tuple[tuple[Expr, bool, bool, bool], ...]:
        """Of each part: the formula; whether it is a scalar, whether it stands above, whether the anchor stands in it."""
        return tuple(
            [(p, p.type.kind == "s", e > 0, any(n.op is self.anchor for n in _calls(p))) for p, e in self.parts]
        )

    @cached_property
    def divides(self) -> bool:
        """Whether a part stands below."""
        return not all(above for _, _, above, _ in self.looks)


def _calls(e: Expr) -> Iterator[Call]:
    if isinstance(e, Call):
        yield e
        for a in e.args:
            yield from _calls(a)


@cache
def patterns(kind: str, op: Operation) -> tuple[Pattern, ...]:
    """The rules by what they replace ("product", "sum", "apply") and the operation by which they are found.

    A rule is read when one of its functions is first met: most formulas need few of them.
    """
    read = [_pattern(rule) for rule in _by_name().get(op.name, ())]
    return tuple(pattern for what, pattern in read if what == kind and (pattern.op or pattern.anchor) is op)


@cache
def _by_name() -> dict[str, tuple[Rule, ...]]:
    """The rules by the functions that stand on their left side."""
    found: dict[str, tuple[Rule, ...]] = {}
    for rule in ALL:
        for name in dict.fromkeys(_FUNCTION.findall(rule.left)):
            found[name] = (*found.get(name, ()), rule)
    return found


@cache
def _pattern(rule: Rule) -> tuple[str, Pattern]:
    left, right = (parse(text, LETTERS).expr for text in (rule.left, rule.right))
    letter = next((s for s in left.variables if s.name in LETTERS), None)
    assert isinstance(left, Call)
    if left.op.symbol in ("+", "-"):
        return "sum", Pattern(rule, tuple(_split(left, {"+": (1, 1), "-": (1, -1)})), right, letter, None)
    if left.op.symbol:
        return "product", Pattern(
            rule, tuple(_split(left, {".*": (1, 1), "./": (1, -1), "/": (1, -1)})), right, letter, None
        )
    return "apply", Pattern(rule, ((left.args[0], Fraction(1)),), right, letter, left.op)


def _split(e: Expr, signs: Mapping[str, tuple[int, int]], sign: int = 1) -> Iterator[tuple[Expr, Fraction]]:
    if isinstance(e, Call) and e.op.symbol in signs and len(e.args) == 2:
        for a, s in zip(e.args, signs[e.op.symbol], strict=True):
            yield from _split(a, signs, sign * s)
    elif isinstance(e, Call) and e.op.symbol == ".^" and isinstance(e.args[1], Number) and "./" in signs:
        yield e.args[0], e.args[1].value * sign
    elif not (isinstance(e, Number) and e.value == 1) or "+" in signs:
        yield e, Fraction(sign)


@lru_cache(256)  # in long formulas the same are asked for again and again
def _value(e: Expr, letter: Symbol | None, bound: Tensor | None) -> Tensor:
    return lower(e, values={letter: plain(bound)} if letter is not None and bound is not None else None).tensor


def _fits(pattern: Pattern, bound: Tensor) -> bool:
    return pattern.letter is None or (
        bound.order in ORDERS[pattern.letter.name] and CONDITIONS[pattern.rule.given](bound)
    )


def _applied(t: Tensor, op: Operation, depth: int = 2) -> Iterator[Apply]:
    """The uses of an operation at or just below a tensor."""
    if isinstance(t, Apply):
        if t.op is op:
            yield t
    elif depth:
        for child in t.children:
            yield from _applied(child, op, depth - 1)


# -- f(...)


def simplified_application(op: Operation, args: tuple[Tensor, ...]) -> Tensor | None:
    for pattern in patterns("apply", op) if len(args) == 1 else ():
        if not _plausible(pattern.parts[0][0], args[0]):
            continue
        for bound in _bindings(pattern, args[0]):
            if _fits(pattern, bound) and _value(pattern.parts[0][0], pattern.letter, bound) is args[0]:
                return _value(pattern.right, pattern.letter, bound)
    return None


def _plausible(inner: Expr, arg: Tensor) -> bool:
    """Whether a tensor can be the value of a formula, by what it is made of; a quick look before the formula is built."""
    if isinstance(inner, Number):
        return not arg.children and not arg.axes
    if not isinstance(inner, Call):
        return True
    match inner.op.meaning:
        case Combination(weights=weights):
            if len(weights) == 1:
                return isinstance(arg, Contraction) and arg.coefficient < 0
            return isinstance(arg, Sum) and all(_among(a, arg.children) for a in inner.args)
        case Elementwise() | Differential() | Primary():
            return isinstance(arg, Apply) and arg.op is inner.op
    return isinstance(arg, Contraction)


def _among(part: Expr, bodies: Sequence[Tensor]) -> bool:
    """Whether one of these can be what a term of a formula becomes in a sum."""
    if isinstance(part, Number):
        return any(not b.children for b in bodies)
    if isinstance(part, Call) and isinstance(part.op.meaning, Elementwise | Differential | Primary):
        return any(_plausible(part, b) for b in bodies)
    return True


def _bindings(pattern: Pattern, arg: Tensor) -> Iterator[Tensor]:
    inner = pattern.parts[0][0]
    anchor = pattern.anchor
    if anchor is not None:
        for node in _applied(arg, anchor):
            yield node.args[0]
    elif isinstance(inner, Call):  # -x: where there is a minus
        if isinstance(arg, Contraction) and arg.coefficient < 0:
            yield scale(-1, arg)
    else:
        yield arg


# -- products


def simplified_product(
    coefficient: Fraction, factors: list[Factor], out: tuple[int, ...], dims: Mapping[int, Dim]
) -> Tensor | None:
    for t, indices, _ in factors:
        for node in (
            (t,)
            if isinstance(t, Apply)
            else (b for b in t.children if isinstance(b, Apply))
            if isinstance(t, Sum)
            else ()
        ):
            for pattern in patterns("product", node.op):
                found = _match_product(pattern, node, indices, factors)
                if found is not None:
                    rest, times = found
                    value = _value(pattern.right, pattern.letter, node.args[0])
                    return contract(coefficient, [*rest, (value, indices, times)], out, {i: dims[i] for i in out})
    return None


def _match_product(
    pattern: Pattern, node: Apply, indices: tuple[int, ...], factors: list[Factor]
) -> tuple[list[Factor], Exponent] | None:
    """The factors without the left side, and how many times it was there; `node` is the anchor."""
    bound = node.args[0]
    if not _fits(pattern, bound) or bound.order != len(indices) or len(factors) < len(pattern.parts):
        return None
    if pattern.divides and not [f for f in factors if f[2] < 0]:
        return None
    for part, scalar, above, anchored in pattern.looks:
        place = () if scalar else indices
        for t, i, e in factors:
            if i == place and (e > 0) is above and (not anchored or _near(node, t)) and _plausible(part, t):
                break
        else:
            return None
    left = {(t, i): e for t, i, e in factors}
    times: Fraction | None = None
    wanted = []
    for part, e in pattern.parts:
        t = (
            node
            if isinstance(part, Call) and part.op is node.op and part.args[0] is pattern.letter
            else _value(part, pattern.letter, bound)
        )
        key = (t, indices if t.order else ())
        if key not in left or left[key] / e <= 0:
            return None
        times = min(times, Fraction(left[key]) / e) if times is not None else Fraction(left[key]) / e
        wanted.append((key, e))
    assert times is not None
    if times.denominator > 1 and not all(
        nonnegative(t) for (t, _), _ in wanted
    ):  # sqrt(sinh(x)) is not real where sinh(x) < 0
        times = Fraction(int(times))
        if not times:
            return None
    for key, e in wanted:
        left[key] = plain_exponent(left[key] - e * times)
    return [(t, i, e) for (t, i), e in left.items() if e], plain_exponent(times)


def _near(node: Tensor, t: Tensor) -> bool:
    """Whether a node is a tensor, or stands just below it."""
    return t is node or node in t.children or any(node in c.children for c in t.children)


def joined_exponentials(
    coefficient: Fraction, factors: list[Factor], out: tuple[int, ...], dims: Mapping[int, Dim]
) -> Tensor | None:
    """exp(x).*exp(y) is exp(x + y), and exp(x).^2 is exp(2*x)."""
    groups: dict[tuple[int, ...], list[Factor]] = {}
    for f in factors:
        if isinstance(f[0], Apply) and f[0].op is EXP:
            groups.setdefault(f[1], []).append(f)
    for indices, group in groups.items():
        if len(group) > 1 or group[0][2] != 1:
            inner = add([(Fraction(e), t.args[0]) for t, _, e in group if isinstance(t, Apply)], group[0][0].axes)
            joined = apply(EXP, (inner,))
            rest = [f for f in factors if f not in group]
            return contract(coefficient, [*rest, (joined, indices, 1)], out, {i: dims[i] for i in out})
    return None


# -- sums


def simplified_sum(terms: list[Term], axes: tuple[Dim, ...]) -> Tensor | None:
    uses = (
        [node for _, body in terms for node in (body, *body.children) if isinstance(node, Apply)]
        if len(terms) > 1
        else []
    )
    if not any(patterns("sum", node.op) for node in uses):
        return None
    there, bodies = Counter(node.op for node in uses), {t: c for c, t in terms}
    for node in dict.fromkeys(uses):
        for pattern in patterns("sum", node.op):
            if not [op for op, n in pattern.uses.items() if there[op] < n]:
                found = _match_sum(pattern, node.args[0], bodies)
                if found is not None:
                    rest, times = found
                    return add(
                        [*((c, t) for t, c in rest.items() if c), (times, _whole(pattern, node.args[0], axes))], axes
                    )
    return None


def _whole(pattern: Pattern, bound: Tensor, axes: tuple[Dim, ...]) -> Tensor:
    value = _value(pattern.right, pattern.letter, bound)
    return value if value.axes == axes else spread(value, axes)


def _match_sum(
    pattern: Pattern, bound: Tensor, left: dict[Tensor, Fraction]
) -> tuple[dict[Tensor, Fraction], Fraction] | None:
    if len(left) < len(pattern.parts) or not _fits(pattern, bound):
        return None
    if not all(any(_plausible(part, t) for t in left) for part, _ in pattern.parts):
        return None
    wanted, times = [], None
    for part, c in pattern.parts:
        t = _value(part, pattern.letter, bound)
        if t not in left or (times is not None and left[t] != times * c):
            return None
        times = left[t] / c if times is None else times
        wanted.append(t)
    assert times is not None
    return {t: c for t, c in left.items() if t not in wanted}, times


# -- complements


@cache
def _complements() -> tuple[tuple[Operation, Expr, Symbol], ...]:
    """The rules f(-x) -> g(f(x)), taken apart."""
    found = []
    for rule in COMPLEMENTS:
        left, right = (parse(text, LETTERS).expr for text in (rule.left, rule.right))
        assert isinstance(left, Call)
        found.append((left.op, right, left.variables[0]))
    return tuple(found)


def complemented(within: frozenset[Token]) -> bool:
    """Whether a function that has a complement is among these."""
    return any(op in within for op, _, _ in _complements())


def complements(node: Apply) -> Iterator[tuple[Apply, Tensor]]:
    """f(-x) and its value by f(x), for a node f(x) seen as f(-(-x)): the other node, and this one in terms of it."""
    for op, right, letter in _complements():
        if op is node.op and node.args[0].order in ORDERS[letter.name]:
            arg = node.args[0]
            terms = arg.terms if isinstance(arg, Sum) else ((Fraction(1), arg),)
            bound = add([(-c, t) for c, t in terms], arg.axes)  # the sum -a - b of a + b, and not -(a + b)
            other = apply(op, (bound,))
            if isinstance(other, Apply):
                yield other, _value(right, letter, bound)
