"""Forms that a person would write: functions of one matrix commute and join, fractions with one denominator are one fraction. The expected forms are those of books."""

from __future__ import annotations

import pytest

import gradproof as gp

FORMS = [
    ("tr(X*sqrtm(X))", "X", "X: matrix n n", "3*sqrtm(X)'/2"),
    ("tr(X*inv(sqrtm(X)))", "X", "X: matrix n n", "inv(sqrtm(X))'/2"),
    ("logdet(sqrtm(X))", "X", "X: matrix n n", "inv(X)'/2"),
    ("tr(expm(X)*expm(-X))", "X", "X: matrix n n", "zeros(n,n)"),
    ("tr(expm(t*A)*expm(s*A))", "t", "A: matrix n n; s: scalar; t: scalar", "tr(expm((t + s)*A)*A)"),
    ("tr(cosm(X)^2 + sinm(X)^2)", "X", "X: matrix n n", "zeros(n,n)"),
    ("tr(expm(A)*B*expm(-A))", "A", "A: matrix n n; B: matrix n n", "zeros(n,n)"),
    ("c'*expm(X)*X*b", "b", "X: matrix n n; b: vector n; c: vector n", "expm(X)'*X'*c"),
    ("x'*expm(diag(y))*x", "y", "x: vector n; y: vector n", "x.^2.*exp(y)"),
    ("tr(A*sqrtm(diag(x.^2)))", "x", "A: matrix n n; x: vector n positive", "diag(A)"),
    ("tr(A*sqrtm(diag(x)))", "x", "A: matrix n n; x: vector n", "diag(A)./(2*sqrt(x))"),
    ("tr(A*expm(t*eye(n)))", "t", "A: matrix n n; t: scalar", "tr(A)*exp(t)"),
    ("tr(powm(X,3))", "X", "X: matrix n n", "3*X'^2"),
    ("schatten(X,4)", "X", "X: matrix m n", "X*X'*X/tr(X'*X*X'*X)^(3/4)"),
    ("logdet(chol(A))", "A", "A: matrix n n posdef", "inv(A)/2"),
    ("sum(log(diag(chol(A))))", "A", "A: matrix n n posdef", "inv(A)/2"),
    ("prod(diag(chol(A)))", "A", "A: matrix n n posdef", "sqrt(det(A))*inv(A)/2"),
    ("norm2(inv(chol(A))*y)^2", "A", "A: matrix n n posdef; y: vector n", "-inv(A)*y*y'*inv(A)"),
    ("norm2(inv(chol(A))*B)^2", "B", "A: matrix n n posdef; B: matrix n m", "2*inv(A)*B"),
    ("norm2(chol(A)'*x)^2", "x", "A: matrix n n posdef; x: vector n", "2*A*x"),
    ("tr(chol(A)'*chol(A))", "A", "A: matrix n n posdef", "eye(n)"),
    ("a/(a + b)", "a", "a: scalar; b: scalar", "b/(a + b)^2"),
    ("x'*x/(1 + x'*x)", "x", "x: vector n", "2*x/(1 + x'*x)^2"),
    ("x/sqrt(1 + x^2)", "x", "x: scalar", "1/(1 + x^2)^(3/2)"),
    ("sum(x./(x + y))", "x", "x: vector n; y: vector n", "y./(x + y).^2"),
    ("x/(1 + abs(x))", "x", "x: scalar", "1/(1 + abs(x))^2"),
    ("x*abs(x)", "x", "x: scalar", "2*abs(x)"),
    ("norm2(y - X*pinv(X)*y)^2", "X", "X: matrix m n; y: vector m", "-2*(y - X*pinv(X)*y)*y'*pinv(X)'"),
    ("tr(X*pinv(X))", "X", "X: matrix m n", "zeros(m,n)"),
    ("c*v'*X'*(y - X*pinv(X)*y)", "c", "X: matrix m n; y: vector m; v: vector n; c: scalar", "0"),
    ("sum((ones(n) + eigvals(S)).^p)", "S", "S: matrix n n posdef; p: scalar", "p*powm(eye(n) + S, p - 1)"),
    ("tr(C*inv(A*B)*A)", "C", "A: matrix n n invertible; B: matrix n n invertible; C: matrix n n", "inv(B)'"),
    ("norm2(X*pinv(X)*a)^2", "a", "X: matrix m n; a: vector m", "2*X*pinv(X)*a"),
    ("a'*pinv(X)*X*pinv(X)*b", "b", "X: matrix m n; a: vector n; b: vector m", "pinv(X)'*a"),
    ("tr(X*inv(X'*X)*X')", "X", "X: matrix m n", "zeros(m,n)"),
    ("tr(inv(X'*A*X)*X'*A*X*B)", "B", "X: matrix m n; A: matrix m m; B: matrix n n", "eye(n)"),
    ("tr(X*inv(X'*X + l*eye(n))*X')", "X", "X: matrix m n; l: scalar positive", "2*l*X*inv(X'*X + l*eye(n))^2"),
    ("tr(inv(A + B)*A)", "A", "A: matrix n n posdef; B: matrix n n posdef", "inv(A + B)*B*inv(A + B)"),
    ("sigmoid(x + c) + sigmoid(-x - c)", "x", "x: vector n; c: vector n", "zeros(n,n)"),
    (
        "sum(y.*softplus(-X*w - b*ones(m)) + (1 - y).*softplus(X*w + b*ones(m)))",
        "w",
        "X: matrix m n; y: vector m; w: vector n; b: scalar",
        "X'*(sigmoid(X*w + b*ones(m)) - y)",
    ),
    ("var(x)", "x", "x: vector n", "2*(x - sum(x)*ones(n)/n)/n"),
    ("norm2(tril(X))^2", "X", "X: matrix n n", "2*tril(X)"),
    ("tr(A*expm(X + X'))", "X", "A: matrix n n; X: matrix n n", "dexpm(X + X', A + A')"),
    ("logdet(coshm(X))", "X", "X: matrix n n symmetric", "tanhm(X)"),
    ("det(eye(n) + x*y')", "x", "x: vector n; y: vector n", "y"),
    ("logdet(eye(n) + x*x')", "x", "x: vector n", "2*x/(1 + x'*x)"),
    ("logdet(X^k)", "X", "X: matrix n n posdef; k: scalar integer", "k*inv(X)"),
    ("logdet(diag(diag(S))) - logdet(S)", "S", "S: matrix n n posdef", "diag(1./diag(S)) - inv(S)"),
    ("vec(unvech(x))", "x", "x: vector n*(n+1)/2", "duplication(n)'"),
    (
        "vech(A*unvech(x)*A')",
        "x",
        "x: vector n*(n+1)/2; A: matrix n n",
        "duplication(n)'*(kron(A', A')*commutation(n,n))*elimination(n)'",
    ),
    ("sum(huber(x))", "x", "x: vector n", "x - sign(x).*relu(abs(x) - ones(n))"),
    ("sum(singvals(X).^3)", "X", "X: matrix m n", "3*X*sqrtm(X'*X)"),
    ("max(eigvals(S))", "S", "S: matrix n n symmetric", "maxvec(S)*maxvec(S)'"),
    ("prod(eigvals(S))", "S", "S: matrix n n posdef", "det(S)*inv(S)"),
    ("sum(abs(eigvals(S)))", "S", "S: matrix n n symmetric", "signm(S)"),
    ("sum(log(1 + exp(eigvals(S))))", "S", "S: matrix n n symmetric", "expm(S)*inv(eye(n) + expm(S))"),
    ("sum(relu(1 - y.*(X*w)).^2)", "w", "", "-2*X'*(y.*relu(ones(m) - y.*(X*w)))"),
    ("sum(huber(x))", "x", "", "x - sign(x).*relu(abs(x) - ones(n))"),
    ("sum(x.*relu(x))", "x", "", "2*relu(x)"),
    ("log(sum(exp(A*x + b)))", ("x", "x"), "", "A'*(diag(softmax(A*x + b)) - softmax(A*x + b)*softmax(A*x + b)')*A"),
    ("sum(exp(A*x)) + sum(exp(-A*x))", ("x", "x"), "", "2*A'*diag(cosh(A*x))*A"),
    ("sum(u.*exp(A*x)) + sum(v.*(A*x).^3)", ("x", "x"), "", "A'*diag(u.*exp(A*x) + 6*((A*x).*v))*A"),
    (
        "u'*v/(norm2(u)*norm2(v))",
        ("u", "u"),
        "",
        "3*(u'*v)*u*u'/(norm2(u)^5*norm2(v)) - ((u'*v)*eye(n) + u*v' + v*u')/(norm2(u)^3*norm2(v))",
    ),
    ("log(exp(a'*x) + exp(b'*x))", "x", "", "(exp(a'*x)*a + exp(b'*x)*b)/(exp(a'*x) + exp(b'*x))"),
    ("exp(a'*x)/(1 + exp(a'*x))", ("x", "x"), "", "(1 - sigmoid(a'*x))*(sigmoid(a'*x) - 2*sigmoid(a'*x)^2)*a*a'"),
    ("-y'*log(sigmoid(W*x))", "W", "", "-(y.*sigmoid(-W*x))*x'"),
    ("sum(U*V) - sum(Y.*log(U*V))", "U", "", "(ones(m,p) - Y./(U*V))*V'"),
    ("sum(x.^a)", "x", "a: scalar", "a*x.^(a - 1)"),
    ("tr((A.*X)*B)", "X", "", "A.*B'"),
    ("tr(A*X^3)", "X", "", "A'*X'^2 + X'*A'*X' + X'^2*A'"),
    ("norm2(X*X'*X - A)^2", "X", "", "2*(X*X'*(X*X'*X - A) + X*(X*X'*X - A)'*X + (X*X'*X - A)*X'*X)"),
    ("a'*x/(b'*x + c)", ("x", "x"), "", "2*(a'*x)*b*b'/(b'*x + c)^3 - (a*b' + b*a')/(b'*x + c)^2"),
    ("sum(log(exp(X*W)*ones(c))) - sum(Y.*(X*W))", "W", "W: matrix n c", "X'*(softmax_rows(X*W) - Y)"),
    ("sum(X - ones(m)*(ones(m)'*X)/m)", "X", "", "zeros(m,n)"),
    ("norm2(X - ones(m)*ones(m)'*X/m)^2", "X", "", "2*(X - ones(m)*ones(m)'*X/m)"),
    ("sum((x - mean(x)*ones(n)).*(y - mean(y)*ones(n)))", "x", "", "y - sum(y)*ones(n)/n"),
    (
        "norm2((eye(n) - ones(n,n)/n)*K*(eye(n) - ones(n,n)/n))^2",
        "K",
        "",
        "2*(eye(n) - ones(n,n)/n)*K*(eye(n) - ones(n,n)/n)",
    ),
    (
        "(x - mean(x)*ones(n))/norm2(x - mean(x)*ones(n))",
        "x",
        "",
        "eye(n)/norm2(x - sum(x)*ones(n)/n) - ones(n,n)/(n*norm2(x - sum(x)*ones(n)/n)) - (x - sum(x)*ones(n)/n)*(x - sum(x)*ones(n)/n)'/norm2(x - sum(x)*ones(n)/n)^3",
    ),
    (
        "tr(G'*softmax_rows(Q*K')*V)",
        "Q",
        "V: matrix n d",
        "(softmax_rows(Q*K').*(G*V' - diag(G*V'*softmax_rows(Q*K')')*ones(n)'))*K",
    ),
    (
        "norm2(softmax_rows(Q*K')*V - Y)^2",
        "Q",
        "",
        "(softmax_rows(Q*K').*(2*(softmax_rows(Q*K')*V - Y)*V' - 2*diag((softmax_rows(Q*K')*V - Y)*V'*softmax_rows(Q*K')')*ones(p)'))*K",
    ),
    (
        "tr(softmax_rows(Z*Z')*C)",
        "Z",
        "",
        "(softmax_rows(Z*Z').*(C' - diag(C'*softmax_rows(Z*Z')')*ones(m)') + (softmax_rows(Z*Z').*(C' - diag(C'*softmax_rows(Z*Z')')*ones(m)'))')*Z",
    ),
    ("sum(log(softmax_rows(X*W)*v))", "v", "", "exp(X*W)'*(1./(exp(X*W)*v))"),
]


@pytest.mark.parametrize(("formula", "wrt", "where", "book"), FORMS, ids=lambda x: x if "(" in x else "")
def test_short_forms(formula: str, wrt: str, where: str, book: str) -> None:
    d = gp.derive(formula, wrt, where=where)
    assert d.result.ascii == book
    assert d.verified


def test_matrices_in_a_trace_are_not_moved_round_and_round() -> None:
    """Each of these commutes with all others: an order of two neighbours is no order of a ring."""
    for formula in ("tr(X^2*expm(X))", "tr(X^2*logm(X)^2*expm(X))", "tr(X*expm(X)*X*B)"):
        assert gp.derive(formula, "X", where="X: matrix n n; B: matrix n n").verified
