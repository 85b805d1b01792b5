r"""Definitions beside a formula, `\sum_i (y_i - p_i)^2, \quad p_i = \sigma(w^\top x_i)`, put where their names stand.

A definition is put in only where every place of its name fits: with the same accents, with an index of its own or as an entry, with as many arguments.
Everything else is left to the caller, who refuses it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradproof.parse.derivative_signs import closing, group, is_below
from gradproof.parse.item import COMMAND, LETTER, NUMBER, SIGN, WORD, Item
from gradproof.parse.latex_words import ACCENTS, NAMES, RELATIONS, TERMS, VARIANTS
from gradproof.records import dataclass, replace

_LETTERS = "ijklmnpqrstuvwabcdefgh"  # for an index that has to be another one
_LARGEST = 4000  # items of a formula with its definitions
_Texts = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quantity:
    r"""A name as it is written: accents and letter, what stands below it, a label above it as in y^{(i)}, arguments, and the place after it."""

    name: _Texts
    below: _Texts
    above: _Texts
    arguments: tuple[tuple[Item, ...], ...] | None
    end: int
    bare: int  # the place before the arguments

    @property
    def indices(self) -> _Texts:
        """The small letters below it, or the one in brackets above it."""
        letters = [i for i in self.below if i != ","]
        small = all(len(i) == 1 and i.islower() and i.isascii() for i in letters)
        return (self.label,) if self.label else tuple(letters) if small else ()

    @property
    def label(self) -> str:
        inner = self.above[1:2]
        return inner[0] if self.above[:1] == ("(",) and len(self.above) == 3 and inner[0].isalpha() else ""


@dataclass(frozen=True, slots=True)
class NamedPart:
    """A name, and what is written for it."""

    of: Quantity
    says: tuple[Item, ...]

    @property
    def recursive(self) -> bool:
        return any(self.stands(q) for q in quantities(self.says))

    def stands(self, one: Quantity) -> bool:
        """Whether a name is this one, or a_{ij} for an entry of A."""
        if one.name == self.of.name:
            return True
        entry = len(one.indices) == 2 and not self.of.below and len(self.of.name[-1]) == 1
        return entry and one.name[-1].islower() and (*one.name[:-1], one.name[-1].upper()) == self.of.name


class _Unfit(Exception):
    """A place that a definition does not fit."""


def definition(name: Sequence[Item], says: Sequence[Item]) -> NamedPart | None:
    """The definition that an equation is; None where its left side is more than a name, or its right one is no formula."""
    of = quantity(name, 0)
    says = _last_side(says)
    if of is None or of.end != len(name) or not says or (of.label and of.below):
        return None
    if any(i.kind == COMMAND and i.text in RELATIONS for i in says):
        return None
    made = NamedPart(of, tuple(says))
    return None if made.recursive else made


def _last_side(says: Sequence[Item]) -> Sequence[Item]:
    """What stands after the last equals sign, without a full stop."""
    depth, start = 0, 0
    for k, item in enumerate(says):
        if item.kind == SIGN:
            depth += (item.text in "([{⟨") - (item.text in ")]}⟩")
            start = k + 1 if item.text == "=" and not depth else start
    says = says[start:]
    while says and says[-1].kind == SIGN and says[-1].text in ".,;:。":
        says = says[:-1]
    return says


def quantity(items: Sequence[Item], at: int) -> Quantity | None:
    """The name that begins at a place; None where none does."""
    accents: list[str] = []
    while at < len(items) and items[at].kind == COMMAND and items[at].text in ACCENTS:
        accents.append(ACCENTS[items[at].text])
        at += 1
    inner, end = group(items, at)
    inner = list(inner) if accents else list(items[at : at + 1])
    at = end if accents else at + 1
    if not inner or not _is_letter(inner[0]) or not (len(inner) == 1 or inner[1].text == "_"):
        return None
    below: _Texts = ()
    if len(inner) > 1:  # \hat{y_i}
        within, stop = group(inner, 2)
        if stop != len(inner):
            return None
        below = _texts(within)
    elif at < len(items) and items[at].text == "_":
        within, at = group(items, at + 1)
        below = _texts(within)
    above: _Texts = ()
    if at < len(items) and items[at].text == "^":
        within, after = group(items, at + 1)
        if _is_label(within):
            above, at = _texts(within), after
    bare = at
    arguments = None
    if at < len(items) and items[at].kind == SIGN and items[at].text in "([":
        end = closing(items, at)
        arguments, at = _arguments(items[at + 1 : end - 1]), end
    return Quantity((*accents, _spelled(inner[0])), below, above, arguments, at, bare)


def _is_label(above: Sequence[Item]) -> bool:
    r"""Whether what stands above a letter is no power: (i), (2), [l], a capital letter that is no transpose."""
    if len(above) > 2 and (above[0].text, above[-1].text) in (("(", ")"), ("[", "]")):
        return all(i.kind in (LETTER, NUMBER) or i.text in "-+" for i in above[1:-1])
    return len(above) == 1 and above[0].kind == LETTER and above[0].text.isupper() and above[0].text not in "TH"


def _is_letter(item: Item) -> bool:
    return item.kind in (LETTER, WORD) or (item.kind == COMMAND and (item.text in NAMES or item.text in VARIANTS))


def _spelled(item: Item) -> str:
    return NAMES.get(item.text, item.text) if item.kind == COMMAND else item.text


def _texts(items: Sequence[Item]) -> _Texts:
    return tuple(i.text for i in items if i.text not in "{}")


def _arguments(inside: Sequence[Item]) -> tuple[tuple[Item, ...], ...]:
    found: list[list[Item]] = [[]]
    depth = 0
    for item in inside:
        if item.kind == SIGN:
            depth += (item.text in "([{⟨") - (item.text in ")]}⟩")
        if item.kind == SIGN and item.text in ",;" and not depth:
            found.append([])
        else:
            found[-1].append(item)
    return tuple(map(tuple, found))


def quantities(items: Sequence[Item]) -> list[Quantity]:
    """All names of a formula, those in arguments and scripts among them."""
    found, at = list[Quantity](), 0
    while at < len(items):
        one = quantity(items, at)
        found += [one] if one else []
        at = one.bare if one else at + 1
    return found


def inserted(body: Sequence[Item], definitions: Sequence[NamedPart]) -> tuple[list[Item], list[NamedPart]] | None:
    """The formula with all of these definitions put in, and those that were; None where one does not fit."""
    items, used = list(body), list[NamedPart]()
    try:
        for _ in range(len(definitions) + 1):
            names = quantities(items)
            now = [d for d in definitions if any(d.stands(q) for q in names)]
            if not now:
                return items, used
            for one in now:
                items = _put(items, one)
            used += [d for d in now if d not in used]
            if len(items) > _LARGEST:
                return None
    except _Unfit:
        pass
    return None


def _put(items: list[Item], made: NamedPart) -> list[Item]:
    found, at = list[Item](), 0
    while at < len(items):
        one = quantity(items, at)
        if one is None or not made.stands(one):
            stop = at + 1 if one is None else one.bare
            found += items[at:stop]
            at = stop
            continue
        if is_below(items, at):
            raise _Unfit
        put, at = _at_place(items, at, one, made)
        found += put
    return found


def _at_place(items: list[Item], at: int, one: Quantity, made: NamedPart) -> tuple[list[Item], int]:
    """What is written for a name at its place, and where the formula goes on."""
    of, says = made.of, list(made.says)
    if one.above != of.above and not (one.label and of.label):
        raise _Unfit
    end = one.bare
    if of.arguments is not None:
        if one.arguments is None or len(one.arguments) != len(of.arguments):
            raise _Unfit
        end = one.end
        says = _with_arguments(says, of.arguments, one.arguments)
    elif one.arguments is not None and _applied(one.arguments):
        raise _Unfit
    entry: list[Item] = []
    if of.indices:
        if len(of.indices) != len(one.indices) or len(set(of.indices)) < len(of.indices):
            raise _Unfit
        says = _renamed(says, dict(zip(of.indices, one.indices, strict=True)))
    elif of.below != one.below:
        if of.below or not one.indices:
            raise _Unfit
        entry = _index(items, at, end)
    if (_free(made.says) - {*of.indices}) & _bound(items):  # the i of r = y_i - w^T x_i, in a sum over i
        raise _Unfit
    first, last = items[at], items[end - 1]
    opening = replace(_bracket("(", first, last), spaced=first.spaced, gap=first.gap)
    return [opening, replace(says[0], gap=False), *says[1:], _bracket(")", first, last), *entry], end


def _bracket(text: str, first: Item, last: Item) -> Item:
    return Item(SIGN, text, first.start, last.end)


def _bound(items: Sequence[Item]) -> set[str]:
    """The letters below the signs of sums, products, maxima."""
    heads = [k for k, i in enumerate(items) if i.kind == COMMAND and i.text in TERMS]
    below = [group(items, k + 2)[0] for k in heads if k + 1 < len(items) and items[k + 1].text == "_"]
    return {i.text for within in below for i in within if i.kind == LETTER}


def _below(items: Sequence[Item]) -> set[str]:
    """The letters of all indices and labels."""
    found = {i.text for k, i in enumerate(items) if i.kind == LETTER and is_below(items, k)}
    return found | {q.label for q in quantities(items) if q.label}


def _free(items: Sequence[Item]) -> set[str]:
    return _below(items) - _bound(items)


def _index(items: Sequence[Item], at: int, end: int) -> list[Item]:
    """What stands below a name, with its sign."""
    start = next(k for k in range(at, end) if items[k].text == "_")
    inner, _ = group(items, start + 1)
    first, last = items[start], items[end - 1]
    return [first, _bracket("{", first, first), *inner, _bracket("}", last, last)]


def _applied(arguments: tuple[tuple[Item, ...], ...]) -> bool:
    """Whether a bracket after a name may hold its arguments: x, or x, y, and no sum as in a(b + c)."""
    return not any(i.kind == SIGN and i.text in "+-" for argument in arguments for i in argument)


def _renamed(says: list[Item], names: Mapping[str, str]) -> list[Item]:
    """The same with other indices. Raises _Unfit where one is a number, too, or a new one has another meaning here."""
    if all(old == new for old, new in names.items()):
        return says
    for new in {*names.values()} - {*names}:
        if new in _bound(says) and new not in _free(says):  # p_j = e^{z_j}/\sum_k e^{z_k}, for p_k
            used = {i.text for i in says} | {*names} | {*names.values()}
            says = _relettered(says, {new: next(letter for letter in _LETTERS if letter not in used)})
        if any(i.kind == LETTER and i.text == new for i in says):
            raise _Unfit
    return _relettered(says, names)


def _relettered(says: list[Item], names: Mapping[str, str]) -> list[Item]:
    for k, item in enumerate(says):
        around = (says[k - 1].text, says[k + 1].text) if 0 < k < len(says) - 1 else ("", "")
        label = around == ("(", ")") and says[max(k - 2, 0)].text in ("{", "^")
        if item.kind == LETTER and item.text in names and not (is_below(says, k) or label):
            raise _Unfit
    return [replace(i, text=names[i.text]) if i.kind == LETTER and i.text in names else i for i in says]


def _with_arguments(says: list[Item], olds: Sequence[tuple[Item, ...]], news: Sequence[tuple[Item, ...]]) -> list[Item]:
    """The same for other arguments of the function."""
    put: dict[_Texts, tuple[Item, ...]] = {}
    for old, new in zip(olds, news, strict=True):
        if _texts(old) == _texts(new):
            continue
        name = quantity(old, 0)
        if name is None or name.end != len(old) or name.below or name.above or name.arguments is not None or not new:
            raise _Unfit
        if name.name in put or any(i.kind == LETTER and i.text in _below(new) for i in says):  # the i of a sum
            raise _Unfit
        put[name.name] = new
    found, at = list[Item](), 0
    while at < len(says):
        one = quantity(says, at)
        new = put.get(one.name) if one is not None else None
        if one is None or new is None:
            stop = at + 1 if one is None else one.bare
            found += says[at:stop]
            at = stop
            continue
        if one.below or one.above or is_below(says, at) or (one.arguments is not None and _applied(one.arguments)):
            raise _Unfit
        first, last = new[0], new[-1]
        argument = [replace(first, gap=False), *new[1:]]
        raised = one.bare < len(says) and says[one.bare].text in ("^", "'", "ᵀ")
        whole = quantity(new, 0)
        alone = (
            whole is not None and whole.end == len(new) and whole.arguments is None and not (raised and len(new) > 1)
        )
        found += argument if alone else [_bracket("(", first, first), *argument, _bracket(")", last, last)]
        at = one.bare
    return found
