"""Mutation test: the answers of the corpus are called right; damaged by program they never are, and the diagnosis names the damage.

`python tests/test_check_mutations.py` prints the table for the whole corpus.
"""

from __future__ import annotations

import functools
import random
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import corpus_sampling
import damages
import gradproof as gp
from corpus_entries import ENTRIES, declarations
from gradproof.check.terms import expand
from gradproof.check.tree import build, from_expr, total

EACH = 20  # damaged claims of each kind; the first few of them in `make test`
NAMED = 0.9  # of them, how many are named at least
LATER = {"complex", "structured", "symbolic-integer-power", "index-sum"}
ORDER = random.Random(20).sample(sorted(ENTRIES), len(ENTRIES))

RIGHT = ("right",)
# a vector by a scalar is a row in denominator layout, and the books write a column
RIGHT_OR_COLUMN = ("right", "other-layout")


@functools.cache
def answer(name: str) -> Any:
    """The answer of an entry as a formula; None where it is not judged."""
    entry = ENTRIES[name]
    if set(entry.get("needs", ())) & LATER:
        return None
    return damages.right_answer(entry, declarations(entry))


def judge(name: str, claim: Any, layout: str = "denominator") -> Any:
    """The outcome of a check of an entry; None where its formula is not supported."""
    entry = ENTRIES[name]
    try:
        return gp.check(entry["expr"], entry["wrt"], claim, declarations(entry), layout)
    except gp.UnsupportedError:
        return None


@functools.cache
def verdict(name: str) -> str:
    found = judge(name, answer(name)) if answer(name) is not None else None
    return found.verdict if found is not None else "none"


def damaged(kind: str, most: int) -> Iterator[tuple[str, Any]]:
    """Damaged claims of one kind, from entries whose answer is right as it stands."""
    count = 0
    for name in ORDER:
        if count < most and answer(name) is not None:
            claims = damages.damaged(ENTRIES[name], answer(name), kind, 0)
            if claims and verdict(name) == "right":
                count += len(claims)
                yield from ((name, c) for c in claims)


def rates(kind: str, most: int) -> tuple[Counter[str], list[str]]:
    """How often a kind of damage gets each verdict, and is named; and the cases that fail."""
    counts: Counter[str] = Counter()
    failed = []
    for name, claim in damaged(kind, most):
        found = judge(name, claim)
        assert found.text("zh")
        assert found.json()
        named = bool(damages.DAMAGES[kind].names & {*found.diagnoses})
        counts.update(("all", found.verdict, *(["named"] if named else [])))
        if found.verdict in RIGHT or not named:
            text = claim if isinstance(claim, str) else claim.ascii
            failed.append(
                f"{kind}: {name}: {text[:200]} is {found.verdict} {found.diagnoses}; right is {answer(name).ascii[:200]}"
            )
    return counts, failed


@pytest.mark.parametrize("most", [7, pytest.param(EACH, marks=pytest.mark.long)])
@pytest.mark.parametrize("kind", damages.DAMAGES)
def test_damage_is_seen_and_named(kind: str, most: int) -> None:
    counts, failed = rates(kind, most)
    print(kind, dict(counts))
    assert not counts["right"], "\n".join(failed)
    assert counts["all"] >= 5
    assert counts["all"] - counts["named"] <= max(1, (1 - NAMED) * counts["all"]), "\n".join(failed)


def subtly_damaged(names: list[str]) -> None:
    """No subtle damage of these entries is called right."""
    tried = 0
    for name in names:
        if answer(name) is None or verdict(name) != "right":
            continue
        entry = ENTRIES[name]
        symbol = next(
            (s for s in gp.parse(entry["expr"], declarations(entry)).variables if s.name == entry["wrt"][0]), None
        )
        if symbol is None or not np.any(values_of(name)):
            continue
        for claim in damages.subtle(answer(name), symbol):
            found = judge(name, claim)
            tried += 1
            assert found.verdict not in ("right", "other-layout"), f"{name}: {found.text()}"
    assert tried


def values_of(name: str) -> Any:
    """The answer of an entry at a random point: where it is zero, no factor changes it."""
    values = corpus_sampling.draw(ENTRIES[name], 0)
    with np.errstate(all="ignore"):
        return answer(name).evaluate(values)


def test_subtle_damages_are_not_right() -> None:
    subtly_damaged([name for name in ORDER[:20] if len(ENTRIES[name]["expr"]) < 12][:3])


@pytest.mark.long
@pytest.mark.parametrize("part", range(10))
def test_no_subtle_damage_of_the_corpus_is_right(part: int) -> None:
    subtly_damaged(ORDER[part::60])


@pytest.mark.parametrize("part", range(8))
def test_answers_are_right_in_whatever_form_they_are_written(part: int) -> None:
    """As in the book; multiplied out; as gradproof writes them; in another layout."""
    for name in ORDER[part::24]:
        if answer(name) is None or verdict(name) == "none":
            continue
        assert verdict(name) in RIGHT_OR_COLUMN, name
        expanded = build(total(expand(from_expr(answer(name)))), {})
        assert expanded is None or judge(name, expanded).verdict in RIGHT_OR_COLUMN, name
        own = gp.derive(
            ENTRIES[name]["expr"], ENTRIES[name]["wrt"], declarations(ENTRIES[name]), layout="numerator"
        ).result
        if isinstance(own, gp.Expr):
            assert judge(name, own, "numerator").verdict == "right", name
            assert judge(name, own).verdict in RIGHT_OR_COLUMN, name


def main() -> int:
    """Print the table of rates for the whole corpus."""
    most = int(sys.argv[1]) if len(sys.argv) > 1 else len(ENTRIES)
    print(f"{'damage':<24}{'claims':>8}{'named':>8}{'right':>8}  verdicts")
    for kind in damages.DAMAGES:
        counts, failed = rates(kind, most)
        verdicts = ", ".join(f"{v} {counts[v]}" for v in ("wrong", "right-if", "other-layout", "unknown") if counts[v])
        print(
            f"{kind:<24}{counts['all']:>8}{counts['named'] / max(1, counts['all']):>8.1%}{counts['right']:>8}  {verdicts}",
            flush=True,
        )
        for line in failed if "-v" in sys.argv else ():
            print("   ", line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
