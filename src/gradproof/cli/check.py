"""gradproof check: is this derivative right, and if not, what went wrong?"""

from __future__ import annotations

import gradproof as gp
from gradproof.cli import common, terminal
from gradproof.cli.common import FAILED, FINE, NOT_SUPPORTED
from gradproof.cli.derive import derivation
from gradproof.cli.option import Args, Command, Option
from gradproof.say import say

STYLES = {"right": "good", "other-layout": "good", "right-if": "doubtful", "unknown": "doubtful"}  # of the verdict
FORMATS = ("text", "unicode", "ascii", "json")

OPTIONS = (
    Option(
        ("--wrt",),
        say("the variable to differentiate by; twice for a second derivative"),
        takes="NAME",
        many=True,
        required=True,
    ),
    Option(("--claim",), say("the derivative that is claimed, or a chain of equalities"), takes="ANSWER"),
    Option(
        ("--steps",),
        say("a derivation, one step a line: which line is the first wrong one? - reads standard input"),
        takes="FILE",
    ),
    common.WHERE,
    common.NOTATION,
    common.LATEX,
    common.LAYOUT,
    Option(("--format",), say("how the answer is written"), choices=FORMATS, default="text"),
    common.JSON,
    Option(("--reveal",), say("show the right answer; without it, hints")),
    Option(("--derivation",), say("show how the right answer is derived, too")),
    common.LANG,
)


def run(args: Args) -> int:
    from gradproof.check import check_steps  # checks are needed only here
    from gradproof.service.claim import claim_answer  # with them

    text, where, notation = common.formula(args), common.where(args), common.notation(args)
    if args.steps is None:
        args.asked["claim"] = claim = common.from_file(args.claim)
        found = gp.check(text, args.wrt, claim, where, args.layout, notation)
    else:
        with common.lines(args.steps) as lines:
            given = b"".join(lines).decode("utf-8-sig", errors="replace")
        args.asked["steps"] = given
        found = check_steps(text, args.wrt, given, where, args.layout, notation)
    steps = found.correct.derivation(args.lang) if args.derivation else None
    form = common.printable("ascii" if args.format == "ascii" else "unicode")
    if args.format == "json":
        common.print_json(
            {**claim_answer(found, args.lang), **({"derivation": steps.json()} if steps else {})}, args.lang
        )
    else:
        shown = terminal.headed(
            found.text(args.lang, form, args.reveal or args.derivation), STYLES.get(found.verdict, "bad")
        )
        print(shown, *(["", derivation(steps, form)] if steps else []), sep="\n")
    return FINE if found.ok else NOT_SUPPORTED if found.verdict == "unknown" else FAILED


COMMAND = Command(
    "check",
    say("is this derivative right? what went wrong?"),
    run,
    OPTIONS,
    common.EXPR,
    one_of=("--claim", "--steps"),
)
