"""Writes docs/operations.md from the table of operations: what each means, its differential, where it is defined, where that is from, and an example that is derived.

python tools/operations.py            # writes the page
python tools/operations.py --check    # exit 1 where the page is not what would be written
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import gradproof as gp
from gradproof.ops import TABLE, Operation
from gradproof.ops.operation import (
    Combination,
    Definition,
    Differential,
    Einsum,
    Elementwise,
    Fill,
    Frechet,
    Linear,
    Monomial,
    Power,
    Primary,
    Reserved,
    ValueOnly,
)
from gradproof.ops.structures import BASES, MADE, STRUCTURED
from gradproof.shapes.shape import Signature, Slot

PAGE = Path(__file__).parents[1] / "docs" / "operations.md"
_HEAD = """# Operations

Every operation of the table, as `tools/operations.py` finds it there: the shapes that it takes, what it means, its differential (or, of a function of numbers, its
derivative by each argument; x or X is the first argument, a the second, y or Y the value), where it is defined and differentiable, the source, and an example that was
derived for this page. Shapes are written with letters: `ij` is a matrix, `i` a column, `i'` a row, nothing a scalar, `*` any shape, `I` an axis of i*(i+1)/2.

| operation | shapes | what it is | differential | where | source | example |
|---|---|---|---|---|---|---|
"""
_WIDTH = 60  # the longest result that is shown


def main() -> None:
    warnings.simplefilter("ignore")  # what cannot be proven at random points is no example
    text = page()
    if "--check" in sys.argv:
        sys.exit(PAGE.read_text("utf-8") != text)
    PAGE.write_text(text, "utf-8")


def page() -> str:
    """The whole page."""
    listed = [op for op in (*TABLE.values(), *STRUCTURED.values()) if not isinstance(op.meaning, Reserved)]
    return _HEAD + "\n".join(_row(op) for op in listed) + "\n"


def _row(op: Operation) -> str:
    name = op.symbol or op.name
    shapes = " ".join(s.text for s in op.signatures[:3]) + (" …" if len(op.signatures) > 3 else "")
    where = str(op.domain.text) if op.domain is not None else ""
    cells = (_code(name), _code(shapes), op.doc, _meaning(op), where, op.source, _example(op))
    return "| " + " | ".join(cell.replace("|", "&#124;") for cell in cells) + " |"


def _code(text: str) -> str:
    return f"<code>{text.replace('|', '&#124;').replace('*', '&#42;').replace('_', '&#95;')}</code>" if text else ""


def _meaning(op: Operation) -> str:
    if op in STRUCTURED.values():
        basis = next((b.name for b in BASES if MADE[b] is op), "")
        return f"linear: a product with {_code(basis)}" if basis else "linear"
    match op.meaning:
        case Einsum() | Combination():
            return "linear in each argument" if op.arity else ""
        case Monomial() | Power():
            return "a product of powers"
        case Elementwise(derivatives=found):
            return ", ".join(_code(t) if t else "none" for t in found)
        case Differential(text=text) | Linear(text=text) if text:
            return _code(text)
        case Linear():
            return "linear in its last argument"
        case Primary(derivative=text):
            return f"Fréchet derivative; as of a number {_code(text)}"
        case Frechet():
            return "linear in each direction"
        case Definition(text=text):
            return f"stands for {_code(text)}"
        case ValueOnly(why=why):
            return f"none: {why}"
        case Fill():
            return "a constant"
    return ""


_KIND = {"s": "scalar", "v": "vector", "r": "vector", "m": "matrix"}
_NAMES = "XABC"


def _example(op: Operation) -> str:
    """A formula with this operation, and its derivative by the first argument; "" where it has none."""
    for signature in sorted(op.signatures, key=lambda s: -sum(len(slot.axes) for slot in s.args)):
        found = _derived(op, signature)
        if found:
            return found
    return ""


def _derived(op: Operation, signature: Signature) -> str:
    if not signature.args or op.letters or (op.symbol and op.symbol != "'"):
        return ""
    names = [n.lower() if slot.kind in "svr" else n for n, slot in zip(_NAMES, signature.args, strict=False)]
    where = {n: _declared(slot) for n, slot in zip(names, signature.args, strict=False)}
    if any(slot.kind == "*" for slot in signature.args):
        names = ["x", "a", "b"][: len(signature.args)]
        where = dict.fromkeys(names, "vector n")
    args = [f"{n}'" if slot.kind == "r" else n for n, slot in zip(names, signature.args, strict=True)]
    text = _spelled(op, args)
    for formula in (text, f"tr(P*{text})", f"c'*{text}", f"sum({text})"):
        try:
            d = gp.derive(formula, names[0], where)
            shown = d.result.ascii if isinstance(d.result, gp.Expr) else ""
        except gp.GradproofError:
            continue
        if d.verified and shown and len(d.shape) <= 2 and len(shown) <= _WIDTH:
            return f"{_code(formula)} by {names[0]}: {_code(shown)}"
    return ""


def _declared(slot: Slot) -> str:
    dims = [f"{g[0].lower()}*({g[0].lower()}+1)/2" if g[0].isupper() else g[0] for g in slot.axes]
    return " ".join([_KIND.get(slot.kind, "vector"), *("n" if d == "i" else d.replace("i", "n") for d in dims)])


def _spelled(op: Operation, args: list[str]) -> str:
    if op.symbol and len(args) == 2:
        return f"{args[0]}{op.symbol}{args[1]}"
    if op.symbol:
        return f"{args[0]}{op.symbol}" if op.symbol == "'" else f"{op.symbol}{args[0]}"
    return f"{op.name}({', '.join(args)})"


if __name__ == "__main__":
    main()
