"""One idea in one place: files that name an operation, or a fact, outside of its table. `python tools/names.py` prints them."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from gradproof.facts import TABLE as FACTS
from gradproof.ops import TABLE

_spec = importlib.util.spec_from_file_location("names", Path(__file__).parents[1] / "tools" / "names.py")
assert _spec is not None
assert _spec.loader is not None
names = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(names)

MOST = 2


def test_few_files_name_an_operation() -> None:
    for name, places in names.files(TABLE, "ops").items():
        assert len(places) <= MOST, f"{name}: {', '.join(places)}: put what is known of it into its entry"


def test_few_files_name_a_fact() -> None:
    for name, places in names.files(FACTS, "facts").items():
        assert len(places) <= MOST, f"{name}: {', '.join(places)}: put what is known of it into its record"


def test_names_of_facts_are_seen(tmp_path) -> None:
    (tmp_path / "a.py").write_text('"simplex" in x.facts')
    assert names.told(tmp_path / "a.py", FACTS) == {"simplex"}


@pytest.mark.parametrize("text", ['x = TABLE["erfc"]', 'call("erfc", x)', 'A = [TABLE[n] for n in ("erfc", "tanh")]', 'B = {TABLE[n]: 1 for n in "erfc tanh".split()}', 'C = {TABLE[n]: f for n, f in {"erfc": 1, "tanh": 2}.items()}'])  # fmt: skip
def test_names_are_seen(text: str, tmp_path) -> None:
    (tmp_path / "a.py").write_text(text)
    assert "erfc" in names.named(tmp_path / "a.py", TABLE)
