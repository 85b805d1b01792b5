r"""Running indices in brackets above a name, `x^{(i)}` and `x_j^{(i)}`, put below it, where an index belongs: the data point i of machine learning."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from gradproof.parse.item import COMMAND, LETTER, SIGN, WORD, Item
from gradproof.parse.latex_words import NAMES, TERMS
from gradproof.records import replace

_BRACKETS = (("(", ")"), ("[", "]"))


def lowered(body: Sequence[Item], running: Collection[str]) -> tuple[Item, ...]:
    """The items with the indices of sums that stand in brackets above a name written below it, before those that stand there already."""
    found: list[Item] = []
    at = 0
    while at < len(body):
        found.append(body[at])
        at += 1
        if not _is_name(found[-1]):
            continue
        scripts, end = _scripts(body, at)
        upper = next((s for s in scripts if _index(s, running)), None)
        if upper is not None:
            found += _rewritten(upper, scripts)
            at = end
    return tuple(found)


def turned_before(items: list[Item]) -> list[Item]:
    r"""The items with a transpose that stands before a letter or a bracket behind it: {}^t x A x; of x{}^T A it stands after x."""
    found = list(items)
    for k in range(len(found) - 1, -1, -1):
        begin = k - 2 if k > 1 and [i.text for i in found[k - 2 : k]] == ["{", "}"] else k
        if found[k].text != "^" or found[k].kind != SIGN:
            continue
        before = found[begin - 1].text if begin else "("
        braced = found[k + 1 : k + 2] and found[k + 1].text == "{"
        sign = found[k + 1 : k + 4] if braced else found[k + 1 : k + 2]
        apart = begin < k and found[begin].spaced and [i.text for i in sign][len(sign) // 2 :][:1] == ["t"]
        if not apart and before not in ("=", "(", "+", "-", "&", "[", "{"):
            continue
        after = k + 1 + len(sign)
        end = _after_one(found, after)
        if end > after and sign and sign[len(sign) // 2].text in ("t", "T", "top", "ᵀ"):
            top = replace(sign[len(sign) // 2], kind=SIGN, text="ᵀ")
            found[begin:end] = [replace(found[after], glued=False), *found[after + 1 : end], top]
    return found


def _after_one(items: Sequence[Item], at: int) -> int:
    """The place after a letter, or a bracket with what is in it, that begins here; the same place where nothing of these does."""
    if at < len(items) and _is_name(items[at]):
        return at + 1
    depth = 0
    for k in range(at, len(items)):
        depth += (items[k].text == "(") - (items[k].text == ")")
        if not depth:
            return k + 1 if k > at else at
    return at


def without_primes(items: Sequence[Item]) -> Sequence[Item]:
    r"""The items with the prime of an index of a sum as a part of its letter: \sum_{c'} e^{z_{c'}}."""
    pairs = _primed(items)
    indices = {items[a].text for a, _, at_sum in pairs if at_sum}
    found = list(items)
    for begin, end, _ in reversed(pairs):
        if items[begin].text in indices:
            found[begin:end] = [replace(items[begin], text=f"{items[begin].text}'", end=items[end - 1].end)]
    return found


def _primed(items: Sequence[Item]) -> list[tuple[int, int, bool]]:
    """Where letters with a prime stand in subscripts, and whether it is that of a sum."""
    found: list[tuple[int, int, bool]] = []
    inside: list[str] = []  # of each open brace, what stands before its sign of a subscript; "" for any other
    for k, item in enumerate(items):
        before = items[k - 1].text if k else ""
        if item.kind == SIGN and item.text == "{":
            inside.append(items[k - 2].text if before == "_" and k > 1 else "")
        elif item.kind == SIGN and item.text == "}" and inside:
            inside.pop()
        elif item.kind == LETTER and inside and inside[-1]:
            after = [i.text for i in items[k + 1 : k + 3]]
            length = 2 if after[:1] == ["'"] else 3 if after == ["^", "'"] else 0
            if length:
                found.append((k, k + length, inside[-1] in TERMS))
    return found


def _is_name(item: Item) -> bool:
    return item.kind in (LETTER, WORD) or (item.kind == COMMAND and item.text in NAMES)


def _scripts(body: Sequence[Item], at: int) -> tuple[list[list[Item]], int]:
    """What stands above and below, each with its sign first, and where that ends."""
    found: list[list[Item]] = []
    while at + 1 < len(body) and body[at].kind == SIGN and body[at].text in ("^", "_"):
        end, depth = at + 1, 0
        while end < len(body):
            depth += (body[end].text == "{") - (body[end].text == "}")
            end += 1
            if depth <= 0:
                break
        found.append(list(body[at:end]))
        at = end
    return found, at


def _index(script: Sequence[Item], running: Collection[str]) -> bool:
    """Whether a script is a running index in brackets above something, with a sign of a transpose after it or not."""
    inner = script[2:-1] if len(script) > 2 and script[1].text == "{" else []
    return (
        script[0].text == "^"
        and len(inner) > 2
        and (inner[0].text, inner[2].text) in _BRACKETS
        and inner[1].kind == LETTER
        and inner[1].text in running
    )


def _rewritten(upper: Sequence[Item], scripts: Sequence[Sequence[Item]]) -> list[Item]:
    """The scripts of a name with the index `upper` below: `_{ij}` and what else stands above."""
    sign, opening, _, index, _, *after = upper
    below = [i for s in scripts if s[0].text == "_" for i in s[1:] if i.text not in "{}"]
    found = [replace(sign, text="_"), opening, index, *below, replace(after[-1], text="}")]
    after = after[1:] if after[0].text == "^" else after  # ^{(i)^T}
    if len(after) > 1:  # ^{(i)\top}
        found += [sign, opening, *after]
    return [*found, *(i for s in scripts if s[0].text == "^" and s is not upper for i in s)]
