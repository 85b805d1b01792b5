r"""Claims entry by entry: ∂f/∂x_i = …, (∇f)_i = …, \frac{\partial f}{\partial X_{ij}} = …, g_i = …, D[i,j] = ….

What stands right of such a label is a number for each index. It is read as the vector, or the matrix, of these: a sum over the indices of the number times
the column i of an identity, times the row j of another one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from itertools import product
from typing import Any

from gradproof.check.claims import read_claim
from gradproof.check.implied import Unclear, summed
from gradproof.check.left import plain, unbracketed
from gradproof.check.lifted import spelled_out
from gradproof.check.points import At, Question, same
from gradproof.errors import GradproofError
from gradproof.facts import closed
from gradproof.notation.expr import Expr, call
from gradproof.numeric import bare as np
from gradproof.patterns import pattern
from gradproof.records import dataclass, field
from gradproof.shapes.dims import Dim

_BELOW = r"(?:_\s*\{\s*(?P<{n}a>[a-z](?:\s*,?\s*[a-z])?)\s*\}|_\s*(?P<{n}b>[a-z]{1,2})(?![A-Za-z])|\[\s*(?P<{n}c>[a-z](?:\s*,\s*[a-z])?)\s*\])"
_INDICES = frozenset("ijklmnpqrst")
_SUBSCRIPT = pattern(_BELOW.replace("{n}", ""))
_TRAILING = pattern(r"(?P<of>.*\S)\s*" + _BELOW.replace("{n}", "") + r"\s*", re.DOTALL)
_NAMED = pattern(r"\s*(?P<of>[gGDHJ])\s*" + _BELOW.replace("{n}", "") + r"\s*")
_SIGNED = pattern(r"\s*(?P<of>[∇∂])\s*" + _BELOW.replace("{n}", "") + r"\s*(?P<rest>(?:[^\W\d_]|\().*)", re.DOTALL)
_LABELS = {"g": "∇f", "G": "∇f", "D": "∇f", "H": "∇^2f", "J": "J_f"}
COLUMNS = {"Ξ": "Xi", "Ω": "Omega", "Ψ": "Psi", "Υ": "Upsilon"}  # letters of identities
_RAISED = pattern(
    r"(\\(?:mathbf|boldsymbol|bm)\s*\{\s*[A-Za-z]\s*\}|[A-Za-z])\s*\^\s*(\{[^{}]*\}|\\top|[A-Za-z⊤])\s*_\s*(\{[^{}]*\}|[a-z])"
)
_TWO = pattern(r"(?<![\w\\])([A-Z])_\s*\{?\s*([i-t])\s*,?\s*([i-t])(?![\w])")
_FACTOR = pattern(r"(?<![\w\\])([fFL])\s*\((?!\s*[^\W\d_]\w*\s*\))")  # f (x_i - y_i), where f is the value
_PLAIN_SUM = pattern(r"(?<![\\A-Za-z])sum\s*(?=_)|Σ\s*(?=_)")
_PAIR = pattern(r"(?<=[A-Za-z)])_([ijkl]{2})(?![A-Za-z])")


@dataclass(frozen=True)
class Label:
    """A label without its indices: those of the variables, and those of the formula."""

    text: str
    by: tuple[str, ...]
    of: tuple[str, ...] = ()


def entry_label(text: str, known: Collection[str]) -> Label | None:
    """The label of an entry; None for anything else."""
    s = plain(text)
    if not _SUBSCRIPT.search(s) or s.strip() in known:
        return None
    named = _NAMED.fullmatch(s)
    if named is not None and not {named["of"], s.replace(" ", "")} & {*known}:
        letters = _letters(named, known)
        by, of = (letters[1:], letters[:1]) if named["of"] == "J" else (letters, ())
        return Label(_LABELS[named["of"]], by, of) if letters else None
    signed = _SIGNED.fullmatch(s)
    if signed is not None and (letters := _letters(signed, known)):
        return Label(f"∇{'^2' if len(letters) > 1 else ''}{signed['rest']}", letters)
    whole = _TRAILING.fullmatch(s)
    if whole is not None and (unbracketed(whole["of"]) != whole["of"].strip() or whole["of"].lstrip().startswith("∇")):
        letters = _letters(whole, known)
        return Label(unbracketed(whole["of"]), letters) if letters else None
    return _quotient(s, known)


def _quotient(s: str, known: Collection[str]) -> Label | None:
    top, slash, bottom = s.partition("/")
    if not slash or not re.match(r"\s*[(\[]?\s*[d∂]", top):
        return None
    below, by = _stripped(bottom, known)
    above, of = _stripped(top, known)
    return Label(f"{above}/{below}", by, of) if by else None


def _stripped(text: str, known: Collection[str]) -> tuple[str, tuple[str, ...]]:
    """A part of a label without its indices, and these."""
    found: list[str] = []

    def without(m: re.Match[str]) -> str:
        letters = _letters(m, known)
        base = re.search(r"([^\W\d_]+)\s*$", m.string[: m.start()])
        name = base[1].lstrip("d∂") if base else ""
        if not letters or f"{name}_{''.join(letters)}" in known:
            return m[0]
        found.extend(letters)
        return " "

    return _SUBSCRIPT.sub(without, text), tuple(found)


def _letters(m: re.Match[str], known: Collection[str]) -> tuple[str, ...]:
    """The indices of a subscript; none where one of them is a quantity, or no index."""
    letters = tuple(ch for ch in m["a"] or m["b"] or m["c"] if ch.isalpha())
    return letters if {*letters} <= _INDICES and not {*letters} & {*known} else ()


@dataclass(frozen=True)
class Entries:
    """The indices of a label in the order of the axes, and how far each runs."""

    letters: tuple[str, ...]
    dims: tuple[Dim, ...]
    numbers: Mapping[str, str] = field(
        default_factory=dict
    )  # those for which letters stand: one entry was claimed, by its number

    def readings(
        self, question: Question, text: str, defined: Mapping[str, Expr]
    ) -> Iterator[tuple[str, Mapping[str, Expr]]]:
        """The texts that say all entries at once, with what is defined in them."""
        if not self.letters:
            body = _spelled(text, question)
            yield body, defined
            with suppress(Unclear):
                yield summed(body, ()), defined
            return
        names = [x for x in COLUMNS if x not in text and COLUMNS[x] not in {*question.symbols, *defined}]
        columns = names[: len(self.letters)]
        meaning = {
            **defined,
            **{COLUMNS[x]: call("eye", params=(d,)) for x, d in zip(columns, self.dims, strict=False)},
        }
        body = _spelled(text, question)
        over = ",".join(self.letters)
        if "[" in body and re.search(r"\w\[|\)\[|sum\s*\(\s*\w+\s*[:,]", body):
            placed = [f"{COLUMNS[x]}[:,{i}]" for x, i in zip(columns, self.letters, strict=True)]
            column = "*".join(p + "'" * k for k, p in enumerate(placed))
            yield f"sum({over}: ({body})*{column})", meaning
        placed = [f"{x}_{{:,{i}}}" for x, i in zip(columns, self.letters, strict=True)]
        column = " ".join(p + "^T" * k for k, p in enumerate(placed))
        yield rf"\sum_{{{over}}} ({body}) {column}", meaning
        with suppress(Unclear):
            yield rf"\sum_{{{over}}} ({summed(body, self.letters)}) {column}", meaning


def _spelled(text: str, question: Question) -> str:
    """The right side with brackets around what is raised and indexed, and with cases spelled out, as they depend on indices."""
    found = question.lifting.found if question.lifting else {}
    for _ in found:
        for name, lifted in found.items():
            text = text.replace(name, f"({spelled_out(lifted)})") if name in text else text
    text = _rows(text, {*question.symbols})
    text = _FACTOR.sub(lambda m: rf"{m[1]} \cdot (" if m[1] not in question.derivative.functions else m[0], text)
    text = _RAISED.sub(lambda m: f"({m[1]}^{m[2]})_{m[3]}", text)
    return _PAIR.sub(r"_{\1}", _PLAIN_SUM.sub(r"\\sum", text))


def _rows(text: str, known: Collection[str]) -> str:
    """The text with w_i beside W_{ij} as row i of W, and beside W_{ji} as column i."""
    for m in _TWO.finditer(text):
        base = m[1].lower()
        if base in known or m[1] not in known or base == m[1]:
            continue
        for index, place in ((m[2], "{%s,:}"), (m[3], "{:,%s}")):
            shown, row = place % index, place.startswith("{%s")
            column, lying = (
                (rf"{m[1]}_{shown}^T", f"{m[1]}_{shown}") if row else (f"{m[1]}_{shown}", rf"{m[1]}_{shown}^T")
            )
            below = rf"(?<![\w\\]){base}_(?:{index}(?![\w])|\{{{index}\}})"
            raised = r"(?:\s*\^\s*(?:\{\s*(?:T|\\top)\s*\}|T(?![A-Za-z])|\\top)|')"
            text = re.sub(below + raised, lambda _m, x=lying: x + " ", text)
            text = re.sub(below, lambda _m, x=column: x + " ", text)
    return text


def readable(question: Question, text: str, defined: Mapping[str, Expr]) -> bool:
    """Whether a text is a formula in which every index runs."""
    with suppress(GradproofError):
        read = read_claim(question, text, defined)
        known = {*question.symbols, *defined}
        entries = [told[0] for s in read.unknown if (told := indexed_name(s.name))]
        return read.expr is not None and not any(base == "e" or base in known for base in entries)
    return False


_INDEXED = pattern(r"(?P<of>[^\W\d_]+)_\s*(?:\{\s*(?P<a>[i-t]\s*,?\s*[i-t]?)\s*\}|(?P<b>[i-t]{1,2}))")


def indexed_name(name: str) -> tuple[str, tuple[str, ...]] | None:
    """r and i, of r_i; None where a name has no index."""
    found = _INDEXED.fullmatch(name)
    return (found["of"], tuple(ch for ch in found["a"] or found["b"] if ch.isalpha())) if found else None


def entries_defined(
    question: Question, told: tuple[str, tuple[str, ...]], text: str, defined: Mapping[str, Expr]
) -> Expr | None:
    """The vector, or the matrix, whose entries a text says; None where it says none, or in more than one size."""
    name, letters = told
    if name in question.symbols or name in defined or len({*letters}) < len(letters):
        return None
    sizes = dict.fromkeys(d for e in (*question.symbols.values(), *defined.values()) for d in e.type.dims)
    found: list[Expr] = []
    for dims in product(sizes, repeat=len(letters)):
        for shown, meaning in Entries(letters, dims).readings(question, text, defined):
            with suppress(GradproofError):
                read = read_claim(question, shown, meaning)
                if read.expr is not None and not read.unknown and not read.moved:
                    found.append(read.expr)
                    break
    return found[0] if len(found) == 1 else None


_PLACED = ("lower", "upper")  # facts of a matrix whose entries are not alike


def alike(question: Question) -> bool:
    """Whether all entries of the derivative are made alike, so that what is wrong of one is wrong of all: the formula stays the same where every
    array is turned round by one place."""
    if any(fact in closed(s.facts) for s in question.symbols.values() for fact in _PLACED):
        return False
    for at in question.points((), 3):
        turned = {n: _rotated(a) if n in question.symbols else a for n, a in at.values.items()}
        value, other = at.try_value(question.expression), At(question, turned, 0.0).try_value(question.expression)
        if value is None or other is None or not same(value, other):
            return False
    return True


def _rotated(a: Any) -> Any:
    def turned(rows: Any) -> Any:
        return [turned(r) for r in (rows[-1:] + rows[:-1])] if isinstance(rows, list) else rows

    whole = np.asarray(a)
    return np.asarray(turned(whole.tolist())) if whole.shape else a


__all__ = ["COLUMNS", "Entries", "Label", "alike", "entries_defined", "entry_label", "indexed_name", "readable"]
