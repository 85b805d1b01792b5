"""Formulas of a derivation as text: holes become ∂u/∂x or d(U), named goals their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradproof.explain.steps import DERIVATIVE, DIFFERENTIAL, Step, child_of, is_hole
from gradproof.expr import Applied, Call, Expr, Symbol, symbol, walk
from gradproof.ops.operation import ATOM, PRODUCT
from gradproof.render.layout import Fragment, layout
from gradproof.render.names import LETTER, VALUE
from gradproof.render.style import ASCII, LATEX, UNICODE, Style

STYLES = {"unicode": UNICODE, "ascii": ASCII, "latex": LATEX}
_RAISED = {2: "²", 3: "³", 4: "⁴"}


class Writer:
    """Writes formulas in one style."""

    def __init__(self, format: str, names: Mapping[Expr, Symbol]):
        self.style: Style = STYLES[format]
        self.names = names
        self._memo: dict[Expr, Fragment] = {}

    def formula(self, e: Expr, holes: Sequence[Step] = ()) -> str:
        """A formula, with what its holes stand for."""
        memo: dict[Expr, Fragment] = self._memo
        if holes:
            memo = {}
            memo |= {n: self._hole(holes[child_of(n)]) for n in walk(e) if isinstance(n, Symbol) and is_hole(n)}
        return layout(e, self.style, memo).text

    def claim(self, step: Step) -> str:
        """The left side of a step: ∂f/∂x, d(X⁻¹)."""
        if step.kind in (DERIVATIVE, DIFFERENTIAL):
            return self._hole(step).text
        return self.formula(step.goal)

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
        names = [layout(s, self.style, {}).text for s in step.wrt]
        n = len(names)
        if self.style is LATEX:
            top = inner.text if _simple(goal) else rf"\left({inner.text}\right)"
            power = f"^{{{n}}}" if n > 1 else ""
            below = " ".join(rf"\partial {x}" for x in names)
            return rf"\frac{{\partial{power} {top}}}{{{below}}}", ATOM
        if self.style is ASCII:
            power = f"^{n}" if n > 1 else ""
            body = inner.text if isinstance(goal, Symbol) else f"({inner.text})"
            return f"d{power}{body}/{''.join('d' + x for x in names)}", PRODUCT
        body = inner.text if _simple(goal) else f"({inner.text})"
        return f"∂{_RAISED.get(n, '') if n > 1 else ''}{body}/{''.join('∂' + x for x in names)}", PRODUCT


def _simple(goal: Expr) -> bool:
    """Whether ∂ may stand before a formula without brackets: a name, or a function of something."""
    return not goal.args or isinstance(goal, Applied) or (isinstance(goal, Call) and goal.op.binds == ATOM)
