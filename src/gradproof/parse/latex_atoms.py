r"""What a LaTeX formula is made of: brackets, bars, fractions, functions, sums."""

from __future__ import annotations

from collections.abc import Callable

from gradproof.errors import ParseError
from gradproof.ops import family
from gradproof.parse import latex_scripts as scripts
from gradproof.parse.item import COMMAND, END, LETTER, NUMBER, SIGN, WORD, Item
from gradproof.parse.latex_context import Tokens, called, sign, token, wrapped
from gradproof.parse.latex_digits import end_of_group, is_turned
from gradproof.parse.latex_functions import derivative_of, differentiated
from gradproof.parse.latex_norms import CLOSES, DOUBLE, Norms
from gradproof.parse.latex_raised import Script
from gradproof.parse.latex_words import (
    ACCENTS,
    BRACES,
    COMMANDS,
    CONJUGATES,
    FRACTIONS,
    FUNCTIONS,
    NAMES,
    REFUSED,
    TERMS,
    VARIANTS,
)
from gradproof.parse.lexer import Kind
from gradproof.parse.names import nearest
from gradproof.parse.note import unsupported
from gradproof.say import say


class LatexFormula(Norms):
    """Reads a formula."""

    def factor(self) -> Tokens:
        """An atom with its scripts."""
        self.deeper()
        found = self.atom(self.now)
        self.depth -= 1
        return found

    def atom(self, item: Item) -> Tokens:
        """What begins here. Raises ParseError where nothing does."""
        if item.kind == NUMBER:
            return self.number()
        if item.kind == WORD and item.text not in self.context.declared:
            called = self.word(item)
            if called is not None:
                return called
        if item.kind == LETTER:
            bare = self.bare_function()
            if bare is not None:
                return bare
        if item.kind == SIGN and item.text in _ATOMS:
            return _ATOMS[item.text](self)
        if item.kind == COMMAND:
            found = self.command(item)
            if found is not None:
                return found
        name = self.name()
        if name is None:
            raise self.unexpected(item)
        return name

    def word(self, item: Item) -> Tokens | None:
        """A word that is declared as no variable: a function of the table; None for a name. Raises UnsupportedError for what has no place here."""
        free = item.text not in self.context.functions
        if item.text == "D":
            return self.derivative()
        if free and (item.text in FUNCTIONS or (self.next_is("(", 1) and family(item.text))):
            self.at += 1
            return self.function(FUNCTIONS.get(item.text, item.text), item)
        if item.text in ("max", "min") and self.next_is("(", 1):
            return self.largest(item.text)
        if free and item.text in REFUSED:
            raise self.refuse(REFUSED[item.text], item)
        return None

    def conjugate(self, item: Item) -> Tokens | None:
        r"""\overline{z} of a z that is declared complex, and \overline{A z}; None where it is the accent of a name."""
        at = self.at
        self.at += 1
        script = self.argument(item)
        inside = [i.text for i in self.items[script.begin : script.end] if i.text not in "{}"]
        name = scripts.subscript_words(self.items[script.begin : script.end])
        one = len(inside) == 1 and name is not None and f"conj({name[0]})" in self.context.declared
        letters = [t for t in inside if t.isalpha()]
        several = len(letters) > 1 and any(n.startswith("conj(") for n in self.context.declared)
        several = item.text == "overline" and (name is None or not name[0][:1].isalpha() or several)
        if not one and not several:
            self.at = at
            return None
        inner = self.inside(script)
        below, above = self.scripts()
        if below is not None:
            raise ParseError(say("this subscript is not part of a name"), span=below.span)
        return [*called("conj", [inner], item, inner[-1].end), *self.raised(above)]

    def command(self, item: Item) -> Tokens | None:
        """A command that is no name; None for a name. Raises UnsupportedError for what has no place here, ParseError for an unknown one."""
        word = item.text
        if word in DOUBLE and self.items[self.at + 1].text == "{":
            self.at += 1
            script = self.argument(item)
            return self.double(word, item, script)
        if word in CONJUGATES and (conjugate := self.conjugate(item)) is not None:
            return conjugate
        if word in FUNCTIONS and word not in ("sum", "sqrt", "prod", "max", "min"):
            self.at += 1
            return self.function(FUNCTIONS[word], item)
        if word in FRACTIONS:
            return self.fraction()
        if word == "sqrt":
            return self.root()
        if word in ("max", "min") and self.next_is("([{", 1):
            return self.largest(word)
        if word in TERMS:
            return self.sum()
        if word == "nabla" and self.items[self.at + 1].text in self.context.functions:
            return self.derivative()
        if word in BRACES:
            return self.under_brace(item)
        if word in REFUSED:
            raise self.refuse(REFUSED[word], item)
        if word in NAMES or word in VARIANTS or word in COMMANDS:
            return None
        raise self.unknown(word, item)

    def under_brace(self, item: Item) -> Tokens:
        r"""\underbrace{A x}_{label}: what stands in the braces; the label is said."""
        self.at += 1
        inner = self.inside(self.argument(item))
        below, above = self.scripts()
        for label in [*([below] if below is not None else []), *above]:
            self.note("brace-label", label.span, shown=self.source(*label.span))
        return wrapped(inner)

    def unknown(self, word: str, item: Item) -> ParseError:
        """What is said of a command that nobody knows, with the nearest that is known."""
        guess = nearest(word, [known for known in COMMANDS if known[0].isupper() == word[:1].isupper()])
        return ParseError(
            say(r"\{word} is not known", word=word[:40]),
            span=(item.start, item.end),
            hint=say(r"did you mean \{guess}?", guess=guess)
            if guess
            else say(r"a name of several letters is written \mathrm{name}"),
        )

    # -- numbers

    def number(self) -> Tokens:
        """A number; 1 and 0 in bold or with a size below are constants."""
        before = self.items[self.at - 1] if self.at > 0 else self.now
        after = before is not self.now and (
            before.text in ("'", "ᵀ", "top", "intercal") or before.kind in (LETTER, WORD) or before.text == ")"
        )
        braced = before.text == "}" and self.at > 2 and self.items[self.at - 2].text in ("ᵀ", "top", "T", "intercal")
        after = after or braced
        item = self.take()
        below, above = self.scripts()
        turned = any(scripts.TRANSPOSE in scripts.meanings(self.items[s.begin : s.end], ()) for s in above)
        ahead = not above and self.turned_factor()
        if item.text == "1" and below is None and not item.bold and (turned or (after and not above) or ahead):
            self.note("ones-row", (item.start, item.end), shown=self.source(item.start, self.items[self.at - 1].end))
            return [*self.filled("ones", "𝟏", item, None), *self.raised(above)]
        if item.text == "1" and item.bold and not above and self.next_is("[{"):
            raise unsupported("indicator", (item.start, item.end))
        if item.text in ("1", "0") and (item.bold or below is not None):
            if below is not None and not self.is_size(below):
                raise ParseError(
                    say("this is no size"), span=below.span, hint=say(r"write \mathbf{1}_n or \mathbf{1}_{m \times n}")
                )
            if below is None and self.context.variant.ones:
                one = called("matrix", [[token(Kind.NUMBER, item.text, item)]], item, item.end)
                return [*one, *self.raised(above)]
            self.context.used.add("ones")
            if item.glued:
                self.note("ones-row", (item.start, item.end), shown="11ᵀ")
            names = ("ones", "𝟏") if item.text == "1" else ("zeros", "𝟎")
            return [*self.filled(*names, item, below), *self.raised(above)]
        if below is not None:
            raise ParseError(say("a number has nothing below it"), span=below.span)
        return [token(Kind.NUMBER, item.text, item), *self.raised(above)]

    def turned_factor(self) -> bool:
        r"""Whether a transposed name, or a transposed 1, comes next: 1 m^T, 1\mu^\top, 1 1^T. What is before it is no number 1."""
        item, end = self.now, self.at + 1
        accent = item.kind == COMMAND and item.text in ACCENTS
        end = end_of_group(self.items, end) if accent else end
        named = item.kind in (LETTER, WORD) or (item.kind == COMMAND and item.text in NAMES) or item.text == "1"
        after = self.items[min(end, len(self.items) - 1)]
        return (named or accent) and (after.text in ("'", "ᵀ") or is_turned(self.items, end))

    # -- brackets and bars

    def bracket(self) -> Tokens:
        """( … ) or [ … ]."""
        opening = self.take()
        inner, closing = self.enclosed(opening)
        if len(inner) > 1:
            raise ParseError(
                say("a comma stands only between the arguments of a function"),
                span=(opening.start, closing.end),
                hint=say("give one formula"),
            )
        return self.ended([sign("(", opening), *inner[0], sign(")", closing)])

    def enclosed(self, opening: Item) -> tuple[list[Tokens], Item]:
        """What stands up to the closing bracket or bar, between commas, and the closing sign."""
        close = CLOSES[opening.text]
        self.open.append(opening.text)
        found = [self.total()]
        while self.next_is(",") and opening.text not in "|‖":
            self.at += 1
            found.append(self.total())
        if close == "|" and self.next_is("‖") and self.now.glued:  # || closes two single bars
            item = self.now
            half = item.start + 1
            self.items[self.at : self.at + 1] = [
                Item(SIGN, "|", item.start, half, side="r"),
                Item(SIGN, "|", half, item.end),
            ]
        if not self.next_is(close):
            if self.now.kind == END:
                raise ParseError(
                    say("this bracket is never closed"),
                    span=(opening.start, opening.end),
                    hint=say("a closing '{close}' is missing", close=close),
                )
            raise self.unexpected(self.now)
        self.open.pop()
        return found, self.take()

    def blocks(self) -> Tokens:
        r"""A matrix of blocks, \begin{pmatrix} A & B \\ C & D \end{pmatrix}; between bars, its determinant."""
        opening = self.take()
        close = {"⟦": "⟧", "⦇": "⦈"}[opening.text]
        self.open.append(opening.text)
        tokens = [sign("[", opening)]
        while not self.next_is(close):
            tokens += self.total()
            if self.next_is("&") or self.next_is(";"):
                item = self.take()
                if not self.next_is(close):
                    tokens.append(sign("," if item.text == "&" else ";", item))
            elif not self.next_is(close):
                raise self.unexpected(self.now)
        self.open.pop()
        closing = self.take()
        tokens.append(sign("]", closing))
        if opening.text == "⦇":
            tokens = called("det", [tokens], opening, closing.end)
        return self.ended(tokens)

    def group(self) -> Tokens:
        r"""{ … }: what stands inside, and {a \over b}."""
        opening = self.now
        script = self.argument(opening)
        if script.begin == script.end:  # {}
            below, above = self.scripts()
            if below is not None or above:
                raise ParseError(say("nothing stands below this"), span=(above[0].span if above else script.span))
            return self.factor()
        inner = self.over(script)
        below, above = self.scripts()
        self.nothing_below(below)
        several = any(t.text in ("*", "+", "-", "/", ".*", "⊗", "./") for t in _outermost(inner))
        if above and several:
            raise ParseError(
                say("braces are not seen, so what stands above belongs to the last factor only"),
                span=above[0].span,
                hint=say(r"write \left( … \right), or move it to the factor that it belongs to"),
            )
        return [*(wrapped(inner) if several else inner), *self.raised(above)]

    def over(self, script: Script) -> Tokens:
        r"""The inside of a group, cut at \over."""
        depth = 0
        for k in range(script.begin, script.end):
            item = self.items[k]
            depth += (item.kind == SIGN) * ((item.text == "{") - (item.text == "}"))
            if not depth and item.kind == COMMAND and item.text == "over":
                above, below = (
                    self.inside(Script(script.begin, k, script.span)),
                    self.inside(Script(k + 1, script.end, script.span)),
                )
                return self.quotient(above, below, item)
        return self.inside(script)

    def quotient(self, above: Tokens, below: Tokens, item: Item) -> Tokens:
        return [*wrapped([*wrapped(above), sign("/", item), *wrapped(below)])]

    def fraction(self) -> Tokens:
        item = self.take()
        above = self.argument(item)
        below = self.argument(item)
        if any(i.kind == COMMAND and i.text == "partial" for i in self.items[above.begin : above.end]):
            known = differentiated(
                self.items[above.begin : above.end], self.items[below.begin : below.end], self.context.functions
            )
            if known is not None:
                formals = [[token(Kind.NAME, f, item)] for f in known[0].formals]
                found = called(
                    derivative_of(known[1] if len(formals) > 1 else (), known[0], len(known[1])),
                    formals,
                    item,
                    below.span[1],
                )
                return self.ended(found)
            raise self.refuse(
                say("a derivative"), item, say("give the formula that is differentiated, and the variable as wrt")
            )
        found = self.quotient(self.inside(above), self.inside(below), item)
        return self.ended(found)

    def root(self) -> Tokens:
        item = self.take()
        degree: Tokens | None = None
        if self.next_is("["):
            degree = self.enclosed(self.take())[0][0]
        script = self.argument(item)
        inner = self.inside(script)
        if degree is None or [t.text for t in degree] == ["2"]:
            return self.ended(called("sqrt", [inner], item, script.span[1]))
        exponent = wrapped([token(Kind.NUMBER, "1", item), sign("/", item), *wrapped(degree)])
        return self.ended(wrapped([*wrapped(inner), sign("^", item), *exponent]))

    def largest(self, word: str) -> Tokens:
        r"""\max(0, x); \max(x) of all entries, \max(a, b) entry by entry."""
        item = self.take()
        if self.next_is("{"):  # \max{x}, which shows no bracket
            raise self.refuse(REFUSED[word], item)
        inner, closing = self.enclosed(self.take())
        zero = [k for k, tokens in enumerate(inner) if [t.text for t in tokens] == ["0"]]
        if len(inner) > 2:
            raise self.refuse(say("a maximum of three"), item, say(r"write \max(a, \max(b, c))"))
        if word == "max" and len(inner) == 2 and zero:
            return self.ended(called("relu", [inner[1 - zero[0]]], item, closing.end))
        return self.ended(called(word, inner, item, closing.end))


def _outermost(tokens: Tokens) -> Tokens:
    """The tokens that stand in no bracket."""
    depth, found = 0, []
    for t in tokens:
        if t.kind is Kind.SIGN and t.text in "()[]":
            depth += 1 if t.text in "([" else -1
        elif not depth:
            found.append(t)
    return found


_ATOMS: dict[str, Callable[[LatexFormula], Tokens]] = {
    "(": LatexFormula.bracket, "[": LatexFormula.bracket, "{": LatexFormula.group, "|": LatexFormula.bars, "‖": LatexFormula.bars, "⟨": LatexFormula.angles, "⟦": LatexFormula.blocks, "⦇": LatexFormula.blocks,
}  # fmt: skip
