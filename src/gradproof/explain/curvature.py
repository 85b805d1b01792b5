"""The last step of the derivation of a Hessian: whether its formula is convex, and the factor that shows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from gradproof.explain.heading import Entry, Line
from gradproof.explain.problem import Problem
from gradproof.explain.speak import Speaker
from gradproof.facts import TIES
from gradproof.hooks import certificates
from gradproof.lift.index import IndexForm
from gradproof.notation.expr import Expr
from gradproof.say import Said


class Curvature(Protocol):
    """What is known of the curvature of a formula; `Convexity` says what each is."""

    @property
    def verdict(self) -> str: ...
    def sentences(self, form: Callable[[Expr | IndexForm], str]) -> Sequence[Said]: ...
    def json(self, lang: str = "en") -> dict[str, Any]: ...


def curvature(p: Problem, verify: bool = True) -> Curvature | None:
    """Whether the formula is convex, of the second derivative of a number by one variable twice; None for other derivatives, and where nothing is proven."""
    formula = p.asked or p.expr
    if len(p.wrt) != 2 or p.wrt[0] != p.wrt[1] or formula.type.kind != "s":
        return None
    return certificates.of(formula, p.wrt[:1], verify)


def entry(found: Curvature, number: int, p: Problem, claim: str, name: str, speaker: Speaker) -> Entry:
    """The entry of a page; `claim`: what the Hessian is called, `name`: what the formula is."""

    def form(e: Expr | IndexForm) -> str:
        return speaker.math(e) if isinstance(e, Expr) else speaker.wrapped(getattr(e, speaker.format))

    says, *more = (line.told(speaker.lang) for line in found.sentences(form))
    scalar, along = p.wrt[0].type.kind == "s", p.wrt[0].type.kind == "m" or bool(p.wrt[0].facts & TIES)
    told = speaker.writer.bends(
        claim, name, found.verdict, "differential" if along else "number" if scalar else "matrix"
    )
    title = speaker.word("curvature")
    return Entry(number, title, "", says, (Line(told, ()),), "", "", tuple(more), asked=speaker.wrapped(claim))
