"""Names that are printed alike: `x1` and `x_1` are both x₁, `lam` and `lambda` both λ. In one formula they are refused."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from gradproof.parse.greek import LETTERS, NAMES, SHORT
from gradproof.parse.note import refusal
from gradproof.parse.tree import NameNode, SyntaxNode
from gradproof.patterns import pattern

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
    names = [node for node in nodes if type(node) is NameNode and node.name not in known]
    if not names:
        return
    names = [node for node in nodes if type(node) is NameNode]
    there = {split(name): name for name in known.difference(node.name for node in names)}
    for node in names:
        if node.name not in known:
            node.name = there.get(split(node.name), node.name)


def refuse_forms(text: str) -> None:
    """Raises ParseError where two forms of one letter stand in a text, ε and ϵ, a bold 𝐱 and x: they may be two quantities."""
    if text.isascii():
        return
    seen: dict[str, tuple[str, str]] = {}
    for found in _ALONE.finditer(text):
        c = found[0]
        name, form = _form(c)
        before = seen.setdefault(name, (form, c)) if name else (form, c)
        if before[0] != form:
            raise refusal("two-forms", found.span(), one=before[1], other=c, name=name)


def refuse_variants(text: str, said: object) -> None:
    r"""Raises ParseError where \varphi is declared, and stands in the formula beside \phi: a declaration has one name for both."""
    names = _VARIANT.findall(text) if "\\var" in text else []
    for name in names:
        if re.search(rf"\\{name}(?![A-Za-z])", text) and f"\\var{name}" in str(said):
            at = text.index(f"\\var{name}")
            span = (at, at + len(name) + 4)
            error = refusal("two-forms", span, one=f"\\{name}", other=f"\\var{name}", name=name)
            raise error.located(text, (0, len(text)))


_VARIANT = pattern(r"\\var([A-Za-z]+)")


def _form(c: str) -> tuple[str, str]:
    """The letter that a character is read as, and which form of it that is; italic letters are plain ones."""
    if c in NAMES:
        return NAMES[c], {"µ": "μ"}.get(c, c)
    if c.isascii():
        return c, ""
    title = unicodedata.name(c, "").split()
    plain = unicodedata.normalize("NFKC", c)
    forms = [form for form in ("BOLD", "SCRIPT", "FRAKTUR", "DOUBLE-STRUCK") if form in title]
    return (plain, forms[0]) if forms and plain.isalpha() and len(plain) == 1 else ("", "")


_ALONE = pattern(r"(?<![A-Za-z\\_^])[A-Za-z](?![A-Za-z0-9_₀-₉ₐ-ₜᵢ-ᵪ\u0300-\u036f])|[^\x00-\x7f](?![_₀-₉ₐ-ₜᵢ-ᵪ])")


def refuse_alike(names: Iterable[str]) -> None:
    """Raises ParseError where two of these names are printed alike."""
    names = [*names]
    if max(map(len, names), default=0) < 2:  # letters alone are printed as they are
        return
    seen: dict[tuple[str, str, tuple[str, ...]], str] = {}
    for name in dict.fromkeys(names):
        other = seen.setdefault(split(name), name)
        if other != name:
            raise refusal("printed-alike", name=name, other=other)
