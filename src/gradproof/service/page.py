"""A derivation as entries that a page shows one after another: formulas in LaTeX, the parts that come next marked, a hint before each."""

from __future__ import annotations

from gradproof.choices import Picture
from gradproof.derivative import Derivative
from gradproof.explain.derivation import Derivation
from gradproof.explain.page import Entry
from gradproof.explain.steps import Step
from gradproof.explain.writer import Writer
from gradproof.notation.expr import Expr
from gradproof.records import replace
from gradproof.render.layout import Fragment
from gradproof.service.fields import Json, Object

MARK = r"\htmlClass{next}"


class Marking(Writer):
    """Writes formulas in LaTeX; what is differentiated next stands in a class of its own."""

    quiet = 0

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
        more = len(MARK) + 2
        return replace(found, parts=(MARK + "{", *found.parts, "}"), own=found.own + more, size=found.size + more)


def entries(t: Derivation) -> Object:
    """The derivation as a page: given, names, entries, result, conditions, closing lines; text has mathematics between dollar signs."""
    speaker = t.speaker("latex")
    speaker.writer = Marking("latex", t.board.names, speaker.writer.named)
    shown, plain, hints = t.page("latex", speaker, reading=False), t.page("unicode", reading=False), t.hints("latex")
    hints = hints[len(hints) - len(shown.entries) :]
    return {
        "title": shown.title,
        "given": shown.given,
        "names": [*shown.names],
        "wanted": shown.wanted,
        "hint": shown.hint,
        "entries": [_entry(*both, t) for both in zip(shown.entries, plain.entries, hints, strict=True)],
        "result": {"title": shown.labels["result"], "left": shown.result.left, "right": " = ".join(shown.result.right)},
        "conditions": [*shown.conditions],
        "closing": [*shown.closing],
    }


def pictures(d: Derivative) -> Object:
    """The result as boxes with their sizes, where it is in matrix notation, and as a network of indices: text and SVG."""
    kinds: tuple[Picture, ...] = ("shapes", "network") if isinstance(d.result, Expr) else ("network",)
    return {kind: {"text": d.picture(kind), "svg": d.picture(kind, "svg")} for kind in kinds}


def _entry(e: Entry, plain: Entry, hint: str, t: Derivation) -> Object:
    first, spoken = e.lines[0], plain.lines[0]
    checks = [t.check(s) for s in e.steps]
    worst: Json = max(checks, key=lambda c: (c.ok is False, c.ok is None, c.max_relative_error)).json()
    return {
        "number": e.number,
        "title": e.title,
        "rule": e.rule,
        "says": e.says,
        "left": first.left,
        "right": [*first.right],
        "more": [{"left": line.left, "right": [*line.right], "by": line.by} for line in e.lines[1:]],
        "spoken": " = ".join([spoken.left, *spoken.right]),
        "dims": e.dims,
        "remarks": [*e.remarks],
        "hint": hint,
        "check": worst,
    }
