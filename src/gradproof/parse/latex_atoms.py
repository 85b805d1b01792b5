r"""What a LaTeX formula is made of: brackets, bars, fractions, functions, sums."""

from __future__ import annotations

from collections.abc import Callable

from gradproof.errors import ParseError, Span, UnsupportedError
from gradproof.ops import family
from gradproof.parse import latex_scripts as scripts
from gradproof.parse.item import COMMAND, END, LETTER, NUMBER, SIGN, WORD, Item
from gradproof.parse.latex_context import Tokens, called, sign, token, wrapped
from gradproof.parse.latex_functions import derivative_of, differentiated
from gradproof.parse.latex_raised import Script
from gradproof.parse.latex_sums import Sums
from gradproof.parse.latex_words import (
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
from gradproof.parse.note import refusal, unsupported
from gradproof.say import say

_CLOSES = {"(": ")", "[": "]", "⟨": "⟩", "|": "|", "‖": "‖"}
_NORMS = {
    "": "norm2",
    "2": "‖2",
    "F": "norm2",
    "1": "‖1",
    "Fro": "norm2",
    "fro": "norm2",
    "frob": "norm2",
    "HS": "norm2",
    "infty": "‖∞",
    "inf": "‖∞",
    "∞": "‖∞",
    "×": "nuclear",
    "nuc": "nuclear",
    "tr": "nuclear",
    "op": "specnorm",
    "spec": "specnorm",
    "1,1": "norm1",
}
_WEIGHTS = {*"AKMPQRSWG", "Sigma", "Lambda", "Omega", "Gamma"}  # matrices that a norm is weighted with
_DOUBLE = {"abs": ("|", "abs"), "norm": ("‖", "norm2")}


class LatexFormula(Sums):
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
        if item.kind == WORD and item.text == "D" and not {"D"} & self.context.declared:
            return self.derivative()
        if (
            item.kind == WORD
            and (item.text in FUNCTIONS or (self.next_is("(", 1) and family(item.text)))
            and item.text not in self.context.declared
            and item.text not in self.context.functions
        ):
            self.at += 1
            return self.function(FUNCTIONS.get(item.text, item.text), item)
        if (
            item.kind == WORD
            and item.text in ("max", "min")
            and self.next_is("(", 1)
            and item.text not in self.context.declared
        ):
            return self.largest(item.text)
        if (
            item.kind == WORD
            and item.text in REFUSED
            and item.text not in self.context.declared
            and item.text not in self.context.functions
        ):
            raise self.refuse(REFUSED[item.text], item)
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
        if word in _DOUBLE and self.items[self.at + 1].text == "{":
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
            self.at += 1
            inner = self.inside(self.argument(item))
            below, above = self.scripts()
            for label in [*([below] if below is not None else []), *above]:
                self.note("brace-label", label.span, shown=self.source(*label.span))
            return wrapped(inner)
        if word in REFUSED:
            raise self.refuse(REFUSED[word], item)
        if word in NAMES or word in VARIANTS or word in COMMANDS:
            return None
        guess = nearest(word, [known for known in COMMANDS if known[0].isupper() == word[:1].isupper()])
        raise ParseError(
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
            before.text in ("'", "ᵀ") or before.kind in (LETTER, WORD) or before.text == ")"
        )
        item = self.take()
        below, above = self.scripts()
        turned = any(scripts.TRANSPOSE in scripts.meanings(self.items[s.begin : s.end], ()) for s in above)
        if item.text == "1" and below is None and not item.bold and (turned or (after and not above)):
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

    # -- brackets and bars

    def bracket(self) -> Tokens:
        """( … ) or [ … ]."""
        opening = self.take()
        inner, closing = self.enclosed(opening)
        if len(inner) > 1:
            raise ParseError(
                say("a comma stands only between the arguments of a function"), span=(opening.start, closing.end)
            )
        return self.ended([sign("(", opening), *inner[0], sign(")", closing)])

    def enclosed(self, opening: Item) -> tuple[list[Tokens], Item]:
        """What stands up to the closing bracket or bar, between commas, and the closing sign."""
        close = _CLOSES[opening.text]
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

    def bars(self) -> Tokens:
        r"""|x| and \|x\|."""
        opening = self.take()
        if opening.side == "r":
            raise self.unexpected(opening)
        if opening.text == "‖" and self.next_is("‖") and self.now.side != "l":
            raise ParseError(say("nothing between the bars"), span=(opening.start, self.now.end))
        (inner, *_), closing = self.enclosed(opening)
        members = self.members(opening, inner, closing) if opening.text == "|" else None
        return members or self.measured(opening, inner, closing)

    def members(self, opening: Item, inner: Tokens, closing: Item) -> Tokens | None:
        r"""|S| of a set that a sum runs over: how many are in it; None for anything else."""
        if len(inner) != 1 or inner[0].text not in self.context.sets or inner[0].text in self.context.declared_in_where:
            return None
        span = (opening.start, closing.end)
        self.note("set-size", span, shown=self.source(*span), name=inner[0].text)
        _, above = self.scripts()
        return [*called("sum", [inner], opening, closing.end), *self.raised(above)]

    def measured(self, opening: Item, inner: Tokens, closing: Item) -> Tokens:
        """An absolute value, a determinant or a norm, with its scripts."""
        infinite = opening.text == "‖" and self.now.kind == COMMAND and self.now.text == "infty"
        if infinite:  # ‖x‖∞, for which Unicode has no subscript
            self.at += 1
        below, above = self.scripts()
        if opening.text == "|" and not self.names_norm(below):
            self.nothing_below(below)
            self.context.used.add("bars")
            if not self.context.variant.bars and self.squared(above):
                return [*called("|·|²", [inner], opening, above[0].span[1]), *self.raised(above[1:])]
            return [
                *called("abs" if self.context.variant.bars else "|·|", [inner], opening, closing.end),
                *self.raised(above),
            ]
        which = "infty" if infinite else "" if below is None else "".join(self.texts(below))
        if which not in _NORMS:
            assert below is not None
            weighted = self.weighted(inner, below, above, (opening.start, below.span[1]))
            if weighted is not None:
                return weighted
            if (which.isdecimal() and int(which) > 2) or which in ("p", "q"):
                return self.norm_of_order(inner, below, above, (opening.start, closing.end))
            if which in ("2,1", "1,2", "21", "12"):
                raise refusal("norm-mixed", below.span, UnsupportedError, name=which)
            raise UnsupportedError(
                say("no norm that gradproof knows is called '{name}'", name=which[:20]),
                span=below.span,
                hint=say(r"there are \|x\|_1, \|x\|_2, \|X\|_F; write x^\top A x for a weighted one"),
            )
        return [*called(_NORMS[which], [inner], opening, closing.end), *self.raised(above)]

    def norm_of_order(self, inner: Tokens, below: Script, above: list[Script], place: Span) -> Tokens:
        r"""\|x\|_p, the root of the sum of |x_i|^p; \|x\|_p^p without the root."""
        order = self.inside(below)
        powers = [*called("abs", [inner], place, place[1]), sign(".^", below.span), *order]
        total = called("sum", [powers], place, below.span[1])
        if len(order) == 1 and order[0].kind is Kind.NAME and order[0].text not in self.context.declared:
            self.context.hints[order[0].text] = "s"
        self.note("norm-order", place, shown=self.source(place[0], below.span[1]), order=order[0].text)
        if [self.texts(s) for s in above] == [self.texts(below)]:
            return total
        root = [
            sign("^", below.span),
            sign("(", below.span),
            token(Kind.NUMBER, "1", below.span),
            sign("/", below.span),
        ]
        return [*wrapped([*total, *root, *order, sign(")", below.span)]), *self.raised(above)]

    def names_norm(self, below: Script | None) -> bool:
        """Whether what stands below bars is the name of a norm: |w|_2."""
        return below is not None and "".join(self.texts(below)) in _NORMS

    def squared(self, above: list[Script]) -> bool:
        return bool(above) and self.texts(above[0]) == ["2"]

    def texts(self, script: Script) -> list[str]:
        return [i.text for i in self.items[script.begin : script.end] if i.text not in "{}"]

    def weighted(self, inner: Tokens, below: Script, above: list[Script], place: Span) -> Tokens | None:
        r"""\|v\|_{R^{-1}}: the root of v'*inv(R)*v; None where what stands below is no matrix."""
        listed = [i for i in self.items[below.begin : below.end] if i.text not in "{}"]
        first = listed[0]
        name = NAMES.get(first.text, first.text) if first.kind == COMMAND else first.text
        letter = (first.kind == LETTER or first.text in NAMES) and name[0].isupper()
        inverse = len(listed) > 1 and listed[1].text == "^"
        known = inverse or name in self.context.declared or self.context.elsewhere(first.text) or name in _WEIGHTS
        if not letter or not known or (len(listed) > 1 and not inverse):
            return None
        product = [*self.inside(below), sign("*", place), *wrapped(inner)]
        square = called("⟨,⟩", [wrapped(inner), product], place, place[1])
        self.note(
            "norm-weighted", place, shown=self.source(*place), matrix=self.source(listed[0].start, listed[-1].end)
        )
        powers = [[i.text for i in self.items[s.begin : s.end] if i.text not in "{}"] for s in above]
        if powers == [["2"]]:
            return square
        return [*called("sqrt", [square], place, place[1]), *self.raised(above)]

    def double(self, word: str, item: Item, script: Script) -> Tokens:
        r"""\norm{x}, \abs{x}."""
        return self.measured(
            Item(SIGN, _DOUBLE[word][0], item.start, item.end), self.inside(script), self.items[script.end]
        )

    def angles(self) -> Tokens:
        r"""\langle a, b \rangle."""
        opening = self.take()
        inner, closing = self.enclosed(opening)
        if len(inner) != 2:
            raise ParseError(
                say("an inner product has two sides"),
                span=(opening.start, closing.end),
                hint=say(r"write \langle a, b \rangle"),
            )
        below, above = self.scripts()
        if below is not None and "".join(i.text for i in self.items[below.begin : below.end]) not in ("F", "2"):
            raise UnsupportedError(
                say("a weighted inner product is not known"), span=below.span, hint=say(r"write a^\top M b")
            )
        return [*called("⟨,⟩", inner, opening, closing.end), *self.raised(above)]

    def nothing_below(self, below: Script | None) -> None:
        if below is not None:
            raise ParseError(say("only a name or a norm has something below it"), span=below.span)

    # -- fractions and roots

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
