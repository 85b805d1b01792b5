"""Formulas as they stand in papers, lecture notes and chats, in English and Chinese: what is read has the value that is meant, or is refused."""

from __future__ import annotations

import numpy as np
import pytest

import gradproof as gp
from gradproof.errors import GradproofError

R = np.random.default_rng(7)
n, d, k = 5, 3, 4
N = np.linalg.norm


def sig(z):
    return 1 / (1 + np.exp(-z))


def spd(size):
    M = R.normal(size=(size, size))
    return M @ M.T + np.eye(size)


X, y, w, W, x, A, mu = (
    R.normal(size=(n, d)),
    np.sign(R.normal(size=n)),
    R.normal(size=d),
    R.normal(size=(k, d)),
    R.normal(size=d),
    R.normal(size=(d, d)),
    R.normal(size=d),
)
Mu, Sg, K, al, ga, be = (
    R.normal(size=(k, d)),
    spd(d),
    spd(n),
    R.uniform(0, 1, n),
    R.uniform(size=(n, k)),
    R.normal(size=d),
)
Si, y01, P, cnt = np.linalg.inv(Sg), (y > 0) * 1.0, R.dirichlet(np.ones(k)), np.array([0.0, 1, 2, 3, 1])
Q, Yh, Un, U2, V2, T2, Sv = (
    P[::-1].copy(),
    np.eye(k)[R.integers(0, k, n)],
    R.normal(size=(n, 2)),
    R.normal(size=(d, 2)),
    R.normal(size=(n, 2)),
    R.normal(size=(n, n)),
    np.array([0.5, 1.2, 0.8]),
)
Sn, H2, W1, W2, ys, An, bn = (
    R.normal(size=(n, d)),
    R.normal(size=(d, d)),
    R.normal(size=(k, d)),
    R.normal(size=(2, k)),
    R.normal(size=2),
    R.normal(size=(n, d)),
    R.normal(size=n),
)
lse = lambda z: np.log(np.exp(z).sum(-1))  # noqa: E731
BASE = {
    "X": X,
    "y": y,
    "w": w,
    "W": W,
    "x": x,
    "A": A,
    "mu": mu,
    "Mu": Mu,
    "Sigma": Sg,
    "K": K,
    "alpha": al,
    "Gamma": ga,
    "beta": be,
    "lambda": 0.7,
    "C": 1.3,
    "b": 0.3,
    "n": n,
    "N": n,
    "m": n,
}

READ = [
    (r"\ell(w) = \sum_{i=1}^n \left[ y_i \log \sigma(w^\top x_i) + (1-y_i)\log(1-\sigma(w^\top x_i)) \right]", "w", {"y": y01}, lambda: np.sum(y01 * np.log(sig(X @ w)) + (1 - y01) * np.log(1 - sig(X @ w)))),
    (r"J(w) = \frac{1}{n}\sum_{i=1}^n \log(1+\exp(-y_i w^\top x_i)) + \frac{\lambda}{2}\|w\|_2^2", "w", {}, lambda: np.mean(np.log1p(np.exp(-y * (X @ w)))) + 0.35 * w @ w),
    (r"L(W) = -\sum_{i=1}^n \sum_{k=1}^K y_{ik} \log \frac{\exp(w_k^\top x_i)}{\sum_{j=1}^K \exp(w_j^\top x_i)}", "W", {"Y": Yh}, lambda: -np.sum(Yh * (X @ W.T - lse(X @ W.T)[:, None]))),
    (r"\sum_{i=1}^N \sum_{k=1}^K \gamma_{ik} \left( -\frac12 \log\det\Sigma - \frac12 (x_i-\mu_k)^\top \Sigma^{-1} (x_i-\mu_k) \right)", r"\mu_k", {}, lambda: sum(ga[i, j] * (-0.5 * np.log(np.linalg.det(Sg)) - 0.5 * (X[i] - Mu[j]) @ Si @ (X[i] - Mu[j])) for i in range(n) for j in range(k))),
    (r"-\frac{n}{2}\log|\Sigma| - \frac12 \sum_{i=1}^n (x_i-\mu)^T\Sigma^{-1}(x_i-\mu)", r"\Sigma", {}, lambda: -n / 2 * np.log(np.linalg.det(Sg)) - 0.5 * sum((v - mu) @ Si @ (v - mu) for v in X)),
    (r"-\frac12 y^\top K^{-1} y - \frac12\log|K| - \frac n2\log 2\pi", "K", {}, lambda: -0.5 * y @ np.linalg.inv(K) @ y - 0.5 * np.log(np.linalg.det(K)) - n / 2 * np.log(2 * np.pi)),
    (r"\frac12\|w\|^2 + C\sum_{i=1}^n \max(0, 1-y_i(w^\top x_i + b))", "w", {}, lambda: 0.5 * w @ w + 1.3 * np.maximum(0, 1 - y * (X @ w + 0.3)).sum()),
    (r"\sum_i \alpha_i - \frac12 \sum_i\sum_j \alpha_i\alpha_j y_i y_j x_i^\top x_j", r"\alpha", {}, lambda: al.sum() - 0.5 * (al * y) @ X @ X.T @ (al * y)),
    (r"-\frac12\sum_{j=1}^J (1+\log\sigma_j^2 - \mu_j^2 - \sigma_j^2)", r"\mu", {"sigma": Sv}, lambda: -0.5 * np.sum(1 + np.log(Sv**2) - mu**2 - Sv**2)),
    ("最小化 $\\|Ax-b\\|_2^2+\\lambda\\|x\\|_1$", "x", {"A": An, "b": bn}, lambda: N(An @ x - bn) ** 2 + 0.7 * np.abs(x).sum()),
    ("求 f(x)=x^TAx+b^Tx 的梯度", "x", {"b": mu}, lambda: x @ A @ x + mu @ x),
    ("求 tr(AXB) 对 X 的导数", "X", {"X": H2, "B": Sg}, lambda: np.trace(A @ H2 @ Sg)),
    ("令 $L=\\sum_{i=1}^n (y_i - w^\\top x_i)^2$", "w", {}, lambda: np.sum((y - X @ w) ** 2)),
    ("损失函数为 \\(J(\\theta)=\\frac{1}{2m}\\sum_{i=1}^m (\\theta^T x^{(i)} - y^{(i)})^2\\)", r"\theta", {"theta": w}, lambda: np.sum((X @ w - y) ** 2) / 2 / n),
    ("d/dX of log det(X^T X)", "X", {}, lambda: np.log(np.linalg.det(X.T @ X))),
    ("grad of ||Xw-y||^2 wrt w", "w", {}, lambda: N(X @ w - y) ** 2),
    ("What is the derivative of tr(X^T A X) with respect to X?", "X", {"X": U2}, lambda: np.trace(U2.T @ A @ U2)),
    (r"f(X)=\sum_{i,j} (X_{ij}-U_i^\top V_j)^2", "U", {"X": T2, "U": Un, "V": V2}, lambda: np.sum((T2 - Un @ V2.T) ** 2)),
    (r"D_{KL}(p\|q)=\sum_i p_i\log\frac{p_i}{q_i}", "q", {"p": P, "q": Q}, lambda: np.sum(P * np.log(P / Q))),
    (r"H(p) = -\sum_{i=1}^n p_i \ln p_i", "p", {"p": P}, lambda: -np.sum(P * np.log(P))),
    (r"\mathcal{L} = \|W_2\,\sigma(W_1 x + b_1) + b_2 - y\|^2", "W_1", {"W_1": W1, "W2": W2, "b1": P, "b2": ys, "y": -ys}, lambda: N(W2 @ sig(W1 @ x + P) + 2 * ys) ** 2),
    (r"\frac{x^\top A x}{x^\top x}", "x", {}, lambda: x @ A @ x / (x @ x)),
    (r"\beta^\top X^\top y - \sum_i \log(1+e^{x_i^\top\beta})", r"\beta", {"y": y01}, lambda: be @ X.T @ y01 - np.sum(np.log1p(np.exp(X @ be)))),
    (r"\arg\min_\beta (y-X\beta)^\top W (y-X\beta)", r"\beta", {"W": np.diag(al)}, lambda: (y - X @ be) @ np.diag(al) @ (y - X @ be)),
    (r"\frac{1}{N}\sum_{n=1}^{N}\|\mathbf{x}_n - \mathbf{U}\mathbf{U}^T\mathbf{x}_n\|^2", r"\mathbf{U}", {"U": U2}, lambda: np.sum((X - X @ U2 @ U2.T) ** 2) / n),
    (r"\mathbf{a}^T\mathbf{X}\mathbf{b}", r"\mathbf{X}", {"a": y, "b": w}, lambda: y @ X @ w),
    (r"\det(\mathbf{A}\mathbf{X}\mathbf{B})", "X", {"B": Sg, "X": H2}, lambda: np.linalg.det(A @ H2 @ Sg)),
    (r"(y - \Phi w)^T(y-\Phi w) + \lambda w^T w", "w", {"Phi": X}, lambda: N(y - X @ w) ** 2 + 0.7 * w @ w),
    (r"\|A\|_F^2 = \operatorname{tr}(A^\top A)", "A", {}, lambda: np.sum(A**2)),
    ("loss = 0.5*||y - W2 relu(W1 x)||^2", "W1", {"W1": W1, "W2": W2, "y": ys}, lambda: 0.5 * N(ys - W2 @ np.maximum(0, W1 @ x)) ** 2),
    ("f(w) = (1/n) * sum_{i=1}^n max(0, 1 - y_i * w^T x_i) + lambda/2 * ||w||^2", "w", {}, lambda: np.mean(np.maximum(0, 1 - y * (X @ w))) + 0.35 * w @ w),
    ("np.log(np.linalg.det(Sigma)) + x @ np.linalg.inv(Sigma) @ x", "x", {}, lambda: np.log(np.linalg.det(Sg)) + x @ Si @ x),
    ("((X @ w - y) ** 2).mean()", "w", {}, lambda: np.mean((X @ w - y) ** 2)),
    ("torch.logsumexp(W @ x, 0)", "W", {}, lambda: lse(W @ x)),
    (r"\sum_{i=1}^n w_i (y_i - x_i^\top\beta)^2", r"\beta", {"w": al}, lambda: np.sum(al * (y - X @ be) ** 2)),
    (r"\frac12 (\mathbf{x}-\boldsymbol\mu)^{\mathsf T}\boldsymbol\Sigma^{-1}(\mathbf{x}-\boldsymbol\mu)", r"\boldsymbol\mu", {}, lambda: 0.5 * (x - mu) @ Si @ (x - mu)),
    (r"\|y - K\alpha\|^2 + \lambda\alpha^\top K\alpha", r"\alpha", {}, lambda: N(y - K @ al) ** 2 + 0.7 * al @ K @ al),
    (r"\frac{\partial}{\partial w}\left[\frac{w^T S_B w}{w^T S_W w}\right]", "w", {"S_B": A, "S_W": Sg}, lambda: (w @ A @ w) / (w @ Sg @ w)),
    (r"\operatorname{tr}\left[(I-KH)P(I-KH)^\top + KRK^\top\right]", "K", {"K": Sn.T, "H": Sn, "P": A, "R": K}, lambda: np.trace((np.eye(d) - Sn.T @ Sn) @ A @ (np.eye(d) - Sn.T @ Sn).T + Sn.T @ K @ Sn)),
    (r"\max_{W} \operatorname{tr}(W^\top S W) \quad \text{s.t. } W^\top W = I", "W", {"W": U2, "S": A}, lambda: np.trace(U2.T @ A @ U2)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wrt", "more", "meant"), READ, ids=[t for t, *_ in READ])
def test_what_is_read_is_what_is_meant(text, wrt, more, meant):
    derivative = gp.derive(text, wrt)
    e = derivative.expression
    values = {s.name: {**BASE, **more}[s.name] for s in e.variables}
    try:
        found = e.evaluate(values)
    except gp.DomainError:  # a size that no array has
        found = e.evaluate({**values, "n": n, "m": n, "N": n})
    np.testing.assert_allclose(found, meant())
    assert derivative.verified is True


REFUSED = [
    (r"P = (I - KH)P'(I - KH)^\top + KRK^\top", "K"), (r"\sum_{(u,i)\in\mathcal{K}} (r_{ui}-\mu-b_u-b_i-q_i^\top p_u)^2", "b"), (r"\nabla_\theta \log p_\theta(x)", r"\theta"),
    (r"Z = \sum_x e^{-E(x)}", "x"),
    (r"\sum_{i=1}^{n}\sum_{j=1}^{n} k(x_i,x_j)\alpha_i\alpha_j", r"\alpha"),
    ("the value of x^T A x", "x"), ("x^T A x is convex", "x"),
    (r"\sum_t \|x_t - A x_{t-1}\|^2", "A"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wrt"), REFUSED, ids=[t for t, _ in REFUSED])
def test_what_cannot_be_read_for_certain_is_refused(text, wrt):
    with pytest.raises(GradproofError):
        gp.derive(text, wrt)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("det A", "det(A)"), ("x·x", "x'*x"), ("u·v", "u'*v"), ("c·x", "c*x"), ("log det A", "log(det(A))"), ("2·3 x", "2*3*x"), ("Ax·b", "(A*x)'*b"), ("A⁺b", "pinv(A)*b"),
        ("x! + 0*x", "exp(lgamma(x + 1)) + 0*x"), ("||x||^2_2", "norm2(x)^2"), ("1/2 ||Ax - b||^2", "1/2*norm2(A*x - b)^2"), ("log|S|", "log(det(S))"), ("f(x) = x^Tx", "x'*x"),
    ],
)  # fmt: skip
def test_what_people_type_into_a_chat(text, read):
    assert gp.parse(text).ascii == read


@pytest.mark.parametrize(
    "text", ["xTAx", "xTx + x", "x^T x (2)", r"x^\top x (2)", "max x", "x^T A x if A symmetric", "x/2y", "‘x’"]
)
def test_what_people_type_and_has_two_meanings_is_refused(text):
    with pytest.raises(GradproofError):
        gp.derive(text, "x")


def test_functions_of_the_entries_of_a_matrix_are_said():
    assert "exp of a matrix is taken entry by entry" in str(gp.parse("exp(tA)", notation="plain").reading)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (r"1^\top A 1", "ones(m)'*A*ones(n)"), (r"\frac{x}1", "x/1"),
        (r"\frac{\sum_i (x_i-\bar x)(y_i-\bar y)}{\sqrt{\sum_i(x_i-\bar x)^2}}", "(x - x_bar*ones(n))'*(y - y_bar*ones(n))/sqrt(norm2(x - x_bar*ones(n))^2)"),
        (r"\sum_{i=1}^n |x_i - m|", "sum(abs(x - m*ones(n)))"), (r"\sum_i \|x_i - \bar x\|^2", "norm2(X - ones(m)*x_bar')^2"),
        (r"\lambda_{\max}(A)", "lambdamax(A)"), (r"\|X\|_*", "nuclear(X)"), (r"\log\Gamma(\alpha)", "lgamma(alpha)"),
    ],
)  # fmt: skip
def test_ones_means_and_named_functions(text, read):
    assert gp.parse(text, notation="latex").ascii == read


def test_an_index_of_wrt_is_given_as_a_number():
    """Row k of 2(RᵀdiagMu - RᵀX), of the k-means objective."""
    derivative = gp.derive(r"\sum_n\sum_k r_{nk}\|x_n-\mu_k\|^2", r"\mu_k")
    assert derivative.dims["k"] == "index"
    R_, X_, Mu_ = R.uniform(size=(n, k)), X, Mu
    whole = 2 * (R_.sum(0)[:, None] * Mu_ - R_.T @ X_)
    np.testing.assert_allclose(derivative.evaluate(R=R_, X=X_, Mu=Mu_, k=2), whole[1])
    with pytest.raises(gp.DomainError):
        derivative.evaluate(R=R_, X=X_, Mu=Mu_, k=9)


def test_two_names_that_are_printed_alike_are_refused():
    with pytest.raises(GradproofError) as caught:
        gp.parse("X_*X'")
    assert caught.value.kind == "printed-alike"
    assert gp.parse("lambda_*x'*x").variables[0].name == "lambda_"
