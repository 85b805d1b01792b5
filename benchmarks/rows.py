"""A million rows with less memory than they take: gradient and Hessian of a logistic loss, by rows.

    python benchmarks/rows.py [--rows 1000000] [--columns 50] [--limit 0.5]

The data are written to a file block by block. Then each way runs in a process of its own: in memory at once; by rows over the memory-mapped file with a hard
limit on the memory of the process (`--limit`, relative to the data); by rows on Dask workers with that limit each, from random blocks that exist nowhere as
a whole (the times are with making them), and from delayed blocks of the file. Prints peak memory relative to the data, and times relative to NumPy at once.
Nothing is asserted: times belong to a machine. Needs Linux, which tells how much memory a process takes.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

import gradproof as gp

FORMULA, WHERE = "sum(log(1 + exp(-y.*(X*w)))) + lam*norm2(w)^2", {"lam": "scalar"}
PART = 20_000  # rows that are written, or computed on Dask, at a time
ORDERS = {"gradient": "w", "Hessian": ["w", "w"]}
WAYS = {
    "numpy": "NumPy at once",
    "limited": "NumPy at once, limited",
    "rows": "rows, mapped file, limited",
    "dask": "rows, Dask arrays, limited",
    "delayed": "rows, delayed blocks, limited",
}


def main() -> None:
    """Run every way."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=50)
    parser.add_argument(
        "--limit",
        type=float,
        default=0.5,
        help="of the size of the data; what Python and its libraries take comes on top",
    )
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.way:
        print(json.dumps(WORKERS[args.way](args)))
        return
    size = 8 * args.rows * (args.columns + 1)
    print(
        f"{args.rows:,} rows, {args.columns} columns: {size / 1e6:,.0f} MB; limit {args.limit * size / 1e6:,.0f} MB besides Python and its libraries"
    )
    with tempfile.TemporaryDirectory() as name:
        _write(Path(name), args.rows, args.columns)
        _report({way: _process(way, Path(name), args) for way in WAYS}, size)


def _write(folder: Path, rows: int, columns: int) -> None:
    with open(folder / "X", "wb") as data, open(folder / "y", "wb") as labels:
        for k in range(0, rows, PART):
            X, y = _random(k, min(PART, rows - k), columns)
            data.write(X.tobytes())
            labels.write(y.tobytes())


def _random(seed: int, rows: int, columns: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(rows, columns)), np.sign(rng.normal(size=rows))


def _process(way: str, folder: Path, args: argparse.Namespace) -> dict[str, Any]:
    """What a way reports, run in a process of its own; its progress is seen."""
    given = ["--rows", str(args.rows), "--columns", str(args.columns), "--limit", str(args.limit)]
    run = subprocess.run(
        [sys.executable, __file__, *given, "--way", way, "--folder", str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    return json.loads(run.stdout) if run.returncode == 0 else {"failed": True}


def _report(found: Mapping[str, dict[str, Any]], size: int) -> None:
    base = found["numpy"]
    print(f"\n{'':32}{'peak, of the data':>18}{'gradient':>16}{'Hessian':>16}   the same numbers")
    for way, r in found.items():
        if r.get("failed"):
            print(f"{WAYS[way]:32}   not installed, or it did not run")
        elif r.get("memory"):
            print(f"{WAYS[way]:32}   {r['memory']}")
        else:
            times = "".join(f"{r[o]:7.2f} s {r[o] / base[o]:5.2f}x" for o in ORDERS)
            same = all(np.allclose(r["numbers"][o], base["numbers"][o], rtol=1e-9, atol=1e-9) for o in ORDERS)
            print(f"{WAYS[way]:32}{100 * r['peak'] / size:17.0f}%{times}   {'yes' if same else 'NO'}")


# -- the ways, each in its own process


def _functions(target: str) -> dict[str, Any]:
    return {o: gp.derive(FORMULA, wrt=wrt, where=WHERE).compile(target) for o, wrt in ORDERS.items()}


def _mapped(args: argparse.Namespace) -> dict[str, np.ndarray]:
    return {
        "X": np.memmap(args.folder / "X", dtype=float, mode="r", shape=(args.rows, args.columns)),
        "y": np.memmap(args.folder / "y", dtype=float, mode="r", shape=(args.rows,)),
    }


def _rest(args: argparse.Namespace) -> dict[str, Any]:
    return {"w": np.random.default_rng(1).normal(size=args.columns) / 10, "lam": 0.1}


def _timed(run: Callable[[str], Any], repeat: int = 1) -> dict[str, Any]:
    """The shortest times, and the numbers, of the gradient and the Hessian."""
    found: dict[str, Any] = {"numbers": {}}
    for o in ORDERS:
        times = []
        for _ in range(repeat):
            start = time.perf_counter()
            found["numbers"][o] = np.asarray(run(o)).tolist()
            times.append(time.perf_counter() - start)
        found[o] = min(times)
    return found


def _limit(args: argparse.Namespace) -> None:
    """Allocations of this process, beyond what it has now, stay below the limit: more is a MemoryError."""
    now = _memory("VmData")
    most = now + int(args.limit * 8 * args.rows * (args.columns + 1))
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def _memory(field: str) -> int:
    """What the kernel says of this process, in bytes."""
    line = next(x for x in Path("/proc/self/status").read_text().splitlines() if x.startswith(field + ":"))
    return 1024 * int(line.split()[1])


def _with_peak(run: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What a run reports, with the most resident memory of this process beyond what it had before."""
    Path("/proc/self/clear_refs").write_text("5")
    before = _memory("VmRSS")
    found = run()
    return {**found, "peak": _memory("VmHWM") - before}


def _numpy(args: argparse.Namespace) -> dict[str, Any]:
    functions = _functions("numpy")

    def run() -> dict[str, Any]:
        values = {**{n: np.array(a) for n, a in _mapped(args).items()}, **_rest(args)}
        return _timed(lambda o: functions[o](values), 3)

    return _with_peak(run)


def _limited(args: argparse.Namespace) -> dict[str, Any]:
    _limit(args)
    try:
        _numpy(args)
    except MemoryError:
        return {"memory": "does not fit: MemoryError"}
    return {"memory": "fits after all: lower --limit"}


def _rows(args: argparse.Namespace) -> dict[str, Any]:
    functions, values = _functions("rows"), {**_mapped(args), **_rest(args)}
    functions["gradient"]({**values, "X": values["X"][:1], "y": values["y"][:1]})
    _limit(args)
    return _with_peak(lambda: _timed(lambda o: functions[o](values, progress=True), 3))


def _dask(args: argparse.Namespace) -> dict[str, Any]:
    import dask.array as da
    from dask import delayed

    parts = [delayed(_random, pure=True)(k, min(PART, args.rows - k), args.columns) for k in range(0, args.rows, PART)]
    sizes = [min(PART, args.rows - k) for k in range(0, args.rows, PART)]
    X = da.concatenate([da.from_delayed(p[0], (n, args.columns), float) for p, n in zip(parts, sizes, strict=True)])
    y = da.concatenate([da.from_delayed(p[1], (n,), float) for p, n in zip(parts, sizes, strict=True)])
    functions = _functions("dask")
    return _on_cluster(args, lambda o: functions[o](X=X, y=y, **_rest(args), progress=True))


def _delayed(args: argparse.Namespace) -> dict[str, Any]:
    from dask import delayed

    blocks = [
        delayed(_read)(str(args.folder), k, min(PART, args.rows - k), args.columns) for k in range(0, args.rows, PART)
    ]
    functions = _functions("dask")
    return _on_cluster(args, lambda o: functions[o].stream(blocks, **_rest(args), progress=True))


def _read(folder: str, first: int, rows: int, columns: int) -> dict[str, np.ndarray]:
    X = np.fromfile(Path(folder) / "X", count=rows * columns, offset=8 * first * columns).reshape(rows, columns)
    return {"X": X, "y": np.fromfile(Path(folder) / "y", count=rows, offset=8 * first)}


def _on_cluster(args: argparse.Namespace, run: Callable[[str], Any]) -> dict[str, Any]:
    """On one worker process, whose memory is limited and watched."""
    from dask.distributed import Client, LocalCluster

    idle = _memory("VmRSS")
    most = idle + int(args.limit * 8 * args.rows * (args.columns + 1))
    with (
        LocalCluster(n_workers=1, threads_per_worker=1, memory_limit=most, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        (before,) = client.run(_memory, "VmRSS").values()
        client.run(Path("/proc/self/clear_refs").write_text, "5")
        found = _timed(run)
        (peak,) = client.run(_memory, "VmHWM").values()
    return {**found, "peak": peak - before}


WORKERS: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
    "numpy": _numpy,
    "limited": _limited,
    "rows": _rows,
    "dask": _dask,
    "delayed": _delayed,
}

if __name__ == "__main__":
    main()
