"""A derivation as users hold it: text, Markdown, LaTeX, JSON, in a language and at a level of detail."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from gradproof.engine.removable import limit
from gradproof.engine.value import tensor_value
from gradproof.errors import BudgetError, GradproofError
from gradproof.explain import formats, heading, page
from gradproof.explain.board import DETAILS, Board, dimensions
from gradproof.explain.check import Agreement, Checker
from gradproof.explain.conditions import conditions, vanishing
from gradproof.explain.curvature import Curvature, curvature
from gradproof.explain.finish import free
from gradproof.explain.heading import Entry
from gradproof.explain.named import VALUE, Name, parts
from gradproof.explain.numeric import by_hand
from gradproof.explain.page import Page
from gradproof.explain.problem import Problem
from gradproof.explain.recurring import same
from gradproof.explain.restrict import free_name
from gradproof.explain.rules import NUMBERS, RULES
from gradproof.explain.speak import Speaker
from gradproof.explain.special import of_numbers
from gradproof.explain.steps import Remark, Step, fill, steps
from gradproof.explain.texts import texts
from gradproof.explain.writer import Marking
from gradproof.facts import TIES
from gradproof.languages import language
from gradproof.mime import Bundle, bundle
from gradproof.notation.expr import Call, Expr, Symbol, substitute, symbol, walk
from gradproof.numeric import bare
from gradproof.numeric.given import bind_sizes
from gradproof.records import dataclass, field, replace
from gradproof.say import listed, say

SCHEMA_VERSION = 2


@dataclass(frozen=True)
class Summary:
    """What the numeric checks of all steps say: how many steps, how many agreed, disagreed, or could not be checked; the largest relative error."""

    steps: int
    agreed: int
    wrong: int
    unknown: int
    max_relative_error: float

    @property
    def ok(self) -> bool:
        return not self.wrong


@dataclass(frozen=True)
class Derivation:
    """The derivation of a result, step by step. Made by `Derivative.derivation`.

    `method`: "rules", "differential" or "entries"; `lang`: the language of the texts; `detail`: "brief", "normal" or "full";
    `root`: the proof tree.
    """

    problem: Problem
    method: str
    root: Step
    lang: str = "en"
    detail: str = "normal"
    _cache: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        texts(self.lang)
        if self.detail not in DETAILS:
            raise GradproofError(
                say("there is no detail '{detail}'", detail=self.detail),
                hint=say("details are {known}", known=listed(DETAILS)),
            )

    # -- what it says

    @cached_property
    def board(self) -> Board:
        return Board(self.root, self.detail, self._named)

    @cached_property
    def _named(self) -> tuple[Name, ...]:
        found = next((s.named for s in steps(self.root) if s.named), ())
        if self.root.rule == "adjoint":
            whole = self.root.children[-1].goal
            name = free_name(("L", "H", "M"), {s.name for s in self.problem.symbols})
            forms = tuple(e for n in found if n.meaning == VALUE for e in (n.formula, *n.also))
            lagrangian = Name(symbol(name, whole.type), whole, "lagrangian", forms, self.root.parts["lambda"])
            return self._in_all_forms([*(n for n in found if n.meaning != VALUE), lagrangian])
        if found:
            return self._in_all_forms(found)
        freed: dict[Expr, Expr] = {s: free(s) for s in self.problem.wrt if s.facts & TIES}
        names = parts(self.problem.expr, self.problem.wrt[-1])
        return self._in_all_forms([replace(n, also=(substitute(n.formula, freed),)) if freed else n for n in names])

    def _in_all_forms(self, names: Sequence[Name]) -> tuple[Name, ...]:
        """The names with all forms in which the steps write what they stand for."""
        owner = {e: n for n in names if n.meaning != VALUE for e in (n.formula, *n.also)}
        written = (n for s in steps(self.root) for e in (s.result, s.raw) for n in walk(e))
        more: dict[Name, list[Expr]] = {}
        for form, part in same(written, [*owner]).items() if owner else ():
            if form not in owner and _still_named(part, form):
                more.setdefault(owner[part], []).append(form)
        return tuple(replace(n, also=(*n.also, *more[n])) if n in more else n for n in names)

    @property
    def names(self) -> tuple[Name, ...]:
        """The named parts, inner ones first: `.name`, `.formula`, `.shape`, `.meaning`."""
        return tuple(n for n in self._named if n.meaning != VALUE)

    @cached_property
    def conditions(self) -> list[Remark]:
        """Where it holds: of the places where a norm is zero only those at which the derivative has no limit."""
        used = {n.parts["A"] for s in steps(self.root) for n in s.notes if n.key in ("fact", "fact-symmetric")}
        names = {s.name for s in used if isinstance(s, Symbol)}
        return [c for c in conditions(self.problem.expr, names, self.problem.wrt) if not self._removable(c)]

    def _removable(self, condition: Remark) -> bool:
        """Whether the derivative has a limit where a condition fails, at a point that is made to fail it."""
        problem, checker = self.problem, self.checker
        if condition.key != "norm-nonzero":
            return False
        try:
            point = vanishing(condition.parts["x"], checker.point, problem.wrt)
            if point is None:
                return False
            sizes = {n: v for n, v in point.items() if isinstance(v, int)}
            sizes |= bind_sizes(checker.sampler.symbols, point)
            end = limit(lambda values: tensor_value(problem.tensor, values, sizes, bare), point, problem.wrt, np=bare)
            return end is not None
        except BudgetError:
            raise
        except GradproofError:
            return False

    @cached_property
    def curvature(self) -> Curvature | None:
        """Of a Hessian whether its formula is convex, as `convexity` says it; None for other derivatives, and where nothing is proven."""
        return curvature(self.problem)

    def speaker(self, format: str) -> Speaker:
        """Who tells it in a format: unicode, ascii or latex."""
        named = {e: n.symbol for n in self.names for e in (n.formula, *n.also)}
        return Speaker(self.lang, format, self.board.names, named)

    def page(self, format: str, speaker: Speaker | None = None, reading: bool = True) -> Page:
        """The page in a format: what is given, the names, the entries, the result. `reading`: whether what was read into the text is the first entry."""
        speaker = speaker or self.speaker(format)
        return page.compose(
            self.board, self.problem if reading else replace(self.problem, reading=None), self.method, self.conditions, self.summary,
            speaker, self.free, self.special, self.curvature,
        )  # fmt: skip

    @cached_property
    def special(self) -> Step | None:
        """The same with all sizes 1, where every letter is a number; checked."""
        found = of_numbers(self.root)
        return found if found is not None and self.check(found).ok else None

    @cached_property
    def free(self) -> tuple[Step, ...]:
        """Other derivatives that the same steps give, each checked."""
        found = next((s.free for s in steps(self.root) if s.free), ())
        return tuple(s for s in found if self.check(s).ok)

    def hints(self, format: str = "unicode", shown: Page | None = None) -> tuple[str, ...]:
        """One hint after another: what is wanted and what to name, then for each entry the rule and the part that it is used on."""
        shown = shown or self.page(format, reading=False)
        speaker = self.speaker(format)
        names = speaker.word("hint-names", names=language(self.lang).semicolon.join(shown.names)) if shown.names else ""
        start = [" ".join(filter(None, (shown.wanted, names)))] if shown.wanted or names else []
        return (*start, *(_hint(e, speaker) for e in shown.entries))

    def numeric(self) -> str:
        """Lines of NumPy that check one entry of a gradient by hand, with their value; raises GradproofError for another kind of derivative."""
        if self.problem.expr.type.kind != "s" or len(self.problem.wrt) != 1 or self.problem.functions:
            raise GradproofError(say("a gradient of a scalar is checked so, by one variable"))
        return by_hand(self.problem.expr, self.problem.wrt[0], self.problem.symbols, self.root.result)

    def hint(self, k: int = 1) -> str:
        """The k-th hint alone, from 1; raises GradproofError where there are not so many."""
        found = self.hints()
        if not 1 <= k <= len(found):
            raise GradproofError(say("there are {count} hints, numbered from 1", count=len(found)))
        return found[k - 1]

    def text(self, color: bool | None = None, ascii: bool = False) -> str:
        """For a terminal. `color`: None where standard output is a terminal and NO_COLOR is not set."""
        coloured = formats.colourful() if color is None else color
        speaker = self.speaker("ascii" if ascii else "unicode")
        if coloured:
            writer = speaker.writer
            speaker.writer = Marking(speaker.format, writer.names, writer.named, formats.MARKS)
        return formats.text(self.page(speaker.format, speaker), coloured, ascii)

    def markdown(self) -> str:
        """Markdown, formulas as LaTeX between dollar signs."""
        return self._rows(formats.markdown(self.page("latex")))

    def latex(self) -> str:
        """A LaTeX document: pdflatex for English, xelatex or lualatex with ctex for Chinese."""
        return self._rows(formats.latex(self.page("latex"), self.lang))

    def _rows(self, text: str) -> str:
        """The word below a function of the rows, in the language."""
        return text.replace(r"\text{rows}", rf"\text{{{texts(self.lang).words['rows']}}}")

    def json(self) -> dict[str, Any]:
        """The whole proof tree as plain data; see docs/derivations.md."""
        speaker = Speaker(self.lang, "unicode", {})
        return {
            "schema_version": SCHEMA_VERSION,
            "method": self.method,
            "lang": self.lang,
            "conditions": [speaker.note(c) for c in self.conditions],
            "names": [
                {
                    "name": n.name,
                    "formula": n.formula.ascii,
                    "shape": [*n.shape],
                    "meaning": heading.meaning(n, speaker),
                }
                for n in self.names
            ],
            "hints": [*self.hints()],
            **({} if self.curvature is None else {"convexity": self.curvature.json(self.lang)}),
            "root": self._nodes(speaker),
        }

    def _nodes(self, speaker: Speaker) -> dict[str, Any]:
        """The tree without recursion; a step that occurs again is a reference to its first place."""
        order = list(steps(self.root))
        numbers = {s: k for k, s in enumerate(order, 1)}
        made: dict[Step, dict[str, Any]] = {}
        for s in order:
            made[s] = self._node(s, numbers[s], speaker)
        placed = {self.root}
        for s in order:
            for c in s.children:
                made[s]["children"].append({"ref": numbers[c]} if c in placed else made[c])
                placed.add(c)
        return made[self.root]

    def _node(self, s: Step, number: int, speaker: Speaker) -> dict[str, Any]:
        return {
            "id": number,
            "rule": s.rule,
            "name": speaker.texts.names[s.rule],
            "number": NUMBERS.get(s.rule, ""),
            "statement": RULES[s.rule].statement,
            "source": RULES[s.rule].source,
            "kind": s.kind,
            "goal": s.goal.ascii,
            "wrt": [v.name for v in s.wrt],
            "line": _filled(s).ascii,
            "result": s.result.ascii,
            "dims": dimensions(s.line),
            "text": speaker.sentence(s),
            "check": self.check(s).json(),
            "children": [],
        }

    # -- what the numbers say

    @cached_property
    def checker(self) -> Checker:
        return Checker(self.problem.expr, self.problem.symbols, self.problem.functions)

    def check(self, step: Step) -> Agreement:
        """The numeric check of one step, alone."""
        return self.checker.step(step)

    @cached_property
    def summary(self) -> Summary:
        """The numeric checks of all steps."""
        checks = [self.check(s) for s in steps(self.root)]
        errors = [c.max_relative_error for c in checks if not math.isnan(c.max_relative_error)]
        counts = {ok: sum(c.ok is ok for c in checks) for ok in (True, False, None)}
        return Summary(len(checks), counts[True], counts[False], counts[None], max(errors, default=math.nan))

    @property
    def result(self) -> Expr:
        """What it ends in, in denominator layout."""
        return self.root.result

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Bundle:
        return bundle(str(self), self.markdown())

    def __str__(self) -> str:
        return self.text(color=False)

    def __repr__(self) -> str:
        return f"<derivation by {self.method}, {sum(1 for _ in steps(self.root))} steps: {self.root.result.ascii}>"


def _still_named(part: Expr, form: Expr) -> bool:
    """Whether a form of a part may stand under its name: of a softmax only what has it, since what it is made of is to be recognised first."""
    return not (isinstance(part, Call) and part.op.total == 1) or any(
        isinstance(n, Call) and n.op is part.op for n in walk(form)
    )


def _hint(e: Entry, speaker: Speaker) -> str:
    """The rule of an entry, and what it is used on."""
    rule = f"{speaker.word('colon')}{e.rule}" if e.rule else ""
    return speaker.word("hint-rule", rule=e.title + rule, what=e.asked or speaker.wrapped(e.lines[0].left))


def _filled(s: Step) -> Expr:
    """The rule's right side with the sub-goals' results in it."""
    return fill(s.line, [c.result for c in s.children])


__all__ = ["Derivation", "Summary"]
