"""Curvature by rules of composition, on the canonical form: for formulas with kinks, and for the domains of those without.

A formula is convex where it is a nonnegative sum of convex ones, a convex function of an affine one, a convex function that rises (falls) of a
convex (concave) one, the norm of an affine one, or one that the table says to be. For smooth entrywise functions, the sign of the slope and of
the second derivative follow from the table's derivative by the bounds of its values.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from gradproof.engine.bounds import bounds, definite, power_nonnegative
from gradproof.engine.contract import add, constant, contract, symmetry
from gradproof.engine.differentiate import push_forward
from gradproof.engine.stable_logs import RELU
from gradproof.engine.tensor import (
    Apply,
    Contraction,
    Exponent,
    Factor,
    Sum,
    Tensor,
    Variable,
    fold_tensor,
    variable,
    walk_tensor,
)
from gradproof.facts.basic import ABOVE_ZERO, SEMIDEFINITE
from gradproof.facts.bounds import NONNEGATIVE as NOT_BELOW
from gradproof.ops import Operation, basic
from gradproof.ops.basic import ABS, ELPOW, LOG
from gradproof.ops.domain import DETERMINANT_POSITIVE
from gradproof.ops.operation import Elementwise
from gradproof.optimum.behaviour import Behaviour, behaviour_of, below_border, chosen_at
from gradproof.optimum.compose import (
    log_concave,
    log_convex,
    log_convex_power,
    log_convex_product,
    perspectives,
    spread,
)
from gradproof.optimum.cones import degree, times
from gradproof.optimum.eigenvalues import (
    even_power,
    inside,
    of_number,
    of_semidefinite,
    ring,
    symmetric_function,
    with_absolute_value,
)
from gradproof.optimum.involution import halves, nonnegative, seeds
from gradproof.optimum.jointly import convex_part, nonnegative_form, without_entropy
from gradproof.optimum.loewner import bend
from gradproof.records import dataclass


@dataclass(frozen=True, slots=True)
class Curve:
    """What is proven of every entry of a tensor as a function of the variables: whether it is convex, and whether it is concave; neither: nothing is known."""

    convex: bool = False
    concave: bool = False
    constant: bool = False

    @property
    def affine(self) -> bool:
        return self.convex and self.concave

    def turned(self) -> Curve:
        """Of the negative."""
        return Curve(self.concave, self.convex, self.constant)

    def plus(self, other: Curve) -> Curve:
        """Of a sum."""
        return Curve(self.convex and other.convex, self.concave and other.concave, self.constant and other.constant)


NONE, CONSTANT, AFFINE = Curve(), Curve(True, True, True), Curve(True, True)
CONVEX, CONCAVE = Curve(convex=True), Curve(concave=True)


class Curves:
    """The curvature of tensors in some variables."""

    def __init__(self, moving: frozenset[Tensor]):
        self.moving = moving
        self.memo: dict[Tensor, Curve] = {}

    def of(self, t: Tensor) -> Curve:
        """The curvature of a tensor."""
        return fold_tensor(t, self._visit, self.memo)

    def _visit(self, node: Tensor, below: list[Curve]) -> Curve:
        found = self._composed(node, below)
        return found if found != NONE or node.order else self._by_eigenvalues(node)

    def _by_eigenvalues(self, node: Tensor) -> Curve:
        """Of a symmetric function of all eigenvalues of an affine symmetric matrix: that of the function (Davis 1957)."""
        told = symmetric_function(node, self.moving)
        if told is None or not self.of(told.matrix).affine:
            return NONE
        found = Curves(frozenset({told.eigenvalues})).of(told.function)
        return Curve(found.convex, found.concave)

    def _composed(self, node: Tensor, below: list[Curve]) -> Curve:
        if node in self.moving:
            return AFFINE
        if all(c.constant for c in below):
            return CONSTANT
        match node:
            case Sum(terms=terms):
                total = CONSTANT
                for (c, _), curve in zip(terms, below, strict=True):
                    total = total.plus(curve if c > 0 else curve.turned())
                return total if total != NONE else self._together(node)
            case Contraction():
                found = self._product(node, below)
                found = found if found != NONE else self._perspective(node)
                found = found if found != NONE or node.order else self._entropy(node)
                return CONVEX if found == NONE and log_convex_product(node, self.of) else found
            case Apply(op=op, args=args) if len(args) == 1:
                if op is LOG and log_convex(args[0], self.of):
                    return CONVEX
                if op is LOG and log_concave(args[0], self.of):
                    return CONCAVE
                return self._applied(op, args[0], below[0])
            case Apply(op=op, args=(base, e)) if op is ELPOW and below[1].constant and not node.order:
                found = self._rooted(base, e, below[0])
                falls = bounds(e).high <= 0 and log_concave(base, self.of)
                return CONVEX if found == NONE and falls else found
            case Apply(op=op, args=(base, e)) if op is ELPOW and not node.order and log_convex_power(base, e, self.of):
                return CONVEX
            case Apply(op=op, args=(arg, k)) if below[1].constant and (op.at or op.convexity):
                chosen = op if op.convexity else chosen_at(op, k, arg)
                return NONE if chosen is None else self._applied(chosen, arg, below[0])
        return NONE

    def _entropy(self, node: Contraction) -> Curve:
        """Of sum(u.*log(u)) of an affine u."""
        signs = (without_entropy([(Fraction(c), node)], self.of) is not None for c in (1, -1))
        return Curve(*signs)

    def _perspective(self, node: Contraction) -> Curve:
        """Of s*g(x/s) in x and s: that of g."""
        for g, others in perspectives(node, self.moving):
            found = Curves(others).of(g)
            if found.convex or found.concave:
                return Curve(found.convex, found.concave)
        return NONE

    def _together(self, node: Sum) -> Curve:
        """Of a sum with terms that bend together, or with the larger of two."""
        left = convex_part(node, self.of)
        if left is not None and self.of(left).convex:
            return CONVEX
        if nonnegative_form(node, self.moving):
            return CONVEX
        turned = add([(-c, t) for c, t in node.terms], node.axes)
        left = convex_part(turned, self.of) if isinstance(turned, Sum) else None
        if left is not None and self.of(left).convex:
            return CONCAVE
        return self._largest(node)

    def _largest(self, node: Sum) -> Curve:
        """Of a sum with one relu(u) or abs(u) as the larger, or smaller, of two sums."""
        for c, t in node.terms:
            if isinstance(t, Apply) and t.op in (RELU, ABS) and not self.of(t).constant:
                rest = [(d, b) for d, b in node.terms if b is not t]
                one = add([*rest, (c, t.args[0])], node.axes)
                other = add(rest if t.op is RELU else [*rest, (-c, t.args[0])], node.axes)
                both = self.of(one).plus(self.of(other))
                return Curve(both.convex and c > 0, both.concave and c < 0)
        return NONE

    # -- products

    def _product(self, node: Contraction, below: list[Curve]) -> Curve:
        curves = [(f, c) for f, c in zip(node.factors, below, strict=True) if not c.constant]
        rest = [f for f, c in zip(node.factors, below, strict=True) if c.constant]
        if node.order == 0 and rest == [] and (found := self._spectral(node)) is not None:
            return found if node.coefficient > 0 else found.turned()
        if len(curves) == 1:
            (t, _, e), curve = curves[0]
            if self._is_inverse(t, e, node, rest):
                return CONVEX if node.coefficient > 0 else CONCAVE
            if inner := self._is_weighted(t, e, node, rest):
                return CONVEX if node.coefficient * inner > 0 else CONCAVE
            found = _scaled(self._raised(t, e, curve), node.coefficient, rest)
            terms = spread(node, t) if found == NONE else None
            return found if not terms else self._of_terms(terms, node)
        if node.order == 0 and self._is_square(node, {f[0] for f, _ in curves}):
            return CONVEX if node.coefficient > 0 else CONCAVE
        if node.order == 0 and self._is_fraction(node, curves):
            return CONVEX if node.coefficient > 0 else CONCAVE
        return _scaled(self._powers(curves), node.coefficient, rest)

    def _of_terms(self, terms: Sequence[tuple[Fraction, Tensor]], node: Contraction) -> Curve:
        total = _total(self.of(b) for _, b in terms)
        return total if total != NONE else self.of(add(terms, node.axes))

    def _spectral(self, node: Contraction) -> Curve | None:
        """Of the trace of a function of one symmetric matrix: that of the function of a number, for numbers as the eigenvalues are."""
        z = next((m for t, _, _ in node.factors if (m := inside(t)) is not t), node.factors[0][0])
        if z.order != 2 or symmetry(z) != 1 or not self.of(z).affine or not ring(node.factors):
            return None
        inverted = any(isinstance(t, Apply) and t.op is basic.INV for t, _, _ in node.factors)
        positive = definite(z) == 2 or (definite(z) == 1 and inverted)  # semidefinite, and not singular
        x = variable("\0x", (), ABOVE_ZERO if positive else frozenset())
        parts: list[Factor] = []
        for t, _, e in node.factors:
            twin = of_number(t, z, x)
            if twin is None:
                return None
            parts.append((twin, (), e))
        whole = contract(1, parts, ())
        if any(isinstance(n, Apply) and not n.op.analytic for n in walk_tensor(whole)):
            found = Curves(frozenset({x})).of(with_absolute_value(whole, x))  # it has kinks
            return None if found == NONE else Curve(found.convex, found.concave)
        if any(isinstance(n, Contraction) and any(not even_power(f) for f in n.factors) for n in walk_tensor(whole)):
            return None
        moved: dict[Variable, Tensor] = {x: constant(1)}
        bend = bounds(push_forward(push_forward(whole, moved), moved))
        return Curve(bend.nonnegative, below_border(bend)) if bend.nonnegative or below_border(bend) else None

    def _is_inverse(self, t: Tensor, e: Exponent, node: Contraction, rest: list[Factor]) -> bool:
        """Whether a scalar is <B, inv(Y)> for a semidefinite B and a positive definite affine Y, as v'*inv(Y)*v is."""
        if node.order or e != 1 or not isinstance(t, Apply) or t.op is not basic.INV:
            return False
        arg = t.args[0]
        scalars = all(power_nonnegative(f, x) for f, own, x in rest if not own)
        return scalars and definite(arg) > 0 and self.of(arg).affine and nonnegative(contract(1, node.factors, ()))

    def _is_weighted(self, t: Tensor, e: Exponent, node: Contraction, rest: list[Factor]) -> int:
        """The sign of the curvature of <B, T> for a semidefinite B and a T that bends in the order of semidefinite matrices; 0 where it is none."""
        if node.order or e != 1 or t.order != 2 or not isinstance(t, Apply):
            return 0
        sign = bend(t, self.of)
        if not sign or not all(power_nonnegative(f, x) for f, own, x in rest if not own):
            return 0
        some = variable("\0T", t.axes, SEMIDEFINITE)  # of T no more is used than that it is semidefinite
        factors = [(some if f is t else f, own, x) for f, own, x in node.factors]
        return sign if nonnegative(contract(1, factors, ())) else 0

    def _is_fraction(self, node: Contraction, curves: list[tuple[Factor, Curve]]) -> bool:
        """Whether a scalar is v'*inv(Y)*v for an affine v and a positive definite affine Y: the matrix fractional function."""
        inverse = [f for f, _ in curves if isinstance(f[0], Apply) and f[0].op is basic.INV and f[2] == 1]
        others = [f for f, _ in curves if f not in inverse]
        if len(inverse) != 1 or len(others) != 2 or others[0][0] is not others[1][0]:
            return False
        arg = inverse[0][0].children[0]
        if not self.of(arg).affine or definite(arg) < 2 or not self.of(others[0][0]).affine:
            return False
        pair = (node.factors.index(others[0]), node.factors.index(others[1]))
        scalars = all(power_nonnegative(t, e) for t, own, e in node.factors if not own)
        return scalars and others[0][2] == 1 and any(inverse[0] in h.middles for h in halves(node.factors, pair))

    def _powers(self, curves: list[tuple[Factor, Curve]]) -> Curve:
        """Of a product of powers of several moving factors: geometric means, and u^p/(y^q*z^r) where p is at least 1 + q + r."""
        up = [(t, Fraction(e), c) for (t, _, e), c in curves if e > 0]
        down = [(t, Fraction(e), c) for (t, _, e), c in curves if e < 0]
        if not down and all(c.concave and (bounds(t).nonnegative or e.denominator > 1) for t, e, c in up):
            return CONCAVE if sum(e for _, e, _ in up) <= 1 else NONE
        if not all(c.concave and (bounds(t).positive or e.denominator > 1) for t, e, c in down):
            return NONE
        if not up:
            return CONVEX
        if len(up) > 1 or not down:
            return NONE
        t, p, c = up[0]
        if not t.order and self.is_norm(t):
            return CONVEX if 2 * p >= 1 - sum(e for _, e, _ in down) and p > 0 else NONE
        even = p.denominator == 1 and p.numerator % 2 == 0
        fits = (c.affine and even) or (c.convex and bounds(t).nonnegative)
        return CONVEX if fits and p >= 1 - sum(e for _, e, _ in down) else NONE

    def _is_square(self, node: Contraction, moving: set[Tensor]) -> bool:
        """Whether a scalar is v'*M*v for an affine v and a positive semidefinite M."""
        if len(moving) != 1 or not self.memo[next(iter(moving))].affine:
            return False
        pairs = [(i, j) for i, j in seeds(node.factors) if node.factors[i][0] in moving]
        if sum(f[0] in moving for f in node.factors) != 2:
            return False
        scalars = all(power_nonnegative(t, e) for t, own, e in node.factors if not own)
        return scalars and any(any(halves(node.factors, pair)) for pair in pairs)

    def _raised(self, t: Tensor, e: Exponent, curve: Curve) -> Curve:
        """Of a power, on the convex set where it is real."""
        b = bounds(t) if not of_semidefinite(t) else NOT_BELOW
        if curve.convex and isinstance(t, Sum) and not b.nonnegative and nonnegative_form(t, self.moving):
            b = NOT_BELOW
        if e == 1:
            return curve
        if e == Fraction(1, 2) and self.is_norm(t):
            return CONVEX
        if isinstance(e, int) and e > 0 and e % 2 == 0 and (curve.affine or (curve.convex and b.nonnegative)):
            return CONVEX
        if e > 1 and ((curve.convex and b.nonnegative) or (curve.affine and Fraction(e).denominator > 1)):
            return CONVEX
        if 0 < e < 1 and curve.concave:
            return CONCAVE
        if e < 0 and curve.concave and (b.positive or Fraction(e).denominator > 1):
            return CONVEX
        return NONE if t.order else self._rooted(t, constant(e), curve)

    def _rooted(self, t: Tensor, e: Tensor, curve: Curve) -> Curve:
        """Of a root of a homogeneous formula; of a negative power, where it is not zero."""
        d = degree(t, self.moving)
        total = None if d is None else times(d, e)
        if total is None or total <= 0:
            return NONE
        rises = bounds(e).positive
        if rises and total >= 1 and curve.convex and nonnegative(t):
            return CONVEX
        if rises and total <= 1 and log_concave(t, self.of):
            return CONCAVE
        return CONCAVE if bounds(e).high < 0 and total <= 1 and curve.convex and nonnegative(t) else NONE

    def is_norm(self, t: Tensor) -> bool:
        """Whether each entry is a sum of squares of affine formulas and of what does not move: its root is a norm."""
        if isinstance(t, Sum):
            squares = bool(t.terms) and all(c > 0 and self.is_norm(b) for c, b in t.terms)
            return squares or nonnegative_form(t, self.moving)
        if not isinstance(t, Contraction) or t.coefficient <= 0:
            return self.of(t).constant and (bounds(t).nonnegative if t.order else nonnegative(t))
        moving = [f for f in t.factors if not self.of(f[0]).constant]
        if not moving:
            return bounds(t).nonnegative if t.order else nonnegative(t)
        rest = [f for f in t.factors if f not in moving]
        if len(moving) == 1 and not moving[0][1] and moving[0][2] == 1:
            return all(not f[1] and power_nonnegative(f[0], f[2]) for f in rest) and self.is_norm(moving[0][0])
        if len(moving) == 1:
            u, _, e = moving[0]
            curve = self.of(u)
            fits = curve.affine or (curve.convex and bounds(u).nonnegative)
            return (
                isinstance(e, int)
                and e >= 2
                and e % 2 == 0
                and fits
                and all(power_nonnegative(f[0], f[2]) for f in rest)
            )
        return not t.order and self._is_square(t, {f[0] for f in moving})

    # -- functions

    def _applied(self, op: Operation, arg: Tensor, curve: Curve) -> Curve:
        shape = self.shape(op, arg)
        if op.domain is not None and not op.domain.met(bounds(arg)) and not self._convex_domain(op, arg, curve):
            return NONE
        convex = shape.convex and (curve.affine or (curve.convex and shape.rises) or (curve.concave and shape.falls))
        concave = shape.concave and (curve.affine or (curve.concave and shape.rises) or (curve.convex and shape.falls))
        if op.monotone and not convex and not concave:
            inner = bend(arg, self.of)
            return Curve(shape.convex and inner == 1, shape.concave and inner == -1)
        return Curve(convex, concave)

    def _convex_domain(self, op: Operation, arg: Tensor, curve: Curve) -> bool:
        """Whether the arguments at which an operation is defined are a convex set."""
        domain = op.domain
        if op.elementwise and domain is not None and domain.of == "x" and domain.relation == ">":
            return curve.concave and not op.convexity  # such a function has values beyond its domain, too
        if domain is None or (op.convexity and op.elementwise) or definite(arg) == 2:
            return True
        if domain is DETERMINANT_POSITIVE and definite(arg):  # semidefinite, and not singular
            return True
        if op.convexity and domain is not DETERMINANT_POSITIVE:
            return op.signatures[0].args[0].letters != "ii" or symmetry(arg) == 1
        return op.elementwise and domain.relation == "<" and curve.affine

    def shape(self, op: Operation, arg: Tensor) -> Behaviour:
        """How an operation bends, for arguments with these bounds."""
        if op.convexity:
            return Behaviour.told(op.convexity)
        if op.elementwise and isinstance(op.meaning, Elementwise):
            return behaviour_of(op, bounds(arg).positive, bounds(arg).nonnegative)
        return Behaviour()


def _total(curves: Iterable[Curve]) -> Curve:
    total = CONSTANT
    for curve in curves:
        total = total.plus(curve)
    return total


def _scaled(curve: Curve, coefficient: Fraction, rest: list[Factor]) -> Curve:
    """Of a multiple by what does not move."""
    if curve.affine:
        return AFFINE
    if all(power_nonnegative(t, e) or (len(set(i)) < len(i) and definite(t)) for t, i, e in rest):
        return curve if coefficient > 0 else curve.turned()
    signs = contract(coefficient, [(t, (), e) for t, i, e in rest if not i], ())
    if all(i == () for _, i, _ in rest) and below_border(bounds(signs)):
        return curve.turned()
    return NONE
