"""How one `derive` goes through the modules: how many take part, and how often a call leaves one module for another. The first call, and a later one."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

import gradproof as gp

FORMULAS = (("norm2(A*x - b)^2", "x"), ("x'*A*x", "x"))


def switches(formula: str, wrt: str) -> Counter[tuple[str, str]]:
    """Calls from one module of gradproof into another, while a formula is derived and printed."""
    found: Counter[tuple[str, str]] = Counter()

    def seen(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and frame.f_back is not None:
            here, there = (f.f_globals.get("__name__", "") for f in (frame, frame.f_back))
            if here.startswith("gradproof") and there.startswith("gradproof") and here != there:
                found[there, here] += 1

    sys.setprofile(seen)
    try:
        _ = gp.derive(formula, wrt, verify=False).result.ascii
    finally:
        sys.setprofile(None)
    return found


def main() -> int:
    for formula, wrt in FORMULAS:
        for when in ("first", "again"):
            found = switches(formula, wrt)
            rooms = {name.split(".")[1] for pair in found for name in pair if "." in name}
            modules = {name for pair in found for name in pair}
            print(
                f"{formula} by {wrt}, {when}: {len(modules)} modules in {len(rooms)} folders, {sum(found.values())} switches"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
