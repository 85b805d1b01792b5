"""The stable spelling of a tensor: the same number, written so that nothing overflows or loses its digits on the way.

1 - sigmoid(u)                       sigmoid(-u)
1 - tanh(u)^2                        4*s*(1 - s), where s = sigmoid(-2*abs(u))
log(exp(a) + exp(b))                 logaddexp(a, b); and exp(a)/(exp(a) + exp(b)) is sigmoid(a - b); more such in `stable_logs`
exp(v) and sum(exp(v)), of which     softmax(v) and 1
the result sees only ratios
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from gradproof.engine.applied import apply
from gradproof.engine.contract import add, contract, scale
from gradproof.engine.distances import centred
from gradproof.engine.lower import number_of
from gradproof.engine.replace import rebuild
from gradproof.engine.spreading import body
from gradproof.engine.stable_logs import (
    COSH,
    SIGMOID,
    SINH,
    TANH,
    Exponential,
    Parts,
    distributed,
    exponentials,
    joined_powers,
    log_of,
    log_of_sum,
)
from gradproof.engine.tensor import (
    Apply,
    Contraction,
    Length,
    Stacking,
    Sum,
    Tensor,
    Variable,
    fold_tensor,
    stacking,
    walk_tensor,
)
from gradproof.ops import TABLE, Operation
from gradproof.ops.basic import ABS, EXP, LOG

_SPELLED = frozenset({EXP, LOG, COSH, SINH, SIGMOID, TANH})  # without them nothing is spelled in another way
SOFTMAX, LOGSUMEXP = TABLE["softmax"], TABLE["logsumexp"]


def stabilised(t: Tensor, dear: bool = False) -> Tensor:
    """The tensor in its stable spelling. `dear`: also where that takes much longer, and is not divided by what is as small: 1 - tanh(u)^2."""
    t = centred(t)
    if t.within.isdisjoint(_SPELLED):
        return t
    dear = dear or _divided_by(t, TANH)
    for v in dict.fromkeys(_normalised_by(t)):
        t = _of_ratios(t, v, dear)
    if not any(_tells(node) for node in walk_tensor(t)):
        return t
    if any(distributed(node) is not node for node in walk_tensor(t)):
        t = fold_tensor(t, lambda node, args: distributed(rebuild(node, args)))
    alone = _entrywise(t)
    return fold_tensor(t, lambda node, args: _better(node, args, dear or node in alone))


def _tells(node: Tensor) -> bool:
    """Whether a node may be spelled in another way."""
    if isinstance(node, Sum):
        return _complement(node, True) is not None or bool(exponentials(node))
    if isinstance(node, Contraction):
        return joined_powers(node.factors) is not None
    return isinstance(node, Apply) and (
        node.op in (COSH, SINH) or (node.op is LOG and log_of(node.args[0]) is not None)
    )


def _entrywise(t: Tensor) -> set[Tensor]:
    """The parts of a result each of whose entries is a factor or a term of one entry of the result: there small numbers count."""
    found: set[Tensor] = set()
    open_ = [t]
    while open_:
        node = open_.pop()
        if node in found:
            continue
        found.add(node)
        if isinstance(node, Sum):
            open_ += [b for _, b in node.terms]
        elif isinstance(node, Contraction) and not node.summed:
            open_ += [f for f, _, _ in node.factors]
    return found


def _divided_by(t: Tensor, op: Operation) -> bool:
    """Whether something is divided by a sum with such a function in it, such as 1 + tanh(u), which may be near zero."""
    below = {f for n in walk_tensor(t) if isinstance(n, Contraction) for f, _, e in n.factors if e < 0}
    return any(isinstance(f, Sum) and any(_is(n, op) for n in walk_tensor(f)) for f in below)


def _is(t: Tensor, op: Operation) -> bool:
    return isinstance(t, Apply) and t.op is op


def total_of_exponentials(t: Tensor) -> Tensor | None:
    """Z for the sum of all entries of exp(Z), each entry once."""
    if not isinstance(t, Contraction) or t.order or t.coefficient != 1 or len(t.factors) != 1:
        return None
    f, indices, e = t.factors[0]
    whole = isinstance(f, Apply) and f.op is EXP and e == 1 and 0 < len(indices) == len(set(indices))
    return f.args[0] if whole and isinstance(f, Apply) else None


def _better(node: Tensor, args: list[Tensor], dear: bool) -> Tensor:
    """A node on stable children, in its stable spelling."""
    if isinstance(node, Apply) and node.op is LOG:
        for inner in (node.args[0], args[0]):
            if (found := log_of(inner)) is not None:
                return found
    if isinstance(node, Sum) and (found := _complement(node, dear)) is not None:
        return found
    if isinstance(node, Contraction):
        return _product(node, args)
    return rebuild(node, args)


def _complement(t: Sum, dear: bool) -> Tensor | None:
    """c*sigmoid(-u) for c - c*sigmoid(u), and 2*c*sigmoid(-2*u) for c - c*tanh(u)."""
    if len(t.terms) != 2:
        return None
    for (c, one), (e, two) in (t.terms, t.terms[::-1]):
        number = number_of(one)
        if number is not None and isinstance(two, Apply) and two.op is SIGMOID and c * number == -e:
            return scale(-e, apply(SIGMOID, (scale(-1, two.args[0]),)))
        if number is not None and isinstance(two, Apply) and two.op is TANH and c * number == abs(e):
            return scale(2 * abs(e), apply(SIGMOID, (scale(2 if e > 0 else -2, two.args[0]),)))
        u = _squared_tanh(two) if dear else None
        if number is not None and u is not None and c * number == -e:
            small = apply(SIGMOID, (scale(-2, apply(ABS, (u,))),))  # 4 s (1 - s), where s is at most 1/2
            rest = add([(1, one if number == 1 else scale(1 / number, one)), (-1, small)], u.axes)
            return contract(-4 * e, [(f, tuple(range(u.order)), 1) for f in (small, rest)], tuple(range(u.order)))
    return None


def _squared_tanh(t: Tensor) -> Tensor | None:
    """The u of tanh(u)^2, entry by entry."""
    if not isinstance(t, Contraction) or t.coefficient != 1 or len(t.factors) != 1:
        return None
    ((f, indices, e),) = t.factors
    plain = isinstance(f, Apply) and f.op is TANH and e == 2 and indices == t.out == tuple(range(t.order))
    return f.args[0] if plain and isinstance(f, Apply) else None


# -- shares of a sum of exponentials


def _product(node: Contraction, args: Sequence[Tensor]) -> Tensor:
    """A product on stable children."""
    factors = list(node.factors)
    new = [(t, i, e) for t, (_, i, e) in zip(args, factors, strict=True)]
    dims = {i: node.dims[i] for i in node.out}
    if (parts := _shares(factors, new)) is not None:
        return contract(node.coefficient, parts, node.out, dims)
    if (parts := joined_powers(factors)) is not None:
        stable = dict(zip([f for f, _, _ in factors], args, strict=True))
        return contract(node.coefficient, [(stable.get(f, f), i, e) for f, i, e in parts], node.out, dims)
    return rebuild(node, args)


def _shares(factors: Parts, new: Parts) -> Parts | None:
    """Factors in which exp(u) is divided by a sum of exponentials that it is part of, with its share in the sum; None where there is none."""
    for k, (s, indices, e) in enumerate(factors):
        terms = exponentials(s) if e < 0 else ()
        for j, (f, where, power) in enumerate(factors):
            if not terms or power <= 0 or where != indices or not isinstance(f, Apply) or f.op is not EXP:
                continue
            own = next((x for x in terms if x.of is f.args[0]), None)
            if own is not None:
                times = min(power, -e)
                new[k], new[j] = (new[k][0], indices, e + times), (new[j][0], where, power - times)
                rest = [x for x in new if x[2] != 0]
                share = _share(own, [x for x in terms if x is not own])
                return [*rest, (share, indices, times)]
    return None


def _share(own: Exponential, others: Sequence[Exponential]) -> Tensor:
    """exp(u) over the sum of c*exp(u) and of the others' exponentials."""
    share = apply(SIGMOID, (add([(1, own.log), (-1, log_of_sum(others))], own.log.axes),))
    return scale(1 / own.times, share)


# -- ratios of exponentials


def _normalised_by(t: Tensor) -> list[Tensor]:
    """The v of all sum(exp(v)) that something is divided by."""
    return [
        v
        for node in walk_tensor(t)
        if isinstance(node, Contraction)
        for f, _, e in node.factors
        if e < 0 and (v := total_of_exponentials(f)) is not None
    ]


def _of_ratios(t: Tensor, v: Tensor, dear: bool) -> Tensor:
    """The tensor with softmax(v) for exp(v), and 1 for its sum, where it does not change when exp(v) is multiplied by a number.

    exp(v + w) is softmax(v)*exp(w) then: where v is so large that its sum with w has lost w, nothing is lost.
    """
    if _degree(t, v) != 0 or not (v.order == 1 or (v.order == 2 and (dear or _apart(t, v) or _joined(t, v)))):
        return t
    softmax = apply(SOFTMAX, (v,)) if v.order == 1 else _stacked_softmax(v) if dear or _joined(t, v) else _softmax(v)

    def visit(node: Tensor, args: list[Tensor]) -> Tensor:
        power = _share_of(v, node.args[0]) if isinstance(node, Apply) and node.op is EXP else 0
        if power:
            rest = apply(EXP, (add([(1, args[0]), (-power, v)], v.axes),))
            both = [(f, tuple(range(v.order)), e) for f, e in ((softmax, power), (rest, 1))]
            return contract(1, both, tuple(range(v.order)))
        if total_of_exponentials(node) is v:
            return contract(1, (), ())
        return rebuild(node, args)

    return fold_tensor(t, visit)


def _share_of(v: Tensor, u: Tensor) -> Fraction:
    """How many times u has the terms of v in it, the same number of times each: 2 for v = a + b and u = 2*a + 2*b + c."""
    if v.axes != u.axes:
        return Fraction(0)
    terms, own = dict(_weighted(u)), _weighted(v)
    times = {terms.get(t, Fraction(0)) / c for t, c in own}
    return times.pop() if len(times) == 1 else Fraction(0)


def _weighted(t: Tensor) -> list[tuple[Tensor, Fraction]]:
    """The terms of a sum, each with its number; of any other tensor, itself."""
    if isinstance(t, Sum):
        return [(b, c) for c, b in t.terms]
    number = t.coefficient if isinstance(t, Contraction) else Fraction(1)
    return [(body(t, t.axes), number)] if number else []


def _softmax(v: Tensor) -> Tensor:
    """exp(v - logsumexp(v)) of a matrix."""
    total = contract(1, [(apply(LOGSUMEXP, (v,)), (), 1)], tuple(range(v.order)), dict(enumerate(v.axes)))
    return apply(EXP, (add([(1, v), (-1, total)], v.axes),))


def _joined(t: Tensor, v: Tensor) -> bool:
    """Whether exp(v) is part of another exponential: exp(v + w)."""
    inside = (n.args[0] for n in walk_tensor(t) if isinstance(n, Apply) and n.op is EXP)
    return any(u is not v and _share_of(v, u) for u in inside)


def _stacked_softmax(v: Tensor) -> Tensor:
    """The same by that of the matrix as one vector, which no other exponential is joined with."""
    joint, rows = stacking(v.axes), range(1, v.order + 1)
    vector = contract(1, [(joint, (0, *rows), 1), (v, tuple(rows), 1)], (0,))
    return contract(1, [(joint, (0, *rows), 1), (apply(SOFTMAX, (vector,)), (0,), 1)], tuple(rows))


def _apart(t: Tensor, v: Tensor) -> bool:
    """Whether exp(v) stands where its sum does not divide it: elsewhere it becomes a softmax when the product is made."""
    for node in walk_tensor(t):
        inside = [f for f, _, _ in node.factors] if isinstance(node, Contraction) else getattr(node, "args", ())
        if isinstance(node, Sum):
            inside = [f for _, f in node.terms]
        exponentials = any(isinstance(f, Apply) and f.op is EXP and f.args[0] is v for f in inside)
        if (
            exponentials
            and total_of_exponentials(node) is not v
            and not any(total_of_exponentials(f) is v for f in inside)
        ):
            return True
    return False


def _degree(t: Tensor, v: Tensor) -> Fraction | None:
    """The power of c by which the tensor is multiplied when exp(v) is multiplied by c; None where there is none."""

    def visit(node: Tensor, degrees: list[Fraction | None]) -> Fraction | None:
        match node:
            case Apply(op=op, args=args) if op is EXP and (power := _share_of(v, args[0])):
                return power if degrees[0] == 0 else None
            case Contraction(factors=factors):
                return _total(
                    [None if d is None else d * Fraction(e) for d, (_, _, e) in zip(degrees, factors, strict=True)]
                )
            case Sum():
                return degrees[0] if len(set(degrees)) == 1 else None if degrees else Fraction(0)
            case Variable() | Length() | Stacking():
                return Fraction(0)
        return Fraction(0) if all(d == 0 for d in degrees) else None

    return fold_tensor(t, visit)


def _total(degrees: list[Fraction | None]) -> Fraction | None:
    total = Fraction(0)
    for d in degrees:
        if d is None:
            return None
        total += d
    return total
