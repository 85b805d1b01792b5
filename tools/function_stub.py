"""Writes src/gradproof/notation/functions.pyi: the operations of the table as functions on formulas, for type checkers.

python tools/function_stub.py
"""

from __future__ import annotations

from pathlib import Path

from gradproof.ops import BY_SPELLING

STUB = Path(__file__).parents[1] / "src" / "gradproof" / "notation" / "functions.pyi"
HEAD = '''"""The operations of the table as functions on formulas: gp.exp(x). Written by tools/function_stub.py, and held against the table by a test."""

from gradproof.notation.expr import Expr
'''


def stub() -> str:
    """The text of the stub."""
    lines = [HEAD]
    for name, op in sorted(BY_SPELLING.items()):
        lines.append(f"def {name}(*{'sizes: str | int' if op.letters else 'args: Expr | float'}) -> Expr: ...")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    STUB.write_text(stub(), "utf-8")
