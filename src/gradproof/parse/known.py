r"""What an equation says of a vector: `\sum_k y_k = 1` and `sum(y) = 1` that its entries sum to 1, `norm2(x) = 1` and `x^\top x = 1` that its length is 1."""

from __future__ import annotations

from gradproof.patterns import pattern

_NAME = r"(?P<{0}>(?:\\mathbf\s*)?\{{?\\?[^\W\d_]+\}}?(?:_\w|_\{{[^{{}},=]+\}})?)"
_T = r"\s*(?:'|ᵀ|\^\s*\{?(?:\\top|\\intercal|T|⊤|\\mathsf\s*\{?T\}?)\}?)\s*\*?\s*"
_ONE = r"(?:1|𝟏|ones\(\s*\w*\s*\)|\\mathbf\s*\{?1\}?|\\mathbb\s*\{?1\}?|\\mathbf\s*\{\s*1\s*\})(?:_\{?\w+\}?)?"
_OVER = r"(?:\\sum|Σ|∑|sum)\s*(?:\\limits)?\s*_\s*\{?\s*(?P<i>[a-zA-Z])\s*(?:=\s*[01]\s*)?\}?\s*(?:\^\s*(?:\{[^{}]*\}|\w+))?"
_NORM = r"(?:\\\||\\lVert|\\Vert|‖|\|\|)"
_CLOSED = r"(?:\\\||\\rVert|\\Vert|‖|\|\|)"

_FORMS = (
    ("sumone", _OVER + r"\s*(?P<a>\\?[^\W\d_]+)\s*_\s*\{?\s*(?P=i)\s*\}?"),
    ("sumone", r"(?:\\operatorname\{sum\}|sum)\s*\(\s*" + _NAME.format("b") + r"\s*\)"),
    ("sumone", _ONE + _T + _NAME.format("c")),
    ("sumone", _NAME.format("d") + _T + _ONE),
    ("unit", rf"norm2?\s*\(\s*{_NAME.format('e')}\s*\)(?:\s*\^\s*2)?"),
    ("unit", rf"{_NORM}\s*{_NAME.format('f')}\s*{_CLOSED}\s*(?:_\s*\{{?2\}}?)?(?:\s*\^\s*\{{?2\}}?|²)?"),
    ("unit", _NAME.format("g") + _T + r"(?P=g)"),
)
_EQUATIONS = tuple((fact, pattern(rf"\s*(?:{form})\s*=\s*1\s*")) for fact, form in _FORMS)
_TAIL = pattern(
    r"(?:[,;，；]|\\q?quad\b|\\text\s*\{[^{}]*\}|\bwhere\b|\bwith\b|\bs\.t\.|\bsubject to\b|其中)(?:\s|\\q?quad\b|\\[,;:! ]|\\text\s*\{[^{}]*\}|\bwhere\b|\bwith\b|其中|and\b)*"
    r"(?P<said>[^,;，；]+=\s*1)\s*\.?\s*$"
)


def known(said: str) -> tuple[str, str] | None:
    r"""The name of a vector and the fact that an equation says of it, as they are written; None for anything else.

    >>> known(r"\sum_{k=1}^n y_k = 1")
    ('y', 'sumone')
    """
    for fact, equation in _EQUATIONS:
        match = equation.fullmatch(said)
        if match is not None:
            return next(v for k, v in match.groupdict().items() if k != "i" and v), fact
    return None


def last_condition(text: str) -> tuple[int, str, str, str] | None:
    """Where what is known begins that stands after a formula, and what it is: the text, the name, the fact; None where nothing is."""
    match = _TAIL.search(text) if "1" in text[-3:] else None
    found = known(match["said"]) if match is not None else None
    return None if match is None or found is None else (match.start(), match["said"].strip(), *found)


__all__ = ["known", "last_condition"]
