"""A check in words and as JSON. All sentences are in `texts`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from string import Formatter
from typing import Any

from gradproof.check.counterexample import show
from gradproof.check.points import Form
from gradproof.check.search import Finding
from gradproof.check.texts import MARKS, Lines, texts
from gradproof.check.verdict import SCHEMA_VERSION, Check, Evidence, Link
from gradproof.choices import Format
from gradproof.errors import GradproofError, UnsupportedError
from gradproof.notation.expr import Expr, symbol
from gradproof.parse import Note
from gradproof.say import Said, listed, say
from gradproof.shapes.shape import SCALAR

_WIDTH = 11  # of the labels


class _Words:
    """Words in one language, formulas in one format."""

    def __init__(self, lang: str, format: Format):
        if format not in ("unicode", "ascii", "latex"):
            raise UnsupportedError(
                say("format {format} is not known", format=format), hint=say("formats are unicode, ascii, latex")
            )
        self.texts, self.lang = texts(lang), lang
        self.format: Format = format

    def say(self, table: Lines, key: str, **fields: Any) -> str:
        return table[key].format(**{name: self.show(v) for name, v in fields.items()})

    def show(self, value: Any) -> str:
        return (
            getattr(value, self.format)
            if isinstance(value, Expr)
            else str(value.told(self.lang) if isinstance(value, Said) else value)
        )

    def name(self, text: str) -> str:
        return self.show(symbol(text, SCALAR)) if text.isidentifier() else text

    def layout(self, name: str) -> str:
        return self.texts.layouts[name]

    def form(self, form: Form) -> str:
        return self.say(self.texts.forms, form.stacking, layout=self.layout(form.layout))

    def finding(self, f: Finding, asked: str, reveal: bool = True) -> str:
        """One diagnosis: the first of its lines whose fields are known; without `reveal` in words that do not show the fix."""
        named = f.form is not None and f.form.layout in self.texts.layouts and f.form.layout != asked
        form = self.say(self.texts.combined, "form", form=self.form(f.form)) if named and f.form else ""
        if "factor" in f.data and f.identifier not in ("factor", "sign"):
            form = self.say(self.texts.combined, "factor", factor=f.data["factor"]) + form
        fields = {**f.data, "form": form}
        for k, slip in enumerate(f.slips):
            fields[("first", "second")[k]] = self.line(self.texts.hints[slip.identifier], slip.data)
        if reveal or f.identifier not in self.texts.hints:
            return self.line(self.texts.diagnoses[f.identifier], fields)
        beside = "factor" in f.data and f.identifier not in ("factor", "sign", "term-factors")
        also = self.say(self.texts.combined, "factor-hint") if beside else ""
        return self.line(self.texts.hints[f.identifier], fields) + also

    def line(self, lines: tuple[str, ...], fields: Mapping[str, Any]) -> str:
        line = next((x for x in lines if _fields(x) <= fields.keys()), lines[-1])
        shown = {name: self.show(v) for name, v in fields.items()}
        return line.format(**{**dict.fromkeys(_fields(line), "…"), **shown})


def told(f: Finding, asked: str, lang: str, reveal: bool) -> str:
    """One diagnosis in a language; without `reveal` in words that do not show the fix. `asked`: the layout that was asked for."""
    return _Words(lang, "unicode").finding(f, asked, reveal)


def _fields(line: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(line) if name}


def text(c: Check, lang: str = "en", format: Format = "unicode", reveal: bool = True) -> str:
    """The outcome in words; without `reveal` not the correct answer. Raises UnsupportedError for an unknown language."""
    words = _Words(lang, format)
    facts = _facts(c, words, reveal)
    return "\n".join([headline(c, words), *(f"  {label:<{_width(label)}} {line}".rstrip() for label, line in facts)])


def _width(label: str) -> int:
    return _WIDTH - sum(ord(ch) > 0x2E80 for ch in label)  # wide characters take two places


def headline(c: Check, words: _Words) -> str:
    """The verdict, in one line."""
    d = c.correct
    what = words.say(words.texts.roles, c.role, formula=d.expression, wrt=listed(words.name(n) for n in d.wrt))
    key = "right-other" if c.verdict == "right" and c.role != "derivative" else c.verdict
    form = words.form(c.form) if c.form is not None and c.form.layout in words.texts.layouts else ""
    asked = words.form(Form(d.layout, "column" if c.form is not None and c.form.stacking else ""))
    return words.say(words.texts.verdicts, key, claim=_one_line(c.claim), what=what, asked=asked, form=form)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _facts(c: Check, words: _Words, reveal: bool) -> Iterator[tuple[str, str]]:
    """What stands below the verdict: a label and a line each."""

    def label(name: str) -> str:
        return words.texts.labels[name]

    for name, e in c.readings.items():
        yield label("reading"), words.say(words.texts.sentences, "read-as", name=words.name(name), formula=e)
    if c.reason:
        yield label("because"), _reason(c, words)
    for k, f in enumerate(c.findings[:1] if c.verdict == "right-if" else c.findings):  # of a condition, one reason
        yield label("because") if not k and not c.reason else "", words.finding(f, c.correct.layout, reveal)
        if f.identifier == "does-not-conform" and c.error is not None:
            yield from (("", line) for line in _caret(c.error))
    if (c.verdict not in ("right",) or c.role != "derivative") and reveal:
        yield (
            label("correct"),
            words.show(c.target) if c.target is not None and c.role != "derivative" else c.correct.text(words.format),
        )
    if c.counterexample is not None:
        yield label("example"), ", ".join(f"{words.name(n)} = {v}" for n, v in c.counterexample.lines())
        yield "", f"{label('claim')}: {show(c.counterexample.claim)}, {label(c.role)}: {show(c.counterexample.truth)}"
    if not reveal and c.verdict not in ("right", "unknown"):
        yield label("hint"), words.say(words.texts.sentences, "reveal")
    yield from ((label("note"), said) for said in _told(c, words.lang))
    if c.evidence.points:
        yield label("evidence"), _evidence(c, words)


def _told(c: Check, lang: str) -> list[str]:
    """What was decided in reading, each decision once."""
    return [*dict.fromkeys(note.said(lang) for note in c.notes)]


def _caret(error: GradproofError) -> list[str]:
    return [line[2:] for line in str(error).splitlines()[1:3]] if error.span is not None else []


def _evidence(c: Check, words: _Words) -> str:
    e: Evidence = c.evidence
    shown = [", ".join(f"{n} = {k}" for n, k in s.items()) for s in e.sizes[:2] if s]
    sizes = "; ".join([*shown, *(["…"] if shown and len(e.sizes) > 2 else [])])
    agreed = c.verdict in ("right", "other-layout")
    key = "agreed" if agreed else "compared"
    key = e.how if agreed and e.how in words.texts.sentences and not e.canonical else key if sizes else f"{key}-plain"
    fields = {"points": e.points, "sizes": sizes, "digits": e.digits}
    parts = [] if e.gap and not agreed else [words.say(words.texts.sentences, key, **fields)]
    if e.canonical:
        parts.append(words.say(words.texts.sentences, "canonical"))
    if e.gap and not agreed:
        parts.append(words.say(words.texts.sentences, "unequal", gap=f"{e.gap:.1e}"))
    if e.report is not None and not e.report.points:
        parts.append(words.say(words.texts.sentences, "own-open", reason=e.report.reason))
    elif e.report is not None:
        method = words.texts.methods.get(e.report.method, e.report.method)
        error = f"{e.report.max_relative_error:.0e}" if e.report.max_relative_error else "0"
        parts.append(words.say(words.texts.sentences, "own", points=e.report.points, method=method, error=error))
    return words.texts.between.join(parts)


def mark(c: Check) -> str:
    """What stands before a line of a derivation."""
    return MARKS.get(c.reason, MARKS[c.verdict]) if c.verdict == "unknown" else MARKS[c.verdict]


def _reason(c: Check, words: _Words) -> str:
    """Why nothing can be said."""
    message = c.error.message if c.error else ""
    return words.say(words.texts.reasons, c.reason, **{"message": message, **c.reason_data}) if c.reason else ""


def chain_text(c: Check, lang: str = "en", format: Format = "unicode", reveal: bool = True) -> str:
    """The outcome of a chain of equalities or of a derivation: each side with its verdict, then the first that fails in full."""
    words = _Words(lang, format)
    lines = []
    numbers = [link.line or k for k, link in enumerate(c.links, 1)]
    width = max((len(mark(link.check)) for link in c.links), default=0)
    for number, link in zip(numbers, c.links, strict=True):
        lines.append(f"{number:>4}  {mark(link.check):<{width}}  {_one_line(link.whole)}")
        if link.check.verdict == "unknown" and link.check.reason not in MARKS:
            lines.append(f"{'':>4}  {'':<{width}}  {_reason(link.check, words)}")
    if c.first_wrong is not None:
        link = c.links[c.first_wrong]
        key = "line-wrong" if link.line else "chain-wrong"
        lines += [
            "",
            words.say(words.texts.sentences, key, number=numbers[c.first_wrong], text=_one_line(link.whole)),
            text(link.check, lang, format, reveal),
        ]
    else:
        judged = [link for link in c.links if link.check.verdict != "unknown"]
        left = [link for link in c.links if link.check.verdict == "unknown" and link.check.reason not in MARKS]
        sentence = words.say(
            words.texts.sentences, "lines-right" if len(judged) > 1 else "line-right", count=len(judged)
        )
        more = [words.say(words.texts.sentences, "lines-open", count=len(left))] if left else []
        lines += [
            "",
            words.texts.between.join([sentence, *more]) if judged else words.say(words.texts.reasons, "no-line"),
        ]
        last = next((link for link in reversed(judged) if link.check.role == "derivative"), None)
        if last is not None:
            lines.append(headline(last.check, words))
        lines += [
            f"  {words.texts.labels['note']:<{_width(words.texts.labels['note'])}} {said}" for said in _told(c, lang)
        ]
    return "\n".join(lines)


def whole_text(c: Check, lang: str = "en", format: Format = "unicode", reveal: bool = True) -> str:
    return chain_text(c, lang, format, reveal) if c.links else text(c, lang, format, reveal)


# -- JSON


def json(c: Check) -> dict[str, Any]:
    """The outcome as JSON holds it."""
    result = c.correct.result
    whole: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "expression": c.correct.expression.ascii,
        "wrt": list(c.correct.wrt),
        "layout": c.correct.layout,
        "claim": c.claim,
        "verdict": c.verdict,
        "role": c.role,
        "form": None if c.form is None else {"layout": c.form.layout, "stacking": c.form.stacking},
        "diagnoses": list(c.diagnoses),
        "findings": [_finding(f, c.correct.layout) for f in c.findings],
        "correct": {form: getattr(result, form) for form in ("ascii", "unicode", "latex")},
        "counterexample": None if c.counterexample is None else c.counterexample.json(),
        "readings": {name: _plain(e) for name, e in c.readings.items()},
        "notes": [*dict.fromkeys(note.text for note in c.notes)],
        "reading": {**c.reading.json(), "notes": [*_notes("formula", c.correct.reading.notes), *_notes("claim", c.claim_notes)]},
        "reason": c.reason or None,
        "error": None if c.error is None else {"code": c.error.code, "message": c.error.message, "span": c.error.span and list(c.error.span)},
        "evidence": _evidence_json(c.evidence),
        "text": c.text(),
    }  # fmt: skip
    if c.links:
        whole["links"] = [_link(link) for link in c.links]
        whole["first_wrong"] = c.first_wrong
    return whole


def _notes(of: str, notes: Iterable[Note]) -> Iterator[dict[str, object]]:
    """Notes with the text that their places are in: "formula" or "claim"."""
    return ({**note.json(), "of": of} for note in notes)


def _evidence_json(e: Evidence) -> dict[str, Any]:
    derivative = None if e.report is None else str(e.report)
    return {
        "points": e.points, "sizes": [dict(s) for s in e.sizes], "how": e.how or None, "digits": e.digits, "gap": e.gap,
        "canonical": e.canonical, "derivative": derivative,
    }  # fmt: skip


def _link(link: Link) -> dict[str, Any]:
    return {
        "line": link.line or None,
        "text": link.text,
        "label": link.label or None,
        "verdict": link.check.verdict,
        "role": link.check.role,
        "diagnoses": list(link.check.diagnoses),
        "notes": [*dict.fromkeys(note.text for note in link.check.claim_notes)],
        "reason": link.check.reason or None,
        "reason_text": _reason(link.check, _Words("en", "ascii")) or None,
    }


def _finding(f: Finding, asked: str) -> dict[str, Any]:
    return {
        "diagnosis": f.identifier,
        "span": None if f.span is None else list(f.span),
        "form": None if f.form is None else {"layout": f.form.layout, "stacking": f.form.stacking},
        **{name: _plain(v) for name, v in f.data.items()},
        "text": _Words("en", "ascii").finding(f, asked),
    }


def _plain(value: Expr | str) -> str:
    return value.ascii if isinstance(value, Expr) else value
