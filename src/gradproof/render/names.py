"""How names, numbers and dimensions are spelled: `x1` as x₁ or x_{1}, `Sigma` as Σ, `dX` with an upright d.

Every function here returns a `Word`: the text, and what stands at its ends, so that neighbours know what to put between.
"""

from __future__ import annotations

from collections.abc import Callable
from keyword import iskeyword

from gradproof.notation.function import Function
from gradproof.ops import TABLE
from gradproof.ops.operation import ATOM, NEGATIVE, POWER, PRODUCT, SUM
from gradproof.parse.alike import LATIN_OR_GREEK as _GREEK
from gradproof.parse.alike import split
from gradproof.parse.greek import LETTERS
from gradproof.patterns import pattern
from gradproof.records import dataclass
from gradproof.shapes.dims import Dim

LETTER, WORD, DIGIT, MINUS, OPEN, CLOSE = "a", "w", "0", "-", "(", ")"  # what stands at an end of a text
VALUE, SIGN = "f()", "'"  # what stands at the end of f(x) and |x|; of x', x^2 and the like


@dataclass(frozen=True, slots=True)
class Word:
    """A text without parts, how tightly it binds, its ends, and the infix sign in it."""

    text: str
    level: int = ATOM
    head: str = LETTER
    tail: str = LETTER
    sign: str = ""


_COMMAND = {letter: "\\" + name for name, letter in LETTERS.items()}
_RAISED = str.maketrans("0123456789-−nkp", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻ⁿᵏᵖ")
_LOWERED = dict(zip("0123456789aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))
_NAME = pattern(r"[^\W\d]\w*")
_MADE = pattern(
    r"(d?)(conj|re)\((.+)\)"
)  # of a complex variable its conjugate or its real part, which nobody types as a name
_EXPONENT = pattern(r"(-?)([\d.]+)[eE]([+-]?\d+)\Z")


def superscript(text: str) -> str | None:
    """The text in raised characters, where there is one for each of its characters."""
    raised = text.translate(_RAISED)
    return raised if len(text) <= 4 and all(a != b for a, b in zip(text, raised, strict=True)) else None


def subscript(text: str) -> str | None:
    """The text in lowered characters, where there is one for each of its characters.

    >>> subscript("12"), subscript("q")
    ('₁₂', None)
    """
    return "".join(_LOWERED[c] for c in text) if all(c in _LOWERED for c in text) else None


# -- variables


def plain_name(name: str, kind: str) -> Word:
    return Word(name)


_SUMS = frozenset(f"Sigma_{i}" for i in "ijklmnt")  # Σᵢ xᵢ would be a sum


def _verbatim(name: str) -> bool:
    """Whether a name stays as it is typed: π for pi_ would be the number, I for I_ the identity, log₂ for log_2 the logarithm."""
    bare = name.partition("_")[0].rstrip("0123456789")
    ends = name[-1] == "_" and not iskeyword(name[:-1])  # lambda_ is λ
    return name[0] == "_" or ends or "__" in name or (bare != name and bare in TABLE and len(bare) > 1)


def _is_command(stem: str) -> bool:
    r"""Whether LaTeX has a word for something else: \\mathrm{grad}_{x} would be a gradient by x."""
    from gradproof.parse.latex_words import COMMANDS  # loaded only where there may be LaTeX

    return stem.isascii() and stem in COMMANDS


def unicode_name(name: str, kind: str) -> Word:
    """Greek letters, and a subscript where it has characters: x₁, Σ, dΣ, w_q."""
    if _verbatim(name) or name in _SUMS:
        return Word(name, head=DIGIT if name[0] == "_" else WORD, tail=WORD)  # ‖x‖ _2 would be a norm
    d, stem, parts = split(name)
    end = LETTER if len(stem) == 1 and not d else WORD
    first = (
        ""
        if not parts
        else subscript(parts[0])
        if parts[0].isdecimal() or (len(parts[0]) <= 2 and parts[0] not in _GREEK)
        else None
    )
    text = d + stem + (first if first is not None else f"_{parts[0]}") + "".join(f"_{part}" for part in parts[1:])
    return Word(text, head=end, tail=LETTER if first else end)


def latex_name(name: str, kind: str, bold: bool = False) -> Word:
    """A letter, or a Greek command, or an upright word; with `bold`, vectors and matrices (kinds other than "s") in bold."""
    made = _MADE.fullmatch(name)
    if made is not None:
        d, what, base = made.groups()
        inner = latex_name(base, kind, bold).text
        text = rf"\overline{{{inner}}}" if what == "conj" else rf"\operatorname{{Re}} {inner}"
        return Word((r"\mathrm{d}" if d else "") + text, head=WORD if d or what == "re" else LETTER)
    d, stem, parts = split(name)
    if _verbatim(name) or (parts and len(stem) > 1 and _is_command(stem)):
        d, stem, parts = "", name, ()
    command = _COMMAND.get(stem)
    if len(stem) > 1:
        text = rf"\mathrm{{{_escape(stem)}}}"
    else:
        text = command or _escape(stem)
    if bold and kind != "s":
        text = rf"\boldsymbol{{{command}}}" if command else rf"\mathbf{{{_escape(stem)}}}"
    text = (r"\mathrm{d}" if d else "") + text + (f"_{{{_latex_subscript(parts)}}}" if parts else "")
    end = WORD if d or len(stem) > 1 else LETTER
    return Word(text, head=end, tail=end)


def _latex_subscript(parts: tuple[str, ...]) -> str:
    def part(text: str) -> str:
        if text in _GREEK:
            return _COMMAND[_GREEK[text]]
        return _escape(text) if text.isdecimal() or len(text) <= 2 else rf"\mathrm{{{_escape(text)}}}"

    return ",".join(part(text) for text in parts)


def _escape(text: str) -> str:
    return text.replace("_", r"\_")


# -- declared functions


def plain_function(function: Function, partials: tuple[int, ...]) -> Word:
    return Word(function.spelling(partials))


def unicode_function(function: Function, partials: tuple[int, ...]) -> Word:
    """Df, DDφ, DU_x: the ascii spelling with the letters of Unicode."""
    name = unicode_name(function.name, function.shape.kind).text
    return Word(Function(name, function.formals, function.shape).spelling(partials))


def latex_function(function: Function, partials: tuple[int, ...], bold: bool = False) -> Word:
    r"""\mathrm{D}f, \mathrm{D}^{2}f; the arguments by which a function of several is differentiated stand below: \mathrm{D}_{x}U."""
    word = latex_name(function.name, function.shape.kind, bold)
    by = " ".join(latex_name(function.formals[p], "s").text for p in partials) if len(function.formals) > 1 else ""
    order = len(partials)
    sign = (r"\mathrm{D}" + f"_{{{by}}}" * bool(by) + f"^{{{order}}}" * (order > 1)) if order else ""
    return Word(sign + word.text, head=WORD if order else word.head)


# -- numbers


def plain_number(text: str) -> Word:
    """As it was written, but "2." in brackets, since 2.*x is something else. A fraction binds like a product, a negative number like a minus."""
    if text[-1] == ".":
        return Word(f"({text})", ATOM, OPEN, CLOSE)
    sign = "/" if "/" in text else ""
    minus = text.startswith("-")
    return Word(text, PRODUCT if sign else NEGATIVE if minus else ATOM, MINUS if minus else DIGIT, DIGIT, sign)


def unicode_number(text: str) -> Word:
    word = plain_number(text.rstrip("."))
    return Word(word.text.replace("-", "−"), word.level, word.head, word.tail, word.sign)


def latex_number(text: str) -> Word:
    """A fraction as \\frac, 1e-05 as 10^{-5}."""
    word = plain_number(text.rstrip("."))
    if word.sign:
        above, below = text.lstrip("-").split("/")
        minus = word.head == MINUS
        return Word("-" * minus + rf"\frac{{{above}}}{{{below}}}", NEGATIVE if minus else POWER, word.head, DIGIT)
    scientific = _EXPONENT.match(text)
    if scientific:
        minus, factor, power = scientific.groups()
        ten = f"10^{{{int(power)}}}"
        return Word(minus + (ten if factor == "1" else rf"{factor} \cdot {ten}"), PRODUCT, word.head, DIGIT, "*")
    return word


# -- dimensions


def dimension(d: Dim, name: Callable[[str, str], Word], times: str, minus: str) -> Word:
    """A dimension as a scalar: n, 3, m*n, n + 1."""
    text = _NAME.sub(lambda found: name(found[0], "s").text, d.text).replace("*", times).replace("-", minus)
    level, sign = (
        (SUM, "+")
        if " " in d.text
        else (PRODUCT, "*")
        if "*" in d.text
        else (NEGATIVE if d.text[0] == "-" else ATOM, "")
    )
    return Word(text, level, {"-": MINUS}.get(d.text[0], DIGIT if d.text[0].isdigit() else LETTER), LETTER, sign)
