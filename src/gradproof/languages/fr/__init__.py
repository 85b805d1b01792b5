"""Le français."""

from __future__ import annotations

from gradproof.languages.fr import code, core, faces, notes, optimum, reader
from gradproof.languages.language import Language

LANGUAGE = Language(
    "fr",
    "français",
    comma=", ",
    both=" et ",
    either=" ou ",
    semicolon=" ; ",
    messages=reader.MESSAGES | notes.MESSAGES | core.MESSAGES | code.MESSAGES | faces.MESSAGES | optimum.MESSAGES,
)
