r"""Labels that choose an entry or a row: `w_{y_i}`, `s_{i,y_i}`, `\operatorname{softmax}(Wx_i)_{y_i}`, `\sum_{j \neq y_i}`.

Where i runs, the labels are a matrix of zeros and ones, named in a note: w_{y_i} is the sum over c of Y[i,c] w_c. Where it does not, y_i is a fixed index.
"""

from __future__ import annotations

from collections.abc import Sequence

from gradproof.errors import Span
from gradproof.parse.item import COMMAND, LETTER, Item
from gradproof.parse.latex_fixed import Fixed
from gradproof.parse.latex_formula import Tokens, sign, token
from gradproof.parse.latex_head import Choice
from gradproof.parse.latex_words import NAMES
from gradproof.parse.lexer import Kind

LABELS = frozenset("yc")  # letters of labels, where they stand without an index: j \neq y


class Labels(Fixed):
    """Labels."""

    def entry(self, running: Sequence[str], span: Span, base: str = "") -> Tokens:
        raise NotImplementedError

    def choice(self, listed: Sequence[Item]) -> Choice | None:
        """What a subscript chooses; None where there is no label in it."""
        items, found, chosen = [i for i in listed if i.text not in "{},"], list[str](), list[tuple[str, str]]()
        k = 0
        while k < len(items):
            item = items[k]
            name = NAMES.get(item.text, "") if item.kind == COMMAND else item.text * (item.kind == LETTER)
            if name and k + 2 < len(items) and items[k + 1].text == "_" and items[k + 2].kind == LETTER:
                chosen.append((name, items[k + 2].text))
                found.append("")
                k += 3
            elif item.text == ":" or item.text in self.bound:
                found.append(item.text)
                k += 1
            else:
                return None
        return Choice(tuple(found), *chosen[0]) if len(chosen) == 1 and len(found) < 3 else None

    def chosen(self, base: Tokens, choice: Choice, span: Span) -> Tokens:
        """The entry or row of something that a label chooses."""
        if choice.index not in self.bound:
            self.fix(choice, span)
            return [*base, *self.entry([i or choice.spelled for i in choice.indices], span)]
        over = self.fresh()
        of = base[0].text if len(base) == 1 else ""
        found = [token(Kind.NAME, "sum", span), sign("(", span), token(Kind.NAME, over, span), sign(":", span)]
        found += [*self.mask(choice, over, span), sign("*", span)]
        return [*found, *base, *self.entry([i or over for i in choice.indices], span, of), sign(")", span)]

    def mask(self, choice: Choice, over: str, span: Span) -> Tokens:
        """The entry of the matrix that says whether a label is this."""
        if not choice.index or choice.index not in self.bound:
            self.fix(choice, span)
            return [token(Kind.NAME, "delta", span), *self.entry([over, choice.spelled], span)]
        label = choice.label
        capital = label[0].upper() + label[1:]
        taken = any(i.text == capital for i in self.context.items) and capital not in self.context.declared_in_where
        name = f"onehot_{label}" if taken else capital
        self.note("label-mask", span, label=choice.spelled, index=choice.index, name=name)
        return [token(Kind.NAME, name, span), *self.entry([choice.index, over], span, name)]

    def fix(self, choice: Choice, span: Span) -> None:
        self.context.fixed[choice.spelled] = None
        self.note("fixed-index", span, shown=choice.spelled, index=choice.spelled)

    def fresh(self) -> str:
        """The name of an index that nobody wrote."""
        self.context.fresh += 1
        return f"c{self.context.fresh}"

    def left_out(self, texts: Sequence[str], items: Sequence[Item]) -> tuple[str, Choice] | None:
        r"""j and y_i of \sum_{j \neq y_i}, or j and y of \sum_{j \neq y}; None for anything else."""
        if len(texts) < 3 or texts[1] != "≠" or items[0].kind != LETTER or texts[0] in self.bound:
            return None
        if len(texts) == 3 and texts[2] in LABELS and texts[2] not in self.bound:
            return texts[0], Choice(("",), texts[2], "")
        choice = self.choice(items[2:])
        return (texts[0], choice) if choice is not None and choice.indices == ("",) else None
