"""make fuzz: random problems for as long as asked; what is wrong is shrunk and printed with the command that repeats it.

python -m fuzz [--seconds 60] [--seed 0] [--order 1] [--only SEED] [--targets jax,torch] [--faces index]
"""

from __future__ import annotations

import argparse
import sys

from fuzz.run import Options, run


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0, help="where the seeds of the problems begin")
    parser.add_argument("--order", type=int, choices=(1, 2, 3))
    parser.add_argument("--only", type=int, metavar="SEED", help="one problem, through all faces")
    parser.add_argument("--targets", default="", help="jax, torch: their code too")
    parser.add_argument("--faces", help="only the value, the printed formula and these: index,compiled,differential,…")
    parser.add_argument("--limit", type=float, default=20, help="seconds for one problem")
    parser.add_argument("--no-shrink", dest="shrink", action="store_false")
    parser.add_argument("--matrices", action="store_true", help="functions, spectra and equations of matrices too")
    args = parser.parse_args()
    options = Options(
        args.order,
        args.only is not None,
        frozenset(filter(None, args.faces.split(","))) if args.faces is not None else None,
        tuple(filter(None, args.targets.split(","))),
        args.limit,
        args.shrink,
        args.matrices,
    )
    report = run(
        args.seconds, args.seed if args.only is None else args.only, 1 if args.only is not None else None, options
    )
    print(report)
    return 1 if report.defects else 0


if __name__ == "__main__":
    sys.exit(main())
