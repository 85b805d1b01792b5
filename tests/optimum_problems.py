"""Problems with solutions from books, each in NumPy, written beside the formula and never taken from what gradproof says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import linalg

Data = dict[str, Any]
INV, SOLVE, PINV, NORM, OUTER = np.linalg.inv, np.linalg.solve, np.linalg.pinv, np.linalg.norm, np.outer
LS = lambda a, b: np.linalg.lstsq(a, b)[0]  # noqa: E731
EYE = np.eye(3)


def of(f: Callable[[Any], Any], a: Any) -> Any:
    """A function of a symmetric matrix."""
    w, v = np.linalg.eigh(a)
    return v @ np.diag(f(w)) @ v.T


def root(a: Any) -> Any:
    return of(np.sqrt, a)


def polar(a: Any) -> Any:
    u, _, v = np.linalg.svd(a, full_matrices=False)
    return u @ v


def softmax(z: Any) -> Any:
    return np.exp(z) / np.sum(np.exp(z))


def columns(a: Any, pick: Any) -> Any:
    """Unit eigenvectors, in ascending order of the eigenvalues, the largest entry of each positive."""
    v = np.linalg.eigh(a)[1][:, pick]
    return v * np.sign(v[np.argmax(np.abs(v), axis=0), range(v.shape[1])])


def kkt(h: Any, g: Any, c: Any, d: Any) -> Any:
    """The minimum of x'*h*x/2 - g'*x where c*x = d, by one linear system of everything."""
    c, d = np.atleast_2d(c), np.atleast_1d(d)
    whole = np.block([[h, c.T], [c, np.zeros((len(c), len(c)))]])
    return SOLVE(whole, np.concatenate([g, d]))[: len(h)]


def vec_solve(terms: list[tuple[Any, Any]], c: Any) -> Any:
    """X where the sum of A*X*B over pairs is C, by one linear system in its entries, row by row."""
    return SOLVE(sum(np.kron(a, b.T) for a, b in terms), np.ravel(c)).reshape(c.shape)


LSW = "A: matrix m n; b: vector m; x: vector n"
QP = "S: matrix n n posdef; c: vector n; x: vector n"
CON = "; C: matrix k n; d: vector k"
XP = "X: matrix n n posdef; "

Problem = tuple[str, str, str, tuple[str, ...], str, Callable[[Data], Data]]

PROBLEMS: list[Problem] = [  # min or max, formula, variables, constraints, declarations, solution
    # linear equations
    ("min", "norm2(A*x - b)^2 + l*norm2(x - v)^2", "x", (), LSW + "; l: scalar positive; v: vector n", lambda e: {"x": SOLVE(e["A"].T @ e["A"] + e["l"] * EYE, e["A"].T @ e["b"] + e["l"] * e["v"])}),
    ("min", "sum(w.*(A*x - b).^2)", "x", (), LSW + "; w: vector m positive", lambda e: {"x": LS(np.sqrt(e["w"])[:, None] * e["A"], np.sqrt(e["w"]) * e["b"])}),
    ("min", "norm2(A*X - B)^2 + l*norm2(X)^2", "X", (), "A: matrix m n; X: matrix n k; B: matrix m k; l: scalar positive", lambda e: {"X": SOLVE(e["A"].T @ e["A"] + e["l"] * EYE, e["A"].T @ e["B"])}),
    ("min", "(z - H*x)'*inv(R)*(z - H*x) + (x - v)'*inv(P)*(x - v)", "x", (), "z: vector k; H: matrix k n; x: vector n; R: matrix k k posdef; P: matrix n n posdef; v: vector n", lambda e: {"x": e["v"] + e["P"] @ e["H"].T @ SOLVE(e["H"] @ e["P"] @ e["H"].T + e["R"], e["z"] - e["H"] @ e["v"])}),
    ("min", "tr((eye(n) - K*H)*P*(eye(n) - K*H)' + K*R*K')", "K", (), "K: matrix n k; H: matrix k n; P: matrix n n posdef; R: matrix k k posdef", lambda e: {"K": e["P"] @ e["H"].T @ INV(e["H"] @ e["P"] @ e["H"].T + e["R"])}),
    ("min", "x'*Q*x + u'*R*u + (A*x + B*u)'*P*(A*x + B*u)", "u", (), "x: vector n; Q: matrix n n psd; u: vector k; R: matrix k k posdef; A: matrix n n; B: matrix n k; P: matrix n n psd", lambda e: {"u": -SOLVE(e["R"] + e["B"].T @ e["P"] @ e["B"], e["B"].T @ e["P"] @ e["A"] @ e["x"])}),
    ("min", "norm2(A*X*D - B)^2", "X", (), "A: matrix m n; X: matrix n k; D: matrix k n; B: matrix m n", lambda e: {"X": PINV(e["A"]) @ e["B"] @ PINV(e["D"])}),
    ("min", "norm2(S*X + X*H - G)^2", "X", (), "S: matrix n n posdef; X: matrix n k; H: matrix k k posdef; G: matrix n k", lambda e: {"X": linalg.solve_sylvester(e["S"], e["H"], e["G"])}),
    ("min", "norm2(A*X + X*B - G)^2", "X", (), "A: matrix n n; X: matrix n k; B: matrix k k; G: matrix n k", lambda e: {"X": linalg.solve_sylvester(e["A"], e["B"], e["G"])}),
    ("min", "tr(S*X*X) - tr(G*X)", "X", (), "S: matrix n n posdef; X: matrix n n symmetric; G: matrix n n", lambda e: {"X": linalg.solve_continuous_lyapunov(e["S"], (e["G"] + e["G"].T) / 2)}),
    ("min", "tr((Y - W*X)*S*(Y - W*X)')", "W", (), "Y: matrix k m; W: matrix k n; X: matrix n m; S: matrix m m posdef", lambda e: {"W": e["Y"] @ e["S"] @ e["X"].T @ INV(e["X"] @ e["S"] @ e["X"].T)}),
    ("min", "norm2(A*(x + t*d) - b)^2", "t", (), LSW + "; d: vector n; t: scalar", lambda e: {"t": (e["b"] - e["A"] @ e["x"]) @ (e["A"] @ e["d"]) / np.sum((e["A"] @ e["d"]) ** 2)}),
    ("min", "norm2(A*x - b)^2 + norm2(y - D*x)^2 + l*norm2(y)^2", "x y", (), LSW + "; y: vector k; D: matrix k n; l: scalar positive", lambda e: (lambda z: {"x": z[:3], "y": z[3:]})(LS(np.block([[e["A"], np.zeros((4, 2))], [-e["D"], np.eye(2)], [np.zeros((2, 3)), np.sqrt(e["l"]) * np.eye(2)]]), np.concatenate([e["b"], np.zeros(4)])))),
    ("min", "norm2(B - u*v')^2", "u", (), "B: matrix m k; u: vector m; v: vector k", lambda e: {"u": e["B"] @ e["v"] / (e["v"] @ e["v"])}),
    ("min", "norm2(B - U*V')^2 + l*norm2(U)^2", "U", (), "B: matrix m k; U: matrix m n; V: matrix k n; l: scalar positive", lambda e: {"U": e["B"] @ e["V"] @ INV(e["V"].T @ e["V"] + e["l"] * EYE)}),
    ("max", "c'*x - l/2*x'*S*x", "x", (), QP + "; l: scalar positive", lambda e: {"x": SOLVE(e["S"], e["c"]) / e["l"]}),
    ("min", "norm2(X - G)^2", "X", (), "X: matrix n n antisymmetric; G: matrix n n", lambda e: {"X": (e["G"] - e["G"].T) / 2}),
    ("min", "sum(w.*(b - t).^2)", "t", (), "w: vector m positive; b: vector m; t: scalar", lambda e: {"t": e["w"] @ e["b"] / np.sum(e["w"])}),
    # equality constraints (Boyd & Vandenberghe 2004, chapter 10)
    ("min", "x'*S*x/2 - c'*x", "x", ("C*x = d",), QP + CON, lambda e: {"x": kkt(e["S"], e["c"], e["C"], e["d"])}),
    ("min", "x'*S*x", "x", ("C*x = d",), QP + CON, lambda e: {"x": kkt(e["S"], 0 * e["c"], e["C"], e["d"])}),
    ("min", "norm2(A*x - b)^2", "x", ("C*x = d",), LSW + CON, lambda e: {"x": kkt(e["A"].T @ e["A"], e["A"].T @ e["b"], e["C"], e["d"])}),
    ("min", "norm2(A*x - b)^2", "x", ("sum(x) = 1",), LSW, lambda e: {"x": kkt(e["A"].T @ e["A"], e["A"].T @ e["b"], np.ones(3), 1)}),
    ("min", "x'*S*x", "x", ("sum(x) = 1", "c'*x = r"), QP + "; r: scalar", lambda e: {"x": kkt(e["S"], 0 * e["c"], np.stack([np.ones(3), e["c"]]), [1, e["r"]])}),
    ("max", "c'*x - l/2*x'*S*x", "x", ("sum(x) = 1",), QP + "; l: scalar positive", lambda e: {"x": kkt(e["l"] * e["S"], e["c"], np.ones(3), 1)}),
    ("min", "norm2(u)^2", "u", ("B*u = v - G*x",), "u: vector n; B: matrix k n; v: vector k; G: matrix k k; x: vector k", lambda e: {"u": PINV(e["B"]) @ (e["v"] - e["G"] @ e["x"])}),
    ("min", "norm2(X)^2", "X", ("C*X = D",), "X: matrix n k; C: matrix k n; D: matrix k k", lambda e: {"X": PINV(e["C"]) @ e["D"]}),
    ("min", "tr(W*R*W')", "W", ("W*A = eye(n)",), "W: matrix n m; R: matrix m m posdef; A: matrix m n", lambda e: {"W": SOLVE(e["A"].T @ INV(e["R"]) @ e["A"], e["A"].T @ INV(e["R"]))}),
    ("min", "norm2(X - G)^2", "X", ("tr(X) = r",), "X: matrix n n; G: matrix n n; r: scalar", lambda e: {"X": e["G"] + (e["r"] - np.trace(e["G"])) / 3 * EYE}),
    ("min", "norm2(X - G)^2", "X", ("tr(X) = r",), "X: matrix n n symmetric; G: matrix n n; r: scalar", lambda e: {"X": (e["G"] + e["G"].T) / 2 + (e["r"] - np.trace(e["G"])) / 3 * EYE}),
    ("min", "norm2(X - G)^2", "X", ("X*s = y",), "X: matrix n n symmetric; G: matrix n n symmetric; s: vector n; y: vector n", lambda e: (lambda r, s: {"X": e["G"] + (OUTER(r, s) + OUTER(s, r)) / (s @ s) - (r @ s) * OUTER(s, s) / (s @ s) ** 2})(e["y"] - e["G"] @ e["s"], e["s"])),
    # entries
    ("min", "sum(a.*x + c./x)", "x", (), "a: vector n positive; c: vector n positive; x: vector n positive", lambda e: {"x": np.sqrt(e["c"] / e["a"])}),
    ("min", "sum(q.*exp(-x) + x)", "x", (), "q: vector n positive; x: vector n", lambda e: {"x": np.log(e["q"])}),
    ("min", "sum(c./x)", "x", ("sum(x) = 1",), "c: vector n positive; x: vector n positive", lambda e: {"x": np.sqrt(e["c"]) / np.sum(np.sqrt(e["c"]))}),
    ("max", "sum(log(x))", "x", ("a'*x = r",), "a: vector n positive; r: scalar positive; x: vector n positive", lambda e: {"x": e["r"] / (3 * e["a"])}),
    ("max", "sum(q.*log(x))", "x", ("a'*x = r",), "a: vector n positive; q: vector n positive; r: scalar positive; x: vector n positive", lambda e: {"x": e["r"] * e["q"] / (np.sum(e["q"]) * e["a"])}),
    ("min", "sum(p.*log(p./q))", "p", ("sum(p) = 1",), "p: vector n positive; q: vector n positive", lambda e: {"p": e["q"] / np.sum(e["q"])}),
    ("min", "sum(q.*log(q./p))", "p", (), "p: vector n simplex; q: vector n positive", lambda e: {"p": e["q"] / np.sum(e["q"])}),
    ("max", "c'*p - t*sum(p.*log(p))", "p", ("sum(p) = 1",), "p: vector n positive; c: vector n; t: scalar positive", lambda e: {"p": softmax(e["c"] / e["t"])}),
    ("min", "sum(p.*log(p./q)) + c'*p", "p", (), "p: vector n simplex; q: vector n positive; c: vector n", lambda e: {"p": e["q"] * np.exp(-e["c"]) / np.sum(e["q"] * np.exp(-e["c"]))}),
    ("min", "sum(u.*log(u./v) - u + v)", "u", (), "u: vector n positive; v: vector n positive", lambda e: {"u": e["v"]}),
    ("min", "r*t - q*log(t)", "t", (), "r: scalar positive; q: scalar positive; t: scalar positive", lambda e: {"t": e["q"] / e["r"]}),
    ("min", "q*log(t) + sum(y)/t", "t", (), "q: scalar positive; y: vector n positive; t: scalar positive", lambda e: {"t": np.sum(e["y"]) / e["q"]}),
    ("max", "a*log(p) + c*log(1 - p)", "p", (), "a: scalar positive; c: scalar positive; p: scalar positive", lambda e: {"p": e["a"] / (e["a"] + e["c"])}),
    ("min", "sum(log(1 + exp(x)) - p.*x)", "x", (), "x: vector n; p: vector n simplex", lambda e: {"x": np.log(e["p"] / (1 - e["p"]))}),
    ("min", "norm2(x - v)^2/2 + l*norm1(x)", "x", (), "x: vector n; v: vector n; l: scalar positive", lambda e: {"x": np.sign(e["v"]) * np.maximum(np.abs(e["v"]) - e["l"], 0)}),
    ("min", "norm2(x - v)^2", "x", (), "x: vector n nonneg; v: vector n", lambda e: {"x": np.maximum(e["v"], 0)}),
    # spheres and balls
    ("min", "norm2(x - v)^2", "x", ("x'*x = 1",), "x: vector n; v: vector n", lambda e: {"x": e["v"] / NORM(e["v"])}),
    ("max", "c'*x", "x", ("norm2(x) = r",), "x: vector n; c: vector n; r: scalar positive", lambda e: {"x": e["r"] * e["c"] / NORM(e["c"])}),
    ("min", "c'*x", "x", ("x'*x <= 1",), "x: vector n; c: vector n", lambda e: {"x": -e["c"] / NORM(e["c"])}),
    ("max", "c'*x", "x", ("norm2(x) <= r",), "x: vector n; c: vector n; r: scalar positive", lambda e: {"x": e["r"] * e["c"] / NORM(e["c"])}),
    ("max", "c'*x", "x", ("norm2(x)^2 <= r^2",), "x: vector n; c: vector n; r: scalar positive", lambda e: {"x": e["r"] * e["c"] / NORM(e["c"])}),
    ("min", "c'*x", "x", ("x'*inv(S)*x <= 1",), QP, lambda e: {"x": -e["S"] @ e["c"] / np.sqrt(e["c"] @ e["S"] @ e["c"])}),
    ("min", "c'*x", "x", ("(x - v)'*inv(S)*(x - v) <= 1",), QP + "; v: vector n", lambda e: {"x": e["v"] - e["S"] @ e["c"] / np.sqrt(e["c"] @ e["S"] @ e["c"])}),
    ("max", "tr(G'*X)", "X", ("norm2(X) <= 1",), "G: matrix m n; X: matrix m n", lambda e: {"X": e["G"] / NORM(e["G"])}),
    ("min", "norm2(x - v)^2", "x", ("c'*x <= r",), "x: vector n; v: vector n; c: vector n; r: scalar", lambda e: {"x": e["v"] - max(e["c"] @ e["v"] - e["r"], 0) * e["c"] / (e["c"] @ e["c"])}),
    ("min", "norm2(x - v)^2", "x", ("x'*x <= 1",), "x: vector n; v: vector n", lambda e: {"x": e["v"] / max(1, NORM(e["v"]))}),
    ("min", "norm2(x - v)^2", "x", ("norm2(x - a) <= r",), "x: vector n; v: vector n; a: vector n; r: scalar positive", lambda e: (lambda d: {"x": e["a"] + d * min(1, e["r"] / NORM(d))})(e["v"] - e["a"])),
    ("min", "norm2(x - v)^2", "x", ("norm2(x - a) = r",), "x: vector n; v: vector n; a: vector n; r: scalar positive", lambda e: (lambda d: {"x": e["a"] + d * e["r"] / NORM(d)})(e["v"] - e["a"])),
    ("min", "x'*S*x - 2*c'*x", "x", ("a'*x >= r",), QP + "; a: vector n; r: scalar", lambda e: (lambda f: {"x": f if e["a"] @ f >= e["r"] else kkt(e["S"], e["c"], e["a"], e["r"])})(SOLVE(e["S"], e["c"]))),
    ("min", "norm2(X - G)^2", "X", ("norm2(X) <= r",), "X: matrix m n; G: matrix m n; r: scalar positive", lambda e: {"X": e["G"] * min(1, e["r"] / NORM(e["G"]))}),
    ("min", "norm2(B - Q*A)^2", "Q", ("Q'*Q = eye(n)",), "B: matrix n m; A: matrix n m; Q: matrix n n", lambda e: {"Q": polar(e["B"] @ e["A"].T)}),
    ("min", "norm2(Q - G)^2", "Q", (), "G: matrix n n; Q: matrix n n orthogonal", lambda e: {"Q": polar(e["G"])}),
    # positive definite matrices
    ("min", "tr(C*X) + l*tr(X) - logdet(X)", "X", (), XP + "C: matrix n n posdef; l: scalar positive", lambda e: {"X": INV(e["C"] + e["l"] * EYE)}),
    ("min", "q*logdet(X) + tr(A'*A*inv(X))", "X", (), XP + "A: matrix m n fullrank; q: scalar positive", lambda e: {"X": e["A"].T @ e["A"] / e["q"]}),
    ("min", "tr(C*inv(X))", "X", ("tr(X) = 1",), XP + "C: matrix n n posdef", lambda e: {"X": root(e["C"]) / np.trace(root(e["C"]))}),
    ("max", "logdet(X)", "X", ("tr(C*X) = r",), XP + "C: matrix n n posdef; r: scalar positive", lambda e: {"X": e["r"] / 3 * INV(e["C"])}),
    ("min", "tr(X*logm(X)) + tr(H*X)", "X", (), XP + "H: matrix n n symmetric", lambda e: {"X": of(lambda w: np.exp(-1 - w), e["H"])}),
    ("min", "tr(X*logm(X)) + tr(H*X)", "X", ("tr(X) = 1",), XP + "H: matrix n n symmetric", lambda e: {"X": of(np.exp, -e["H"]) / np.trace(of(np.exp, -e["H"]))}),
    ("min", "tr(C*X) + l*norm2(X)^2/2 - logdet(X)", "X", (), XP + "C: matrix n n symmetric; l: scalar positive", lambda e: {"X": of(lambda w: (np.sqrt(w**2 + 4 * e["l"]) - w) / (2 * e["l"]), e["C"])}),
    ("min", "logdet(X) + tr(H*inv(X)) + (u - v)'*inv(X)*(u - v)", "u X", (), XP + "H: matrix n n posdef; u: vector n; v: vector n", lambda e: {"u": e["v"], "X": e["H"]}),
    ("min", "tr(expm(X)) - tr(C*X)", "X", (), "X: matrix n n symmetric; C: matrix n n posdef", lambda e: {"X": of(np.log, e["C"])}),
    # by powers and logarithms, and multipliers whose sign is known
    ("min", "m/2*log(v) + norm2(y - X*w)^2/(2*v)", "w v", (), "v: scalar positive; y: vector m; X: matrix m n; w: vector n", lambda e: (lambda w: {"w": w, "v": np.mean((e["y"] - e["X"] @ w) ** 2)})(LS(e["X"], e["y"]))),
    ("min", "norm2(A*x - b)^2/t + norm2(x)^2/t", "x", (), LSW + "; t: scalar positive", lambda e: {"x": SOLVE(e["A"].T @ e["A"] + EYE, e["A"].T @ e["b"])}),
    ("max", "a*log(t) - c*t^2/2", "t", (), "a: scalar positive; c: scalar positive; t: scalar positive", lambda e: {"t": np.sqrt(e["a"] / e["c"])}),
    ("min", "sum(a.*x.^2 + c./x)", "x", (), "a: vector n positive; c: vector n positive; x: vector n positive", lambda e: {"x": (e["c"] / e["a"] / 2) ** (1 / 3)}),
    ("min", "exp(a*x) + exp(-c*x)", "x", (), "a: scalar positive; c: scalar positive; x: scalar", lambda e: {"x": np.log(e["c"] / e["a"]) / (e["a"] + e["c"])}),
    ("min", "norm2(x - v)^2/2 - l*sum(log(x))", "x", (), "l: scalar positive; x: vector n positive; v: vector n", lambda e: {"x": (e["v"] + np.sqrt(e["v"] ** 2 + 4 * e["l"])) / 2}),
    ("min", "sum(x.^3)", "x", ("a'*x = 1",), "x: vector n positive; a: vector n positive", lambda e: {"x": np.sqrt(e["a"]) / np.sum(e["a"] ** 1.5)}),
    ("min", "sum(x.^4)", "x", ("a'*x = r",), "x: vector n; a: vector n positive; r: scalar positive", lambda e: {"x": e["r"] * e["a"] ** (1 / 3) / np.sum(e["a"] ** (4 / 3))}),
    ("min", "tr(inv(X))", "X", ("tr(C*X) = 1",), XP + "C: matrix n n posdef", lambda e: {"X": INV(root(e["C"])) / np.trace(root(e["C"]))}),
    ("max", "tr(sqrtm(X))", "X", ("tr(C*X) = r",), XP + "C: matrix n n posdef; r: scalar positive", lambda e: {"X": e["r"] * INV(e["C"] @ e["C"]) / np.trace(INV(e["C"]))}),
    ("min", "norm2(A*X - X*B - G)^2", "X", (), "A: matrix n n; X: matrix n k; B: matrix k k; G: matrix n k", lambda e: {"X": linalg.solve_sylvester(e["A"], -e["B"], e["G"])}),
    ("min", "norm2(X - A*X*A' - G)^2", "X", (), "A: matrix n n; X: matrix n n; G: matrix n n", lambda e: {"X": SOLVE(np.eye(9) - np.kron(e["A"], e["A"]), e["G"].ravel()).reshape(3, 3)}),
    ("max", "prod(x)^(1/n)", "x", ("a'*x = r",), "x: vector n positive; r: scalar positive; a: vector n positive", lambda e: {"x": e["r"] / (3 * e["a"])}),
    ("max", "det(X)^(q/2)*exp(-tr(C*X)/2)", "X", (), XP + "C: matrix n n posdef; q: scalar positive", lambda e: {"X": e["q"] * INV(e["C"])}),
    ("max", "x^(1/3)*y^(2/3)", "x y", ("p*x + q*y = w",), "x: scalar positive; y: scalar positive; p: scalar positive; q: scalar positive; w: scalar positive", lambda e: {"x": e["w"] / (3 * e["p"]), "y": 2 * e["w"] / (3 * e["q"])}),
    # proximal points, and bounds
    ("min", "l*norm2(x) + norm2(x - v)^2/2", "x", (), "l: scalar positive; x: vector n; v: vector n", lambda e: {"x": max(0, 1 - e["l"] / NORM(e["v"])) * e["v"]}),
    ("min", "l*nuclear(X) + norm2(X - G)^2/2", "X", (), "l: scalar positive; X: matrix m n; G: matrix m n", lambda e: (lambda u, s, v: {"X": u @ np.diag(np.maximum(s - e["l"], 0)) @ v})(*np.linalg.svd(e["G"], full_matrices=False))),
    ("min", "norm2(X - C)^2", "X", (), "X: matrix n n psd; C: matrix n n symmetric", lambda e: {"X": of(lambda w: np.maximum(w, 0), e["C"])}),
    ("min", "l*sum(relu(x)) + norm2(x - v)^2/2", "x", (), "l: scalar positive; x: vector n; v: vector n", lambda e: {"x": np.where(e["v"] > e["l"], e["v"] - e["l"], np.minimum(e["v"], 0))}),
    ("min", "norm1(x - c)*l + norm2(x - v)^2/2", "x", (), "l: scalar positive; x: vector n; v: vector n; c: vector n", lambda e: {"x": e["c"] + np.sign(e["v"] - e["c"]) * np.maximum(np.abs(e["v"] - e["c"]) - e["l"], 0)}),
    ("min", "l*norm1(x) + a/2*norm2(x)^2 + norm2(x - v)^2/2", "x", (), "l: scalar positive; a: scalar positive; x: vector n; v: vector n", lambda e: {"x": np.sign(e["v"]) * np.maximum(np.abs(e["v"]) - e["l"], 0) / (1 + e["a"])}),
    ("min", "norm2(x - v)^2", "x", ("x <= c",), "x: vector n; v: vector n; c: vector n", lambda e: {"x": np.minimum(e["v"], e["c"])}),
    ("min", "sum(w.*(x - v).^2)", "x", ("x >= 0", "x <= 1"), "x: vector n; v: vector n; w: vector n positive", lambda e: {"x": np.clip(e["v"], 0, 1)}),
    ("min", "norm2(x - v)^2 + l*norm1(x)", "x", ("x <= r",), "x: vector n; v: vector n; l: scalar positive; r: scalar", lambda e: {"x": np.minimum(np.sign(e["v"]) * np.maximum(np.abs(e["v"]) - e["l"] / 2, 0), e["r"])}),
    # ratios
    ("max", "w'*u/sqrt(w'*S*w)", "w", (), "w: vector n; u: vector n; S: matrix n n posdef", lambda e: {"w": SOLVE(e["S"], e["u"])}),
    ("max", "w'*A*w", "w", ("2*w'*S*w = 1",), "w: vector n; A: matrix n n symmetric; S: matrix n n posdef", lambda e: (lambda v, u: {"w": v * np.sign(u[np.argmax(np.abs(u))]) / np.sqrt(2)})(*(lambda v: (v, root(e["S"]) @ v))(linalg.eigh(e["A"], e["S"])[1][:, -1]))),
    ("min", "l*norm21(X) + norm2(X - G)^2/2", "X", (), "l: scalar positive; X: matrix m n; G: matrix m n", lambda e: {"X": np.maximum(1 - e["l"] / NORM(e["G"], axis=0), 0) * e["G"]}),
    ("min", "l*norm21(X') + norm2(X - G)^2/2", "X", (), "l: scalar positive; X: matrix m n; G: matrix m n", lambda e: {"X": np.maximum(1 - e["l"] / NORM(e["G"], axis=1), 0)[:, None] * e["G"]}),
    ("min", "norm2(x - v)^2", "x", ("max(abs(x)) <= r",), "x: vector n; v: vector n; r: scalar positive", lambda e: {"x": np.clip(e["v"], -e["r"], e["r"])}),
    ("min", "norm2(X - C)^2", "X", ("X = X'", "tr(X) = 1"), "X: matrix n n; C: matrix n n", lambda e: {"X": (e["C"] + e["C"].T) / 2 + (1 - np.trace(e["C"])) / 3 * EYE}),
    ("min", "norm2(A - Q*B)^2", "Q", ("Q*Q' = eye(n)",), "A: matrix n m; B: matrix n m; Q: matrix n n", lambda e: {"Q": polar(e["A"] @ e["B"].T)}),
    # several eigenvectors, total least squares, and a semidefinite matrix beside constraints
    ("max", "tr(W'*A*W)", "W", ("W'*W = eye(k)",), "A: matrix n n symmetric; W: matrix n k", lambda e: {"W": columns(e["A"], slice(1, 3))}),
    ("min", "tr(W'*A*W)", "W", ("W'*W = eye(k)",), "A: matrix n n symmetric; W: matrix n k", lambda e: {"W": columns(e["A"], slice(0, 2))}),
    ("max", "norm2(X*W)^2", "W", ("W'*W = eye(k)",), "X: matrix m n; W: matrix n k", lambda e: {"W": columns(e["X"].T @ e["X"], slice(1, 3))}),
    ("min", "norm2(A*x - b)^2/(1 + x'*x)", "x", (), LSW, lambda e: (lambda v: {"x": -v[:3] / v[3]})(np.linalg.svd(np.column_stack([e["A"], e["b"]]))[2][3])),
    ("max", "(x'*S*x + 2*c'*x)/(1 + x'*x)", "x", (), "S: matrix n n symmetric; x: vector n; c: vector n", lambda e: (lambda v: {"x": v[:3] / v[3]})(np.linalg.eigh(np.block([[e["S"], e["c"][:, None]], [e["c"], 0.0]]))[1][:, 3])),
    ("min", "x'*P*x/2 - c'*x", "x", ("C*x = d",), "P: matrix n n psd; c: vector n; x: vector n" + CON, lambda e: {"x": kkt(e["P"], e["c"], e["C"], e["d"])}),
    ("min", "(a'*x - r)^2", "x", ("C*x = d",), "a: vector n; r: scalar; x: vector n" + CON, lambda e: {"x": SOLVE(np.vstack([e["a"], e["C"]]), np.append(e["r"], e["d"]))}),
    # principal axes by what is left of the data, the proximal point of -logdet, a sum of logarithms as a constraint
    ("min", "norm2(X - X*W*W')^2", "W", ("W'*W = eye(k)",), "X: matrix m n; W: matrix n k", lambda e: {"W": columns(e["X"].T @ e["X"], slice(1, 3))}),
    ("min", "norm2(X - W*W'*X)^2", "W", ("W'*W = eye(k)",), "X: matrix n m; W: matrix n k", lambda e: {"W": columns(e["X"] @ e["X"].T, slice(1, 3))}),
    ("max", "tr(S*W*W') + l*tr(W'*W)", "W", ("W'*W = eye(k)",), "S: matrix n n symmetric; W: matrix n k; l: scalar", lambda e: {"W": columns(e["S"], slice(1, 3))}),
    ("min", "norm2(X - C)^2/(2*t) - logdet(X)", "X", (), XP + "C: matrix n n symmetric; t: scalar positive", lambda e: {"X": of(lambda w: (w + np.sqrt(w**2 + 4 * e["t"])) / 2, e["C"])}),
    ("min", "sum(a.*exp(-x))", "x", ("sum(x) = r",), "a: vector n positive; x: vector n; r: scalar", lambda e: {"x": np.log(e["a"]) + (e["r"] - np.sum(np.log(e["a"]))) / 3}),
    ("min", "(A*x - b)'*W*(A*x - b) + x'*L*x", "x", (), LSW + "; W: matrix m m posdef; L: matrix n n posdef", lambda e: {"x": SOLVE(e["A"].T @ e["W"] @ e["A"] + e["L"], e["A"].T @ e["W"] @ e["b"])}),
    ("min", "norm2(y - X*w - b*ones(m))^2 + l*norm2(w)^2", "w b", (), "y: vector m; X: matrix m n; w: vector n; b: scalar; l: scalar positive", lambda e: (lambda c, y: (lambda w: {"w": w, "b": np.mean(y - e["X"] @ w)})(SOLVE(c.T @ c + e["l"] * EYE, c.T @ y)))(e["X"] - e["X"].mean(0), e["y"])),
    ("min", "norm2(K*a - y)^2 + l*a'*K*a", "a", (), "K: matrix n n posdef; a: vector n; y: vector n; l: scalar positive", lambda e: {"a": SOLVE(e["K"] + e["l"] * EYE, e["y"])}),
    ("min", "norm2(A*diag(d) - B)^2", "d", (), "A: matrix m n; B: matrix m n; d: vector n", lambda e: {"d": np.sum(e["A"] * e["B"], 0) / np.sum(e["A"] ** 2, 0)}),
    ("min", "norm2(A*X - B)^2 + l*norm2(X*C)^2", "X", (), "A: matrix m n; X: matrix n k; B: matrix m k; C: matrix k k; l: scalar positive", lambda e: {"X": linalg.solve_sylvester(e["A"].T @ e["A"], e["l"] * e["C"] @ e["C"].T, e["A"].T @ e["B"])}),
    ("min", "tr(X*logm(X)) - tr(X*logm(Y)) + tr(H*X)", "X", ("tr(X) = 1",), XP + "Y: matrix n n posdef; H: matrix n n symmetric", lambda e: (lambda z: {"X": z / np.trace(z)})(of(np.exp, of(np.log, e["Y"]) - e["H"]))),
    # linear equations with two sides, by one system of all entries (vec by rows: A*X*B is kron(A, B') times it)
    ("min", "norm2(X - A*X*B - C)^2", "X", (), "A: matrix n n; B: matrix k k; X: matrix n k; C: matrix n k", lambda e: {"X": vec_solve([(EYE, np.eye(2)), (-e["A"], e["B"])], e["C"])}),
    ("min", "norm2(A*X*B + D*X*G - C)^2", "X", (), "A: matrix n n; B: matrix k k; D: matrix n n; G: matrix k k; X: matrix n k; C: matrix n k", lambda e: {"X": vec_solve([(e["A"], e["B"]), (e["D"], e["G"])], e["C"])}),
    ("min", "norm2(X - A*X*B + X*D - C)^2", "X", (), "A: matrix n n; B: matrix k k; D: matrix k k; X: matrix n k; C: matrix n k", lambda e: {"X": vec_solve([(EYE, np.eye(2) + e["D"]), (-e["A"], e["B"])], e["C"])}),
    ("min", "norm2(A*X*B - C)^2 + l*norm2(X)^2", "X", (), "A: matrix m n; B: matrix k k; X: matrix n k; C: matrix m k; l: scalar positive", lambda e: {"X": vec_solve([(e["A"].T @ e["A"], e["B"] @ e["B"].T), (e["l"] * EYE, np.eye(2))], e["A"].T @ e["C"] @ e["B"].T)}),
    ("min", "tr(X'*S*X*P) + tr(X'*G*X*Q) - 2*tr(C'*X)", "X", (), "S: matrix n n posdef; P: matrix k k posdef; G: matrix n n posdef; Q: matrix k k posdef; X: matrix n k; C: matrix n k", lambda e: {"X": vec_solve([(e["S"], e["P"]), (e["G"], e["Q"])], e["C"])}),
    # a number through which the unknown goes: x = p*inv(S)*c with p^2*c'*inv(S)*c = 1
    ("min", "norm2(x)^2/2 - log(c'*x)", "x", (), "x: vector n; c: vector n", lambda e: {"x": e["c"] / NORM(e["c"])}),
    ("min", "x'*S*x/2 - log(c'*x)", "x", (), QP, lambda e: (lambda z: {"x": z / np.sqrt(e["c"] @ z)})(SOLVE(e["S"], e["c"]))),
    ("min", "x'*S*x/2 - g*log(c'*x)", "x", (), QP + "; g: scalar positive", lambda e: (lambda z: {"x": z * np.sqrt(e["g"] / (e["c"] @ z))})(SOLVE(e["S"], e["c"]))),
    ("min", "x'*S*x/2 - log(t)", "x t", ("c'*x = t",), QP + "; t: scalar positive", lambda e: (lambda z: {"x": z / np.sqrt(e["c"] @ z), "t": np.sqrt(e["c"] @ z)})(SOLVE(e["S"], e["c"]))),
    # leading singular vectors, canonical correlation, and linear equations of which the solution is symmetric
    ("max", "u'*B*v", "u v", ("u'*u = 1", "v'*v = 1"), "u: vector m; B: matrix m n; v: vector n", lambda e: (lambda v: {"v": v, "u": e["B"] @ v / NORM(e["B"] @ v)})(columns(e["B"].T @ e["B"], slice(2, 3))[:, 0])),
    ("max", "a'*C*b", "a b", ("a'*S*a = 1", "b'*H*b = 1"), "a: vector n; C: matrix n k; b: vector k; S: matrix n n posdef; H: matrix k k posdef", lambda e: (lambda v: {"b": INV(root(e["H"])) @ v, "a": (lambda z: z / np.sqrt(z @ e["S"] @ z))(SOLVE(e["S"], e["C"] @ INV(root(e["H"])) @ v))})(columns((lambda r: r.T @ r)(INV(root(e["S"])) @ e["C"] @ INV(root(e["H"]))), slice(1, 2))[:, 0])),
    ("min", "norm2(A'*X + X*A + G)^2", "X", (), "A: matrix n n; X: matrix n n symmetric; G: matrix n n symmetric", lambda e: {"X": linalg.solve_continuous_lyapunov(e["A"].T, -e["G"])}),
    ("min", "norm2(X - A*X*A' - G)^2", "X", (), "A: matrix n n; X: matrix n n symmetric; G: matrix n n symmetric", lambda e: {"X": linalg.solve_discrete_lyapunov(e["A"], e["G"])}),
    ("min", "norm2(X)^2/2 - log(a'*X*b)", "X", (), "X: matrix m n; a: vector m; b: vector n", lambda e: {"X": OUTER(e["a"], e["b"]) / NORM(e["a"]) / NORM(e["b"])}),
]  # fmt: skip
