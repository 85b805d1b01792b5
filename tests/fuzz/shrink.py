"""A wrong problem made small: parts of it are replaced by smaller ones for as long as the same thing goes wrong."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from fuzz.formulas import Node, Unreadable, count, evaluate, variables
from fuzz.generate import Problem
from fuzz.jets import FLOAT, OutOfDomain
from fuzz.judge import Finding, Seen
from fuzz.truth import case

Compare = Callable[[Problem], Seen | None]


def shrunk(p: Problem, finding: Finding, compare: Compare, seconds: float = 25) -> Problem:
    """The smallest problem that is found within some seconds and shows a finding of the same kind."""
    end = time.monotonic() + seconds
    again = True
    while again and time.monotonic() < end:
        again = False
        for q in _smaller(p):
            if time.monotonic() > end:
                break
            if _shows(q, finding, compare):
                p, again = q, True
                break
    return p


def _shows(p: Problem, finding: Finding, compare: Compare) -> bool:
    try:
        seen = compare(p)
    except Exception:
        return False
    return seen is not None and any(f.kind == finding.kind for f in seen.findings)


def _smaller(p: Problem) -> Iterator[Problem]:
    if len(p.wrt) > 1:
        for k in range(len(p.wrt)):
            yield replace(p, wrt=p.wrt[:k] + p.wrt[k + 1 :])
    for e in _replaced(p.formula, p):
        q = p.with_formula(e)
        if set(p.wrt) <= variables(e):
            kept = variables(e) | {n for n, s in p.where.items() if s.startswith("function")} | {"x"}
            yield replace(q, where={n: s for n, s in p.where.items() if n in kept})
    for n, said in p.where.items():
        words = said.split()
        plain = " ".join(words[: {"scalar": 1, "vector": 2, "matrix": 3}.get(words[0], len(words))])
        if plain != said:
            yield replace(p, where={**p.where, n: plain})


def _replaced(e: Node, p: Problem) -> Iterator[Node]:
    """The formula with one part replaced by a smaller one of the same shape, large parts first."""
    shapes = _shapes(e, p)
    if not shapes:
        return
    leaves = {shape: n for n, shape in shapes.items() if n.op == "var"}
    parts = sorted(dict.fromkeys(shapes), key=count, reverse=True)
    for part in parts:
        if not part.args:
            continue
        inner = sorted(
            (n for n in shapes if n is not part and shapes[n] == shapes[part] and _inside(n, part)), key=count
        )
        leaf = leaves.get(shapes[part])
        for other in dict.fromkeys([*([leaf] if leaf else []), *inner]):
            yield _with(e, part, other)


def _shapes(e: Node, p: Problem) -> dict[Node, tuple[str, tuple[int, int]]]:
    found = case(p)
    if found is None:
        return {}
    at, shapes = found.point(FLOAT), {}
    stack = [e]
    while stack:
        node = stack.pop()
        if node in shapes:
            continue
        try:
            value = evaluate(node, at)
        except (OutOfDomain, Unreadable):
            continue
        shapes[node] = value.kind, value.shape
        stack += node.args
    return shapes


def _inside(small: Node, big: Node) -> bool:
    stack = [big]
    while stack:
        node = stack.pop()
        if node is small:
            return True
        stack += node.args
    return False


def _with(e: Node, old: Node, new: Node) -> Node:
    known: dict[Node, Node] = {old: new}

    def visit(node: Node) -> Node:
        if node not in known:
            args = tuple(visit(a) for a in node.args)
            known[node] = (
                node if all(a is b for a, b in zip(args, node.args, strict=True)) else Node(node.op, args, node.text)
            )
        return known[node]

    return visit(e)
