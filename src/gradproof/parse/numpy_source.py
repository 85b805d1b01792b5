"""NumPy source to the syntax tree: `np.sum(np.log(1 + np.exp(-y*(X@w))))`, a lambda, a def, a few assignments. Read with `ast`, never evaluated."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from copy import copy

from gradproof.errors import GradproofError, ParseError, UnsupportedError
from gradproof.notation.function import Function
from gradproof.ops import basic
from gradproof.parse import arrays
from gradproof.parse.entries import Over
from gradproof.parse.lexer import LONGEST
from gradproof.parse.note import Note, note
from gradproof.parse.numpy_calls import WAYS
from gradproof.parse.numpy_formula import Formula
from gradproof.parse.numpy_names import FUNCTIONS, PACKAGES
from gradproof.parse.numpy_values import ROW, UNSURE, Axis, LocalFunction, OneOf, ReadArray, Shaped, Thing
from gradproof.parse.tree import CallNode, SyntaxNode
from gradproof.patterns import pattern
from gradproof.records import dataclass
from gradproof.say import say

_LIBRARY = pattern(
    r"(?<![\w.\\])(?:np|numpy|jnp|torch|jax|scipy|anp|tf|cp|cvxpy)\.[a-zA-Z_]|(?<![\w.\\])(?:nn\.functional|F)\.[a-z_]+\("
)
_STATEMENT = pattern(
    r"^\s*(?:>>> )?(?:def\s+\w+\s*\(|import\s|from\s+\w|\w+\s*=\s*lambda\b|lambda\b[^:]*:|return\b)", re.M
)
_ARRAYS = pattern(
    r"@|[\w)\]]\.(?:sum|dot|mean|ravel|reshape|flatten|transpose)\(|[\[,]\s*None\s*[\],]|\w\[(?:-\d+|-?\d+:(?:-?\d+)?|:-?\d+)\]"
)
_NOT_PYTHON = pattern(r"['\\^{}]|\.[*/]")
_KEEPING = frozenset(("jit", "njit"))  # decorators that change no value
_PROMPT = pattern(r"^(?:>>> |\.\.\. |```\w*\s*$)", re.M)


@dataclass(frozen=True)
class SourceTree:
    """NumPy source as a tree: the nodes, the running indices of einsum, what was decided and assumed."""

    nodes: list[SyntaxNode]
    indices: list[Over]
    notes: tuple[Note, ...]
    assumed: Mapping[str, frozenset[str]]  # facts of names


def is_numpy(text: str) -> bool:
    """Whether a text is NumPy source, as far as it shows.

    >>> is_numpy("np.sum(x**2)"), is_numpy("X.T @ (X @ w - y)"), is_numpy("x'*A*x")
    (True, True, False)
    """
    if _LIBRARY.search(text) or _STATEMENT.search(text):
        return True
    if not _ARRAYS.search(text) or _NOT_PYTHON.search(text) or len(text) > LONGEST:
        return False
    try:
        _module(text)
    except GradproofError:
        return False
    return True


def read_source(text: str, functions: Mapping[str, Function], variables: Collection[str]) -> SourceTree:
    """The syntax tree of NumPy source. Raises ParseError, and UnsupportedError for what is not read, by its name."""
    if len(text) > LONGEST:
        raise ParseError(
            say(
                "the source is too long: {count:,} characters, at most {longest:,} are read",
                count=len(text),
                longest=LONGEST,
            )
        )
    reader = _Statements(text, functions, variables)
    module, reader.first = _module(text)
    try:
        value = reader.module(module)
    except RecursionError:
        raise UnsupportedError(say("the source is nested too deeply"), hint=say("name its parts")) from None
    return SourceTree(reader.finish(value), reader.indices, tuple(reader.notes), reader.assumed)


def _module(text: str) -> tuple[list[ast.stmt], int]:
    """The statements of a source, and the number that its first line has."""
    blank = _PROMPT.sub(lambda m: " " * len(m[0]) if m[0][0] != "`" else "#" * len(m[0]), text)
    try:
        if blank.lstrip()[:1] and blank[:1].isspace() and "\n" not in blank.strip():
            with suppress(SyntaxError):
                ast.parse(blank.strip())  # not a text that closes the bracket around it
                return ast.parse("(\n" + blank + "\n)").body, 2  # an expression with blanks before it
        if re.match(r"(?:[ \t]*\n)*[ \t]+\S", blank):
            body = ast.parse("if True:\n" + blank).body[0]
            assert isinstance(body, ast.If)
            return body.body, 2
        return ast.parse(blank).body, 1
    except SyntaxError as error:
        line = (error.lineno or 1) - 1
        starts = [0, *(i + 1 for i, c in enumerate(text) if c == "\n")]
        at = min(starts[min(max(line, 0), len(starts) - 1)] + max((error.offset or 1) - 1, 0), len(text))
        raise ParseError(say("this is not Python: {reason}", reason=error.msg), span=(at, at + 1), text=text) from None
    except (RecursionError, MemoryError, ValueError):
        raise UnsupportedError(say("the source is nested too deeply"), hint=say("name its parts")) from None


class _Statements(Formula):
    """Reads statements: the last one has the formula."""

    def __init__(self, text: str, functions: Mapping[str, Function], variables: Collection[str]):
        super().__init__(text, functions, variables, WAYS)
        self.assigned: dict[str, ast.stmt] = {}

    def module(self, body: Sequence[ast.stmt]) -> ReadArray:
        """The formula of a source: its last expression, else what was assigned last."""
        body = [s for s in body if not _is_text(s)]
        if not body:
            raise ParseError(say("the source is empty"), span=(0, len(self.text)))
        *before, last = body
        for statement in before:
            self.statement(statement)
        value = self._last(last)
        for name, statement in self.assigned.items():
            if name not in self.used:
                self.notes.append(note("numpy-unused", self.span(statement), shown=self.shown(statement)))
        return value

    def _last(self, node: ast.stmt) -> ReadArray:
        match node:
            case ast.Expr(value=value):
                found = self.thing(value)
                return self._body(found) if isinstance(found, LocalFunction) else self.taken(found, value)
            case ast.Return(value=ast.expr() as value):
                return self.array(value)
            case ast.FunctionDef():
                return self._body(self._function(node))
        names = self.statement(node)
        if names is None or len(names) != 1:
            raise self.refuse(
                node, say("'{shown}' without a formula after it", shown=self.shown(node)), say("end with the formula")
            )
        self.used.add(names[0])
        if isinstance(node, ast.Assign):
            self.notes.append(note("side-taken-off", self.span(node.targets[0]), shown=f"{names[0]} ="))
        found = self.names[names[0]]
        if isinstance(found, LocalFunction):
            return self._body(found)
        if not isinstance(found, ReadArray):
            raise self.refuse(
                node, say("'{shown}' without a formula after it", shown=self.shown(node)), say("end with the formula")
            )
        return found

    # -- statements

    def statement(self, node: ast.stmt) -> list[str] | None:
        """Take one statement in; the names that it assigns."""
        match node:
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                self._import(node, names)
                return None
            case ast.FunctionDef(name=name):
                self.assign(name, self._function(node), node)
                return [name]
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                self.assign(name, self.thing(value), node)
                return [name]
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                self.assign(name, self.thing(value), node)
                return [name]
            case ast.Assign(targets=[ast.Tuple(elts=elts)], value=value) if all(isinstance(t, ast.Name) for t in elts):
                return self._several(node, [t.id for t in elts if isinstance(t, ast.Name)], value)
            case ast.AugAssign(target=ast.Name(id=name), op=op, value=value):
                combined = ast.copy_location(ast.BinOp(ast.copy_location(ast.Name(name), node.target), op, value), node)
                found = self.thing(combined)
                self.change(name)
                self.assign(name, found, node)
                return [name]
            case ast.If() | ast.For() | ast.While() | ast.With() | ast.Try() | ast.Match():
                words = type(node).__name__.lower()
                raise self.refuse(
                    node,
                    say("control flow ('{words}')", words=words),
                    say("write the formula without it: a sum over rows is X @ w"),
                )
            case ast.Pass():
                return None
        raise self.refuse(node, say("'{shown}'", shown=self.shown(node)))

    def assign(self, name: str, value: Thing, node: ast.stmt) -> None:
        """A name for a value; one that the value was made of is used."""
        self.names[name] = value
        self.assigned[name] = node
        self.used.discard(name)

    def _several(self, node: ast.stmt, names: Sequence[str], value: ast.expr) -> list[str]:
        """m, n = X.shape; sign, log = np.linalg.slogdet(S); a, b = x, y."""
        if isinstance(value, ast.Tuple) and len(value.elts) == len(names):
            found: list[Thing] = [self.thing(v) for v in value.elts]
        else:
            match self.thing(value):
                case Shaped(of=of) if len(names) <= 2:
                    found = [Axis(of, axis) for axis in range(len(names))]
                case OneOf(value=one, place=place, count=count) as other if len(names) == count:
                    found = [one if k == place else other for k in range(count)]
                case _:
                    raise self.refuse(node, say("'{shown}'", shown=self.shown(node)))
        for name, one in zip(names, found, strict=True):
            self.names[name] = one
        return list(names)

    def _import(self, node: ast.stmt, names: Sequence[ast.alias]) -> None:
        module = getattr(node, "module", None)
        for alias in names:
            package = (module or alias.name).partition(".")[0]
            if package not in PACKAGES:
                raise self.refuse(
                    node, say("the package {package}", package=package), say("numpy, scipy, jax and torch are")
                )
            renamed = alias.asname is not None and alias.asname != alias.name
            if module and renamed and alias.name in FUNCTIONS:
                raise self.refuse(
                    node, say("{name} under another name", name=alias.name), say("keep the function's name")
                )
            if renamed or module:
                self.imported[alias.asname or alias.name] = f"{module}.{alias.name}" if module else alias.name
            if alias.name not in FUNCTIONS and (renamed or module):
                self.modules.add(alias.asname or alias.name)

    def _function(self, node: ast.FunctionDef) -> LocalFunction:
        for decorator in node.decorator_list:
            if self.full_name(decorator).rpartition(".")[2] not in _KEEPING:
                raise self.refuse(
                    decorator, say("the decorator '{shown}'", shown=self.shown(decorator)), say("leave it out")
                )
        return LocalFunction(node.args, node.body, self.names)

    # -- functions of the source

    def _body(self, function: LocalFunction) -> ReadArray:
        """The formula of a function whose arguments are the variables."""
        names = [*function.arguments.posonlyargs, *function.arguments.args, *function.arguments.kwonlyargs]
        if function.arguments.vararg or function.arguments.kwarg:
            raise self.refuse(function.arguments, say("a function with *args"), say("give its arguments names"))
        defaults = [*function.arguments.defaults, *function.arguments.kw_defaults]
        if any(d is not None and not (isinstance(d, ast.Constant) and d.value is None) for d in defaults):
            self.notes.append(note("numpy-default"))
        own = {name.arg for name in names}
        self.names = {name: value for name, value in function.names.items() if name not in own}
        return self._result(function)

    def _result(self, function: LocalFunction) -> ReadArray:
        if isinstance(function.body, ast.expr):
            return self.array(function.body)
        body = [s for s in function.body if not _is_text(s)]
        for statement in body[:-1]:
            if isinstance(statement, ast.Return):
                raise self.refuse(statement, say("a return before the end"))
            self.statement(statement)
        if not body or not isinstance(body[-1], ast.Return) or body[-1].value is None:
            raise self.refuse(body[-1] if body else function.arguments, say("a function that does not end with return"))
        return self.array(body[-1].value)

    def applied(self, node: ast.Call, function: LocalFunction) -> Thing:
        """A function of the source at its arguments."""
        arguments = function.arguments
        names = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
        if len(node.args) > len(names) or any(isinstance(a, ast.Starred) for a in node.args) or function in self.inside:
            raise self.refuse(
                node, say("'{shown}'", shown=self.shown(node)), say("apply it to as many arguments as it has")
            )
        given = dict(zip(names, map(self.thing, node.args), strict=False))
        given |= {k.arg: self.thing(k.value) for k in node.keywords if k.arg}
        missing = [n for n in names if n not in given]
        if (
            missing
            or arguments.vararg
            or arguments.kwarg
            or given.keys() - {*names, *(a.arg for a in arguments.kwonlyargs)}
        ):
            raise self.refuse(node, say("'{shown}'", shown=self.shown(node)), say("give it all its arguments"))
        outer, self.names = self.names, {**function.names, **given}
        used, assigned = set(self.used), dict(self.assigned)
        self.inside.append(function)
        try:
            return self._result(function)
        finally:
            self.names, self.used, self.assigned = outer, used | (self.used - given.keys()), assigned
            self.inside.pop()

    # -- the end

    def finish(self, value: ReadArray) -> list[SyntaxNode]:
        """The nodes of the formula, the root last."""
        root = value.node
        if value.form == UNSURE:
            root = self.put(arrays.ROW_OR_MATRIX, ast.Module([], []), value).node  # of all of the text
        if value.form == ROW:
            self.nodes.append(CallNode(basic.TRANSPOSE, (root,), self.nodes[root].span, self.nodes[root].spot))
            root = len(self.nodes) - 1
        return _reachable(self.nodes, root)


def _reachable(nodes: Sequence[SyntaxNode], root: int) -> list[SyntaxNode]:
    """What the root is made of, in order, with new places for the arguments."""
    wanted = {root}
    for i in range(root, -1, -1):
        if i in wanted:
            wanted.update(nodes[i].args)
    places = {old: new for new, old in enumerate(sorted(wanted))}
    found = [copy(nodes[i]) for i in places]
    for node in found:
        node.args = tuple(places[a] for a in node.args)
    return found


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
