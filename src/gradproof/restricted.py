"""Derivatives by what is not free: by the free entries of a structured matrix, and along a manifold. Linear maps of the free gradient.

By the free entries of a symmetric matrix, two entries move together: G + G' less the diagonal once. The Riemannian gradient is the tangent vector whose
inner product with every tangent d is the derivative along d.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gradproof.choices import Manifold
from gradproof.derivative import Derivative
from gradproof.engine.contract import add, contract, permute
from gradproof.engine.differentiate import gradient as reverse_gradient
from gradproof.engine.lower import lower, plain, template
from gradproof.engine.merge import merged
from gradproof.engine.tensor import Tensor, Variable, variable
from gradproof.errors import GradproofError, ShapeError, UnsupportedError
from gradproof.lift.layouts import Axes
from gradproof.notation.expr import Symbol, symbol
from gradproof.parse.note import note
from gradproof.records import dataclass, replace
from gradproof.say import NOTHING, listed, say
from gradproof.shapes.dims import dim, side, triangle

# -- structure: of the axes 0 and 1 of the free derivative


def _swapped(g: Tensor) -> Tensor:
    return permute(g, (1, 0, *range(2, g.order)))


def _diagonal(g: Tensor) -> Tensor:
    rest = tuple(range(2, g.order))
    return contract(1, [(g, (0, 0, *rest), 1)], (0, 0, *rest))


def _symmetric(g: Tensor) -> Tensor:
    return add([(1, g), (1, _swapped(g)), (-1, _diagonal(g))], g.axes)


def _antisymmetric(g: Tensor) -> Tensor:
    return add([(1, g), (-1, _swapped(g))], g.axes)


def _mapped(text: str, tensors: Mapping[str, Tensor]) -> Tensor:
    """A formula of the free gradient G, the variable X and others of its shape."""
    kinds = {n: "matrix m n" if t.order == 2 else "vector m" for n, t in tensors.items()}
    square = all(t.axes[0] is t.axes[-1] for t in tensors.values() if t.order == 2)
    where = tuple((n, k.replace("m n", "n n") if square else k) for n, k in kinds.items())
    expr = template(text, where)
    return merged(lower(expr, values={s: plain(tensors[s.name]) for s in expr.variables}).tensor)


def _linear(text: str) -> Callable[[Tensor], Tensor]:
    def kept(g: Tensor) -> Tensor:
        if g.order == 2:
            return _mapped(text, {"G": g})
        free = variable("G", g.axes[:2])
        map_, k = reverse_gradient(_mapped(text, {"G": free}), free), g.order
        return contract(1, [(g, tuple(range(k)), 1), (map_, (0, 1, k, k + 1), 1)], (k, k + 1, *range(2, k)))

    return kept


_TOEPLITZ = "unvec(diagonalsbasis(n,2*n-1)*(diagonalsbasis(n,2*n-1)'*vec(G)),n,n)"
_SYMMETRIC_TOEPLITZ, _CIRCULANT = "symtoep(toeplitzbasis(n)'*vec(G))", "circ(circulantbasis(n)'*vec(G))"
# the first fact that a variable has: the map of the free gradient G, of any order, of a matrix in words, and of rows that are vec of the variable
STRUCTURES: tuple[tuple[str, Callable[[Tensor], Tensor], *tuple[str, ...]], ...] = (
    ("diagonal", _diagonal, "diag(diag(G))", "diag(vec(eye(n)))*G"),
    ("symmetric toeplitz", _linear(_SYMMETRIC_TOEPLITZ), _SYMMETRIC_TOEPLITZ),
    ("circulant", _linear(_CIRCULANT), _CIRCULANT),
    ("toeplitz", _linear(_TOEPLITZ), _TOEPLITZ),
    ("symmetric", _symmetric, "G + G' - diag(diag(G))", "G + commutation(n,n)*G - diag(vec(eye(n)))*G"),
    ("antisymmetric", _antisymmetric, "G - G'", "G - commutation(n,n)*G"),
    ("lower", _linear("tril(G)"), "tril(G)"),
    ("upper", _linear("triu(G)"), "triu(G)"),
)


def by_free_entries(d: Derivative) -> Derivative:
    """The derivative by the free entries of a structured matrix. Raises UnsupportedError where the variable has no structure that is known here."""
    if len(d.wrt) != 1 or d.parts or d.declared is not None:
        raise UnsupportedError(say("structured=True is for one derivative by one real matrix"))
    (s,) = d.variables
    found = next((entry for entry in STRUCTURES if {*entry[0].split()} <= s.facts), None)
    if found is None:
        raise UnsupportedError(
            say("{name} has no structure that structured=True knows", name=s.name),
            hint=say("declare it: {known}", known=listed([fact for fact, *_ in STRUCTURES if " " not in fact])),
        )
    said = note("structured", name=s.name, fact=found[0])
    words: dict[int, str] = dict(zip((2, 4), found[2:], strict=False))
    reading, text = d.reading.with_notes(said), words.get(d.tensor.order, "")
    return replace(d, tensor=found[1](d.tensor), origins=(d,), reading=reading, mapped=text)


_BASES = {"symmetric": "unvech", "lower": "trilvech"}  # the matrix that vech holds
_GATHERED = {"symmetric": "duplication(n)'*vec(G)", "lower": "vech(G)"}  # of the free gradient G


def _fact_of(s: Symbol) -> str:
    """Which of these a variable is. Raises UnsupportedError."""
    fact = next((f for f in _BASES if f in s.facts), None)
    if fact is None:
        raise UnsupportedError(
            say("vech({name}) has the entries of a symmetric or a lower triangular matrix", name=s.name),
            hint=say("declare it: {known}", known=f"{s.name}: matrix n n symmetric"),
        )
    return fact


def by_vech(d: Derivative) -> Derivative:
    """The derivative by vech(S), the free entries of a symmetric or lower triangular matrix, column after column.

    Raises UnsupportedError where the variable is neither.
    """
    tensor, kept = d.tensor, []
    for s in d.variables:
        kept.append(note("vech", name=s.name, fact=_fact_of(s)))
    for at, s in enumerate(d.variables):
        x = variable("x", (triangle(s.type.dims[0]),))
        map_ = _derived_of(_fact_of(s), x)
        rest = list(range(tensor.order))
        out = (*rest[:at], tensor.order, *rest[at + 2 :])
        tensor = contract(1, [(tensor, tuple(rest), 1), (map_, (tensor.order, at, at + 1), 1)], out)
    return replace(
        d,
        tensor=tensor,
        axes=Axes((1,) * len(d.variables), d.axes.kind, d.axes.groups),
        mapped=_GATHERED[_fact_of(d.variables[0])] if d.tensor.order == 2 else "",
        origins=(d,),
        reading=d.reading.with_notes(*dict.fromkeys(kept)),
    )


def _derived_of(fact: str, x: Variable) -> Tensor:
    """The derivative of the matrix whose vech is x, by x."""
    expr = template(f"{_BASES[fact]}(x)", (("x", "vector n*(n+1)/2"),))
    made = lower(expr, values={expr.variables[0]: plain(x)}, dims={dim("n"): side(x.axes[0]) or dim("n")})
    return reverse_gradient(made.tensor, x)


# -- manifolds


@dataclass(frozen=True)
class Way:
    """The Riemannian gradient as a formula of the free gradient G at X; the Hessian along D, where H is the free Hessian along D."""

    order: int  # of the variable
    gradient: str
    hessian: str = ""
    square: bool = False  # whether its points are square matrices


MANIFOLDS: Mapping[Manifold, Way] = {
    "sphere": Way(1, "G - (X'*G)*X", "H - (X'*H)*X - (X'*G)*D"),
    "stiefel": Way(
        2,
        "G - X*(X'*G + G'*X)/2",
        "H - D*(X'*G + G'*X)/2 - X*(X'*(H - D*(X'*G + G'*X)/2) + (H - D*(X'*G + G'*X)/2)'*X)/2",
    ),
    "stiefel-canonical": Way(2, "G - X*G'*X"),
    "grassmann": Way(2, "G - X*(X'*G)", "H - X*(X'*H) - D*(X'*G)"),
    "so": Way(2, "(G - X*G'*X)/2", square=True),
    "spd": Way(2, "X*(G + G')*X/2", "X*(H + H')*X/2 + (D*(G + G')*X + X*(G + G')*D)/4", square=True),
    "spd-bw": Way(2, "(G + G')*X + X*(G + G')", square=True),
    "simplex": Way(1, "G.*X - (X'*G)*X"),
    "symmetric": Way(2, "(G + G')/2", "(H + H')/2", square=True),
}


def on_manifold(d: Derivative, manifold: Manifold) -> Derivative:
    """The Riemannian gradient. Raises UnsupportedError, ShapeError for another manifold or a variable of another shape."""
    way, s = _way(d, manifold, 1)
    tensor = _mapped(way.gradient, {"G": d.tensor, "X": _variable(s)})
    reading = d.reading.with_notes(_said(s, manifold))
    return replace(d, tensor=tensor, origins=(d,), reading=reading, mapped=way.gradient)


def along_manifold(gradient: Derivative, hessian: Derivative, manifold: Manifold, along: str) -> Derivative:
    """The Riemannian Hessian along a tangent direction."""
    way, s = _way(hessian, manifold, 2)
    if not way.hessian:
        raise UnsupportedError(say("the Hessian on the manifold {manifold} is not supported", manifold=manifold))
    if not along.isidentifier() or along in hessian.symbols:
        raise GradproofError(say("'{name}' is not a new name for a direction", name=along), hint=say("write along='d'"))
    direction = variable(along, s.type.dims)
    k = len(s.type.dims)
    moved = contract(
        1, [(hessian.tensor, tuple(range(2 * k)), 1), (direction, tuple(range(k)), 1)], tuple(range(k, 2 * k))
    )
    tensor = _mapped(way.hessian, {"G": gradient.tensor, "H": moved, "X": _variable(s), "D": direction})
    symbols = {**hessian.symbols, along: symbol(along, s.type)}
    return replace(
        gradient,
        tensor=tensor,
        axes=Axes((k,), "s", ()),
        symbols=symbols,
        origins=(gradient, hessian),
        reading=gradient.reading.with_notes(_said(s, manifold)),
    )


def _said(s: Symbol, manifold: str):
    return note("manifold", name=s.name, manifold=manifold)


def _variable(s: Symbol) -> Tensor:
    return variable(s.name, s.type.dims, s.facts)


def _way(d: Derivative, manifold: Manifold, times: int) -> tuple[Way, Symbol]:
    way = MANIFOLDS.get(manifold)
    if way is None:
        raise GradproofError(
            say("there is no manifold '{manifold}'", manifold=manifold),
            hint=say("manifolds are {known}", known=listed(MANIFOLDS)),
        )
    if len(d.wrt) != times or len(set(d.wrt)) != 1 or d.parts or d.declared is not None or d.axes.kind != "s":
        raise UnsupportedError(say("manifold= is for the gradient of a scalar by one real variable"))
    s = d.variables[0]
    if len(s.type.dims) != way.order or (way.square and not s.type.square):
        raise ShapeError(
            say(
                "{name} is {type}, which is no point of the manifold {manifold}",
                name=s.name,
                type=s.type,
                manifold=manifold,
            ),
            hint=say("declare it: {known}", known=f"{s.name}: matrix n n") if way.square else NOTHING,
        )
    return way, s
