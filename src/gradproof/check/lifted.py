r"""Cases and comparisons in a claim: (W*x > 0), 1[Wx > 0], \mathbb{1}_{x > 0}, np.where(c, a, b), heaviside(x), \begin{cases} … \end{cases}, `1 if x > 0 else 0`.

Each is taken out of the text, with a letter of its own in its place that fills as many characters; `indicators` says what the letter is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from gradproof.brackets import closing
from gradproof.check.cases import Case, Comparisons, NoCases, whole
from gradproof.patterns import pattern
from gradproof.records import dataclass, field

LETTERS = "ζξυχηκι"  # each is one letter in every notation
SPELLED = dict(zip(LETTERS, ("zeta", "xi", "upsilon", "chi", "eta", "kappa", "iota"), strict=True))
_SIGNS = {
    "<=": "≤", ">=": "≥", "!=": "≠", "⩽": "≤", "⩾": "≥", r"\leqslant": "≤", r"\geqslant": "≥", r"\leq": "≤", r"\geq": "≥",
    r"\le": "≤", r"\ge": "≥", r"\lt": "<", r"\gt": ">", r"\neq": "≠", r"\ne": "≠",
}  # fmt: skip
_SIGN = pattern(
    r"\\(?:leqslant|geqslant|leq|geq|neq|le|ge|lt|gt|ne)(?![A-Za-z])|(?<![-=<>~])(?:[<>!=]=|[<>])(?![<>=])|[≤≥⩽⩾≠]|=(?![=>])"
)
_AND = pattern(r"\s*(?:&&?|\\text\s*\{\s*and\s*\}|\\(?:wedge|land)(?![A-Za-z])|∧|(?<![^\W\d])and(?![^\W\d]))\s*")
_ANGLES = pattern(r"<[^<>]*,[^<>]*>|⟨[^⟨⟩]*⟩|[-=]>|<-")
_HEAD = pattern(
    r"(?:\\(?:mathbb|mathbbm|mathds|mathbf|mathrm|bm|boldsymbol|text|operatorname|mathcal)\s*(?:\{\s*(?:[1I]|ind|Ind)\s*\}|[1I](?![A-Za-z\d]))"
    r"|[𝟙𝟏𝕀]|(?<![\w.\\{])(?:1|I|ind|indicator))\s*(?P<below>_\s*)?(?:\\(?:left|bigl?|Bigl?)|\\[,!])?\s*(?P<open>\\?\{|\[|\()"
)
_CALL = pattern(
    r"(?:\b(?:np|numpy|jnp|torch|tf)\s*\.\s*)?(?P<name>where|heaviside|Heaviside|step)\s*\(|(?<=[*.⊙)\s@}])(?:H|Θ|\\Theta)\s*\((?![\w\s,]*\)\s*=)"
)
_PRIMED = pattern(
    r"(?:\\|(?<![^\W\d_]))(?P<name>[^\W\d_]+)\s*(?:'|′|\^\s*\{?\s*\\prime\s*\}?)\s*(?:\\(?:left|bigl?|Bigl?)\s*)?\("
)
_CASES = pattern(r"\\begin\s*\{\s*(?:d?cases|rcases)\s*\}(.*?)\\end\s*\{\s*(?:d?cases|rcases)\s*\}", re.DOTALL)
_ROW = pattern(r"\\\\(?:\[[^\]]*\])?|\n")
_CAST = pattern(r"\s*\.\s*(?:astype\s*\([^()]*\)|float\s*\(\s*\)|double\s*\(\s*\)|to\s*\([^()]*\)|type\s*\([^()]*\))")
_WHEN = r"(?:\\text\s*\{\s*)?(?:,\s*)?\b(?:if|for|when|where|whenever)\b\s*\}?"
_ELSE = r"(?:\\text\s*\{\s*)?\b(?:otherwise|else|elsewhere)\b\s*\}?"
_PROSE = pattern(rf"(?P<first>.*?[^\s,])\s*,?\s*{_WHEN}(?P<rest>.*)", re.DOTALL)
_FIRST_OF = pattern(r".*(?:=(?!=)|\bis\b|:)\s*", re.DOTALL)
_CLAUSE = pattern(r"\s*(?:[,;]|\band\b)\s*(?:and\s+)?(?:\band\b)?")
_BRACKETS = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True)
class Lifted:
    """What stood in the text: the text itself, and the cases.

    `step`: without cases, the argument of Heaviside's function and its value at 0, "" where that is not said; or of the derivative of the function `primed`.
    `derivative`: that of a number, as text.
    """

    text: str
    cases: tuple[Case, ...] = ()
    step: tuple[str, str] = ("", "")
    primed: str = ""
    derivative: str = ""


@dataclass
class Lifting:
    """The letters that stand for cases, in the claim and in what was taken out of it."""

    free: list[str]
    numpy: bool
    functions: Mapping[str, str]
    derivatives: Mapping[str, str] = field(default_factory=dict)
    found: dict[str, Lifted] = field(default_factory=dict)

    def text(self, text: str) -> str:
        """The text with a letter for each of its cases and comparisons. Raises NoCases."""
        text = self._environments(text)
        text = self._prose(text)
        text = self._calls(text)
        text = self._primes(text)
        text = self._heads(text)
        return self._brackets(text)

    def letter(self, lifted: Lifted) -> str:
        """A letter for this, as wide as it."""
        if not self.free:
            raise NoCases
        name = self.free.pop(0)
        self.found[name] = lifted
        return name + " " * (len(lifted.text) - 1)

    def restored(self, text: str) -> str:
        """A text in which letters stand, as it was written."""
        for _ in self.found:
            for name, lifted in self.found.items():
                text = re.sub(
                    rf"(?:{name}|(?<!\w){SPELLED[name]}(?!\w)) {{0,{len(lifted.text) - 1}}}",
                    lambda _m, t=lifted.text: t,
                    text,
                )
        return text

    # -- the forms

    def _environments(self, text: str) -> str:
        return _CASES.sub(lambda m: self.letter(Lifted(m[0], self._rows(m[1]))), text)

    def _rows(self, body: str) -> tuple[Case, ...]:
        cases = []
        for row in _ROW.split(body):
            if not row.strip():
                continue
            value, and_, said = row.partition("&")
            if not and_:
                value, and_, said = row.partition(",")
            said = re.sub(rf"^\s*,?\s*(?:{_WHEN})?\s*", "", said)
            rest = re.match(rf"\s*{_ELSE}", said)
            cases.append(Case(self.text(value.strip(" ,")), None if rest else self.condition(said.strip(" ,.;"))))
        return whole(cases)

    def _prose(self, text: str) -> str:
        """The whole of a claim that says `a if x > 0, else b`."""
        found = _PROSE.fullmatch(text)
        if found is None or not _SIGN.search(found["rest"]) or not re.search(rf"{_ELSE}|{_WHEN}", found["rest"]):
            return text
        lead = _FIRST_OF.match(found["first"])
        start = lead.end() if lead else 0
        clauses = [c for c in _CLAUSE.split(text[start:]) if c and c.strip()]
        cases = [case for clause in clauses for case in self._clause(clause)]
        return text[:start] + self.letter(Lifted(text[start:], whole(cases)))

    def _clause(self, clause: str) -> Iterator[Case]:
        """`a if c`, `a if c else b`, `else b`, `b otherwise`. Raises NoCases."""
        value, *said = re.split(_WHEN, clause, maxsplit=1)
        if said:
            condition, *rest = re.split(_ELSE, said[0], maxsplit=1)
            yield Case(self.text(value.strip(" ,")), self.condition(condition.strip(" ,.")))
            value = rest[0] if rest else ""
        elif len(parts := re.split(_ELSE, clause)) == 2:
            value = "".join(parts)
        else:
            raise NoCases
        if value.strip(" ,.:"):
            yield Case(self.text(value.strip(" ,.:")), None)

    def _calls(self, text: str) -> str:
        at = 0
        while (found := _CALL.search(text, at)) is not None:
            end = closing(text, found.end() - 1)
            if end is None:
                return text
            whole, args = text[found.start() : end + 1], split(text[found.end() : end], ",")
            lifted = self._called(found["name"], whole, args)
            at = found.end()
            if lifted is not None:
                text = text[: found.start()] + self.letter(lifted) + text[end + 1 :]
                at = found.start()
        return text

    def _called(self, name: str, whole: str, args: Sequence[str]) -> Lifted | None:
        if name == "where":
            if len(args) != 3:
                return None
            a, b = self.text(args[1].strip()), self.text(args[2].strip())
            return Lifted(whole, (Case(a, self.condition(args[0])), Case(b, None)))
        if not 1 <= len(args) <= 2 or not args[0].strip():
            return None
        return Lifted(whole, step=(self.text(args[0].strip()), args[1].strip() if len(args) > 1 else ""))

    def _primes(self, text: str) -> str:
        """The derivative of an entrywise function that is known by its name: relu'(W*x)."""
        while (found := next((m for m in _PRIMED.finditer(text) if m["name"] in self.functions), None)) is not None:
            end = closing(text, found.end() - 1)
            if end is None:
                return text
            whole, inner = (
                text[found.start() : end + 1],
                re.sub(r"\\(?:right|bigr?|Bigr?)\s*$", "", text[found.end() : end]),
            )
            argument, op = self.text(inner.strip()), self.functions[found["name"]]
            lifted = Lifted(
                whole, step=(argument, ""), primed=op, derivative=self.derivatives.get(op, "").format(x=argument)
            )
            text = text[: found.start()] + self.letter(lifted) + text[end + 1 :]
        return text

    def _heads(self, text: str) -> str:
        at = 0
        while (found := _HEAD.search(text, at)) is not None:
            at = found.end()
            end = closing(text, found.start("open") + len(found["open"]) - 1)
            if end is None:
                continue
            inner = text[found.end("open") : end]
            inner = re.sub(r"\\(?:right|bigr?|Bigr?)?\s*$", "", inner)
            if found["below"]:
                inner = re.sub(r"^\s*\\?[{\[(](.*?)\\?[}\])]\s*$", r"\1", inner)
            if not relations(inner):
                continue
            whole = text[found.start() : end + 1]
            text = text[: found.start()] + self.letter(Lifted(whole, self._indicator(inner))) + text[end + 1 :]
            at = found.start()
        return text

    def _brackets(self, text: str) -> str:
        """(W*x > 0), and a claim that is a comparison."""
        for start in reversed([k for k, ch in enumerate(text) if ch in "(["]):
            end = closing(text, start)
            if end is None:
                continue
            inside = text[start + 1 : end]
            if not any(sign != "=" for _, _, sign in relations(inside)) and not (
                text[start] == "[" and _EQUAL_INDICES.fullmatch(inside)
            ):
                continue
            if len(split(text[start + 1 : end], ",")) > 1:
                continue
            cast = _CAST.match(text, end + 1)
            until = cast.end() if cast else end + 1
            whole = text[start:until]
            keep = text[start] == "("
            inner = text[start + 1 : end]
            name = self.letter(Lifted(inner if keep else whole, self._indicator(inner)))
            shown = f"({name})" + " " * (until - end - 1) if keep else name
            text = text[:start] + shown + text[until:]
        found = relations(text)
        if (
            found
            and all(sign != "=" for _, _, sign in found)
            and len(split(text, ",")) == 1
            and not _PLAIN.search(text)
        ):
            return self.letter(Lifted(text, self._indicator(text)))
        return text

    def _indicator(self, inner: str) -> tuple[Case, ...]:
        return (Case("1", self.condition(inner)), Case("0", None))

    def condition(self, text: str) -> Comparisons:
        """The comparisons of a condition. Raises NoCases."""
        text = text.strip().strip("$").strip()
        if _OTHERWISE_JOINED.search(text):
            raise NoCases
        while text[:1] in _BRACKETS and closing(text, 0) == len(text) - 1:
            text = text[1:-1].strip()
        parts: list[tuple[str, str, str]] = []
        for said in _conjuncts(text):
            while said[:1] == "(" and closing(said, 0) == len(said) - 1:
                said = said[1:-1].strip()
            found = relations(said)
            if not found:
                raise NoCases
            places = [(0, 0), *((a, b) for a, b, _ in found), (len(said), len(said))]
            sides = [self.text(said[a[1] : b[0]].strip()) for a, b in pairwise(places)]
            if not all(sides):
                raise NoCases
            parts += [
                (x, "=" if sign == "==" else sign, y)
                for x, y, (_, _, sign) in zip(sides, sides[1:], found, strict=False)
            ]
        return Comparisons(tuple(parts))


_EQUAL_INDICES = pattern(r"\s*[i-t]\s*=\s*[i-t]\s*")
_INDEX = pattern(r"\s*[i-t]\s*")
_RUNNING = pattern(r"(?:\\sum|∑|Σ)\s*_\s*\{?\s*([a-z])|\bsum\s*\(\s*([a-z])\s*[:,]")
_NUMPY = pattern(r"\b(?:np|numpy|jnp|torch)\s*\.|\.\s*astype\b")
_OTHERWISE_JOINED = pattern(r"\b(?:or|not|xor)\b|\)\s*\|\s*\(|\\(?:lor|vee|neg|lnot)\b|[∨¬~]")
_PLAIN = pattern(r"[^\W\d_]{2,}\s+[^\W\d_]{2,}|\b(?:if|for|when|where|else|otherwise)\b|\n")


def lifting(
    text: str, names: Sequence[str], functions: Mapping[str, str], derivatives: Mapping[str, str]
) -> tuple[str, Lifting]:
    """The text without its cases, and what they are. `names`: those that are taken; `functions`: those whose derivative may be named, and their operation;
    `derivatives`: these as text of {x}, by operation. Raises NoCases."""
    text = _restricted_sums(text)
    taken = {*names, *re.findall(r"[^\W\d_]+", text)}
    letters = [x for x in LETTERS if not {x, SPELLED[x]} & taken and x not in text]
    called = {n: op for n, op in functions.items() if n not in names}
    lifted = Lifting(letters, _NUMPY.search(text) is not None, called, derivatives)
    if not (_SIGN.search(text) or _CALL.search(text) or _PRIMED.search(text)):
        return text, lifted
    return lifted.text(text), lifted


_SUM_WHERE = pattern(
    r"(?P<sum>\\sum|∑|Σ|(?<![A-Za-z\\])sum)\s*_\s*\{\s*(?P<index>[a-z])\s*(?:\\[,;:! ]\s*)*(?:(?:[:|,;]|\\mid\b|\\colon\b|\\text\s*\{[^{}]*\})\s*(?:\\[,;:! ]\s*)*(?P<said>[^{}]*(?:\{[^{}]*\}[^{}]*)*)"
    r"|(?P<other>(?:\\neq?|≠|!=)\s*[^{}]+))\}"
)


def _restricted_sums(text: str) -> str:
    r"""The text with \sum_{i: c} as \sum_{i} 1[c]. Raises NoCases where a later term has the index too, so that its end is not known."""
    at = 0
    while (found := _SUM_WHERE.search(text, at)) is not None:
        at = found.end()
        index, said = found["index"], found["said"] or f"{found['index']} {found['other'] or ''}"
        if not relations(said):
            continue
        rest = re.sub(r"^\s*[-−]", " (-1) ", text[found.end() :])
        end = next((k for k in range(len(rest)) if _unmatched(rest[: k + 1])), len(rest))
        later = re.split(r"[-+−=]", _outside(rest[:end]))[1:]
        if any(re.search(rf"[_\[]\s*\{{?\s*\w*{index}", term) for term in later):
            raise NoCases
        new = f"{found['sum']}_{{{index}}} 1[{said.strip()}] "
        text = text[: found.start()] + new + rest.lstrip()
        at = found.start() + len(new)
    return text


def _unmatched(text: str) -> bool:
    return sum((ch in "([{") - (ch in ")]}") for ch in text) < 0


def _outside(text: str) -> str:
    """The text without what stands in brackets, but for subscripts."""
    text = re.sub(r"_\s*\{([^{}]*)\}", r"_\1", text)
    shown, depth = "", 0
    for ch in text:
        depth += ch in "([{"
        shown += ch if not depth else ""
        depth -= ch in ")]}"
    return shown


def relations(text: str) -> list[tuple[int, int, str]]:
    """The comparisons that stand in no bracket: where each begins and ends, and its sign."""
    hidden = _ANGLES.sub(lambda m: "·" * len(m[0]), text)
    depths, depth = [], 0
    for ch in hidden:
        depth -= ch in ")]}"
        depths.append(depth)
        depth += ch in "([{"
    return [(m.start(), m.end(), _SIGNS.get(m[0], m[0])) for m in _SIGN.finditer(hidden) if not depths[m.start()]]


def split(text: str, sign: str) -> list[str]:
    """The parts between signs that stand in no bracket."""
    parts, depth, start = [], 0, 0
    for k, ch in enumerate(text):
        depth += (ch in "([{") - (ch in ")]}")
        if ch == sign and not depth:
            parts.append(text[start:k])
            start = k + 1
    return [*parts, text[start:]]


def _conjuncts(text: str) -> Iterator[str]:
    start = 0
    for m in _AND.finditer(text):
        if closing("(" + text[start : m.start()] + ")", 0) == m.start() - start + 1:
            yield text[start : m.start()].strip()
            start = m.end()
    yield text[start:].strip()


def spelled_out(lifted: Lifted) -> str:
    """Cases as a formula of numbers, where they depend on indices."""
    if lifted.primed and lifted.derivative:
        return lifted.derivative
    if lifted.primed or not lifted.cases:
        return lifted.text
    told, left = "", ""
    for case in lifted.cases:
        here = " * ".join(_related(*part) for part in case.condition.parts) if case.condition else ""
        factors = " * ".join(f"({x})" for x in (case.value, left, here) if x)
        told += (" + " if told else "") + factors
        left = f"({left}) * (1 - {here})" if left and here else f"1 - {here}" if here else left
    return told


def _related(a: str, sign: str, b: str) -> str:
    if sign in "=≠" and _INDEX.fullmatch(a) and _INDEX.fullmatch(b):
        return rf"\delta_{{{a}{b}}}" if sign == "=" else rf"(1 - \delta_{{{a}{b}}})"
    up, down = f"relu(sign({a} - ({b})))", f"relu(sign(({b}) - ({a})))"
    return {
        ">": up,
        "<": down,
        "≤": f"(1 - {up})",
        "≥": f"(1 - {down})",
        "≠": f"({up} + {down})",
        "=": f"(1 - {up} - {down})",
    }[sign]


def with_indices(text: str, found: Mapping[str, Lifted]) -> str:
    """The text with those cases spelled out that depend on an index of a sum in it."""
    running = {m[1] or m[2] for m in _RUNNING.finditer(text)}
    below = re.compile(rf"[_\[]\s*\{{?\s*\w*[{''.join(running)}]") if running else None
    for _ in found if below else ():
        for name, lifted in found.items():
            if name in text and below and below.search(lifted.text):
                text = re.sub(f"{name} *", lambda _m, x=lifted: f"({spelled_out(x)})", text)
    return text
