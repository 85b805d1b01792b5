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
    Option(("--data",), say("arrays by name, as numpy.savez writes them: solve it for them"), takes="FILE.npz"),
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
    if args.data is not None and form == "latex":
        raise Usage(say("{name} and {other} cannot both be obeyed", name="--data", other="--format latex"))
    if args.data is not None:
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

    try:
        with np.load(args.data, allow_pickle=False) as file:
            data = {name: file[name][()] for name in file.files}
    except (OSError, ValueError) as error:
        why = common.reason_of(error) if isinstance(error, OSError) else quoted(error)
        raise gp.ParseError(say("cannot read {name}: {reason}", name=args.data, reason=why)) from None
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


COMMAND = Command("minimize", say("where is this formula smallest?"), run, OPTIONS, common.EXPR)
