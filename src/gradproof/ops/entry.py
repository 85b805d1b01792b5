"""What entries of the table for functions of each entry have in common."""

from __future__ import annotations

from gradproof.ops.operation import Code, Elementwise, Operation, signatures

EACH = signatures("*->*")


def entry(name: str, derivative: str, numpy: str, doc: str, **more) -> Operation:
    return Operation(name, EACH, Elementwise((derivative,)), doc, numpy=numpy, equivariant=True, **more)


def alike(name: str, jax: str = "") -> Code:
    """A function that every target has under this name, but for JAX where that is given."""
    return Code(
        jax=jax or f"jnp.{name}(x)",
        torch=f"torch.{name}(x)",
        array_api=f"xp.{name}(x)",
        julia=f"{name}@(x)",
        matlab=f"{name}(x)",
    )
