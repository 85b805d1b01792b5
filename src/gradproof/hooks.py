"""Functions that are read when they are first asked for, and not while gradproof is imported: those that stand above who calls them, and those that tables name."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any


def _nobody() -> None:
    raise RuntimeError("gradproof/__init__.py has not been imported")


fill: Callable[[], object] = _nobody  # of all of them; gradproof/__init__.py, which comes before all others, sets it


class Hooks:
    """A record whose attributes `wiring.py` sets; `later`: those that it makes when they are first asked for."""

    later: dict[str, Callable[[], object]]

    def __getattr__(self, name: str) -> Any:
        """What is not there yet."""
        if name.startswith("__"):
            raise AttributeError(name)
        fill()
        if name not in self.__dict__:
            self.__dict__[name] = self.__dict__["later"][name]()
        return self.__dict__[name]


class _Later:
    """Stands for a module whose functions are named long before they are called: it is read when one of them is."""

    def __init__(self, module: str):
        self._module = module

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        module = self._module

        def call(*args: Any, **named: Any) -> Any:
            return getattr(import_module(module), name)(*args, **named)

        call.__module__, call.__qualname__ = module, name
        self.__dict__[name] = call
        return call


def later(module: str) -> Any:
    """A module of functions, for the top of a table that names them.

    >>> later("math").sqrt(4.0)
    2.0
    """
    return _Later(module)


class Certificates(Hooks):
    """`of`: what a Hessian says of the curvature of its formula."""

    of: Callable[..., Any]


certificates = Certificates()
