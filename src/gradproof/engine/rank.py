"""Derivatives of what jumps where a matrix loses rank: the closed form of pinv has numbers there, those along matrices of the same rank, and there is no derivative."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gradproof.engine.products import settled
from gradproof.engine.tensor import Apply, Tensor, Variable, walk_tensor
from gradproof.engine.value import tensor_value
from gradproof.errors import DomainError
from gradproof.notation.expr import Symbol
from gradproof.ops.domain import FULL_RANK
from gradproof.say import say

LOST = 1e13  # the condition number from which on a matrix counts as one that has lost rank


def ranked(t: Tensor, names: Sequence[str]) -> list[Apply]:
    """The functions of a matrix that has to keep its rank for a derivative by these variables to exist: it depends on one of them."""
    if not any(getattr(op, "domain", None) is FULL_RANK for op in t.within):
        return []
    found = [n for n in walk_tensor(t) if isinstance(n, Apply) and n.op.domain is FULL_RANK and n.args[0].order == 2]
    return [n for n in found if any(isinstance(v, Variable) and v.name in names for v in walk_tensor(n.args[0]))]


def keep_rank(t: Tensor, values: Mapping[str, Any], sizes: Mapping[str, int], wrt: Sequence[Symbol], np: Any) -> None:
    """Raises DomainError where a derivative `t` is asked for at a matrix without full rank."""
    for node in ranked(t, [s.name for s in wrt]):
        value = settled(np, tensor_value(node.args[0], values, sizes, np))
        if np.all(np.isfinite(value)) and not np.linalg.cond(value) < LOST:
            raise DomainError(say("{name} has no derivative where its matrix has not full rank", name=node.op.name))
