r"""Names in LaTeX, with what stands above and below them: `\hat{y}_i`, `\Sigma_{xy}^{-1}`, `I_n`, `e^{-x}`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from gradproof.errors import ParseError, Span
from gradproof.parse import latex_scripts as scripts
from gradproof.parse.item import COMMAND, END, LETTER, NUMBER, SIGN, WORD, Item
from gradproof.parse.latex_context import Tokens, called, sign, token
from gradproof.parse.latex_head import Head
from gradproof.parse.latex_letters import Letters
from gradproof.parse.latex_raised import Script
from gradproof.parse.latex_words import APPLIED, APPLIED_BELOW, EXPECTED
from gradproof.parse.lexer import Kind
from gradproof.parse.names import function_called
from gradproof.parse.note import refusal, unsupported
from gradproof.say import say

_DENSITIES = frozenset("pqP")  # p(x | y) is no product
_PAIRED = frozenset("ijkl")  # two of these below a name are places in a matrix


class ScriptedNames(Letters):
    """Names and their scripts."""

    def number_by_indices(self, name: str, listed: Sequence[Item], span: Span) -> None:
        """o_{ij} that nothing sums is one number."""
        letters = [i.text for i in listed if i.text not in "{},"]
        if len(letters) == 2 and all(i in _PAIRED for i in letters) and name not in self.context.declared_in_where:
            self.context.hints[name] = "s"
            self.note("number-by-indices", span, name=name)

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
        self.one_type(base, item, below)
        span = (item.start, item.end)
        extreme = self.extreme(base, below, above, span)
        if extreme is not None:
            return extreme
        labels, above = self.labelled(base, above)
        if labels:
            base, item, span = self.with_labels(base, item, labels)
        elif base not in self.context.declared and base not in self.context.functions:
            special = self._special(base, item, below, above)
            if special is not None:
                return special
        if below is not None:
            indexed = self.with_indices(base, item, self.items[below.begin : below.end], below, above)
            if indexed is not None:
                return indexed
            base, span = self.with_words(base, item, below, above)
            applied = None if above else self.set_applied(base, item, below, span)
            if applied is not None:
                return applied
        self.hint(base, item)
        if self.is_square(above):
            self.context.used.add("squares")
            if self.context.variant.squares:
                letter = token(Kind.NAME, base, span)
                return called("·", [[letter], [letter]], span, above[0].span[1])
        return self.applied(base, item, span, above)

    def with_words(self, base: str, item: Item, below: Script, above: Sequence[Script]) -> tuple[str, Span]:
        """A name with the letters and digits below it, and its place. Raises ParseError where they are no part of a name."""
        listed = self.items[below.begin : below.end]
        self.context.single(listed, below.span)
        parts = scripts.subscript_words(listed)
        if parts is None:
            raise ParseError(
                say("this subscript is not part of a name"),
                span=below.span,
                hint=say(r"a name has letters and digits below: x_1, W_{out}"),
            )
        base = scripts.named(base, parts, self.context.declared | self.context.functions.keys())
        span = (item.start, max(item.end, below.span[1]))
        self.context.spelled(base, f"_{parts}", span)
        if all(self.items[s.begin].kind == NUMBER for s in above):
            self.number_by_indices(base, listed, span)
        return base, span

    def set_applied(self, base: str, item: Item, below: Script, span: Span) -> Tokens | None:
        r"""P_\Omega(X), where a bracket follows; None for anything else."""
        listed = self.items[below.begin : below.end]
        applied = item.text in APPLIED_BELOW and self.next_is("(") and not self.now.spaced
        if applied and any(i.kind != NUMBER for i in listed if i.text not in "{}"):
            return self.projected(base, listed, span)
        return None

    def with_indices(
        self, base: str, item: Item, listed: Sequence[Item], below: Script, above: Sequence[Script]
    ) -> Tokens | None:
        """An entry or a row; None where what stands below is a part of the name."""
        name = token(Kind.NAME, base, (item.start, item.end))
        choice = self.choice(listed)
        if choice is not None and (choice.index in self.bound or base in self.context.indexed):
            self.hint(base, item)
            return [*self.chosen([name], choice, below.span), *self.raised(above)]
        running = self.beside(base, listed, below)
        if running is None:
            running = scripts.indices(listed, self.bound, self.context.running, below.span)
        if running is None:
            running = self.fixed(base, listed, below)
        if running is None:
            return None
        self.hint(base, item)
        if not above and self.next_is("(["):
            self.looks_applied(base, (item.start, item.end))
        return [name, *self.entry(running, below.span, base), *self.raised(above)]

    def extreme(self, base: str, below: Script | None, above: Sequence[Script], span: Span) -> Tokens | None:
        r"""\lambda_{\max}(A), an eigenvalue, and \sigma_{\max}(A), a singular value; None for anything else."""
        texts = [i.text for i in self.items[below.begin : below.end] if i.text not in "{}"] if below is not None else []
        if base == "sigma" and texts == ["max"] and not above and self.next_is("("):
            return self.call_of("specnorm", span)
        if base not in ("lambda", "lam") or texts not in (["max"], ["min"]) or above or not self.next_is("("):
            return None
        return self.call_of(f"lambda{texts[0]}", span)

    def entry(self, running: Sequence[str], span: Span, base: str = "") -> Tokens:
        """The signs [i,j] of an entry of an array."""
        found = [sign("[", span)]
        for k, index in enumerate(running):
            name, by, number = index.partition("+") if "+" in index else index.partition("-")
            head = self.context.heads.get(name)
            if head is not None:
                found += [sign(",", span)] * bool(k) + self.moved(
                    head, name, int(by + number or 0), (base or f"@{span}", k), span
                )
                continue
            kind = Kind.SIGN if index == ":" else Kind.NUMBER if index.isdecimal() else Kind.NAME
            found += [sign(",", span)] * bool(k) + [token(kind, index, span)]
        return [*found, sign("]", span)]

    def moved(self, head: Head, name: str, by: int, key: tuple[str, int], span: Span) -> Tokens:
        """A running index with what is added to it; as far into the array as that is, once it is known how far the others go."""
        head.shifts.setdefault(key, set()).add(by)
        head.used.add(name)
        at, most = head.place(key, by) if head.known else (0, 0)
        found = [token(Kind.NAME, name, span)]
        if at < 0 or (by and not head.limit and head.known):
            raise refusal("sum-shift", span, index=name)
        if most:
            numbers = [token(Kind.NUMBER, str(n), span) for n in (at, most)]
            found += [sign("+", span), numbers[0], sign("≤", span), numbers[1]]
        return found

    def ended(self, tokens: Tokens, above: Sequence[Script] = ()) -> Tokens:
        """Something that has ended, with what stands above it, and a running index below it or behind it: (A x)[2]."""
        written = (
            self.written_places() if tokens[-1].text == ")" and self.next_is("[") and not self.now.spaced else None
        )
        if written is not None:
            return self.ended([*tokens, *written], above)
        below, after = self.scripts()
        listed = self.items[below.begin : below.end] if below else []
        signs = [i.text for i in listed if i.text not in "{}"]
        if below is not None and signs in (["+"], ["-"]):
            part = [*tokens] if signs == ["+"] else [sign("-", below.span), *tokens]
            return [*called("relu", [part], below.span, below.span[1]), *self.raised([*above, *after])]
        choice = self.choice(listed) if below is not None else None
        if choice is not None and below is not None:
            return [*self.chosen(tokens, choice, below.span), *self.raised([*above, *after])]
        running = scripts.indices(listed, self.bound, self.context.running, below.span) if below else []
        running = scripts.places(listed) if below and running is None else running
        if below is not None and running is None:
            running = self.fixed_below(listed, below)
        if below is not None and running is None:
            raise ParseError(say("only a name or a norm has something below it"), span=below.span)
        entry = self.entry(running, below.span) if below is not None and running else []
        whole = [*tokens, *entry, *self.raised([*above, *after])]
        behind = after and whole[-1].text == "'" and self.next_is("[") and not self.now.spaced
        return [*whole, *(self.written_places() or ())] if behind else whole

    def only_name(self) -> str | None:
        """The name that all the items are; None where they are something else."""
        found = self.base()
        if found is None:
            return None
        (name, item), (below, above) = found, self.scripts()
        labels, above = self.labelled(name, above)
        if labels:
            name = self.with_labels(name, item, labels)[0]
        parts = scripts.subscript_words(self.items[below.begin : below.end]) if below is not None else []
        if above or parts is None or self.now.kind != END:
            return None
        return scripts.named(name, parts, ()) if parts else name

    def applied(self, name: str, item: Item, span: Span, above: Sequence[Script]) -> Tokens:
        """A name, and the bracket after it where it is a function."""
        if name in self.context.functions:
            return self.declared_function(name, span, above)
        if not above and name[:1] == "D" and function_called(name, self.context.functions):
            return self.call_of(name, span)
        if not above and self.next_is("(") and name in self.context.declared:
            entries = self.kernel(name, span)
            if entries is not None:
                return entries
        if not above and self.next_is("[") and not self.now.spaced:
            written = self.written_places()
            if written is not None:
                return self.ended([token(Kind.NAME, name, span), *written])
        if not above and self.next_is("(["):
            if item.text in EXPECTED and self.next_is("[") and name not in self.context.declared:
                raise unsupported("sets", span)
            if item.kind == WORD and item.text.isalpha() and len(item.text) > 1:
                self.refuse_applied(name, span)
            if item.script and self.next_is("(") and not self.now.spaced:
                self.refuse_applied(name, span)
            self.looks_applied(name, span)
        if above:
            self.refuse_raised(name, span, above)
        return [token(Kind.NAME, name, span), *self.raised(above)]

    def declared_function(self, name: str, span: Span, above: Sequence[Script]) -> Tokens:
        """A declared function with its bracket; its derivative where primes stand above it."""
        function = self.context.functions[name]
        primes = "".join(self.items[k].text for s in above for k in range(s.begin, s.end))
        if function.entrywise and len(function.formals) == 1 and primes and not primes.strip("'′"):  # g'(Wx), g''(x)
            return self.call_of("D" * len(primes) + name, span)
        if above:
            raise ParseError(
                say("{name} is a function: what stands above it is not clear", name=name),
                span=above[0].span,
                hint=say("write ({name}(…))^…", name=name),
            )
        return self.call_of(name, span)

    def refuse_raised(self, name: str, span: Span, above: Sequence[Script]) -> None:
        r"""Raises ParseError where a bracket after a name with something above it can be an argument: \sigma^2(x), f'(x)."""
        primes = [s for s in above if self.items[s.begin].text == "'"]
        turned = [
            s
            for s in above
            if s not in primes
            and scripts.TRANSPOSE in scripts.meanings(self.items[s.begin : s.end], self.letters_above())
        ]
        raised = not primes and not turned and name not in self.context.declared
        if raised and self.next_is("(") and self.is_applied():  # \sigma^2(x)
            raise refusal("applied-or-product", span, name=self.source(span[0], above[-1].span[1]))
        plain = primes and (self.is_applied() or name in {*APPLIED, "sigma"})
        if self.next_is("([") and (plain or (len(turned) < len(above) and name in APPLIED)):
            raise ParseError(
                say("{name} can be a function here, or a factor", name=name),
                span=span,
                hint=say(
                    r"write {name}^\top \cdot (…) for a product; derivatives of functions are not read", name=name
                ),
            )

    def written_places(self) -> Tokens | None:
        """The signs of an entry that is written as in a program, x[1], A[i,:]; None where the bracket is something else."""
        end = next((k for k in range(self.at, len(self.items)) if self.items[k].text == "]"), self.at)
        inner = self.items[self.at + 1 : end]
        parts = [i.text for i in inner[::2]]
        known = all(
            i.kind == NUMBER or i.text == ":" or (i.kind == LETTER and i.text in self.bound) for i in inner[::2]
        )
        if len(inner) not in (1, 3) or not known or any(i.text != "," for i in inner[1::2]):
            return None
        place = (self.now.start, self.items[end].end)
        self.at = end + 1
        return self.entry(parts, place)

    def refuse_applied(self, name: str, span: Span) -> None:
        """Raises ParseError for a letter of a function before a bracket, where it is not declared."""
        if name not in self.context.declared and name not in self.context.functions:
            raise refusal("applied-or-product", span, name=name)

    def kernel(self, name: str, span: Span) -> Tokens | None:
        """K(x_i, x_j) with a K that is declared as a matrix: its entries; None where it is something else."""
        end = next((k for k in range(self.at, len(self.items)) if self.items[k].text == ")"), self.at)
        inner = [i for i in self.items[self.at + 1 : end] if i.text not in "{}"]
        if [i.text for i in inner[1::2]] != ["_", ",", "_"][: len(inner) // 2] or len(inner) != 7:
            return None
        indices = [inner[2].text, inner[6].text]
        if not all(i in self.bound for i in indices) or inner[3].text != ",":
            return None
        self.at = end + 1
        place = (span[0], self.items[end].end)
        self.note("matrix-entry", place, shown=self.source(*place), name=name)
        _, above = self.scripts()
        return [token(Kind.NAME, name, span), *self.entry(indices, (span[1], place[1])), *self.raised(above)]

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
        return self.next_is(")],", after) or (self.next_is("|", after) and self.items[self.at - 1].text in _DENSITIES)

    def call_of(self, name: str, span: Span) -> Tokens:
        raise NotImplementedError

    def projected(self, name: str, listed: Sequence[Item], span: Span) -> Tokens | None:
        raise NotImplementedError

    def looks_applied(self, name: str, span: Span) -> None:
        raise NotImplementedError

    # -- names with a meaning of their own

    def _special(self, base: str, item: Item, below: Script | None, above: Sequence[Script]) -> Tokens | None:
        """I, I_n, e^x, pi, \\sigma(x), K_{m,n}: what these letters are where they are not declared."""
        span = (item.start, item.end)
        if base in self.bound and below is None and not item.bold:
            return [*self.counted(base, span), *self.raised(above)]
        words = scripts.subscript_words(self.items[below.begin : below.end]) if below is not None else None
        if words and scripts.named(base, words, self.context.declared) in self.context.declared:
            return None
        if base in ("I", "Id") and (below is None or self.is_size(below)):
            if below is None:
                self.note("unicode-identity", span)
            return [*self.filled("eye", "𝕀", item, below), *self.raised(above)]
        if base == "e" and below is None and len(above) == 1 and not item.bold:
            return self._exponential(item, above[0])
        if base == "e" and below is None and not item.bold and self._beside_pi():
            self.note("number-e-factor", span)
            one = token(Kind.NUMBER, "1", span)
            return [*called("exp", [[one]], item, item.end), *self.raised(above)]
        if (
            base == "pi"
            and below is None
            and not any(scripts.TRANSPOSE in scripts.meanings(self.items[s.begin : s.end], ()) for s in above)
            and not self.is_applied()
        ):
            self.note("number-pi", span)
            return [sign("𝜋", span), *self.raised(above)]
        if base == "iunit" and below is None:
            return [token(Kind.NAME, base, span), *self.raised(above)]
        if base == "sigma" and below is None and not above and self.next_is("(["):
            if self._bare_sigma():
                raise ParseError(
                    say(r"\sigma(…) can be the logistic function, or \sigma times a bracket"),
                    span=span,
                    hint=say(r"write \operatorname{sigmoid}(…), or \sigma \cdot (…)"),
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

    def _beside_pi(self) -> bool:
        r"""Whether the letter that was just read stands beside \pi: 2\pi e."""
        return "pi" not in self.context.declared and any(
            i.kind == COMMAND and i.text == "pi" for i in (self.items[self.at - 2], self.items[self.at])
        )

    def _exponential(self, item: Item, script: Script) -> Tokens | None:
        exponent = self.items[script.begin : script.end]
        scripts.refuse_unclear(exponent, "e", self.context.declared, False, script.span)
        imaginary = [i for i in exponent if i.kind == LETTER and i.text in "ij" and i.text not in self.bound]
        if imaginary and imaginary[0].text not in (*self.context.declared, *self.context.subscripts):
            raise refusal("imaginary", script.span, name=imaginary[0].text)
        meaning = scripts.meanings(exponent, self.letters_above(), self.context.declared)
        if meaning not in ([scripts.POWER], [scripts.LABEL], [scripts.INVERSE], [scripts.INVERSE, scripts.TRANSPOSE]):
            return None
        if all(i.kind == NUMBER or i.text in "-{}" for i in exponent):
            items = self.context.items
            if not any(i.text == "e" and after.text != "^" for i, after in pairwise(items)):
                raise ParseError(
                    say("e can be the number, or a variable"),
                    span=(item.start, item.end),
                    hint=say(r"write \exp(…), or declare e"),
                )
            return None
        return called("e^", [self.inside(script)], item, script.span[1])

    def _bare_sigma(self) -> bool:
        items = self.context.items
        return any(
            i.text == "sigma" and not (after.kind == SIGN and after.text in "([_") for i, after in pairwise(items)
        )
