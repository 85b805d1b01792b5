"""Many rows: a derivative as a sum over blocks of rows and a function of that sum, for data that does not fit one memory.

    partial(block)      the sums over the rows of a block
    combine(parts)      their sum
    finish(total, …)    what follows from it, once

The plan proves that all results follow from sums over the rows; where they do not, it says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from typing import Any

from gradproof.codegen.blocks import splits
from gradproof.codegen.build import build, nominal
from gradproof.codegen.compiled import Module, Program, Task, module
from gradproof.codegen.program import Graph, Node, reachable
from gradproof.codegen.python_target import PythonSpelling
from gradproof.dims import Dim
from gradproof.errors import DomainError, UnsupportedError
from gradproof.expr import Symbol, symbol
from gradproof.shapes import Shape

ROWS = 4096  # of a block, where the caller does not say


class ByRows:
    """A derivative by row blocks. Called with NumPy arrays it goes through blocks of `rows` rows; with Dask arrays, block by block where they are.

    `names`: what it takes; `data`: those of them that have rows; `source`: both functions; `partial`, `combine`, `finish` for a loop of one's own;
    `stream(blocks, **rest)`: from an iterator of blocks, each a mapping of the data.
    """

    def __init__(self, task: Task, spelling: PythonSpelling):
        sizes = nominal(task.results)
        roots = build(task.results, sizes)
        d, totals = _rows_of(roots)
        names = [f"total{k + 1}" for k in range(len(totals))]
        symbols = {n: _symbol(n, t) for n, t in zip(names, totals, strict=True)}
        finishing = _with_inputs(roots, dict(zip(totals, names, strict=True)))
        first = replace(task, name="partial", doc=(f'"""The sums over the rows of one block; {d} is the number of its rows.',))
        then = replace(task, symbols={**symbols, **{n: s for n, s in task.symbols.items() if d not in s.type.dims}})
        self.rows_dim = d
        self._spelling = spelling
        self._modules = [module(first, sizes, spelling, positional=p, program=Program(tuple(totals))) for p in (True, False)]
        self._tails = [module(then, sizes, spelling, positional=p, program=Program(finishing)) for p in (True, False)]
        self._partial, self._finish = (_loaded(m) for m in (self._modules[0], self._tails[0]))
        self._partial_takes, self._tail_takes = (_takes(m) for m in (self._modules[0], self._tails[0]))
        if any(n.kind == "size" and d.names & n.data.names for n in reachable(totals)):
            raise UnsupportedError(f"by rows: what is summed needs {d}, the number of all rows")
        self.names = tuple(n for n in dict.fromkeys((*self._partial_takes, *self._tail_takes)) if n not in (*names, str(d)))
        self.data = {n: task.symbols[n].type.dims.index(d) for n in self.names if n in task.symbols and d in task.symbols[n].type.dims}
        self._totals = names

    @property
    def source(self) -> str:
        """The code of both functions."""
        parts = dict.fromkeys([*self._modules[1].parts, *self._tails[1].parts])
        imports = dict.fromkeys(line for p in (self._modules[1].parts[0], self._tails[1].parts[0]) for line in p.splitlines())
        rest = [p for p in parts if p not in (self._modules[1].parts[0], self._tails[1].parts[0])]
        return "\n\n\n".join(["\n".join(imports), *rest]) + "\n"

    def partial(self, **block: Any) -> tuple[Any, ...]:
        """The sums over the rows of a block, and how many rows it has. It takes the data of the block and whatever else the sums need."""
        name, axis = next(iter(self.data.items()))
        found = self._partial(*[block[n] for n in self._partial_takes])
        return (*(found if isinstance(found, tuple) else (found,)), block[name].shape[axis])

    def combine(self, parts: Iterable[tuple[Any, ...]]) -> tuple[Any, ...]:
        """The sum of what `partial` gave for several blocks."""
        total: tuple[Any, ...] | None = None
        for p in parts:
            total = p if total is None else tuple(a + b for a, b in zip(total, p, strict=True))
        if total is None:
            raise DomainError("there are no rows")
        return total

    def finish(self, total: tuple[Any, ...], **rest: Any) -> Any:
        """The results from the sums over all rows."""
        known = {**rest, **dict(zip(self._totals, total, strict=False)), str(self.rows_dim): total[-1]}
        return self._finish(*[known[n] for n in self._tail_takes])

    def stream(self, blocks: Iterable[Mapping[str, Any]], **rest: Any) -> Any:
        """The results from an iterator of blocks of rows: only one is in memory at a time."""
        return self.finish(self.combine(self.partial(**rest, **block) for block in blocks), **rest)

    def __call__(self, values: Mapping[str, Any] | None = None, /, rows: int = ROWS, **named: Any) -> Any:
        """The results, for NumPy arrays, or Dask arrays of the data (then a Dask `Delayed` result is computed)."""
        named = {**(values or {}), **named}
        missing = [n for n in self.names if n not in named]
        if missing:
            raise DomainError(f"no value for {missing[0]}", hint=f"give {missing[0]}=…")
        rest = {n: self._spelling.convert(n, named[n]) for n in self.names if n not in self.data}
        if any(hasattr(named[n], "dask") for n in self.data):
            return self._with_dask(named, rest)
        arrays = {n: self._spelling.convert(n, named[n]) for n in self.data}
        return self.stream(_blocks(arrays, self.data, rows), **rest)

    def _with_dask(self, named: Mapping[str, Any], rest: Mapping[str, Any]) -> Any:
        dask, array = import_module("dask"), import_module("dask.array")
        lead = next(n for n in self.data if hasattr(named[n], "dask"))
        chunks = named[lead].chunks[self.data[lead]]
        pieces: dict[str, Sequence[Any]] = {}
        for n, axis in self.data.items():
            whole = named[n] if hasattr(named[n], "dask") else array.from_array(named[n])
            whole = whole.rechunk({k: chunks if k == axis else -1 for k in range(whole.ndim)})
            pieces[n] = whole.to_delayed().reshape(-1)
        parts = [dask.delayed(self._block)({n: p[k] for n, p in pieces.items()}, rest) for k in range(len(chunks))]
        while len(parts) > 1:  # a tree, so that no machine takes in all of them
            parts = [dask.delayed(self.combine)(parts[k : k + 8]) for k in range(0, len(parts), 8)]
        return self.finish(parts[0].compute(), **rest)

    def _block(self, block: Mapping[str, Any], rest: Mapping[str, Any]) -> tuple[Any, ...]:
        return self.partial(**rest, **block)

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in self.__dict__.items() if k not in ("_partial", "_finish")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._partial, self._finish = _loaded(self._modules[0]), _loaded(self._tails[0])


def _rows_of(roots: tuple[Node, ...]) -> tuple[Dim, list[Node]]:
    """The dimension that is summed out, and the sums. Raises UnsupportedError that says why there is none."""
    order = list(reachable(roots))
    reasons: dict[str, None] = {}
    for data in sorted((n for n in order if n.kind == "input" and n.order), key=lambda n: -n.order):
        found = splits(data.axes[0], order, roots)
        if not isinstance(found, str):
            return data.axes[0], found
        reasons[found] = None
    raise UnsupportedError("this cannot be computed by rows: " + "; ".join(reasons or ["there are no arrays"]))


def _with_inputs(roots: tuple[Node, ...], names: Mapping[Node, str]) -> tuple[Node, ...]:
    """The program with some nodes given from outside."""
    graph, new = Graph(), {}
    for node in reachable(roots):
        if node in names:
            new[node] = graph.make("input", (), names[node], node.axes)
        else:
            new[node] = graph.make(node.kind, tuple(new[a] for a in node.args), node.data, node.axes)
    return tuple(new[r] for r in roots)


def _symbol(name: str, node: Node) -> Symbol:
    if node.order > 2:
        raise UnsupportedError("by rows: a sum over the rows with more than two axes is not supported yet")
    return symbol(name, Shape("svm"[node.order], node.axes))


def _loaded(made: Module) -> Any:
    space: dict[str, Any] = {}
    exec(compile(made.text, f"<{made.function}>", "exec"), space)  # noqa: S102  (built from the table and positional names)
    return space[made.function]


def _takes(made: Module) -> tuple[str, ...]:
    return (*made.inputs, *made.functions, *made.dims)


def _blocks(arrays: Mapping[str, Any], axes: Mapping[str, int], rows: int) -> Iterable[dict[str, Any]]:
    """Views of the arrays, so many rows at a time."""
    count = max(a.shape[axes[n]] for n, a in arrays.items())
    for i in range(0, count, rows):
        yield {n: a[(slice(None),) * axes[n] + (slice(i, i + rows),)] for n, a in arrays.items()}
