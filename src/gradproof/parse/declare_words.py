r"""Declarations as people write them, in the words of `where`: `A in R^{m x n}`, `S symmetric posdef`, `x ∈ ℝⁿ`, `A \in \mathbb{R}^{m \times n}`, `c > 0`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from gradproof.facts import BY_WORD
from gradproof.facts import TABLE as FACTS
from gradproof.parse.names import letter_kind
from gradproof.parse.note import refusal
from gradproof.patterns import pattern

_WORDS = {
    **{word: fact.name for word, fact in BY_WORD.items() if word != fact.name},
    **{f"{kind}s": kind for kind in ("scalar", "vector")}, "matrices": "matrix", "number": "scalar", "numbers": "scalar", "实数": "scalar", "数": "scalar", "阵": "matrix", "vec": "vector", "mat": "matrix", "标量": "scalar", "向量": "vector", "矩阵": "matrix", "方阵": "matrix", "列向量": "vector",
}  # fmt: skip
_SKIPPED = frozenset(
    "is are a an the with and real be of size shape dimension dimensions length order let given 阶 维 的 实 一个 且 是 为 均 都".split()
)
_COMPARED = pattern(r"(?:>=?|≥|\\geq?\b)\s*0")
_DEFINITE = {name for name, fact in FACTS.items() if fact.definite}
_MIRRORED = {fact.turned: name for name, fact in FACTS.items() if fact.turned}
_HAN_WORDS = sorted((w for w in {*_WORDS, *_SKIPPED} if not w.isascii()), key=len, reverse=True)
_KINDS = ("scalar", "vector", "matrix")
_OF_MATRICES = frozenset(name for name, fact in FACTS.items() if fact.on in ("square", "matrix"))
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹ⁿᵐᵏᵖᵈˣ⁺", "0123456789nmkpdx+")
_HAN = "一-鿿"
_NAME = rf"\\?(?:[{_HAN}]\w*|(?![{_HAN}])[^\W\d](?:(?![{_HAN}])\w)*)(?:_?\{{[\w,]*\}})?"
_NAMES = rf"{_NAME}(?:\s*,\s*{_NAME})*"
_SIGN = r"(?::|∈|[为是]|\\in\b|\bin\b|\bis\b|\bare\b|≻|⪰|≥|>=?|\\succ(?:eq)?\b|\\geq?\b|\\colon\b)"
_SAYS = "|".join(sorted(map(re.escape, {*BY_WORD, *_WORDS, *_KINDS}), key=len, reverse=True))
_FACTS = rf"(?:positive[\s-]+(?:semi-?)?definite|(?:lower|upper)[\s-]+triangular|{_SAYS})"
_OTHER = rf"(?!(?:and|or|definite|semi\w*|triangular|{_SAYS})\b)"  # no word of what is said
_TURNED = r"\s*(?:'|ᵀ|\^\s*\{?\s*(?:T|⊤|\\top|\\intercal)\s*\}?)"
_SAME = pattern(
    rf"\s*(?:(?P<a>{_NAME})\s*=\s*-?\s*(?P=a){_TURNED}|(?P<b>{_NAME}){_TURNED}\s*=\s*-?\s*(?P=b))\s*"
)  # A = A'
_NEW = pattern(
    rf"(?:[,，]\s*(?:(?:and|where)\s+)?|\s+and\s+|\s*且\s*)(?={_NAMES}\s*{_SIGN}|(?!(?:{_SAYS})\b){_NAMES}\s+(?:{_SAYS})\b|{_NAME}(?:{_TURNED})?\s*="
    rf"|{_FACTS}\s+{_OTHER}{_NAME}\s*(?:[,，]|\Z))"
)
_HEAD = pattern(
    rf"\s*(?:(?:let|where|with|and)\s+)?({_NAMES})\s*(?:(:|∈|[为是]|\\in\b|\bin\b|\bis\b|\bare\b)|(?=≻|⪰|≥|>|\\succ|\\ge|[{_HAN}])|\s)(.*)",
    re.DOTALL,
)
_AND = pattern(rf"(?:^|[;,，；\n])\s*(?:(?:let|where|with)\s+)?{_NAMES}\s+and\b(?=\s+{_NAME}\b)")  # A and B symmetric
_NO_SIZES = frozenset(
    "or if no to at on as it so do ou si 或".split()
)  # symmetric or diagonal: which of them, nobody says
_BY = pattern(r"(?<=[\w)}])-by-(?=[\w({])")
_ALONE = pattern(rf"\s*(?:(?:let|where|with|and)\s+)?({_NAME})\s*")
_FIRST = pattern(  # vectors x, y; a symmetric matrix A
    rf"\s*(?:(?:let|where|with|and|the|an?|real)\s+)*((?:{_FACTS}\s+)+){_OTHER}({_NAMES})(?:\s+and\s+({_NAME}))?\s*"
)
_NO_NAMES = {*BY_WORD, *_WORDS, *_KINDS}
_SIGNS = {sign: fact.name for fact in FACTS.values() for sign in fact.signs}
_SPACES = {"R": "", **{space: fact.name for fact in FACTS.values() for space in fact.spaces}}


class Declaration(NamedTuple):
    """A declaration: names, what is said of them, and where the whole and what is said stand."""

    names: tuple[str, ...]
    said: str
    start: int
    end: int
    at: int


def parts(where: str) -> Iterator[Declaration]:
    """The declarations of a text: one a line, between semicolons, or after a comma. One without a sign has no names."""
    where = _AND.sub(lambda m: m[0][:-4] + ",   ", where.replace("$", " "))
    where = _BY.sub(" by ", where)  # m-by-n, which is no difference
    for line in re.finditer(r"[^;\n；]+", where):
        names: tuple[str, ...] = ()
        begin = line.start()
        for start, end in _pieces(line[0]):
            piece, start, end = line[0][start:end], line.start() + start, line.start() + end
            if not piece.strip():
                continue
            alone = _ALONE.fullmatch(piece)
            if alone is not None and end < line.end():  # A, B: matrix m n
                names, begin = (*names, alone[1]), begin if names else start
                continue
            first = _FIRST.fullmatch(piece)
            if first is not None and not names:
                own = (*first[2].split(","), *([first[3]] if first[3] else []))
                yield Declaration(tuple(n.strip() for n in own), first[1], start, end, start + first.start(1))
                continue
            same = _SAME.fullmatch(piece)
            if same is not None:
                fact = _MIRRORED[-1 if "-" in piece else 1]
                yield Declaration((*names, same["a"] or same["b"]), fact, begin if names else start, end, start)
                names = ()
                continue
            head = _HEAD.fullmatch(piece)
            colon = piece.find(":")
            if head is None and colon >= 0:
                yield Declaration(
                    (*names, piece[:colon].strip()),
                    piece[colon + 1 :],
                    begin if names else start,
                    end,
                    start + colon + 1,
                )
                names = ()
                continue
            if head is None:
                yield Declaration((), piece, begin if names else start, end, start)
                continue
            own = tuple(n.strip() for n in head[1].split(","))
            if not head[2] and own[0].lower() in _NO_NAMES:  # of what is said first, and was not understood
                yield Declaration((), piece, begin if names else start, end, start)
                continue
            yield Declaration((*names, *own), head[3], begin if names else start, end, start + head.start(3))
            names = ()


def _pieces(line: str) -> list[tuple[int, int]]:
    """Where the declarations between commas stand; the arguments of a function are not among them."""
    cuts = [0]
    for match in _NEW.finditer(line):
        if (
            not re.search(r"\bfunction\b[^;]*\Z", line[cuts[-1] : match.start()])
            or "->" in line[cuts[-1] : match.start()]
        ):
            cuts.append(match.end())
    starts, ends = cuts, [*(m.start() for m in _NEW.finditer(line) if m.end() in cuts), len(line)]
    return list(zip(starts, ends, strict=True))


def in_our_words(said: str, name: str) -> str | None:
    """The same as `matrix m n symmetric`; None where it is not understood.

    >>> in_our_words("R^{m x n}", "A"), in_our_words("symmetric, spd", "S"), in_our_words("> 0", "c")
    ('matrix m n', 'matrix symmetric posdef', 'scalar positive')
    """
    kind, dims, facts = "", [], []
    for word in _words(said):
        word = _WORDS.get(word.lower(), word)
        if word.lower() in _SKIPPED:
            continue
        if word in FACTS:
            facts.append(word)
        elif word in _KINDS and not kind:
            kind = word
        elif word.lower() in _NO_SIZES:
            return None
        elif re.fullmatch(r"\w[\w*+-]*", word) and not re.search(r"(?:^|-)[^\W\d_]{3,}$", word):
            dims.append(word)
        else:
            return None
    if len(dims) > 2:
        return None
    entries = _COMPARED.search(said) is not None and letter_kind(name) == "m"
    if entries and (not kind or kind == "matrix") and not any(f in _DEFINITE for f in facts):
        raise refusal("positive-matrix", name=name)
    if not kind:
        of_matrix = any(f in _OF_MATRICES for f in facts)
        letter = _KINDS["svm".index(letter_kind(name))]
        if not dims and not facts:
            kind = "scalar" if re.search(r"\b[R]\b|ℝ|mathbb", said) else ""
        else:
            kind = _KINDS[len(dims)] if dims else "matrix" if of_matrix else letter
        product = len(dims) == 1 and "*" in dims[0] and letter_kind(name) == "m"  # A: m*n, which is rather m × n
        if not kind or product:
            return None
        if of_matrix and len(dims) == 1:
            kind, dims = "matrix", dims * 2
    if kind == "matrix" and len(dims) == 1:
        dims *= 2
    return " ".join([kind, *dims, *dict.fromkeys(facts)])


def _words(said: str) -> Iterator[str]:
    """The words of a declaration, with ℝ^{m×n}, m x n, > 0 taken apart."""
    said = re.sub(r"\\(?:mathbb|mathbf|mathrm|mathcal)\s*\{?\s*([A-Z])\s*\}?", r"\1", said.strip().rstrip("."))
    said = said.replace(r"\times", "×").replace("$", " ").replace("ℝ", "R").replace("𝕊", "S").replace("−", "-")
    said = re.sub(r"\b(\w+)[\s-]dimensional\b", r"\1", said)
    said = re.sub(r"\bcolumn\s+vector\b", "vector", said)
    said = re.sub(rf"[{_HAN}]+", lambda m: " " + _apart(m[0]) + " ", said)
    said = re.sub(r"\b(\d+)x(\d+)\b", r"\1 × \2", said)
    said = re.sub(r"[⁰¹²³⁴⁵⁶⁷⁸⁹ⁿᵐᵏᵖᵈˣ]+", lambda m: "^{" + m[0].translate(_RAISED).replace("x", "×") + "}", said)
    said = re.sub(
        r"\bpositive[\s-]+(semi-?)?definite\b",
        lambda m: f"positive-{'semi' if m[1] else ''}definite",
        said,
        flags=re.IGNORECASE,
    )
    said = re.sub(r"\b(lower|upper)[\s-]+triangular\b", r"\1", said, flags=re.IGNORECASE)
    said = re.sub(r"\b(skew|non)[\s-]+(symmetric|negative|singular)\b", r"\1-\2", said, flags=re.IGNORECASE).replace(
        "non-singular", "nonsingular"
    )
    for match in re.finditer(
        r"(?P<space>\b[RSO])(?P<ends>(?:[\^_]\{[^}]*\}|[\^_][^\W_]+|[\^_]\++)*)(?![\w])|(?P<sign>≻|⪰|>=|≥|>|\\succ(?:eq)?\b|\\geq?\b)\s*0|(?P<word>[^\s,，×()\[\]{}]+)|×",
        said,
    ):
        if match["space"]:
            yield from _space(match["space"], match["ends"])
        elif match["sign"]:
            yield _SIGNS[match["sign"]]
        elif match["word"] and match["word"].lower() not in ("x", "by"):
            yield match["word"]


def _apart(run: str) -> str:
    """Chinese words, with blanks between them, the longest first: 对称正定矩阵 is 对称 正定 矩阵; what is no word stays."""
    found = []
    while run:
        word = next((w for w in _HAN_WORDS if run.startswith(w)), run)
        found.append(word)
        run = run[len(word) :]
    return " ".join(found)


_SCRIPTS = pattern(r"([\^_])(\{[^}]*\}|[^\W_]+|\++)")


def _space(letter: str, ends: str) -> Iterator[str]:
    """The sizes and the facts of R^{m×n}, S^n_{++}."""
    compared = re.search(r"_\{?\s*(>=?|≥|\\geq?\b)\s*0\s*\}?", ends)
    ends = ends if compared is None else ends.replace(compared[0], "")
    signs = "".join(re.findall(r"\+\+?(?=[}^_]|$)", ends)) if compared is None else "++" if compared[1] == ">" else "+"
    above, below = ([m[2].strip("{}") for m in _SCRIPTS.finditer(ends) if m[1] == sign] for sign in "^_")
    below = [s for s in below if s.strip("+ ")]
    if above and below and re.fullmatch(r"\d+|[a-z]", below[-1]):  # R^d_1, of a size d_1
        above[-1] += f"_{below.pop()}"
    sizes = [
        d
        for d in re.split(r"(?:[×,\s]|(?<!_)x)+", " ".join(re.sub(r"\++$", "", s) for s in (*above, *below)))
        if d.strip()
    ]
    fact = _SPACES.get(letter + signs[:2], "?")
    yield from sizes * 2 if letter in "SO" and len(sizes) == 1 else sizes
    if fact:
        yield fact
