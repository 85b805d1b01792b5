"""gradproof beside hand-written NumPy, JAX and PyTorch (code), and beside SymPy and CasADi (`derive`), all in one run: tables and a plot.

    python benchmarks/beside.py [--sizes 300,1000] [--part name] [--write]     # --part derive: `derive` and its proof beside SymPy and CasADi alone

Ratios are medians over interleaved rounds of processor time on one core; a value is timed only if it agrees with the hand-written one, and that with central
differences. `growth`: the power of n with which the time grows between the sizes; `memory`: the most that a call takes at the largest size, in a process of
its own. `--write` puts the tables into benchmarks/README.md and the plot into docs/images/beside.svg.
"""

from __future__ import annotations

import argparse
import ctypes
import functools
import importlib
import json
import math
import os
import platform
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import gradproof as gp
from formulas import FORMULAS
from workloads import (
    COLUMNS,
    UNTESTED,
    WORKLOADS,
    Measured,
    Workload,
    measure,
    runs,
)  # sets the number of threads, before NumPy is imported

HERE = Path(__file__).parent
SHOWN = {"hand": "by hand", "gradproof": "gradproof", UNTESTED: "`check=False`", "JAX": "JAX", "PyTorch": "PyTorch"}
STYLES = {"gradproof": ("#0072b2", "o"), "JAX": ("#d55e00", "s"), "PyTorch": ("#cc79a7", "^")}
SYMBOLIC = {"SymPy": "with_sympy", "CasADi": "with_casadi"}
REPEAT = 9


def main() -> None:
    """Measure, print, and write where it is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="300,1000")
    parser.add_argument("--part", default="")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--memory", type=int, default=0, help=argparse.SUPPRESS)  # the worker of _memory
    given = parser.parse_args()
    chosen = [w for w in WORKLOADS if given.part in w.name]
    if given.memory:
        print(json.dumps({w.name: dict(_peaks(w, given.memory)) for w in chosen}))
        return
    sizes = sorted(map(int, given.sizes.split(",")))
    derived = (
        [derive_table()] if given.part in ("", "derive") else []
    )  # before JAX and PyTorch fill the memory that is searched for garbage
    found = [[_told(measure(w, n)) for n in sizes] for w in chosen]
    code = code_tables(found, _memory(sizes[-1], given.part)) if found else []
    parts = [_machine(), *code, *derived]
    print("\n\n".join(parts))
    if given.write and found:
        _write("\n\n".join(parts))
        plot(found, HERE.parent / "docs/images/beside.svg")


def _told(m: Measured) -> Measured:
    print(m.name, m.n, *(f"{c} {m.ratio(c):.2f}" for c in m.times), *m.words.items(), file=sys.stderr, flush=True)
    return m


def _machine() -> str:
    versions = ", ".join(
        f"{n} {v}" for n in ("numpy", "scipy", "jax", "torch", "sympy", "casadi") if (v := _version(n))
    )
    return f"One core of {platform.machine()}, float64, Python {platform.python_version()}, {versions}, {time.strftime('%B %Y')}."


def _version(module: str) -> str:
    try:
        return importlib.import_module(module).__version__
    except ImportError:
        return ""


def _markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows))


# -- code


def code_tables(found: Sequence[Sequence[Measured]], memory: dict[str, dict[str, float]]) -> list[str]:
    """Ratios with the hand-written milliseconds; then growth and memory."""
    sizes = " / ".join(str(m.n) for m in found[0])
    ratios = [
        (ms[0].name, _slashed(m.best("hand") for m in ms), *(_ratios(ms, c) for c in COLUMNS[1:])) for ms in found
    ]
    apart = [c for c in COLUMNS if c != UNTESTED]  # what grows in a way of its own
    rows = [
        (ms[0].name, *(_growth(ms, c) for c in apart), *(_mb(memory, ms[0].name, c) for c in apart)) for ms in found
    ]
    shown = list(SHOWN.values())
    head = ["", *(f"growth, {SHOWN[c]}" for c in apart), *(f"MB, {SHOWN[c]}" for c in apart)]
    return [
        f"Ratio to hand-written NumPy and SciPy (below 1: faster), n = {sizes}:",
        _markdown(["", "by hand, ms", *shown[1:]], ratios),
        _summary(found),
        "Growth (the power of n), and the most memory that a call takes beyond its data, at the largest size:",
        _markdown(head, rows),
    ]


def _slashed(numbers: Iterable[float]) -> str:
    return " / ".join(f"{x:.3g}" if x >= 10 else f"{x:.2f}" for x in numbers)


def _ratios(ms: Sequence[Measured], column: str) -> str:
    return " / ".join(_slashed([m.ratio(column)]) if column in m.times else m.words.get(column, "–") for m in ms)


def _growth(ms: Sequence[Measured], column: str) -> str:
    first, last = ms[0], ms[-1]
    if first.n == last.n or not (column in first.times and column in last.times):
        return "–"
    return f"{math.log(last.best(column) / first.best(column)) / math.log(last.n / first.n):.1f}"


def _mb(memory: dict[str, dict[str, float]], name: str, column: str) -> str:
    found = memory.get(name, {}).get(column)
    return "–" if found is None else f"{found:.1f}"


def _summary(found: Sequence[Sequence[Measured]]) -> str:
    last = [ms[-1] for ms in found]
    told = []
    for c in COLUMNS[1:]:
        ratios = [m.ratio(c) for m in last if c in m.times]
        if ratios:
            within = sum(r <= 1.05 for r in ratios)
            told.append(f"{SHOWN[c]} {statistics.median(ratios):.2f}, at most 1.05 on {within} of {len(ratios)}")
    return f"Medians over the workloads at n = {last[0].n}: {'; '.join(told)}."


# -- memory


def _memory(n: int, part: str) -> dict[str, dict[str, float]]:
    """By workload and column the peak of a call, in MB, in a process whose freed memory goes back at once, so that the peak is seen."""
    returning = {**os.environ, "MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "65536"}
    command = [sys.executable, __file__, "--memory", str(n), "--part", part]
    run = subprocess.run(command, env=returning, stdout=subprocess.PIPE, text=True, check=False)
    return json.loads(run.stdout) if run.returncode == 0 else {}


def _peaks(w: Workload, n: int) -> Iterable[tuple[str, float]]:
    for column, run in runs(w, n, COLUMNS):
        if not isinstance(run, str) and column != UNTESTED:
            run()
            yield column, _peak(run)


def _peak(run: Callable[[], Any]) -> float:
    """The most resident memory of this process during a run, beyond what it had before, in MB (Linux tells it)."""
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")
    before = _status("VmRSS")
    kept = run()
    most = _status("VmHWM")
    del kept
    return (most - before) / 1e3


def _status(name: str) -> int:
    return int(re.search(rf"{name}:\s+(\d+)", Path("/proc/self/status").read_text())[1])  # type: ignore[index]


# -- derive


def derive_table() -> str:
    """`derive` with its text, without and with the proof, and the peers' ratio to the first."""
    modules = {peer: importlib.import_module(m) for peer, m in SYMBOLIC.items() if _version(peer.lower())}
    rows = []
    for name, (text, wrt, where) in FORMULAS.items():
        every: dict[str, Callable[[], Any]] = {
            "derive": functools.partial(_derive, text, wrt, where, False),
            "proven": functools.partial(_derive, text, wrt, where, True),
            **{peer: m.FUNCTIONS[name] for peer, m in modules.items()},
        }
        times: dict[str, list[float]] = {k: [] for k in every}
        words: dict[str, str] = {}
        for _ in range(REPEAT):
            for k, run in every.items():
                start = time.process_time_ns()
                try:
                    word = run()
                except (ArithmeticError, AttributeError, RuntimeError, TypeError, ValueError) as error:
                    word = type(error).__name__
                times[k].append((time.process_time_ns() - start) / 1e6)
                if isinstance(word, str) and word:
                    words[k] = word
        ratios = {
            k: statistics.median(a / b for a, b in zip(t, times["derive"], strict=True)) for k, t in times.items()
        }
        cells = (f"{_slashed([ratios[k]])}{f' ({words[k]})' if k in words else ''}" for k in list(every)[1:])
        rows.append((name, f"{statistics.median(times['derive']):.2f}", *cells))
    head = ["`derive` and its text", "ms", "with the proof", *(m.NAME for m in modules.values())]
    said = "Ratios to `derive` without its proof (CasADi, in C++, builds a graph for fixed sizes, no formula; what a peer returned instead of a result is in brackets):"
    return f"{said}\n\n{_markdown(head, rows)}"


def _derive(text: str, wrt: list[str], where: str, proving: bool) -> None:
    _ = gp.derive(text, wrt=wrt, where=where, verify=proving).result.ascii


# -- what is written


def _write(text: str) -> None:
    path = HERE / "README.md"
    before, after = path.read_text("utf-8").split("<!-- tables -->\n")[::2]
    path.write_text(f"{before}<!-- tables -->\n{text}\n<!-- tables -->\n{after}", "utf-8")


def plot(found: Sequence[Sequence[Measured]], path: Path) -> None:
    """One line a workload, one mark a library: the ratio to hand-written code at the largest size."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams.update({"svg.hashsalt": "gradproof", "svg.fonttype": "none"})
    import matplotlib.pyplot as plt

    last = sorted((ms[-1] for ms in found), key=lambda m: -m.ratio("gradproof") if "gradproof" in m.times else 0)
    figure, axes = plt.subplots(figsize=(9, 0.24 * len(last) + 1.2))
    axes.axvline(1, color="#555555", linewidth=1)
    for column, (colour, marker) in STYLES.items():
        at = [(m.ratio(column), k) for k, m in enumerate(last) if column in m.times]
        if at:
            axes.scatter(*zip(*at, strict=True), color=colour, marker=marker, s=26, label=column, zorder=3)
    axes.set_yticks(range(len(last)), [m.name for m in last], fontsize=8)
    axes.set_xscale("log")
    axes.grid(axis="both", color="#eeeeee")
    axes.set_xlabel(f"time relative to hand-written NumPy and SciPy, n = {last[0].n}")
    axes.legend(loc="lower right", fontsize=8)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    main()
