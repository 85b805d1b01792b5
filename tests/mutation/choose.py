"""Chooses the seeds of the kill suite: few problems that together reach every line that any of many reaches, most lines several times.

python -m mutation.choose [--seeds 600] [--times 3] [--seconds 300]
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from types import FrameType

from fuzz.faces import Comparison
from fuzz.formulas import count
from fuzz.generate import problem
from fuzz.truth import Case, case
from mutation.points import ROOMS
from mutation.run import HERE, LEAN, PACKAGE

Line = tuple[str, int]


def reached(c: Case) -> set[Line]:
    """The lines of the rooms that a problem runs through; none where it is refused or wrong."""
    lines: set[Line] = set()

    def inside(frame: FrameType, event: str, _: object):
        if event == "line":
            lines.add((frame.f_code.co_filename, frame.f_lineno))
        return inside

    def entered(frame: FrameType, event: str, _: object):
        name = frame.f_code.co_filename
        return inside if name.startswith(ROOTS) else None

    sys.settrace(entered)
    try:
        seen = Comparison(c, random.Random(c.problem.seed), faces=LEAN).run()
    finally:
        sys.settrace(None)
    return set() if seen.findings or any(r.startswith("derive: ") for r in seen.refused) else lines


ROOTS = tuple(str(PACKAGE / room) + "/" for room in ROOMS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=600)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=300)
    args = parser.parse_args()
    end = time.monotonic() + args.seconds
    lines: dict[int, set[Line]] = {}
    for seed in range(args.seeds):
        p = problem(seed)
        c = case(p) if p and count(p.formula) < 60 else None
        if c is not None and c.derivative().size < 300 and time.monotonic() < end:
            lines[seed] = reached(c)
    chosen, times = [], Counter[Line]()
    while True:
        gains = {s: sum(times[x] < args.times for x in found) for s, found in lines.items() if s not in chosen}
        best = max(gains, key=lambda s: gains[s], default=None)
        if best is None or not gains[best]:
            break
        chosen.append(best)
        times.update(lines[best])
    (HERE / "seeds.json").write_text(json.dumps(chosen) + "\n")
    print(f"{len(chosen)} of {len(lines)} problems reach {len(times)} lines")


if __name__ == "__main__":
    main()
