"""Matrices with a structure by their basis: the constants that vec of them is a product with, and the functions that are notation for it.

unvech(x) is unvec(duplication(n)*x,n,n), so that every law, derivative and code of products serves it (Magnus 1988: L-structures).
"""

from __future__ import annotations

from fractions import Fraction

from gradproof.facts.bounds import Bounds
from gradproof.ops.operation import Code, Definition, Fill, Operation, Structure, signatures

_SOURCE = "Magnus and Neudecker, Matrix Differential Calculus, 3.8"


def _vech(i: int, j: int, n: int) -> int:
    """Where entry i, j of a triangle stands in vech: column after column, counted from 0."""
    low, high = min(i, j), max(i, j)
    return low * n - low * (low + 1) // 2 + high


# the place that entry r, s of the matrix takes, and how many rows it has, as code on the columns of x
_TRIANGLE = (
    "{m}.minimum(r, s) * n - {m}.minimum(r, s) * ({m}.minimum(r, s) + 1) // 2 + {m}.maximum(r, s)",
    "int((2 * x.shape[{axis}]) ** 0.5)",
)
_LOWER = (f"{{m}}.where(r >= s, {_TRIANGLE[0]}, -1)", _TRIANGLE[1])
_DISTANCE = ("{m}.abs(r - s)", "x.shape[{axis}]")
_DIAGONAL = ("r - s + n - 1", "int(x.shape[0] ** 0.5 + 0.5)")
_TURN = ("(r - s) % n", "x.shape[{axis}]")


def _text(way: tuple[str, str], module: str, arange: str, dtype: str, axis: int) -> str:
    """Ones where an entry takes a place, one row for each entry, column after column."""
    place, rows = (part.format(m=module, axis=axis) for part in way)
    count = arange.format(f"x.shape[{axis}]")
    grid = f"{module}.reshape({place}, (-1, 1)) == {count}"
    ones = f"(lambda n: (lambda s, r: {grid})({arange.format('n')}[:, None], {arange.format('n')}[None, :]))({rows})"
    return dtype.format(f"({ones})" + (".T" if axis == 0 else ""))


def _basis(
    name: str,
    text: str,
    entry: Fill,
    doc: str,
    way: tuple[str, str],
    axis: int = 1,
) -> Operation:
    return Operation(
        name,
        signatures(text),
        entry,
        doc,
        source=_SOURCE,
        numpy=_text(way, "np", "np.arange({})", "({}).astype(x.dtype)", axis),
        bounds=Bounds(Fraction(0), Fraction(1)),
        letters=("i",),
        code=Code(
            jax=_text(way, "jnp", "jnp.arange({})", "({}).astype(x.dtype)", axis),
            torch=_text(way, "torch", "torch.arange({}, device=x.device)", "{}.to(x.dtype)", axis),
            array_api=_text(way, "xp", "xp.arange({})", "xp.astype({}, x.dtype)", axis),
            julia=None,
            matlab=None,
        ),
    )


DUPLICATION = _basis(
    "duplication",
    "->(ii)I",
    Fill(lambda p, k, rows, cols: _vech(*_at(p, rows)) == k, sized=True, structure=Structure()),
    "the duplication matrix: vec(S) = duplication(n)*vech(S) for a symmetric S",
    _TRIANGLE,
)
ELIMINATION = _basis(
    "elimination",
    "->I(ii)",
    Fill(
        lambda k, p, rows, cols: _lower(p, cols) == k,
        sized=True,
        structure=Structure(across=True),
    ),
    "the elimination matrix: vech(A) = elimination(n)*vec(A)",
    _LOWER,
    axis=0,
)
TOEPLITZ = _basis(
    "toeplitzbasis",
    "->(ii)i",
    Fill(lambda p, k, rows, cols: abs(p // cols - p % cols) == k, sized=True, structure=Structure()),
    "the basis of the symmetric Toeplitz matrices: vec(symtoep(c)) = toeplitzbasis(n)*c",
    _DISTANCE,
)
CIRCULANT = _basis(
    "circulantbasis",
    "->(ii)i",
    Fill(
        lambda p, k, rows, cols: (p % cols - p // cols) % cols == k,
        sized=True,
        structure=Structure(of_vector=True, turned=True),
    ),
    "the basis of the circulant matrices: vec(circ(c)) = circulantbasis(n)*c",
    _TURN,
)


DIAGONALS = Operation(
    "diagonalsbasis",
    signatures("->(ii)j"),
    Fill(lambda p, k, rows, cols: p % _at(p, rows)[2] - p // _at(p, rows)[2] + _at(p, rows)[2] - 1 == k, sized=True),
    "the basis of the Toeplitz matrices: diagonalsbasis(n,2*n-1), with a column for each diagonal",
    source=_SOURCE,
    numpy=_text(_DIAGONAL, "np", "np.arange({})", "({}).astype(x.dtype)", 1),
    bounds=Bounds(Fraction(0), Fraction(1)),
    letters=("i", "j"),
    code=Code(
        jax=_text(_DIAGONAL, "jnp", "jnp.arange({})", "({}).astype(x.dtype)", 1),
        torch=_text(_DIAGONAL, "torch", "torch.arange({}, device=x.device)", "{}.to(x.dtype)", 1),
        array_api=_text(_DIAGONAL, "xp", "xp.arange({})", "xp.astype({}, x.dtype)", 1),
        julia=None,
        matlab=None,
    ),
)


def _at(p: int, entries: int) -> tuple[int, int, int]:
    n = int(entries**0.5 + 0.5)
    return p % n, p // n, n


def _lower(p: int, entries: int) -> int:
    i, j, n = _at(p, entries)
    return _vech(i, j, n) if i >= j else -1


_SIGN = {(2, 1, 0): 1, (1, 2, 0): -1, (0, 2, 1): 1, (2, 0, 1): -1, (1, 0, 2): 1, (0, 1, 2): -1}  # of w_k at i, j
_CROSS = [[_SIGN.get((p % 3, p // 3, k), 0) for k in range(3)] for p in range(9)]
CROSS = Operation(
    "crossbasis",
    signatures("->(ii)i"),
    Fill(lambda p, k: _CROSS[p][k], structure=Structure(of_vector=True)),
    "the basis of the antisymmetric 3 x 3 matrices: vec(skewx(w)) = crossbasis(3)*w",
    numpy=f"np.array({_CROSS}, dtype=x.dtype)",
    bounds=Bounds(Fraction(-1), Fraction(1)),
    letters=("i",),
    fixed=3,
    code=Code(
        jax=f"jnp.array({_CROSS}, dtype=x.dtype)",
        torch=f"torch.tensor({_CROSS}, dtype=x.dtype, device=x.device)",
        array_api=f"xp.asarray({_CROSS}, dtype=x.dtype)",
        julia=None,
        matlab=None,
    ),
)
BASES = (DUPLICATION, ELIMINATION, TOEPLITZ, CIRCULANT, CROSS)


def _made(name: str, text: str, doc: str, source: str = _SOURCE) -> Operation:
    return Operation(name, signatures(text), Definition(""), doc, source)


VECH = _made("vech", "ii->I", "the lower triangle, column after column")
MADE = {  # what a product with a basis is the vec of
    DUPLICATION: _made("unvech", "I->ii", "the symmetric matrix whose vech this is"),
    ELIMINATION: _made("trilvech", "I->ii", "the lower triangular matrix whose vech this is"),
    TOEPLITZ: _made(
        "symtoep", "i->ii", "the symmetric Toeplitz matrix with this first column", "Golub and Van Loan, 4.7"
    ),
    CIRCULANT: _made("circ", "i->ii", "the circulant matrix with this first column", "Golub and Van Loan, 4.8"),
    CROSS: _made("skewx", "3->33", "the matrix of the cross product: skewx(w)*b is w x b", ""),
}
CROSS_PRODUCT = _made("cross", "3,3->3", "the cross product of two vectors of 3", "")
STRUCTURED = {op.name: op for op in (VECH, *MADE.values(), CROSS_PRODUCT)}
