"""results/*.jsonl -> the tables of README.md, the plot of the project's README, and how times grow.

    python table.py results/all.jsonl [--plot ../../docs/images/speed.svg] [--scaling ../../docs/images/scaling.svg]

Ratios of the time of each column to `numpy_ref`, the best hand-written NumPy and SciPy, one line a task, several sizes in a cell; and the exponents with which
times grow between the two largest sizes.
"""

from __future__ import annotations

import argparse
import json
import math
from collections import defaultdict
from typing import Any

TASKS = {  # what the task is, and by what idea the code is as fast as it is
    "quad_hess": ("x'Ax, Hessian", "closed form, A + A' by blocks"),
    "logreg_grad": ("logistic loss, gradient", "row blocks that stay in cache"),
    "ridge_grad": ("ridge, gradient", "row blocks"),
    "gls_grad": ("GLS, gradient", "one Cholesky factor"),
    "softmax_ce_gradW": ("softmax cross-entropy, gradient by W", "shifted softmax along rows, in place"),
    "gauss_grad_sigma": ("Gaussian log-likelihood, gradient by Σ", "one factor, `potri`"),
    "logreg_hess": ("logistic loss, Hessian", "B' B, as d ≥ 0 is proven"),
    "ridge_hess": ("ridge, Hessian", "B' B, diagonal in place"),
    "gls_hess": ("GLS, Hessian", "Z' Z with Z from one triangular solve"),
    "lse_affine_hess": ("log-sum-exp(Ax), Hessian", "multiplied out: B' B minus an outer product"),
    "lse_affine_hvp": ("log-sum-exp(Ax), Hessian times a vector", "A x and A v in one pass over A"),
    "softmax_jac": ("softmax, Jacobian", "the outer product by einsum, the diagonal in place"),
    "lse_hess": ("log-sum-exp, Hessian", "the same"),
    "nn_relu_hess": ("ten-layer relu net, Hessian by W1 (order 4)", "H = B ⊗ xx' found and kept to the end"),
    "nn_softplus_hess": ("ten-layer softplus net, Hessian by W1 (order 4)", "the same"),
    "nn_softplus_hess_compressed": ("the same kept compressed, as B and x", "the same, never spread out"),
    "matfac_hess": ("masked factorisation, Hessian (order 4)", "blocks of the delta alone"),
    "matfac_hess_compressed": ("the same kept compressed, as the blocks", "the same, never spread out"),
}
DENSE = {
    name: name.removesuffix("_compressed") for name in TASKS
}  # a peer has only the dense result: that is what its compressed row is beside
COLUMNS = {"gradproof_numpy": "gradproof", "jax_jit": "JAX jit", "torch_eager": "PyTorch", "tensorgrad_c": "tensorgrad"}
COLOURS = {"gradproof_numpy": "#0072b2", "jax_jit": "#d55e00", "torch_eager": "#cc79a7", "tensorgrad_c": "#999999"}
MARKERS = {"gradproof_numpy": "o", "jax_jit": "s", "torch_eager": "^", "tensorgrad_c": "D"}

SCALING = (
    "quad_hess",
    "logreg_hess",
    "softmax_jac",
    "matfac_hess",
    "matfac_hess_compressed",
    "nn_softplus_hess",
)  # tasks whose growth is drawn
REFERENCE = {"numpy_ref": "hand-written NumPy"}

Results = dict[tuple[str, int], dict[str, dict[str, Any]]]


def read(files: list[str]) -> Results:
    """The records by task and size, and by column."""
    found: Results = defaultdict(dict)
    for name in files:
        with open(name) as lines:
            for line in lines:
                record = json.loads(line)
                found[record["task"], record["n"]][record["plugin"]] = record
    return found


def ratio(results: Results, task: str, n: int, column: str) -> float | None:
    """The time of a column over that of the reference; of a peer, its dense result beside a compressed reference."""
    reference = results.get((task, n), {}).get("numpy_ref", {})
    record = results.get((task, n), {}).get(column, {})
    if "median" not in record and column != "gradproof_numpy":
        record = results.get((DENSE[task], n), {}).get(column, {})
    if "median" not in record or "median" not in reference or wrong(record):
        return None
    return record["median"] / reference["median"]


def wrong(record: dict[str, Any]) -> bool:
    """Whether the answer of a column differs from that of the reference."""
    return record.get("relerr") is not None and record["relerr"] > 1e-6


def sizes_of(results: Results, task: str) -> list[int]:
    """The sizes that are shown: three where there are so many, the largest last."""
    sizes = sorted(n for t, n in results if t == task and "median" in results[t, n].get("numpy_ref", {}))
    small = [n for n in sizes if n < 100][-1:] if sizes and sizes[-1] < 1000 else []
    return (
        [*small, *[n for n in sizes if n >= 100][:1], *[n for n in sizes if n >= 1000]]
        if sizes and sizes[-1] >= 1000
        else sizes[-3:]
    )


def written(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}" if value < 10 else f"{value:,.0f}"


def table(results: Results) -> str:
    """The table, as Markdown."""
    lines = ["| task | n | " + " | ".join(COLUMNS.values()) + " | by what |", "|---" * (len(COLUMNS) + 3) + "|"]
    for task, (what, idea) in TASKS.items():
        sizes = sizes_of(results, task)
        cells = [" / ".join(written(ratio(results, task, n, c)) for n in sizes) for c in COLUMNS]
        if sizes:
            lines.append(f"| {what} | {' / '.join(map(str, sizes))} | {' | '.join(cells)} | {idea} |")
    return "\n".join(lines)


def times_of(results: Results, task: str, column: str) -> dict[int, float]:
    """The seconds of a column by size, where its answer is right."""
    found = {n: columns.get(column, {}) for (t, n), columns in results.items() if t == task}
    return {n: r["median"] for n, r in sorted(found.items()) if "median" in r and not wrong(r)}


def exponent(results: Results, task: str, column: str) -> float | None:
    """With which power of n the time of a column grows, between the two largest sizes that it reached."""
    times = times_of(results, task, column)
    if len(times) < 2:
        return None
    small, large = list(times)[-2:]
    return math.log(times[large] / times[small]) / math.log(large / small)


def exponents(results: Results) -> str:
    """The exponents, as Markdown."""
    columns = {**REFERENCE, **COLUMNS}
    lines = ["| task | " + " | ".join(columns.values()) + " |", "|---" * (len(columns) + 1) + "|"]
    for task, (what, _) in TASKS.items():
        found = [exponent(results, task, c) for c in columns]
        if found[0] is not None:
            lines.append(f"| {what} | " + " | ".join("–" if e is None else f"{e:.1f}" for e in found) + " |")
    return "\n".join(lines)


def scaling(results: Results, path: str) -> None:
    """Time against size for some tasks, one panel each."""
    plt = _pyplot()
    figure, panels = plt.subplots(2, 3, figsize=(10, 5.6), sharey=True)
    for axes, task in zip(panels.flat, SCALING, strict=True):
        for column, name in {**REFERENCE, **COLUMNS}.items():
            times = times_of(results, task, column)
            if times:
                style = {
                    "color": COLOURS.get(column, "black"),
                    "marker": MARKERS.get(column, ""),
                    "linestyle": "--" if column in REFERENCE else "-",
                }
                axes.plot(list(times), list(times.values()), label=name, markersize=4, linewidth=1.2, **style)
        axes.set(xscale="log", yscale="log")
        axes.xaxis.set_minor_formatter(lambda value, _: "")
        axes.set_title(
            TASKS[task][0].replace("the same kept compressed, as", "kept compressed, as"), fontsize=9, loc="left"
        )
        axes.grid(color="#eeeeee")
        axes.spines[["top", "right"]].set_visible(False)
    for axes in panels[:, 0]:
        axes.set_ylabel("seconds")
    for axes in panels[1]:
        axes.set_xlabel("n")
    figure.legend(*panels.flat[0].get_legend_handles_labels(), loc="upper center", ncols=5, frameon=False)
    figure.tight_layout(rect=(0, 0, 1, 0.95))
    _save(figure, path)


def _pyplot() -> Any:
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "gradproof"
    import matplotlib.pyplot

    return matplotlib.pyplot


def _save(figure: Any, path: str) -> None:
    figure.savefig(path, metadata={"Date": None} if path.endswith(".svg") else None, dpi=110)


def plot(results: Results, path: str) -> None:
    """One line a task, one mark a column, at the size nearest to 1000 that JAX reached."""
    plt = _pyplot()
    rows = []
    for task, (what, _) in TASKS.items():
        sizes = [
            n
            for n in sorted(n for t, n in results if t == task)
            if ratio(results, task, n, "gradproof_numpy") and ratio(results, task, n, "jax_jit")
        ]
        if sizes:
            n = min(sizes, key=lambda n: abs(n - 1000))
            rows.append((f"{what},  n = {n:,}", task, n))
    figure, axes = plt.subplots(figsize=(10, 0.32 * len(rows) + 1.1))
    for k, (_, task, n) in enumerate(reversed(rows)):
        marks = {c: r for c in COLUMNS if (r := ratio(results, task, n, c)) is not None}
        axes.plot([min(marks.values()), max(marks.values())], [k, k], color="#dddddd", zorder=1, linewidth=1)
        for column, value in marks.items():
            ours = column == "gradproof_numpy"
            axes.scatter(
                value, k, color=COLOURS[column], marker=MARKERS[column], s=46 if ours else 30, zorder=3 if ours else 2
            )
    axes.axvline(1, color="#888888", linewidth=1, zorder=1)
    axes.set_xscale("log")
    axes.set_yticks(range(len(rows)), [name for name, _, _ in reversed(rows)], fontsize=9)
    axes.set_xlabel("time, relative to the best hand-written NumPy and SciPy (one core, float64)", loc="right")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.10g}")
    axes.grid(axis="x", color="#eeeeee", zorder=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    for column, name in COLUMNS.items():
        axes.scatter([], [], color=COLOURS[column], marker=MARKERS[column], label=name)
    figure.legend(loc="upper center", ncols=len(COLUMNS), frameon=False, bbox_to_anchor=(0.68, 1.0))
    figure.tight_layout(rect=(0, 0, 1, 0.96))
    _save(figure, path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+")
    parser.add_argument("--plot", default="")
    parser.add_argument("--scaling", default="")
    given = parser.parse_args()
    results = read(given.files)
    print(table(results), exponents(results), sep="\n\n")
    for (task, n), columns in sorted(results.items()):
        for column, record in columns.items():
            if wrong(record):
                print(f"\n{task}, n = {n}: the answer of {column} is wrong by {record['relerr']:.0e}")
    if given.plot:
        plot(results, given.plot)
    if given.scaling:
        scaling(results, given.scaling)


if __name__ == "__main__":
    main()
