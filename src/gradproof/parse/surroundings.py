"""What stands around a formula in a document: Markdown, dollar signs, prose, escapes. It is blanked out, so that every place stays what it was, and said."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import partial

from gradproof.brackets import end_of
from gradproof.errors import Span
from gradproof.parse.dropped import definitions_kept, related
from gradproof.parse.note import Note, note, refusal
from gradproof.patterns import pattern

_WIDE = {0xFF01 + k: 0x21 + k for k in range(94) if chr(0x21 + k) not in ",;:!?()"}  # full-width signs and letters
_MATHEMATICA = pattern(r"\b(?:Det|Log|Exp|Tr|Inverse|Transpose|Norm|Total|Dot|Determinant|Sqrt|Sin|Cos|Sum)\[")
_FACTS = "symmetric|invertible|positive|nonnegative|constant|diagonal|orthogonal|real|matrix|vector|scalar"  # words of what is known
_SHOWS = pattern(
    rf"[`$\\>#\n【《]|,\s+[A-Za-z]\w*\s+(?:is\s+|are\s+)?(?:an?\s+)?(?:{_FACTS})\b|"
    r"\A\s*\(?[a-hivx]{1,4}\)\s|\s\([a-f]\)\s*\Z|\A\s*(?:eq|ex|q|problem|exercise|question)(?:uation|n)?\.?\s*\d*\b|\A\s*[d∂]\s*[(‖|]|\A\s*(?:d\s+|∂\s*)[a-z]{2,}|\A\s*[*•]|\d[.)]\s|\bw\.?r\.?t|\bwith re[sg]|\bs\.t\.|\bsubject|\bsuch that|\bwhere\b|\bfor all\b|[一-鿿]|\bof\s|\?\s*\Z"
    r"|%\*%|@\(|\A\s*(?:In|Out)\s*\[|\A\s*[A-Za-z][A-Za-z -]{2,}\d*\s*:\s|\A\s*[d∂]\s*\w\s*/\s*[d∂]\s*\w+\s+[a-z]|<su[pb]>|\bin\s+R\b|\bin\s+ℝ"
    r"|\b(?:what|find|compute|calculate|evaluate|determine|derive|let|suppose|assume|given|consider|define|the|my|our|differentiat\w*|minimi[sz]e|maximi[sz]e)\s|[.;,]\s+[A-Z]?[a-z]{3,}\s",
    re.IGNORECASE,
)
_SIGNS = frozenset("`$\\>#\n?@%<:")  # one of these, more than ASCII, or what is below
_FIRST = ("d", "q", "*", "eq", "ex", "problem")  # in small letters
_LAST = tuple(f"({letter})" for letter in "abcdef")
_ALONE = ("where", "subject", "wrt", "w.rt", "wr.t", "w.r.t", "s.t.")
_FENCE = pattern(r"\s*(```+|~~~+)[ \t]*\w*[ \t]*\n(.*?)\n?[ \t]*\1\s*", re.DOTALL)
_CODE = pattern(r"\s*(`+)(?!`)(.*?)(?<!`)\1\s*", re.DOTALL)
_COMMA = pattern(r"(?<=[^\s,;])[,;]\s*\Z")  # that goes on in the sentence around the formula
_BOLD = pattern(r"\s*(\*\*)(?=[^\s*])((?:(?!\*\*).)*)(?<=\S)\1\s*", re.DOTALL)  # **f(x) = …**
_LIST_MARK = pattern(
    r"\s*(?:(?:Q|Ex|Exercise|Problem|Question)\.?\s*\d+\s*[:.)]\s+)|"
    r"\s*(?:>\s*)*(?:(?:[Ee]q(?:uation|n)?|EQ)\.?\s*\(?\d+(?:\.\d+)*[a-z]?\)?\s*[:.]\s+|[*•]\s+|[-+]\s+(?=\$|\\\(|\\\[)|\(?\d{1,2}[.)]\s+|#{1,6}\s+|>\s+)"
)
_LETTER = pattern(r"\s*\(?([a-h]|i{1,3}|iv|v|vi{1,3}|ix|x)\)\s+(?=\S)|\s\(([a-f])\)\s*\Z")  # (a) x^T A x
_FACTOR = pattern(r"\s*(?:\d*[02-9]|\d+1)\.\s+")
_SEVERAL = pattern(r"[=$`\\]")  # shows that the number before is that of a list
_DISPLAYS = "equation|align|gather|multline|eqnarray|displaymath|math|split|alignat|flalign"
_MATH = pattern(
    r"\$\$(.+?)\$\$|\$(.+?)\$|\\\((.+?)\\\)|\\\[(.+?)\\\]"
    rf"|(\\begin\{{(?:{_DISPLAYS})\*?\}}.+?\\end\{{(?:{_DISPLAYS})\*?\}})|(?<!`)`([^`\n]+)`(?!`)",
    re.DOTALL,
)
# words after which a condition stands, and signs of one
_CONDITION_WORD = pattern(
    r"(?:subject\s+to|such\s+that|s\.\s*t\.|under(?:\s+the\s+constraints?)?|constraints?:?|约束(?:条件)?|满足|使得|使)[\s:：为是]*\Z",
    re.IGNORECASE,
)
_CONDITION = pattern(r"\\(?:leq?|geq?|succ(?:eq)?|prec(?:eq)?|sim|in|neq?)(?![A-Za-z])|[<>≤≥∈∼]")
_LIST = pattern(r"^\s*[-*+•]\s", re.MULTILINE)
_DOUBLED = pattern(r"\\\\([A-Za-z]+|[|{}_,;!#&%])")
_OF = pattern(
    r"\s*((?:(?:what\s+is|what['’]?s|find|compute|calculate|evaluate|derive|get)\s+(?:the\s+)?)?)[d∂]\s*/\s*[d∂]\s*[A-Za-z]\w*(\s+of)\s",
    re.IGNORECASE,
)
_TAIL = pattern(
    r"[\s,;]+(?:w\.?r\.?t\.?|with respect to|with regard to|subject to|s\.t\.|such that|where|for all)\s[^$]*\Z"
    rf"|[,;]\s+(?:with\s+|for\s+)?[A-Za-z]\w*\s+(?:is\s+|are\s+)?(?:an?\s+)?(?:{_FACTS})\b[^$=]*\Z"
    r"|[.;,?!]\s+(?:then\s+|please\s+|and\s+)*(?:find|compute|calculate|derive|determine|differentiate|what|what's|show|how)\b[^$]*\Z|\s*\?+\s*\Z",
    re.IGNORECASE,
)
_HAN_WHERE = pattern(r"[\s,;，；。]*(?:其中|这里|式中|满足)[^$]*\Z")
_QUOTIENT = pattern(r"\s*([d∂])\s*(\(.+\))\s*/\s*\1\s*[^\W\d_]\w*\s*", re.DOTALL)  # d(x^T A x)/dx
_OF_FUNCTION = pattern(  # ∂tr(AX)/∂X
    r"\s*([d∂])\s*((?:(?:tr|Tr|trace|det|log|ln|logdet|sum|norm|exp)\b|‖|\|\|).+)/\s*\1\s*[^\W\d_]\w*\s*", re.DOTALL
)
_OVER = pattern(r"[\s,;]+over\s+[A-Za-z]\w*\W*\Z")  # without what is optimised, a over b is a quotient
_ASKED = pattern(r"\b(?:of|differentiate)\s+(.+)\Z", re.IGNORECASE | re.DOTALL)  # in a tail
_VERB = pattern(
    r"\b(?:find|compute|calculate|derive|determine|differentiat\w*|what|show|how|gradient|derivatives?)\b",
    re.IGNORECASE,
)
_NAMED = pattern(
    r"(?:(?:the|this|that|it|above|function|loss|objective)\b\s*)*(?:∇?\s*(?:[A-Za-z]|\\[a-z]+|loss|cost)(?:_\w+)?(?:\(\\?\w+\))?)?[\s.,?!]*"
    r"(?:(?:w\.?r\.?t\.?|with respect to|with regard to|for|at)\s[^=+*/]*)?",
    re.IGNORECASE,
)
_SAID = r"[A-Za-z,.?!'’:\s]*?"  # words before, without any sign of a formula
_HEAD = pattern(
    rf"\s*(?:{_SAID}\b(?:gradient|grad|derivatives?|hessian|jacobian|differential)\s+of\s+(?:the\s+(?:function|loss|objective)\s+)?"
    rf"|{_SAID}\b(?:differentiate|differentiating|minimi[sz]e|maximi[sz]e)\s+"
    r"|(?:let|suppose|assume|given|consider|define)\s+(?:that\s+)?(?:the\s+)?(?:(?:function|loss|objective|cost)\s+)?"
    r"|(?:please\s+)?(?:what(?:['’]?s|\s+is|\s+are)|find|compute|calculate|evaluate|determine|derive)\s+(?:the\s+)?"
    r"|(?:the|my|our)\s+(?:loss|objective|cost|function|error)(?:\s+function)?\s*(?:is|:)\s+)(?=\S)",
    re.IGNORECASE,
)
_HAN_HEAD = pattern(r"\s*(?:[【《][^】》]*[】》]\s*)?[一-鿿【][一-鿿\s，。：；、:]*(?=\S)|\s*[【《][^】》]*[】》]\s*")
_HAN_TAIL = pattern(
    r"[\s，。；、,;]*(?=[一-鿿]|(?<=[，。；、])[A-Za-z][一-鿿])(?:(?![和与及或且])[一-鿿\s，。；、,;:：？?！!]|(?<![A-Za-z])[A-Za-z](?![A-Za-z]))+\Z"
)
_EMPHASIS = pattern(r"(\*\*|__)(?=\S)([^*_]*)(?<=\S)\1")
_PROSE = pattern(r"[\w\s.,:;!?()'\"。，：；、（）【】《》“”？！|&-]*")
_MINUS = pattern(r"(?<!\w)[-+]|[-+](?!\w)")
_BARE = r"(?:\\(?:mathbf|boldsymbol|bm|vec|hat|mathcal|mathrm|text)\s*)?\{?\s*\\?[A-Za-z]+\s*\}?(?:_\{?\w+\}?)?"
_D = r"(?:\\partial|\\mathrm\{?d\}?|d|∂)\s*"
_TRIVIAL = pattern(
    rf"\s*(?:{_BARE}"  # a name
    rf"|\\[dt]?frac\s*\{{\s*{_D}{_BARE}\s*(?:\(\s*{_BARE}\s*\))?\s*\}}\s*\{{\s*{_D}{_BARE}\s*\}}"  # df/dx
    rf"|{_D}{_BARE}\s*/\s*{_D}{_BARE}"
    rf"|\\nabla\s*(?:_\{{?\s*{_BARE}\s*\}}?)?\s*{_BARE}\s*(?:\(\s*{_BARE}\s*\))?"
    r"|\\?\w+\s*(?:\\times|×)\s*\\?\w+)\s*[=?]?\s*"  # m \times 1
)

Cleared = tuple[str, list[Note]]


def cleared(text: str, asked: Collection[str] = (), declared: Collection[str] = ()) -> Cleared:
    """The text with what stands around its formula blanked out, and what is said of it; `asked`: the variables asked for.

    Raises ParseError where it holds several formulas.
    """
    if not text.isascii():
        text = text.translate(_WIDE).replace("∣∣", "||")
    if "[" in text:
        text = _traces(text) if "Tr[" in text else text
        found = _MATHEMATICA.search(text)
        if found is not None:
            raise refusal("mathematica", found.span(), shown=found[0] + "…]", written=_spelled(text))
    if "," in text or ";" in text:
        text = _COMMA.sub(lambda m: " " * len(m[0]), text)
    if not _may_show(text) or _SHOWS.search(text) is None:
        return text, []
    from gradproof.parse.document import clauses, documents, labelled  # only where something stands around a formula

    said: list[Note] = []
    letters = partial(_letters, known={*asked, *declared})
    steps = (
        documents,
        _fences,
        _escapes,
        _marks,
        letters,
        _math,
        clauses,
        partial(labelled, asked=asked),
        _quotient,
        _head,
    )
    for step in (*steps, partial(_tail, asked=asked)):
        text, notes = step(text)
        said += notes
    return text, said


def _may_show(text: str) -> bool:
    """Whether there is what every match of `_SHOWS` needs: most formulas have none of it, and that is seen sooner."""
    if not text.isascii() or not _SIGNS.isdisjoint(text):
        return True
    lower = text.lower()
    if lower.lstrip().startswith(_FIRST) or lower.rstrip().endswith(_LAST) or any(map(lower.__contains__, _ALONE)):
        return True
    pieces = text.split()
    return any(map(_before_blank, pieces if text[-1:].isspace() else pieces[:-1]))


def _before_blank(piece: str) -> bool:
    """Whether what ends before a blank may be a word, a number in brackets or the end of a clause: two letters, a point, 1)."""
    last, before = piece[-1], piece[-2:-1]
    word = (last.isalnum() or last == "_") and (before.isalnum() or before == "_")
    return word or last in ".,;" or (last == ")" and before.isalnum())


def _traces(text: str) -> str:
    """Tr[A X] with round brackets, where nothing else is as Mathematica writes it."""
    others = _MATHEMATICA.sub(lambda m: "" if m[0] == "Tr[" else m[0], text)
    if _MATHEMATICA.search(others) or re.search(r"[A-Za-z\])]\s?\.\s?[A-Za-z(]", text):
        return text
    found = list(text)
    for begin in [m.end() - 1 for m in re.finditer(r"\bTr\[", text)]:
        depth = 0
        for k in range(begin, len(found)):
            depth += (text[k] == "[") - (text[k] == "]")
            if not depth:
                found[begin], found[k] = "(", ")"
                break
    return "".join(found)


def _spelled(text: str) -> str:
    """Mathematica's brackets as ours."""
    text = re.sub(
        r"\b([A-Z][A-Za-z]+)\[", lambda m: {"Total": "sum", "Norm": "norm2"}.get(m[1], m[1].lower()) + "(", text
    )
    return (
        re.sub(r"(?<=[\w\])])\.(?=[A-Za-z(])", "*", text)
        .replace("]", ")")
        .replace("determinant", "det")
        .replace("inverse", "inv")
    )


def _blanked(text: str, start: int, end: int) -> str:
    return text[:start] + " " * (end - start) + text[end:]


def _only(text: str, span: Span) -> str:
    return " " * span[0] + text[span[0] : span[1]] + " " * (len(text) - span[1])


def _fences(text: str) -> Cleared:
    """A code block, or code in a line, that is all of the text."""
    for form in (_FENCE, _CODE, _BOLD):
        found = form.fullmatch(text)
        if found is not None and found[2].strip():
            start, end = found.span(2)
            return "".join(c if c == "\n" or start <= k < end else " " for k, c in enumerate(text)), []
    return text, []


def _escapes(text: str) -> Cleared:
    r"""Backslashes that were doubled, as in a string of a program, and `\_` of Markdown."""
    if "\\" not in text:
        return text, []
    from gradproof.parse.latex_words import COMMANDS  # loaded only where there may be LaTeX

    doubled = [m[1] for m in _DOUBLED.finditer(text)]
    rest = _DOUBLED.sub("", text)
    known = doubled and all(not word.isalpha() or word in COMMANDS for word in doubled)
    if known and "\\" not in rest and (any(word.isalpha() and len(word) > 1 for word in doubled) or "|" in doubled):
        return _DOUBLED.sub(lambda m: " \\" + m[1], text), [note("doubled-backslashes")]
    escaped = re.sub(r"(?<!\\)\\([_*^])", r" \1", text)
    return (escaped, [note("markdown-escapes")]) if escaped != text else (text, [])


def _marks(text: str) -> Cleared:
    """The mark of a quotation, a list, a heading at the beginning."""
    found = _LIST_MARK.match(text)
    if found is None or not found[0].strip() or not text[found.end() :].strip():
        return text, []
    if _FACTOR.fullmatch(found[0]) and not _SEVERAL.search(text, found.end()):  # 2. x can be 2x
        raise refusal("number-apart", (0, found.end()), shown=found[0].strip())
    return _blanked(text, 0, found.end()), [note("around", (0, found.end()), shown=found[0].strip())]


def _letters(text: str, known: Collection[str]) -> Cleared:
    """The (a) of a list before a formula. Raises ParseError where it may be a factor, and after a formula."""
    found = _LETTER.search(text)
    mark = (found[1] or found[2]) if found is not None and (found[2] or not found.start()) else ""
    if found is None or not mark or mark in known or (found[1] and not text[found.end() :].strip()):
        return text, []
    letters = {*mark}
    rest = text[: found.start()] + " " + text[found.end() :]
    if found[2] or not letters.isdisjoint(known) or not letters.isdisjoint(_LONE.findall(rest)):
        raise refusal("number-apart", found.span(), shown=found[0].strip())
    return _blanked(text, *found.span()), [note("around", found.span(), shown=found[0].strip())]


_LONE = pattern(r"(?<![A-Za-z\\])[a-hivx](?![A-Za-z(])")


def _math(text: str) -> Cleared:
    """One formula between dollar signs, with prose around it."""
    spans = [m.span(m.lastindex or 0) for m in _MATH.finditer(text)]
    outside = _LIST.sub(" ", _outside(text))
    if not spans or not outside.strip() or not _PROSE.fullmatch(outside) or _MINUS.search(outside):
        return text, []
    whole = [s for s in spans if not _TRIVIAL.fullmatch(text[s[0] : s[1]]) and "\\in" not in text[s[0] : s[1]]]
    if len(whole) > 1:
        whole = [s for s in whole if not _conditional(text, s)] or whole
    defined = related(text, whole) if len(whole) > 1 else None
    if defined is not None:
        kept = _kept(text, defined)
        shown = " ".join(
            "".join(a if b == " " else " " for a, b in zip(text, kept, strict=True)).replace("$", " ").split()
        )
        return kept, [note("around", (0, len(text)), shown=shown[:60])] if shown else []
    if len(whole) > 1 or (not whole and len(spans) > 1):
        raise refusal("two-formulas", (whole or spans)[1])
    span = (whole or spans)[0]
    shown = " ".join((text[: span[0]] + "…" + text[span[1] :]).replace("$", " ").split())
    return _only(text, span), [note("around", (0, len(text)), shown=shown if len(shown) <= 60 else shown[:59] + "…")]


def _kept(text: str, spans: Sequence[Span]) -> str:
    """The text with these parts of it and commas between them."""
    kept = "".join(_only(text, span)[start:end] for span, start, end in _tiled(spans, len(text)))
    for start, _ in spans[1:]:
        kept = kept[: start - 1] + "," + kept[start:]
    return kept


def _tiled(spans: Sequence[Span], end: int) -> list[tuple[Span, int, int]]:
    """Each part with the piece of the text that it stands in."""
    starts = [0, *(start for start, _ in spans[1:])]
    return [(span, a, b) for span, a, b in zip(spans, starts, [*starts[1:], end], strict=True)]


def _conditional(text: str, span: Span) -> bool:
    """Whether a formula between dollar signs is a condition: by the words before it, `subject to`, or because it only relates, `\\lambda > 0`."""
    said = text[slice(*span)]
    before = text[: span[0]].rstrip("$ \n\\([")
    return _CONDITION_WORD.search(before) is not None or ("=" not in said and _CONDITION.search(said) is not None)


def _outside(text: str) -> str:
    return _EMPHASIS.sub(r" \2 ", _MATH.sub(" ", text))


def _quotient(text: str) -> Cleared:
    """`d(x^T A x)/dx`: what stands in the bracket is what is differentiated."""
    found = _QUOTIENT.fullmatch(text)
    if found is None or end_of(text, found.start(2)) != found.end(2) - 1:
        found = _OF_FUNCTION.fullmatch(text)
    if found is None:
        return text, []
    said = note("derivative-sign", found.span(), shown=f"{found[1]}(…)" + text[found.end(2) :].strip())
    return _only(text, found.span(2)), [said]


def _head(text: str) -> Cleared:
    """`find the gradient of`, or Chinese words, before a formula."""
    found = _HEAD.match(text) or _HAN_HEAD.match(text)
    of = _OF.match(text)
    if of is not None:
        spans = [of.span(k) for k in (1, 2) if of[k]]
        for span in spans:
            text = _blanked(text, *span)
        return text, [note("around", span, shown=of.string[slice(*span)].strip()) for span in spans]
    if found is None or not text[found.end() :].strip():
        return text, []
    said = [note("around", found.span(), shown=" ".join(found[0].split())[:60])]
    over = _OVER.search(text) if found[0].rstrip().lower().endswith(("mize", "mise")) else None
    if over is not None:
        said.append(note("around", over.span(), shown=" ".join(over[0].split())[:60]))
        text = _blanked(text, *over.span())
    return _blanked(text, *found.span()), said


def _tail(text: str, asked: Collection[str]) -> Cleared:
    """`w.r.t. x`, `subject to …`, `where …`, or Chinese words, after a formula in plain text."""
    found = _TAIL.search(text) or _HAN_WHERE.search(text) or _HAN_TAIL.search(text)
    if found is None or not text[: found.start()].strip():
        return text, []
    before = found.start()
    if any(
        text.count(a, 0, before) > text.count(b, 0, before) for a, b in ("()", "{}")
    ):  # kron(x, where - 2), \text{ where }
        return text, []
    wanted = _ASKED.search(found[0]) if _VERB.search(found[0]) else None
    if wanted is not None and not _NAMED.fullmatch(wanted[1]):
        start = found.start() + wanted.start(1)
        if related(text, [(0, found.start()), (start, found.end())]):
            between = note("around", (found.start(), start), shown=" ".join(text[found.start() : start].split()))
            return _kept(text, [(0, found.start()), (start, found.end())]), [between]
        raise refusal("two-formulas", (found.start() + wanted.start(1), found.end()))
    defined = definitions_kept(text, found.span(), asked)
    if defined is not None:
        return defined, []
    return _blanked(text, *found.span()), [note("around", found.span(), shown=" ".join(found[0].split())[:60])]
