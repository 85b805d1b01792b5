"""The notations in which a formula can be written: one record a notation, and which of them a text is in.

Each notation turns a text into tokens of the ASCII syntax that keep their places; the one grammar, the one inference of kinds and sizes read these.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from gradproof.parse.entries import Over
from gradproof.parse.greek import LETTERS, SHORT
from gradproof.parse.lexer import Kind, Token, text_of, tokens
from gradproof.parse.names import TAKEN
from gradproof.parse.note import Note, note, refusal
from gradproof.parse.scope import NamesInForce
from gradproof.parse.summed import sums_entries, sums_powers
from gradproof.parse.tree import SyntaxNode
from gradproof.patterns import pattern
from gradproof.records import dataclass, field, replace

if TYPE_CHECKING:
    from gradproof.parse.latex import Latex


@dataclass(frozen=True, slots=True)
class Lexing:
    """One way to read a text: tokens with an END, notes, the kinds that type suggests (bold letters), and whether x_i may be a row of X.

    `tree`: the syntax tree and its running indices, where a notation has a grammar of its own.
    """

    tokens: list[Token]
    notes: tuple[Note, ...] = ()
    hints: Mapping[str, str] = field(default_factory=dict)
    capitals: bool = False
    tree: tuple[list[SyntaxNode], list[Over]] | None = None
    wrt: str = ""  # the variable of a derivative sign before the formula
    fixed: tuple[str, ...] = ()  # indices that nothing sums: x_i is e_i'x
    apart: frozenset[str] = frozenset()  # names that are no entries of what they begin with
    places: bool = False  # whether a number below a letter can be the place of an entry
    assumed: Mapping[str, frozenset[str]] = field(default_factory=dict)  # facts of matrices that the notation implies


@dataclass(frozen=True, slots=True)
class Notation:
    """`recognise`: whether a text shows that it is in this notation. `read`: the ways to read it, the plain one first; raises a GradproofError."""

    name: str
    recognise: Callable[[str], bool]
    read: Callable[[str, NamesInForce], Iterable[Lexing]]


def _ascii(text: str, scope: NamesInForce) -> Iterable[Lexing]:
    return _unicode(text, scope) if _is_unicode(text) else [_with_pi(tokens(text), scope)]


_MARKED = frozenset(("1", "11", "e", "pi"))  # what may be ones, or a number that has a name


def _with_pi(found: list[Token], scope: NamesInForce, notes: tuple[Note, ...] = ()) -> Lexing:
    """The tokens with 1' as ones, and pi and e as the numbers, where they are not declared, indexed, transposed or applied; e only under powers, not all of them numbers."""
    if _MARKED.isdisjoint(map(text_of, found)):
        return Lexing(found, notes)
    notes = (*notes, *_transposed_ones(found))
    places = [k for k, t in enumerate(found) if t.text == "e" and t.kind is Kind.NAME]
    powers = [found[k + 2].kind is not Kind.NUMBER for k in places if found[k + 1].text == "^" and k + 2 < len(found)]
    if any(powers) and len(powers) < len(places) and "e" not in scope.names:
        raise refusal("number-or-name", (found[places[0]].start, found[places[0]].end), name="e")
    if len(powers) == len(places) and any(powers) and "e" not in scope.names:
        for k in places:
            found[k] = found[k]._replace(kind=Kind.SIGN, text="𝑒")
        notes = (*notes, note("number-e", (found[places[0]].start, found[places[0]].end), ("e: scalar",)))
    places = [k for k, t in enumerate(found) if t.text == "pi" and t.kind is Kind.NAME]
    if not places or "pi" in scope.names or any(found[k + 1].text in ("'", "[", "(") for k in places):
        return Lexing(found, notes)
    for k in places:
        found[k] = found[k]._replace(kind=Kind.SIGN, text="𝜋")
    said = note("number-pi", (found[places[0]].start, found[places[0]].end), ("pi: scalar",))
    return Lexing(found, (*notes, said))


def _transposed_ones(found: list[Token]) -> list[Note]:
    """The 1 of 1'*x becomes a vector of ones, and so do then those behind a product: 1'*X*1. No number is transposed."""
    raised = {k + 1 + (found[k + 1].text == "-") for k, t in enumerate(found[:-1]) if t.text in ("^", ".^")}
    for k in [k for k, t in enumerate(found) if t.text == "11" and k not in raised and _is_turned(found, k + 1)][::-1]:
        start, middle, end = found[k].start, found[k].start + 1, found[k].end
        one = Token(Kind.NUMBER, "1", start, middle)
        found[k : k + 1] = [one, Token(Kind.SIGN, "*", middle, middle), one._replace(start=middle, end=end)]
    raised = {k + 1 + (found[k + 1].text == "-") for k, t in enumerate(found[:-1]) if t.text in ("^", ".^")}
    turned = [k for k, t in enumerate(found) if t.text == "1" and k not in raised and _is_turned(found, k + 1)]
    if not turned:
        return []
    behind = [k for k, t in enumerate(found) if k and t.text == "1" and found[k - 1].text == "*"]
    ends = [k for k in behind if k not in turned and found[k + 1].text in ("", ")", "+", "-", "/")]
    ends += [k - 2 for k in turned if k > 1 and (found[k - 2].text, found[k - 1].text) == ("1", "*")]  # 1*1'
    for k in (*turned, *ends):
        found[k] = found[k]._replace(kind=Kind.SIGN, text="𝟏")
    return [
        note("ones-row", (found[k].start, found[k].end), shown="1'" if k in turned else "*1") for k in (*turned, *ends)
    ]


def _is_turned(found: list[Token], at: int) -> bool:
    """Whether a transpose begins at this place: ' or ^T."""
    return [t.text for t in found[at : at + 1]] == ["'"] or [t.text for t in found[at : at + 2]] == ["^", "T"]


def beside(text: str) -> bool:
    """Whether operands may stand side by side: a name, a number or a closing bracket before a blank, a name, a number or an opening one after it.

    >>> beside("A x"), beside("A - x")
    (True, False)
    """
    return any(
        (p[-1].isalnum() or p[-1] in "_')]") and (q[0].isalnum() or q[0] in "_(") for p, q in pairwise(text.split())
    )


@lru_cache(4)  # it is asked twice of a text
def _is_unicode(text: str) -> bool:
    if text.isascii() and " " not in text:
        return False
    pair = beside(text)
    if text.isascii() and not pair:
        return False
    from gradproof.parse import unicode_text  # loaded only where there may be Unicode

    return unicode_text.is_unicode(text) or (pair and unicode_text.is_side_by_side(text))


def _unicode(text: str, scope: NamesInForce) -> Iterable[Lexing]:
    from gradproof.parse import unicode_text  # loaded only where there may be Unicode

    drafts = (_with_pi(items, scope, notes) for items, notes in unicode_text.read_unicode(text, scope))
    return (replace(draft, places=True) for draft in drafts)


_NO_LATEX = frozenset("\\$")  # a text without these characters is no LaTeX
_NO_PRODUCTS = {*TAKEN, *LETTERS, *SHORT, "in", "is", "if", "as", "at"}  # names of functions and Greek letters, words
_WORDS = {"Xi", "Mu", "Nu", "Pi", "Tr", "TR", "KL"}  # names and functions that look like factors side by side


def _is_latex(text: str) -> bool:
    if _NO_LATEX.isdisjoint(text):
        return False
    from gradproof.parse import latex  # its modules are loaded only where there may be LaTeX

    return latex.is_latex(text)


_WORD_BEFORE = pattern(r"\s*\\text(?:rm|it|bf|sf)?\{\s*([A-Za-z][A-Za-z ]{3,})\}\s*(?:\\[;:, ]|\\q?quad|~)+\s*[-+−]")


def _latex(text: str, scope: NamesInForce) -> Iterable[Lexing]:
    word = _WORD_BEFORE.match(text)
    if word is not None and word[1].strip() not in scope.names:
        raise refusal("word-before", word.span(1), word=word[1].strip())
    from gradproof.parse import latex  # its modules are loaded only where there may be LaTeX

    return _drafts(
        latex.variants(text, scope.functions, set(scope.names), False, scope.mentioned, scope.flat, scope.asked)
    )


def _plain(text: str, scope: NamesInForce) -> Iterable[Lexing]:
    from gradproof.parse import latex  # its modules are loaded only where they are needed

    return _drafts(
        latex.variants(text, scope.functions, set(scope.names), True, scope.mentioned, scope.flat, scope.asked)
    )


def _drafts(ways: Iterable[Latex]) -> Iterable[Lexing]:
    for way in ways:
        said = (*way.said, *_transposed_ones(way.tokens))
        yield Lexing(way.tokens, said, way.hints, True, None, way.wrt, way.fixed, way.apart, True)


def _is_numpy(text: str) -> bool:
    if not any(map(text.__contains__, _NUMPY_SIGNS)) or _NUMPY.search(text) is None:
        return False
    from gradproof.parse import numpy_source  # its modules are loaded only where there may be NumPy source

    return numpy_source.is_numpy(text)


_NUMPY_SIGNS = ("@", ".", "[", "def ", "lambda ", "import ", "return")  # without all of these it does not match:
_NUMPY = pattern(r"@|\.[A-Za-z_]|def |lambda |import |return|\[")  # a text without these is no NumPy source


def _numpy(text: str, scope: NamesInForce) -> Iterable[Lexing]:
    from gradproof.parse import numpy_source  # its modules are loaded only where there may be NumPy source

    source = numpy_source.read_source(text, scope.functions, set(scope.names))
    return [Lexing([], source.notes, tree=(source.nodes, source.indices), assumed=source.assumed)]


def _never(text: str) -> bool:
    return False


NOTATIONS: dict[str, Notation] = {  # in the order in which a text is held against them
    n.name: n
    for n in (
        Notation("latex", _is_latex, _latex),
        Notation("numpy", _is_numpy, _numpy),
        Notation("plain", _never, _plain),
        Notation("unicode", _is_unicode, _unicode),
        Notation("ascii", _never, _ascii),
    )
}
FIRST_ASCII = (NOTATIONS["ascii"], NOTATIONS["plain"])  # of a text that shows nothing else


def notations(
    text: str, asked: str = "auto", declared: Collection[str] = (), mentioned: Collection[str] = ()
) -> Sequence[Notation]:
    """The notation that was asked for, or those that the text may be in, in the order in which they are tried.

    What is not LaTeX is ASCII, where it is a formula in ASCII; plain text goes first where it shows. Raises ParseError for a notation that there is not.
    """
    if asked != "auto":
        if asked not in NOTATIONS:
            raise refusal("notation-unknown", name=asked, known=", ".join(["auto", *sorted(NOTATIONS)]))
        return [NOTATIONS[asked]]
    shown = next((n for n in NOTATIONS.values() if n.recognise(text)), NOTATIONS["ascii"])
    if shown.name not in ("ascii", "unicode"):
        return [shown]
    if "√" in text or "sqrt " in text:
        _refuse_bare_root(text, declared)
    ways = [shown, NOTATIONS["plain"]]
    raised = "^" in text  # which most of these need, and T, t, a sign
    turned = raised and "T" in text and "T" not in declared
    if _sums(text) or (raised and "T" not in declared and _transposed(text)):
        return ways[1:]
    if sums_powers(text) or sums_entries(text, {*declared, *mentioned}):
        return ways[1:]
    if (("||" in text or "‖" in text) and _SCRIPTED_NORM.search(text)) or shows_glued(text, declared, mentioned):
        return ways[1:]
    run = shown_run(text, {*declared, *mentioned})
    if run is not None and looks_like_ascii(text):
        raise refusal("name-or-product", run.span(), name=run[0], product="*".join(run[0]))
    if run is not None:
        return ways[1:]
    if ("^+" in text and _PSEUDO.search(text)) or (turned and _INVERSE_T.search(text)):
        return ways[1:]
    if raised and "/" in text and _ROOT.search(text):
        return ways[1:]
    if raised and "t" in text and "t" not in declared and _SMALL_T.search(text):
        return ways[1:]
    if ("/" in text and "d" not in declared and _DERIVATIVE.match(text)) or ("=" in text and _has_pieces(text)):
        return ways[1:]
    if shown.name == "unicode" and ("\n" in text.strip() or _DOTS.search(text) or _HALF.search(text)):
        return ways[1:]
    return ways[::-1] if shows_products(text, declared) else ways


def _has_pieces(text: str) -> bool:
    """Whether equations stand side by side, with commas between them that are in no bracket: a formula and definitions, which are no ASCII."""
    depth = 0
    for found in _BETWEEN.finditer(text):
        depth += (found[0] in "([{") - (found[0] in ")]}")
        if not depth and found[0] in ",;":
            return True
    return False


_BETWEEN = pattern(r"[()\[\]{},;]")


def _transposed(text: str) -> bool:
    return ("T" in text or "H" in text) and _TRANSPOSED_FACTOR.search(text) is not None


def _sums(text: str) -> bool:
    return ("_" in text or not text.isascii()) and _SUMS.search(text) is not None


_TRANSPOSED_FACTOR = pattern(r"\^\s*[-+]?[TH]\s*[A-Za-z(|‖]")
# x^t A x and x^tAx, of what is no scalar by its letter
_SMALL_T = pattern(r"(?<![A-Za-z0-9_])[h-su-zA-SU-Z]\^\s*t(?:\s+[A-Za-z(|‖]|[A-Z]|[a-z](?![A-Za-z0-9_(]))")
_PSEUDO = pattern(r"(?<![A-Za-z0-9_])[A-Z]\^\+(?=\s|[)*\]]|$)")  # A^+ b
_INVERSE_T = pattern(r"(?<![A-Za-z0-9_])[A-Z](?:\^\s*\{?\(?\s*-\s*T|\^-1\^T)(?!\w)")  # tr(A^-T)
_DERIVATIVE = pattern(r"\s*\(?\s*([d∂])\s*/\s*\1\s*(?!d\b)[^\W\d_]\w*\s*\)?\s*[^\s*./+^)-]")  # d/dx of what follows
_HALF = pattern(r"\^\s*-\s*[13]/\d")  # A^-1/2 x
_ROOT = pattern(r"\^\s*1/\d")  # x^1/2, which is no half of x
_BARE_ROOT = pattern(r"(?:√\s*|(?<![A-Za-z0-9_.])sqrt\s+)[^\W\d_]\w*\s*(?:\^|'|ᵀ|⊤|²|³)")
_ROOT_OF_RUN = pattern(r"√\s*([A-Za-z]{2,})(?![A-Za-z0-9_(])")
_DOTS = pattern(r"[^\W\d)]\s*[·⋅∙]\s*[^\W\d_(]")  # u·v is an inner product of vectors
_SUMS = pattern(
    r"[∑∏]|Σ[ᵢⱼₖₙₜ_]|[ΣΠ](?=\s*[(\[{|‖\w][^ΣΠ]*(?:_[i-nt]\b|[ᵢⱼₖₗₘₙₜ]))|\bsum_|\b(?:prod|max|min)_[({]?[i-nt]\b"
)
_QUOTED = pattern(r",\s*(['\"])\w+\1\s*\)")  # norm(x, 'fro')
_RUN = pattern(r"(?<![A-Za-z0-9_.])(?:[A-Z]{1,3}[a-z]|[A-Z]{2,3})(?![A-Za-z0-9_(.])")
_ASCII_ONLY = pattern(r"[\w)'\]]\s*\.?\*\s*[\w(]")


def _refuse_bare_root(text: str, declared: Collection[str]) -> None:
    """Raises ParseError for √xᵀx, √xy and sqrt x^2, where it is not said how far the root goes."""
    found = _BARE_ROOT.search(text)
    if found is None:
        found = next((m for m in _ROOT_OF_RUN.finditer(text) if m[1] not in {*_NO_PRODUCTS, *declared}), None)
    if found is not None:
        raise refusal("root-reach", found.span(), shown=found[0].strip())


def shows_products(text: str, declared: Collection[str]) -> bool:
    """Whether a text has factors side by side, so that it is no ASCII: x^TAx, or Ax where no product is written with a sign.

    >>> shows_products("x^TAx", ()), shows_products("norm2(Ax - b)", ()), shows_products("norm2(A*x - b)", ())
    (True, True, False)
    """
    if "T" not in declared and "^" in text and _transposed(text):
        return True
    if ("," in text and _QUOTED.search(text)) or _sums(text):
        return True
    runs = [run for run in _RUN.findall(text) if run not in declared and run not in _WORDS]
    return bool(runs) and not looks_like_ascii(text)


def shows_glued(text: str, declared: Collection[str], mentioned: Collection[str]) -> bool:
    """Whether names with numbers below them stand side by side: x_1x_2, w_1x and x1x2, of which a part stands elsewhere too, or is asked for.

    >>> shows_glued("x_1^2 + x_1x_2", (), ()), shows_glued("x_2d + 1", (), ())
    (True, False)
    """
    runs = [m[0] for m in _GLUED.finditer(text) if m[0] not in declared and m[0] not in mentioned]
    if not runs:
        return False
    known = {*_IDENTIFIER.findall(text), *mentioned}
    return any(_NUMBERED_TWICE.fullmatch(run) or not known.isdisjoint(_PART.findall(run)) for run in runs)


def shown_run(text: str, known: Collection[str]) -> re.Match[str] | None:
    """The first run of letters that all stand elsewhere by themselves, or are `known`: the xy of x^2 + xy + y^2, which is a product."""
    runs = [m for m in _RUN_OF_FEW.finditer(text) if m[0] not in known and m[0] not in _NO_PRODUCTS]
    if not runs:
        return None
    alone = {*_ALONE.findall(text), *known}
    return next((m for m in runs if alone.issuperset(m[0]) and len({*m[0]}) > 1), None)


_SCRIPTED_NORM = pattern(r"(?:‖|\|\|)(?:[²³]|\s*\^\s*[0-9])\s*_|(?:‖|\|\|)F(?![A-Za-z0-9_(])")  # ‖X‖²_F, ‖X‖F
_IDENTIFIER = pattern(r"(?<![A-Za-z0-9_.])[A-Za-z]\w*")
_GLUED = pattern(r"(?<![A-Za-z0-9_.])(?:[A-Za-z]_?[0-9]+){1,}[A-Za-z](?:_?[0-9]+)?(?![A-Za-z0-9_(])")
_PART = pattern(r"[A-Za-z](?:_?[0-9]+)?")
_NUMBERED_TWICE = pattern(r"(?:[A-Za-z]_?[0-9]+){2,}")  # q_1q_2
_RUN_OF_FEW = pattern(
    r"(?<![A-Za-z_]\d)(?<![A-Za-z_.\\{\"'])(?!d[A-Za-z](?![A-Za-z]))[A-Za-z]{2,4}(?![A-Za-z0-9_(.\[{\"'])"
)
_ALONE = pattern(r"(?<![A-Za-z0-9_.\\])[A-Za-z](?![A-Za-z0-9_(.\[])")


def shows_other(text: str, asked: Collection[str]) -> bool:
    """Whether a text that does not fit as ASCII can be plain text: what is asked for stands only in runs of letters, xx^T, or beside another point, x - x'."""
    letters = [n for n in asked if len(n) == 1]
    alone = [n for n in letters if re.search(rf"(?<![A-Za-z]){n}(?![A-Za-z])", text)]
    return len(alone) < len(letters) or _OTHER_POINT.search(text) is not None


_OTHER_POINT = pattern(r"(?<![\w'])([a-z])\s*-\s*\1'(?!\w)|(?<![\w'])([a-z])'\s*-\s*\2(?![\w'])")


def looks_like_ascii(text: str) -> bool:
    """Whether a text has products with a sign, as ASCII has."""
    return _ASCII_ONLY.search(text) is not None
