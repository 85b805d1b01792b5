"""Functions of a whole matrix or vector, each given by its differential."""

from __future__ import annotations

from typing import Any

from gradproof.facts import bounds
from gradproof.hooks import later
from gradproof.ops import domain
from gradproof.ops.operation import POWER, Code, Definition, Differential, Operation, Planned, Reserved, signatures
from gradproof.say import say

steady = later("gradproof.ops.steady")


def pseudo_inverse(algebra: Any, a: Any) -> Any:
    """Of a matrix of full rank: inv(X'X) X', or X' inv(X X')."""
    if a.shape[0] == a.shape[1]:
        return algebra.inverse(a)
    if a.shape[0] > a.shape[1]:
        return algebra.contract(algebra.inverse(algebra.contract(a, a, "ki,kj->ij")), a, "ij,kj->ik")
    return algebra.contract(a, algebra.inverse(algebra.contract(a, a, "ik,jk->ij")), "ki,kj->ij")


LINALG = (
    Operation(
        "inv",
        signatures("ii->ii ->"),
        Differential("-Y*dX*Y"),
        "inverse",
        source="Matrix Cookbook (2012), eq. 40",
        numpy="np.linalg.inv(x)",
        keeps="inverse",
        degree=-1,
        undone="inv(X)",
        kernel=lambda algebra, a: algebra.inverse(a),
        domain=domain.INVERTIBLE,
        equivariant=True,
        latex=r"{0}^{{-1}}",
        unicode="{0}⁻¹",
        of_number="1/x",
        planned=Planned("inverse", (2,), of_factor=True),
        rule="inverse",
    ),
    Operation(
        "det",
        signatures("ii-> ->"),
        Differential("Y*tr(inv(X)*dX)"),
        "determinant",
        source="Matrix Cookbook (2012), eq. 41-42",
        numpy="np.linalg.det(x)",
        kernel=lambda algebra, a: algebra.determinant(a),
        domain=domain.INVERTIBLE,
        log_concave=True,
        degree="n",
        invariant=True,
        latex=r"\det({0})",
        of_number="x",
        planned=Planned("det", (2,), of_factor=True),
        rule="determinant",
        aliases=("Det", "determinant", "Determinant"),
    ),
    Operation(
        "logdet",
        signatures("ii-> ->"),
        Differential("tr(inv(X)*dX)"),
        "logarithm of the determinant",
        convexity=("concave",),
        source="Matrix Cookbook (2012), eq. 43",
        numpy="(lambda s: np.log(s[0]) + s[1])(np.linalg.slogdet(x))",
        small="log(det(X))",
        domain=domain.DETERMINANT_POSITIVE,
        invariant=True,
        latex=r"\log\det({0})",
        unicode="log det({0})",
        binds=POWER,
        of_number="log(x)",
        planned=Planned("logdet", (2,), of_factor=True),
        rule="logdet",
        aliases=("log_det",),
    ),
    Operation(
        "adj",
        signatures("ii->ii"),
        Definition("det(X)*inv(X)"),
        "adjugate, for an invertible argument",
        source="Magnus & Neudecker, ch. 8.6",
        domain=domain.INVERTIBLE,
        equivariant=True,
    ),
    Operation(
        "pinv",
        signatures("ij->ji ->"),
        Differential("-Y*dX*Y + Y*Y'*dX' - Y*Y'*dX'*X*Y + dX'*Y'*Y - Y*X*dX'*Y'*Y"),
        "Moore-Penrose inverse, where the rank does not change",
        source="Golub & Pereyra (1973), eq. 4.12",
        numpy="np.linalg.pinv(x)",
        kernel=pseudo_inverse,
        domain=domain.FULL_RANK,
        analytic=False,
        equivariant=True,
        code=Code(
            scipy_linalg="_pinv(x)",
            scipy_times="_pinv_times(x, b)",
            jax="jnp.linalg.pinv(x)",
            torch="torch.linalg.pinv(x)",
            array_api="xp.linalg.pinv(x)",
            julia="pinv(x)",
            matlab="pinv(x)",
        ),
        of_number="1/x",
    ),
    Operation(
        "softmax",
        signatures("i->i i'->i'"),
        Differential("y.*dx - y*(y'*dx)"),
        "exp(x)/sum(exp(x))",
        bounds=bounds.CHANCE,
        total=1,
        shift=0,
        small="exp(x)/sum(exp(x))",
        numpy="(lambda e: e / e.sum())(np.exp(x - np.max(np.real(x))))",
        of_number="1",
        spelled_out=True,
        steady=steady.softmax,
        planned=Planned("softmax", (1,)),
        rule="softmax",
        slope="diag(y) - y*y'",
        log_less="logsumexp(x)",
    ),
    Operation(
        "logsumexp",
        signatures("i-> i'-> ij->"),
        Differential("sum(exp(X)/sum(exp(X)).*dX)"),
        "log(sum(exp(x)))",
        shift=1,
        convexity=("convex", "rises"),
        invariant=True,
        small="log(sum(exp(x)))",
        numpy="(lambda m: m + np.log(np.sum(np.exp(x - m))))(np.max(np.real(x)))",
        of_number="x",
        spelled_out=True,
        steady=steady.logsumexp,
        planned=Planned("logsumexp", (1, 2)),
        rule="logsumexp",
        slope="softmax(x)",
    ),
)

_LATER = {
    say("matrix factorisations"): ("svd",),
}

RESERVED = tuple(
    Operation(name, signatures("*->*"), Reserved(topic), f"kept for later work: {topic}")
    for topic, names in _LATER.items()
    for name in names
)
