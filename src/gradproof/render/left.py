"""What stands left of the equals sign of a derivative: ∂f/∂x, ∂²f/∂x∂y."""

from __future__ import annotations

from collections.abc import Sequence

from gradproof.notation.expr import symbol
from gradproof.shapes.shape import SCALAR

_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def left_side(names: Sequence[str], form: str) -> str:
    """The derivative of f by these names, as "ascii", "unicode" or "latex"."""
    count = "" if len(names) == 1 else str(len(names))
    written = [getattr(symbol(name, SCALAR), form) for name in names]
    if form == "latex":
        power = f"^{{{count}}}" if count else ""
        below = r" \, ".join(rf"\partial {name}" for name in written)
        return rf"\frac{{\partial{power} f}}{{{below}}}"
    d = "d" if form == "ascii" else "∂"
    power = count if form == "ascii" else count.translate(_RAISED)
    return f"{d}{power}f/{''.join(d + name for name in written)}"
