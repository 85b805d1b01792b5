"""Exercises: a problem with a proven solution, hints, and a marker."""

from __future__ import annotations

import random
import re
from functools import cached_property
from typing import TYPE_CHECKING

from gradproof.check import check
from gradproof.choices import Language, Topic
from gradproof.derivative import Derivative
from gradproof.derive import derive
from gradproof.errors import BudgetError, GradproofError, public
from gradproof.notation.expr import Expr
from gradproof.records import dataclass
from gradproof.say import listed, say
from gradproof.tutor.problems import FAMILIES, LEVELS, PROBLEMS, TOPICS, ExerciseTemplate

if TYPE_CHECKING:
    from gradproof.check.verdict import Check
    from gradproof.explain.derivation import Derivation

ATTEMPTS = 20
NUMBERS = ("1", "2", "3", "4", "5", "1/2")


@dataclass(frozen=True)
class Exercise:
    """A problem. Made by `exercise`; its solution is proven before it leaves.

    `expression`, `wrt`, `where`: as `derive` takes them; `level`, `topic`, `seed`: what it was made from.
    """

    expression: str
    wrt: str
    where: str
    level: int
    topic: str
    seed: int

    @cached_property
    def derivative(self) -> Derivative:
        """The derivative that is asked for."""
        return derive(self.expression, self.wrt, self.where)

    @property
    def solution(self) -> Expr:
        """The right answer."""
        found = self.derivative.result
        assert isinstance(found, Expr)
        return found

    def derivation(self, lang: Language = "en") -> Derivation:
        """The solution step by step."""
        return self.derivative.derivation(lang)

    def hint(self, k: int = 1, lang: Language = "en") -> str:
        """The k-th hint alone, from 1. Raises GradproofError where there are not so many."""
        return self.derivation(lang).hint(k)

    def check(self, claim: str | Expr) -> Check:
        """Marks an answer, as `gp.check` does."""
        return check(self.expression, self.wrt, claim, self.where)

    @cached_property
    def slips(self) -> tuple[str, ...]:
        """Typical wrong answers, each confirmed to be wrong: twice as much, the other sign, the transpose."""
        e = self.solution
        tried = [f"2*({e.ascii})", f"-({e.ascii})", *([f"({e.ascii})'"] if e.type.square else [])]
        return tuple(text for text in tried if self.check(text).verdict == "wrong")

    def text(self, lang: Language = "en") -> str:
        """The problem in words."""
        d = self.derivative
        known = self.derivation(lang).page("unicode").variables
        asked = say("Differentiate f = {formula} by {name}.", formula=d.expression.unicode, name=self.wrt)
        return f"{asked.told(lang)}\n  {known}"


@public
def exercise(level: int = 1, topic: Topic | None = None, seed: int | None = None) -> Exercise:
    """An exercise, with hints, a marker and a proven solution; the same one for the same seed.

    `level`: from 1 to 5. `topic`: "products", "norms", "trace", "determinant", "elementwise" or "networks"; None for any.

    Raises GradproofError for a level or topic that is not there.

    >>> exercise(level=1, topic="trace", seed=1).check("eye(n)").verdict
    'wrong'
    """
    if level not in LEVELS:
        raise GradproofError(say("there is no level {level}", level=repr(level)), hint=say("levels are 1 to 5"))
    if topic is not None and topic not in TOPICS:
        raise GradproofError(
            say("there is no topic '{topic}'", topic=topic), hint=say("topics are {known}", known=listed(TOPICS))
        )
    seed = random.SystemRandom().randrange(1_000_000) if seed is None else seed
    rng = random.Random(f"{level} {topic} {seed}")
    for _ in range(ATTEMPTS):
        problem = rng.choice([p for p in PROBLEMS if p.level == level and topic in (None, p.topic)])
        made = _made(problem, seed, rng)
        try:
            if made.derivative.verified and isinstance(made.derivative.result, Expr):
                return made
        except BudgetError:
            raise
        except GradproofError:
            continue
    raise GradproofError(say("no exercise was found"), hint=say("try another seed"))


def _made(p: ExerciseTemplate, seed: int, rng: random.Random) -> Exercise:
    """A problem with other letters and a number."""
    number = rng.choice(NUMBERS)
    formula = p.formula.replace("{c}*", "" if number == "1" else f"{number}*")
    names = dict.fromkeys(re.findall(r"(\w+):", p.where))
    free = {family: rng.sample([*family], len(family)) for family in FAMILIES}
    letters: dict[str, str] = {}
    for name in names:
        family = next((f for f in FAMILIES if name in f), "")
        letters[name] = free[family].pop() if family else name
    put = lambda text: re.sub(r"\b[A-Za-z]\b(?!\()", lambda m: letters.get(m[0], m[0]), text)  # noqa: E731
    where = "; ".join(f"{letters[n]}:{kind}" for n, kind in re.findall(r"(\w+):([^;]*)", p.where))
    return Exercise(put(formula), letters[p.wrt], where, p.level, p.topic, seed)
