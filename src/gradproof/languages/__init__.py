"""The languages: one folder each, with a record `LANGUAGE`. A new language is one more folder; `python tools/choices.py` writes its name into its type."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import get_args

from gradproof import choices
from gradproof.languages.language import Language as Language

LANGUAGES: tuple[str, ...] = get_args(choices.Language)


@cache
def language(lang: str) -> Language:
    """The record of a language; its texts are read when they are asked for. Raises KeyError where there is none: `errors.spoken` says it better."""
    if lang not in LANGUAGES:
        raise KeyError(lang)
    found = import_module(f"gradproof.languages.{lang}").LANGUAGE
    assert isinstance(found, Language)
    return found
