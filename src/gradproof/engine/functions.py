"""Products of functions of one matrix: they commute, so that they stand in one order; powers and exponentials are joined. A function of a diagonal matrix is one of its entries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import combinations

from gradproof.engine.applied import apply
from gradproof.engine.contract import add, constant, contract, permute, symmetry
from gradproof.engine.factors import bare
from gradproof.engine.linear import commutes
from gradproof.engine.lower import number_of
from gradproof.engine.subproduct import found_at
from gradproof.engine.tensor import Apply, Contraction, Factor, Tensor
from gradproof.engine.whole_powers import stays_power, whole_power
from gradproof.ops import TABLE, Operation, basic
from gradproof.ops.operation import Primary
from gradproof.shapes.dims import Dim

INV = basic.INV
POWERS = {op.meaning.power: op for op in TABLE.values() if isinstance(op.meaning, Primary) and op.meaning.power}
SIGN = next(op for op in TABLE.values() if isinstance(op.meaning, Primary) and op.meaning.derivative == "0*X")
WHOLE = next(op for op in TABLE.values() if isinstance(op.meaning, Primary) and op.meaning.written)
EACH = {op.meaning.entrywise: op for op in TABLE.values() if isinstance(op.meaning, Primary)}
QUOTIENTS = {(EACH["sinh"], EACH["cosh"]): EACH["tanh"]}
ROOT, POWER = POWERS["1/2"], POWERS["a"]
WRITTEN_OUT = 4  # powm(X, 4) is X^4, up to this many


# -- two that stand side by side


def met(coefficient: Fraction, factors: list[Factor], out: tuple[int, ...], dims: Mapping[int, Dim]) -> Tensor | None:
    """expm(t*A)*expm(s*A) is expm((t + s)*A), X*inv(sqrtm(X)) is sqrtm(X), f(X)*X is X*f(X)."""
    for f, base, ends in _beside_their_arguments(factors, out):
        joined = _joined(f[0], _argument(f[0]))
        if joined is not None:
            rest = [g for g in factors if g is not f and not any(g is b for b in base)]
            return contract(coefficient, [*rest, (joined, ends, 1)], out, {i: dims[i] for i in out})
    for left, right, middle in _neighbours(factors, out):
        first, last = _other(left, middle), _other(right, middle)
        joined = _joined(left[0], right[0])
        if joined is not None:
            new: list[Factor] = [(joined, (first, last), 1)]
        elif first != last and _exchanged(left[0], right[0]) and not _turns(left, right, factors, out):
            new = [(right[0], (first, middle), 1), (left[0], (middle, last), 1)]
        else:
            continue
        rest = [f for f in factors if f is not left and f is not right]
        return contract(coefficient, [*rest, *new], out, {i: dims[i] for i in out})
    return None


def _argument(t: Tensor) -> Tensor:
    """The matrix of which one is a function, or the inverse of one."""
    assert isinstance(t, Apply)
    return _argument(t.args[0]) if t.op is INV and isinstance(t.args[0], Apply) else t.args[0]


def _beside_their_arguments(
    factors: list[Factor], out: tuple[int, ...]
) -> Iterator[tuple[Factor, list[Factor], tuple[int, int]]]:
    """Functions of a product that stand beside it, flat among other factors: X'*X*inv(sqrtm(X'*X))."""
    for f in factors:
        if f[2] == 1 and len(f[1]) == 2 and f[1][0] != f[1][1] and _core(f[0]):
            base = _argument(f[0])
            for axis in (0, 1) if isinstance(base, Contraction) else ():
                found = found_at(base, 1 - axis, f[1][axis], [f], factors, out)
                if found is not None:
                    ends = (f[1][0], found[1]) if axis else (found[1], f[1][1])
                    yield f, found[0], ends


def _neighbours(factors: list[Factor], out: tuple[int, ...]) -> Iterator[tuple[Factor, Factor, int]]:
    """Pairs of square matrices that are multiplied, one of them a function of a matrix: left, right, and the index between them."""
    matrices = [
        f for f in factors if len(f[1]) == 2 and f[2] == 1 and f[1][0] != f[1][1] and f[0].axes[0] is f[0].axes[1]
    ]
    for f, g in combinations(matrices, 2):
        if not (_core(f[0]) or _core(g[0])):
            continue
        for middle in set(f[1]) & set(g[1]) - set(out):
            if sum(middle in h[1] for h in factors) == 2:
                ways = [(f, g)] if True in _ends(f, middle) and False in _ends(g, middle) else []
                ways += [(g, f)] if True in _ends(g, middle) and False in _ends(f, middle) else []
                if ways:  # two of two symmetric matrices, which are read from where the product begins
                    yield *min(ways, key=lambda way: _begins(way, middle, factors, out)), middle


def _ends(f: Factor, middle: int) -> tuple[bool, ...]:
    """Whether a matrix has an index at its end; both for a symmetric one."""
    return (True, False) if symmetry(f[0]) == 1 else (f[1][1] == middle,)


def _begins(
    way: tuple[Factor, Factor], middle: int, factors: list[Factor], out: tuple[int, ...]
) -> tuple[int, list[int]]:
    """Where a product begins: at the first index of the result, else at what it meets there."""
    first = _other(way[0], middle)
    met = sorted(h[0].key for h in factors if first in h[1] and h not in way)
    return out.index(first) if first in out else len(out), met


def _other(f: Factor, middle: int) -> int:
    return f[1][0] if f[1][1] == middle else f[1][1]


def _turns(left: Factor, right: Factor, factors: list[Factor], out: tuple[int, ...]) -> bool:
    """Whether two matrices stand in a trace whose others commute with one of them, so that it could be moved round and round."""
    reached, ring, grown = set(left[1]), [left], True
    while grown:
        grown = [f for f in factors if f not in ring and not reached.isdisjoint(f[1])]
        ring += grown
        reached.update(i for f in grown for i in f[1])
    if any(len(f[1]) != 2 for f in ring) or not reached.isdisjoint(out):
        return False
    return any(all(f is x or commutes(f[0], x[0]) for f in ring) for x in (left, right))


def _core(t: Tensor) -> bool:
    """Whether a matrix is a function of a matrix, or the inverse of one."""
    return isinstance(t, Apply) and (
        isinstance(t.op.meaning, Primary) or (t.op is INV and isinstance(t.args[0], Apply) and _core(t.args[0]))
    )


def _exchanged(one: Tensor, other: Tensor) -> bool:
    """Whether two matrices commute, and stand the other way round."""
    return _place(one) > _place(other) and commutes(one, other)


def _place(t: Tensor) -> tuple[int, int]:
    """Where a matrix stands among those that commute: the matrix itself, functions of it, inverses; then by their keys."""
    return 2 * (isinstance(t, Apply) and t.op is INV) or int(_core(t)), t.key


def _joined(one: Tensor, other: Tensor) -> Tensor | None:
    if isinstance(one, Apply) and isinstance(other, Apply) and _adds(one) and one.op is other.op:
        first, second = one.args[0], other.args[0]
        return apply(one.op, (add([(1, first), (1, second)], one.axes),)) if commutes(first, second) else None
    if one is other and isinstance(one, Apply) and one.op is SIGN:
        return contract(1, (), (0, 0), {0: one.axes[0]})
    tangent = _quotient(one, other) or _quotient(other, one)
    if tangent is not None:
        return tangent
    (a, p), (b, q) = _power(one), _power(other)
    if a is not b:
        return None
    total = add([(1, p), (1, q)], ())
    number = _number(total)
    if number is None:
        whole = WHOLE in (_op(one), _op(other)) and not any(isinstance(x, Apply) and x.op is INV for x in (one, other))
        return (
            apply(POWER, (a, total)) if POWER in (_op(one), _op(other)) else apply(WHOLE, (a, total)) if whole else None
        )
    if WHOLE in (_op(one), _op(other)) and number.denominator == 1:
        return whole_power(a if number >= 0 else apply(INV, (a,)), abs(int(number)))
    plain = number in (0, 1, -1, Fraction(1, 2), Fraction(-1, 2))
    return raised(a, number) if plain or POWER in (_op(one), _op(other)) else None


def _quotient(one: Tensor, other: Tensor) -> Tensor | None:
    """sinhm(X)*inv(coshm(X)) is tanhm(X)."""
    below = other.args[0] if isinstance(other, Apply) and other.op is INV else None
    if not isinstance(one, Apply) or not isinstance(below, Apply) or one.args != below.args:
        return None
    found = QUOTIENTS.get((one.op, below.op))
    return None if found is None else apply(found, one.args)


def _adds(t: Tensor) -> bool:
    return isinstance(t, Apply) and isinstance(t.op.meaning, Primary) and t.op.meaning.adds


def _op(t: Tensor) -> Operation | None:
    if isinstance(t, Apply):
        return _op(t.args[0]) if t.op is INV else t.op
    return None


def _number(t: Tensor) -> Fraction | None:
    return Fraction(0) if t is constant(0) else number_of(t)


def _power(t: Tensor) -> tuple[Tensor, Tensor]:
    """A matrix as a power of another: the base, and the exponent."""
    if isinstance(t, Apply):
        if t.op is ROOT:
            return t.args[0], constant(Fraction(1, 2))
        if t.op is POWER or t.op is WHOLE:
            return t.args[0], t.args[1]
        if t.op is INV:
            base, e = _power(t.args[0])
            return base, contract(-1, [(e, (), 1)], ())
    return t, constant(1)


def raised(x: Tensor, e: Fraction) -> Tensor:
    """A power of a matrix, as it is written."""
    if e < 0 and (e.denominator <= 2 and -e < 1 or e.denominator == 1):
        return apply(INV, (raised(x, -e),))
    if e == Fraction(1, 2):
        return apply(ROOT, (x,))
    if e.denominator > 1 or e > WRITTEN_OUT:
        return apply(POWER, (x, constant(e)))
    found = contract(1, (), (0, 0), {0: x.axes[0]})
    for _ in range(int(e)):
        found = contract(1, [(found, (0, 1), 1), (x, (1, 2), 1)], (0, 2))
    return found


# -- of matrices with a form


def applied(op: Operation, args: tuple[Tensor, ...]) -> Tensor | None:
    """A function of a diagonal matrix, entry by entry; powm(X, 2) as X^2; the inverse of an exponential."""
    if op is INV and _adds(args[0]) and isinstance(args[0], Apply):
        return apply(args[0].op, (contract(-1, [(args[0].args[0], (0, 1), 1)], (0, 1)),))
    if not isinstance(op.meaning, Primary):
        return None
    if op is POWER and (e := _number(args[1])) is not None and (e.denominator == 1 or abs(e) == Fraction(1, 2)):
        return raised(args[0], e) if abs(e) <= WRITTEN_OUT else None
    x, places = bare(args[0])
    if x is not args[0]:  # of the transpose: its own transpose
        return permute(apply(op, (x, *args[1:])), places)
    if op is WHOLE and (e := _number(args[1])) is not None and e.denominator == 1 and e >= 0:
        plain = not isinstance(x, Contraction) or x.coefficient == 1
        return None if plain and stays_power(x, int(e)) else whole_power(x, int(e))
    if op.meaning.entrywise and isinstance(x, Contraction) and x.order == 2 and x.out[0] == x.out[1]:
        d = contract(x.coefficient, x.factors, x.out[:1], {x.out[0]: x.axes[0]})
        power = Fraction(op.meaning.power or 1)
        entries = (
            contract(1, [(d, (0,), power)], (0,)) if op.meaning.power else apply(TABLE[op.meaning.entrywise], (d,))
        )
        return contract(1, [(entries, (0,), 1)], (0, 0))
    if op.meaning.adds and x is contract(0, (), (0, 1), dict(enumerate(x.axes))):
        return contract(1, (), (0, 0), {0: x.axes[0]})
    return None
