"""Kinks at one place in one way: relu(-u) is relu(u) - u, abs(u) is 2*relu(u) - u, where several of them stand in a formula."""

from __future__ import annotations

from gradproof.engine.applied import apply
from gradproof.engine.contract import add
from gradproof.engine.replace import replace
from gradproof.engine.stable_logs import RELU
from gradproof.engine.tensor import Apply, Tensor, walk_tensor
from gradproof.ops.basic import ABS
from gradproof.optimum.tidy import negative


def one_sided(t: Tensor) -> Tensor:
    """The formula with one relu(u) for each pair of relu(u), relu(-u) and abs(u); itself where there is none."""
    found = dict.fromkeys(n for n in walk_tensor(t) if isinstance(n, Apply) and n.op in (RELU, ABS))
    sides = {n.args[0] for n in found if n.op is RELU}
    new: dict[Tensor, Tensor] = {}
    for node in found:
        u = node.args[0]
        other = negative(u)
        if node.op is RELU and other in sides and apply(RELU, (other,)) not in new:
            new[node] = add([(1, apply(RELU, (other,))), (1, u)], u.axes)
        elif node.op is ABS and (u in sides or other in sides):
            v, sign = (u, 1) if u in sides else (other, -1)
            new[node] = add([(2, apply(RELU, (v,))), (-sign, u)], u.axes)
    while new and any(n in new for n in walk_tensor(t)):
        t = replace(t, new)
    return t
