"""What a derivative is for: whether a formula is convex, where its optimum is, and what a solver needs."""

from __future__ import annotations

from gradproof.optimum.convexity import Convexity, convexity
from gradproof.optimum.objective import Objective, Residual, objective, residual
from gradproof.optimum.optimum import Optimum, maximize, minimize

__all__ = [
    "Convexity",
    "Objective",
    "Optimum",
    "Residual",
    "convexity",
    "maximize",
    "minimize",
    "objective",
    "residual",
]
