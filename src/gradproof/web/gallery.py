"""The examples of the page: one table. A line is a topic, the name in each language, the formula as typed, by what, and what is declared."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from gradproof.languages import LANGUAGES, language
from gradproof.parse import parse
from gradproof.service.fields import Json
from gradproof.service.speech import WORDS, spoken

TOPICS = {
    "fit": "Regression and classification",
    "book": "Matrix Cookbook",
    "stat": "Statistics and networks",
    "norm": "Norms, distances, quotients",
    "map": "Jacobians",
    "twice": "Hessians and higher orders",
}


class Example(NamedTuple):
    topic: str
    name: str
    expression: str
    wrt: str
    where: str = ""


_S = "S: matrix n n symmetric"
GALLERY = (
    Example("fit", "Least squares", r"\lVert Xw - y \rVert_2^2", "w"),
    Example("fit", "Ridge", r"\lVert Xw - y \rVert_2^2 + \lambda \lVert w \rVert_2^2", "w"),
    Example("fit", "Weighted least squares", r"(Xw - y)^\top D (Xw - y)", "w", "D: matrix m m diagonal"),
    Example("fit", "Logistic regression", r"\sum_{i=1}^{m} \log\left(1 + \exp(-y_i \, w^\top x_i)\right)", "w"),
    Example("fit", "Logistic regression with ridge", r"\sum_{i=1}^{m} \log\left(1 + \exp(-y_i \, w^\top x_i)\right) + \frac{\lambda}{2} \lVert w \rVert_2^2", "w", "lambda: scalar positive"),
    Example("fit", "Softmax cross-entropy", r"-y^\top \log \mathrm{softmax}(Wx)", "W"),
    Example("fit", "Poisson regression", "sum(exp(X*w)) - y'*X*w", "w"),
    Example("fit", "Squared hinge loss", "sum(relu(1 - y.*(X*w)).^2)", "w"),
    Example("fit", "Smoothed absolute loss", "sum(sqrt((X*w - y).^2 + 1))", "w"),
    Example("fit", "Least squares in NumPy", "np.sum((X @ w - y)**2)", "w"),
    Example("fit", "Several outputs", r"\lVert XW - Y \rVert_F^2", "W"),
    Example("fit", "Kernel ridge", "norm2(K*a - y)^2 + c*a'*K*a", "a", "K: matrix n n symmetric; a: vector n"),
    Example("book", "Determinant (49)", r"\det X", "X"),
    Example("book", "Log-determinant (57)", r"\log\det X", "X"),
    Example("book", "Determinant of a product (51)", "det(A*X*B)", "X"),
    Example("book", "Determinant of a form (54)", "det(X'*A*X)", "X"),
    Example("book", "Inverse in a bilinear form (61)", "a^T X^{-1} b", "X", "a: vector n; b: vector n"),
    Example("book", "Trace of an inverse (63)", "tr(A*inv(X)*B)", "X"),
    Example("book", "Inverse of a sum (64)", "tr(inv(X + A))", "X"),
    Example("book", "Bilinear form (70)", "a^T X b", "X", "a: vector m; b: vector n"),
    Example("book", "Bilinear form, transposed (71)", "a'*X'*b", "X", "a: vector n; b: vector m"),
    Example("book", "Product of two forms (77)", "b'*X'*X*c", "X", "b: vector n; c: vector n"),
    Example("book", "Affine quadratic form (78)", "(B*x + b)'*C*(D*x + d)", "x", "b: vector m; d: vector p"),
    Example("book", "Quadratic form (81)", "x^T A x", "x"),
    Example("book", "Symmetric quadratic form (84)", "(x - A*s)'*W*(x - A*s)", "s", "W: matrix n n symmetric"),
    Example("book", "Trace (100)", "tr(X*A)", "X"),
    Example("book", "Trace of three (101)", "tr(A*X*B)", "X"),
    Example("book", "Trace of a square (106)", "tr(X^2)", "X"),
    Example("book", "Trace (108)", "tr(X'*B*X)", "X"),
    Example("book", "Trace of a product (116)", "tr(B'*X'*C*X*B)", "X"),
    Example("book", "Trace of a power (121)", "tr(X^4)", "X"),
    Example("book", "Generalised Rayleigh trace (126)", "tr(inv(X'*C*X)*(X'*B*X))", "X", "B: matrix n n symmetric; C: matrix n n symmetric"),
    Example("stat", "Gaussian likelihood", r"\log\det S + \operatorname{tr}(S^{-1} A)", "S"),
    Example("stat", "Mean of a Gaussian", "1/2*(x - u)'*inv(S)*(x - u)", "u", _S),
    Example("stat", "Matrix factorisation", r"\lVert R - UV^\top \rVert_F^2", "U"),
    Example("stat", "Weighted factorisation", "norm2(W.*(R - U*V'))^2", "U"),
    Example("stat", "Principal components", r"\lVert X - XWW^\top \rVert_F^2", "W"),
    Example("stat", "Two-layer network", "1/2*norm2(V*sigmoid(W*x + b) - y)^2", "W"),
    Example("stat", "Network with tanh", "norm2(V*tanh(W*x) - y)^2", "W"),
    Example("stat", "Attention of one query", "v'*softmax(K*q/2)", "q"),
    Example("stat", "Entropy", "-x'*log(x)", "x", "x: vector n positive"),
    Example("stat", "Kullback–Leibler", "p'*log(p./q)", "q", "p: vector n positive; q: vector n positive"),
    Example("stat", "Log-sum-exp", r"\log(\mathbf{1}^\top \exp(Ax))", "x"),
    Example("stat", "Graphical lasso, smooth part", "tr(S*X) - logdet(X)", "X", "S: matrix n n symmetric; X: matrix n n posdef"),
    Example("stat", "Kalman gain", "tr((eye(n) - K*H)*P*(eye(n) - K*H)' + K*R*K')", "K", "P: matrix n n symmetric; R: matrix m m symmetric; K: matrix n m"),
    Example("norm", "Norm", "||Ax - b||", "x"),
    Example("norm", "Frobenius norm", r"\lVert AXB - C \rVert_F^2", "X"),
    Example("norm", "Rayleigh quotient", r"\frac{x^\top A x}{x^\top x}", "x", "A: matrix n n symmetric"),
    Example("norm", "Cosine similarity", "x'*y/(norm2(x)*norm2(y))", "x"),
    Example("norm", "Mahalanobis distance", "sqrt((x - y)'*inv(S)*(x - y))", "x", "S: matrix n n posdef"),
    Example("norm", "One-norm", "norm1(A*x - b)", "x"),
    Example("norm", "Gaussian kernel", "exp(-norm2(x - y)^2/(2*s^2))", "x", "s: scalar positive"),
    Example("norm", "Barrier", "-sum(log(b - A*x))", "x"),
    Example("map", "Linear map", "A*x", "x"),
    Example("map", "Softmax", r"\operatorname{softmax}(x)", "x"),
    Example("map", "A layer", "tanh(W*x + b)", "x"),
    Example("map", "Normalised vector", "x/norm2(x)", "x"),
    Example("map", "Linear map of a matrix", "A*X*B", "X"),
    Example("map", "Inverse", r"X^{-1}", "X"),
    Example("map", "Gram matrix", "X'*X", "X"),
    Example("map", "Outer product", "x*x'", "x"),
    Example("twice", "Hessian of least squares", "norm2(A*x - b)^2", "x x"),
    Example("twice", "Hessian of the logistic loss", "sum(log(1 + exp(-y.*(X*w))))", "w w"),
    Example("twice", "Hessian of log-sum-exp", "log(sum(exp(x)))", "x x"),
    Example("twice", "Mixed second derivative", "x'*A*y", "x y"),
    Example("twice", "Hessian of log det", "logdet(X)", "X X"),
)  # fmt: skip


def _told(name: str) -> dict[str, Json]:
    """A name in every language."""
    others = {lang: language(lang).room("gallery")["NAMES"] for lang in LANGUAGES if lang != "en"}
    return {"en": name, **{lang: names[name] for lang, names in others.items()}}


@cache
def examples() -> list[Json]:
    """The examples as the page takes them, with their LaTeX and what is said of them aloud."""
    found = [(e, parse(e.expression, e.where or None, e.wrt.split()).expr) for e in GALLERY]
    return [
        {
            "topic": _told(TOPICS[e.topic]),
            "name": _told(e.name),
            "expression": e.expression,
            "wrt": [*e.wrt.split()],
            "where": e.where,
            "latex": expr.latex,
            "spoken": {lang: spoken(expr, lang) for lang in WORDS},
        }
        for e, expr in found
    ]
