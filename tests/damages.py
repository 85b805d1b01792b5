"""Right answers of the corpus, damaged by program: each damage is a slip that people make, with the name that a check should give it.

Works on formulas by `call` and `rebuild` alone and decides with the NumPy values of the corpus whether a damage changes anything, so that nothing
here comes from the search that it tests.
"""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

import corpus_sampling
import gradproof as gp
from gradproof.errors import GradproofError, LostDigitsWarning, ShapeError
from gradproof.notation.expr import Call, Expr, Number, Symbol, call, rebuild
from gradproof.ops import TABLE

Make = Callable[[Expr, Mapping[str, Symbol], str], Iterator[Any]]


@dataclass(frozen=True)
class Damage:
    """`names`: identifiers of which one has to be found; `make`: the damaged formulas, as Expr, or as text where they do not conform."""

    names: frozenset[str]
    make: Make


def positions(e: Expr) -> Iterator[tuple[Expr, Callable[[Expr], Expr]]]:
    """Every node of a formula with the function that puts another in its place."""
    yield e, lambda new: new
    for i, arg in enumerate(e.args):
        for node, put in positions(arg):
            yield node, lambda new, i=i, put=put: rebuild(e, (*e.args[:i], put(new), *e.args[i + 1 :]))


def is_op(e: Expr, *names: str) -> bool:
    return isinstance(e, Call) and any(e.op is TABLE[n] for n in names)


def at_nodes(edit: Callable[[Expr], Iterator[Expr]]) -> Make:
    """The damage that replaces one node."""

    def make(e: Expr, symbols: Mapping[str, Symbol], wrt: str) -> Iterator[Any]:
        for node, put in positions(e):
            try:
                for new in edit(node):
                    yield put(new)
            except ShapeError:
                continue

    return make


def whole(edit: Callable[[Expr], Expr]) -> Make:
    def make(e: Expr, symbols: Mapping[str, Symbol], wrt: str) -> Iterator[Any]:
        yield edit(e)

    return make


def extra_terms(e: Expr, symbols: Mapping[str, Symbol], wrt: str) -> Iterator[Any]:
    for s in symbols.values():
        for term in (s, call("transpose", s)) if s.type.kind != "s" else (s,):
            if term.type == e.type:
                yield call("add", e, term)
                yield call("sub", e, call("mul", 2, term))


def dropped_terms(node: Expr) -> Iterator[Expr]:
    if is_op(node, "add", "sub"):
        left, right = node.args
        if not isinstance(right, Number):
            yield left
        if not isinstance(left, Number):
            yield right if is_op(node, "add") else call("neg", right)


def flipped_terms(node: Expr) -> Iterator[Expr]:
    if is_op(node, "add", "sub"):
        yield call("sub" if is_op(node, "add") else "add", *node.args)


def dropped_factors(node: Expr) -> Iterator[Expr]:
    if is_op(node, "mul", "hadamard"):
        left, right = node.args
        if right.variables:
            yield left
        if left.variables and not _signed(left):
            yield right
    if is_op(node, "div", "eldiv") and node.args[1].variables:
        yield node.args[0]


def _signed(e: Expr) -> bool:
    """Whether a product begins with a number or a minus, so that more than one factor would be dropped."""
    while e.args:
        if is_op(e, "neg"):
            return True
        e = e.args[0]
    return isinstance(e, Number)


def hadamard(node: Expr) -> Iterator[Expr]:
    if is_op(node, "mul") and node.args[0].type == node.args[1].type and node.type.kind != "s":
        yield call("hadamard", *node.args)
    if is_op(node, "pow") and node.type.kind == "m":
        yield call("elpow", *node.args)


def swapped(node: Expr) -> Iterator[Expr]:
    if is_op(node, "mul"):
        left, right = node.args
        if left.type.kind != "s" and right.type.kind != "s":
            yield call("mul", right, left)
        if is_op(left, "mul") and left.args[1].type.kind != "s":
            yield call("mul", call("mul", left.args[0], right), left.args[1])


def without(name: str) -> Callable[[Expr], Iterator[Expr]]:
    def edit(node: Expr) -> Iterator[Expr]:
        if is_op(node, name) and node.type.kind != "s":
            yield node.args[0]

    return edit


def transposed_leaves(node: Expr) -> Iterator[Expr]:
    if isinstance(node, Symbol) and node.type.kind != "s":
        yield call("transpose", node)


def unpaired(node: Expr) -> Iterator[Expr]:
    if is_op(node, "tr", "sum"):
        yield node.args[0]


def as_if_symmetric(e: Expr, symbols: Mapping[str, Symbol], wrt: str) -> Iterator[Any]:
    """Every transpose of one square matrix is left out."""
    for s in symbols.values():
        if s.type.square and "symmetric" not in s.facts:
            yield _replace(e, call("transpose", s), s)


def _replace(e: Expr, old: Expr, new: Expr) -> Expr:
    return new if e is old else rebuild(e, tuple(_replace(a, old, new) for a in e.args)) if e.args else e


def constrained(e: Expr, symbols: Mapping[str, Symbol], wrt: str) -> Iterator[Any]:
    if e.type.square and symbols[wrt].type == e.type:
        yield call("sub", call("add", e, call("transpose", e)), call("diag", call("diag", e)))


def misfits(e: Expr, symbols: Mapping[str, Symbol], wrt: str) -> Iterator[Any]:
    """Texts with one transpose added or left out, that do not conform."""
    for s in symbols.values():
        text, name = e.ascii, s.name
        for old, new in ((f"{name}'*", f"{name}*"), (f"*{name}", f"*{name}'")):
            at = text.find(old)
            if at >= 0 and not text[at - 1 : at].isalnum() and not text[at + len(old) : at + len(old) + 1].isalnum():
                damaged = text[:at] + new + text[at + len(old) :]
                damaged = damaged.replace("''", "")
                try:
                    gp.parse(damaged, where=dict(symbols))
                except ShapeError:
                    yield damaged
                except GradproofError:
                    continue


DAMAGES: dict[str, Damage] = {
    "transposed": Damage(frozenset({"transposed"}), whole(lambda e: call("transpose", e))),
    "sign": Damage(frozenset({"sign"}), whole(lambda e: call("neg", e))),
    "factor": Damage(frozenset({"factor"}), whole(lambda e: call("mul", 2, e))),
    "half": Damage(frozenset({"factor"}), whole(lambda e: call("div", e, 2))),
    "missing-term": Damage(frozenset({"missing-term"}), at_nodes(dropped_terms)),
    "extra-term": Damage(frozenset({"extra-term"}), extra_terms),
    "term-sign": Damage(frozenset({"term-sign"}), at_nodes(flipped_terms)),
    "hadamard-for-product": Damage(frozenset({"hadamard-for-product"}), at_nodes(hadamard)),
    "order-of-factors": Damage(frozenset({"order-of-factors", "transposed"}), at_nodes(swapped)),
    "missing-transpose": Damage(frozenset({"missing-transpose", "transposed"}), at_nodes(without("transpose"))),
    "extra-transpose": Damage(frozenset({"extra-transpose", "transposed"}), at_nodes(transposed_leaves)),
    "missing-inverse": Damage(frozenset({"missing-inverse"}), at_nodes(without("inv"))),
    "symmetric-only": Damage(frozenset({"symmetric-only"}), as_if_symmetric),
    "symmetric-constrained": Damage(frozenset({"symmetric-constrained"}), constrained),
    "shape": Damage(frozenset({"shape"}), whole(lambda e: call("sum", e))),
    "does-not-conform": Damage(frozenset({"does-not-conform"}), misfits),
    "missing-chain-factor": Damage(frozenset({"missing-chain-factor"}), at_nodes(dropped_factors)),
    "pairing": Damage(frozenset({"pairing"}), at_nodes(unpaired)),
}


# -- damages that change next to nothing, or only far away: none may be called right


def subtle(e: Expr, wrt: Symbol) -> Iterator[Expr]:
    """The answer with a tiny factor, a tiny term, or a term that is zero unless the entries of the variable are large and negative."""
    yield call("mul", gp.parse("1 + 1e-13"), e)
    yield call("mul", gp.parse("1 - 1e-60"), e)
    total = wrt if wrt.type.kind == "s" else call("sum", wrt)
    yield call("mul", call("add", 1, call("mul", gp.parse("1e-40"), total)), e)
    far = call("relu", call("sub", total, 1000))
    yield call("mul", call("add", 1, far), e)
    yield call("mul", call("add", 1, call("exp", call("sub", call("neg", call("mul", total, total)), 300))), e)


def right_answer(entry: Mapping[str, Any], where: Mapping[str, str]) -> Expr | None:
    """The answer of the corpus as a formula; None where it has none in matrix notation, or one that is not of the derivative itself."""
    text = entry.get("expected_row") or entry.get("expected") or entry.get("expected_vec")
    special = (
        entry.get("form")
        or entry.get("structure")
        or entry.get("complex_mode")
        or entry.get("numpy_post")
        or entry.get("expected_schematic")
    )
    if special or not isinstance(text, str):
        return None
    try:
        return gp.parse(text, where=dict(where))
    except GradproofError:
        return None


def damaged(entry: Mapping[str, Any], answer: Expr, kind: str, seed: int, most: int = 1) -> list[Any]:
    """At most so many claims that are damaged in this way, and whose value is another one."""
    symbols = {s.name: s for s in answer.variables}
    for name in entry["wrt"]:
        symbols.setdefault(name, gp.parse(name, where=None))  # type: ignore[arg-type]
    found = [
        c
        for c in DAMAGES[kind].make(answer, symbols, entry["wrt"][0])
        if isinstance(c, str) or changes(entry, answer, c)
    ]
    random.Random(f"{entry['id']} {kind} {seed}").shuffle(found)
    return found[:most]


def changes(entry: Mapping[str, Any], right: Expr, claim: Expr) -> bool:
    """Whether the value is another one at some random point, or the shape is; the number 0 is any zero."""
    for seed in range(3):
        values = corpus_sampling.draw(entry, seed)
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore", LostDigitsWarning)  # a damaged claim can have terms that cancel
                a, b = np.asarray(right.evaluate(values)), np.asarray(claim.evaluate(values))
        except (GradproofError, np.linalg.LinAlgError):
            continue
        if right.type != claim.type and not (isinstance(claim, Number) and not np.any(a) and not b):
            return True
        if (
            np.all(np.isfinite(a))
            and np.all(np.isfinite(b))
            and np.max(np.abs(a - b), initial=0.0) > 1e-6 * (1 + np.max(np.abs(a), initial=0.0))
        ):
            return True
    return False
