"""From a question and a claim to a verdict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from time import process_time
from typing import Any

from gradproof.budget import share
from gradproof.check.chain import forgotten
from gradproof.check.claims import Claim, UnknownName, one_entry, read_claim, unknown_functions
from gradproof.check.components import indexed
from gradproof.check.components import misfit as misfit_in_components
from gradproof.check.counterexample import counterexample
from gradproof.check.exact.confirm import confirmed
from gradproof.check.exact.decide import VISIBLE, Decision, decide
from gradproof.check.facts import conditions, constrained, firm
from gradproof.check.match import Target, fit, nearly, shapes_fit, value_of
from gradproof.check.meant import GOOD, conforming, misfit_meant, rank, sized, with_value
from gradproof.check.open_sizes import with_sizes
from gradproof.check.other_readings import combinations, is_zero, may_be, transposed_of, without_signs
from gradproof.check.points import At, Form, Question, largest, squared
from gradproof.check.search import Finding, Search, simplest
from gradproof.check.targets import derivative_target, differential_target, identical, same_node, value_target
from gradproof.check.verdict import OTHER_LAYOUT, RIGHT, RIGHT_IF, UNKNOWN, WRONG, Check, Evidence
from gradproof.errors import BudgetError, DomainError, GradproofError, ParseError, ShapeError, UnsupportedError
from gradproof.notation.expr import Expr, Symbol, walk
from gradproof.numeric import bare as np
from gradproof.numeric.report import Report
from gradproof.patterns import pattern
from gradproof.records import dataclass, replace

_ENTRY = pattern(r"[^\W_]+_(?:\d+|[i-t]{1,2})")
_BESIDE = pattern(r"(?<!\w)(?!sum_)\w+_[ijkl]\s+[^\W\d_]")
_TURNED = pattern(r"'|\^\s*\{?\s*(?:T|\\top)|[⊤ᵀ]|\.T\b")
POINTS = 4
READINGS = 40  # ways to understand letters of the claim that are tried
CANCELLED = 1e-10  # a difference that rounding may leave, relative to the largest number at a point
LONGEST = 8.0  # seconds to look for a reason
PATIENCE = 1.0  # seconds to confirm what was found
MOST_SEARCHES = 3  # of these, how many are looked at more closely
MOST_LETTERS = 3  # unknown letters, more are not guessed
SHAPED = 2.0  # the distance of a reading that has the right shape, and nothing else


@dataclass(frozen=True)
class Judge:
    """Judges claims about one question. `roles`: in which a claim is tried, "derivative", "differential" or "value".

    `strict`: it was said which; else a claim with a dX in it is one about the differential.
    """

    question: Question
    roles: tuple[str, ...] = ("derivative",)
    strict: bool = False
    deep: bool = True  # whether a wrong claim is looked at for as long as it may take

    def claim(self, claim: str | Expr, defined: Mapping[str, Expr] | None = None) -> Check:
        """The verdict on one formula. Raises ParseError where it is none."""
        try:
            if isinstance(claim, str) and indexed(claim):
                return self.in_components(claim)
            read = read_claim(self.question, claim, defined)
        except UnsupportedError as error:
            return self.unknown(str(claim), "unsupported", error=error)
        except UnknownName as error:
            return self.unknown(str(claim), "not-defined", {"names": error.name})
        except ParseError:
            names = unknown_functions(self.question, claim)
            if not names:
                raise
            return self.unknown(str(claim), "unknown-letter", {"names": ", ".join(names)})
        if read.expr is None:
            return self.misfit(read)
        read = sized(self.question, read, defined or {})
        if (whole := with_value(self.question, read, defined or {})) is not None:
            found = conforming(self.known, whole)
            names = {s.name: self.question.expression for s in read.unknown}
            return replace(found, readings={**names, **found.readings})
        return self.with_readings(read) if read.unknown else conforming(self.known, read)

    def known(self, claim: Claim) -> Check:
        """The verdict on a claim whose letters are all known."""
        assert claim.expr is not None
        strange = sorted({n for e in walk(claim.expr) for d in e.type.dims for n in d.names} - {*self.question.sizes})
        if strange:
            for e in with_sizes(self.question, claim.text, claim.expr, strange):  # I ⊗ A
                if self.agrees(claim, e):
                    return self.known(replace(claim, expr=e))
            data = {"names": ", ".join(strange), "sizes": ", ".join(self.question.sizes) or "–"}
            return self.unknown(claim.text, "unknown-size", data)
        moving = self.strict and "differential" not in self.roles and claim.moved
        if moving or (self.roles == ("differential",) and not claim.moved and not is_zero(claim.expr)):
            return self.unknown(claim.text, "differential-for-derivative" if moving else "no-differential")
        try:
            targets = self.targets(claim)
            points = self.question.points((claim.expr,), POINTS)
        except DomainError as error:
            return self.if_square(claim.text) or self.unknown(claim.text, "no-point", error=error)
        except UnsupportedError as error:
            return self.unknown(claim.text, "unsupported", error=error)
        report = self.confirmed_report(points)
        if not report.ok and report.points:
            return self.unknown(claim.text, "derivative-not-verified", {"report": str(report)})
        for target in targets:
            form = self.form(points, claim.expr, target)
            if form is not None:
                return self.held(claim, target, form, points)
        for target in targets:
            form = self.hidden(points, claim.expr, target)
            if form is not None:
                return self.held(claim, target, form, points)
        if any(nearly(points, claim.expr, target) for target in targets):
            return self.unknown(claim.text, "rounding")
        if claim.moved and "d" in self.question.symbols and "differential" not in self.roles:  # 2dx may be 2 d .* x
            return self.unknown(claim.text, "differential-for-derivative")
        about = next((t for t in targets if shapes_fit(points, claim.expr, t)), targets[0])
        return self.disagreed(claim, about, points)

    def confirmed_report(self, points: Sequence[At]) -> Report:
        """The verification of the derivative itself; where that says nothing or refutes it, the one in many digits."""
        if not self.question.report.ok:
            finer = confirmed(self.question, points)
            if finer.points:
                self.question.report = finer
        return self.question.report

    def held(self, claim: Claim, target: Target, form: Form, points: Sequence[At]) -> Check:
        """The verdict on a claim that agrees in floats: right only where it is equal in canonical form, by exact arithmetic, or to many digits."""
        assert claim.expr is not None
        if identical(self.question, claim.expr, target, form):
            found = Decision(True, "canonical", len(points))
        else:
            found = decide(self.question, claim.expr, target, form, points)
        if found.equal:
            return self.agreed(claim, target, form, points, found)
        if found.equal is None:
            return self.unknown(claim.text, found.reason, found.data)
        if found.gap <= VISIBLE:
            return self.unknown(claim.text, "nearly", {"gap": f"{found.gap:.1e}" if found.gap else "< 1e-300"})
        seen = [*points, *([found.at] if found.at is not None else [])]
        if self.form(seen, claim.expr, target) is None:
            return self.disagreed(claim, target, seen, beside=True)
        return self.outcome(WRONG, claim, points, decision=found, role=target.role, target=target.formula)

    def agrees(self, claim: Claim, e: Expr) -> bool:
        """Whether this formula, for that of the claim, agrees in floats with what the claim is about."""
        with suppress(GradproofError):
            points = self.question.points((e,), POINTS)
            return any(self.form(points, e, target) is not None for target in self.targets(claim))
        return False

    def targets(self, claim: Claim) -> list[Target]:
        """What the claim may be about: with a dX in it the differential, else what was asked."""
        if claim.moved or self.roles == ("differential",):
            return [differential_target(self.question, claim.moved)]
        makers = {"derivative": derivative_target, "value": value_target}
        return [makers[role](self.question) for role in self.roles]

    def form(self, points: Sequence[At], e: Expr, target: Target) -> Form | None:
        """The form in which a formula is right; the number 0, written as such, is right for any derivative that is zero."""
        found = fit(points, value_of(e), target.forms, exact=True)
        if found is not None:
            return found.form
        forms = [next(iter(target.forms(at).items())) for at in points]
        zero = is_zero(e) and all(not largest(a) for _, a in forms)
        return forms[0][0] if zero else None

    def hidden(self, points: Sequence[At], e: Expr, target: Target) -> Form | None:
        """The asked form, where a difference in floats may be rounding: of large terms that cancel, or of what is the same in canonical form."""
        form, wanted = next(iter(target.forms(points[0]).items()))
        if points[0].value(e).shape != wanted.shape:
            return None
        if target.role == "derivative" and same_node(self.question, e):
            return form
        gaps = [(largest(at.value(e) - target.forms(at)[form]), at.magnitude) for at in points]
        return form if all(gap <= CANCELLED * magnitude for gap, magnitude in gaps) else None

    # -- outcomes

    def outcome(self, verdict: str, claim: Claim, points: Sequence[At], **more: Any) -> Check:
        found: Decision = more.pop("decision", Decision(None))
        report = self.question.report
        evidence = Evidence(
            found.points or len(points),
            tuple(at.sizes for at in points) if found.how in ("", "canonical") else (),
            found.how,
            found.digits,
            found.gap,
            report,
        )
        return Check(verdict, claim.text, self.question.correct, evidence=evidence, claim_notes=claim.notes, **more)

    def unknown(
        self, text: str, reason: str, data: Mapping[str, Expr | str] | None = None, error: GradproofError | None = None
    ) -> Check:
        return Check(UNKNOWN, text, self.question.correct, reason=reason, reason_data=data or {}, error=error)

    def at_optimum(self, text: str, verdict: str) -> Check:
        """The outcome for an equation that holds, or does not, where the derivative is zero."""
        return Check(verdict, text, self.question.correct, role="equation")

    def agreed(self, claim: Claim, target: Target, form: Form, points: Sequence[At], decision: Decision) -> Check:
        """Right, in the asked layout or in another one."""
        assert claim.expr is not None
        if target.role != "derivative":
            return self.outcome(
                RIGHT, claim, points, form=form, role=target.role, target=target.formula, decision=decision
            )
        asked = next(iter(points[0].forms))
        if form == asked:
            return self.outcome(RIGHT, claim, points, form=form, decision=decision)
        findings: list[Finding] = []
        if form.layout != asked.layout:
            findings.append(Finding("transposed", 0.5, form))
        if form.stacking == "row":
            findings.append(Finding("row-major", 0.5, form))
        if form.stacking == "column" and not asked.stacking:
            findings.append(Finding("vec-form", 0.5, form))
        if form.stacking == "row":
            slips = Search(self.question, claim, points, target).run(deep=False)
            findings += [f for f in simplest(slips) if f.form == asked]
        findings += [
            f
            for f in conditions(self.question, claim.expr, target)
            if f.form == asked and f.identifier == "symmetric-only"
        ]
        return self.outcome(OTHER_LAYOUT, claim, points, form=form, findings=tuple(findings), decision=decision)

    def disagreed(self, claim: Claim, target: Target, points: Sequence[At], beside: bool = False) -> Check:
        """Right under a condition, or wrong and why; without a reason where to look for one takes too long."""
        try:
            with share(LONGEST):
                return self.explained(claim, target, points, beside)
        except BudgetError:
            return self.outcome(WRONG, claim, points, role=target.role, target=target.formula)

    def explained(self, claim: Claim, target: Target, points: Sequence[At], beside: bool) -> Check:
        """Right under a condition, or wrong and why. `beside`: at ordinary points they agree, so that a condition has to be decided exactly."""
        assert claim.expr is not None
        about_derivative = target.role == "derivative"
        facts = conditions(self.question, claim.expr, target, beside)
        special = list(constrained(self.question, claim.expr)) if about_derivative else []
        found = special or Search(self.question, claim, points, target).run(deep=self.deep and not facts)
        if about_derivative and not found:
            found += forgotten(self.question, claim.expr, list(points))
        found = [f for f in found if not beside or "repaired" in f.data]
        plain = not any(f.cost < 2 for f in found)
        facts = sorted((f for f in facts if firm(f) or plain), key=lambda f: f.cost)
        findings = self.confirmed(simplest([*facts, *found]), target, points, beside)
        misshapen = not shapes_fit(points, claim.expr, target)
        if misshapen and claim.expr.type.kind == "s" and any(n.kind == "fixed-place" for n in claim.notes):  # 2 x_1
            return self.unknown(claim.text, "unsupported", error=one_entry())
        conditional = facts[:1] if facts and (firm(facts[0]) or facts[0] in findings) else []
        if misshapen and not conditional:
            shapes = {"shape": str(claim.expr.type), "wanted": self.wanted(points, target)}
            findings.append(Finding("shape", 3.0, data=shapes))
        example = counterexample(self.question, claim.expr, target, [*claim.moved.values()], points[::-1])
        return self.outcome(
            RIGHT_IF if conditional else WRONG,
            claim,
            points,
            findings=(*conditional, *(f for f in findings if not conditional or "repaired" in f.data)),
            role=target.role,
            target=target.formula,
            counterexample=example,
        )

    def confirmed(
        self, findings: Sequence[Finding], target: Target, points: Sequence[At], beside: bool
    ) -> list[Finding]:
        """The findings without those whose mended claim is only nearly right, as far as there is time to tell."""
        end, kept = process_time() + PATIENCE, []
        for f in findings:
            if not beside if process_time() > end else self.mends(f, target, points):
                kept.append(f)
        return kept

    def mends(self, finding: Finding, target: Target, points: Sequence[At]) -> bool:
        mended = finding.data.get("repaired")
        if not isinstance(mended, Expr) or finding.form is None or "factor" in finding.data:
            return True
        if finding.form not in target.forms(points[0]):
            return True
        return decide(self.question, mended, target, finding.form, points).equal is not False

    def wanted(self, points: Sequence[At], target: Target) -> str:
        """The shape of what is asked, in words."""
        if target.role != "derivative":
            return str(self.question.expression.type)
        result = self.question.correct.result
        return str(result.type) if isinstance(result, Expr) else " × ".join(map(str, self.question.correct.shape))

    # -- claims that do not conform

    def misfit(self, claim: Claim) -> Check:
        """A claim whose parts do not fit: wrong, with the place, and the edit that makes it right."""
        error = claim.error
        assert error is not None
        if claim.foreign:
            return self.unknown(claim.text, "unknown-letter", {"names": ", ".join(claim.foreign)})
        meant, mixed = misfit_meant(self.question, self.known, claim)
        if meant is not None:
            return self.unknown(claim.text, "mixed-notation") if mixed else meant
        first = Finding("does-not-conform", 0.0, data={"message": error.message}, span=error.span)
        try:
            points = self.question.points((), POINTS)
            targets = self.targets(claim)
        except GradproofError:
            points, targets = [], []
        search = Search(self.question, claim, points, targets[0]) if points and targets else None
        found = search.run(double=False) if search else []
        if search and not found:
            if isinstance(error, ShapeError) and (square := self.if_square(claim.text)) is not None:
                return square
            search.doubly(claim.trees)
            found = search.found
        return self.outcome(WRONG, claim, points, findings=(first, *simplest(found)), error=error)

    def misfitting(self, text: str, error: GradproofError, role: str = "equation") -> Check:
        """The outcome for a text, or for an equation of which a side does not conform."""
        first = Finding("does-not-conform", 0.0, data={"message": error.message}, span=error.span)
        return Check(WRONG, text, self.question.correct, findings=(first,), error=error, role=role)

    def in_components(self, text: str) -> Check:
        """A claim with indexed letters: wrong where it does not conform, else unknown."""
        error = misfit_in_components(self.question, text)
        if error is None or (_BESIDE.search(text) and not _TURNED.search(text)):  # W_i x may be an inner product
            return self.unknown(text, "index-notation")
        return self.misfitting(text, error, "derivative")

    def if_square(self, text: str) -> Check | None:
        """The verdict where all inferred sizes are one: a claim may be right for square matrices only."""
        question = squared(self.question)
        found = None
        with suppress(GradproofError):
            found = Judge(question, self.roles, self.strict).claim(text) if question is not None else None
        if found is None or found.verdict not in (RIGHT, OTHER_LAYOUT):
            return None
        first = Finding("square-only", 0.8, found.form)
        return replace(found, verdict=RIGHT_IF, correct=self.question.correct, findings=(first, *found.findings))

    # -- letters of the claim's own

    def with_readings(self, claim: Claim) -> Check:
        """The verdict with the unknown letters understood as parts of the formula, where one such reading explains the claim."""
        plausible: list[tuple[float, dict[Symbol, Expr], Claim]] = []
        points = self.question.points((), 2)
        for values in islice(self.readings(claim), READINGS):
            try:
                read = claim.replaced({**values})
                plausible.append((self.nearness(read, points), values, read))
            except (GradproofError, np.linalg.LinAlgError):
                continue
        plausible.sort(key=lambda p: p[0])
        best: Check | None = None
        for near, values, read in [p for p in plausible if p[0] <= SHAPED][:MOST_SEARCHES]:
            found = replace(self, deep=False).known(read)
            if found.verdict == UNKNOWN or (found.verdict == WRONG and not any(f.cost < 2 for f in found.findings)):
                continue
            found = replace(found, readings={s.name: e for s, e in values.items()})
            if best is None or rank(found) < rank(best):
                best = found
            if near < SHAPED:
                break
        names = {"names": ", ".join(s.name for s in claim.unknown)}
        if best is None:
            return self.unknown(claim.text, "unknown-letter", names)
        if best.verdict in GOOD:
            return best
        return replace(best, verdict=UNKNOWN, reason="read-otherwise", reason_data=names, counterexample=None)

    def nearness(self, claim: Claim, points: Sequence[At]) -> float:
        """How near a reading is to being right: 0 in the asked layout, 0.5 in another, 1 up to a factor; SHAPED with the right shape, else more."""
        assert claim.expr is not None
        targets = self.targets(claim)
        found = [f for t in targets if (f := fit(points, value_of(claim.expr), t.forms)) is not None]
        if any(f.exact for f in found):
            return 0.0 if any(f.form.layout == self.question.layout for f in found) else 0.5
        if found:
            return 1.0
        return SHAPED if targets and shapes_fit(points, claim.expr, targets[0]) else SHAPED + 1

    def readings(self, claim: Claim) -> Iterator[dict[Symbol, Expr]]:
        """Each way to understand the unknown letters: as the formula, its parts, or its variables that the claim does not use."""
        assert claim.expr is not None
        used = set(claim.expr.variables)
        parts = [e for e in walk(self.question.expression) if e.args or (isinstance(e, Symbol) and e not in used)]
        parts += [p for e in parts if (p := transposed_of(e)) is not None]
        if (
            len(claim.unknown) > MOST_LETTERS or without_signs(claim.expr) in claim.unknown
        ):  # a letter alone claims nothing
            return
        if any(_ENTRY.fullmatch(s.name) and s.name.partition("_")[0] in self.question.symbols for s in claim.unknown):
            return  # x_1 is an entry of x
        choices = [[e for e in parts if may_be(s.type, e.type)] for s in claim.unknown]
        yield from combinations(claim.unknown, choices)
