"""What plain text says after its formula, `…, where J = det(F)`: a definition that the formula rests on is never dropped."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from itertools import islice

from gradproof.errors import GradproofError, Span
from gradproof.parse.greek import LETTERS
from gradproof.parse.names import TAKEN
from gradproof.parse.note import refusal
from gradproof.patterns import pattern

CONSTRAINT = pattern(r"s\.?\s*t|subject|such")
_DEFINED = pattern(  # a name, with what stands over, below and after it
    r"(?:^|(?<=[\s,;，；:：$])|(?<=[一-鿿]))(?P<name>(?:\\(?:hat|tilde|bar|widehat|widetilde|mathbf|bm|boldsymbol|mathrm)\s*\{?\s*)*"
    r"(?P<base>\\?[A-Za-zΑ-ω]\w*)\}?(?:_(?:\{[^{}=]*\}|\\?\w+))?(?:\^\{?\(\w\)\}?)?(?:\([^()=]*\))?)\s*(?P<is>:?=(?!=)|\bis\b)\s*"
)
_MOST = 20  # definitions that are looked at
_OPERATOR = pattern(r"[*/^'+@(]")
_STOP = pattern(r"[(\[)\],;，；。?]|\.(?=\s|\Z)|[\s,]+(?:and|or|where|with|for|if|is|are|when|such|over)\b|[一-鿿]")
_LEFT = pattern(r"\s*([^\W\d_]\w*)\s*:?=(?!=)")
_COMMAND = pattern(r"\\[A-Za-z]+")
_RUN = pattern(r"[A-Za-z]+")
_NO_FACTORS = frozenset("is the are and for of in as an by to we if".split())
_WORD = r"(?<![^\W_]){}(?![^\W_])"


def definitions_kept(text: str, span: Span, asked: Collection[str]) -> str | None:
    """A text in which what stands at this place, after its formula, is blank but for its definitions; None where the formula rests on none of them."""
    start, end = span
    kept, after = text[:start], text[start:end]
    left = _LEFT.match(kept)
    constraint = CONSTRAINT.search(after)
    found = [f for f in islice(_DEFINED.finditer(after), _MOST) if constraint is None or f.start() < constraint.end()]
    said = [(f, after[f.end() : _end(after, f.end())].rstrip(" .?$")) for f in found]
    said = [(f, says) for f, says in said if "=" in f["is"] or _OPERATOR.search(says)]
    reached = through([(f["base"], lambda names, says=says: _stands(names, says)) for f, says in said], asked)
    body = kept[left.end() if left else 0 :]
    goes_on = left is not None and any(re.search(_WORD.format(re.escape(left[1])), says) for _, says in said)
    if not goes_on and not any(_stands({f["base"]}, body) and _stands(reached, says) for f, says in said):
        return None
    blank = list(" " * len(after))
    for f, says in said:
        stop = f.end() + len(says)
        blank[f.start("name") : stop] = list(after[f.start("name") : stop])
        if f["is"] == "is":
            blank[slice(*f.span("is"))] = [" ", "="]
        blank[stop : stop + 1] = [","]
    blank[0] = ","
    return text[:start] + "".join(blank)[: end - start] + text[end:]


def related(text: str, spans: Sequence[Span]) -> list[Span] | None:
    """Parts of a text that are one formula and definitions, all of which it rests on; None for others."""
    if len(spans) > _MOST:
        return None
    parts = [text[slice(*span)] for span in spans]
    names = [found["base"] if (found := _DEFINED.match(part.lstrip())) and "=" in found["is"] else "" for part in parts]
    says = [part[part.find("=") + 1 :] if name else part for part, name in zip(parts, names, strict=True)]

    def uses(k: int, other: int) -> bool:
        return k != other and bool(names[other]) and _stands_in(names[other], says[k])

    every = range(len(parts))
    roots = [k for k in every if not any(uses(other, k) for other in every)]
    return list(spans) if len(roots) == 1 and all(k in roots or any(uses(o, k) for o in every) for k in every) else None


def _stands_in(name: str, text: str) -> bool:
    """Whether a name stands in a text that may be LaTeX, in which the letters of commands are no names."""
    if name.startswith("\\"):
        return re.search(rf"{re.escape(name)}(?![A-Za-z])", text) is not None
    return _stands({name.split("_")[0]}, _COMMAND.sub(" ", text))


def _end(text: str, start: int) -> int:
    """Where the right side of a definition ends: at a comma outside of brackets, at a word of prose, at the end."""
    depth = 0
    for found in _STOP.finditer(text, start):
        if found[0] in ("(", "["):
            depth += 1
        elif found[0] in (")", "]"):
            depth -= 1
        elif not depth:
            return found.start()
    return len(text)


def through(definitions: Sequence[tuple[str, Callable[[Collection[str]], bool]]], asked: Collection[str]) -> set[str]:
    """What is asked for, and the names that are defined by it, also through each other: a = g(z), z = W x. Each definition tells which names are in it."""
    reached = {base_of(name) for name in asked}
    while new := {name for name, holds in definitions if name not in reached and holds(reached)}:
        reached |= new
    return reached


def base_of(name: str) -> str:
    """The letter of a name that may have an index or a number: beta of beta1, x of x_2.

    >>> base_of("beta1"), base_of("x_2"), base_of("W[1,2]"), base_of("loss")
    ('beta', 'x', 'W', 'loss')
    """
    return re.split(r"[_\[\d]", name)[0] or name


def _stands(names: Collection[str], text: str) -> bool:
    """Whether one of these names stands in a plain text: as a word, or as one of the factors of Ax."""
    letters = {n for n in names if len(n) == 1}
    if any(re.search(_WORD.format(re.escape(name)), text) for name in names):
        return True
    runs = [run for run in _RUN.findall(text) if run not in TAKEN and run not in LETTERS and run not in _NO_FACTORS]
    return any(not letters.isdisjoint(run) for run in runs if len(run) < 4 or not run.islower())


def defined_after(name: str, shown: str, span: tuple[int, int]) -> GradproofError:
    return refusal("defined-after", span, name=name, shown=" ".join(shown.split())[:80])
