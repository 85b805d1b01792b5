"""From tensors to code: a program of array operations, planned by cost, written by one spelling table for each target."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from gradproof.codegen.build import Result
from gradproof.codegen.compiled import Compiled, Task
from gradproof.codegen.directional import product
from gradproof.codegen.jax_target import JaxSpelling
from gradproof.codegen.numpy_target import NumpySpelling
from gradproof.codegen.python_target import PythonSpelling
from gradproof.codegen.torch_target import TorchSpelling
from gradproof.codegen.xp_target import ArrayApiSpelling
from gradproof.errors import UnsupportedError
from gradproof.lower import lower
from gradproof.present import Axes

__all__ = ["Compiled", "compiled", "directional"]

TARGETS: dict[str, Callable[[], PythonSpelling]] = {
    "numpy": lambda: NumpySpelling(find_spec("scipy") is not None),
    "numpy-only": lambda: NumpySpelling(False),
    "jax": JaxSpelling,
    "torch": TorchSpelling,
    "array-api": ArrayApiSpelling,
}
KINDS = {1: "gradient", 2: "hessian"}


PRODUCTS = {
    "jvp": "How f changes when {0} changes along {1}",
    "vjp": "The gradient of the inner product of {1} and f by {0}",
    "hvp": "The Hessian of f by {0}, times {1}",
}


def _check(target: str) -> None:
    if target not in TARGETS:
        raise UnsupportedError(f"code for {target} is not supported yet", hint="targets are " + ", ".join(TARGETS))


def compiled(d: Any, target: str, value: bool) -> Compiled:
    """The function that computes a derivative; with `value`, the pair of the formula's value and the derivative."""
    _check(target)
    results = (Result(d.tensor, d.axes, d.layout),)
    whole = lower(d.expression) if value else None
    if whole is not None:
        results = (Result(whole.tensor, Axes((), whole.kind, whole.groups), "mixed"), *results)
    scalar = d.axes.kind == "s"
    name = KINDS.get(len(d.wrt), "derivative") if scalar else "jacobian" if len(d.wrt) == 1 and d.axes.kind in "vr" else "derivative"
    return Compiled(Task(name, _doc(d, value), results, d.symbols, d.functions), TARGETS[target]())


def directional(d: Any, kind: str, target: str = "numpy") -> Compiled:
    """The function that computes a Jacobian-vector, vector-Jacobian or Hessian-vector product; the vector is its argument v."""
    _check(target)
    tensor, v = product(d, kind)
    doc = (f'"""{PRODUCTS[kind].format(", ".join(dict.fromkeys(d.wrt)), v.name)}, where f = {d.expression.ascii}'.replace("\\", "\\\\"),)
    return Compiled(Task(kind, doc, (Result(tensor, None, "denominator"),), {**d.symbols, v.name: v}, d.functions), TARGETS[target]())


def _doc(d: Any, value: bool) -> tuple[str, ...]:
    """The docstring, without its end."""
    by = ", ".join(d.wrt)
    what = f"The value of f and its derivative by {by}, where" if value else f"The derivative of f by {by}, where"
    shape = ", ".join(map(str, d.shape))
    lines = [f'"""{what} f = {d.expression.ascii}', "", f"{d.layout} layout, shape ({shape}{',' if len(d.shape) == 1 else ''}):", "", f"    {d.result.ascii}"]
    return tuple(line.replace("\\", "\\\\") for line in lines)
