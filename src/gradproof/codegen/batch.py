"""Many problems of one shape at once: a program whose arrays have a first axis of problems, wherever they depend on a variable that has one.

NumPy: the program of one problem, node by node. JAX and PyTorch: their own vmap of the function for one problem.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gradproof.codegen.compiled import Compiled, Module, Program, module
from gradproof.codegen.headers import Task
from gradproof.codegen.plan.build import build
from gradproof.codegen.plan.program import Builder, Node, reachable
from gradproof.codegen.targets.sparse_target import SparseSpelling, is_sparse, planned
from gradproof.errors import DomainError, ShapeError, UnsupportedError
from gradproof.records import replace
from gradproof.say import listed, say
from gradproof.shapes.dims import Dim, Sizes, dim

BATCH = "batch"  # the name of the dimension of problems


class Batched(Compiled):
    """A compiled derivative of many problems: the variables of `task.batch` have a first axis of problems, and so has each result."""

    def _module(self, sizes: Sizes, positional: bool = False) -> Module:
        if self._spelling.maps:
            return module(replace(self.task, batch=()), sizes, self._spelling, positional)
        roots = batched(build(self.task.results, sizes), self.task.batch)
        return module(self.task, {BATCH: 100, **sizes}, self._spelling, positional, program=Program(roots, loops=False))

    def _plan(self, sizes: Sizes, known: Mapping[str, Any]) -> Callable[..., Any]:
        run = Compiled._plan(self, sizes, known)
        if not self._spelling.maps:
            return run
        axes = [0 if n in self.task.batch else None for n in self.names]
        if 0 in axes:
            return self._spelling.vmap(run, axes)
        import numpy as np  # numbers are needed only here

        # it depends on no variable that has an axis of problems: all results are one
        problems = self._spelling.convert(BATCH, np.zeros(known[BATCH]))
        same = self._spelling.vmap(lambda _, *args: run(*args), [0, *axes])
        return lambda *args: same(problems, *args)

    def __reduce__(self) -> tuple[Any, ...]:
        return Batched, (self.task, self._spelling, self._check)

    def _checked(self, named: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, int]]:
        values = {n: self._many(n, v) if n in self.task.batch else v for n, v in named.items()}
        counts = {n: _count(n, values[n]) for n in self.task.batch if n in values}
        if len(set(counts.values())) > 1:
            said = ", ".join(f"{n} has {k}" for n, k in counts.items())
            raise ShapeError(say("the numbers of problems differ: {said}", said=said))
        if not counts or 0 in counts.values():
            raise DomainError(
                say("there are no problems"),
                hint=say("give {name}=… with a first axis of problems", name=self.task.batch[0]),
            )
        one = {n: v[0] if n in counts else v for n, v in values.items()}
        checked, sizes = Compiled._checked(self, one)
        count = next(iter(counts.values()))
        for k in range(1, count if self._held and counts.keys() & {s.name for s in self._held} else 1):
            Compiled._checked(self, {n: v[k] if n in counts else v for n, v in values.items()})
        return {**checked, **{n: values[n] for n in counts}, BATCH: count}, sizes

    def _many(self, name: str, value: Any) -> Any:
        """The arrays of all problems as one. Raises DomainError, for a sparse matrix too."""
        if is_sparse(value):
            raise DomainError(
                say("batch: {name} is a sparse matrix, which has no axis of problems", name=name),
                hint=say("give an array with a first axis of problems, or leave {name} out of batch", name=name),
            )
        return self._spelling.convert(name, value)

    def _thin_module(self, thin: Sequence[str], sizes: Sizes) -> Module:
        one = planned(self.task.results, sizes, self._nominal, thin, lambda roots: batched(roots, self.task.batch))
        return module(
            self.task, {BATCH: 100, **one[1]}, SparseSpelling(thin), True, program=Program(one[0], loops=False)
        )


def _count(name: str, value: Any) -> int:
    shape = getattr(value, "shape", ())
    if not shape:
        raise ShapeError(
            say("{name} has no axis of problems", name=name), hint=say("its first axis is that of the problems")
        )
    return int(shape[0])


def checked_names(names: Sequence[str] | str, task: Task) -> tuple[str, ...]:
    """The variables with an axis of problems. Raises UnsupportedError for what is none, and for declared functions."""
    several = (names,) if isinstance(names, str) else tuple(names)
    for n in several:
        if n not in task.symbols:
            raise UnsupportedError(
                say("batch: there is no variable {n}", n=n),
                hint=say("variables are {names}", names=listed(task.symbols)),
            )
    if task.functions:
        raise UnsupportedError(say("batch with declared functions is not supported yet"), hint=say("leave out batch"))
    return several


# -- the program of one problem, on all


def batched(roots: Sequence[Node], names: Sequence[str]) -> tuple[Node, ...]:
    """The program with an axis of problems in front of whatever depends on these variables; results always have it."""
    graph, b = Builder(), dim(BATCH)
    made: dict[Node, Node] = {}
    deep: set[Node] = set()
    for node in reachable(roots):
        needs = _matrices(node) if node.kind in SYSTEMS and any(a in deep for a in _matrices(node)) else node.args
        args = tuple(made[a] for a in needs)
        many = [a in deep for a in needs]
        if node.kind == "input" and node.data in names:
            made[node] = graph.make("input", (), node.data, (b, *node.axes))
            deep.add(node)
        elif node.kind in FACTORS and any(many):
            continue  # of many matrices none is factorised by itself
        elif not any(many):
            made[node] = graph.make(node.kind, args, node.data, node.axes)
        else:
            made[node] = _Axis(graph, b).node(node, args, many)
            deep.add(node)
    return tuple(made[r] if r in deep else graph.broadcast(made[r], (b, *r.axes)) for r in roots)


def _matrices(node: Node) -> tuple[Node, ...]:
    """The arguments of what follows from a factorisation, with the matrix for its factors."""
    return (node.args[0].args[0], *node.args[1:])


class _Axis:
    """Makes the nodes of one problem for all: `many` says which arguments have the axis of problems."""

    def __init__(self, graph: Builder, b: Dim):
        self.graph, self.b = graph, b

    def node(self, node: Node, args: tuple[Node, ...], many: list[bool]) -> Node:
        if node.kind not in KINDS:
            raise UnsupportedError(
                say("batch: {kind} is not supported yet", kind=node.kind), hint=say("call compile() once a problem")
            )
        return KINDS[node.kind](self, node, args, many)

    def axes(self, node: Node) -> tuple[Dim, ...]:
        return (self.b, *node.axes)

    def same(self, node: Node, args: tuple[Node, ...], many: list[bool]) -> Node:
        """An operation entry by entry: shorter arrays get axes of length one behind that of the problems."""
        long = max(a.order for a in node.args)
        full = [self._padded(a, long - old.order) if m else a for a, old, m in zip(args, node.args, many, strict=True)]
        return self.graph.make(node.kind, tuple(full), node.data, self.axes(node))

    def _padded(self, a: Node, more: int) -> Node:
        if not more or a.order + more == 1:
            return a
        places = (0, *([None] * more), *range(1, a.order))
        axes = (a.axes[0], *([a.axes[0]] * more), *a.axes[1:])
        return self.graph.expand(a, places, axes)

    def applied(self, node: Node, args: tuple[Node, ...], many: list[bool]) -> Node:
        """A function of the table: entry by entry, or of each problem's arrays in turn."""
        if node.data.elementwise:
            return self.same(node, args, many)
        return self.graph.make("each", args, (node.data, tuple(many)), self.axes(node))

    def transpose(self, node: Node, args: tuple[Node, ...], many: list[bool]) -> Node:
        return self.graph.transpose(args[0], (0, *(p + 1 for p in node.data)))

    def expand(self, node: Node, args: tuple[Node, ...], many: list[bool]) -> Node:
        places = (0, *(None if p is None else p + 1 for p in node.data))
        return self.graph.make("expand", args, places, self.axes(node))

    def plain(self, node: Node, args: tuple[Node, ...], many: list[bool]) -> Node:
        return self.graph.make(node.kind, args, node.data, self.axes(node))

    def broadcast(self, node: Node, args: tuple[Node, ...], many: list[bool]) -> Node:
        return self.graph.make(
            "broadcast", (self._padded(args[0], node.order - node.args[0].order),), None, self.axes(node)
        )

    def diagonal(self, node: Node, args: tuple[Node, ...], many: list[bool]) -> Node:
        (inside,) = node.data
        return self.graph.make("diagonal", args, ((0, *(p + 1 for p in inside)),), self.axes(node))

    def sum(self, node: Node, args: tuple[Node, ...], many: list[bool]) -> Node:
        axes = tuple(k + 1 for k in node.data) if node.data else tuple(range(1, args[0].order))
        return self.graph.make("sum", args, axes, self.axes(node))

    def normalised(self, node: Node, args: tuple[Node, ...], many: list[bool]) -> Node:
        axes = tuple(range(1, args[0].order)) if node.data is None else tuple(k + 1 for k in node.data)
        return self.graph.make(node.kind, args, axes, self.axes(node))

    def diagonals(self, node: Node, args: tuple[Node, ...], many: list[bool]) -> Node:
        data = tuple(((0, *(p + 1 for p in pattern)), sign) for pattern, sign in node.data)
        has_base = node.kind == "add_diagonals"
        orders = [*([node.order] if has_base else []), *(len(set(pattern)) for pattern, _ in node.data)]
        arguments = zip(args, node.args, many, orders, strict=True)
        args = tuple(self._padded(a, order - old.order) if m else a for a, old, m, order in arguments)
        if has_base and not many[0]:
            args = (self.graph.broadcast(args[0], self.axes(node.args[0])), *args[1:])
        return self.graph.make(node.kind, args, data, self.axes(node))

    def plus_transpose(self, node: Node, args: tuple[Node, ...], many: list[bool]) -> Node:
        turned = self.graph.transpose(args[0], (0, 2, 1))
        return self.graph.add(args[0], turned) if node.data > 0 else self.graph.sub(args[0], turned)

    def product(self, node: Node, args: tuple[Node, ...], many: list[bool]) -> Node:
        """A matrix product: matrices by matmul, and with vectors by einsum where matmul would take the problems for rows."""
        orders = [a.order for a in node.args]
        if orders == [2, 2] or (orders[1] == 1 and not many[1]) or (orders == [1, 2] and not many[1]):
            return self.graph.make("matmul", args, None, self.axes(node))
        if orders == [2, 1] and not many[0]:  # one matrix and many vectors: their rows by its transpose
            return self.graph.make("matmul", (args[1], self.graph.transpose(args[0], (1, 0))), None, self.axes(node))
        one, two = ((0, 1), (1,)) if orders == [2, 1] else ((0,), (0, 1)) if orders == [1, 2] else ((0,), (0,))
        return self._einsum(node, args, many, one, two, (0,) if orders == [2, 1] else (1,) if orders == [1, 2] else ())

    def dot(self, node: Node, args: tuple[Node, ...], many: list[bool]) -> Node:
        whole = tuple(range(node.args[0].order))
        return self._einsum(node, args, many, whole, whole, ())

    def einsum(self, node: Node, args: tuple[Node, ...], many: list[bool]) -> Node:
        return self._einsum(node, args, many, *node.data)

    def _einsum(
        self,
        node: Node,
        args: tuple[Node, ...],
        many: list[bool],
        one: tuple[int, ...],
        two: tuple[int, ...],
        out: tuple[int, ...],
    ) -> Node:
        first, second = (
            (*((0,) if m else ()), *(k + 1 for k in letters)) for m, letters in zip(many, (one, two), strict=True)
        )
        return self.graph.make("einsum", args, (first, second, (0, *(k + 1 for k in out))), self.axes(node))

    def system(self, node: Node, args: tuple[Node, ...], many: list[bool]) -> Node:
        """What follows from a factorisation, from the matrix itself: NumPy's linear algebra takes many at once."""
        extra = f", vector={node.args[1].order == 1}" if len(args) > 1 else ""
        turned = ", transposed=True" if node.kind == "solve" and node.data else ""
        return self.graph.make("batched", args, (node.kind, extra + turned), self.axes(node))


FACTORS = frozenset({"cholesky", "sym", "lu"})
SYSTEMS = frozenset({"solve", "half_solve", "inverse", "logdet", "det"})
Making = Callable[[_Axis, Node, tuple[Node, ...], list[bool]], Node]

KINDS: Mapping[str, Making] = {
    **dict.fromkeys("mul div add sub neg power nonzero log1p".split(), _Axis.same),
    "apply": _Axis.applied,
    "transpose": _Axis.transpose,
    "expand": _Axis.expand,
    "diagonal": _Axis.diagonal,
    "broadcast": _Axis.broadcast,
    "reshape": _Axis.plain,
    "sum": _Axis.sum,
    "matmul": _Axis.product,
    "vdot": _Axis.dot,
    "einsum": _Axis.einsum,
    "scatter": _Axis.diagonals,
    "add_diagonals": _Axis.diagonals,
    "plus_transpose": _Axis.plus_transpose,
    **dict.fromkeys(("softmax", "logsumexp"), _Axis.normalised),
    **dict.fromkeys(SYSTEMS, _Axis.system),
}
