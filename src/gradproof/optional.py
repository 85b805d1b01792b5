"""Libraries that are extras: where one is not installed, the error says which extra has it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from gradproof.errors import UnsupportedError
from gradproof.say import say

EXTRAS = {
    "torch": "torch",
    "jax": "jax",
    "dask": "dask",
    "distributed": "dask",
    "scipy": "fast",
    "sympy": "sympy",
    "starlette": "web",
    "uvicorn": "web",
}


@contextmanager
def extras() -> Iterator[None]:
    """Where libraries of extras are imported. Raises UnsupportedError for one that is not installed."""
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in EXTRAS:
            raise
        raise UnsupportedError(
            say("{package} is not installed", package=package),
            hint=say('pip install "gradproof[{extra}]"', extra=EXTRAS[package]),
        ) from None


def needed(name: str) -> Any:
    """A module of an extra. Raises UnsupportedError where it is not installed."""
    with extras():
        return import_module(name)
