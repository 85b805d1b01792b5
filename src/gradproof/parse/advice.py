"""What to do about a name that is called and is no function."""

from __future__ import annotations

from collections.abc import Mapping

from gradproof.notation.expr import Function
from gradproof.ops import BY_SPELLING
from gradproof.ops.operation import Reserved
from gradproof.parse.names import TAKEN, USUAL, nearest
from gradproof.say import Said, say


def advice(name: str, functions: Mapping[str, Function]) -> Said:
    """What to do about an unknown function."""
    if name in USUAL:
        return say("write {formula}", formula=USUAL[name])
    guess = nearest(name, [*(n for n in TAKEN if not _reserved(n)), *functions])
    base = name.lstrip("D").partition("_")[0]
    if guess:
        return say("did you mean {guess}?", guess=guess)
    if base in functions and name[0] == "D":
        formals = functions[base].formals
        orders = f"D{base}, DD{base}" if len(formals) == 1 else ", ".join(f"D{base}_{formal}" for formal in formals)
        return say("the derivatives of {base} are written {orders}", base=base, orders=orders)
    declared = base if name[0] == "D" and base else name
    return say(
        'declare {name}, where: "{name}: function x -> scalar" (or vector n, matrix m n)'
        if declared != name
        else 'declare {name}, where: "{name}: function x -> scalar" (or vector n, matrix m n), or write {name}*(…) for a product',
        name=declared,
    )


def _reserved(name: str) -> bool:
    """Whether a name is kept for later work, so that nobody is sent to it."""
    return name in BY_SPELLING and isinstance(BY_SPELLING[name].meaning, Reserved)
