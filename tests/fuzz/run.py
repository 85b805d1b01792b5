"""The loop over problems, its clock and its report."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from fuzz.faces import TARGETS, Comparison
from fuzz.formulas import walk
from fuzz.generate import Problem, problem
from fuzz.judge import Finding, Seen
from fuzz.matrices import MATRICES
from fuzz.matrix_ways import MATRIX_WAYS
from fuzz.shrink import shrunk
from fuzz.truth import case

SHOWN = 4  # of each sort of defect
BETWEEN = 5000  # problems from one report to the next


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raises TimeoutError in the body after so many seconds of the processor."""

    def alarm(*_: object) -> None:
        raise TimeoutError(f"more than {seconds:g} s")

    before = signal.signal(signal.SIGPROF, alarm)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@dataclass
class Report:
    tried: Counter[str] = field(default_factory=Counter)
    faces: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    unread: Counter[str] = field(default_factory=Counter)
    defects: list[str] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    worst: tuple[float, str] = (0.0, "")
    seconds: float = 0.0
    last: int = 0  # the seed at which to go on

    def __str__(self) -> str:
        lines = [*(f"{n:7d}  {name}" for name, n in sorted(self.tried.items()))]
        lines += ["compared:", *(f"{n:7d}  {name}" for name, n in sorted(self.faces.items()))]
        if self.refused:
            lines += ["refused:", *(f"{n:7d}  {text}" for text, n in self.refused.most_common(25))]
        if self.unread:
            lines += [
                "not read by the independent reader:",
                *(f"{n:7d}  {text}" for text, n in self.unread.most_common(8)),
            ]
        if self.worst[0]:
            lines.append(f"rounding: at most {self.worst[0]:.1e}, in {self.worst[1]}")
        compared = sum(n for name, n in self.tried.items() if name.startswith("order"))
        lines += [f"{n:7d}  defects: {key}" for key, n in self.seen.most_common()]
        lines.append(
            f"{compared} problems compared, {len(self.defects)} defects, {self.seconds:.0f} s; the next seed is {self.last}"
        )
        return "\n".join(lines)


@dataclass(frozen=True)
class Options:
    """How problems are made and looked at."""

    order: int | None = None  # of the derivatives; None: one to three
    everything: bool = False  # through all faces
    faces: frozenset[str] | None = None  # those beside the value and the printed formula; None: the dice say
    targets: tuple[str, ...] = ()  # jax, torch
    limit: float = 20.0  # seconds for one problem
    shrink: bool = True
    matrices: bool = False  # functions, spectra and equations of matrices too


ORDINARY = Options()


def compare(p: Problem, options: Options = ORDINARY) -> Seen | None:
    """One problem through the faces that its seed chooses; None where no point is found."""
    with within(options.limit):
        found = case(p)
        if found is None:
            return None
        rng = random.Random(p.seed + 17)
        verify = rng.random() < 0.05 and options.faces is None
        comparison = Comparison(found, rng, verify, options.everything, options.faces)
        seen = comparison.run()
        for target in options.targets:
            d = comparison.guarded("derive", comparison.derived)
            if d is not None:
                comparison.guarded(target, lambda t=target, d=d: TARGETS[t](comparison, d))
    return seen


def run(seconds: float, seed: int = 0, most: int | None = None, options: Options = ORDINARY) -> Report:
    """Problems from `seed` on, for so many seconds or so many problems."""
    report, start, tried = Report(), time.monotonic(), 0
    while time.monotonic() - start < seconds and (most is None or tried < most):
        _one(report, seed + tried, options)
        tried += 1
        if tried % BETWEEN == 0:
            report.seconds, report.last = time.monotonic() - start, seed + tried
            print(report, flush=True)
    report.seconds = time.monotonic() - start
    report.last = seed + tried
    return report


def _one(report: Report, seed: int, options: Options) -> None:
    p = problem(seed, options.order, MATRIX_WAYS if options.matrices else None)
    if p is None or (options.matrices and not any(n.op in MATRICES for n in walk(p.formula))):
        report.tried["nothing to differentiate by"] += 1
        return
    try:
        seen = compare(p, options)
    except TimeoutError:
        report.tried["slow"] += 1
        _tell(report, p, Finding("slow", "time", f"more than {options.limit:g} s"), seed, options)
        return
    if seen is None:
        report.tried["outside the domain, or too large"] += 1
        return
    refused = any(r.startswith("derive: ") for r in seen.refused)
    outcome = "refused" if refused else seen.findings[0].kind if seen.findings else "right"
    report.tried[f"order {len(p.wrt)}, {outcome}"] += 1
    report.tried[f"of kind: {p.kind}{'' if p.declared else ', undeclared'}"] += 1
    report.faces.update(seen.compared)
    report.refused.update(seen.refused)
    report.unread.update(u[:70] for u in seen.unread)
    for face, off in seen.inexact:
        report.worst = max(report.worst, (off, f"{face} of seed {seed}"))
    if seen.findings:
        first = seen.findings[0]
        closer = replace(options, limit=5, everything=True)
        small = shrunk(p, first, lambda q: compare(q, closer)) if options.shrink else p
        _tell(report, small, first, seed, options)


def _tell(report: Report, p: Problem, finding: Finding, seed: int, options: Options) -> None:
    text = f"{finding.kind.upper()} [{finding.face}] {p.text}  by {', '.join(p.wrt)}  where {_where(p)}  layout {p.layout}\n    {finding.said}"
    key = f"{finding.kind} {finding.face.split(',')[0]}"
    key += f" {finding.said[:40]}" if finding.kind == "crash" else ""
    report.defects.append(text)
    report.seen[key] += 1
    if report.seen[key] <= SHOWN:
        asked = [f"--order {options.order}"] * bool(options.order) + ["--matrices"] * options.matrices
        again = f" FUZZ='{' '.join(asked)}'" if asked else ""
        print(
            f"{text}\n    sizes {dict(p.sizes)}{'' if p.declared else ', nothing declared'}; again: make fuzz ONLY={seed}{again}",
            flush=True,
        )


def _where(p: Problem) -> str:
    return "; ".join(f"{n}: {s}" for n, s in sorted(p.where.items()))
