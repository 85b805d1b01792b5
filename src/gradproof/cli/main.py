"""The command line: parse the arguments, call one function, format one result.

Exit codes: 0 fine, 1 the verification failed, 2 the input is at fault, 3 not supported, or beyond the limits of time and memory.
"""

from __future__ import annotations

import contextlib
import gc
import io
import os
import sys
import warnings
from collections.abc import Callable, Sequence

import gradproof as gp
from gradproof.cli import COLLECTED, commands, help, terminal
from gradproof.cli.common import BAD_INPUT, FINE, INTERRUPTED, exit_code, print_json, reason_of, spoken, surroundings
from gradproof.cli.option import Args, Command, Usage, parsed
from gradproof.say import Said, quoted, say

OBJECTS = 10_000  # between two searches for garbage: a command loads more modules, and most make none

gc.freeze()  # a search for garbage leaves out what is loaded, a third of the time of a small derivative
if COLLECTED:
    gc.set_threshold(max(OBJECTS, gc.get_threshold()[0]), *gc.get_threshold()[1:])
    gc.enable()


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return the exit code. `argv`: the arguments after the program's name, those of this process where there are none."""
    try:
        return _answered(list(sys.argv[1:] if argv is None else argv))
    finally:
        if argv is None:  # the process ends: nothing more is looked for among what it leaves
            gc.freeze()


def _answered(given: list[str]) -> int:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal without Unicode is no reason to fail
    lang, command = _language(given), commands.named(given[0]) if given else None
    before = given[: given.index("--")] if "--" in given else given
    if command is None and {"-V", "--version"} & {*given[:1]}:
        return _written(lambda: _print(f"gradproof {gp.__version__}"), lang)
    if {"-h", "--help"} & {*before}:
        return _written(lambda: _print(help.of(command, lang) if command else help.whole(commands.every(), lang)), lang)
    try:
        if command is None:
            raise Usage(say("there is no command {name}", name=given[0]) if given else say("a command is missing"))
        args = parsed(command, given[1:])
        args.lang, args.asked = lang, {}
        return _written(lambda: _run(command, args), lang)
    except Usage as error:
        _complain(error.why, lang, help.usage(command, lang, commands.NAMES))
        return BAD_INPUT


def _language(argv: Sequence[str]) -> str:
    """The language that is asked for: by --lang, else by the environment."""
    for name, value in zip(argv, [*argv[1:], ""], strict=False):
        asked = value if name == "--lang" else name.partition("=")[2] if name.startswith("--lang=") else ""
        if asked:
            with contextlib.suppress(ValueError):
                return spoken(asked)
    return surroundings()


def _run(command: Command, args: Args) -> int:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", gp.UnverifiedWarning)  # the output says it
            code = command.run(args)
        return code
    except gp.GradproofError as error:
        _complain(quoted(error.told(args.lang)), args.lang)
        if getattr(args, "format", "") == "json" or getattr(args, "json", False):
            from gradproof.service import failure  # with what answers requests, only where one is written

            print_json(failure(error, {**args.asked, "lang": args.lang}), args.lang)
        return exit_code(error)


def _print(text: str) -> int:
    print(text)
    return FINE


def _written(run: Callable[[], int], lang: str) -> int:
    """The exit code of what writes to standard output; it may end before it has said all."""
    try:
        code = run()
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # the reader has seen enough
        _close_output()
        return FINE
    except OSError as error:
        _close_output()
        reason = reason_of(error)
        _complain(
            say("cannot write to {name}: {reason}", name=error.filename, reason=reason)
            if error.filename
            else say("cannot write: {reason}", reason=reason),
            lang,
        )
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED


def _complain(what: Said, lang: str, usage: str = "") -> None:
    with contextlib.suppress(OSError):
        if usage:
            print(usage, file=sys.stderr)
        print(terminal.complaint(say("error: {what}", what=what).told(lang)), file=sys.stderr)


def _close_output() -> None:
    """What is still to be written goes nowhere, so that it fails no second time when Python ends."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
