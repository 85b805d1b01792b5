"""Where a derivation holds: conditions from the domains of the operations, and the facts that were declared."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from gradproof.engine.bounds import bounds, definite
from gradproof.engine.lower import lower
from gradproof.engine.spectra import EIGVALS
from gradproof.engine.tensor import Apply, Contraction, Tensor, walk_tensor
from gradproof.engine.triangular import DET
from gradproof.errors import GradproofError
from gradproof.explain.atoms import ADD, DIV, MUL, NEG, POW, SUB
from gradproof.explain.steps import Remark
from gradproof.facts import TABLE as FACTS
from gradproof.facts import told
from gradproof.notation.expr import Call, Expr, Number, Symbol, call, number, walk
from gradproof.numeric import bare
from gradproof.numeric.evaluate import Evaluator
from gradproof.ops import TABLE, basic
from gradproof.ops.domain import DETERMINANT_POSITIVE, INVERTIBLE, NONZERO, NORM_NONZERO, POSITIVE, Domain
from gradproof.ops.operation import Monomial, Power

NORM2, SQRT = basic.NORM2, TABLE["sqrt"]


def conditions(expr: Expr, used: Collection[str] = (), wrt: Collection[Symbol] = ()) -> list[Remark]:
    """The conditions of a formula, each once: its key, what it is on ("x"), and the operation that asks for it ("f").
    `used`: the variables whose declared facts a step rests on. `wrt`: those by which it is differentiated, where that is told.
    """
    asked = [
        (e, x, wanted) for e in walk(expr) if isinstance(e, Call) and not _vanishes(e) for x, wanted in _of(e, expr)
    ]
    names = {s.name for s in wrt}
    asked = [  # a norm of constants need not be differentiable
        (e, x, w)
        for e, x, w in asked
        if w is not NORM_NONZERO or not names or any(v.name in names for v in x.variables)
    ]
    asked = [(e, y, w) for e, x, w in asked for y in (_factors(x) if w is NONZERO else [x]) if not _met(y, w)]
    found = [Remark(_key(e, wanted), {"x": x, "f": e}) for e, x, wanted in asked if not _follows(x, wanted, asked)]
    facts = [Remark("declared", {"x": s}, tuple(shown(s))) for s in expr.variables if shown(s) and s.name in used]
    return list({(c.key, c.parts.get("x")): c for c in [*found, *facts]}.values())


def guarded(expr: Expr) -> bool:
    """Whether a formula looks as if it did not hold everywhere: it has a logarithm of what may vanish in floating point, or a norm at 0."""
    calls = [e for e in walk(expr) if isinstance(e, Call)]
    return any(_vanishes(e) or any(not _met(x, wanted) for x, wanted in _of(e, expr)) for e in calls)


def _key(e: Call, wanted: Domain) -> str:
    """How a condition is told: the inverse in the derivative of a determinant is only one way of writing it."""
    return "invertible-form" if wanted is INVERTIBLE and e.op is DET else wanted.key


def _factors(e: Expr) -> list[Expr]:
    """What has to be other than 0 for a product to be."""
    core = _core(e)
    if isinstance(core, Call) and core.op is MUL and all(a.type.kind == "s" for a in core.args):
        return [f for a in core.args for f in _factors(a) if not isinstance(f, Number)]
    return [core]


def _core(e: Expr) -> Expr:
    """What has to be other than 0 for a formula to be: s for 2 s^2."""
    while isinstance(e, Call):
        numbers = [a for a in e.args if isinstance(a, Number) and a.value]
        if e.op is NEG or e.op is SQRT:
            e = e.args[0]
        elif e.op in (MUL, DIV) and len(numbers) == 1 and (e.op is MUL or numbers[0] is e.args[1]):
            e = next(a for a in e.args if a is not numbers[0])
        elif e.op is POW and e.type.kind == "s" and numbers[-1:] == [e.args[1]] and numbers[-1].value > 0:
            e = e.args[0]
        else:
            break
    return e


def _follows(x: Expr, wanted: Domain, asked: Sequence[tuple[Expr, Expr, Domain]]) -> bool:
    """Whether a condition follows from another that is asked for: x > 0 says x ≠ 0, det(X) > 0 that X is invertible."""
    if wanted is INVERTIBLE and any(w in (POSITIVE, NONZERO) and _determinant_of(y) is x for _, y, w in asked):
        return True
    inner = x.args[0] if wanted is NONZERO and isinstance(x, Call) and x.op is NORM2 else None
    if inner is not None and any(y is inner and w is NORM2.domain for _, y, w in asked):
        return True
    stronger = {NONZERO: POSITIVE, INVERTIBLE: DETERMINANT_POSITIVE}.get(wanted)
    return stronger is not None and any(y is x and w is stronger for _, y, w in asked)


def _determinant_of(e: Expr) -> Expr | None:
    return e.args[0] if isinstance(e, Call) and e.op is DET else None


def _vanishes(e: Call) -> bool:
    """Whether an operation with a domain is written by others that have none: log(1 - sigmoid(x)) is -softplus(x)."""
    if not e.op.domain or not e.op.elementwise:
        return False
    try:
        return all(not (isinstance(t, Apply) and t.op is e.op) for t in walk_tensor(lower(e).tensor)) and _everywhere(e)
    except GradproofError:
        return False


def _everywhere(e: Call) -> bool:
    """Whether what it is written by is defined for all values."""
    return all(not (isinstance(t, Apply) and t.op.domain) and not _divides(t) for t in walk_tensor(lower(e).tensor))


def _divides(t: Tensor) -> bool:
    return isinstance(t, Contraction) and any(not isinstance(x, int) or x < 0 for _, _, x in t.factors)


def vanishing(e: Expr, values: Mapping[str, Any], wrt: Sequence[Symbol]) -> dict[str, Any] | None:
    """The values changed so that a formula is zero: where a variable of `wrt` is, or one that stands in it as a term; None where that does not do."""
    for s in wrt:
        point = {**values, s.name: 0.0 * bare.asarray(values[s.name])}
        if not bare.any(Evaluator(e, bare).run(point)[-1]):
            return point
    if not isinstance(e, Call) or e.op not in (ADD, SUB):
        return None
    for k, s in enumerate(e.args):
        other = e.args[1 - k]
        if isinstance(s, Symbol) and s not in walk(other) and s.type == other.type:
            value = Evaluator(other, bare).run(values)[-1]
            return {**values, s.name: bare.asarray(value) * (-1.0 if e.op is ADD else 1.0)}
    return None


def shown(s: Symbol) -> list[str]:
    """The declared facts that a reader needs, without those that follow from others."""
    return [name for name in told(s.facts) if FACTS[name].words]


def _of(e: Call, root: Expr) -> Iterator[tuple[Expr, Domain]]:
    """What an operation asks of which argument."""
    if e.op is EIGVALS:  # only sums over all of them are differentiated: smooth where eigenvalues meet
        return
    if e.op.domain and not (e.op is NORM2 and _only_squared(e, root)):
        yield e.args[0], e.op.domain
    match e.op.meaning:
        case Monomial(exponents=exponents) if not e.op.domain:
            for a, power in zip(e.args, exponents, strict=True):
                if power < 0 and not isinstance(a, Number):
                    yield a, NONZERO
        case Power():
            base, exponent = e.args
            value = _number(exponent)
            if value is None or value.denominator > 1:
                yield base, POSITIVE
            elif value < 0:
                yield base, INVERTIBLE if base.type.kind == "m" and e.op is POW else NONZERO


def _number(e: Expr) -> Fraction | None:
    if isinstance(e, Number):
        return e.value
    if isinstance(e, Call) and e.op in (NEG, DIV):
        inner = [_number(a) for a in e.args]
        if None in inner:
            return None
        first, *rest = [v for v in inner if v is not None]
        return first / rest[0] if rest and rest[0] else -first if not rest else None
    return None


def _only_squared(e: Call, root: Expr) -> bool:
    """Whether a norm occurs only as its square, which is differentiable everywhere."""
    square = call("pow", e, number(2))
    return e is not root and all(parent is square for parent in walk(root) if e in parent.args)


def _met(e: Expr, wanted: Domain) -> bool:
    """Whether a condition holds everywhere: exp(x) + 1 is never 0; a declared positive variable is positive."""
    if wanted in (INVERTIBLE, DETERMINANT_POSITIVE) and e.type.kind == "m" and definite(lower(e).tensor) == 2:
        return True
    spectrum = wanted in (POSITIVE, NONZERO) and isinstance(e, Call) and e.op in (DET, EIGVALS)
    if spectrum and isinstance(e, Call) and definite(lower(e.args[0]).tensor) == 2:
        return True
    if wanted.of == "X" or wanted.facts:
        return isinstance(e, Symbol) and any(f in e.facts for f in wanted.facts)
    try:
        return wanted.met(bounds(lower(e).tensor))
    except GradproofError:
        return False
