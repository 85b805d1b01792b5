"""A claim as people write it: the words around it, definitions before or behind it, and lines become one text and its definitions.

The gradient is 2A^T(Ax - b).          Let r = Ax - b. Then ∇f = 2A^T r        2 S x, S = (A + A^T)/2        H: 2A^TA
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator

from gradproof.brackets import outside
from gradproof.check.claims import definitions
from gradproof.check.left import NAME, VALUE_NAMES, read_left
from gradproof.patterns import pattern
from gradproof.records import dataclass

Named = list[tuple[str, str]]

_LET = pattern(
    r"\s*(?:(?:we\s+)?(?:let|put|set|define|denote|where|with|write)(?:\s+us)?\b(?:\s+by)?\s*|(?:其中|令|设|记)\s*)",
    re.IGNORECASE,
)
_THEN = pattern(
    r"\s*(?:(?:and\s+)?(?:then|so|hence|thus|therefore)\b|则|那么|所以|因此|故|有)[,:，：]?\s*", re.IGNORECASE
)
_LABELLED = r"(?:∂|\\partial\b|\\[dt]?frac\s*\{\s*(?:\\partial|∂))[^=,;]*=(?!=)"  # of a derivative
_ENDS = pattern(
    r"\n(?!\s*=)|[;；。]|:(?=\s)|\.(?=\s+(?:[Tt]hen|So|Hence|Thus|Therefore|Let|With|The)\b)|(?<!\d)\.(?=\s+[^\W\d]|\s+[\\∇∂$])|[,，]\s*(?=则|那么|所以|因此|故|\b(?:then|so|hence|thus)\b)"
    rf"|[,，]\s*(?:and\s+|(?:\.\.\.|…|⋯|\\[lc]?dots)\s*[,，]\s*)?(?={_LABELLED})"
)
_ARROWS = pattern(r"\\(?:implies|Rightarrow|Longrightarrow|iff|Leftrightarrow)\b|⇒|⟹|⇔|=>")
_NAMES = pattern(r"[^\W\d_]\w*")
_NOUNS = pattern(
    r"\s*(?:(?:the|a|an|our|its)\s+)?(?:(?:residuals?|errors?|vector|matrix|scalar|number|weights?|predictions?|predicted|probabilit(?:y|ies)|outputs?"
    r"|activations?|pre-?activations?|hidden|layer|logits?|variable|notation|shorthand|mean|kernel|inverse|norm|diagonal|sum)\s+){1,3}"
    r"(?:be\s+)?(?=\\?[^\W\d_]\w{0,2}\s*(?::=|=))",
    re.IGNORECASE,
)
_NAMED = pattern(r"\s*(\\?\w+(?<=_)\{\s*[i-t]\s*,?\s*[i-t]?\s*\}|\\?\w+)\s*(?::=|=(?!=)|≡|≜)\s*")
_COMMA = pattern(r"[,，]\s*(?:and\b|where\b|with\b|其中)?|\band\b")
_KIND = r"(?:symmetric|positive|diagonal|orthogonal|invertible|square|real)"
_IF = pattern(
    r"\s*[,，(]?\s*(?:\b(?:only\s+)?(?:if|when|whenever|provided|assuming|as long as|since|because)\s|若|如果|当"
    rf"|\b(?:for|with)\s+(?:(?:a|an|any|all|every)\s+)?{_KIND}\b|(?<=\()\s*\w+\s+(?:is\s+)?{_KIND}\s*\)\s*$).*",
    re.DOTALL,
)
_ANGLES = pattern(r"<([^<>]*,[^<>]*)>")
_STYLED = pattern(r"\\(?:wide)?(hat|bar|tilde|mathbf|boldsymbol|bm|vec)\s*(?:\{\s*)?([A-Za-z])(?![A-Za-z])(?:\s*\})?")
_STARRED = pattern(r"\b([^\W\d_])\s*\^\s*\{?\s*(?:\*|\\star\b|\\ast\b)\s*\}?\s*(?==)")
_IS = pattern(r"\s*=(?!=)")
_OF = r"(?:\s+(?:of|for)\s+(?:the\s+)?(?:[fFLJℓ]|loss|cost|function|objective)(?:\([\w,\s]*\))?)?"
_BY = r"(?:\s*,?\s*(?:with respect to|wrt|w\.r\.t\.?|in)\s+(?P<by>\w+)\s*,?)?"
_TALK = r"(?:hi|hello|hey|ok|okay|well|so|thus|hence|then|therefore|maybe|i (?:think|believe|guess)(?: that)?|alors|donc|bonjour)"
_LEAD = pattern(
    rf"\s*(?:{_TALK}\s*[,!.]?\s+)*(?:(?:we|i)\s+(?:get|got|have|find|found|obtain)\s*:?\s+"
    r"|(?:it\s+(?:should\s+be|must\s+be|is)|it['’]s|should\s+it\s+be|is(?=\s+(?!it\b|that\b|this\b)))\s*:?\s+"
    r"|(?:(?:le|la|mon|ma)\s+(?:gradient|dérivée|réponse|résultat|jacobienne)\s+est\s*:?|je\s+trouve|j['’]obtiens|on\s+(?:trouve|obtient))\s*:?\s+"
    rf"|(?:(?:the|my|its)\s+)?(?:final\s+|my\s+)?(?P<word>answer|gradient|grad|derivative|jacobian|result|hessian){_OF}{_BY}"
    r"\s*(?:is\s*:?\s+|[:：]\s*)|(?:答案|梯度|导数|结果)\s*(?:是|为|[:：])\s*|(?:is it|is that|isn't it|would it be)\s*:?\s+)",
    re.IGNORECASE,
)


_DISPLAYED = pattern(
    r"\s*(?:\$\$?|\\\[|\\\(|\\begin\s*\{(?:align|aligned|equation|gather|gathered|split|eqnarray|multline|displaymath)\*?\})(?P<body>(?:(?!\$|\\\\).)*?)"
    r"(?:\$\$?|\\\]|\\\)|\\end\s*\{\w+\*?\})\s*[.,]?\s*",
    re.DOTALL,
)
_ASKED = pattern(
    r"\s*[,.;]?\s*(?:(?:is|was)\s+(?:this|that|it)\s+(?:right|correct|ok(?:ay)?|true)|am\s+i\s+(?:right|correct)|right|correct|c'est (?:juste|correct)|对吗|正确吗|是否正确)?\s*[?？]+\s*$"
    r"|\s*,?\s+(?:i (?:guess|think|believe)|maybe|please|thanks|thank you)\s*[.!]*\s*$",
    re.IGNORECASE,
)

_BLANKS = pattern(r"(\s{12})\s+")  # more than these say nothing, and patterns would go through them again and again

_RAISED_T = pattern(r"(?<=[\w)\]])(?:ᵀ|⊤)")
_BELOW = pattern(r"∇\s*([ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ])\s*")
_DIRECTION = pattern(r"\s*D\s*[fFL]\s*(?:\(\s*\w+\s*\))?\s*\[\s*(?P<h>[^\W\d_])\s*\]\s*=(?!=)")


@dataclass(frozen=True)
class Spelled:
    """`body`: the claim without words; `named`: what it gives names to, in order; `lines`: whether it is a derivation of several lines;

    `condition`: the words behind the body that say when it holds.
    """

    body: str
    named: tuple[tuple[str, str], ...] = ()
    lines: bool = False
    condition: str = ""


def spelled(text: str, known: Collection[str], by: str) -> Spelled:
    """The parts of a claim. `known`: names that no claim can define; `by`: the variable of the question."""
    text = _BLANKS.sub(r"\1", text)
    if (displayed := _DISPLAYED.fullmatch(text)) is not None:
        text = displayed["body"].replace("&", " ")
    text = _along(plain_signs(text), known, by)
    text = _plain_names(_ANGLES.sub(r"⟨\1⟩", _ASKED.sub("", text)))
    if (condition := _IF.search(text)) and condition.start():
        return Spelled(text[: condition.start()], condition=text[condition.start() :].strip(" ,，"))
    if _ARROWS.search(text):
        return Spelled(_ARROWS.sub("\n", text), lines=True)
    parts = [part for part in _statements(text) if part.strip(" .,，;$…⋯")]
    named: Named = []
    bodies: list[str] = []
    for k, part in enumerate(parts):
        let = _LET.match(part)
        rest = part[let.end() :] if let else part
        nouns = _NOUNS.match(rest) if let else None
        found, rest = _assigned(rest[nouns.end() :] if nouns else rest, known)
        before = rest and "=" not in rest and not _labels(found)
        behind = bodies and not rest and all(name in _NAMES.findall(bodies[-1]) for name, _ in found)
        if found and (let or before or behind or (k < len(parts) - 1 and not rest and not _labels(found))):
            named += found
            part = rest
        if part:
            bodies.append(part)
    if not parts:
        return Spelled(text)
    if not bodies:
        bodies = [" = ".join(named.pop())]
    if len(bodies) > 1:
        return Spelled("\n".join(parts), lines=True)
    body, behind = trailing(bodies[0], known)
    body = without_lead(_THEN.sub("", body, count=1) if _THEN.match(body) else body, by)
    named += behind
    if len(parts) > 1 or named:
        body = body.replace("$", " ")
    return Spelled(body, tuple(named))


def plain_signs(text: str) -> str:
    """The text with ᵀ as a prime, a variable below ∇ on the line, and pictures as blanks."""
    if "\\" not in text and "@" not in text:
        text = _RAISED_T.sub("'", text)
    text = _BELOW.sub(lambda m: f"∇_{unicodedata.normalize('NFKC', m[1])} ", text)
    return "".join(" " if unicodedata.category(ch) == "So" or ch == "\ufe0f" else ch for ch in text)


def _along(text: str, known: Collection[str], by: str) -> str:
    """The text with Df(x)[h] = … as a differential, where h is no quantity: the differential of the variable."""
    found = _DIRECTION.match(text)
    if found is None or found["h"] in known:
        return text
    h = pattern(rf"(?<![A-Za-z0-9_]){found['h']}(?![A-Za-z0-9_])")
    return f"df = {h.sub(f' d{by} ', text[found.end() :])}"


def without_lead(text: str, by: str) -> str:
    """The text without the words that say what it is; those that say something else stay."""
    lead = _LEAD.match(text)
    if lead is None or (lead["by"] and lead["by"] != by):
        return text
    rest = text[lead.end() :]
    return f"Hessian = {rest}" if (lead["word"] or "").lower() == "hessian" else rest


def _plain_names(text: str) -> str:
    """The text with those accented and bold letters that are defined in it, \\hat{y} = …, as plain names."""
    text = _STARRED.sub(r"\1_star ", text)
    defined = {_plain_name(m) for m in _STYLED.finditer(text) if _IS.match(text, m.end())}
    return _STYLED.sub(lambda m: f" {_plain_name(m)} " if _plain_name(m) in defined else m[0], text)


def _plain_name(m: re.Match[str]) -> str:
    return f"{m[2]}_{m[1]}" if m[1] in ("hat", "bar", "tilde") else m[2]


def _statements(text: str) -> Iterator[str]:
    """The parts between ends of sentences and lines that stand in no bracket."""
    start = 0
    for end in outside(text, _ENDS.finditer(text)):
        if end[0] != ":" or _LET.match(text, start):
            yield text[start : end.start()]
            start = end.end()
    yield text[start:]


def _commas(text: str) -> list[str]:
    """The parts between commas, and the word `and`, that stand in no bracket."""
    parts, start = [], 0
    for m in outside(text, _COMMA.finditer(text)):
        parts.append(text[start : m.start()])
        start = m.end()
    return [*parts, text[start:]]


def _assigned(text: str, known: Collection[str]) -> tuple[Named, str]:
    """The definitions with which a statement begins, and what follows them."""
    parts = _commas(text.replace("$", " "))
    found = [_definition(part, known) for part in parts]
    count = next((k for k, f in enumerate(found) if f is None), len(found))
    return [f for f in found[:count] if f], "".join(parts[count:]).strip(" .")


def _definition(text: str, known: Collection[str]) -> tuple[str, str] | None:
    head = _NAMED.match(text)
    if head is None or re.search(r"=(?!=)", text[head.end() :]):
        return None
    name = head[1].lstrip("\\")
    value = text[head.end() :].strip(" .,;。，；")
    if name in known or not value or read_left(name, known).kind != NAME or not name[0].isalpha():
        return None
    return name, value


def _labels(found: Named) -> bool:
    """Whether these names are those of the formula itself, or of its second derivative."""
    return any(name in VALUE_NAMES or name == "H" for name, _ in found)


def trailing(text: str, known: Collection[str]) -> tuple[str, Named]:
    """A claim and the definitions behind its commas: 2 S x, S = (A + A^T)/2."""
    first, *rest = _commas(text)
    if not rest or definitions(text)[1]:
        return text, []
    found = [_definition(part.replace("$", " "), known) for part in rest]
    return (first, [f for f in found if f]) if all(found) else (text, [])
