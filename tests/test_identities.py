"""Identities of books and papers, of the kinds of the newer mathematics: each has the value of a difference quotient of NumPy, or is refused."""

from __future__ import annotations

import json
import statistics
from pathlib import Path

import pytest

from gradproof.errors import GradproofError, UnverifiedWarning
from identities import outcome

ENTRIES = json.loads((Path(__file__).parent / "identities.json").read_text("utf-8"))
REFUSED = {"t176", "t177", "t178"}  # today
LENGTH = 1.0  # of ours by that of the book, in the median, at most


def held(entry: dict, *, verify: bool) -> None:
    try:
        d, error = outcome(entry, verify=verify)
    except (GradproofError, UnverifiedWarning):
        if entry["id"] not in REFUSED:
            raise
        return
    assert error < 1e-5, (entry["expr"], d.result.ascii)
    assert d.verified is (True if verify else None)
    assert entry["id"] not in REFUSED, "no longer refused"


@pytest.mark.parametrize("entry", ENTRIES[::9], ids=lambda e: e["id"])
def test_some_identities(entry: dict) -> None:
    held(entry, verify=False)


@pytest.mark.long
@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e["id"])
def test_all_identities(entry: dict) -> None:
    held(entry, verify=True)


def test_results_are_as_short_as_in_books() -> None:
    with_book = [e for e in ENTRIES if "book" in e and e["id"] not in REFUSED]
    ratios = []
    for e in with_book[::9]:
        d, _ = outcome(e, verify=False)
        ratios.append(len(d.result.ascii.replace(" ", "")) / len(e["book"].replace(" ", "")))
    assert statistics.median(ratios) <= LENGTH
