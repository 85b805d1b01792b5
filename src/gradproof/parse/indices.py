"""Index notation: `sum(i, j: A[i,j]*x[i]*y[j])`. What a subscript is an entry of, and the operations that stand for it in the syntax tree.

A running index i is a variable of its own, the unit vector e_i: `x[i]` is x'*e_i, row i of X is X'*e_i, and `sum(i: …)` adds over i. So kinds and
dimensions are inferred as for every other formula; `entries` turns the sum into matrix notation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from gradproof.errors import ParseError, Span, UnsupportedError
from gradproof.ops import basic
from gradproof.parse.declare import Declarations, Declared
from gradproof.parse.entries import (
    COLUMN,
    ELEMENT,
    ENTRY,
    ENTRY2,
    GATHERED,
    INDEXED,
    LYING,
    MARK,
    ROW,
    UNIT,
    Over,
    is_index,
)
from gradproof.parse.index_numbers import refuse_numbers, with_delta
from gradproof.parse.kinds import Kinds, letter_kind
from gradproof.parse.note import Note, note, refusal
from gradproof.parse.readings import NORMS
from gradproof.parse.tree import CallNode, NameNode, SyntaxNode
from gradproof.records import dataclass
from gradproof.say import listed as joined
from gradproof.say import say

_TRANSPOSE, _MUL = basic.TRANSPOSE, basic.MUL
_LINEAR = {basic.ADD, basic.SUB, basic.NEG}
_SLACK = 2.0  # how much more doubtful the reading of A_i as a matrix may be
_FAMILIES = ({*"ijkl"}, {*"mnkl"}, {*"pqrs"}, {*"stτ"}, {*"uvw"}, {*"abcd"})  # letters that run over one range
_TRIED = 4  # matrices whose rows and columns are tried


# -- what a subscript is an entry of


@dataclass(frozen=True, slots=True)
class Resolved:
    """A syntax tree in which every entry is of something known; `tried`: matrices of which x_i may be a row or a column, and where the first of them stands."""

    nodes: list[SyntaxNode]
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
    nodes: list[SyntaxNode],
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
    refuse_numbers(nodes, indices)
    for o in indices:
        known |= {
            v: Declared("v", (None,), frozenset() if is_index(v) else UNIT) for v in o.variables if v not in known
        }
    with_indices = Declarations(known, declarations.functions)
    nodes = with_delta(nodes, known)
    bases = _Bases(nodes, with_indices, mentioned, hints, capitals)
    if len(bases.both) > _TRIED:
        raise UnsupportedError(
            say("{names} may each be taken by rows or by columns: that is too much", names=joined(bases.both)),
            hint=say("write X[i,:] or X[:,i]"),
        )
    for ways in product((False, True), repeat=len(bases.both)):
        columns = tuple(name for name, column in zip(bases.both, ways, strict=True) if column)
        yield bases.resolved(columns, tuple(bases.both))


_NUMBERS = frozenset("NTXYZ")  # capitals of numbers for each i: counts, random variables


class _Bases:
    """The names that have running indices below them."""

    def __init__(
        self,
        nodes: list[SyntaxNode],
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
        self.alone = standing_alone(nodes)
        for i, node in enumerate(nodes):
            if isinstance(node, CallNode) and node.op in INDEXED:
                base = nodes[node.args[0]]
                if isinstance(base, NameNode):
                    (self.single if node.op is ENTRY else self.double).setdefault(base.name, []).append(i)
        for name, places in self.single.items():
            self._refuse_families(name, places)
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

    def _refuse_families(self, name: str, places: Sequence[int]) -> None:
        """b_u and b_i, with u and i below a matrix R_{ui} too, are rather two arrays than one."""
        if name in self.declarations.variables or self._renamed(name) in self.declarations.variables:
            return
        letters = {x for i in places if len(x := self._index(self.nodes[i].args[1])) < 2}  # but those that nobody wrote
        for pair in self.double.values():
            both = {self._index(a) for i in pair for a in self.nodes[i].args[1:]}
            apart = sorted(x for x in letters & both if x)
            if len(apart) > 1 and not any({*apart} <= family for family in _FAMILIES):
                raise refusal(
                    "index-families", self._span(name), first=f"{name}_{apart[0]}", second=f"{name}_{apart[1]}"
                )

    def _index(self, place: int) -> str:
        """The letter of a running index; "" for anything else."""
        node = self.nodes[place]
        return node.name.lstrip(MARK).lstrip("0123456789") if isinstance(node, NameNode) else ""

    def _kind(self, name: str) -> str:
        """What is declared: "v", "m", or "" where nothing is."""
        said = self.declarations.variables.get(name)
        if said is None and self._renamed(name) != name:
            said = self.declarations.variables.get(self._renamed(name))
            wanted = said is None and self._renamed(name) in self.mentioned and name not in self.mentioned
            return "m" if wanted or (said is not None and said.kind == "m") else ""
        return said.kind if said is not None else "m" if name in self.double else ""

    def _renamed(self, name: str) -> str:
        """X for x, where x is not declared itself, nor asked for."""
        kept = name in self.declarations.variables or (name in self.mentioned and name not in self.alone)
        return name[0].upper() + name[1:] if self.capitals and not kept else name

    def _kinds(self) -> dict[str, str]:
        """Whether x_i is a number or a vector, by its use: a number where that fits. Raises for A_i that may be a matrix for each i."""
        asked = [name for name in self.single if not self._kind(name)]
        vectors = {name for name in asked if self.hints.get(name) or (name[0].isupper() and not self.capitals)}
        vectors |= self._outer(asked)
        measured = self._measured(asked) - vectors if self.capitals else set[str]()
        hints = {f"ˣ{name}": "v" if name in vectors else "s" for name in asked}
        kinds = self._trial(hints | {f"ˣ{name}": "v" for name in measured})
        if measured and (kinds.misfit is not None or any(kinds.variable(f"ˣ{n}") != "v" for n in measured)):
            kinds = self._trial(hints)
        elif measured:
            hints |= {f"ˣ{name}": "v" for name in measured}
        capitals = [name for name in asked if name[0].isupper() and self.capitals]
        if capitals:
            other = self._trial(hints | {f"ˣ{name}": "m" for name in capitals})
            matrices = [name for name in capitals if other.variable(f"ˣ{name}") == "m"]
            fits = other.misfit is None and (kinds.misfit is not None or other.doubts <= kinds.doubts + _SLACK)
            matrices = [n for n in matrices if not self._is_mask(n)]
            numbers = other.of[-1] != "s" == kinds.of[-1] and all(self._number(n, kinds) for n in matrices)
            if matrices and fits and not numbers:
                shown, name = self._shown(matrices[0]), matrices[0]
                raise UnsupportedError(
                    say(
                        "{shown} can be a matrix for each index, and three axes have no place in matrix notation",
                        shown=shown,
                    ),
                    span=self._span(name),
                    hint=say(
                        'where it is a number, declare it: "{name}: vector n"; where it is a row, "{name}: matrix n d"; of a few matrices, write the sum out, {name}_1 + {name}_2',
                        name=name,
                    ),
                )
        return {name: "m" if kinds.variable(f"ˣ{name}") == "v" else "v" for name in asked}

    def _is_mask(self, name: str) -> bool:
        r"""Whether an array is the set of \sum_{i \in S}: its name stands in the subscript of its index."""
        entries = [self.nodes[i] for i in self.single[name]]
        places = [(self.nodes[e.args[0]].span[0], self.nodes[e.args[1]].span) for e in entries]
        return all(start <= at < end for at, (start, end) in places)

    def _number(self, name: str, kinds: Kinds) -> bool:
        """Whether a capital letter is that of a number for each index, although a matrix fits too; or of a row."""
        return kinds.variable(f"ˣ{name}") != "s" or name in _NUMBERS or self._of_entries(name)

    def _of_entries(self, name: str) -> bool:
        """Whether a function of each entry is taken of what has this name: log P_i."""
        under: list[bool] = []
        for i, node in enumerate(self.nodes):
            below = i in self.single[name] or any(under[a] for a in node.args)
            if below and isinstance(node, CallNode) and node.op.elementwise and node.op.analytic and not node.op.symbol:
                return True
            under.append(below)
        return False

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
            rows = [n for n in names if n in self.single and self._kind(n) == "m"]  # those that are known
            if all(n in rows or (n in asked and letter_kind(n) == "v") for n in names):
                found |= {*names} - {*rows}
        return found

    def _measured(self, asked: Sequence[str]) -> set[str]:
        """The names of what is added up between double bars: they are vectors, since the norm of a number is its absolute value."""
        found: set[str] = set()
        todo = [n.args[0] for n in self.nodes if isinstance(n, CallNode) and n.op in NORMS]
        while todo:
            node = self.nodes[todo.pop()]
            if not isinstance(node, CallNode):
                continue
            if node.op is ENTRY:
                found |= {self._base(node)} & {*asked}
            elif node.op is _MUL:  # w_ij x_j: the factor that is no number
                parts = [self.nodes[a] for a in node.args]
                entries = [a for a, n in zip(node.args, parts, strict=True) if isinstance(n, CallNode)]
                single = [a for a in entries if getattr(self.nodes[a], "op", None) is not ENTRY2]
                todo += single if len(single) == 1 else ()
            elif node.op in _LINEAR or node.op in GATHERED:
                todo += node.args[:2] if node.op in _LINEAR else node.args[:1]
        return found

    def _base(self, node: SyntaxNode) -> str:
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
        trial: list[SyntaxNode] = list(self.nodes)
        for i, node in enumerate(self.nodes):
            if not isinstance(node, CallNode) or node.op not in INDEXED:
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
        if name == "e" and new not in self.declarations.variables and new not in self.mentioned:
            raise refusal("unit-or-row", span, shown=shown, name=new)
        which = "column" if column else "row"
        return [note(f"{which}-{'that-fits' if name in self.both else 'of-matrix'}", span, shown=shown, name=new)]

    def _shown(self, name: str) -> str:
        """The first place of a name with its indices: x_i, or x[i] in the ASCII syntax."""
        node = self.nodes[(self.single.get(name) or self.double[name])[0]]
        inner = [self.nodes[a] for a in node.args[1:]]
        inner = [self.nodes[n.args[1]] if isinstance(n, CallNode) and n.op is _MUL else n for n in inner]  # i of i + 1
        letters = [
            n.name.lstrip(MARK).lstrip("0123456789").removeprefix("e_") for n in inner if isinstance(n, NameNode)
        ]
        letters += [str(n.op.place) for n in inner if isinstance(n, CallNode) and n.op.place]
        letters = ["…" if x[1:].isdecimal() else x for x in letters]  # an index that nobody wrote
        if not self.capitals:
            return f"{name}[{','.join(letters)}]"
        return f"{name}_{letters[0]}" if len(letters) == 1 else f"{name}_{{{''.join(letters)}}}"


def indexed(nodes: Sequence[SyntaxNode]) -> set[str]:
    """The names that have indices below them."""
    bases = [nodes[n.args[0]] for n in nodes if isinstance(n, CallNode) and n.op in INDEXED]
    return {base.name for base in bases if isinstance(base, NameNode)}


def standing_alone(nodes: Sequence[SyntaxNode]) -> set[str]:
    """The names that stand without an index somewhere."""
    below = {n.args[0] for n in nodes if isinstance(n, CallNode) and n.op in INDEXED}
    return {n.name for k, n in enumerate(nodes) if isinstance(n, NameNode) and k not in below}


def _outermost(nodes: Sequence[SyntaxNode]) -> frozenset[int]:
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
