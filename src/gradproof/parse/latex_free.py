r"""Indices that no sum runs over: those of a left side, `c_{ik} = \sum_j a_{ij} b_{jk}`, and fixed ones beside running ones, `\sum_j W_{ij} x_j`."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from gradproof.parse.derivative_signs import closing
from gradproof.parse.item import COMMAND, LETTER, SIGN, WORD, Item
from gradproof.parse.latex_context import Tokens, sign, token
from gradproof.parse.latex_words import NAMES, TERMS
from gradproof.parse.lexer import Kind
from gradproof.parse.note import Note, note
from gradproof.parse.sides import Body
from gradproof.records import dataclass

_INDICES = frozenset("ijklmnpqrst")  # letters that are indices where nothing else is said
_PLAIN = frozenset("ijkl")  # and of no time or size


@dataclass(frozen=True, slots=True)
class FreeIndices:
    """The indices of a left side, the tokens `c[i,k] =` that say so, and what is noted; all empty where it has none."""

    letters: tuple[str, ...] = ()
    tokens: Tokens = ()  # type: ignore[assignment]
    notes: tuple[Note, ...] = ()


def free_indices(body: Body, running: Collection[str]) -> FreeIndices:
    """The indices of the left side, where they are those that stand beside running ones on the right."""
    items = [i for i in body.left if i.text not in "{},"]
    at = next((k for k, i in enumerate(items) if i.text == "_"), None)
    if not running or at is None or at != len(items) - len(items[at + 1 :]) - 1:
        return FreeIndices()
    letters = [i.text for i in items[at + 1 :]]
    fits = all(i.kind == LETTER and i.text in _INDICES and i.text not in running for i in items[at + 1 :])
    beside = companions(body.items, running)
    known = {x for _, below in subscripts(body.items) for x in below}
    arrays = {name for name, below in subscripts(body.items) if {*below} & {*running}}
    own = {x for name, below in subscripts(body.items) if name not in arrays for x in below}
    alone = {*letters} <= _single(body.items) & _PLAIN and {*letters} & own  # q_i, where nothing sums over i, nor q_j
    if not fits or not 1 <= len({*letters}) == len(letters) <= 2 or not ({*letters} & beside or alone):
        return FreeIndices()
    if not {*letters} <= known:
        return FreeIndices()
    first = items[0]
    tokens = [token(Kind.NAME, "left", first), sign("[", first)]
    for k, letter in enumerate(letters):
        tokens += [sign(",", first)] * bool(k) + [token(Kind.NAME, letter, first)]
    tokens += [sign("]", first), sign("=", first)]
    what = "free-index" if len(letters) == 1 else "free-indices"
    span = (body.left[0].start, body.left[-1].end)
    return FreeIndices(tuple(letters), tokens, (note(what, span, index=letters[0], second=letters[-1]),))


def _single(body: Sequence[Item]) -> set[str]:
    """The letters that stand alone below a name, and not in the subscript of another one."""
    found, k = set[str](), 0
    while k < len(body) - 1:
        if body[k].text == "_" and body[k].kind == SIGN:
            end = closing(body, k + 1) if body[k + 1].text == "{" else k + 2
            inner = [i.text for i in body[k + 1 : end] if i.text not in "{}"]
            found |= {*inner} if len(inner) == 1 else set()
            k = end
        else:
            k += 1
    return found


def companions(body: Sequence[Item], running: Collection[str]) -> frozenset[str]:
    """The letters that stand below a name beside a running index, and run nowhere: the i of W_{ij} in a sum over j."""
    pairs = [below for _, below in subscripts(body) if len(below) == 2 and {*below} <= _INDICES | {*running}]
    return frozenset(x for pair in pairs if len({*pair} & {*running}) == 1 for x in pair if x not in running)


def subscripts(body: Sequence[Item]) -> list[tuple[str, list[str]]]:
    """The names with letters below them, and these letters."""
    found = []
    for k, item in enumerate(body):
        before = body[k - 1] if k else item
        if item.text != "_" or item.kind != SIGN or before.kind not in (LETTER, WORD, COMMAND) or before.text in TERMS:
            continue
        end = k + 2
        if body[k + 1].text == "{":
            end = next((n + 1 for n in range(k + 1, len(body)) if body[n].text == "}"), len(body))
        below = [i.text for i in body[k + 1 : end] if i.text not in "{},"]
        found.append((NAMES.get(before.text, before.text), below))
    return found
