"""What stands for a comparison in a claim: 1 where it is true of an entry, 0 where it is not, at a tie too."""

from __future__ import annotations

from gradproof.ops.elementwise import ELEMENTWISE

RELATIONS = {  # of the difference of the two sides, x
    ">": "relu(sign(x))",
    "<": "relu(sign(-x))",
    "≠": "abs(sign(x))",
}
OPPOSITE = {"≤": ">", "≥": "<", "=": "≠"}  # what is true where these are not
STEP = "sign(x)/2"  # and a half: Heaviside's function, 1/2 at 0
SLOPE = "(1 + sign(x))/2"  # of what is its argument where that is positive, else nothing
_OPS = {op.name: op for op in ELEMENTWISE}
SIGNED = frozenset(_OPS[n] for n in ("sign", "relu", "abs"))  # their sign follows from the one of the argument
PIECES = {
    _OPS["abs"]: (1, -1),
    _OPS["relu"]: (1, 0),
}  # what they are times their argument, where that is above zero and below
