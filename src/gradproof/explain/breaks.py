"""Long formulas over several lines: they break before a plus or minus, as far outside of brackets as there is one."""

from __future__ import annotations

from gradproof.patterns import pattern

_OPEN, _CLOSE = "([{⟨", ")]}⟩"
_JOINTS = (" + ", " − ", " - ")
_COMMAND = pattern(r"\\(?:left|right|bigl|bigr|,|;|!)|\\operatorname|\\math\w+|\\text\w*|\\[a-zA-Z]+|[{}_^&]")
PRODUCTS = (" ⊙ ", r" \odot ", "*")


def broken(text: str, width: int, latex: bool = False) -> list[str]:
    """The formula in pieces of about this width, each after the first beginning with its sign."""
    if _size(text, latex) <= width:
        return [text]
    for depth in range(4):
        for joints in (_JOINTS, PRODUCTS):
            pieces = _pieces(text, depth, joints)
            if len(pieces) > 1:
                lines = _filled(pieces, width, latex)
                if len(lines) > 1 and (max(_size(x, latex) for x in lines) <= width or depth == 3):
                    return [_loose(x) for x in lines] if latex and depth else lines
    return [text]


def _size(text: str, latex: bool) -> int:
    """How wide it prints, in characters."""
    return len(_COMMAND.sub(lambda m: "" if m[0] in "{}_^&" or m[0] in _SPACING else "x", text)) if latex else len(text)


_SPACING = {r"\left", r"\right", r"\bigl", r"\bigr", r"\,", r"\;", r"\!", r"\operatorname"}


def _pieces(text: str, depth: int, joints: tuple[str, ...]) -> list[str]:
    """The text cut before every sign within so many brackets at most."""
    found, start, level, braces = [], 0, 0, 0
    for k, c in enumerate(text):
        if c == "{":
            braces += 1
        elif c == "}":
            braces -= 1
        elif c in "([⟨":
            level += 1
        elif c in ")]⟩":
            level -= 1
        elif level <= depth and not braces and k > start and text.startswith(joints, k):
            found.append(text[start:k])
            start = k
    return [*found, text[start:]]


def _filled(pieces: list[str], width: int, latex: bool) -> list[str]:
    lines = [pieces[0]]
    for p in pieces[1:]:
        if _size(lines[-1] + p, latex) <= width:
            lines[-1] += p
        else:
            lines.append(p.strip())
    return lines


def _loose(text: str) -> str:
    """Brackets that may open on one line and close on another."""
    return text.replace(r"\left", r"\bigl").replace(r"\right", r"\bigr")


__all__ = ["broken"]
