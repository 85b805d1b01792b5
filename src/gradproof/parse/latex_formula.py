r"""LaTeX to the tokens of the ASCII syntax, which `grammar` then reads: `\frac{1}{2} x^\top A x` becomes `(1/2)*x'*A*x`.

Each token keeps its place in the LaTeX.

    total    term + term - term
    term     run ⊙ run ⊗ run · run : run; these signs bind looser than juxtaposition
    run      factor factor * factor / factor
    factor   an atom with what stands above and below it

The functions call each other as deep as the brackets are nested, and no deeper than `_DEEPEST`.
"""

from __future__ import annotations

from gradproof.budget import tick
from gradproof.errors import GradproofError, ParseError, Span, UnsupportedError
from gradproof.parse.item import COMMAND, END, LETTER, NUMBER, SET, SIGN, TEXT, WORD, Item
from gradproof.parse.latex_context import LatexReading, Tokens, called, is_entry, sign, token, wrapped
from gradproof.parse.latex_words import HINTS, IMPERATIVES, NAMES, OUT_OF_PLACE
from gradproof.parse.lexer import Kind
from gradproof.parse.note import CUSTOMARY, note, refusal, unsupported
from gradproof.say import NOTHING, Said, say

COUNTS = {*"mnMNBKT"}  # letters of a number of rows
_DEEPEST = 80  # levels; a bracket makes two
_LOOSE = "⊙∘⊗⊘·:"
_ENDS = set(")]⟩|‖")  # what closes
_STOPS = set("+-=,;&)]⟩⟧⦈}") | set(_LOOSE)
FACTORIAL = "exp"  # of lgamma(y + 1)
_SPELLED = {"⊙": ".*", "∘": ".*", "⊘": "./", "⊗": "⊗"}


class Products:
    """Sums and products; `factor` is read by the class that builds on this one."""

    def __init__(self, context: LatexReading, items: list[Item]):
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
        if item.kind == COMMAND and item.text == "sum":
            return ParseError(
                say("the index of this sum is in use already"), span=span, hint=say("give each index a name of its own")
            )
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
        return ParseError(
            say("'{shown}' has no place here", shown=self.source(*span)),
            span=span,
            hint=OUT_OF_PLACE.get(self.source(*span), OUT_OF_PLACE[""]),
        )

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
        """Count one more level of nesting. Raises ParseError where there are too many, BudgetError where it takes too long."""
        tick()
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
            self.context.used |= {"outer"} if item.text == "⊗" else set()
            if item.text == "∘" and self.bound and is_entry(found) and is_entry(right):
                raise refusal("circ-outer", (item.start, item.end))
            if item.text == "·":
                found = called("·", [found, right], item, right[-1].end)
            elif item.text == "⊗" and self.context.variant.outer:
                found = called("outer", [found, right], item, right[-1].end)
            elif item.text == ":":
                found = called("⟨,⟩", [found, right], item, right[-1].end)
            else:
                found = [*wrapped(found), sign(_SPELLED[item.text], item), *wrapped(right)]
        return found

    def run(self) -> Tokens:
        """Factors side by side, or with a times or division sign."""
        found: Tokens = []
        last = 0  # where the last factor begins
        quotient: tuple[Item, int] | None = None  # the division sign, and where the divisor starts
        while True:
            item = self.now
            explicit = self.next_is("×") or (self.next_is("·") and self._number_beside(found))
            if found and self.next_is("/") and self.runs_already(1):  # \sum_i w_i x_i / \sum_i w_i
                return found
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
                frobenius = item.text == "F" and before.text == "‖" and "F" not in self.context.declared
                if (
                    (item.kind == NUMBER or frobenius)
                    and not item.spaced
                    and before.text in _ENDS
                    and before.end == item.start
                ):
                    shown = self.source(found[0].start, before.end)
                    raise refusal("number-after-bracket", (item.start, item.end), shown=shown, number=item.text)
                if quotient is not None and self.divided_by_row(found[quotient[1] :]):
                    self.divisor(found, *quotient)
                    quotient = None
                    continue
                if quotient is not None:
                    self.after_quotient(found, *quotient)
                self.refuse_prose(found[last:])
                found.append(sign("*", (item.start, item.start)))
            beside, last, quotient = bool(found) and not explicit, len(found), None
            found += self.postfixed()
            if beside:
                self.refuse_prose(found[last:])

    def refuse_prose(self, factor: Tokens) -> None:
        r"""Raises ParseError for a word that stands beside a factor, and may be none: \mathrm{Find} x^\top x."""
        item = self.items[self.at - 1]
        one = len(factor) == 1 and factor[0].kind is Kind.NAME and item.kind == WORD and item.end == factor[0].end
        word = factor[0].text if one else ""
        if word.lower() in IMPERATIVES and word not in self.context.declared:
            raise refusal("unicode-word", (item.start, item.end), word=word)

    def postfixed(self) -> Tokens:
        """A factor, and the sign of a factorial after it: y! is exp(lgamma(y + 1))."""
        found = self.factor()
        while self.next_is("!"):
            found = self.factorial(found)
        return found

    def factorial(self, found: Tokens) -> Tokens:
        """What stands before the sign of a factorial, with it."""
        item = self.take()
        if len(found) > 1 and found[-1].text not in (")", "]"):
            raise self.unexpected(item)
        place = (found[0].start, item.end)
        self.note("factorial", place, shown=self.source(*place))
        more = [sign("+", item), token(Kind.NUMBER, "1", item)]
        inner = called("lgamma", [[*found, *more]], item, item.end)
        return called(FACTORIAL, [inner], item, item.end)

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
            return self.runs_already()
        if item.text in "|‖":
            return item.side == "r" or (item.side != "l" and self.closes(item))
        return item.text in _STOPS

    def runs_already(self, ahead: int = 0) -> bool:
        r"""Whether a sum comes next over an index that runs: the second one of \sum_i a_i \sum_i b_i is no part of the first."""
        item = self.items[min(self.at + ahead, len(self.items) - 1)]
        if not self.bound or item.kind != COMMAND or item.text != "sum":
            return False
        if not self.next_is("_", ahead + 1):
            return ahead > 0
        at = self.at + ahead + 2 + (self.items[self.at + ahead + 2].text == "{")
        return self.items[at].kind == LETTER and self.items[at].text in self.bound

    def closes(self, item: Item) -> bool:
        """Whether a bar closes what was opened last."""
        if not self.open:
            return False
        return self.open[-1] == item.text or (item.glued and item.text == "‖" and self.open[-1] == "|")

    def divided_by_row(self, divisor: Tokens) -> bool:
        """Whether a divisor is a transposed name, by which nothing is divided, so that the product goes on: x^T A x / x^T x."""
        return (
            len(divisor) == 2
            and divisor[0].kind is Kind.NAME
            and divisor[1].text == "'"
            and divisor[0].text not in self.context.declared_in_where
        )

    def divisor(self, found: Tokens, item: Item, at: int) -> None:
        """All factors after a division sign, as the divisor."""
        inner = found[at:]
        while not self.stops():
            if self.next_is("/×"):
                self.after_quotient(found, item, at)
            inner += [sign("*", (self.now.start, self.now.start)), *self.postfixed()]
        found[at:] = wrapped(inner)
        place = (found[0].start, inner[-1].end)
        self.note("fraction-product", place, shown=self.source(item.start, inner[-1].end))

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
        bars = following.text == "‖" or (following.kind in (COMMAND, WORD) and following.text in ("sum", "mean"))
        count = one and single and found[at].text in COUNTS  # 1/n X'X, with a blank
        apart = len(above) == 1 and (
            ((numbers or count) and following.spaced) or bars
        )  # lambda/2 ||w||^2, but not a/2x
        if (
            single
            and ((one and (numbers or bars or not plain)) or apart)
            and not (numbers and (self.goes_on_below(following) or self.fills_bracket(found, following)))
        ):
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

    def fills_bracket(self, found: Tokens, item: Item) -> bool:
        """Whether a bracket has nothing in it but a fraction of numbers and the name right behind it: (1/2σ²)."""
        items, after = self.items, self.at + 1
        if items[after].text == "^":
            braced = items[min(after + 1, len(items) - 1)].text == "{"
            after += 4 if braced else 2
        closes = items[min(after, len(items) - 1)].text == ")"
        return closes and not item.spaced and self.context.text[: found[0].start].rstrip().endswith("(")

    def goes_on_below(self, item: Item) -> bool:
        """Whether a name stands at a number of a divisor at once, and more factors after it: the n of 1/2n ||x||^2 may belong to the divisor."""
        at, items = self.at, self.items
        if item.spaced or not (item.kind in (LETTER, WORD) or (item.kind == COMMAND and item.text in NAMES)):
            return False
        after = items[at + 1]
        if item.text in COUNTS and self.ends_run(after):  # (1/2m) Σ …
            return True
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
            hint=hint or HINTS.get(item.text, HINTS[""]),
        )
