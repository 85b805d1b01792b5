"""The outcome of a check, as data: verdict, confirmed diagnoses, evidence; `text` and `json` put it into words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gradproof.check.counterexample import Counterexample
from gradproof.check.points import Form
from gradproof.check.search import Finding
from gradproof.choices import Format, Language
from gradproof.derive import Derivative
from gradproof.errors import GradproofError
from gradproof.mime import Bundle, bundle, headed
from gradproof.notation.expr import Expr
from gradproof.numeric.report import Report
from gradproof.parse import Note, Reading
from gradproof.records import dataclass, field

RIGHT, OTHER_LAYOUT, RIGHT_IF, WRONG, UNKNOWN = "right", "other-layout", "right-if", "wrong", "unknown"
SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Evidence:
    """What a verdict rests on: how many random points, of which sizes, and the report of the derivative's own verification.

    `how` two formulas were found equal, or not: "canonical" (the same in canonical form), "exact" (exact arithmetic), "digits" (to so many `digits`),
    "floats"; "" where floats differ plainly. `gap`: the largest relative difference that was found.
    """

    points: int = 0
    sizes: tuple[Mapping[str, int], ...] = ()
    how: str = ""
    digits: int = 0
    gap: float = 0.0
    report: Report | None = None

    @property
    def canonical(self) -> bool:
        return self.how == "canonical"


@dataclass(frozen=True)
class Link:
    """One side of a chain of equalities, or one line of a derivation, and what was found of it. `label`: what stands left of it."""

    text: str
    check: Check
    line: int = 0
    label: str = ""

    @property
    def whole(self) -> str:
        """The side with its label."""
        return f"{self.label} = {self.text}" if self.label else self.text


@dataclass(frozen=True)
class Check:
    """The outcome of a check. Made by `check`.

    verdict         "right", "other-layout", "right-if", "wrong" or "unknown"
    findings        what was found, each confirmed; `diagnoses` are their identifiers
    correct         the derivative in the asked layout
    form            the form in which the claim is right
    role, target    what the claim is about ("derivative", "differential", "value"), and the formula of that
    reason          why nothing can be said, as an identifier with its data
    readings        how letters of the claim's own were understood
    links           the sides of a chain, or the lines of a derivation; `first_wrong` is the place of the first that fails
    """

    verdict: str
    claim: str
    correct: Derivative
    findings: tuple[Finding, ...] = ()
    form: Form | None = None
    role: str = "derivative"
    target: Expr | None = None
    counterexample: Counterexample | None = None
    evidence: Evidence = field(default_factory=Evidence)
    reason: str = ""
    reason_data: Mapping[str, Expr | str] = field(default_factory=dict)
    error: GradproofError | None = None
    readings: Mapping[str, Expr | str] = field(default_factory=dict)
    claim_notes: tuple[Note, ...] = ()
    links: Sequence[Link] = ()
    first_wrong: int | None = None

    @property
    def reading(self) -> Reading:
        """How the formula was read, with what was decided in reading the formula and the claim."""
        return self.correct.reading.with_notes(*self.claim_notes)

    @property
    def notes(self) -> tuple[Note, ...]:
        """What was decided in reading the formula and the claim."""
        return self.reading.notes

    @property
    def ok(self) -> bool:
        """Whether the claim is right as it stands, in the asked layout."""
        return self.verdict == RIGHT

    @property
    def diagnoses(self) -> tuple[str, ...]:
        """The identifiers of what was found, the simplest explanation first."""
        names: dict[str, None] = {}
        for f in self.findings:
            names[f.identifier] = None
        for f in self.findings:
            names.update(dict.fromkeys(_layout_names(f.form, self.correct.layout)))
        return tuple(names)

    def text(self, lang: Language = "en", format: Format = "unicode", reveal: bool = True) -> str:
        """The outcome in words: lang "en", "zh" or "fr"; formulas as "unicode" or "ascii". Without `reveal`: hints, and not the answer."""
        from gradproof.check.words import whole_text  # it stands above: what is said of a check uses all of this

        return whole_text(self, lang, format, reveal)

    def json(self) -> dict[str, Any]:
        """The outcome as JSON holds it; docs/check.md says what the fields mean."""
        from gradproof.check.words import json  # as above

        return json(self)

    def __repr__(self) -> str:
        return f"<check: {self.verdict}{': ' + ', '.join(self.diagnoses) if self.diagnoses else ''}>"

    def __str__(self) -> str:
        return self.text()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Bundle:
        """What a notebook shows: the verdict, what was found, the counterexample; hints in place of the answer."""
        return bundle(str(self), headed(self.text(reveal=False).replace("--reveal", "`.text()`")))


def _layout_names(form: Form | None, asked: str) -> tuple[str, ...]:
    if form is None or form.layout not in ("denominator", "numerator", "mixed"):
        return ()
    names = () if form.layout == asked else ("transposed", f"{form.layout}-layout")
    return names + (("row-major",) if form.stacking == "row" else ())
