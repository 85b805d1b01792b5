"""Formulas of a derivation as text: holes become ∂u/∂x or d(U), named goals their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradproof.explain.entries import Element, IndexSum, Slope, SummedEntries
from gradproof.explain.gathered import gathered
from gradproof.explain.quotients import divided, quotients, with_value
from gradproof.explain.steps import DERIVATIVE, DIFFERENTIAL, Step, child_of, is_hole
from gradproof.notation.decimals import decimal
from gradproof.notation.expr import Applied, Call, Expr, Symbol, fold, substitute, symbol
from gradproof.ops.operation import ATOM, PRODUCT, TRANSPOSE
from gradproof.records import replace
from gradproof.render.layout import Fragment, layout
from gradproof.render.names import LETTER, VALUE, subscript
from gradproof.render.style import ASCII, LATEX, UNICODE, Style

LONG, RESULT = 160, 2000  # characters of a formula, of a result, from which on names are used in it
STYLES = {"unicode": UNICODE, "ascii": ASCII, "latex": LATEX}
GATHERED = ("alpha", "Gamma")  # names of products
SECOND = ("d²", "d^2", r"\mathrm{d}^2")  # in each style
SIGNS = {  # of a second derivative that is a number, and of one that is a matrix, in each style
    "convex": (("≥ 0", ">= 0", r"\geq 0"), ("⪰ 0", ">= 0", r"\succeq 0")),
    "concave": (("≤ 0", "<= 0", r"\leq 0"), ("⪯ 0", "<= 0", r"\preceq 0")),
    "affine": (("= 0", "= 0", "= 0"),) * 2,
    "neither": (
        ("≱ 0, ≰ 0", "not >= 0, not <= 0", r"\ngeq 0,\ \nleq 0"),
        ("⋡ 0, ⋠ 0", "not >= 0, not <= 0", r"\nsucceq 0,\ \npreceq 0"),
    ),
}
_RAISED = {2: "²", 3: "³", 4: "⁴"}


class Writer:
    """Writes formulas in one style."""

    def __init__(self, format: str, names: Mapping[Expr, Symbol], named: Mapping[Expr, Symbol] | None = None):
        self.style: Style = STYLES[format]
        self.names, self.named = names, named or {}
        self._products = [e for e, n in self.named.items() if n.name in GATHERED]
        self._quotients = quotients(self.named)
        self._base: dict[Expr, Fragment] = {e: layout(n, self.style, {}) for e, n in (named or {}).items()}
        self._memo: dict[Expr, Fragment] = dict(self._base)
        self._short: dict[
            Expr, Fragment
        ] = {}  # the same, with the names that were announced in place of what they stand for
        self._announced: dict[Expr, Symbol] = {}

    def announce(self, name: Symbol, goal: Expr) -> None:
        """From now on, long formulas are written with this name."""
        self._announced[goal] = name
        self._short = self._base | {g: layout(n, self.style, {}) for g, n in self._announced.items()}

    def plain(self, e: Expr) -> str:
        """A formula written out, without names."""
        return layout(e, self.style, {}).text

    def definition(self, e: Expr) -> str:
        """What a name stands for, with the other names in it."""
        return layout(e, self.style, {k: v for k, v in self._base.items() if k is not e}).text

    def formula(self, e: Expr, holes: Sequence[Step] = (), limit: int = LONG) -> str:
        """A formula, with what its holes stand for; where it is longer than the limit, with the announced names."""
        e = gathered(e, self._products)
        if self._quotients:
            e = divided(substitute(e, dict(self.named)), self._quotients)
        whole = layout(e, self.style, self._memo)
        long = bool(self._announced) and whole.size > limit * (2 if self.style is LATEX else 1)
        if not holes:
            return layout(e, self.style, self._short).text if long else whole.text
        memo: dict[Expr, Fragment] = dict(self._short if long else self._base)
        memo |= {n: self._hole(holes[child_of(n)]) for n in self._holes(e, memo) if isinstance(n, Symbol)}
        return layout(e, self.style, memo).text

    def in_value(self, e: Expr, name: Symbol, goal: Expr) -> str | None:
        """The gradient of a quotient with the name of that quotient; None where it has no part in it."""
        short = dict(self.named)
        found = with_value(
            substitute(e, {**short}), name, substitute(goal, {k: v for k, v in short.items() if k is not goal})
        )
        return None if found is None else layout(found, self.style, {}).text

    def _holes(self, e: Expr, known: Mapping[Expr, Fragment]) -> list[Expr]:
        """The holes of a line; there are none inside of what has a name."""
        found: dict[Expr, None] = {}
        fold(e, lambda n, args: found.setdefault(n) if is_hole(n) else None, lambda n: () if n in known else n.args)
        return list(found)

    def claim(self, step: Step) -> str:
        """The left side of a step: ∂f/∂x, d(X⁻¹)."""
        if step.kind in (DERIVATIVE, DIFFERENTIAL):
            return self._hole(step).text
        return self.formula(step.goal)

    def bends(self, claim: str, name: str, verdict: str, what: str) -> str:
        """What is said of the sign of a Hessian: of a "number", of a "matrix", or of the second "differential", where that alone has one."""
        place = [*STYLES.values()].index(self.style)
        left = f"{SECOND[place]} {name}" if what == "differential" else claim
        return f"{left} {SIGNS[verdict][what == 'matrix'][place]}"

    def entries(self, whole: IndexSum) -> str:
        """A sum of products of entries: Σᵢⱼ xᵢ Aᵢⱼ xⱼ."""
        text = ""
        for t in whole.terms:
            term = self._product(t, whole)
            minus = "−" if self.style is UNICODE else "-"
            text += ((f" {minus} " if text else minus) if t.coefficient < 0 else " + " if text else "") + term
        return text or "0"

    def _product(self, t: SummedEntries, whole: IndexSum) -> str:
        summed = [whole.names[i] for i in dict.fromkeys(i for x in t.entries for i in x.at) if i not in whole.free]
        number = decimal(abs(t.coefficient))
        times = "*" if self.style is ASCII else " "
        factors = ([number] if number != "1" or not t.entries else []) + [self._entry(x, whole) for x in t.entries]
        body = times.join(factors)
        if not summed:
            return body
        if self.style is ASCII:
            return f"sum({','.join(summed)}: {body})"
        return rf"\sum_{{{','.join(summed)}}} {body}" if self.style is LATEX else f"Σ{self._lowered(summed)} {body}"

    def _slope(self, x: Slope, e: Applied, at: Sequence[str]) -> str:
        """∂Uₖₗ/∂Xᵢⱼ; of g(U(X)) ∂g/∂Uₖₗ."""
        inner = e.args[x.by]
        split = len(inner.type.dims)
        name = self.style.function(e.function, ()).text
        if isinstance(inner, Applied):
            below = self.style.function(inner.function, ()).text
        else:
            below = layout(inner, self.style, self._memo).text
            below = below if not inner.args or not split else f"{self.style.fence[0]}{below}{self.style.fence[1]}"
        d = {ASCII: "d", LATEX: r"\partial "}.get(self.style, "∂")
        top, below = (d + t + (self._lowered(i) if i else "") for t, i in ((name, at[split:]), (below, at[:split])))
        return rf"\frac{{{top}}}{{{below}}}" if self.style is LATEX else f"({top}/{below})"

    def _entry(self, x: Element, whole: IndexSum) -> str:
        at = [whole.names[i] for i in x.at]
        if isinstance(x, Slope) and isinstance(x.of, Applied):
            return self._slope(x, x.of, at)
        if x.of is None:
            name = {ASCII: "delta", LATEX: r"\delta"}.get(self.style, "δ")
        else:
            inner = layout(x.of, self.style, self._memo).text
            name = inner if _simple(x.of) or not at else f"{self.style.fence[0]}{inner}{self.style.fence[1]}"
        return name + (self._lowered(at) if at else "")

    def place(self, step: Step, whole: IndexSum) -> str:
        """The left side of a line in index notation: fᵢ, ∂f/∂xₖ, ∂fᵢ/∂xₖ."""
        x = step.wrt[0]
        split = len(x.type.dims) if step.kind == DERIVATIVE else 0
        at = [whole.names[i] for i in whole.free]
        goal = layout(self.names.get(step.goal, step.goal), self.style, self._memo)
        name = goal.text if not step.goal.args or step.goal in self.names else f"({goal.text})"
        top = name + (self._lowered(at[split:]) if at[split:] else "")
        if step.kind != DERIVATIVE:
            return top
        below = layout(x, self.style, {}).text + (self._lowered(at[:split]) if split else "")
        d = {ASCII: "d", LATEX: r"\partial "}.get(self.style, "∂")
        return rf"\frac{{{d}{top}}}{{{d}{below}}}" if self.style is LATEX else f"{d}{top}/{d}{below}"

    def _lowered(self, at: Sequence[str]) -> str:
        if self.style is LATEX:
            return f"_{{{''.join(at)}}}"
        if self.style is ASCII:
            return f"[{','.join(at)}]"
        return subscript("".join(at)) or "_" + "".join(at)

    def _hole(self, step: Step) -> Fragment:
        goal = self.names.get(step.goal, step.goal)
        inner = layout(goal, self.style, self._memo)
        if step.kind == DIFFERENTIAL:
            if isinstance(goal, Symbol):
                return layout(symbol("d" + goal.name, goal.type), self.style, {})
            opening, closing = self.style.fence
            text = (r"\mathrm{d}" if self.style is LATEX else "d") + f"{opening}{inner.text}{closing}"
            return Fragment((text,), len(text), len(text), ATOM, "", LETTER, VALUE)
        text, level = self._derivative(step, goal, inner)
        return Fragment((text,), len(text), len(text), level, "d", LETTER, VALUE)

    def _derivative(self, step: Step, goal: Expr, inner: Fragment) -> tuple[str, int]:
        if not step.wrt[0].name:  # the gradient by a complex variable
            nabla = {ASCII: "grad ", LATEX: r"\nabla "}.get(self.style, "∇")
            return nabla + (inner.text if _simple(goal) else f"({inner.text})"), TRANSPOSE
        names = [layout(s, self.style, {}).text for s in step.wrt]
        n = len(names)
        if self.style is LATEX:
            top = inner.text if _simple(goal) else rf"\left({inner.text}\right)"
            power = f"^{{{n}}}" if n > 1 else ""
            below = " ".join(rf"\partial {x}" for x in names)
            return rf"\frac{{\partial{power} {top}}}{{{below}}}", TRANSPOSE
        if self.style is ASCII:
            power = f"^{n}" if n > 1 else ""
            body = inner.text if isinstance(goal, Symbol) else f"({inner.text})"
            return f"d{power}{body}/{''.join('d' + x for x in names)}", PRODUCT
        body = inner.text if _simple(goal) else f"({inner.text})"
        return f"∂{_RAISED.get(n, '') if n > 1 else ''}{body}/{''.join('∂' + x for x in names)}", PRODUCT


class Marking(Writer):
    """What is differentiated next stands between two marks."""

    quiet = 0

    def __init__(
        self, format: str, names: Mapping[Expr, Symbol], named: Mapping[Expr, Symbol] | None, marks: tuple[str, str]
    ):
        super().__init__(format, names, named)
        self.marks = marks

    def claim(self, step: Step) -> str:
        self.quiet += 1
        try:
            return super().claim(step)
        finally:
            self.quiet -= 1

    def _hole(self, step: Step) -> Fragment:
        found = super()._hole(step)
        if self.quiet:
            return found
        opening, closing = self.marks
        more = len(opening) + len(closing)
        return replace(found, parts=(opening, *found.parts, closing), own=found.own + more, size=found.size + more)


def _simple(goal: Expr) -> bool:
    """Whether ∂ may stand before a formula without brackets: a name, or a function of something."""
    return not goal.args or isinstance(goal, Applied) or (isinstance(goal, Call) and goal.op.binds == ATOM)
