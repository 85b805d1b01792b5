"""PyTorch code makes arrays where its arguments are: by reading every constructor that it may bring along, and on a device without entries (`meta`)."""

from __future__ import annotations

import ast

import pytest

import gradproof as gp
from gradproof.codegen.targets import torch_target
from gradproof.ops import TABLE

torch = pytest.importorskip("torch")
MAKERS = {
    "zeros",
    "ones",
    "eye",
    "arange",
    "tensor",
    "full",
    "empty",
    "linspace",
    "tril_indices",
    "triu_indices",
    "rand",
    "randn",
}
FORMULAS = [
    ("x'*diag(x)*A*x", "x x"),
    ("tr(inv(A)*X*A)", "X"),
    ("logdet(A) + x'*inv(A)*x", "A"),
    ("sum(log(1 + exp(A*x)))", "x x"),
    ("y'*softmax(A*x)", "x x"),
    ("log(sum(exp(A*x)))", "x"),
    ("norm2(A*x - y)^2 + norm2(x)^2", "x x"),
    ("sum(X.*X.*A)", "X X"),
    ("tr(X'*X) + 3", "X X"),
    ("vec(X)'*kron(A, A)*vec(X)", "X"),
]


def _texts() -> dict[str, str]:
    words = torch_target.WORDS
    found = {
        f"word {k}": getattr(words, k).replace("{0}", "a").replace("{1}", "b") for k in type(words).__dataclass_fields__
    }
    found |= {f"helper {k}": v for k, v in torch_target.HELPERS.items()}
    return found | {f"operation {op.name}": op.code.torch for op in TABLE.values() if op.code and op.code.torch}


@pytest.mark.parametrize("name", _texts())
def test_arrays_are_made_on_a_device_that_is_named(name: str) -> None:
    try:
        tree = ast.parse(_texts()[name].strip())
    except SyntaxError:  # a template that is no expression by itself
        return
    for call in (n for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)):
        if call.func.attr in MAKERS and isinstance(call.func.value, ast.Name) and call.func.value.id == "torch":  # type: ignore[attr-defined]
            assert "device" in {k.arg for k in call.keywords}, ast.unparse(call)


@pytest.mark.parametrize(("formula", "wrt"), FORMULAS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_results_are_on_the_device_of_the_arguments_and_of_their_kind(
    formula: str, wrt: str, dtype: torch.dtype
) -> None:
    where = "A: matrix n n; X: matrix n n; x: vector n; y: vector n"
    f = gp.derive(formula, wrt=wrt.split(), where=where, verify=False).compile("torch", check=False)
    shapes = {"A": (4, 4), "X": (4, 4), "x": (4,), "y": (4,), "n": ()}
    found = f({n: torch.empty(shapes[n], dtype=dtype, device="meta") if n != "n" else 4 for n in f.names})
    if "n" not in f.names or len(f.names) > 1:
        assert (found.device.type, found.dtype) == ("meta", dtype)
