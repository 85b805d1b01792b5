"""Eigenvalues and singular values without the signs of vectors: projectors P = v u'/(u'v), reduced resolvents S = (λI - X)^#, and dyads u v'.

dλ = tr(P dX)     dP = S dX P + P dX S     dS = S dX S - tr(P dX) S² - S² dX P - P dX S²
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from gradproof.facts import bounds
from gradproof.facts.bounds import ANY, Bounds
from gradproof.hooks import later
from gradproof.ops import domain
from gradproof.ops.domain import Domain
from gradproof.ops.operation import Code, Definition, Differential, Meaning, Operation, ValueOnly, signatures
from gradproof.say import say

kernels = later("gradproof.ops.spectral_kernels")
KATO, MAGNUS, LEWIS = (
    "Kato, Perturbation Theory for Linear Operators, ch. 2",
    "Magnus (1985), On differentiating eigenvalues and eigenvectors",
    "Lewis (1995), The convex analysis of unitarily invariant matrix functions",
)
SIGN = say("a vector with a sign: only what does not depend on the sign is differentiated, as (c'*v)^2 or v*v'")


def _entry(
    name: str,
    kinds: str,
    meaning: Meaning,
    doc: str,
    kernel: Callable[..., Any],
    numpy: str,
    where: Domain,
    *,
    source: str = MAGNUS,
    whole: tuple[int, ...] = (),
    bounds: Bounds = ANY,
    convexity: tuple[Literal["convex", "concave"], ...] = (),
    convex_from: int | None = None,
    monotone: bool = False,
    degree: int | None = None,
    at: tuple[tuple[str, str], ...] = (),
    dyad: str = "",
    reduced: tuple[tuple[str, str], ...] = (),
    spectrum: bool = False,
    equivariant: bool = False,
    invariant: bool = False,
    latex: str = "",
    unicode: str = "",
) -> Operation:
    return Operation(
        name,
        signatures(kinds),
        meaning,
        doc,
        source=source,
        numpy=numpy,
        kernel=kernel,
        rational=False,
        whole=whole,
        domain=where,
        analytic=False,
        bounds=bounds,
        convexity=convexity,
        convex_from=convex_from,
        monotone=monotone,
        degree=degree,
        at=at,
        dyad=dyad,
        reduced=reduced,
        spectrum=spectrum,
        equivariant=equivariant,
        invariant=invariant,
        latex=latex,
        unicode=unicode,
        code=Code(jax=numpy, torch=numpy, julia=None, matlab=None),
    )


_UV = (
    "dX*eigproj(X'*X, nj + 1 - k)/singval(X, k)"
    " + X*eigres(X'*X, nj + 1 - k)*(dX'*X + X'*dX)*eigproj(X'*X, nj + 1 - k)/singval(X, k)"
    " + X*eigproj(X'*X, nj + 1 - k)*(dX'*X + X'*dX)*eigres(X'*X, nj + 1 - k)/singval(X, k)"
    " - tr(Y'*dX)*Y/singval(X, k)"
)
_POLAR = "Y*sylv(sqrtm(X'*X), sqrtm(X'*X), Y'*dX - dX'*Y) + (dX - Y*Y'*dX)*inv(sqrtm(X'*X))"

SPECTRA = (
    _entry(
        "eigval", "ii,->", Differential("tr(eigproj(X, k)*dX)", ("X", "k")),
        "an eigenvalue by its number, in ascending order", kernels.eigval, "_eigval(x, a)", domain.SIMPLE,
        whole=(1,), at=(("n", "lambdamax"), ("1", "lambdamin")), spectrum=True,
    ),
    _entry(
        "eigproj", "ii,->ii", Differential("eigres(X, k)*dX*Y + Y*dX*eigres(X, k)", ("X", "k")),
        "the projector on an eigenvector along the others: v*u'/(u'*v), of the right and the left one", kernels.eigproj, "_eigproj(x, a)",
        domain.SIMPLE, source=KATO, whole=(1,), dyad="eigvec", equivariant=True,
    ),
    _entry(
        "eigres", "ii,->ii",
        Differential("Y*dX*Y - tr(eigproj(X, k)*dX)*Y*Y - Y*Y*dX*eigproj(X, k) - eigproj(X, k)*dX*Y*Y", ("X", "k")),
        "the reduced resolvent of an eigenvalue: the inverse of λI - X on the other eigenvectors, 0 on this one", kernels.eigres,
        "_eigres(x, a)", domain.SIMPLE, source=KATO, whole=(1,), equivariant=True,
    ),
    _entry(
        "eigvec", "ii,->i", ValueOnly(SIGN), "the unit eigenvector of an eigenvalue, its largest entry positive", kernels.eigvec,
        "_eigvec(x, a)", domain.SIMPLE, whole=(1,), at=(("n", "maxvec"),),
    ),
    _entry(
        "eigvecs", "ii->ii", ValueOnly(SIGN), "the unit eigenvectors as columns, in ascending order of the eigenvalues", kernels.eigvecs,
        "_eigvecs(x)", domain.SIMPLE,
    ),
    _entry(
        "eigvals", "ii->i", ValueOnly(say("a list of eigenvalues: sums of functions of them are differentiated, as sum(log(eigvals(X)))")),
        "all eigenvalues in ascending order", kernels.eigvals, "_eigvals(x)", domain.SIMPLE, spectrum=True,
        reduced=(("prod", "det(X)"), ("max", "eigval(X, n)"), ("min", "eigval(X, 1)"), ("logsumexp", "log(tr(expm(X)))")),
    ),
    _entry(
        "lambdamax", "ii->", Definition("eigval(X, n)"), "the largest eigenvalue", kernels.lambdamax, "_eigval(x, len(x))",
        domain.SIMPLE, convexity=("convex",), monotone=True, degree=1, latex=r"\lambda_{{\max}}({0})", unicode="λmax({0})",
    ),
    _entry(
        "lambdamin", "ii->", Definition("eigval(X, 1)"), "the smallest eigenvalue", kernels.lambdamin, "_eigval(x, 1)",
        domain.SIMPLE, convexity=("concave",), monotone=True, degree=1, latex=r"\lambda_{{\min}}({0})", unicode="λmin({0})",
    ),
    _entry(
        "maxvec", "ii->i", Definition("eigvec(X, n)"), "the unit eigenvector of the largest eigenvalue, its largest entry positive",
        kernels.maxvec, "_eigvec(x, len(x))", domain.SIMPLE,
    ),
    _entry(
        "singval", "ij,->", Differential("tr(uv(X, k)'*dX)", ("X", "k")), "a singular value by its number, in descending order",
        kernels.singval, "_singval(x, a)", domain.SIMPLE_SINGULAR, whole=(1,), bounds=bounds.NONNEGATIVE, at=(("1", "specnorm"),),
    ),
    _entry(
        "uv", "ij,->ij", Differential(_UV, ("X", "k")), "the dyad u*v' of the singular vectors of a singular value", kernels.uv, "_uv(x, a)",
        domain.SIMPLE_SINGULAR, source=LEWIS, whole=(1,),
    ),
    _entry(
        "singvals", "ij->j",
        ValueOnly(say("a list of singular values: sums of functions of them are differentiated, as sum(log(singvals(X)))")),
        "the singular values in descending order, of at least as many rows as columns", kernels.singvals, "_singvals(x)",
        domain.SIMPLE_SINGULAR, bounds=bounds.NONNEGATIVE,
        reduced=(("sum", "nuclear(X)"), ("prod", "sqrt(det(X'*X))"), ("max", "singval(X, 1)"), ("min", "singval(X, n)")),
    ),
    _entry(
        "specnorm", "ij->", Definition("singval(X, 1)"), "the spectral norm: the largest singular value", kernels.specnorm, "_singval(x, 1)",
        domain.SIMPLE_SINGULAR, source=LEWIS, bounds=bounds.NONNEGATIVE, convexity=("convex",), degree=1, invariant=True,
    ),
    _entry(
        "cond", "ij->", Definition("singval(X, 1)/singval(X, n)"),
        "the condition number in the spectral norm, of at least as many rows as columns", kernels.cond, "_cond(x)",
        domain.SIMPLE_SINGULAR, bounds=bounds.NONNEGATIVE,
    ),
    _entry(
        "nuclear", "ij->", Differential("tr(polar(X)'*dX)"), "the nuclear norm: the sum of the singular values", kernels.nuclear, "_nuclear(x)",
        domain.FULL_RANK, source=LEWIS, bounds=bounds.NONNEGATIVE, convexity=("convex",), degree=1, invariant=True, latex=r"\lVert {0} \rVert_*", unicode="‖{0}‖_*",
    ),
    _entry(
        "polar", "ij->ij", Differential(_POLAR), "the orthogonal factor of the polar decomposition: X*inv(sqrtm(X'*X))", kernels.polar,
        "_polar(x)", domain.COLUMN_RANK, source="Higham, Functions of Matrices (2008), ch. 8",
    ),
    _entry(
        "schatten", "ij,->", Definition("tr(powm(X'*X, a/2))^(1/a)"), "the Schatten norm: the p-norm of the singular values", kernels.schatten,
        "_schatten(x, a)", domain.COLUMN_RANK, source=LEWIS, bounds=bounds.NONNEGATIVE, convexity=("convex",), convex_from=1, degree=1,
    ),
    _entry(
        "kyfan", "ij,->", Differential("tr(topuv(X, k)'*dX)", ("X", "k")), "the Ky Fan norm: the sum of the k largest singular values",
        kernels.kyfan, "_kyfan(x, a)", domain.SIMPLE_SINGULAR, source=LEWIS, whole=(1,), bounds=bounds.NONNEGATIVE, convexity=("convex",), degree=1,
    ),
    _entry(
        "topuv", "ij,->ij", ValueOnly(say("a sum of dyads, whose derivative is not there yet")),
        "the sum of the dyads u*v' of the k largest singular values", kernels.topuv, "_topuv(x, a)", domain.SIMPLE_SINGULAR, source=LEWIS,
        whole=(1,),
    ),
)  # fmt: skip

POLAR = next(op for op in SPECTRA if op.name == "polar")
