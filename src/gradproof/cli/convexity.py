"""gradproof convexity: is this formula convex?"""

from __future__ import annotations

import argparse
import json
import sys

import gradproof as gp
from gradproof.languages import LANGUAGES
from gradproof.parse.notations import NOTATIONS

FORMATS = ("unicode", "ascii", "latex", "json")
FINE, NO_VERDICT = 0, 3


def add(command: argparse.ArgumentParser) -> None:
    """Its options."""
    command.add_argument("expression", metavar="EXPR", help="a formula; - reads it from standard input")
    command.add_argument(
        "--wrt", action="append", required=True, metavar="NAME", help="a variable; several are taken jointly"
    )
    command.add_argument("--where", metavar="TEXT", help='what is known: "y: scalar positive; X: matrix n n posdef"')
    command.add_argument("--notation", choices=("auto", *sorted(NOTATIONS)), default="auto")
    command.add_argument("--lang", choices=tuple(LANGUAGES), default="en", help="the language of the text")
    command.add_argument("--format", choices=FORMATS, default=FORMATS[0])
    command.add_argument(
        "--no-verify", dest="verify", action="store_false", help="leave out the search for two points that refute"
    )


def run(args: argparse.Namespace) -> int:
    """Prints the verdict and what shows it."""
    text = sys.stdin.read().strip() if args.expression == "-" else args.expression
    found = gp.convexity(text, args.wrt, args.where, args.notation, verify=args.verify)
    if args.format == "json":
        print(json.dumps(found.json(args.lang)))
    else:
        print(found.text(args.lang, args.format))
    return NO_VERDICT if found.verdict == "unknown" else FINE
