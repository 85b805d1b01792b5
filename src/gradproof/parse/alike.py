"""Names that are printed alike: `x1` and `x_1` are both x₁, `lam` and `lambda` both λ. In one formula they are refused."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from gradproof.parse.greek import LETTERS, SHORT
from gradproof.parse.note import refusal
from gradproof.parse.tree import NameNode, SyntaxNode

LATIN_OR_GREEK = LETTERS | SHORT


@lru_cache(4096)
def split(name: str) -> tuple[str, str, tuple[str, ...]]:
    """A name as (d or nothing, stem in one letter where it is one, subscripts).

    >>> split("x12"), split("dSigma"), split("w_old")
    (('', 'x', ('12',)), ('d', 'Σ', ()), ('', 'w', ('old',)))
    """
    stem, *lower = name.split("_")
    if not stem:
        return "", name, ()
    bare = stem.rstrip("0123456789")
    parts = tuple(part for part in (stem[len(bare) :], *lower) if part)
    if bare[0] == "d" and (len(bare) == 2 or bare[1:] in LATIN_OR_GREEK):
        return "d", LATIN_OR_GREEK.get(bare[1:], bare[1:]), parts
    return "", LATIN_OR_GREEK.get(bare, bare), parts


def respell(nodes: Iterable[SyntaxNode], known: Iterable[str]) -> None:
    """Names that are not known, but printed as a known one is, are that one: what is printed as x₁ is pasted back beside a declared x_1.

    Where the formula has the known one as well they stay two, and are refused.
    """
    known = set(known)
    names = [node for node in nodes if isinstance(node, NameNode)]
    there = {split(name): name for name in known.difference(node.name for node in names)}
    for node in names:
        if node.name not in known:
            node.name = there.get(split(node.name), node.name)


def refuse_alike(names: Iterable[str]) -> None:
    """Raises ParseError where two of these names are printed alike."""
    seen: dict[tuple[str, str, tuple[str, ...]], str] = {}
    for name in dict.fromkeys(names):
        other = seen.setdefault(split(name), name)
        if other != name:
            raise refusal("printed-alike", name=name, other=other)
