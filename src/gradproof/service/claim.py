"""A checked claim as JSON holds it: everything, or as much as a level of hints tells, with nothing beyond it in the answer."""

from __future__ import annotations

from typing import cast

from gradproof.check import words
from gradproof.check.verdict import Check
from gradproof.choices import Language
from gradproof.say import told
from gradproof.service import record
from gradproof.service.fields import SCHEMA_VERSION, Json, Object

WHICH, WHERE, REPAIR = 1, 2, 3
SHAPES = {"transposed", "row-major", "vec-form", "shape", "does-not-conform"}  # what is about the shape of a claim
RIGHT = ("right", "other-layout", "right-if")


def claim_answer(c: Check, lang: Language, hint: int | None = None) -> Object:
    """The answer. `hint`: 1 tells which property differs, 2 where, 3 the repair; None tells all, with the answer."""
    whole = cast("Object", c.json())
    whole["schema_version"] = SCHEMA_VERSION
    whole["left"] = record.left_side(c.correct.wrt, lang)
    whole["correct"] = record.forms(c.correct.result, lang)
    whole["text"] = c.text(lang, "unicode", hint is None)
    whole["headline"] = c.text(lang, "unicode", False).splitlines()[0]
    if c.error is not None:  # why the claim does not fit, which tells where
        error: Object = {**cast("Object", whole["error"]), "message": told(c.error.message, lang)}
        whole["error"] = error if hint is None or hint >= WHERE else None
    whole["findings"] = [_finding(c, k, lang, hint) for k in range(len(c.findings))]
    whole["findings_count"] = len(c.findings)
    whole["hint"] = hint
    if hint is None:
        return whole
    del whole["correct"]
    if c.verdict == "right-if" and c.findings:  # said at once: it is the verdict, and tells nothing of the answer
        whole["condition"] = words.told(c.findings[0], c.correct.layout, lang, False)
    said = [str(f["text"]) for f in cast("list[Object]", whole["findings"]) if "text" in f]
    whole["text"] = (
        "\n  ".join([str(whole["headline"]), *said]) if c.verdict != "unknown" else c.text(lang, "unicode", False)
    )
    if hint < REPAIR:
        whole["diagnoses"] = [*dict.fromkeys(_topic(d) for d in c.diagnoses)]
    return whole


def _topic(identifier: str) -> str:
    """What a diagnosis is about, without telling it."""
    return "shape" if identifier in SHAPES or identifier.endswith("-layout") else "size" if identifier in ("factor", "sign") else "form"  # fmt: skip


def _finding(c: Check, k: int, lang: Language, hint: int | None) -> Json:
    f = c.findings[k]
    said = words.told(f, c.correct.layout, lang, hint is None or hint >= REPAIR)
    turned = (
        f.identifier.endswith("-transpose") and f.span is not None and f.span[1] - f.span[0] >= len(c.claim.strip())
    )
    found: Object = {"topic": "shape" if turned else _topic(f.identifier)}
    if hint is not None and hint < WHERE:
        return found
    found |= {"span": None if f.span is None else [*f.span], "text": said}
    if hint is not None and hint < REPAIR:
        return found
    return {**cast("list[Object]", c.json()["findings"])[k], **found}


__all__ = ["claim_answer"]
