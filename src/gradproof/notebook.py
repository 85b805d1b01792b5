"""`%load_ext gradproof`: the magics `%gradproof` and `%%gradproof`.

%%gradproof --wrt x --where "S: matrix n n symmetric" --steps
x'*S*x
"""

from __future__ import annotations

import argparse
import shlex
from typing import TYPE_CHECKING, Any, NoReturn, get_args

from gradproof.check import check
from gradproof.choices import Language, Layout, NotationName
from gradproof.derive import Derivative, derive
from gradproof.errors import GradproofError, ParseError
from gradproof.say import say

if TYPE_CHECKING:
    from gradproof.check.verdict import Check
    from gradproof.explain import Derivation

USAGE = '%%gradproof --wrt x [--where "A: matrix m n"] [--layout numerator] [--notation latex] [--steps] [--claim "2*A*x"] [--lang zh]'


class _Line(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ParseError(say("{message}", message=message), hint=say("{usage}", usage=USAGE))


def _options() -> _Line:
    line = _Line("%%gradproof", add_help=False, allow_abbrev=False)
    line.add_argument("--wrt", action="append")
    line.add_argument("--where", action="append")
    line.add_argument("--layout", choices=get_args(Layout), default="denominator")
    line.add_argument("--notation", choices=get_args(NotationName), default="auto")
    line.add_argument("--lang", choices=get_args(Language))
    what = line.add_mutually_exclusive_group()
    what.add_argument("--steps", action="store_true")
    what.add_argument("--claim")
    line.add_argument("--no-verify", dest="verify", action="store_false")
    line.add_argument("formula", nargs="*")
    return line


def magic(line: str, cell: str | None = None) -> Derivative | Derivation | Check:
    """What the magic gives: the derivative, its derivation, or the check of a claim. `line`: options; `cell`: the formula."""
    asked = _options().parse_args(shlex.split(line))
    text = (cell if cell is not None else " ".join(asked.formula)).strip()
    if not text:
        raise ParseError(say("there is no formula"), hint=say("{usage}", usage=USAGE))
    where = "; ".join(part.strip().rstrip(";") for part in asked.where or ()) or None
    if asked.lang is not None and not asked.steps:
        raise ParseError(say("{name} says nothing without {others}", name="--lang", others="--steps"))
    if asked.claim is not None:
        if not asked.verify:
            raise ParseError(say("{name} and {other} cannot both be obeyed", name="--claim", other="--no-verify"))
        return check(text, asked.wrt or [], asked.claim, where, asked.layout, asked.notation)
    d = derive(text, asked.wrt, where, asked.layout, notation=asked.notation, verify=asked.verify)
    return d.derivation(asked.lang or "en") if asked.steps else d


def load(shell: Any) -> None:
    """Gives an IPython shell the magic; its errors are shown without a traceback, with the caret under the place."""
    shell.register_magic_function(magic, "line_cell", "gradproof")
    shell.set_custom_exc((GradproofError,), _shown)


def _shown(
    shell: Any, kind: type[BaseException], error: BaseException, traceback: Any, tb_offset: int | None = None
) -> None:
    print(f"{kind.__name__}: {error}")
