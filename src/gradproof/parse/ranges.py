"""Running indices: what a sum over them says of their range, `sum(i, 2, n - 1, …)`."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from gradproof.errors import ParseError, UnsupportedError
from gradproof.ops import Operation
from gradproof.parse.lexer import Kind, Token
from gradproof.parse.note import refusal
from gradproof.records import dataclass
from gradproof.say import say
from gradproof.shapes.dims import Dim, dim

MARK = "ⁱ"  # begins the name of a running index; nobody can type it


@dataclass(frozen=True, slots=True)
class Over:
    """The indices of one sum: as they are written, as variables, and their sizes where they are given."""

    names: tuple[str, ...]
    variables: tuple[str, ...]
    sizes: tuple[Dim | None, ...]
    related: tuple[str, str] = (
        "",
        "",
    )  # of a sum over one index: the relation and the variable in which it stands to another one
    short: int = 0  # by how much the arrays are longer than it runs: 1 for sum(i, 1, n-1, …)
    by: Operation | None = None  # what is taken of all terms instead of their sum: max(i: …)
    start: int = 0  # by how much it begins after 1
    between: tuple[str, str] = ("", "")  # the declared numbers that it runs from and to; "" for the first, the last


def running(name: str, at: int) -> str:
    """The variable of a running index that is introduced at this place of the text."""
    return f"{MARK}{at}{name}"


def fixed(names: Sequence[str]) -> Over | None:
    """Indices that nothing sums: the unit vectors e_i are variables of the formula."""
    return Over(tuple(names), tuple(f"e_{name}" for name in names), (None,) * len(names)) if names else None


def is_index(name: str) -> bool:
    """Whether a variable is a running index."""
    return name.startswith(MARK)


def limit(token: Token, variables: Collection[str]) -> Dim:
    """The size that a sum runs to. Raises UnsupportedError for a number that is declared as a variable."""
    if token.text in variables:
        raise UnsupportedError(
            say("a sum runs to a size, and {name} is declared as a variable", name=token.text),
            span=(token.start, token.end),
            hint=say("write a number in place of {name}, as in sum(r,0,3, X^r)", name=token.text),
        )
    return dim(int(token.text)) if token.kind is Kind.NUMBER else dim(token.text)


def counted_sum(
    tokens: Sequence[Token], at: int, around: Sequence[Over], declared: Collection[str], numbers: Collection[str]
) -> tuple[Over, int] | None:
    """The index of sum(i, 1, n, …), and the place of what is summed: it runs from a number, another index or a declared number to a size, less a number, or to
    one of these. None where that is not written. Raises UnsupportedError for a limit that is a variable and no number, and for a sum from 0 to a size."""
    parts = _parts(tokens, at)
    if parts is None:
        return None
    low, high, body = parts
    name = tokens[at]
    known = {n for o in around for n in o.names}
    texts, last = [t.text for t in low], high[0]
    less = int(high[2].text) if len(high) == 3 else 0
    if name.text in known:
        raise ParseError(
            say("this index is in use already"),
            span=(name.start, name.end),
            hint=say("give each index a name of its own"),
        )
    names, variables = (name.text,), (f"{MARK}{at}{name.text}",)
    if last.kind is not Kind.NAME or (last.text in known and texts != ["1"]):
        return None
    if last.text in known:
        if less > 1:
            return None
        return Over(names, variables, (None,), ("<" if less else "⩽", ordered(last, around, not less))), body
    if low[0].kind is Kind.NAME and texts[0] in known and not less:
        size = limit(last, declared)
        return Over(names, variables, (size,), (">" if len(low) == 3 else "⩾", ordered(low[0], around))), body
    bounds = ("" if texts == ["1"] else texts[0] if texts[0] in numbers and len(low) == 1 else None, "")
    if bounds[0] is not None and last.text in numbers and not less:
        return Over(names, variables, (None,), between=(bounds[0], last.text)), body
    if bounds[0] and not less:
        return Over(names, variables, (limit(last, declared),), between=(bounds[0], "")), body
    if len(low) != 1 or not texts[0].isdecimal():
        return None
    size = limit(last, declared)
    if texts[0] == "0":
        raise UnsupportedError(
            say("a sum to {name} begins at 1", name=last.text),
            span=(low[0].start, low[0].end),
            hint=say("write a number in place of {name}, as in sum(r,0,3, X^r)", name=last.text),
        )
    start = int(texts[0]) - 1
    short = start + less
    return Over(names, variables, (size + dim(-short),), short=short, start=start), body


def _parts(tokens: Sequence[Token], at: int) -> tuple[Sequence[Token], Sequence[Token], int] | None:
    """The bounds in `i, 1, n - 1, …`, each a number or a name, or one and a number more or less; and the place after them."""
    found: list[Sequence[Token]] = []
    if tokens[at].kind is not Kind.NAME or tokens[at + 1].text != ",":
        return None
    at += 2
    for sign in "+-":
        long = tokens[at + 1].text == sign and tokens[at + 2].text.isdecimal()
        if sign == "+" and long and tokens[at + 2].text != "1":
            return None
        found.append(tokens[at : at + (3 if long else 1)])
        at += len(found[-1])
        if found[-1][0].kind not in (Kind.NAME, Kind.NUMBER) or tokens[at].text != ",":
            return None
        at += 1
    return found[0], found[1], at


def ordered(token: Token, around: Sequence[Over], shorter: bool = False) -> str:
    """The variable of an index that another one is held against. Raises where it does not begin at 1, or, unless it may be `shorter`, does not run to the end."""
    variable = variable_of(token, around)
    over = next(o for o in around if variable in o.variables)
    span = (token.start, token.end)
    if over.start or over.between[0] or over.between[1]:
        raise refusal("sum-related-start", span, index=token.text, start=over.between[0] or over.start + 1)
    if over.short and not shorter:
        raise refusal("sum-triangle", span)
    return variable


def variable_of(token: Token, around: Sequence[Over]) -> str:
    """The variable of a running index. Raises ParseError where it runs nowhere around."""
    found = next((o.variables[o.names.index(token.text)] for o in reversed(around) if token.text in o.names), None)
    if found is None:
        raise ParseError(
            say("{name} is no running index", name=token.text),
            span=(token.start, token.end),
            hint=say("write sum({name}: …), or D[{name}] = … for the entries of a vector", name=token.text),
        )
    return found
