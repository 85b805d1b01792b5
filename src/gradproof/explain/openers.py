"""One operation each: what stands around its argument under a trace, tr(W f(N)) = tr(W' N).

Each opener gives the rule that is used (none where nothing moves), and each part that holds dX with what stands around it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gradproof.explain.algebra import Tidier
from gradproof.explain.atoms import (
    DIAG,
    DIV,
    ELDIV,
    EYE,
    HADAMARD,
    MUL,
    NEG,
    SUB,
    TRANSPOSE,
    eye,
    is_ones,
    made_of,
    ones,
    turned,
)
from gradproof.explain.context import column, turned_product
from gradproof.explain.factors import Product
from gradproof.explain.rules import tr
from gradproof.explain.steps import NoDerivation
from gradproof.notation.expr import Call, Expr, call, number
from gradproof.ops import Operation, basic
from gradproof.ops.operation import Frechet, Linear
from gradproof.records import dataclass
from gradproof.say import say
from gradproof.shapes.dims import Dim

Handed = tuple[
    str, list[tuple[Expr, Expr]]
]  # the rule (or "" where nothing moves), and each inner part with what stands around it


@dataclass(frozen=True, slots=True)
class Under:
    """What an opener may ask: what holds dX, and dX itself."""

    tidier: Tidier
    dx: Expr
    holds: Mapping[Expr, bool]

    def const(self, e: Expr) -> bool:
        """Whether a part doesn't hold dX."""
        return not self.holds[e]


def meet(w: Expr, c: Expr) -> Expr:
    """The number tr(W C)."""
    if c.type.kind == "r":
        return call(MUL, c, w)
    return tr(call(MUL, w, c))


def _sum(m: Under, e: Call, w: Expr) -> Handed:
    handed = []
    for k, a in enumerate(e.args):
        if m.const(a):
            continue
        inner = w if a.type == e.type else meet(w, _all_ones(e))
        handed.append((a, call(NEG, inner) if e.op is NEG or (k and e.op is SUB) else inner))
    return "", handed


def _product(m: Under, e: Call, w: Expr) -> Handed:
    a, b = e.args
    if m.const(a):
        if b.type.kind == "s":
            return "trace-nested" if a.type.kind != "s" else "", [(b, meet(w, a))]
        return "", [(b, call(MUL, w, a))]
    if not m.const(b):
        raise NoDerivation(say("a product of differentials"))
    if a.type.kind == "s":
        return "trace-nested" if b.type.kind != "s" else "", [(a, meet(w, b))]
    if b.type.kind == "s":
        return "", [(a, call(MUL, b, w))]
    rule = (
        ("trace-cyclic" if e.type.kind == "m" else _form(m))
        if a.type.kind == "m"
        else "trace-outer"
        if b.type.kind == "r"
        else _form(m)
    )
    return rule, [(a, call(MUL, b, w) if w.type.kind != "s" else call(MUL, w, b))]


def _form(m: Under) -> str:
    """A number a'Bc has to become a trace only where dX is a matrix."""
    return "trace-form" if m.dx.type.kind == "m" else ""


def _quotient(m: Under, e: Call, w: Expr) -> Handed:
    a, b = e.args
    if not m.const(b):
        raise NoDerivation(say("a quotient of differentials"))
    if b.type.kind == "s":
        return "", [(a, call(DIV, w, b))]
    if a.type.kind == "s":
        return "trace-nested", [(a, meet(w, call(ELDIV, number(1), b)))]
    return "trace-entrywise", [(a, _turned_together(m, ELDIV, w, b))]


def _entrywise(m: Under, e: Call, w: Expr) -> Handed:
    a, b = e.args if not m.const(e.args[0]) else e.args[::-1]
    if not m.const(b):
        raise NoDerivation(say("a product of differentials"))
    if a.type.kind == "s":
        return "trace-nested" if b.type.kind != "s" else "", [(a, meet(w, b))]
    if b.type.kind == "s":
        return "", [(a, call(MUL, b, w))]
    return "trace-entrywise", [(a, _turned_together(m, HADAMARD, w, b))]


def _turned_together(m: Under, op: Operation, w: Expr, b: Expr) -> Expr:
    """W ⊙ B', and W ⊘ B', as (W' ⊙ B)'."""
    if w.type.kind != "m":
        return call(op, w, call(TRANSPOSE, b))
    left = m.tidier.tidy(call(TRANSPOSE, w))
    p = m.tidier.product(left)
    before = m.tidier.formula(Product(chain=p.chain))
    q = m.tidier.product(b) if op is HADAMARD else Product(chain=(b,))
    b, factor = (
        m.tidier.formula(Product(chain=q.chain)),
        Product(p.coefficient * q.coefficient, p.scalars + q.scalars, (), p.below + q.below),
    )
    inner = b if op is HADAMARD and is_ones(before) else call(op, before, b)
    whole = call(TRANSPOSE, inner) if inner.args else turned(inner)
    for e in (inner, whole):
        m.tidier.known.setdefault(e, e)
    return m.tidier.multiply(m.tidier.formula(factor), whole)


def _transpose(m: Under, e: Call, w: Expr) -> Handed:
    return "trace-transpose" if e.type.kind == "m" else "trace-of-scalar", [(e.args[0], call(TRANSPOSE, w))]


def _trace(m: Under, e: Call, w: Expr) -> Handed:
    a = e.args[0]
    if a.type.kind == "s":
        return "", [(a, w)]
    return "", [(a, call(MUL, w, eye(a.type.dims[0])))]


def _total(m: Under, e: Call, w: Expr) -> Handed:
    a = e.args[0]
    if a.type.kind == "s":
        return "", [(a, w)]
    one = ones(*a.type.dims[::-1])
    return "trace-sum", [(a, call(MUL, w, call(TRANSPOSE, one) if a.type.kind == "v" else one))]


def _diagonal(m: Under, e: Call, w: Expr) -> Handed:
    a = e.args[0]
    if a.type.kind == "m":
        return "trace-diag", [(a, call(DIAG, call(TRANSPOSE, w)))]
    inner = call(DIAG, w)
    return "trace-diag", [(a, inner if a.type.kind == "r" else call(TRANSPOSE, inner))]


def _vec(m: Under, e: Call, w: Expr) -> Handed:
    a = e.args[0]
    return (
        "trace-vec" if a.type.kind == "m" else "",
        [(a, _matrix_of(m, w, a.type.dims) if a.type.kind == "m" else call(TRANSPOSE, w) if a.type.kind == "r" else w)],
    )


def _unvec(m: Under, e: Call, w: Expr) -> Handed:
    return "trace-vec", [(e.args[0], call(TRANSPOSE, call(VEC, call(TRANSPOSE, w))))]


def _matrix_of(m: Under, w: Expr, dims: tuple[Dim, ...]) -> Expr:
    """C' where W is vec(C)' for a C with these dimensions; for another row, C is unvec(W')."""
    parts = []
    for c, body in m.tidier.terms(m.tidier.tidy(w)):
        p = m.tidier.product(body)
        row = m.tidier.formula(Product(chain=p.chain))
        turned = turned_product(row) if len(p.chain) == 1 else m.tidier.tidy(call(TRANSPOSE, row))
        if isinstance(turned, Call) and turned.op is VEC:
            inner = call(TRANSPOSE, turned.args[0])
        elif isinstance(turned, Call) and turned.op is KRON and all(a.type.kind == "v" for a in turned.args):
            inner = call(MUL, turned.args[0], call(TRANSPOSE, turned.args[1]))
        elif turned.type.kind == "v":
            inner = call(TRANSPOSE, call(UNVEC, turned, params=dims))
        else:
            raise NoDerivation(say("vec or a Kronecker product under the trace"))
        parts.append(
            (
                c,
                m.tidier.multiply(
                    m.tidier.formula(Product(p.coefficient, p.scalars, (), p.below)), m.tidier.tidy(inner)
                ),
            )
        )
    return m.tidier.add(parts)


def _kronecker(m: Under, e: Call, w: Expr) -> Handed:
    a, b = e.args
    first = not m.const(a)
    if not m.const(b) and first:
        raise NoDerivation(say("a product of differentials"))
    if all(x.type.kind == "v" for x in e.args):  # kron(a, b) is vec(b*a')
        c = _matrix_of(m, w, (b.type.dims[0], a.type.dims[0]))  # tr(C' b a') = a' C' b
        return "trace-vec", [(a, call(TRANSPOSE, call(MUL, c, b))) if first else (b, call(MUL, call(TRANSPOSE, a), c))]
    if all(x.type.kind == "r" for x in e.args):
        columns = [column(x) for x in e.args]
        c = _matrix_of(m, call(TRANSPOSE, w), (columns[1].type.dims[0], columns[0].type.dims[0]))
        inner = call(MUL, c, columns[1]) if first else call(MUL, call(TRANSPOSE, c), columns[0])
        return "trace-vec", [(a if first else b, inner)]
    p = m.tidier.product(w)
    around = _kronecker_factors(p.chain[0], e) if len(p.chain) == 1 else None
    if around is None:
        return _blocks(e, w, first)
    near, far = around if first else around[::-1]
    inner, other = (a, b) if first else (b, a)
    scale = m.tidier.formula(Product(p.coefficient, p.scalars, (), p.below))
    return "trace-kron", [(inner, call(MUL, call(MUL, scale, tr(call(MUL, far, other))), near))]


def _blocks(e: Call, w: Expr, first: bool) -> Handed:
    """tr(W (A ⊗ B)), with the blocks of W summed: a matrix around A, or around B; of a column or a row the matrix that it is."""
    inner, other = e.args if first else e.args[::-1]
    if "s" in (inner.type.kind, other.type.kind, w.type.kind):
        raise NoDerivation(say("a Kronecker product under the trace"))
    one, near, far = _side(other, 1), _side(inner, 1), _side(inner, 0)
    left = None if one is None else call(TRANSPOSE, call(VEC, one))
    right = _stacked(other, turned=first)
    pairs = [(near, left), (w, one), (far, right)]
    whole = [e for e in (_kron_of(*(pair if first else pair[::-1])) for pair in pairs) if e is not None]
    product = whole[0]
    for f in whole[1:]:
        product = call(MUL, product, f)
    return "trace-blocks", [(inner, product)]


def _side(e: Expr, axis: int) -> Expr | None:
    """The identity as large as one side of a matrix; None for 1."""
    if e.type.kind in "vr":
        return eye(e.type.dims[0]) if (e.type.kind == "v") == (axis == 0) else None
    return eye(e.type.dims[axis])


def _stacked(e: Expr, turned: bool) -> Expr:
    """vec of a matrix, or of its transpose; of a column or a row the column."""
    if e.type.kind != "m":
        return column(e)
    return call(VEC, call(TRANSPOSE, e) if turned else e)


def _kron_of(a: Expr | None, b: Expr | None) -> Expr | None:
    return call(KRON, a, b) if a is not None and b is not None else a if b is None else b


def _kronecker_factors(w: Expr, e: Call) -> tuple[Expr, Expr] | None:
    """P and Q where W is P ⊗ Q, so that tr(W (A ⊗ B)) = tr(P A) tr(Q B)."""
    if made_of(w, EYE) and all(x.type.square for x in e.args):
        return eye(e.args[0].type.dims[0]), eye(e.args[1].type.dims[0])
    inner = w.args[0] if isinstance(w, Call) and w.op is TRANSPOSE else w
    if not isinstance(inner, Call) or inner.op is not KRON:
        return None
    left, right = inner.args if inner is w else [call(TRANSPOSE, x) for x in inner.args]
    fits = all(
        x.type.kind == y.type.kind == "m" and x.type.dims == y.type.dims[::-1]
        for x, y in ((left, e.args[0]), (right, e.args[1]))
    )
    return (left, right) if fits else None


def _all_ones(e: Expr) -> Expr:
    return call(TRANSPOSE, ones(*e.type.dims)) if e.type.kind == "r" else ones(*e.type.dims)


def _along(m: Under, e: Call, w: Expr) -> Handed:
    """tr(W L(X, E)) = tr(L(X, W) E)."""
    places = [k for k, a in enumerate(e.args) if not m.const(a)]
    if len(places) > 1 or not e.args[places[0]].type.kind == "m":
        raise NoDerivation(say("a product of differentials"))
    (k,) = places
    return "trace-frechet", [(e.args[k], call(e.op, *e.args[:k], _square(w, e), *e.args[k + 1 :]))]


def _linear(m: Under, e: Call, w: Expr) -> Handed:
    """tr(W L(E)) = tr(L*(W')' E), and L* is L at the transposed arguments."""
    *given, last = e.args
    if not all(m.const(a) for a in given):
        raise NoDerivation(say("a product of differentials"))
    adjoint = call(e.op, *[call(TRANSPOSE, a) for a in given], call(TRANSPOSE, _square(w, e)))
    return "trace-equation", [(last, call(TRANSPOSE, adjoint))]


def _square(w: Expr, e: Expr) -> Expr:
    """What stands around, as a matrix."""
    return call(MUL, w, eye(e.type.dims[0])) if w.type.kind == "s" else w


BY_MEANING: dict[type, Callable[[Under, Call, Expr], Handed]] = {Frechet: _along, Linear: _linear}
VEC, KRON, UNVEC = basic.VEC, basic.KRON, basic.UNVEC
OPENERS: dict[Operation, Callable[[Under, Call, Expr], Handed]] = {
    basic.ADD: _sum, basic.SUB: _sum, basic.NEG: _sum, basic.MUL: _product, basic.DIV: _quotient, basic.ELDIV: _quotient, basic.HADAMARD: _entrywise, basic.TRANSPOSE: _transpose,
    basic.TR: _trace, basic.SUM: _total, basic.DIAG: _diagonal, basic.VEC: _vec, basic.UNVEC: _unvec, basic.KRON: _kronecker,
}  # fmt: skip
