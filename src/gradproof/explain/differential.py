"""The differential of a formula, rule by rule: d(UV) = dU V + U dV, d(U^-1) = -U^-1 dU U^-1, ..."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from gradproof.engine.lower import kind_of
from gradproof.explain.atoms import (
    ADD,
    DIV,
    ELDIV,
    ELPOW,
    HADAMARD,
    MUL,
    NEG,
    POW,
    SUB,
    TRANSPOSE,
    is_one,
    zero,
)
from gradproof.explain.context import (
    Context,
    Plan,
    column,
    differential_text,
    factors_of,
    holes,
    signed,
    terms_of,
)
from gradproof.explain.matrix_functions import frechet, matrix_function
from gradproof.explain.pieces import halves, ones_like, partial, product, scaled, scaled_by, without_kronecker
from gradproof.explain.reduced import log_sum_exp_rows, softmax_rows, total, trace
from gradproof.explain.rules import TextbookRule, inner
from gradproof.explain.spectral import VECTORS, of_the_matrix
from gradproof.explain.steps import DIFFERENTIAL, NoDerivation, Step
from gradproof.lift.pretty import multiply
from gradproof.lift.rows import LOGSUMEXP_ROWS, SOFTMAX_ROWS
from gradproof.notation.expr import Applied, Call, Expr, Number, Symbol, call, fold, number, symbol
from gradproof.ops import Operation, basic
from gradproof.ops.operation import (
    Combination,
    Definition,
    Differential,
    Einsum,
    Elementwise,
    Frechet,
    Linear,
    Monomial,
    Power,
    Primary,
    ValueOnly,
)
from gradproof.say import say

NORM2 = basic.NORM2
MANY = 8  # varying factors of a product that is taken apart by halves


def moving(s: Symbol) -> Symbol:
    """The differential of a variable: dX."""
    return symbol("d" + s.name, s.type)


def differential_of(
    expr: Expr, wrt: Sequence[Symbol], rules: Mapping[str, TextbookRule] | None = None
) -> tuple[Step, Moving]:
    """The proof tree of d expr. Raises NoDerivation."""
    context = Moving(expr, wrt, rules)
    if {s.name for s in context.moved} & {s.name for s in expr.variables}:
        raise NoDerivation(say("a formula in which {name} is a variable", name=context.moved[0].name))
    plans: dict[Expr, Plan] = {}

    def children(goal: Expr) -> tuple[Expr, ...]:
        if goal not in plans:
            plans[goal] = context.plan(goal)
        return plans[goal].subs

    return fold(
        expr, lambda goal, steps: context.step(DIFFERENTIAL, goal, plans[goal], steps, context.moved), children
    ), context


class Moving(Context):
    """Chooses the rule for the differential of a goal."""

    def __init__(self, root: Expr, wrt: Sequence[Symbol], rules: Mapping[str, TextbookRule] | None = None):
        super().__init__(root, wrt, rules)
        self.moved = tuple(moving(s) for s in wrt)

    def plan(self, e: Expr) -> Plan:
        if not self.varies(e):
            return Plan("differential-constant", (), zero(e.type))
        if isinstance(e, Symbol):
            return Plan("differential-variable", (), moving(e))
        if isinstance(e, Applied):
            return self._function(e)
        assert isinstance(e, Call)
        other = of_the_matrix(e)
        if other is not None:
            return self.rewrite(other, "unfold")
        if e.op.of_number and e.args[0].type.kind == "s":
            return self.rewrite(self.of_number(e))
        own = OWN_RULE.get(e.op)
        if own is not None:
            return own(self, e)
        slope = self.slope_of_whole(e.op, e.args[0]) if e.type.kind == "s" else None
        return self.sloped(e, slope) if slope is not None else self._by_meaning(e)

    def _by_meaning(self, e: Call) -> Plan:
        """What the table says of an operation is its rule."""
        match e.op.meaning:
            case Combination(weights=weights):
                return self.sum(e) if len(weights) > 1 else self.negative(e)
            case Einsum():
                return self.linear(e) if len(e.args) == 1 else self.product(e) if e.op is MUL else self.bilinear(e)
            case Monomial(exponents=exponents) if len(exponents) > 1:
                return self.quotient(e) if min(exponents) < 0 else self.bilinear(e)
            case Power():
                return self.power(e)
            case Elementwise() | Monomial():
                return self._entrywise(e)
            case Primary():
                return matrix_function(self, e)
            case Frechet():
                return frechet(self, e)
            case Differential(arguments=letters) | Linear(arguments=letters) if letters != ("X",):
                return self.of_several(e, letters)
            case Differential():
                return self.of_matrix(e)
            case ValueOnly() if e.op in VECTORS:  # its sign does not change nearby
                x, k = e.args
                return self.use("differential-known", x, lambda d: product([call("eigres", x, k), d, e]), U=x)
            case Definition(text=text):
                return self.rewrite(self.defined(text, *e.args), "unfold")
        raise NoDerivation(say("the differential of {op}", op=e.op.name))

    def use(self, rule: str, sub: Expr, formula: Callable[[Expr], Expr], **parts: Expr) -> Plan:
        """A plan with one sub-goal."""
        (d,) = holes([sub.type])
        return Plan(rule, (sub,), formula(d), parts)

    def apply(self, rule: str, sub: Expr, hole_name: str, **parts: Expr) -> Plan:
        """A rule's formula, with a hole for the differential of its one sub-goal."""
        (d,) = holes([sub.type])
        return Plan(rule, (sub,), self.rules[rule].formula(**{hole_name: d}, **parts), parts)

    def rewrite(self, other: Expr, rule: str = "rewrite") -> Plan:
        return self.use(rule, other, lambda d: d, y=other)

    def sum_of(self, rule: str, subs: Sequence[Expr], line: Callable[[Sequence[Expr]], Expr], **parts: Expr) -> Plan:
        return Plan(rule, tuple(subs), line(holes([s.type for s in subs])), parts)

    # -- linear and bilinear

    def sum(self, e: Call) -> Plan:
        terms = [(sign, t) for sign, t in terms_of(e) if self.varies(t)]

        def line(ds: Sequence[Expr]) -> Expr:
            whole = [
                (sign, d if d.type == e.type else call(MUL, d, ones_like(e)))
                for (sign, _), d in zip(terms, ds, strict=True)
            ]
            return signed(whole)

        return self.sum_of("differential-sum", [t for _, t in terms], line)

    def negative(self, e: Call) -> Plan:
        return self.use("differential-linear", e.args[0], lambda d: call(NEG, d))

    def product(self, e: Call) -> Plan:
        """Each factor in turn is replaced by its differential."""
        scalars, chain = factors_of(e)
        plain = without_kronecker(chain, self.varies)
        if plain is not None:
            return self.rewrite(product([*scalars, *plain]))
        factors = [*scalars, *chain]
        places = [k for k, f in enumerate(factors) if self.varies(f)]
        if len(places) > MANY:
            a, b = (multiply(part) for part in halves(scalars, chain))
            return self.sum_of(
                "differential-product", (a, b), lambda ds: call(ADD, call(MUL, ds[0], b), call(MUL, a, ds[1]))
            )
        subs = list(dict.fromkeys(factors[k] for k in places))

        def line(ds: Sequence[Expr]) -> Expr:
            return signed([(1, product([*factors[:k], ds[subs.index(factors[k])], *factors[k + 1 :]])) for k in places])

        return self.sum_of("differential-product" if len(places) > 1 else "differential-linear", subs, line)

    def bilinear(self, e: Call) -> Plan:
        """An entrywise product, a Kronecker product."""
        rule = "differential-entrywise" if e.op is HADAMARD else "differential-kronecker"
        a, b = e.args
        if not (self.varies(a) and self.varies(b)):
            k = 0 if self.varies(a) else 1
            return self.use(
                "differential-linear",
                e.args[k],
                lambda d: call(e.op, *(d if i == k else other for i, other in enumerate(e.args))),
            )
        if a is b:
            return self.use(rule, a, lambda d: call(ADD, call(e.op, d, b), call(e.op, a, d)))
        return self.sum_of(rule, (a, b), lambda ds: call(ADD, call(e.op, ds[0], b), call(e.op, a, ds[1])))

    def linear(self, e: Call) -> Plan:
        rule = "differential-transpose" if e.op is TRANSPOSE else "differential-linear"
        return self.use(rule, e.args[0], lambda d: call(e.op, d, params=e.params))

    # -- quotients and powers

    def quotient(self, e: Call) -> Plan:
        a, b = e.args
        if b.type.kind != "s":
            return self._entrywise_quotient(e)
        if not self.varies(b):
            return self.use("differential-linear", a, lambda d: call(DIV, d, b))
        if self.varies(a):
            return self.sum_of(
                "differential-quotient",
                (a, b),
                lambda ds: self.rules["differential-quotient"].formula(a, b, *ds),
                U=a,
                s=b,
            )
        if is_one(a):
            return self.apply("differential-scalar", b, "ds", slope=call(NEG, call(DIV, a, call(POW, b, number(2)))))
        return self.use(
            "differential-quotient",
            b,
            lambda d: call(NEG, call(DIV, call(MUL, a, d), call(POW, b, number(2)))),
            U=a,
            s=b,
        )

    def _entrywise_quotient(self, e: Call) -> Plan:
        a, b = e.args
        square = call(ELPOW, b, number(2))
        if not self.varies(b):
            return self.use("differential-linear", a, lambda d: call(ELDIV, d, b))
        if not self.varies(a):
            return self.apply("differential-elementwise", b, "dU", slope=self.tidy(call(NEG, call(ELDIV, a, square))))
        return self.sum_of(
            "differential-entrywise",
            (a, b),
            lambda ds: call(SUB, call(ELDIV, ds[0], b), call(ELDIV, call(HADAMARD, a, ds[1]), square)),
        )

    def power(self, e: Call) -> Plan:
        base, exponent = e.args
        if isinstance(base, Call) and base.op is NORM2 and exponent is number(2):
            return self.apply("differential-squared-norm", base.args[0], "dU", U=base.args[0])
        if base.type.kind == "m" and e.op is POW:
            return self._matrix_power(base, exponent)
        slopes = self.slopes(e)
        if not self.varies(exponent):
            return self._with_slope(e, base, slopes[0])
        if not self.varies(base):
            return self._with_slope(e, exponent, slopes[1])
        return self.sum_of(
            "differential-power-both",
            (base, exponent),
            lambda ds: signed([(1, scaled(s, d)) for s, d in zip(slopes, ds, strict=True)]),
        )

    def _matrix_power(self, base: Expr, exponent: Expr) -> Plan:
        if not self.varies(exponent) and exponent.variables:
            return self.use("differential-matrix-function", base, lambda d: call("dpow", base, exponent, d), U=base)
        minus = isinstance(exponent, Call) and exponent.op is NEG
        if isinstance(exponent, Number) and exponent.value == 0:
            return Plan("differential-constant", (), zero(base.type))
        inner = exponent.args[0] if minus else exponent
        if not isinstance(inner, Number) or inner.value.denominator != 1 or not 0 < abs(inner.value) <= 12:
            raise NoDerivation(say("this power of a matrix"))
        k = int(inner.value) * (-1 if minus else 1)
        if k < 0:
            inverse = call("inv", base)
            return self.rewrite(inverse if k == -1 else call(POW, inverse, number(-k)))
        if k == 1:
            return self.rewrite(base)

        def line(d: Expr) -> Expr:
            return signed([(1, multiply([*[base] * i, d, *[base] * (k - 1 - i)])) for i in range(k)])

        return self.use("differential-power", base, line, U=base)

    # -- functions

    def _entrywise(self, e: Call) -> Plan:
        return self._with_slope(e, e.args[0], self.slopes(e)[0])

    def _with_slope(self, e: Expr, u: Expr, slope: Expr) -> Plan:
        if u.type.kind == "s":
            return self.apply("differential-scalar", u, "ds", slope=slope)
        return self.apply("differential-elementwise", u, "dU", slope=slope)

    def norm(self, e: Call) -> Plan:
        return self.apply("differential-norm", e.args[0], "dU", U=e.args[0], n=e)

    def sloped(self, e: Call, slope: Expr) -> Plan:
        """A number of a whole array whose derivative by that the table has."""
        (u,), rule = e.args, self._stated(e.op)
        if rule in self.rules:
            return self.apply(rule, u, "dU", U=u, slope=slope)
        return self.use("differential-known", u, lambda d: inner(slope, d), U=u)

    def _stated(self, op: Operation) -> str:
        """The rule that states the differential of an operation, where it has one of its own."""
        return f"differential-{op.rule}"

    def of_matrix(self, e: Call) -> Plan:
        """An operation that the table gives by its differential."""
        u = e.args[0]
        if u.type.kind == "r":
            turned = call(e.op, column(u))
            return self.use("rewrite", turned, lambda d: call(TRANSPOSE, d) if e.type.kind == "r" else d, y=turned)
        square = "matrix m n" if u.type.kind == "m" and not u.type.square else "matrix n n"
        shape = square if u.type.kind == "m" else "vector n" if u.type.kind == "v" else "scalar"
        turned_shape = e.type != u.type and u.type.kind == "m"
        result = "scalar" if e.type.kind == "s" else "matrix n m" if turned_shape else shape
        where = (("X", shape), ("dX", shape), ("Y", result), ("x", shape), ("dx", shape), ("y", result))
        text = differential_text(e.op)
        rule = self._stated(e.op) if self._stated(e.op) in self.rules else "differential-known"
        return self.use(
            rule, u, lambda d: self.template(text, where, {"X": u, "x": u, "dX": d, "dx": d, "Y": e, "y": e}), U=u
        )

    def of_several(self, e: Call, letters: Sequence[str]) -> Plan:
        """A function of several arguments, each with a letter in the differential that the table writes; the last of a linear one has none."""
        signature = next(s for s in e.op.signatures if s.fits([a.type.kind for a in e.args]))
        places = [k for k, a in enumerate(e.args) if self.varies(a)]
        if any(k < len(letters) and f"d{letters[k]}" not in differential_text(e.op) for k in places):
            raise NoDerivation(say("{op} by this argument", op=e.op.name))
        where = {x: kind_of(slot) for x, slot in zip(letters, signature.args, strict=False)}
        where |= {"d" + x: kind for x, kind in where.items()} | {"Y": kind_of(signature.out)}

        def line(ds: Sequence[Expr]) -> Expr:
            moved = dict(zip(places, ds, strict=True))
            values = dict(zip(letters, e.args, strict=False)) | {"Y": e}
            values |= {
                "d" + x: moved.get(k) or zero(a.type) for k, (x, a) in enumerate(zip(letters, e.args, strict=False))
            }
            found = []
            if any(k < len(letters) for k in places):
                found.append((1, self.template(differential_text(e.op), tuple(where.items()), values)))
            if len(letters) in moved:
                found.append((1, call(e.op, *e.args[:-1], moved[len(letters)])))
            return signed(found)

        return self.sum_of("differential-known", [e.args[k] for k in places], line)

    def _function(self, e: Applied) -> Plan:
        varying = [k for k, a in enumerate(e.args) if self.varies(a)]
        partials = [partial(e, k) for k in varying]
        if e.function.entrywise:
            if len(varying) == 1:
                return self._with_slope(e, e.args[varying[0]], partials[0])
            pairs = zip(partials, varying, strict=True)
            return self.sum_of(
                "differential-function",
                [e.args[k] for k in varying],
                lambda ds: signed([(1, scaled(g, d)) for (g, _), d in zip(pairs, ds, strict=True)]),
            )
        formula = self.rules["differential-function"].formula

        def line(ds: Sequence[Expr]) -> Expr:
            parts = zip(partials, varying, ds, strict=True)
            return signed(
                [(1, scaled_by(g, d) if e.args[k].type.kind == "s" else formula(g=g, du=d)) for g, k, d in parts]
            )

        return self.sum_of("differential-function", [e.args[k] for k in varying], line)


OWN_RULE: dict[Operation, Callable[[Moving, Call], Plan]] = {
    NORM2: Moving.norm, basic.SUM: total, basic.TR: trace,
    SOFTMAX_ROWS: softmax_rows, LOGSUMEXP_ROWS: log_sum_exp_rows,
}  # fmt: skip
