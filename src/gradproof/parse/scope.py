"""What is known before a text is read."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from gradproof.facts import sense
from gradproof.notation.function import Function
from gradproof.parse.declare import Declarations
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


def names_in_force(declarations: Declarations, mentioned: Collection[str]) -> NamesInForce:
    """What is known by declarations, and by the names that are asked for."""
    variables = declarations.variables
    names, flat = {*variables, *mentioned}, set[str]()
    numbers: dict[str, bool] = {}
    for n, d in variables.items():
        if d.kind == "v":
            flat.add(n)
        elif d.kind == "s":
            flat.add(n)
            numbers[n] = sense(d.facts).whole
        if d.facts and sense(d.facts).complex:
            names.add(f"conj({n})")
    asked = [n for n in mentioned if n not in variables]
    return NamesInForce(declarations.functions, names, asked, numbers, flat, mentioned)
