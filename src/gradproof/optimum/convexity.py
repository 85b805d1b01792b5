"""gp.convexity: whether a formula is convex, with the factor that shows it, or two points that refute it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from gradproof.asked import Where, asked
from gradproof.budget import limited, share
from gradproof.choices import Format, NotationName
from gradproof.engine.contract import scale
from gradproof.engine.tensor import Contraction, Tensor
from gradproof.errors import (
    BudgetError,
    GradproofError,
    ShapeError,
    UnsupportedError,
    VerificationError,
    public,
    spoken,
)
from gradproof.facts import in_order, in_words, told
from gradproof.lift.graph import NoMatrixForm
from gradproof.lift.index import IndexForm
from gradproof.lift.input_order import reading_order
from gradproof.lift.lifter import Lifter
from gradproof.mime import Bundle, bundle, displayed, headed
from gradproof.notation.expr import Expr, Symbol
from gradproof.notation.function import Function
from gradproof.optimum.certificate import UNKNOWN, Certificate, Reason, certify, hessian_term, shown
from gradproof.optimum.words import COMPOSED, RULES, STRICT, STRONG, VERDICTS, Form, not_concave, not_convex
from gradproof.parse import Note, Reading
from gradproof.records import dataclass, field
from gradproof.say import Said, listed, say

if TYPE_CHECKING:
    from gradproof.optimum.witness import Chord, Witness

Verdict = Literal["convex", "concave", "affine", "neither", "unknown"]
BY_SIGN: dict[int | None, Verdict] = {1: "convex", -1: "concave", 0: "affine", None: "unknown"}
SCHEMA_VERSION = 2
SECONDS = 2.0  # that the search for chords may take


@public
@limited
def convexity(
    expression: str | Expr,
    wrt: str | Symbol | Sequence[str | Symbol],
    where: Where = None,
    notation: NotationName = "auto",
    *,
    verify: bool = True,
) -> Convexity:
    """Whether a scalar formula is convex or concave, jointly in all variables of `wrt`, wherever the declared facts hold.

    A verdict is proven from the formula, and says by what; "neither" comes with points that refute both; else it is "unknown".
    `verify`: what is proven is also held against chords at random points, and refutations are looked for; that takes NumPy.

    Raises what `derive` raises, and ShapeError where the formula is no scalar.

    >>> convexity("log(sum(exp(A*x)))", wrt="x").verdict
    'convex'
    """
    parsed, symbols = asked(expression, wrt, where, notation)
    if parsed.expr.type.kind != "s":
        raise ShapeError(say("only a scalar is convex or not, and this formula is {shape}", shape=parsed.expr.type))
    loose = next(((s, f) for s in symbols for f in in_order(s.facts) if not f.convex and not f.fixed), None)
    found = Convexity(parsed.expr, symbols, UNKNOWN, None, parsed.reading, parsed.symbols, parsed.functions, None)
    if loose is not None and not loose[1].regular:
        return _with(found, no_set=(loose[0], loose[1].name))
    certificate = certify(parsed.expr, symbols)
    witness = _searched(found, certificate) if verify else None
    if certificate.sign is not None:
        wrong = witness and {
            1: witness.not_convex,
            -1: witness.not_concave,
            0: witness.not_convex or witness.not_concave,
        }
        if wrong and wrong[certificate.sign] is not None:
            raise VerificationError(
                say(
                    "gradproof's certificate for {formula} is refuted by two points, and is not handed out",
                    formula=parsed.expr.ascii[:200],
                ),
                hint=say("this is a defect of gradproof; please report the formula"),
            )
        witness = None
    return _with(found, certificate=certificate, witness=witness)


def of_hessian(expression: Expr, variables: Sequence[Symbol], verify: bool = True) -> Convexity | None:
    """What a Hessian says of its formula; None where that is nothing, or cannot be told within the budget."""
    try:
        found = convexity(expression, variables, verify=verify)
    except GradproofError:  # beyond its budget, or without NumPy: the derivative stands
        return None
    return None if found.verdict == "unknown" else found


def _with(c: Convexity, **fields: Any) -> Convexity:
    return Convexity(**{**{f: getattr(c, f) for f in c.__dataclass_fields__}, **fields})


def _searched(c: Convexity, certificate: Certificate) -> Witness | None:
    """Chords that refute; None where there is no NumPy, or no time, and for functions that are not specified: a chord of one refutes no other."""
    if c.functions:
        return None
    try:
        from gradproof.optimum.witness import search  # it needs NumPy

        draws = 40 if certificate.sign is None else 4
        with share(SECONDS):
            return search(c.expression, c.variables, c.symbols.values(), c.functions.values(), draws=draws)
    except (ImportError, BudgetError, UnsupportedError):
        return None


@dataclass(frozen=True)
class Convexity:
    """What is known of the curvature of a formula. Made by `convexity`."""

    expression: Expr
    variables: tuple[Symbol, ...]
    certificate: Certificate = field(repr=False)
    witness: Witness | None = field(repr=False)
    reading: Reading = field(repr=False)
    symbols: Mapping[str, Symbol] = field(repr=False)
    functions: Mapping[str, Function] = field(repr=False)
    no_set: tuple[Symbol, str] | None = field(repr=False)

    @property
    def wrt(self) -> tuple[str, ...]:
        """The names of the variables."""
        return tuple(s.name for s in self.variables)

    @property
    def verdict(self) -> Verdict:
        """ "convex", "concave", "affine", "neither" (with a witness), or "unknown"."""
        w = self.witness
        if self.certificate.sign is None and w is not None and w.not_convex and w.not_concave:
            return "neither"
        return BY_SIGN[self.certificate.sign]

    @property
    def notes(self) -> tuple[Note, ...]:
        """How the formula was understood, where the text did not force it."""
        return self.reading.notes

    @property
    def strict(self) -> bool:
        """Whether it is proven to be strictly convex, or strictly concave. False says nothing."""
        return self.certificate.strict

    @cached_property
    def modulus(self) -> Expr | None:
        """A number m such that the formula less m/2 times the squared norm of the variable is convex still; None where none is seen."""
        m = self.certificate.modulus
        lifted = None if m is None else self._formula(m)
        return lifted if isinstance(lifted, Expr) else None

    @property
    def reason(self) -> str:
        """Why, in English."""
        return "; ".join(self.reasons())

    # -- words

    @cached_property
    def _lifter(self) -> Lifter:
        return Lifter(reading_order(self.expression))

    def _formula(self, t: Tensor) -> Expr | IndexForm:
        try:
            return self._lifter.lift(t)
        except NoMatrixForm:
            return IndexForm(t, self._lifter)

    def reasons(self, format: Format = "unicode") -> list[Said]:
        """Why, one sentence each."""
        return self._reasons(lambda e: getattr(e, format))

    def _reasons(self, form: Form) -> list[Said]:
        c = self.certificate
        if self.no_set is not None:
            s, fact = self.no_set
            return [say("the values of {name} that are {words} are no convex set", name=s.name, words=_facts([fact]))]
        if c.sign is None:
            refuted = [] if self.witness is None else list(self._refuted(self.witness))
            return refuted or [say("no certificate was found, and no two points that refute it")]
        if c.sign == 0 and not c.reasons:
            return [say("the second differential is zero")]
        return [self._because(r, form) for r in c.reasons]

    def _because(self, r: Reason, form: Form) -> Said:
        if r.part is None:
            curve = "affine" if r.curve.affine else "convex" if r.curve.convex else "concave"
            return COMPOSED[curve](form(self._formula(r.term)))
        term = self._term(r.term)
        rule = "diagonal" if r.part.rule in ("square", "weighted-square") and _is_diagonal(term) else r.part.rule
        other = "" if r.part.outweighed is None else form(self._formula(self._term(scale(-1, r.part.outweighed))))
        line = RULES[rule](form(self._formula(term)), other, form)
        return say("of its negative: {line}", line=line) if self.certificate.sign == -1 else line

    def _term(self, t: Tensor) -> Tensor:
        """A term of the second differential: of the Hessian, where that is a matrix or a number."""
        moved = self.certificate.moved or {}
        d = next(iter(moved.values())) if len(moved) == 1 else None
        matrix = hessian_term(t, d) if d is not None and d.order <= 1 else None
        return shown(t, moved) if matrix is None else matrix

    def _refuted(self, witness: Witness) -> Iterator[Said]:
        if witness.not_convex is not None:
            yield not_convex(witness.not_convex.middle, sum(witness.not_convex.ends) / 2)
        if witness.not_concave is not None:
            yield not_concave(witness.not_concave.middle, sum(witness.not_concave.ends) / 2)

    def domain(self, lang: str = "en") -> str:
        """What is assumed of the variables; "" where nothing is. Raises GradproofError for an unknown language."""
        spoken(lang)
        found = self._domain()
        return "" if found is None else found.told(lang)

    def _domain(self) -> Said | None:
        parts = [say("{name} is {words}", name=s.name, words=_facts(told(s.facts))) for s in self.variables]
        kept = [p for p, s in zip(parts, self.variables, strict=True) if in_words(told(s.facts))]
        return listed(kept, "and") if kept else None

    @limited
    def text(self, lang: str = "en", format: Format = "unicode") -> str:
        """The verdict and its reasons in words. Raises GradproofError for an unknown language."""
        lines = self.sentences(lambda e: getattr(e, format))
        if self.verdict == "neither":
            lines += [line for c in self._chords() for line in _values(c, set(self.symbols))]
        return "\n  ".join(line.told(spoken(lang)) for line in lines)

    def sentences(self, form: Form) -> list[Said]:
        """The verdict, how strong it is, and the reasons; `form` writes a formula."""
        head, facts = VERDICTS[self.verdict](listed(self.wrt)), self._domain()
        lines = [head if facts is None else say("{verdict}, where {facts}", verdict=head, facts=facts)]
        if self.modulus is not None:
            lines.append(STRONG[self.verdict](form(self.modulus)))
        elif self.strict:
            lines.append(STRICT[self.verdict]())
        return lines + self._reasons(form)

    def _chords(self) -> list[Chord]:
        w = self.witness
        return [] if w is None else [c for c in (w.not_convex, w.not_concave) if c is not None]

    @limited
    def json(self, lang: str = "en") -> dict[str, Any]:
        """The verdict as JSON holds it; words are in this language."""
        return {
            "schema_version": SCHEMA_VERSION,
            "expression": self.expression.ascii,
            "wrt": list(self.wrt),
            "verdict": self.verdict,
            "strict": self.strict,
            "modulus": None if self.modulus is None else self.modulus.ascii,
            "domain": self.domain(lang),
            "text": self.text(lang),
            "notes": [note.said(lang) for note in self.notes],
            "reason": [line.told(spoken(lang)) for line in self.reasons("ascii")],
            "witness": self.witness.json() if self.witness is not None and self.verdict == "neither" else None,
        }

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Bundle:
        """What a notebook shows: the verdict, and what shows it."""
        return bundle(str(self), displayed(f"f = {self.expression.latex}"), headed(str(self)))

    def __str__(self) -> str:
        return self.text()


def _is_diagonal(t: Tensor) -> bool:
    """Whether a matrix is a diagonal one, to be seen."""
    return t.order == 2 and isinstance(t, Contraction) and t.out[0] == t.out[1]


def _facts(names: Iterable[str]) -> Said:
    """What there is to say of facts, in every language."""
    return listed(in_words(names), "and")


def _values(chord: Chord, names: set[str]) -> Iterator[Said]:
    """The values at a chord, short ones alone."""
    import numpy as np  # numbers are needed only here

    found = []
    for part, mark in ((chord.data, ""), (chord.a, "₁"), (chord.b, "₂")):
        for name, value in part.items():
            array = np.round(np.asarray(value, dtype=float), 4)
            if name in names and array.size <= 12 and math.isfinite(float(np.sum(array))):
                found.append(f"{name}{mark} = {array.tolist()}")
    if found:
        yield say("with {values}", values=listed(found))
