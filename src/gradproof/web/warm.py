"""Run once by the Python of the static site when the site is made: its memory after `warm()` is where every visitor begins."""

from __future__ import annotations

import gc
import json

from gradproof.service import reply

LEAST = {"expression": r"\lVert A x - b \rVert_2^2", "wrt": "x"}
QUESTIONS: list[tuple[str, dict[str, object]]] = [  # they bring in the modules that a visitor needs; what they answer is tested elsewhere
    ("read", {**LEAST}),
    ("derive", {**LEAST}),
    ("steps", {**LEAST}),
    ("check", {**LEAST, "claim": "A'*(A*x - b)", "hint": 1}),
    ("code", {**LEAST}),
    ("convexity", {**LEAST}),
    ("minimize", {"expression": "norm2(A*x - b)^2", "over": ["x"]}),
    ("derive", {"expression": "norm2(A*x - b", "wrt": "x"}),
    ("derive", {"expression": "logdet(X)", "wrt": "X", "lang": "zh"}),
    ("derive", {"expression": "logdet(X)", "wrt": "X", "lang": "fr"}),
]  # fmt: skip


def ask(command: str, data: str) -> list[int | str]:
    """One question of the page: its status, and its answer."""
    status, body = reply(command, data.encode("utf-8", "surrogatepass"))
    return [status, body.decode()]


def warm() -> None:
    """Everything is imported and has been used once."""
    for command, request in QUESTIONS:
        ask(command, json.dumps(request))
    gc.collect()


__all__ = ["ask", "warm"]
