"""Declarations: `where="S: matrix n n symmetric; f: function x -> vector q"`, as a text or as a mapping."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TypeAlias

from gradproof.errors import GradproofError, ParseError, ShapeError, UnsupportedError
from gradproof.facts import BY_WORD, DECLARED, TABLE
from gradproof.notation.expr import Expr, Symbol, symbol
from gradproof.notation.function import Function
from gradproof.parse.blanks import brief
from gradproof.parse.dimension import read_word
from gradproof.parse.known import known
from gradproof.parse.lexer import is_name, plain
from gradproof.parse.names import FILLED, nearest
from gradproof.parse.note import Note, note, refusal
from gradproof.patterns import pattern
from gradproof.records import dataclass, replace
from gradproof.say import Said, listed, quoted, say
from gradproof.shapes.dims import Dim, dim, product
from gradproof.shapes.shape import SCALAR, Shape

Where: TypeAlias = "str | Mapping[str, str | Expr | Function] | None"

_AXES = {"scalar": 0, "vector": 1, "matrix": 2}
_OF_ENTRIES = say(
    "function x -> scalar, vector n or matrix m n; a function of each entry is declared as: function entrywise"
)
_REAL_LINE = pattern(
    r"\s*(?:R|ℝ|\\(?:mathbb|mathbf)\s*\{?R\}?)\s*(?:->|→|\\to|\\rightarrow)\s*(?:R|ℝ|\\(?:mathbb|mathbf)\s*\{?R\}?)\s*"
)
_FORMS = say("scalar, vector n, matrix m n, or function x -> vector n; facts such as symmetric come last")


@dataclass(frozen=True, slots=True)
class Declared:
    """What was said about a variable: its kind ("s", "v", "m"), a dimension for each axis (None where it was left open), facts."""

    kind: str
    dims: tuple[Dim | None, ...]
    facts: frozenset[str]
    symbol: Symbol | None = None  # where it was declared by a symbol

    @property
    def square(self) -> bool:
        return any(TABLE[fact].on == "square" for fact in self.facts)


@dataclass(frozen=True, slots=True)
class Declarations:
    variables: Mapping[str, Declared]
    functions: Mapping[str, Function]

    def with_products(self) -> tuple[Declarations, tuple[Note, ...]]:
        """With a dimension of several letters, such as np, as the product of its letters, where one of them is a dimension by itself.

        And the notes that say so; none where nothing changes.
        """
        names = {n for v in self.variables.values() for d in v.dims if d is not None for n in d.names}
        values = {
            n: product(dim(x) for x in n) for n in names if len(n) > 1 and n.isalpha() and any(x in names for x in n)
        }
        changed = {
            name: replace(v, dims=tuple(d and d.substitute(values) for d in v.dims)) if v.symbol is None else v
            for name, v in self.variables.items()
        }
        notes = tuple(note("product-dimension", name=n, dim=d) for n, d in values.items())
        return Declarations(changed, self.functions), notes

    def with_fact(self, name: str, fact: str) -> Declarations:
        """With a fact of a vector, which is declared by it where it is not. Raises ShapeError for what is no vector."""
        before = self.variables.get(name, Declared("v", (None,), frozenset()))
        if before.kind != "v" or name in self.functions:
            raise ShapeError(say("{name} is no vector, so it cannot be {word}", name=name, word=fact))
        found = replace(before, facts=before.facts | {fact})
        if before.symbol is not None:
            found = replace(found, symbol=symbol(name, before.symbol.type, before.symbol.facts | {fact}))
        return Declarations({**self.variables, name: found}, self.functions)

    def assuming(self, facts: Mapping[str, frozenset[str]]) -> Declarations:
        """With more facts of matrices."""
        if not facts:
            return self
        found = {**self.variables}
        for name, more in facts.items():
            before = found.get(name, Declared("m", (None, None), frozenset()))
            known = before.symbol and symbol(name, before.symbol.type, before.symbol.facts | more)
            found[name] = replace(before, facts=before.facts | more, symbol=known) if before.kind == "m" else before
        return Declarations(found, self.functions)


_GRAM = pattern(
    r"\s*\\?([A-Za-z]\w*)\s*(?:\^\s*\{?\\?\w+\}?|'|ᵀ)?\s*\*?\s*\\?\1\s*(?:\^\s*\{?\\?\w+\}?|'|ᵀ)?\s*=\s*(?:I|eye)\b.*"
)  # QᵀQ = I
_NOTHING = Declarations({}, {})


def read_where(where: Where) -> Declarations:
    """The declarations in `where`. Raises a GradproofError that shows the declaration and the place in it."""
    if not where:
        return _NOTHING
    if isinstance(where, str):
        return _read_text(brief(where))
    if type(where) is not dict and not isinstance(where, Mapping):
        raise ParseError(
            say("where is a text or a mapping, not {type}", type=type(where).__name__),
            hint=say('where={"S": "matrix n n symmetric"}'),
        )
    variables: dict[str, Declared] = {}
    functions: dict[str, Function] = {}
    for name, said in where.items():
        name = checked_name(name)
        found = _read(brief(said), name) if isinstance(said, str) else _given(said, name)
        if isinstance(found, Function):
            functions[name] = found
        else:
            variables[name] = found
    return Declarations(variables, functions)


def _given(said: object, name: str) -> Declared | Function:
    """The declaration of a name by a variable or a function. Raises ParseError for anything else."""
    match said:
        case Symbol():
            found = Declared(said.type.kind, said.type.dims, said.facts, said)
        case Function():
            found = said
        case _:
            raise ParseError(
                say("{name} is declared by {type}", name=name, type=type(said).__name__),
                hint=say("declare it by a text: {forms}", forms=_FORMS),
            )
    if said.name != name:
        raise ParseError(
            say("{name} is declared by something that is called {other}", name=name, other=said.name),
            hint=say("use the same name twice"),
        )
    return found


def _read_text(where: str) -> Declarations:
    """One declaration on each line, or between semicolons; several names before one colon; after a comma a new one that has a sign of its own."""
    from gradproof.parse.declare_words import parts  # a mapping has none to be told apart

    variables: dict[str, Declared] = {}
    functions: dict[str, Function] = {}
    equations: list[tuple[str, str]] = []
    for part in parts(where):
        span = (part.start + len(where[part.start :]) - len(where[part.start :].lstrip()), part.end)
        said = part.said
        try:
            equation = known(where[part.start : part.end])
            if equation is not None:
                equations.append((checked_name(equation[0]), equation[1]))
                continue
            if not part.names and (gram := _GRAM.fullmatch(said)):
                raise refusal("orthonormal", shown=said.strip(), name=gram[1])
            if not part.names:
                raise ParseError(
                    say("'{text}' is not a declaration", text=said.strip()[:40]),
                    hint=say("write NAME: KIND, where KIND is {forms}", forms=_FORMS),
                )
            for written in part.names:
                name = checked_name(written)
                found = _joined(name, variables.get(name), _read(said, name))
                if name in functions or found is None:
                    raise ParseError(say("{name} is declared twice", name=name))
                if isinstance(found, Function):
                    functions[name] = found
                else:
                    variables[name] = found
        except GradproofError as error:
            inner = error.span or (0, len(said)) if error.text else None
            place = (part.end - len(said) + inner[0], part.end - len(said) + inner[1]) if inner else span
            error.span, error.text = place, where
            raise
    found = Declarations(variables, functions)
    for name, fact in equations:
        found = found.with_fact(name, fact)
    return found


def _joined(name: str, before: Declared | None, now: Declared | Function) -> Declared | Function | None:
    """Both of two declarations of a name, where one of them only says facts: A ∈ R^{n×n}, A = Aᵀ; None where they say two things."""
    if before is None:
        return now
    if isinstance(now, Function) or before.kind != now.kind or before.symbol is not None:
        return None
    sizes = [d.dims for d in (before, now) if any(d.dims)]
    if len(sizes) > 1 or not (before.facts or now.facts):
        return None
    return replace(now, dims=sizes[0] if sizes else now.dims, facts=before.facts | now.facts)


def checked_name(name: object) -> str:
    """The name as it is kept. Raises ParseError where it cannot be one."""
    return _checked(name) if type(name) is str else _checked_name(name)


def _checked_name(name: object) -> str:
    text = str(name)
    name = without_latex(name) if isinstance(name, str) else name
    if not isinstance(name, str) or not is_name(name):
        raise ParseError(
            say("'{text}' is not a name", text=text[:40]),
            span=(0, len(text)),
            text=text,
            hint=say("a name is a letter, then letters, digits and _"),
        )
    if name in FILLED:
        raise ParseError(
            say("{name} is a function of gradproof, it cannot be a variable", name=name),
            span=(0, len(text)),
            text=text,
            hint=say("choose another name"),
        )
    return plain(name)


_checked = lru_cache(1024)(_checked_name)  # of texts, few of which are ever met


def without_latex(name: str) -> str:
    r"""A name that may be given in LaTeX or with Greek letters: `\Sigma_{xy}` is Sigma_xy, `θ` theta. Raises ParseError for LaTeX that is no name."""
    if not {"\\", "{", "^"} & {*name} and (
        name.isascii() or not any(map(unicodedata.combining, unicodedata.normalize("NFD", name)))
    ):
        return plain(name)
    from gradproof.parse.characters import ACCENTS  # these are loaded only where there is LaTeX, or an accent
    from gradproof.parse.latex import name_of

    apart = unicodedata.normalize("NFD", name) if "\\" not in name else name
    if len(apart) == 2 and apart[0].isascii() and apart[1] in ACCENTS:  # x̂
        return name_of(rf"\{ACCENTS[apart[1]]}{{{apart[0]}}}")
    return name_of(name)


@lru_cache(maxsize=1024)
def _read(said: str, name: str) -> Declared | Function:
    """One declaration. Raises a GradproofError with the declaration as its text."""
    words = [(m[0], m.span()) for m in re.finditer(r"[^\s,]+", said)]
    kind = words[0][0] if words else ""
    try:
        if kind == "function":
            return _function(said, name)
        if _REAL_LINE.fullmatch(said):
            return Function(name, ("x",), SCALAR, entrywise=True)
        if kind in _AXES:
            try:
                return Declared(_kind(kind), *_dims_and_facts(kind, words[1:], name))
            except ParseError:
                usual = _in_our_words(said, name)
                if usual is None or {*usual.split()} == {w for w, _ in words}:
                    raise
                return _read(usual, name)
        usual = _in_our_words(said, name)
        if usual is not None:
            return _read(usual, name)
        guess = nearest(kind, [*_AXES, "function", *BY_WORD])
        raise ParseError(
            say("'{kind}' is no kind of variable", kind=kind[:40]),
            hint=say("did you mean {guess}?", guess=guess) if guess else say("write {forms}", forms=_FORMS),
        )
    except GradproofError as error:
        raise error.located(said, words[0][1] if words else (0, len(said))) from None


def _in_our_words(said: str, name: str) -> str | None:
    from gradproof.parse.declare_words import in_our_words  # only for what is declared in other words

    return in_our_words(said, name)


def _kind(word: str) -> str:
    return "svm"[_AXES[word]]


def _dims_and_facts(
    kind: str, words: list[tuple[str, tuple[int, int]]], name: str
) -> tuple[tuple[Dim | None, ...], frozenset[str]]:
    """The dimensions (all or none) and the facts of a declaration."""
    axes, dims, facts = _AXES[kind], [], set()
    for word, span in words:
        try:
            if word in BY_WORD:
                facts.add(_fact(word, kind))
            elif len(dims) == axes or facts:
                takes = (say("no dimension"), say("one dimension"), say("two dimensions"))[axes]
                raise ParseError(
                    say("'{word}' is not a fact, and a {kind} has {takes}", word=word[:40], kind=kind, takes=takes),
                    hint=_facts_hint(w for w, _ in words),
                )
            else:
                dims.append(read_word(word))
        except GradproofError as error:
            error.span = span
            raise
    if dims and len(dims) < axes:
        raise ParseError(
            say("{name} has one dimension; a matrix has two", name=name),
            hint=say("matrix {n} {n}, or matrix {n} k", n=dims[0]),
        )
    square = [(w, span) for w, span in words if w in BY_WORD and BY_WORD[w].on == "square"]
    if square and dims and dims[0] is not dims[1]:
        word, span = square[0]
        raise ShapeError(
            say(
                "{name} is ({n}, {m}), so it cannot be {word}: only a square matrix is",
                name=name,
                n=dims[0],
                m=dims[1],
                word=word,
            ),
            span=span,
            hint=say("matrix n n {word}", word=word),
        )
    return tuple(dims) or (None,) * axes, frozenset(facts)


def _fact(word: str, kind: str) -> str:
    fact = BY_WORD[word]
    if fact.later:
        raise UnsupportedError(fact.later)
    wanted = {"square": "matrix"}.get(fact.on, fact.on)
    if wanted not in ("any", kind):
        raise ShapeError(
            say("a {kind} cannot be {word}: only a {wanted} is", kind=kind, word=word, wanted=wanted),
            hint=say("declare it a {wanted}, or leave {word} out", wanted=wanted, word=word),
        )
    return fact.name


def _facts_hint(words: Iterable[str]) -> Said:
    guess = next((g for g in (nearest(word, BY_WORD) for word in words if word not in BY_WORD) if g), "")
    return say("did you mean {guess}?", guess=guess) if guess else say("facts are {known}", known=listed(DECLARED))


_ENTRYWISE = r"(?:entrywise|elementwise|element-wise|componentwise|逐元素|逐分量)"


def _function(said: str, name: str) -> Function:
    """`function x,y -> matrix n n invertible`, `function x,y -> entrywise`, `function entrywise`."""
    match = re.fullmatch(rf"\s*function\b([^>→]*)(?:->|→)(.*)|\s*function\b(.*?)({_ENTRYWISE}\s*)", said, re.DOTALL)
    if match is None:
        raise ParseError(say("a function is declared as: function x -> vector n"), hint=_OF_ENTRIES)
    at = 1 if match[1] is not None else 3
    formals = tuple(plain(word) for word in re.findall(r"[^\s,()]+", match[at])) or ("x",)
    if any(f in _AXES for f in formals):
        raise ParseError(
            say("before -> stand the names of the arguments, not their kinds"), span=match.span(at), hint=_OF_ENTRIES
        )
    wrong = [f for f in formals if not is_name(f)]
    if wrong or len(set(formals)) < len(formals):
        raise ParseError(
            say("the arguments of a function are different names: function x,y -> vector n"), span=match.span(at)
        )
    after = match.start(at + 1)
    words = [(m[0], (m.start() + after, m.end() + after)) for m in re.finditer(r"[^\s,]+", match[at + 1])]
    kind = words[0][0] if words else ""
    if re.fullmatch(_ENTRYWISE, kind):
        return Function(name, formals, SCALAR, _dims_and_facts("scalar", words[1:], name)[1], entrywise=True)
    if kind not in _AXES:
        raise ParseError(
            say("'{kind}' is no kind of value", kind=kind[:40]),
            span=match.span(2),
            hint=say("after -> comes scalar, vector n, matrix m n or entrywise"),
        )
    dims, facts = _dims_and_facts(kind, words[1:], name)
    if None in dims:
        example = quoted(f"function {','.join(formals)} -> {'vector q' if kind == 'vector' else 'matrix m n'}")
        raise ParseError(say("the value of {name} needs its dimensions", name=name), span=match.span(2), hint=example)
    return Function(name, formals, Shape(_kind(kind), tuple(d for d in dims if d is not None)), facts)
