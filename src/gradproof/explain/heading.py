"""What stands at the head of a page: what is wanted, a hint, names of parts, the variables and what is known of them."""

from __future__ import annotations

from collections.abc import Sequence

from gradproof.explain.board import Board, size_of
from gradproof.explain.conditions import shown as declared
from gradproof.explain.named import ERROR, Name
from gradproof.explain.problem import Problem
from gradproof.explain.rules import PARTS
from gradproof.explain.speak import Speaker
from gradproof.explain.steps import DERIVATIVE, Step
from gradproof.facts import in_words
from gradproof.languages import language
from gradproof.notation.expr import Symbol, symbol
from gradproof.parse import Reading
from gradproof.records import dataclass, replace
from gradproof.say import listed
from gradproof.shapes.shape import KINDS, SCALAR


@dataclass(frozen=True)
class Line:
    """An equation: its left side, its right sides, what it rests on, and the facts that its last right sides use."""

    left: str
    right: tuple[str, ...]
    by: str = ""
    why: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """One numbered entry: its title, the rule as a formula, what it says, equations, the dimensions, what they decide, remarks; the steps that it tells; what a hint names, where that is not the left side."""

    number: int
    title: str
    rule: str
    says: str
    lines: tuple[Line, ...]
    dims: str
    fits: str
    remarks: tuple[str, ...]
    steps: tuple[Step, ...] = ()
    asked: str = ""


def as_typed(part: str, read: Reading, speaker: Speaker) -> str:
    """A part of the text as it was typed: LaTeX as mathematics, where there is mathematics."""
    as_is = read.notation == "latex" and speaker.format == "latex" and part in read.text
    return f"${part}$" if as_is else speaker.verbatim(part)


def asked_for(root: Step, told: Step) -> Step:
    """The claim of the whole derivation: by a part of the variable, where that is asked for."""
    if root.rule not in PARTS:
        return told
    place = root.parts["place"]
    return replace(told, kind=DERIVATIVE, wrt=(place,), result=root.result)  # type: ignore[arg-type]


def wanted_line(told: Step, what: str, speaker: Speaker) -> str:
    """Wanted: ∂f/∂x, n×1."""
    size = size_of(told.result.type)
    return speaker.word("wanted", what=what, size=speaker.dims(size)) if "×" in size else ""


def hint_of(board: Board, entries: Sequence[Entry], told: Step, speaker: Speaker) -> str:
    """Hint: name z; begin with the chain rule. The answer must be n×1."""
    first = next((e for e in entries if e.steps), None)
    if first is None or told.kind != DERIVATIVE:
        return ""
    letters = [speaker.math(n.symbol) for n in board.named if n.meaning not in (ERROR, "slope")]
    names = speaker.word("hint-letters", names=speaker.listed(letters)) if letters else ""
    size = size_of(told.result.type)
    shape = speaker.word("hint-size", size=speaker.dims(size)) if "×" in size else ""
    blank = " " if speaker.word("stop").isascii() else ""
    start = speaker.word("hint-first", rule=first.title)
    start = names + start if names else start[:1].upper() + start[1:]
    return speaker.word("hint-line") + blank.join(filter(None, (start, shape)))


def name_line(n: Name, speaker: Speaker) -> str:
    """z = X w (m×1), the linear predictor."""
    text = f"{speaker.writer.plain(n.symbol)} = {stands_for(n, speaker)}"
    shown = f"${text}$" if speaker.format == "latex" else text
    size = "" if n.symbol.type.kind == "s" else speaker.word("number", number=speaker.dims(size_of(n.symbol.type)))
    return f"{shown}{size}{speaker.word('comma')}{meaning(n, speaker)}"


def meaning(n: Name, speaker: Speaker) -> str:
    """What a named part is."""
    return speaker.told(f"is-{n.meaning}", {} if n.of is None else {"of": n.of})


def stands_for(n: Name, speaker: Speaker) -> str:
    """A formula; of an error the derivative that it is, which is found on the way."""
    if n.meaning == ERROR and isinstance(n.of, Symbol):
        return speaker.writer.claim(Step("", DERIVATIVE, symbol("f", SCALAR), (n.of,), n.of, n.of, n.of))
    return speaker.writer.definition(n.formula)


def variables_of(problem: Problem, speaker: Speaker) -> str:
    parts = []
    for s in problem.symbols:
        size = "" if s.type.kind == "s" else " " + speaker.dims(size_of(s.type))
        facts = _facts(s, speaker)
        told = f"{speaker.word('comma')}{facts}" if facts else ""
        parts.append(f"{speaker.math(s)}{speaker.word('colon')}{speaker.word(KINDS[s.type.kind])}{size}{told}")
    for f in problem.functions:
        if f.entrywise:
            parts.append(f"{speaker.function(f)}{speaker.word('colon')}{speaker.word('entrywise-function')}")
            continue
        size = "" if f.shape.kind == "s" else " " + speaker.dims(size_of(f.shape))
        parts.append(
            f"{speaker.function(f)}{speaker.word('colon')}{speaker.word('function')} → {speaker.word(KINDS[f.shape.kind])}{size}"
        )
    return language(speaker.lang).semicolon.join(parts)


def _facts(s: Symbol, speaker: Speaker) -> str:
    """What is known of a variable; of a number in the words for numbers."""
    known = declared(s)
    if s.type.kind != "s":
        return listed(in_words(known), "and").told(speaker.lang) if known else ""
    said = (speaker.texts.words.get(f"number-{name}") or in_words([name])[0].told(speaker.lang) for name in known)
    return listed(said, "and").told(speaker.lang)
