"""Cholesky factors, triangles, and matrices that are given by a linear or quadratic equation."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial

from gradproof.hooks import later
from gradproof.ops import domain
from gradproof.ops.operation import Code, Differential, Linear, Operation, signatures

kernels = later("gradproof.ops.equation_kernels")
_ONE, _HALF, _ZERO = Fraction(1), Fraction(1, 2), Fraction(0)
MURRAY, KAO = "Murray (2016), Differentiation of the Cholesky decomposition", "Kao & Hennequin (2020)"
MAGNUS = "Magnus & Neudecker, ch. 8"


def _mask(
    name: str, doc: str, mask: str, keep: Callable[[int, int], Fraction], diagonal: Fraction = Fraction(1)
) -> Operation:
    """An entrywise product with a constant that depends on where an entry stands."""
    return Operation(
        name,
        signatures("ij->ij"),
        Linear(diagonal=diagonal),
        doc,
        source=MURRAY,
        numpy=f"_masked({mask}, x)",
        kernel=partial(kernels.masked, keep),
        code=Code(jax=_words(mask, "jnp"), torch=_words(mask, "torch"), julia=None, matlab=None),
    )


def _words(mask: str, module: str) -> str:
    """The product with a mask in the words of a library."""
    kind = "dtype=x.dtype" + (", device=x.device" if module == "torch" else "")
    told = mask.replace("x.shape[:2], x.dtype", f"x.shape[:2], {kind}").replace(
        "*x.shape[:2], dtype=x.dtype", f"*x.shape[:2], {kind}"
    )
    return f"_masked({told.replace('np.', module + '.')}, x)"


EQUATIONS = (
    _mask(
        "tril", "the lower triangle, with the diagonal; zero above",
        "np.tril(np.ones(x.shape[:2], x.dtype))", lambda i, j: _ONE if i >= j else _ZERO,
    ),
    _mask(
        "triu", "the upper triangle, with the diagonal; zero below",
        "np.triu(np.ones(x.shape[:2], x.dtype))", lambda i, j: _ONE if i <= j else _ZERO,
    ),
    _mask(
        "halflow", "the lower triangle with half of the diagonal",
        "(np.tril(np.ones(x.shape[:2], x.dtype)) - np.eye(*x.shape[:2], dtype=x.dtype) / 2)",
        lambda i, j: _ONE if i > j else _HALF if i == j else _ZERO, Fraction(1, 2),
    ),
    Operation(
        "chol",
        signatures("ii->ii"),
        Differential("Y*halflow(inv(Y)*(dX + dX')*inv(Y)')/2"),
        "the lower Cholesky factor, of (X + X')/2",
        squared="(X + X')/2",
        source=MURRAY,
        numpy="_lower_factor(x)",
        kernel=kernels.cholesky,
        rational=False,
        domain=domain.DEFINITE,
        analytic=False,
        code=Code(
            jax="jnp.linalg.cholesky((x + x.T) / 2)",
            torch="torch.linalg.cholesky((x + x.T) / 2)",
            julia="Matrix(cholesky(Symmetric((x + x') / 2)).L)",
            matlab="chol((x + x') / 2, 'lower')",
        ),
    ),
    Operation(
        "sylv",
        signatures("ii,jj,ij->ij"),
        Linear("sylv(A, B, -dA*Y - Y*dB)", ("A", "B")),
        "the X with A*X + X*B = C",
        source=MAGNUS,
        stacked="inv(kron(eye(m),A) + kron(B',eye(n)))",
        numpy="_sylv(x, a, b)",
        kernel=kernels.sylvester,
        analytic=False,
        code=Code(jax="_sylv(x, a, b)", torch="_sylv(x, a, b)", julia="sylvester(x, a, -b)", matlab="sylvester(x, a, b)"),
    ),
    Operation(
        "lyap",
        signatures("ii,ii->ii"),
        Linear("lyap(A, -dA*Y - Y*dA')", ("A",), symmetric=True),
        "the X with A*X + X*A' = Q",
        source=MAGNUS,
        stacked="inv(kron(eye(n),A) + kron(A,eye(n)))",
        numpy="_sylv(x, x.T, a)",
        kernel=kernels.lyapunov,
        analytic=False,
        code=Code(jax="_sylv(x, x.T, a)", torch="_sylv(x, x.T, a)", julia="sylvester(x, x', -a)", matlab="sylvester(x, x', a)"),
    ),
    Operation(
        "dlyap",
        signatures("ii,ii->ii"),
        Linear("dlyap(A, dA*Y*A' + A*Y*dA')", ("A",), symmetric=True),
        "the X with X = A*X*A' + Q",
        source=MAGNUS,
        stacked="inv(kron(eye(n),eye(n)) - kron(A,A))",
        numpy="_dlyap(x, a)",
        kernel=kernels.discrete_lyapunov,
        analytic=False,
        code=Code(
            jax="_dlyap(x, a)",
            torch="_dlyap(x, a)",
            julia="reshape((I(length(a)) - kron(x, x)) \\ vec(a), size(a))",
            matlab="reshape((eye(numel(a)) - kron(x, x)) \\ reshape(a, [], 1), size(a))",
        ),
    ),
    Operation(
        "care",
        signatures("ii,ij,ii,jj->ii"),
        Differential(
            "lyap((A - B*inv((R + R')/2)*B'*Y)', Y*dB*inv((R + R')/2)*B'*Y + Y*B*inv((R + R')/2)*dB'*Y - dA'*Y - Y*dA"
            " - (dQ + dQ')/2 - Y*B*inv((R + R')/2)*((dR + dR')/2)*inv((R + R')/2)*B'*Y)",
            ("A", "B", "Q", "R"),
        ),
        "the stabilising X with A'*X + X*A - X*B*inv(R)*B'*X + Q = 0; Q and R are read symmetrised",
        source=KAO,
        numpy="_care(x, a, b, c)",
        kernel=kernels.care,
        rational=False,
        symmetric=True,
        analytic=False,
        code=Code(jax="_care(x, a, b, c)", torch="_care(x, a, b, c)", julia=None, matlab=None),
    ),
    Operation(
        "dare",
        signatures("ii,ij,ii,jj->ii"),
        Differential(
            "dlyap((A - B*inv((R + R')/2 + B'*Y*B)*B'*Y*A)', (dQ + dQ')/2"
            " + (inv((R + R')/2 + B'*Y*B)*B'*Y*A)'*((dR + dR')/2)*inv((R + R')/2 + B'*Y*B)*B'*Y*A"
            " + (dA - dB*inv((R + R')/2 + B'*Y*B)*B'*Y*A)'*Y*(A - B*inv((R + R')/2 + B'*Y*B)*B'*Y*A)"
            " + (A - B*inv((R + R')/2 + B'*Y*B)*B'*Y*A)'*Y*(dA - dB*inv((R + R')/2 + B'*Y*B)*B'*Y*A))",
            ("A", "B", "Q", "R"),
        ),
        "the stabilising X with X = A'*X*A - A'*X*B*inv(R + B'*X*B)*B'*X*A + Q; Q and R are read symmetrised",
        source=KAO,
        numpy="_dare(x, a, b, c)",
        kernel=kernels.dare,
        rational=False,
        symmetric=True,
        analytic=False,
        code=Code(jax="_dare(x, a, b, c)", torch="_dare(x, a, b, c)", julia=None, matlab=None),
    ),
)  # fmt: skip
