"""Formulas as people write and paste them, with what they mean written in NumPy: tests/fresh_formulas.json.

`vars`: names with the axes of their values, and properties; `truth`: what is meant; `alias`: what gradproof calls a name; `said`: what a note has to say;
`refused`: what the hint, or the error, has to say where every answer would be a guess.
"""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.linalg import expm
from scipy.special import expit, gammaln, logsumexp, softmax

import gradproof as gp
from gradproof.parse import parse

ENTRIES = json.loads((Path(__file__).parent / "fresh_formulas.json").read_text("utf-8"))
SIZES = {"n": 3, "m": 4, "p": 2, "d": 5, "k": 3, "K": 3, "T": 4, "N": 4, "r": 2, "h": 3, "D": 3, "q": 2, "C": 4, "M": 2}
KEPT = {"lambda": "lam"}  # names that Python keeps, as the truths have them
WORDS = {
    "np": np, "inv": np.linalg.inv, "det": np.linalg.det, "norm": np.linalg.norm, "ld": lambda s: np.linalg.slogdet(s)[1], "tr": np.trace, "sig": expit,
    "relu": lambda x: np.maximum(x, 0), "lgam": gammaln, "lse": logsumexp, "softmax": softmax, "nn": lambda x: np.sum(np.square(x)), "expm": expm,
}  # fmt: skip
PROPERTIES = {
    "+": lambda x: np.abs(x) + 0.3, "pm": np.sign, "01": lambda x: (x > 0).astype(float), "u": expit, "simplex": lambda x: softmax(x, axis=-1),
    "spd": lambda x: x @ x.T + np.eye(len(x)), "sym": lambda x: (x + x.T) / 2, "inv": lambda x: x + 3 * np.eye(len(x)),
    "int": lambda x: np.floor(np.abs(x) * 3) + 1, "unit": lambda x: x / np.linalg.norm(x), "e1": lambda x: np.eye(len(x))[1],
    "onehot": lambda x: np.eye(x.shape[1])[np.argmax(x, axis=1)],
}  # fmt: skip


def plain(name: str) -> str:
    """A name without what only spells it: x_hat, \\hat x and xhat are one."""
    return re.sub(r"[_^{}\[\]\\\s]", "", unicodedata.normalize("NFKC", name))


def values(spec: str, rng: np.random.Generator, sizes: dict[str, int]) -> dict[str, Any]:
    """Random values: `X:n,p w:p c: y:n:+`."""
    found: dict[str, Any] = {}
    for item in spec.split():
        name, axes, *properties = item.split(":")
        x = rng.normal(size=[int(a) if a.isdigit() else sizes[a] for a in axes.split(",") if a])
        for each in properties:
            x = PROPERTIES[each](x)
        found[name] = x if np.ndim(x) else float(x)
    return found


@pytest.mark.parametrize("entry", ENTRIES, ids=[e["id"] for e in ENTRIES])
def test_a_fresh_formula_is_read_as_it_is_meant(entry: dict[str, Any]) -> None:
    if "refused" in entry:
        with pytest.raises(gp.GradproofError) as error:
            gp.derive(entry["text"], entry["wrt"], entry.get("where"), verify=False)
        assert entry["refused"] in str(error.value)
        return
    parsed = parse(entry["text"], entry.get("where"), [entry["wrt"]])
    sizes = {**SIZES, **entry.get("sizes", {})}
    alias = {plain(a): plain(b) for a, b in entry.get("alias", {}).items()}
    for seed in range(2):
        given = values(entry["vars"], np.random.default_rng(seed), sizes)
        known = {plain(n): v for n, v in given.items()} | {k: given[n] for k, n in KEPT.items() if n in given}
        names = {s.name: plain(s.name) for s in parsed.expr.variables}
        use = {name: known[alias.get(shown, shown)] for name, shown in names.items()}
        with np.errstate(all="ignore"):
            wanted = eval(entry["truth"], {**WORDS, **sizes, **given})  # noqa: S307  (of the table)
        got = np.asarray(parsed.expr.evaluate(use), float)
        np.testing.assert_allclose(np.squeeze(got), np.squeeze(wanted), rtol=1e-6, atol=1e-9)
    said = "\n".join(str(n) for n in parsed.notes)
    assert entry.get("said", "") in said
