"""Le français."""

from __future__ import annotations

from gradproof.languages.language import Language

LANGUAGE = Language(
    "fr",
    "français",
    comma=", ",
    both=" et ",
    either=" ou ",
    semicolon=" ; ",
    document="\n".join(
        [
            r"\documentclass{article}",
            r"\usepackage[T1]{fontenc}",
            r"\usepackage[utf8]{inputenc}",
            r"\usepackage[french]{babel}",
        ]
    ),
)
