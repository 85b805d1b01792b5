"""A derivation as entries that a page shows one after another: formulas in LaTeX, the parts that come next marked, a hint before each."""

from __future__ import annotations

import math
from typing import cast

from gradproof.choices import Picture
from gradproof.derivative import Derivative
from gradproof.explain.check import Agreement
from gradproof.explain.derivation import Derivation
from gradproof.explain.heading import Entry, Line
from gradproof.explain.writer import Marking
from gradproof.notation.expr import Expr
from gradproof.records import replace
from gradproof.service.aloud import Speaking, equals
from gradproof.service.fields import Json, Object

MARK = (r"\htmlClass{next}{", "}")


def entries(t: Derivation) -> Object:
    """The derivation as a page: given, names, entries, result, conditions, closing lines; text has mathematics between dollar signs. `spoken`: the same in words."""
    speaker, reader = t.speaker("latex"), t.speaker("unicode")
    speaker.writer = Marking("latex", t.board.names, speaker.writer.named, MARK)
    reader.writer = Speaking(t.lang, t.board.names, speaker.writer.named)
    shown, heard = t.page("latex", speaker, reading=False), t.page("unicode", reader, reading=False)
    count = len(shown.entries)
    plain = replace(
        heard, entries=tuple(replace(e, rule="") for e in heard.entries)
    )  # a rule is no formula with a tree
    hints = zip(t.hints("latex", shown)[-count:], t.hints("unicode", plain)[-count:], strict=True)
    return {
        "title": shown.title,
        "given": shown.given,
        "names": [*shown.names],
        "wanted": shown.wanted,
        "hint": shown.hint,
        "entries": [_entry(e, h, *told, t) for e, h, told in zip(shown.entries, heard.entries, hints, strict=True)],
        "result": {"title": shown.labels["result"], "left": shown.result.left, "right": " = ".join(shown.result.right)},
        "conditions": [*shown.conditions],
        "closing": [*shown.closing],
        "spoken": {
            "hint": heard.hint,
            "names": [*heard.names],
            "conditions": [*heard.conditions],
            "closing": [*heard.closing],
        },
    }


def pictures(d: Derivative) -> Object:
    """The result as boxes with their sizes, where it is in matrix notation, and as a network of indices: text and SVG."""
    kinds: tuple[Picture, ...] = ("shapes", "network") if isinstance(d.result, Expr) else ("network",)
    return {kind: {"text": d.picture(kind), "svg": d.picture(kind, "svg")} for kind in kinds}


def _entry(e: Entry, heard: Entry, hint: str, heard_hint: str, t: Derivation) -> Object:
    checks = [t.check(s) for s in e.steps] or [
        Agreement(None, math.nan)
    ]  # what is said of a Hessian is no step of numbers
    worst: Json = max(checks, key=lambda c: (c.ok is False, c.ok is None, c.max_relative_error)).json()
    first, *more = (_line(*both, t.lang) for both in zip(e.lines, heard.lines, strict=True))
    return {
        "number": e.number,
        "title": e.title,
        "rule": e.rule,
        "says": e.says,
        "left": first["left"],
        "right": first["right"],
        "spoken": first["spoken"],
        "more": cast("list[Json]", more),
        "dims": e.dims,
        "remarks": [*e.remarks],
        "hint": hint,
        "check": worst,
        "heard": {"says": heard.says, "hint": heard_hint, "remarks": [*heard.remarks]},
    }


def _line(line: Line, heard: Line, lang: str) -> Object:
    """An equation. `spoken`: its left side, then for each right side what is said of it; all of them in one where they are told apart differently."""
    said = equals(lang, heard.left, heard.right)
    if len(line.right) != len(heard.right):
        said = [said[0], " ".join(said[1:])]
    return {"left": line.left, "right": [*line.right], "by": line.by, "spoken": cast("list[Json]", said)}
