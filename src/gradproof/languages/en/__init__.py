"""English."""

from __future__ import annotations

from gradproof.languages.language import Language

LANGUAGE = Language("en", "English", comma=", ", both=" and ", either=" or ", semicolon="; ", messages={})
