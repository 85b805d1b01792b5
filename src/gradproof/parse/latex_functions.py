r"""Functions in LaTeX, and what they are applied to: `\log(x)`, `\log x`, `\log\det X`, `\operatorname{tr} X^\top A X`, `tr(AX)`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from gradproof.errors import ParseError, Span
from gradproof.notation.function import Function
from gradproof.parse.item import COMMAND, LETTER, NUMBER, WORD, Item
from gradproof.parse.latex_context import Tokens, called, sign, token, wrapped
from gradproof.parse.latex_formula import FACTORIAL
from gradproof.parse.latex_names import ScriptedNames
from gradproof.parse.latex_raised import Script
from gradproof.parse.latex_words import (
    APPLIED,
    APPLIED_IN_SUMS,
    BARE,
    FUNCTIONS,
    NAMES,
    REFUSED,
    ROW_BY_ROW,
    STARTS,
    TAKES_ALL,
    VARIANTS,
    WORDS,
)
from gradproof.parse.lexer import Kind
from gradproof.parse.note import refusal
from gradproof.say import say


class Functions(ScriptedNames):
    """Functions with and without brackets."""

    def enclosed(self, opening: Item) -> tuple[list[Tokens], Item]:
        raise NotImplementedError

    def bare_function(self) -> Tokens | None:
        """tr, log and the like, typed as plain letters."""
        run = self.run_of_letters()
        known = {*self.context.declared, *self.context.functions}
        if not self.starts_word() or any(run.startswith(name) for name in known if len(name) > 1):
            return None
        bracket = self.items[self.at + len(run)].text in ("(", "[")
        called = run in BARE or (bracket and run in FUNCTIONS)
        if not called:
            self.refuse_word(run, known)
        words = (
            [run]
            if called
            else [w for w in STARTS if run.startswith(w)]
            or [w for w in ("tr", "Tr", "ln") if run.startswith(w) and run[2:3].isupper()]
        )
        if not words:
            return None
        word = max(words, key=len)
        item = self.now
        span = Item(WORD, word, item.start, item.start + len(word))
        self.at += len(word)
        if word != run:
            self.note(
                "letters-as-function",
                (item.start, item.start + len(run)),
                letters=run,
                word=word,
                rest=run[len(word) :],
            )
        return self.function(FUNCTIONS[word], span)

    def refuse_word(self, run: str, known: Collection[str]) -> None:
        """Refuse letters that are rather a word than a product: loss, max(…), lambda."""
        item = self.now
        span = (item.start, item.start + len(run))
        if run in REFUSED and len(run) > 2:
            raise self.refuse(REFUSED[run], Item(WORD, run, *span))
        word = (run in FUNCTIONS and run != "uv") or (len(run) > 3 and run[1:].islower())
        if any(len(name) > 1 and name in run for name in known):
            return
        bracket = self.items[self.at + len(run)]
        if (
            len(run) > 2
            and run[1:].islower()
            and bracket.text in ("(", "[")
            and not bracket.spaced
            and run not in NAMES
        ):
            raise refusal(
                "applied-or-product", span, name=run
            )  # Var(x), cov(x): the name of a function, whoever knows it
        if not word:
            return
        if not any(run.startswith(word) for word in STARTS):
            names = rf"\{run}" if run in NAMES else rf"\mathrm{{{run}}}"
            raise ParseError(
                say("{run} can be one name, or a product of {count}", run=run, count=len(run)),
                span=span,
                hint=say("write {names}, or put blanks between the letters", names=names),
            )

    def projected(self, name: str, listed: Sequence[Item], span: Span) -> Tokens | None:
        r"""P_\Omega(X), the entries of X in a set, and 0 elsewhere; None for a declared name. Raises ParseError for others that are applied."""
        of = [i for i in listed if i.text not in "{}"]
        letter = of[0].text if len(of) == 1 and of[0].text in ("Omega", "E") else ""
        if name in self.context.declared or name in self.context.functions:
            return None
        if name[:1] != "P" or not letter:
            raise refusal("applied-or-product", span, name=name)
        inner, closing = self.enclosed(self.take())
        place = (span[0], closing.end)
        self.note("mask-applied", place, shown=self.source(*place), name=letter)
        self.context.hints[letter] = "m"
        return self.ended(wrapped([token(Kind.NAME, letter, of[0]), sign(".*", span), *wrapped(inner[0])]))

    def looks_applied(self, name: str, span: Span) -> None:
        """Raises ParseError for f(x) and f(x, y) with an f that is not declared, for f(…) where the letter is that of a function, for x(1) and d(…)."""
        inner = self.items[min(self.at + 1, len(self.items) - 1)]
        if self.next_is("(") and not self.now.spaced and inner.kind == NUMBER and self.next_is("),", 2):
            raise refusal("entry-or-product", span, name=name, number=inner.text)
        if name == "d" and self.next_is("([{") and name not in self.context.declared:
            raise refusal("differential-or-factor", span)
        if name == "E" and self.next_is("(") and not self.now.spaced and name not in self.context.declared_in_where:
            raise refusal("applied-or-product", span, name=name)  # E(x'Ax), an expectation
        if name in self.context.declared_in_where:  # a declared letter is no function that nobody declared
            return
        plain = self.is_applied()
        if plain or (name in (APPLIED_IN_SUMS if self.bound else APPLIED) and self.next_is("(")):
            argument = self.source(inner.start, inner.end) if plain else "…"
            listed = plain and self.next_is(",", 2)
            raise ParseError(
                say("{shown} can be a function or a product", shown=f"{name}({argument}{', …' * listed})"), span=span,
                hint=say(r'declare {name}, where: "{name}: function x -> scalar" (or vector n, matrix m n, entrywise), or write {name} \cdot {argument}', name=name, argument=argument),
            )  # fmt: skip

    def function(self, name: str, item: Item) -> Tokens:
        """A function and its argument, with brackets or without."""
        below, above = self.scripts()
        if item.text == "lg":
            self.note("log-ten", (item.start, item.end), shown=self.source(item.start, item.end))
        if name == "log" and (below is not None or item.text == "lg"):
            base = self.inside(below) if below is not None else [token(Kind.NUMBER, "10", item)]
            return self.to_base(base, item, above)
        if below is not None:
            words = [i.text for i in self.items[below.begin : below.end] if i.text not in {"{", "}", *WORDS}]
            rows = ROW_BY_ROW.get((name, "".join(words)))
            name, below = (rows, None) if rows else (name, below)
        if below is not None:
            raise ParseError(
                say("{name} has nothing below it", name=name),
                span=below.span,
                hint=say(r"the logarithm is the natural one: write \log(x)/\log(2) for another base"),
            )
        prime = next((s for s in above if self.items[s.begin].text in ("'", "′")), None)
        if prime is not None:
            raise ParseError(
                say("{name}' is the derivative of a function, which is not read", name=name),
                span=prime.span,
                hint=say("write the derivative out, or ({name}(…))' for a transpose", name=name),
            )
        if any("-" in (i.text for i in self.items[s.begin : s.end]) for s in above):
            raise ParseError(
                say("this can be the inverse function, or a power of the value"),
                span=above[0].span,
                hint=say("write {name}(…)^{{-1}} for the power", name=name),
            )
        if name == "log" and not above and self._at_determinant():
            inner = self.take()
            return self.argument_of("logdet", Item(COMMAND, "logdet", item.start, inner.end), [])
        if name == "log" and not above and self.now.text == "Gamma" and self.next_is("(", 1):
            inner = self.take()
            return self.argument_of("lgamma", Item(COMMAND, "lgamma", item.start, inner.end), [])
        return self.argument_of(name, item, above)

    def is_factorial(self, tokens: Tokens) -> bool:
        """Whether all of a bracket that has just ended is y!, as it was read."""
        if self.items[self.at - 2].text != "!" or tokens[0].text != FACTORIAL:
            return False
        depth = 0
        for k, t in enumerate(tokens[1:], 1):
            depth += (t.text == "(") - (t.text == ")") if t.kind is Kind.SIGN else 0
            if not depth:
                return k == len(tokens) - 1
        return False

    def to_base(self, base: Tokens, item: Item, above: list[Script]) -> Tokens:
        r"""\log_2 x: a quotient of logarithms."""
        if any(t.kind not in (Kind.NUMBER, Kind.NAME) for t in base) or len(base) != 1:
            raise refusal("log-base", (item.start, item.end))
        found = self.argument_of("log", item, [])
        divisor = called("log", [base], item, found[-1].end)
        return [*wrapped([*found, sign("/", (found[-1].end, found[-1].end)), *divisor]), *self.raised(above)]

    def _at_determinant(self) -> bool:
        return self.now.kind in (COMMAND, WORD) and self.now.text == "det" and self.next_is("([", 1)

    def argument_of(self, name: str, item: Item, above: list[Script]) -> Tokens:
        """What a function is applied to."""
        if self.next_is("-"):
            raise ParseError(
                say("what {name} is applied to is not clear", name=name),
                span=(self.now.start, self.now.end),
                hint=say("write {shown}(-…)", shown=self.source(item.start, item.end)),
            )
        if name in TAKES_ALL and (self.context.variant.trace or not self.next_is("([{")):
            self.context.used.add("trace")
            return self.raised_call(name, self._until_function(), item, above)
        if self.next_is("(["):
            return self.of_bracket(name, item, above)
        first, at = self.now, self.at
        if self.stops():
            raise ParseError(
                say("{shown} of what?", shown=self.source(item.start, item.end)),
                span=(item.start, item.end),
                hint=say("write {shown}(…)", shown=self.source(item.start, item.end)),
            )
        found = self.factor()
        if self.next_is("!") and first.text not in ("{", "|", "‖"):
            return self.of_factorial(name, found, item, above)
        if first.text in ("{", "|", "‖"):
            self.clear_end(name, item, first.text != "{")
            return self.raised_call(name, found, item, above)
        if name in SINGLE:  # inv A b
            self.clear_end(name, item, True)
        return self.raised_call(name, self._factors(found, name, item, at), item, above)

    def of_bracket(self, name: str, item: Item, above: list[Script]) -> Tokens:
        """A function of what stands in the bracket after it."""
        if name in TAKES_ALL:
            self.context.used.add("trace")
        opening = self.take()
        inner, closing = self.enclosed(opening)
        if len(inner) == 2 and len(inner[1]) == 1 and (name, inner[1][0].text) in SECOND:  # norm(x, 'fro')
            name, inner = SECOND[name, inner[1][0].text], inner[:1]
        if name == "log" and len(inner) == 1 and self.is_factorial(inner[0]):  # the logarithm of y! is lgamma(y + 1)
            return self.ended([token(Kind.NAME, "lgamma", item), *inner[0][3:-1]], above)
        if self.is_raised() and not above:
            place = (item.start, closing.end)
            if name in SUMMING and self.context.text[item.end : item.end + 1] != "}":
                return self.sum_of_powers(name, inner, item, opening.spaced)
            if name in POWERED:
                self.note("power-of-value", place, shown=self.source(*place))
        return self.ended(called(name, inner, item, closing.end), above)

    def is_raised(self) -> bool:
        """Whether a power follows a bracket: (…)^2, and no transpose."""
        at = self.at + 1 + self.next_is("{", 1)
        return self.next_is("^") and self.items[min(at, len(self.items) - 1)].kind == NUMBER

    def sum_of_powers(self, name: str, inner: list[Tokens], item: Item, spaced: bool) -> Tokens:
        """sum (y - Xw)^2 adds the squares; of sum(y - Xw)^2 it is not known whether it does."""
        end = self.items[self.at - 1].end
        spaced = spaced or self.context.text[item.start : item.end] in ("Σ", "∑")  # signs, and no names of functions
        if not spaced or len(inner) != 1:
            bracket = self.source(self.context.text.find("(", item.end), end)
            raise refusal(
                "sum-power", (item.start, end), shown=self.source(item.start, end), name=name, bracket=bracket
            )
        _, above = self.scripts()
        found = called(name, [[*wrapped(inner[0]), *self.raised(above)]], item, above[-1].span[1])
        place = (item.start, above[-1].span[1])
        self.note("sum-of-powers", place, shown=self.source(*place))
        return self.ended(found)

    def of_factorial(self, name: str, found: Tokens, item: Item, above: list[Script]) -> Tokens:
        r"""\log y_i!, which ends with the sign; the logarithm is lgamma(y_i + 1)."""
        found = self.factorial(found)
        self.clear_end(name, item, True)
        if name == "log" and not above:
            return [token(Kind.NAME, "lgamma", item), *found[3:-1]]
        return self.raised_call(name, found, item, above)

    def raised_call(self, name: str, inner: Tokens, item: Item, above: list[Script]) -> Tokens:
        return [*called(name, [inner], item, inner[-1].end), *self.raised(above)]

    def _factors(self, found: Tokens, name: str, item: Item, at: int) -> Tokens:
        r"""The factors after a function without brackets: \log 2\pi\sigma^2. Only names may follow; \log x (1 - x) is refused."""
        several = False
        while not self.stops() and not self.next_is("/") and not self.next_is("×"):
            now = self.now
            if now.kind in (COMMAND, WORD) and now.text in FUNCTIONS:
                break
            if not (
                now.kind in (LETTER, WORD, NUMBER)
                or (now.kind == COMMAND and (now.text in NAMES or now.text in VARIANTS))
            ):
                self.clear_end(name, item, True)
            several = True
            found = [*found, sign("*", (now.start, now.start)), *self.factor()]
        if self.next_is("/×"):
            self.clear_end(name, item, True)
        if several:
            shown = self.source(self.items[at].start, found[-1].end)
            place = (item.start, found[-1].end)
            self.note("function-of", place, shown=self.source(*place), name=name, argument=shown)
        return found

    def clear_end(self, name: str, item: Item, strict: bool) -> None:
        """Refuse an argument without brackets whose end is not clear."""
        known_end = self.stops() or (self.now.kind in (COMMAND, WORD) and self.now.text in FUNCTIONS)
        if strict and not known_end:
            raise ParseError(
                say("where what {name} is applied to ends is not clear", name=name),
                span=(self.now.start, self.now.end),
                hint=say("write {shown}(…)", shown=self.source(item.start, item.end)),
            )

    def _until_function(self) -> Tokens:
        """All factors up to a sign that binds looser or another function."""
        found = self.factor()
        while not self.stops() and not self.next_is("/"):
            now = self.now
            if now.kind in (COMMAND, WORD) and (now.text in TAKES_ALL or FUNCTIONS.get(now.text) in TAKES_ALL):
                break
            if self.next_is("×"):
                self.at += 1
            found = [*found, sign("*", (now.start, now.start)), *self.factor()]
        return found

    def call_of(self, name: str, span: tuple[int, int]) -> Tokens:
        """A function that must have its bracket."""
        if not self.next_is("(["):
            raise ParseError(
                say("{name} is declared as a function", name=name), span=span, hint=say("write {name}(…)", name=name)
            )
        inner, closing = self.enclosed(self.take())
        return self.ended(called(name, inner, span, closing.end))

    def derivative(self) -> Tokens:
        r"""\mathrm{D}f(x), \mathrm{D}_{x}^{2}U(x,y), of a declared function; else the letter D."""
        item = self.take()
        after = self.at
        below, above = self.scripts()
        found = self.base()
        function = self.context.functions.get(found[0]) if found else None
        if function is None:
            self.at = after
            self.items[after - 1] = Item(LETTER, "D", item.start, item.end)
            self.at -= 1
            named = self.name()
            assert named is not None
            return named
        order = int(self.items[above[0].begin].text) if above and self.items[above[0].begin].text.isdecimal() else 1
        formals = [i.text for i in self.items[below.begin : below.end] if i.text not in "{},"] if below else []
        if order > 9 or (formals and (len(formals) != order or not set(formals) <= set(function.formals))):
            raise ParseError(
                say("this derivative of a function is not clear"),
                span=(item.start, item.end),
                hint=say(r"write {function} with \mathrm{{D}} before it", function=function.name),
            )
        return self.call_of(derivative_of(formals, function, order), (item.start, self.items[self.at - 1].end))


POWERED = set(
    "log exp sin cos tan sinh cosh tanh tr det".split()
)  # functions whose argument a power after the bracket could be of
SINGLE = {"inv", "adj", "pinv"}  # functions that take one factor, so that a second one is not clear
SUMMING = {"sum", "mean"}  # functions that add the entries of an array

SECOND = {
    ("norm2", "fro"): "norm2",
    ("norm2", "F"): "norm2",
    ("norm2", "2"): "‖2",
    ("norm2", "1"): "‖1",
}  # the norm by its second argument


def derivative_of(formals: Sequence[str], function: Function, order: int) -> str:
    """How the derivative of a declared function is spelled: Df, DDU_xy."""
    known = tuple(function.formals.index(f) for f in formals) if formals else (0,) * order
    return function.spelling(known)


def differentiated(
    above: Sequence[Item], below: Sequence[Item], functions: Mapping[str, Function]
) -> tuple[Function, list[str]] | None:
    r"""The declared function in \frac{\partial^2 U}{\partial x \partial y}, and what it is differentiated by; None where it is none."""
    rest = [i.text for i in above if i.text not in "{}^" and i.text not in ("partial", "d") and not i.text.isdecimal()]
    by: list[str] = []
    for item in below:
        if item.text.isdecimal():
            by += by[-1:] * (int(item.text) - 1 if int(item.text) < 5 else 0)
        elif item.text not in ("partial", "d", "{", "}", "^", ","):
            by.append(item.text)
    function = functions.get(rest[0]) if len(rest) == 1 else None
    return (function, by) if function is not None and by and set(by) <= set(function.formals) else None
