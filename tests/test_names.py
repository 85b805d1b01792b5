"""One idea in one place: files that name an operation, or a fact, outside of its table. `python tools/names.py` prints them."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from gradproof.facts import TABLE as FACTS
from gradproof.ops import TABLE
from gradproof.ops.basic import BASIC

_spec = importlib.util.spec_from_file_location("names", Path(__file__).parents[1] / "tools" / "names.py")
assert _spec is not None
assert _spec.loader is not None
names = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(names)

MOST = 2
# what is still too much, at most so much, and to become less: exponents and logarithms have laws of their own, and stable spellings
MORE = {
    "log": 15, "exp": 10, "softmax": 12, "logsumexp": 11, "abs": 9, "det": 7, "norm1": 7, "logdet": 6, "relu": 5, "sigmoid": 3,
}  # fmt: skip


def test_few_files_name_an_operation() -> None:
    basic = {op.name for op in BASIC}
    found = {name: places for name, places in names.files(TABLE, "ops").items() if name not in basic}
    for name, places in found.items():
        assert len(places) <= MORE.get(name, MOST), (
            f"{name}: {', '.join(places)}: put what is known of it into its entry"
        )


def test_few_files_name_a_fact() -> None:
    for name, places in names.files(FACTS, "facts").items():
        assert len(places) <= MOST, f"{name}: {', '.join(places)}: put what is known of it into its record"


@pytest.mark.parametrize("text", ['x = TABLE["erfc"]', 'call("erfc", x)', 'A = [TABLE[n] for n in ("erfc", "tanh")]', 'B = {TABLE[n]: 1 for n in "erfc tanh".split()}', 'C = {TABLE[n]: f for n, f in {"erfc": 1, "tanh": 2}.items()}'])  # fmt: skip
def test_names_are_seen(text: str, tmp_path) -> None:
    (tmp_path / "a.py").write_text(text)
    assert "erfc" in names.named(tmp_path / "a.py", TABLE)
