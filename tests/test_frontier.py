"""Published identities of structured and complex variables, reductions, reshapes: each refused by name, or with the value of an independent NumPy expression."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

import gradproof as gp
from frontier_entries import ask, entries, facts
from gradproof.facts import TABLE, closed, made

ENTRIES = [e for e in entries(("complex", "misc", "structured")) if "numpy_expected" in e and "kind" not in e]
SIZES = {"n": 3, "m": 4, "p": 2, "q": 5}
LEAST = 74  # right of them, today
SLICE = {
    "str-s-logdet", "str-l-quad", "com-mimo-gradient", "com-ls-re", "com-trZAZHB-conj", "mis-rs-kronA", "mis-prodAx", "mis-max",
}  # fmt: skip


def drawn(rng, spec):
    shape = tuple(eval(str(d), {}, SIZES) for d in spec.get("shape", []))  # noqa: S307  (sizes of the corpus)
    x = rng.normal(size=shape) if shape else abs(rng.normal()) + 0.3
    names = closed(frozenset(facts(spec)))
    if spec.get("field") == "complex":
        x = x + 1j * rng.normal(size=shape)
        if names & {"hermitian", "posdef"}:
            x = x @ np.conj(x).T
        return x
    x = made(np, names & {f for f in TABLE if not TABLE[f].later}, x)
    for prop in spec.get("props", []):
        x = {
            "tiny": lambda x: 0.1 * x,
            "small1": lambda x: 0.3 * x,
            "unit01": lambda x: 1 / (1 + np.exp(-x)),
            "lowerpos": lambda x: np.tril(x) + 3 * np.eye(len(x)),
            "invertible": lambda x: x + 4 * np.eye(len(x)),
        }.get(prop, lambda x: x)(x)
    return x if not shape or "symmetric" not in names else (x + x.T) / 2


def outcome(e):
    rng = np.random.default_rng(zlib.crc32(e["id"].encode()))
    values = {n: drawn(rng, s) for n, s in e["vars"].items()}
    try:
        found = ask(e)
        got = np.squeeze(found.evaluate(values))
    except gp.GradproofError:
        return "refused"
    expected = eval(e["numpy_expected"], {"np": np, "scipy": pytest.importorskip("scipy")})  # noqa: S307
    args = expected.__code__.co_varnames[: expected.__code__.co_argcount]
    want = np.squeeze(expected(*[values[n] for n in args]))
    return "right" if got.shape == want.shape and np.allclose(got, want, rtol=1e-6, atol=1e-8) else "wrong"


@pytest.mark.parametrize("e", [e for e in ENTRIES if e["id"] in SLICE], ids=lambda e: e["id"])
def test_a_slice(e):
    assert outcome(e) == "right"


@pytest.mark.long
def test_nothing_is_wrong():
    import scipy.linalg  # noqa: F401  (the corpus writes scipy.linalg)

    found = {e["id"]: outcome(e) for e in ENTRIES}
    assert "wrong" not in found.values(), [k for k, v in found.items() if v == "wrong"]
    assert sum(v == "right" for v in found.values()) >= LEAST
