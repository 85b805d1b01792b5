r"""Indices that nothing sums, below names and brackets: the y of `w_y`, the i of `W_{ij}` in a sum over j, the k of `\operatorname{softmax}(Wx)_k`."""

from __future__ import annotations

from collections.abc import Sequence

from gradproof.parse import latex_scripts as scripts
from gradproof.parse.derivative_signs import is_below
from gradproof.parse.item import LETTER, NUMBER, Item
from gradproof.parse.latex_raised import Script, Scripts
from gradproof.parse.note import refusal


class Fixed(Scripts):
    """Fixed indices: each is a unit vector of the formula."""

    def beside(self, base: str, listed: Sequence[Item], below: Script) -> list[str] | None:
        r"""The two indices of W_{ij} in a sum over j, where i is fixed; None for anything else."""
        letters = [i.text for i in listed if i.text not in "{},"]
        if len(letters) != 2 or sum(x in self.bound for x in letters) != 1:
            return None
        (other,) = [x for x in letters if x not in self.bound]
        if other not in self.context.companions or other in self.context.declared_in_where:
            return None
        self.context.fixed[other] = None
        self.note("fixed-index", below.span, shown=f"{base}_{{{''.join(letters)}}}", index=other)
        return letters

    def fixed(self, base: str, listed: Sequence[Item], below: Script) -> list[str] | None:
        """A fixed index, below a name that has running indices elsewhere; None where it is a label. Raises ParseError for a number."""
        single = [i for i in listed if i.text not in "{}"]
        if base in self.context.from_zero and single and all(i.kind == NUMBER or i.text == "," for i in single):
            shown = f"{base}_{''.join(i.text for i in single)}"
            raise refusal("number-beside-array", below.span, shown=shown, base=base)
        if base not in self.context.indexed or len(single) != 1 or len(single[0].text) > 1:
            return None
        text = single[0].text
        if base in self.context.moved:
            raise refusal("number-beside-array", below.span, shown=f"{base}_{text}", base=base)
        if (
            text in self.context.outside.get(base, ())
            or scripts.named(base, [text], ()) in self.context.declared_in_where
        ):
            self.note("label-beside-array", below.span, name=f"{base}_{text}", base=base)
            self.context.apart.add(scripts.named(base, [text], self.context.declared))
            return None
        if single[0].kind == NUMBER and text.isdecimal() and int(text) > 0:
            self.note("fixed-place", below.span, shown=f"{base}_{text}", place=text, name=base)
            return [text]
        if single[0].kind != LETTER:
            raise refusal("number-beside-array", below.span, shown=f"{base}_{text}", base=base)
        self.context.fixed[text] = None
        self.note("fixed-index", below.span, shown=f"{base}_{text}", index=text)
        return [text]

    def fixed_below(self, listed: Sequence[Item], below: Script) -> list[str] | None:
        r"""The fixed indices below something in brackets, softmax(Wx)_y; None where a letter is a quantity of the formula too."""
        single = [i for i in listed if i.text not in "{},"]
        indices = all(
            i.kind == LETTER and i.text.islower() and i.text not in self.context.declared_in_where for i in single
        )
        quantities = {i.text for k, i in enumerate(self.items) if i.kind == LETTER and not is_below(self.items, k)}
        if not 1 <= len(single) <= 2 or not indices or quantities & {i.text for i in single}:
            return None
        for i in single:
            self.context.fixed[i.text] = None
            self.note("fixed-index", below.span, shown=self.source(*below.span), index=i.text)
        return [i.text for i in single]
