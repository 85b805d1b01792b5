r"""Constants that have a size below them: `I_n`, `\mathbf{1}_{m \times n}`, `K_{m,n}`."""

from __future__ import annotations

from gradproof.errors import ParseError
from gradproof.parse.item import COMMAND, LETTER, NUMBER, SIGN, Item
from gradproof.parse.latex_formula import Tokens, called, sign
from gradproof.parse.latex_labels import Labels
from gradproof.parse.latex_raised import Script
from gradproof.parse.latex_words import NAMES
from gradproof.say import say


class Sized(Labels):
    """Constants of a given size."""

    def is_size(self, script: Script) -> bool:
        r"""Whether a subscript is a size: n, m,n, m \times n, and no running index."""
        items = self.items[script.begin : script.end]
        ok = all(
            i.kind in (LETTER, NUMBER)
            or (i.kind == SIGN and i.text in ",×+-·_{}")
            or (i.kind == COMMAND and i.text in NAMES)
            for i in items
        )
        return ok and bool(items) and not any(i.kind == LETTER and i.text in self.bound for i in items)

    def filled(self, function: str, bare: str, item: Item, below: Script | None) -> Tokens:
        """A constant of a given size, or of one that is to be inferred."""
        if below is None:
            return [sign(bare, item)]
        dotted = any(i.text == "·" for i in self.items[below.begin : below.end])
        parts = self._sizes(below)
        if function == "eye" and len(parts) == 2:
            if [t.text for t in parts[0]] != [t.text for t in parts[1]]:
                raise ParseError(say("an identity matrix is square"), span=below.span)
            parts = parts[:1]
        if function in ("ones", "zeros") and len(parts) == 1 and any(t.text == "*" for t in parts[0]) and not dotted:
            shown = self.source(*below.span)
            raise ParseError(
                say("'{shown}' can be one size or two", shown=shown),
                span=below.span,
                hint=say(r"write \mathbf{1}_{m,n} for a matrix, \mathbf{1}_{m \times n} too"),
            )
        return called(function, parts, item, below.span[1])

    def _sizes(self, script: Script) -> list[Tokens]:
        """The sizes in a subscript, between commas or times signs."""
        cuts = [k for k in range(script.begin, script.end) if self.items[k].kind == SIGN and self.items[k].text in ",×"]
        for k in range(script.begin, script.end):  # a dot is a product of numbers here
            if self.items[k].text == "·":
                at = self.items[k]
                self.items[k] = Item(SIGN, "×", at.start, at.end)
        starts = [script.begin, *(k + 1 for k in cuts)]
        ends = [*cuts, script.end]
        found = []
        for begin, end in zip(starts, ends, strict=True):
            if begin == end:
                raise ParseError(say("a size is missing"), span=script.span)
            found.append(self.inside(Script(begin, end, script.span)))
        return found
