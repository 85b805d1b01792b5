"""Single edits of a formula: what an answer would be if one slip in it were mended, or one were made.

Each edit has the identifier of the slip, the place, and the part of the formula that it changes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations

from gradproof.check.tree import (
    DIV,
    ELDIV,
    ELPOW,
    HADAMARD,
    INV,
    LEAF,
    OP,
    POW,
    PROD,
    SUM,
    TRANSPOSE,
    Tree,
    leaf,
    negated,
    op_tree,
    prod,
    terms_of,
    total,
)  # fmt: skip
from gradproof.notation.expr import Call, Number, Symbol, number
from gradproof.ops import Operation, basic
from gradproof.ops.operation import Elementwise
from gradproof.records import dataclass

HALF = Fraction(1, 2)
LONGEST_PRODUCT = 10  # factors of a product that are exchanged with each other
LONGEST_ENTRYWISE = 5  # factors of an entrywise product of which several may be missing
LONGEST_SUM = 5  # terms of a sum of which several may be missing
_TRACE, _TOTAL, _DIAG = basic.TR, basic.SUM, basic.DIAG


@dataclass(frozen=True, slots=True)
class Edit:
    """`tree`: the whole formula after the edit; `part`: what was changed; `new`: what stands there now, or None where nothing does."""

    identifier: str
    part: Tree
    new: Tree | None
    tree: Tree


def repairs(tree: Tree) -> Iterator[Edit]:
    """Every single edit that would mend a slip."""
    for part, rebuild in positions(tree):
        for identifier, touched, new in _local(part):
            if rebuild.path and _undone(rebuild.path[-1][0], part, new):
                continue
            yield Edit(identifier, touched, new, rebuild(new))
    yield from _turned(tree)


def _turned(tree: Tree) -> Iterator[Edit]:
    """The formula with one variable transposed wherever it stands, where it stands more than once."""
    count = Counter(node.data for node, _ in positions(tree) if node.kind == LEAF and isinstance(node.data, Symbol))
    for s in (s for s, n in count.items() if n > 1 and s.type.kind == "m"):
        yield Edit("missing-transpose", leaf(s), op_tree(TRANSPOSE, leaf(s)), _transposing(tree, s))


def _transposing(tree: Tree, s: Symbol) -> Tree:
    if tree.is_op(TRANSPOSE) and tree.args[0].data is s:
        return tree.args[0]
    if tree.data is s:
        return op_tree(TRANSPOSE, tree)
    args = tuple(_transposing(a, s) for a in tree.args)
    return tree if args == tree.args else Tree(tree.kind, args, tree.data, tree.span)


def _undone(parent: Tree, part: Tree, new: Tree) -> bool:
    """Whether the edit puts a second transpose or inverse right under one."""
    return any(parent.is_op(op) and new.is_op(op) and new.args[0] is part for op in (TRANSPOSE, INV))


def omissions(tree: Tree) -> Iterator[Edit]:
    """The formula with one term or one factor left out."""
    for part, rebuild in positions(tree):
        if part.kind == SUM and len(part.args) > 1:
            for i, term in enumerate(part.args):
                rest = _without_term(part, i)
                if not _is_one(rest):  # of 1 - y.^2 the factor is missing, not a term of it
                    yield Edit("missing-term", term, None, rebuild(rest))
            for kept in _smaller_halves(len(part.args)):
                pairs = terms_of(part)
                lost = total([pair for k, pair in enumerate(pairs) if k not in kept])
                yield Edit("missing-term", lost, None, rebuild(total([pairs[k] for k in kept])))
        power = part.kind == OP and part.data in (POW, ELPOW)
        within = any(parent.kind == SUM for parent, _ in rebuild.path[:1])
        for factor, rest in _fewer_factors(part):
            if power and not _is_number(factor):
                yield Edit("exponent", rest, part, rebuild(rest))
            else:
                name = "factor" if _is_number(factor) else "missing-chain-factor"
                yield Edit(name, factor, rest if within else None, rebuild(rest))


def other_functions(tree: Tree, applied: Sequence[Tree]) -> Iterator[Edit]:
    """The formula with another function of the entries in one place, or with a function that was left out. `applied`: those that may belong there."""
    functions = list(dict.fromkeys(t.data for t in applied))
    for part, rebuild in positions(tree):
        if part.kind == OP and isinstance(part.data.meaning, Elementwise) and len(part.args) == 1:
            for op in (f for f in functions if f is not part.data):
                new = op_tree(op, *part.args)
                yield Edit("wrong-function", part, new, rebuild(new))
        for new in (t for t in applied if part.kind == t.args[0].kind == LEAF and t.args[0].data is part.data):
            yield Edit("wrong-function", part, new, rebuild(new))


def exchanged(tree: Tree, symbols: Sequence[Symbol]) -> Iterator[Edit]:
    """The formula with another variable of the same shape in one place."""
    for part, rebuild in positions(tree):
        if part.kind == LEAF and isinstance(part.data, Symbol):
            for s in symbols:
                if s is not part.data and s.type == part.data.type:
                    yield Edit("wrong-variable", part, leaf(s), rebuild(leaf(s)))


def _is_one(t: Tree) -> bool:
    return t.kind == LEAF and (isinstance(t.data, Number) or isinstance(t.data, Call) and t.data.op is basic.ONES)


def insertions(tree: Tree, pool: Sequence[Tree]) -> Iterator[Edit]:
    """The formula with one factor or one term of the pool put in."""
    for part, rebuild in positions(tree):
        if part.kind == LEAF and isinstance(part.data, Number):
            continue
        for extra in pool:
            for new in (prod([extra, part]), prod([part, extra]), op_tree(HADAMARD, extra, part)):
                yield Edit("missing-chain-factor", extra, new, rebuild(new))
            for op in (DIV, ELDIV):
                new = op_tree(op, part, extra)
                yield Edit("missing-chain-factor", op_tree(op, leaf(number(1)), extra), new, rebuild(new))
            if any(parent.kind == OP and isinstance(parent.data.meaning, Elementwise) for parent, _ in rebuild.path):
                continue  # a term within a function says little
            for sign in (1, -1):
                yield Edit("missing-term", extra, None, rebuild(total([*terms_of(part), (sign, extra)])))


class Rebuild:
    """Puts a new node into a place of a tree, keeping products and sums flat."""

    def __init__(self, path: Sequence[tuple[Tree, int]]):
        self.path = tuple(path)

    def __call__(self, new: Tree) -> Tree:
        for parent, i in reversed(self.path):
            new = _replaced(parent, i, new)
        return new


def _replaced(parent: Tree, i: int, new: Tree) -> Tree:
    if parent.kind == SUM and new.kind == SUM:
        terms = terms_of(parent)
        return total([*terms[:i], *((terms[i][0] * s, t) for s, t in terms_of(new)), *terms[i + 1 :]], parent.span)
    return parent.with_arg(i, new)


def positions(tree: Tree) -> Iterator[tuple[Tree, Rebuild]]:
    """Every node, with the function that puts another one in its place."""
    stack: list[tuple[Tree, tuple[tuple[Tree, int], ...]]] = [(tree, ())]
    while stack:
        node, path = stack.pop()
        yield node, Rebuild(path)
        stack += [(a, (*path, (node, i))) for i, a in reversed(list(enumerate(node.args)))]


def _is_number(tree: Tree) -> bool:
    return tree.kind == LEAF and isinstance(tree.data, Number)


_Found = tuple[str, Tree, Tree]  # identifier, the part that was wrong, what stands in the place of the node


def _local(t: Tree) -> Iterator[_Found]:
    """The edits at one node."""
    if not _is_number(t):
        yield from _wrapped(t)
    match t.kind:
        case "prod":
            yield from _in_product(t)
        case "sum":
            yield from _in_sum(t)
        case "op":
            yield from _in_operation(t)
    for factor, rest in _fewer_factors(t):
        yield "extra-factor", factor, rest


def _wrapped(t: Tree) -> Iterator[_Found]:
    """An operation around the node, or the one that it is taken away."""
    for op, missing, extra in (
        (TRANSPOSE, "missing-transpose", "extra-transpose"),
        (INV, "missing-inverse", "extra-inverse"),
    ):
        if t.is_op(op):
            yield extra, t, t.args[0]
        else:
            yield missing, t, op_tree(op, t)
    for op in (_TRACE, _TOTAL):
        if not t.is_op(op):
            yield "pairing", t, op_tree(op, t)
    if not t.is_op(_DIAG):
        yield "missing-diag", t, op_tree(_DIAG, t)


def _in_product(t: Tree) -> Iterator[_Found]:
    factors = t.args
    many = [i for i, f in enumerate(factors[:LONGEST_PRODUCT]) if not _is_number(f)]
    for i, j in combinations(many, 2):
        swapped = list(factors)
        swapped[i], swapped[j] = swapped[j], swapped[i]
        yield "order-of-factors", t, prod(swapped)
    for i, j in combinations(many, 2):  # one factor moved over several others
        if j - i > 1:
            yield "order-of-factors", t, prod([*factors[:i], *factors[i + 1 : j + 1], factors[i], *factors[j + 1 :]])
            yield "order-of-factors", t, prod([*factors[:i], factors[j], *factors[i:j], *factors[j + 1 :]])
    if len(many) > 2:
        yield (
            "order-of-factors",
            t,
            prod([*(f for f in factors if _is_number(f)), *(f for f in factors[::-1] if not _is_number(f))]),
        )
    for i in range(len(factors) - 1):
        pair = op_tree(HADAMARD, factors[i], factors[i + 1])
        yield "product-for-hadamard", t, prod([*factors[:i], pair, *factors[i + 2 :]])
        if i:
            yield (
                "product-for-hadamard",
                t,
                prod([op_tree(HADAMARD, prod(factors[: i + 1]), factors[i + 1]), *factors[i + 2 :]]),
            )
    for i, j in combinations(range(len(factors) + 1), 2):
        if 1 < j - i < len(factors) and sum(not _is_number(f) for f in factors[i:j]) > 1:
            group = prod(factors[i:j])
            for op, missing in (
                (TRANSPOSE, "missing-transpose"),
                (INV, "missing-inverse"),
                (_TRACE, "pairing"),
                (_TOTAL, "pairing"),
            ):
                yield missing, group, prod([*factors[:i], op_tree(op, group), *factors[j:]])


def _in_sum(t: Tree) -> Iterator[_Found]:
    if len(t.args) < 2:
        return
    for i, term in enumerate(t.args):
        signs = tuple(-s if k == i else s for k, s in enumerate(t.data))
        yield "term-sign", term, Tree(SUM, t.args, signs, t.span)
        yield "extra-term", term, _without_term(t, i)


def _in_operation(t: Tree) -> Iterator[_Found]:
    op, args = t.data, t.args
    if op is HADAMARD:
        a, b = args
        for pair in ((a, b), (b, a), (op_tree(TRANSPOSE, a), b), (a, op_tree(TRANSPOSE, b))):
            yield "hadamard-for-product", t, prod(pair)
    if op in (POW, ELPOW):
        yield (
            ("product-for-hadamard" if op is POW else "hadamard-for-product"),
            t,
            op_tree(ELPOW if op is POW else POW, *args),
        )
        for step in (1, -1, 2, -2, HALF, -HALF):
            yield "exponent", t, _raised(op, args[0], _shifted(args[1], step))
        yield "exponent", t, args[0]
    if len(args) == 1 and op not in (TRANSPOSE, INV):
        yield "extra-function", t, args[0]
        if isinstance(op.meaning, Elementwise):
            yield "sign", args[0], op_tree(op, negated(args[0]))
            yield "inner-factor", args[0], op_tree(op, prod([leaf(number(2)), args[0]]))
            yield "inner-factor", args[0], op_tree(op, op_tree(DIV, args[0], leaf(number(2))))
            yield "missing-inverse", t, op_tree(ELDIV, leaf(number(1)), t)


def _raised(op: Operation, base: Tree, exponent: Tree) -> Tree:
    """A power; with exponent 1 the base."""
    return base if _is_number(exponent) and exponent.data.value == 1 else op_tree(op, base, exponent)


def _shifted(exponent: Tree, step: int | Fraction) -> Tree:
    if _is_number(exponent):
        return leaf(number(exponent.data.value + step))
    return total([*terms_of(exponent), (1, leaf(number(step)))])


def _without_term(t: Tree, i: int) -> Tree:
    return total([pair for k, pair in enumerate(terms_of(t)) if k != i], t.span)


def _smaller_halves(n: int) -> Iterator[tuple[int, ...]]:
    """The terms that are left where more than one of n is missing; of short sums only."""
    for count in range(1, n - 1) if n <= LONGEST_SUM else ():
        yield from combinations(range(n), count)


def _entrywise(t: Tree) -> list[Tree]:
    """The factors of an entrywise product of several."""
    return [f for a in t.args for f in _entrywise(a)] if t.kind == OP and t.data is HADAMARD else [t]


def _hadamard(factors: Sequence[Tree]) -> Tree:
    result = factors[0]
    for f in factors[1:]:
        result = op_tree(HADAMARD, result, f)
    return result


def _fewer_factors(t: Tree) -> Iterator[tuple[Tree, Tree]]:
    """Each factor of a product or a quotient, and what is left without it."""
    if t.kind == PROD:
        for i, factor in enumerate(t.args):
            yield factor, prod([*t.args[:i], *t.args[i + 1 :]])
        for i in range(2, len(t.args)):
            yield prod(t.args[:i]), prod(t.args[i:])
            yield prod(t.args[i - 1 :]), prod(t.args[: i - 1]) if i > 1 else t.args[0]
        for i, j in combinations(range(1, len(t.args)), 2):  # what stands around the factors that are kept
            yield prod([*t.args[:i], *t.args[j:]]), prod(t.args[i:j])
    if t.kind == OP and t.data is HADAMARD:
        factors = _entrywise(t)
        for count in range(1, len(factors)) if len(factors) <= LONGEST_ENTRYWISE else ():
            for kept in combinations(range(len(factors)), count):
                lost = [f for k, f in enumerate(factors) if k not in kept]
                yield _hadamard(lost), _hadamard([factors[k] for k in kept])
    if t.kind == OP and t.data in (DIV, ELDIV):
        yield op_tree(t.data, leaf(number(1)), t.args[1]), t.args[0]
        if not _is_number(t.args[0]):
            yield t.args[0], op_tree(t.data, leaf(number(1)), t.args[1])
    if t.kind == OP and t.data in (POW, ELPOW) and not _is_number(t.args[0]):
        yield t.args[0], _raised(t.data, t.args[0], _shifted(t.args[1], -1))
