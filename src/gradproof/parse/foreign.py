"""Characters beyond ASCII as the items that they stand for: ᵀ, ₁₂, ½, ∑, 𝐱, θ, ŷ."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator

from gradproof.parse.characters import ABOVE, ACCENTS, BELOW, COMMANDS, FRACTIONS, SIGNS, name_of, styled
from gradproof.parse.greek import NAMES as GREEK
from gradproof.parse.item import COMMAND, LETTER, NUMBER, SIGN, WORD, Item
from gradproof.parse.latex_words import NAMES
from gradproof.parse.note import refusal
from gradproof.parse.summed import POWER, bracket
from gradproof.patterns import pattern

_RUNNING = frozenset("ᵢⱼₖₗₘₙₜ")
_LETTERS_BELOW = frozenset("ijklmnt")

_OPEN_SUM = pattern(r"[ΣΠ]\s*[(\[{|‖\w]")
_CAPITALS = {"Σ": "sum", "Π": "prod"}  # Greek letters that people type for the signs
_BEFORE_SUM = pattern(r"(?:^|[=+\-−(\[{:,/]|/\s*\(?\w+\)?|\d)\s*$")  # the beginning of a term, and its numbers
_INDEXED = pattern(r"[^\W_]\u0302?(?:_\{?([i-nt])(?![^\W_])|([ᵢⱼₖₗₘₙₜ])(?![₀-ₜᵢ-ᵪⱼ]))")


def foreign(text: str, at: int, known: Collection[str] = ()) -> tuple[list[Item], int]:
    """The items that begin with this character, and the place after them. Raises ParseError for a character that has no meaning here.

    `known`: names of variables, which Σ is if it is declared."""
    char = text[at]
    for table, sign in ((ABOVE, "^"), (BELOW, "_")):
        if char in table:
            end = next((k for k in range(at, len(text)) if text[k] not in table), len(text))
            if text[end - 1 : end + 1] == "⁻⊤":
                return _script(text[at:end] + "ᵀ", table, sign, at), end + 1
            return _script(text[at:end], table, sign, at), end
    if char in "Σ∑" and "Sigma" not in known and _of_powers(text, at):
        return [Item(WORD, "sum", at, at + 1)], at + 1
    if char in _CAPITALS and GREEK[char] not in known and _sums(text, at):
        return [Item(COMMAND, _CAPITALS[char], at, at + 1)], at + 1
    accented = _accented(text, at)
    if accented is not None:
        return accented
    return [*_single(char, at)], at + 1


def _script(run: str, table: dict[str, str], sign: str, at: int) -> list[Item]:
    """A run of raised or lowered characters: ^{…}, _{…}."""
    end = at + len(run)
    if run == "ᵀ":
        return [Item(SIGN, "ᵀ", at, end)]
    inner: list[Item] = []
    for k, char in enumerate(run, at):
        plain = table[char]
        if plain.isdigit() and sign == "^" and inner and inner[-1].kind == LETTER:  # eˣ²
            raise refusal("power-tower", (at, end))
        if plain.isdigit() and inner and inner[-1].kind == NUMBER:
            inner[-1] = Item(NUMBER, inner[-1].text + plain, inner[-1].start, k + 1)
        else:
            kind = NUMBER if plain.isdigit() else LETTER if plain.isalpha() else SIGN
            inner.append(Item(kind, plain, k, k + 1))
    return [Item(SIGN, sign, at, at), Item(SIGN, "{", at, at), *inner, Item(SIGN, "}", end, end)]


def _sums(text: str, at: int) -> bool:
    """Whether Σ is the sign of a sum, or Π of a product: with an index below it that stands below something else too, or over a range."""
    below = text[at + 1 : at + 2]
    rest = text[at + 2 :]
    index = BELOW.get(below, "")
    if below in _RUNNING and rest[:1] not in ("ᵀ", "⁻", "²"):
        return below in rest or f"_{index}" in rest
    found = text[at + 1 : at + 3]
    if (
        found[:1] == "_"
        and found[1:2] in _LETTERS_BELOW
        and text[at + 3 : at + 4].strip() not in ("^", "'", "⁻", "ᵀ", "²")
    ):
        below = re.compile(rf"[^\W_]_{found[1]}(?![^\W_])")  # and not of what stands before it: x_k' Σ_k x_k
        return below.search(text, at + 3) is not None and below.search(text, 0, at) is None
    if _OPEN_SUM.match(text, at) and _BEFORE_SUM.search(
        text, 0, at
    ):  # Σ (y_i - w'x_i)^2, with one index that stands nowhere before
        signs = [k for k, c in enumerate(text) if c == text[at]]
        end = next((k for k in signs if k > at), len(text))
        letters, before = _letters(text, at, end), _letters(text, 0, signs[0])
        return len(letters) == 1 and not letters & before
    return found[:1] == "_" and found[1:2] in ("{", "(") and "=" in text[at : at + 12]


def _of_powers(text: str, at: int) -> bool:
    """Whether Σ is the sign of a sum of powers, without an index: Σ (y - Xw)²."""
    start, end = bracket(text, at + 1)
    starts = text[start : start + 1] == "(" and _BEFORE_SUM.search(text, 0, at) is not None
    return starts and POWER.match(text, end) is not None and not _letters(text, start, end)


def _letters(text: str, start: int, end: int) -> set[str]:
    """The letters of indices below names in a part of a text."""
    return {BELOW.get(x) or x for found in _INDEXED.findall(text, start, end) for x in found if x}


def _accented(text: str, at: int) -> tuple[list[Item], int] | None:
    """A letter with an accent, in one character or in two."""
    end = at + 1
    whole = unicodedata.normalize("NFD", text[at])
    if len(whole) == 1 and text[end : end + 1] in ACCENTS and text[at].isalpha():
        whole += text[end]
        end += 1
    if len(whole) != 2 or whole[1] not in ACCENTS:
        return None
    inner = [*_single(whole[0], at)]
    return [Item(COMMAND, ACCENTS[whole[1]], at, at), Item(SIGN, "{", at, at), *inner, Item(SIGN, "}", end, end)], end


def _single(char: str, at: int) -> Iterator[Item]:
    """One character."""
    end = at + 1
    plain = styled(char)
    if char in FRACTIONS:
        yield Item(COMMAND, "frac", at, end)
        yield from (Item(NUMBER, digit, at, end) for digit in FRACTIONS[char])
    elif char in ("𝔼", "ℝ"):
        yield from (Item(COMMAND, "mathbb", at, end), Item(LETTER, COMMANDS[char], at, end))
    elif char in COMMANDS:
        yield Item(COMMAND, COMMANDS[char], at, end)
    elif char in SIGNS:
        yield Item(SIGN, SIGNS[char], at, end)
    elif char in GREEK:
        yield greek(GREEK[char], at, end)
    elif plain is not None and plain[0] in GREEK:
        yield greek(GREEK[plain[0]], at, end, plain[1])
    elif plain is not None:
        yield Item(NUMBER if plain[0].isdigit() else LETTER, plain[0], at, end, bold=plain[1])
    elif char.isascii() and char.isalpha():
        yield Item(LETTER, char, at, end)
    else:
        raise refusal("unknown-character", (at, end), shown=char if char.isprintable() else "", name=name_of(char))


def greek(name: str, at: int, end: int, bold: bool = False) -> Item:
    """A Greek letter: the command that it has, or its name."""
    return Item(COMMAND if name in NAMES else WORD, name, at, end, bold=bold)
