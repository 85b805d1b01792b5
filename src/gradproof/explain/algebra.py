"""Small algebra on formulas, done without a word: 1*x is x, I*A is A, x + x is 2*x, diag(u)*v is u.*v.

What a rule gives is tidied by this before the next rule uses it. Nothing here differentiates; larger simplifications are steps of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from fractions import Fraction

from gradproof.explain.atoms import (
    ADD,
    DIAG,
    DIV,
    ELDIV,
    ELPOW,
    HADAMARD,
    MUL,
    NEG,
    POW,
    SUB,
    TRANSPOSE,
    exact_number,
    eye,
    is_diagonal,
    is_identity,
    is_one,
    is_ones,
    is_zero,
    made_of,
    turned,
    zero,
)
from gradproof.explain.cancel import cancelled
from gradproof.explain.factors import (
    MANY,
    ONE,
    Product,
    appends,
    grouped,
    inside_product,
    joined,
    unpowered,
    without_common,
)
from gradproof.explain.recurring import same
from gradproof.lift.pretty import exact, multiply, negative
from gradproof.notation.decimals import decimal_point
from gradproof.notation.expr import Call, Expr, Number, call, fold, number, rebuild
from gradproof.ops import Operation, basic

TRACE, SUM = basic.TR, basic.SUM


Terms = tuple[tuple[Fraction, Expr], ...]


class Tidier:
    """Tidies formulas; what it made once it knows. `given`: formulas that are left as they were typed.
    `centred`: vectors with the mean 0, which (I - 𝟏𝟏'/n) leaves as they are.
    """

    def __init__(self, given: Iterable[Expr] = (), centred: Iterable[Expr] = ()):
        self.centred = frozenset(centred)
        self.absorbed: list[Expr] = []  # of these, what has met the projection that leaves it as it is
        self.known: dict[Expr, Expr] = {e: e for e in given}
        self.given = frozenset(self.known)
        self._products: dict[Expr, Product] = {}
        self._sums: dict[Expr, Terms] = {}
        self._smart: dict[Operation, Callable[..., Expr]] = {
            ADD: lambda a, b: self.add([(ONE, a), (ONE, b)]), SUB: lambda a, b: self.add([(ONE, a), (-ONE, b)]), NEG: self.negate,
            POW: lambda a, b: self.power(POW, a, b), ELPOW: lambda a, b: self.power(ELPOW, a, b), MUL: self.multiply, DIV: self.divide,
            HADAMARD: self.hadamard, ELDIV: self.entrywise_quotient, TRANSPOSE: self.transpose, DIAG: self.diag,
            TRACE: self.linear(TRACE), SUM: self.linear(SUM),
        }  # fmt: skip

    def tidy(self, e: Expr) -> Expr:
        """The formula, tidied from the leaves up."""
        found = fold(e, self._visit, memo=self.known)
        self.known[found] = found
        return found

    def _visit(self, node: Expr, args: list[Expr]) -> Expr:
        if isinstance(node, Call) and node.op in self._smart:
            result = self._smart[node.op](*args)
            if result.type != node.type:  # a scalar that stood for all entries of a vector
                result = call(node.op, *args)
            return result
        return rebuild(node, tuple(args))

    # -- products

    def product(self, e: Expr) -> Product:
        """A formula taken apart as a product."""
        return fold(e, self._product, inside_product, self._products)

    def _product(self, e: Expr, parts: Sequence[Product]) -> Product:
        if isinstance(e, Number):
            return Product(e.value)
        if isinstance(e, Call) and parts:
            p = parts[0]
            if e.op is NEG:
                return Product(-p.coefficient, p.scalars, p.chain, p.below)
            if e.op is MUL:
                return joined(p, parts[1])
            if e.op is DIV and parts[1].coefficient and not parts[1].below:
                return Product(
                    p.coefficient / parts[1].coefficient, p.scalars, p.chain, p.below + unpowered(parts[1].scalars)
                )
            if e.op is POW and p.coefficient != 1 and not p.chain and isinstance(e.args[1], Number):
                n = int(e.args[1].value)  # (2 s)^2 is 4 s^2
                return Product(p.coefficient**n, unpowered(p.scalars) * n, (), p.below * n)
            if e.op is POW and p.below and not p.scalars and isinstance(e.args[1], Number):
                n = int(e.args[1].value)
                return Product(p.coefficient**n, (), (), p.below * n)
        return Product(scalars=(e,)) if e.type.kind == "s" else Product(chain=(e,))

    def formula(self, p: Product) -> Expr:
        """The product as a formula."""
        scalars, below = without_common(p.scalars, p.below)
        if p.coefficient < 0 and len(p.chain) == 1 and p.chain[0] not in self.given:
            terms = self.terms(p.chain[0])
            if len(terms) > 1 and all(c < 0 for c, _ in terms):  # -(-x - y) is x + y
                p = Product(-p.coefficient, p.scalars, (self.add([(-c, e) for c, e in terms]),), p.below)
        top, bottom = abs(p.coefficient.numerator), p.coefficient.denominator
        long = decimal_point(abs(p.coefficient)) is not None  # it was a decimal fraction, and is one again
        front = [exact(abs(p.coefficient))] if long else [number(top)] if top != 1 else []
        bottom = 1 if long else bottom
        factors = [*front, *scalars, *p.chain]
        result = multiply(factors)
        divisors = [*([number(bottom)] if bottom != 1 else []), *grouped(below)]
        if p.coefficient < 0:
            result = negative(result)
        if divisors:
            result = call(DIV, result, multiply(divisors))
        self._products[result] = Product(p.coefficient, scalars, p.chain, below)
        return result

    def multiply(self, a: Expr, b: Expr) -> Expr:
        """a*b."""
        kind = call(MUL, a, b).type
        if is_zero(a) or is_zero(b):
            return zero(kind)
        p, q = self.product(a), self.product(b)
        if kind.kind == "s" and not p.chain and not q.chain and len(p.scalars) == 1 and len(q.scalars) > MANY:
            a, b, p, q = b, a, q, p  # a long product grows at its end
        chain = self._chained(p.chain, q.chain)
        if chain is None:
            return zero(kind)
        scalars = p.scalars + q.scalars
        whole = Product(p.coefficient * q.coefficient, scalars, chain, p.below + q.below)
        if appends(p, q, chain):
            result = call(MUL, a, b)
            self._products[result] = whole
            return result
        if kind.kind == "s" and chain:
            whole = Product(whole.coefficient, (*scalars, multiply(chain)), (), whole.below)
        return self.formula(whole)

    def _chained(self, a: tuple[Expr, ...], b: tuple[Expr, ...]) -> tuple[Expr, ...] | None:
        """Two chains joined, with what meets in the middle multiplied where that is simple; None for nothing."""
        left, right = list(a), list(b)
        while left and right:
            u, v = left[-1], right[0]
            if is_identity(u):
                left.pop()
            elif is_identity(v):
                right.pop(0)
            elif v in self.centred and same([call(MUL, u, v)], [v]):
                left.pop()
                self.absorbed.append(v)
            elif is_diagonal(u) and ((v.type.kind == "v" and len(right) == 1) or is_diagonal(v)):
                left.pop()
                inner = self.hadamard(u.args[0], v.args[0] if is_diagonal(v) else v)
                right[0] = self.diag(inner) if is_diagonal(v) else inner
            else:
                break
        if any(is_zero(e) for e in (*left, *right)):
            return None
        return (*left, *right)

    def divide(self, a: Expr, b: Expr) -> Expr:
        """a/b for a scalar b."""
        if is_zero(a):
            return a
        top, bottom = self.product(a), self.product(b)
        if bottom.coefficient == 0:
            return call(DIV, a, b)
        coefficient = top.coefficient / bottom.coefficient
        return self.formula(
            Product(coefficient, top.scalars + bottom.below, top.chain, top.below + unpowered(bottom.scalars))
        )

    def negate(self, a: Expr) -> Expr:
        if is_zero(a):
            return a
        if made_of(a, ADD) or made_of(a, SUB):
            return call(NEG, a)
        p = self.product(a)
        return self.formula(Product(-p.coefficient, p.scalars, p.chain, p.below))

    def transpose(self, a: Expr) -> Expr:
        """a', without a needless one."""
        if a.type.kind == "s":
            return a
        if isinstance(a, Call) and a.op in (ADD, SUB) and a not in self.given and len(self.terms(a)) > 1:
            return self.add([(c, self.transpose(e)) for c, e in self.terms(a)])
        p = self.product(a)
        return self.formula(Product(p.coefficient, p.scalars, tuple(turned(e) for e in reversed(p.chain)), p.below))

    def diag(self, a: Expr) -> Expr:
        """diag(a), with numbers and scalars before it."""
        if is_zero(a):
            return zero(call(DIAG, a).type)
        p = self.product(a)
        inner = multiply(p.chain)
        whole = eye(a.type.dims[0]) if is_ones(inner) and a.type.kind != "m" else call(DIAG, inner)
        return self.formula(Product(p.coefficient, p.scalars, (whole,), p.below))

    def linear(self, op: Operation) -> Callable[[Expr], Expr]:
        """tr(c A) is c tr(A); so is a sum of entries."""

        def of(a: Expr) -> Expr:
            p = self.product(a)
            if is_zero(a) or not p.chain or (p.coefficient == 1 and not p.scalars and not p.below):
                return call(op, a)
            return self.formula(Product(p.coefficient, (*p.scalars, call(op, multiply(p.chain))), (), p.below))

        return of

    # -- sums

    def terms(self, e: Expr) -> Terms:
        """A formula taken apart as a sum of multiples of formulas."""
        return fold(e, self._terms, _inside_sum, self._sums)

    def _terms(self, e: Expr, parts: Sequence[Terms]) -> Terms:
        if isinstance(e, Call) and parts:
            sign = ONE if e.op is ADD else -ONE
            return (*parts[0], *((sign * c, body) for c, body in parts[1]))
        if is_zero(e):
            return ()
        p = self.product(e)
        if p.coefficient == 1 or p.coefficient == 0:
            return ((ONE, e),)
        return ((p.coefficient, self.formula(Product(ONE, p.scalars, p.chain, p.below))),)

    def add(self, weighted: Sequence[tuple[Fraction, Expr]]) -> Expr:
        """The sum of multiples, like terms added up; the first positive term stands first."""
        kinds = {e.type for _, e in weighted}
        if len(kinds) > 1 and not any(is_zero(e) for _, e in weighted):
            return _mixed([(c, e) for c, e in weighted])
        total: dict[Expr, Fraction] = {}
        for c, e in weighted:
            for d, body in self.terms(e):
                total[body] = total.get(body, Fraction(0)) + c * d
        left = [(c, body) for body, c in total.items() if c]
        if not left:
            return zero(max((e.type for _, e in weighted), key=lambda t: len(t.dims)))
        first = next((k for k, (c, _) in enumerate(left) if c > 0), 0)
        left = [left[first], *left[:first], *left[first + 1 :]]
        result = self._multiple(*left[0])
        for c, body in left[1:]:
            result = call(ADD if c > 0 else SUB, result, self._multiple(abs(c), body))
        self._sums[result] = tuple(left)
        return result

    def _multiple(self, c: Fraction, body: Expr) -> Expr:
        if c == 1:
            return body
        p = self.product(body)
        return self.formula(Product(c * p.coefficient, p.scalars, p.chain, p.below))

    def expand(self, e: Expr, kept: Collection[Expr], most: int) -> Expr | None:
        """The formula multiplied out, but for sums that are `kept`; None where nothing is, or it would have more terms than `most`."""
        waiting, done, opened = list(self.terms(e)), [], False
        while waiting:
            if len(waiting) + len(done) > most:
                return None
            c, body = waiting.pop(0)
            p = self.product(body)
            sums = [k for k, f in enumerate(p.chain) if f not in kept and len(self.terms(f)) > 1]
            k = sums[0] if sums and (len(p.chain) > 1 or p.scalars) else None
            if k is None:
                done.append((c, body))
                continue
            opened = True
            before, after = (Product(p.coefficient, p.scalars, p.chain[:k], p.below), Product(chain=p.chain[k + 1 :]))
            for d, term in reversed(self.terms(p.chain[k])):
                right = self.multiply(term, self.formula(after)) if after.chain else term
                waiting.insert(0, (c * d, self.multiply(self.formula(before), right)))
        return self.add(done) if opened and done else None

    # -- entry by entry

    def hadamard(self, a: Expr, b: Expr, cancel: bool = True) -> Expr:
        """a.*b; `cancel`: without what stands above and below."""
        if "s" in (a.type.kind, b.type.kind):
            return self.multiply(a, b)
        if is_zero(a) or is_zero(b):
            return zero(a.type)
        if _lying(a, b):
            return self.transpose(self.hadamard(self.transpose(a), self.transpose(b)))
        p, q = self.product(a), self.product(b)
        left, right = (multiply(x.chain) for x in (p, q))
        if is_ones(left) or is_ones(right):
            whole = right if is_ones(left) else left
        elif cancel and left.type == right.type and (short := cancelled([left, right], [])) is not None:
            whole = short
        elif made_of(right, ELDIV) and is_one(right.args[0]):
            whole = call(ELDIV, left, right.args[1])
        elif made_of(left, ELDIV) and is_one(left.args[0]):
            whole = call(ELDIV, right, left.args[1])
        else:
            whole = call(HADAMARD, left, right)
        return self.formula(Product(p.coefficient * q.coefficient, p.scalars + q.scalars, (whole,), p.below + q.below))

    def entrywise_quotient(self, a: Expr, b: Expr) -> Expr:
        """a./b."""
        if b.type.kind == "s":
            return self.divide(a, b)
        if is_zero(a):
            return zero(b.type)
        if _lying(a, b):
            return self.transpose(self.entrywise_quotient(self.transpose(a), self.transpose(b)))
        p, q = self.product(a), self.product(b)
        top = multiply(p.chain) if p.chain else number(1)
        if is_ones(top):
            top = number(1)
        bottom = multiply(q.chain)
        whole = (cancelled([top], [bottom]) if top.type == bottom.type else None) or call(ELDIV, top, bottom)
        scalars, below = p.scalars + q.below, p.below + q.scalars
        return self.formula(Product(p.coefficient / q.coefficient, scalars, (whole,), below))

    def power(self, op: Operation, a: Expr, b: Expr) -> Expr:
        """a^b or a.^b."""
        if isinstance(b, Number):
            if b.value == 1:
                return a
            if a.type.kind == "s" and b.value == 0:
                return number(1)
            if isinstance(a, Number) and b.value.denominator == 1 and abs(b.value) <= 8 and a.value:
                return exact_number(a.value ** int(b.value))
        return call(POW if a.type.kind == b.type.kind == "s" else op, a, b)


def _lying(a: Expr, b: Expr) -> bool:
    """Whether an entrywise operation is better written with columns, or with what is transposed in both."""
    if b.type.kind == "r":
        return a.type.kind in "rs"
    turned_both = made_of(a, TRANSPOSE) and made_of(b, TRANSPOSE) and b.type.kind == "m"
    return turned_both and bool(a.args[0].args or b.args[0].args)


def _inside_sum(e: Expr) -> tuple[Expr, ...]:
    return e.args if isinstance(e, Call) and e.op in (ADD, SUB) and e.type == e.args[0].type == e.args[1].type else ()


def _mixed(weighted: Sequence[tuple[Fraction, Expr]]) -> Expr:
    """A sum in which a scalar stands for all entries of a vector."""
    (c, a), (d, b) = weighted
    assert c == 1
    return call(ADD if d > 0 else SUB, a, b)
