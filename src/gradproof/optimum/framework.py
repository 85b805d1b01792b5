"""A formula with its data as a function of a flat vector of JAX or of PyTorch, for optimisers of theirs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gradproof.optional import needed

if TYPE_CHECKING:
    from gradproof.derivative import Derivative
    from gradproof.optimum.bound import Array, FlatVector, Framework

NAMESPACES = {"jax": "jax.numpy", "torch": "torch"}


def function(flat: FlatVector, derivative: Derivative, sign: int, framework: Framework) -> Callable[[Array], Array]:
    """The formula of a derivative, times a sign, as a function of a flat vector; `Bound.function` says what it is for."""
    xp: Any = needed(NAMESPACES[framework])
    scalar = derivative.expression.type.kind == "s"
    # solvers of least squares ask how residuals change along a direction as well, and JAX goes back through that form, too
    code: Any = derivative.compile(framework, autograd=True if scalar or framework == "torch" else "jvp")
    data: dict[str, Any] = {n: v if isinstance(v, float | int) else xp.asarray(v) for n, v in flat.values.items()}

    def formula(v: Array) -> Array:
        if tuple(v.shape) != (flat.size,):
            raise flat.wrong_length(v.shape)
        found = {n: c.value(v[flat.part(n)], xp) for n, c in flat.charts.items()}
        known = {**flat.sizes, **(_beside(v, data) if framework == "torch" else data), **found}
        value = code({n: known[n] for n in code.names})
        return sign * (value if scalar else value.reshape(-1))

    return formula


def _beside(v: Array, data: dict[str, Any]) -> dict[str, Any]:
    """PyTorch's tensors on the device of one."""
    return {n: x if isinstance(x, float | int) else x.to(v.device) for n, x in data.items()}
