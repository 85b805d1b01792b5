"""What a problem tells those who solve it and those who judge its stationary points; `Optimum` says what each of these is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from gradproof.notation.expr import Symbol

if TYPE_CHECKING:
    from gradproof.optimum.lagrange import Minimization


class Optimised(Protocol):
    """A formula that is to be least (sign 1) or greatest (-1), by some variables."""

    @property
    def sign(self) -> int: ...
    @property
    def moving(self) -> tuple[Symbol, ...]: ...
    @property
    def problem(self) -> Minimization: ...
