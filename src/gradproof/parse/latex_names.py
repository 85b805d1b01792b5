r"""Names in LaTeX, with what stands above and below them: `\hat{y}_i`, `\Sigma_{xy}^{-1}`, `I_n`, `e^{-x}`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from gradproof.errors import ParseError, Span, UnsupportedError
from gradproof.parse import latex_scripts as scripts
from gradproof.parse.latex_formula import Products, Tokens, called, sign, token
from gradproof.parse.latex_tokens import COMMAND, END, LETTER, NUMBER, SIGN, WORD, Item
from gradproof.parse.latex_words import ACCENTS, APPLIED, FRACTIONS, NAMES, SHORT, VARIANTS
from gradproof.parse.lexer import Kind

_SUPPORTED = {
    scripts.CONJUGATE: ("the conjugate transpose", r"for real quantities write ^\top"),
    scripts.PSEUDO: ("the pseudo-inverse", ""),
    scripts.ITERATE: ("a number in brackets above a name", r"write X^{2} for a power, x_{k} for one of several"),
}  # fmt: skip
_PI = "3.141592653589793"


class Script:
    """An argument of ^ or _: the places of its items, and the whole of it in the text."""

    __slots__ = ("begin", "end", "span")

    def __init__(self, begin: int, end: int, span: Span):
        self.begin, self.end, self.span = begin, end, span


class Names(Products):
    """Names and scripts."""

    # -- scripts

    def scripts(self) -> tuple[Script | None, list[Script]]:
        """What stands below, and all that stands above, in any order; primes are above."""
        below: Script | None = None
        above: list[Script] = []
        while self.next_is("_^'ᵀ"):
            item = self.take()
            if item.text in "'ᵀ":
                above.append(Script(self.at - 1, self.at, (item.start, item.end)))
            elif item.text == "^":
                above.append(self.argument(item))
            elif below is not None:
                raise ParseError("two subscripts", span=(item.start, item.end), hint=r"write x_{i,j}")
            else:
                below = self.argument(item)
        return below, above

    def argument(self, item: Item) -> Script:
        """The argument of ^, _ or a command: a group, or one item."""
        if self.next_is("{"):
            begin = self.at + 1
            depth = 0
            while True:
                depth += self.next_is("{") - self.next_is("}")
                if self.now.kind == END:
                    raise ParseError(
                        "this brace is never closed",
                        span=(self.items[begin - 1].start, self.items[begin - 1].end),
                        hint="a '}' is missing",
                    )
                self.at += 1
                if not depth:
                    return Script(begin, self.at - 1, (item.start, self.items[self.at - 1].end))
        return self._single(item)

    def _single(self, item: Item) -> Script:
        begin = self.at
        if item.text == "^" and self.next_is("-"):  # X^-1
            self.at += 1
        now = self.now
        if now.kind == END or (
            now.kind == SIGN and now.text in "_^'+-=,)]}&" and not (now.text in "+'" and item.text == "^")
        ):
            raise ParseError(
                f"'{self.source(item.start, item.end)}' needs something after it", span=(item.start, item.end)
            )
        self.at += 1
        last = self.items[self.at - 1]
        if last.kind == NUMBER and len(last.text) > 1:
            raise ParseError(
                f"LaTeX shows only the first digit of {last.text} there",
                span=(last.start, last.end),
                hint=f"write {item.text}{{{last.text}}}",
            )
        elif last.kind == COMMAND and last.text in FRACTIONS:
            self.argument(last)
            self.argument(last)
        elif last.kind == COMMAND and (last.text == "sqrt" or last.text in ACCENTS):
            self.argument(last)
        return Script(begin, self.at, (item.start, self.items[self.at - 1].end))

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

    def raised(self, above: Sequence[Script]) -> Tokens:
        """The signs for what stands above."""
        found: Tokens = []
        letters = self.letters_above()
        for script in above:
            items = self.items[script.begin : script.end]
            scripts.refuse_unclear(items, "", self.context.declared, "t" in letters, script.span)
            for meaning in scripts.meanings(items, letters):
                if meaning in _SUPPORTED:
                    topic, hint = _SUPPORTED[meaning]
                    raise UnsupportedError(
                        f"'{self.source(*script.span)}': {topic} is not supported", span=script.span, hint=hint
                    )
                if meaning == scripts.TRANSPOSE:
                    found.append(sign("'", script.span))
                elif meaning == scripts.INVERSE:
                    found.append(token(Kind.POWER, "-1", script.span))
                else:
                    entrywise = meaning == scripts.ENTRYWISE
                    exponent = self.inside(Script(script.begin + entrywise, script.end, script.span))
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

    # -- names

    def base(self) -> tuple[str, Item] | None:
        """The letters of a name, without what stands above and below; None where none begins here."""
        item = self.now
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
                f"'{self.source(*script.span)}' is an accent on something else than a name", span=script.span
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
        if length == 1 and run[0] == "d" and len(run) > 1 and "d" not in known and self.starts_word():
            raise ParseError(
                f"{run[:2]} can be the differential of {run[1]}, or d times {run[1]}",
                span=(item.start, item.end + 1),
                hint=rf"write \mathrm{{d}}{run[1]}, or d\,{run[1]}",
            )
        self.at += length
        return run[:length], Item(LETTER, run[:length], item.start, self.items[self.at - 1].end, bold=item.bold)

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
        if item.bold and name not in self.context.declared:
            self.context.hints[name] = "m" if name[0].isupper() else "v"

    # -- what a name becomes

    def name(self) -> Tokens | None:
        """A name with its scripts; None where none begins here."""
        found = self.base()
        if found is None:
            return None
        base, item = found
        if base in self.context.dependent:
            self.at += 3  # (a)
        below, above = self.scripts()
        span = (item.start, item.end)
        if base not in self.context.declared and base not in self.context.functions:
            special = self._special(base, item, below, above)
            if special is not None:
                return special
        if below is not None:
            listed = self.items[below.begin : below.end]
            running = scripts.indices(listed, self.bound, self.context.running, below.span)
            if running is not None:
                self.hint(base, item)
                if not above and self.next_is("(["):
                    self.looks_applied(base, span)
                return [token(Kind.NAME, base, span), *self.entry(running, below.span), *self.raised(above)]
            self.context.single(listed, below.span)
            parts = scripts.subscript_words(listed)
            if parts is None:
                raise ParseError(
                    "this subscript is not part of a name",
                    span=below.span,
                    hint=r"a name has letters and digits below: x_1, W_{out}",
                )
            base = scripts.named(base, parts, self.context.declared | self.context.functions.keys())
            span = (item.start, max(item.end, below.span[1]))
        self.hint(base, item)
        if self.is_square(above):
            self.context.used.add("squares")
            if self.context.variant.squares:
                letter = token(Kind.NAME, base, span)
                return called("·", [[letter], [letter]], span, above[0].span[1])
        return self.applied(base, item, span, above)

    def is_square(self, above: Sequence[Script]) -> bool:
        r"""Whether a name stands to the power 2 in a formula with inner products written as \cdot."""
        return (
            len(above) == 1
            and [i.text for i in self.items[above[0].begin : above[0].end]] == ["2"]
            and self.context.dotted
        )

    def entry(self, running: Sequence[str], span: Span) -> Tokens:
        """The signs [i,j] of an entry."""
        found = [sign("[", span)]
        for k, index in enumerate(running):
            found += [sign(",", span)] * bool(k) + [token(Kind.NAME if index != ":" else Kind.SIGN, index, span)]
        return [*found, sign("]", span)]

    def ended(self, tokens: Tokens, above: Sequence[Script] = ()) -> Tokens:
        """Something that has ended, with what stands above it, and a running index below it."""
        below, after = self.scripts()
        listed = self.items[below.begin : below.end] if below else []
        running = scripts.indices(listed, self.bound, self.context.running, below.span) if below else []
        if below is not None and running is None:
            raise ParseError("only a name or a norm has something below it", span=below.span)
        entry = self.entry(running, below.span) if below is not None and running else []
        return [*tokens, *entry, *self.raised([*above, *after])]

    def only_name(self) -> str | None:
        """The name that all the items are; None where they are something else."""
        found = self.base()
        below, above = self.scripts() if found is not None else (None, [])
        parts = scripts.subscript_words(self.items[below.begin : below.end]) if below is not None else []
        if found is None or above or parts is None or self.now.kind != END:
            return None
        return scripts.named(found[0], parts, ()) if parts else found[0]

    def applied(self, name: str, item: Item, span: Span, above: Sequence[Script]) -> Tokens:
        """A name, and the bracket after it where it is a function."""
        if name in self.context.functions:
            if above:
                raise ParseError(
                    f"{name} is a function: what stands above it is not clear",
                    span=above[0].span,
                    hint=f"write ({name}(…))^…",
                )
            return self.call_of(name, span)
        if not above and self.next_is("(["):
            self.looks_applied(name, span)
        primes = [s for s in above if self.items[s.begin].text == "'"]
        turned = [
            s
            for s in above
            if s not in primes
            and scripts.TRANSPOSE in scripts.meanings(self.items[s.begin : s.end], self.letters_above())
        ]
        plain = primes and (self.is_applied() or name in {*APPLIED, "sigma"})
        if above and self.next_is("([") and (plain or (len(turned) < len(above) and name in APPLIED)):
            raise ParseError(
                f"{name} can be a function here, or a factor",
                span=span,
                hint=rf"write {name}^\top \cdot (…) for a product; derivatives of functions are not read",
            )
        return [token(Kind.NAME, name, span), *self.raised(above)]

    def is_applied(self) -> bool:
        """Whether a bracket follows that looks like an argument: (x), (x, …)."""
        if not self.next_is("([") or self.now.spaced:
            return False
        inside = self.items[min(self.at + 1, len(self.items) - 1)]
        if inside.kind not in (LETTER, COMMAND, WORD):
            return False
        after = 2
        if self.next_is("_", 2):  # (x_i)
            after = 4
            while self.next_is("{", 3) and after < 9 and not self.next_is("}", after - 1):
                after += 1
        return self.next_is(")],", after)

    def call_of(self, name: str, span: Span) -> Tokens:
        raise NotImplementedError

    def looks_applied(self, name: str, span: Span) -> None:
        """Raises ParseError for f(x) and f(x, y) with an f that is not declared, and for f(…) where the letter is that of a function."""
        plain = self.is_applied()
        if plain or (name in APPLIED and self.next_is("(")):
            inner = self.items[self.at + 1]
            argument = self.source(inner.start, inner.end) if plain else "…"
            listed = plain and self.next_is(",", 2)
            raise ParseError(
                f"{name}({argument}{', …' * listed}) can be a function or a product", span=span,
                hint=rf'declare {name}, where: "{name}: function x -> scalar" (or vector n, matrix m n), or write {name} \cdot {argument}',
            )  # fmt: skip

    # -- names with a meaning of their own

    def _special(self, base: str, item: Item, below: Script | None, above: Sequence[Script]) -> Tokens | None:
        """I, I_n, e^x, pi, \\sigma(x), K_{m,n}: what these letters are where they are not declared."""
        span = (item.start, item.end)
        if base in ("I", "Id") and (below is None or self.is_size(below)):
            return [*self.filled("eye", "𝕀", item, below), *self.raised(above)]
        if base == "e" and below is None and len(above) == 1 and not item.bold:
            return self._exponential(item, above[0])
        if (
            base == "pi"
            and below is None
            and not any(scripts.TRANSPOSE in scripts.meanings(self.items[s.begin : s.end], ()) for s in above)
            and not self.is_applied()
        ):
            self.note("number-pi", span)
            return [token(Kind.NUMBER, _PI, span), *self.raised(above)]
        if base == "sigma" and below is None and not above and self.next_is("(["):
            if self._bare_sigma():
                raise ParseError(
                    r"\sigma(…) can be the logistic function, or \sigma times a bracket",
                    span=span,
                    hint=r"write \operatorname{sigmoid}(…), or \sigma \cdot (…)",
                )
            return self.call_of("sigmoid", span)
        if (
            base == "K"
            and below is not None
            and any(i.text == "," for i in self.items[below.begin : below.end])
            and self.is_size(below)
        ):
            place = (span[0], below.span[1])
            self.note("commutation", place, shown=self.source(*place))
            return [*self.filled("commutation", "", item, below), *self.raised(above)]
        return None

    def _exponential(self, item: Item, script: Script) -> Tokens | None:
        exponent = self.items[script.begin : script.end]
        scripts.refuse_unclear(exponent, "e", self.context.declared, False, script.span)
        meaning = scripts.meanings(exponent, self.letters_above())
        if meaning not in ([scripts.POWER], [scripts.ITERATE], [scripts.INVERSE], [scripts.INVERSE, scripts.TRANSPOSE]):
            return None
        if all(i.kind == NUMBER or i.text in "-{}" for i in exponent):
            items = self.context.items
            if not any(i.text == "e" and after.text != "^" for i, after in pairwise(items)):
                raise ParseError(
                    "e can be the number, or a variable",
                    span=(item.start, item.end),
                    hint=r"write \exp(…), or declare e",
                )
            return None
        return called("e^", [self.inside(script)], item, script.span[1])

    def _bare_sigma(self) -> bool:
        items = self.context.items
        return any(
            i.text == "sigma" and not (after.kind == SIGN and after.text in "([_") for i, after in pairwise(items)
        )

    def is_size(self, script: Script) -> bool:
        r"""Whether a subscript is a size: n, m,n, m \times n, and no running index."""
        items = self.items[script.begin : script.end]
        ok = all(
            i.kind in (LETTER, NUMBER)
            or (i.kind == SIGN and i.text in ",×+-")
            or (i.kind == COMMAND and i.text in NAMES)
            for i in items
        )
        return ok and bool(items) and not any(i.kind == LETTER and i.text in self.bound for i in items)

    def filled(self, function: str, bare: str, item: Item, below: Script | None) -> Tokens:
        """A constant of a given size, or of one that is to be inferred."""
        if below is None:
            return [sign(bare, item)]
        parts = self._sizes(below)
        if function == "eye" and len(parts) == 2:
            if [t.text for t in parts[0]] != [t.text for t in parts[1]]:
                raise ParseError("an identity matrix is square", span=below.span)
            parts = parts[:1]
        if function in ("ones", "zeros") and len(parts) == 1 and any(t.text == "*" for t in parts[0]):
            shown = self.source(*below.span)
            raise ParseError(
                f"'{shown}' can be one size or two",
                span=below.span,
                hint=r"write \mathbf{1}_{m,n} for a matrix, \mathbf{1}_{m \times n} too",
            )
        return called(function, parts, item, below.span[1])

    def _sizes(self, script: Script) -> list[Tokens]:
        """The sizes in a subscript, between commas or times signs."""
        cuts = [k for k in range(script.begin, script.end) if self.items[k].kind == SIGN and self.items[k].text in ",×"]
        starts = [script.begin, *(k + 1 for k in cuts)]
        ends = [*cuts, script.end]
        found = []
        for begin, end in zip(starts, ends, strict=True):
            if begin == end:
                raise ParseError("a size is missing", span=script.span)
            found.append(self.inside(Script(begin, end, script.span)))
        return found
