"""What a sum in LaTeX runs over."""

from __future__ import annotations

from gradproof.parse.item import Item
from gradproof.parse.lexer import Token
from gradproof.records import dataclass, field


@dataclass(frozen=True, slots=True)
class Choice:
    """Indices of which one, "", is chosen by a label with an index of its own: y_i."""

    indices: tuple[str, ...]
    label: str
    index: str

    @property
    def spelled(self) -> str:
        return f"{self.label}_{self.index}" if self.index else self.label


@dataclass
class Head:
    """What a sum runs over: indices, where they start and end, a relation to another index, a set of pairs."""

    names: list[str]
    start: int = 1
    relation: str = ""  # of the last name to `other`
    other: str = ""
    inside: Item | None = None  # the name of a set
    owner: str = ""  # the index that the set belongs to: the i of N(i), the k of C_k
    without: Choice | None = None  # the label whose entry is left out
    limit: Token | None = None
    shifts: dict[tuple[str, int], set[int]] = field(
        default_factory=dict
    )  # of an array and an axis: what is added to the index
    used: set[str] = field(default_factory=set)  # the indices that stand below something
    known: bool = False  # whether the shifts are all there
    shorter: bool = False  # whether it ends one earlier, or begins one later, since the sum in it is empty there

    def place(self, key: tuple[str, int], by: int) -> tuple[int, int]:
        """Of an index that is moved in this array: how far into the array that is, and the farthest; arrays are counted from 1, or from 0 where they are."""
        reached = [self.start + k for k in self.shifts[key]]
        first = min(1, *reached) if len(reached) > 1 else min(1, reached[0])
        return self.start + by - first, max(reached) - first
