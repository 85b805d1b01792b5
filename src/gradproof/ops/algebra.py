"""Sums, products, powers and rearrangements: the operations whose meaning is linear algebra itself."""

from __future__ import annotations

from fractions import Fraction

from gradproof.ops.operation import (
    NEGATIVE,
    POWER,
    PRODUCT,
    SUM,
    TRANSPOSE,
    Combination,
    Definition,
    Einsum,
    Monomial,
    Operation,
    Power,
    signatures,
)

_SAME = "*,*->* ,i->i ,i'->i' ,ij->ij i,->i i',->i' ij,->ij"  # equal shapes, or a scalar that meets every entry
_ONE, _INVERSE = Fraction(1), Fraction(-1)
_POWER = Power(("a.*x.^(a - 1)", "log(x).*y"))

ALGEBRA = (
    Operation(
        "add", signatures(_SAME), Combination((1, 1)), "sum", numpy="x + a",
        symbol="+", binds=SUM, square_scalar=True, equivariant=True,
    ),
    Operation(
        "sub", signatures(_SAME), Combination((1, -1)), "difference", numpy="x - a",
        symbol="-", unicode_symbol="−", binds=SUM, square_scalar=True, equivariant=True,
    ),
    Operation("neg", signatures("*->*"), Combination((-1,)), "negative", numpy="-x", symbol="-", unicode_symbol="−", binds=NEGATIVE),
    Operation(
        "mul",
        signatures(",*->* *,->* i',i-> i,j'->ij ij,j->i i',ij->j' ij,jk->ik"),
        Einsum(), "matrix product, or a scalar times anything", numpy="x @ a",
        symbol="*", unicode_symbol=" ", latex_symbol=" ", binds=PRODUCT,
    ),
    Operation(
        "hadamard", signatures(_SAME), Monomial((_ONE, _ONE)), "entrywise (Hadamard) product", numpy="x * a",
        symbol=".*", unicode_symbol=" ⊙ ", latex_symbol=r" \odot ", binds=PRODUCT,
    ),
    Operation(
        "div", signatures("*,->*"), Monomial((_ONE, _INVERSE)), "division by a scalar", numpy="x / a",
        symbol="/", binds=PRODUCT, latex=r"\frac{{{0}}}{{{1}}}",
    ),
    Operation(
        "eldiv", signatures(_SAME), Monomial((_ONE, _INVERSE)), "entrywise division", numpy="x / a",
        symbol="./", unicode_symbol=" ⊘ ", latex_symbol=r" \oslash ", binds=PRODUCT,
    ),
    Operation("pow", signatures(",-> ii,->ii"), _POWER, "power of a scalar or of a square matrix", symbol="^", unicode_symbol="", latex_symbol="", binds=POWER),
    Operation(
        "elpow", signatures(_SAME), _POWER, "entrywise power", numpy="x ** a",
        symbol=".^", unicode_symbol="⊙", latex_symbol=r"\odot ", binds=POWER,
    ),
    Operation(
        "transpose", signatures("-> i->i' i'->i ij->ji"), Einsum(), "transpose",
        symbol="'", unicode_symbol="ᵀ", latex_symbol=r"^\top", binds=TRANSPOSE,
    ),
    Operation(
        "diag", signatures("i->ii i'->ii ii->i"), Einsum(),
        "the diagonal matrix of a vector; the diagonal of a square matrix", symmetric=True,
    ),
    Operation("tr", signatures("ii-> ->"), Einsum(), "trace", invariant=True, aliases=("trace", "Tr")),
    Operation("sum", signatures("i-> i'-> ij-> ->"), Einsum(), "the sum of all entries", invariant=True),
    Operation(
        "vec", signatures("ij->(ji) i->i i'->i ->"), Einsum(), "the columns of a matrix, stacked",
        source="Magnus & Neudecker, ch. 2",
    ),
    Operation(
        "kron",
        signatures("ij,kl->(ik)(jl) i,k->(ik) i',k'->(ik)' i,k'->ik i',k->ki i,kl->(ik)l i',kl->k(il) ij,k->(ik)j ij,k'->i(jk) ,*->* *,->*"),
        Einsum(), "Kronecker product", source="Magnus & Neudecker, ch. 2", latex=r"{0} \otimes {1}", unicode="{0} ⊗ {1}",
    ),
    Operation("eye", signatures("->ii"), Einsum(), "the identity matrix", letters=("i",), symmetric=True, latex=r"I_{{{0}}}", unicode="I"),
    Operation(
        "ones", signatures("->i ->ij"), Einsum(), "the vector or matrix of ones", letters=("i", "j"),
        latex=r"\mathbf{{1}}_{{{0}}}", unicode="𝟏{0}",
    ),
    Operation(
        "zeros", signatures("->i ->ij"), Combination(()), "the vector or matrix of zeros", letters=("i", "j"),
        latex=r"\mathbf{{0}}_{{{0}}}", unicode="𝟎{0}",
    ),
    Operation(
        "commutation", signatures("->(ij)(ji)"), Einsum(), "the commutation matrix K: commutation(m,n)*vec(X) = vec(X') for X m × n",
        source="Magnus & Neudecker, ch. 3.7", letters=("i", "j"), latex=r"K_{{{0}}}", unicode="K{0}",
    ),
    Operation("norm2", signatures("i-> i'-> ij-> ->"), Definition("sqrt(sum(X.^2))"), "Euclidean norm; of a matrix the Frobenius norm",
              domain="norm2(x) > 0", invariant=True, latex=r"\lVert {0} \rVert_{norm}", unicode="‖{0}‖", aliases=("norm",)),
    Operation("norm1", signatures("i-> i'-> ij-> ->"), Definition("sum(abs(X))"), "the sum of the absolute values of all entries",
              domain="x != 0", analytic=False, invariant=True, latex=r"\lVert {0} \rVert_1", unicode="‖{0}‖₁"),
)
