"""The proof tree as it is written on a board: numbered lines in the order of reading, trivial steps merged, what was shown referred to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gradproof.explain.atoms import HADAMARD, MUL, NEG
from gradproof.explain.context import factors_of, plain_signs, terms_of
from gradproof.explain.named import VALUE, Name
from gradproof.explain.rules import PARTS, REWRITES, RULES
from gradproof.explain.steps import EQUALITY, Step, fill, hole, steps
from gradproof.notation.expr import Call, Expr, Size, Symbol, substitute, symbol, walk
from gradproof.records import dataclass
from gradproof.shapes.dims import Dim
from gradproof.shapes.shape import SCALAR, Shape

DETAILS = {"brief": 1, "normal": 0, "full": -1}  # rules up to this weight are merged into the step that needs them
LATER = {
    "entries-collect",
    "put-together",
    "expand",
    "recognise",
    "simplify",
    "rearrange",
    "layout",
    "restrict",
    *PARTS,
    "second",
}  # they come after what they rest on
READ_OFF = {"read-off", "read-off-vector", "read-off-stacked", "read-off-scalar"}
CHAINS = (
    "chain-through",
    "differential-chain",
    "differential-chain-matrix",
    "softmax-rows-chain",
    "elementwise-back",
)  # through named parts
PASSED = {"constant-factor", "constant-divisor", "transpose"}  # told after what they rest on
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
MANY = 12  # sub-goals of one line
LONG = 30  # characters of a goal that gets a name


@dataclass(frozen=True)
class RightSide:
    """A right side, with the steps that its holes stand for."""

    expr: Expr
    holes: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Block:
    """One entry on the board. `left`: the step whose claim it is; `into`: the numbers of the lines that are put together."""

    number: int
    rule: str
    step: Step
    chain: tuple[RightSide, ...]
    dims: str = ""
    into: tuple[int, ...] = ()
    uses: tuple[int, ...] = ()
    names: tuple[tuple[Symbol, Expr], ...] = ()
    closing: bool = False


class _Shown:
    """The lines of the claims that stand on the board: what was found once is referred to, also by another step with the same claim."""

    def __init__(self) -> None:
        self._lines: dict[object, int] = {}

    def __contains__(self, step: Step) -> bool:
        return _claim(step) in self._lines

    def __getitem__(self, step: Step) -> int:
        return self._lines[_claim(step)]

    def __setitem__(self, step: Step, line: int) -> None:
        self._lines[_claim(step)] = line


def _claim(step: Step) -> object:
    return step if step.kind == EQUALITY else (step.kind, step.goal, step.wrt, step.result)


class Board:
    """The blocks of a derivation, and the names that long goals have."""

    def __init__(self, root: Step, detail: str = "normal", named: Sequence[Name] = ()):
        self.weight = DETAILS[detail]
        self.named = [n for n in named if n.meaning != VALUE]
        self.names: dict[Expr, Symbol] = {e: n.symbol for n in self.named for e in (n.formula, *n.also)}
        self.shown = _Shown()
        self.blocks: list[Block] = []
        self._small: dict[Step, bool] = {}
        self._lines: dict[Step, tuple[Expr, tuple[Step, ...]]] = {}
        self._used = {s.name for s in root.goal.variables} | {n.name for n in self.named}
        self._taken = 0
        self.heads: dict[Step, Step] = {}  # of the lines of the trace technique: the step whose left side they have
        self._announced: list[tuple[Symbol, Expr]] = []
        self.layered = any(
            s.rule in CHAINS and _chained(s) for s in steps(root)
        )  # backpropagation: from the value back
        self.name = self._root_name(root)
        for whole in (n for n in named if n.meaning == VALUE):
            self.names |= dict.fromkeys((whole.formula, *whole.also), self.name)
        self._write(root)
        if self.blocks[-1].step.result is not root.result:  # the page ends in what was asked for, whatever was merged
            self._add(root.rule, root, [RightSide(root.result)])

    def _root_name(self, root: Step) -> Symbol:
        root = root.children[0] if root.rule in ("layout", "restrict", *PARTS) else root
        found = self._fresh("F" if root.goal.type.kind == "m" else "f", "h", "y", "z", "value") or symbol(
            "value0", root.goal.type
        )
        found = symbol(found.name, root.goal.type)
        if not isinstance(root.goal, Symbol):
            self.names[root.goal] = found
        return found

    def _fresh(self, *letters: str) -> Symbol | None:
        free = next((c for c in letters if c not in self._used), None)
        if free is None:
            return None
        self._used.add(free)
        return symbol(free, SCALAR)

    def small(self, step: Step) -> bool:
        """Whether a step is merged into the one that needs it."""
        order = [step]
        while order:
            s = order[-1]
            waiting = [c for c in s.children if c not in self._small]
            if s in self._small or not waiting:
                order.pop()
                self._small.setdefault(
                    s, RULES[s.rule].weight <= self.weight and all(self._small[c] for c in s.children)
                )
            else:
                order += waiting
        return self._small[step]

    def _write(self, root: Step) -> None:
        """Puts the steps on the board, without recursion."""
        stack: list[tuple[str, Step]] = [("open", root)]
        while stack:
            what, step = stack.pop()
            if what == "close":
                self._close(step)
                continue
            if step in self.shown:
                continue
            if self.layered and step.rule in CHAINS and step.children:
                stack.append(("close", step))
                first = step.children if step.rule == CHAINS[0] else reversed(step.children)
                stack += [("open", c) for c in first if not self.small(c)]  # the gradient further out comes first
                continue
            if _comes_later(step) or step.rule in READ_OFF:
                stack.append(("close", step))
                self._prepare(step)
                stack += [("open", c) for c in reversed(step.children)]
                continue
            pending = [c for c in self._line(step)[1] if not self.small(c) and c not in self.shown]
            if self._passes(step, pending, root):
                self.shown[step] = len(self.blocks) + 1
            else:
                self._open(step, pending)
            if pending:
                if step.rule not in REWRITES:
                    stack.append(("close", step))
                stack += [("open", c) for c in reversed(pending)]

    def _passes(self, step: Step, pending: Sequence[Step], root: Step) -> bool:
        """Whether a trivial step is told only with what it rests on: a constant factor, before the derivative of the rest is known."""
        trivial = step.rule in PASSED and len(pending) == 1 and len(self._line(step)[1]) == 1
        return trivial and step is not root and self.weight >= 0

    def _prepare(self, step: Step) -> None:
        """Names what the children of a step will speak of."""
        if step.rule in READ_OFF:
            for line in step.children[1:]:
                self.heads[line] = step.children[0]
        if step.rule == "second":
            for child in step.children[1:]:
                name = self._fresh("g", "h", "p", "q")
                if name is not None and child.goal.args:
                    self.names[child.goal] = symbol(name.name, child.goal.type)
                    self._announced.append((self.names[child.goal], child.goal))

    def _add(
        self,
        rule: str,
        step: Step,
        chain: Sequence[RightSide],
        names: Sequence[tuple[Symbol, Expr]] = (),
        **more: object,
    ) -> None:
        plain = [RightSide(plain_signs(f.expr, self.names), f.holes) for f in chain]
        kept = [f for k, f in enumerate(plain) if not k or f.expr is not plain[k - 1].expr or f.holes]
        told = [p for p in self._announced if p[1] is step.goal or p[1] in (c.goal for c in step.children)]
        self._announced = [p for p in self._announced if p not in told]
        self.blocks.append(Block(len(self.blocks) + 1, rule, step, tuple(kept), names=(*told, *names), **more))  # type: ignore[arg-type]

    def _open(self, step: Step, pending: Sequence[Step]) -> None:
        if step.rule in REWRITES and step.goal in self.names:
            self.names.setdefault(step.children[0].goal, self.names[step.goal])
        names = tuple(found for c in pending for found in self._named(c.goal))
        line = RightSide(*self._line(step))
        uses = tuple(dict.fromkeys(self.shown[c] for c in line.holes if c in self.shown and not self.small(c)))
        raw = fill(line.expr, [c.result for c in line.holes]) if line.holes else step.raw
        whole = [line] if pending else [line, RightSide(raw), RightSide(step.result)]
        if step.rule in REWRITES:
            whole = [RightSide(step.children[0].goal)]
        self._add(step.rule, step, whole, dims=dimensions(line.expr, self.names), uses=uses, names=names)
        self.shown[step] = len(self.blocks)

    def _line(self, step: Step) -> tuple[Expr, tuple[Step, ...]]:
        """A step's right side, with trivial sub-goals written out, and what its holes then stand for."""
        found = self._lines.get(step)
        if found is None:
            line, holes = step.line, list(step.children)
            while step.rule not in REWRITES and any(self._opens(c) for c in holes) and len(holes) < MANY:
                values: dict[Expr, Expr] = {}
                after: list[Step] = []
                for k, c in enumerate(holes):
                    inner = list(c.children) if self._opens(c) else [c]
                    places: list[Expr] = [hole(len(after) + i, g.result.type) for i, g in enumerate(inner)]
                    after += inner
                    values[hole(k, c.result.type)] = fill(c.line, places) if self._opens(c) else places[0]
                line, holes = substitute(line, values), after
            found = self._lines[step] = line, tuple(holes)
        return found

    def merged(self, step: Step) -> Iterator[Step]:
        """The trivial steps that are told with a step."""
        for c in step.children:
            if c not in self.shown or self.small(c):
                yield c
                yield from self.merged(c)

    def _opens(self, step: Step) -> bool:
        """Whether a sub-goal is trivial itself, but rests on others that are not."""
        return (
            RULES[step.rule].weight <= self.weight
            and bool(step.children)
            and not self.small(step)
            and step not in self.shown
            and step.goal not in self.names
        )

    def _close(self, step: Step) -> None:
        if _comes_later(step):
            before = self.blocks[-1].number if self.blocks else 0
            chain = [RightSide(step.goal)] * (step.rule in PARTS) + [RightSide(step.result)]
            self._add(step.rule, step, chain, uses=(before,) if before and step.rule != "second" else ())
        elif self.layered and step.rule in CHAINS and step.children:
            line, holes = self._line(step)
            filled = fill(line, [c.result for c in holes])
            uses = tuple(dict.fromkeys(self.shown[c] for c in holes if c in self.shown))
            chain = [RightSide(line, holes), RightSide(filled), RightSide(step.result)]
            self._add(step.rule, step, chain, dims=dimensions(line, self.names), uses=uses)
        elif step.rule in READ_OFF:
            self._add(step.rule, step, [RightSide(step.result)], dims=dimensions(step.result, self.names))
        else:
            line, holes = self._line(step)
            uses = tuple(dict.fromkeys(self.shown[c] for c in holes if c in self.shown))
            filled = RightSide(fill(line, [c.result for c in holes]))
            self._add(
                step.rule, step, [filled, RightSide(step.result)], into=(self.shown[step],), uses=uses, closing=True
            )
        self.shown[step] = len(self.blocks)

    def _named(self, goal: Expr) -> Iterator[tuple[Symbol, Expr]]:
        """A name for a long goal, so that its derivative can be spoken of."""
        if goal in self.names or not goal.args or len(substitute(goal, dict(self.names)).ascii) <= LONG:
            return
        while True:
            self._taken += 1
            name = f"u{self._taken}"
            if name not in self._used:
                break
        found = self.names[goal] = symbol(name, goal.type)
        yield found, goal


def _chained(step: Step) -> bool:
    """Whether the gradient that a chain rule rests on comes of a chain rule itself."""
    inner = [c for s in step.children for c in (s, *(s.children if s.rule in READ_OFF else ()))]
    return any(c.rule in CHAINS and c.children for c in inner)


def _comes_later(step: Step) -> bool:
    """Whether a step is told after what it rests on."""
    return step.rule in LATER or (step.tensor is not None and bool(step.children))


# -- what the dimensions are made of


def dimensions(line: Expr, named: Mapping[Expr, Symbol] | None = None) -> str:
    """`n×n = (n×n)·1 + (n×1)(1×n)`; what is `named` is one factor."""
    line = substitute(line, dict(named)) if named else line
    whole = size_of(line.type)
    text = ""
    for sign, term in terms_of(line):
        joint = (" − " if sign < 0 else " + ") if text else ("−" if sign < 0 else "")
        text += joint + _term(term)
    return whole if text in (whole, f"({whole})", "1") else f"{whole} = {text}"


def _term(e: Expr) -> str:
    if isinstance(e, Call) and e.op is NEG:
        return "−" + _term(e.args[0])
    if isinstance(e, Call) and e.op is HADAMARD and e.type.kind != "s":
        return " ⊙ ".join(_term(a) for a in e.args)
    if isinstance(e, Call) and e.op is MUL:
        scalars, chain = factors_of(e)
        numbers = [s for s in scalars if s.variables or any(isinstance(x, Size) for x in walk(s))]
        ordered = "".join(_bracketed(f.type) for f in chain)
        if not chain:
            return "·".join("1" for _ in numbers) or "1"
        after = e.args[1].type.kind == "s" and len(numbers) == 1
        ones = "·".join("1" for _ in numbers)
        return ordered + ("·" + ones if ones else "") if after else (ones + "·" if ones else "") + ordered
    return _bracketed(e.type)


def _bracketed(shape: Shape) -> str:
    return "1" if shape.kind == "s" else f"({size_of(shape)})"


def size_of(shape: Shape) -> str:
    """n×1, 1×q, m×n, 1."""
    if shape.kind == "s":
        return "1"
    rows, cols = {"v": (*shape.dims, 1), "r": (1, *shape.dims), "m": shape.dims}[shape.kind]
    return f"{_dim(rows)}×{_dim(cols)}"


def _dim(d: object) -> str:
    if not isinstance(d, Dim) or any(c.denominator > 1 for _, c in d.terms):
        return str(d)
    parts = []
    for names, c in sorted(d.terms, key=lambda t: (-len(t[0]), t[0])):
        powers = "".join(
            n + (str(names.count(n)).translate(_RAISED) if names.count(n) > 1 else "") for n in dict.fromkeys(names)
        )
        parts.append(("" if c == 1 and names else str(c)) + powers)
    return f"({'+'.join(parts)})" if len(parts) > 1 else "".join(parts) or "0"


__all__ = ["DETAILS", "Block", "Board", "RightSide", "dimensions", "size_of"]
