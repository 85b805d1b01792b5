"""How long a derivation takes, beside SymPy and CasADi, measured in one run.

    python benchmarks/derive.py [--repeat 5]

Prints tables: all formulas of the corpus, formulas that others know too, families that grow, and starting a process. Repetitions of what is compared
are interleaved, and medians are shown. A peer that is not installed is said to be so. Nothing is asserted: times belong to a machine.
"""

from __future__ import annotations

import argparse
import cProfile
import functools
import importlib
import os
import platform
import pstats
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import gradproof as gp
from corpus_entries import ENTRIES, Entry, ask, question  # found by the line above
from formulas import FORMULAS

PEERS = {"SymPy": "with_sympy", "CasADi": "with_casadi"}
PRINTING = (("derive and print", False), ("derive, print and verify", True))
LIMIT = 5.0  # seconds: a family of a peer stops growing after a step that took longer


def main() -> None:
    """Run everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=5)
    repeat = parser.parse_args().repeat
    peers = {name: _peer(module) for name, module in PEERS.items()}
    known = ", ".join(module.NAME if module else f"{name} not installed" for name, module in peers.items())
    print(
        f"gradproof {gp.__version__}, {known}; Python {platform.python_version()}, {os.cpu_count()} CPUs; medians of {repeat}, times in milliseconds\n"
    )
    corpus(repeat)
    formulas(peers, repeat)
    growth(peers, repeat)
    processes(peers, repeat)


def _peer(module: str) -> ModuleType | None:
    try:
        return importlib.import_module(module)
    except ImportError:
        return None


# -- measuring


def milliseconds(run: Callable[[], object]) -> float:
    """The time of one run."""
    start = time.perf_counter()
    run()
    return (time.perf_counter() - start) * 1e3


def percentile(times: Sequence[float], share: float) -> float:
    """The time that this share of all stays below."""
    return sorted(times)[round(share * (len(times) - 1))]


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows in columns; the first column to the left, numbers to the right."""
    cells = [list(head), *([_cell(value) for value in row] for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    print(title)
    for row in cells:
        print(
            "  "
            + "  ".join(
                cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
        )
    print(flush=True)


def _cell(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


# -- the corpus


def corpus(repeat: int) -> None:
    """Every derivative that gradproof answers: derive alone, and `gp.derive(text, …, verify=False).result.ascii`."""
    asked = {name: question(entry) for name, entry in ENTRIES.items()}
    questions = {name: given for name, (function, given) in asked.items() if function is gp.derive}
    first = {name: t for name in questions if (t := _time_of_answer(ENTRIES[name])) is not None}
    runs = (
        {
            "derive": functools.partial(gp.derive, **questions[name], verify=False),
            "print": functools.partial(_printed, questions[name], False),
            "prove": functools.partial(_printed, questions[name], True),
        }
        for name in first
    )
    again = [interleaved(both, repeat)[0] for both in runs]
    rows = [
        ("derive, the first time", list(first.values())),
        ("derive", [times["derive"] for times in again]),
        ("derive and print", [times["print"] for times in again]),
        ("derive, print and verify", [times["prove"] for times in again]),
    ]
    head = ("", "median", "95th percentile", "slowest")
    table(
        f"Corpus: {len(first)} of {len(questions)} formulas",
        head,
        [(name, statistics.median(t), percentile(t, 0.95), max(t)) for name, t in rows],
    )
    ratio = statistics.median(times["prove"] / times["print"] for times in again)
    print(f"derive, print and verify takes {ratio:.1f} times what derive and print takes, in the median\n", flush=True)
    counted = {name: [_calls(functools.partial(_printed, questions[e], v)) for e in first] for name, v in PRINTING}
    table(
        "The same in function calls, which no other process slows down",
        head,
        [(name, int(statistics.median(n)), percentile(n, 0.95), max(n)) for name, n in counted.items()],
    )


def _calls(run: Callable[[], object]) -> int:
    """How many functions a run calls, those of the interpreter among them."""
    profile = cProfile.Profile()
    profile.runcall(run)
    return pstats.Stats(profile).total_calls  # type: ignore[attr-defined]  (it is there)


def _time_of_answer(entry: Entry) -> float | None:
    """How long gradproof takes for an entry that it has not met, or None where it refuses it."""
    try:
        return milliseconds(functools.partial(ask, entry))
    except gp.GradproofError:
        return None


def _printed(given: Mapping[str, Any], proving: bool) -> None:
    _ = gp.derive(**given, verify=proving).result.ascii


# -- comparing


def interleaved(runs: Mapping[str, Callable[[], object]], repeat: int) -> tuple[dict[str, float], dict[str, str]]:
    """The median time of each run; and for a run that gives no answer, a word about that: what it returned, or its error."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    words: dict[str, str] = {}
    for _ in range(repeat):
        for name, run in runs.items():
            start = time.perf_counter()
            try:
                word = run()
            except (ArithmeticError, AttributeError, RuntimeError, TypeError, ValueError) as error:
                word = type(error).__name__
            times[name].append((time.perf_counter() - start) * 1e3)
            if isinstance(word, str) and word:
                words[name] = word
    return {name: statistics.median(t) for name, t in times.items()}, words


def formulas(peers: Mapping[str, ModuleType | None], repeat: int) -> None:
    """gradproof, with and without its check, beside the peers, formula by formula."""
    rows = []
    for name, request in FORMULAS.items():
        runs = {
            "derive": functools.partial(_derive_and_print, *request),
            "verified": functools.partial(_derive_and_verify, *request),
        }
        runs |= {peer: module.FUNCTIONS[name] for peer, module in peers.items() if module}
        times, words = interleaved(runs, repeat)
        cells = []
        for peer, module in peers.items():
            cells += (
                ["not installed", ""]
                if module is None
                else [times[peer], words.get(peer) or f"{times[peer] / times['derive']:.1f} x"]
            )
        rows.append((name, times["derive"], times["verified"], *cells))
    head = ("formula", "derive and print", "and verify", *(cell for peer in peers for cell in (peer, "over ours")))
    table("Formulas that others know (CasADi builds a graph for fixed sizes, no formula)", head, rows)


def _derive_and_print(text: str, wrt: list[str], where: str) -> None:
    _ = gp.derive(text, wrt=wrt, where=where, verify=False).result.ascii


def _derive_and_verify(text: str, wrt: list[str], where: str) -> None:
    _ = gp.derive(text, wrt=wrt, where=where).result.ascii


def _derive_only(text: str, wrt: list[str], where: str) -> None:
    gp.derive(text, wrt=wrt, where=where)


def _derive_and_name_parts(text: str, wrt: list[str], where: str) -> None:
    gp.derive(text, wrt=wrt, where=where, verify=False).text(format="ascii")


# -- families that grow


def nested_sine(k: int) -> tuple[str, list[str], str]:
    """sum(sin(sin(… x))), k deep."""
    return "sum(" + "sin(" * k + "x" + ")" * (k + 1), ["x"], "x: vector n"


def chain(k: int) -> tuple[str, list[str], str]:
    """tr(A1*X*A2*X*…), k times X."""
    return f"tr({'*'.join(f'A{i}*X' for i in range(k))})", ["X"], "X: matrix n n"


def terms(k: int) -> tuple[str, list[str], str]:
    """A sum of k terms, linear and quadratic in turn."""
    return " + ".join(f"a{i}'*x" if i % 2 else f"x'*B{i}*x" for i in range(k)), ["x"], "x: vector n"


FAMILIES = {nested_sine: (125, 250, 500, 1000), chain: (8, 16, 32, 64), terms: (125, 250, 500, 1000)}


def growth(peers: Mapping[str, ModuleType | None], repeat: int) -> None:
    """Time by size; 'growth' is the time over that of half the size: 2 is linear."""
    for family, sizes in FAMILIES.items():
        rows, before, stopped = [], 0.0, set()
        for k in sizes:
            runs = {
                "derive": functools.partial(_derive_only, *family(k)),
                "print": functools.partial(_derive_and_name_parts, *family(k)),
            }
            runs |= {
                peer: functools.partial(getattr(m, family.__name__), k)
                for peer, m in peers.items()
                if m and peer not in stopped
            }
            times, words = interleaved(runs, repeat)
            cells = [
                words.get(peer) or times.get(peer, "not tried" if module else "not installed")
                for peer, module in peers.items()
            ]
            rows.append((k, times["derive"], times["derive"] / before if before else "", times["print"], *cells))
            before = times["derive"]
            stopped |= {peer for peer in peers if words.get(peer) or times.get(peer, 0) > LIMIT * 1e3}
        table(str(family.__doc__), ("k", "derive", "growth", "derive and print", *peers), rows)


# -- starting


def processes(peers: Mapping[str, ModuleType | None], repeat: int) -> None:
    """Whole processes, by the wall clock."""
    codes = {
        "python": "pass",
        "import gradproof": "import gradproof",
        "gradproof derive --no-verify": "from gradproof.cli.main import main; main(['derive', 'norm2(A*x - b)^2', '--wrt', 'x', '--no-verify'])",
        "gradproof derive": "from gradproof.cli.main import main; main(['derive', 'norm2(A*x - b)^2', '--wrt', 'x'])",
        "import numpy": "import numpy",
        **{f"import {peer}": f"import {peer.lower()}" for peer, module in peers.items() if module},
    }
    times, _ = interleaved({name: functools.partial(_process, code) for name, code in codes.items()}, repeat)
    table(
        "Starting a process",
        ("", "time", "without python's own"),
        [(name, t, t - times["python"]) for name, t in times.items()],
    )


def _process(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
