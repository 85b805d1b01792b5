r"""What index notation leaves unsaid: sums over indices that stand twice in a product, A_{ij} x_j, and entries that are told by one or two of them.

2x_1                   for every index, where the label is ∂f/∂x_1
(2x_1, …, 2x_n)        the same
2 x_i, A_{ij} x_j      an entry, without a label
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping

from gradproof.brackets import closing
from gradproof.patterns import pattern

INDICES = frozenset("ijklmnpqrst")
_LETTERS = r"[i-t](?:\s*,?\s*[i-t])?"
_BELOW = pattern(
    rf"(?:_\s*\{{\s*(?P<a>{_LETTERS})\s*\}}|_\s*(?P<b>[i-t]{{1,2}})(?![A-Za-z\d])|(?<=[\w)\]])\[\s*(?P<c>{_LETTERS})\s*\])"
)
_RUNNING = pattern(r"(?:\\sum|∑|Σ|(?<![A-Za-z\\])sum)\s*_\s*\{?\s*([a-z](?:\s*,\s*[a-z]|[a-z])?)(?![a-z])|(?<![A-Za-z\\])sum\s*\(\s*([a-z](?:\s*,\s*[a-z])*)\s*[:,]")  # fmt: skip
_NUMBERED = pattern(r"(?P<base>[^\W\d_]|\)|\]|\})\s*(?:_\s*\{\s*(?P<a>[\d\sa-z,]+?)\s*\}|_\s*(?P<b>(?:\d|[i-t])+)(?![A-Za-z\d.])|(?<=[\w)\]])\[\s*(?P<c>[\da-z](?:\s*,\s*[\da-z])?)\s*\])")  # fmt: skip
_DOTS = pattern(r"\s*(?:\.\.\.|…|⋯|⋮|\\[lcv]?dots[bcmio]?)\s*")
_LIST = pattern(
    r"\s*(?:[(\[]|\\begin\s*\{\s*[bp]?matrix\s*\})(?P<inner>.*)(?:[)\]]|\\end\s*\{\s*[bp]?matrix\s*\})"
    r"\s*(?:\^\s*(?:T|⊤|\\top|\{\s*(?:T|\\top)\s*\})|'|ᵀ|\.T)?\s*\.?\s*",
    re.DOTALL,
)
_GLUED = pattern(r"(?<![A-Za-z\\_])([^\W\d_])(\d|n)(?![A-Za-z\d])")  # x1, xn in a list


DEEPEST = 100  # brackets inside each other


class Unclear(Exception):
    """Indices that do not say over what is summed."""


def summed(text: str, free: Collection[str]) -> str:
    """The text with a sum before each product over the indices that stand twice in it, but for those of sums that are written. Raises Unclear."""
    return _written(text, {*free, *_running(text)})[0]


def left_over(text: str) -> tuple[str, ...]:
    """The indices that stand once in every term, in alphabetical order; those of sums that are written aside. Raises Unclear."""
    running = _running(text)
    if not running:
        return tuple(sorted(_written(text, ())[1]))
    return tuple(sorted({x for m in _BELOW.finditer(text) for x in _of(m)} - running))


def all_indices(text: str) -> tuple[str, ...]:
    """The indices that stand anywhere, in alphabetical order; none where a sum is written."""
    return () if _running(text) else tuple(sorted({x for m in _BELOW.finditer(text) for x in _of(m)}))


def _running(text: str) -> set[str]:
    return {ch for m in _RUNNING.finditer(text) for ch in (m[1] or m[2]) if ch.isalpha()}


def _of(m: re.Match[str]) -> list[str]:
    return [ch for ch in m["a"] or m["b"] or m["c"] if ch.isalpha()]


def _written(text: str, free: Collection[str], depth: int = 0) -> tuple[str, frozenset[str]]:
    """A sum of terms with their sums, and the indices that are left in it."""
    if depth > DEEPEST or re.search(r"\\prod|∏", text):
        raise Unclear
    whole, left = "", frozenset[str]()
    for sign, term in _terms(text):
        shown, mine = _term(term, free, depth) if term.strip() else (term, frozenset[str]())
        whole += sign + shown
        left |= mine
    return whole, left


def _terms(text: str) -> Iterator[tuple[str, str]]:
    """The terms between signs in no bracket, each with the sign before it."""
    depth, start, sign = 0, 0, ""
    for k, ch in enumerate(text):
        depth += (ch in "([{") - (ch in ")]}")
        if ch in "+-−" and not depth and not text[:k].rstrip().endswith(("^", "*", "/", "_", "e")):
            yield sign, text[start:k]
            sign, start = ch, k + 1
    yield sign, text[start:]


def _term(term: str, free: Collection[str], depth: int) -> tuple[str, frozenset[str]]:
    counts: Counter[str] = Counter()
    shown, at = "", 0
    while at < len(term):
        below = _BELOW.match(term, at)
        if below is not None:
            counts.update(_of(below))
            shown, at = shown + below[0], below.end()
            continue
        if term[at] in "([{" and (end := closing(term, at)) is not None:
            inner, left = _written(term[at + 1 : end], free, depth + 1)
            counts.update(left)
            shown, at = f"{shown}{term[at]}{inner}{term[end]}", end + 1
            continue
        shown, at = shown + term[at], at + 1
    twice = sorted(x for x, n in counts.items() if n > 1 and x not in free)
    if any(counts[x] > 2 for x in twice) or (twice and re.search(r"/|\^|\\[dt]?frac", term)):
        raise Unclear  # A_ij x_j / y_j, x_j^2 y_j
    left = frozenset(x for x in counts if x not in twice)
    return (rf"\sum_{{{','.join(twice)}}} ({shown.strip()})" if twice else shown), left


def general(label: str, body: str, known: Collection[str]) -> tuple[str, dict[str, str]]:
    """A label with letters for its numbers, ∂f/∂x_i for ∂f/∂x_1, and these letters, which stand nowhere in the body; the label itself where it has none."""
    taken = {ch for m in _NUMBERED.finditer(f"{label} {body}") for ch in _parts(m)} | {*known}
    numbers = list(dict.fromkeys(d for m in _numbered(label, known) for d in _parts(m) if d.isdigit()))
    running = {ch for m in _RUNNING.finditer(body) for ch in (m[1] or m[2])}
    letters = [x for x in "ijklpqrst" if x not in taken | running]
    to = dict(zip(numbers, letters, strict=False))
    return (lettered(label, to, known), to) if 0 < len(numbers) <= min(2, len(letters)) else (label, {})


def bases(text: str) -> set[str]:
    """The names with an index below them, "" for brackets."""
    found = set()
    for m in _BELOW.finditer(text):
        name = re.search(r"([^\W\d_]+)\s*\}?\s*$", text[: m.start()])
        found.add(name[1] if name else "")
    return found - {"sum", "Σ"}


def other_numbers(text: str, known: Collection[str]) -> bool:
    """Whether a number stands below a name."""
    return any(d.isdigit() for m in _numbered(text, known) for d in _parts(m))


def _numbered(text: str, known: Collection[str]) -> Iterator[re.Match[str]]:
    for m in _NUMBERED.finditer(text):
        below = m["a"] or m["b"] or m["c"]
        if f"{m['base']}_{below}" not in known and f"{m['base']}{below}" not in known:
            yield m


def _parts(m: re.Match[str]) -> list[str]:
    return [ch for ch in m["a"] or m["b"] or m["c"] if ch.isalnum()]


def lettered(text: str, to: Mapping[str, str], known: Collection[str]) -> str:
    """The text with letters for these numbers below names."""
    found = [*_numbered(text, known)]
    for m in reversed(found):
        parts = [to.get(d, d) for d in _parts(m)]
        text = f"{text[: m.end('base')]}_{{{','.join(parts)}}}{text[m.end() :]}"
    return text


def listed(text: str, known: Collection[str]) -> str | None:
    """The entry, in terms of i, of a list such as (2x_1, …, 2x_n) of which all entries are alike; None for anything else."""
    found = _LIST.fullmatch(text)
    if found is None or _DOTS.search(text) is None:
        return None
    inner = _GLUED.sub(lambda m: m[0] if m[0] in known else f"{m[1]}_{m[2]}", found["inner"])
    parts = [p.strip(" ,&") for p in re.split(r",(?![^({]*[)}])|\\\\|;", inner)]
    parts = [p for p in parts if p]
    if len(parts) < 3 or sum(_DOTS.fullmatch(p) is not None for p in parts) != 1:
        return None
    told = [lettered(p, {str(k): "i"}, known) for k, p in enumerate(parts, 1) if _DOTS.fullmatch(p) is None][:-1]
    last = re.sub(r"_\s*(?:\{\s*[nmpd]\s*\}|[nmpd](?![A-Za-z]))", "_{i}", parts[-1])
    same = {re.sub(r"\s", "", p) for p in (*told, last)}
    alike = "_{i}" in last or re.fullmatch(r"[\d./\s-]+", last) is not None
    return told[0] if len(same) == 1 and alike and not other_numbers(told[0], known) else None


__all__ = [
    "INDICES",
    "Unclear",
    "all_indices",
    "bases",
    "general",
    "left_over",
    "lettered",
    "listed",
    "other_numbers",
    "summed",
]
