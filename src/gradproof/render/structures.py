"""Products with the bases of structured matrices as they are read: unvec(duplication(n)*x,n,n) is unvech(x), elimination(n)*vec(A) is vech(A)."""

from __future__ import annotations

from gradproof.notation.expr import Call, Expr, call, call_of_shape, fold, operations, rebuild
from gradproof.ops import basic
from gradproof.ops.operation import Fill, Structure
from gradproof.ops.structures import BASES, CROSS_PRODUCT, ELIMINATION, MADE, VECH

_MUL, _TRANSPOSE, _KRON, _VEC, _UNVEC = basic.MUL, basic.TRANSPOSE, basic.KRON, basic.VEC, basic.UNVEC

STRUCTURES = frozenset(BASES)


def with_structures(expr: Expr) -> Expr:
    """The formula with functions such as unvech and circ for what is a product with their basis, to be written."""
    return fold(expr, _visit) if not STRUCTURES.isdisjoint(operations(expr)) else expr


def _visit(node: Expr, args: list[Expr]) -> Expr:
    if not isinstance(node, Call):
        return rebuild(node, tuple(args))
    made = call_of_shape(node.op, tuple(args), node.type, node.params)
    if not isinstance(made, Call):
        return made
    if made.op is _UNVEC:
        return _made(made) or made
    return _product(made) if made.op is _MUL else made


def _factors(e: Expr) -> list[Expr]:
    """The factors of a product that is written from left to right, scalars among them."""
    found: list[Expr] = []
    while isinstance(e, Call) and e.op is _MUL:
        found.append(e.args[1])
        e = e.args[0]
    return [e, *reversed(found)]


def _joined(factors: list[Expr]) -> Expr:
    e = factors[0]
    for f in factors[1:]:
        e = call(_MUL, e, f)
    return e


def _basis(e: Expr) -> tuple[Call, bool] | None:
    """A basis of structured matrices with a row for each entry, or with a column, which is how the flag says it stands."""
    turned = isinstance(e, Call) and e.op is _TRANSPOSE
    inner = e.args[0] if turned else e
    if not isinstance(inner, Call) or inner.op not in BASES:
        return None
    return inner, turned != _structure(inner).across


def _structure(e: Call) -> Structure:
    assert isinstance(e.op.meaning, Fill)
    return e.op.meaning.structure or Structure()


def _made(node: Call) -> Expr | None:
    """unvec of a product that begins with a basis."""
    scalars, (first, *rest) = _split(_factors(node.args[0]))
    found = _basis(first)
    if found is None or found[1] or not rest or node.params[0] is not node.params[1]:
        return None
    e = call(MADE[found[0].op], _joined(rest))
    return _joined([*scalars, e])


def _split(factors: list[Expr]) -> tuple[list[Expr], list[Expr]]:
    """The scalars that a product begins with, and the rest."""
    at = next((k for k, f in enumerate(factors) if f.type.kind != "s"), len(factors) - 1)
    return factors[:at], factors[at:]


def _product(node: Call) -> Expr:
    """A product in which a basis that lies meets vec(A), or a Kronecker product with a vector."""
    factors = _factors(node)
    for k in range(len(factors) - 1):
        found = _basis(factors[k])
        if found is None or not found[1]:
            continue
        pair = _read(found[0], factors[k + 1])
        if pair:
            return _joined([*factors[:k], *pair, *factors[k + 2 :]])
    return node


def _read(basis: Call, e: Expr) -> list[Expr]:
    if not isinstance(e, Call):
        return []
    if basis.op is ELIMINATION and e.op is _VEC:
        return [call(VECH, e.args[0])]
    if e.op is not _KRON or len(e.args) != 2 or e.args[0].type.kind != "v":
        return []
    b, u = e.args
    if basis.op is ELIMINATION and u.type.kind == "v":
        return [call(VECH, call(_MUL, u, call(_TRANSPOSE, b)))]
    how = _structure(basis)
    if not how.of_vector:
        return []
    made = MADE[basis.op]
    if made is MADE[BASES[-1]] and u.type.kind == "v":
        return [call(CROSS_PRODUCT, b, u)]
    matrix = call(_TRANSPOSE, call(made, b)) if how.turned else call(made, b)
    return [matrix] if isinstance(u, Call) and u.op is basic.EYE else [matrix, u]


__all__ = ["STRUCTURES", "with_structures"]
