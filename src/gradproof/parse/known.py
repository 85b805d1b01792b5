r"""What an equation says of a vector: `\sum_k y_k = 1` and `sum(y) = 1` that its entries sum to 1, `norm2(x) = 1` and `x^\top x = 1` that its length is 1."""

from __future__ import annotations

from gradproof.ops import BY_SPELLING
from gradproof.parse.greek import LETTERS
from gradproof.patterns import pattern

_ANY = r"(?P<{0}>(?:\\mathbf\s*)?\{{?\\?[^\W\d_]+\}}?(?:_\w|_\{{[^{{}},=]+\}})?)"
# one small letter, since Aw is a product, and what is 1 of a matrix depends on who writes
_NAME = r"(?P<{0}>(?:\\mathbf\s*)?\{{?(?:\\[a-z]+|[^\W\d_A-Z])\}}?(?:_\w|_\{{[^{{}},=]+\}})?)"
_T = r"\s*(?:'|ᵀ|\^\s*\{?(?:\\top|\\intercal|T|⊤|\\mathsf\s*\{?T\}?)\}?)\s*\*?\s*"
_ONE = r"(?:1|𝟏|ones\(\s*\w*\s*\)|\\mathbf\s*\{?1\}?|\\mathbb\s*\{?1\}?|\\mathbf\s*\{\s*1\s*\})(?:_\{?\w+\}?)?"
_I, _LETTER = r"(?P<i>[a-zA-Z])", r"\s*(?:[a-zA-Z]|\{\s*[a-zA-Z]\s*\})"
_OVER = (  # over all entries: to a letter from 1, to one less than it from 0
    rf"(?:\\sum|Σ|∑|sum)\s*(?:\\limits)?\s*_\s*(?:{_I}|\{{\s*{_I.replace('<i>', '<j>')}\s*\}}"
    rf"|\{{\s*{_I.replace('<i>', '<k>')}\s*=\s*(?:1\s*\}}\s*\^{_LETTER}|0\s*\}}\s*\^\s*\{{\s*[a-zA-Z]\s*-\s*1\s*\}}))"
)
_NORM = r"(?:\\\||\\lVert|\\Vert|‖|\|\|)"
_CLOSED = r"(?:\\\||\\rVert|\\Vert|‖|\|\|)"

_FORMS = (
    ("sumone", _OVER + r"\s*(?P<a>\\[a-z]+|[^\W\d_A-Z])\s*_\s*(?:(?P<l>\w)|\{\s*(?P<m>\w)\s*\})"),
    ("sumone", r"(?:\\operatorname\{sum\}|sum)\s*\(\s*" + _ANY.format("b") + r"\s*\)"),
    ("sumone", _ONE + _T + _NAME.format("c")),
    ("sumone", _NAME.format("d") + _T + _ONE),
    ("unit", rf"norm2?\s*\(\s*{_ANY.format('e')}\s*\)(?:\s*\^\s*2)?"),
    ("unit", rf"{_NORM}\s*{_NAME.format('f')}\s*{_CLOSED}\s*(?:_\s*\{{?2\}}?)?(?:\s*\^\s*\{{?2\}}?|²)?"),
    ("unit", _NAME.format("g") + _T + r"(?P=g)"),
)
_EQUATIONS = tuple((fact, pattern(rf"\s*(?:{form})\s*=\s*1\s*")) for fact, form in _FORMS)
_SAYING = r"(?:where|with|and|given|given that|assuming|assume|for|since|here|let|provided|provided that|such that|so that|s\.\s*t\.|st|subject to|其中|满足|且|设|où|avec|et|sachant que|sous)"
_WORDS = rf"(?:\\(?:text|mathrm|textrm|mbox)\s*\{{\s*{_SAYING}?[\s:,]*\}}|\b{_SAYING}(?![^\W_])|其中|满足)"
_SPACE = r"(?:\s|\\q?quad\b|\\[,;:! ])"
_TAIL = pattern(rf"(?:[,;，；]|\\q?quad\b|{_WORDS})(?:{_SPACE}|{_WORDS})*(?P<said>[^,;，；]+=\s*1)\s*\.?\s*$")
# where one of these words stands, the equation may be said of another case, or denied
_DENIED = pattern(
    r"(?<![^\W_])(?:not|never|no|nor|neither|unless|except|without|instead|or|if|when|initially|optimum|rather|but|ne|pas|sauf|ou|sans)(?![^\W_])|不|非|除|或|若|如果"
)

# words that may stand before a formula and say nothing of what stands after it; any other may deny it: 'relaxing', '忽略约束'
_NEUTRAL = frozenset(
    "compute computing consider cross cross-entropy define defined derivative derivatives differentiate entropy find function given gradient having let "
    "likelihood loss maximise maximize minimise minimize objective quotient rayleigh respect suppose this that the with".split()
)
_WORD = pattern(r"(?<![\\A-Za-z])[A-Za-z-]{4,}")
_HAN = pattern(r"[一-鿿]")
_NEUTRAL_HAN = frozenset("求对关于的导数梯度偏设令函损失交叉熵计算已知给定目标优化问题式其中")

_UPPER = pattern(r"(?:\\sum|Σ|∑)\s*(?:\\limits)?\s*_\s*(?:\w|\{[^{}]*\})\s*\^\s*\{?\s*([A-Za-z])")


def known(said: str) -> tuple[str, str] | None:
    r"""The name of a vector and the fact that an equation says of it, as they are written; None for anything else.

    >>> known(r"\sum_{k=1}^n y_k = 1")
    ('y', 'sumone')
    """
    for fact, equation in _EQUATIONS:
        match = equation.fullmatch(said)
        if match is None:
            continue
        found = {k: v for k, v in match.groupdict().items() if v}
        if len({found[k] for k in "ijklm" if k in found}) < 2:  # the index that is summed is that of the entry
            return next(v for k, v in found.items() if k not in "ijklm"), fact
    return None


def last_condition(text: str) -> tuple[int, str, str, str] | None:
    """Where what is known begins that stands after a formula, and what it is: the text, the name, the fact; None where nothing is."""
    match = _TAIL.search(text) if "1" in text[-3:] else None
    plain = match is not None and _DENIED.search(text) is None and _is_neutral(text[: match.start()])
    found = known(match["said"]) if match is not None and plain else None
    if match is None or found is None:
        return None
    here, before = set(_UPPER.findall(match["said"])), set(_UPPER.findall(text[: match.start()]))
    if here and before and not here & before:  # the sum ends elsewhere than that of the formula
        return None
    return match.start(), match["said"].strip(), *found


def _is_neutral(text: str) -> bool:
    """Whether the words of a text say nothing of a condition after it."""
    words = {w.lower() for w in _WORD.findall(text)}
    return words <= _NEUTRAL | BY_SPELLING.keys() | LETTERS.keys() and {*_HAN.findall(text)} <= _NEUTRAL_HAN


__all__ = ["known", "last_condition"]
