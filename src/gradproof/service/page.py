"""A derivation as entries that a page shows one after another: formulas in LaTeX, the parts that come next marked, a hint before each."""

from __future__ import annotations

from dataclasses import replace

from gradproof.explain import page
from gradproof.explain.derivation import Derivation
from gradproof.explain.page import Entry
from gradproof.explain.speak import Speaker
from gradproof.explain.steps import Step
from gradproof.explain.writer import Writer
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
    """The derivation as a page: given, entries, result, conditions, closing lines; text has mathematics between dollar signs."""
    speaker = Speaker(t.lang, "latex", t.board.names)
    speaker.writer = Marking("latex", t.board.names)
    shown = page.compose(t.board, t.problem, t.method, t.conditions, t.summary, speaker)
    plain = page.compose(
        t.board, t.problem, t.method, t.conditions, t.summary, Speaker(t.lang, "unicode", t.board.names)
    )
    title, left, right = shown.result
    blocks = zip(shown.entries, plain.entries, t.board.blocks, strict=True)
    return {
        "title": shown.title,
        "given": shown.given,
        "entries": [_entry(e, p, t, block.step) for e, p, block in blocks],
        "result": {"title": title, "left": left, "right": right},
        "conditions": [*shown.conditions],
        "closing": [*shown.closing],
    }


def _entry(e: Entry, plain: Entry, t: Derivation, step: Step) -> Object:
    check: Json = t.check(step).json()
    return {
        "number": e.number,
        "title": e.title,
        "says": e.says,
        "left": e.left,
        "right": [*e.right],
        "spoken": " = ".join([plain.left, *plain.right]),
        "dims": e.dims,
        "remarks": [*e.remarks],
        "hint": e.title,
        "check": check,
    }
