"""The function around a split: it takes all data, goes through the rows, and is the last part of a source that stands alone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from gradproof.codegen.compiled import Module
from gradproof.codegen.headers import parameters
from gradproof.codegen.rows.split import Split
from gradproof.codegen.targets.emit import Names
from gradproof.records import dataclass


@dataclass(frozen=True)
class Driver:
    """What a split takes, and how its parts are called. `reserved`: names that the source uses itself; `positional`: with names that hold nothing of
    the user's.
    """

    split: Split
    partial: Module
    finish: Module
    reserved: Sequence[str]
    positional: bool = False

    @cached_property
    def takes(self) -> tuple[str, ...]:
        """Variables, functions and the sizes that no array tells, in the order in which they are taken."""
        dims = [n for n in (*self.partial.dims, *self.finish.dims) if n not in (*self.told, self.split.rows)]
        arrays = [n for made in (self.partial, self.finish) for n in made.inputs if n not in self.split.names]
        return tuple(dict.fromkeys((*arrays, *self.partial.functions, *self.finish.functions, *dims)))

    @cached_property
    def data(self) -> dict[str, int]:
        """The variables that have rows, and which axis these are."""
        axes = {n: self.split.axis(n) for n in self.partial.inputs}
        return {n: k for n, k in axes.items() if k is not None}

    @cached_property
    def told(self) -> tuple[str, ...]:
        """The sizes that the last part needs and only the data tell."""
        told = {d.name for n in self.data for d in self.split.task.symbols[n].type.dims}
        return tuple(n for n in self.finish.dims if n in told and n != self.split.rows)

    @cached_property
    def names(self) -> Names:
        """The names in the source."""
        names = Names(("partial", "finish", "total", *self.reserved), self.positional)
        for n in self.takes:
            names(self.role(n), n)
        return names

    def role(self, name: str) -> str:
        """What something is that the function takes, as `Names` calls it."""
        return (
            "input"
            if name in self.split.task.symbols
            else "function"
            if name in (*self.partial.functions, *self.finish.functions)
            else "dim"
        )

    def name(self, n: str) -> str:
        """The name in the source of something that the function takes, or of a size."""
        return self.names(self.role(n), n)

    def cut(self, name: str, rows: str) -> str:
        """These rows of a variable."""
        return f"{self.name(name)}[{', '.join([':'] * self.data[name] + [rows])}]"

    def partial_of(self, rows: str, form: str = "{}") -> str:
        """A call of the first part, for these rows."""
        return f"partial({', '.join(form.format(self.cut(n, rows)) if n in self.data else self.name(n) for n in order(self.partial))})"

    def finished(self) -> str:
        """A call of the last part with the sums in `total`."""
        sums = dict(
            zip(
                self.split.names,
                ["total"] if self.single else [f"total[{k}]" for k in range(len(self.split.names))],
                strict=True,
            )
        )
        return f"finish({', '.join(sums[n] if n in sums else self.name(n) for n in order(self.finish))})"

    @property
    def single(self) -> bool:
        """Whether the first part gives one array, and no tuple."""
        return len(self.split.names) == 1

    def added(self, other: str) -> str:
        """The sums of two lots of rows."""
        return f"total + {other}" if self.single else f"tuple(a + b for a, b in zip(total, {other}))"

    def text(self, last: str, lines: Sequence[str]) -> str:
        """The function, with one more parameter and these statements after the sizes."""
        task = self.split.task
        doc = (
            []
            if self.positional
            else [*task.doc, *parameters(task, [n for n in self.takes if n in task.symbols], self.names), '"""']
        )
        opening = [self._size(n) for n in (self.split.rows, *self.told)]
        head = f"def {task.name}({', '.join([*map(self.name, self.takes), last])}):"
        return "\n".join([head, *("    " + x if x else "" for x in (*doc, *opening, *lines))])

    def _size(self, wanted: str) -> str:
        holder, axis = next(
            (n, k) for n in self.data for k, d in enumerate(self.split.task.symbols[n].type.dims) if d.name == wanted
        )
        return f"{self.name(wanted)} = {self.name(holder)}.shape[{axis}]"


def order(made: Module) -> tuple[str, ...]:
    """What the function of a source takes, in order."""
    return (*made.inputs, *made.functions, *made.dims)


def joined(
    partial: Module, finish: Module, rest: Sequence[str], first: Sequence[str] = (), last: Sequence[str] = ()
) -> str:
    """One source of two, and what comes after them; import lines (with others before and behind) and helper functions once."""
    lines = dict.fromkeys((*first, *partial.parts[0].splitlines(), *finish.parts[0].splitlines(), *last))
    parts = dict.fromkeys((*partial.parts[1:-1], *finish.parts[1:-1], partial.parts[-1], finish.parts[-1], *rest))
    return "\n\n\n".join(["\n".join(lines), *parts]) + "\n"
