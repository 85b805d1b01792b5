"""Le français."""

from __future__ import annotations

from gradproof.languages.language import Language

LANGUAGE = Language("fr", "français", comma=", ", both=" et ", either=" ou ", semicolon=" ; ", messages={})
