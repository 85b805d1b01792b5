"""Plain text, as people type formulas into a chat, to the items of LaTeX: `x^TAx`, `||Ax - b||^2`, `2X'(Xw - y)`, `sum_i log(1+exp(-y_i w^T x_i))`.

Letters side by side are factors, as in LaTeX; names of several letters are Greek letters, functions and what is declared. A script goes on to the
end of a number, and of a run of letters below; `^T` ends after the T.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from gradproof.budget import tick
from gradproof.ops import family
from gradproof.parse.characters import ACCENTS
from gradproof.parse.foreign import foreign, greek
from gradproof.parse.item import COMMAND, LETTER, NUMBER, SIGN, WORD, Item
from gradproof.parse.latex_scripts import factor_or_transpose
from gradproof.parse.latex_words import COMMANDS, ENGLISH, FONTS, FUNCTIONS, NAMES, OBJECTIVES, REFUSED, SHORT, VARIANTS
from gradproof.parse.names import BARE_TRANSPOSE
from gradproof.parse.note import refusal
from gradproof.parse.summed import POWER, summed_entries
from gradproof.patterns import pattern
from gradproof.records import replace

_PATTERN = pattern(
    r"(?P<space>\s+)|(?P<number>(?:[0-9]+(?:\.(?![*/^'])[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)|(?P<word>[A-Za-z]+(?![\u0302-\u0307\u20d7]))"
    r"|(?P<quoted>(?:(?<=,)|(?<=,\s))(['\"])\w+\5)|\\(?P<command>[A-Za-z]+)"
    r"|(?P<sign>\.\*\*|\.[*/^']|\.T\b|\*\*|:=|<=|>=|!=|==|\|->|->|\|\||.)",
    re.DOTALL,
)
_SIGNS = {
    "*": "×",
    "@": "×",
    ".*": "⊙",
    "./": "⊘",
    ".'": "ᵀ",
    ".T": "ᵀ",
    "**": "^",
    "||": "‖",
    ":=": "=",
    "==": "=",
    "<": "lt",
    ">": "gt",
}
_COMPARED = {"|->": "mapsto", "<=": "leq", ">=": "geq", "!=": "neq", "->": "to"}
_GREEK = {**NAMES, **{short: short for short in SHORT.values()}}
_BIG = {"sum", "prod", "argmin", "argmax", "min", "max", "minimize", "maximize"}
_WITH_DIGITS = pattern(r"[A-Za-z]+[0-9]+[A-Za-z]+(?=\s*\()")
_ACCENTS = {*ACCENTS}
_DIGITS = pattern(r"[0-9]+")
_BELOW = pattern(r"[A-Za-z0-9]+")
_COMPOUND = pattern(r"_([A-Za-z]{2,}\w*)(?!\s*\()")  # the rest of a name of several words
_MOST = 20  # names that are looked for
_NAMED = pattern(r"(?:\A|[,;]|\.\s|\b(?:where|with|and|let)\s)\s*([A-Za-z]{2,})\s*:?=(?!=)")
_SUM = pattern(r"(?:(?:sum|Σ|∑|∏)_?|(?:prod|max|min)_)[({]?([a-z](?:,?[a-z])?)\b")


class Plain:
    """Reads one text."""

    def __init__(self, text: str, known: Collection[str]):
        text = _BRACED.sub(r"\1(\2)", text) if "{" in text else text
        self.text, self.known = text, {*known, *_named_twice(text)}
        self.running = {letter for found in _SUM.findall(text) for letter in found if letter != ","}
        self.found: list[Item] = []
        self.at = 0
        self.spaced = self.gap = False
        self.open: list[str] = []  # the brackets around; those after ^ and _ are read as braces

    def items(self) -> list[Item]:
        """All items, without an END. Raises ParseError."""
        while self.at < len(self.text):
            tick()
            if not self.text[self.at].isascii() or self.text[self.at + 1 : self.at + 2] in _ACCENTS:
                made, self.at = foreign(self.text, self.at, self.known)
                for item in made:
                    self.put(item)
                continue
            match = _PATTERN.match(self.text, self.at)
            assert match is not None
            self.at = match.end()
            kind, span = match.lastgroup, match.span()
            if kind == "space":
                self.spaced = True
                self.gap = self.gap or ("\n" in match[0] and bool(self.found))
            elif kind == "number":
                if self.text[max(span[0] - 1, 0)] in "𝟏𝟎":
                    raise refusal("unicode-numbers", (span[0] - 1, span[1]))
                self.put(Item(NUMBER, match[0].rstrip("."), *span))
            elif kind == "word":
                self.word(match[0], *span)
            elif kind == "command":
                self.put(Item(COMMAND, match["command"], *span))
            elif match["quoted"]:
                self.put(Item(WORD, match[0].strip().strip("'\""), *span))
            else:
                self.sign(match[0], *span)
        return _rooted(self.found) if "√" in self.text else self.found

    def put(self, item: Item) -> None:
        before = self.found[-1] if self.found else None
        glued = item.kind == LETTER and before is not None and before.kind == LETTER and before.end == item.start
        self.found.append(replace(item, spaced=self.spaced, glued=glued or item.glued, gap=self.gap))
        self.spaced = self.gap = False

    # -- words

    def word(self, run: str, start: int, end: int) -> None:
        """A run of letters: a known name, a Greek letter, a function, or letters side by side; digits belong to the last of them."""
        digits = _DIGITS.match(self.text, end)
        number = digits[0] if digits else ""
        stop = self.whole(run, number, start, end)
        if stop is not None:
            self.at = stop
            self.put(Item(WORD, self.text[start:stop], start, stop))
            return
        if len(run) > 1 and self.named(run, number, start, end):
            return
        self.refuse_word(run, number, start, end)
        head = run[:-1] if number else run
        for k, letter in enumerate(head, start):
            self.put(Item(LETTER, letter, k, k + 1))
        if number:
            self.at = end + len(number)
            self.put(Item(WORD, run[-1] + number, end - 1, self.at))

    def whole(self, run: str, number: str, start: int, end: int) -> int | None:
        """Where a name ends that is more than letters: log1p(x), a function or a declared name with its digits, log_var; None for other runs."""
        named = _WITH_DIGITS.match(self.text, start)
        if named is not None and named[0] in FUNCTIONS:  # log1p(x)
            return named.end()
        stop, word = end + len(number), run + number
        after = self.text[stop : stop + 1].isspace() and (word in FUNCTIONS)  # log10 x
        if number and (family(word) or word in FUNCTIONS) and (after or self.text[stop:].lstrip()[:1] == "("):
            return stop
        if word in self.known:
            return stop
        compound = _COMPOUND.match(self.text, end)
        if compound and len(run) > 1 and run not in _BIG and compound[1] not in _GREEK:  # log_var, exp_avg
            return compound.end()
        return None

    def refuse_word(self, run: str, number: str, start: int, end: int) -> None:
        """Raises ParseError for xTAx, and for words of English."""
        if BARE_TRANSPOSE.fullmatch(run) and "T" not in self.known and not number:
            raise refusal("bare-transpose", (start, end), shown=run, left=run[0], right=run[2:])
        inside = self.text.rfind("{", 0, start) > self.text.rfind("}", 0, start) or "{" in self.open
        asked = run[:1] in self.known or run[1:] in self.known  # the My of ||My - b||, by y
        product = (
            (inside or asked) and len(run) == 2 and (run[0].isupper() or (inside and run == "at"))
        )  # the At of e^{At}
        if run.lower() in ENGLISH and not number and not product:
            raise refusal("text-in-formula", (start, end), shown=run)

    def named(self, run: str, number: str, start: int, end: int) -> bool:
        """Take a run that is one name; False where it is letters side by side."""
        if run in _GREEK or run in VARIANTS:
            name = _GREEK.get(run, run)
            self.at = end + len(number)
            if number:
                self.put(Item(WORD, name + number, start, self.at))
            else:
                self.put(
                    greek(name, start, end)
                    if run in NAMES
                    else Item(COMMAND if run in VARIANTS else WORD, name, start, end)
                )
            return True
        following = self.text[self.at :].lstrip()[:1]
        if run in _BIG and (following != "(" or (run == "sum" and self.sums())):
            self.put(Item(COMMAND, run, start, end))
            return True
        if run == "uv" and following != "(":  # u v^T
            return False
        if run in OBJECTIVES or run in FUNCTIONS or run in REFUSED:
            if len(run) == 2 and following != "(" and not self.known.isdisjoint(run):  # c h x, of a declared c
                return False
            word = following == "(" or run not in COMMANDS or run in FONTS  # vec X has no arrow
            self.put(Item(WORD if word else COMMAND, run, start, end))
            return True
        return False

    def sums(self) -> bool:
        """Whether sum(…) is the sign of a sum: an index stands below a letter in its bracket. Raises ParseError where a power may be of the sum."""
        place = summed_entries(self.text, self.at, self.known)
        if place is None:
            return False
        start, end = place
        if start == self.at and POWER.match(self.text, end):
            shown = self.text[start:end]
            raise refusal("sum-power", (start, end), shown=f"sum{shown}", name="sum", bracket=shown)
        return True

    # -- signs and scripts

    def sign(self, text: str, start: int, end: int) -> None:
        around = self.text[start - 1 : start] + self.text[end : end + 1]
        if text == "." and around == "  " and self.found and self.found[-1].kind in (LETTER, WORD):  # w . x
            text = "·"
        if text in ("^", "**", ".^", ".**"):
            self.raised(start, end, text[0] == ".")
        elif text == "_":
            self.lowered(start, end)
        elif text in _COMPARED:
            self.put(Item(COMMAND, _COMPARED[text], start, end))
        elif text == ")" and self.open and self.open.pop() == "{":
            self.put(Item(SIGN, "}", start, end))
        else:
            if text == "(":
                self.open.append("(")
            self.put(Item(SIGN, _SIGNS.get(text, text), start, end))

    def raised(self, start: int, end: int, entrywise: bool) -> None:
        """^ and its exponent: a bracket, a number, a name, each with a sign; T, and what follows it is a factor."""
        self.put(Item(SIGN, "^", start, end))
        minus = re.compile(r"\s*-?\s*").match(self.text, self.at)
        assert minus is not None
        begin, after = self.at, minus.end()
        if minus[0][:1] == "-" and minus[0] != "-" and self.text[after : after + 1].isalpha():  # the label of P^- H
            self.wrap(self.minus("-", begin), False, begin, begin + 1)
            return
        first = self.text[after : after + 1]
        if first in ("{", "("):
            self.at = after + 1
            self.group(minus[0].strip(), entrywise, begin, after, after + 1)
            return
        found = re.compile(r"[0-9]+(?:\.[0-9]+)?|[A-Za-z]+|['*+†]").match(self.text, after)
        if found is None:
            if first and not first.isascii():
                made, stop = foreign(self.text, after)
                self.wrap([*self.minus(minus[0], begin), *made], entrywise, begin, stop)
            return
        word, stop = found[0], found.end()
        if word == "+" and self.text[stop : stop + 1] in {"T", "H"} - {*self.known}:
            raise factor_or_transpose(self.text[stop], (stop, stop + 1))
        if word[0].isalpha() and len(word) > 1 and word not in self.known and word not in _GREEK:
            if word[0] not in "Tt" or "T" in self.known:
                raise refusal("power-reach", (after, stop), shown=word, first=word[0], rest=word[1:])
            word, stop = word[0], after + 1
        if (
            self.text[stop : stop + 1] == "/" and word in ("1", "3") and self.text[stop + 1 : stop + 2].isdigit()
        ):  # A^-1/2
            raise refusal("power-quotient", (begin, stop + 1), shown=f"{minus[0].strip()}{word}")
        self.wrap([*self.minus(minus[0], begin), self.exponent(word, after, stop)], entrywise, begin, stop)

    def exponent(self, word: str, start: int, stop: int) -> Item:
        if word in self.known and len(word) > 1:
            return Item(WORD, word, start, stop)
        if word in _GREEK:
            return greek(_GREEK[word], start, stop)
        return Item(NUMBER if word[0].isdigit() else LETTER if word.isalpha() else SIGN, word, start, stop)

    def minus(self, sign: str, begin: int) -> list[Item]:
        return [Item(SIGN, "-", begin, begin + len(sign))] if sign.strip() else []

    def wrap(self, inner: list[Item], entrywise: bool, begin: int, stop: int) -> None:
        """An exponent in braces."""
        dotted = [Item(SIGN, "⊙", begin, begin)] if entrywise else []
        for item in (Item(SIGN, "{", begin, begin), *dotted, *inner, Item(SIGN, "}", stop, stop)):
            self.put(item)
        self.at = stop

    def group(self, minus: str, entrywise: bool, begin: int, opening: int, stop: int) -> None:
        """A bracket after ^ or _, which is read as braces."""
        self.put(Item(SIGN, "{", opening, stop))
        if self.text[opening] == "(":
            self.open.append("{")
        if entrywise:
            self.put(Item(SIGN, "⊙", begin, begin))
        for item in self.minus(minus, begin):
            self.put(item)

    def lowered(self, start: int, end: int) -> None:
        """_ and what stands below: a bracket, or a run of letters and digits; of an index that runs, only that."""
        self.put(Item(SIGN, "_", start, end))
        if self.text[end : end + 1] in ("{", "("):
            self.at = end + 1
            self.group("", False, end, end, end + 1)
            return
        found = _BELOW.match(self.text, end)
        if found is None:
            return
        run = found[0]
        digits = _DIGITS.match(run)
        run = digits[0] if digits else run  # x_1x_2
        if run[0] in self.running and not (len(run) == 2 and run[1] in "ijkl"):
            run = run[: next((k for k, letter in enumerate(run) if letter not in self.running), len(run))]
        self.at = end + len(run)
        whole = greek(run, end, self.at) if run in NAMES and len(run) > 1 else None
        self.put(Item(SIGN, "{", end, end))
        for piece in [] if whole else re.finditer(r"\d+|[A-Za-z]", run):
            kind = NUMBER if piece[0].isdigit() else LETTER
            self.put(Item(kind, piece[0], end + piece.start(), end + piece.end()))
        if whole:
            self.put(whole)
        self.put(Item(SIGN, "}", self.at, self.at))


_BRACED = pattern(r"(?<![A-Za-z])((?:max|min)\s*)\{([^{}]*)\}")  # max{0, x}


def _rooted(items: list[Item]) -> list[Item]:
    """The root of a bracket, √(xy), and of a name with something below it, √dₖ: of all of it."""
    found: list[Item] = []
    closings: dict[int, Item | None] = {}  # where a root ends, and the bracket that ends it
    for k, item in enumerate(items):
        root = k > 0 and items[k - 1].kind == COMMAND and items[k - 1].text == "sqrt"
        if root and item.text == "(" and (end := _closing(items, k, "()")) > 0:
            found.append(replace(item, text="{"))
            closings[end] = replace(items[end], text="}")
            continue
        if root and item.text not in ("{", "(") and [i.text for i in items[k + 1 : k + 3]] == ["_", "{"]:
            found.append(Item(SIGN, "{", item.start, item.start))
            closings[_closing(items, k + 2, "{}")] = None
        if (ends := closings.get(k)) is not None:
            found.append(ends)
            continue
        found.append(item)
        if k in closings:
            found.append(Item(SIGN, "}", item.end, item.end))
    return found


def _closing(items: list[Item], at: int, pair: str) -> int:
    """Where the bracket that begins here is closed; -1 where it is not."""
    depth = 0
    for k in range(at, len(items)):
        depth += (items[k].text == pair[0]) - (items[k].text == pair[1])
        if not depth:
            return k
    return -1


def _named_twice(text: str) -> set[str]:
    """The names of several letters that a piece of the text defines, yhat = X*w, and that stand elsewhere too."""
    found = _NAMED.findall(text)[:_MOST] if "=" in text else []
    return {name for name in found if len(re.findall(rf"(?<![A-Za-z]){name}(?![A-Za-z])", text)) > 1}


def plain_items(text: str, known: Collection[str]) -> list[Item]:
    """What is written in a plain text, with an END after it. Raises ParseError."""
    return Plain(text, known).items()
