"""What a person reads: the English text stands where it is said, and remembers how it was made, so that it can be said in every language.

`say("{name} is declared twice", name="x")` is the string "x is declared twice". Its template is the key in the catalogues of the other languages
(`languages/zh`, `languages/fr`), which hold every template that stands in the code: `tests/test_languages.py` collects them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Literal

from gradproof.languages import Language, language


class Said(str):
    """A text in English with its template and its values. A template without values is the text as it stands, braces and all."""

    template: str = ""
    values: Mapping[str, object] = {}

    def told(self, lang: str) -> str:
        """The text in a language; in English where a catalogue does not have it. Raises KeyError for a language without texts."""
        return self._made(language(lang))

    def _made(self, lang: Language) -> str:
        if not self.template:
            return str(self)
        template = lang.messages.get(self.template, self.template)
        if not self.values:
            return template
        return template.format(**{k: v._made(lang) if isinstance(v, Said) else v for k, v in self.values.items()})


class _Listed(Said):
    """Several texts, joined as a language joins them."""

    items: tuple[object, ...] = ()
    last: Literal["", "and", "or", ";"] = ""

    def _made(self, lang: Language) -> str:
        return lang.listed([v._made(lang) if isinstance(v, Said) else str(v) for v in self.items], self.last)


NOTHING = Said("")


def carried(text: str) -> Said:
    """A text that was made elsewhere, for which the catalogues may have a translation."""
    said = Said(text)
    said.template, said.values = text, {}
    return said


def say(template: str, /, **values: object) -> Said:
    """The text in English. Numbers keep their format (`{count:,}`); other values are put in as they print.

    >>> str(say("{name} is declared twice", name="x"))
    'x is declared twice'
    >>> say("{name} is declared twice", name="x").told("fr")
    'x est déclaré deux fois'
    """
    kept = {k: v if isinstance(v, Said | int | float) else str(v) for k, v in values.items()}
    said = Said(template.format(**kept) if kept else template)
    said.template, said.values = template, kept
    return said


def changed(said: Said, change: Callable[[str], str]) -> Said:
    """The same text with its values changed, in every language.

    >>> changed(say("{name} is declared twice", name="zeta"), lambda v: "x > 0").told("fr")
    'x > 0 est déclaré deux fois'
    """
    if isinstance(said, _Listed):
        return listed([changed(v, change) if isinstance(v, Said) else change(str(v)) for v in said.items], said.last)
    if not said.values:
        return said
    values = {
        k: changed(v, change) if isinstance(v, Said) else change(v) if isinstance(v, str) else v
        for k, v in said.values.items()
    }
    found = Said(said.template.format(**values))
    found.template, found.values = said.template, values
    return found


def listed(items: Iterable[object], last: Literal["", "and", "or", ";"] = "") -> Said:
    """Several things, with commas between them, and a word before the last.

    >>> listed(["a", "b", "c"], "or").told("en")
    'a, b or c'
    """
    parts = tuple(v if isinstance(v, Said) else str(v) for v in items)
    said = _Listed(language("en").listed([str(v) for v in parts], last))
    said.items, said.last = parts, last
    return said


def quoted(text: object) -> Said:
    """Words that are not ours: what another library said, or a formula. The same in every language."""
    return text if isinstance(text, Said) else Said(text)


def told(text: str, lang: str) -> str:
    """A text in a language, if it is one that can be said in others."""
    return text.told(lang) if isinstance(text, Said) else text


def all_told(value: object, lang: str) -> object:
    """The same dictionaries and lists, with each text that can be said in a language said in it."""
    if isinstance(value, Mapping):
        return {name: all_told(part, lang) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [all_told(part, lang) for part in value]
    return told(value, lang) if isinstance(value, str) else value
