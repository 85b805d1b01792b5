"""The two passes through a network as tables: the layers from the input to the value, and the gradient by each from the value back."""

from __future__ import annotations

from collections.abc import Sequence

from gradproof.explain.board import CHAINS, READ_OFF, Board, size_of
from gradproof.explain.heading import meaning, stands_for
from gradproof.explain.named import ERROR
from gradproof.explain.rules import RULES
from gradproof.explain.speak import Speaker
from gradproof.explain.steps import DERIVATIVE, DIFFERENTIAL, Step, steps
from gradproof.notation.expr import Symbol
from gradproof.records import dataclass

SILENT = {"simplify", "rearrange", "put-together", "expand"}  # they continue the line before


@dataclass(frozen=True)
class Table:
    """A table: its title, the heads of its columns, its rows."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def forward_pass(board: Board, speaker: Speaker) -> Table:
    """The layers: what each is, its size, what it is called."""
    rows = tuple(
        (
            speaker.wrapped(f"{speaker.writer.plain(n.symbol)} = {stands_for(n, speaker)}"),
            speaker.dims(size_of(n.symbol.type)),
            meaning(n, speaker),
        )
        for n in board.named
    )
    return Table(speaker.word("forward"), ("", speaker.word("size"), ""), rows)


def backward_pass(board: Board, root: Step, free: Sequence[Step], speaker: Speaker) -> Table:
    """The gradient by each layer, from the value back to the variable; then those that the same steps give."""
    found: dict[Symbol, Step] = {}
    for s in steps(root):
        if s.kind == DERIVATIVE and len(s.wrt) == 1 and board.names.get(s.goal) is board.name:
            found.setdefault(s.wrt[0], s)
    rows = [_gradient(found[n.symbol], speaker, board) for n in reversed(board.named) if n.symbol in found]
    rows += [_gradient(found[x], speaker, board) for x in root.wrt if x in found]
    rows += [_gradient(s, speaker, board, speaker.word("gratis")) for s in free]
    return Table(speaker.word("backward"), ("", speaker.word("size"), ""), tuple(rows))


def _gradient(s: Step, speaker: Speaker, board: Board, why: str = "") -> tuple[str, ...]:
    """∂f/∂a = Wᵀ r, its size, and how it comes about."""
    error = next((n for n in board.named if n.meaning == ERROR and s.result in (n.formula, *n.also)), None)
    told = error is not None and not why
    forms = [speaker.writer.formula(s.result)]
    claim = speaker.writer.claim(s)
    if s.rule in SILENT and not told:
        forms.append(speaker.writer.formula(s.children[0].result))  # with the names that the last form may have lost
    ends = [min(forms, key=len), *([speaker.writer.definition(error.formula)] if error and told else [])]
    while (s.rule in SILENT or RULES[s.rule].weight <= 0) and len(s.children) == 1:
        s = s.children[0]
    first = s.children[0] if s.rule in READ_OFF and s.children else s
    if not why and first.rule in CHAINS and first.kind == DIFFERENTIAL:
        moved = first.children[1]
        why = speaker.wrapped(f"{speaker.writer.claim(moved)} = {speaker.writer.formula(moved.result)}")
    elif not why and s.rule in CHAINS:
        why = speaker.wrapped(speaker.writer.formula(s.line, s.children))
    equation = " = ".join([claim, *ends])
    return speaker.wrapped(equation), speaker.dims(size_of(s.wrt[0].type)), why or speaker.name(s.rule)
