"""Problems of curvature with verdicts from books, and the value of each in NumPy, written beside the formula and never taken from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import linalg, special

Data = dict[str, Any]
INV, TR, DET, T = np.linalg.inv, np.trace, np.linalg.det, np.transpose
SIZES = {"m": 4, "n": 3, "k": 2}


def draw(where: str, rng: np.random.Generator) -> Data:
    """Values for declarations."""
    found: Data = {}
    for part in where.split(";"):
        name, words = part.split(":")
        kind, *rest = words.split()
        dims = [SIZES[w] for w in rest if w in SIZES]
        facts = [w for w in rest if w not in SIZES]
        found[name.strip()] = value(kind, dims, facts, rng)
    return found


def value(kind: str, dims: list[int], facts: list[str], rng: np.random.Generator) -> Any:
    """A random value of a kind."""
    a = rng.normal(size=dims)
    if "posdef" in facts:
        return a @ a.T + 0.4 * np.eye(dims[0])
    if "psd" in facts:
        return a @ a.T
    if "symmetric" in facts:
        return a + a.T
    if "positive" in facts or "nonneg" in facts:
        return rng.uniform(0.2, 2.5, dims) if kind != "scalar" else float(rng.uniform(0.2, 2.5))
    if "simplex" in facts:
        return rng.dirichlet(np.ones(dims[0]))
    return a if kind != "scalar" else float(rng.normal())


def lse(z: Any) -> float:
    return float(np.log(np.sum(np.exp(z))))


def eig(x: Any) -> Any:
    return np.linalg.eigvalsh(x)


def largest(x: Any) -> float:
    return float(eig(x)[-1])


def sv(x: Any) -> Any:
    return np.linalg.svd(x)[1]


def huber(z: Any) -> Any:
    return np.where(np.abs(z) <= 1, z**2 / 2, np.abs(z) - 0.5)


def entropy(x: Any) -> float:
    w = eig(x)
    return float(np.sum(w * np.log(w)))


def quad(x: Any, a: Any) -> float:
    return float(x @ a @ x)


def powers(x: Any, p: float) -> float:
    return float(np.sum(eig(x) ** p))


V, PV, XP, XS = "x: vector n", "x: vector n positive", "X: matrix n n posdef", "X: matrix n n symmetric"
AB = "A: matrix m n; x: vector n; b: vector m"
REG = "X: matrix m n; w: vector n; y: vector m"
SC = "x: scalar positive; y: scalar positive"
XY = "x: vector n; y: vector n"

Problem = tuple[str, str, str, str, Callable[[Data], float]]

PROBLEMS: list[Problem] = [  # formula, variables, declarations, verdict, value
    # Boyd & Vandenberghe (2004), chapter 3: functions
    ("max(A*x + b)", "x", AB, "convex", lambda e: max(e["A"] @ e["x"] + e["b"])),
    ("norm2(A*x + b) + c'*x", "x", AB + "; c: vector n", "convex", lambda e: np.linalg.norm(e["A"] @ e["x"] + e["b"]) + e["c"] @ e["x"]),
    ("x^3", "x", "x: scalar", "neither", lambda e: e["x"] ** 3),
    ("x^3", "x", "x: scalar positive", "convex", lambda e: e["x"] ** 3),
    ("x^1.7", "x", "x: scalar positive", "convex", lambda e: e["x"] ** 1.7),
    ("x^0.3", "x", "x: scalar positive", "concave", lambda e: e["x"] ** 0.3),
    ("x^(-0.5)", "x", "x: scalar positive", "convex", lambda e: e["x"] ** -0.5),
    ("abs(x)^3", "x", "x: scalar", "convex", lambda e: abs(e["x"]) ** 3),
    ("exp(a*x)", "x", "a: scalar; x: scalar", "convex", lambda e: np.exp(e["a"] * e["x"])),
    ("-sum(log(x))", "x", PV, "convex", lambda e: -np.sum(np.log(e["x"]))),
    ("det(X)^(1/n)", "X", XP, "concave", lambda e: DET(e["X"]) ** (1 / 3)),
    ("-det(X)^(1/n) + tr(C*X)", "X", XP + "; C: matrix n n", "convex", lambda e: -(DET(e["X"]) ** (1 / 3)) + TR(e["C"] @ e["X"])),
    ("det(inv(X))", "X", XP, "convex", lambda e: 1 / DET(e["X"])),
    ("logdet(A + X)", "X", XP + "; A: matrix n n posdef", "concave", lambda e: np.log(DET(e["A"] + e["X"]))),
    ("logdet(A + diag(x))", "x", PV + "; A: matrix n n posdef", "concave", lambda e: np.log(DET(e["A"] + np.diag(e["x"])))),
    ("tr(inv(A + diag(x)))", "x", PV + "; A: matrix n n posdef", "convex", lambda e: TR(INV(e["A"] + np.diag(e["x"])))),
    ("c'*inv(A + X)*c", "X", XP + "; A: matrix n n posdef; c: vector n", "convex", lambda e: quad(e["c"], INV(e["A"] + e["X"]))),
    ("1/(c'*inv(X)*c)", "X", XP + "; c: vector n", "concave", lambda e: 1 / quad(e["c"], INV(e["X"]))),
    ("1/tr(inv(X))", "X", XP, "concave", lambda e: 1 / TR(INV(e["X"]))),
    ("x'*A*x/(c'*x)", "x", PV + "; A: matrix n n posdef; c: vector n positive", "convex", lambda e: quad(e["x"], e["A"]) / (e["c"] @ e["x"])),
    ("sum(x.^2./y)", "x y", "x: vector n; y: vector n positive", "convex", lambda e: np.sum(e["x"] ** 2 / e["y"])),
    ("tr(X'*inv(Y)*X)", "X Y", "X: matrix n k; Y: matrix n n posdef", "convex", lambda e: TR(e["X"].T @ INV(e["Y"]) @ e["X"])),
    ("(a'*x)^2/(c'*y)", "x y", "a: vector n; x: vector n; c: vector n positive; y: vector n positive", "convex", lambda e: (e["a"] @ e["x"]) ** 2 / (e["c"] @ e["y"])),
    ("norm2(x)^4", "x", V, "convex", lambda e: (e["x"] @ e["x"]) ** 2),
    ("norm2(x)^3", "x", V, "convex", lambda e: (e["x"] @ e["x"]) ** 1.5),
    ("exp(x'*x)", "x", V, "convex", lambda e: np.exp(e["x"] @ e["x"])),
    ("exp(-x'*x)", "x", V, "neither", lambda e: np.exp(-e["x"] @ e["x"])),
    ("1/(1 + x'*x)", "x", V, "neither", lambda e: 1 / (1 + e["x"] @ e["x"])),
    ("sqrt(1 + x'*x)", "x", V, "convex", lambda e: np.sqrt(1 + e["x"] @ e["x"])),
    ("sum(abs(x).^3)^(1/3)", "x", V, "convex", lambda e: np.sum(np.abs(e["x"]) ** 3) ** (1 / 3)),
    ("sum(sqrt(abs(x)))", "x", V, "neither", lambda e: np.sum(np.sqrt(np.abs(e["x"])))),
    ("prod(x)^(1/n)", "x", PV, "concave", lambda e: np.prod(e["x"]) ** (1 / 3)),
    ("prod(x)", "x", PV, "neither", lambda e: np.prod(e["x"])),
    ("1/prod(x)", "x", PV, "convex", lambda e: 1 / np.prod(e["x"])),
    ("x*y", "x y", SC, "neither", lambda e: e["x"] * e["y"]),
    ("sqrt(x*y)", "x y", SC, "concave", lambda e: np.sqrt(e["x"] * e["y"])),
    ("1/(x*y)", "x y", SC, "convex", lambda e: 1 / (e["x"] * e["y"])),
    ("x/y", "x y", SC, "neither", lambda e: e["x"] / e["y"]),
    ("x^2/y^2", "x y", SC, "neither", lambda e: e["x"] ** 2 / e["y"] ** 2),
    ("x^3/y^2", "x y", SC, "convex", lambda e: e["x"] ** 3 / e["y"] ** 2),
    ("x^(1/3)*y^(2/3)", "x y", SC, "concave", lambda e: e["x"] ** (1 / 3) * e["y"] ** (2 / 3)),
    ("x^(2/3)*y^(2/3)", "x y", SC, "neither", lambda e: (e["x"] * e["y"]) ** (2 / 3)),
    ("log(x*y)", "x y", SC, "concave", lambda e: np.log(e["x"] * e["y"])),
    ("x*y/(x + y)", "x y", SC, "concave", lambda e: e["x"] * e["y"] / (e["x"] + e["y"])),
    ("(x - y)*(log(x) - log(y))", "x y", SC, "convex", lambda e: (e["x"] - e["y"]) * np.log(e["x"] / e["y"])),
    ("log(a'*x)", "x", PV + "; a: vector n positive", "concave", lambda e: np.log(e["a"] @ e["x"])),
    ("log(sum(sqrt(x)))", "x", PV, "concave", lambda e: np.log(np.sum(np.sqrt(e["x"])))),
    ("(a'*x)*(c'*x)", "x", PV + "; a: vector n positive; c: vector n positive", "neither", lambda e: (e["a"] @ e["x"]) * (e["c"] @ e["x"])),
    ("min(A*x + b)", "x", AB, "concave", lambda e: min(e["A"] @ e["x"] + e["b"])),
    ("norm1(x) - norm2(x)", "x", V, "neither", lambda e: np.sum(np.abs(e["x"])) - np.linalg.norm(e["x"])),
    ("sum(log(cosh(A*x - b)))", "x", AB, "convex", lambda e: np.sum(np.log(np.cosh(e["A"] @ e["x"] - e["b"])))),
    ("sum(x.*tanh(x))", "x", V, "neither", lambda e: np.sum(e["x"] * np.tanh(e["x"]))),
    ("sum(arctan(x))", "x", V, "neither", lambda e: np.sum(np.arctan(e["x"]))),
    ("sum(lgamma(x))", "x", PV, "convex", lambda e: np.sum(special.gammaln(e["x"]))),
    ("sum(digamma(x))", "x", PV, "concave", lambda e: np.sum(special.digamma(e["x"]))),
    ("sum(log(erfc(x)))", "x", V, "concave", lambda e: np.sum(np.log(special.erfc(e["x"])))),
    # quadratics, jointly
    ("x'*A*x", "x", "A: matrix n n; x: vector n", "neither", lambda e: quad(e["x"], e["A"])),
    ("x'*A*A'*x", "x", "A: matrix n m; x: vector n", "convex", lambda e: np.sum((e["A"].T @ e["x"]) ** 2)),
    ("x'*(P - Q)*x", "x", V + "; P: matrix n n posdef; Q: matrix n n posdef", "neither", lambda e: quad(e["x"], e["P"] - e["Q"])),
    ("norm2(A*x - B*y)^2", "x y", "A: matrix m n; x: vector n; B: matrix m k; y: vector k", "convex", lambda e: np.sum((e["A"] @ e["x"] - e["B"] @ e["y"]) ** 2)),
    ("x'*P*x + 2*x'*y + y'*inv(P)*y", "x y", XY + "; P: matrix n n posdef", "convex", lambda e: quad(e["x"], e["P"]) + 2 * e["x"] @ e["y"] + quad(e["y"], INV(e["P"]))),
    ("x'*x + x'*y + y'*y", "x y", XY, "convex", lambda e: e["x"] @ e["x"] + e["x"] @ e["y"] + e["y"] @ e["y"]),
    ("x'*x + 3*x'*y + y'*y", "x y", XY, "neither", lambda e: e["x"] @ e["x"] + 3 * e["x"] @ e["y"] + e["y"] @ e["y"]),
    ("x'*P*x - 2*x'*P*y + y'*P*y", "x y", XY + "; P: matrix n n psd", "convex", lambda e: quad(e["x"] - e["y"], e["P"])),
    ("x'*P*x + x'*P*y + y'*P*y", "x y", XY + "; P: matrix n n psd", "convex", lambda e: quad(e["x"], e["P"]) + e["x"] @ e["P"] @ e["y"] + quad(e["y"], e["P"])),
    ("x'*P*x + 2*x'*C*y + y'*Q*y", "x y", XY + "; P: matrix n n posdef; Q: matrix n n posdef; C: matrix n n", "neither", lambda e: quad(e["x"], e["P"]) + 2 * e["x"] @ e["C"] @ e["y"] + quad(e["y"], e["Q"])),
    ("x'*C'*inv(P)*C*x + 2*x'*C'*y + y'*P*y", "x y", "x: vector k; y: vector n; C: matrix n k; P: matrix n n posdef", "convex", lambda e: quad(e["C"] @ e["x"], INV(e["P"])) + 2 * (e["C"] @ e["x"]) @ e["y"] + quad(e["y"], e["P"])),
    ("norm2(A*x - b - s)^2 + norm2(s)^2", "x s", AB + "; s: vector m", "convex", lambda e: np.sum((e["A"] @ e["x"] - e["b"] - e["s"]) ** 2) + e["s"] @ e["s"]),
    ("tr(X'*A*X)", "X", "X: matrix n k; A: matrix n n symmetric", "neither", lambda e: TR(e["X"].T @ e["A"] @ e["X"])),
    ("tr(A*X*B*X')", "X", "A: matrix n n psd; B: matrix k k psd; X: matrix n k", "convex", lambda e: TR(e["A"] @ e["X"] @ e["B"] @ e["X"].T)),
    ("norm2(A - U*V')^2", "U", "A: matrix m n; U: matrix m k; V: matrix n k", "convex", lambda e: np.sum((e["A"] - e["U"] @ e["V"].T) ** 2)),
    ("norm2(A - U*V')^2", "U V", "A: matrix m n; U: matrix m k; V: matrix n k", "neither", lambda e: np.sum((e["A"] - e["U"] @ e["V"].T) ** 2)),
    ("norm2(X*X - C)^2", "X", "X: matrix n n; C: matrix n n", "neither", lambda e: np.sum((e["X"] @ e["X"] - e["C"]) ** 2)),
    # chapter 6: approximation and fitting
    ("sum(huber(A*x - b))", "x", AB, "convex", lambda e: np.sum(huber(e["A"] @ e["x"] - e["b"]))),
    ("max(abs(A*x - b))", "x", AB, "convex", lambda e: np.max(np.abs(e["A"] @ e["x"] - e["b"]))),
    ("sum(relu(abs(A*x - b) - 1))", "x", AB, "convex", lambda e: np.sum(np.maximum(np.abs(e["A"] @ e["x"] - e["b"]) - 1, 0))),
    ("-sum(log(1 - (A*x/9).^2))", "x", "A: matrix m n; x: vector n", "convex", lambda e: -np.sum(np.log(np.maximum(1 - (e["A"] @ e["x"] / 9) ** 2, 1e-300)))),
    ("norm2(x - y)^2 + l*norm1(D*x)", "x", XY + "; l: scalar positive; D: matrix k n", "convex", lambda e: np.sum((e["x"] - e["y"]) ** 2) + e["l"] * np.sum(np.abs(e["D"] @ e["x"]))),
    ("nuclear(A*X - B)", "X", "A: matrix m n; X: matrix n k; B: matrix m k", "convex", lambda e: np.sum(np.linalg.svd(e["A"] @ e["X"] - e["B"])[1])),
    ("specnorm(X) + norm2(X)", "X", "X: matrix m n", "convex", lambda e: np.linalg.norm(e["X"], 2) + np.linalg.norm(e["X"])),
    ("kyfan(X, 2)", "X", "X: matrix m n", "convex", lambda e: np.sum(np.linalg.svd(e["X"])[1][:2])),
    ("schatten(X, 3)", "X", "X: matrix m n", "convex", lambda e: np.sum(np.linalg.svd(e["X"])[1] ** 3) ** (1 / 3)),
    # regression and classification
    ("sum(logsumexp_rows(X*W)) - tr(Y'*X*W)", "W", "X: matrix m n; W: matrix n k; Y: matrix m k", "convex", lambda e: sum(lse(r) for r in e["X"] @ e["W"]) - TR(e["Y"].T @ e["X"] @ e["W"])),
    ("norm2(w)^2/2 + C*sum(relu(1 - y.*(X*w + b)))", "w b", REG + "; C: scalar positive; b: scalar", "convex", lambda e: e["w"] @ e["w"] / 2 + e["C"] * np.sum(np.maximum(1 - e["y"] * (e["X"] @ e["w"] + e["b"]), 0))),
    ("sum(0.3*relu(y - X*w) + 0.7*relu(X*w - y))", "w", REG, "convex", lambda e: (lambda r: np.sum(0.3 * np.maximum(r, 0) + 0.7 * np.maximum(-r, 0)))(e["y"] - e["X"] @ e["w"])),
    ("sum((y + r).*log(r + exp(X*w)) - y.*(X*w))", "w", "X: matrix m n; w: vector n; y: vector m positive; r: scalar positive", "convex", lambda e: (lambda z: np.sum((e["y"] + e["r"]) * np.log(e["r"] + np.exp(z)) - e["y"] * z))(e["X"] @ e["w"])),
    ("sum(y.*exp(-X*w) + X*w)", "w", "X: matrix m n; w: vector n; y: vector m positive", "convex", lambda e: np.sum(e["y"] * np.exp(-e["X"] @ e["w"]) + e["X"] @ e["w"])),
    ("log(sum(exp(X*w))) - a'*w", "w", "X: matrix m n; w: vector n; a: vector n", "convex", lambda e: lse(e["X"] @ e["w"]) - e["a"] @ e["w"]),
    ("sum((y - sigmoid(X*w)).^2)", "w", REG, "neither", lambda e: np.sum((e["y"] - special.expit(e["X"] @ e["w"])) ** 2)),
    ("-log(sigmoid(a'*x))", "x", V + "; a: vector n", "convex", lambda e: -np.log(special.expit(e["a"] @ e["x"]))),
    ("sum(log(1 + (A*x - b).^2))", "x", AB, "neither", lambda e: np.sum(np.log(1 + (e["A"] @ e["x"] - e["b"]) ** 2))),
    ("sqrt(x'*S*x) - c'*x", "x", V + "; S: matrix n n psd; c: vector n", "convex", lambda e: np.sqrt(quad(e["x"], e["S"])) - e["c"] @ e["x"]),
    ("c'*x - x'*S*x - norm1(x)", "x", V + "; S: matrix n n psd; c: vector n", "concave", lambda e: e["c"] @ e["x"] - quad(e["x"], e["S"]) - np.sum(np.abs(e["x"]))),
    ("t*log(sum(exp(A*x/t)))", "x", "A: matrix m n; x: vector n; t: scalar positive", "convex", lambda e: e["t"] * lse(e["A"] @ e["x"] / e["t"])),
    ("sum(x.*log(x./y) - x + y)", "x y", "x: vector n positive; y: vector n positive", "convex", lambda e: np.sum(e["x"] * np.log(e["x"] / e["y"]) - e["x"] + e["y"])),
    ("sum(x.*log(x)) - sum(x)*log(sum(x))", "x", PV, "convex", lambda e: np.sum(e["x"] * np.log(e["x"] / np.sum(e["x"])))),
    # symmetric matrices
    ("lambdamax(X) - lambdamin(X)", "X", XS, "convex", lambda e: eig(e["X"])[-1] - eig(e["X"])[0]),
    ("lambdamax(A + t*B)", "t", "A: matrix n n symmetric; B: matrix n n symmetric; t: scalar", "convex", lambda e: eig(e["A"] + e["t"] * e["B"])[-1]),
    ("log(lambdamax(X))", "X", XP, "neither", lambda e: np.log(eig(e["X"])[-1])),
    ("lambdamin(A'*diag(x)*A)", "x", "A: matrix m n; x: vector m positive", "concave", lambda e: eig(e["A"].T @ np.diag(e["x"]) @ e["A"])[0]),
    ("c'*inv(A'*diag(x)*A)*c", "x", "A: matrix m n fullrank; x: vector m positive; c: vector n", "convex", lambda e: quad(e["c"], INV(e["A"].T @ np.diag(e["x"]) @ e["A"]))),
    ("tr(X*X*X*X)", "X", XS, "convex", lambda e: powers(e["X"], 4)),
    ("tr(X*X*X)", "X", XS, "neither", lambda e: powers(e["X"], 3)),
    ("tr(inv(X)*inv(X))", "X", XP, "convex", lambda e: powers(e["X"], -2)),
    ("tr(X*logm(X)) - tr(X*logm(Y))", "X", XP + "; Y: matrix n n posdef", "convex", lambda e: entropy(e["X"]) - TR(e["X"] @ np.linalg.eigh(e["Y"])[1] @ np.diag(np.log(eig(e["Y"]))) @ np.linalg.eigh(e["Y"])[1].T)),
    ("logdet(X) + tr(C*inv(X))", "X", XP + "; C: matrix n n posdef", "neither", lambda e: np.log(DET(e["X"])) + TR(e["C"] @ INV(e["X"]))),
    ("logdet(X) - logdet(X + A)", "X", XP + "; A: matrix n n posdef", "concave", lambda e: np.log(DET(e["X"]) / DET(e["X"] + e["A"]))),
    ("tr(sqrtm(X)) + logdet(X)", "X", XP, "concave", lambda e: powers(e["X"], 0.5) + np.log(DET(e["X"]))),
    ("norm2(X - C)^2 - logdet(X)", "X", XP + "; C: matrix n n", "convex", lambda e: np.sum((e["X"] - e["C"]) ** 2) - np.log(DET(e["X"]))),
    ("y'*inv(K + s*eye(n))*y + logdet(K + s*eye(n))", "s", "K: matrix n n posdef; s: scalar positive; y: vector n", "neither", lambda e: (lambda z: quad(e["y"], INV(z)) + np.log(DET(z)))(e["K"] + e["s"] * np.eye(3))),
    ("tr(A*X) + c'*x", "X x", "A: matrix n n; X: matrix n n; c: vector n; x: vector n", "affine", lambda e: TR(e["A"] @ e["X"]) + e["c"] @ e["x"]),
    ("tr((X + A)*(X + A)') - tr(X*X')", "X", "A: matrix n k; X: matrix n k", "affine", lambda e: np.sum((e["X"] + e["A"]) ** 2) - np.sum(e["X"] ** 2)),
    # fractions, perspectives, the larger of two, the order of semidefinite matrices
    ("sqrt(1 + x^4)", "x", "x: scalar", "convex", lambda e: np.sqrt(1+e["x"]**4)),
    ("x/(1 + x)", "x", "x: scalar positive", "concave", lambda e: e["x"]/(1+e["x"])),
    ("tanh(x)", "x", "x: scalar positive", "concave", lambda e: np.tanh(e["x"])),
    ("max(x^2, exp(y))", "x y", "x: scalar; y: scalar", "convex", lambda e: max(e["x"]**2,np.exp(e["y"]))),
    ("x*log((x + y)/x) + y*log((x + y)/y)", "x y", SC, "concave", lambda e: e["x"]*np.log(1+e["y"]/e["x"])+e["y"]*np.log(1+e["x"]/e["y"])),
    ("2*x*y/(x + y)", "x y", SC, "concave", lambda e: 2*e["x"]*e["y"]/(e["x"]+e["y"])),
    ("(x - y)^2/(x + y)", "x y", SC, "convex", lambda e: (e["x"]-e["y"])**2/(e["x"]+e["y"])),
    ("(sqrt(x) - sqrt(y))^2", "x y", SC, "convex", lambda e: (np.sqrt(e["x"])-np.sqrt(e["y"]))**2),
    ("exp(x)/y", "x y", "x: scalar; y: scalar positive", "convex", lambda e: np.exp(e["x"])/e["y"]),
    ("-log(1 - exp(-x))", "x", "x: scalar positive", "convex", lambda e: -np.log1p(-np.exp(-e["x"]))),
    ("x^4 + y^4 + x^2*y^2", "x y", "x: scalar; y: scalar", "convex", lambda e: e["x"]**4+e["y"]**4+e["x"]**2*e["y"]**2),
    ("norm2(x)^2 - sum(x)^2/n", "x", V, "convex", lambda e: e["x"]@e["x"]-np.sum(e["x"])**2/3),
    ("mean(x.^2) - mean(x)^2", "x", V, "convex", lambda e: np.var(e["x"])),
    ("x'*(eye(n) - a*a'/(a'*a))*x", "x", V+"; a: vector n", "convex", lambda e: e["x"]@e["x"]-(e["a"]@e["x"])**2/(e["a"]@e["a"])),
    ("norm2(t*y - X*w)^2/2 - m*log(t)", "w t", REG+"; t: scalar positive", "convex", lambda e: np.sum((e["t"]*e["y"]-e["X"]@e["w"])**2)/2-4*np.log(e["t"])),
    ("tr(X'*X) - tr(X)^2/n", "X", "X: matrix n n", "convex", lambda e: np.sum(e["X"]**2)-TR(e["X"])**2/3),
    ("lambdamax(X'*X)", "X", "X: matrix m n", "convex", lambda e: sv(e["X"])[0]**2),
    ("nuclear(X) - norm2(X)", "X", "X: matrix m n", "neither", lambda e: sum(sv(e["X"])) - np.linalg.norm(e["X"])),
    ("schatten(X,4)", "X", "X: matrix m n", "convex", lambda e: np.sum(sv(e["X"])**4)**.25),
    ("schatten(X,3)^2", "X", "X: matrix m n", "convex", lambda e: np.sum(sv(e["X"])**3)**(2/3)),
    ("schatten(X,1)", "X", "X: matrix m n", "convex", lambda e: np.sum(sv(e["X"]))),
    ("lambdamax(inv(A'*diag(x)*A))", "x", "A: matrix m n fullrank; x: vector m positive", "convex", lambda e: largest(INV(e["A"].T@np.diag(e["x"])@e["A"]))),
    ("lambdamax(inv(X))", "X", XP, "convex", lambda e: 1/eig(e["X"])[0]),
    ("tr(sqrtm(X))^2", "X", XP, "concave", lambda e: powers(e["X"],.5)**2),
    ("log(tr(expm(A + diag(x))))", "x", V+"; A: matrix n n symmetric", "convex", lambda e: lse(eig(e["A"]+np.diag(e["x"])))),
    ("x'*inv(X)*x + logdet(X)", "x", V+"; X: matrix n n posdef", "convex", lambda e: quad(e["x"],INV(e["X"]))+np.log(DET(e["X"]))),
    ("sum(a./(x + b))", "x", PV+"; a: vector n positive; b: vector n positive", "convex", lambda e: np.sum(e["a"]/(e["x"]+e["b"]))),
    ("norm2(x)^2*norm2(y)^2 - (x'*y)^2", "x", XY, "convex", lambda e: (e["x"]@e["x"])*(e["y"]@e["y"])-(e["x"]@e["y"])**2),
    ("a'*x*exp(b'*x)", "x", V+"; a: vector n; b: vector n", "neither", lambda e: e["a"]@e["x"]*np.exp(e["b"]@e["x"])),
    ("max(diag(X'*X))", "X", "X: matrix m n", "convex", lambda e: np.max(np.sum(e["X"]**2,0))),
    # powers of matrices
    ("tr(powm(X, 1/3))", "X", XP, "concave", lambda e: powers(e["X"], 1 / 3)),
    ("tr(powm(X, -1/2))", "X", XP, "convex", lambda e: powers(e["X"], -0.5)),
    ("tr(powm(X, 3/2))", "X", XP, "convex", lambda e: powers(e["X"], 1.5)),
    ("c'*powm(X, 1/3)*c", "X", XP + "; c: vector n", "concave", lambda e: (lambda w, v: np.sum(w ** (1 / 3) * (v.T @ e["c"]) ** 2))(*np.linalg.eigh(e["X"]))),
    ("c'*powm(X, 3/2)*c", "X", XP + "; c: vector n", "convex", lambda e: (lambda w, v: np.sum(w**1.5 * (v.T @ e["c"]) ** 2))(*np.linalg.eigh(e["X"]))),
    ("c'*powm(X, 5/2)*c", "X", XP + "; c: vector n", "neither", lambda e: (lambda w, v: np.sum(w**2.5 * (v.T @ e["c"]) ** 2))(*np.linalg.eigh(e["X"]))),
    ("lambdamax(powm(X, 3/2))", "X", XP, "convex", lambda e: largest(e["X"]) ** 1.5),
    # log-gamma functions: beta, Dirichlet, gamma and negative binomial likelihoods
    ("lgamma(a + b) - lgamma(a) - lgamma(b)", "a b", "a: scalar positive; b: scalar positive", "concave", lambda e: special.gammaln(e["a"] + e["b"]) - special.gammaln(e["a"]) - special.gammaln(e["b"])),
    ("m*(lgamma(sum(a)) - sum(lgamma(a))) + sum((a - ones(n)).*g)", "a", "a: vector n positive; g: vector n; m: scalar positive", "concave", lambda e: e["m"] * (special.gammaln(np.sum(e["a"])) - np.sum(special.gammaln(e["a"]))) + np.sum((e["a"] - 1) * e["g"])),
    ("sum(lgamma(X)) - sum(lgamma(X*ones(n)))", "X", "X: matrix m n positive", "convex", lambda e: np.sum(special.gammaln(e["X"])) - np.sum(special.gammaln(e["X"].sum(1)))),
    ("sum(lgamma(y + r*ones(m))) - m*lgamma(r)", "r", "y: vector m positive; r: scalar positive", "concave", lambda e: np.sum(special.gammaln(e["y"] + e["r"])) - 4 * special.gammaln(e["r"])),
    ("a*log(b) + (a - 1)*sum(log(x)) - b*sum(x) - lgamma(a)", "a b", "a: scalar positive; b: scalar positive; x: vector n positive", "concave", lambda e: e["a"] * np.log(e["b"]) + (e["a"] - 1) * np.sum(np.log(e["x"])) - e["b"] * np.sum(e["x"]) - special.gammaln(e["a"])),
    ("sum(lgamma(x)) - 2*lgamma(sum(x))", "x", PV, "neither", lambda e: np.sum(special.gammaln(e["x"])) - 2 * special.gammaln(np.sum(e["x"]))),
    # relative entropies, of entries and matrices; logarithms of products
    ("sum(p.*log(p./(B*q)))", "p q", "p: vector n simplex; q: vector n positive; B: matrix n n positive", "convex", lambda e: np.sum(e["p"] * np.log(e["p"] / (e["B"] @ e["q"])))),
    ("tr(X*logm(X) - X*logm(Y) - X + Y)", "X Y", XP + "; Y: matrix n n posdef", "convex", lambda e: TR(e["X"] @ (linalg.logm(e["X"]) - linalg.logm(e["Y"])).real - e["X"] + e["Y"])),
    ("tr(X*logm(X)) + tr(X*logm(Y))", "X Y", XP + "; Y: matrix n n posdef", "neither", lambda e: TR(e["X"] @ (linalg.logm(e["X"]) + linalg.logm(e["Y"])).real)),
    ("tr(X*inv(C)) - logdet(X*inv(C)) - n", "X", XP + "; C: matrix n n posdef", "convex", lambda e: TR(e["X"] @ INV(e["C"])) - np.log(DET(e["X"]) / DET(e["C"])) - 3),
    # under an inverse, products of two sums, and formulas of one number
    ("x'*(P - P*H'*inv(H*P*H' + R)*H*P)*x", "x", V + "; P: matrix n n posdef; H: matrix m n; R: matrix m m posdef", "convex", lambda e: quad(e["x"], e["P"] - e["P"] @ e["H"].T @ INV(e["H"] @ e["P"] @ e["H"].T + e["R"]) @ e["H"] @ e["P"])),
    ("x'*x - x'*A'*inv(A*A' + eye(m))*A*x", "x", "A: matrix m n; x: vector n", "convex", lambda e: e["x"] @ e["x"] - quad(e["A"] @ e["x"], INV(e["A"] @ e["A"].T + np.eye(4)))),
    ("2*x'*x - 3*x'*A'*inv(A*A' + eye(m))*A*x", "x", "A: matrix m n; x: vector n", "neither", lambda e: 2 * e["x"] @ e["x"] - 3 * quad(e["A"] @ e["x"], INV(e["A"] @ e["A"].T + np.eye(4)))),
    ("x'*x + y'*y + 2*(c'*x)*(c'*y)/(c'*c)", "x y", XY + "; c: vector n", "convex", lambda e: e["x"] @ e["x"] + e["y"] @ e["y"] + 2 * (e["c"] @ e["x"]) * (e["c"] @ e["y"]) / (e["c"] @ e["c"])),
    ("x'*x + y'*y + 3*(c'*x)*(c'*y)/(c'*c)", "x y", XY + "; c: vector n", "neither", lambda e: e["x"] @ e["x"] + e["y"] @ e["y"] + 3 * (e["c"] @ e["x"]) * (e["c"] @ e["y"]) / (e["c"] @ e["c"])),
    ("norm2(A*x - b)^2/(1 + norm2(A*x - b))", "x", AB, "convex", lambda e: (lambda r: r**2 / (1 + r))(np.linalg.norm(e["A"] @ e["x"] - e["b"]))),
    ("norm2(x) - log(1 + norm2(x))", "x", V, "convex", lambda e: (lambda r: r - np.log1p(r))(np.linalg.norm(e["x"]))),
    ("exp(-2*norm2(x)) + norm2(x)", "x", V, "neither", lambda e: (lambda r: r + np.exp(-2 * r))(np.linalg.norm(e["x"]))),
    ("sum(x)/(1 + sum(x))", "x", PV, "concave", lambda e: np.sum(e["x"]) / (1 + np.sum(e["x"]))),
    ("max(abs(x))^2", "x", V, "convex", lambda e: np.max(np.abs(e["x"])) ** 2),
    ("max(x)^2", "x", V, "neither", lambda e: np.max(e["x"]) ** 2),
    ("sum(max_rows(X))", "X", "X: matrix m n", "convex", lambda e: np.sum(np.max(e["X"], axis=1))),
    ("sum(max_rows(X) - min_rows(X))", "X", "X: matrix m n", "convex", lambda e: np.sum(np.ptp(e["X"], axis=1))),
    ("sum(exp(min_rows(X)))", "X", "X: matrix m n", "neither", lambda e: np.sum(np.exp(np.min(e["X"], axis=1)))),
    ("sum(log(min_rows(X)))", "X", "X: matrix m n positive", "concave", lambda e: np.sum(np.log(np.min(e["X"], axis=1)))),
    ("c'*X*X*X*c", "X", XP + "; c: vector n", "neither", lambda e: e["c"] @ e["X"] @ e["X"] @ e["X"] @ e["c"]),
    # symmetric functions of eigenvalues (Davis 1957), multiples under log-gamma functions, what a formula divides by, corners of the simplex
    ("sum(abs(eigvals(X)))", "X", "X: matrix n n symmetric", "convex", lambda e: np.sum(np.abs(eig(e["X"])))),
    ("max(abs(eigvals(X)))", "X", "X: matrix n n symmetric", "convex", lambda e: np.max(np.abs(eig(e["X"])))),
    ("sum(relu(eigvals(X)))", "X", "X: matrix n n symmetric", "convex", lambda e: np.sum(np.maximum(eig(e["X"]), 0))),
    ("sum(abs(eigvals(X + C) - 1))", "X", "X: matrix n n symmetric; C: matrix n n symmetric", "convex", lambda e: np.sum(np.abs(eig(e["X"] + e["C"]) - 1))),
    ("sum(eigvals(X).*abs(eigvals(X)))", "X", "X: matrix n n symmetric", "neither", lambda e: np.sum(eig(e["X"]) * np.abs(eig(e["X"])))),
    ("eigvals(X)'*c", "X", "X: matrix n n symmetric; c: vector n", "neither", lambda e: eig(e["X"]) @ e["c"]),
    ("lambdamax(X)^2", "X", XP, "convex", lambda e: largest(e["X"]) ** 2),
    ("lambdamax(X)^2", "X", "X: matrix n n psd", "convex", lambda e: largest(e["X"]) ** 2),
    ("lambdamax(X - 4*eye(n))^2", "X", "X: matrix n n symmetric", "neither", lambda e: (largest(e["X"]) - 4) ** 2),
    ("sum(lgamma(2*x)) - lgamma(2*sum(x))", "x", "x: vector n positive", "convex", lambda e: np.sum(special.gammaln(2 * e["x"])) - special.gammaln(2 * np.sum(e["x"]))),
    ("log(log(1 + exp(t)))", "t", "t: scalar", "concave", lambda e: np.log(np.log1p(np.exp(e["t"])))),
    ("x^2/t", "x t", "x: scalar; t: scalar nonneg", "convex", lambda e: e["x"] ** 2 / e["t"]),
    ("sum((p - q).^2./q)", "p q", "p: vector n simplex; q: vector n simplex", "convex", lambda e: np.sum((e["p"] - e["q"]) ** 2 / e["q"])),
    ("log(sum(p.^2))", "p", "p: vector n simplex", "neither", lambda e: np.log(np.sum(e["p"] ** 2))),
    ("sqrt(sum(p.^2))", "p", "p: vector n simplex", "convex", lambda e: np.sqrt(np.sum(e["p"] ** 2))),
    # entropies whose terms stand apart
    ("t*log(t) + (3 - t)*log(3 - t)", "t", "t: scalar positive", "convex", lambda e: e["t"] * np.log(e["t"]) + (3 - e["t"]) * np.log(3 - e["t"])),
    ("-sum(p.*log(p) + (1 - p).*log(1 - p))", "p", "p: vector n simplex", "concave", lambda e: -np.sum(e["p"] * np.log(e["p"]) + (1 - e["p"]) * np.log(1 - e["p"]))),
    # kinks at one place, entries, functions of eigenvalues that the table does not have, powers with what moves in the exponent, forms of several variables
    ("huber(x)^2", "x", "x: scalar", "convex", lambda e: float(huber(e["x"]) ** 2)),
    ("sum(huber(A*x - b).^2)", "x", AB, "convex", lambda e: np.sum(huber(e["A"] @ e["x"] - e["b"]) ** 2)),
    ("x[1]^2/x[2]", "x", PV, "convex", lambda e: e["x"][0] ** 2 / e["x"][1]),
    ("x[1]^2/x[2]^2", "x", PV, "neither", lambda e: e["x"][0] ** 2 / e["x"][1] ** 2),
    ("relu(x) - relu(-x)", "x", "x: scalar", "affine", lambda e: e["x"]),
    ("sum(relu(x) - relu(-x))", "x", V, "affine", lambda e: np.sum(e["x"])),
    ("2*relu(x) - relu(-x)", "x", "x: scalar", "convex", lambda e: max(2 * e["x"], e["x"])),
    ("relu(x) - 2*relu(-x)", "x", "x: scalar", "concave", lambda e: min(e["x"], 2 * e["x"])),
    ("abs(x) - 3*relu(-x)", "x", "x: scalar", "concave", lambda e: min(e["x"], 2 * e["x"])),
    ("relu(x)*relu(-y)", "x y", "x: scalar; y: scalar", "neither", lambda e: max(e["x"], 0) * max(-e["y"], 0)),
    ("sum(softplus(eigvals(X)))", "X", XS, "convex", lambda e: np.sum(np.logaddexp(0, eig(e["X"])))),
    ("tr(logm(eye(n) + expm(X))) - 2*tr(X)", "X", XS, "convex", lambda e: np.sum(np.logaddexp(0, eig(e["X"])) - 2 * eig(e["X"]))),
    ("sum(tanh(eigvals(X)))", "X", XS, "neither", lambda e: np.sum(np.tanh(eig(e["X"])))),
    ("x^x", "x", "x: scalar positive", "convex", lambda e: e["x"] ** e["x"]),
    ("x^x*y^y", "x y", SC, "convex", lambda e: e["x"] ** e["x"] * e["y"] ** e["y"]),
    ("log(x^x)", "x", "x: scalar positive", "convex", lambda e: e["x"] * np.log(e["x"])),
    ("x^(-x)", "x", "x: scalar positive", "neither", lambda e: e["x"] ** -e["x"]),
    ("x^y", "x y", SC, "neither", lambda e: e["x"] ** e["y"]),
    ("prod(x)^(-1/n)", "x", PV, "convex", lambda e: np.prod(e["x"]) ** (-1 / 3)),
    ("sqrt(x^2 + x*y + y^2)", "x y", "x: scalar; y: scalar", "convex", lambda e: np.sqrt(e["x"] ** 2 + e["x"] * e["y"] + e["y"] ** 2)),
    ("(x^2 - x*y + y^2)^(3/2)", "x y", "x: scalar; y: scalar", "convex", lambda e: (e["x"] ** 2 - e["x"] * e["y"] + e["y"] ** 2) ** 1.5),
    ("sqrt(norm2(x)^2 + x'*y + norm2(y)^2)", "x y", XY, "convex", lambda e: np.sqrt(e["x"] @ e["x"] + e["x"] @ e["y"] + e["y"] @ e["y"])),
    ("(x^2 + 3*x*y + y^2)^2", "x y", "x: scalar; y: scalar", "neither", lambda e: (e["x"] ** 2 + 3 * e["x"] * e["y"] + e["y"] ** 2) ** 2),
    ("(3 - t)*log(3 - t) - t*log(t)", "t", "t: scalar positive", "neither", lambda e: (3 - e["t"]) * np.log(3 - e["t"]) - e["t"] * np.log(e["t"])),
]  # fmt: skip


def chords(problem: Problem, seed: int = 0, draws: int = 60, each: int = 12) -> tuple[float, float]:
    """How far middles lie above chords, and below them, at most, against the size of the values."""
    _, wrt, where, _, f = problem
    rng = np.random.default_rng(seed)
    above = below = 0.0
    for _ in range(draws):
        data = draw(where, rng)
        for _ in range(each):
            other = draw(where, rng)
            a = {n: data[n] for n in wrt.split()}
            b = {n: a[n] + rng.choice([1.0, 0.3]) * (np.asarray(other[n]) - a[n]) for n in a}
            half = {n: (a[n] + b[n]) / 2 for n in a}
            ends, middle = [f({**data, **a}), f({**data, **b})], f({**data, **half})
            gap = float(middle - sum(ends) / 2) / (1 + abs(middle) + abs(ends[0]) + abs(ends[1]))
            above, below = max(above, gap), max(below, -gap)
    return above, below
