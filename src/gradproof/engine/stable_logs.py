"""Sums of exponentials by their logarithms, and logarithms of products: parts of a stable spelling.

log(2 + exp(u) + cosh(v))        the largest, and what the others add to it
exp(w)*sqrt(1 + exp(u))          exp(w + log(1 + exp(u))/2)
log(sinh(u)^2)                   2*log(cosh(u)) + 2*log(abs(tanh(u)))
cosh(u)^2/sinh(u)^3              1/(tanh(u)^2*sinh(u))
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from gradproof.engine.applied import apply
from gradproof.engine.bounds import nonnegative
from gradproof.engine.contract import add, constant, contract, scale
from gradproof.engine.lower import number_of
from gradproof.engine.spreading import spread
from gradproof.engine.tensor import Apply, Contraction, Exponent, Sum, Tensor
from gradproof.ops import TABLE
from gradproof.ops.basic import ABS, EXP, LOG
from gradproof.records import dataclass

SIGMOID, SOFTPLUS, RELU, COSH, SINH, TANH = (
    TABLE[name] for name in ("sigmoid", "softplus", "relu", "cosh", "sinh", "tanh")
)
MOST = 8  # terms of a sum that is taken apart

Part = tuple[Tensor, tuple[int, ...], Exponent]
Parts = list[Part]


@dataclass(frozen=True, slots=True)
class Exponential:
    """One term of a sum: exp(log). `of`: the u of c*exp(u), and `times` the c; None of other terms."""

    log: Tensor
    of: Tensor | None = None
    times: Fraction = Fraction(1)


def exponentials(t: Tensor) -> tuple[Exponential, ...]:
    """The terms of a sum of positive multiples of exponentials, of cosh and of positive numbers; none where a tensor is something else."""
    if not isinstance(t, Sum) or not 2 <= len(t.terms) <= MOST or not all(c > 0 for c, _ in t.terms):
        return ()
    found: list[Exponential] = []
    for c, b in t.terms:
        number = number_of(b)
        if number is not None and number > 0:
            found.append(Exponential(_log_of_number(c * number, t)))
        elif isinstance(b, Apply) and b.op is EXP:
            found.append(Exponential(_times(c, b.args[0]), b.args[0], c))
        elif isinstance(b, Apply) and b.op is COSH:
            found += [Exponential(_times(c / 2, scale(sign, b.args[0]))) for sign in (1, -1)]
        else:
            return ()
    return tuple(found) if any(e.of is not None or number_of(e.log) is None for e in found) else ()


def _log_of_number(c: Fraction, like: Tensor) -> Tensor:
    """log(c), as often as a tensor has entries."""
    return constant(0, like.axes) if c == 1 else spread(apply(LOG, (constant(c),)), like.axes)


def _times(c: Fraction, u: Tensor) -> Tensor:
    """u + log(c)."""
    return u if c == 1 else add([(1, u), (1, _log_of_number(c, u))], u.axes)


def log_of_sum(terms: Sequence[Exponential]) -> Tensor:
    """log(exp(u) + exp(v) + …): the largest, and what the others add to it."""
    total = terms[0].log
    for term in terms[1:]:
        apart = add([(1, term.log), (-1, total)], total.axes)
        less = scale(-1, apply(ABS, (apart,)))
        total = add([(1, total), (1, apply(RELU, (apart,))), (1, apply(SOFTPLUS, (less,)))], total.axes)
    return total


def log_of_cosh(u: Tensor) -> Tensor:
    """log(cosh(u)): |u| + log(1 + exp(-2|u|)) - log(2)."""
    size = apply(ABS, (u,))
    half = _log_of_number(Fraction(2), u)
    return add([(1, size), (1, apply(SOFTPLUS, (scale(-2, size),))), (-1, half)], u.axes)


def log_of(t: Tensor) -> Tensor | None:
    """The logarithm of a tensor in a stable spelling; None where LOG itself is one."""
    if isinstance(t, Apply) and t.op is COSH:
        return log_of_cosh(t.args[0])
    if terms := exponentials(t):
        return log_of_sum(terms)
    if not isinstance(t, Contraction) or t.summed or t.coefficient <= 0 or t.out != tuple(range(t.order)):
        return None
    if len(t.factors) > 1 and not any(
        _positive_log(f) or (isinstance(f, Apply) and f.op is SINH) for f, _, _ in t.factors
    ):
        return None
    parts = [_log_of_power(f, indices, e, t) for f, indices, e in t.factors]
    known = [p for p in parts if p is not None]
    if not parts or len(known) < len(parts):
        return None
    rest = [] if t.coefficient == 1 else [(Fraction(1), _log_of_number(t.coefficient, t))]
    return add([*known, *rest], t.axes)


def _log_of_power(f: Tensor, indices: tuple[int, ...], e: Exponent, t: Contraction) -> tuple[Fraction, Tensor] | None:
    """e and log|f|, with the axes of the product t, of f^e that is positive; None where that is not known, or not simpler."""
    if indices != t.out and f.order:
        return None
    even = Fraction(e).denominator == 1 and not e % 2
    if not nonnegative(f) and not even:
        return None
    if isinstance(f, Apply) and f.op is SINH:
        u = f.args[0]
        log = add([(1, log_of_cosh(u)), (1, apply(LOG, (apply(ABS, (apply(TANH, (u,)),)),)))], u.axes)
    else:
        log = log_of(f)
        log = apply(LOG, (f if nonnegative(f) else apply(ABS, (f,)),)) if log is None else log
    return Fraction(e), log if log.axes == t.axes else spread(log, t.axes)


def joined_powers(factors: Sequence[Part]) -> Parts | None:
    """Factors of a product in which exp(w) meets powers of what grows or falls as fast, or cosh(u) is divided by sinh(u); None where there is neither."""
    found = _over_sinh(factors)
    own = found or factors
    for k, (g, where, p) in enumerate(own):
        log = _growth(g)
        if log is None or not isinstance(g, Apply):
            continue
        logs = {
            j: x for j, (s, i, _) in enumerate(own) if i == where and j != k and (x := _positive_log(s)) is not None
        }
        if logs and (g.op is EXP or any(isinstance(own[j][0], Sum) for j in logs)):
            inner = [(Fraction(p), log), *((Fraction(own[j][2]), x) for j, x in logs.items())]
            rest = [f for j, f in enumerate(own) if j != k and j not in logs]
            rest += [(apply(TANH, g.args), where, p)] if g.op is SINH else []
            return [(apply(EXP, (add(inner, log.axes),)), where, 1), *rest]
    return found


def _growth(g: Tensor) -> Tensor | None:
    """The logarithm of exp(u) and cosh(u), and that of cosh(u) for sinh(u), which is tanh(u) times that."""
    if isinstance(g, Apply) and g.op is EXP:
        return g.args[0]
    return log_of_cosh(g.args[0]) if isinstance(g, Apply) and g.op in (COSH, SINH) else None


def distributed(node: Tensor) -> Tensor:
    """exp(u) times a sum in which something is divided by a sum of exponentials, term by term: each may be finite where exp(u) is not."""
    if not isinstance(node, Contraction):
        return node
    for g, where, p in node.factors:
        for j, (s, i, e) in enumerate(node.factors):
            if e == 1 and i == where and p == 1 and _growth(g) is not None and isinstance(s, Sum) and _divides(s):
                rest = [f for n, f in enumerate(node.factors) if n != j]
                dims = {n: node.dims[n] for n in node.out}
                terms = [
                    (c, contract(node.coefficient, [*rest, (b, i if b.order else (), 1)], node.out, dims))
                    for c, b in s.terms
                ]
                return add(terms, node.axes)
    return node


def _divides(s: Sum) -> bool:
    """Whether a term of a sum is divided by a sum of exponentials."""
    return len(s.terms) <= MOST and any(
        isinstance(b, Contraction) and any(e < 0 and exponentials(f) for f, _, e in b.factors) for _, b in s.terms
    )


def _positive_log(t: Tensor) -> Tensor | None:
    """The logarithm of what may be as large or small as an exponential."""
    if isinstance(t, Apply) and t.op is SIGMOID:
        return scale(-1, apply(SOFTPLUS, (scale(-1, t.args[0]),)))
    if isinstance(t, Apply) and t.op is COSH:
        return log_of_cosh(t.args[0])
    terms = exponentials(t)
    return log_of_sum(terms) if terms else None


def _over_sinh(factors: Sequence[Part]) -> Parts | None:
    """cosh(u)/sinh(u) as 1/tanh(u): of large numbers both are infinite."""
    for k, (f, indices, e) in enumerate(factors):
        for j, (g, where, p) in enumerate(factors):
            both = isinstance(f, Apply) and f.op is COSH and e > 0 and isinstance(g, Apply) and g.op is SINH and p < 0
            if both and indices == where and f.args == g.args:  # type: ignore[union-attr]
                times = min(int(e), int(-p))
                if times:
                    rest = [x for i, x in enumerate(factors) if i not in (j, k)]
                    left = [(f, indices, e - times), (g, where, p + times)]
                    tanh = (apply(TANH, f.args), indices, -times)  # type: ignore[union-attr]
                    return [tanh, *(x for x in left if x[2]), *rest]
    return None
