"""What several commands share: options, where formulas come from, how results leave."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import IO, cast, get_args

import gradproof as gp
from gradproof.choices import Format, Language, Layout, NotationName
from gradproof.cli.option import Args, Option
from gradproof.languages import LANGUAGES
from gradproof.parse.notations import NOTATIONS
from gradproof.parse.note import Note
from gradproof.say import Said, all_told, quoted, say

FINE, FAILED, BAD_INPUT, NOT_SUPPORTED, INTERRUPTED = 0, 1, 2, 3, 130

TARGETS = {"np": "numpy", "pytorch": "torch", "jnp": "jax", "array_api": "array-api", "xp": "array-api"}  # other names


def spoken(text: str) -> str:
    """A language by any of its names: zh, zh-CN, zh_CN.UTF-8. Raises ValueError for one that gradproof does not speak."""
    found = text.replace("_", "-").partition(".")[0].partition("@")[0].partition("-")[0].lower()
    if found not in LANGUAGES:
        raise ValueError(text)
    return found


def surroundings() -> Language:
    """The language that the environment asks for, if gradproof speaks it; else English."""
    asked = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    try:
        return cast(Language, spoken(asked))
    except ValueError:
        return "en"


def target(text: str) -> str:
    """The name of a target."""
    return TARGETS.get(text, text)


EXPR = ("EXPR", say("a formula; - reads it from standard input, @FILE from a file"))
WHERE = Option(
    ("--where",),
    say('what is known: "A: matrix m n; S: matrix n n symmetric"; @FILE reads it from a file; several add up'),
    takes="TEXT",
    many=True,
)
NOTATION = Option(
    ("--notation",),
    say("how the formula is written (auto: as it looks)"),
    choices=("auto", *sorted(NOTATIONS)),
    default="auto",
    excludes=("--latex",),
)
LATEX = Option(("--latex",), say("the same as --notation latex"))
JSON = Option(("--json",), say("the same as --format json"), means=("--format", "json"))
LAYOUT = Option(
    ("--layout",),
    say("whose axes come first: denominator: those of the variable"),
    choices=get_args(Layout),
    default="denominator",
)
LANG = Option(
    ("--lang",),
    say("the language of all texts (as LC_ALL and LANG say)"),
    choices=LANGUAGES,
    read=spoken,
)


def formula(args: Args) -> str:
    """The formula."""
    args.asked["expression"] = sys.stdin.read().strip() if args.place == "-" else from_file(args.place).strip()
    return args.asked["expression"]


def where(args: Args) -> str | None:
    """What is declared, of all options together."""
    if not args.where:
        return None
    args.asked["where"] = "; ".join(from_file(text).strip().rstrip(";") for text in args.where)
    return args.asked["where"]


def notation(args: Args) -> NotationName:
    args.asked["notation"] = "latex" if args.latex else args.notation
    return args.asked["notation"]


def from_file(text: str) -> str:
    """A text, or what stands in the file that it names: @FILE."""
    if not text.startswith("@"):
        return text
    with lines(text[1:]) as file:
        return b"".join(file).decode("utf-8-sig", errors="replace")


_REASONS: dict[type[OSError], Said] = {
    FileNotFoundError: say("there is no such file or folder"),
    PermissionError: say("that is not allowed"),
    IsADirectoryError: say("it is a folder"),
}


def reason_of(error: OSError) -> Said:
    """What went wrong with a file: the usual things in words of ours, others as the system says them."""
    said = next((said for kind, said in _REASONS.items() if isinstance(error, kind)), None)
    return said or quoted((error.strerror or str(error)).lower())


@contextlib.contextmanager
def lines(name: str) -> Iterator[IO[bytes]]:
    """A file of lines, or standard input for "-". Raises ParseError where it cannot be read."""
    if name == "-":
        yield sys.stdin.buffer
        return
    try:
        file = open(name, "rb")  # noqa: SIM115  (closed below; only opening it may fail here)
    except OSError as error:
        raise gp.ParseError(say("cannot read {name}: {reason}", name=name, reason=reason_of(error))) from None
    with file:
        yield file


def exit_code(error: gp.GradproofError) -> int:
    if isinstance(error, gp.VerificationError):
        return FAILED
    return NOT_SUPPORTED if isinstance(error, gp.UnsupportedError | gp.BudgetError) else BAD_INPUT


def print_hint(hints: Sequence[str], k: int, lang: str) -> None:
    """One hint, and how to ask for the next. Raises GradproofError where there are not so many."""
    if not 1 <= k <= len(hints):
        raise gp.GradproofError(say("there are {count} hints, numbered from 1", count=len(hints)))
    print(hints[k - 1])
    if k < len(hints):
        print(say("hint {k} of {count}; the next one: --hint {next}", k=k, count=len(hints), next=k + 1).told(lang))


def print_notes(notes: Iterable[Note], lang: str, form: str) -> None:
    """Prints how a formula was understood, a line for each decision."""
    for note in notes:
        print(f"{'% ' if form == 'latex' else '  '}{say('note').told(lang)}  {note.said(lang)}")


def print_json(value: Mapping[str, object], lang: str) -> None:
    """One line of JSON, its texts in a language; with escapes where the output cannot take the characters themselves."""
    import json  # only where it is written

    print(json.dumps(all_told(value, lang), ensure_ascii=not takes("∂")), flush=True)


def takes(text: str) -> bool:
    """Whether standard output can show these characters."""
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def printable(form: Format) -> Format:
    """The format asked for, or ASCII where the output cannot show Unicode."""
    return "ascii" if form == "unicode" and not takes("∂²ᵀ⁻−⊙𝟏σ") else form
