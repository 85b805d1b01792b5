"""What a labelled side is about: the formula, a part that was given a name, or a formula that stands in the label; and the judge of claims about it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from gradproof.check.by_entry import Entries, entries_defined, entry_label, indexed_name
from gradproof.check.claims import moved_again, read_claim, read_definitions
from gradproof.check.implied import general
from gradproof.check.indicators import UnknownName
from gradproof.check.judge import Judge
from gradproof.check.left import DERIVATIVE, DIFFERENTIAL, FORMULA_NAMES, Left, read_left, unbracketed
from gradproof.check.points import Question
from gradproof.errors import GradproofError
from gradproof.lift.layouts import LAYOUTS
from gradproof.notation.expr import Expr, Symbol, substitute, symbol, walk
from gradproof.records import dataclass, field
from gradproof.shorthands import differential


class Unread(Exception):
    """A label that is not understood: `reason` is an identifier of `texts`, `data` what it names."""

    def __init__(self, reason: str, **data: str):
        self.reason, self.data = reason, data


@dataclass(frozen=True)
class About:
    """A judge, and what names mean in claims that it judges.

    `guessed`: a name that is not known to mean what is judged, so that a claim that is not right is not understood. `label`: the left side itself.

    `entries`: the indices where it is about one entry of the derivative.
    """

    judge: Judge
    defined: Mapping[str, Expr]
    guessed: str = ""
    label: str = ""
    entries: Entries | None = None


@dataclass
class Book:
    """What is known while lines are read, from the first to the last.

    `defined`: formulas that were given names; `named`: names of the formula itself; `last`: what a line that begins with = goes on about;
    `optimum`: whether the derivative was set to zero.
    """

    question: Question
    defined: dict[str, Expr] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)
    last: About | None = None
    optimum: bool = False
    questions: dict[tuple[Expr, tuple[str, ...]], Question] = field(default_factory=dict)

    @property
    def known(self) -> set[str]:
        """All names that have a meaning."""
        return {*self.question.symbols, *self.defined, *self.question.derivative.functions}

    def about(self, left: Left) -> About:
        """What a label is about. Raises Unread."""
        e, guessed = self.subject(left)
        if left.kind == DERIVATIVE:
            part = next((n for n in left.by if n in self.defined and n not in self.question.symbols), None)
            question = self.by_part(e, part, left.by) if part else self.differentiated(e, left)
            judge = Judge(question, ("derivative",), strict=True)
            return About(judge, self.in_terms_of(part, question), guessed, left.text)
        if left.kind == DIFFERENTIAL:
            if left.times > 1:
                return About(Judge(self.twice(e), ("value",), strict=True), self.defined, guessed, left.text)
            question = self.asked(e, self.question.derivative.wrt[:1])
            return About(Judge(question, ("differential",), strict=True), self.defined, guessed, left.text)
        question = self.asked(e, self.question.derivative.wrt)
        return About(Judge(question, ("value",), strict=True), self.defined, guessed, left.text)

    def define(self, texts: list[tuple[str, str]]) -> dict[str, Expr]:
        """What names mean, also those that are told entry by entry, r_i = …. Raises ParseError, ShapeError."""
        if not any(indexed_name(name) for name, _ in texts):
            return read_definitions(self.question, texts, self.defined)
        found, waiting = dict(self.defined), list(texts)
        for _ in texts:
            left: list[tuple[str, str]] = []
            for name, text in waiting:
                told = indexed_name(name)
                if told is None:
                    try:
                        found |= read_definitions(self.question, [(name, text)], found)
                        continue
                    except UnknownName:
                        pass
                elif (e := entries_defined(self.question, told, text, found)) is not None:
                    found[told[0]] = e
                    continue
                left.append((name, text))
            waiting = left
        if waiting:
            raise UnknownName(*waiting[0])
        return found

    def by_entry(self, text: str, body: str = "") -> About | None:
        """What the label of an entry is about, and a number in it a letter that the body has not; None where it is no such label. Raises Unread."""
        told, numbers = general(text, body, self.known)
        label = entry_label(told, self.known)
        if label is None:
            return None
        about = self.about(read_left(label.text, self.known))
        question = about.judge.question
        if question.layout != LAYOUTS[0]:
            where = {**question.symbols, **question.derivative.functions}
            question = self._beside(Question(question.expression, question.derivative.wrt, where, LAYOUTS[0]))
        dims = tuple(d for s in question.wrt for d in s.type.dims), question.expression.type.dims
        letters = (*label.by, *label.of)
        if label.of and len(label.of) != len(dims[1]):
            raise Unread("index-notation")
        if about.judge.roles != ("derivative",) or not len({*letters}) == len(letters) == len(dims[0] + dims[1]) <= 2:
            raise Unread("index-notation")
        numbers |= {x: x for x in letters if x in question.sizes}  # the last one
        judge = Judge(question, ("derivative",), strict=True)
        return About(judge, about.defined, about.guessed, text, Entries(letters, dims[0] + dims[1], numbers))

    def unlabelled(self, *roles: str, strict: bool = False) -> About:
        """A judge of claims about the question itself."""
        return About(Judge(self.question, roles or ("derivative",), strict), self.defined)

    def in_terms_of(self, part: str | None, question: Question) -> Mapping[str, Expr]:
        """What names mean where a part is a variable."""
        if part is None:
            return self.defined
        values = _in_letter(self.defined[part], question.symbols[part])
        return {n: substitute(e, values) for n, e in self.defined.items() if n != part}

    def subject(self, left: Left) -> tuple[Expr, str]:
        """The formula that a label names, and the name where that is only likely."""
        of, whole = left.of, self.question.expression
        if not of or of in self.named or (of in FORMULA_NAMES and of not in self.known):
            return whole, ""
        if of in self.defined:
            return self.defined[of], ""
        if of in self.question.symbols:
            return self.question.symbols[of], ""
        if of.isidentifier():
            if len(of) == 1:
                return whole, of
            if not {*of} <= {*self.question.symbols, *self.defined}:
                raise Unread("not-defined", names=of)
        return self.formula(of), ""

    def primed(self, text: str) -> Left | None:
        """A side `(…)'` of a scalar as the derivative of it: as a transpose it would say nothing."""
        inside = text.strip().removesuffix("'").rstrip()
        if inside == text.strip() or unbracketed(inside) == inside:
            return None
        with suppress(GradproofError):
            read = read_claim(self.question, inside, self.defined)
            if read.expr is not None and read.expr.type.kind == "s" and not read.unknown:
                return Left(DERIVATIVE, text, unbracketed(inside))
        return None

    def formula(self, text: str) -> Expr:
        """A formula in a label. Raises Unread."""
        try:
            read = read_claim(self.question, text, self.defined)
        except GradproofError as error:
            raise Unread("left-unread", message=error.message) from None
        if read.expr is None or read.unknown:
            names = ", ".join([s.name for s in read.unknown] or read.foreign)
            raise Unread("not-defined", names=names) if names else Unread("left-unread", message=str(read.error or ""))
        return read.expr

    def differentiated(self, e: Expr, left: Left) -> Question:
        """The question whose answer a label names: of which formula, by what."""
        asked = self.question.derivative.wrt
        by = left.by or (asked if left.times == len(asked) else asked[:1] * left.times)
        for name in by:
            if name not in self.question.symbols:
                raise Unread("not-a-variable", names=name)
        return self.asked(e, by)

    def by_part(self, e: Expr, name: str, by: tuple[str, ...]) -> Question:
        """A derivative by something that was given a name: the formula has to be one of it."""
        part = self.defined[name]
        letter = symbol(name, part.type if part.type.kind != "r" else part.T.type)
        outer = substitute(e, _in_letter(part, letter))
        left = {s for s in part.variables if s.name in self.question.derivative.wrt} & {*walk(outer)}
        if outer is e or left:
            raise Unread("not-of-part", part=name, formula=part.ascii)
        try:
            return self._beside(Question(outer, by, {**self.question.symbols, name: letter}, self.question.layout))
        except GradproofError as error:
            raise Unread("left-unread", message=error.message) from None

    def asked(self, e: Expr, by: tuple[str, ...]) -> Question:
        """The question of a formula; the one that was asked where it is that."""
        if e is self.question.expression and by == self.question.derivative.wrt:
            return self.question
        if (e, by) not in self.questions:
            where = {**self.question.symbols, **self.question.derivative.functions}
            try:
                self.questions[e, by] = Question(e, by, where, self.question.layout)
            except GradproofError as error:
                raise Unread("left-unread", message=error.message) from None
            self._beside(self.questions[e, by])
        return self.questions[e, by]

    def twice(self, e: Expr) -> Question:
        """The question whose formula is the second differential of a formula, where the variables themselves move along lines."""
        known, names = self.question.symbols, list(dict.fromkeys(self.question.derivative.wrt))
        moved = {n: self.question.moving[n] for n in names if n in self.question.moving}
        try:
            formula = moved_again(differential(e, [*moved], where=known), moved, known)
            where = {**known, **self.question.derivative.functions, **{s.name: s for s in moved.values()}}
            question = self._beside(Question(formula, names[0], where, self.question.layout))
            question.along = moved
            return question
        except GradproofError as error:
            raise Unread("left-unread", message=error.message) from None

    def _beside(self, question: Question) -> Question:
        """Another question, whose claims stand in the same text."""
        question.latex, question.lifting = self.question.latex, self.question.lifting
        return question


def _in_letter(part: Expr, letter: Symbol) -> dict[Expr, Expr]:
    """What puts a letter, a column, in the place of a formula and of its transpose."""
    if part.type.kind == "r":
        return {part: letter.T, part.T: letter}
    return {part: letter, part.T: letter.T} if part.type.kind == "v" else {part: letter}
