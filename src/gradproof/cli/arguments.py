"""What the command line takes: commands, options, and formulas that may begin with a minus."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Mapping, Sequence

import gradproof as gp
from gradproof.cli import convexity, minimize, serve
from gradproof.parse.notations import NOTATIONS

LAYOUTS = ("denominator", "numerator", "mixed")
NOTATION_NAMES = ("auto", *sorted(NOTATIONS))
FORMATS = ("unicode", "ascii", "latex", "markdown", "json")
CHECK_FORMATS = ("text", "unicode", "ascii", "json")

Run = Callable[[argparse.Namespace], int]

_EPILOG = """examples:
  gradproof derive "norm2(A*x - b)^2" --wrt x
  gradproof derive "x'*S*x" --wrt x --wrt x --where "S: matrix n n symmetric"
  echo "-logdet(X)" | gradproof derive - --wrt X --format latex
  gradproof check "x'*A*x" --wrt x --claim "2*A*x"

exit codes: 0 fine, 1 verification failed or claim not right, 2 input error, 3 not supported, beyond the limits, or no verdict"""


def parser(runs: Mapping[str, Run]) -> argparse.ArgumentParser:
    """The parser; `runs`: what runs each command."""
    whole = argparse.ArgumentParser(
        "gradproof", description="Vector and matrix derivatives in closed form, each one checked numerically.",
        epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False,
    )  # fmt: skip
    whole.add_argument("--version", action="version", version=f"gradproof {gp.__version__}")
    whole.set_defaults(run=None, format=None)
    commands = whole.add_subparsers(
        title="commands", metavar="derive | check | code | batch | convexity | minimize | schema | mcp | serve"
    )
    _add_derive(commands.add_parser("derive", help="the derivative of a formula", allow_abbrev=False), runs["derive"])
    _add_check(
        commands.add_parser("check", help="is this derivative right? what went wrong?", allow_abbrev=False),
        runs["check"],
    )
    batch = commands.add_parser(
        "batch", help="one request a line in, one answer a line out (JSON lines)", allow_abbrev=False
    )
    batch.add_argument("file", metavar="FILE", help="a file of JSON lines; - reads standard input")
    batch.set_defaults(run=runs["batch"])
    _add_code(
        commands.add_parser("code", help="a module in Python that computes a derivative", allow_abbrev=False),
        runs["code"],
    )
    curved = commands.add_parser("convexity", help="is this formula convex? what shows it?", allow_abbrev=False)
    convexity.add(curved)
    curved.set_defaults(run=runs["convexity"])
    least = commands.add_parser("minimize", help="where is this formula smallest?", allow_abbrev=False)
    minimize.add(least)
    least.set_defaults(run=runs["minimize"])
    schema = commands.add_parser("schema", help="the JSON Schema of requests and answers", allow_abbrev=False)
    schema.set_defaults(run=runs["schema"])
    mcp = commands.add_parser(
        "mcp", help="tools for assistants: the Model Context Protocol on standard input and output", allow_abbrev=False
    )
    mcp.set_defaults(run=runs["mcp"])
    page = commands.add_parser("serve", help="the page and its JSON interface, in the browser", allow_abbrev=False)
    serve.add(page)
    page.set_defaults(run=runs["serve"])
    return whole


def _add_derive(command: argparse.ArgumentParser, run: Run) -> None:
    command.add_argument("expression", metavar="EXPR", help="a formula; - reads it from standard input")
    _add_notation(command)
    command.add_argument(
        "--wrt",
        action="append",
        default=None,
        metavar="NAME",
        help="the variable to differentiate by; twice for a second derivative",
    )
    command.add_argument("--where", metavar="TEXT", help='what is known: "A: matrix m n; S: matrix n n symmetric"')
    command.add_argument("--layout", choices=LAYOUTS, default=LAYOUTS[0])
    command.add_argument("--format", choices=FORMATS, default=FORMATS[0])
    command.add_argument(
        "--parts",
        choices=("auto", "always", "never"),
        default="auto",
        help="name the parts that a result repeats (auto: in long results)",
    )
    command.add_argument("--no-verify", dest="verify", action="store_false", help="leave out the numeric check")
    command.add_argument("--steps", action="store_true", help="the derivation step by step")
    command.add_argument(
        "--lang", choices=("en", "zh"), default="en", help="the language of the derivation, and of how it was verified"
    )
    command.add_argument(
        "--method", choices=("rules", "differential", "entries"), help="how to derive (chosen by the kind of problem)"
    )
    command.add_argument(
        "--detail", choices=("brief", "normal", "full"), default="normal", help="how much of the derivation is shown"
    )
    command.add_argument(
        "--code", metavar="TARGET", help="print code instead: numpy, jax, torch, array-api, julia or matlab"
    )
    command.set_defaults(run=run)


def _add_notation(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--notation", choices=NOTATION_NAMES, default="auto", help="how the formula is written (auto: as it looks)"
    )
    command.add_argument("--latex", action="store_true", help="the same as --notation latex")


def _add_code(command: argparse.ArgumentParser, run: Run) -> None:
    command.add_argument("expression", metavar="EXPR", help="a formula; - reads it from standard input")
    _add_notation(command)
    command.add_argument("--wrt", required=True, metavar="NAME", help="the variable to differentiate by")
    command.add_argument("--where", metavar="TEXT", help='what is known: "A: matrix m n; S: matrix n n symmetric"')
    command.add_argument(
        "--target",
        default="numpy",
        help="numpy (a module that runs by itself), or a function for jax, torch, array-api, julia or matlab",
    )
    command.add_argument("--value", action="store_true", help="the value of the formula as well")
    command.add_argument(
        "--autograd",
        nargs="?",
        choices=("vjp", "jvp"),
        const=True,
        default=False,
        help="a function that torch or jax differentiates",
    )
    command.add_argument("--hessian", action="store_true", help="the second derivative as well")
    command.add_argument("--name", default="", help="what the function is called")
    command.add_argument("--out", metavar="FILE", help="where the module is written (standard output)")
    command.set_defaults(run=run)


def _add_check(command: argparse.ArgumentParser, run: Run) -> None:
    command.add_argument("expression", metavar="EXPR", help="a formula; - reads it from standard input")
    _add_notation(command)
    command.add_argument(
        "--wrt",
        action="append",
        required=True,
        metavar="NAME",
        help="the variable to differentiate by; twice for a second derivative",
    )
    claimed = command.add_mutually_exclusive_group(required=True)
    claimed.add_argument("--claim", metavar="ANSWER", help="the derivative that is claimed, or a chain of equalities")
    claimed.add_argument(
        "--steps",
        metavar="FILE",
        help="a derivation, one step a line: which line is the first wrong one? - reads standard input",
    )
    command.add_argument("--where", metavar="TEXT", help='what is known: "A: matrix m n; S: matrix n n symmetric"')
    command.add_argument("--layout", choices=LAYOUTS, default=LAYOUTS[0])
    command.add_argument("--lang", choices=("en", "zh"), default="en", help="the language of the text")
    command.add_argument("--format", choices=CHECK_FORMATS, default=CHECK_FORMATS[0])
    command.add_argument("--reveal", action="store_true", help="show the right answer; without it, hints")
    command.add_argument("--derivation", action="store_true", help="show how the right answer is derived, too")
    command.set_defaults(run=run)


_WITH_VALUE = {
    "--wrt",
    "--where",
    "--layout",
    "--format",
    "--notation",
    "--parts",
    "--lang",
    "--method",
    "--detail",
    "--code",
    "--claim",
    "--target",
    "--over",
    "--subject-to",
    "--name",
    "--out",
    "--host",
    "--port",
    "--workers",
    "--seconds",
    "--queue",
}
_OPTION = re.compile(r"-h|--[a-z][a-z-]+(=.*)?", re.DOTALL)


def formulas_last(argv: Sequence[str]) -> list[str]:
    """The arguments in an order in which a formula may begin with a minus: options first, each joined with its value, then `--` and the rest."""
    command, tokens = list(argv[:1]), iter(argv[1:])
    with_value = _WITH_VALUE | {"--steps"} if command == ["check"] else _WITH_VALUE  # a file there, a switch of derive
    options, formulas = [], []
    for token in tokens:
        if token == "--":
            formulas += tokens
        elif token in with_value:
            options.append("=".join([token, *(value for _, value in zip("1", tokens, strict=False))]))
        else:
            (options if _OPTION.fullmatch(token) else formulas).append(token)
    return [*command, *options, *(["--", *formulas] if formulas else [])]
