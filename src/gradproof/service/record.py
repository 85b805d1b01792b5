"""Derivatives, formulas and variables as JSON holds them; docs/cli.md says what the fields mean."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from gradproof.derivative import Derivative
from gradproof.derived import describe
from gradproof.errors import GradproofError
from gradproof.facts import DECLARED, TABLE, in_words, sense, told
from gradproof.lift.index import IndexForm
from gradproof.notation.expr import Expr, Symbol, symbol
from gradproof.parse import Note, Reading
from gradproof.render import left as render
from gradproof.render import name_parts
from gradproof.say import told as said_in
from gradproof.service.fields import SCHEMA_VERSION, Json, Object
from gradproof.service.speech import equation, slope, spoken
from gradproof.shapes.shape import KINDS, SCALAR

if TYPE_CHECKING:
    from gradproof.numeric.report import Report

WIDE = 60  # characters of a result from which on its repeated parts get names


def derivative(expression: str, d: Derivative, report: Report | None, lang: str) -> Object:
    """A derivative."""
    return {
        "schema_version": SCHEMA_VERSION,
        "expression": expression,
        "wrt": [*d.wrt],
        "layout": d.layout,
        "left": left_side(d.wrt, lang),
        "result": forms(d.result, lang),
        "named": named(d.result, lang),
        "shape": [*d.shape],
        "order": d.order,
        "index": d.index,
        "index_latex": d.in_indices().latex if d.order > 2 else None,
        "vec": None if d.vec is None else d.vec.ascii,
        "vec_latex": None if d.vec is None else d.vec.latex,
        "variables": dict(d.dims.items()),
        "symbols": symbols(d.symbols.values(), lang),
        "notes": [said(note, lang) for note in d.notes],
        "reading": reading(d.reading, d.expression, lang),
        "verified": None if report is None else bool(report.ok),
        "verification": None if report is None else verification(report, lang),
    }


def verification(report: Report, lang: str) -> Object:
    """What a numeric check found."""
    error = report.max_relative_error
    return {
        "ok": bool(report.ok),
        "max_relative_error": error if math.isfinite(error) else None,
        "points": report.points,
        "method": report.method,
        "reason": said_in(report.reason, lang),
        "conditions": [*report.conditions],
        "text": report_text(report, lang),
    }


def report_text(report: Report, lang: str) -> str:
    """One line about a check, in English where the language has no texts for it."""
    try:
        return report.text(lang)
    except GradproofError:
        return report.text()


def said(note: Note, lang: str) -> str:
    """A note in a language, in English where that has no texts."""
    try:
        return note.said(lang)
    except GradproofError:
        return note.text


def forms(e: Expr | IndexForm, lang: str) -> Object:
    """A formula as text, and in words."""
    found: Object = {form: getattr(e, form) for form in ("ascii", "unicode", "latex")}
    if isinstance(e, Expr):
        found["spoken"] = spoken(e, lang)
    return found


def named(e: Expr | IndexForm, lang: str) -> Json:
    """A long formula with names for the parts that it repeats, or null."""
    if not isinstance(e, Expr):
        return None
    try:
        found = name_parts(e, "auto", WIDE)
        if not found.parts:
            return None
        parts: list[Json] = [
            {
                "name": symbol(n, part.type).latex,
                "latex": part.latex,
                "ascii": part.ascii,
                "spoken": equation(n, spoken(part, lang), lang),
            }
            for n, part in found.parts
        ]
        return {"latex": found.body.latex, "ascii": found.body.ascii, "parts": parts}
    except GradproofError:
        return None


def reading(r: Reading, e: Expr, lang: str) -> Object:
    """How a text was read."""
    notes: list[Json] = []
    for note in r.notes:
        span: Json = None if note.span is None else [*note.span]
        notes.append({"text": said(note, lang), "span": span, "kind": note.kind, "grade": note.grade, "alternatives": [*note.alternatives]})  # fmt: skip
    return {"notation": r.notation, "formula": r.formula, "forms": forms(e, lang), "notes": notes}


def symbols(found: Iterable[Symbol], lang: str) -> list[Json]:
    """What is known of each variable, and which facts can be declared of it."""
    return [
        {
            "name": s.name,
            "kind": KINDS[s.type.kind],
            "dims": [d.text.replace(" ", "") for d in s.type.dims],
            "facts": [*told(s.facts)],
            "words": [w.told(lang) for w in in_words(told(s.facts))],
            "declaration": describe(s),
            "latex": s.latex,
            "set": _set(s),
            "possible": [{"name": f, "text": " ".join(w.told(lang) for w in in_words([f])) or f} for f in possible(s)],
        }
        for s in found
    ]


def possible(s: Symbol) -> list[str]:
    """The facts that make sense for the kind of a variable."""
    found = [name for name in DECLARED if TABLE[name].fits(s.type.dims) and TABLE[name].words]
    return sorted(found, key=lambda name: TABLE[name].usual or len(TABLE))


def _set(s: Symbol) -> str:
    r"""`w \in \mathbb{R}^{n}`."""
    if s.type.kind == "s" and sense(s.facts).nonnegative:
        return s.latex + (" > 0" if sense(s.facts).positive else r" \ge 0")
    power = r" \times ".join(_dim(d.text) for d in s.type.dims)
    return rf"{s.latex} \in \mathbb{{R}}" + (f"^{{{power}}}" if power else "")


def _dim(text: str) -> str:
    return symbol(text, SCALAR).latex if text.isidentifier() else text.replace("*", " ")


def left_side(names: Sequence[str], lang: str = "en") -> Object:
    """∂f/∂x; ∂²f/∂x∂y, in every format, and in words."""
    forms = {form: render.left_side(names, form) for form in ("ascii", "unicode", "latex")}
    return {**forms, "spoken": slope("f", names, lang)}
