"""Products put together so that a product with a name stands in them whole: (C⁻¹ y)(y' C⁻¹) as α α'."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from gradproof.engine.lower import lower
from gradproof.errors import BudgetError, GradproofError
from gradproof.explain.atoms import HADAMARD, MUL, NEG, TRANSPOSE, made_of
from gradproof.lift.pretty import multiply, negative
from gradproof.notation.expr import Call, Expr, call, fold, rebuild, walk


def symmetric(e: Expr) -> bool:
    """Whether a matrix is its own transpose, by its index notation."""
    if not e.type.square:
        return False
    try:
        return lower(e).tensor is lower(call(TRANSPOSE, e)).tensor
    except BudgetError:
        raise
    except GradproofError:
        return False


def gathered(e: Expr, products: Sequence[Expr]) -> Expr:
    """The same formula with each of these products as one factor wherever its factors meet."""

    def inside(node: Expr) -> tuple[Expr, ...]:
        return () if node in products else tuple(_factors(node)[1]) or node.args

    def visit(node: Expr, args: Sequence[Expr]) -> Expr:
        if node in products or not args:
            return node
        sign, factors = _factors(node)
        if not factors:
            return rebuild(node, tuple(args))
        chain = made_of(node, MUL)
        found = _put_together(list(args), chain, products)
        if found is None:
            if all(a is b for a, b in zip(args, factors, strict=True)):
                return node
            found = _product(args, chain)
        return found if sign > 0 else call(NEG, found)

    return fold(e, visit, inside) if products else e


def _factors(node: Expr) -> tuple[int, list[Expr]]:
    """The sign and the factors of a chain of matrices and vectors, or of a Hadamard product; none of anything else."""
    if not isinstance(node, Call):
        return 1, []
    found: list[Expr] = []
    e: Expr = node
    if node.op is HADAMARD:
        while isinstance(e, Call) and e.op is HADAMARD:
            found[:0] = _factors(e.args[1])[1] if made_of(e.args[1], HADAMARD) else [e.args[1]]
            e = e.args[0]
    else:
        while isinstance(e, Call) and e.op is MUL and all(a.type.kind != "s" for a in e.args):  # brackets stay
            found.insert(0, e.args[1])
            e = e.args[0]
    if not found:
        return 1, []
    other = negative(e)
    return (-1, [other, *found]) if _length(other) < _length(e) else (1, [e, *found])


def _length(e: Expr) -> int:
    return sum(1 for _ in walk(e))


def _product(factors: Sequence[Expr], chain: bool) -> Expr:
    if chain:
        return multiply(factors)
    whole = factors[0]
    for f in factors[1:]:
        whole = call(HADAMARD, whole, f)
    return whole


def _put_together(factors: list[Expr], chain: bool, products: Sequence[Expr]) -> Expr | None:
    """The product with the named ones in it; None where none of them is there."""
    before = list(factors)
    for p in products:
        own = _factors(p)[1]
        if not own or chain != made_of(p, MUL):
            continue
        if chain:
            turned = [_turned(f) for f in reversed(own)]
            for wanted, whole in ((own, p), (turned, call(TRANSPOSE, p))):
                k = 0
                while k + len(wanted) <= len(factors):
                    if factors[k : k + len(wanted)] == wanted:
                        factors[k : k + len(wanted)] = [whole]
                    k += 1
        elif not Counter(own) - Counter(factors):
            at = min(factors.index(f) for f in own)
            for f in own:
                factors.remove(f)
            factors.insert(min(at, len(factors)), p)
    return _product(factors, chain) if factors != before else None


def _turned(e: Expr) -> Expr:
    if isinstance(e, Call) and e.op is TRANSPOSE:
        return e.args[0]
    return e if e.type.square and symmetric(e) else call(TRANSPOSE, e)


__all__ = ["gathered", "symmetric"]
