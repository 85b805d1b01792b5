"""Random JSON, and what is nearly JSON, for each command of the service: fields of a good request are replaced, dropped, doubled, nested, and bytes are damaged."""

from __future__ import annotations

import json
import random
import re

from gradproof.ops import TABLE
from gradproof.service import COMMANDS, FIELDS
from gradproof.web.gallery import GALLERY

GOOD = [
    {"expression": "norm2(A*x - b)^2", "wrt": "x"},
    {"expression": r"\log\det X", "wrt": ["X", "X"], "where": "X: matrix n n symmetric"},
    {"expression": "x'*S*x", "wrt": "x", "where": {"S": "matrix n n symmetric"}, "layout": "numerator"},
    {"expression": "X'*X", "wrt": "X", "verify": False},
]
GOOD += [{"expression": e.expression, "wrt": e.wrt.split(), **({"where": e.where} if e.where else {})} for e in GALLERY]
MORE = {
    "check": {"claim": "2*A'*(A*x - b)", "hint": 2},
    "minimize": {"over": "x", "subject_to": "sum(x) = 1"},
    "code": {"target": "jax", "value": True},
    "steps": {"method": "differential", "detail": "full"},
}
PARTS = [
    "x", "X", "A", "'", "*", "+", "^", "(", ")", "[", "]", "{", "}", "2", "0", "-", "/", ".", ",", ";", ":", "=", "\\frac", "\\sum_{i=1}^{n}", "\\left(", "inv", "tr(",
    "norm2(", "exp(", "kron(", "eye(", "ones(n)", "π", "∂", "²", "ᵀ", "‖", "\u0000", "\ud800", "\u202e", "𝐱", "中", "\n", "\t", " ", "e", "1e400", "99999999999", "np.", "@", "$$", "_", "%", "\"", "<b>",
]  # fmt: skip
CALLS = sorted(TABLE)
CHOICES: dict[str, list[object]] = {
    "layout": ["numerator", "mixed"], "structured": [True], "lang": ["zh", "fr"], "notation": ["latex", "numpy", "plain", "ascii"], "method": ["differential", "entries", "rules"],
    "detail": ["brief", "full"], "hint": [1, 2, 3, 7], "target": ["torch", "julia", "dask", "matlab"], "autograd": [True, "vjp"], "manifold": ["sphere", "spd", "stiefel"], "verify": [False],
    "wrt": ["x", "X", "A", "n", "q", ["x", "x"], ["x", "A"], ["X"] * 3, ["x"] * 5], "where": ["x: vector 3", "A: matrix 2 2; x: vector 3", "n: scalar", "x: row n", "A: matrix n n posdef", "x: complex vector n"],
    "over": [["x", "A"], "b"], "subject_to": [["A*x = b"], "x'*x <= 1"], "claim": ["2*x", "A'", "0", "eye(n)", "nan"], "steps": ["2*A'*(A*x-b)\n= 2*A'*A*x", "\n\n", "= x"],
}  # fmt: skip
FUNCTIONS = [name for name, op in TABLE.items() if op.arity == 1 and not op.symbol]
SWAPS = [
    FUNCTIONS,
    ["+", "-", "*", "/"],
    list("abcxyuvw"),
    list("ABCDXSWK"),
    ["1", "2", "3", "0", "n"],
    [r"\log", r"\exp", r"\det", r"\sin"],
]
VALUES = [
    None, True, False, 0, -1, 1, 2**70, 10**300, -0.0, 1e308, 1e-320, "", "x", "x" * 3_000, "\u0000", "\ud800", [], {}, [[]], [None], ["x", "x"], ["x"] * 9, {"x": "vector n"},
    {"x": None}, {"": ""}, {"\u0000": "matrix n n"}, "n: n; n: n", "x: vector 0", "x: vector -1", "x: matrix n", "A: matrix 99999 99999; x: vector 99999", "fr", "zh", "all", [0] * 2_000,
]  # fmt: skip


def _text(chance: random.Random) -> str:
    return "".join(chance.choice(PARTS) for _ in range(chance.choice((1, 3, 8, 30))))


def _value(chance: random.Random, deep: int = 0) -> object:
    kind = chance.random()
    if kind < 0.3:
        return _text(chance)
    if kind < 0.5 and deep < 3:
        return [_value(chance, deep + 1) for _ in range(chance.randrange(4))]
    if kind < 0.6 and deep < 3:
        return {_text(chance): _value(chance, deep + 1) for _ in range(chance.randrange(4))}
    if kind < 0.65:
        nested: object = "x"
        for _ in range(chance.choice((50, 400, 900))):
            nested = [nested]
        return nested
    return chance.choice(VALUES)


def _damaged(chance: random.Random, data: bytes) -> bytes:
    """A few bytes are changed, dropped or doubled, or the end is cut off."""
    found = bytearray(data)
    for _ in range(chance.randrange(1, 4)):
        at = chance.randrange(len(found) or 1)
        found[at : at + chance.randrange(3)] = bytes(chance.choices(range(256), k=chance.randrange(3)))
    return bytes(found[: chance.choice((len(found), len(found), chance.randrange(len(found) + 1)))])


def _edited(chance: random.Random, text: str) -> str:
    """A text with one or two of its tokens replaced, dropped, or doubled."""
    tokens = re.findall(r"\\\\\w+|\w+|\s+|.", text)
    for _ in range(chance.choice((1, 1, 2))):
        at = chance.randrange(len(tokens) + 1)
        new = chance.choice(
            ([chance.choice(PARTS)], [chance.choice(tokens or ["x"])], [chance.choice(CALLS), "("], [], [")"])
        )
        tokens[at : at + chance.randrange(2)] = new
    return "".join(tokens)


def _swapped(chance: random.Random, text: str) -> str:
    """A formula with some names and signs replaced by others of their kind: most are still formulas."""
    tokens = re.findall(r"\\?\w+|\s+|.", text)
    for at, token in enumerate(tokens):
        if chance.random() < 0.15:
            kinds = [k for k in SWAPS if token in k]
            tokens[at] = chance.choice(kinds[0]) if kinds else token
    return "".join(tokens)


def odd_request(seed: int) -> tuple[str, bytes]:
    """A command and a body, the same for the same seed."""
    chance = random.Random(seed)
    command = chance.choice(list(COMMANDS))
    asked: dict[str, object] = {**chance.choice(GOOD), **MORE.get(command, {})}
    asked = {name: value for name, value in asked.items() if name in COMMANDS[command].fields}
    texts = [name for name, value in asked.items() if isinstance(value, str)]
    kind = chance.random()
    if kind < 0.5:  # what people send, of formulas that nobody has written
        for name in {"expression", *texts} & {"expression", "claim", "steps", "subject_to"}:
            asked[name] = _swapped(chance, str(asked[name]))
        for name in chance.sample(list(CHOICES), chance.randrange(3)):
            if name in COMMANDS[command].fields and name not in ("wrt", "where", "claim", "steps"):
                asked[name] = chance.choice(CHOICES[name])
    elif kind < 0.8:  # near to it
        name = chance.choice(["expression", *texts])
        asked[name] = _edited(chance, str(asked[name]))
        for name in chance.sample(list(CHOICES), chance.randrange(3)):
            if name in COMMANDS[command].fields:
                asked[name] = chance.choice(CHOICES[name])
    else:
        for _ in range(chance.randrange(1, 4)):
            asked[chance.choice([*COMMANDS[command].fields, chance.choice(list(FIELDS)), _text(chance)])] = _value(
                chance
            )
        if chance.random() < 0.2:
            asked.pop(chance.choice(list(asked)))
    body = asked if chance.random() < 0.95 else _value(chance)
    data = json.dumps(body, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")
    return command, _damaged(chance, data) if chance.random() < 0.1 else data
