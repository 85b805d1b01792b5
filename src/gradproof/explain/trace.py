"""The trace technique: moving dX to the end of every term, and reading off the derivative.

The differential of a scalar is kept as a sum of tr(W N), where N is a part of it that holds dX and W is what stands around it.
Each step opens one N: tr(W (A N')) = tr((W A) N'), tr(W (N' B)) = tr((B W) N'), … until every N is dX. Parts that occur several times are met once.
"""

from __future__ import annotations

from fractions import Fraction

from gradproof.explain.algebra import Tidier
from gradproof.explain.atoms import (
    ADD,
    MUL,
    is_identity,
    is_one,
    zero,
)
from gradproof.explain.differential import Moving
from gradproof.explain.factors import Product
from gradproof.explain.openers import BY_MEANING, OPENERS, Handed, Under
from gradproof.explain.rules import tr
from gradproof.explain.steps import EQUALITY, NoDerivation, Step
from gradproof.notation.expr import Call, Expr, call, fold, number, walk
from gradproof.say import say
from gradproof.shapes.dims import Dim
from gradproof.shapes.shape import Shape

FEW = 4  # terms that a product with the identity is opened into
LINES = 14  # longer ones are told in one step


def collect(df: Expr, context: Moving) -> tuple[Expr, list[Step]]:
    """W with df = tr(W dX), and the steps on the way. Raises NoDerivation."""
    machine = _Machine(df, context)
    return machine.run()


class _Machine:
    """Opens the parts of df, those first for which nothing has to be moved, then one rule at a time."""

    def __init__(self, df: Expr, context: Moving):
        self.df, self.context, self.tidier = df, context, context.tidier
        (self.dx,) = context.moved
        self.holds: dict[Expr, bool] = {}
        fold(df, lambda node, args: node is self.dx or any(args), memo=self.holds)
        self.under = Under(self.tidier, self.dx, self.holds)
        self.waiting: dict[Expr, int] = {}  # how many parts that hold it are not opened yet
        for node in walk(df):
            if self.holds[node]:
                for a in node.args:
                    self.waiting[a] = self.waiting.get(a, 0) + 1
        self.around: dict[Expr, Expr] = {df: number(1)}
        self.ready: dict[str, list[tuple[Expr, Handed]]] = {}
        self.ends: list[Expr] = []  # what stands around dX itself, term by term
        self.lines: list[tuple[str, list[tuple[Expr, Expr]]]] = []

    def run(self) -> tuple[Expr, list[Step]]:
        if not self.holds[self.df]:
            return zero(Shape(*_transposed(self.dx.type))), []
        if self.df is self.dx:
            return number(1), []
        self._arrived(self.df)
        rule = ""
        while any(self.ready.values()):
            if not self.ready.get(""):
                self._line(rule)
                rule = rule if self.ready.get(rule) else next(r for r, waiting in self.ready.items() if waiting)
                self._open(rule)
            while self.ready.get(""):
                self._open("")
        self._line(rule)
        ends = [self.tidier.formula(self.tidier.product(w)) for w in self.ends]  # X*X is X^2 in all of them
        whole = self.ends[0] if len(ends) == 1 else self.tidier.add([(Fraction(1), w) for w in ends])
        return whole, self._steps(whole)

    def _arrived(self, node: Expr) -> None:
        """All that holds a part is opened: what its own opening asks for is known now."""
        opener = (OPENERS.get(node.op) or BY_MEANING.get(type(node.op.meaning))) if isinstance(node, Call) else None
        if opener is None or not isinstance(node, Call):
            raise NoDerivation(say("this formula under the trace"))
        rule, handed = opener(self.under, node, self.around[node])
        self.ready.setdefault(rule, []).append((node, (rule, handed)))

    def _open(self, rule: str) -> None:
        """Replaces tr(W N), for all N that wait for a rule, by what it is in the parts of N."""
        for node, (_, handed) in self.ready.pop(rule):
            del self.around[node]
            for inner, coefficient in handed:
                coefficient = self._without_identity(self.tidier.tidy(coefficient))
                if inner is self.dx:
                    self.ends.append(coefficient)
                    continue
                before = self.around.get(inner)
                self.around[inner] = coefficient if before is None else self.tidier.tidy(call(ADD, before, coefficient))
            for inner in node.args:
                self.waiting[inner] -= 1
                if self.holds[inner] and not self.waiting[inner] and inner is not self.dx:
                    self.waiting[inner] = -1
                    self._arrived(inner)

    def _without_identity(self, e: Expr) -> Expr:
        """(c I + A) B as c B + A B."""
        p = self.tidier.product(e)
        sums = [f for f in p.chain if len(self.tidier.terms(f)) > 1]
        given = self.tidier.given
        kept = [f for f in sums if f in given or not any(is_identity(t) for t in self._bodies(f))]
        return e if len(kept) == len(sums) else self.tidier.expand(e, kept, FEW) or e

    def _bodies(self, e: Expr) -> list[Expr]:
        """The terms of a sum without their scalars."""
        chains = (self.tidier.product(body).chain for _, body in self.tidier.terms(e))
        return [chain[0] for chain in chains if len(chain) == 1]

    def _line(self, rule: str) -> None:
        if self.lines and self.lines[-1][0] == rule:
            self.lines.pop()
        self.lines.append((rule, [*((w, n) for n, w in self.around.items()), *((w, self.dx) for w in self.ends)]))

    def _steps(self, whole: Expr) -> list[Step]:
        """The lines from df to tr(W dX), without those that look like the one before."""
        lines = self.lines if len(self.lines) <= LINES else [("trace-cyclic", [(whole, self.dx)])]
        found: list[Step] = []
        before = self.df
        for rule, state in [*lines, ("trace-collect", [(whole, self.dx)])]:
            after = self._sum(state)
            if after is not before and not self._reordered(before, after):
                found.append(
                    Step(
                        rule or "trace-linear",
                        EQUALITY,
                        before,
                        self.context.wrt,
                        after,
                        after,
                        after,
                        moved=self.context.moved,
                    )
                )
            before = after
        return found

    def _reordered(self, before: Expr, after: Expr) -> bool:
        """Whether only the order of terms changes."""
        return set(self.tidier.terms(before)) == set(self.tidier.terms(after))

    def _sum(self, state: list[tuple[Expr, Expr]]) -> Expr:
        terms = [term(w, n, self.tidier) for w, n in state]
        return self.tidier.add([(c, e) for t in terms for c, e in self.tidier.terms(t)])


def _transposed(shape: Shape) -> tuple[str, tuple[Dim, ...]]:
    return {"v": "r", "r": "v"}.get(shape.kind, shape.kind), shape.dims[::-1]


def term(w: Expr, n: Expr, tidier: Tidier) -> Expr:
    """tr(W N), with numbers before the trace."""
    p = tidier.product(w)
    bare = tidier.formula(Product(chain=p.chain)) if p.chain else number(1)
    if n.type.kind == "m":
        inner = tr(n if is_identity(bare) else call(MUL, bare, n))
    elif n.type.kind == "r":
        inner = call(MUL, n, bare)
    else:
        inner = n if is_one(bare) else call(MUL, bare, n)
    tidier.known.setdefault(inner, inner)
    scalars = tidier.formula(Product(p.coefficient, p.scalars, (), p.below))
    return tidier.multiply(scalars, inner)
