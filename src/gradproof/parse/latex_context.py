"""What is known of a LaTeX formula while it is read, and the tokens that it becomes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from itertools import pairwise

from gradproof.errors import ParseError, Span
from gradproof.notation.function import Function
from gradproof.parse.item import COMMAND, LETTER, SIGN, WORD, Item
from gradproof.parse.latex_head import Head
from gradproof.parse.latex_words import NAMES
from gradproof.parse.lexer import Kind, Token
from gradproof.parse.note import Note, refusal
from gradproof.records import dataclass, field
from gradproof.say import say

Tokens = list[Token]


@dataclass(frozen=True, slots=True)
class Variant:
    """A way to read what LaTeX leaves open: bars as absolute values, a trace that goes on after its bracket, ones that fill a matrix, a^2 as a^T a, ⊗ as outer product."""

    bars: bool = False
    trace: bool = False
    ones: bool = False
    squares: bool = False
    outer: bool = False


@dataclass
class LatexReading:
    """What is known while a formula is read, and what was noticed."""

    text: str
    declared: frozenset[str]
    functions: Mapping[str, Function]
    variant: Variant
    items: Sequence[Item] = ()
    dependent: Collection[str] = ()  # names that stand as X(a) everywhere
    running: Collection[str] = ()  # the indices of all sums
    notes: dict[str, Note] = field(default_factory=dict)
    hints: dict[str, str] = field(default_factory=dict)  # the kinds that bold letters suggest
    bold: set[str] = field(default_factory=set)  # the letters that are bold, or have an arrow, declared or not
    used: set[str] = field(default_factory=set)  # the variants that would have changed something

    indexed: frozenset[str] = frozenset()  # names that have running indices below them, or their companions
    from_zero: frozenset[str] = frozenset()  # those with an index that is counted from 0
    companions: Collection[str] = ()  # letters beside running indices that no sum runs over
    outside: Mapping[str, Collection[str]] = field(
        default_factory=dict
    )  # labels that lie outside of the range of the indices of a name
    apart: set[str] = field(default_factory=set)  # names with such labels, which are no entries
    declared_in_where: Collection[str] = ()
    primed: frozenset[str] = frozenset()  # names that a left side has with a prime: the x' of k(x, x')
    above_left: frozenset[str] = frozenset()  # indices of the left side, which are no powers: the k of E_k = …
    fresh: int = 0  # indices that nobody wrote
    fixed: dict[str, None] = field(default_factory=dict)  # indices that nothing sums, below names of arrays
    styles: dict[tuple[str, int], str] = field(default_factory=dict)  # the type of each name, by the places below it
    spellings: dict[str, str] = field(default_factory=dict)  # how each name with scripts was written

    moved: Collection[str] = ()  # names with i+1 or i-1 below them
    heads: dict[str, Head] = field(default_factory=dict)  # of each running index the sum that it belongs to
    found: dict[str, bool] = field(default_factory=dict)
    below: list[list[str]] = field(default_factory=list)  # subscripts of names so far

    def elsewhere(self, letter: str) -> bool:
        """Whether a letter stands somewhere else than alone above something."""
        if letter not in self.found:
            self.found[letter] = any(
                item.text == letter and item.kind in (LETTER, COMMAND) and not self._above(k)
                for k, item in enumerate(self.items)
            )
        return self.found[letter]

    def stands_plain(self, name: str) -> bool:
        """Whether a name stands somewhere without a star above it, so that the star does something to it."""
        return any(
            NAMES.get(item.text, item.text) == name
            and item.kind in (LETTER, WORD, COMMAND)
            and not (after.text == "^" and k + 2 < len(self.items) and self.items[k + 2].text in ("×", "⋆", "{"))
            for k, (item, after) in enumerate(pairwise(self.items))
        )

    def is_difference(self, name: str) -> bool:
        r"""Whether x^* stands only as x - x^*, so that the star is a label: of a vector its conjugate transpose does not fit there."""
        texts = [NAMES.get(i.text, i.text) for i in self.items if i.text not in ("{", "}")]
        stars = [
            k for k, t in enumerate(texts[:-2]) if t == name and texts[k + 1] == "^" and texts[k + 2] in ("×", "⋆")
        ]
        apart = [texts[k - 2 : k] == [name, "-"] or texts[k + 3 : k + 5] == ["-", name] for k in stars]
        return name.islower() and name != "z" and all(apart)

    def _above(self, k: int) -> bool:
        """Whether an item stands alone above something: ^t, ^{t}, ^{-t}."""
        before = self.items[k - 1].text if k else ""
        return before == "^" or (k > 1 and before in ("{", "-") and self.items[k - 2].text in ("^", "{"))

    def single(self, listed: Sequence[Item], span: Span) -> None:
        """Refuse A_{ij} x_j without a sum: entries, and a sum that is not written."""
        letters = [i.text for i in listed if i.text not in "{},"]
        self.below.append(letters)
        pairs = [p for p in self.below if 1 < len(p) < 5 and all(x in "ijkl" for x in p)]
        if any(x in p for p in pairs for other in self.below if other is not p and other != p for x in other):
            raise ParseError(
                say("indices repeat, and no sum over them is written"),
                span=span,
                hint=say(r"write \sum_{ij} A_{ij} x_i x_j where they are summed, or declare names such as A_ij"),
            )

    def spelled(self, name: str, how: str, span: Span) -> None:
        """Remember how a name is written. Raises ParseError where two names would become one: W_2 and W^{[2]}."""
        if self.spellings.setdefault(name, how) != how:
            raise refusal("names-collide", span, name=name)

    @cached_property
    def sets(self) -> set[str]:
        r"""The names of sets that sums run over: the S of \sum_{i \in S}."""
        return {NAMES.get(b.text, b.text) for a, b in pairwise(self.items) if a.text == "in" and a.kind == COMMAND}

    @cached_property
    def subscripts(self) -> set[str]:
        """The single letters that stand below something."""
        return {
            c.text
            for a, b, c in zip(self.items, self.items[1:], self.items[2:], strict=False)
            if c.kind == LETTER and a.text == "_" and b.text == "{"
        } | {b.text for a, b in pairwise(self.items) if a.text == "_" and b.kind == LETTER}

    @cached_property
    def both_transposes(self) -> bool:
        r"""Whether there are primes and other signs of a transpose, ^\top or ^T, so that a prime is rather part of a name."""
        above = [
            b.text if b.text != "{" else c.text
            for a, b, c in zip(self.items, self.items[1:], self.items[2:], strict=False)
            if a.text == "^"
        ]
        primes = any(i.text == "'" and i.kind == SIGN for i in self.items)
        others = any(t in ("top", "ᵀ", "intercal") or (t == "T" and "T" not in self.declared) for t in above)
        return primes and (others or any(i.text == "ᵀ" for i in self.items))

    @cached_property
    def dotted(self) -> bool:
        r"""Whether there is a \cdot."""
        return any(i.text == "·" for i in self.items)


def token(kind: Kind, text: str, item: Item | Span) -> Token:
    """A token of the ASCII syntax in the place of an item."""
    start, end = item if isinstance(item, tuple) else (item.start, item.end)
    return Token(kind, text, start, end)


def sign(text: str, item: Item | Span) -> Token:
    return token(Kind.SIGN, text, item)


def wrapped(tokens: Tokens) -> Tokens:
    """In brackets, where it is more than one token."""
    if len(tokens) == 1:
        return tokens
    first, last = tokens[0], tokens[-1]
    return [Token(Kind.SIGN, "(", first.start, first.start), *tokens, Token(Kind.SIGN, ")", last.end, last.end)]


def called(name: str, arguments: Sequence[Tokens], item: Item | Span, end: int) -> Tokens:
    """A call of a function: name ( argument , argument )."""
    found = [token(Kind.NAME, name, item), sign("(", item)]
    for k, argument in enumerate(arguments):
        found += [sign(",", (argument[0].start, argument[0].start))] * bool(k) + argument
    return [*found, sign(")", (max(end - 1, 0), end))]


def is_entry(tokens: Tokens) -> bool:
    """Whether these tokens are a name with one running index, a_r."""
    return len(tokens) == 4 and tokens[0].kind is Kind.NAME and tokens[1].text == "[" and tokens[3].text == "]"
