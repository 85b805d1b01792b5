"""Functions of one symmetric matrix under a trace, as functions of its eigenvalues."""

from __future__ import annotations

from gradproof.engine.applied import apply
from gradproof.engine.bounds import bounds, definite
from gradproof.engine.contract import add, constant, contract, symmetry
from gradproof.engine.lower import elementwise_derivatives, lower_call, number_of, plain
from gradproof.engine.replace import replace
from gradproof.engine.tensor import Apply, Contraction, Factor, Sum, Tensor, Variable, variable, walk_tensor
from gradproof.facts.basic import ABOVE_ZERO, NOT_NEGATIVE
from gradproof.ops import TABLE, Operation, basic
from gradproof.ops.operation import Primary
from gradproof.optimum.behaviour import on_numbers
from gradproof.records import dataclass


def _is_power(op: Operation) -> bool:
    """Whether a matrix function is a power whose exponent is given."""
    return isinstance(op.meaning, Primary) and op.meaning.power == "a"


def inside(t: Tensor) -> Tensor:
    """The matrix of which a tensor is a function."""
    while True:
        if isinstance(t, Apply) and (on_numbers(t.op) or _is_power(t.op)):
            t = t.args[0]
        elif (beside := _beside_identity(t)) is not None:
            t = beside
        else:
            return t


def _beside_identity(t: Tensor) -> Tensor | None:
    """The one function of a matrix in a sum with multiples of the identity; None where there is none."""
    others = [b for _, b in t.terms if not _identity(b)] if isinstance(t, Sum) else []
    fits = len(others) == 1 and isinstance(others[0], Apply) and (on_numbers(others[0].op) or _is_power(others[0].op))
    return others[0] if fits else None


def _identity(t: Tensor) -> bool:
    return isinstance(t, Contraction) and not t.factors and len(t.out) == 2 and t.out[0] == t.out[1]


def of_number(t: Tensor, z: Tensor, x: Variable) -> Tensor | None:
    """The function of a number that a function of a matrix is; None where it is none, or not defined for all numbers as x."""
    if t is z:
        return x
    if isinstance(t, Sum) and _beside_identity(t) is not None:
        parts = [
            (c, constant(b.coefficient) if isinstance(b, Contraction) and _identity(b) else of_number(b, z, x))
            for c, b in t.terms
        ]
        return add([(c, b) for c, b in parts if b is not None], ()) if all(b is not None for _, b in parts) else None
    if not isinstance(t, Apply) or not (on_numbers(t.op) or _is_power(t.op)):
        return None
    inner = of_number(t.args[0], z, x)
    if inner is None:
        return None
    if _is_power(t.op):
        p = number_of(t.args[1])
        return contract(1, [(inner, (), p)], ()) if p is not None and bounds(inner).positive else None
    twin = TABLE[on_numbers(t.op)]
    value = lower_call(twin, [plain(inner)]).tensor
    continued = t.op is basic.INV or value is _slope(inner)  # x*sign(x), which is abs(x) at zero, too
    if twin.domain is not None and not continued and not twin.domain.met(bounds(inner)):
        return None
    return value


def of_semidefinite(t: Tensor) -> bool:
    """Whether it is eigenvalues of a semidefinite matrix, which are not negative but by rounding."""
    return isinstance(t, Apply) and t.op.spectrum and definite(t.args[0]) > 0


@dataclass(frozen=True)
class SymmetricFunction:
    """A number as a function of all eigenvalues of a symmetric matrix that does not ask for their order."""

    function: Tensor
    eigenvalues: Variable
    matrix: Tensor


def symmetric_function(t: Tensor, moving: frozenset[Tensor]) -> SymmetricFunction | None:
    """The function that a number is of the eigenvalues of one symmetric matrix, where all that moves is in these; None where it is none."""
    lists = {n for n in walk_tensor(t) if isinstance(n, Apply) and n.op.spectrum and n.order == 1}
    if len(lists) != 1:
        return None
    (own,) = lists
    assert isinstance(own, Apply)
    z = own.args[0]
    if symmetry(z) != 1 or not isinstance(z.axes[0].name, str):
        return None
    least = definite(z)
    numbers = variable("\0l", own.axes, ABOVE_ZERO if least == 2 else NOT_NEGATIVE if least else frozenset())
    function = replace(t, {own: numbers})
    for n in walk_tensor(function):
        if n is numbers or not n.order:
            if n in moving:
                return None
            continue
        plain = isinstance(n, Contraction | Sum) or (isinstance(n, Apply) and n.op.elementwise)
        if not plain or n.axes != own.axes or (isinstance(n, Contraction) and _placed(n)):
            return None
    reduced = (n for n in walk_tensor(function) if isinstance(n, Apply) and not n.op.elementwise)
    known = all(len(n.args) == 1 and (n.op.among or not any(a.order for a in n.args)) for n in reduced)
    return SymmetricFunction(function, numbers, z) if known else None


def _placed(t: Contraction) -> bool:
    """Whether a product has more than one index: entries at other places may stand beside each other in it."""
    return len({i for _, own, _ in t.factors for i in own}) > 1


def with_absolute_value(t: Tensor, x: Variable) -> Tensor:
    """A product with x*sign(x) as abs(x)."""
    sign = _slope(x)
    if not isinstance(t, Contraction) or not {x, sign} <= {f for f, _, e in t.factors if e == 1}:
        return t
    rest = [f for f in t.factors if f[0] not in (x, sign) or f[2] != 1]
    return contract(t.coefficient, [*rest, (apply(basic.ABS, (x,)), (), 1)], ())


def _slope(x: Tensor) -> Tensor:
    """sign(x), the slope of abs(x)."""
    return elementwise_derivatives(basic.ABS, (x,), apply(basic.ABS, (x,)))[0]


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
