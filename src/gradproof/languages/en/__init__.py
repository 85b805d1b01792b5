"""English."""

from __future__ import annotations

from gradproof.languages.language import Language

LANGUAGE = Language(
    "en",
    "English",
    comma=", ",
    both=" and ",
    either=" or ",
    semicolon="; ",
    document=r"\documentclass{article}" + "\n" + r"\usepackage[T1]{fontenc}" + "\n" + r"\usepackage[utf8]{inputenc}",
    catalogues=(),
)
