"""Sums between two numbers, `sum(r, 0, 3, c[r+1]*X^r)`: written out, term by term, before anything else is read."""

from __future__ import annotations

from collections.abc import Sequence

from gradproof.errors import ParseError
from gradproof.parse.lexer import Kind, Token, text_of
from gradproof.say import say

_MOST, _LONGEST = 32, 5000  # terms of one sum, and tokens of a formula with all of them


def unrolled(tokens: Sequence[Token]) -> list[Token]:
    """The tokens with every sum between two numbers as a sum of terms. Raises ParseError for one that is too long.

    >>> from gradproof.parse.lexer import tokens
    >>> "".join(t.text for t in unrolled(tokens("sum(r, 0, 2, c[r+1]*s^r)")))
    '((c[1]*s^0)+(c[2]*s^1)+(c[3]*s^2))'
    """
    found = list(tokens)
    if "sum" not in map(text_of, found):
        return found
    at = len(found) - 1
    while at >= 0:  # from the end, so that inner sums come first
        if found[at].text == "sum" and _begins(found, at):
            first = found[at]
            found[at : _end(found, at) + 1] = _terms(found, at)
            if len(found) > _LONGEST:
                raise ParseError(
                    say("written out, this sum is too long"),
                    span=(first.start, first.end),
                    hint=say("a sum over a size, sum(i: …), is not written out"),
                )
        at -= 1
    return found


def _begins(tokens: Sequence[Token], at: int) -> bool:
    """Whether this is `sum(r, 0, 3,`."""
    texts = [t.text for t in tokens[at : at + 8]]
    return (
        len(texts) == 8
        and texts[0] == "sum"
        and [texts[1], *texts[3:8:2]] == ["(", ",", ",", ","]
        and tokens[at + 2].kind is Kind.NAME
        and texts[4].isdecimal()
        and texts[6].isdecimal()
    )


def _end(tokens: Sequence[Token], at: int) -> int:
    """The place of the bracket that closes the sum. Raises ParseError where none does."""
    depth = 0
    for k in range(at + 1, len(tokens)):
        depth += (tokens[k].text in ("(", "[")) - (tokens[k].text in (")", "]"))
        if not depth:
            return k
    opening = tokens[at + 1]
    raise ParseError(
        say("this bracket is never closed"),
        span=(opening.start, opening.end),
        hint=say("a '{closing}' is missing", closing=")"),
    )


def _terms(tokens: Sequence[Token], at: int) -> list[Token]:
    index, low, high = tokens[at + 2].text, int(tokens[at + 4].text), int(tokens[at + 6].text)
    end = _end(tokens, at)
    body, first, last = tokens[at + 8 : end], tokens[at], tokens[end]
    if high - low >= _MOST or high < low:
        raise ParseError(
            say("a sum from {low} to {high} is not written out", low=low, high=high),
            span=(first.start, last.end),
            hint=say("at least 1 and at most {most} terms are", most=_MOST),
        )
    opening, closing, plus = (Token(Kind.SIGN, sign, first.start, first.end) for sign in "()+")
    found = [opening]
    for value in range(low, high + 1):
        found += [plus] * (value > low) + [opening, *_at(body, index, value), closing]
    return [*found, Token(Kind.SIGN, ")", last.start, last.end)]


def _at(body: Sequence[Token], index: str, value: int) -> list[Token]:
    """The body at one value of the index; in an entry, r + 1 is one number."""
    found: list[Token] = []
    inside = 0
    for t in body:
        inside += (t.text == "[") - (t.text == "]")
        here = t.kind is Kind.NAME and t.text == index
        found.append(Token(Kind.NUMBER, str(value), t.start, t.end) if here else t)
        if inside and len(found) > 2 and t.kind is Kind.NUMBER and found[-2].text in ("+", "-"):
            left = found[-3]
            if left.kind is Kind.NUMBER and left.text.isdecimal() and t.text.isdecimal():
                total = int(left.text) + (int(t.text) if found[-2].text == "+" else -int(t.text))
                if total >= 0:
                    found[-3:] = [Token(Kind.NUMBER, str(total), left.start, t.end)]
    return found
