"""The languages: one folder each, with a record `LANGUAGE`. A new language is one more folder, and its name here and in `choices.py`."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from gradproof.languages.language import Language as Language

LANGUAGES = ("en", "zh", "fr")


@cache
def language(lang: str) -> Language:
    """The record of a language; its texts are read when they are asked for. Raises KeyError where there is none: `errors.spoken` says it better."""
    if lang not in LANGUAGES:
        raise KeyError(lang)
    found = import_module(f"gradproof.languages.{lang}").LANGUAGE
    assert isinstance(found, Language)
    return found
