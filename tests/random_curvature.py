"""Random scalar formulas of x (a vector, or a matrix) that are convex, concave or neither, often nearly so."""

from __future__ import annotations

import random

WHERE = "; ".join(
    ["x: vector n", "p: vector n positive", "u: vector n positive", "v: vector n", "w: vector n", "y: scalar positive", "t: scalar",
     "A: matrix m n", "b: vector m", "S: matrix n n posdef", "Q: matrix n n symmetric", "P: matrix n n psd",
     "X: matrix n n posdef", "Z: matrix n n", "Y: matrix n n symmetric", "q: vector n simplex"]
)  # fmt: skip
VARIABLES = ("x", "p", "y", "t", "X", "Z", "Y", "q")
AFFINE = {
    "x": ("x", "A*x + b", "x - v", "A*x", "2*x", "-x"), "p": ("p", "A*p + b", "p + u", "u - p", "A*p", "p"),
    "q": ("q", "A*q", "q + u", "q - v"), "y": ("y*v", "y*u + v", "v - y*u", "y*u"), "t": ("t*v", "t*u + v", "v - t*u", "t*u"),
    "X": ("X*v", "X*u + v", "diag(X)"), "Z": ("Z*v", "Z*v + w", "Z'*v", "diag(Z)"), "Y": ("Y*v", "v + Y*w", "diag(Y)"),
}  # fmt: skip
EACH = (
    "exp({})", "log(1 + exp({}))", "({}).^2", "({}).^3", "({}).^4", "sqrt(1 + ({}).^2)", "tanh({})", "sigmoid({})", "log(({}).^2 + 1)",
    "abs({})", "relu({})", "relu({}).^2", "cosh({})", "sin({})", "exp(-({}).^2)", "softplus({}).^2", "({}).*exp({})", "{}", "({}).^2.*exp({})",
    "abs({}).^3", "1./(1 + ({}).^2)", "sqrt(abs({}))", "log({})", "({}).*log({})", "1./({})", "sqrt({})", "({}).^(3/2)", "({}).^(-2)", "exp(1./({}))",
    "-log({})", "log(log(2 + exp({})))", "atan({})", "exp(exp({}))", "sigmoid({}).^2", "log(sigmoid({}))", "erf({})", "lgamma({})",
)  # fmt: skip
WHOLE = (
    "sum({})", "logsumexp({})", "norm2({})", "norm1({})", "norm2({})^2", "norm2({})^3", "sum({})^2", "log(sum(exp({})))", "sqrt(1 + norm2({})^2)",
    "exp(sum({}))", "({})'*({})", "norm2({})^4", "norm2({})/(1 + norm2({})^2)", "log(norm2({})^2)", "1/(1 + norm2({})^2)", "relu(norm2({}) - 1)",
    "logsumexp({})^2", "sum(exp({}))/sum(({}).^2 + 1)", "sum(softmax({}).*({}))", "sum(softmax({}).^2)",
)  # fmt: skip
SPECIAL = {
    "x": ("x'*S*x", "x'*Q*x", "x'*P*x", "x'*(S - P)*x", "x'*x/y", "(x'*S*x)^2", "sqrt(x'*S*x)", "sqrt(x'*S*x + y)", "(v'*x)^2", "x'*v*w'*x", "exp(x'*S*x)",
          "(v'*x)*(w'*x)", "sqrt(x'*P*x)", "log(1 + x'*x)", "x'*x*norm2(x)", "(x'*x)^(3/4)", "x'*S*x*(x'*x)", "norm2(S*x - v)", "x'*inv(S)*x", "x'*A'*A*x"),
    "p": ("sum(p.*log(p./u))", "sum(u.*log(p))", "log(sum(p))", "exp(sum(log(p)))", "sum(sqrt(p))^2", "sum(p.^2)/sum(p)", "1/sum(p)", "1/sum(1./p)", "(v'*p)^2/sum(p)",
          "sum(p.^3)^(1/3)", "sum(p.^(1/2))^2", "sum(p)*log(sum(p))", "log(u'*p)", "(u'*p)/(1 + sum(p))", "sum(p.^2)^2/sum(p)", "sum(p.^(-1))^2", "p'*S*p", "logsumexp(log(p))"),
    "q": ("sum(q.*log(q))", "q'*S*q", "-q'*q", "log(u'*q)", "sum(q.*log(q./u))", "logsumexp(q)", "sum(sqrt(q))"),
    "y": ("x'*x/y", "y*log(y)", "1/y", "y^3", "y^(1/3)", "log(y)^2", "exp(-y)", "y*exp(-y)", "log(1 + 1/y)", "logdet(S + y*eye(n))", "x'*inv(S + y*eye(n))*x"),
    "t": ("t^2", "t^3", "t^4 - t^2", "exp(t)*t", "sin(t)", "t*sigmoid(t)", "log(1 + exp(t))^2", "sqrt(t^2)", "(t^2)^(3/4)", "abs(t)^3", "t*abs(t)"),
    "X": ("logdet(X)", "tr(inv(X))", "tr(S*inv(X))", "tr(Q*inv(X))", "tr(X*X)", "det(X)", "v'*inv(X)*v", "logdet(X + S)", "tr(X*S*X)", "tr(X*Q*X*Q)", "log(tr(X))", "1/tr(X)",
          "tr(inv(X)*inv(X))", "tr(inv(X))^2", "v'*X*v*tr(X)", "1/tr(inv(X))", "log(tr(inv(X)))", "tr(X)*logdet(X)", "tr(X*S*X*P)", "logdet(inv(X) + S)", "tr(inv(X + S))"),
    "Z": ("tr(Z'*S*Z)", "tr(Z*Z)", "tr(Z'*Z*S)", "norm2(S*Z - Q)^2", "norm2(Z*S*Z)^2", "tr(Z'*S*Z*P)", "tr(Z*S*Z*P)", "logsumexp(Z)", "v'*Z*w*(w'*Z*v)", "(v'*Z*w)^2", "norm2(Z)",
          "sum(log(1 + Z.^2))", "norm2(Z'*Z)^2", "tr(Z'*Q*Z)", "sum(softmax(Z*v).*(Z*v))"),
    "Y": ("tr(Y*Y)", "tr(Y*S*Y)", "tr(Y*Q*Y)", "tr(Y*Q*Y*Q)", "tr(Y*Y*Y)", "v'*Y*v", "(v'*Y*w)^2", "tr(Y*S*Y*S)", "tr(Y*P*Y*S)", "norm2(Y)^3", "tr(Y*Y*Y*Y)"),
}  # fmt: skip
SCALES = ("", "", "", "2*", "-", "y*", "t*", "-3*", "1/2*")
OUTER = (
    "exp({})", "log(1 + exp({}))", "({})^2", "relu({})", "log({})", "sqrt({})", "({})*({})", "1/({})", "max0({})", "abs({})", "({})^3", "-({})", "({})/(1 + ({})^2)",
)  # fmt: skip


def term(rng: random.Random, name: str) -> str:
    """One term of a formula."""
    if rng.random() < 0.35:
        return rng.choice(SPECIAL[name])
    inner = rng.choice(AFFINE[name])
    each = rng.choice(EACH)
    vector = each.replace("{}", inner)
    if rng.random() < 0.15:
        vector = rng.choice(EACH).replace("{}", f"({vector})")
    if rng.random() < 0.15 and "A" not in inner:
        vector = f"u.*({vector})"
    return rng.choice(WHOLE).replace("{}", f"({vector})")


def formula(rng: random.Random) -> tuple[str, str]:
    """A formula, and the variable."""
    name = rng.choice(VARIABLES)
    parts = []
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3))):
        scale = rng.choice([s for s in SCALES if not s.startswith(name)])
        part = term(rng, name)
        if rng.random() < 0.15:
            part = rng.choice(OUTER).replace("max0", "relu").replace("{}", part)
        parts.append(f"{scale}({part})")
    return " + ".join(parts), name
