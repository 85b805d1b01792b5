"""The command line: parse the arguments, call one function, format one result.

Exit codes: 0 fine, 1 the verification failed, 2 the input is at fault, 3 not supported, or beyond the limits of time and memory.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import keyword
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from typing import IO, Any

import gradproof as gp
from gradproof.check import check_steps
from gradproof.choices import Format, NotationName, Parts
from gradproof.cli import convexity, mcp, minimize, schema, serve
from gradproof.cli.arguments import formulas_last, parser
from gradproof.parse import Reading
from gradproof.render import text as written
from gradproof.say import say
from gradproof.service import answer, decoded, failure
from gradproof.service.record import derivative, left_side

FINE, FAILED, BAD_INPUT, NOT_SUPPORTED, INTERRUPTED = 0, 1, 2, 3, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return the exit code. `argv`: the arguments after the program's name."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal without Unicode is no reason to fail
    found = parser(
        {
            "derive": _derive,
            "check": _check,
            "code": _code,
            "batch": _batch,
            "convexity": convexity.run,
            "minimize": minimize.run,
            "schema": schema.run,
            "mcp": mcp.run,
            "serve": serve.run,
        }
    )
    args = found.parse_args(formulas_last(sys.argv[1:] if argv is None else argv))
    if args.run is None:
        found.print_help(sys.stderr)
        return BAD_INPUT
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", gp.UnverifiedWarning)  # the output says it
            code = args.run(args)
        sys.stdout.flush()
        return code
    except gp.GradproofError as error:
        lang = getattr(args, "lang", "en")
        with contextlib.suppress(OSError):
            print(say("error: {what}", what=error.told(lang)).told(lang), file=sys.stderr)
        if args.format == "json":
            _print_json(failure(error, {"lang": getattr(args, "lang", "en"), "expression": error.text}))
        return _exit_code(error)
    except BrokenPipeError:  # the reader has seen enough
        _close_output()
        return FINE
    except OSError as error:
        _close_output()
        where = f" to {error.filename}" if error.filename else ""
        with contextlib.suppress(OSError):
            print(f"error: cannot write{where}: {(error.strerror or str(error)).lower()}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED


# -- commands


def _formula(args: argparse.Namespace) -> str:
    """The formula."""
    return sys.stdin.read().strip() if args.expression == "-" else args.expression


def _notation(args: argparse.Namespace) -> NotationName:
    return "latex" if args.latex else args.notation


def _derive(args: argparse.Namespace) -> int:
    text = _formula(args)
    d = gp.derive(
        text,
        wrt=args.wrt if args.wrt is None or len(args.wrt) > 1 else args.wrt[0],
        where=args.where,
        layout=args.layout,
        notation=_notation(args),
        verify=args.verify,
    )
    if args.code is not None:
        print(d.compile(args.code).source, end="")
        return FINE
    report = d.verify() if args.verify else None
    steps = d.derivation(args.lang, args.method, args.detail) if args.steps else None
    if args.format == "json":
        _print_json({**derivative(text, d, report, args.lang), **({"derivation": steps.json()} if steps else {})})
    elif steps:
        form = _printable(args.format)
        print("".join(f"{_LINES[form]}{'note':<7} {note.said(args.lang)}\n" for note in d.notes), end="")
        print(_derivation(steps, form))
    else:
        print("\n".join(_page(d, report, _printable(args.format), args.parts, args.lang)))
    return _verdict(report) if steps is None or steps.summary.ok else FAILED


def _derivation(steps: Any, form: str) -> str:
    """A derivation in a format; a text in colour on a terminal."""
    return {"latex": steps.latex, "markdown": steps.markdown}.get(form, lambda: steps.text(ascii=form == "ascii"))()


def _code(args: argparse.Namespace) -> int:
    from gradproof.codegen import source_file  # code is needed only here

    if args.name and (not args.name.isidentifier() or keyword.iskeyword(args.name)):
        raise gp.ParseError(say("'{name}' is not the name of a function", name=args.name))
    text = _formula(args)
    first, *second = [
        gp.derive(text, wrt=[args.wrt] * n, where=args.where, notation=_notation(args))
        for n in range(1, 3 if args.hessian else 2)
    ]
    plain = args.target == "numpy" and not args.autograd
    source = (
        source_file(first, second[0] if second else None, args.value, args.name)
        if plain
        else first.compile(args.target, args.value, args.autograd).source
    )
    if args.out is None:
        print(source, end="")
    else:
        with open(args.out, "w", encoding="utf-8") as file:
            file.write(source)
    return FINE


def _close_output() -> None:
    """What is still to be written goes nowhere, so that it fails no second time when Python ends."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _check(args: argparse.Namespace) -> int:
    text = _formula(args)
    if args.steps is None:
        found = gp.check(text, args.wrt, args.claim, args.where, args.layout, _notation(args))
    else:
        with _lines(args.steps) as lines:
            given = b"".join(lines).decode("utf-8-sig", errors="replace")
            found = check_steps(text, args.wrt, given, args.where, args.layout, _notation(args))
    from gradproof.service.claim import claim_answer  # checks are needed only here

    derivation = found.correct.derivation(args.lang) if args.derivation else None
    form = _printable("ascii" if args.format == "ascii" else "unicode")
    if args.format == "json":
        _print_json({**claim_answer(found, args.lang), **({"derivation": derivation.json()} if derivation else {})})
    else:
        print(
            found.text(args.lang, form, args.reveal or args.derivation),
            *(["", _derivation(derivation, form)] if derivation else []),
            sep="\n",
        )
    return FINE if found.ok else NOT_SUPPORTED if found.verdict == "unknown" else FAILED


def _batch(args: argparse.Namespace) -> int:
    codes = set()
    with _lines(args.file) as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                answer, code = _answer(line)
                codes.add(code)
                _print_json({**answer, "line": number})
                _progress(f"\r{number} lines")
    _progress("\n")
    return next((code for code in (BAD_INPUT, NOT_SUPPORTED, FAILED) if code in codes), FINE)


@contextlib.contextmanager
def _lines(name: str) -> Iterator[IO[bytes]]:
    """A file of lines, or standard input for "-". Raises ParseError where it cannot be read."""
    if name == "-":
        yield sys.stdin.buffer
        return
    try:
        file = open(name, "rb")  # noqa: SIM115  (closed below; only opening it may fail here)
    except OSError as error:
        raise gp.ParseError(say("cannot read {name}: {reason}", name=name, reason=error.strerror)) from None
    with file:
        yield file


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        print(text, end="", file=sys.stderr, flush=True)


def _answer(line: bytes) -> tuple[dict[str, Any], int]:
    """The answer to one line of a batch, and the exit code that it stands for. Never raises."""
    try:
        found = answer(decoded(line))
    except gp.GradproofError as error:
        return failure(error), _exit_code(error)
    if found.error is not None:
        return found.body, _exit_code(found.error)
    verdict = found.body.get("verdict", "right")
    failed = found.body.get("verified") is False or verdict != "right"
    return found.body, NOT_SUPPORTED if verdict == "unknown" else FAILED if failed else FINE


# -- results


def _verdict(report: Any) -> int:
    return FINE if report is None or report.ok else FAILED


def _exit_code(error: gp.GradproofError) -> int:
    if isinstance(error, gp.VerificationError):
        return FAILED
    return NOT_SUPPORTED if isinstance(error, gp.UnsupportedError | gp.BudgetError) else BAD_INPUT


def _print_json(value: dict[str, Any]) -> None:
    """One line of JSON; with escapes where the output cannot take the characters themselves."""
    print(json.dumps(value, ensure_ascii=not _takes("∂")), flush=True)


def _takes(text: str) -> bool:
    """Whether standard output can show these characters."""
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def _printable(form: Format) -> Format:
    """The format asked for, or ASCII where the output cannot show Unicode."""
    return "ascii" if form == "unicode" and not _takes("∂²ᵀ⁻−⊙𝟏σ") else form


_MATH: dict[str, Format] = {
    "unicode": "unicode",
    "ascii": "ascii",
    "latex": "latex",
    "markdown": "latex",
}  # how a format writes formulas
_FRAMES = {"unicode": "{}", "ascii": "{}", "latex": "{}", "markdown": "$$\n{}\n$$\n"}
_LINES = {
    "unicode": "  ",
    "ascii": "  ",
    "latex": "% ",
    "markdown": "- ",
}  # how a format begins a line that is no formula


def _page(d: gp.Derivative, report: Any, form: str, parts: Parts, lang: str) -> Iterator[str]:
    """What people read: the formula as it was read, the derivative, then the facts about it, one a line."""
    math_form = _MATH[form]
    yield from _as_read(d.reading, d.expression, form)
    yield _FRAMES[form].format(f"{left_side(d.wrt)[math_form]} = {d.text(format=math_form, parts=parts)}")
    times = " x " if form == "ascii" else " × "
    facts = [("layout", d.layout), ("shape", times.join(map(str, d.shape)) or "a scalar")]
    if d.vec is not None:
        facts += [("form", _reading(d)), ("entries", d.index)]
    facts.append(("with", "; ".join(f"{name}: {kind}" for name, kind in d.dims.items())))
    facts += [("note", note.said(lang)) for note in d.notes]
    yield from (f"{_LINES[form]}{label:<7} {text}" for label, text in facts if text)
    if report is not None:
        yield f"{_LINES[form]}{report.text(lang)}"


def _as_read(reading: Reading, expression: gp.Expr, form: str) -> Iterator[str]:
    """The formula as it was read, where it was not written in ASCII."""
    if reading.notation != "ascii":
        yield _FRAMES[form].format(f"f = {written(expression, _MATH[form])}")


def _reading(d: gp.Derivative) -> str:
    """How a matrix holds a derivative of more than two axes."""
    rows, columns = f"vec({d.wrt[0]})", "vec of the other axes"
    return (
        f"a matrix with rows {columns}, columns {rows}"
        if d.axes.flat(d.layout)
        else f"a matrix with rows {rows}, columns {columns}"
    )
