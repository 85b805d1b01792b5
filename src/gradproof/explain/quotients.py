"""Quotients that have a name, wherever what is above and below meet: c c'/(s³ n) as z z'/(s n), for z = c/s; what all terms are divided by stands below once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction

from gradproof.explain.algebra import Tidier
from gradproof.explain.atoms import DIV, ELDIV, HADAMARD, MUL, POW, TRANSPOSE, made_of
from gradproof.explain.context import factors_of, signed, terms_of
from gradproof.explain.factors import Product, grouped
from gradproof.lift.pretty import multiply
from gradproof.notation.expr import Expr, Number, Symbol, call, number, substitute, walk
from gradproof.ops.basic import SQRT
from gradproof.records import dataclass, replace


@dataclass(frozen=True)
class Quotient:
    """`name` = `above`/`below`, in the names of parts; `root`: what `below` is the root of, where it is one."""

    name: Symbol
    above: Expr
    below: Expr
    root: Expr | None = None


def quotients(named: Mapping[Expr, Symbol]) -> list[Quotient]:
    """The named quotients by named parts."""
    found: dict[Symbol, Quotient] = {}
    for e, name in named.items():
        if (made_of(e, DIV) or made_of(e, ELDIV)) and e.args[1] in named:
            above, below = e.args
            inner = below.args[0] if made_of(below, SQRT) else None
            root = None if inner is None else substitute(inner, dict(named))
            found.setdefault(name, Quotient(name, substitute(above, dict(named)), named[below], root))
    return list(found.values())


def divided(e: Expr, known: Sequence[Quotient]) -> Expr:
    """The same formula with these quotients in it, and one denominator below a sum all of whose terms have it."""
    for q in known:
        e = _divided(e, q)
    return e


def _divided(e: Expr, q: Quotient) -> Expr:
    if q.below not in e.variables and not any(_same_sum(n, q.root) for n in walk(e)):
        return e
    terms = [(sign, _in_quotient(t, q)) for sign, t in terms_of(e)]
    products = [(sign, p) for sign, p in terms if p is not None]
    if len(products) < len(terms) or all(not changed for _, (_, changed) in products):
        return e
    found = [(sign, p) for sign, (p, _) in products]
    shared = len(found) > 1 and all(q.below in p.below for _, p in found)
    if shared:
        found = [(sign, _without(p, q.below)) for sign, p in found]
    whole = signed([(sign, _formula(p)) for sign, p in found])
    if whole is q.name:  # that is what the name stands for
        return e
    return call(DIV, whole, q.below) if shared else whole


def with_value(e: Expr, name: Symbol, quotient: Expr) -> Expr | None:
    """The gradient of a quotient with the name of the quotient in it: 2 (A x - f x)/(x'x); None where it has no part in it."""
    if not made_of(quotient, DIV) or e.type.kind == "s" and not e.args:
        return None
    above, below = (Tidier().product(a) for a in quotient.args)
    if above.chain or below.chain or above.below or below.below or not above.scalars or not below.scalars:
        return None
    roots = [Quotient(name, s, s, s.args[0]) for s in below.scalars if made_of(s, SQRT)]
    found: list[tuple[Fraction, Product]] = []
    changed = False
    for sign, term in terms_of(e):
        p = Tidier().product(term)
        under = list(p.below)
        for q in roots:
            under = [b for d in under for b in _roots(d, q)]
        if not Counter(above.scalars) - Counter(p.scalars) and not Counter(below.scalars) - Counter(under):
            scalars = [*_less(p.scalars, above.scalars), name]
            factor = p.coefficient * below.coefficient / above.coefficient
            p, changed = Product(factor, tuple(scalars), p.chain, tuple(_less(under, below.scalars))), True
        else:
            p = replace(p, below=tuple(under))
        found.append((sign * p.coefficient, replace(p, coefficient=Fraction(1))))
    if not changed:
        return None
    common = Counter(found[0][1].below)
    for _, p in found[1:]:
        common &= Counter(p.below)
    shared = list(common.elements())
    size = abs(found[0][0]) if len({abs(c) for c, _ in found}) == 1 else Fraction(1)
    inner = [(c / size, replace(p, below=tuple(_less(p.below, shared)))) for c, p in found]
    whole = signed([(1 if c > 0 else -1, _formula(replace(p, coefficient=abs(c)))) for c, p in inner])
    return _formula(Product(size, (), (whole,), tuple(shared)))


def _less(factors: Sequence[Expr], gone: Sequence[Expr]) -> list[Expr]:
    left = list(factors)
    for g in gone:
        left.remove(g)
    return left


def _in_quotient(term: Expr, q: Quotient) -> tuple[Product, bool] | None:
    """A term taken apart, with the quotient in place of what it is made of; whether anything has changed."""
    p = Tidier((q.below,)).product(term)
    inner = [_divided(f, q) for f in p.chain]
    changed = any(a is not b for a, b in zip(inner, p.chain, strict=True))
    chain: list[Expr] = []
    below = [b for e in p.below for b in _roots(e, q)]
    changed = changed or below.count(q.below) != p.below.count(q.below)
    for f in inner:
        if made_of(f, DIV) and f.args[1] is q.below and len(inner) > 1:  # (…)/s times a vector
            f = f.args[0]
            below.append(q.below)
        chain.append(f)
    scalars = list(p.scalars)
    chain, below, one = _named(chain, below, q)
    while q.above in scalars and q.below in below:
        scalars[scalars.index(q.above)] = q.name
        below.remove(q.below)
        one = True
    for k, s in enumerate(scalars):
        parts, factors = factors_of(s) if made_of(s, MUL) else ([], [])
        if factors and not parts:
            factors, below, more = _named(factors, below, q)
            if more:
                scalars[k], one = multiply(factors), True
    return replace(p, scalars=tuple(scalars), chain=tuple(chain), below=tuple(below)), changed or one


def _named(chain: list[Expr], below: list[Expr], q: Quotient) -> tuple[list[Expr], list[Expr], bool]:
    """The chain with the quotient for what is divided, as often as the divisor is there."""
    found, left, changed = [], list(below), False
    for f in chain:
        turned = made_of(f, TRANSPOSE) and f.args[0] is q.above
        if (f is q.above or turned) and q.below in left:
            left.remove(q.below)
            f, changed = (call(TRANSPOSE, q.name) if turned else q.name), True
        elif made_of(f, HADAMARD) and q.above in f.args and q.below in left:
            left.remove(q.below)
            a, b = f.args
            f, changed = (call(HADAMARD, q.name, b) if a is q.above else call(HADAMARD, a, q.name)), True
        found.append(f)
    return found, left, changed


def _roots(e: Expr, q: Quotient) -> list[Expr]:
    """A power of what the divisor is the root of, as divisors."""
    n = _exponent(e.args[1]) if made_of(e, POW) else None
    if n is not None:
        if _same_sum(e.args[0], q.root) and n > 0 and (2 * n).denominator == 1:
            return [q.below] * int(2 * n)
        if e.args[0] is q.below and n in (2, 3, 4):
            return [q.below] * int(n)
    return [q.below] if made_of(e, SQRT) and _same_sum(e.args[0], q.root) else [e]


def _exponent(e: Expr) -> Fraction | None:
    """A number, or a quotient of numbers."""
    if made_of(e, DIV) and all(isinstance(a, Number) for a in e.args):
        return e.args[0].value / e.args[1].value  # type: ignore[attr-defined]
    return e.value if isinstance(e, Number) else None


def _same_sum(e: Expr, root: Expr | None) -> bool:
    """Whether two sums differ in the order of their terms alone."""
    return root is not None and (e is root or Counter(terms_of(e)) == Counter(terms_of(root)))


def _without(p: Product, below: Expr) -> Product:
    left = list(p.below)
    left.remove(below)
    return replace(p, below=tuple(left))


def _formula(p: Product) -> Expr:
    """The product as it is, without tidying."""
    top = [number(abs(p.coefficient.numerator))] if abs(p.coefficient.numerator) != 1 else []
    factors = [*top, *p.scalars, *p.chain] or [number(abs(p.coefficient.numerator))]
    result = multiply(factors)
    if p.coefficient < 0:
        result = call("neg", result)
    divisors = [*([number(p.coefficient.denominator)] if p.coefficient.denominator != 1 else []), *grouped(p.below)]
    return call(DIV, result, multiply(divisors)) if divisors else result


__all__ = ["Quotient", "divided", "quotients", "with_value"]
