"""Products with stacked axes in matrix notation: kron(A,B) between two of them, kron(a,b) and vec(X) along one, unvec(x,m,n) where the parts go apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gradproof.engine.canonical import components
from gradproof.engine.contract import contract
from gradproof.engine.tensor import Contraction, Factor, Stacking, Tensor, Variable, stacking, variable
from gradproof.lift.graph import Graph, NoMatrixForm
from gradproof.lift.pretty import ReadingOrder, multiply
from gradproof.notation.expr import Call, Expr, call, substitute, symbol
from gradproof.ops import basic
from gradproof.records import dataclass
from gradproof.shapes.dims import product
from gradproof.shapes.shape import Shape

EYE = basic.EYE
_MADE = "ᵘ"  # begins the name of what stands for a matrix that was made; nobody can type it


@dataclass(frozen=True)
class _Part:
    """What hangs together across the parts of stacked axes: factors, their indices, and the parts among these, by stacking and place."""

    factors: tuple[Factor, ...]
    indices: frozenset[int]
    ends: tuple[tuple[Factor, int], ...]
    closed: bool  # whether nothing else leaves it


class Stacks:
    """A product with stackings, on its way into a graph: `edges` and `labels` of whole axes, and the factors that are left."""

    def __init__(self, t: Contraction, lift: Callable[[Tensor], Expr], style: ReadingOrder):
        self.t, self.lift, self.style = t, lift, style
        self.dims = list(t.dims)
        self.left: list[Factor] = list(t.factors)
        self.edges: list[tuple[int, int, Expr]] = []
        self.labels: list[tuple[int, Expr]] = []
        self.named: dict[
            Expr, Expr
        ] = {}  # matrices that were made on the way, by what stands for them among the factors
        self._apart()
        self._whole()

    def _stackings(self) -> list[Factor]:
        return [f for f in self.left if isinstance(f[0], Stacking)]

    def put(self, graph: Graph) -> None:
        """Enter what is made of stacked axes."""
        for i, e in self.labels:
            graph.label(i, (e,), 1)
        for i, j, e in self.edges:
            graph.connect(i, j, (e,))
        for f, indices, e in self.left:
            if isinstance(f, Variable) and self._symbol(f) in self.named:
                graph.put(self.named[self._symbol(f)], indices, e)
        used = {i for f in self.left for i in f[1]} | {i for edge in self.edges for i in edge[:2]}
        self.left = [f for f in self.left if not (isinstance(f[0], Variable) and self._symbol(f[0]) in self.named)]
        graph.spent |= set(range(len(self.dims))) - used - {i for i, _ in self.labels}

    def _made(self, factors: Sequence[Factor], out: Sequence[int]) -> Expr:
        made = self.lift(contract(1, factors, out, {i: self.dims[i] for i in out}))
        return substitute(made, self.named) if self.named else made

    def _symbol(self, f: Variable) -> Expr:
        return symbol(f.name, Shape("svm"[f.order], f.axes))

    # -- Kronecker products

    def _parts(self) -> list[_Part]:
        stackings = self._stackings()
        place = [(f, k, i) for f in stackings for k, i in enumerate(f[1][1:])]
        wholes = {f[1][0] for f in stackings}
        inner = [f for f in self.left if not isinstance(f[0], Stacking) and f[1] and wholes.isdisjoint(f[1])]
        outer = {i for f in self.left if not isinstance(f[0], Stacking) and f not in inner for i in f[1]} | {
            *self.t.out
        }
        outer |= self._entered() | wholes
        found = []
        for indices, group in components(inner, {i for _, _, i in place}):
            ends = tuple((f, k) for f, k, i in place if i in indices)
            if ends:
                found.append(_Part(tuple(group), frozenset(indices), ends, indices.isdisjoint(outer)))
        return found

    def _partner(self, f: Factor, parts: Sequence[_Part]) -> tuple[list[_Part], Factor | None]:
        """The parts of a stacking, and the one other stacking at which they all end. Raises NoMatrixForm where they go elsewhere."""
        mine = [p for p in parts if any(end[0] is f for end in p.ends)]
        others = [g for p in mine for g, _ in p.ends if g is not f]
        if not all(p.closed for p in mine) or any(_twice(g) for g in (f, *others)):
            raise NoMatrixForm
        if not others:
            if len(mine) == 1 and len(f[1]) != 3:
                raise NoMatrixForm
            return mine, None
        ways = [k for p in mine for g, k in p.ends if g is not f]
        if (
            any(g is not others[0] for g in others)
            or not len(ways) == len(mine) == len(f[1]) - 1 == len(others[0][1]) - 1
        ):
            raise NoMatrixForm
        return mine, others[0]

    def _whole(self) -> None:
        """Every stacking, with the one at which its parts end, or as a vector."""
        for f in self._stackings():
            if f in self.left:
                mine, other = self._partner(f, self._parts())
                if other is None:
                    self._label(f, mine)
                else:
                    self._edge(f, other, mine)

    def _label(self, f: Factor, mine: Sequence[_Part]) -> None:
        """A vector along a whole axis."""
        whole, *own = f[1]
        if all(len(p.ends) == 1 for p in mine):
            blocks = [self._made(next(p for p in mine if i in p.indices).factors, (i,)) for i in own]
            e = _product(blocks)
        else:
            e = call("vec", self._made(mine[0].factors, own[::-1]))
        self._spend([f], mine)
        self.labels.append((whole, e))

    def _edge(self, f: Factor, g: Factor, mine: Sequence[_Part]) -> None:
        """A matrix between two whole axes; a commutation matrix where the two parts are exchanged."""
        (i, *rows), (j, *cols) = f[1], g[1]
        ways = [next(k for h, k in p.ends if h is g) for r in rows for p in mine if r in p.indices]
        if ways != sorted(ways) and len(ways) != 2:
            raise NoMatrixForm
        blocks = []
        for r, k in zip(rows, ways, strict=True):
            factors = next(p for p in mine if r in p.indices).factors
            same = r == cols[k]
            blocks.append(
                call("eye", params=(self.dims[r],)) if same and not factors else self._made(factors, (r, cols[k]))
            )
        e = _product(blocks)
        if ways != sorted(ways):
            turned = call("commutation", params=(self.dims[cols[1]], self.dims[cols[0]]))
            e = turned if _identity(e) else call("mul", e, turned)
        self._spend([f, g], mine)
        self.edges.append((i, j, e))

    def _spend(self, stackings: Sequence[Factor], parts: Sequence[_Part]) -> None:
        self._take([*stackings, *(f for p in parts for f in p.factors)])

    # -- vectors that are taken apart

    def _apart(self) -> None:
        """A vector along a stacked axis whose parts go different ways is a matrix, and of a matrix the blocks are summed."""
        while True:
            loose = [f for f in self._stackings() if not self._settled(f)]
            if not loose:
                return
            if not any(self._vector(f) or self._blocks(f, loose) for f in loose) and not any(map(self._open, loose)):
                raise NoMatrixForm

    def _entered(self) -> set[int]:
        """The indices at which something stands already that was made of stackings."""
        return {*(i for edge in self.edges for i in edge[:2]), *(i for i, _ in self.labels)}

    def _around(self, f: Factor, *without: Factor) -> tuple[set[int], list[Factor]]:
        """What hangs on a whole axis, other than its parts."""
        rest = [g for g in self.left if g[1] and all(g is not h for h in (f, *without))]
        return next(group for group in components(rest, {f[1][0]}) if f[1][0] in group[0])

    def _vector(self, f: Factor) -> bool:
        indices, mine = self._around(f)
        whole, *own = f[1]
        if not mine or not self._entered().isdisjoint((whole, *indices)):
            return False  # what was made of other stackings goes on there
        if not indices.isdisjoint((*own, *self.t.out)) or (len(own) > 2 and _twice(f)):
            return False
        if len(own) > 2:
            self._nest(f)
            return True
        e = call("unvec", self._made(mine, (whole,)), params=(self.dims[own[1]], self.dims[own[0]]))
        self._take([f, *mine])
        if _twice(f):  # its diagonal
            self.labels.append((own[0], call("diag", e)))
            return True
        stands = variable(f"{_MADE}{len(self.named)}", e.type.dims)
        self.named[self._symbol(stands)] = e
        self.left.append((stands, (own[1], own[0]), 1))
        return True

    def _open(self, f: Factor) -> bool:
        """A stacking of which one part goes on, and all others end: a matrix such as kron(b,eye(n)) between its whole and that part."""
        whole, *own = f[1]
        parts = self._parts()
        ended = {i: p for i in own for p in parts if i in p.indices and p.closed and len(p.ends) == 1}
        if len(own) == 2 and own[0] == own[1]:
            return self._closed_diagonal(f, parts)
        going = [i for i in own if i not in ended]
        if len(going) != 1 or len(own) < 2 or len(set(own)) < len(own):
            return False
        eye = call("eye", params=(self.dims[going[0]],))
        e = _product([eye if i == going[0] else self._made(ended[i].factors, (i,)) for i in own])
        self._spend([f], [ended[i] for i in own if i in ended])
        self.edges.append((whole, going[0], e))
        return True

    def _closed_diagonal(self, f: Factor, parts: Sequence[_Part]) -> bool:
        """A stacking of one index with itself, at which nothing goes on: vec(diag(v))."""
        whole, i, _ = f[1]
        part = next((p for p in parts if i in p.indices), None)
        if i in self.t.out or part is None or not part.closed or any(end[0] is not f for end in part.ends):
            return False
        ones = call("eye", params=(self.dims[i],))
        self.labels.append((whole, call("vec", call("diag", self._made(part.factors, (i,))) if part.factors else ones)))
        self._spend([f], [part])
        return True

    def _nest(self, f: Factor) -> None:
        """A stacking of three parts or more as one of two, of which one is stacked itself."""
        whole, *own = f[1]
        inner = {i for i in own if any(i in g[1] for g in self.left if g is not f)} - {*self.t.out}
        at = 1 if own[0] not in inner or own[-1] in inner else len(own) - 1
        group = own[1:] if at == 1 else own[:-1]
        self.dims.append(product(self.dims[i] for i in group))
        new = len(self.dims) - 1
        pair = (own[0], new) if at == 1 else (new, own[-1])
        self._take([f])
        self.left += [
            (stacking(tuple(self.dims[i] for i in pair)), (whole, *pair), 1),
            (stacking(tuple(self.dims[i] for i in group)), (new, *group), 1),
        ]

    def _blocks(self, f: Factor, loose: Sequence[Factor]) -> bool:
        """A matrix M between two stacked axes: sum(j,l: M[(i,j),(k,l)]*B[j,l]) is kron(eye,vec(eye)')*kron(M,eye)*kron(eye,vec(B))."""
        for g in loose:
            indices, mine = self._around(f, g)
            if g is f or len(f[1]) != 3 or len(g[1]) != 3 or g[1][0] not in indices:
                continue
            if not self._entered().isdisjoint(indices):
                continue
            if not indices.isdisjoint((*f[1][1:], *g[1][1:], *self.t.out)):
                continue
            for place in (0, 1):
                j, l = f[1][1 + place], g[1][1 + place]
                parts = [p for p in self._parts() if j in p.indices]
                if not parts or l not in parts[0].indices or not parts[0].closed or len(parts[0].ends) != 2:
                    continue
                inner, ends = parts[0].factors, (f[1][2 - place], g[1][2 - place])
                ones, M = call("eye", params=(self.dims[j],)), self._made(mine, (f[1][0], g[1][0]))
                B = self._made(inner, (j, l) if place else (l, j)) if inner else ones
                left, right = (call("vec", ones), call("vec", B))
                one, two = (call("eye", params=(self.dims[i],)) for i in ends)
                sides = [(one, self.style.transpose(left)), (M, ones), (two, right)]
                blocks = [call("kron", *(pair if place else pair[::-1])) for pair in sides]
                self._take([f, g, *mine, *inner])
                self.edges.append((*ends, multiply(blocks)))
                return True
        return False

    def _take(self, factors: Sequence[Factor]) -> None:
        self.left = [f for f in self.left if all(f is not g for g in factors)]

    def _settled(self, f: Factor) -> bool:
        try:
            self._partner(f, self._parts())
        except NoMatrixForm:
            return False
        return True


def _twice(f: Factor) -> bool:
    """Whether two parts of a stacking are one index: what stands there is a diagonal."""
    return len(set(f[1])) < len(f[1])


def _identity(e: Expr) -> bool:
    return isinstance(e, Call) and e.op is EYE


def _product(exprs: Sequence[Expr]) -> Expr:
    """The Kronecker product; of identity matrices, the larger identity matrix."""
    result = exprs[0]
    for e in exprs[1:]:
        both = _identity(result) and _identity(e)
        result = call("eye", params=(result.type.dims[0] * e.type.dims[0],)) if both else call("kron", result, e)
    return result
