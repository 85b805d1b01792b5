"""A derivation in words, for those who listen: every formula of its page as it is spoken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradproof.explain.entries import Element, IndexSum, SummedEntries
from gradproof.explain.steps import DERIVATIVE, DIFFERENTIAL, Step, child_of, is_hole
from gradproof.explain.writer import LONG, Writer
from gradproof.notation.decimals import decimal
from gradproof.notation.expr import Expr, Symbol, fold
from gradproof.service.speech import LONGEST, WORDS, change, named, part, slope, spoken


class Speaking(Writer):
    """Writes formulas as words of a language."""

    def __init__(self, lang: str, names: Mapping[Expr, Symbol], called: Mapping[Expr, Symbol]):
        super().__init__("unicode", names, called)
        self.lang = lang if lang in WORDS else "en"
        self._own = {e: named(n.name, self.lang) for e, n in called.items()}
        self._all = dict(self._own)

    def word(self, key: str, *parts: str) -> str:
        return WORDS[self.lang][key].format(*parts)

    def announce(self, name: Symbol, goal: Expr) -> None:
        self._all[goal] = named(name.name, self.lang)

    def plain(self, e: Expr) -> str:
        return spoken(e, self.lang)

    def definition(self, e: Expr) -> str:
        return spoken(e, self.lang, {k: v for k, v in self._own.items() if k is not e})

    def formula(self, e: Expr, holes: Sequence[Step] = (), limit: int = LONG) -> str:
        text = self._said(e, holes, self._own)
        short = len(self._all) > len(self._own) and (len(text) > limit or text == self.word("long"))
        return self._said(e, holes, self._all) if short else text

    def _said(self, e: Expr, holes: Sequence[Step], known: Mapping[Expr, str]) -> str:
        found: dict[Expr, None] = {}
        fold(e, lambda n, args: found.setdefault(n) if is_hole(n) else None, lambda n: () if n in known else n.args)
        here = {n: self._of(holes[child_of(n)]) for n in found if isinstance(n, Symbol)} if holes else {}
        return spoken(e, self.lang, {**known, **here})

    def claim(self, step: Step) -> str:
        return self._of(step) if step.kind in (DERIVATIVE, DIFFERENTIAL) else self.formula(step.goal)

    def _of(self, step: Step) -> str:
        """The derivative, or the differential, of what a step is about."""
        goal = self.names.get(step.goal, step.goal)
        top = part(goal, self.lang, self._all)
        if len(top) > LONGEST:
            top = self.word("long")
        if step.kind == DIFFERENTIAL:
            return change(top, self.lang)
        return slope(top, [x.name if isinstance(x, Symbol) else spoken(x, self.lang) for x in step.wrt], self.lang)

    def bends(self, claim: str, name: str, verdict: str, what: str) -> str:
        left = self.word("bend", name) if what == "differential" else claim
        return self.word(f"bends-{verdict}", left)

    # -- by entries

    def entries(self, whole: IndexSum) -> str:
        text = ""
        for t in whole.terms:
            term = self._product(t, whole)
            text = self.word("sub" if t.coefficient < 0 else "add", text, term) if text else self.word("neg", term) if t.coefficient < 0 else term  # fmt: skip
        return text or "0"

    def _product(self, t: SummedEntries, whole: IndexSum) -> str:
        summed = [whole.names[i] for i in dict.fromkeys(i for x in t.entries for i in x.at) if i not in whole.free]
        number = decimal(abs(t.coefficient))
        factors = ([number] if number != "1" or not t.entries else []) + [self._entry(x, whole) for x in t.entries]
        text = factors[0]
        for f in factors[1:]:
            text = self.word("mul", text, f)
        return self.word("over", self.word("and").join(summed), text) if summed else text

    def _entry(self, x: Element, whole: IndexSum) -> str:
        name = "delta" if x.of is None else part(x.of, self.lang, self._own)
        return self.word("at", name, " ".join(whole.names[i] for i in x.at)) if x.at else name

    def place(self, step: Step, whole: IndexSum) -> str:
        x = step.wrt[0]
        split = len(x.type.dims) if step.kind == DERIVATIVE else 0
        at = [whole.names[i] for i in whole.free]
        goal = self.names.get(step.goal, step.goal)
        top = part(goal, self.lang, self._own)
        if at[split:]:
            top = self.word("at", top, " ".join(at[split:]))
        if step.kind != DERIVATIVE:
            return top
        below = spoken(x, self.lang)
        return self.word("slope", top, self.word("at", below, " ".join(at[:split])) if split else below)


def equals(lang: str, left: str, right: Sequence[str]) -> list[str]:
    """The left side, and each right side as it goes on: equals …."""
    form = WORDS.get(lang, WORDS["en"])["is"]
    return [left, *(form.format("", r).strip() for r in right)]
