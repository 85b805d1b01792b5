"""Kinds and dimensions of every node of a formula."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

from gradproof.errors import GradproofError, ShapeError, Span
from gradproof.notation.fit import result_shape
from gradproof.ops.operation import ATOM, SUM
from gradproof.parse.declare import Declarations
from gradproof.parse.entries import INDEXED
from gradproof.parse.kinds import Kinds
from gradproof.parse.note import Note, note, refusal
from gradproof.parse.rules import Row
from gradproof.parse.sizes import Sizes
from gradproof.parse.tree import AppliedNode, CallNode, NameNode, SyntaxNode
from gradproof.patterns import pattern
from gradproof.say import listed, say
from gradproof.shapes.dims import Dim, dim, names_in, side, triangle
from gradproof.shapes.shape import KINDS, SCALAR, Group, Shape

_QUOTED = 40  # the longest operand that a message quotes
_PLACED = pattern(r"[A-Za-z]+_[i-ty]")
_FEW = 12  # variables of a formula in which a kind by a letter is said


class Inference:
    """The shapes of a formula: `shape(i)` of its nodes, `variables` by name. Raises ShapeError or UnsupportedError where it has none."""

    def __init__(
        self,
        text: str,
        nodes: Sequence[SyntaxNode],
        declarations: Declarations,
        mention: Sequence[str],
        hints: Mapping[str, str],
    ):
        self.text, self.nodes, self.declarations = text, nodes, declarations
        declared = declarations.variables
        written, constants = set[str](), set[str]()
        for d in declared.values():
            written |= names_in(d.dims)
        for f in declarations.functions.values():
            written |= names_in(f.shape.dims)
        for node in nodes:
            if isinstance(node, CallNode) and node.axes:
                constants |= names_in(node.axes)
        self.dim_names = frozenset(written | constants)
        self.size_names = self.dim_names.difference(declared, mention)
        self.kinds = Kinds(nodes, declared, self.size_names, hints)
        self.sizes = Sizes(weak=constants - written)
        self.variables: dict[str, tuple[Dim, ...]] = {}
        self.dims: list[tuple[Dim, ...]] = []
        self.functions: dict[
            tuple[str, int], int
        ] = {}  # for each argument of a function, the node that it was first given
        self.axes: dict[int, tuple[Dim, ...]] = {}  # of the constants
        self.broadcasts: list[tuple[int, CallNode]] = []  # the nodes that add a scalar to every entry
        self.of_numbers: list[CallNode] = []  # traces and the like of what is no matrix
        self._unify()
        for name in (*declared, *mention):
            if name not in self.variables:
                self._variable(name)
        self._name()
        self._check_scalars()

    def shape(self, i: int) -> Shape:
        """The shape of node i."""
        return self._shape(self.kinds.of[i], self.dims[i])

    def variable(self, name: str) -> Shape:
        """The shape of a variable."""
        return self._shape(self.kinds.variable(name), self.variables[name])

    def _shape(self, kind: str, dims: tuple[Dim, ...]) -> Shape:
        if not dims:
            return SCALAR
        return Shape(kind, tuple([self.sizes.now(d) for d in dims]) if self.sizes.bound else dims)

    # -- unification

    def _unify(self) -> None:
        kinds, dims = self.kinds, self.dims
        for i, (node, row) in enumerate(zip(self.nodes, kinds.rows, strict=False)):  # up to the first that does not fit
            if row is None or not isinstance(node, CallNode):
                known = self.variables.get(node.name) if type(node) is NameNode else None
                dims.append(self._leaf(i, node) if known is None else known)
                continue
            try:
                sized = (row.more and node.op.measured) or node.axes
                dims.append(self._sized(i, node) if sized else self._call(i, node.args, row))
            except GradproofError as error:  # a dimension that grows past all bounds
                raise error.located(self.text, node.span) from None
            if row.more and node.op.square_scalar and kinds.of[node.args[0]] != kinds.of[node.args[1]]:
                self.broadcasts.append((i, node))
            elif row.more and node.op.of_square and kinds.of[node.args[0]] == "s":
                self.of_numbers.append(node)
        if kinds.misfit is not None:
            raise self._misfit(kinds.misfit)
        wrong = self.sizes.settle()
        if wrong is not None:
            raise self._misfit(wrong)

    def _call(self, i: int, args: tuple[int, ...], row: Row) -> tuple[Dim, ...]:
        dims = self.dims
        for (a, x), (b, y) in row.equal:
            one, other = dims[args[a]][x], dims[args[b]][y]
            if one is not other and not self.sizes.equal(one, other, i):
                raise self._misfit(i)
        if not row.made:
            return ()
        if row.like is not None:
            return dims[args[row.like]]
        if row.plain:
            return tuple([dims[args[places[0][0]]][places[0][1]] for places in row.made])
        return tuple([self.sizes.made_of([dims[args[a]][x] for a, x in places]) for places in row.made])

    def _sized(self, i: int, node: CallNode) -> tuple[Dim, ...]:
        """An operation on formulas with dimensions beside them, unvec(x,m,n), or in them: unvech(x)."""
        self.axes[i] = tuple([self.sizes.fresh() if axis is None else axis for axis in node.axes])
        given = dict(zip(node.op.letters, self.axes[i], strict=True)) if node.axes else {}
        signature = next(s for s in node.op.signatures if s.fits([self.kinds.of[a] for a in node.args]))
        for slot, a in zip(signature.args, node.args, strict=True):
            for group, d in zip(slot.axes, self.dims[a], strict=True):
                if group[0].isupper():
                    given.setdefault(group[0].lower(), side(self.sizes.now(d)) or self.sizes.fresh())
                wanted = self.sizes.made_of([self._axis(x, given, d) for x in group])
                if not self.sizes.equal(wanted, d, i):
                    raise self._misfit(i)
        return tuple([self._made(group, given) for group in signature.out.axes])

    def _made(self, group: Group, given: dict[str, Dim]) -> Dim:
        """An axis of a result: a product, or the sum of axes that follow one another."""
        dims = [self._axis(x, given) for x in group if x != "+"]
        return self.sizes.sum_of(dims) if "+" in group else self.sizes.made_of(dims)

    def _axis(self, letter: str, given: dict[str, Dim], d: Dim | None = None) -> Dim:
        """The dimension of a letter of a signature; one that is met for the first time is that of the axis there."""
        if letter.isdigit():
            return dim(int(letter))
        if letter.isupper():
            return triangle(self.sizes.now(given[letter.lower()]))
        return given[letter] if d is None else given.setdefault(letter, d)

    def _leaf(self, i: int, node: SyntaxNode) -> tuple[Dim, ...]:
        if type(node) is NameNode:
            return () if node.name in self.size_names else self._variable(node.name)
        match node:
            case CallNode(axes=axes, op=op):
                self.axes[i] = tuple([self.sizes.fresh() if axis is None else axis for axis in axes])
                given = dict(zip(op.letters, self.axes[i], strict=False))
                out = (
                    next(s.out for s in op.signatures if len(s.out.parameters) == len(axes))
                    if axes
                    else op.signatures[0].out
                )
                return out.dims(given)
            case AppliedNode():
                return self._applied(i, node)
        return ()

    def _variable(self, name: str) -> tuple[Dim, ...]:
        found = self.variables.get(name)
        if found is not None:
            return found
        said = self.declarations.variables.get(name)
        axes = said.dims if said else (None,) * {"s": 0, "v": 1, "m": 2}[self.kinds.variable(name)]
        found = tuple([self.sizes.fresh() if axis is None else axis for axis in axes])
        if said is not None and None in axes and said.square:
            found = (found[0], found[0])
        self.variables[name] = found
        return found

    def _applied(self, i: int, node: AppliedNode) -> tuple[Dim, ...]:
        """A function takes arguments of one shape, wherever it stands; one of each entry, of any shape."""
        if node.function.entrywise:
            return self._entrywise(i, node)
        for position, arg in enumerate(node.args):
            first = self.functions.setdefault((node.function.name, position), arg)
            same = self.kinds.of[first] == self.kinds.of[arg]
            if not same or not all(
                self.sizes.equal(a, b, i) for a, b in zip(self.dims[first], self.dims[arg], strict=True)
            ):
                raise self._misfit(i)
        return tuple(d for p in node.partials for d in self.dims[node.args[p]]) + node.function.shape.dims

    def _entrywise(self, i: int, node: AppliedNode) -> tuple[Dim, ...]:
        """The shape that the arguments have, but for numbers."""
        whole = [a for a in node.args if self.dims[a]]
        for a in whole[1:]:
            fits = self.kinds.of[a] == self.kinds.of[whole[0]]
            if not fits or not all(
                self.sizes.equal(x, y, i) for x, y in zip(self.dims[whole[0]], self.dims[a], strict=True)
            ):
                self._name()
                told = {
                    "first": self._quote(whole[0]),
                    "shape": str(self.shape(whole[0])),
                    "other": self._quote(a),
                    "second": str(self.shape(a)),
                }
                raise refusal("entrywise-shapes", self.nodes[a].span, ShapeError, name=node.function.name, **told)
        return self.dims[whole[0]] if whole else ()

    def _name(self) -> None:
        """Names for the dimensions that are still unknown: matrices first, then vectors, then the rest."""
        if not self.sizes.made:
            return
        order = sorted(self.variables.values(), key=lambda dims: -len(dims))
        everything = [d for dims in (*order, *self.axes.values()) for d in dims]
        taken = {*self.dim_names, *self.variables, *self.kinds.letters, *self.declarations.functions}
        self.sizes.name(everything, taken)

    # -- messages

    def _misfit(self, i: int) -> ShapeError:
        """Why the operands of node i do not fit."""
        from gradproof.parse.messages import WrittenOperand, does_not_fit  # only where something does not fit

        node, sizes = self.nodes[i], self.sizes
        unknown = {d for a in node.args for d in map(sizes.now, self.dims[a]) if sizes.unknown(d)}
        self._name()
        if isinstance(node, AppliedNode):
            return self._two_shapes(node)
        assert isinstance(node, CallNode)
        loose = {sizes.now(d) for d in unknown}
        operands = tuple(WrittenOperand(self._quote(a), self._binds(a), self.shape(a)) for a in node.args)
        span = node.spot if len(node.args) == 2 else self.nodes[node.args[0]].span
        below = sorted(n for n in self._under(node.args[-1]) if n in self.kinds.letters)
        error = does_not_fit(
            node.op, operands, span, lambda a, b: a is b or a in loose or b in loose, "\\" in self.text, below
        )
        numbers = self._better_as_numbers(i)
        if numbers:
            declared = listed([f'"{n}: scalar"' for n in numbers], "or")
            hint = say("declare {declared}; else {hint}", declared=declared, hint=error.hint)
            error.hint = hint if error.hint else say("declare {declared}", declared=declared)
        return error

    def _better_as_numbers(self, i: int) -> list[str]:
        """The vectors by their letters under a node that does not fit, without one of which all fits: the t of e^{At} x_0."""
        kinds = self.kinds
        under = [n for n in self._under(i) if kinds.letters.get(n) == "v" == kinds.variable(n)]
        found = []
        for name in sorted(under) if len(under) <= _FEW else ():
            other = Kinds(self.nodes, self.declarations.variables, self.size_names, {**kinds.hints, name: "s"})
            if other.misfit is None and not other.bent:
                found.append(name)
        return found if len(found) < 3 else []

    def _two_shapes(self, node: AppliedNode) -> ShapeError:
        """A function with arguments of two shapes."""
        firsts = [self.functions[node.function.name, position] for position in range(len(node.args))]
        first, arg = next((f, a) for f, a in zip(firsts, node.args, strict=True) if self.shape(f) != self.shape(a))
        said = say(
            "{name} is applied to {first}, which is {shape}, and to {other}, which is {other_shape}",
            name=node.function.name,
            first=self._quote(first),
            shape=self.shape(first),
            other=self._quote(arg),
            other_shape=self.shape(arg),
        )
        return ShapeError(said, span=self.nodes[arg].span)

    def _binds(self, i: int) -> int:
        node = self.nodes[i]
        return node.op.binds if isinstance(node, CallNode) and node.args else ATOM

    def _quote(self, i: int) -> str:
        """A node as it was typed, where it is short."""
        start, end = self.nodes[i].span
        text = " ".join(self.text[start : min(end, start + 2 * _QUOTED)].split())
        return text if len(text) <= _QUOTED else f"{text[: _QUOTED - 1]}…"

    # -- a scalar plus something else

    def _check_scalars(self) -> None:
        """Refuse a scalar plus a square matrix, and the trace of what is a number by its letters alone: tr(rho*log(rho))."""
        for node in self.of_numbers:
            names = self._under(node.args[0])
            inner = self.nodes[node.args[0]]
            if isinstance(inner, CallNode) and inner.op in INDEXED:  # tr(A_{12}), of a block
                shown = self.text[slice(*inner.span)]
                raise refusal("trace-of-entry", node.span, ShapeError, shown=shown, op=node.op.name)
            if names and all(n in self.kinds.letters and self.kinds.variable(n) == "s" for n in names):
                numbers = [n for n in names if self.kinds.letters[n] == "s"] or names
                raise refusal("trace-of-number", node.span, ShapeError, name=min(numbers), op=node.op.name)
        for i, node in self.broadcasts:
            if self.shape(i).square:
                try:
                    result_shape(node.op, tuple(self.shape(a) for a in node.args))
                except ShapeError as error:
                    raise error.located(self.text, node.spot) from None

    def _under(self, i: int) -> set[str]:
        """The names in a part of the formula; empty where there is a constant of some size."""
        found, todo = set[str](), [i]
        while todo:
            node = self.nodes[todo.pop()]
            if isinstance(node, NameNode):
                found.add(node.name)
            todo += node.args
        return found

    def notes(self) -> tuple[Note, ...]:
        """The readings that were chosen."""
        chosen = self.kinds.letters or self.kinds.bent or self.sizes.guessed or self.sizes.given_way
        if not (chosen or self.broadcasts):
            return ()
        said = [self._broadcast_note(i, node) for i, node in self.broadcasts]
        said += [note("kind-by-letter", self._place(n), (f"{n}: scalar",), name=n) for n in self._by_letter()]
        said += [note("sizes-guessed", self.nodes[i].span, shown=self._quote(i)) for i in self.sizes.guessed]
        said += [note("size-is", name=weak, dim=self.sizes.now(d)) for weak, d in self.sizes.given_way.items()]
        said += [
            note(f"kind-{KINDS[self.kinds.variable(name)]}", self._place(name), name=name) for name in self.kinds.bent
        ]
        return tuple({n.text: n for n in reversed(said)}.values())[::-1]

    def _by_letter(self) -> list[str]:
        """The variable, if any, that is a matrix or a vector by its letter alone, and without which the formula would be a scalar: N in N*logdet(S).

        Two vectors where one is not enough: k and m in k*x'*x/2 + m*v'*v/2.
        """
        kinds = self.kinds
        names = [n for n, kind in kinds.letters.items() if kind == kinds.variable(n) != "s"]
        one = len(self.variables) < 2 and not any(_PLACED.fullmatch(n) for n in names)  # log(x), but not log(p_k)
        if kinds.of[-1] == "s" or one or len(self.variables) > _FEW or not names:
            return []
        alone = [(name,) for name in names]
        vectors = [name for name in names if kinds.letters[name] == "v"]
        others = sum(kinds.variable(n) != "s" for n in self.variables) > 2  # x + y alone is a sum of vectors
        for chosen in (*alone, *(combinations(vectors, 2) if others else ())):
            hints = {**kinds.hints, **dict.fromkeys(chosen, "s")}
            other = Kinds(self.nodes, self.declarations.variables, self.size_names, hints)
            if other.misfit is None and other.of[-1] == "s" and not other.doubts and not other.bent:
                return list(chosen)
        return []

    def _place(self, name: str) -> Span | None:
        """Where a variable stands first."""
        return next((n.span for n in self.nodes if isinstance(n, NameNode) and n.name == name), None)

    def _broadcast_note(self, i: int, node: CallNode) -> Note:
        """`1 + exp(-z) is read as ones(m) + exp(-z)`."""
        shape, (start, end) = self.shape(i), node.span
        parts = [" ".join(self.text[a:b].split()) for a, b in ((start, node.spot[0]), (node.spot[1], end))]
        at = 0 if self.kinds.of[node.args[0]] == "s" else 1
        scalar = self.nodes[node.args[at]]
        ones = f"ones({','.join(str(d) for d in shape.dims)})" + "'" * (shape.kind == "r")
        bare = isinstance(scalar, CallNode) and scalar.op.binds == SUM and parts[at] == self.text[slice(*scalar.span)]
        parts[at] = ones if parts[at] == "1" else f"({parts[at]})*{ones}" if bare else f"{parts[at]}*{ones}"
        if any(len(part) > 2 * _QUOTED or part.startswith("*") or not part for part in parts):
            return note("added-to-entries", node.span, shown=self._quote(i))
        shown = " ".join(self.text[start:end].split())
        return note("broadcast", node.span, shown=shown, left=parts[0], sign=node.op.symbol, right=parts[1])
