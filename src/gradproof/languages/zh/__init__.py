"""中文。"""

from __future__ import annotations

from gradproof.languages.language import Language

LANGUAGE = Language(
    "zh",
    "中文",
    comma="、",
    both="和",
    either="或",
    semicolon="；",
    document=r"\documentclass{ctexart}",
)
