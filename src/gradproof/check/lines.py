"""The lines of a derivation: Markdown, LaTeX rows or plain text become the equalities that they state."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gradproof.ops import TABLE
from gradproof.patterns import pattern
from gradproof.records import dataclass

_ENVIRONMENT = pattern(
    r"\\(?:begin|end)\s*\{[a-z]+\*?\}(?:\{\w*\})?|\\\[|\\\]|\\\(|\\\)|\$\$?"
    r"|\\(?:nonumber|notag|qquad|quad)\b|\\(?:label|tag)\s*\{[^}]*\}"
)
_BULLET = pattern(
    r"\s*(?:>\s*)*(?:[-*•]\s+(?=\S)|\(?\d+[.):]\s+|\(?[ivx]+\)\s+|(?:step|line|schritt|步骤)\s*\d*\s*[.:)]\s*)?",
    re.IGNORECASE,
)
_FENCE = pattern(r"\s*(?:```|~~~|---+\s*$|#{1,6}\s)")
_ARROW = pattern(
    r"\s*(?:=>|⇒|⟹|→|\\(?:implies|Rightarrow|Longrightarrow|iff|Leftrightarrow)\b|\\therefore|∴"
    r"|(?:and\s+)?(?:so|then|hence|thus|therefore)\b|则|那么|于是|从而|故|所以|因此|可?得)[,:，：]?\s*",
    re.IGNORECASE,
)
_REMARK = pattern(
    r"(?:\s{2,}|\s*[,;]\s*|\s)(?:\((?:by|since|as|because|using|with|from|product|chain|sum)\b.*\)"
    r"|(?:by|since|as|because|using|because of)\b.*|\\text\s*\{.*|#.*|//.*|（.*）)\s*$"
)
_FUNCTION = "|".join(sorted({n for op in TABLE.values() for n in (op.name, *op.aliases) if n.isalpha()}))
_LEAD = pattern(
    rf"\s*(?:(?!(?:{_FUNCTION})\b)[A-Za-z]{{2,}}[,:]?\s+)+(?=(?:[d∂]\w*\s*/\s*[d∂]|∇|\\nabla|\\frac|[d∂]?[A-Za-z]\s*=))"
)
_INLINE = pattern(r"\$\$?([^$]+)\$\$?|`([^`]+)`")
_WORDS = pattern(r"[A-Za-z]{2,}")
_LET = pattern(
    r"\s*(?:(?:we\s+)?(?:let|put|set|define|denote|introduce|call|take|with|where|write)(?:\s+us)?\b(?:\s+by)?\s*|(?:其中|令|设|记|其中令)\s*)",
    re.IGNORECASE,
)
_OPTIMUM = pattern(
    r"\b(?:set(?:ting|s)?|equat\w+|put(?:ting)?)\b.*(?:\bzero\b|(?:=|\bto)\s*\$?\s*(?:\\mathbf\s*\{?)?0)|\b(?:stationar\w+|optim\w+|minimi[sz]er\w*|solv\w+|critical point|"
    r"normal equations?|first[- ]order condition)\b|驻点|解得|最优|求解|(?:令|设).*(?:为零|为\s*0|=\s*0|等于零|等于\s*0)",
    re.IGNORECASE,
)
_SAME = pattern(r":=|≡|≜|\\equiv|\\triangleq")
# what stands before an equation at the optimum: "set to zero:", "Setting 2*A'*r = 0 gives"
_SAID = pattern(
    r"(?P<words>[\w\s,'’/-]*?(?:=\s*0)?)\s*[:：]\s*(?!=)|(?P<with>.*?)[\s,]*(?:\b(?:gives?|yields?|implies|means|leads\s+to|results\s+in"
    r"|we\s+(?:get|obtain|have|find|see)|so|thus|hence|then|therefore)\b(?:\s+that\b)?|得到?|即|可得)[:：,，]?\s*",
    re.IGNORECASE,
)
_SPOKEN = pattern(rf"\s*(?:(?!(?:{_FUNCTION})\b)[A-Za-z]{{2,}}(?:[,:]\s*|\s+))+(?=\S)")
_FOLLOWS = pattern(
    r"(?<=[\w)}$])\s*(?:\b(?:iff|if and only if)\b|=>|[⇒⟹⇔⟺]|\\(?:implies|Rightarrow|Longrightarrow|iff|Leftrightarrow)\b)"
    r"|\s*[,，;；。]\s*(?=则|那么|于是|从而|故|所以|因此|可?得|(?:and\s+)?(?:so|then|hence|thus|therefore)\b)"
)
_IS = pattern(r"\b([A-Za-z])\s+is\s+(?:then\s+)?(?:given\s+by\s+|equal\s+to\s+)?(?=[^\sa-zA-Z]|[A-Za-z]\b)")
_SETTING = pattern(
    r"\s*(?:so\s+|by\s+)?(?:set(?:ting|s)?|equating|put(?:ting)?|solv(?:ing|e|es)|令|设)\b\s*", re.IGNORECASE
)


@dataclass(frozen=True)
class SpokenLine:
    """A statement of a derivation: its place in the text, whether it only defines a letter, and whether it speaks of where the derivative is zero."""

    number: int
    text: str
    defines: bool = False
    optimum: bool = False


def read_lines(text: str) -> Iterator[SpokenLine]:
    """The lines that may hold a statement, without what is only typesetting."""
    for number, row in ((n, part) for n, whole in _rows(text) for part in _FOLLOWS.split(whole) if part.strip()):
        if not _FENCE.match(row):
            optimum = _OPTIMUM.search(row) is not None
            if optimum:
                yield SpokenLine(number, "", optimum=True)
            for part in _statements(row) if not optimum else _at_optimum(row):
                line = _line(number, part)
                if line.text:
                    yield line


def _statements(row: str) -> list[str]:
    """The formulas in a line of prose, `$…$` or in backticks; a line that is no prose is one."""
    inline = list(_INLINE.finditer(row))
    outside = _INLINE.sub(" ", row)
    if not inline or not _WORDS.search(_LET.sub("", _BULLET.sub("", outside, count=1))):
        return [row]
    return [found for m in inline if "=" in (found := m[1] or m[2])]


def _at_optimum(row: str) -> list[str]:
    """The formulas in a line that speaks of the optimum: what is set to zero, and what that gives."""
    said = _SAID.match(row)
    if "$" in row or "`" in row:
        return _statements(row)
    first, rest = "", row
    if said is not None and _OPTIMUM.search(said[0]):
        first, rest = said["with"] or "", row[said.end() :]
    elif _LET.match(row):
        return [row]
    rest = _IS.sub(r"\1 = ", rest, count=1) if "=" not in rest else rest
    spoken = _SPOKEN.match(rest)
    return [*([_SETTING.sub("", first, count=1)] if "=" in first else []), rest[spoken.end() if spoken else 0 :]]


def _line(number: int, raw: str) -> SpokenLine:
    """A line without its typesetting: bullets, environments, arrows, remarks."""
    line = _ENVIRONMENT.sub(" ", raw).replace("&", " ")
    for lead in (_BULLET, _ARROW):
        line = lead.sub("", line, count=1) if lead.match(line) else line
    lets = _LET.match(line)
    defines = lets is not None or _SAME.search(line) is not None
    line = _SAME.sub("=", line[lets.end() :] if lets else line)
    line = _LEAD.sub("", line, count=1) if _LEAD.match(line) else line
    line = _REMARK.sub("", line.replace("\n", " ")).strip().strip("`").rstrip(" .,;。，；:").strip()
    return SpokenLine(number, line, defines)


def _rows(text: str) -> Iterator[tuple[int, str]]:
    """Rows with the number of the line in which they begin: LaTeX rows end with a double backslash, others with the line."""
    if "\\\\" not in text:
        yield from enumerate(text.splitlines(), 1)
        return
    at = 0
    for row in re.split(r"\\\\(?:\[[^\]]*\])?", text):
        body = _ENVIRONMENT.sub(lambda m: " " * (m.end() - m.start()), row)
        lead = len(body) - len(body.lstrip())
        yield text.count("\n", 0, at + lead) + 1, row
        at += len(row)
        at += len(re.match(r"\\\\(?:\[[^\]]*\])?", text[at:])[0]) if text[at : at + 2] == "\\\\" else 0  # type: ignore[index]
