"""What targets that are source only have in common: the statements of a function, its parameters, and the helper functions that it brings along."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from gradproof.codegen.headers import Task, sizes_header
from gradproof.codegen.plan.build import Sizes, build, nominal
from gradproof.codegen.plan.program import Node, reachable
from gradproof.codegen.targets.emit import Names, Scope, Spelling, body
from gradproof.records import dataclass

SIZE = "{} = size({}, {})"  # how the length of an axis is read, the first being axis 1


@dataclass(frozen=True, slots=True)
class Draft:
    """A function before it is put together: its variables and parameters, the lines that read sizes, the scope with its statements, and what it returns."""

    inputs: Mapping[str, str]  # the name in the source of each variable
    params: Sequence[str]  # variables, functions and sizes, in this order
    opening: Sequence[str]
    scope: Scope
    answers: Sequence[str]

    def helpers(self, table: Mapping[str, str]) -> list[str]:
        """The helper functions that are used, as text."""
        return [table[name].strip("\n") for name in table if name in self.scope.helpers]


class Written(Spelling, Protocol):
    """How such a target writes programs and what they return."""

    def answer(self, node: Node, scope: Scope) -> str:
        """The expression of a result; may add lines."""
        ...


def draft(
    task: Task, sizes: Sizes, spelling: Callable[[Sequence[Node]], Written], taken: Iterable[str], guard: Sequence[str]
) -> Draft:
    """The program of a task, planned for these sizes and written in a spelling; `taken`: names that the source uses itself; `guard`: the lines
    that refuse a negative length.
    """
    sizes = {**nominal(task.results), **sizes}
    roots = build(task.results, sizes)
    names = Names(taken, positional=False)
    used = {node.data for node in reachable(roots) if node.kind == "input"}
    inputs = [n for n in task.symbols if n in used]
    functions = list(dict.fromkeys(node.data for node in reachable(roots) if node.kind == "call"))
    for n in (*inputs, *functions):
        names("function" if n in functions else "input", n)
    writer = spelling(roots)
    scope = body(roots, writer, names, sizes, loops=False)
    answers = [writer.answer(node, scope) for node in roots]
    inputs, dims, opening = sizes_header(task, inputs, scope, SIZE, 1, guard)
    variables = {n: names("input", n) for n in inputs}
    params = [*variables.values(), *(names("function", n) for n in functions), *(names("dim", n) for n in dims)]
    return Draft(variables, params, opening, scope, answers)
