"""Texts of formulas, damaged at random: each is refused with a GradproofError, or its printed form means the same thing.

    python -m fuzz.texts [--seconds 60] [--seed 0]

What a text that is ASCII means is also read by the independent reader of `reading`, and its value compared.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import time
import warnings
from collections import Counter
from dataclasses import dataclass, field
from keyword import iskeyword
from pathlib import Path

import numpy as np

import gradproof as gp
from fuzz.formulas import Point, Unreadable, Value, evaluate
from fuzz.generate import problem
from fuzz.jets import FLOAT, Jet, OutOfDomain
from fuzz.reading import read
from fuzz.run import within
from fuzz.truth import declared, sample

TESTS = Path(__file__).parent.parent
LIMIT = 10.0
PIECES = (
    "+ - * / ^ .* ./ .^ ' ( ) [ ] , : ; = | || ‖ ⊙ ∘ ⊘ ⊗ √ · × − ᵀ ² ⁻¹ ₁ ½ Σ ∑ σ λ β 𝟏 @ ** .T ^T ^{-1} \\ _ { } $ & % ~ ! ? x y A B X n m i 1 2 0 -1 0.5 1e3 "
    "exp log tr inv diag sum norm2 softmax eye(n) ones(n) zeros(n) x' A' A*x x'*y \\frac{1}{2} \\top \\left( \\right) \\sum_i \\lVert \\rVert \\log \\exp x_i A_{ij} "
    "\\mathbf{x} \\operatorname{tr} \\cdot \\odot \\quad \\, \\sqrt{x} ^2 ^\\top _2 lambda where T"
).split(" ")


def sources() -> list[str]:
    """Formulas as people write them: in ASCII, in LaTeX, in plain text, with their surroundings, and as the generator makes them."""
    found = []
    for entry in json.loads((TESTS / "latex_sample.json").read_text()):
        found += [entry["latex"], entry["ascii"]]
    for path in sorted((TESTS / "corpus").glob("*.json")):
        entries = json.loads(path.read_text())
        for entry in entries if isinstance(entries, list) else []:
            found += [entry[k] for k in ("expr", "latex_expr", "expected") if isinstance(entry.get(k), str)]
    for path in sorted((TESTS / "reading").glob("*.json")):
        found += [entry["text"] for entry in json.loads(path.read_text())]
    found += [p.text for p in map(problem, range(200)) if p and len(p.text) < 120]
    return [text for text in found if text and len(text) < 250]


def damaged(text: str, rng: random.Random, corpus: list[str]) -> str:
    """One to three changes: a piece left out, doubled, exchanged, put in; brackets added; two texts joined."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        pieces = re.findall(r"\\[A-Za-z]+|[A-Za-z]\w*|\d+(?:\.\d+)?|\s+|.", text) or [""]
        at = rng.randrange(len(pieces))
        match rng.randrange(9):
            case 0:
                del pieces[at]
            case 1:
                pieces.insert(at, rng.choice(PIECES))
            case 2:
                pieces[at] = rng.choice(PIECES)
            case 3:
                pieces.insert(at, pieces[at])
            case 4:
                other = rng.randrange(len(pieces))
                pieces[at], pieces[other] = pieces[other], pieces[at]
            case 5:
                pieces = ["(", *pieces[:at], ")", *pieces[at:]]
            case 6:
                pieces[at:at] = ["(", rng.choice(corpus)[:60], ")"]
            case 7:
                pieces = [*pieces, rng.choice(("+", "*", "-", ".*", " ")), rng.choice(corpus)[:80]]
            case 8:
                pieces[at] = pieces[at].swapcase() if pieces[at].isalpha() else rng.choice("+-*/^'.")
        text = "".join(pieces)
    return text


@dataclass
class Outcome:
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def found(self, text: str, said: str) -> None:
        self.wrong.append(f"{text!r}: {said}")


def look(text: str, out: Outcome, rng: random.Random) -> None:
    """Reads a text, and reads back what it prints."""
    try:
        with within(LIMIT), warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            _look(text, out, rng)
    except TimeoutError:
        out.found(text, f"more than {LIMIT:g} s")
    except gp.GradproofError:
        out.counts["refused"] += 1
    except Exception as error:
        out.found(text, f"{type(error).__name__}: {str(error)[:100]}")


def _look(text: str, out: Outcome, rng: random.Random) -> None:
    e = gp.parse(text)
    where = {s.name: _declaration(s) for s in e.variables}
    if any(iskeyword(word) for said in where.values() for word in re.findall(r"\w+", said)):
        out.counts["a size with a name that Python keeps"] += 1
        return
    try:
        values, point = _point(where, rng)
    except Unreadable:
        out.counts["a size that the independent reader does not read"] += 1
        return
    try:
        value = np.asarray(e.evaluate(values))
    except gp.GradproofError:
        out.counts["read, without a value at the point"] += 1
        return
    out.counts["read"] += 1
    for notation in ("ascii", "unicode", "latex"):
        printed = getattr(e, notation)
        try:
            again = gp.parse_latex(printed, where=where) if notation == "latex" else gp.parse(printed, where=where)
        except gp.GradproofError as error:
            out.counts[f"printed as {notation}, refused"] += 1
            if notation == "ascii":
                out.found(text, f"its ASCII {printed!r} is refused: {error.message[:80]}")
            continue
        _compare(text, f"{notation} {printed!r}", np.asarray(again.evaluate(values)), value, out)
    for source in dict.fromkeys([e.ascii, text]):
        try:
            own = evaluate(read(source), point)
        except (
            Unreadable,
            OutOfDomain,
            ZeroDivisionError,
            OverflowError,
            KeyError,
            ValueError,
            SyntaxError,
            RecursionError,
        ):
            out.counts["not read by the independent reader"] += 1
            continue
        shape = {"s": (), "v": (own.shape[0],), "r": (own.shape[1],), "m": own.shape}[own.kind]
        if value.size != own.jet.value.size:
            out.found(text, f"{source!r} has shape {shape}, gradproof says {value.shape}")
            continue
        out.counts["compared with the independent reader"] += 1
        _compare(text, f"own reading of {source!r}", own.jet.value.reshape(value.shape), value, out)


def _compare(text: str, what: str, got: np.ndarray, value: np.ndarray, out: Outcome) -> None:
    if got.shape != value.shape:
        out.found(text, f"{what} has shape {got.shape} for {value.shape}")
    elif np.all(np.isfinite(value)) and not np.allclose(
        got, value, rtol=1e-7, atol=1e-10 * (1 + np.max(np.abs(value), initial=0))
    ):
        out.found(text, f"{what} gives {got.reshape(-1)[:3]} for {value.reshape(-1)[:3]}")


def _declaration(s: object) -> str:
    shape, facts = s.shape, sorted(getattr(s, "facts", ()))  # type: ignore[attr-defined]
    dims = [str(d).replace(" ", "") for d in shape]
    return " ".join([("scalar", "vector", "matrix")[len(dims)], *dims, *facts])


def _point(where: dict[str, str], rng: random.Random) -> tuple[dict[str, object], Point]:
    names = sorted({n for said in where.values() for n in re.findall(r"[^\W\d]\w*", " ".join(said.split()[1:]))})
    sizes = dict(zip(names, rng.choices((2, 3, 4), k=len(names)), strict=True))
    numbers = np.random.default_rng(rng.randrange(10**6))
    arrays = {n: np.asarray(np.abs(sample(said, sizes, numbers)) + 0.25) for n, said in where.items()}
    values = {
        n: Value(declared(said, sizes)[0], Jet(FLOAT, {0: arrays[n].reshape((*arrays[n].shape, 1, 1)[:2])}))
        for n, said in where.items()
    }
    given = {
        **{n: k for n, k in sizes.items() if n not in arrays},
        **{n: a if a.ndim else float(a) for n, a in arrays.items()},
    }
    return given, Point(FLOAT, values, {**dict.fromkeys(("n", "m", "p", "q"), 3), **sizes})


def damage(seconds: float, seed: int = 0, most: int | None = None, shown: int = 40) -> Outcome:
    """Damaged texts for so many seconds, or so many of them."""
    corpus, out, k = sources(), Outcome(), 0
    end = time.monotonic() + seconds
    while time.monotonic() < end and (most is None or k < most):
        rng = random.Random(f"{seed}:{k}")
        text = damaged(rng.choice(corpus), rng, corpus)
        before = len(out.wrong)
        look(text, out, rng)
        k += 1
        if before < len(out.wrong) and before < shown:
            print(out.wrong[-1], flush=True)
    out.counts["texts"] = k
    return out


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    out = damage(args.seconds, args.seed)
    print("\n".join(f"{n:7d}  {name}" for name, n in sorted(out.counts.items())))
    print(f"{out.counts['texts']} texts, {len(out.wrong)} wrong")
    return 1 if out.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
