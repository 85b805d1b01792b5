"""make fuzz: random problems for as long as asked; what is wrong is shrunk and printed with the command that repeats it.

python -m fuzz [--seconds 60] [--seed 0] [--order 1] [--only SEED] [--targets jax,torch] [--faces index] [--values]
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
    parser.add_argument(
        "--values", action="store_true", help="the value and the printed formula only, without shrinking: many problems"
    )
    parser.add_argument("--most", type=int, help="how many problems; a report comes after each 5,000")
    parser.add_argument("--limit", type=float, default=20, help="seconds for one problem")
    parser.add_argument("--no-shrink", dest="shrink", action="store_false")
    parser.add_argument("--matrices", action="store_true", help="functions, spectra and equations of matrices too")
    args = parser.parse_args()
    single = args.only is not None
    faces = "" if args.values else args.faces
    options = Options(
        args.order,
        single and not args.values,
        frozenset(filter(None, faces.split(","))) if faces is not None else None,
        tuple(filter(None, args.targets.split(","))),
        args.limit,
        args.shrink and not args.values,
        args.matrices,
    )
    report = run(args.seconds, args.only if single else args.seed, 1 if single else args.most, options)
    print(report)
    return 1 if report.defects else 0


if __name__ == "__main__":
    sys.exit(main())
