"""What the formulas of tests/reading mean: an evaluator of their small ASCII language with NumPy, and random values. It shares nothing with gradproof."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

Array = np.ndarray
_TOKEN = re.compile(r"\s*(\d+\.?\d*(?:[eE][-+]?\d+)?(?![*/^])|\d+|[A-Za-z_]\w*|\.[*/^]|[-+*/^'(),])")


def _entry(f: Callable[[Array], Array]) -> Callable[..., Array]:
    return lambda x: f(x)


def _one(x: Any) -> Array:
    return np.array([[x]], dtype=float)


def _distances(x: Array, y: Array) -> Array:
    return ((x[:, None, :] - y[None, :, :]) ** 2).sum(-1)


FUNCTIONS: dict[str, Callable[..., Array]] = {
    **{name: _entry(getattr(np, name)) for name in ("exp", "log", "sqrt", "abs", "sign", "tanh")},
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "relu": lambda x: np.maximum(x, 0),
    "sum": lambda x: _one(x.sum()),
    "tr": lambda x: _one(np.trace(x)),
    "det": lambda x: _one(np.linalg.det(x)),
    "logdet": lambda x: _one(np.linalg.slogdet(x)[1]),
    "inv": np.linalg.inv,
    "norm2": lambda x: _one(np.sqrt((x * x).sum())),
    "norm1": lambda x: _one(np.abs(x).sum()),
    "diag": lambda x: np.diag(x[:, 0]) if x.shape[1] == 1 else np.diag(x)[:, None],
    "eye": lambda n: np.eye(int(n[0, 0])),
    "ones": lambda n: np.ones((int(n[0, 0]), 1)),
    "kron": np.kron,
    "sqdist": _distances,
    "tril": np.tril,
    "max": lambda x: _one(x.max()),
    "lgamma": np.vectorize(math.lgamma, otypes=[float]),
    "sqrtm": lambda x: (lambda w, v: (v * np.sqrt(w)) @ v.T)(*np.linalg.eigh(x)),
}


class Formula:
    """One formula, evaluated as it is read; every value is a matrix."""

    def __init__(self, text: str, values: Mapping[str, Any]):
        self.tokens = [*_TOKEN.findall(text), ""]
        self.values, self.at = values, 0

    def take(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1]

    def total(self) -> Array:
        found = self.term()
        while self.tokens[self.at] in ("+", "-"):
            sign = 1 if self.take() == "+" else -1
            found = found + sign * self.term()
        return found

    def term(self) -> Array:
        found = self.signed()
        while self.tokens[self.at] in ("*", "/", ".*", "./"):
            sign, right = self.take(), self.signed()
            if sign in ("/", "./"):
                found = found / right
            else:
                plain = sign == ".*" or found.size == 1 or right.size == 1
                found = found * right if plain else found @ right
        return found

    def signed(self) -> Array:
        if self.tokens[self.at] == "-":
            self.take()
            return -self.signed()
        found = self.factor()
        while self.tokens[self.at] in ("^", ".^"):
            sign = self.take()
            minus = self.tokens[self.at] == "-" and bool(self.take())
            exponent = self.factor() * (-1 if minus else 1)
            square = sign == "^" and found.shape[0] == found.shape[1] > 1
            found = np.linalg.matrix_power(found, int(exponent[0, 0])) if square else found**exponent
        return found

    def factor(self) -> Array:
        token = self.take()
        if token == "(":
            found = self.total()
            assert self.take() == ")"
        elif token[0].isdigit():
            found = _one(float(token))
        elif self.tokens[self.at] == "(" and (token in FUNCTIONS or callable(self.values.get(token))):
            self.take()
            arguments = [self.total()]
            while self.tokens[self.at] == ",":
                self.take()
                arguments.append(self.total())
            assert self.take() == ")"
            found = (FUNCTIONS.get(token) or self.values[token])(*arguments)
        else:
            found = _one(math.pi) if token == "pi" and "pi" not in self.values else _matrix(self.values[token])
        while self.tokens[self.at] == "'":
            self.take()
            found = found.T
        return found


def _matrix(value: Any) -> Array:
    a = np.asarray(value, dtype=float)
    return a.reshape(1, 1) if a.ndim == 0 else a[:, None] if a.ndim == 1 else a


def evaluated(formula: str, values: Mapping[str, Any]) -> Array:
    """The value of a formula, without axes of length 1."""
    reader = Formula(formula, values)
    found = reader.total()
    assert reader.tokens[reader.at] == "", formula
    return np.squeeze(found)


def sampled(variables: Mapping[str, Any], rng: np.random.Generator) -> dict[str, Any]:
    """Random values for the variables of an entry, and sizes for the names of their dimensions."""
    names = dict.fromkeys(d for v in variables.values() for d in v["shape"] if isinstance(d, str))
    sizes = {name: 3 + k for k, name in enumerate(names)}
    values: dict[str, Any] = {
        name: _value(v, [sizes.get(d, d) for d in v["shape"]], rng) for name, v in variables.items()
    }
    return {**{n: float(k) for n, k in sizes.items() if n not in values}, **values}


def _value(v: Mapping[str, Any], shape: list[int], rng: np.random.Generator) -> Any:
    props = v.get("props", [])
    if v["kind"] == "function":
        return lambda x: np.tanh(x) + x * x / 3
    if v["kind"] == "index":
        return v["value"]
    a = rng.uniform(0.2, 1.5, shape)
    if "positive" not in props and "unit_interval" not in props and "sum_to_one" not in props:
        a = a * rng.choice([-1.0, 1.0], shape)
    if "spd" in props or "posdet" in props or "invertible" in props:
        a = a @ a.T + np.eye(shape[0])
    if "unit_interval" in props:
        a = a / 2
    if "sum_to_one" in props:
        a = a / a.sum()
    if "onehot_rows" in props:
        a = np.eye(shape[1])[rng.integers(0, shape[1], shape[0])]
    if "pm1" in props:
        a = np.sign(a)
    unit = next((int(p.split()[1]) for p in props if p.startswith("unit ")), 0)
    return np.eye(shape[0])[unit - 1] if unit else a


_GREEK = {chr(k): unicodedata.name(chr(k)).split()[-1].lower() for k in (*range(0x3B1, 0x3C2), *range(0x3C3, 0x3CA))}


def canonical(name: str) -> str:
    """One spelling for x_hat, θ, beta_0, W2."""
    plain = "".join(_GREEK.get(c, c) for c in unicodedata.normalize("NFKC", name)).replace("lamda", "lambda")
    return re.sub(r"[_^{}\[\]\\\s*]", "", plain)
