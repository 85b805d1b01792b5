"""Products of little arrays from the letters of a signature, such as `ij,jk->ik`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from operator import attrgetter

from gradproof.numeric.lengths import LARGEST
from gradproof.numeric.little import Algebra, Little
from gradproof.numeric.plans import Chain, PairPlan, Shape, TooLarge, chain
from gradproof.records import dataclass
from gradproof.say import say
from gradproof.shapes.shape import Signature, Slot

Step = Callable[[Algebra, Sequence[Little]], Little]
_SHAPE = attrgetter("shape")
_NOTHING: Chain = (None, [])


@cache
def multiplied(signature: Signature) -> Step:
    """A multilinear operation as a step, where all letters stand in arguments."""
    if any(slot.kind == "*" for slot in signature.args):
        return _scaled
    text = signature.text

    def step(algebra: Algebra, args: Sequence[Little]) -> Little:
        plan = _multilinear(text, tuple(map(_SHAPE, args)), ())
        if plan.pair is None or not algebra.short:
            return _arranged(algebra, algebra.chained(args, plan.how or _NOTHING), plan)
        own, prime = plan.pair, algebra.ring.prime  # as most are: of one array, or two
        if len(args) == 1:
            return Little(plan.shape, [None if p is None else own.alone(p, prime) for p in args[0].parts])
        return Little(plan.shape, own.sloped(args[0].parts, args[1].parts, prime))

    return step


def multilinear(
    algebra: Algebra, signature: Signature, args: Sequence[Little], sizes: Mapping[str, int] | None = None
) -> Little:
    """A multilinear operation from the letters of its signature; those of a constant are given as sizes."""
    if any(slot.kind == "*" for slot in signature.args):
        return _scaled(algebra, args)
    args = [_parted(algebra, a, slot, sizes) for a, slot in zip(args, signature.args, strict=True)] if sizes else args
    return _by_letters(algebra, signature.text, args, tuple((sizes or {}).items()))


def _scaled(algebra: Algebra, args: Sequence[Little]) -> Little:
    """Scalars times anything."""
    total = args[0]
    for a in args[1:]:
        total = algebra.times(total, a)
    return total


def _by_letters(algebra: Algebra, text: str, args: Sequence[Little], sizes: tuple[tuple[str, int], ...] = ()) -> Little:
    plan = _multilinear(text, tuple(map(_SHAPE, args)), sizes)
    value = algebra.chained(args, plan.how) if plan.how is not None else algebra.einsum((), (), plan.core)
    return _arranged(algebra, value, plan)


def _arranged(algebra: Algebra, value: Little, plan: _Multilinear) -> Little:
    if plan.places is not None:
        return algebra.gather(value, plan.shape, plan.places)
    return value if value.shape == plan.shape else algebra.reshape(value, plan.shape)


def _parted(algebra: Algebra, a: Little, slot: Slot, sizes: Mapping[str, int]) -> Little:
    """An argument with one axis for each letter."""
    if all(len(group) == 1 for group in slot.axes):
        return a
    return algebra.reshape(a, tuple(sizes[x] for x in slot.letters))


@dataclass(frozen=True, slots=True)
class _Multilinear:
    """Letters of the arguments and of their product; the shape of the result, and its places in the product where they differ."""

    letters: tuple[str, ...]
    core: str
    shape: Shape
    places: tuple[int, ...] | None
    how: Chain | None  # None of a constant
    pair: PairPlan | None  # where that is one product, whose entries are those of the result


@lru_cache(maxsize=4096)
def _multilinear(text: str, shapes: tuple[Shape, ...], sizes: tuple[tuple[str, int], ...]) -> _Multilinear:
    signature = Signature.of(text)
    letters, out = tuple(slot.letters for slot in signature.args), signature.out
    known = dict(sizes)
    for names, shape in zip(letters, shapes, strict=True):
        known.update(zip(names, shape, strict=True))
    core = "".join(x for x in dict.fromkeys(out.letters) if any(x in names for names in letters))
    shape = tuple(math.prod(known[x] for x in group) for group in out.axes)
    places = None if core == out.letters else _expansion(core, out.letters, tuple(known[x] for x in out.letters))
    how = chain(letters, shapes, core) if letters else None
    one = how is not None and how[0] is None and places is None and len(how[1]) == 1
    return _Multilinear(letters, core, shape, places, how, how[1][0][2] if how and one else None)


def expand(algebra: Algebra, core: Little, names: str, letters: str, sizes: Mapping[str, int]) -> Little:
    """An array with these letters: a repeated one is a diagonal, one that the core does not have is a factor of ones."""
    if names == letters:
        return core
    shape = tuple(sizes[x] for x in letters)
    if math.prod(shape) > LARGEST:
        raise TooLarge(say("an array of {count} entries is too large for a proof", count=math.prod(shape)))
    return algebra.gather(core, shape, _expansion(names, letters, shape))


@cache
def _expansion(names: str, letters: str, shape: Shape) -> tuple[int, ...]:
    sizes = dict(zip(letters, shape, strict=True))
    strides, step = {}, 1
    for x in reversed(names):
        strides[x], step = step, step * sizes[x]
    found: list[tuple[dict[str, int], int]] = [({}, 0)]
    for x, n in zip(letters, shape, strict=True):
        found = [
            (at | {x: i}, place + i * strides.get(x, 0) * (x not in at))
            if at.get(x, i) == i and place >= 0
            else (at, -1)
            for at, place in found
            for i in range(n)
        ]
    return tuple(place for _, place in found)
