"""The rules of denominator layout, 1 to 7, for a scalar or vector variable.

Every goal ∂y/∂x, y a scalar or a vector, is given to the first rule that fits; what the rule leaves open are goals of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from gradproof.errors import ShapeError, UnsupportedError
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
    eye,
    made_of,
    ones,
    zero,
)
from gradproof.explain.conditions import shown
from gradproof.explain.context import (
    Context,
    Plan,
    column,
    factors_of,
    holes,
    plain_signs,
    segments,
    signed,
    terms_of,
    turned_product,
    unsigned,
)
from gradproof.explain.pieces import NORM2, all_ones, log_softmax, number_last, sums_to_one
from gradproof.explain.rules import TextbookRule
from gradproof.explain.steps import DERIVATIVE, NoDerivation, Remark, Step, derivative_shape
from gradproof.lift.pretty import multiply
from gradproof.notation.expr import Applied, Call, Expr, Number, Symbol, applied, call, fold, number
from gradproof.ops import Operation, basic
from gradproof.ops.basic import LOG
from gradproof.ops.operation import Combination, Definition, Einsum, Elementwise, Monomial, Power
from gradproof.records import replace
from gradproof.say import say


def derive_by_rules(expr: Expr, wrt: Symbol, rules: Mapping[str, TextbookRule] | None = None) -> Step:
    """The proof tree of ∂expr/∂wrt. Raises NoDerivation where a part of the formula is a matrix that depends on the variable."""
    context = Textbook(expr, (wrt,), rules)
    plans: dict[Expr, Plan] = {}

    def children(goal: Expr) -> tuple[Expr, ...]:
        if goal not in plans:
            plans[goal] = context.plan(goal)
        return plans[goal].subs

    return fold(expr, lambda goal, steps: context.step(DERIVATIVE, goal, plans[goal], steps), children)


class Textbook(Context):
    """Chooses the rule for a goal."""

    @property
    def x(self) -> Symbol:
        return self.wrt[0]

    def plan(self, e: Expr) -> Plan:
        """The rule for ∂e/∂x, and what it leaves open."""
        shape = derivative_shape(e.type, self.x.type)
        if e.type.kind == "m" or self.x.type.kind == "m":
            raise NoDerivation(say("matrices by the rules for vectors"))
        if not self.varies(e):
            return Plan("constant", (), zero(shape))
        if e is self.x:
            return Plan("identity", (), eye(e.type.dims[0]) if e.type.dims else number(1))
        if isinstance(e, Applied):
            return self._function(e)
        assert isinstance(e, Call)
        if e.type.kind == "r" and e.op not in (ADD, SUB, NEG, MUL):
            return self.use("transpose", (e.args[0] if e.op is TRANSPOSE else turned_product(e),))
        if any(a.type.kind == "m" and self.varies(a) for a in e.args) and e.op is not MUL:
            raise NoDerivation(say("matrices by the rules for vectors"))
        if e.op.of_number and e.args[0].type.kind == "s":
            return self.rewrite(e, self.of_number(e))
        own = OWN_RULE.get(e.op)
        if own is not None:
            return own(self, e)
        u = column(e.args[0])
        slope = self.slope_of_whole(e.op, u)
        return self.sloped(e.op.rule, u, slope) if slope is not None else self._by_meaning(e)

    def _by_meaning(self, e: Call) -> Plan:
        """What the table says of an operation is its rule."""
        match e.op.meaning:
            case Combination(weights=weights):
                return self.sum(e) if len(weights) > 1 else self.negative(e)
            case Einsum() if e.op is MUL:
                return self.product(e)
            case Einsum() if len(e.args) == 1:  # of a vector or a number
                return self.itself(e)
            case Monomial(exponents=exponents) if len(exponents) > 1:
                if min(exponents) > 0:
                    return self.entrywise_product(e)
                return self.quotient(e) if e.op is DIV else self.entrywise_quotient(e)
            case Power():
                return self.power(e)
            case Elementwise() | Monomial():
                return self._elementwise(e)
            case Definition(text=text):
                return self.rewrite(e, self.defined(text, *e.args), "unfold")
        raise NoDerivation(say("{op} by these rules", op=e.op.name))

    def use(self, rule: str, subs: Sequence[Expr], **parts: Expr) -> Plan:
        """A rule's formula with a hole for each sub-goal."""
        open_places = holes([derivative_shape(s.type, self.x.type) for s in subs])
        try:
            line = self.rules[rule].formula(*open_places, **parts)
        except ShapeError:  # a scalar of a matrix by a scalar has the kinds that the rule asks for, and not its shapes
            raise NoDerivation(say("matrices by the rules for vectors")) from None
        return Plan(rule, tuple(subs), line if subs else self.tidy(line), parts)

    def rewrite(self, e: Expr, other: Expr, rule: str = "rewrite", **parts: Expr) -> Plan:
        """The same formula in another form."""
        if other is e:
            raise NoDerivation(say("this product"))
        return self.use_as(rule, other, y=other, **parts)

    def _split(self, split: Expr, y: Expr) -> Plan:
        """The logarithm of softmax, and why the entries of the label need no factor, or when they would need none."""
        if sums_to_one(y):
            assert isinstance(y, Symbol)
            note = Remark("sums-to-one", {"y": y}, tuple(shown(y)))
        else:
            note = Remark("were-it-one", {"y": y, "total": call("sum", y)})
        return replace(self.use_as("log-softmax", split, y=split), notes=(note,))

    def use_as(self, rule: str, other: Expr, **parts: Expr) -> Plan:
        plan = self.use(rule, (other,))
        return Plan(plan.rule, plan.subs, plan.line, parts)

    # -- functions that are not specified

    def _function(self, e: Applied) -> Plan:
        varying = [k for k, a in enumerate(e.args) if self.varies(a)]
        if e.function.entrywise:
            return self._of_entries(e, varying)
        partials = [self._partial(e, k) for k in varying]
        if len(varying) == 1:
            u = e.args[varying[0]]
            if u is self.x:
                return Plan(DEFINITIONS.get((e.type.kind, u.type.kind), "function"), (), partials[0])
            if u.type.kind == "s" and e.type.kind == "s":
                return self.use("scalar-chain", (u,), slope=partials[0])
            return self.use("chain", (u,), dg=partials[0])
        places = holes([derivative_shape(e.args[k].type, self.x.type) for k in varying])
        line = signed([(1, self.rules["chain"].formula(d, p)) for d, p in zip(places, partials, strict=True)])
        return Plan("function-several", tuple(e.args[k] for k in varying), line)

    def _of_entries(self, e: Applied, varying: Sequence[int]) -> Plan:
        """A declared function of each entry."""
        if len(varying) > 1 or e.args[varying[0]].type != e.type:
            raise NoDerivation(say("a function of each entry of several arguments by the rules for vectors"))
        slope = applied(e.function, e.args, tuple(sorted((*e.partials, varying[0]))))
        return self.composed(e, e.args[varying[0]], slope)

    def _partial(self, e: Applied, k: int) -> Expr:
        """The derivative of a declared function by one argument, in denominator layout."""
        if any(a.type.kind in "mr" for a in e.args):
            raise NoDerivation(say("a function of a matrix by the rules for vectors"))
        before = sum(1 for p in e.partials if p < k)
        try:
            found = applied(e.function, e.args, (*e.partials[:before], k, *e.partials[before:]))
        except UnsupportedError:
            raise NoDerivation(say("a derivative with more than two axes by these rules")) from None
        wanted = derivative_shape(e.type, e.args[k].type)
        first = before and found.type.kind == "m" and any(e.args[p].type.dims for p in e.partials[:before])
        return call(TRANSPOSE, found) if first or found.type != wanted else found

    # -- functions of each entry

    def _elementwise(self, e: Call) -> Plan:
        u = e.args[0]
        return self.composed(e, u, self.slopes(e)[0])

    def composed(self, e: Expr, u: Expr, slope: Expr) -> Plan:
        """A function of each entry of u, with this slope."""
        slope = plain_signs(slope)
        if u.type.kind == "s":
            return (
                self.use("scalar-derivative", (), slope=slope)
                if u is self.x
                else self.use("scalar-chain", (u,), slope=slope)
            )
        return (
            self.use("elementwise", (), slope=slope)
            if u is self.x
            else self.use("elementwise-chain", (u,), slope=slope)
        )

    # -- sums and products

    def sum(self, e: Call) -> Plan:
        terms = terms_of(e)
        subs = [t if t.type == e.type else self.tidy(call(MUL, t, all_ones(e))) for _, t in terms]
        places = holes([derivative_shape(s.type, self.x.type) for s in subs])
        return Plan("sum", tuple(subs), signed([(sign, p) for (sign, _), p in zip(terms, places, strict=True)]))

    def negative(self, e: Call) -> Plan:
        return self.minus(e.args[0])

    def minus(self, e: Expr) -> Plan:
        """∂(-y)/∂x."""
        (d,) = holes([derivative_shape(e.type, self.x.type)])
        return Plan("constant-factor", (e,), call(NEG, d), {"c": call(NEG, number(1))})

    def product(self, e: Call) -> Plan:
        """A product: constants out first, then the product rules by the kinds of the factors."""
        scalars, chain = factors_of(e)
        sign, plain = unsigned([*scalars, *chain])
        if sign < 0:
            return self.minus(multiply(plain))
        if e.type.kind == "s" and not scalars and len(segments(chain)) == 1:
            return self._inner(chain)
        for segment in segments(chain):
            if segment[0].type.kind == "r" and segment[-1].type.kind == "v":
                scalars.append(multiply(segment))
        vector = [f for s in segments(chain) if not (s[0].type.kind == "r" and s[-1].type.kind == "v") for f in s]
        fixed = [s for s in scalars if not self.varies(s)]
        moving = [s for s in scalars if self.varies(s)]
        if fixed:
            rest = [*moving, *vector]
            return self.use("constant-factor", (multiply(rest),), c=multiply(fixed))
        if not vector:
            first, rest = moving[0], multiply(moving[1:])
            return self.use("product-scalars", (first, rest), y=first, z=rest)
        z = multiply(vector)
        if not moving:
            return self._linear(vector)
        y = multiply(moving)
        if not self.varies(z):
            return self.use("constant-vector", (y,), a=column(z))
        z = column(z)
        if isinstance(e.args[1], Expr) and e.args[1].type.kind == "s":  # the vector is written first
            dz, dy = holes([derivative_shape(z.type, self.x.type), derivative_shape(y.type, self.x.type)])
            parts = {"y": y, "z": z}
            first, second = terms_of(self.rules["product-3"].formula(dy, dz, y=y, z=z))
            return Plan("product-3", (z, y), signed([number_last(second), first]), parts)
        return self.use("product-3", (y, z), y=y, z=z)

    def _inner(self, chain: Sequence[Expr]) -> Plan:
        """y'*z and y'*A*z."""
        y, middle, z = column(chain[0]), chain[1:-1], chain[-1]
        if any(self.varies(m) for m in middle):
            return self._with_diagonals(chain)
        if not middle:
            split = log_softmax(y, z)
            return self._split(split, y) if split else self.use("product-1", (y, z), y=y, z=z)
        A = multiply(middle)
        return self.use("product-2", (y, z), y=y, A=A, z=z)

    def _linear(self, chain: Sequence[Expr]) -> Plan:
        """A*u and u'*A."""
        last, first = chain[-1], chain[0]
        rest, rule = (chain[:-1], "linear-left") if last.type.kind == "v" else (chain[1:], "linear-right")
        u = last if last.type.kind == "v" else column(first)
        if any(self.varies(m) for m in rest) or not rest:
            return self._with_diagonals(chain)
        A = multiply(rest)
        if u is self.x:
            return Plan(rule, (), self.tidy(self.rules[rule].formula(eye(u.type.dims[0]), A=A)), {"A": A})
        return self.use(rule, (u,), A=A)

    def _with_diagonals(self, chain: Sequence[Expr]) -> Plan:
        """diag(u)*v is u.*v, from the right; another matrix that depends on x is beyond these rules."""
        factors = list(chain)
        while len(factors) > 1 and factors[-1].type.kind == "v":
            v, m = factors.pop(), factors.pop()
            if isinstance(m, Call) and made_of(m, DIAG):
                factors.append(call(HADAMARD, m.args[0], v))
            elif not self.varies(m) and any(made_of(f, DIAG) for f in factors):
                factors.append(call(MUL, m, v))
            else:
                factors += [m, v]
                break
        other = multiply(factors)
        return self.rewrite(multiply(chain), other)

    def entrywise_product(self, e: Call) -> Plan:
        y, z = e.args
        if "s" in (y.type.kind, z.type.kind):
            return self.rewrite(e, call(MUL, y, z))
        if not self.varies(y):
            return self.use("constant-scaling", (z,), a=y)
        if not self.varies(z):
            return self.use("constant-scaling", (y,), a=z)
        return self.use("product-entrywise", (y, z), y=y, z=z)

    # -- quotients and powers

    def quotient(self, e: Call) -> Plan:
        y, z = e.args
        if not self.varies(z):
            return self.use("constant-divisor", (y,), c=z)
        one_over = call(DIV, number(1), z)
        if y.type.kind != "s":
            product = call(MUL, y, one_over) if self.varies(y) else call(MUL, one_over, y)
            return self.rewrite(e, product, "reciprocal", z=z)
        if self.varies(y):
            return self.use("quotient", (y, z), y=y, z=z)
        slope = (
            call(NEG, call(DIV, number(1), call(POW, z, number(2))))
            if isinstance(y, Number) and y.value == 1
            else call(NEG, y / call(POW, z, number(2)))
        )
        return self.composed(e, z, slope)

    def entrywise_quotient(self, e: Call) -> Plan:
        y, z = e.args
        if z.type.kind == "s":
            return self.rewrite(e, call(DIV, y, z))
        if not self.varies(z):
            return (
                self.use("constant-scaling", (y,), a=self.tidy(call(ELDIV, number(1), z)))
                if y.type == z.type
                else self.rewrite(e, call(MUL, y, call(ELDIV, number(1), z)))
            )
        if not self.varies(y):
            return self.composed(e, z, self.tidy(call(NEG, call(ELDIV, y, call(ELPOW, z, number(2))))))
        if y.type != z.type:
            return self.rewrite(e, call(MUL, y, call(ELDIV, number(1), z)))
        return self.use("quotient-entrywise", (y, z), y=y, z=z)

    def power(self, e: Call) -> Plan:
        base, exponent = e.args
        if isinstance(base, Call) and base.op is NORM2 and exponent is number(2):
            return self.use("squared-norm", (column(base.args[0]),), u=column(base.args[0]))
        slopes = self.slopes(e)
        if not self.varies(exponent):
            if base.type != e.type:
                raise NoDerivation(say("a number to the power of a vector by these rules"))
            return self.composed(e, base, slopes[0])
        if self.varies(base):
            if e.type.kind != "s":
                raise NoDerivation(say("a power with both base and exponent varying by these rules"))
            return self.use("power-both", (base, exponent), a=slopes[0], b=slopes[1])
        if exponent.type == e.type:
            return self.composed(e, exponent, slopes[1])
        return self.use("chain", (exponent,), dg=call(TRANSPOSE, slopes[1]))

    # -- reductions and functions of a whole vector

    def total(self, e: Call) -> Plan:
        u = column(e.args[0])
        if u.type.kind == "s":
            return self.rewrite(e, u)
        if isinstance(u, Call) and u.op is HADAMARD:
            split = log_softmax(*u.args) or log_softmax(*reversed(u.args))
            if split is not None and not self.varies(u.args[0 if made_of(u.args[1], LOG) else 1]):
                return self._split(split, u.args[0 if made_of(u.args[1], LOG) else 1])
        return self.use("sum-entries", (u,), one=ones(u.type.dims[0]))

    def norm(self, e: Call) -> Plan:
        u = column(e.args[0])
        return self.use("norm", (u,), u=u, n=e if u is e.args[0] else call(e.op, u))

    def sloped(self, rule: str, u: Expr, slope: Expr) -> Plan:
        """A function of a whole vector whose derivative by that the table has."""
        plan = Plan(rule, (), slope) if u is self.x else self.use(rule, (u,), g=slope)
        return replace(plan, parts={**plan.parts, "u": u})

    def itself(self, e: Call) -> Plan:
        """An operation that leaves a vector, or a number, as it is."""
        if e.type.kind not in "sv" or e.args[0].type.kind not in "svr":
            raise NoDerivation(say("{op} by these rules", op=e.op.name))
        return self.rewrite(e, column(e.args[0]))


DEFINITIONS = {
    ("s", "v"): "definition-1",
    ("v", "s"): "definition-2",
    ("v", "v"): "definition-3",
}  # by the kinds of value and variable
OWN_RULE: dict[Operation, Callable[[Textbook, Call], Plan]] = {basic.SUM: Textbook.total, basic.NORM2: Textbook.norm}
