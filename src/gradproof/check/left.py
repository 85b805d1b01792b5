"""What stands left of an equals sign: a derivative, a differential, a name, or a formula, and of what.

df/dx, \\frac{\\partial L}{\\partial w}, d2f/dx2, d/dx (…), ∇f, ∇_w L, ∇²f, f', f'(x), J_f, Df(x)     a derivative
df, dr, dS^{-1}, d\\log\\det S, d(…)                                                              a differential
f, f(x), r                                                                                     a name
anything else                                                                                  a formula
"""

from __future__ import annotations

import re
from collections.abc import Collection

from gradproof.brackets import end_of
from gradproof.ops import TABLE
from gradproof.patterns import pattern
from gradproof.records import dataclass

DERIVATIVE, DIFFERENTIAL, NAME, FORMULA = "derivative", "differential", "name", "formula"

# names that a formula has without being given one
FORMULA_NAMES = frozenset({"f", "F", "L", "ℓ", "l", "J", "E", "φ", "ϕ", "ψ", "Φ", "Ψ", "loss", "cost", "Loss", "obj", "objective", "ell", "phi", "psi"})  # fmt: skip

VALUE_NAMES = frozenset(
    {"f", "F", "ℓ", "loss", "cost", "Loss", "obj", "objective", "ell"}
)  # of these, those that stand for nothing else


@dataclass(frozen=True)
class Left:
    """`of`: what is differentiated, as text, "" for the formula of the question; `by`: the names, empty for those of the question;

    `times`: how often; `text`: the side itself.
    """

    kind: str
    text: str
    of: str = ""
    by: tuple[str, ...] = ()
    times: int = 1


_COMMANDS = (
    (pattern(r"\\(?:mathrm|operatorname|text|mathbf|boldsymbol|bm|rm|mathcal|mathsf|mathit)\s*\*?\s*\{\s*([^{}]*?)\s*\}"), r"\1"),
    (pattern(r"\\(?:mathrm|rm)\s+d(?![A-Za-z])\s*"), "d"),
    (pattern(r"\\(?:left|right|displaystyle|bigl?|bigr?|Bigl?|Bigr?|limits)(?![A-Za-z])|\\[,;:!]"), ""),
    (pattern(r"\\partial(?![A-Za-z])\s*"), "∂"),
    (pattern(r"\\nabla(?![A-Za-z])\s*"), "∇"),
    (pattern(r"\\ell(?![A-Za-z])"), "ℓ"),
    (pattern(r"\\(?:var)?phi(?![A-Za-z])"), "φ"),
    (pattern(r"\\psi(?![A-Za-z])"), "ψ"),
    (pattern(r"²|\^\s*\{\s*2\s*\}"), "^2"),
    (pattern(r"³|\^\s*\{\s*3\s*\}"), "^3"),
    (pattern(r"\^\s*\{?\s*\\?(?:top|intercal|T|mathsf\s*\{\s*T\s*\})\s*\}?(?=\s*[)}]*\s*$)"), "'"),
)  # fmt: skip
_FRACTION = pattern(r"\\[dt]?frac\s*")
_TOP = pattern(r"[d∂]\s*(?:\^\s*)?(?P<times>[23])?\s*(?P<of>.*)", re.DOTALL)
_ONE_BY = pattern(r"\s*[d∂]\s*(?:\(\s*)?(?:vec\s*\(\s*)?\\?(?P<name>[^\W\d_][^\W∂]*)(?:\s*\))?\s*(?:\^\s*(?P<times>[23]))?\s*(?:'|\^\s*[T⊤])?\s*\)?")  # fmt: skip
_NABLA = pattern(r"∇\s*(?:\^\s*(?P<a>2))?\s*(?:_\s*(?:\{(?P<set>[^{}]*)\}|\\?(?P<one>[^\W_]+?)))?\s*(?:\^\s*(?P<b>2))?\s*(?P<of>(?![_^]).*)", re.DOTALL)  # fmt: skip
_PRIMES = pattern(
    r"\s*(?P<of>[^\W\d_]\w*)\s*(?:(?P<primes>'{1,3}|\^\s*\{?\s*(?:\\prime\s*)+\}?|′{1,3}|″))\s*(?P<args>\([\w\s,]*\))?\s*"
)
_WORD = pattern(
    r"\s*(?:gradient|grad|Grad)\s*(?:_\s*\{?(?P<by>\w+)\}?)?\s*(?P<of>\(?[^\W\d_]?\w*\)?\s*(?:\([\w\s,]*\))?)\s*"
)
_PARTIAL = pattern(r"\s*[∂D]\s*_\s*\{?(?P<by>[^\W_]+)\}?\s*(?P<of>[^\W\d_]\w*|\(.*\))\s*(?:\([\w\s,]*\))?\s*")
_JACOBIAN = pattern(
    r"\s*(?:J|D)\s*_\s*\{?(?P<of>[^\W\d_]\w*)\}?\s*(?:\([\w\s,]*\))?\s*|\s*D(?P<of2>[^\W\d_])\s*(?:\([\w\s,]*\))?\s*"
)
_HESSIAN = pattern(
    r"\s*(?:Hessian|Hess|H\s*_\s*\{?(?P<of>[^\W\d_]\w*)\}?)\s*(?P<rest>\(?[^\W\d_]?\w*\)?)\s*(?:\([\w\s,]*\))?\s*"
)
_ARGS = pattern(r"(?P<name>\\?[^\W\d_]\w*)\s*\(\s*(?P<args>[\w\s,;\\]*)\s*\)\s*")
_IDENTIFIER = pattern(r"\\?[^\W\d_]\w*")


def plain(text: str) -> str:
    """A side without LaTeX's spelling of what stands in it."""
    for form, new in _COMMANDS:
        text = form.sub(new, text)
    while (found := _FRACTION.search(text)) is not None:
        top = _group(text, found.end())
        bottom = _group(text, top[1])
        text = f"{text[: found.start()]}{_braced(top[0])}/{_braced(bottom[0])} {text[bottom[1] :]}"
    return text.strip()


def _group(text: str, at: int) -> tuple[str, int]:
    """The argument of a LaTeX command, and where it ends."""
    while at < len(text) and text[at].isspace():
        at += 1
    if text[at : at + 1] != "{":
        return text[at : at + 1], at + 1
    depth = 0
    for k in range(at, len(text)):
        depth += (text[k] == "{") - (text[k] == "}")
        if not depth:
            return text[at + 1 : k], k + 1
    return text[at + 1 :], len(text)


def _braced(text: str) -> str:
    return text.strip() if re.fullmatch(r"\s*[\w∂]+\s*", text) else f"({text.strip()})"


def read_left(text: str, known: Collection[str]) -> Left:
    """The left side of an equality. `known`: names of quantities, which are no derivatives whatever they look like."""
    s = plain(text)
    if s.strip("() ") in known or not s:
        return Left(NAME if s.strip("() ") in known else FORMULA, text, s.strip("() "))
    for reader in (_quotient, _nabla, _primed, _worded):
        found = reader(s, text, known)
        if found is not None:
            return found
    return _differential(s, text, known) or _named(s, text)


def _quotient(s: str, text: str, known: Collection[str]) -> Left | None:
    cut = _slash(s)
    if cut is None:
        return None
    top, bottom = unbracketed(s[:cut]), s[cut + 1 :].strip()
    head = _TOP.fullmatch(top.strip())
    if head is None or top.strip() in known or not re.match(r"\(?\s*[d∂]", bottom):
        return None
    closed = bottom.startswith("(") and end_of(bottom, 0) == len(bottom) - 1
    rest = bottom[1:-1] if closed else bottom
    if bottom.startswith("(") and not closed:
        end = end_of(bottom, 0)
        rest, after = bottom[1:end], bottom[end + 1 :]
    else:
        after = ""
    by: list[str] = []
    while rest and (found := _ONE_BY.match(rest)) is not None:
        by += _by_names(found["name"], known) * int(found["times"] or 1)
        rest = rest[found.end() :]
    after = (rest + after).strip()
    of = head["of"].strip()
    if not by or (after and of):
        return None
    times = int(head["times"] or 1)
    if times != len(by):
        by = by * times if len(by) == 1 and times > 1 and not re.search(r"[23]", bottom) else by
    return Left(DERIVATIVE, text, _subject(of or after), tuple(by), len(by))


def _by_names(token: str, known: Collection[str]) -> list[str]:
    """x, x2 for x twice, or xdy for x and y; a name with a digit is one where it is known."""
    if token in known or len(token) == 1:
        return [token]
    if token[-1] in "23" and "_" not in token[-2:]:
        return _by_names(token[:-1], known) * int(token[-1])
    first, d, second = token.partition("d")
    return [first, *_by_names(second, known)] if d and first in known and second else [token]


def _slash(s: str) -> int | None:
    """The place of the slash of a quotient of differentials: the first one in no bracket."""
    depth = 0
    for k, ch in enumerate(s):
        depth += (ch in "([{") - (ch in ")]}")
        if ch == "/" and not depth:
            return k
    return None


def unbracketed(s: str) -> str:
    """The text without brackets around all of it."""
    s = s.strip()
    while s[:1] in ("(", "[") and end_of(s, 0) == len(s) - 1:
        s = s[1:-1].strip()
    return s


def _subject(of: str) -> str:
    """What is differentiated, without brackets around it and without the arguments of a name."""
    of = unbracketed(of)
    found = _ARGS.fullmatch(of)
    if found and found["name"].lstrip("\\") not in TABLE:
        return found["name"].lstrip("\\")
    return of.lstrip("\\") if re.fullmatch(r"\\?[^\W\d_]\w*", of) else of


def _nabla(s: str, text: str, known: Collection[str]) -> Left | None:
    found = _NABLA.fullmatch(s)
    if found is None:
        return None
    by = tuple(re.findall(r"\w+", found["set"] or found["one"] or ""))
    by = tuple(name for name in by if name != "mathbf")
    times = 2 if found["a"] or found["b"] else max(1, len(by))
    by = by * 2 if times == 2 and len(by) == 1 else by
    return Left(DERIVATIVE, text, _subject(found["of"]), by, times)


def _primed(s: str, text: str, known: Collection[str]) -> Left | None:
    found = _PRIMES.fullmatch(s)
    if found is None or found["of"] in known:
        return None
    primes = found["primes"]
    times = max(1, primes.count("'") + primes.count("′") + 2 * primes.count("″") + primes.count("prime"))
    return Left(DERIVATIVE, text, found["of"], (), times)


def _worded(s: str, text: str, known: Collection[str]) -> Left | None:
    if (found := _HESSIAN.fullmatch(s)) is not None:
        return Left(DERIVATIVE, text, _subject(found["of"] or found["rest"] or ""), (), 2)
    if (found := _WORD.fullmatch(s)) is not None:
        return Left(DERIVATIVE, text, _subject(found["of"] or ""), (found["by"],) if found["by"] else ())
    if (found := _PARTIAL.fullmatch(s)) is not None:
        return Left(DERIVATIVE, text, _subject(found["of"]), (found["by"],))
    found = _JACOBIAN.fullmatch(s)
    word = _IDENTIFIER.match(s.strip())
    if found is not None and (word is None or word[0] not in known):
        return Left(DERIVATIVE, text, found["of"] or found["of2"])
    return None


def _differential(s: str, text: str, known: Collection[str]) -> Left | None:
    """d and what it is of: a bracket, a LaTeX command, a name or a formula that begins with one."""
    if s[:1] not in ("d", "∂") or len(s) < 2:
        return None
    if re.match(r"[d∂]\s*\^\s*2", s):
        return Left(DIFFERENTIAL, text, _subject(re.sub(r"^[d∂]\s*\^\s*2\s*", "", s)), (), 2)
    word = _IDENTIFIER.match(s)
    first = word[0] if word else s[0]
    if first in known or first in TABLE or (first in ("diag", "det", "dot") and first != "d"):
        return None
    rest = s[1:].strip()
    inner = _IDENTIFIER.match(rest)
    name = inner[0].lstrip("\\") if inner else ""
    spaced = s[1] in " (\\[{" or not word
    if (
        spaced
        or len(name) == 1
        or name in known
        or name in TABLE
        or name in FORMULA_NAMES
        or re.match(r"[^\W\d_]_\w", rest)
    ):
        return Left(DIFFERENTIAL, text, _subject(rest))
    return None


def _named(s: str, text: str) -> Left:
    if re.fullmatch(r"\\?[^\W\d_]\w*", s):
        return Left(NAME, text, s.lstrip("\\"))
    found = _ARGS.fullmatch(s)
    if found is not None and found["name"].lstrip("\\") not in TABLE:
        return Left(NAME, text, found["name"].lstrip("\\"))
    return Left(FORMULA, text, s)
