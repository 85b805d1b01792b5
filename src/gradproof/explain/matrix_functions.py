"""The differentials of functions of matrices: d f(U) = L(U, dU), and one direction more."""

from __future__ import annotations

from collections.abc import Sequence

from gradproof.engine.linear import along
from gradproof.explain.atoms import (
    MUL,
)
from gradproof.explain.context import (
    Plan,
    signed,
)
from gradproof.explain.reduced import Mover
from gradproof.explain.steps import NoDerivation
from gradproof.notation.expr import Call, Expr, call
from gradproof.ops import TABLE
from gradproof.ops.operation import (
    Frechet,
    Primary,
)
from gradproof.say import say


def matrix_function(m: Mover, e: Call) -> Plan:
    """d f(U) = L(U, dU)."""
    assert isinstance(e.op.meaning, Primary)
    u, *given = e.args
    places = [k for k, a in enumerate(e.args) if m.varies(a)]
    if 1 in places and not e.op.meaning.parameter:
        raise NoDerivation(say("{op} with a varying exponent", op=e.op.name))

    def line(ds: Sequence[Expr]) -> Expr:
        terms = []
        for k, d in zip(places, ds, strict=True):
            if k == 0:
                terms.append((1, call(along(e.op), u, *given, d)))
            else:
                where = (("X", "matrix n n"), ("Y", "matrix n n"), ("a", "scalar"))
                assert isinstance(e.op.meaning, Primary)
                slope = m.template(e.op.meaning.parameter, where, {"X": u, "Y": e, "a": given[0]})
                terms.append((1, call(MUL, d, slope)))
        return signed(terms)

    return m.sum_of("differential-matrix-function", [e.args[k] for k in places], line, U=u)


def frechet(m: Mover, e: Call) -> Plan:
    """A Fréchet derivative: another direction for the argument, and linear in the directions that there are."""
    assert isinstance(e.op.meaning, Frechet)
    count = TABLE[e.op.meaning.of].arity
    if any(m.varies(a) for a in e.args[1:count]):
        raise NoDerivation(say("{op} with a varying exponent", op=e.op.name))
    places = [k for k, a in enumerate(e.args) if m.varies(a)]

    def line(ds: Sequence[Expr]) -> Expr:
        found = []
        for k, d in zip(places, ds, strict=True):
            moved = (*e.args, d) if k == 0 else (*e.args[:k], d, *e.args[k + 1 :])
            found.append((1, call(e.op, *moved)))
        return signed(found)

    return m.sum_of("differential-frechet", [e.args[k] for k in places], line, U=e.args[0])
