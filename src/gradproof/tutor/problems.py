"""The problems that exercises are made of: one line each, by topic and level. `{c}` is a small number; letters in capitals are matrices.

A line is: formula | variable | what is known. Letters are exchanged within their family when an exercise is made.
"""

from __future__ import annotations

from gradproof.records import dataclass


@dataclass(frozen=True)
class ExerciseTemplate:
    """One template."""

    formula: str
    wrt: str
    where: str
    topic: str
    level: int


# topic: for each level, its problems
_TABLE: dict[str, tuple[str, ...]] = {
    "products": (
        "{c}*a'*x | x | a: vector n; x: vector n\n{c}*x'*x | x | x: vector n\n{c}*A*x | x | A: matrix m n; x: vector n",
        "{c}*x'*A*x | x | A: matrix n n; x: vector n\n{c}*x'*A*x | x | A: matrix n n symmetric; x: vector n\n(a'*x)*(b'*x) | x | a: vector n; b: vector n; x: vector n",
        "{c}*x'*A*x - b'*x | x | A: matrix n n symmetric; b: vector n; x: vector n\n(a'*x)^2 + {c}*x'*x | x | a: vector n; x: vector n",
        "(x'*A*x)*(b'*x) | x | A: matrix n n symmetric; b: vector n; x: vector n\n(x'*x)*x | x | x: vector n",
        "x'*A*x/(x'*x) | x | A: matrix n n symmetric; x: vector n\n(A*x)'*B*(C*x) | x | A: matrix m n; B: matrix m k; C: matrix k n; x: vector n",
    ),
    "norms": (
        "{c}*norm2(x)^2 | x | x: vector n\n{c}*norm2(x - a)^2 | x | x: vector n; a: vector n",
        "{c}*norm2(A*x)^2 | x | A: matrix m n; x: vector n\nnorm2(A*x - b)^2 | x | A: matrix m n; x: vector n; b: vector m",
        "norm2(A*x - b)^2 + {c}*norm2(x)^2 | x | A: matrix m n; x: vector n; b: vector m\n{c}*norm2(x - a) | x | x: vector n; a: vector n",
        "norm2(A*x - b)^2 + c*norm2(B*x)^2 | x | A: matrix m n; x: vector n; b: vector m; B: matrix k n; c: scalar\nnorm2(A*X - B)^2 | X | A: matrix m n; X: matrix n p; B: matrix m p",
        "norm2(A - X*Y')^2 + {c}*norm2(X)^2 | X | A: matrix m n; X: matrix m k; Y: matrix n k\n{c}*norm2(A*x - b) | x | A: matrix m n; x: vector n; b: vector m",
    ),
    "trace": (
        "{c}*tr(X) | X | X: matrix n n\n{c}*tr(A*X) | X | A: matrix n m; X: matrix m n",
        "{c}*tr(A*X') | X | A: matrix m n; X: matrix m n\ntr(A*X*B) | X | A: matrix n m; X: matrix m k; B: matrix k n",
        "{c}*tr(X'*X) | X | X: matrix m n\ntr(X'*A*X) | X | A: matrix m m; X: matrix m n",
        "tr(X*A*X'*B) | X | X: matrix m n; A: matrix n n; B: matrix m m\ntr(A*X*B*X) | X | A: matrix n n; X: matrix n n; B: matrix n n",
        "tr(A*inv(X)) | X | A: matrix n n; X: matrix n n\ntr((X - A)'*B*(X - A)) | X | X: matrix m n; A: matrix m n; B: matrix m m symmetric",
    ),
    "determinant": (
        "{c}*logdet(X) | X | X: matrix n n\n{c}*det(X) | X | X: matrix n n",
        "logdet(X) - tr(A*X) | X | X: matrix n n; A: matrix n n\nlog(det(X)^2) | X | X: matrix n n",
        "logdet(A*X) | X | A: matrix n n invertible; X: matrix n n\nlogdet(X + A) | X | X: matrix n n; A: matrix n n",
        "logdet(X'*X) | X | X: matrix m n\nlogdet(X) + tr(A*inv(X)) | X | X: matrix n n; A: matrix n n",
        "logdet(A + X*X') | X | A: matrix n n posdef; X: matrix n k\n-logdet(S)/2 - (x - y)'*inv(S)*(x - y)/2 | S | S: matrix n n posdef; x: vector n; y: vector n",
    ),
    "elementwise": (
        "sum(exp(x)) | x | x: vector n\n{c}*sum(x.^3) | x | x: vector n\nsin(x) | x | x: vector n",
        "a'*exp(x) | x | a: vector n; x: vector n\ntanh(x) | x | x: vector n\nsum(a.*x.^2) | x | a: vector n; x: vector n",
        "sum(exp(A*x)) | x | A: matrix m n; x: vector n\nb'*tanh(A*x) | x | A: matrix m n; x: vector n; b: vector m",
        "sum(log(1 + exp(A*x))) | x | A: matrix m n; x: vector n\nlog(sum(exp(A*x))) | x | A: matrix m n; x: vector n",
        "sum(log(1 + exp(-y.*(A*w)))) | w | A: matrix m n; w: vector n; y: vector m\n-y'*log(sigmoid(A*w)) - (1 - y)'*log(1 - sigmoid(A*w)) | w | A: matrix m n; w: vector n; y: vector m",
    ),
    "networks": (
        "norm2(A*x - b)^2/2 | b | A: matrix m n; x: vector n; b: vector m",
        "norm2(A*x - b)^2/2 | A | A: matrix m n; x: vector n; b: vector m",
        "norm2(tanh(A*x) - b)^2/2 | x | A: matrix m n; x: vector n; b: vector m\n-y'*log(softmax(z)) | z | y: vector n onehot; z: vector n",
        "-y'*log(softmax(A*x)) | A | A: matrix m n; x: vector n; y: vector m onehot\nnorm2(sigmoid(A*x) - b)^2/2 | A | A: matrix m n; x: vector n; b: vector m",
        "norm2(B*tanh(A*x) - y)^2/2 | A | A: matrix k n; x: vector n; B: matrix m k; y: vector m\nnorm2(B*sigmoid(A*x + b) - y)^2/2 | b | A: matrix k n; x: vector n; B: matrix m k; b: vector k; y: vector m",
    ),
}  # fmt: skip

PROBLEMS: tuple[ExerciseTemplate, ...] = tuple(
    ExerciseTemplate(*(part.strip() for part in line.split("|")), topic=topic, level=level)  # type: ignore[misc]
    for topic, levels in _TABLE.items()
    for level, lines in enumerate(levels, 1)
    for line in lines.splitlines()
)
TOPICS = tuple(_TABLE)
LEVELS = range(1, 6)
FAMILIES = ("ABCQGHKM", "XYZVUW", "xvw", "abcduh", "yt")  # letters that may stand for each other

__all__ = ["FAMILIES", "LEVELS", "PROBLEMS", "TOPICS", "ExerciseTemplate"]
