"""The differential of sums, traces and functions of rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from gradproof.explain.atoms import DIAG, HADAMARD, MUL, SUB, ones
from gradproof.explain.context import Plan
from gradproof.explain.spectral import as_trace, log_softmax_rows
from gradproof.lift.rows import SOFTMAX_ROWS
from gradproof.notation.expr import Call, Expr, call
from gradproof.ops.operation import Primary


class Mover(Protocol):
    """What takes the differential of a formula: the part that is asked for here."""

    def varies(self, e: Expr) -> bool: ...
    def linear(self, e: Call) -> Plan: ...
    def rewrite(self, other: Expr, rule: str = "rewrite") -> Plan: ...
    def use(self, rule: str, sub: Expr, formula: Callable[[Expr], Expr], **parts: Expr) -> Plan: ...
    def apply(self, rule: str, sub: Expr, hole_name: str, **parts: Expr) -> Plan: ...
    def sum_of(
        self, rule: str, subs: Sequence[Expr], line: Callable[[Sequence[Expr]], Expr], **parts: Expr
    ) -> Plan: ...
    def template(self, text: str, where: tuple[tuple[str, str], ...], values: Mapping[str, Expr]) -> Expr: ...


def total(m: Mover, e: Call) -> Plan:
    """The sum of entries; of functions of eigenvalues it is a trace."""
    split = log_softmax_rows(e.args[0], m.varies)
    if split is not None:
        return m.rewrite(split, "log-softmax")
    other = as_trace(e)
    return m.linear(e) if other is None else m.rewrite(other, "eigenvalue-sum")


def trace(m: Mover, e: Call) -> Plan:
    """The trace; that of a matrix function moves as its derivative says."""
    f = e.args[0]
    if not (isinstance(f, Call) and isinstance(f.op.meaning, Primary) and len(f.args) == 1 and m.varies(f)):
        return m.linear(e)
    (u,) = f.args
    where = (("X", "matrix n n"), ("Y", "matrix n n"))
    slope = m.template(f.op.meaning.derivative, where, {"X": u, "Y": f})
    return m.apply("differential-trace-function", u, "dU", slope=slope, U=u)


def softmax_rows(m: Mover, e: Call) -> Plan:
    """dP = P ⊙ dU - diag((P ⊙ dU) 1) P."""
    (u,) = e.args
    one = ones(u.type.dims[1])

    def line(d: Expr) -> Expr:
        moved = call(HADAMARD, e, d)
        return call(SUB, moved, call(MUL, call(DIAG, call(MUL, moved, one)), e))

    return m.use("differential-softmax-rows", u, line, U=u)


def log_sum_exp_rows(m: Mover, e: Call) -> Plan:
    """dℓ = (P ⊙ dU) 1."""
    (u,) = e.args
    one, rows = ones(u.type.dims[1]), call(SOFTMAX_ROWS, u)
    return m.use("differential-logsumexp-rows", u, lambda d: call(MUL, call(HADAMARD, rows, d), one), U=u)


__all__ = ["log_sum_exp_rows", "softmax_rows", "total", "trace"]
