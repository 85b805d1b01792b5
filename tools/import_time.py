"""The CPU time that `import gradproof` takes, with bytecode, and how many of its modules it meets: the least of some fresh interpreters."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src"
CODE = """
import time
start = time.process_time()
import gradproof
took = time.process_time() - start
import sys
print(took, sum(name.split(".")[0] == "gradproof" for name in sys.modules))
"""


def measured(repeats: int = 15) -> tuple[float, int]:
    """Milliseconds, and modules."""
    with tempfile.TemporaryDirectory() as cache:
        env = {**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONPYCACHEPREFIX": cache}
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        found = []
        for _ in range(repeats + 1):  # the first writes the bytecode
            done = subprocess.run([sys.executable, "-c", CODE], env=env, capture_output=True, text=True, check=True)
            found.append([float(x) for x in done.stdout.split()])
    return 1000 * min(took for took, _ in found[1:]), int(found[0][1])


if __name__ == "__main__":
    took, modules = measured()
    print(f"import gradproof: {took:.0f} ms of CPU, {modules} modules")
