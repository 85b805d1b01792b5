"""Declared functions, of which only the shape of the value is known."""

from __future__ import annotations

from collections.abc import Sequence

from gradproof.facts import closed
from gradproof.shapes.dims import Dim
from gradproof.shapes.shape import Shape


class Function:
    """A declared, unspecified function: its name, the names of its arguments, the shape of its value, and facts about the value.

    `entrywise`: a function of numbers that is applied to each entry of its arguments, which are of one shape or numbers.
    """

    __slots__ = ("entrywise", "facts", "formals", "name", "shape")

    def __init__(
        self,
        name: str,
        formals: tuple[str, ...],
        shape: Shape,
        facts: frozenset[str] = frozenset(),
        entrywise: bool = False,
    ):
        self.name, self.formals, self.shape, self.facts, self.entrywise = name, formals, shape, closed(facts), entrywise

    def _key(self) -> tuple:
        return self.name, self.formals, self.shape, self.facts, self.entrywise

    @property
    def declaration(self) -> str:
        """What `where` has of it: "function x -> vector q positive", "function entrywise"."""
        given = f"{','.join(self.formals)} -> "
        if self.entrywise:
            given = f"{given if len(self.formals) > 1 else ''}entrywise"
        else:
            given += self.shape.declared
        return " ".join(["function", given, *sorted(self.facts)])

    def axes(self, args: Sequence[tuple[Dim, ...]], partials: Sequence[int]) -> tuple[Dim, ...]:
        """The axes of its value, or of a derivative, at arguments with these axes."""
        if self.entrywise:
            return max(args, key=len)
        return tuple(d for p in partials for d in args[p]) + self.shape.dims

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Function) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def spelling(self, partials: tuple[int, ...]) -> str:
        """How a derivative of it is written: Df, DDf, DU_x, DDU_xy."""
        suffix = "_" + "".join(self.formals[p] for p in partials) if partials and len(self.formals) > 1 else ""
        return "D" * len(partials) + self.name + suffix
