"""What is known before a text is read."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from gradproof.notation.function import Function
from gradproof.records import dataclass


@dataclass(frozen=True, slots=True)
class NamesInForce:
    """Declared functions; names that are declared or mentioned, with conj(z) for a z that is declared complex; those that are mentioned, as wrt is; those declared
    as numbers, and whether as whole ones; those declared as numbers or vectors; those that are asked for, declared or not."""

    functions: Mapping[str, Function]
    names: Collection[str]
    mentioned: Collection[str] = ()
    numbers: Mapping[str, bool] | None = None
    flat: Collection[str] = ()
    asked: Collection[str] = ()
