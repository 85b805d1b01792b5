"""Published identities of matrix functions, spectra, structured and complex variables, equations and manifolds, as gradproof is asked for them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradproof as gp
from gradproof.facts import TABLE

FOLDER = Path(__file__).parent / "corpus" / "frontier"
RENAMED = {"lowerpos": "lower", "skew": "antisymmetric", "distincteig": "distinct", "distinctsv": "distinct"}
Entry = dict[str, Any]


def entries(files: Sequence[str] = ()) -> list[Entry]:
    """Those of some files, or all."""
    found = sorted(FOLDER.glob("*.json"))
    return [e for f in found if not files or f.stem in files for e in json.loads(f.read_text("utf-8"))]


def facts(spec: Entry) -> list[str]:
    words = [RENAMED.get(p, p) for p in spec.get("props", [])]
    return [w for w in words if w in TABLE] + (["complex"] if spec.get("field") == "complex" else [])


def declared(spec: Entry) -> str:
    sizes = [str(d).replace(" ", "").replace("//", "/") for d in spec.get("shape", [])]
    if spec["kind"] == "function":
        return " ".join(["function", ", ".join(spec["args"]), "->", ("scalar", "vector", "matrix")[len(sizes)], *sizes])
    text = " ".join([spec["kind"], *sizes, *facts(spec)])
    return f"{text} defined by {spec['implicit']['equation']} = 0" if "implicit" in spec else text


def ask(e: Entry) -> gp.Derivative | gp.Expr:
    """The derivative, or the differential, that an entry is about."""
    moved = {n for n in e["vars"] if n[0] == "d" and n[1:] in e["vars"]} if e.get("form") == "differential" else set()
    where = {n: declared(s) for n, s in e["vars"].items() if n not in moved}
    if e.get("form") == "differential":
        return gp.differential(e["expr"], wrt=e["wrt"], where=where)
    mode, wrt = e.get("complex_mode"), e["wrt"] if len(e["wrt"]) > 1 else e["wrt"][0]
    if mode == "gradient":
        return gp.gradient(e["expr"], wrt=wrt, where=where)
    asked = wrt if mode in (None, "z") else f"{mode}({wrt})"
    return gp.derive(e["expr"], asked, where, structured=bool(e.get("structure")), manifold=e.get("manifold"))
