"""gradproof derive: the derivative of a formula."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, get_args

import gradproof as gp
from gradproof.choices import Detail, Drawn, Format, Method, Parts, Picture, Target
from gradproof.cli import common, terminal
from gradproof.cli.common import FAILED, FINE
from gradproof.cli.help import padded
from gradproof.cli.option import Args, Command, Option, Usage
from gradproof.hooks import certificates
from gradproof.notation.expr import Expr
from gradproof.parse import Reading, parse
from gradproof.parse.note import Note
from gradproof.render import text as written
from gradproof.render.left import left_side
from gradproof.say import Said, listed, say

if TYPE_CHECKING:
    from gradproof.explain.derivation import Derivation
    from gradproof.numeric.report import Report

STEPS = ("--steps", "--hint")  # what is made of a derivation
FORMATS = ("unicode", "ascii", "latex", "markdown", "json")  # and svg, of pictures

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
    common.LAYOUT,
    Option(
        ("--format",),
        say("how the result is written"),
        choices=(*FORMATS, "svg"),
        default="unicode",
        excludes=("--code", "--hint", "--numeric"),
    ),
    common.JSON,
    Option(
        ("--parts",),
        say("name the parts that a result repeats (auto: in long results)"),
        choices=get_args(Parts),
        default="auto",
        excludes=("--steps", "--code", "--hint", "--numeric", "--picture"),
    ),
    Option(("--no-verify",), say("leave out the numeric check")),
    Option(("--steps",), say("the derivation step by step"), excludes=("--code",)),
    Option(
        ("--hint",),
        say("instead of the result, one hint: the first, or that of this number"),
        takes="K",
        read=int,
        bare="1",
        excludes=("--steps", "--code"),
    ),
    Option(
        ("--numeric",),
        say("instead of the result, lines of NumPy that check it by hand, with their value"),
        excludes=("--steps", "--code", "--hint"),
    ),
    Option(
        ("--picture",),
        say("instead of the result, its boxes with their sizes, or the network of its sums over indices"),
        choices=get_args(Picture),
        excludes=("--steps", "--code", "--hint", "--numeric"),
    ),
    Option(
        ("--method",),
        say("how to derive (chosen by the kind of problem)"),
        choices=get_args(Method),
        needs=STEPS,
    ),
    Option(
        ("--detail",),
        say("how much of the derivation is shown"),
        choices=get_args(Detail),
        default="normal",
        needs=STEPS,
    ),
    Option(
        ("--code", "--target"),
        say("print code instead, for {known}", known=listed(get_args(Target), "or")),
        takes="TARGET",
        suggests=get_args(Target),
        read=common.target,
    ),
    common.LANG,
)


def run(args: Args) -> int:
    if args.parts != "auto" and args.format == "json":
        raise Usage(say("{name} and {other} cannot both be obeyed", name="--parts", other="--json"))
    text, where = common.formula(args), common.where(args)
    wrt, notes = variables(text, args, where)
    d = gp.derive(text, wrt, where, args.layout, notation=common.notation(args), verify=not args.no_verify)
    shown = _instead(args, d)
    if shown is not None:
        print(shown, end="" if args.code is not None else "\n")
        return FINE
    if args.hint is not None:
        common.print_hint(d.derivation(args.lang, args.method, args.detail).hints(), args.hint, args.lang)
        return FINE
    report = None if args.no_verify else d.verify()
    steps = d.derivation(args.lang, args.method, args.detail) if args.steps else None
    said = (*notes, *d.notes)
    bends = _convexity(d, not args.no_verify) if steps is None or args.format == "json" else None
    if args.format == "json":
        from gradproof.service.record import derivative  # with what answers requests, only where one is written

        found = derivative(text, d, report, args.lang)
        found["notes"] = [n.said(args.lang) for n in said]
        more = {"derivation": steps and steps.json(), "convexity": bends and bends.json(args.lang)}
        common.print_json({**found, **{name: value for name, value in more.items() if value}}, args.lang)
    elif steps:
        form = common.printable(args.format)
        said = tuple(note for note in said if note.text not in d.reading.decided)  # the first step says these
        print("".join(line + "\n" for note in said for line in _lines(form, say("note"), note.text, args.lang)), end="")
        print(derivation(steps, form))
    else:
        print("\n".join(_page(d, said, report, common.printable(args.format), args.parts, args.lang)))
    if bends is not None and args.format != "json":  # of a derivation it is the last step
        form = common.printable(args.format)
        told = bends.text(args.lang, "unicode" if form == "markdown" else _MATH[form]).splitlines()
        for line in told[:1] if bends.verdict == "neither" else told:  # `gradproof convexity` shows the points, too
            print(_LINES[form] + line.strip())
    return (FINE if report is None or report.ok else FAILED) if steps is None or steps.summary.ok else FAILED


def _convexity(d: gp.Derivative, verify: bool) -> gp.Convexity | None:
    """What a Hessian says of the formula; None where it says nothing, and of any other derivative."""
    if len(d.wrt) != 2 or d.wrt[0] != d.wrt[1] or d.expression.type.kind != "s":
        return None
    return certificates.of(d.expression, d.variables[:1], verify)


def _instead(args: Args, d: gp.Derivative) -> str | None:
    """What was asked for instead of the result: code, lines of NumPy, a picture; None where it is the result."""
    if args.code is not None:
        return d.compile(args.code).source
    if args.numeric:
        return d.derivation(args.lang).numeric()
    if args.picture is not None:
        if args.format not in get_args(Drawn):
            raise gp.GradproofError(
                say("a picture has no format '{form}'", form=args.format),
                hint=say("formats are {known}", known=listed(get_args(Drawn))),
            )
        return d.picture(args.picture, args.format)
    if args.format == "svg":
        raise gp.GradproofError(
            say("only a picture has the format svg"), hint=say("--picture shapes, or --picture network")
        )
    return None


def variables(text: str, args: Args, where: str | None) -> tuple[list[str] | str | None, tuple[Note, ...]]:
    """By what to differentiate; and what is said where nothing was asked for, and the formula has one variable."""
    wrt, notes = args.wrt, ()
    if wrt is None:
        read = parse(text, where, (), common.notation(args))
        free = [s.name for s in read.expr.variables]
        if not read.wrt and len(free) == 1:
            wrt = free
            notes = (Note(say("differentiated by {name}, the one variable", name=free[0]), kind="one-variable"),)
        elif not read.wrt:
            return None, ()
        else:
            wrt = read.wrt.split(",")
    if args.order < 1:
        raise gp.ParseError(say("--order is a number from 1"))
    if args.order > 1 and len(wrt) > 1:
        raise gp.ParseError(say("--order and several --wrt cannot both be obeyed"))
    wrt = wrt * args.order
    return (None if args.wrt is None and not notes and args.order == 1 else wrt if len(wrt) > 1 else wrt[0]), notes


def derivation(steps: Derivation, form: str) -> str:
    """A derivation in a format; a text in colour on a terminal."""
    return {"latex": steps.latex, "markdown": steps.markdown}.get(form, lambda: steps.text(ascii=form == "ascii"))()


_MATH: dict[str, Format] = {"unicode": "unicode", "ascii": "ascii", "latex": "latex", "markdown": "latex"}
_FRAMES = {"unicode": "{}", "ascii": "{}", "latex": "{}", "markdown": "$$\n{}\n$$\n"}
PLAIN = ("unicode", "ascii")  # forms for a terminal
_LINES = {"unicode": "  ", "ascii": "  ", "latex": "% ", "markdown": "- "}  # how a line begins that is no formula


def _lines(form: str, label: Said, text: str, lang: str) -> list[str]:
    said = text.told(lang) if isinstance(text, Said) else text
    head = f"{_LINES[form]}{padded(label.told(lang), 7)} "
    return terminal.fact(head, said) if form in PLAIN else [head + said]


def _page(
    d: gp.Derivative, notes: tuple[Note, ...], report: Report | None, form: str, parts: Parts, lang: str
) -> Iterator[str]:
    """What people read: the formula as it was read, the derivative, then the facts about it, one a line."""
    math_form = _MATH[form]
    yield from _as_read(d.reading, d.expression, form)
    left, right = left_side(d.wrt, math_form), d.text(format=math_form, parts=parts)
    yield from terminal.equation(left, right) if form in PLAIN else [_FRAMES[form].format(f"{left} = {right}")]
    times = " x " if form == "ascii" else " × "
    layouts = {"denominator": say("denominator"), "numerator": say("numerator"), "mixed": say("mixed")}
    facts: list[tuple[Said, str]] = [
        (say("layout"), layouts[d.layout]),
        (say("shape"), times.join(map(str, d.shape)) or say("a scalar")),
    ]
    if d.vec is not None:
        facts += [(say("form"), _reading(d)), (say("entries"), d.index or "")]
    facts.append((say("with"), "; ".join(f"{name}: {kind}" for name, kind in d.described.items())))
    facts += [(say("note"), note.text) for note in notes]
    for label, text in facts:
        yield from _lines(form, label, text, lang) if text else ()
    if report is not None:
        told, style = report.text(lang), "good" if report.ok else "bad" if report.decided else "doubtful"
        first, *rest = terminal.fact(_LINES[form], told) if form in PLAIN else [_LINES[form] + told]
        yield from (terminal.headed(first, style) if form in PLAIN else first, *rest)


def _as_read(reading: Reading, expression: Expr, form: str) -> Iterator[str]:
    """The formula as it was read, where it was not written in ASCII."""
    if reading.notation != "ascii":
        yield _FRAMES[form].format(f"f = {written(expression, _MATH[form])}")


def _reading(d: gp.Derivative) -> Said:
    """How a matrix holds a derivative of more than two axes."""
    rows, columns = f"vec({d.wrt[0]})", say("vec of the other axes")
    rows, columns = (columns, rows) if d.axes.flat(d.layout) else (rows, columns)
    return say("a matrix with rows {rows}, columns {columns}", rows=rows, columns=columns)


COMMAND = Command("derive", say("the derivative of a formula"), run, OPTIONS, common.EXPR)
