"""Equal is identical, also while a table lets go of what nobody holds; and it does let go."""

from __future__ import annotations

import gc
import sys
import threading

import gradproof as gp
from gradproof.notation import intern
from gradproof.notation.intern import Kept


class Node:
    def __init__(self, *below: Node):
        self.below = below


def made(table: Kept, name: object, *below: Node) -> Node:
    key = (name, below)
    found = table.get(key)
    return found if found is not None else table.keep(key, Node(*below))


def test_nodes_that_are_held_stay_and_what_they_are_made_of() -> None:
    table = Kept()
    held = [made(table, k, made(table, (k, "below"))) for k in range(10)]
    for k in range(3 * intern.LEAST):
        made(table, ("other", k))
    assert len(table) < 2 * intern.LEAST
    for k, node in enumerate(held):
        assert made(table, k, made(table, (k, "below"))) is node


def test_chains_that_nobody_holds_are_let_go_at_once() -> None:
    table = Kept()
    for _ in range(3):
        last = made(table, "first")
        for k in range(intern.LEAST // 2):
            last = made(table, k, last)
        del last
    assert len(table) <= intern.LEAST
    for k in range(intern.LEAST):
        made(table, ("other", k))
    assert ("first", ()) not in table
    assert sys.getrefcount(table) < 10


def test_what_an_interrupt_left_out_is_put_back() -> None:
    table = Kept()
    node = made(table, "held")
    table._held.append(table.popitem())  # as an interrupt in the middle leaves it
    assert made(table, "held") is node


def test_threads_share_their_nodes() -> None:
    held, wrong = [gp.vector("x", "n")], []

    def work(seed: int) -> None:
        for k in range(400):
            e = gp.parse(f"x'*x + {seed}*{k}")
            if held[0] not in e.variables or e is not gp.parse(f"x'*x + {seed}*{k}"):
                wrong.append(k)

    before = intern.LEAST
    intern.LEAST = 50
    try:
        threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
    finally:
        intern.LEAST = before
    assert not wrong


def test_a_formula_that_was_parsed_is_forgotten() -> None:
    gp.parse("sum(x.^31) + 1234567")
    gc.collect()
    from gradproof.notation.expr import _interned

    for k in range(2 * max(intern.LEAST, len(_interned))):  # a sweep comes when the table has twice what it held
        gp.parse(f"{k} + 7654321")
    assert not [e for e in list(_interned.values()) if getattr(e, "text", "") == "1234567"]
