"""Records of functions that stand above those who call them: filled when one of them is first asked for, and not while gradproof is imported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def _nobody() -> None:
    raise RuntimeError("gradproof/__init__.py has not been imported")


fill: Callable[[], object] = _nobody  # of all of them; gradproof/__init__.py, which comes before all others, sets it


class Hooks:
    """A record whose attributes `wiring.py` sets."""

    def __getattr__(self, name: str) -> Any:
        """What is not there yet."""
        if name.startswith("__"):
            raise AttributeError(name)
        fill()
        return self.__dict__[name]


class Certificates(Hooks):
    """`of`: what a Hessian says of the curvature of its formula."""

    of: Callable[..., Any]


certificates = Certificates()
