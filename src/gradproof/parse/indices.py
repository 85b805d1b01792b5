"""Index notation: `sum(i, j: A[i,j]*x[i]*y[j])`. What a subscript is an entry of, and the operations that stand for it in the syntax tree.

A running index i is a variable of its own, the unit vector e_i: `x[i]` is x'*e_i, row i of X is X'*e_i, and `sum(i: …)` adds over i. So kinds and
dimensions are inferred as for every other formula; `entries` turns the sum into matrix notation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from gradproof.errors import ParseError, Span, UnsupportedError
from gradproof.notation.expr import Expr, call, call_of_shape, number
from gradproof.ops import TABLE, Operation
from gradproof.ops.operation import Definition, signatures
from gradproof.ops.placed import MOST, unit
from gradproof.parse.declare import Declarations, Declared
from gradproof.parse.kinds import Kinds, letter_kind
from gradproof.parse.lexer import Kind, Token
from gradproof.parse.note import Note, note, refusal
from gradproof.parse.tree import CallNode, NameNode, Node, NumberNode
from gradproof.say import listed as joined
from gradproof.say import say
from gradproof.shapes.dims import Dim, dim


def _made(name: str, text: str) -> Operation:
    return Operation(name, signatures(text), Definition(""), name)


ENTRY = _made("entry", "i,i-> i',i-> ij,i->j")  # of a vector an entry, of a matrix a row
ELEMENT = _made("element", "i,i-> i',i->")
ROW = _made("row", "ij,i->j")
COLUMN = _made("column", "ij,j->i")
LYING = _made("row", "ij,i->j'")  # X[i,:], which is written as a row
ENTRY2 = _made("entry of a matrix", "ij,i,j->")
SUM_OVER = _made("sum over", "*,i->*")
SUM_TO = _made("sum to", "*,i,i->*")  # with ones of the size that is given
VECTOR_OF = _made("vector of entries", ",i->i")
MATRIX_OF = _made("matrix of entries", ",i,j->ij")
GATHERED = {SUM_OVER, SUM_TO, VECTOR_OF, MATRIX_OF}
_ONES, _SUM, _TRANSPOSE, _MUL = TABLE["ones"], TABLE["sum"], TABLE["transpose"], TABLE["mul"]
_INDEXED = {ENTRY, LYING, COLUMN, ENTRY2}
_SLACK = 2.0  # how much more doubtful the reading of A_i as a matrix may be
_TRIED = 4  # matrices whose rows and columns are tried
_MARK = "ⁱ"  # begins the name of a running index; nobody can type it


@dataclass(frozen=True, slots=True)
class Over:
    """The indices of one sum: as they are written, as variables, and their sizes where they are given."""

    names: tuple[str, ...]
    variables: tuple[str, ...]
    sizes: tuple[Dim | None, ...]


def running(name: str, at: int) -> str:
    """The variable of a running index that is introduced at this place of the text."""
    return f"{_MARK}{at}{name}"


def fixed(names: Sequence[str]) -> Over | None:
    """Indices that nothing sums: the unit vectors e_i are variables of the formula."""
    return Over(tuple(names), tuple(f"e_{name}" for name in names), (None,) * len(names)) if names else None


def is_index(name: str) -> bool:
    """Whether a variable is a running index."""
    return name.startswith(_MARK)


def listed(callee: object, tokens: Sequence[Token], at: int, around: Sequence[Over]) -> tuple[Over | None, int]:
    """The indices that the bracket of a sum begins with, up to a colon, and the place after them; None where there are none."""
    names: list[str] = []
    sizes: list[Dim | None] = []
    start = at
    while callee is _SUM and tokens[at].kind is Kind.NAME:
        names.append(tokens[at].text)
        sizes.append(None)
        at += 1
        if tokens[at].text == "≤":
            limit = tokens[at + 1]
            sizes[-1] = dim(int(limit.text)) if limit.kind is Kind.NUMBER else dim(limit.text)
            at += 2
        if tokens[at].text == ":":
            taken = [*names, *(name for o in around for name in o.names)]
            if len(set(taken)) < len(taken):
                raise ParseError(
                    say("this index is in use already"),
                    span=(tokens[start].start, tokens[at].end),
                    hint=say("give each index a name of its own"),
                )
            return Over(tuple(names), tuple(f"{_MARK}{start}{name}" for name in names), tuple(sizes)), at + 1
        if tokens[at].text != ",":
            break
        at += 1
    return None, start


def free(tokens: Sequence[Token]) -> tuple[Over, int] | None:
    """The indices of `D[i,j] =` at the beginning of a formula, and the place after it."""
    if len(tokens) < 5 or tokens[0].kind is not Kind.NAME or tokens[1].text != "[":
        return None
    at, names = 2, []
    while tokens[at].kind is Kind.NAME and tokens[at + 1].text in (",", "]"):
        names.append(tokens[at].text)
        at += 2
        if tokens[at - 1].text == "]":
            break
    if tokens[at - 1].text != "]" or tokens[at].text != "=" or not names:
        return None
    span = (tokens[0].start, tokens[at].end)
    if len(names) > 2:
        raise UnsupportedError(
            say("{count} free indices have no place in matrix notation", count=len(names)), span=span
        )
    if len(set(names)) < len(names):
        raise ParseError(say("an index is listed twice"), span=span)
    return Over(tuple(names), tuple(f"{_MARK}{k}{name}" for k, name in enumerate(names)), (None,) * len(names)), at + 1


def placed(place: str | int, span: Span) -> Node:
    """The unit vector of an index: a variable, or a constant where the index is a number."""
    return NameNode(place, span) if isinstance(place, str) else CallNode(unit(place), (), span, span, (None,))


def entry(tokens: Sequence[Token], at: int, around: Sequence[Over]) -> tuple[Operation, tuple[str | int, ...], int]:
    """What `[i,j]` takes from what stands before it, its indices as variables or numbers, and the place after it. Raises ParseError."""
    first, written = tokens[at - 1], []
    variables: list[str | int] = []
    while True:
        token = tokens[at]
        span = (token.start, token.end)
        if token.text == ":" and token.kind is Kind.SIGN:
            written.append(":")
        elif token.kind is Kind.NAME:
            found = next(
                (o.variables[o.names.index(token.text)] for o in reversed(around) if token.text in o.names), None
            )
            if found is None:
                raise ParseError(
                    say("{name} is no running index", name=token.text),
                    span=span,
                    hint=say("write sum({name}: …), or D[{name}] = … for the entries of a vector", name=token.text),
                )
            variables.append(found)
            written.append(token.text)
        elif token.kind is Kind.NUMBER:
            variables.append(_counted(token))
            written.append(token.text)
        else:
            raise refusal("entry-index", span)
        at += 2
        if tokens[at - 1].text == "]":
            break
        if tokens[at - 1].text != ",":
            raise ParseError(
                say("this bracket is never closed"), span=(first.start, first.end), hint=say("a ']' is missing")
            )
    numbers = all(isinstance(v, int) for v in variables)
    shapes = {(1, 1): ELEMENT if numbers else ENTRY, (2, 2): ENTRY2}
    op = (
        (LYING if written[1] == ":" else COLUMN)
        if len(written) == 2 and len(variables) == 1
        else shapes.get((len(written), len(variables)))
    )
    if op is None:
        raise UnsupportedError(say("entries have one index or two"), span=(first.start, tokens[at - 1].end))
    return op, tuple(variables), at


def _counted(token: Token) -> int:
    """A place, counted from 1."""
    if not token.text.isdecimal() or not 0 < int(token.text) <= MOST:
        raise refusal("entry-number", (token.start, token.end), shown=token.text)
    return int(token.text)


def gather(nodes: list[Node], body: int, indices: Over, span: Span, spot: Span, op: Operation | None = None) -> int:
    """Append a sum over these indices, one after the other; without an operation, the vector or matrix of the entries. The place of the new node."""
    if op is None:
        args = (body, *range(len(nodes), len(nodes) + len(indices.variables)))
        nodes += [NameNode(v, spot) for v in indices.variables]
        nodes.append(CallNode(MATRIX_OF if len(args) == 3 else VECTOR_OF, args, span, spot))
        return len(nodes) - 1
    for name, variable, size in zip(indices.names, indices.variables, indices.sizes, strict=True):
        if size is None and not _stands(nodes, body, variable):
            raise refusal("index-nowhere", span, index=name)
        nodes.append(NameNode(variable, spot))
        args = (body, len(nodes) - 1)
        if size is not None:
            nodes.append(CallNode(_ONES, (), spot, spot, (size,)))
            args = (*args, len(nodes) - 1)
        nodes.append(CallNode(op if size is None else SUM_TO, args, span, spot))
        body = len(nodes) - 1
    return body


def _stands(nodes: Sequence[Node], root: int, variable: str) -> bool:
    """Whether a variable stands in a part of the tree."""
    waiting = [root]
    while waiting:
        node = nodes[waiting.pop()]
        if isinstance(node, NameNode) and node.name == variable:
            return True
        waiting += node.args
    return False


# -- what a subscript is an entry of


@dataclass(frozen=True, slots=True)
class Resolved:
    """A syntax tree in which every entry is of something known; `tried`: matrices of which x_i may be a row or a column, and where the first of them stands."""

    nodes: list[Node]
    declarations: Declarations
    notes: tuple[Note, ...]
    indexed: bool = False
    tried: tuple[str, ...] = ()
    place: Span | None = None

    @property
    def outermost(self) -> frozenset[int]:
        """The places of the sums over running indices that stand in no other one."""
        return _outermost(self.nodes) if self.indexed else frozenset()


def resolve(
    nodes: list[Node],
    declarations: Declarations,
    indices: Sequence[Over],
    mentioned: Sequence[str],
    hints: Mapping[str, str],
    capitals: bool,
) -> Iterator[Resolved]:
    """The ways in which entries can be read; just the tree as it is where there are none.

    `mentioned`: names that are known to be variables; `hints`: the kinds of bold letters; `capitals`: whether x_i may be a row of X, as in LaTeX.
    """
    if not indices:
        yield Resolved(nodes, declarations, ())
        return
    known = dict(declarations.variables)
    running = {name for o in indices for name in o.names}
    for node in nodes:
        if isinstance(node, NameNode) and node.name in running:
            raise ParseError(
                say("{name} is a running index, it is no number", name=node.name),
                span=node.span,
                hint=say("give the index or the variable another name"),
            )
    for o in indices:
        known.update({v: Declared("v", (None,), frozenset()) for v in o.variables})
    with_indices = Declarations(known, declarations.functions)
    nodes = _with_delta(nodes, known)
    bases = _Bases(nodes, with_indices, mentioned, hints, capitals)
    if len(bases.both) > _TRIED:
        raise UnsupportedError(
            say("{names} may each be taken by rows or by columns: that is too much", names=joined(bases.both)),
            hint=say("write X[i,:] or X[:,i]"),
        )
    for ways in product((False, True), repeat=len(bases.both)):
        columns = tuple(name for name, column in zip(bases.both, ways, strict=True) if column)
        yield bases.resolved(columns, tuple(bases.both))


def _with_delta(nodes: Sequence[Node], known: Mapping[str, Declared]) -> list[Node]:
    """The tree with delta[i,j] as entry i of the unit vector j."""
    found = list(nodes)
    for i, node in enumerate(nodes):
        if isinstance(node, CallNode) and node.op is ENTRY2:
            base = nodes[node.args[0]]
            if isinstance(base, NameNode) and base.name == "delta" and "delta" not in known:
                found[node.args[0]] = NumberNode(number(0), base.span)
                found[i] = CallNode(ELEMENT, node.args[1:], node.span, node.spot)
    return found


class _Bases:
    """The names that have running indices below them."""

    def __init__(
        self,
        nodes: list[Node],
        declarations: Declarations,
        mentioned: Sequence[str],
        hints: Mapping[str, str],
        capitals: bool,
    ):
        self.nodes, self.declarations, self.mentioned, self.capitals, self.hints = (
            nodes,
            declarations,
            mentioned,
            capitals,
            hints,
        )
        self.single: dict[str, list[int]] = {}  # names with one index, and the places
        self.double: dict[str, list[int]] = {}  # with two, or a slice
        for i, node in enumerate(nodes):
            if isinstance(node, CallNode) and node.op in _INDEXED:
                base = nodes[node.args[0]]
                if isinstance(base, NameNode):
                    (self.single if node.op is ENTRY else self.double).setdefault(base.name, []).append(i)
        self.names = {name: self._renamed(name) for name in self.double} | {name: name for name in self.single}
        kinds = self._kinds()
        self.kinds = {name: self._kind(name) or kinds[name] for name in self.single}
        for name, kind in self.kinds.items():
            if kind == "m":
                self.names[name] = self._renamed(name)
        self._separate()
        self.both = [
            name for name, kind in self.kinds.items() if kind == "m" and self.names[name] in self.declarations.variables
        ]

    def _kind(self, name: str) -> str:
        """What is declared: "v", "m", or "" where nothing is."""
        said = self.declarations.variables.get(name)
        if said is None and self._renamed(name) != name:
            said = self.declarations.variables.get(self._renamed(name))
            wanted = said is None and self._renamed(name) in self.mentioned and name not in self.mentioned
            return "m" if wanted or (said is not None and said.kind == "m") else ""
        return said.kind if said is not None else "m" if name in self.double else ""

    def _renamed(self, name: str) -> str:
        """X for x, where x is not declared itself."""
        return name[0].upper() + name[1:] if self.capitals and name not in self.declarations.variables else name

    def _kinds(self) -> dict[str, str]:
        """Whether x_i is a number or a vector, by its use: a number where that fits. Raises for A_i that may be a matrix for each i."""
        asked = [name for name in self.single if not self._kind(name)]
        vectors = {name for name in asked if self.hints.get(name) or (name[0].isupper() and not self.capitals)}
        vectors |= self._outer(asked)
        hints = {f"ˣ{name}": "v" if name in vectors else "s" for name in asked}
        kinds = self._trial(hints)
        capitals = [name for name in asked if name[0].isupper() and self.capitals]
        if capitals:
            other = self._trial(hints | {f"ˣ{name}": "m" for name in capitals})
            matrices = [name for name in capitals if other.variable(f"ˣ{name}") == "m"]
            fits = other.misfit is None and (kinds.misfit is not None or other.doubts <= kinds.doubts + _SLACK)
            if matrices and fits and (other.of[-1] == "s" or kinds.of[-1] != "s"):
                shown, name = self._shown(matrices[0]), matrices[0]
                raise UnsupportedError(
                    say(
                        "{shown} can be a matrix for each index, and three axes have no place in matrix notation",
                        shown=shown,
                    ),
                    span=self._span(name),
                    hint=say("where it is a row or a column of {name}, declare {name}: matrix n d", name=name),
                )
        return {name: "m" if kinds.variable(f"ˣ{name}") == "v" else "v" for name in asked}

    def _outer(self, asked: Sequence[str]) -> set[str]:
        """The names u and v of a product that ends with u_i v_i': vectors, where their letters say so."""
        goes_on = {n.args[0] for n in self.nodes if isinstance(n, CallNode) and n.op is _MUL}
        found: set[str] = set()
        for k, node in enumerate(self.nodes):
            if not isinstance(node, CallNode) or node.op is not _MUL or k in goes_on:
                continue
            left, right = (self.nodes[a] for a in node.args)
            if isinstance(left, CallNode) and left.op is _MUL:
                left = self.nodes[left.args[1]]
            if not isinstance(right, CallNode) or right.op is not _TRANSPOSE:
                continue
            names = [self._base(left), self._base(self.nodes[right.args[0]])]
            if all(name in asked and letter_kind(name) == "v" for name in names):
                found |= {name for name in names if name}
        return found

    def _base(self, node: Node) -> str:
        """The name of x_i, or ""."""
        base = self.nodes[node.args[0]] if isinstance(node, CallNode) and node.op is ENTRY else None
        return base.name if isinstance(base, NameNode) else ""

    def _trial(self, hints: Mapping[str, str]) -> Kinds:
        """The kinds of the formula with a variable of its own in place of each x_i."""
        declared = {
            **self.declarations.variables,
            "ˢ": Declared("s", (), frozenset()),
            "ᵛ": Declared("v", (None,), frozenset()),
        }
        trial: list[Node] = list(self.nodes)
        for i, node in enumerate(self.nodes):
            if not isinstance(node, CallNode) or node.op not in _INDEXED:
                continue
            base = self.nodes[node.args[0]]
            if node.op is LYING:
                trial[i] = CallNode(_TRANSPOSE, (node.args[1],), node.span, node.spot)
            elif node.op is ENTRY and isinstance(base, NameNode):
                kind = self._kind(base.name)
                trial[i] = NameNode({"": f"ˣ{base.name}", "m": "ᵛ"}.get(kind, "ˢ"), node.span)
            else:
                trial[i] = NameNode("ᵛ" if node.op is COLUMN else "ˢ", node.span)
        axes = [axis for d in declared.values() for axis in d.dims] + [
            axis for node in trial if isinstance(node, CallNode) for axis in node.axes
        ]
        sizes = frozenset(name for axis in axes if axis is not None for name in axis.names) - declared.keys()
        return Kinds(trial, declared, sizes, {**self.hints, **hints})

    def _span(self, name: str) -> Span:
        return self.nodes[(self.single.get(name) or self.double[name])[0]].span

    def _separate(self) -> None:
        """Refuse two names that would become one."""
        seen: dict[str, str] = {}
        for name, new in self.names.items():
            other = seen.setdefault(new, name)
            if name in self.mentioned and new != name:
                raise ParseError(
                    say(
                        "{name} is read as a part of the matrix {new}, and {name2} is asked for",
                        name=self._shown(name),
                        new=new,
                        name2=name,
                    ),
                    span=self._span(name),
                    hint=say("ask for {new}", new=new),
                )
            if other != name:
                raise ParseError(
                    say("{other} and {name} would both be entries of {new}", other=other, name=name, new=new),
                    span=self._span(name),
                    hint=say("rename one of them, or declare {name} and {other}", name=name, other=other),
                )

    def resolved(self, columns: tuple[str, ...], tried: tuple[str, ...]) -> Resolved:
        """The tree in which these matrices are taken by columns."""
        variables = dict(self.declarations.variables)
        nodes = list(self.nodes)
        notes: list[Note] = []
        for name, places in (*self.single.items(), *self.double.items()):
            new = self.names[name]
            matrix = name in self.double or self.kinds[name] == "m"
            variables.setdefault(
                new, Declared("m", (None, None), frozenset()) if matrix else Declared("v", (None,), frozenset())
            )
            for i in places:
                node = nodes[i]
                assert isinstance(node, CallNode)
                base = nodes[node.args[0]]
                nodes[node.args[0]] = NameNode(new, base.span)
                if node.op is ENTRY:
                    nodes[i] = CallNode(
                        (COLUMN if name in columns else ROW) if matrix else ELEMENT, node.args, node.span, node.spot
                    )
            notes += self._notes(name, new, matrix, name in columns)
        return Resolved(
            nodes,
            Declarations(variables, self.declarations.functions),
            tuple(notes),
            True,
            tuple(self.names[name] for name in tried),
            self._span(tried[0]) if tried else None,
        )

    def _notes(self, name: str, new: str, matrix: bool, column: bool) -> list[Note]:
        shown, span = self._shown(name), self._span(name)
        if name in self.double:
            return [note("entry-of-matrix", span, shown=shown, name=new)] if new != name else []
        if not matrix:
            return [] if self._kind(name) == "v" else [note("entry-of-vector", span, shown=shown, name=new)]
        which = "column" if column else "row"
        return [note(f"{which}-{'that-fits' if name in self.both else 'of-matrix'}", span, shown=shown, name=new)]

    def _shown(self, name: str) -> str:
        """The first place of a name with its indices: x_i, or x[i] in the ASCII syntax."""
        node = self.nodes[(self.single.get(name) or self.double[name])[0]]
        inner = [self.nodes[a] for a in node.args[1:]]
        letters = [
            n.name.lstrip(_MARK).lstrip("0123456789").removeprefix("e_") for n in inner if isinstance(n, NameNode)
        ]
        letters += [str(n.op.place) for n in inner if isinstance(n, CallNode) and n.op.place]
        if not self.capitals:
            return f"{name}[{','.join(letters)}]"
        return f"{name}_{letters[0]}" if len(letters) == 1 else f"{name}_{{{''.join(letters)}}}"


# -- the formula of an entry


def _entry(base: Expr, first: Expr) -> Expr:
    return call("mul", base if base.type.kind == "r" else call("transpose", base), first)


def _entry2(base: Expr, first: Expr, second: Expr) -> Expr:
    return call("mul", call("mul", call("transpose", first), base), second)


def _sum_to(body: Expr, index: Expr, _ones: Expr) -> Expr:
    return call_of_shape(SUM_OVER, (body, index), body.type)


BUILT: dict[Operation, Callable[..., Expr]] = {
    ENTRY: _entry, ELEMENT: _entry, ROW: _entry, COLUMN: lambda base, first: call("mul", base, first), ENTRY2: _entry2,
    LYING: lambda base, first: call("mul", call("transpose", first), base), SUM_TO: _sum_to,
}  # fmt: skip


def _outermost(nodes: Sequence[Node]) -> frozenset[int]:
    """The places of the sums over running indices that stand in no other one."""
    inner = [False] * len(nodes)
    found = set()
    for i in range(len(nodes) - 1, -1, -1):
        node = nodes[i]
        gathers = isinstance(node, CallNode) and node.op in GATHERED
        if gathers and not inner[i]:
            found.add(i)
        for a in node.args:
            inner[a] = inner[a] or inner[i] or gathers
    return frozenset(found)
