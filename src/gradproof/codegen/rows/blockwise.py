"""Many rows: a derivative as a sum over blocks of rows and a function of that sum, for data that does not fit one memory.

    partial(block)      the sums over the rows of a block
    combine(parts)      their sum
    finish(total, …)    what follows from it, once

The split proves that all results follow from sums over the rows; where they do not, it says why.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import prod
from typing import Any

from gradproof.codegen.compiled import executed, held_in
from gradproof.codegen.headers import Task
from gradproof.codegen.rows import delayed
from gradproof.codegen.rows.driver import Driver, joined, order
from gradproof.codegen.rows.progress import progress
from gradproof.codegen.rows.split import split
from gradproof.codegen.targets.python_target import PythonSpelling
from gradproof.errors import DomainError, ShapeError
from gradproof.numeric.given import bind_sizes
from gradproof.say import listed, say

BYTES = 1 << 24  # of the data, in one block, where the caller does not say
LEAST = 64  # rows of a block

Part = tuple[Any, ...]  # the sums, the sizes that only the data tell, the number of rows


class ByRows:
    """A derivative by blocks of rows.

    `names`: what it takes; `data`: those that have rows, and which axis these are; `source`: the code; `partial`, `combine`, `finish` for a loop of
    one's own; `stream`: from an iterator of blocks; `delayed`: as a part of a Dask graph. Raises UnsupportedError that says why there are no such sums.
    """

    def __init__(self, task: Task, spelling: PythonSpelling, check: bool = True):
        self.task, self._spelling, self._check = task, spelling, check
        self._split = split(task)
        self._driver = Driver(self._split, *self._split.modules(spelling, {}, positional=True), ())
        self.names, self.data = self._driver.takes, self._driver.data
        self.rows_dim = self._split.dim
        self._partial_takes, self._finish_takes = order(self._driver.partial), order(self._driver.finish)
        sums = self._split.finish.symbols
        self._partial_symbols = [task.symbols[n] for n in self._driver.partial.inputs]
        self._finish_symbols = [sums[n] for n in self._driver.finish.inputs]
        self._plans: dict[tuple, tuple[Callable[[Mapping[str, Any]], Any], ...]] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return ByRows, (self.task, self._spelling, self._check)

    @property
    def source(self) -> str:
        """The code: both parts, and a function that goes through all rows."""
        partial, finish = self._split.modules(self._spelling, {}, positional=False)
        driver = Driver(self._split, partial, finish, ("rows", "part", "i"))
        m = driver.name(self._split.rows)
        lines = [
            "total = None",
            f"for i in range(0, {m}, rows):",
            f"    part = {driver.partial_of('i : i + rows')}",
            f"    total = part if total is None else {driver.added('part')}",
            f"return {driver.finished()}",
        ]
        return joined(partial, finish, [driver.text("rows=4096", lines)])

    # -- the parts

    def partial(self, values: Mapping[str, Any] | None = None, /, **named: Any) -> Part:
        """The sums over the rows of a block, and how many rows it has. It takes the data of the block and whatever else the sums need.

        Raises ShapeError, DomainError for arrays that do not fit.
        """
        known = self._converted({**(values or {}), **named}, self._partial_takes)
        sizes = bind_sizes(self._partial_symbols, known)
        found = self._plan(sizes)[0]({**known, **sizes})
        return (
            *(found if isinstance(found, tuple) else (found,)),
            *(sizes[n] for n in self._driver.told),
            sizes[self._split.rows],
        )

    def combine(self, parts: Iterable[Part]) -> Part:
        """The sum of what `partial` gave for several blocks. Raises DomainError where there are none, ShapeError where blocks do not fit together."""
        total: Part | None = None
        at = len(self._split.names)
        for p in parts:
            if total is None:
                total = p
                continue
            if total[at:-1] != p[at:-1] or any(
                getattr(a, "shape", ()) != getattr(b, "shape", ()) for a, b in zip(total, p, strict=True)
            ):
                raise ShapeError(say("the blocks have different numbers of columns"))
            total = (*(a + b for a, b in zip(total[:at], p[:at], strict=True)), *p[at:-1], total[-1] + p[-1])
        if total is None:
            raise DomainError(say("there are no rows"))
        return total

    def finish(self, total: Part, values: Mapping[str, Any] | None = None, /, **named: Any) -> Any:
        """The results from the sums over all rows. Raises ShapeError, DomainError for arrays that do not fit."""
        given = {
            **(values or {}),
            **named,
            **dict(zip((*self._split.names, *self._driver.told, self._split.rows), total, strict=True)),
        }
        known = self._converted(given, self._finish_takes)
        sizes = bind_sizes(self._finish_symbols, known)
        return self._plan(sizes)[1]({**known, **sizes})

    def pieces(self, block: Mapping[str, Any], rows: int | None = None) -> Iterator[dict[str, Any]]:
        """Views of the data, so many rows at a time (None: as many as fit 16 MB). Pages of a memory-mapped file are given back when the next are wanted."""
        count = {n: int(block[n].shape[axis]) for n, axis in self.data.items()}
        total = max(count.values())
        if min(count.values()) < total:
            raise ShapeError(
                say(
                    "the data have different numbers of rows: {known}",
                    known=listed((f"{n} {k:,}" for n, k in count.items())),
                )
            )
        rows = rows or _fitting(block, self.data)
        mapped = [release for n in self.data if (release := _mapping(block[n])) is not None]
        for i in range(0, total, rows) if total else (0,):
            yield {n: block[n][(slice(None),) * axis + (slice(i, i + rows),)] for n, axis in self.data.items()}
            for release in mapped:
                release()

    # -- all rows

    def stream(
        self,
        blocks: Iterable[Any],
        values: Mapping[str, Any] | None = None,
        /,
        progress: bool | None = None,
        **rest: Any,
    ) -> Any:
        """The results from an iterator of blocks of rows, each a mapping of the data: only one is in memory at a time. `dask.delayed` blocks are
        computed where Dask computes them.

        `progress`: whether a bar is shown on standard error; None: where that is a terminal.
        """
        rest = {**(values or {}), **rest}
        if isinstance(blocks, Sequence) and delayed.in_dask(blocks):
            return self._with_dask(delayed.Blocks(blocks, None), rest, progress)
        return self._total(blocks, rest, len(blocks) if isinstance(blocks, Sequence) else None, "blocks", progress)

    def delayed(self, blocks: Any, values: Mapping[str, Any] | None = None, /, **rest: Any) -> Any:
        """The results as a `dask.delayed` value that is not computed yet: from a mapping of Dask arrays, or from a list of blocks, each a mapping of the
        data or a delayed one.
        """
        given = delayed.chunked(blocks, self.data) if isinstance(blocks, Mapping) else delayed.Blocks(blocks, None)
        return delayed.graph(self, given, {**(values or {}), **rest}).result

    def __call__(
        self,
        values: Mapping[str, Any] | None = None,
        /,
        rows: int | None = None,
        progress: bool | None = None,
        **named: Any,
    ) -> Any:
        """The results for arrays, or whatever has a shape and can be sliced, `rows` rows at a time (None: as many as fit 16 MB); for Dask arrays block
        by block, where they are. `progress`: as for `stream`.

        Raises ShapeError, DomainError for arrays that do not fit.
        """
        named = {**(values or {}), **named}
        self._check_names(named)
        rest = {n: v for n, v in named.items() if n not in self.data}
        if delayed.in_dask(named[n] for n in self.data):
            return self._with_dask(delayed.chunked(named, self.data), rest, progress)
        data = {n: named[n] if hasattr(named[n], "shape") else self._spelling.convert(n, named[n]) for n in self.data}
        bind_sizes([s for s in self._partial_symbols if s.name in data], data)
        count = data[next(iter(data))].shape[next(iter(self.data.values()))]
        return self._total(self.pieces(data, rows), rest, int(count), "rows", progress)

    def _total(
        self,
        blocks: Iterable[Mapping[str, Any]],
        rest: Mapping[str, Any],
        count: int | None,
        what: str,
        wanted: bool | None,
    ) -> Any:
        with progress(what, count, wanted) as done:

            def parts() -> Iterator[Part]:
                for block in blocks:
                    part = self.partial({**rest, **block})
                    done(part[-1] if what == "rows" else 1)
                    yield part

            total = self.combine(parts())
        return self.finish(total, rest)

    def _with_dask(self, blocks: delayed.Blocks, rest: Mapping[str, Any], wanted: bool | None) -> Any:
        return delayed.computed(delayed.graph(self, blocks, rest), blocks, wanted)

    # -- what is given

    def _check_names(self, named: Mapping[str, Any]) -> None:
        known = {*self.names, *self.task.symbols, *self.task.functions, *self._split.sizes}
        for n in named:
            if n not in known:
                raise DomainError(
                    say("there is no {n} here", n=n), hint=say("it takes {names}", names=listed(self.names))
                )
        for n in self.names:
            if n not in named:
                raise DomainError(say("no value for {n}", n=n), hint=say("give {n}=…", n=n))

    def _converted(self, named: Mapping[str, Any], takes: Sequence[str]) -> dict[str, Any]:
        """The values that are taken, ready to compute with: numbers as plain ones, arrays of one precision."""
        known: dict[str, Any] = {}
        for n in takes:
            if n not in named:
                if n in self.names:
                    raise DomainError(say("no value for {n}", n=n), hint=say("give {n}=…", n=n))
                continue
            if self._driver.role(n) == "input" or n in self._split.names:
                value = self._spelling.convert(n, named[n])
                known[n] = value if getattr(value, "shape", ()) or not hasattr(value, "item") else value.item()
            else:
                known[n] = named[n]
        if self._check:
            held_in(self.task.symbols.values(), known, self._spelling)
        arrays = [n for n in known if getattr(known[n], "shape", ())]
        for k, change in self._spelling.unified(dict(enumerate(known[n] for n in arrays))).items():
            known[arrays[k]] = change(known[arrays[k]])
        return known

    def _plan(self, sizes: Mapping[str, int]) -> tuple[Callable[[Mapping[str, Any]], Any], ...]:
        """Both parts, planned for these sizes; blocks that differ in the number of rows alone share a plan."""
        key = tuple(sorted((n, k) for n, k in sizes.items() if n != self._split.rows))
        if key not in self._plans:
            self._plans[key] = tuple(_by_name(m) for m in self._split.modules(self._spelling, sizes, positional=True))
        return self._plans[key]


def _by_name(made: Any) -> Callable[[Mapping[str, Any]], Any]:
    run, takes = executed(made), order(made)
    return lambda values: run(*[values[n] for n in takes])


def _fitting(block: Mapping[str, Any], axes: Mapping[str, int]) -> int:
    """How many rows fit into a block."""
    width = sum(prod(n for k, n in enumerate(block[name].shape) if k != axis) for name, axis in axes.items())
    return max(LEAST, BYTES // (8 * max(width, 1)))


def _mapping(array: Any) -> Callable[[], None] | None:
    """How the pages of a memory-mapped array are given back; None where it is none, or has changes that only its pages hold."""
    inner = array
    while inner is not None and not isinstance(inner, mmap.mmap):
        inner = getattr(inner, "base", None)
    if inner is None or getattr(array, "mode", "c") == "c" or not hasattr(mmap, "MADV_DONTNEED"):
        return None
    return lambda: inner.madvise(mmap.MADV_DONTNEED)
