r"""LaTeX to the tokens of the ASCII syntax, which `grammar` then reads: `\frac{1}{2} x^\top A x` becomes `(1/2)*x'*A*x`.

Each token keeps its place in the LaTeX.

    total    term + term - term
    term     run ⊙ run ⊗ run · run : run; these signs bind looser than juxtaposition
    run      factor factor * factor / factor
    factor   an atom with what stands above and below it

The functions call each other as deep as the brackets are nested, and no deeper than `_DEEPEST`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from itertools import pairwise

from gradproof.errors import GradproofError, ParseError, Span, UnsupportedError
from gradproof.notation.expr import Function
from gradproof.parse.item import COMMAND, END, LETTER, NUMBER, SET, SIGN, TEXT, WORD, Item
from gradproof.parse.latex_head import Head
from gradproof.parse.latex_words import HINTS, NAMES
from gradproof.parse.lexer import Kind, Token
from gradproof.parse.note import CUSTOMARY, Note, note, refusal, unsupported
from gradproof.records import dataclass, field
from gradproof.say import NOTHING, Said, say

_DEEPEST = 80  # levels; a bracket makes two
_LOOSE = "⊙∘⊗⊘·:"
_ENDS = set(")]⟩|‖")  # what closes
_STOPS = set("+-=,;&)]⟩⟧⦈}") | set(_LOOSE)
FACTORIAL = "exp"  # of lgamma(y + 1)
_SPELLED = {"⊙": ".*", "∘": ".*", "⊘": "./", "⊗": "⊗"}

Tokens = list[Token]


@dataclass(frozen=True, slots=True)
class Variant:
    """A way to read what LaTeX leaves open: bars as absolute values, a trace that goes on after its bracket, ones that fill a matrix, a^2 as a^T a."""

    bars: bool = False
    trace: bool = False
    ones: bool = False
    squares: bool = False


@dataclass
class Context:
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
    used: set[str] = field(default_factory=set)  # the variants that would have changed something

    indexed: frozenset[str] = frozenset()  # names that have running indices below them, or their companions
    companions: Collection[str] = ()  # letters beside running indices that no sum runs over
    outside: Mapping[str, Collection[str]] = field(
        default_factory=dict
    )  # labels that lie outside of the range of the indices of a name
    declared_in_where: Collection[str] = ()
    fixed: dict[str, None] = field(default_factory=dict)  # indices that nothing sums, below names of arrays
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

    def _above(self, k: int) -> bool:
        """Whether an item stands alone above something: ^t, ^{t}, ^{-t}."""
        before = self.items[k - 1].text if k else ""
        return before == "^" or (k > 1 and before in ("{", "-") and self.items[k - 2].text in ("^", "{"))

    def single(self, listed: Sequence[Item], span: Span) -> None:
        """Refuse A_{ij} x_j without a sum: entries, and a sum that is not written."""
        letters = [i.text for i in listed if i.text not in "{},"]
        self.below.append(letters)
        pairs = [p for p in self.below if len(p) == 2 and all(x in "ijkl" for x in p)]
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


def _is_entry(tokens: Tokens) -> bool:
    """Whether these tokens are a name with one running index, a_r."""
    return len(tokens) == 4 and tokens[0].kind is Kind.NAME and tokens[1].text == "[" and tokens[3].text == "]"


class Products:
    """Sums and products; `factor` is read by the class that builds on this one."""

    def __init__(self, context: Context, items: list[Item]):
        self.context, self.items = context, items
        self.at = 0
        self.depth = 0
        self.open: list[str] = []  # brackets and bars
        self.bound: list[str] = []  # the indices of the sums around

    def factor(self) -> Tokens:
        raise NotImplementedError

    # -- items

    @property
    def now(self) -> Item:
        return self.items[self.at]

    def next_is(self, texts: str, ahead: int = 0) -> bool:
        """Whether a sign out of these comes next."""
        item = self.items[min(self.at + ahead, len(self.items) - 1)]
        return item.kind == SIGN and item.text in texts

    def take(self) -> Item:
        self.at += 1
        return self.items[self.at - 1]

    def note(self, kind: str, span: Span, **values: str) -> None:
        made = note(kind, span, (), CUSTOMARY, **values)
        self.context.notes.setdefault(made.text, made)

    def source(self, start: int, end: int) -> str:
        """A piece of the LaTeX, on one line, for a message."""
        piece = " ".join(self.context.text[start:end].split())
        return piece if len(piece) <= 40 else piece[:39] + "…"

    def whole(self) -> Tokens:
        """All items up to the END."""
        found = self.total()
        if self.now.kind != END:
            raise self.unexpected(self.now)
        return found

    def unexpected(self, item: Item) -> GradproofError:
        span = (item.start, item.end)
        if item.kind == TEXT:
            return refusal("text-in-formula", span, shown=item.text)
        if item.kind == SET:
            return unsupported("sets", span)
        if item.text in (")", "]", "⟩", "}"):
            return ParseError(say("this bracket was never opened, or does not close what was opened"), span=span)
        if item.kind == END:
            before = self.items[self.at - 1] if self.at else None
            if before is None:
                return ParseError(
                    say("the formula is empty"),
                    span=(0, 0),
                    hint=say(r"write a formula such as \lVert Ax - b \rVert_2^2"),
                )
            return ParseError(
                say("something has to follow '{shown}'", shown=self.source(before.start, before.end)),
                span=(before.start, before.end),
            )
        return ParseError(say("'{shown}' has no place here", shown=self.source(*span)), span=span)

    # -- sums and products

    def total(self) -> Tokens:
        """Terms with + and - between them."""
        self.deeper()
        found: Tokens = []
        while True:
            while self.next_is("+-"):
                found.append(sign(self.now.text, self.take()))
            found += self.term()
            if not self.next_is("+-"):
                self.depth -= 1
                return found

    def deeper(self) -> None:
        """Count one more level of nesting. Raises ParseError where there are too many."""
        self.depth += 1
        if self.depth > _DEEPEST:
            raise ParseError(
                say("the formula is nested too deeply"),
                span=(self.now.start, self.now.end),
                hint=say("name some of the parts"),
            )

    def term(self) -> Tokens:
        """Runs with ⊙, ⊗, ⊘ or · between them."""
        found = self.run()
        first: Item | None = None
        while self.next_is(_LOOSE):
            item = self.take()
            if first is not None and item.text != first.text and not {item.text, first.text} <= {"⊙", "∘", "⊘"}:
                raise ParseError(
                    say("these products can be taken in more than one order"),
                    span=(item.start, item.end),
                    hint=say("put one of them in brackets"),
                )
            first = first or item
            right = self.run()
            if item.text == "∘" and self.bound and _is_entry(found) and _is_entry(right):
                raise refusal("circ-outer", (item.start, item.end))
            if item.text == "·":
                found = called("·", [found, right], item, right[-1].end)
            elif item.text == ":":
                found = called("⟨,⟩", [found, right], item, right[-1].end)
            else:
                found = [*wrapped(found), sign(_SPELLED[item.text], item), *wrapped(right)]
        return found

    def run(self) -> Tokens:
        """Factors side by side, or with a times or division sign."""
        found: Tokens = []
        quotient: tuple[Item, int] | None = None  # the division sign, and where the divisor starts
        while True:
            item = self.now
            explicit = self.next_is("×") or (self.next_is("·") and self._number_beside(found))
            if found and self.next_is("/"):
                found.append(sign("/", self.take()))
                quotient = (item, len(found))
                found += self.factor()
                continue
            if found and explicit:
                found.append(sign("*", self.take()))
            elif found and self.stops():
                return found
            elif found:
                if item.gap:
                    raise refusal("layout-product", (item.start, item.end))
                before = self.items[self.at - 1]
                if item.kind == NUMBER and not item.spaced and before.text in _ENDS and before.end == item.start:
                    shown = self.source(found[0].start, before.end)
                    raise refusal("number-after-bracket", (item.start, item.end), shown=shown, number=item.text)
                if quotient is not None:
                    self.after_quotient(found, *quotient)
                found.append(sign("*", (item.start, item.start)))
            quotient = None
            found += self.postfixed()

    def postfixed(self) -> Tokens:
        """A factor, and the sign of a factorial after it: y! is exp(lgamma(y + 1))."""
        found = self.factor()
        while self.next_is("!"):
            item = self.take()
            if len(found) > 1 and found[-1].text not in (")", "]"):
                raise self.unexpected(item)
            place = (found[0].start, item.end)
            self.note("factorial", place, shown=self.source(*place))
            more = [sign("+", item), token(Kind.NUMBER, "1", item)]
            inner = called("lgamma", [[*found, *more]], item, item.end)
            found = called(FACTORIAL, [inner], item, item.end)
        return found

    def _number_beside(self, found: Tokens) -> bool:
        """Whether the dot stands beside a number, so that it is no inner product."""
        left = bool(found) and found[-1].kind is Kind.NUMBER and found[-2:-1] != [] and found[-2].text != "^"
        return left or (len(found) == 1 and found[0].kind is Kind.NUMBER) or self.items[self.at + 1].kind == NUMBER

    def stops(self) -> bool:
        """Whether a run ends here: at the end, at a sign that binds looser, at a closing bracket or bar."""
        item = self.now
        if item.kind == END or (item.kind == COMMAND and item.text in ("over", "atop")):
            return True
        if item.kind != SIGN:
            return False
        if item.text in "|‖":
            return item.side == "r" or (item.side != "l" and self.closes(item))
        return item.text in _STOPS

    def closes(self, item: Item) -> bool:
        """Whether a bar closes what was opened last."""
        if not self.open:
            return False
        return self.open[-1] == item.text or (item.glued and item.text == "‖" and self.open[-1] == "|")

    def after_quotient(self, found: Tokens, item: Item, at: int) -> None:
        """A factor beside a quotient: 1/2 x is (1/2) x, and a/2 x is (a/2) x, said in a note; what a/b c means is not known."""
        numbers = all(t.kind is Kind.NUMBER for t in found[at:])
        above = [t for t in found[: at - 1] if t.kind is not Kind.SIGN or t.text not in "()"]
        one = len(above) == 1 and above[0].kind is Kind.NUMBER
        following = self.now
        plain = following.kind in (LETTER, WORD) or (following.kind == COMMAND and not self.begins_call(following))
        single = len(found) - at == 1 or (
            found[at].text == "(" and found[-1].text == ")" and following.text not in ("(", "[")
        )
        apart = len(above) == 1 and numbers and following.spaced  # lambda/2 ||w||^2, but not a/2x
        if single and ((one and (numbers or not plain)) or apart) and not (numbers and self.goes_on_below(following)):
            self.note(
                "fraction-first",
                (found[0].start, following.end),
                fraction=self.source(found[0].start, found[-1].end),
                following=self.source(following.start, following.end),
            )
            return
        raise ParseError(
            say(
                "what follows '{shown}' may belong to the divisor or not", shown=self.source(item.start, found[-1].end)
            ),
            span=(following.start, following.end),
            hint=say(r"write \frac{…}{…}, or brackets"),
        )

    def goes_on_below(self, item: Item) -> bool:
        """Whether a name stands at a number of a divisor at once, and more factors after it: the n of 1/2n ||x||^2 may belong to the divisor."""
        at, items = self.at, self.items
        if item.spaced or not (item.kind in (LETTER, WORD) or (item.kind == COMMAND and item.text in NAMES)):
            return False
        after = items[at + 1]
        if after.text == "^":
            braced = items[at + 2].text == "{"
            exponent, end = items[at + 2 + braced], at + 3 + 2 * braced
            return exponent.kind == NUMBER and not self.ends_run(items[min(end, len(items) - 1)])
        return after.text not in ("'", "ᵀ", "_", "(", "[") and not self.ends_run(after)

    def ends_run(self, item: Item) -> bool:
        return item.kind == END or (item.kind == SIGN and item.text in _STOPS)

    def begins_call(self, item: Item) -> bool:
        """Whether a command begins something that has its own brackets."""
        return item.text in ("sum", "left", "frac", "tfrac", "dfrac", "log", "ln", "exp", "sqrt", "det", "norm")

    def refuse(self, topic: Said, item: Item, hint: Said = NOTHING) -> UnsupportedError:
        return UnsupportedError(
            say("'{shown}': {topic} cannot be read in a formula", shown=self.source(item.start, item.end), topic=topic),
            span=(item.start, item.end),
            hint=hint or HINTS.get(item.text, NOTHING),
        )


__all__ = ["Context", "Products", "Tokens", "Variant", "called", "sign", "token", "wrapped"]
