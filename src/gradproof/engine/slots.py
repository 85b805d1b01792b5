"""Which indices the arguments of a product get, by its signature."""

from __future__ import annotations

from functools import cache
from itertools import count

from gradproof.ops import Operation
from gradproof.records import dataclass
from gradproof.shapes.shape import Signature


@cache
def fitting(op: Operation, kinds: tuple[str, ...], params: int) -> Signature:
    """The signature that arguments of these kinds, and so many sizes beside them, fit."""
    return next(s for s in op.signatures if s.fits(kinds) and (not op.letters or len(s.out.parameters) == params))


@dataclass(frozen=True, slots=True)
class Placed:
    """A signature as indices: those of each argument's axes, those of the result; its kind ("" for that of the argument "*"), and its groups.

    `plain`: no axis of an argument is made of several.
    """

    places: tuple[tuple[int, ...], ...]
    out: tuple[int, ...]
    kind: str
    groups: tuple[int, ...]
    plain: bool


@cache
def placed(signature: Signature, groups: tuple[tuple[int, ...], ...]) -> Placed:
    """The indices of a signature for arguments whose axes are made of so many axes each; constants have their parameters as the first indices."""
    labels: dict[str, tuple[int, ...]] = (
        {} if signature.args else {x: (k,) for k, x in enumerate(dict.fromkeys(signature.out.letters))}
    )
    fresh, places, whole = count(), [], ()
    for slot, sizes in zip(signature.args, groups, strict=True):
        letters = _letters(sizes) if slot.kind == "*" else slot.letters
        whole = sizes if slot.kind == "*" else whole
        for x, n in zip(letters, sizes, strict=True):
            if x not in labels:
                labels[x] = tuple(next(fresh) for _ in range(n))
        places.append(tuple(i for x in letters for i in labels[x]))
    axes = [(x,) for x in _letters(whole)] if signature.out.kind == "*" else signature.out.axes
    out = tuple(i for group in axes for x in group for i in labels[x])
    kind = "" if signature.out.kind == "*" else signature.out.kind
    whole = tuple(sum(len(labels[x]) for x in group) for group in axes)
    return Placed(tuple(places), out, kind, whole, all(n == 1 for sizes in groups for n in sizes))


def _letters(sizes: tuple[int, ...]) -> tuple[str, ...]:
    """A letter for each axis of an argument of any kind."""
    return tuple([f"*{k}" for k in range(len(sizes))])
