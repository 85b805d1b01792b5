"""Changes one place at a time and asks the random problems, and the problems that were written for survivors, whether they see it.

    python -m mutation [--sample 300] [--seed 0] [--all] [--limit 15] [--only TEXT]

Every mutant runs in a forked process with a source tree of its own; the truth is computed once, before. A mutant is killed when a value is
wrong, when something crashes, or when something is refused that was answered. `accepted.json` has the survivors that change no value, with the reason.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fuzz.generate import Problem, problem
from fuzz.reading import read
from fuzz.truth import Case, case
from mutation.points import Mutant, mutants

HERE = Path(__file__).parent
PACKAGE = HERE.parent.parent / "src" / "gradproof"
SURVIVED, FORM, TIMED_OUT, KILLED = 0, 1, 2, 10


def written() -> list[Problem]:
    """The problems of problems.txt: formula | variables to differentiate by | declarations | sizes."""
    found = []
    for line in (HERE / "problems.txt").read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            formula, wrt, where, sizes = (part.strip() for part in line.split(" | "))
            formula, _, text = formula.partition(" := ")
            declared = dict(map(str.strip, d.split(":")) for d in where.split(";"))
            numbers = {k: int(n) for k, n in (s.split("=") for s in sizes.split())}
            found.append(
                Problem(read(formula), tuple(wrt.split()), declared, numbers, len(found), True, "written", spelled=text)
            )
    return found


def cases() -> list[Case]:
    """All problems of the kill suite, with their truth."""
    seeds = json.loads((HERE / "seeds.json").read_text())
    found = []
    for p in [*written(), *(problem(s) for s in seeds)]:
        c = case(p) if p else None
        if c is not None:
            c.derivative()
            found.append(c)
    return found


def outcomes(found: Sequence[Case], faces: Sequence[str], expected: Sequence[str] | None = None) -> list[str]:
    """What gradproof does with each: "right: FORM", "refused" or "wrong"; ends at the first that is not right and should be."""
    from fuzz.faces import Comparison  # it imports gradproof: the mutant's

    told = []
    for k, c in enumerate(found):
        comparison = Comparison(c, random.Random(c.problem.seed), faces=faces)
        seen = comparison.run()
        told.append("wrong" if seen.findings else "refused" if seen.refused else f"right: {comparison.form}")
        if expected is not None and expected[k].startswith("right") and not told[-1].startswith("right"):
            break
    return told


LEAN = ("index", "differential", "other_layout")
CODE = (*LEAN, "compiled_once")  # where plans of code are changed


CONDITIONS = "test_rule_conditions.py"
TESTS: dict[
    str, tuple[str, ...]
] = {  # those that look at what the problems do not see, by the beginning of a file's name; the first counts
    "lift/running_sums": ("test_index_input.py", "test_sums.py"),
    "lift": (
        CONDITIONS,
        "test_layouts.py",
        "test_results.py",
        "test_derive.py",
        "test_short_forms.py",
        "test_entries.py",
    ),
    "engine/twins": ("test_complex.py",),
    "engine/bounds": ("test_bounds.py",),
    "engine/merge": ("test_short_forms.py",),
    "engine/inverse": ("test_short_forms.py",),
    "engine/functions": ("test_matrix_functions.py",),
    "engine/pseudo": ("test_short_forms.py", CONDITIONS, "test_matrix_functions.py"),
    "engine/removable": ("test_removable.py",),
    "engine/spectra": (CONDITIONS, "test_spectra.py"),
    **{f"engine/{name}": (CONDITIONS, "test_matrix_functions.py") for name in ("triangular", "differentiate")},
    "engine/blocks": ("test_blocks.py",),
    "engine/schur": ("test_blocks.py",),
    "engine/stacking": (CONDITIONS, "test_stacking.py"),
    "engine/linear": ("test_matrix_functions.py",),
    **{f"engine/{name}": ("test_stable.py",) for name in ("value", "products", "distances", "logarithm")},
    "engine/stable": ("test_stable.py", "test_lost_digits.py"),
    **{f"ops/{name}": ("test_spectra.py", "test_small.py") for name in ("spect", "eigen")},
    **{f"ops/{name}": ("test_matrix_functions.py", "test_equations.py") for name in ("matrix", "equation", "kernels")},
    "ops/series": ("test_small.py", "test_proof.py"),
    "ops/structures": (CONDITIONS, "test_restricted.py", "test_kronecker.py", "test_targets_operations.py"),
    "ops/reductions": ("test_reductions.py", "test_kinks.py", "test_counted_sums.py"),
    "codegen/plan/woodbury": ("test_codegen_operator.py",),
    "codegen": ("test_codegen_extremes.py", "test_codegen_batch.py", "test_removable.py"),
    "ops": ("test_bounds.py", "test_table.py", "test_evaluate.py", "test_special_functions.py"),
    "rules": ("test_table.py", "test_results.py"),
    "engine": (CONDITIONS, "test_engine_rules.py", "test_results.py", "test_derive.py"),
}


def _tests_see(m: Mutant, tree: Path, limit: float) -> bool:
    """Whether the quick tests of its room fail, for a mutant that the problems do not see."""
    names = next(names for start, names in TESTS.items() if m.file.startswith(start))
    files = [str(HERE.parent / name) for name in names if (HERE.parent / name).exists()]
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *files]
    path = os.pathsep.join([str(tree), str(HERE.parent)])
    try:
        done = subprocess.run(
            command,
            cwd=HERE.parent.parent,
            env={**os.environ, "PYTHONPATH": path},
            capture_output=True,
            timeout=limit,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return True
    return done.returncode != 0


@dataclass
class Suite:
    """The problems with what the unchanged source does with each; those that saw the last mutants come first."""

    problems: list[Case]
    expected: list[str]
    faces: Sequence[str]

    def seen_by(self, k: int) -> None:
        for things in (self.problems, self.expected):
            things.insert(0, things.pop(k))  # type: ignore[arg-type]


def _in_child(tree: Path, suite: Suite, limit: float) -> int:
    """The exit code of a process that imports gradproof from this tree and goes through the problems; KILLED + k: the k-th one sees it."""
    pid = os.fork()
    if not pid:
        code = KILLED
        try:
            sys.path.insert(0, str(tree))
            signal.setitimer(signal.ITIMER_PROF, limit)  # the default action of the alarm ends the process
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, 1)
            os.dup2(null, 2)
            told = outcomes(suite.problems, suite.faces, suite.expected)
            right = [text.split(":")[0] for text in told] == [text.split(":")[0] for text in suite.expected]
            code = SURVIVED if told == suite.expected else FORM if right else KILLED + min(len(told) - 1, 200)
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    return os.WEXITSTATUS(status) if os.WIFEXITED(status) else TIMED_OUT


def main(argv: Sequence[str] | None = None) -> int:
    args = _arguments(argv)
    found = cases()
    everything = mutants(PACKAGE)
    keys = set(json.loads(Path(args.keys).read_text())) if args.keys else None
    chosen = [m for m in everything if args.only in m.key and (keys is None or m.key in keys)]
    if not args.all and args.sample < len(chosen):
        chosen = random.Random(args.seed).sample(
            chosen, args.sample
        )  # in no order, so that a run that is cut short is a sample too
    accepted = json.loads((HERE / "accepted.json").read_text())
    print(f"{len(everything)} places, {len(chosen)} tried, {len(found)} problems", flush=True)
    counts: Counter[str] = Counter()
    survivors = []
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        shutil.copytree(PACKAGE, tree / "gradproof", ignore=shutil.ignore_patterns("__pycache__"))
        faces = CODE if any(m.file.startswith("codegen") for m in chosen) else LEAN
        expected = baseline(tree, found, faces)
        suite = Suite(list(found), list(expected), faces)
        print(
            f"unchanged: {dict(Counter(text.split(':')[0] for text in expected))}, {time.monotonic() - start:.1f} s",
            flush=True,
        )
        for m in chosen:
            outcome = tried(m, tree, suite, args.limit, accepted, args.tests)
            counts[outcome] += 1
            counts[f"{m.file.split('/')[0]}: {outcome}"] += 1
            if sum(counts.values()) % 100 == 0:
                told = ", ".join(f"{name} {n}" for name, n in sorted(counts.items()) if ":" not in name)
                print(f"{sum(counts.values()) // 2} tried in {time.monotonic() - start:.0f} s: {told}", flush=True)
            if outcome in ("survived", "changes the form only"):
                survivors += [m] * (outcome == "survived")
                print(f"{outcome.upper()} {m.key}", flush=True)
    print("\n".join(f"{n:6d}  {name}" for name, n in sorted(counts.items())))
    print(f"{time.monotonic() - start:.0f} s")
    if args.out:
        Path(args.out).write_text(json.dumps([m.key for m in survivors], indent=1))
    return 1 if survivors else 0


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--all", action="store_true")
    parser.add_argument(
        "--limit",
        type=float,
        default=30,
        help="seconds of the processor for one mutant; one that takes longer counts as killed",
    )
    parser.add_argument(
        "--tests", action="store_true", help="the tests of its room too, for what the problems do not see"
    )
    parser.add_argument("--only", default="", help="mutants whose file or line has this text")
    parser.add_argument("--keys", default="", help="a file with the keys of mutants, as --out writes it: these alone")
    parser.add_argument("--out", default="", help="a file for the survivors")
    return parser.parse_args(argv)


def baseline(tree: Path, found: Sequence[Case], faces: Sequence[str]) -> list[str]:
    """What the unchanged source does with each problem, found in a process of its own."""
    read_end, write_end = os.pipe()
    pid = os.fork()
    if not pid:
        sys.path.insert(0, str(tree))
        with os.fdopen(write_end, "w") as out:
            json.dump(outcomes(found, faces), out)
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end) as told:
        expected = json.load(told)
    os.waitpid(pid, 0)
    return expected


def tried(m: Mutant, tree: Path, suite: Suite, limit: float, accepted: dict[str, str], tests: bool) -> str:
    path = tree / "gradproof" / m.file
    source = path.read_text()
    path.write_text(m.applied(source))
    try:
        code = _in_child(tree, suite, limit)
        if tests and code in (SURVIVED, FORM) and m.key not in accepted and _tests_see(m, tree, 10 * limit):
            return "killed by a test"
    finally:
        path.write_text(source)
    if code in (SURVIVED, FORM):
        return "accepted" if m.key in accepted else "changes the form only" if code == FORM else "survived"
    if code == TIMED_OUT:
        return "killed by time"
    suite.seen_by(code - KILLED)
    return "killed"
