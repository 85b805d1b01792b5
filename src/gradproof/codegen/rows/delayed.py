"""Sums over rows on Dask: each block is summed where it is, the sums are added in a tree, and the results follow from the last one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import isnan
from typing import Any

from gradproof.codegen.rows.progress import progress, shown
from gradproof.errors import DomainError, ShapeError
from gradproof.optional import needed
from gradproof.records import dataclass
from gradproof.say import say

FAN = 8  # sums that are added at a time, so that no machine takes in all of them


@dataclass(frozen=True, slots=True)
class Blocks:
    """Blocks of the data, delayed or not, and how many rows each has; None where that is not known before."""

    blocks: Sequence[Any]
    rows: Sequence[int] | None


@dataclass(frozen=True, slots=True)
class DelayedSums:
    """Delayed values: the sums of each block, and the results."""

    parts: Sequence[Any]
    result: Any


def in_dask(values: Iterable[Any]) -> bool:
    """Whether any is a Dask array or delayed, or is a mapping that has one."""
    return any(hasattr(v, "__dask_graph__") or (isinstance(v, Mapping) and in_dask(v.values())) for v in values)


def chunked(named: Mapping[str, Any], axes: Mapping[str, int]) -> Blocks:
    """The blocks of Dask arrays, which other arrays are cut like. Raises ShapeError where their rows cannot be matched."""
    missing = [n for n in axes if n not in named]
    if missing:
        raise DomainError(say("no value for {name}", name=missing[0]), hint=say("give {name}=…", name=missing[0]))
    array = needed("dask.array")
    lead = next((n for n in axes if in_dask([named[n]])), next(iter(axes)))
    whole = {n: named[n] if in_dask([named[n]]) else array.from_array(named[n], chunks=-1) for n in axes}
    rows = whole[lead].chunks[axes[lead]]
    unknown = any(isnan(k) for n, axis in axes.items() for k in whole[n].chunks[axis])
    pieces: dict[str, Sequence[Any]] = {}
    for n, axis in axes.items():
        a = whole[n]
        if not unknown and a.shape[axis] != sum(rows):
            raise ShapeError(
                say("{n} has {rows} rows, and {lead} has {count}", n=n, rows=a.shape[axis], lead=lead, count=sum(rows))
            )
        if unknown and a.numblocks[axis] != len(rows):
            raise ShapeError(
                say("the numbers of rows are not known, and {n} is not in as many blocks as {lead}", n=n, lead=lead),
                hint=say("compute_chunk_sizes() of Dask finds them"),
            )
        a = a.rechunk({k: rows if k == axis else -1 for k in range(a.ndim) if k != axis or not unknown})
        pieces[n] = a.to_delayed().reshape(-1)
    return Blocks([{n: p[k] for n, p in pieces.items()} for k in range(len(rows))], None if unknown else rows)


def graph(f: Any, given: Blocks, rest: Mapping[str, Any]) -> DelayedSums:
    """The graph of a derivative by rows. Raises DomainError where there are no blocks."""
    if not given.blocks:
        raise DomainError(say("there are no rows"))
    delayed = needed("dask").delayed
    tool, others = delayed(f, pure=True, traverse=False), delayed(dict(rest))
    parts = [delayed(_part)(tool, block, others) for block in given.blocks]
    level = parts
    while len(level) > 1:
        level = [delayed(_added)(tool, level[k : k + FAN]) for k in range(0, len(level), FAN)]
    return DelayedSums(parts, delayed(_finished)(tool, level[0], others))


def computed(whole: DelayedSums, given: Blocks, wanted: bool | None) -> Any:
    """The results. `wanted`: whether a progress bar is shown; None: where there is a terminal."""
    if not shown(wanted):
        return whole.result.compute()
    counts = {part.key: n for part, n in zip(whole.parts, given.rows or [1] * len(whole.parts), strict=True)}
    with progress("blocks" if given.rows is None else "rows", sum(counts.values()), wanted) as done:
        client: Any = getattr(needed("dask.base").get_scheduler(), "__self__", None)
        if not hasattr(client, "compute"):  # threads or processes of this machine
            callback = needed("dask.callbacks").Callback
            with callback(posttask=lambda key, *_: done(counts.get(key, 0))):
                return whole.result.compute()
        *parts, result = client.compute([*whole.parts, whole.result])
        waiting = needed("distributed").as_completed(parts)
        del parts  # what is added already need not be kept
        for future in waiting:
            done(counts[future.key])
        return result.result()


def _part(f: Any, block: Mapping[str, Any], rest: Mapping[str, Any]) -> Any:
    """The sums of a block, in pieces, so that what is computed on the way stays small."""
    return f.combine(f.partial({**rest, **piece}) for piece in f.pieces(block))


def _added(f: Any, parts: Sequence[Any]) -> Any:
    return f.combine(parts)


def _finished(f: Any, total: Any, rest: Mapping[str, Any]) -> Any:
    return f.finish(total, rest)
