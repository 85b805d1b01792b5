"""A formula multiplied out: its single terms, so that the one that is missing, or has the wrong sign, can be named."""

from __future__ import annotations

from itertools import product

from gradproof.check.tree import DIV, ELDIV, HADAMARD, OP, PROD, SUM, Tree, op_tree, prod, terms_of
from gradproof.ops.operation import Einsum

MOST = 48  # terms

Signed = tuple[int, Tree]


def expand(tree: Tree) -> list[Signed]:
    """The signed terms of a formula, products of sums multiplied out; the formula itself where that gives too many."""
    return _expand(tree) or [(1, tree)]


def _expand(tree: Tree) -> list[Signed]:
    if tree.kind == SUM:
        return [(s * t_sign, term) for s, t in terms_of(tree) for t_sign, term in _expand(t)][: MOST + 1]
    if tree.kind == PROD:
        return _across(tree, [_expand(a) for a in tree.args])
    if tree.kind == OP and tree.data is HADAMARD:
        return _across(tree, [_expand(a) for a in tree.args])
    if tree.kind == OP and tree.data in (DIV, ELDIV):
        return _across(tree, [_expand(tree.args[0]), [(1, tree.args[1])]])
    if tree.kind == OP and len(tree.args) == 1 and isinstance(tree.data.meaning, Einsum):
        return _across(tree, [_expand(tree.args[0])])
    return [(1, tree)]


def _across(tree: Tree, choices: list[list[Signed]]) -> list[Signed]:
    """The operation on every combination of terms of its arguments."""
    count = 1
    for c in choices:
        count *= len(c)
    if count > MOST:
        return [(1, tree)]
    found = []
    for combination in product(*choices):
        sign = 1
        for s, _ in combination:
            sign *= s
        args = [t for _, t in combination]
        found.append((sign, prod(args) if tree.kind == PROD else op_tree(tree.data, *args)))
    return found
