"""What a process has to have answered once before somebody waits for it: `warm()`. Workers of the server are forked after it; the static site keeps the memory of a Python after it."""

from __future__ import annotations

import gc
import json
from functools import cache

from gradproof.service import reply

SUM = {
    "expression": r"\sum_{i=1}^m \log(1 + \exp(-y_i w^\top x_i)) + \frac{\lambda}{2} \lVert w \rVert_2^2",
    "wrt": "w",
}
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
    ("read", {"expression": "np.sum((A @ x - b)**2)"}),
    ("read", {"expression": "||A x - b||^2 + 2 x^T y"}),
    ("read", {"expression": "½ xᵀQx"}),
    ("derive", {**SUM}),
    ("steps", {**SUM}),
    ("derive", {**SUM, "wrt": ["w", "w"]}),
    ("steps", {"expression": "tr(inv(X)*A) + logdet(X)", "wrt": "X", "method": "differential"}),
    ("steps", {"expression": "-y'*log(softmax(W*x))", "wrt": "W", "lang": "zh"}),
    ("convexity", {**SUM, "where": "lambda: scalar positive"}),
]  # fmt: skip


def ask(command: str, data: str) -> list[int | str]:
    """One question of the page: its status, and its answer."""
    status, body = reply(command, data.encode("utf-8", "surrogatepass"))
    return [status, body.decode()]


@cache
def warm() -> None:
    """Everything is imported and has been used once; a process does it once."""
    for command, request in QUESTIONS:
        ask(command, json.dumps(request))
    gc.collect()


__all__ = ["ask", "warm"]
