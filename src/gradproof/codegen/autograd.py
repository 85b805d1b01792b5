"""The value of a formula as a function through which a framework differentiates by gradproof's closed forms.

Value and derivatives are one program. What the value computes anyway is kept for the derivatives (`Program.kept`); the rest of them is computed when
they are asked for. How a framework is told of a derivative is its target's: `Form.write`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol

from gradproof.codegen.compiled import Compiled, Module, executed
from gradproof.codegen.directional import along, pulled_back, unused
from gradproof.codegen.headers import Task, parameters, sizes_header
from gradproof.codegen.plan.blocks import uses_in
from gradproof.codegen.plan.build import Result, borrowed, build
from gradproof.codegen.plan.program import VIEWS, Node, reachable
from gradproof.codegen.targets.emit import ATOM, Names, Scope, Text, statement
from gradproof.codegen.targets.python_target import PythonSpelling
from gradproof.engine.lower import Value, lower
from gradproof.engine.tensor import Tensor
from gradproof.errors import UnsupportedError
from gradproof.facts import sense
from gradproof.lift.index import IndexForm
from gradproof.lift.input_order import reading_order
from gradproof.lift.layouts import Axes, closed_form
from gradproof.lift.lifter import Lifter
from gradproof.records import dataclass
from gradproof.say import say
from gradproof.shapes.dims import Dim, Sizes

FREE = VIEWS | {"reshape"}  # what is made again rather than kept


class Framework(Protocol):
    """How a framework is told of a derivative."""

    forward: bool  # whether it is asked for how the value changes, rather than for gradients
    incoming: str  # what the derivative of the value, or of a variable ({}), is called
    taken: tuple[str, ...]  # names that the source uses itself
    unkept: frozenset[str]  # kinds of nodes that cannot be kept

    def write(self, p: PlannedPullback) -> tuple[str, set[str]]:
        """The source of the function, and the helper functions that it needs."""
        ...


@dataclass(frozen=True, slots=True)
class Differentiation(Task):
    """The value, then a gradient for each variable of `by`, or how the value changes. `incoming`: the derivatives that come in, by variable, or under "".

    `refused`: why there is no derivative by the other variables; `axes`: those of what comes in for the value, where it has others than the value.
    """

    by: tuple[str, ...]
    refused: Mapping[str, str]
    incoming: Mapping[str, str]
    axes: tuple[Dim, ...] | None


def task(d: Any, form: Framework, name: str = "formula") -> Differentiation:
    """The value of the formula of a derivative and the derivatives by all its variables, for a framework.

    Raises UnsupportedError for declared functions.
    """
    if d.functions:
        raise UnsupportedError(
            say("differentiation by a framework of a formula with declared functions is not supported yet"),
            hint=say("leave out autograd"),
        )
    found = set(d.expression.variables)
    symbols = {n: s for n, s in d.symbols.items() if s in found}
    value = lower(d.expression)
    tensors: dict[str, Tensor] = {}
    refused = {n: f"{n} is declared integer" for n, s in symbols.items() if sense(s.facts).whole}
    incoming = {n: unused(form.incoming.format(n), d) for n in (symbols if form.forward else ("",))}
    for n, s in symbols.items():
        try:
            if n not in refused:
                tensors[n] = (
                    along(d.expression, [s], incoming) if form.forward else pulled_back(d.expression, s, incoming[""])
                )
        except UnsupportedError as error:
            refused[n] = error.message
    by = tuple(tensors)
    if form.forward:
        derivatives = [
            Result(along(d.expression, [symbols[n] for n in by], incoming), Axes((), value.kind, value.groups), "mixed")
        ]
    else:
        derivatives = [Result(t, None, "denominator") for t in tensors.values()]
    whole = Result(value.tensor, Axes((), value.kind, value.groups), "mixed")
    axes = value.tensor.axes if sum(value.groups) != len(value.groups) else None
    doc = _doc(d, value, tensors, incoming, form)
    results = (whole, *derivatives)
    return Differentiation(name, doc, results, symbols, {}, by, refused, incoming, axes, lengths=d.lengths)


def _doc(
    d: Any, value: Value, tensors: Mapping[str, Tensor], incoming: Mapping[str, str], form: Framework
) -> tuple[str, ...]:
    """The docstring, without its end: the formula, and the closed form of each derivative."""
    lifter = Lifter({n: k for k, n in enumerate((*reading_order(d.expression), *incoming.values()))})
    said = "how it changes" if form.forward else f"gradients, {incoming['']} being that by the formula itself"
    lines = [f'"""{d.expression.ascii}', "", f"{said}:", ""]
    for n, t in tensors.items():
        axes = Axes((), value.kind, value.groups) if form.forward else Axes((), "svm"[t.order], (1,) * t.order)
        e = closed_form(t, axes, "mixed", lifter)
        e = lifter.style.transpose(e) if form.forward and value.kind == "r" and not isinstance(e, IndexForm) else e
        lines.append(f"    along {incoming[n]}: {e.ascii}" if form.forward else f"    by {n}: {e.ascii}")
    return tuple(line.replace("\\", "\\\\") for line in lines)


class PlannedPullback:
    """The program of a differentiation, planned for these sizes, and the means to write it."""

    def __init__(
        self, task: Differentiation, sizes: Sizes, spelling: PythonSpelling, form: Framework, positional: bool
    ):
        self.task, self.sizes, self.spelling, self.form, self.positional = task, sizes, spelling, form, positional
        self.names = Names(
            (*spelling.reserved, *spelling.helpers, *form.taken, task.name, task.name.capitalize()), positional
        )
        self.inputs = {n: self.names("input", n) for n in task.symbols}
        self.incoming = {n: self.names("input", v) for n, v in task.incoming.items()}
        self.value, *self.derivatives = build(task.results, sizes)
        computed = set(reachable([self.value]))
        self.kept = () if form.forward else tuple(self._frontier(computed))

    def _frontier(self, computed: set[Node]) -> Iterator[Node]:
        """What the value computes and a derivative needs: arrays, and neither the variables nor views of them."""
        found: dict[Node, None] = {}

        def needed(node: Node) -> bool:
            keeps = (
                node in computed
                and node.kind not in FREE | self.form.unkept
                and any(n.kind == "input" for n in reachable([node]))
            )
            if keeps:
                found[node] = None
            return not keeps

        _below(self.derivatives, needed)
        return iter(sorted(found, key=lambda n: n.rank))

    def scope(self, roots: Sequence[Node], given: Scope | None = None) -> Scope:
        """The means to write these; `given`: where the arrays that are kept were computed."""
        order = self.order(roots, given)
        extra = Counter(roots) + (Counter(self.kept) if given is None else Counter())  # what is kept needs a name
        texts = {n: Text(given.of(n)) for n in self.kept} if given else {}
        return Scope(self.names, self.sizes, uses_in(order) + extra, texts, count=given.count if given else 0)

    def order(self, roots: Sequence[Node], given: Scope | None = None) -> list[Node]:
        """The nodes that these need, arguments first, down to those that are kept."""
        return _below(roots, lambda node: given is None or node not in self.kept)

    def statements(self, roots: Sequence[Node], given: Scope | None = None) -> Scope:
        """The lines that compute these."""
        scope = self.scope(roots, given)
        for node in self.order(roots, given):
            statement(node, self.spelling, scope, node in roots)
        return scope

    def answer(self, node: Node, scope: Scope, own: bool = False) -> str:
        """The text of a result, as an array; `own`: which shares no memory with the variables, or with what is kept."""
        if not node.order and not any(n.kind == "input" for n in reachable([node])):
            scope.wants_dtype = True
            return self.spelling.word("scalar", scope.of(node))
        if own and (borrowed(node) or node.kind in FREE):
            return self.spelling.copied(scope.of(node, ATOM))
        return scope.of(node)

    def opening(self, scope: Scope, inputs: Iterable[str], like: str) -> tuple[list[str], list[str]]:
        """The variables that a body reads, with those added that tell a size, and its first lines. `like`: an array of the dtype."""
        regrouped = []
        if self.task.axes is not None and "" in self.incoming and like == self.incoming[""]:
            regrouped = [f"{like} = {self.spelling.word('reshape', like, ', '.join(map(scope.dim, self.task.axes)))}"]
        found, unknown, lines = sizes_header(self.task, list(inputs), scope)
        if unknown:
            raise UnsupportedError(
                say(
                    "differentiation by a framework, where no array tells the size {name}, is not supported yet",
                    name=unknown[0],
                ),
                hint=say("leave out autograd, and give the size by its name"),
            )
        dtype = [self.spelling.kind_line([like])] if scope.wants_dtype else []
        return found, [*dtype, *lines, *regrouped]

    def used(self, nodes: Iterable[Node]) -> list[str]:
        """The variables among these nodes."""
        read = {node.data for node in nodes if node.kind == "input"}
        return [n for n in self.task.symbols if n in read]

    def sections(self, given: Scope) -> list[tuple[tuple[str, ...], list[Node]]]:
        """The nodes of the gradients by the variables that need them; what more of them need comes first."""
        needs: dict[Node, list[str]] = {}
        for n, root in zip(self.task.by, self.derivatives, strict=True):
            for node in self.order([root], given):
                needs.setdefault(node, []).append(n)
        found: dict[tuple[str, ...], list[Node]] = {}
        for node in sorted(needs, key=lambda n: n.rank):
            found.setdefault(tuple(needs[node]), []).append(node)
        found.update({(n,): [] for n in self.task.by if (n,) not in found})
        return sorted(found.items(), key=lambda item: (-len(item[0]), [self.task.by.index(n) for n in item[0]]))

    @property
    def described(self) -> list[str]:
        """The end of the docstring: what the arguments are."""
        why = [f"    by {n}: none, as {reason}" for n, reason in self.task.refused.items()]
        return [*why, *parameters(self.task, list(self.inputs), self.names), '"""']


def _below(roots: Iterable[Node], opens: Callable[[Node], bool]) -> list[Node]:
    """The nodes that these need, in order; one that does not open is left out, with what it alone needs."""
    seen: set[Node] = set()
    found, stack = [], list(roots)
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            if opens(node):
                found.append(node)
                stack += node.args
    return sorted(found, key=lambda n: n.rank)


def indented(lines: Iterable[str], depth: int = 1) -> str:
    """Lines of a body as text."""
    return "\n".join(("    " * depth + line) if line else "" for line in lines)


class Differentiable(Compiled):
    """The value of a formula as a function of arrays, by name or in a mapping; PyTorch or JAX differentiate it by gradproof's closed forms.

    Every variable has its derivative, with all its entries free; asking for one that there is not raises NotImplementedError. A second derivative by a
    variable declared symmetric, or with another such fact, is right for changes that keep the fact. `function` is the plain function of `source`, with
    the variables in the order of `names`, for torch.compile, jax.jit and the like.
    """

    task: Differentiation

    def __init__(self, task: Differentiation, spelling: PythonSpelling, form: Framework, check: bool = True):
        self._form = form
        super().__init__(task, spelling, check)

    def __reduce__(self) -> tuple[Any, ...]:
        return Differentiable, (self.task, self._spelling, self._form, self._check)

    def _module(self, sizes: Sizes, positional: bool = False) -> Module:
        p = PlannedPullback(self.task, sizes, self._spelling, self._form, positional)
        text, helpers = self._form.write(p)
        return Module(
            (*self._spelling.preamble(helpers, text), text), self.task.name, p.inputs, tuple(p.inputs), (), ()
        )

    @cached_property
    def function(self) -> Callable[..., Any]:
        """The function of `source`: of arrays, in the order of `names`."""
        return executed(self._module(self._nominal))

    def _narrowed(self, run: Callable[..., Any], args: Sequence[Any], known: Mapping[str, Any]) -> Callable[..., Any]:
        return run  # a scalar made a plain number would have no gradient
