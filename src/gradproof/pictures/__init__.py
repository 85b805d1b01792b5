"""Pictures of a result, as text and as SVG: the boxes of a product with their sizes, and the network of a sum over indices.

boxes     of matrix notation: each factor a box as high and as wide as its sizes
network   of the contraction that the engine holds: each factor a node, each index a line
svg       what both draw with
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from gradproof.choices import Drawn, Format, Picture
from gradproof.engine.tensor import Tensor, Variable
from gradproof.errors import GradproofError, UnsupportedError
from gradproof.lift.graph import NoMatrixForm
from gradproof.lift.index import IndexForm
from gradproof.lift.lifter import Lifter
from gradproof.notation.expr import Expr
from gradproof.pictures.boxes import boxes
from gradproof.pictures.network import network
from gradproof.render import text
from gradproof.render.left import left_side
from gradproof.say import listed, say


def picture(
    result: Expr | IndexForm, tensor: Tensor, lifter: Lifter, wrt: Sequence[str], kind: Picture, form: Drawn
) -> str:
    """The picture of a result. `tensor`: the same in index notation.

    Raises GradproofError for an unknown kind or format, UnsupportedError for the boxes of what matrix notation does not hold.
    """
    if kind not in get_args(Picture):
        raise GradproofError(
            say("there is no picture '{kind}'", kind=kind),
            hint=say("pictures are {known}", known=listed(get_args(Picture))),
        )
    if form not in get_args(Drawn):
        known = listed(get_args(Drawn))
        raise GradproofError(
            say("a picture has no format '{form}'", form=form), hint=say("formats are {known}", known=known)
        )
    written: Format = "ascii" if form == "ascii" else "unicode"
    if kind == "network":
        drawn = network(tensor, lambda t: _label(t, lifter, written), written)
    elif isinstance(result, IndexForm):
        raise UnsupportedError(
            say("boxes of what has more than two axes"), hint=say("the network has them: picture('network')")
        )
    else:
        drawn = boxes(result, left_side(wrt, written), written)
    return drawn.svg() if form == "svg" else drawn.text(ascii=form == "ascii")


def _label(t: Tensor, lifter: Lifter, form: Format) -> str:
    """A factor as it is written."""
    try:
        return text(lifter.lift(t), form)
    except NoMatrixForm:
        return t.name if isinstance(t, Variable) else type(t).__name__.lower()


__all__ = ["boxes", "network", "picture"]
