"""The rules as data: what each one says, when it may be used, and where it is from. What they are called is in `texts`.

`formula` is the right side: derivatives of the sub-goals first, then what the letters stand for. Letters as in the rules' statements.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from gradproof.explain.atoms import turned
from gradproof.notation.expr import Expr, call, number
from gradproof.records import dataclass, replace

TUTORIAL, COOKBOOK, MAGNUS, HIGHAM, WIRTINGER = (
    "matrix calculus tutorial",
    "The Matrix Cookbook (2012)",
    "Magnus & Neudecker, Matrix Differential Calculus",
    "Higham, Functions of Matrices (2008), ch. 3",
    "Hjørungnes, Complex-Valued Matrix Derivatives (2011), ch. 3",
)


@dataclass(frozen=True)
class TextbookRule:
    """A rule of a textbook.

    name       its identifier, in JSON and in the texts
    statement  what it says, as a line of text; when: what the letters must be
    weight     0: a reader finds it trivial; 1: familiar; 2: worth a line of its own
    """

    name: str
    statement: str
    formula: Callable[..., Expr]
    when: str = ""
    source: str = TUTORIAL
    weight: int = 2


def _same(*e: Expr) -> Expr:
    return e[0]


def diag(e: Expr) -> Expr:
    return call("diag", e)


def tr(e: Expr) -> Expr:
    """The trace; of a number the number itself."""
    return e if e.type.kind == "s" else call("tr", e)


def hadamard(a: Expr, b: Expr) -> Expr:
    return call("hadamard", a, b)


def inner(a: Expr, b: Expr) -> Expr:
    """The sum of the products of all entries: a'*b, tr(A'*B)."""
    match a.type.kind:
        case "s":
            return a * b
        case "v":
            return a.T * b
        case "r":
            return b * a.T
    return tr(a.T * b)


_RULES = (
    # -- denominator layout, 1 to 7
    TextbookRule("definition-1", "∂f/∂x = [∂f/∂x_1, …, ∂f/∂x_p]'", _same, "f a scalar, x in R^p", weight=1),
    TextbookRule("definition-2", "∂y/∂x = [∂y_1/∂x, …, ∂y_q/∂x]", _same, "x a scalar, y in R^q", weight=1),
    TextbookRule("definition-3", "∂y/∂x is the p × q matrix of ∂y_j/∂x_i", _same, "x in R^p, y in R^q", weight=1),
    TextbookRule("sum", "∂(y + z)/∂x = ∂y/∂x + ∂z/∂x", _same, weight=1),
    TextbookRule("product-1", "∂(y'z)/∂x = (∂y/∂x) z + (∂z/∂x) y", lambda dy, dz, y, z: dy * z + dz * y, "y, z in R^q"),
    TextbookRule(
        "product-2",
        "∂(y'Az)/∂x = (∂y/∂x) A z + (∂z/∂x) A' y",
        lambda dy, dz, y, A, z: dy * A * z + dz * turned(A) * y,
        "A constant",
    ),
    TextbookRule(
        "product-3", "∂(yz)/∂x = (∂y/∂x) z' + y ∂z/∂x", lambda dy, dz, y, z: dy * z.T + y * dz, "y a scalar, z in R^q"
    ),
    TextbookRule(
        "product-scalars",
        "∂(yz)/∂x = (∂y/∂x) z + y ∂z/∂x",
        lambda dy, dz, y, z: dy * z + y * dz,
        "y, z scalars: product rule 1 with q = 1",
    ),
    TextbookRule(
        "product-entrywise",
        "∂(y ⊙ z)/∂x = (∂y/∂x) diag(z) + (∂z/∂x) diag(y)",
        lambda dy, dz, y, z: dy * diag(z) + dz * diag(y),
        "y, z in R^q",
    ),
    TextbookRule("chain", "∂g/∂x = (∂u/∂x)(∂g/∂u)", lambda du, dg: du * dg, "g(u), u in R^s"),
    TextbookRule(
        "chain-entries", "∂g/∂X_ij = Σ_k (∂u_k/∂X_ij)(∂g/∂u_k)", _same, "g(u), u(X) with any number of entries"
    ),
    TextbookRule("chain-through", "∂f/∂x = (∂u/∂x)(∂f/∂u)", _same, "f depends on x through u alone"),
    TextbookRule("log-softmax", "log softmax(u) = u - 𝟏 log(𝟏' exp(u))", _same),
    TextbookRule("separable", "f = Σᵢ fᵢ(zᵢ): ∂f/∂zᵢ = fᵢ′(zᵢ)", _same, "each entry of z in one term only"),
    TextbookRule("identity", "∂x/∂x = I", _same, weight=0),
    TextbookRule(
        "linear-left", "∂(Ax)/∂x = A'", lambda du, A: du * turned(A), "A constant; of u(x): (∂u/∂x) A'", weight=0
    ),
    TextbookRule("linear-right", "∂(x'A)/∂x = A", lambda du, A: du * A, "A constant; of u(x)': (∂u/∂x) A", weight=0),
    TextbookRule("constant", "∂c/∂x = 0", _same, "c does not depend on x", weight=0),
    TextbookRule("constant-factor", "∂(cy)/∂x = c ∂y/∂x", lambda dy, c: c * dy, "c constant", weight=0),
    TextbookRule("constant-divisor", "∂(y/c)/∂x = (∂y/∂x)/c", lambda dy, c: dy / c, "c constant", weight=0),
    TextbookRule(
        "constant-vector",
        "∂(y a)/∂x = (∂y/∂x) a'",
        lambda dy, a: dy * a.T,
        "y a scalar, a constant: product rule 3 with ∂a/∂x = 0",
        weight=1,
    ),
    TextbookRule(
        "constant-scaling", "∂(a ⊙ y)/∂x = (∂y/∂x) diag(a)", lambda dy, a: dy * diag(a), "a constant", weight=1
    ),
    TextbookRule("transpose", "∂(y')/∂x = ∂y/∂x", _same, "a row is derived like the column it is", weight=0),
    TextbookRule(
        "sum-entries",
        "∂(𝟏'y)/∂x = (∂y/∂x) 𝟏",
        lambda dy, one: dy * one,
        "product rule 1 with the vector of ones",
        weight=1,
    ),
    TextbookRule("rewrite", "equal formulas have equal derivatives", _same, weight=1),
    TextbookRule("eigenvalue-sum", "Σᵢ f(λᵢ) = tr(f(X))", _same, "λᵢ the eigenvalues of X", source=HIGHAM),
    TextbookRule("reciprocal", "y/z = y (1/z)", _same, "z a scalar", weight=1),
    TextbookRule("unfold", "by the definition of the function", _same, weight=1),
    TextbookRule(
        "quotient", "∂(y/z)/∂x = (z ∂y/∂x - y ∂z/∂x)/z^2", lambda dy, dz, y, z: (z * dy - y * dz) / z**2, "y, z scalars"
    ),
    TextbookRule(
        "quotient-entrywise",
        "∂(y ⊘ z)/∂x = (∂y/∂x) diag(1 ⊘ z) - (∂z/∂x) diag(y ⊘ z ⊘ z)",
        lambda dy, dz, y, z: (
            dy * diag(call("eldiv", number(1), z)) - dz * diag(call("eldiv", y, call("elpow", z, number(2))))
        ),
        "y, z in R^q",
    ),
    TextbookRule("elementwise", "∂f(x)/∂x = diag(f′(x))", lambda slope: diag(slope), "f works on each entry", weight=1),
    TextbookRule(
        "elementwise-chain",
        "∂f(u)/∂x = (∂u/∂x) diag(f′(u))",
        lambda du, slope: du * diag(slope),
        "f works on each entry: rule 6.1",
    ),
    TextbookRule("scalar-derivative", "∂f(x)/∂x = f′(x)", lambda slope: slope, "x a scalar", weight=1),
    TextbookRule("scalar-chain", "∂f(u)/∂x = f′(u) ∂u/∂x", lambda du, slope: slope * du, "u a scalar"),
    TextbookRule(
        "power-both",
        "∂(y^z)/∂x = z y^(z-1) ∂y/∂x + log(y) y^z ∂z/∂x",
        lambda dy, dz, a, b: a * dy + b * dz,
        "y, z scalars",
    ),
    TextbookRule("norm", "∂‖u‖/∂x = (∂u/∂x) u/‖u‖", lambda du, u, n: du * (u / n), "u ≠ 0", weight=2),
    TextbookRule(
        "squared-norm",
        "∂‖u‖²/∂x = ∂(u'u)/∂x = 2 (∂u/∂x) u",
        lambda du, u: number(2) * du * u,
        "product rule 1 with y = z = u",
    ),
    TextbookRule("norm-1", "∂‖u‖₁/∂x = (∂u/∂x) sign(u)", lambda du, g: du * g, "no entry of u is 0"),
    TextbookRule("function", "∂f(x)/∂x = Df(x)", _same, "f not specified", weight=1),
    TextbookRule("function-several", "∂f(u, v)/∂x = (∂u/∂x) D_u f + (∂v/∂x) D_v f", _same, "f not specified"),
    TextbookRule("softmax", "∂softmax(u)/∂x = (∂u/∂x)(diag(p) - pp'), p = softmax(u)", lambda du, g: du * g),
    TextbookRule("logsumexp", "∂log(𝟏' exp(u))/∂x = (∂u/∂x) softmax(u)", lambda du, g: du * g),
    # -- the differential
    TextbookRule("differential-variable", "d(X) = dX", _same, source=MAGNUS, weight=-1),
    TextbookRule("differential-constant", "dA = 0", _same, source=MAGNUS, weight=0),
    TextbookRule("differential-sum", "d(U + V) = dU + dV", _same, source=COOKBOOK + ", eq. 35", weight=0),
    TextbookRule("differential-product", "d(UV) = dU V + U dV", _same, source=COOKBOOK + ", eq. 37", weight=1),
    TextbookRule("differential-entrywise", "d(U ⊙ V) = dU ⊙ V + U ⊙ dV", _same, source=COOKBOOK + ", eq. 38"),
    TextbookRule("differential-kronecker", "d(U ⊗ V) = dU ⊗ V + U ⊗ dV", _same, source=COOKBOOK + ", eq. 39"),
    TextbookRule("differential-transpose", "d(U') = (dU)'", _same, source=COOKBOOK + ", eq. 44", weight=0),
    TextbookRule(
        "differential-linear",
        "d(L(U)) = L(dU)",
        _same,
        "L linear: trace, sum of entries, diag, vec",
        source=MAGNUS,
        weight=0,
    ),
    TextbookRule(
        "differential-quotient",
        "d(U/s) = dU/s - U ds/s^2",
        lambda U, s, dU, ds: dU / s - U * ds / s**2,
        "s a scalar",
        source=MAGNUS,
    ),
    TextbookRule(
        "differential-elementwise",
        "d f(U) = f′(U) ⊙ dU",
        lambda slope, dU: hadamard(slope, dU),
        "f works on each entry",
        source=MAGNUS,
    ),
    TextbookRule("differential-scalar", "d f(s) = f′(s) ds", lambda slope, ds: slope * ds, "s a scalar", source=MAGNUS),
    TextbookRule(
        "differential-power-both",
        "d(U^V) = V ⊙ U^(V-1) ⊙ dU + log(U) ⊙ U^V ⊙ dV, entry by entry",
        lambda a, b, dU, dV: hadamard(a, dU) + hadamard(b, dV),
        "U > 0",
        source=MAGNUS,
    ),
    TextbookRule("differential-power", "d(U^k) = dU U^(k-1) + U dU U^(k-2) + …", _same, "U square", source=MAGNUS),
    TextbookRule(
        "differential-norm", "d‖U‖ = tr(U' dU)/‖U‖", lambda U, n, dU: inner(U, dU) / n, "U ≠ 0", source=MAGNUS
    ),
    TextbookRule(
        "differential-squared-norm", "d‖U‖² = 2 tr(U' dU)", lambda U, dU: number(2) * inner(U, dU), source=MAGNUS
    ),
    TextbookRule(
        "differential-norm-1",
        "d‖U‖₁ = tr(sign(U)' dU)",
        lambda U, dU, slope: inner(slope, dU),
        "no entry of U is 0",
        source=MAGNUS,
    ),
    TextbookRule(
        "differential-inverse", "d(U^-1) = -U^-1 dU U^-1", _same, "U invertible", source=COOKBOOK + ", eq. 40"
    ),
    TextbookRule(
        "differential-determinant", "d det U = det(U) tr(U^-1 dU)", _same, "U invertible", source=COOKBOOK + ", eq. 42"
    ),
    TextbookRule("differential-logdet", "d log det U = tr(U^-1 dU)", _same, "det U > 0", source=COOKBOOK + ", eq. 43"),
    TextbookRule(
        "differential-function",
        "d f(u) = Df(u)' du",
        lambda g, du: inner(g, du) if g.type == du.type else g.T * du,
        "f not specified",
        source=MAGNUS,
    ),
    TextbookRule(
        "differential-matrix-function",
        "d f(U) = L(U, dU), the Fréchet derivative of f at U along dU",
        _same,
        "U square",
        source=HIGHAM,
    ),
    TextbookRule("differential-frechet", "dL(U, E) = L(U, E, dU) + L(U, dE)", _same, "U square", source=HIGHAM),
    TextbookRule("differential-chain", "df = (∂f/∂u)' du", _same, "u(X) a vector", source=MAGNUS),
    TextbookRule(
        "softmax-rows-chain",
        "∂f/∂U = P ⊙ (∂f/∂P - (P ⊙ ∂f/∂P) 𝟏 𝟏')",
        _same,
        "P the softmax of the rows of U",
        source=MAGNUS,
    ),
    TextbookRule("elementwise-back", "∂f/∂U = (∂f/∂V) ⊙ φ′(U)", _same, "V = φ(U), entry by entry", source=MAGNUS),
    TextbookRule("differential-known", "the differential of this function", _same, source=MAGNUS),
    TextbookRule(
        "differential-softmax-rows",
        "dP = P ⊙ dU - diag((P ⊙ dU) 𝟏) P",
        _same,
        "P the softmax of the rows of U",
        source=MAGNUS,
    ),
    TextbookRule(
        "differential-logsumexp-rows",
        "dℓ = (P ⊙ dU) 𝟏",
        _same,
        "ℓ = log(exp(U) 𝟏), P the softmax of the rows of U",
        source=MAGNUS,
    ),
    TextbookRule(
        "differential-trace-function",
        "d tr(f(U)) = tr(f′(U) dU)",
        lambda U, slope, dU: tr(slope * dU),
        "f a matrix function",
        source=HIGHAM,
    ),
    # -- moving dX to the end, reading off
    TextbookRule("trace-of-scalar", "a'b = b'a", _same, "a scalar is its own transpose", source=MAGNUS, weight=1),
    TextbookRule("trace-form", "a'Bc = tr(ca'B)", _same, source=MAGNUS, weight=1),
    TextbookRule("trace-linear", "tr(A + B) = tr(A) + tr(B)", _same, source=MAGNUS, weight=1),
    TextbookRule("trace-cyclic", "tr(AB) = tr(BA)", _same, source=MAGNUS),
    TextbookRule("trace-transpose", "tr(A') = tr(A)", _same, source=MAGNUS),
    TextbookRule("trace-entrywise", "tr(A' (B ⊙ C)) = tr((A ⊙ B)' C)", _same, source=MAGNUS),
    TextbookRule("trace-nested", "s tr(B) = tr(s I B)", _same, source=MAGNUS),
    TextbookRule("trace-sum", "𝟏'B𝟏 = tr(𝟏 𝟏' B)", _same, source=MAGNUS),
    TextbookRule("trace-diag", "tr(A diag(b)) = diag(A)' b", _same, source=MAGNUS),
    TextbookRule("trace-outer", "tr(A b c') = c'A b", _same, source=MAGNUS),
    TextbookRule("trace-kron", "tr(A ⊗ B) = tr(A) tr(B)", _same, source=MAGNUS),
    TextbookRule(
        "trace-blocks",
        "tr(C (A ⊗ B)) = tr((I ⊗ vec(I)')(C ⊗ I)(I ⊗ vec(B')) A), tr(C (B ⊗ A)) = tr((vec(I)' ⊗ I)(I ⊗ C)(vec(B) ⊗ I) A)",
        _same,
        source=MAGNUS,
    ),
    TextbookRule("trace-vec", "vec(A)' vec(B) = tr(A'B)", _same, source=MAGNUS),
    TextbookRule("trace-frechet", "tr(A L(U, B)) = tr(L(U, A) B)", _same, "L a Fréchet derivative", source=HIGHAM),
    TextbookRule(
        "trace-equation", "tr(A L(B)) = tr(L*(A')' B), L* the adjoint equation", _same, "L linear", source=HIGHAM
    ),
    TextbookRule("trace-collect", "tr(AB) + tr(CB) = tr((A + C) B)", _same, source=MAGNUS, weight=1),
    TextbookRule("read-off", "df = tr(G' dX), therefore ∂f/∂X = G", _same, source=MAGNUS),
    TextbookRule("read-off-vector", "dy = J dx, therefore ∂y/∂x = J'", _same, source=MAGNUS),
    TextbookRule("read-off-stacked", "vec(dY) = K vec(dX), therefore ∂vec(Y)/∂vec(X) = K'", _same, source=MAGNUS),
    TextbookRule("read-off-scalar", "dY = G dx, therefore ∂Y/∂x = G", _same, "x a scalar", source=MAGNUS),
    TextbookRule("stack-vectors", "dy = J dx", _same, source=MAGNUS),
    TextbookRule("vec", "vec(A B C) = (C' ⊗ A) vec(B)", _same, source=MAGNUS),
    # -- entries
    TextbookRule("entries-write", "the formula as a sum of products of entries", _same, "rule 6.2 and index notation"),
    TextbookRule(
        "entries-differentiate", "∂x_i/∂x_j = 1 for i = j, else 0", _same, "one entry of the variable at a time"
    ),
    TextbookRule("entries-collect", "the entries put together as a matrix", _same),
    # -- the end
    TextbookRule("put-together", "the parts in their places", _same, source="", weight=1),
    TextbookRule("expand", "A(B + C) = AB + AC", _same, source="", weight=1),
    TextbookRule("simplify", "a shorter form of the same formula", _same, source=""),
    TextbookRule("rearrange", "another form of the same formula", _same, source=""),
    TextbookRule("recognise", "a formula that has a name", _same, source=""),
    TextbookRule("layout", "the other layouts are the transpose", _same, source=""),
    TextbookRule("restrict", "what is asked for is a map of the free gradient", _same, source=""),
    TextbookRule("part", "an entry or a row is that of the derivative by the whole variable", _same, source=""),
    TextbookRule("part-along", "by one entry, dX = e_i e_j'", _same, source=""),
    TextbookRule("conjugate-gradient", "∇f = 2 ∂f/∂conj(z)", _same, "f real, z complex", source=WIRTINGER),
    TextbookRule("real-part", "∂f/∂re(z) = 2 re(∂f/∂conj(z))", _same, "f real, z complex", source=WIRTINGER),
    TextbookRule("imaginary-part", "∂f/∂im(z) = 2 im(∂f/∂conj(z))", _same, "f real, z complex", source=WIRTINGER),
    TextbookRule("both-parts", "∂f/∂re(z) = ∂f/∂z + ∂f/∂conj(z)", _same, "z complex", source=WIRTINGER),
    TextbookRule("differential-chain-matrix", "df = tr((∂f/∂U)' dU)", _same, "U(X) a matrix", source=MAGNUS),
    TextbookRule(
        "adjoint",
        "∂f/∂p = ∂(f − λ'F)/∂p with (∂F/∂x) λ = ∂f/∂x, where F(x, p) = 0",
        _same,
        "λ and x held",
        source="Cea (1986)",
    ),
    TextbookRule("second", "the derivative of the derivative", _same, source=""),
)

# the numbers of the tutorial; what follows from a rule there has its number
_TUTORIAL = {
    "definition-1": "1", "definition-2": "2", "definition-3": "3", "sum": "4", "product-1": "5.1", "product-2": "5.2", "product-3": "5.3",
    "product-scalars": "5.1", "constant-vector": "5.3", "chain": "6.1", "chain-entries": "6.2", "chain-through": "6.1", "elementwise-chain": "6.1", "scalar-chain": "6.1",
    "function-several": "6.1", "identity": "7.1", "linear-left": "7.2", "linear-right": "7.3",
}  # fmt: skip
PARTS = {
    "part",
    "part-along",
    "conjugate-gradient",
    "real-part",
    "imaginary-part",
    "both-parts",
    "adjoint",
}  # by a part of the variable: what it is by is among the parts of the step
REWRITES = {"rewrite", "reciprocal", "unfold", "eigenvalue-sum"}  # the same formula, written otherwise
_CHAPTERS = (("differential-", "9"), ("trace-", "10"), ("read-off", "11"), ("stack", "11"), ("vec", "11"), ("entries-", "12"))  # fmt: skip
_UNNUMBERED = {
    "put-together",
    "expand",
    "simplify",
    "rearrange",
    "recognise",
    "layout",
    "restrict",
    *PARTS,
    "second",
    "cancel",
    *REWRITES,
}


def _numbers() -> dict[str, str]:
    found, used = {}, {}
    for rule in _RULES:
        if rule.name in _TUTORIAL:
            found[rule.name] = _TUTORIAL[rule.name]
        elif rule.name not in _UNNUMBERED:
            chapter = next((c for start, c in _CHAPTERS if rule.name.startswith(start)), "8")
            used[chapter] = used.get(chapter, 0) + 1
            found[rule.name] = f"{chapter}.{used[chapter]}"
    return found


NUMBERS: dict[str, str] = _numbers()


def is_formula(statement: str) -> bool:
    """Whether a statement is the same in every language."""
    return "=" in statement and all(w in _WORDS or len(w) < 3 for w in re.findall(r"[a-z]+", statement))


_WORDS = {"det", "log", "diag", "vec", "sign", "exp", "softmax", "logsumexp"}
RULES: dict[str, TextbookRule] = {rule.name: rule for rule in _RULES}


def wrong(name: str, formula: Callable[..., Expr]) -> TextbookRule:
    """A rule with another formula, for the tests that must catch it."""
    return replace(RULES[name], formula=formula)
