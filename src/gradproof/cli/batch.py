"""gradproof batch: one request a line in, one answer a line out."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import gradproof as gp
from gradproof.cli import common
from gradproof.cli.common import BAD_INPUT, FAILED, FINE, NOT_SUPPORTED, exit_code, print_json
from gradproof.cli.option import Args, Command
from gradproof.say import say

if TYPE_CHECKING:
    from gradproof.service import Object


def run(args: Args) -> int:
    codes = set()
    with common.lines(args.place) as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                found, code = _answer(line, args.lang)
                codes.add(code)
                print_json({**found, "line": number}, args.lang)
                _progress(f"\r{number}")
    _progress("\n")
    return next((code for code in (BAD_INPUT, NOT_SUPPORTED, FAILED) if code in codes), FINE)


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        print(text, end="", file=sys.stderr, flush=True)


def _answer(line: bytes, lang: str) -> tuple[Object, int]:
    """The answer to one line of a batch, in a language unless it asks for another, and the exit code that it stands for. Never raises."""
    from gradproof.service import answer, decoded, failure  # with what answers requests, only where one is

    try:
        request = decoded(line)
        found = answer({"lang": lang, **request} if isinstance(request, dict) else request)
    except gp.GradproofError as error:
        return failure(error, {"lang": lang}), exit_code(error)
    if found.error is not None:
        return found.body, exit_code(found.error)
    verdict = found.body.get("verdict", "right")
    failed = found.body.get("verified") is False or verdict != "right"
    return found.body, NOT_SUPPORTED if verdict == "unknown" else FAILED if failed else FINE


COMMAND = Command(
    "batch",
    say("one request a line in, one answer a line out (JSON lines)"),
    run,
    (common.LANG,),
    ("FILE", say("a file of JSON lines; - reads standard input")),
)
