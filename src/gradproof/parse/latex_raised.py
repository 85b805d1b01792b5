r"""What stands above and below something in LaTeX, as tokens: `^\top`, `^{-1}`, `_{i}`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from gradproof.errors import ParseError, Span, UnsupportedError
from gradproof.parse import latex_scripts as scripts
from gradproof.parse.item import COMMAND, END, NUMBER, SIGN, Item
from gradproof.parse.latex_context import Tokens, sign, token
from gradproof.parse.latex_formula import Products
from gradproof.parse.latex_words import ACCENTS, FRACTIONS
from gradproof.parse.lexer import Kind
from gradproof.parse.note import refusal
from gradproof.say import say

_COUNTERS = frozenset("ijklmnrt")  # letters of indices that are numbers, too
_RATES = frozenset("alpha beta gamma delta lambda rho".split())
_SUPPORTED = {
    scripts.CONJUGATE: (say("the conjugate transpose"), say(r"for real quantities write ^\top, for complex ones ^H; ^+ for the pseudo-inverse")),
    scripts.LABEL: (say("a label above something that is no name"), say(r"write a name such as x_{k}")),
}  # fmt: skip
_AFTER_LABEL = ")]}+-=,;&·×⊙∘⊗:|‖⟩/^_("  # signs before which a raised minus ends


class Script:
    """An argument of ^ or _: the places of its items, and the whole of it in the text."""

    __slots__ = ("begin", "end", "span")

    def __init__(self, begin: int, end: int, span: Span):
        self.begin, self.end, self.span = begin, end, span


class Scripts(Products):
    """Scripts."""

    def scripts(self) -> tuple[Script | None, list[Script]]:
        """What stands below, and all that stands above, in any order; primes are above."""
        below: Script | None = None
        above: list[Script] = []
        while self.next_is("_^'ᵀ"):
            item = self.take()
            if item.text in "'ᵀ":
                above.append(Script(self.at - 1, self.at, (item.start, item.end)))
            elif item.text == "^":
                above += self.parted(self.argument(item))
            elif below is not None:
                raise ParseError(say("two subscripts"), span=(item.start, item.end), hint=say(r"write x_{i,j}"))
            else:
                below = self.argument(item)
        return below, above

    def parted(self, script: Script) -> list[Script]:
        r"""A superscript that is a label with a transpose after it as two of them: ^{(1)\top}, ^{*T}."""
        inside = [k for k in range(script.begin, script.end) if self.items[k].text not in "{}"]
        if len(inside) > 2 and self.items[inside[-2]].text == "^":  # x^{(1)^T}
            inside.pop(-2)
        texts = [self.items[k].text for k in inside]
        turned = scripts.TRANSPOSE in scripts.meanings([self.items[k] for k in inside[-1:]], self.letters_above())
        bracketed = texts[:1] + texts[-2:-1] in (["(", ")"], ["[", "]"])
        if not turned or len(inside) < 2 or not (bracketed or texts[:-1] in (["×"], ["⋆"])):
            return [script]
        last = inside[-2] + 1
        return [Script(script.begin, last, script.span), Script(inside[-1], script.end, script.span)]

    def argument(self, item: Item) -> Script:
        """The argument of ^, _ or a command: a group, or one item."""
        if self.next_is("{"):
            begin = self.at + 1
            depth = 0
            while True:
                depth += self.next_is("{") - self.next_is("}")
                if self.now.kind == END:
                    raise ParseError(
                        say("this brace is never closed"),
                        span=(self.items[begin - 1].start, self.items[begin - 1].end),
                        hint=say("a '}' is missing"),
                    )
                self.at += 1
                if not depth:
                    return Script(begin, self.at - 1, (item.start, self.items[self.at - 1].end))
        return self._single(item)

    def _single(self, item: Item) -> Script:
        begin = self.at
        if item.text == "^" and self.next_is("-"):  # X^-1, and the label of P^- H
            self.at += 1
            if self.now.kind == END or self.now.spaced or self.next_is(_AFTER_LABEL):
                return Script(begin, self.at, (item.start, self.items[begin].end))
        now = self.now
        after = self.items[min(self.at + 1, len(self.items) - 1)]
        if (
            item.text == "^"
            and now.text == "+"
            and after.text in {"T", "H"} - {*self.context.declared}
            and not after.spaced
        ):
            raise scripts.factor_or_transpose(after.text, (after.start, after.end))
        if now.kind == END or (
            now.kind == SIGN
            and now.text in "_^'+-=,)]}&"
            and not (now.text in "+'" and item.text == "^")
            and not (now.text in "+-" and item.text == "_" and self._closed())
        ):
            raise ParseError(
                say("'{shown}' needs something after it", shown=self.source(item.start, item.end)),
                span=(item.start, item.end),
            )
        self.at += 1
        last = self.items[self.at - 1]
        if last.kind == NUMBER and len(last.text) > 1:
            raise ParseError(
                say("LaTeX shows only the first digit of {last} there", last=last.text),
                span=(last.start, last.end),
                hint=say("write {shown}{{{last}}}", shown=item.text, last=last.text),
            )
        elif last.kind == COMMAND and last.text in FRACTIONS:
            self.argument(last)
            self.argument(last)
        elif last.kind == COMMAND and (last.text == "sqrt" or last.text in ACCENTS):
            self.argument(last)
        return Script(begin, self.at, (item.start, self.items[self.at - 1].end))

    def _closed(self) -> bool:
        """Whether a bracket has just ended, so that (…)_+ is its positive part."""
        before = self.items[self.at - 2] if self.at > 1 else self.now
        return before.kind == SIGN and before.text in ")]"

    def inside(self, script: Script) -> Tokens:
        """The formula that a script holds."""
        after, end = self.at, self.items[script.end]
        opened, self.open = self.open, []
        self.items[script.end] = Item(END, "", end.start, end.start)
        self.at = script.begin
        try:
            return self.whole()
        finally:
            self.items[script.end] = end
            self.at, self.open = after, opened

    def _discounts(self, script: Script) -> bool:
        r"""Whether what a running index is raised beside is a letter of rates, \gamma^t: above other letters it may be a label."""
        at = script.begin
        while self.items[at].text != "^":
            at -= 1
        return self.items[at - 1].kind == COMMAND and self.items[at - 1].text in _RATES

    def counted(self, index: str, span: Span) -> Tokens:
        """A running index as the number that it is: from 1, or from where its sum begins."""
        last = self.at - 1
        if self.items[last].glued and self.items[last - 2].text in ("_", "^") and self.items[last].text == index:
            raise ParseError(  # A_ij without braces
                say("{name} is a running index, it is no number", name=index),
                span=span,
                hint=say("write braces around the indices"),
            )
        head = self.context.heads.get(index)
        if (head is not None and head.inside is not None) or index not in _COUNTERS:  # an element of a set: x in C_k
            raise ParseError(
                say("{name} is a running index, it is no number", name=index),
                span=span,
                hint=say("give the index or the variable another name"),
            )
        start = head.start if head is not None else 1
        self.note("index-number", span, index=index, start=str(start))
        found = [token(Kind.NAME, index, span)]
        if start == 1:
            return found
        by = [sign("+" if start > 1 else "-", span), token(Kind.NUMBER, str(abs(start - 1)), span)]
        return [sign("(", span), *found, *by, sign(")", span)]

    def raised(self, above: Sequence[Script]) -> Tokens:
        """The signs for what stands above."""
        found: Tokens = []
        letters = self.letters_above()
        for script in above:
            items = self.items[script.begin : script.end]
            power = [i.text for i in items if i.text not in "{}"]
            if len(power) == 1 and power[0] in self.bound and self._discounts(script):  # the t of \\sum_t \\beta^t c_t
                found += [sign("^", script.span), *self.counted(power[0], script.span)]
                continue
            if len(power) == 1 and power[0] in self.bound:
                raise ParseError(
                    say("{name} is a running index, it is no number", name=power[0]),
                    span=script.span,
                    hint=say("give these numbers a name, such as a_{name}", name=power[0]),
                )
            if len(power) == 1 and power[0] in self.context.above_left and self.bound:
                raise refusal("power-or-label", script.span, name=power[0])
            scripts.refuse_unclear(items, "", self.context.declared, "t" in letters, script.span)
            for meaning in scripts.meanings(items, letters, self.context.declared):
                if meaning == scripts.PSEUDO:
                    found.append(sign("⁺", script.span))
                    continue
                if meaning in _SUPPORTED:
                    topic, hint = _SUPPORTED[meaning]
                    raise UnsupportedError(
                        say("'{shown}': {topic} is not supported", shown=self.source(*script.span), topic=topic),
                        span=script.span,
                        hint=hint,
                    )
                if meaning == scripts.TRANSPOSE:
                    if items[0].text == "'" and self.context.both_transposes:
                        raise refusal("prime-or-transpose", script.span)
                    found.append(sign("'", script.span))
                elif meaning == scripts.ADJOINT:
                    found.append(sign("ᴴ", script.span))
                elif meaning == scripts.INVERSE:
                    found.append(token(Kind.POWER, "-1", script.span))
                else:
                    entrywise = meaning == scripts.ENTRYWISE
                    exponent = self.inside(Script(script.begin + entrywise, script.end, script.span))
                    if any(a.kind is Kind.NUMBER and b.text == "'" for a, b in pairwise(exponent)):  # x^{2^T}
                        raise self.unexpected(next(i for i in items if i.text not in "{}"))
                    found += [sign(".^" if entrywise else "^", script.span), *self.braced(exponent)]
        return found

    def braced(self, tokens: Tokens) -> Tokens:
        """An exponent: in brackets where it is more than a number or a name."""
        if len(tokens) == 1:
            return tokens
        return [sign("(", (tokens[0].start, tokens[0].start)), *tokens, sign(")", (tokens[-1].end, tokens[-1].end))]

    def letters_above(self) -> set[str]:
        """Letters that are variables where they stand above something."""
        known = {t for t in ("T", "H", "t") if t in self.context.declared}
        if "t" not in known and self.context.elsewhere("t"):
            known.add("t")
        return known
