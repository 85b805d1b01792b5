"""gradproof minimize: the optimum of a formula."""

from __future__ import annotations

import gradproof as gp
from gradproof.cli import common
from gradproof.cli.common import FINE, NOT_SUPPORTED
from gradproof.cli.option import Args, Command, Option
from gradproof.say import say

FORMATS = ("unicode", "ascii", "latex", "json")

OPTIONS = (
    Option(("--over",), say("a variable; several are taken jointly"), takes="NAME", many=True, required=True),
    Option(("--subject-to",), say('a constraint: "C*x = d"'), takes="TEXT", many=True, default=()),
    Option(("--maximize",), say("the maximum instead")),
    common.WHERE,
    common.NOTATION,
    common.LATEX,
    Option(("--format",), say("how the answer is written"), choices=FORMATS, default="unicode"),
    Option(("--steps",), say("how the optimum was found")),
    Option(("--no-verify",), say("leave out the numeric proof")),
    common.LANG,
)


def run(args: Args) -> int:
    """Prints the optimum and what makes it one."""
    optimum = gp.maximize if args.maximize else gp.minimize
    text, where, notation = common.formula(args), common.where(args), common.notation(args)
    found = optimum(text, args.over, list(args.subject_to), where, notation, verify=not args.no_verify)
    form = common.printable(args.format)
    if args.format == "json":
        common.print_json(found.json(args.lang))
    else:
        print(found.text(args.lang, form))
        if args.steps:
            print(found.derivation(args.lang).text(form))
    return FINE if found.solution is not None else NOT_SUPPORTED


COMMAND = Command("minimize", say("where is this formula smallest?"), run, OPTIONS, common.EXPR)
