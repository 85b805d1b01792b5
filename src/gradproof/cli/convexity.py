"""gradproof convexity: is this formula convex?"""

from __future__ import annotations

import gradproof as gp
from gradproof.cli import common
from gradproof.cli.common import FINE, NOT_SUPPORTED
from gradproof.cli.option import Args, Command, Option
from gradproof.say import say

FORMATS = ("unicode", "ascii", "latex", "json")

OPTIONS = (
    Option(("--wrt",), say("a variable; several are taken jointly"), takes="NAME", many=True, required=True),
    common.WHERE,
    common.NOTATION,
    common.LATEX,
    Option(("--format",), say("how the answer is written"), choices=FORMATS, default="unicode"),
    common.JSON,
    Option(("--no-verify",), say("leave out the search for two points that refute")),
    common.LANG,
)


def run(args: Args) -> int:
    """Prints the verdict and what shows it."""
    verify = not args.no_verify
    found = gp.convexity(common.formula(args), args.wrt, common.where(args), common.notation(args), verify=verify)
    if args.format == "json":
        common.print_json(found.json(args.lang), args.lang)
    else:
        print(found.text(args.lang, common.printable(args.format)))
        common.print_notes(found.notes, args.lang, args.format)
    return NOT_SUPPORTED if found.verdict == "unknown" else FINE


COMMAND = Command("convexity", say("is this formula convex? what shows it?"), run, OPTIONS, common.EXPR)
