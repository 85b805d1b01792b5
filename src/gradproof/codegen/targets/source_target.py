"""What targets that are source only have in common: the statements of a function, its parameters, and the helper functions that it brings along."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from gradproof.codegen.headers import Task, sizes_header
from gradproof.codegen.plan.build import build, nominal
from gradproof.codegen.plan.program import Node, reachable
from gradproof.codegen.targets.emit import Names, Scope, Spelling, body
from gradproof.errors import UnsupportedError
from gradproof.ops import Operation
from gradproof.ops.operation import Elementwise
from gradproof.ops.values import LETTERS
from gradproof.records import dataclass
from gradproof.say import say
from gradproof.shapes.dims import Sizes


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceWords:
    """How such a target writes what is one call: templates with {0}, {1}; @ is a dot where the arguments are arrays. Every word is required.

    name        the field of `Code` in which the table of operations has words for it
    own         functions of the table in words of its own, in x and a
    helpers     functions that a source may bring along, by name
    taken       further names that a source uses itself
    guard       the lines that refuse a negative length
    """

    name: str
    own: Mapping[Operation, str]
    helpers: Mapping[str, str]
    taken: tuple[str, ...]
    guard: tuple[str, ...]
    sqrt: str
    log1p: str
    nonzero: str
    power: str
    reciprocal: str  # 1 over what is written
    vdot: str
    cholesky: str
    inverse: str
    logdet: str
    det: str
    softmax: str  # the helper's name
    logsumexp: str

    def function(self, op: Operation, count: int) -> str:
        """A function of the table in this target's words, of so many arguments. Raises UnsupportedError where it has none."""
        form = self.own.get(op) or getattr(op.code, self.name, None)
        if not form or (count > 1 and not re.search(rf"(?<![\w.]){LETTERS[count - 1]}(?!\w)", form)):
            raise UnsupportedError(say("{op} is not there in code for {target}", op=op.name, target=self.name))
        return form

    def applied(self, node: Node) -> str:
        """The function of a node. Raises UnsupportedError for those of whole matrices on stacks of them, such as derivatives along all directions at once."""
        op: Operation = node.data
        form = self.function(op, len(node.args))
        if node.order > 2 and not isinstance(op.meaning, Elementwise):
            text = say("{op} of stacks of matrices is not supported in code for {target}", op=op.name, target=self.name)
            raise UnsupportedError(text)
        return form


SIZE = "{} = size({}, {})"  # how the length of an axis is read, the first being axis 1


@dataclass(frozen=True, slots=True)
class Draft:
    """A function before it is put together: its variables and parameters, the lines that read sizes, the scope with its statements, and what it returns."""

    words: SourceWords
    inputs: Mapping[str, str]  # the name in the source of each variable
    params: Sequence[str]  # variables, functions and sizes, in this order
    opening: Sequence[str]
    scope: Scope
    answers: Sequence[str]

    @property
    def helpers(self) -> list[str]:
        """The helper functions that are used, as text."""
        return [text.strip("\n") for name, text in self.words.helpers.items() if name in self.scope.helpers]


class Written(Spelling, Protocol):
    """How such a target writes programs and what they return."""

    def answer(self, node: Node, scope: Scope) -> str:
        """The expression of a result; may add lines."""
        ...


def draft(
    task: Task,
    sizes: Sizes,
    spelling: Callable[[Sequence[Node]], Written],
    words: SourceWords,
    taken: Iterable[str] = (),
) -> Draft:
    """The program of a task, planned for these sizes and written in a spelling; `taken`: names that the source uses, beside those of its words."""
    sizes = {**nominal(task.results), **sizes}
    roots = build(task.results, sizes)
    names = Names((*words.taken, *words.helpers, *taken), positional=False)
    used = {node.data for node in reachable(roots) if node.kind == "input"}
    inputs = [n for n in task.symbols if n in used]
    functions = list(dict.fromkeys(node.data for node in reachable(roots) if node.kind == "call"))
    for n in (*inputs, *functions):
        names("function" if n in functions else "input", n)
    writer = spelling(roots)
    scope = body(roots, writer, names, sizes, loops=False)
    answers = [writer.answer(node, scope) for node in roots]
    inputs, dims, opening = sizes_header(task, inputs, scope, SIZE, 1, words.guard)
    variables = {n: names("input", n) for n in inputs}
    params = [*variables.values(), *(names("function", n) for n in functions), *(names("dim", n) for n in dims)]
    return Draft(words, variables, params, opening, scope, answers)
