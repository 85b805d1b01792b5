"""Writes what lists the languages and the targets: their types in `choices.py`, and the languages of the page. `python tools/choices.py`, which `make fix` runs.

A language is a folder in `src/gradproof/languages/`, a target a record in a file of `src/gradproof/codegen/targets/`: nobody lists them by hand. A type
checker reads no folders, and a page without a build step neither, so that their lists are written, and held against the folders by a test.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import get_args

SOURCE = Path(__file__).parents[1] / "src" / "gradproof"
sys.path.insert(0, str(SOURCE.parent))

from gradproof import choices  # noqa: E402  (found by the line above)
from gradproof.codegen import BY_ROWS, SOURCES, TARGETS  # noqa: E402

STATIC = SOURCE / "web" / "static"


def _in_order(found: Iterable[str], known: object) -> list[str]:
    """What there is, in the order in which it is listed; what is new stands last."""
    names, listed = {*found}, [*get_args(known)]
    return [n for n in listed if n in names] + sorted(names - {*listed})


def languages() -> list[str]:
    """The folders of languages."""
    return _in_order((p.parent.name for p in (SOURCE / "languages").glob("*/__init__.py")), choices.Language)


def targets() -> list[str]:
    """What code can be written for."""
    return _in_order([*TARGETS, *BY_ROWS, *SOURCES], choices.Target)


def _literal(name: str, words: Iterable[str]) -> str:
    return f"{name} = Literal[{', '.join(map(json.dumps, words))}]  # fmt: skip"


def _written(path: str, *lines: tuple[str, str]) -> tuple[Path, str]:
    """A file with its lists as they should be: each pattern is one place, and what stands there."""
    file = SOURCE / path
    text = file.read_text("utf-8")
    for place, now in lines:
        text, count = re.subn(place, lambda _, now=now: now, text, count=1, flags=re.MULTILINE)
        if not count:
            raise SystemExit(f"{path}: nothing is like {place}")
    return file, text


def files() -> Mapping[Path, str]:
    """The files that list languages and targets, as they should be."""
    page = [lang for lang in languages() if (STATIC / "i18n" / f"{lang}.js").exists()]
    names = {lang: import_module(f"gradproof.languages.{lang}").LANGUAGE.name for lang in page}
    options = "".join(
        f'<option value="{k}" lang="{k}" data-name="{n[:1].upper() + n[1:]}">{n[:1].upper() + n[1:]}</option>'
        for k, n in names.items()
    )
    imports = "\n".join(f'import {lang} from "../i18n/{lang}.js";' for lang in page)
    return dict(
        [
            _written(
                "choices.py",
                (r"^Language = .*", _literal("Language", languages())),
                (r"^Target = .*", _literal("Target", targets())),
            ),
            _written(
                "web/static/js/i18n.js",
                (r'^import \w+ from "\.\./i18n/.*(?:\nimport \w+ from "\.\./i18n/.*)*', imports),
                (r"^const TEXTS = .*", f"const TEXTS = {{ {', '.join(page)} }};"),
            ),
            _written("web/static/js/first.js", (r"LANGUAGES = \[.*?\]", f"LANGUAGES = {page}".replace("'", '"'))),
            _written(
                "web/static/index.html",
                (r'(?<=<select id="lang">).*?(?=</select>)', options),
            ),
        ]
    )


if __name__ == "__main__":
    for file, text in files().items():
        if file.read_text("utf-8") != text:
            file.write_text(text, "utf-8")
            print(f"wrote {file.relative_to(SOURCE)}")
