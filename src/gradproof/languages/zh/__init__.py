"""中文。"""

from __future__ import annotations

from gradproof.languages.language import Language
from gradproof.languages.zh import code, core, faces, notes, optimum, reader

LANGUAGE = Language(
    "zh",
    "中文",
    comma="、",
    both="和",
    either="或",
    semicolon="；",
    messages=reader.MESSAGES | notes.MESSAGES | core.MESSAGES | code.MESSAGES | faces.MESSAGES | optimum.MESSAGES,
)
