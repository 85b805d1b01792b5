"""gradproof code: code that computes a derivative."""

from __future__ import annotations

import keyword
from typing import get_args

import gradproof as gp
from gradproof.choices import Target
from gradproof.cli import common
from gradproof.cli.common import FINE
from gradproof.cli.derive import variables
from gradproof.cli.option import Args, Command, Option
from gradproof.say import listed, say

OPTIONS = (
    Option(
        ("--wrt",),
        say("the variable to differentiate by; twice for a second derivative (the one variable, where there is one)"),
        takes="NAME",
        many=True,
    ),
    Option(("--order",), say("how often to differentiate by the variable"), takes="N", read=int, default=1),
    common.WHERE,
    common.NOTATION,
    common.LATEX,
    Option(
        ("--target", "--code"),
        say(
            "numpy (a module that runs by itself), or a function for {known}",
            known=listed([t for t in get_args(Target) if t != "numpy"], "or"),
        ),
        takes="TARGET",
        suggests=get_args(Target),
        read=common.target,
        default="numpy",
    ),
    Option(("--value",), say("the value of the formula as well")),
    Option(
        ("--autograd",),
        say("a function that torch or jax differentiates"),
        choices=("vjp", "jvp"),
        bare="yes",
        excludes=("--hessian", "--value"),
    ),
    Option(("--hessian",), say("the second derivative as well"), excludes=("--order",)),
    Option(
        ("--objective",),
        say("a module for solvers: value and gradient of one flat vector, by all variables of --wrt jointly"),
        excludes=("--autograd", "--hessian", "--value", "--name", "--order"),
    ),
    Option(("--name",), say("what the function is called"), takes="NAME", default=""),
    Option(
        ("--json",),
        say("one line of JSON: the source, what it needs, and the shapes of its arguments"),
        excludes=("--objective", "--name", "--out"),
    ),
    Option(("--out",), say("where the module is written (standard output)"), takes="FILE"),
    common.LANG,
)


def run(args: Args) -> int:
    if args.json:
        return _answered(args)
    source = _source(args)
    if args.out is None:
        print(source, end="")
    else:
        with open(args.out, "w", encoding="utf-8") as file:
            file.write(source)
    return FINE


def _answered(args: Args) -> int:
    """Prints what the service answers; its function is that of `compile`, for numpy, too."""
    from gradproof.service import answer  # with what answers requests, only where one is written

    text, where, notation = common.formula(args), common.where(args), common.notation(args)
    wrt = gp.derive(text, variables(text, args, where)[0], where, notation=notation, verify=False).wrt
    asked = {
        "expression": text,
        "wrt": [*wrt],
        "where": where,
        "notation": notation,
        "lang": args.lang,
        "target": args.target,
    }
    form = {"autograd": args.autograd == "yes" or args.autograd} if args.autograd else {}
    found = answer({**asked, "value": bool(args.value), "hessian": bool(args.hessian), **form}, "code")
    if found.error is not None:
        raise found.error
    common.print_json(found.body, args.lang)
    return FINE


def _source(args: Args) -> str:
    from gradproof.codegen import source_file  # code is needed only here
    from gradproof.codegen.together import together  # with it

    if args.name and (not args.name.isidentifier() or keyword.iskeyword(args.name)):
        raise gp.ParseError(say("'{name}' is not the name of a function", name=args.name))
    text, where, notation = common.formula(args), common.where(args), common.notation(args)
    if args.objective:
        return _objective(args, text, where)
    wrt, _ = variables(text, args, where)
    first = gp.derive(text, wrt, where, notation=notation)
    module = args.target == "numpy" and len(first.wrt) == 1
    if args.name and not module:
        raise gp.UnsupportedError(
            say("{name} is for a module of numpy, by one variable", name="--name"), hint=say("leave it out")
        )
    if args.hessian and len(first.wrt) > 1:
        raise gp.UnsupportedError(say("{name} is for one variable", name="--hessian"), hint=say("leave it out"))
    second = gp.derive(text, [*first.wrt] * 2, where, notation=notation) if args.hessian else None
    said = _said(first, args)
    if module and not args.autograd:
        return said + source_file(first, second, args.value, args.name)
    form = args.autograd == "yes" or args.autograd or False
    source = first.compile(args.target, args.value, form).source
    return said + (source if second is None else together(source, second.compile(args.target).source))


def _said(d: gp.Derivative, args: Args) -> str:
    """How the formula was understood, as comments."""
    mark = "%" if args.target == "matlab" else "#"
    return "".join(f"{mark} {say('note').told(args.lang)}: {note.said(args.lang)}\n" for note in d.notes)


def _objective(args: Args, text: str, where: str | None) -> str:
    """The module of an objective."""
    from gradproof.optimum.module import module_source  # code is needed only here

    if not args.wrt:
        raise gp.ParseError(say("{name} is missing", name="--wrt"))
    if args.target != "numpy":
        raise gp.UnsupportedError(say("{name} is not supported yet", name=args.target))
    return module_source(gp.objective(text, args.wrt, where, common.notation(args)))


COMMAND = Command("code", say("a module in Python that computes a derivative"), run, OPTIONS, common.EXPR)
