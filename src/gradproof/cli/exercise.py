"""gradproof exercise: a problem to solve, with hints, a marker and its solution."""

from __future__ import annotations

from typing import cast, get_args

import gradproof as gp
from gradproof.choices import Topic
from gradproof.cli import common
from gradproof.cli.common import FAILED, FINE
from gradproof.cli.option import Args, Command, Option
from gradproof.say import say

_TOPICS = {
    "products": say("products"),
    "norms": say("norms"),
    "trace": say("trace"),
    "determinant": say("determinant"),
    "elementwise": say("functions of each entry"),
    "networks": say("networks"),
}  # as they are told; they are chosen by their names

OPTIONS = (
    Option(("--level",), say("from 1 to 5"), takes="N", read=int, default=1),
    Option(("--topic",), say("what it is about (any)"), choices=get_args(Topic)),
    Option(("--seed",), say("the number of the exercise"), takes="N", read=int),
    Option(("--hint",), say("one hint: the first, or that of this number"), takes="K", read=int, bare="1"),
    Option(("--claim",), say("your answer, which is marked"), takes="TEXT"),
    Option(("--reveal",), say("the solution step by step")),
    common.LANG,
)


def run(args: Args) -> int:
    """Prints a problem, or what is asked of it."""
    e = gp.exercise(args.level, cast("Topic | None", args.topic), args.seed)
    topic = _TOPICS[e.topic].told(args.lang)
    print(say("exercise {seed}, level {level}, {topic}", seed=e.seed, level=e.level, topic=topic).told(args.lang))
    print(e.text(args.lang))
    if args.hint is not None:
        common.print_hint(e.derivation(args.lang).hints(), args.hint, args.lang)
    if args.reveal:
        print("", e.derivation(args.lang).text(), sep="\n")
    if args.claim is None:
        return FINE
    found = e.check(args.claim)
    print(found.text(args.lang, "unicode", args.reveal))
    return FINE if found.verdict in ("right", "other-layout") else FAILED


COMMAND = Command("exercise", say("a problem to solve, with hints and a marker"), run, OPTIONS)
