r"""What stands above and below: `^\top`, `^{-1}`, `_{old}`, `_{ij}`."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from gradproof.errors import ParseError, Span
from gradproof.parse.item import COMMAND, LETTER, NUMBER, SIGN, WORD, Item
from gradproof.parse.latex_words import NAMES, VARIANTS
from gradproof.say import say

TRANSPOSE, INVERSE, ENTRYWISE, POWER, LABEL, CONJUGATE, PSEUDO, ADJOINT = (
    "transpose",
    "inverse",
    "entrywise",
    "power",
    "label",
    "conjugate",
    "pseudo",
    "adjoint",
)

_TURNED = {"T", "ᵀ", "top", "intercal", "'", "transpose", "tran", "Tr", "trans", "mathsf"}
_CONJUGATE = {"×", "⋆", "dagger", "ddagger", "†", "*"}
SIGNS_IN_NAMES = {"+": "plus", "-": "minus", "×": "star", "⋆": "star", "|": "given", "'": "prime"}


def refuse_unclear(script: Sequence[Item], base: str, declared: Collection[str], elsewhere: bool, span: Span) -> None:
    """Refuse ^t where t may be a number, and the upper index ^{ij}. `elsewhere`: whether t is a letter of the formula; `base`: e of e^t, else ""."""
    texts = [i.text for i in script if i.text not in "{}"]
    if texts == ["t"] and "t" not in declared and (elsewhere or base == "e"):
        raise ParseError(
            say("t can be a number, or the sign of a transpose"),
            span=span,
            hint=say(r"write ^\top for the transpose, or declare t: scalar"),
        )
    if (
        texts
        and len(texts) < 3
        and all(t in "ijkl" and t not in declared for t in texts)
        and not set(texts) <= set("kl")
    ):
        raise ParseError(
            say("this can be an upper index, or a power"),
            span=span,
            hint=say("write the index below, or declare {name}: scalar", name=texts[0]),
        )


def factor_or_transpose(name: str, span: Span) -> ParseError:
    """A^+T b: the transpose of a pseudo-inverse, or a factor T after it."""
    hint = say(r"write ^{+\top}, or a space or * before the factor")
    return ParseError(say("{name} can be a factor, or the sign of a transpose", name=name), span=span, hint=hint)


def meanings(script: Sequence[Item], letters: Collection[str], declared: Collection[str] = ()) -> list[str]:
    """What a superscript says, in order; POWER where it is an exponent. `letters`: what is a variable here, such as a declared T."""
    texts = [i.text for i in script if i.text not in "{}"]
    turned = {t for t in (*_TURNED, "t") if t not in letters}
    if not texts:
        return []
    if all(t in turned for t in texts):
        return [TRANSPOSE] * len(texts)
    if texts == ["-", "1"]:
        return [INVERSE]
    if (
        texts[0] == "-"
        and len(texts) > 1
        and (texts[1:] == ["1", texts[-1]] or len(texts) == 2)
        and texts[-1] in turned
    ):
        return [INVERSE, TRANSPOSE]
    if len(texts) > 2 and texts[0] in turned and texts[-2:] == ["-", "1"]:
        return [TRANSPOSE, INVERSE]
    turns = dict.fromkeys(turned, TRANSPOSE)
    if "H" not in declared or "conj(H)" in declared:  # a channel H is no exponent
        turns["H"] = ADJOINT
    if texts == ["H"] and "H" in turns:
        return [ADJOINT]
    if len(texts) == 2 and texts[0] in "+-" and texts[1] in turns:  # A^{+T}, A^{-H}
        return [PSEUDO if texts[0] == "+" else INVERSE, turns[texts[1]]]
    if len(texts) == 2 and texts[1] == "+" and texts[0] in turns:
        return [turns[texts[0]], PSEUDO]
    if len(texts) == 1 and texts[0] in _CONJUGATE - set(letters):
        return [CONJUGATE]
    if texts == ["+"]:
        return [PSEUDO]
    if label(script, declared) is not None:
        return [LABEL]
    return [ENTRYWISE] if texts[0] in "⊙∘" else [POWER]


def label(script: Sequence[Item], known: Collection[str]) -> list[Item] | None:
    """What a superscript in brackets, or in words, adds to a name: the 2 of W^{[2]}, `pred` of y^{\\text{pred}}; None where it is no label,
    as a declared variable is none, in `known`."""
    inner = [i for i in script if i.text not in "{}"]
    if len(inner) > 2 and (inner[0].text, inner[-1].text) in (("(", ")"), ("[", "]")):
        inner = inner[1:-1]
        plain = all(i.kind in (LETTER, NUMBER, WORD) or i.text in "+-" for i in inner)
        return inner if plain and len(inner) < 4 and inner[0].kind != SIGN else None
    word = len(inner) == 1 and inner[0].kind == WORD and inner[0].text not in {*_TURNED, *known}
    return inner if word else None


def subscript_words(script: Sequence[Item]) -> list[str] | None:
    """The parts of a subscript that is part of a name: `{old}`, `1,2`, `k+1`; None where it is no such thing."""
    parts = [""]
    for item in script:
        if item.text in "{}":
            continue
        if item.text in (",", "_"):  # v_{w_I} is v_w_I
            parts.append("")
        elif item.kind in (LETTER, WORD, NUMBER) and item.text.replace("_", "").isalnum():
            parts[-1] += item.text
        elif item.kind == COMMAND and (item.text in NAMES or item.text in VARIANTS):
            parts[-1] += NAMES.get(item.text) or VARIANTS[item.text]
        elif item.text in SIGNS_IN_NAMES and (parts[-1] or (item.text in "×⋆" and len(script) == 1)):
            parts[-1] += SIGNS_IN_NAMES[item.text]
        else:
            return None
    return parts if all(parts) else None


def named(base: str, parts: Sequence[str], declared: Collection[str]) -> str:
    """The name of base_{parts}: as it is declared; else digits follow at once and letters after an underscore.

    >>> named("x", ["12"], ()), named("w", ["old"], ()), named("x", ["1"], ("x_1",))
    ('x12', 'w_old', 'x_1')
    """
    first = base + ("" if parts[0][0].isdecimal() else "_") + "_".join(parts)
    for other in (base + "_" + "_".join(parts), base + "_" + "".join(parts), base + "".join(parts), base + parts[0]):
        if first not in declared and other in declared and (other != base + parts[0] or len(parts) == 1):
            return other
    return first


def places(script: Sequence[Item]) -> list[str] | None:
    """The places in a subscript that has nothing but numbers and colons, between commas; None for anything else."""
    texts = [i.text for i in script if i.text not in "{}"]
    parts = texts[::2]
    plain = all(t == ":" or t.isdecimal() for t in parts) and all(t == "," for t in texts[1::2])
    return parts if plain and len(texts) in (1, 3) and parts != [":", ":"] else None


def _pieces(script: Sequence[Item], bound: Collection[str]) -> list[str]:
    """The indices in a subscript: i, i+1, a number, ":" for one that is left out."""
    found: list[str] = []
    listed = [i for i in script if i.text not in "{}"]
    for k, item in enumerate(listed):
        before = listed[k - 1] if k else None
        after = listed[k + 1] if k + 1 < len(listed) else None
        if item.text == ",":
            continue
        if (
            item.text in ("+", "-")
            and before is not None
            and before.text in bound
            and after is not None
            and after.kind == NUMBER
            or item.kind == NUMBER
            and found
            and found[-1][-1] in "+-"
            and item.text.isdecimal()
        ):
            found[-1] += item.text
        else:
            found.append(":" if item.text in (":", "·", "⊙", "∘", "×") else item.text)
    crowded = any("+" in t or "-" in t for t in found) and len(found) > 1 + sum(i.text == "," for i in listed)
    return ["?"] if crowded and any(t[0] in bound for t in found) else found


def refusal_of_part(span: Span) -> ParseError:
    """The error of an index that runs in part: y_{n-i}, W_{i out}."""
    return ParseError(
        say("this index is a running one only in part"),
        span=span,
        hint=say("write an index that runs, such as x_i or X_{ij}, or a name without one, such as x_1"),
    )


def indices(
    script: Sequence[Item], bound: Collection[str], everywhere: Collection[str], span: Span
) -> list[str] | None:
    """The indices that a subscript lists, ":" for one that is left out (`X_{i\\cdot}`); None where it is part of a name. Raises ParseError for a mixture."""
    parts = [i for i in script if i.text not in "{},"]
    texts = _pieces(script, bound)
    if texts == ["?"]:  # y_{n-i}
        raise refusal_of_part(span)
    within = [t.partition("+")[0].partition("-")[0] in bound for t in texts]
    if any(within) and all(w or t == ":" or t.isdecimal() for w, t in zip(within, texts, strict=True)):
        return texts
    if any(within):
        raise refusal_of_part(span)
    if any(i.kind == LETTER and i.text in everywhere for i in parts) and all(i.kind in (LETTER, NUMBER) for i in parts):
        running = next(i.text for i in parts if i.text in everywhere)
        raise ParseError(
            say("{running} runs only inside its sum, and this stands outside", running=running),
            span=span,
            hint=say(
                r"put what belongs to the sum over {running} in brackets: \sum_{running} (… + …)", running=running
            ),
        )
    return None
