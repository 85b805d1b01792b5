"""Code of complex variables: the result as it is printed, a line of NumPy, JAX or PyTorch for each part that stands there more than once.

The planner of real code knows real numbers only (triangles of products, one half of a symmetric matrix); here products are computed from
their vectors inwards, and systems are solved, not inverted.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from gradproof.codegen.plain_words import DIALECTS, Dialect, functions_of_a_matrix
from gradproof.codegen.proof import POINTS, agrees, of_matrices, settle, shaken
from gradproof.codegen.targets.emit import Names, dim_text
from gradproof.engine.lower import template
from gradproof.engine.twins import hermitian
from gradproof.errors import DomainError, GradproofError, UnsupportedError
from gradproof.facts import closed, made, sense
from gradproof.mime import Bundle, bundle, fenced
from gradproof.notation.expr import Call, Expr, Number, Size, Symbol, fold, walk
from gradproof.notation.template import put
from gradproof.ops import TABLE, Operation, basic
from gradproof.ops.arrays import ARRAY_HELPERS, HELPER
from gradproof.ops.operation import Conjugation, Definition, Frechet, Primary
from gradproof.ops.values import LETTERS
from gradproof.records import replace
from gradproof.say import quoted, say
from gradproof.shapes.dims import Dim

MUL, DIV, TRANSPOSE, INV = basic.MUL, basic.DIV, basic.TRANSPOSE, basic.INV
WHOLE_POWER = TABLE["integer_power"]
WORDS = {
    basic.TR: "np.trace({0})", basic.SUM: "np.sum({0})", basic.DIAG: "np.diag({0})", basic.KRON: "np.kron({0}, {1})", basic.NORM2: "np.linalg.norm({0})",
    basic.VEC: "{0}.T.reshape(-1)", basic.UNVEC: "{0}.reshape(({p1}, {p0})).T", basic.EYE: "np.eye({p0}{kind})",
}  # fmt: skip
SIGNS = {basic.ADD: "+", basic.SUB: "-", basic.HADAMARD: "*", basic.DIV: "/", basic.ELDIV: "/", basic.ELPOW: "**"}
TOLERANCE, ROUGH = 1e-9, 1e-4  # ROUGH: of single precision
ARGUMENT = re.compile(r"(?<![\w.])[a-hx](?!\w)")  # of a text of the table
RESERVED = ("complex", "float")
PARTS = {"conj": "conj", "re": "real", "im": "imag"}


class PlainFunction:
    """A derivative as a function of real and complex arrays by name; `source` is the code, `names` what it takes."""

    def __init__(self, d: Any, name: str, value: bool, check: bool, target: str = "numpy"):
        self._symbols = {s.name: s for s in d.declared.values()}
        self._check = check
        self._dialect = DIALECTS[target]
        self.source, self.names = _source(d, name, value, self._dialect)
        space: dict[str, Any] = {}
        exec(self.source, space)  # noqa: S102  (written above; names of the user are made identifiers)
        self._run: Callable[..., Any] = space[name]
        if d.proving:
            settle(d.expression.ascii, (self._told(d, value, seed) for seed in range(POINTS)))

    def _told(self, d: Any, value: bool, seed: int) -> bool | None:
        """Whether the code gives the numbers of the proven derivative at a point; None where that cannot be told."""
        import numpy as np  # numbers are needed only here

        try:
            at = _point(np, [*d.declared.values()], seed)
            truth = np.asarray(d.evaluate(at))
            found = self({n: at[n] for n in self.names})
        except (GradproofError, np.linalg.LinAlgError):
            return None
        found = np.asarray(self._dialect.numbers(found[1] if value else found))
        digits = ROUGH if found.dtype in (np.float32, np.complex64) else TOLERANCE
        size = float(np.max(np.abs(truth), initial=1.0)) if np.all(np.isfinite(truth)) else 1.0
        return agrees(np, found, truth, lambda: d.evaluate(shaken(np, at)), digits, size)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Bundle:
        """What a notebook shows: the source."""
        return bundle(repr(self), fenced(self.source, "python"))

    def __call__(self, values: Mapping[str, Any] | None = None, /, **named: Any) -> Any:
        import numpy as np  # arrays are needed only here

        from gradproof.numeric.arrays import held  # with them
        from gradproof.numeric.given import bind_sizes, given

        mine = [self._symbols[n] for n in self.names if n in self._symbols]
        known = {n: self._dialect.array(n, a) if n in self._symbols else a for n, a in given(values, named).items()}
        sizes = bind_sizes(mine, known)
        if self._check:
            seen = {s.name: self._dialect.numbers(known[s.name]) for s in mine}
            held(mine, {n: a for n, a in seen.items() if a is not None}, np)
        try:
            return self._run(*[known[n] if n in known else sizes[n] for n in self.names])
        except (ValueError, RuntimeError) as error:  # NumPy's and PyTorch's of a singular matrix
            raise DomainError(quoted(error)) if of_matrices(error) else error from None


def _point(np: Any, symbols: Sequence[Symbol], seed: int) -> dict[str, Any]:
    """Random arrays, complex and of such facts as are declared: a definite matrix where one is to be its own conjugate transpose."""
    rng = np.random.default_rng(seed)
    names = sorted({n for s in symbols for d in s.type.dims for n in d.names}, reverse=seed % 2 == 1)
    sizes = {n: 2 + k for k, n in enumerate(names)}
    found = {}
    for s in symbols:
        x = rng.uniform(0.3, 1.5, tuple(d.evaluate(sizes) for d in s.type.dims))
        facts = closed(s.facts)
        if sense(facts).complex:
            x = x * np.exp(2j * np.pi * rng.uniform(size=x.shape))
            x = x @ np.conj(x).T + np.eye(len(x)) if hermitian(s) else (x + x.T) / 2 if sense(facts).turned == 1 else x
        else:
            x = made(np, facts, x)
        found[s.name] = x if s.type.dims else x[()]
    return found


def _source(d: Any, name: str, value: bool, dialect: Dialect) -> tuple[str, tuple[str, ...]]:
    """The source, and the variables that it takes. Raises UnsupportedError for what has no matrix notation, or no word in NumPy."""
    result = d.result
    if not isinstance(result, Expr) or d.order > 2:  # an array of more axes is printed as a matrix that stacks them
        raise UnsupportedError(
            say("code of complex variables is not supported"), hint=say("evaluate(…) takes complex ones")
        )
    likes = [s for s in d.declared.values() if sense(s.facts).complex]
    writer = _NumpyWriter([*([d.expression] if value else []), result], dialect, likes)
    answers = [writer.text(e) for e in writer.roots]
    if len(d.shape) == 2 and result.type.kind in "vr":  # a row or a column that is a matrix
        answers[-1] += "[None, :]" if result.type.kind == "r" else "[:, None]"
    sizes = [*_sizes(writer, [*d.declared.values()])]
    inputs = [s.name for s in d.declared.values() if s.name in writer.inputs]
    params = ", ".join(writer.names("input", n) for n in inputs)
    head = "The value of f and its derivative" if value else "The derivative of f"
    doc = f'"""{head} by {", ".join(d.wrt)}, where f = {d.expression.ascii}"""'.replace("\\", "\\\\")
    body = [doc, *sizes, *[ast.unparse(ast.parse(x)) for x in (*writer.lines, f"value = {', '.join(answers)}")]]
    body[-1] = "return" + body[-1].removeprefix("value =")
    text = "\n".join([f"def {name}({params}):", *("    " + x for x in body)])
    parts = [dialect.head, functions_of_a_matrix(dialect, sorted(writer.helpers)).strip(), dialect.spelled(text)]
    return "\n\n\n".join(filter(None, parts)) + "\n", tuple(inputs)


def numpy_lines(e: Expr, symbols: Sequence[Symbol]) -> tuple[list[str], str]:
    """A real formula as NumPy: lines that come before, and an expression. Raises UnsupportedError for what has no word there."""
    writer = _NumpyWriter([e], replace(DIALECTS["numpy"], kind=""), [])
    text = writer.text(e)
    if writer.helpers:
        raise UnsupportedError(say("{op} of complex quantities is not supported", op=min(writer.helpers)))
    return [*_sizes(writer, symbols), *map(_unparsed, writer.lines)], _unparsed(text)


def _unparsed(text: str) -> str:
    """The same with the brackets that it needs."""
    return ast.unparse(ast.parse(text))


def _sizes(writer: _NumpyWriter, symbols: Sequence[Symbol]) -> Iterator[str]:
    """Lines that read the sizes, from arrays that are there already if they tell it."""
    for wanted in sorted(writer.dims):
        ways = [(s, k) for s in symbols for k, x in enumerate(s.type.dims) if x.name == wanted]
        found = min(ways, key=lambda way: way[0].name not in writer.inputs, default=None)
        if found is None:
            raise UnsupportedError(say("the size {name} is not known: no array has it", name=wanted))
        writer.inputs.add(found[0].name)
        yield f"{writer.names('dim', wanted)} = {writer.names('input', found[0].name)}.shape[{found[1]}]"


class _NumpyWriter:
    """Writes formulas as NumPy; `lines` are what they share."""

    def __init__(self, roots: Sequence[Expr], dialect: Dialect, likes: Sequence[Symbol]):
        self.roots = roots
        self.dialect = dialect
        self.likes = likes  # the complex variables
        self.names = Names({*RESERVED, dialect.module}, False)
        self.inputs = {s.name for root in roots for s in root.variables}
        for n in sorted(self.inputs):
            self.names("input", n)
        self.dims: set[str] = set()
        self.helpers: set[str] = set()
        self.lines: list[str] = []
        self.known: dict[Expr, str] = {}
        self.uses = _uses(roots)

    def text(self, e: Expr) -> str:
        """A formula as an expression that binds as tightly as a name."""
        if e in self.known:
            return self.known[e]
        found = self._written(e)
        if self.uses[e] > 1 and isinstance(e, Call) and e.args and not found.isidentifier():
            found = self._kept(found)
        self.known[e] = found
        return found

    def _kept(self, text: str) -> str:
        name = self.names("part", f"t{len(self.lines) + 1}")
        self.lines.append(f"{name} = {text}")
        return name

    def _written(self, e: Expr) -> str:
        match e:
            case Symbol(name=name):
                return self.names("input", name)
            case Number(value=v):
                return str(v.numerator) if v.denominator == 1 and v >= 0 else f"({v.numerator} / {v.denominator})"
            case Size(dim=d):
                return self._size(d)
            case Call(op=op) if op is MUL:
                return self._product(e)
            case Call(op=op, args=(x,)) if op is TRANSPOSE:
                return self.text(x) if x.type.kind in "svr" else f"{self.text(x)}.T"
            case Call(op=op, args=(x,)) if op is basic.NEG:
                return f"(-{self.text(x)})"
            case Call(op=op, args=(x, y)) if op in SIGNS:
                return f"({self.text(x)} {SIGNS[op]} {self.text(y)})"
            case Call(op=op, args=(x, y)) if op is basic.POW:
                if x.type.kind != "m":
                    return f"({self.text(x)} ** {self.text(y)})"
                if not isinstance(y, Number):
                    return self._function_of_a_matrix(WHOLE_POWER, [self.text(x), self.text(y)])
                return f"np.linalg.matrix_power({self.text(x)}, {self.text(y)})"
            case Call():
                return self._call(e)
        raise UnsupportedError(
            say("code of complex variables is not supported"), hint=say("evaluate(…) takes complex ones")
        )

    def _call(self, e: Call) -> str:
        if e.op in (basic.ONES, basic.ZEROS):
            shape = "".join(f"{self._size(d)}, " for d in e.type.dims)
            return f"np.{e.op.name}(({shape.strip()}){self._kind()})"
        args = self._alike(e.args) if e.op is basic.KRON else [self.text(a) for a in e.args]
        if e.op is basic.KRON and e.type.kind == "m":
            turn = {"v": "[:, None]", "r": "[None, :]"}
            args = [a + turn.get(x.type.kind, "") + self.dialect.laid for a, x in zip(args, e.args, strict=True)]
        if e.op in WORDS:
            sizes = {f"p{k}": self._size(d) for k, d in enumerate(e.params)}
            return WORDS[e.op].format(*args, kind=self._kind(), **sizes)
        if isinstance(e.op.meaning, Conjugation):
            return f"np.{PARTS[e.op.meaning.part]}({args[0]})"
        if isinstance(e.op.meaning, Definition) and not e.op.numpy:
            kind = {"s": "scalar", "v": "vector n"}.get(e.args[0].type.kind, "matrix m n")
            return self.text(put(template(e.op.meaning.text, (("X", kind),)), {"X": e.args[0]}))
        text = e.op.numpy
        if isinstance(e.op.meaning, Primary | Frechet):
            return self._function_of_a_matrix(e.op, args)
        if (
            not text
            or HELPER.search(text)
            or e.params
            or any(a.type.kind == "s" and e.op.domain for a in e.args if not e.op.elementwise)
        ):
            raise UnsupportedError(say("{op} of complex quantities is not supported", op=e.op.name))
        named = [a if a.isidentifier() else self._kept(a) for a in args]
        places = dict(zip(LETTERS, named, strict=False))  # other letters are those of functions in the text
        return "(" + ARGUMENT.sub(lambda m: places.get(m[0], m[0]), text) + ")"

    def _function_of_a_matrix(self, op: Operation, args: list[str]) -> str:
        """A function of a matrix, or its derivative along one direction, by a function that the source brings along."""
        text = getattr(op.code, self.dialect.functions) if self.dialect.functions and op.code else op.numpy
        known = {"_frechet"} if self.dialect.functions else ARRAY_HELPERS.keys()
        named = [a if a.isidentifier() else self._kept(a) for a in args]
        several = isinstance(op.meaning, Frechet) and len(args) > 2 + (text or "").count("m, a")
        if not text or several or not known >= {*HELPER.findall(text)}:
            raise UnsupportedError(say("{op} of complex quantities is not supported", op=op.name))
        self.helpers |= {*HELPER.findall(text)}
        places = dict(zip(LETTERS, named, strict=False))
        return ARGUMENT.sub(lambda m: places.get(m[0], m[0]), text.replace("…", named[-1]))

    def _size(self, d: Dim) -> str:
        self.dims |= d.names
        return dim_text(d, lambda name: self.names("dim", name))

    def _product(self, e: Expr) -> str:
        """Numbers in front; matrices from the vector that they meet; a column times a row as an outer product."""
        numbers: list[str] = []
        runs: list[list[Expr]] = [[]]
        for x in self._factors(e):
            if x.type.kind == "s":
                numbers.append(self.text(x))
                continue
            if runs[-1] and runs[-1][-1].type.kind == "v":
                runs.append([])
            runs[-1].append(x)
        parts = []
        mixed = not self.dialect.mixes and len({_is_complex(x) for run in runs for x in run}) > 1
        for run in filter(None, runs):
            inner = run[0].type.kind == "r" and run[-1].type.kind == "v"
            (numbers if inner else parts).append(self._run(run, mixed))
        whole = f"np.outer({parts[0]}, {parts[1]})" if len(parts) == 2 else parts[0] if parts else ""
        return f"({' * '.join(filter(None, [*numbers, whole]))})"

    def _factors(self, e: Expr) -> list[Expr]:
        """The factors of a product, in a row; what is shared, or a number, stays whole."""
        if isinstance(e, Call) and e.op is MUL:
            inside = [x if x.type.kind == "s" or self.uses[x] > 1 else None for x in e.args]
            return [y for x, whole in zip(e.args, inside, strict=True) for y in ([x] if whole else self._factors(x))]
        return [e]

    def _run(self, run: Sequence[Expr], mixed: bool) -> str:
        """A product of a row; of real and complex arrays, `mixed`, where the library has no such product, the real ones become complex."""

        def text(x: Expr) -> str:
            return f"({self.text(x)} + 0j)" if mixed and not _is_complex(x) else self.text(x)

        if run[-1].type.kind == "v" or (run[0].type.kind == "m" and run[-1].type.kind == "m"):
            found = text(run[-1])
            for x in reversed(run[:-1]):
                if isinstance(x, Call) and x.op is INV and self.uses[x] == 1:
                    found = f"np.linalg.solve({text(x.args[0])}, {found})"
                else:
                    found = f"({text(x)} @ {found})"
            return found
        found = text(run[0])
        for x in run[1:]:
            found = f"({found} @ {text(x)})"
        return found

    def _alike(self, args: Sequence[Expr]) -> list[str]:
        """Arguments of a function that takes no real array beside a complex one."""
        mixed = not self.dialect.mixes and len({_is_complex(a) for a in args}) > 1
        return [f"({self.text(a)} + 0j)" if mixed and not _is_complex(a) else self.text(a) for a in args]

    def _kind(self) -> str:
        """What a new array is told of its numbers: those of the first complex variable that is given."""
        if not self.dialect.kind:
            return ""
        like = next((s for s in self.likes if s.name in self.inputs), self.likes[0])
        self.inputs.add(like.name)
        return self.dialect.kind.format(self.names("input", like.name))


def _is_complex(e: Expr) -> bool:
    """Whether an array is complex in the code, and not real by a function."""
    return bool(fold(e, lambda node, args: _complex_node(node, args)))


def _complex_node(node: Expr, args: Sequence[bool]) -> bool:
    if isinstance(node, Symbol):
        return sense(node.facts).complex
    return any(args) and not (isinstance(node, Call) and (node.op.of_moduli or _real_part(node)))


def _real_part(node: Call) -> bool:
    return isinstance(node.op.meaning, Conjugation) and node.op.meaning.part != "conj"


def _uses(roots: Sequence[Expr]) -> Counter[Expr]:
    """How often each part of some formulas stands in them."""
    found: Counter[Expr] = Counter(roots)
    seen: set[Expr] = set()
    for root in roots:
        for node in walk(root):
            if node not in seen and isinstance(node, Call):
                seen.add(node)
                found.update(node.args)
    return found
