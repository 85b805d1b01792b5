"""A derivation laid out as a page, and the page as terminal text, Markdown or a LaTeX document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise, permutations
from typing import Any

from gradproof.explain.board import CHAINS, LATER, READ_OFF, Block, Board, dimensions, size_of
from gradproof.explain.conditions import guarded
from gradproof.explain.context import plain_signs
from gradproof.explain.curvature import Curvature, entry
from gradproof.explain.entries import IndexSum
from gradproof.explain.heading import Entry, Line, as_typed, asked_for, hint_of, name_line, variables_of, wanted_line
from gradproof.explain.named import ERROR
from gradproof.explain.orders import reordered
from gradproof.explain.passes import SILENT, Table, backward_pass, forward_pass
from gradproof.explain.problem import Problem
from gradproof.explain.proofs import PROOFS
from gradproof.explain.rules import PARTS, REWRITES
from gradproof.explain.speak import Speaker
from gradproof.explain.steps import DERIVATIVE, EQUALITY, Remark, Step
from gradproof.explain.writer import LONG, RESULT
from gradproof.facts import in_order, sense
from gradproof.languages import language
from gradproof.notation.expr import Expr
from gradproof.parse import Reading
from gradproof.patterns import pattern
from gradproof.records import dataclass, replace
from gradproof.say import changed

_SIZE = pattern(r"\((.+?×.+?)\)")
ONES = pattern(r"𝟏|\\mathbf\{1\}_\{\w+\}")
FEW_MORE = 6  # characters by which a result with names may be longer than one without
AT_THE_END = {"centred-sum"}  # facts that the result of a step rests on, not its line
FACTS_ONCE = ("fact-symmetric", "symmetric-part")
HUGE = 240  # characters of a result that is shown with names alone
MUCH = 60  # characters of sizes that say nothing any more


@dataclass(frozen=True)
class Page:
    """Everything that is shown, in the order in which it is shown, as text in one format."""

    title: str
    given: str
    typed: str
    variables: str
    names: tuple[str, ...]
    wanted: str
    hint: str
    entries: tuple[Entry, ...]
    result: Line
    shape: str
    conditions: tuple[str, ...]
    closing: tuple[str, ...]
    labels: dict[str, str]
    forward: Table | None = None  # of a network: the names, as a table
    backward: Table | None = None  # and the gradient by each of them, from the value back


def compose(
    board: Board,
    problem: Problem,
    method: str,
    conditions: Sequence[Remark],
    summary: Any,
    speaker: Speaker,
    free: Sequence[Step] = (),
    special: Step | None = None,
    bends: Curvature | None = None,
) -> Page:
    """The page of a derivation."""
    root = board.blocks[-1].step
    told = root if root.kind == DERIVATIVE else root.children[0]
    told = asked_for(root, told)
    claim = speaker.writer.claim(told)
    what = speaker.wrapped(claim)
    title = speaker.word("title", what=what, method=speaker.word(f"method-{method}"))
    name = speaker.writer.formula(board.name)
    first = board.blocks[0].step
    whole = first.goal if first.rule in REWRITES and board.names.get(first.goal) is board.name else told.goal
    goal = problem.asked if problem.asked is not None and whole is problem.expr else whole
    given = speaker.writer.plain(goal)
    given = f"{name} = {given}" if board.names.get(told.goal) else given
    if "F" in root.parts and root.rule in PARTS:
        given += f"{speaker.word('comma')}{speaker.writer.plain(root.parts['F'])} = 0"
    read = problem.reading if problem.reading is not None and problem.reading.decided else None
    typed = "" if read is None else as_typed(read.text, read, speaker)
    entries = _Numbering(board, speaker, () if read is None else (_read(given, read, speaker),)).all()
    result, plain = speaker.writer.formula(root.result, limit=RESULT), speaker.writer.plain(root.result)
    shape = dimensions(root.result, board.names) if root.kind == DERIVATIVE and root.tensor is None else ""
    written = _indexed(root, speaker)
    short = _in_names(root, result, speaker) if board.named else result
    ends = (plain,) if short == plain else (short,) if len(root.result.unicode) > HUGE else (short, plain)
    told_goal = root.goal if root.kind == DERIVATIVE else None
    own = (
        None if told_goal is None or len(root.wrt) > 1 else speaker.writer.in_value(root.result, board.name, told_goal)
    )
    ends = ends if own is None else (own, *ends)
    if bends is not None:
        entries += (entry(bends, len(entries) + 1, problem, claim, name, speaker),)
    layers = backward_pass(board, root, free, speaker) if board.layered else None
    return Page(
        title, given, typed, variables_of(problem, speaker), tuple(name_line(n, speaker) for n in board.named), wanted_line(told, what, speaker),
        hint_of(board, entries, told, speaker), entries, written or Line(claim, ends), speaker.dims(shape) if _tells(shape) else "",
        tuple(speaker.note(c) for c in conditions), (*_tied(root, problem, speaker), *(() if layers else _free(free, speaker)), *_special(special, speaker), *_closing(summary, speaker)),
        {key: speaker.word(key) for key in ("given", "names", "conditions", "everywhere", "dimensions", "stop", "colon", "result")}
        | {"between": language(speaker.lang).semicolon}
        | ({"everywhere": speaker.word("where-differentiable")} if problem.functions else {} if guarded(problem.expr) else {"everywhere": ""}),
        forward_pass(board, speaker) if board.layered else None, layers,
    )  # fmt: skip


def _indexed(root: Step, speaker: Speaker) -> Line | None:
    """The result entry by entry, where matrix notation has none."""
    sums = [s for s in root.shown if isinstance(s, IndexSum)] if root.tensor is not None else []
    return Line(speaker.writer.place(root, sums[-1]), (speaker.writer.entries(sums[-1]),)) if sums else None


def _read(given: str, read: Reading, speaker: Speaker) -> Entry:
    """The first entry where something was decided in reading: the formula in matrix notation, and what was decided."""
    left, equals, right = given.partition(" = ")
    line = Line(left, (right,)) if equals else Line(given, ())
    told = (changed(n, lambda part: as_typed(part, read, speaker)).told(speaker.lang) for n in read.decided)
    return Entry(1, speaker.word("reading"), "", "", (line,), "", "", tuple(dict.fromkeys(told)))


def _in_names(root: Step, result: str, speaker: Speaker) -> str:
    """The result with the names that its last form has lost, where that is shorter."""
    if root.rule not in SILENT or root.kind != DERIVATIVE or root.result.type != root.children[0].result.type:
        return result
    room = len(result) + (FEW_MORE if speaker.writer.plain(root.result) == result else -1)
    before, found = root.children[0], result
    while before.result.type == root.result.type:
        named = speaker.writer.formula(plain_signs(before.result), limit=RESULT)
        if speaker.writer.plain(before.result) != named and len(named) <= room:
            found, room = named, len(named) - 1
        if before.rule not in SILENT or not before.children:
            break
        before = before.children[0]
    return found


class _Numbering:
    """Makes the numbered entries: what only continues a line is part of it, and every rule is stated where it is first used."""

    def __init__(self, board: Board, speaker: Speaker, first: Sequence[Entry] = ()):
        self.board, self.speaker = board, speaker
        self.made: list[Entry] = [*first]
        self.number: dict[int, int] = {}  # of a block: that of its entry
        self.stated: set[str] = set()
        self.facts: list[Remark] = []  # that were told
        self.proven: set[str] = set()  # rules whose reason was given

    def all(self) -> tuple[Entry, ...]:
        for b in self.board.blocks:
            self._take(b)
        return tuple(self.made)

    def _take(self, b: Block) -> None:
        names = self._names(b)
        line = self._line(b)
        last = self.made[-1] if self.made and self.made[-1].steps else None
        again = b.rule == "second" and len(set(b.step.wrt)) == 1  # rows and columns are the same
        joins = last is not None and ((b.rule in SILENT and line.left == last.lines[-1].left) or b.closing or again)
        if last is None or not joins:
            entry = Entry(
                len(self.made) + 1,
                self._title(b),
                self._rule(b),
                self._says(b),
                (line,),
                self._dims(b),
                self._fits(b),
                (*self._remarks(b), *names),
                (b.step,),
            )
            self.made.append(entry)
        elif b.rule in SILENT and not b.closing:
            end = last.lines[-1]
            why = (*end.why, *self._remarks(b), *names)
            before = end.right[:-1] if len(end.right) > 1 and reordered(b.step) else end.right
            right = _shorter((*before, *line.right))
            if b is self.board.blocks[-1] and not self._remarks(b) and len(line.right) == 1:
                kept = _in_names(b.step, right[-1], self.speaker)  # a last form that only writes names out says nothing
                right = right[: right.index(kept) + 1] if kept in right else right
            longer = Line(end.left, right, end.by, tuple(dict.fromkeys(why)))
            self.made[-1] = replace(last, lines=(*last.lines[:-1], longer))
        else:
            self.made[-1] = replace(last, lines=(*last.lines, replace(line, why=(*self._remarks(b), *names))))
        self.number[b.number] = len(self.made)
        if joins:
            self.made[-1] = replace(self.made[-1], steps=(*self.made[-1].steps, b.step))

    def _names(self, b: Block) -> list[str]:
        named = []
        for name, goal in b.names:
            named.append(f"{self.speaker.word('with')} " + _equation(name, goal, self.speaker))
            self.speaker.writer.announce(name, goal)
        return named

    def _line(self, b: Block) -> Line:
        writer, step = self.speaker.writer, b.step
        limit = RESULT if b.rule in LATER else LONG
        right = tuple(writer.formula(f.expr, f.holes, limit) for f in b.chain)
        left = _left(b, self.board, self.speaker)
        sums = [s for s in step.shown if isinstance(s, IndexSum)]
        if sums:
            right, left = tuple(writer.entries(s) for s in sums), writer.place(step, sums[0])
        found = b.closing or (self.board.layered and b.rule in CHAINS)
        right = _shorter((*right[:-1], *self._found(step), right[-1]) if found else right)
        return Line(left, right, self._by(b))

    def _found(self, step: Step) -> tuple[str, ...]:
        """What the gradient by a layer is, before its name."""
        found = next((n for n in self.board.named if n.meaning == ERROR and step.result in (n.formula, *n.also)), None)
        return () if found is None or step.kind != DERIVATIVE else (self.speaker.writer.definition(found.formula),)

    def _by(self, b: Block) -> str:
        here = len(self.made) + (0 if b.closing else 1)
        uses = dict.fromkeys(self.number.get(n, n) for n in b.uses)
        found = [n for n in uses if n != here]
        return self.speaker.word("from", uses=self.speaker.several(found)) if found and b.rule not in LATER else ""

    def _title(self, b: Block) -> str:
        return self.speaker.name(b.rule)

    def _rule(self, b: Block) -> str:
        """The rule as a formula, where it is used first."""
        if b.closing or b.rule in self.stated:
            return ""
        self.stated.add(b.rule)
        return self.speaker.statement(b.rule)

    def _says(self, b: Block) -> str:
        """What the rule says of the step, and what the sizes decide, before it is computed."""
        if b.closing:
            return ""
        blank = " " if self.speaker.word("stop").isascii() else ""
        return blank.join((self.speaker.sentence(b.step), *self._reasons(b)))

    def _remarks(self, b: Block) -> list[str]:
        if b.closing:
            return [self.speaker.note(n) for n in b.step.notes if n.key in AT_THE_END]
        still_open = bool(b.chain[-1].holes)
        why = (
            [self.speaker.proof(b.rule)]
            if self.board.weight < 0 and b.rule in PROOFS and b.rule not in self.proven
            else []
        )
        if self.board.weight < 0 and b.rule in READ_OFF:
            why += self.speaker.told("identification", {}).split(" | ")  # a line for each row
        self.proven.add(b.rule)
        told = [n for n in b.step.notes if not (still_open and n.key in AT_THE_END) and n not in self.facts]
        self.facts += [n for n in told if n.key in FACTS_ONCE]
        return why + [self.speaker.note(n) for n in told]

    def _reasons(self, b: Block) -> Iterator[str]:
        """Why there is a transpose: the sizes say it, where the matrix is not square."""
        if b.step.kind != DERIVATIVE or b.rule in READ_OFF:
            return
        for s in (b.step, *self.board.merged(b.step)):
            if s.rule == "linear-left" and s.goal not in self.stated:
                self.stated.add(s.goal)  # type: ignore[arg-type]
                A = s.parts["A"]
                wanted = size_of(s.result.type if s.leaf else A.T.type)
                key = "transpose-by-size" if A.type.kind == "m" and not A.type.square else "transpose-by-entry"
                sizes = {"wanted": self.speaker.dims(wanted), "size": self.speaker.dims(size_of(A.type))}
                if s.leaf and s is not b.step and key == "transpose-by-size":
                    key, sizes["equation"] = "transpose-told", "\1"
                writer = self.speaker.writer
                shown = self.speaker.wrapped(f"{writer.claim(s)} = {writer.formula(s.result)}")
                yield self.speaker.told(key, {"A": A}, **sizes).replace("\1", shown)

    def _dims(self, b: Block) -> str:
        quiet = b.closing or b.step.kind == EQUALITY or b.rule in REWRITES or b.rule in LATER or b.step.shown
        return self.speaker.dims(b.dims) if not quiet and _tells(b.dims) else ""

    def _fits(self, b: Block) -> str:
        """What the sizes say before it is computed: of one product of matrices the order of its factors."""
        if not self._dims(b):
            return ""
        wanted, _, made = b.dims.partition(" = ")
        key = "sizes-order" if _one_order(wanted, made) else "sizes"
        if key == "sizes" and len(b.dims) > MUCH:
            return ""
        if key == "sizes":
            return self.speaker.word(key, equation=self.speaker.dims(b.dims))
        return self.speaker.word(key, wanted=self.speaker.dims(wanted), made=self.speaker.dims(made))


def _tells(dims: str) -> bool:
    """Whether the sizes of a product say something: those of n×n = (n×n)(n×n) do not."""
    sizes = set(_SIZE.findall(dims))
    return ")(" in dims and not (len(sizes) == 1 and len(set(next(iter(sizes)).split("×"))) == 1)


def _one_order(wanted: str, made: str) -> bool:
    """Whether the factors of a product fit in one order alone."""
    factors = [tuple(x.split("×")) for x in _SIZE.findall(made)]
    if not 1 < len(factors) < 5 or made != "".join(f"({a}×{b})" for a, b in factors):
        return False
    orders = {
        p
        for p in permutations(factors)
        if all(x[1] == y[0] for x, y in pairwise(p)) and f"{p[0][0]}×{p[-1][1]}" == wanted
    }
    return len(orders) == 1


def _shorter(right: Sequence[str]) -> tuple[str, ...]:
    """The right sides without those that the next one repeats, or writes with a vector of ones for a 1."""
    plain = [ONES.sub("1", r) for r in right]
    return tuple(r for k, r in enumerate(right) if k + 1 == len(right) or plain[k] != plain[k + 1])


def _left(b: Block, board: Board, speaker: Speaker) -> str:
    """The left side of an entry: ∂f/∂x, df, vec(dF), or a formula that is rewritten."""
    writer = speaker.writer
    if b.step in board.heads:
        head = writer.claim(board.heads[b.step])
        return (
            head
            if b.rule != "vec"
            else rf"\operatorname{{vec}}\left({head}\right)"
            if speaker.format == "latex"
            else f"vec({head})"
        )
    if b.rule in PARTS:
        return writer.claim(asked_for(b.step, b.step.children[0]))
    if b.rule in REWRITES:
        return writer.formula(board.names.get(b.step.goal, b.step.goal))
    return writer.claim(b.step)


def _equation(name: Expr, goal: Expr, speaker: Speaker) -> str:
    text = f"{speaker.writer.formula(name)} = {speaker.writer.formula(goal)}"
    return f"${text}$" if speaker.format == "latex" else text


def _free(free: Sequence[Step], speaker: Speaker) -> Iterator[str]:
    """For free: ∂f/∂b = δ."""
    told = [speaker.wrapped(f"{speaker.writer.claim(s)} = {speaker.writer.formula(s.result)}") for s in free]
    if told:
        yield speaker.word("free", what=language(speaker.lang).semicolon.join(told))


def _tied(root: Step, problem: Problem, speaker: Speaker) -> Iterator[str]:
    """Of a gradient by a symmetric matrix, what it is by the entries that are free."""
    gradient = root.kind == DERIVATIVE and root.result.type.kind == "m" and not root.goal.type.dims
    if (
        gradient
        and len(problem.wrt) == 1
        and sense(problem.wrt[0].facts).turned == 1
        and all(f.turned or not (f.ties and f.linear) for f in in_order(problem.wrt[0].facts))
    ):
        yield speaker.told("entries-free", {"x": problem.wrt[0]})


def _special(special: Step | None, speaker: Speaker) -> Iterator[str]:
    """With all sizes 1: f = …, ∂f/∂x = …."""
    if special is not None:
        goal, x = speaker.writer.plain(special.goal), speaker.writer.plain(special.wrt[0])
        slope = rf"\frac{{\mathrm{{d}} f}}{{\mathrm{{d}} {x}}}" if speaker.format == "latex" else f"df/d{x}"
        told = (speaker.wrapped(f"f = {goal}"), speaker.wrapped(f"{slope} = {speaker.writer.plain(special.result)}"))
        yield speaker.word("special", f=told[0], slope=told[1])


def _closing(summary: Any, speaker: Speaker) -> Iterator[str]:
    if summary.wrong:
        yield speaker.word("failed", count=summary.wrong)
        return
    if summary.agreed:
        yield speaker.word("checked", count=summary.agreed, error=_short(summary.max_relative_error))
    if summary.unknown:
        yield speaker.word("unchecked", count=summary.unknown)


def _short(x: float) -> str:
    """A bound, so that a page is the same on every machine."""
    return next((f"{bound:.0e}" for bound in (1e-12, 1e-9, 1e-6) if x < bound), f"{x:.0e}").replace("e-0", "e-")
