r"""Bars and angles in LaTeX: `|x|`, `\|A x\|_2^2`, `\|v\|_{R^{-1}}`, `\langle x, y \rangle`."""

from __future__ import annotations

from gradproof.errors import ParseError, Span, UnsupportedError
from gradproof.parse import latex_scripts as scripts
from gradproof.parse.item import COMMAND, LETTER, SIGN, Item
from gradproof.parse.latex_context import Tokens, called, sign, token, wrapped
from gradproof.parse.latex_raised import Script
from gradproof.parse.latex_sums import Sums
from gradproof.parse.latex_words import NAMES
from gradproof.parse.lexer import Kind
from gradproof.parse.note import refusal
from gradproof.patterns import pattern
from gradproof.say import say

CLOSES = {"(": ")", "[": "]", "⟨": "⟩", "|": "|", "‖": "‖"}
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
_TURNED_BEFORE = pattern(
    r"(?:['′ᵀ⊤]|\^\s*\{?\s*(?:\\(?:mathsf|mathrm|rm|text)\s*)?\{?\s*(?:T|\\top|\\intercal|\\prime)\s*\}*)\s*(?:\\left\s*)?\Z"
)
_WEIGHTS = {*"AKMPQRSWG", "Sigma", "Lambda", "Omega", "Gamma"}  # matrices that a norm is weighted with
DOUBLE = {"abs": ("|", "abs"), "norm": ("‖", "norm2")}


class Norms(Sums):
    """Reads what stands between bars."""

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
            turned = any(scripts.TRANSPOSE in scripts.meanings(self.items[s.begin : s.end], ()) for s in above)
            turned = turned or _TURNED_BEFORE.search(self.context.text, 0, opening.start) is not None
            length = self.of_vectors(inner) and not turned  # but of 1^T|x| the entries are meant
            bars = "abs" if self.context.variant.bars else "|·|ᵥ" if length else "|·|"
            return [*called(bars, [inner], opening, closing.end), *self.raised(above)]
        which = "infty" if infinite else "" if below is None else self.order(below)
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

    def of_vectors(self, inner: Tokens) -> bool:
        r"""Whether all letters between bars are set as vectors and matrices, \mathbf r - \mathbf A \mathbf s."""
        names = [t.text for t in inner if t.kind is Kind.NAME]
        return bool(names) and self.context.bold.issuperset(names) and any(n[0].islower() for n in names)

    def names_norm(self, below: Script | None) -> bool:
        """Whether what stands below bars is the name of a norm: |w|_2."""
        return below is not None and self.order(below) in _NORMS

    def order(self, below: Script) -> str:
        r"""What stands below bars, without the letter of a space of sequences: the 2 of \ell_2 and L^2."""
        texts = self.texts(below)
        space = len(texts) == 3 and texts[0] in ("ell", "l", "L") and texts[1] in ("_", "^")
        return texts[2] if space and texts[2] in ("1", "2", "infty", "∞") else "".join(texts)

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
            Item(SIGN, DOUBLE[word][0], item.start, item.end), self.inside(script), self.items[script.end]
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
