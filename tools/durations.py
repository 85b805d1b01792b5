"""What each file of tests takes: run the tests with `--junit-xml=FILE`, then `python tools/durations.py FILE`, or two of them, before and after."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter


def seconds(path: str) -> Counter[str]:
    """By file, the time of its tests together."""
    found: Counter[str] = Counter()
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        found[case.get("classname", "").split(".")[-1]] += float(case.get("time", 0))  # type: ignore[assignment]
    return found


def main(paths: list[str]) -> int:
    if not 1 <= len(paths) <= 2:
        print(__doc__)
        return 2
    columns = [seconds(path) for path in paths]
    for name in sorted({n for c in columns for n in c}, key=lambda n: -columns[-1][n]):
        print(" ".join(f"{c[name]:8.1f}" for c in columns), name)
    print(" ".join(f"{sum(c.values()):8.1f}" for c in columns), "together")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
