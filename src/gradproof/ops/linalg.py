"""Functions of a whole matrix or vector, each given by its differential."""

from __future__ import annotations

from gradproof.ops.operation import POWER, Definition, Differential, Operation, Reserved, signatures

LINALG = (
    Operation(
        "inv",
        signatures("ii->ii ->"),
        Differential("-Y*dX*Y"),
        "inverse",
        source="Matrix Cookbook (2012), eq. 40",
        numpy="np.linalg.inv(x)",
        kernel=lambda algebra, a: algebra.inverse(a),
        domain="invertible",
        equivariant=True,
        latex=r"{0}^{{-1}}",
        unicode="{0}⁻¹",
    ),
    Operation(
        "det",
        signatures("ii-> ->"),
        Differential("Y*tr(inv(X)*dX)"),
        "determinant",
        source="Matrix Cookbook (2012), eq. 41-42",
        numpy="np.linalg.det(x)",
        kernel=lambda algebra, a: algebra.determinant(a),
        domain="invertible",
        invariant=True,
        latex=r"\det({0})",
    ),
    Operation(
        "logdet",
        signatures("ii-> ->"),
        Differential("tr(inv(X)*dX)"),
        "logarithm of the determinant",
        source="Matrix Cookbook (2012), eq. 43",
        numpy="np.log(np.linalg.det(x))",
        small="log(det(X))",
        domain="det(X) > 0",
        invariant=True,
        latex=r"\log\det({0})",
        unicode="log det({0})",
        binds=POWER,
    ),
    Operation(
        "adj",
        signatures("ii->ii"),
        Definition("det(X)*inv(X)"),
        "adjugate, for an invertible argument",
        source="Magnus & Neudecker, ch. 8.6",
        domain="invertible",
        equivariant=True,
    ),
    Operation(
        "softmax",
        signatures("i->i i'->i'"),
        Differential("y.*dx - y*(y'*dx)"),
        "exp(x)/sum(exp(x))",
        nonnegative=True,
        small="exp(x)/sum(exp(x))",
        numpy="(lambda e: e / e.sum())(np.exp(x - np.max(np.real(x))))",
    ),
    Operation(
        "logsumexp",
        signatures("i-> i'-> ij->"),
        Differential("sum(exp(X)/sum(exp(X)).*dX)"),
        "log(sum(exp(x)))",
        invariant=True,
        small="log(sum(exp(x)))",
        numpy="(lambda m: m + np.log(np.sum(np.exp(x - m))))(np.max(np.real(x)))",
    ),
)

_LATER = {
    "the pseudo-inverse": ("pinv",),
    "matrix functions": ("expm", "logm", "sqrtm", "sinm", "cosm"),
    "matrix factorisations": ("chol", "svd"),
    "eigenvalues and spectral norms": ("eigval", "eigvec", "eigvals", "nuclear", "specnorm", "lambdamax"),
    "maximum and product": ("max", "prod"),
    "complex quantities": ("conj", "re", "im"),
}

RESERVED = tuple(
    Operation(name, signatures("*->*"), Reserved(topic), f"kept for later work: {topic}")
    for topic, names in _LATER.items()
    for name in names
)
