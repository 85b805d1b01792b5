"""Unicode as it is printed and pasted: `2 Aᵀ(A x − b)`, `½ xᵀ Q x`, `λ‖x‖²`. The tokens of the ASCII syntax, with a product where two operands stand side by side.

A name with a bracket right after it is a function; after a blank the bracket is a factor. Greek letters are their names in LaTeX. `I` is the identity, `σ(…)`
the logistic function and `𝟏` a vector of ones, unless they are declared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from gradproof.errors import ParseError
from gradproof.parse.greek import LETTERS, NAMES, SHORT
from gradproof.parse.latex_words import APPLIED, ENGLISH, FUNCTIONS
from gradproof.parse.lexer import Kind, Token, plain, tokens
from gradproof.parse.names import AS_NAMES, FILLED, TAKEN, function_called
from gradproof.parse.note import Note, note, refusal
from gradproof.parse.scope import NamesInForce
from gradproof.say import say

_SHORT = {NAMES[letter]: name for name, letter in SHORT.items()}  # lambda and lam are printed alike
_FRACTIONS = {
    "½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅙": (1, 6), "⅛": (1, 8),
}  # fmt: skip
_LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "0123456789aehijklmnoprstuvx", strict=True))
_RAISED = {"ⁿ": "n", "ᵏ": "k", "ᵖ": "p"}
_SIGNS = frozenset("ᵀ⊤⁻⁰¹²³⁴⁵⁶⁷⁸⁹−·⋅⊙⊘⊗‖√𝟏𝟎𝕀") | {*NAMES, *_FRACTIONS, *_LOWERED, *_RAISED}
_SIZED = re.compile(r"\((?=[^()]*[\d +−-])[\w +−-]+,[\w +−-]+\)")  # the sizes of K(2,m), which are no two letters
_FILLS = {"𝟏": "ones", "𝟎": "zeros", "K": "commutation", "I": "eye"}
_INDEX_SIZES = frozenset("nmpqdkrNMKD")  # sizes of an identity matrix
_SIZES = {"K": 2, "I": 1}  # how many lowered letters make a constant of a letter
_APPLIED = {*APPLIED, "sigma"}
_WITHOUT_BRACKETS = FUNCTIONS.keys() - TAKEN  # names of functions that ASCII has not
_OF_NUMBERS = frozenset("sqrt sin cos tan log ln exp".split())
_LONG = 3  # letters of a name that is a word, and no factor unless it is declared
_BARS, _POSTFIX = ("|", "‖"), ("'", "⁻ᵀ")
_STARTS = ("(", "√", "𝟏", "𝟎", "𝕀")


def is_unicode(text: str) -> bool:
    """Whether a text has signs that no ASCII has."""
    return not text.isascii() and not _SIGNS.isdisjoint(text)


def is_side_by_side(text: str) -> bool:
    """Whether operands stand side by side, with a blank between them, in a text without such signs: `2 c Q x`.

    >>> is_side_by_side("2 c Q x"), is_side_by_side("2*c*(Q + P)*x"), is_side_by_side("exp (x)")
    (True, False, False)
    """
    return any(
        before.end < after.start
        and (before.kind in (Kind.NAME, Kind.NUMBER, Kind.POWER) or before.text in ("'", ")", "]"))
        and (after.kind is Kind.NAME or (after.text == "(" and before.text not in TAKEN))
        for before, after in pairwise(tokens(text))
    )


def read_unicode(text: str, scope: NamesInForce) -> Iterator[tuple[list[Token], tuple[Note, ...]]]:
    """The tokens of a text, and what is said of them."""
    reader = _Marks(text, scope)
    yield reader.read(list(_spelled(text, tokens(text), scope))), tuple(reader.notes)


# -- signs that are several tokens, or part of a name


def _spelled(text: str, items: Sequence[Token], scope: NamesInForce) -> Iterator[Token]:
    """½ as a fraction, xᵢ as the name x_i, xⁿ as a power, Greek letters as names."""
    at = 0
    while at < len(items):
        token = items[at]
        if token.kind is Kind.NAME and len(token.text) > 1 and plain(token.text) in TAKEN:
            at += 1
            yield token._replace(text=plain(token.text))  # λmax is lambdamax
            continue
        if token.kind is Kind.NAME and not NAMES.keys().isdisjoint(text[token.start : token.end]):  # as it was typed
            token = token._replace(text="".join(_LOWERED.get(c, c) for c in text[token.start : token.end]))
        at += 1
        run = at
        while items[run - 1].kind is not Kind.END and _joined(items[run - 1], items[run]):
            run += 1
        below = "".join(_LOWERED.get(c, c) for t in items[at:run] for c in t.text)
        if token.text in _FRACTIONS:
            yield from _bracketed(token, [str(n) for n in _FRACTIONS[token.text]], "/")
        elif token.kind is Kind.JUNK and (token.text in _RAISED or token.text == "⁻"):
            minus = token.text == "⁻"
            letter = items[at] if minus else token
            if letter.text not in _RAISED:
                yield token
                continue
            at += minus
            yield Token(Kind.SIGN, "^", token.start, letter.end)
            yield from [Token(Kind.SIGN, "-", token.start, token.end)] * minus
            yield Token(Kind.NAME, _RAISED[letter.text], letter.start, letter.end)
        elif token.text in _FILLS and below and _is_constant(token, below, scope):
            yield from _constant(token, below, items[run - 1].end)
            at = run
        elif token.kind is Kind.NAME and (below or not token.text.isascii()):
            yield from _names(
                token, f"_{below}" if below and not below.isdecimal() else below, items[run - 1].end, scope
            )
            at = run
        else:
            yield token


def _is_constant(token: Token, below: str, scope: NamesInForce) -> bool:
    """Whether 𝟏ₘₙ, Kₘₙ, Iₙ is a constant of this size, and no variable."""
    if token.kind is Kind.SIGN:
        return True
    declared = {token.text + below, f"{token.text}_{below}"} & {*scope.names}
    return len(below) == _SIZES[token.text] and not declared


def _joined(before: Token, after: Token) -> bool:
    """Whether a lowered letter belongs to what stands before it."""
    lowered = after.kind in (Kind.JUNK, Kind.INDEX) and all(c in _LOWERED or c.isdecimal() for c in after.text)
    return lowered and before.end == after.start and before.text not in _BARS


def _bracketed(token: Token, parts: Sequence[str], sign: str) -> Iterator[Token]:
    start, end = token.start, token.end
    yield Token(Kind.SIGN, "(", start, end)
    for i, part in enumerate(parts):
        yield from [Token(Kind.SIGN, sign, start, end)] * bool(i)
        yield Token(Kind.NUMBER, part, start, end)
    yield Token(Kind.SIGN, ")", start, end)


def _constant(token: Token, letters: str, end: int) -> Iterator[Token]:
    """𝟏ₘₙ, Kₘₙ."""
    start = token.start
    yield Token(Kind.NAME, _FILLS[token.text], start, token.end)
    yield Token(Kind.SIGN, "(", token.end, token.end)
    for i, letter in enumerate(letters):
        yield from [Token(Kind.SIGN, ",", token.end, end)] * bool(i)
        yield Token(Kind.NUMBER if letter.isdecimal() else Kind.NAME, letter, token.end, end)
    yield Token(Kind.SIGN, ")", end, end)


def _names(token: Token, below: str, end: int, scope: NamesInForce) -> Iterator[Token]:
    """A name with Greek letters: λ, dΣ, DDφ; several in one word are factors: λx."""
    whole = token.text + below
    if whole in scope.names or whole in scope.functions:
        yield Token(Kind.NAME, whole, token.start, end)
        return
    pieces = re.findall(rf"[dD]*[{''.join(NAMES)}][0-9]*|[^{''.join(NAMES)}]+", token.text)
    tail = re.match(r"_\w*", pieces[-1])
    if tail and len(pieces) > 1:  # θ_old
        pieces[-2:] = [pieces[-2] + pieces[-1]]
    at = token.start
    for i, piece in enumerate(pieces):
        last = i == len(pieces) - 1
        name = _known("".join(NAMES.get(c) or c for c in piece), below if last else "", scope)
        stop = end if last else at + len(piece)
        yield Token(Kind.NAME, name, at, stop)
        at = stop


def _known(name: str, below: str, scope: NamesInForce) -> str:
    """The spelling that is declared, of those that are printed alike: lam and lambda, x1 and x_1."""
    said = {*scope.names, *scope.functions}
    plain = name + below
    spellings = [plain]
    for long, short in _SHORT.items():
        spellings += [s.replace(long, short) for s in list(spellings)]
    spellings += [f"{name}_{below}"] if below.isdecimal() else []
    return next((s for s in spellings if s in said), plain)


# -- factors side by side


class _Marks:
    def __init__(self, text: str, scope: NamesInForce):
        self.text, self.scope = text, scope
        self.notes: list[Note] = []
        self.open: list[str] = []
        self.divided: list[Token | None] = [None]  # at each depth the sign / whose divisor may go on

    def read(self, items: list[Token]) -> list[Token]:
        """The tokens with a sign for each product."""
        found: list[Token] = []
        wanted = True
        items = _merged(items)
        for k, (token, after) in enumerate(pairwise([*items, items[-1]])):
            token = self._named(token, after, wanted)
            if not wanted and self._begins(token, found):
                self._no_number(items[k : k + 3], found[-1])
                token = self._ones(token, found[-1])
                self._ones_before(found, token, items[k + 1 : k + 3])
                self._once(token, found, items[k + 1 : k + 3])
                self._no_words(found[-1], token)
                self._no_primes(found, token)
                found.append(Token(Kind.SIGN, "*", token.start, token.start))
            found.append(token)
            wanted = self._next(token, wanted, found)
        return found

    def _named(self, token: Token, after: Token, wanted: bool) -> Token:
        """What I and σ( are where they are not declared."""
        if token.kind is not Kind.NAME or token.text in self.scope.names:
            return token
        glued = token.text.rstrip("0123456789") in _OF_NUMBERS and token.text[-1].isdecimal()  # sqrt2 x
        bare = (
            after.text != "(" if token.text in _WITHOUT_BRACKETS or glued else token.text == "det" and after.text == "^"
        )
        if bare:  # lg x, sec^2 x, log10 x, det^2 X
            raise refusal("unicode-word", (token.start, token.end), word=token.text)
        if token.text == "I" and after.text != "(":
            self._say("unicode-identity", token)
            return Token(Kind.SIGN, "𝕀", token.start, token.end)
        if token.text.startswith("I_") and token.text[2:] in _INDEX_SIZES:  # I_n x
            return Token(Kind.SIGN, "𝕀", token.start, token.end)
        if token.text == "K" and _SIZED.match(self.text, token.end) and "K" not in self.scope.functions:
            return Token(Kind.NAME, _FILLS["K"], token.start, token.end)
        if (
            token.text == "sigma"
            and after.text == "("
            and after.start == token.end
            and "sigma" not in self.scope.functions
        ):
            self._say("unicode-logistic", token)
            return Token(Kind.NAME, "sigmoid", token.start, token.end)
        return token

    def _no_number(self, items: Sequence[Token], before: Token) -> None:
        """Refuse x'*A*x (2), which may be the number of the equation."""
        bracket = [t.text for t in items[::2]] == ["(", ")"] and items[1].kind is Kind.NUMBER
        if bracket and before.end < items[0].start:
            span = (items[0].start, items[-1].end)
            raise refusal("number-apart", span, shown=self.text[slice(*span)])

    def _ones(self, token: Token, before: Token) -> Token:
        """The 1 right behind a name or a transpose, X 1: a vector of ones."""
        if token.kind is not Kind.NUMBER or token.text != "1" or before.kind is Kind.NUMBER:
            return token
        span = (token.start, token.end)
        self.notes.append(note("ones-row", span, shown=self.text[before.start : token.end]))
        return Token(Kind.SIGN, "𝟏", *span)

    def _ones_before(self, found: list[Token], token: Token, after: Sequence[Token]) -> None:
        """The 1 of X − 1μᵀ, before what is transposed: a vector of ones."""
        one, raised = found[-1], len(found) > 1 and found[-2].text in ("^", ".^", "/", "./")
        turned = [t.text for t in after[:1]] == ["'"] or [t.text for t in after] == ["^", "T"]
        if one.kind is Kind.NUMBER and one.text == "1" and not raised and turned:
            self.notes.append(note("ones-row", (one.start, one.end), shown=self.text[one.start : token.end]))
            found[-1] = Token(Kind.SIGN, "𝟏", one.start, one.end)

    def _say(self, kind: str, token: Token) -> None:
        if kind not in {n.kind for n in self.notes}:
            self.notes.append(note(kind, (token.start, token.end)))

    def _begins(self, token: Token, found: Sequence[Token]) -> bool:
        """Whether an operand begins, right after another one."""
        if token.kind in (Kind.NAME, Kind.NUMBER):
            return not (token.text.startswith("_") and found[-1].text in _BARS)  # ‖x‖_2
        if token.kind is not Kind.SIGN:
            return False
        if token.text == "(" and found and found[-1].kind is Kind.NAME:
            return not self._calls(found[-1], token)
        if token.text in _BARS:
            return not self.open or self.open[-1] not in _BARS
        return token.text in _STARTS

    def _calls(self, name: Token, bracket: Token) -> bool:
        known = name.text in TAKEN or name.text in FILLED or bool(function_called(name.text, self.scope.functions))
        return (known and name.text not in self.scope.names) or name.end == bracket.start

    def _once(self, token: Token, found: Sequence[Token], following: Sequence[Token]) -> None:
        """Refuse a/b c, where c may belong to the divisor or not."""
        sign = self.divided[-1]
        half = len(found) > 2 and found[-1].kind is found[-3].kind is Kind.NUMBER and found[-2] is sign
        before = found[-4].text if len(found) > 3 else ""
        after = next((t for t in following if t.kind is not Kind.POWER), token)
        fills = before == "(" and after.text == ")"  # (1/2σ²)
        opens = after.text in _BARS and self.open[-1:] != [after.text]
        goes_on = after is not token and (after.kind is Kind.NAME or opens)
        fills = (fills or goes_on) and found[-1].end == token.start  # 1/2λ‖x‖²
        if sign is not None and half and not fills and before not in ("^", ".^", "/"):  # 1/2 x
            self.divided[-1] = None
        elif sign is not None:
            shown = self.text[found[-1].start : token.end]
            raise refusal("unicode-divisor", (sign.start, token.end), shown=shown)

    def _no_primes(self, found: Sequence[Token], after: Token) -> None:
        """Refuse σ'(x), which may be the derivative of a function."""
        if len(found) < 2 or after.text != "(":
            return
        name, prime = found[-2:]
        if self.text[prime.start : prime.end] not in ("'", "′") or prime.end != after.start:
            return
        if name.kind is Kind.NAME and name.text in _APPLIED - {*self.scope.names}:
            raise ParseError(
                say("{name} can be a function here, or a factor", name=name.text),
                span=(name.start, after.end),
                hint=say(
                    r"write {name}^\top \cdot (…) for a product; derivatives of functions are not read", name=name.text
                ),
            )

    def _no_words(self, before: Token, after: Token) -> None:
        """Refuse words beside factors: minimize x."""
        for token in (before, after):
            long = len(token.text) >= _LONG or (len(token.text) > 1 and token.text.lower() in ENGLISH)
            letters = token.kind is Kind.NAME and token.text.isalpha() and long
            known = (
                token.text in {*self.scope.names, *self.scope.functions, *TAKEN, *LETTERS, *SHORT}
                or token.text[1:] in LETTERS
                or bool(function_called(token.text, self.scope.functions))
            )
            free = token.kind is Kind.NAME and token.text in AS_NAMES and token.text not in self.scope.names
            if (free or (letters and not known)) and self.text[token.start : token.end] == token.text:
                raise refusal("unicode-word", (token.start, token.end), word=token.text)
        if after.kind is Kind.NUMBER and (before.kind is Kind.NUMBER or before.text in ("𝟏", "𝟎", "𝕀")):
            raise refusal("unicode-numbers", (before.start, after.end))

    def _next(self, token: Token, wanted: bool, found: Sequence[Token]) -> bool:
        """Whether an operand is wanted after this token."""
        text = token.text
        if token.kind is not Kind.SIGN:
            return False if token.kind in (Kind.NAME, Kind.NUMBER) else wanted
        if text in _BARS and self.open and self.open[-1] == text and not wanted:
            self._close()
            return False
        if text in ("(", "[", *_BARS):
            self.open.append(text)
            self.divided.append(None)
            return True
        if text in (")", "]"):
            self._close()
            return False
        if text in _POSTFIX or text in ("𝟏", "𝟎", "𝕀"):
            return False
        if text in ("/", "\\"):
            self.divided[-1] = token
        elif text not in ("^", ".^", "√") and not wanted:
            self.divided[-1] = None
        return True

    def _close(self) -> None:
        if self.open:
            self.open.pop()
            self.divided.pop()


def _merged(items: Sequence[Token]) -> list[Token]:
    """`log det` as logdet, `log Γ` as lgamma, `⊙²` as an entrywise power, 𝟎(n) as zeros(n)."""
    found: list[Token] = []
    for token in items:
        before = found[-1] if found else None
        if before and before.text == "log" and token.text == "det" and token.kind is Kind.NAME:
            found[-1] = Token(Kind.NAME, "logdet", before.start, token.end)
        elif before and before.text == "log" and token.text == "Gamma" and token.kind is Kind.NAME:
            found[-1] = Token(Kind.NAME, "lgamma", before.start, token.end)
        elif before and before.text == ".*" and token.kind is Kind.POWER:
            found[-1] = Token(Kind.SIGN, ".^", before.start, before.end)
            minus = token.text.startswith("-")
            found += [Token(Kind.SIGN, "-", token.start, token.start + 1)] * minus
            found.append(Token(Kind.NUMBER, token.text.removeprefix("-"), token.start + minus, token.end))
        elif before and before.text == ".*" and token.text == "^":
            found[-1] = Token(Kind.SIGN, ".^", before.start, token.end)
        elif (
            before
            and before.text in _FILLS
            and before.kind is Kind.SIGN
            and token.text == "("
            and before.end == token.start
        ):
            found[-1] = Token(Kind.NAME, _FILLS[before.text], before.start, before.end)
            found.append(token)
        else:
            found.append(token)
    return found
