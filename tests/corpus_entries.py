"""The entries of the corpus, and how each one is put to gradproof."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import gradproof as gp

Entry = Mapping[str, Any]

CORPUS = Path(__file__).parent / "corpus"
ENTRIES: dict[str, Entry] = {
    entry["id"]: entry for path in sorted(CORPUS.glob("*.json")) for entry in json.loads(path.read_text("utf-8"))
}

_FACTS = {
    "symmetric",
    "posdef",
    "psd",
    "invertible",
    "orthogonal",
    "diagonal",
    "positive",
    "nonneg",
    "integer",
    "toeplitz",
}
_OTHER_FACTS = {"posdet": "invertible", "symtoeplitz": "symmetric toeplitz"}
COMPLEX_WRT = {"re": "re({})", "im": "im({})", "i*im": "im({})", "conj": "conj({})", "gradient": "conj({})", "z": "{}"}


def declaration(spec: Mapping[str, Any]) -> str:
    """A variable of the corpus as gradproof declares it: "matrix n n posdef"."""
    dims = [str(d) for d in spec.get("shape", ())]
    if spec["kind"] == "function":
        return " ".join(["function", ",".join(spec["args"]), "->", ("scalar", "vector", "matrix")[len(dims)], *dims])
    facts = [_OTHER_FACTS.get(p, p) for p in spec.get("props", ()) if p in _FACTS or p in _OTHER_FACTS]
    return " ".join([spec["kind"], *dims, *facts, *(["complex"] if spec.get("field") == "complex" else [])])


def declarations(entry: Entry) -> dict[str, str]:
    """What gradproof is told of the variables; in an identity of differentials it knows dX by itself."""
    moving = {f"d{name}" for name in entry["vars"]} if entry.get("form") == "differential" else set()
    return {name: declaration(spec) for name, spec in entry["vars"].items() if name not in moving}


def ask(entry: Entry) -> Any:
    """gradproof's answer: a derivative, or for an identity of differentials an Expr."""
    function, given = question(entry)
    return function(**given)


def question(entry: Entry) -> tuple[Callable[..., Any], dict[str, Any]]:
    """What is asked of gradproof: a function of it, and its arguments."""
    form = COMPLEX_WRT[entry.get("complex_mode", "z")]
    wrt = [form.format(name) for name in entry["wrt"]]
    if entry.get("form") == "differential":
        return gp.differential, {"expression": entry["expr"], "wrt": wrt, "where": declarations(entry)}
    given = {"expression": entry["expr"], "wrt": wrt if len(wrt) > 1 else wrt[0], "where": declarations(entry)}
    return gp.derive, given | ({"structured": True} if entry.get("structure") else {})
