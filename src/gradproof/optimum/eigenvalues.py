"""Functions of one symmetric matrix under a trace, as functions of its eigenvalues."""

from __future__ import annotations

from gradproof.engine.bounds import bounds
from gradproof.engine.contract import contract
from gradproof.engine.lower import lower_call, number_of, plain
from gradproof.engine.tensor import Apply, Factor, Tensor, Variable
from gradproof.ops import TABLE, Operation, basic
from gradproof.ops.operation import Primary
from gradproof.optimum.behaviour import on_numbers


def _is_power(op: Operation) -> bool:
    """Whether a matrix function is a power whose exponent is given."""
    return isinstance(op.meaning, Primary) and op.meaning.power == "a"


def inside(t: Tensor) -> Tensor:
    """The matrix of which a tensor is a function."""
    while isinstance(t, Apply) and (on_numbers(t.op) or _is_power(t.op)):
        t = t.args[0]
    return t


def of_number(t: Tensor, z: Tensor, x: Variable) -> Tensor | None:
    """The function of a number that a function of a matrix is; None where it is none, or not defined for all numbers as x."""
    if t is z:
        return x
    if not isinstance(t, Apply) or not (on_numbers(t.op) or _is_power(t.op)):
        return None
    inner = of_number(t.args[0], z, x)
    if inner is None:
        return None
    if _is_power(t.op):
        p = number_of(t.args[1])
        return contract(1, [(inner, (), p)], ()) if p is not None and bounds(inner).positive else None
    twin = TABLE[on_numbers(t.op)]
    if twin.domain is not None and t.op is not basic.INV and not twin.domain.met(bounds(inner)):
        return None
    return lower_call(twin, [plain(inner)]).tensor


def even_power(f: Factor) -> bool:
    """Whether a power is smooth wherever it is defined."""
    t, _, e = f
    return (isinstance(e, int) and e > 0) or bounds(t).positive


def ring(factors: tuple[Factor, ...]) -> bool:
    """Whether matrices are multiplied in a ring: the trace of their product."""
    if any(len(own) != 2 or e != 1 for _, own, e in factors):
        return False
    if len(factors) == 1:
        return factors[0][1][0] == factors[0][1][1]
    ends = [i for _, own, _ in factors for i in own]
    if any(ends.count(i) != 2 for i in ends):
        return False
    seen, waiting = {0}, [0]
    while waiting:
        k = waiting.pop()
        for j, other in enumerate(factors):
            if j not in seen and set(other[1]) & set(factors[k][1]):
                seen.add(j)
                waiting.append(j)
    return len(seen) == len(factors)
