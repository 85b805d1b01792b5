"""The chain rule through named vectors: z = X w, s = σ(z), f(s). From the outside inwards, one ∂f/∂u for each name; then by the variable itself.

This is backpropagation. Each level is a formula in its own name, so that every claim is proven alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from gradproof.explain.algebra import Tidier
from gradproof.explain.atoms import ADD, HADAMARD, MUL, NEG, SUB, TRANSPOSE, is_diagonal, is_one, made_of, ones, turned
from gradproof.explain.conditions import shown
from gradproof.explain.context import Context, signed, terms_of
from gradproof.explain.differential import Moving, differential_of
from gradproof.explain.factors import Product
from gradproof.explain.finish import after, shortest
from gradproof.explain.gathered import symmetric
from gradproof.explain.named import ERROR, LAYERS, LOSS, VALUE, Name, layered, parts, through
from gradproof.explain.readoff import derive_by_differential
from gradproof.explain.rules import TextbookRule, tr
from gradproof.explain.separable import COLUMN, separable
from gradproof.explain.steps import DERIVATIVE, DIFFERENTIAL, EQUALITY, NoDerivation, Remark, Step, fill, hole
from gradproof.explain.textbook import derive_by_rules
from gradproof.explain.trace import collect
from gradproof.facts import sense
from gradproof.lift.layouts import Axes
from gradproof.lift.lifter import Lifter
from gradproof.lift.pretty import negative
from gradproof.lift.rows import SOFTMAX_ROWS
from gradproof.notation.expr import Call, Expr, Symbol, call, fold, number, substitute, symbol, walk
from gradproof.ops.basic import LOG
from gradproof.ops.operation import Elementwise
from gradproof.records import replace

MATRIX = Axes((2,), "s", ())
SHORT = 8  # names and operations of an error that needs no name of its own


def derive_backward(expr: Expr, x: Symbol, rules: Mapping[str, TextbookRule] | None, lifter: Lifter) -> Step | None:
    """The proof tree of ∂expr/∂x through its named parts; None where there are none that all goes through."""
    names = parts(expr, x)
    levels = through(expr, x, names)
    levels = levels if x.type.dims else levels[-1:]
    if any(n.formula.type.kind == "m" for n in levels):
        worth = layered(levels, x)
    else:
        worth = any(n.meaning in LAYERS for n in levels) or _by_entries(expr, levels, lifter)
    if expr.type.kind != "s" or not worth:
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
        own = {n: _with_symmetry(n) for n in levels if n.formula.type.square}
        self.levels = levels = [own.get(n, n) for n in levels]
        self.names = [own.get(n, n) for n in names]
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
            matrices = "m" in (self.levels[k].symbol.type.kind, self.levels[k - 1].symbol.type.kind)
            if matrices:
                step = self._at_once(step, k) or self._moved(step, k, self.levels[k - 1].symbol)
            else:
                step = self._inwards(step, k)
            self._error(step, self.levels[k - 1])
        vectors = "m" not in (self.x.type.kind, self.levels[0].symbol.type.kind)
        whole = self._by_vector(step) if vectors and self.x.type.kind != "s" else self._moved(step, 0, self.x)
        named = [replace(n, also=tuple(dict.fromkeys((*n.also, *self.forms.get(n.name, []))))) for n in self.names]
        value = Name(symbol("f", self.expr.type), self.expr, VALUE, tuple(self.goals))
        return replace(whole, named=(*named, value), free=tuple(self.free))

    def _outer(self, goal: Expr, u: Symbol) -> Step:
        """The gradient by the outermost name."""
        found = separable(goal, u, self.lifter)
        if found is not None:
            return found
        if u.type.kind == "m":
            step = derive_by_differential(goal, u, self.rules)
            plain = shortest(step.result, MATRIX, self.lifter) if u.facts else None
            facts = [*_needed(self.levels[-1].formula), Remark("symmetric-part", {"U": u})]
            facts += [f for f in _needed(step.result) if f.parts["A"] is not u and f not in facts]
            return step if plain is None or plain is step.result else after("simplify", step, plain, facts)
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
            if product and p.type.kind == "m" and term.args[1].type.kind in "vm":
                found = call(MUL, outer, turned(term.args[1]))
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
        if level.meaning == "exponentials" and len(self.levels) > 1:
            self._shares(step, level)
        if level.meaning not in LAYERS or len(self.levels) < 2 or self.x.type.kind != "m":
            return
        if sum(1 for _ in walk(step.result)) <= SHORT:
            return
        used = {n.name for n in self.names} | {s.name for s in self.expr.variables}
        layer = sum(n.meaning in LAYERS for n in self.levels[: self.levels.index(level) + 1])
        alone = layer == 1 and not any(n.meaning == ERROR for n in self.names)
        letter = "Delta" if step.result.type.kind == "m" else "delta"
        name = letter if alone else f"{letter}{layer}"
        if name in used:
            return
        whole = self._written(step.result)
        self.names.append(Name(symbol(name, step.result.type), whole, ERROR, of=level.symbol))
        self.forms[name] = [step.result, *(substitute(step.result, self._down(level, n)) for n in self.levels)]

    def _shares(self, step: Step, level: Name) -> None:
        """Of exponentials, and a gradient by them: what each adds to the value when its exponent moves; of a mixture, the responsibilities."""
        used = {n.name for n in self.names} | {s.name for s in self.expr.variables}
        mixed = [n for n in walk(step.goal) if isinstance(n, Call) and n.op is LOG and level.symbol in n.variables]
        if "Gamma" not in used and step.result.type == level.symbol.type:
            share = call(HADAMARD, step.result, level.symbol)
            meaning = "responsibilities" if len(mixed) == 1 and made_of(mixed[0].args[0], MUL) else "shares"
            self.names.append(Name(symbol("Gamma", share.type), self._written(share), meaning))
            self.forms["Gamma"] = [share, *(substitute(share, self._down(level, n)) for n in self.levels)]

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

    def _at_once(self, step: Step, k: int) -> Step | None:
        """∂f/∂u for v = φ(u), where each entry of u moves one entry of v, or a row of it by softmax."""
        u, v = self.levels[k - 1].symbol, self.levels[k].symbol
        whole = self.inner[k][v]
        if not isinstance(whole, Call) or whole.args != (u,) or u.type.kind != "m":
            return None
        outer, goal = substitute(step.result, self.inner[k]), substitute(step.goal, self.inner[k])
        place = hole(0, outer.type)
        if whole.op is SOFTMAX_ROWS:
            n = ones(u.type.dims[1])
            spread = call(MUL, call(MUL, call(HADAMARD, whole, place), n), call(TRANSPOSE, n))
            rule, line = "softmax-rows-chain", call(HADAMARD, whole, call(SUB, place, spread))
        elif isinstance(whole.op.meaning, Elementwise):
            (slope,) = Context(goal, (u,), self.rules).slopes(whole)
            rule, line = "elementwise-back", call(HADAMARD, place, slope)
        else:
            return None
        self.goals.append(goal)
        raw = fill(line, [outer])
        result = Tidier((*walk(goal), *walk(outer))).tidy(raw)
        return Step(rule, DERIVATIVE, goal, (u,), line, raw, result, {"u": u, "v": v}, (step,))

    def _front(self, step: Step, outer: Expr, inner: Mapping[Expr, Expr]) -> tuple[Expr | None, Expr]:
        """The number before a gradient that has no name, and the rest."""
        if any(n.meaning == ERROR and step.result in (n.formula, *n.also, *self.forms[n.name]) for n in self.names):
            return None, outer
        tidier = Tidier(walk(step.goal))
        p = tidier.product(tidier.tidy(step.result))
        if not p.chain or p == Product(chain=p.chain):
            return None, outer
        front, rest = tidier.formula(replace(p, chain=())), tidier.formula(Product(chain=p.chain))
        return substitute(front, dict(inner)), substitute(rest, dict(inner))

    def _moved(self, step: Step, k: int, u: Symbol) -> Step:
        """df = tr((∂f/∂v)' dv), brought into the form tr(G' du) and read off: for v = φ(u), of which one is a matrix."""
        level = self.levels[k]
        moved, context = differential_of(self.inner[k][level.symbol], (u,), self.rules)
        outer, goal = substitute(step.result, self.inner[k]), substitute(step.goal, self.inner[k])
        self.goals += [goal] if k else []
        short = symbol("\1g", step.result.type)
        front, outer = self._front(step, outer, self.inner[k])
        itself = symmetric(outer)
        line = _paired(hole(0, short.type), hole(1, moved.result.type))
        raw = tr(call(MUL, short, moved.result)) if itself else _paired(short, moved.result)
        if front is not None:
            raw = call(NEG, raw) if is_one(negative(front)) else call(MUL, front, raw)
        context = Moving(call("add", raw, raw), (u,), self.rules)
        values: dict[Expr, Expr] = {short: outer}
        df = substitute(context.tidy(raw), values)
        parts = {"u": level.symbol}
        rule = "differential-chain-matrix" if short.type.kind == "m" else "differential-chain"
        top = Step(rule, DIFFERENTIAL, goal, (u,), line, df, df, parts, (step, moved), context.moved)
        if not u.type.dims:
            (dx,) = context.moved
            found = substitute(context.tidy(substitute(context.tidy(raw), {dx: number(1)})), values)
            return Step("read-off-scalar", DERIVATIVE, goal, (u,), found, found, found, {}, (top,), context.moved)
        w, lines = collect(context.tidy(raw), context)
        if itself:  # its transpose is the same
            turned_short = call(TRANSPOSE, short)
            same: dict[Expr, Expr] = {turned_short: short}
            notes = _needed(outer) if turned_short in walk(w) else []
            w, lines = context.tidy(substitute(w, same)), [_put(line, same, context.tidy) for line in lines]
            lines = [line for line in lines if line.goal is not line.result]
            found = substitute(substitute(context.tidy(call(TRANSPOSE, w)), same), values)
        else:
            notes = []
            found = substitute(context.tidy(call(TRANSPOSE, w)), values)
        told = [_put(line, values) for line in lines]
        parts = {"G": substitute(w, values)}
        children = (top, *told)
        return Step(
            "read-off", DERIVATIVE, goal, (u,), found, found, found, parts, children, context.moved, tuple(notes)
        )


def _needed(e: Expr) -> list[Remark]:
    """The declared facts without which a matrix would not be its own transpose."""
    ties = [s for s in e.variables if s.type.kind == "m" and sense(s.facts).turned == 1]
    needed = [s for s in ties if not symmetric(substitute(e, {s: symbol(s.name, s.type)}))]
    return [Remark("fact-symmetric", {"A": s}, tuple(shown(s))) for s in needed]


def _paired(g: Expr, d: Expr) -> Expr:
    """The inner product of a gradient and a differential."""
    product = call(MUL, call(TRANSPOSE, g), d)
    return tr(product) if g.type.kind == "m" else product


def _with_symmetry(n: Name) -> Name:
    """A named matrix with the fact that it is its own transpose, where it is."""
    facts = frozenset({"symmetric"}) if symmetric(n.formula) else frozenset()
    return replace(n, symbol=symbol(n.name, n.symbol.type, facts))


def _put(step: Step, values: dict[Expr, Expr], tidy: Callable[[Expr], Expr] = lambda e: e) -> Step:
    """The same line with a part written out."""
    assert step.kind == EQUALITY
    goal, line, raw, result = (tidy(substitute(e, values)) for e in (step.goal, step.line, step.raw, step.result))
    return replace(step, goal=goal, line=line, raw=raw, result=result)


__all__ = ["derive_backward", "derive_terms"]
