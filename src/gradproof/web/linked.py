"""The page in few files: its modules in one, each still a scope of its own, so that a browser has all of them after one request. The sources stay modules that a browser can load as they are."""

from __future__ import annotations

import re
from pathlib import Path
from posixpath import dirname, join, normpath

START, WHOLE = "js/main.js", "js/page.js"
IMPORT = re.compile(r'^import (?:\{ ([^}]+) \}|([\w$]+)) from "([^"]+)";$', re.MULTILINE)
EXPORT = re.compile(r"^export (default |(?:async )?function |class |const )([\w$]*)", re.MULTILINE)
ODD = re.compile(r"^(?:import|export) .*$", re.MULTILINE)


def page_files(folder: Path) -> dict[str, bytes]:
    """The files of the page that differ from those in a folder: its module, and what names it. Raises ValueError where modules import each other in a circle, or export what this cannot link."""
    page = (folder / "index.html").read_text("utf-8")
    return {WHOLE: linked(folder).encode(), "index.html": page.replace(f'src="{START}"', f'src="{WHOLE}"').encode()}


def linked(folder: Path) -> str:
    """All modules that the page begins with, in the order in which they are needed."""
    done: dict[str, str] = {}
    _add(folder, START, done, ())
    names = ", ".join(f"{_name(path)} as {Path(path).stem}" for path in done if path.startswith("js/"))
    return "\n".join([*done.values(), f"export {{ {names} }};\n"])


def _add(folder: Path, path: str, done: dict[str, str], above: tuple[str, ...]) -> None:
    if path in done:
        return
    if path in above:
        raise ValueError(f"modules import each other: {' -> '.join([*above, path])}")
    text = (folder / path).read_text("utf-8")
    for _, _, other in IMPORT.findall(text):
        _add(folder, _place(path, other), done, (*above, path))
    done[path] = _scope(path, text)


def _scope(path: str, text: str) -> str:
    """A module as a function that is called at once: its imports are taken from those of others, and it gives what it exports."""
    names = [name for _, name in EXPORT.findall(text) if name]
    given = [*names, *(["default: whole"] if "export default " in text else [])]
    text = IMPORT.sub(lambda m: f"const {_taken(m[1], m[2])} = {_name(_place(path, m[3]))};", text)
    text = EXPORT.sub(lambda m: "const whole = " if m[1] == "default " else f"{m[1]}{m[2]}", text)
    if odd := ODD.search(text):  # a name whose value changes, for instance: others would not see that
        raise ValueError(f"{path}: this is not linked: {odd[0]}")
    return f"// {path}\nconst {_name(path)} = (() => {{\n{text.rstrip()}\nreturn {{ {', '.join(given)} }};\n}})();"


def _taken(some: str, whole: str) -> str:
    return f"{{ {some.replace(' as ', ': ')} }}" if some else f"{{ default: {whole} }}"


def _place(path: str, other: str) -> str:
    return normpath(join(dirname(path), other))


def _name(path: str) -> str:
    return "$" + re.sub(r"\W", "_", path.removesuffix(".js"))
