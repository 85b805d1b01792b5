"""gradproof minimize: the optimum of a formula."""

from __future__ import annotations

from typing import cast

import gradproof as gp
from gradproof.cli import common
from gradproof.cli.common import FAILED, FINE, NOT_SUPPORTED
from gradproof.cli.option import Args, Command, Option, Usage
from gradproof.say import quoted, say

FORMATS = ("unicode", "ascii", "latex", "json")

OPTIONS = (
    Option(("--over",), say("a variable; several are taken jointly"), takes="NAME", many=True, required=True),
    Option(("--subject-to",), say('a constraint: "C*x = d"'), takes="TEXT", many=True, default=()),
    Option(("--maximize",), say("the maximum instead")),
    common.WHERE,
    common.NOTATION,
    common.LATEX,
    Option(("--format",), say("how the answer is written"), choices=FORMATS, default="unicode"),
    common.JSON,
    Option(("--steps",), say("how the optimum was found")),
    Option(
        ("--data",),
        say(
            "solve it for these: arrays by name as numpy.savez writes them, a table of numbers NAME=FILE.csv, or a number NAME=0.5"
        ),
        takes="FILE.npz",
        many=True,
        default=(),
    ),
    Option(("--no-verify",), say("leave out the numeric proof")),
    common.LANG,
)


def run(args: Args) -> int:
    """Prints the optimum and what makes it one."""
    optimum = gp.maximize if args.maximize else gp.minimize
    text, where, notation = common.formula(args), common.where(args), common.notation(args)
    args.asked["subject_to"] = list(args.subject_to)
    found = optimum(text, args.over, list(args.subject_to), where, notation, verify=not args.no_verify)
    form = common.printable(args.format)
    if args.data and form == "latex":
        raise Usage(say("{name} and {other} cannot both be obeyed", name="--data", other="--format latex"))
    if args.data:
        return _solved(found, args)
    if args.format == "json":
        common.print_json(found.json(args.lang), args.lang)
    else:
        print(found.text(args.lang, form))
        common.print_notes(found.notes, args.lang, args.format)
        if args.steps:
            print(found.derivation(args.lang).text(form))
    return FINE if found.solution is not None else NOT_SUPPORTED


def _solved(o: gp.Optimum, args: Args) -> int:
    """Prints the optimum for data."""
    import numpy as np  # arrays are needed only here

    from gradproof.optimum import account  # with them

    data: dict[str, object] = {}
    for given in args.data:
        try:
            data |= _read(o, given)
        except (OSError, ValueError) as error:
            why = common.reason_of(error) if isinstance(error, OSError) else quoted(error)
            raise gp.ParseError(say("cannot read {name}: {reason}", name=given, reason=why)) from None
    found = o.solve(data)
    if args.format == "json":
        values = {name: np.asarray(v).tolist() for name, v in found["values"].items()}
        kept = {k: found[k] for k in ("fun", "kind", "method", "success", "message", "nit")}
        common.print_json({**o.json(args.lang), "result": {**kept, "values": values}}, args.lang)
    else:
        for line in account.solved(found, cast(account.ToldOptimum, o)):
            print(line.told(args.lang))
        if args.steps:
            print(o.derivation(args.lang).text(common.printable(args.format)))
    return FINE if found.success else FAILED


def _read(o: gp.Optimum, given: str) -> dict[str, object]:
    """The arrays of a file, or one by name: a table of numbers between commas, whose first line may be names. Raises OSError, ValueError."""
    import numpy as np  # arrays are needed only here

    name, equals, value = given.partition("=")
    if not equals or name not in o.symbols:
        with np.load(given, allow_pickle=False) as file:
            return {key: file[key][()] for key in file.files}
    if not value.endswith((".csv", ".txt", ".npy")):
        return {name: float(value)}
    if value.endswith(".npy"):
        return {name: np.load(value, allow_pickle=False)}
    with open(value, encoding="utf-8") as file:
        first = file.readline().split(",")
    try:
        named = not [float(cell) for cell in first]
    except ValueError:
        named = True
    table = np.loadtxt(value, delimiter=",", skiprows=int(named), ndmin=2)
    order = len(o.symbols[name].type.dims)
    return {name: table if order == 2 else table.ravel() if order else table.ravel()[0]}


COMMAND = Command("minimize", say("where is this formula smallest?"), run, OPTIONS, common.EXPR)
