"""Exercises: problems with hints, a marker and a proven solution."""

from __future__ import annotations

from gradproof.tutor.exercise import Exercise, exercise

__all__ = ["Exercise", "exercise"]
