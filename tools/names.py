"""Which files outside of their table name an operation, or a fact: `python tools/names.py [facts]`. One idea stands in one place; the test allows two more.

An operation is named by `TABLE["tanh"]`, `call("tanh", …)`, and by lists of names that are looked up in the table. The few that the notation itself is
made of (`+`, `*`, the transpose, …) are constants of `gradproof.ops.basic`, which may be imported. A fact is named by its name as a text, in a file that
speaks of facts.
"""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "gradproof"
sys.path.insert(0, str(ROOT / "src"))

from gradproof.ops.basic import BASIC  # noqa: E402  (found by the line above)

LOOKUPS = {"TABLE", "BY_SPELLING", "OPERATIONS"}
CALLS = {"call", "operation", "op_tree"}


def strings(node: ast.AST) -> Iterator[str]:
    """The strings in an expression; a text that is split is several."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "split":
        yield from (word for text in strings(node.func.value) for word in text.split())
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("items", "keys"):
        yield from strings(node.func.value)
    elif isinstance(node, ast.Dict):
        yield from (text for key in node.keys if key is not None for text in strings(key))
    elif isinstance(node, ast.Tuple | ast.List | ast.Set):
        for element in node.elts:
            yield from strings(element)
    elif isinstance(node, ast.IfExp):
        yield from (*strings(node.body), *strings(node.orelse))


@cache
def _nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(path.read_text("utf-8"))))


def named(path: Path, names: Collection[str]) -> set[str]:
    """The entries of a table that a file names."""
    found: set[str] = set()
    for node in _nodes(path):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id in LOOKUPS:
            found |= {*strings(node.slice)}
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS and node.args:
            found |= {*strings(node.args[0])} - {op.name for op in BASIC}  # a formula in the signs of the notation
        elif isinstance(node, ast.comprehension):
            listed = {*strings(node.iter)}
            found |= listed if len(listed & {*names}) > 1 else set()
    return found & {*names}


def told(path: Path, facts: Collection[str]) -> set[str]:
    """The facts that a file names: as a text anywhere in it, where it speaks of facts at all."""
    nodes = _nodes(path)
    speaks = any("facts" in (getattr(n, "attr", ""), getattr(n, "id", ""), getattr(n, "arg", "")) for n in nodes)
    return {n.value for n in nodes if isinstance(n, ast.Constant) and n.value in facts} if speaks else set()


def files(names: Collection[str], own: str) -> Mapping[str, list[str]]:
    """For each name the files outside the folder `own` that have it."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(SOURCE.rglob("*.py")):
        place = str(path.relative_to(SOURCE))
        if place.split("/")[0] not in (own, "languages"):
            for name in (told if own == "facts" else named)(path, names):
                found[name].append(place)
    return found


def main(arguments: list[str]) -> int:
    from gradproof.facts import TABLE as FACTS
    from gradproof.ops import TABLE

    names, own = (FACTS, "facts") if "facts" in arguments else (TABLE, "ops")
    for name, places in sorted(files(names, own).items(), key=lambda item: -len(item[1])):
        print(f"{len(places):3}  {name:12} {', '.join(places)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
