"""The project's ASCII syntax and its index notation, read anew from their description: tight to loose ' , ^ .^ (A^-1' is (A^-1)'), unary minus, * / .* ./ , + -."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count

from fuzz.formulas import Node, Unreadable
from fuzz.matrices import MATRICES

_TOKEN = re.compile(
    r"\s*(?:([0-9]+(?:\.(?![*/^'])[0-9]*)?(?:[eE][+-]?[0-9]+)?|\.[0-9]+)|([^\W\d]\w*)|(\.[*/^]|[-+*/^'(),:\[\]=]|\\(?![A-Za-z]{2})))"
)
_SUM = {"+": "add", "-": "sub"}
_PRODUCT = {"*": "mul", "/": "div", ".*": "hadamard", "./": "eldiv", "\\": "solve"}
_POWER = {"^": "pow", ".^": "elpow"}
_CONSTANTS = ("eye", "ones", "zeros", "commutation")


class Reader:
    def __init__(self, text: str):
        self.tokens, at = [], 0
        while at < len(text.rstrip()):
            found = _TOKEN.match(text, at)
            if not found:
                raise Unreadable(f"at {at} of {text}")
            self.tokens.append(found[found.lastindex or 0])
            at = found.end()
        self.tokens.append("")
        self.at = 0

    @property
    def next(self) -> str:
        return self.tokens[self.at]

    def take(self, expected: str = "") -> str:
        token = self.next
        if expected and token != expected:
            raise Unreadable(f"{expected} expected, not {token}")
        self.at += 1
        return token

    def sum(self) -> Node:
        left = self.product()
        while self.next in _SUM:
            left = Node(_SUM[self.take()], (left, self.product()))
        return left

    def product(self) -> Node:
        left = self.negative()
        while self.next in _PRODUCT:
            op, right = _PRODUCT[self.take()], self.negative()
            left = Node("mul", (Node("inv", (left,)), right)) if op == "solve" else Node(op, (left, right))
        return left

    def negative(self) -> Node:
        if self.next == "-":
            self.take()
            return Node("neg", (self.negative(),))
        return self.power()

    def power(self) -> Node:
        left = self.transpose()
        while self.next in _POWER:
            op = _POWER[self.take()]
            minus = self.next == "-" and bool(self.take())
            number = self.next[:1].isdigit() or self.next[:1] == "."
            right = self.primary() if number else self.transpose()
            left = Node(op, (left, Node("neg", (right,)) if minus else right))
            while number and self.next == "'":  # A^-1' is the transpose of the power
                self.take()
                left = Node("t", (left,))
        return left

    def transpose(self) -> Node:
        number = self.next[:1].isdigit()
        inner = self.primary()
        if number and self.next == "'":
            raise Unreadable("1' is a row of ones, of a size that is inferred")
        while self.next in ("'", "["):
            if self.take() == "'":
                inner = Node("t", (inner,))
            else:
                inner = self.entry(inner)
        return inner

    def entry(self, inner: Node) -> Node:
        letters = self.names("]")
        if inner.op == "var" and inner.text == ("delta",):
            return Node("delta", (), letters)
        return Node("entry", (inner,), letters)

    def names(self, end: str) -> tuple[str, ...]:
        """Names between commas, up to a closing sign."""
        found = [self.take()]
        while self.next == ",":
            self.take()
            found.append(self.take())
        self.take(end)
        return tuple(found)

    def primary(self) -> Node:
        token = self.take()
        if token == "(":
            inner = self.sum()
            self.take(")")
            return inner
        if token[:1].isdigit() or token[:1] == ".":
            return Node("number", (), (token,))
        if not token or not (token[0].isalpha() or token[0] == "_"):
            raise Unreadable(f"no operand: {token}")
        if self.next != "(":
            return Node("var", (), (token,))
        self.take()
        return self.call(token)

    def call(self, name: str) -> Node:
        if name in _CONSTANTS:
            return Node(name, (), self.sizes())
        if name == "sum" and self._running():
            letters = self.names(":")
            body = self.sum()
            self.take(")")
            return Node("total", (body,), letters)
        args = [self.sum()]
        while self.next == ",":
            self.take()
            args.append(self.sum())
        self.take(")")
        return Node(name, tuple(args)) if name in NAMES else Node("apply", tuple(args), (name,))

    def _running(self) -> bool:
        ahead = self.at
        while self.tokens[ahead + 1] == ",":
            ahead += 2
        return self.tokens[ahead + 1] == ":"

    def sizes(self) -> tuple[str, ...]:
        """The sizes of a constant, as texts."""
        found, depth, text = [], 0, ""
        while depth or self.next != ")":
            token = self.take()
            if not token:
                raise Unreadable("a bracket is open")
            depth += (token == "(") - (token == ")")
            if token == "," and not depth:
                found.append(text)
                text = ""
            else:
                text += token
        self.take(")")
        return (*found, text)


NAMES = frozenset(MATRICES) | frozenset(
    "exp log sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh sigmoid softplus abs sign relu erf erfc gelu sqrt "
    "diag tr sum vec unvec kron norm2 norm1 inv det logdet adj softmax logsumexp".split()
)


def read(text: str) -> Node:
    """The tree of an ASCII formula; named parts, `… where t1 = inv(X), t2 = t1*x`, are put in. Raises Unreadable."""
    body, _, parts = text.partition(" where ")
    known: dict[str, Node] = {}
    for part in filter(None, re.split(r", (?=\w+ = )", parts)):
        name, _, said = part.partition(" = ")
        known[name.strip()] = _filled(_read(said), known)
    return _filled(_read(body), known)


def _read(text: str) -> Node:
    reader = Reader(text)
    e = reader.sum()
    if reader.next:
        raise Unreadable(f"left over: {reader.next}")
    return e


def _filled(e: Node, known: dict[str, Node]) -> Node:
    """The formula with its named parts in their places, each of them once."""
    if not known:
        return e
    if e.op == "var":
        return known.get(e.text[0], e)
    args = tuple(_filled(a, known) for a in e.args)
    return e if all(a is b for a, b in zip(args, e.args, strict=True)) else Node(e.op, args, e.text)


def read_index(text: str) -> tuple[tuple[str, ...], Node]:
    """`D[i,j] = …`: the indices of the result, and its entry, in which no index is bound twice."""
    left, _, right = text.partition(" = ")
    letters = tuple(left[2:-1].split(",")) if "[" in left else ()
    return letters, _renamed(read(right), {k: k for k in letters}, count())


def _renamed(e: Node, names: dict[str, str], fresh: Iterator[int]) -> Node:
    if e.op == "total":
        inner = {**names, **{k: f"{k}.{next(fresh)}" for k in e.text}}
        return Node("total", (_renamed(e.args[0], inner, fresh),), tuple(inner[k] for k in e.text))
    args = tuple(_renamed(a, names, fresh) for a in e.args)
    if e.op in ("entry", "delta"):
        unknown = [k for k in e.text if k not in names]
        if unknown:
            raise Unreadable(f"no sum over {unknown[0]}")
        return Node(e.op, args, tuple(names[k] for k in e.text))
    return Node(e.op, args, e.text)


def slots(e: Node, letters: tuple[str, ...]) -> tuple[dict[str, int], int]:
    """A leading axis for each index, those of the result first; indices of sums that do not meet share them. And how many there are."""
    found, most = {k: i for i, k in enumerate(letters)}, len(letters)
    stack = [(e, len(letters))]
    while stack:
        node, depth = stack.pop()
        if node.op == "total":
            found.update((k, depth + i) for i, k in enumerate(node.text))
            depth += len(node.text)
            most = max(most, depth)
        stack += [(a, depth) for a in node.args]
    return found, most
