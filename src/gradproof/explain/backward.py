"""The chain rule through named vectors: z = X w, s = σ(z), f(s). From the outside inwards, one ∂f/∂u for each name; then by the variable itself.

This is backpropagation. Each level is a formula in its own name, so that every claim is proven alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from gradproof.explain.algebra import Tidier
from gradproof.explain.atoms import ADD, HADAMARD, MUL, SUB, TRANSPOSE, is_diagonal
from gradproof.explain.context import signed, terms_of
from gradproof.explain.differential import Moving, differential_of
from gradproof.explain.finish import after, shortest
from gradproof.explain.named import ERROR, LAYERS, LOSS, VALUE, Name, parts, through
from gradproof.explain.rules import TextbookRule
from gradproof.explain.separable import COLUMN, separable
from gradproof.explain.steps import DERIVATIVE, DIFFERENTIAL, EQUALITY, NoDerivation, Step, fill, hole
from gradproof.explain.textbook import derive_by_rules
from gradproof.explain.trace import collect
from gradproof.lift.lifter import Lifter
from gradproof.notation.expr import Call, Expr, Symbol, call, fold, substitute, symbol, walk
from gradproof.records import replace

SHORT = 8  # names and operations of an error that needs no name of its own


def derive_backward(expr: Expr, x: Symbol, rules: Mapping[str, TextbookRule] | None, lifter: Lifter) -> Step | None:
    """The proof tree of ∂expr/∂x through its named parts; None where there are none that all goes through."""
    names = parts(expr, x)
    levels = through(expr, x, names)
    if expr.type.kind != "s" or not (any(n.meaning in LAYERS for n in levels) or _by_entries(expr, levels, lifter)):
        return None
    try:
        return _Levels(expr, x, levels, names, rules, lifter).root()
    except NoDerivation:
        return None


def _by_entries(expr: Expr, levels: Sequence[Name], lifter: Lifter) -> bool:
    """Whether it is a sum over the entries of a residual."""
    if [n.meaning for n in levels] != ["residual"]:
        return False
    return separable(substitute(expr, {levels[0].formula: levels[0].symbol}), levels[0].symbol, lifter) is not None


def derive_terms(
    expr: Expr, x: Symbol, rules: Mapping[str, TextbookRule] | None, lifter: Lifter, alone: Callable[[Expr], Step]
) -> Step | None:
    """The derivative of a sum of which only some terms go through named parts: a loss and a penalty. `alone`: how one other term is derived."""
    if expr.type.kind != "s" or not isinstance(expr, Call) or expr.op not in (ADD, SUB):
        return None
    terms = terms_of(expr)
    inside = [(sign, t) for sign, t in terms if _goes_through(t, x)]
    outside = [(sign, t) for sign, t in terms if (sign, t) not in inside and x in t.variables]
    if not inside or not outside:
        return None
    part = signed(inside)
    step = derive_backward(part, x, rules, lifter)
    if step is None:
        return None
    others = [alone(t) for _, t in outside]
    places = [hole(k, s.result.type) for k, s in enumerate((step, *others))]
    line = signed([(1, places[0]), *((sign, p) for (sign, _), p in zip(outside, places[1:], strict=True))])
    raw = fill(line, [step.result, *(s.result for s in others)])
    result = Tidier(walk(expr)).tidy(raw)
    *names, value = step.named
    used = {n.name for n in names} | {s.name for s in expr.variables} | {"f"}
    letter = next(a for a in (*"lgqh", *(f"l{k}" for k in range(1, len(used) + 2))) if a not in used)
    loss = Name(symbol(letter, part.type), part, LOSS, value.also, names[0].symbol)
    taken = [s for n in (*names, loss) for s in (n.symbol, symbol(n.name, expr.type))]
    known = {n.formula for n in names}
    more = [n for n in parts(signed(outside), x, (*taken, *expr.variables)) if n.formula not in known]
    named = (*names, *more, loss, Name(value.symbol, expr, VALUE))
    told = replace(step, named=(), free=())
    return Step("sum", DERIVATIVE, expr, (x,), line, raw, result, {}, (told, *others), named=named)


def _goes_through(e: Expr, x: Symbol) -> bool:
    return any(n.meaning in LAYERS for n in through(e, x, parts(e, x)))


class _Levels:
    """The formula in each of its names, and the gradient by each."""

    def __init__(
        self,
        expr: Expr,
        x: Symbol,
        levels: Sequence[Name],
        names: Sequence[Name],
        rules: Mapping[str, TextbookRule] | None,
        lifter: Lifter,
    ):
        self.expr, self.x, self.levels, self.rules, self.lifter = expr, x, levels, rules, lifter
        self.names = list(names)
        self.inner: list[dict[Expr, Expr]] = []  # for each level, what its name stands for in the name before
        self.forms: dict[str, list[Expr]] = {n.name: [] for n in names}
        self.goals: list[Expr] = []
        self.free: list[Step] = []
        before: Name | None = None
        for n in levels:
            own = substitute(n.formula, {before.formula: before.symbol}) if before else n.formula
            self.inner.append({n.symbol: own})
            before = n
        for n in names:
            for level in levels:
                for whole in (n.formula, *n.also):
                    form = substitute(whole, {level.formula: level.symbol})
                    if form is not whole and form.args:
                        self.forms[n.name].append(form)

    def root(self) -> Step:
        last = self.levels[-1]
        goal = substitute(self.expr, {last.formula: last.symbol})
        self.goals.append(goal)
        step = self._outer(goal, last.symbol)
        self._error(step, last)
        for k in range(len(self.levels) - 1, 0, -1):
            step = self._inwards(step, k)
            self._error(step, self.levels[k - 1])
        whole = self._by_matrix(step) if self.x.type.kind == "m" else self._by_vector(step)
        named = [replace(n, also=tuple(dict.fromkeys((*n.also, *self.forms.get(n.name, []))))) for n in self.names]
        value = Name(symbol("f", self.expr.type), self.expr, VALUE, tuple(self.goals))
        return replace(whole, named=(*named, value), free=tuple(self.free))

    def _outer(self, goal: Expr, u: Symbol) -> Step:
        """The gradient by the outermost name."""
        found = separable(goal, u, self.lifter)
        if found is not None:
            return found
        step = derive_by_rules(goal, u, self.rules)
        plain = shortest(step.result, COLUMN, self.lifter)
        return step if plain is None or plain is step.result else after("simplify", step, plain)

    def _inwards(self, step: Step, k: int) -> Step:
        """∂f/∂u = (∂v/∂u)(∂f/∂v), for v = φ(u)."""
        u, v = self.levels[k - 1].symbol, self.levels[k].symbol
        inner = self.inner[k]
        jacobian = derive_by_rules(inner[v], u, self.rules)
        goal = substitute(step.goal, inner)
        self.goals.append(goal)
        outer = substitute(step.result, inner)
        tidier = Tidier((*walk(goal), *walk(outer)))
        line = call(MUL, hole(0, jacobian.result.type), hole(1, step.result.type))
        raw = call(MUL, jacobian.result, outer)
        if is_diagonal(jacobian.result):
            raw = call(HADAMARD, outer, jacobian.result.args[0])
        known = self._errors_in(raw)
        short = substitute(raw, known) if known else raw
        result = shortest(short, COLUMN, self.lifter) or tidier.tidy(short)
        result = substitute(result, {name: form for form, name in known.items()}) if known else result
        return Step("chain-through", DERIVATIVE, goal, (u,), line, raw, result, {"u": v}, (jacobian, step))

    def _errors_in(self, e: Expr) -> dict[Expr, Expr]:
        """The errors of the layers further out that a gradient is made of, with their names: they stay whole."""
        nodes = set(walk(e))
        return {f: n.symbol for n in self.names if n.meaning == ERROR for f in self.forms[n.name] if f in nodes}

    def _for_free(self, step: Step, k: int) -> None:
        """The gradients by weights and offsets that stand beside: of u = A v + b, with δ = ∂f/∂u, these are δ v' and δ."""
        level, outer = self.levels[k], self._written(step.result)
        for sign, term in terms_of(level.formula):
            product = isinstance(term, Call) and term.op is MUL and isinstance(term.args[0], Symbol)
            p = term.args[0] if product else term
            if sign < 0 or p is self.x or not isinstance(p, Symbol) or self._count(p) > 1:
                continue
            if product and p.type.kind == "m" and term.args[1].type.kind == "v":
                found = call(MUL, outer, call(TRANSPOSE, term.args[1]))
            elif not product and p.type.kind == "v":
                found = outer
            else:
                continue
            self.free.append(
                Step("chain-through", DERIVATIVE, self.expr, (p,), found, found, found, {"u": level.symbol})
            )

    def _count(self, p: Symbol) -> int:
        """How often a variable is written."""
        memo: dict[Expr, int] = {}
        return fold(self.expr, lambda e, args: int(e is p) + sum(args), memo=memo)

    def _error(self, step: Step, level: Name) -> None:
        """A name for a gradient that is long: δ."""
        if len(self.levels) > 1:
            self._for_free(step, self.levels.index(level))
        if level.meaning not in LAYERS or len(self.levels) < 2 or self.x.type.kind != "m":
            return
        if sum(1 for _ in walk(step.result)) <= SHORT:
            return
        used = {n.name for n in self.names} | {s.name for s in self.expr.variables}
        layer = sum(n.meaning in LAYERS for n in self.levels[: self.levels.index(level) + 1])
        alone = layer == 1 and not any(n.meaning == ERROR for n in self.names)
        name = "delta" if alone else f"delta{layer}"
        if name in used:
            return
        whole = self._written(step.result)
        self.names.append(Name(symbol(name, step.result.type), whole, ERROR, of=level.symbol))
        self.forms[name] = [step.result, *(substitute(step.result, self._down(level, n)) for n in self.levels)]

    def _down(self, level: Name, to: Name) -> dict[Expr, Expr]:
        k, j = self.levels.index(level), self.levels.index(to)
        values: dict[Expr, Expr] = {}
        for i in range(j + 1, k + 1):
            own = (
                substitute(self.inner[i][self.levels[i].symbol], values)
                if values
                else self.inner[i][self.levels[i].symbol]
            )
            values[self.levels[i].symbol] = own
        return values

    def _written(self, e: Expr) -> Expr:
        """A formula in the variable itself."""
        return substitute(e, {n.symbol: n.formula for n in self.levels})

    def _by_vector(self, step: Step) -> Step:
        first = self.levels[0]
        jacobian = derive_by_rules(first.formula, self.x, self.rules)
        outer = self._written(step.result)
        tidier = Tidier((*walk(self.expr), *walk(outer)))
        line = call(MUL, hole(0, jacobian.result.type), hole(1, step.result.type))
        raw = call(MUL, jacobian.result, outer)
        result = tidier.tidy(raw)
        return Step(
            "chain-through", DERIVATIVE, self.expr, (self.x,), line, raw, result, {"u": first.symbol}, (jacobian, step)
        )

    def _by_matrix(self, step: Step) -> Step:
        """df = (∂f/∂z)' dz, brought into the form tr(G' dX) and read off."""
        first = self.levels[0]
        moved, context = differential_of(first.formula, (self.x,), self.rules)
        outer = self._written(step.result)
        short = symbol("\1g", step.result.type)
        line = call(MUL, call(TRANSPOSE, hole(0, step.result.type)), hole(1, moved.result.type))
        raw = call(MUL, call(TRANSPOSE, short), moved.result)
        context = Moving(call("add", raw, raw), (self.x,), self.rules)
        w, lines = collect(context.tidy(raw), context)
        values: dict[Expr, Expr] = {short: outer}
        df = substitute(context.tidy(raw), values)
        top = Step(
            "differential-chain",
            DIFFERENTIAL,
            self.expr,
            (self.x,),
            line,
            df,
            df,
            {"u": first.symbol},
            (step, moved),
            context.moved,
        )
        told = [_put(line, values) for line in lines]
        result = substitute(context.tidy(call(TRANSPOSE, w)), values)
        return Step(
            "read-off",
            DERIVATIVE,
            self.expr,
            (self.x,),
            result,
            result,
            result,
            {"G": substitute(w, values)},
            (top, *told),
            context.moved,
        )


def _put(step: Step, values: dict[Expr, Expr]) -> Step:
    """The same line with a part written out."""
    assert step.kind == EQUALITY
    goal, line, raw, result = (substitute(e, values) for e in (step.goal, step.line, step.raw, step.result))
    return replace(step, goal=goal, line=line, raw=raw, result=result)


__all__ = ["derive_backward", "derive_terms"]
