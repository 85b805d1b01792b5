"""What is said of a formula that was read, and what is refused because it may mean two things."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from re import DOTALL, IGNORECASE

from gradproof.notation.expr import Call, Expr, Symbol, operations, walk
from gradproof.ops import basic
from gradproof.parse import readings
from gradproof.parse.declare import Declarations
from gradproof.parse.dimension import positive
from gradproof.parse.names import letter_kind
from gradproof.parse.note import Note, note, refusal
from gradproof.parse.parsed import Parsed
from gradproof.patterns import pattern


def identity(expr: Expr, known: Collection[str]) -> tuple[Note, ...]:
    """What is said of an undeclared square I, which Unicode output writes for the identity."""
    if "I" not in expr.names or "I" in known:
        return ()
    return tuple(note("name-identity") for v in expr.variables if v.name == "I" and v.type.square)


def own_names(parsed: Parsed, known: Collection[str], asked: Collection[str] = ()) -> tuple[Note, ...]:
    """What is said of x_1 beside a vector x, of which it could be an entry, and of w_k beside a matrix W: in ASCII, where a name is a name, and of labels.

    Raises ParseError where the derivative by W is asked for, of which w_k can be a row.
    """
    if not parsed.expr.names.difference(known):
        return ()
    kinds = {s.name: s.type.kind for s in parsed.expr.variables}
    said = []
    for name, kind in kinds.items():
        found = _PLACED.fullmatch(name) if name not in known else None
        base = next((b for b in (found[1], found[1].upper()) if b in kinds and b != name), "") if found else ""
        written = parsed.notation != "ascii"
        other = written and kind == kinds.get(base) != "s"  # the point x_1 of \|x - x_1\|^2
        lower = base and ("_" in name or written) and (_AXES[kinds[base]] > _AXES[kind] or parsed.expr.type.kind != "s")
        if written and base in asked and _AXES[kinds[base]] > _AXES[kind] > 0:
            raise refusal(
                "entry-or-name",
                next(parsed.spans.get(s) for s in parsed.expr.variables if s.name == name),
                name=name,
                base=base,
            )
        if other or lower:
            said.append(note("name-beside-array", name=name, base=base))
    return tuple(said)


_PLACED = pattern(r"([A-Za-z]+)(?:_?\d{1,2}|_[i-t]|_[ijkl]{2})")


def unused(expr: Expr, declarations: Declarations, mentioned: Sequence[str]) -> tuple[Note, ...]:
    """The names that a person declared, and that are not in the formula."""
    if expr.names.issuperset(declarations.variables):
        return ()
    written = {name: d for name, d in declarations.variables.items() if d.symbol is None and name not in mentioned}
    sizes = {n for d in declarations.variables.values() for axis in d.dims if axis is not None for n in axis.names}
    there = expr.names | sizes
    return tuple(note("declared-unused", name=name) for name in written if name not in there)


def starred(text: str, parsed: Parsed) -> tuple[Note, ...]:
    """What is said of X.T * X and of X**2 outside of NumPy source: SymPy multiplies matrices there, NumPy entries."""
    if parsed.notation == "numpy":
        return ()
    said = []
    if ".T" in text and (transposed := _DOT_T.search(text)) and _STAR.search(text):
        said += [note("numpy-star", transposed.span())] if any(map(_of_arrays, walk(parsed.expr))) else []
    if "**" in text and (raised := _RAISED.search(text)):
        powers = [e for e in walk(parsed.expr) if isinstance(e, Call) and e.op is basic.POW]
        said += [note("numpy-power", raised.span())] if any(e.args[0].type.kind == "m" for e in powers) else []
    return tuple(said)


def _of_arrays(e: Expr) -> bool:
    """Whether this is a product of two arrays."""
    return isinstance(e, Call) and e.op is basic.MUL and "s" not in (e.args[0].type.kind, e.args[1].type.kind)


_DOT_T, _STAR = pattern(r"(?<=[\w)\]'])\.T(?!\w)"), pattern(r"(?<![.*])\*(?!\*)")
_RAISED = pattern(r"(?<!\.)\*\*")


def refuse_words(text: str, notes: Iterable[Note], declarations: Declarations) -> None:
    """Raises ParseError where a variable of a person was taken for a word around the formula: minimize*c, of a scalar that is called minimize."""
    for n in notes:
        word = (
            _WORD.match(text, *n.span)
            if n.span is not None and n.kind in ("around", "differentiated", "optimised", "second-derivative")
            else None
        )
        if word is not None and word[1] in declarations.variables:
            raise refusal("text-in-formula", word.span(1), shown=word[1])


def refuse_outer(text: str, parsed: Parsed) -> None:
    r"""Raises ParseError for `a \circ b` of letters that are numbers only because nothing says otherwise: it may be an outer product."""
    if "\\circ" not in text and "∘" not in text:
        return
    for e in walk(parsed.expr):
        if isinstance(e, Call) and e.op is basic.HADAMARD and all(a.type.kind == "s" for a in e.args):
            raise refusal("circ-outer", parsed.spans.get(e))


def refuse_primes(text: str, parsed: Parsed, everywhere: bool) -> None:
    """Raises ParseError for the prime of a number, which has no transpose: x' of exp(-x^2 - x'^2) is another one; if not `everywhere`, in x - x' alone."""
    ops = operations(parsed.expr)
    if basic.TRANSPOSE not in ops or not (everywhere or basic.SUB in ops):
        return
    for e in walk(parsed.expr):
        differs = isinstance(e, Call) and e.op is basic.SUB
        for t in e.args if isinstance(e, Call) and (everywhere or differs) else ():
            if not (isinstance(t, Call) and t.op is basic.TRANSPOSE and isinstance(t.args[0], Symbol)):
                continue
            span = parsed.spans.get(t)
            primed = span is not None and text[span[1] - 1 : span[1]] in ("'", "′")
            if primed and t.type.kind == "s" and (everywhere or t.args[0] in e.args):
                raise refusal("prime-of-number", span, name=t.args[0].name)


_PRIMED_TWICE = pattern(r"(?:'\s*'|′′|″|\\prime\s*\\prime)\s*\}?\s*\Z")


def refuse_primed_twice(text: str, parsed: Parsed) -> None:
    """Raises ParseError for x'', another point or a second derivative in papers."""
    for e in walk(parsed.expr):
        if isinstance(e, Call) and e.op is basic.TRANSPOSE and isinstance(e.args[0], Call):
            inner, span = e.args[0], parsed.spans.get(e)
            of = inner.args[0] if inner.op is basic.TRANSPOSE else None
            if isinstance(of, Symbol) and span is not None and _PRIMED_TWICE.search(text, *span):
                raise refusal("primed-twice", span, shown=text[slice(*span)], name=of.name)


def refuse_second(text: str, notes: Iterable[Note], mention: Sequence[str]) -> None:
    r"""Raises ParseError for `\frac{d^2}{dx^2} x^4` and `Hessian of x^T x`, where the first derivative is asked for."""
    for n in notes if len(mention) == 1 else ():
        if n.span is None or n.kind not in ("second-derivative", "around"):
            continue
        span = n.span
        if n.kind == "around":
            word = _SECOND.search(text, *span)
            if word is None or _FIRST.search(text, *span):
                continue
            span = word.span()
        raise refusal("derivative-twice", span, shown=text[slice(*span)], name=mention[0])


_SECOND = pattern(  # words of a second derivative
    r"\b(?:hessian|hessienne|second(?:[- ]order)? (?:partial )?derivatives?|d[ée]riv[ée]e seconde)\b|二阶(?:偏)?导|海森|海塞|黑塞",
    IGNORECASE,
)
_FIRST = pattern(r"gradient|jacobian|梯度|一阶", IGNORECASE)  # of which a text speaks, too
_WORD = pattern(r"[^\w\\]*(?:\\[a-z]+\s*\{)?\s*\\?([^\W\d_]\w+)")


def may_be_scalars(parsed: Parsed) -> list[str]:
    r"""The letters in a sum that are rather numbers than vectors: \bar x, and what stands in |x_i - m|."""
    bars = any(isinstance(e, Call) and e.op is basic.ABS and e.type.kind in "vm" for e in walk(parsed.expr))
    vectors = [name for name, s in parsed.symbols.items() if s.type.kind == "v"]
    return [name for name in vectors if bars or name.endswith(("_bar", "_hat"))]


def refuse_bold(parsed: Parsed, hints: Mapping[str, str], rows: Collection[str]) -> None:
    """A bold letter is no scalar, and a small one no matrix, but of what has indices: x_i is a row of it."""
    for name, kind in hints.items():
        s = parsed.symbols.get(name)
        bent = s is not None and (s.type.kind == "s" or (kind == "v" and s.type.kind == "m" and name not in rows))
        if s is not None and kind != "s" and bent:
            raise refusal("bold-kind", name=name, fits={"s": "scalar", "m": "matrix"}[s.type.kind])


MATRICES = {*"ABHUVWXY", "Sigma", "Lambda", "Omega", "Theta", "Phi"}  # letters of nothing else than matrices


def refuse_divisor(parsed: Parsed, known: Collection[str]) -> None:
    """Raises ParseError for b'/A: a letter of matrices is not bent to a number because something is divided by it."""
    for e in walk(parsed.expr) if basic.DIV in operations(parsed.expr) else ():
        if isinstance(e, Call) and e.op is basic.DIV and isinstance(e.args[1], Symbol) and e.args[1].type.kind == "s":
            name = e.args[1].name
            if name in MATRICES and name not in known:
                raise refusal("divided-by-matrix", parsed.spans.get(e.args[1]), name=name)


_MULTIPLIED = frozenset((basic.TR, basic.MUL))
_DENSITIES = {"rho", "sigma", "varrho"}  # small letters of matrices in physics
_ROWS = frozenset("huvwxyz")


def refuse_letters(parsed: Parsed, declared: Collection[str], beside: bool) -> None:
    r"""Raises ParseError for \operatorname{tr}(\rho A), where \rho may be a matrix, and for xW, where x may be a row: by their letters both are numbers.

    `beside`: whether factors stand side by side; with signs between them only a capital is refused.
    """
    if _MULTIPLIED.isdisjoint(operations(parsed.expr)):
        return
    for e in walk(parsed.expr):
        if not isinstance(e, Call) or e.op not in _MULTIPLIED:
            continue
        if e.op is basic.TR and beside:
            for s in factors(e.args[0]):
                density = isinstance(s, Symbol) and s.type.kind == "s" and s.name.partition("_")[0] in _DENSITIES
                if isinstance(s, Symbol) and density and s.name not in declared:
                    raise refusal("trace-of-letter", parsed.spans.get(s), name=s.name)
        for s in e.args:
            if not isinstance(s, Symbol) or s.type.kind != "s" or s.name not in MATRICES or s.name in declared:
                continue
            rate = len(s.name) > 1 and all(a.type.kind == "s" for a in e.args)  # \Omega\|x\|, of a Greek letter
            if not rate:
                raise refusal("capital-kind", parsed.spans.get(s), name=s.name)
        s, after = e.args[0], e.args[-1]
        if not (isinstance(s, Symbol) and isinstance(after, Symbol)) or s.name in declared:
            continue
        row = s.type.kind == "s" and s.name[0] in _ROWS and letter_kind(s.name) == "v"
        if row and beside and after.type.kind == "m":
            raise refusal("row-or-number", parsed.spans.get(e), name=s.name, matrix=after.name)


def factors(e: Expr) -> list[Expr]:
    """The factors of a product, the first one first."""
    found, left = [], [e]
    while left:
        e = left.pop()
        if isinstance(e, Call) and e.op is basic.MUL:
            left += reversed(e.args)
        else:
            found.append(e)
    return found


_SUM_AND_POWER = frozenset((basic.SUM, basic.POW))


def refuse_summed_power(parsed: Parsed, declared: Collection[str]) -> None:
    """Raises ParseError for sum((X - U*V')^2), whose power makes the matrices square, where nothing else says that they are."""
    if not operations(parsed.expr) >= _SUM_AND_POWER:
        return
    for e in walk(parsed.expr):
        inner = e.args[0] if isinstance(e, Call) and e.op is basic.SUM else None
        if isinstance(inner, Call) and inner.op is basic.POW and inner.args[0].type.kind == "m":
            names = [s.name for s in inner.args[0].variables]
            span = parsed.spans.get(inner)
            if span is not None and not any(n in declared for n in names):
                raise refusal("power-in-sum", span, shown=parsed.text[slice(*span)])


def refuse_sum_of_number(parsed: Parsed) -> None:
    r"""Raises ParseError for \sum \exp(-\|x - y\|^2), without an index, of what is one number."""
    for e in walk(parsed.expr):
        if isinstance(e, Call) and e.op is basic.SUM and e.args[0].type.kind == "s":
            raise refusal("sum-open", parsed.spans.get(e))


def refuse_bent_factor(parsed: Parsed, known: Collection[str]) -> None:
    """Raises ParseError for sum(y*log(p)), where y would be a number only because vectors are not multiplied by *."""
    if not {basic.SUM, basic.MUL} <= operations(parsed.expr):
        return
    sums = [e.args[0] for e in walk(parsed.expr) if isinstance(e, Call) and e.op is basic.SUM]
    for e in {inner for whole in sums for inner in walk(whole)}:
        if not (isinstance(e, Call) and e.op is basic.MUL and e.args[1].type.kind in "vm"):
            continue
        if isinstance(e.args[1], Call) and not e.args[1].args:  # z*ones(n), which nobody multiplies entry by entry
            continue
        s, span = e.args[0], parsed.spans.get(e)
        s = s.args[0] if isinstance(s, Call) and s.op is basic.NEG else s
        if not isinstance(s, Symbol) or s.type.kind != "s" or s.name in known or letter_kind(s.name) != "v":
            continue
        if span is not None and _STAR.search(parsed.text[slice(*span)]):
            raise refusal("factor-or-entries", span, shown=parsed.text[slice(*span)], name=s.name)


_SPELLED = pattern(
    r"norm2|\\operatorname\{norm2|.*(?:_\s*\{?(?:\\[a-z]+\s*)?\{?\s*(?:F|fro|Fro|frob|HS)\b|['\"](?:fro|F)['\"])",
    DOTALL,
)


_CUSTOMARY = frozenset((readings.OF_THE_MATRIX, basic.KRON, basic.NORM2))
_DOT_POWER = pattern(r"\^\s*\.\d")


def customary(parsed: Parsed) -> tuple[Note, ...]:
    r"""What is said of \|X\| and norm(X) of a matrix, without the name of the norm; of powers such as X^{1/2}, and of a \otimes b."""
    if _CUSTOMARY.isdisjoint(operations(parsed.expr)):
        return ()
    for e in walk(parsed.expr):
        span = parsed.spans.get(e)
        if not isinstance(e, Call) or span is None:
            continue
        shown = parsed.text[slice(*span)]
        if e.op is readings.OF_THE_MATRIX and _DOT_POWER.search(shown):
            raise refusal("power-dot", span, shown=shown)
        if e.op is readings.OF_THE_MATRIX and e.op.name not in shown:
            return (note("power-of-matrix", span, shown=shown),)
        two = e.op is basic.KRON and e.args[0].type.kind == e.args[1].type.kind == "v"
        if two and ("⊗" in shown or "\\otimes" in shown):
            return (note("kron-of-vectors", span),)
        of_matrix = e.op is basic.NORM2 and e.args[0].type.kind == "m"
        if of_matrix and not _SPELLED.match(parsed.text[span[0] : span[1] + 16]):
            return (note("norm-frobenius", span),)
    return ()


_KINDS = {"s": "scalar", "v": "vector n", "r": "vector n", "m": "matrix m n"}


def refuse_bar(parsed: Parsed, rows: Collection[str], asked: Collection[str], known: Collection[str]) -> None:
    r"""Raises ParseError for \bar x beside entries or rows x_i of what is asked for, where it is not declared: the mean depends on them."""
    for name, s in parsed.symbols.items():
        letter = name.removesuffix("bar").removesuffix("_")
        if letter == name or name in known or letter not in rows:
            continue
        for base in (letter, letter.capitalize()):
            array = parsed.symbols.get(base)
            if array is not None and base in asked and _AXES[array.type.kind] > _AXES[s.type.kind]:
                raise refusal("bar-mean", parsed.spans.get(s), name=name, base=letter, fits=_KINDS[s.type.kind])


def refuse_empty(parsed: Parsed) -> None:
    """A sum that ends before it begins gives arrays of no size: they are refused."""
    for s in parsed.symbols.values():
        for d in s.type.dims:
            if not d.names and d.number is not None:
                positive(d, str(d))


_NUMBERED = pattern(r"([A-Za-z]+)_?(?:\d+|[ijkl]{1,2})(?:_\d+)?")

_BLOCK = pattern(r"(?<!\d)[1-9]{2}$")
_AXES = {"s": 0, "v": 1, "r": 1, "m": 2}


def refuse_entries(parsed: Parsed, known: Collection[str], asked: Collection[str]) -> None:
    """A number x_1 beside a vector x can be its entry, and A_{12} beside an A that is asked for its block."""
    names = {s.name: s for s in parsed.expr.variables}
    for name, s in names.items():
        found = _NUMBERED.fullmatch(name)
        base = names.get(found[1]) if found is not None and name not in known else None
        block = base is not None and base.name in asked and _BLOCK.search(name) is not None
        if base is not None and base is not s and _AXES[base.type.kind] > _AXES[s.type.kind] - block:
            raise refusal("entry-or-name", parsed.spans.get(s), name=name, base=base.name)


def refuse_beside_entries(parsed: Parsed, known: Collection[str]) -> None:
    """A w_0 beside entries of w can be its first one, and x_1 in w_1 x_1 a number as well as a vector."""
    calls = [e for e in walk(parsed.expr) if isinstance(e, Call) and e.op is basic.MUL]
    entries = [e for e in calls if _is_entry(e)]
    for s in parsed.expr.variables:
        base = s.name.rstrip("0").rstrip("_") if s.name.endswith("0") and s.name not in known else ""
        if base and any(v.name == base for e in entries for v in e.variables):
            raise refusal("entry-zero", parsed.spans.get(s), name=s.name, base=base)
    for e in calls:
        s = e.args[1]
        if e.args[0] in entries and isinstance(s, Symbol) and s.name not in known and _NUMBERED.fullmatch(s.name):
            raise refusal("entry-times", parsed.spans.get(s), name=s.name)


def _is_entry(e: Expr) -> bool:
    """Whether this is w[2], of a vector."""
    last = e.args[-1] if isinstance(e, Call) and e.op is basic.MUL and e.type.kind == "s" else None
    return isinstance(last, Call) and last.op.place > 0


_BRACKETED = pattern(r"\\?[A-Za-z]+\s*(?:\\(?:left|[bB]igg?l?)\s*)?[(\[{]")


def refuse_bare(parsed: Parsed, declared: Collection[str]) -> None:
    r"""`\log X` of a matrix, without a bracket, is the logarithm of the matrix or of its entries; a sum or product of entries settles it."""
    calls = [e for e in walk(parsed.expr) if isinstance(e, Call)]
    settled = {a for e in calls if e.op in readings.OF_ENTRIES for a in e.args}
    for e in calls:
        matrix = readings.OF_MATRICES.get(e.op, "")
        span = parsed.spans.get(e)
        if not matrix or e.type.kind != "m" or e in settled or span is None:
            continue
        free = e.type.square or not any(s.name in declared for s in e.variables)
        written = parsed.text[span[0] : span[1]]
        if free and (written.startswith(("\\sqrt", "√")) or not _BRACKETED.match(written)):
            entries = parsed.expr.ascii
            whole = entries.replace(e.ascii, e.ascii.replace(e.op.name, matrix, 1))
            raise refusal("matrix-or-entries", span, shown=parsed.text[span[0] : span[1]], whole=whole, entries=entries)


def entrywise(expr: Expr) -> tuple[Note, ...]:
    """What is said of exp(X), |X|_1 and softmax(X) of a matrix, which have other meanings too."""
    calls = [e for e in walk(expr) if isinstance(e, Call)]
    entrywise = [e.op for e in calls if e.type.kind == "m" and e.op.elementwise and e.op.analytic and not e.op.symbol]
    sums = [note("norm-1") for e in calls if e.op is readings.ABSOLUTE_SUM and e.args[0].type.kind == "m"]
    rows = [note("row-by-row", name=readings.ROW_BY_ROW[e.op]) for e in calls if e.op in readings.ROW_BY_ROW]
    return tuple(dict.fromkeys([*(note("entry-by-entry", name=op.name) for op in entrywise), *sums, *rows]))
