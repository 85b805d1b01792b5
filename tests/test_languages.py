"""The languages: every text that stands in the code is in every catalogue, with the same values, and nothing else is."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import gradproof as gp
from gradproof.languages import LANGUAGES, language
from gradproof.parse.refusals import REFUSALS
from gradproof.parse.texts import NOTES
from gradproof.say import Said, listed, quoted, say

SOURCE = Path(__file__).parents[1] / "src" / "gradproof"
OTHERS = [lang for lang in LANGUAGES if lang != "en"]
COMPUTED = {"parse/note.py"}  # its texts are those of parse/texts.py and parse/refusals.py


def templates(node: ast.expr) -> Iterator[str]:
    """The templates that the first argument of `say` can be."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from templates(node.body)
        yield from templates(node.orelse)
    else:
        raise AssertionError(f"line {node.lineno}: the template of `say` is written out where it is said")


def collected() -> Iterator[tuple[str, bool]]:
    """Every template in the code, and whether values are put into it."""
    for path in sorted(SOURCE.rglob("*.py")):
        if str(path.relative_to(SOURCE)) in {*COMPUTED, "say.py"}:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say":
                yield from ((t, bool(node.keywords)) for t in templates(node.args[0]))
    for text in [*NOTES.values(), *(part for parts in REFUSALS.values() for part in parts if part)]:
        yield text, bool(re.search(r"(?<!\{)\{\w+\}", text) and "\\sum_{" not in text)


TEMPLATES = dict(collected())


def holes(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("lang", OTHERS)
def test_every_text_is_in_every_catalogue(lang: str) -> None:
    messages = language(lang).messages
    missing = [
        text for text in TEMPLATES if text not in messages and re.search("[a-z]{2}", re.sub(r"\{.*?\}", "", text))
    ]
    assert not missing, f"{lang} lacks {len(missing)} texts:\n" + "\n".join(map(repr, missing))
    assert not messages.keys() - TEMPLATES.keys(), "said nowhere"


@pytest.mark.parametrize("lang", OTHERS)
def test_every_text_has_the_same_values(lang: str) -> None:
    for text, told in language(lang).messages.items():
        if TEMPLATES.get(text):
            assert holes(told) <= holes(text), text
            assert holes(told) >= holes(text) - {"s"}, text


def test_a_text_remembers_how_it_was_made() -> None:
    said = say("'{op}' does not fit: {operands}", op="*", operands=listed(["x", say("a scalar")], "and"))
    assert said == "'*' does not fit: x and a scalar"
    assert said.told("en") == said
    assert quoted("LinAlgError").told("zh") == "LinAlgError"


def test_errors_are_said() -> None:
    """The type checker asks for a `Said` where an error is made; here that one reaches the reader in other languages."""
    with pytest.raises(gp.ParseError) as caught:
        gp.derive("pi*x +", "x")
    assert isinstance(caught.value.message, Said)
    assert caught.value.told("en") == str(caught.value)
    with pytest.raises(gp.GradproofError, match="no texts in 'tlh'"):
        caught.value.told("tlh")


SAID = {"say", "listed", "quoted", "note", "refusal"}


def spelled(node: ast.AST) -> Iterator[str]:
    """The texts written out in an expression, but for those that are said."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SAID):
        for child in ast.iter_child_nodes(node):
            yield from spelled(child)


def unsaid(tree: ast.AST) -> Iterator[str]:
    """English words that are put into a text as a value, which no catalogue has: written there, or given to a name in the same function."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            named: dict[str, list[ast.expr]] = {}
            for node in ast.walk(function):
                if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                    named.setdefault(node.targets[0].id, []).append(node.value)
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SAID - {"quoted"}:
                    for value in (k.value for k in node.keywords):
                        sources = [value, *(named.get(value.id, ()) if isinstance(value, ast.Name) else ())]
                        texts = (text for source in sources for text in spelled(source))
                        yield from (text for text in texts if re.search(r"(?<!-)\b[a-z]{2,} [a-z]{2,}", text))


def test_no_value_of_a_text_is_english() -> None:
    found = {
        f"{path.relative_to(SOURCE)}: {text}"
        for path in SOURCE.rglob("*.py")
        for text in unsaid(ast.parse(path.read_text("utf-8")))
    }
    assert not {text for text in found if "--format latex" not in text}


def test_english_values_are_seen() -> None:
    tree = ast.parse(
        'def f(x):\n    why = "it is" + " too long" if x else "so much"\n    raise E(say("{why}", why=why))'
    )
    assert {*unsaid(tree)} == {"it is", "so much", " too long"}
    assert not {*unsaid(ast.parse('def f():\n    why = say("it is too long")\n    raise E(say("{why}", why=why))'))}
