"""Text of formulas: ascii, which parses back; Unicode for a terminal; LaTeX.

    2*A'*(A*x - b)      2 Aᵀ(A x − b)      2 A^\\top \\left(A x - b\\right)

A formula is a graph, and its text can be exponentially longer than the graph. `ascii`, `unicode` and `latex` write the plain formula, up to where its text
is over 20,000 characters *and* ten times as long as it would be with each part written once; beyond that they name the repeated parts, as `text` does.
"""

from __future__ import annotations

from gradproof.errors import UnsupportedError, counted
from gradproof.notation.expr import Expr
from gradproof.render.layout import HUGE, Fragment, layout
from gradproof.render.parts import Abbreviated, name_parts
from gradproof.render.style import ASCII, LATEX, LATEX_BOLD, UNICODE, Style
from gradproof.say import listed, say

__all__ = ["Abbreviated", "ascii", "latex", "name_parts", "text", "unicode"]

LIMIT = 20_000  # characters
REPEATED = 10  # times the length of the text with each part written once

_STYLES = {"ascii": ASCII, "unicode": UNICODE, "latex": LATEX}


def ascii(expr: Expr) -> str:
    """The formula in the input syntax; parsed with the same declarations, it is the same formula.

    >>> import gradproof as gp
    >>> ascii(gp.parse("2*A' * ((A*x) - b)"))
    "2*A'*(A*x - b)"
    """
    return _text(expr, ASCII)


def unicode(expr: Expr) -> str:
    """The formula for a terminal. The norm is ‖x‖, Euclidean for a vector, Frobenius for a matrix.

    >>> import gradproof as gp
    >>> unicode(gp.parse("2*A' * ((A*x) - b)"))
    '2 Aᵀ(A x − b)'
    """
    return _text(expr, UNICODE)


def latex(expr: Expr, *, bold: bool = False) -> str:
    r"""The formula in LaTeX, for amsmath and amssymb; with `bold`, vectors and matrices in bold type.

    >>> import gradproof as gp
    >>> print(latex(gp.parse("A'*x"), bold=True))
    \mathbf{A}^\top \mathbf{x}
    """
    return _text(expr, LATEX_BOLD if bold else LATEX)


def text(expr: Expr, format: str = "ascii", parts: str = "auto", width: int = 100, bold: bool = False) -> str:
    """The formula in a format ("ascii", "unicode", "latex"), with its repeated parts named after it: `… where t1 = inv(X'*C*X), t2 = …`.

    parts   "auto": where the ascii text is longer than `width`; "always"; "never"
    Raises UnsupportedError for an unknown format, and for "never" where the text would be out of proportion to the formula.
    """
    style = LATEX_BOLD if bold and format == "latex" else _STYLES.get(format)
    if style is None:
        raise UnsupportedError(
            say("format {format} is not known", format=repr(format)),
            hint=say("formats are {known}", known=listed(_STYLES)),
        )
    named = name_parts(expr, parts, counted("width", width))
    first, between = style.where
    body = _plain(named.body, style)
    where = between.join(
        f"{style.word(name, part.type.kind).text} = {_plain(part, style)}" for name, part in named.parts
    )
    return f"{body}{first}{where}" if where else body


def _text(expr: Expr, style: Style) -> str:
    fragments: dict[Expr, Fragment] = {}
    whole = layout(expr, style, fragments, alone=True)
    return (
        text(expr, style.name, "always", bold=style is LATEX_BOLD)
        if _out_of_proportion(whole, fragments)
        else whole.text
    )


def _plain(expr: Expr, style: Style) -> str:
    fragments: dict[Expr, Fragment] = {}
    whole = layout(expr, style, fragments, alone=True)
    if _out_of_proportion(whole, fragments):
        length = f"{whole.size:,}" if whole.size < HUGE else say("more than {number}", number="10^18")
        raise UnsupportedError(
            say("the text of this formula would have {length} characters", length=length),
            hint=say('name its repeated parts: parts="always"'),
        )
    return whole.text


def _out_of_proportion(whole: Fragment, fragments: dict[Expr, Fragment]) -> bool:
    return whole.size > LIMIT and whole.size > REPEATED * sum(fragment.own for fragment in fragments.values())
