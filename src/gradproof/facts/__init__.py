"""The table of facts, and what follows from it. Adding a fact is one entry in `table.py`."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from gradproof.facts.bounds import ANY, Bounds
from gradproof.facts.fact import TOLERANCE, Fact, Keep, Kind, computed
from gradproof.facts.table import FACTS
from gradproof.records import dataclass
from gradproof.say import Said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TABLE: dict[str, Fact] = {fact.name: fact for fact in FACTS}
BY_WORD: dict[str, Fact] = {word: fact for fact in FACTS for word in (fact.name, *fact.aliases)}
TIES = frozenset(fact.name for fact in FACTS if fact.ties)
SIGNS = frozenset(fact.name for fact in FACTS if fact.sign)
CONES = tuple(fact.name for fact in reversed(FACTS) if fact.cone)  # what a value has to have, the strict ones first
DECLARED = tuple(sorted(fact.name for fact in FACTS if not fact.later))


@cache
def closed(names: frozenset[str]) -> frozenset[str]:
    """These facts and all that follows from them.

    >>> sorted(closed(frozenset({"posdef"})))
    ['invertible', 'posdef', 'psd', 'symmetric']
    """
    said = {name: i for name in names for other, i in TABLE[name].beside if other in names}
    names = frozenset(names - said.keys()).union(*said.values())
    more = names | {i for name in names for i in TABLE[name].implies}
    return names if more == names else closed(more)


@cache
def told(names: frozenset[str]) -> tuple[str, ...]:
    """These facts without those that follow from others of them, in alphabetical order."""
    return tuple(sorted(names - {i for name in names for i in closed(frozenset({name})) - {name}}))


def in_words(names: Iterable[str]) -> list[Said]:
    """What there is to say of these facts."""
    return [TABLE[name].words for name in names if TABLE[name].words]


@cache
def in_order(names: frozenset[str]) -> tuple[Fact, ...]:
    """The facts of these names, in the order of the table."""
    return tuple(fact for fact in FACTS if fact.name in names)


@cache
def bounds_of(names: frozenset[str]) -> Bounds:
    """In which interval the entries of what has these facts lie."""
    result = ANY
    for fact in in_order(closed(names)):
        result &= fact.bounds
    return result


@dataclass(frozen=True, slots=True)
class Sense:
    """What facts say together, by what it means; who asks for this names no fact. The fields are those of `Fact`; `whole` is of any array."""

    turned: int
    definite: int
    regular: bool
    complex: bool
    whole: bool
    fixed: bool
    bounds: Bounds

    @property
    def positive(self) -> bool:
        """Whether all entries are above zero."""
        return self.bounds.positive

    @property
    def nonnegative(self) -> bool:
        """Whether no entry is below zero."""
        return self.bounds.nonnegative


@cache
def sense(names: frozenset[str]) -> Sense:
    """What these facts, and those that follow from them, say together.

    >>> sense(frozenset({"posdef"})).turned
    1
    """
    every = in_order(closed(names))
    return Sense(
        turned=next((f.turned for f in every if f.turned), 0),
        definite=max((f.definite for f in every), default=0),
        regular=any(f.regular for f in every),
        complex=any(f.complex for f in every),
        whole=any(f.whole and f.on == "any" for f in every),
        fixed=any(f.fixed for f in every),
        bounds=bounds_of(names),
    )


def made(np: Any, names: frozenset[str], x: Any, small: bool = False) -> Any:
    """An array of any numbers with these facts, as far as making them one after another goes; `small` numbers stay whole where they can."""
    for fact in in_order(frozenset(told(names))):
        if fact.fits(np.shape(x)):
            x = computed((small and fact.small) or fact.make)(np, x)
    return x


def missing(np: Any, names: frozenset[str], x: Any) -> str:
    """The first of these facts, or of those that follow, that an array does not have up to 1e-8 of its largest entry; "" where it has all."""
    near = TOLERANCE * float(np.max(np.abs(x), initial=0.0))
    for fact in in_order(closed(names)):
        if not fact.fits(np.shape(x)) or not computed(fact.test)(np, x, near):
            return fact.name
    return ""


__all__ = [
    "BY_WORD", "CONES", "DECLARED", "FACTS", "SIGNS", "TABLE", "TIES", "Bounds", "Fact", "Keep", "Kind", "Sense", "bounds_of", "closed", "computed", "in_order", "in_words",
    "made", "missing", "sense", "told",
]  # fmt: skip
