"""From tensors to code: a program of array operations, planned by cost, written by one spelling table for each target."""

from __future__ import annotations

from typing import Any

from gradproof.codegen.build import Result
from gradproof.codegen.compiled import Compiled, Task
from gradproof.errors import UnsupportedError
from gradproof.lower import lower
from gradproof.present import Axes

__all__ = ["Compiled", "compiled"]

TARGETS = {"numpy": Compiled}
KINDS = {1: "gradient", 2: "hessian"}


def compiled(d: Any, target: str, value: bool) -> Compiled:
    """The function that computes a derivative; with `value`, the pair of the formula's value and the derivative."""
    if target not in TARGETS:
        raise UnsupportedError(f"code for {target} is not supported yet", hint="targets are " + ", ".join(TARGETS))
    results = (Result(d.tensor, d.axes, d.layout),)
    whole = lower(d.expression) if value else None
    if whole is not None:
        results = (Result(whole.tensor, Axes((), whole.kind, whole.groups), "mixed"), *results)
    scalar = d.axes.kind == "s"
    name = KINDS.get(len(d.wrt), "derivative") if scalar else "jacobian" if len(d.wrt) == 1 and d.axes.kind in "vr" else "derivative"
    return TARGETS[target](Task(name, _doc(d, value), results, d.symbols, d.functions))


def _doc(d: Any, value: bool) -> tuple[str, ...]:
    """The docstring, without its end."""
    by = ", ".join(d.wrt)
    what = f"The value of f and its derivative by {by}, where" if value else f"The derivative of f by {by}, where"
    shape = ", ".join(map(str, d.shape))
    lines = [f'"""{what} f = {d.expression.ascii}', "", f"{d.layout} layout, shape ({shape}{',' if len(d.shape) == 1 else ''}):", "", f"    {d.result.ascii}"]
    return tuple(line.replace("\\", "\\\\") for line in lines)
