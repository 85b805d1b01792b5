"""gradproof minimize: the optimum of a formula."""

from __future__ import annotations

import argparse
import json
import sys

import gradproof as gp
from gradproof.languages import LANGUAGES
from gradproof.parse.notations import NOTATIONS

FORMATS = ("unicode", "ascii", "latex", "json")
FINE, NO_CLOSED_FORM = 0, 3


def add(command: argparse.ArgumentParser) -> None:
    """Its options."""
    command.add_argument("expression", metavar="EXPR", help="a formula; - reads it from standard input")
    command.add_argument(
        "--over", action="append", required=True, metavar="NAME", help="a variable; several are taken jointly"
    )
    command.add_argument("--subject-to", action="append", default=[], metavar="TEXT", help='a constraint: "C*x = d"')
    command.add_argument("--maximize", action="store_true", help="the maximum instead")
    command.add_argument("--where", metavar="TEXT", help='what is known: "l: scalar positive; S: matrix n n posdef"')
    command.add_argument("--notation", choices=("auto", *sorted(NOTATIONS)), default="auto")
    command.add_argument("--lang", choices=tuple(LANGUAGES), default="en", help="the language of the text")
    command.add_argument("--format", choices=FORMATS, default=FORMATS[0])
    command.add_argument("--steps", dest="derivation", action="store_true", help="how the optimum was found")
    command.add_argument("--no-verify", dest="verify", action="store_false", help="leave out the numeric proof")


def run(args: argparse.Namespace) -> int:
    """Prints the optimum and what makes it one."""
    text = sys.stdin.read().strip() if args.expression == "-" else args.expression
    optimum = gp.maximize if args.maximize else gp.minimize
    found = optimum(text, args.over, args.subject_to, args.where, args.notation, verify=args.verify)
    if args.format == "json":
        print(json.dumps(found.json(args.lang)))
    else:
        print(found.text(args.lang, args.format))
        if args.derivation:
            print(found.derivation(args.lang).text(args.format))
    return FINE if found.solution is not None else NO_CLOSED_FORM
