"""Sums over rows: a program cut into what is summed over the rows of the data, and what follows from the sums.

    sums       for one block of rows; the sums of all rows are the sums of those of the blocks
    results    from the sums of all rows

The proof follows the program once. A node is free of the rows; or it has one entry (a vector, a matrix) for each row, which depends on this row alone; or it
follows from complete sums. Where a row is multiplied by a number that follows from complete sums, or by the number of rows, the number is taken out
of the sum: the sum of s*x is s times the sum of x. Any other mixture is refused, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from gradproof.codegen.compiled import Module, Program, module
from gradproof.codegen.headers import Task
from gradproof.codegen.plan.blocks import ADDITIVE
from gradproof.codegen.plan.build import build, nominal
from gradproof.codegen.plan.program import Builder, Node, reachable
from gradproof.codegen.targets.python_target import PythonSpelling
from gradproof.errors import UnsupportedError
from gradproof.notation.expr import symbol
from gradproof.ops.operation import Operation
from gradproof.records import dataclass, replace
from gradproof.say import Said, listed, quoted, say
from gradproof.shapes.dims import Dim, product
from gradproof.shapes.shape import Shape

BLOCK = 256  # rows of a block for which a source is written before any array is seen

LINEAR = frozenset(
    "transpose expand neg sum diagonal scatter reshape broadcast".split()
)  # of one argument, or of several that share a factor
ALIKE = frozenset("add sub add_diagonals".split())  # linear where all terms have the same factor
BILINEAR = frozenset("mul matmul vdot einsum".split())
SPOKEN = {
    "softmax": quoted("exp(…)/sum(exp(…))"),
    "logsumexp": quoted("log(sum(exp(…)))"),
    "solve": say("a linear system"),
    "half_solve": say("a linear system"),
    "broadcast": quoted("ones"),
}


class Unproven(Exception):
    """Why a program is no function of sums over the rows."""

    def __init__(self, why: Said):
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Rows:
    """A node with one entry for each row: `factor` times `core`, where the core depends on the row alone; None for the factor 1."""

    core: Node
    factor: Node | None


@dataclass(frozen=True, slots=True)
class After:
    """A node that follows from complete sums."""

    node: Node


State = Rows | After | None  # None: free of the rows


@dataclass(frozen=True, slots=True)
class Split:
    """A task, cut: `partial` computes the sums of a block of rows, `finish` the results from `names`, the sums over all rows."""

    dim: Dim
    names: tuple[str, ...]
    sums: tuple[Node, ...]
    results: tuple[Node, ...]
    task: Task
    partial: Task
    finish: Task
    sizes: Mapping[str, int]

    @property
    def rows(self) -> str:
        """The number of rows, by its name."""
        return str(self.dim)

    def axis(self, name: str) -> int | None:
        """Which axis of a variable the rows are; None where it has none."""
        dims = self.task.symbols[name].type.dims if name in self.task.symbols else ()
        return dims.index(self.dim) if self.dim in dims else None

    def modules(self, spelling: PythonSpelling, sizes: Mapping[str, int], positional: bool) -> tuple[Module, Module]:
        """The sources of both parts, planned for these sizes."""
        sizes = {**self.sizes, self.rows: BLOCK, **sizes}
        return (
            module(self.partial, sizes, spelling, positional=positional, program=Program(self.sums)),
            module(self.finish, sizes, spelling, positional=positional, program=Program(self.results)),
        )


def split(task: Task) -> Split:
    """The cut of a task. Raises UnsupportedError that says why there is none."""
    sizes = nominal(task.results)
    roots = build(task.results, sizes)
    order = list(reachable(roots))
    reasons: list[str] = []
    for d in _candidates(order):
        try:
            cut = _Cut(d, order, roots, _names(task, sizes))
        except Unproven as why:
            reasons.append(say("over {d}: {why}", d=d, why=why.why))
            continue
        then = {n: s for n, s in task.symbols.items() if d not in s.type.dims}
        # an array of sums may have more than two axes; of its symbol only the axes are used
        totals = {n: symbol(n, Shape("svm"[min(t.order, 2)], t.axes)) for n, t in zip(cut.names, cut.sums, strict=True)}
        first = replace(
            task, name="partial", doc=(f'"""The sums over the rows of one block; {d} is the number of its rows.',)
        )
        last = replace(
            task, name="finish", doc=('"""What follows from the sums over all rows.',), symbols={**totals, **then}
        )
        return Split(d, tuple(cut.names), _renewed(cut.sums), _renewed(cut.results), task, first, last, sizes)
    why = listed(reasons, ";") if reasons else say("there are no arrays with a named dimension")
    message = say("this cannot be computed by rows: {why}", why=why)
    raise UnsupportedError(message, hint=say("for all rows at once there are numpy, jax and the other targets"))


def _candidates(order: Sequence[Node]) -> Iterator[Dim]:
    """The dimensions that may be the rows: first axes of large arrays first. A number stands in the code as it is, and so is none."""
    inputs = sorted((n for n in order if n.kind == "input" and n.order), key=lambda n: -n.order)
    yield from dict.fromkeys(d for k in (0, 1) for n in inputs for d in n.axes[k : k + 1] if d.name is not None)


def _names(task: Task, sizes: Mapping[str, int]) -> Iterator[str]:
    """Names for the sums that nothing else has."""
    taken = {
        *task.symbols,
        *task.functions,
        *sizes,
        *(n for s in task.symbols.values() for d in s.type.dims for n in d.names),
    }
    return (n for n in (f"total{k}" for k in range(1, 1 << 20)) if n not in taken)


def _renewed(roots: Sequence[Node]) -> tuple[Node, ...]:
    """The same program, in a graph of its own."""
    graph, new = Builder(), {}
    for node in reachable(roots):
        new[node] = graph.make(node.kind, tuple(new[a] for a in node.args), node.data, node.axes)
    return tuple(new[r] for r in roots)


class _Cut:
    """The proof for one dimension. Raises Unproven."""

    def __init__(self, d: Dim, order: Sequence[Node], roots: Sequence[Node], fresh: Iterator[str]):
        self.d, self.fresh, self.graph = d, fresh, Builder()
        self.names: list[str] = []
        self.sums: list[Node] = []
        self.state: dict[Node, State] = {}
        for node in order:
            self.state[node] = self._visit(node)
        if any(isinstance(self.state[r], Rows) for r in roots):
            raise Unproven(say("the result has the {d} rows itself", d=d))
        if not self.sums:
            raise Unproven(say("nothing is summed over the {d} rows", d=d))
        self.results = tuple(self._later(r) for r in roots)

    def _visit(self, node: Node) -> State:
        states = [self.state[a] for a in node.args]
        if self.d in node.axes and sum(self.d.name in x.names for x in node.axes) > 1:
            raise Unproven(say("there is an array for all pairs of the {d} rows", d=self.d))
        if any(isinstance(s, Rows) for s in states):
            return self._of_rows(node) if self.d in node.axes else self._summed(node)
        if self.d in node.axes:
            return self._new_rows(node)
        mixed = self.d.name in {n for x in (*node.axes, *([node.data] if node.kind == "size" else [])) for n in x.names}
        return After(self._made(node, [self._later(a) for a in node.args])) if mixed or any(states) else None

    def _later(self, node: Node) -> Node:
        """A node as it is found after the sums."""
        state = self.state[node]
        return state.node if isinstance(state, After) else node

    def _made(self, node: Node, args: Sequence[Node]) -> Node:
        return node if tuple(args) == node.args else self.graph.make(node.kind, tuple(args), node.data, node.axes)

    def _new_rows(self, node: Node) -> Rows:
        """Rows that are the data, or all alike."""
        if node.kind == "input":
            return Rows(node, None)
        if node.kind != "broadcast":
            raise Unproven(say("{what} makes all {d} rows at once", what=_spoken(node), d=self.d))
        (a,) = node.args
        if not isinstance(self.state[a], After):
            return Rows(node, None)
        if a.order:
            raise self._circular()
        return Rows(self.graph.make("broadcast", (self.graph.number(1),), None, node.axes), self._later(a))

    def _of_rows(self, node: Node) -> Rows:
        """An operation that keeps the rows: each row of the result from the same row of the arguments."""
        if not _rowwise(node, self.d):
            raise Unproven(
                say(
                    "{what} needs all {d} rows at once: it is not made of one term for each row",
                    what=_spoken(node),
                    d=self.d,
                )
            )
        return self._factored(node)

    def _summed(self, node: Node) -> After:
        """A sum over the rows: it becomes one of the sums, and what is made of it comes after."""
        if node.kind not in ADDITIVE or not all(
            isinstance(self.state[a], Rows) for a in node.args if node.kind in ("matmul", "vdot")
        ):
            raise Unproven(
                say(
                    "{what} needs all {d} rows at once: it is not a sum with one term for each row",
                    what=_spoken(node),
                    d=self.d,
                )
            )
        found = self._factored(node)
        name = next(self.fresh)
        self.sums.append(found.core)
        self.names.append(name)
        total = self.graph.make("input", (), name, node.axes)
        return After(total if found.factor is None else self.graph.mul(found.factor, total))

    def _factored(self, node: Node) -> Rows:
        """The node with factors taken out that follow from complete sums."""
        if node.kind == "div" or node.kind in BILINEAR:
            return self._product(node)
        states = [self.state[a] for a in node.args]
        factors = dict.fromkeys(s.factor if isinstance(s, Rows) else None for s in states)
        same = next(iter(factors)) if len(factors) == 1 else None
        if any(isinstance(s, After) for s in states) or len(factors) > 1:
            raise self._circular()
        cores = [s.core if isinstance(s, Rows) else a for s, a in zip(states, node.args, strict=True)]
        if same is not None and node.kind not in LINEAR | ALIKE:
            if node.kind != "power" or Fraction(node.data).denominator != 1:
                raise self._circular()
            same = self.graph.power(same, node.data)
        return Rows(self._made(node, cores), same)

    def _product(self, node: Node) -> Rows:
        cores: list[Node] = []
        factor: Node | None = None
        for k, a in enumerate(node.args):
            state = self.state[a]
            if isinstance(state, After) and a.order:
                raise self._circular()
            one = state.node if isinstance(state, After) else state.factor if isinstance(state, Rows) else None
            cores.append(
                self.graph.number(1) if isinstance(state, After) else state.core if isinstance(state, Rows) else a
            )
            if one is not None:
                factor = self._times(factor, one, under=node.kind == "div" and k == 1)
        if node.kind == "mul" and factor is not None:
            return Rows(self.graph.mul(cores[0], cores[1], node.axes), factor)
        return Rows(self._made(node, cores), factor)

    def _times(self, factor: Node | None, one: Node, under: bool) -> Node:
        if under:
            return self.graph.div(self.graph.number(1) if factor is None else factor, one)
        return one if factor is None else self.graph.mul(factor, one)

    def _circular(self) -> Unproven:
        return Unproven(say("what is summed over the {d} rows needs another such sum first", d=self.d))


def _rowwise(node: Node, d: Dim) -> bool:
    """Whether a node that has the rows, made of nodes that have them, works row by row."""
    match node.kind:
        case "apply":
            op: Operation = node.data
            return op.elementwise
        case "reshape":  # the rows stay an axis of their own, with as many entries before them
            before = [product(n.axes[: n.axes.index(d)]) for n in (node, node.args[0])]
            return before[0] is before[1]
        case "softmax" | "logsumexp":
            return node.data is not None and node.args[0].axes.index(d) not in node.data
        case "solve" | "half_solve":  # the rows are columns of the right side
            return d not in node.args[0].axes and d in node.args[1].axes[1:]
    return node.kind in LINEAR | ALIKE | BILINEAR or node.kind in ("div", "power", "nonzero", "log1p")


def _spoken(node: Node) -> Said:
    """An operation in the words of a formula."""
    return quoted(node.data.name) if node.kind == "apply" else SPOKEN.get(node.kind, quoted(node.kind))
