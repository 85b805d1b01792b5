r"""The letters of names in LaTeX, with accents and labels: `\hat{y}`, `\mathrm{rank}`, `W^{[2]}`, `\theta^*`."""

from __future__ import annotations

from collections.abc import Sequence

from gradproof.errors import ParseError, Span
from gradproof.parse import latex_scripts as scripts
from gradproof.parse.item import COMMAND, LETTER, NUMBER, WORD, Item
from gradproof.parse.latex_raised import Script
from gradproof.parse.latex_sized import Sized
from gradproof.parse.latex_words import ACCENTS, NAMES, SHORT, VARIANTS
from gradproof.parse.note import balanced, refusal, unsupported
from gradproof.say import say


class Letters(Sized):
    """Reads names without what stands below them."""

    def base(self) -> tuple[str, Item] | None:
        """The letters of a name, without what stands above and below; None where none begins here."""
        item = self.now
        if item.kind == WORD and " " in item.text:
            raise refusal("text-in-formula", (item.start, item.end), shown=item.text)
        if item.kind == COMMAND and item.text in ACCENTS:
            return self._accent()
        if item.kind == COMMAND and item.text in NAMES:
            self.at += 1
            name, short = NAMES[item.text], SHORT.get(item.text, "")
            return (short if short in self.context.declared and name not in self.context.declared else name), item
        if item.kind == COMMAND and item.text in VARIANTS:
            self.at += 1
            plain = VARIANTS[item.text]
            return (item.text if self.context.elsewhere(plain) else plain), item
        if item.kind == WORD:
            self.at += 1
            return self._differential(item) if item.text == "d" else (item.text, item)
        if item.kind == LETTER:
            return self._letters(item)
        return None

    def _accent(self) -> tuple[str, Item]:
        r"""`\hat{y}` is the name y_hat."""
        command = self.take()
        script = self.argument(command)
        parts = scripts.subscript_words(self.items[script.begin : script.end])
        if parts is None or len(parts) > 1 or not parts[0][0].isalpha():
            raise ParseError(
                say("'{shown}' is an accent on something else than a name", shown=self.source(*script.span)),
                span=script.span,
            )
        name = f"{parts[0]}_{ACCENTS[command.text]}"
        if name not in self.context.declared and parts[0] + ACCENTS[command.text] in self.context.declared:
            name = parts[0] + ACCENTS[command.text]
        return name, Item(WORD, name, script.span[0], script.span[1])

    def _differential(self, item: Item) -> tuple[str, Item]:
        r"""`\mathrm{d}X` is the name dX."""
        now = self.now
        letter = now.kind == LETTER or (now.kind == COMMAND and (now.text in NAMES or now.text in VARIANTS))
        if letter or (now.kind == WORD and now.text != "d"):
            found = self.base()
            if found is not None:
                return "d" + found[0], Item(WORD, "d" + found[0], item.start, found[1].end)
        return "d", item

    def _letters(self, item: Item) -> tuple[str, Item]:
        """One letter; several where they are declared as one name."""
        run = self.run_of_letters()
        known = (*self.context.declared, *self.context.functions)
        length = max((len(name) for name in known if len(name) > 1 and run.startswith(name)), default=1)
        of = self.items[self.at + 1] if run == "d" else None  # d\theta, d\mathbf{r}
        greek = of is not None and not of.spaced and ((of.bold and not item.bold) or self.is_greek(of))
        if length == 1 and run[0] == "d" and (len(run) > 1 or greek) and "d" not in known and self.starts_word():
            letter = self.source(of.start, of.end) if of is not None else run[1]
            raise ParseError(
                say(
                    "{pair} can be the differential of {letter}, or d times {letter}", pair=f"d{letter}", letter=letter
                ),
                span=(item.start, item.end + 1),
                hint=say(r"write \mathrm{{d}}{letter}, or d\,{letter}", letter=letter),
            )
        self.at += length
        return run[:length], Item(
            LETTER, run[:length], item.start, self.items[self.at - 1].end, bold=item.bold, script=item.script
        )

    def is_greek(self, item: Item) -> bool:
        return item.kind == COMMAND and item.text in NAMES

    def starts_word(self) -> bool:
        """Whether the letter here is the first one of its run: x^Ttr(A) has a run of its own after the T."""
        return (
            not self.now.glued
            or self.at == 0
            or self.items[self.at - 1].kind != LETTER
            or self.items[self.at - 2].text in "^_"
        )

    def run_of_letters(self) -> str:
        """The letters that are written without a space from here on."""
        at = self.at + 1
        while self.items[at].kind == LETTER and self.items[at].glued:
            at += 1
        return "".join(i.text for i in self.items[self.at : at])

    def hint(self, name: str, item: Item) -> None:
        """A bold letter is a vector or a matrix."""
        if item.bold:
            self.context.bold.add(name)
        if item.bold and name not in self.context.declared_in_where:
            self.context.hints[name] = "m" if name[0].isupper() else "v"

    def one_type(self, name: str, item: Item, below: Script | None) -> None:
        r"""Remember the type of a name, by the places below it. Raises ParseError for another one: \mathbf x and x can be two quantities."""
        places = 0 if below is None else sum(i.kind in (LETTER, NUMBER) for i in self.items[below.begin : below.end])
        style = "bold" if item.bold else "script" if item.script else ""
        twice = name == "pi" and below is None and name in self.context.indexed and name in self.context.declared
        if twice and self.context.text[: item.start].rstrip()[-1:].isdigit():  # 2\pi beside the weights \pi_k
            raise refusal("pi-twice", (item.start, item.end))
        before = self.context.styles.setdefault((name, places), style)
        if before != style and (name[0].islower() or "script" in (before, style)):
            raise refusal("two-types", (item.start, item.end), name=name)
        if before != style:
            self.note("one-type", (item.start, item.end), name=name)

    def labelled(self, base: str, above: list[Script]) -> tuple[list[Script], list[Script]]:
        r"""The superscripts that are labels of a name, and the others: W^{[2]}, y^{\text{pred}}, \theta^*, a^L with an L that stands nowhere else."""
        found = [s for s in above if self.is_label(base, s)]
        return found, [s for s in above if s not in found]

    def is_label(self, base: str, script: Script) -> bool:
        listed = self.items[script.begin : script.end]
        named = scripts.label(listed, self.context.declared)
        if named is not None:
            inner = named
            return not (len(inner) == 1 and inner[0].kind == LETTER and base == "e")
        texts = [i.text for i in listed if i.text not in "{}"]
        if texts == ["'"] and base in self.context.primed:
            return True
        if texts == ["-"] or (
            texts == ["+"] and base[0].islower()
        ):  # the estimate before a measurement, the next state
            return True
        if texts == ["×"] or texts == ["⋆"]:
            return base != "e" and (not self.context.stands_plain(base) or self.context.is_difference(base))
        lone = len(texts) == 1 and len(texts[0]) == 1 and texts[0].isupper() and texts[0] not in "TH"
        return lone and base != "e" and texts[0] not in self.context.declared and not self.context.elsewhere(texts[0])

    def with_labels(self, base: str, item: Item, labels: Sequence[Script]) -> tuple[str, Item, Span]:
        """The name with its labels: W2 for W^{[2]}, x[i] where the label is a running index."""
        words: list[str] = []
        for script in labels:
            listed = self.items[script.begin : script.end]
            inner = scripts.label(listed, self.context.declared) or [i for i in listed if i.text not in "{}"]
            words += [scripts.SIGNS_IN_NAMES.get(i.text, i.text) for i in inner]
        if any(w in self.context.running for w in words):
            raise unsupported("label-runs", labels[0].span, shown=self.source(item.start, labels[-1].span[1]))
        span = (item.start, labels[-1].span[1])
        name = scripts.named(base, ["".join(words)], self.context.declared | self.context.functions.keys())
        if name not in self.context.declared:
            self.note("label", span, shown=" ".join(balanced(self.context.text, span).split()), name=name)
        self.context.spelled(name, f"^{words}", span)
        return name, Item(WORD, name, *span, bold=item.bold), span

    def is_square(self, above: Sequence[Script]) -> bool:
        r"""Whether a name stands to the power 2 in a formula with inner products written as \cdot."""
        return (
            len(above) == 1
            and [i.text for i in self.items[above[0].begin : above[0].end]] == ["2"]
            and self.context.dotted
        )
