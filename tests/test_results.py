"""The results that a person would write, for the formulas that people ask about most: form, shape and numeric agreement.

The expected forms are from textbooks (the Matrix Cookbook, Magnus & Neudecker, Wikipedia 'Matrix calculus') and hand derivations.
"""

from __future__ import annotations

import numpy as np
import pytest

import gradproof as gp
from forms import form
from gradproof.parse import parse

SYM_A = {"A": "matrix n n symmetric"}
ONE_MINUS = "sigmoid({0}).*(ones({1}) - sigmoid({0}))"

RESULTS = [
    ("x'*A*x", "x", None, "(A + A')*x", ("n",)),
    ("x'*A*x", "x", SYM_A, "2*A*x", ("n",)),
    ("x'*A*x", ["x", "x"], None, "A + A'", ("n", "n")),
    ("x'*A*x", ["x", "x"], SYM_A, "2*A", ("n", "n")),
    ("norm2(A*x - b)^2", "x", None, "2*A'*(A*x - b)", ("n",)),
    ("norm2(A*x - b)^2", ["x", "x"], None, "2*A'*A", ("n", "n")),
    ("norm2(A*x - b)", "x", None, "A'*(A*x - b)/norm2(A*x - b)", ("n",)),
    ("norm2(x)^p", "x", {"p": "scalar"}, "p*norm2(x)^(p - 2)*x", ("n",)),
    ("det(X)^k", "X", {"k": "scalar"}, "k*det(X)^k*inv(X)'", ("n", "n")),
    ("sum(x.^v)", ["x", "v"], None, "diag(log(x).*x.^(v - ones(n)).*v + x.^(v - ones(n)))", ("n", "n")),
    (
        "-1/2*logdet(S*S') - 1/2*(x - mu)'*inv(S*S')*(x - mu)",
        "S",
        {"S": "matrix n p", "x": "vector n", "mu": "vector n"},
        "(inv(S*S')*(x - mu)*(x - mu)'*inv(S*S') - inv(S*S'))*S",
        ("n", "p"),
    ),
    ("norm2(x)", ["x", "x"], None, "eye(n)/norm2(x) - x*x'/norm2(x)^3", ("n", "n")),
    ("exp(x)/sum(exp(x))", "x", None, "diag(softmax(x)) - softmax(x)*softmax(x)'", ("n", "n")),
    ("log(sum(exp(x)))", "x", None, "softmax(x)", ("n",)),
    ("log(sum(exp(x)))", ["x", "x"], None, "diag(softmax(x)) - softmax(x)*softmax(x)'", ("n", "n")),
    ("sigmoid(x)", "x", None, f"diag({ONE_MINUS.format('x', 'n')})", ("n", "n")),
    ("1./(1 + exp(-x))", "x", {"x": "vector n"}, f"diag({ONE_MINUS.format('x', 'n')})", ("n", "n")),
    ("ones(n)./(ones(n) + exp(-x))", "x", None, f"diag({ONE_MINUS.format('x', 'n')})", ("n", "n")),
    ("exp(x)./(1 + exp(x))", "x", {"x": "vector n"}, f"diag({ONE_MINUS.format('x', 'n')})", ("n", "n")),
    ("sum(log(1 + exp(-y.*(X*w))))", "w", None, "-X'*(y.*sigmoid(-y.*(X*w)))", ("n",)),
    ("sum(log(vector(1) + exp(-y.*(X*w))))", "w", None, "-X'*(y.*sigmoid(-y.*(X*w)))", ("n",)),
    ("sum(log(ones(m) + exp(-y.*(X*w))))", "w", None, "-X'*(y.*sigmoid(-y.*(X*w)))", ("n",)),
    (
        "sum(log(1 + exp(-y.*(X*w))))",
        ["w", "w"],
        None,
        "X'*diag(y.^2.*(ones(m) - sigmoid(-y.*(X*w))).*sigmoid(-y.*(X*w)))*X",
        ("n", "n"),
    ),
    ("A*exp(x)", "x", None, "diag(exp(x))*A'", ("n", "m")),
    ("sigmoid(W*x)", "x", None, f"W'*diag({ONE_MINUS.format('W*x', 'm')})", ("n", "m")),
    ("x*x'*x", "x", None, "(x'*x)*eye(n) + 2*x*x'", ("n", "n")),
    ("x'*A*x/(x'*x)", "x", None, "(A + A')*x/(x'*x) - 2*(x'*A*x)*x/(x'*x)^2", ("n",)),
    ("a'*x/(norm2(a)*norm2(x))", "x", None, "a/(norm2(a)*norm2(x)) - (a'*x)*x/(norm2(a)*norm2(x)^3)", ("n",)),
    ("tr(A*X)", "X", None, "A'", ("n", "m")),
    ("tr(A*X*B)", "X", None, "A'*B'", ("n", "p")),
    ("tr(A*X'*B*X*C)", "X", None, "B*X*C*A + B'*X*A'*C'", ("p", "n")),
    ("logdet(X)", "X", None, "inv(X)'", ("n", "n")),
    ("det(X)", "X", None, "det(X)*inv(X)'", ("n", "n")),
    ("log(det(inv(X)))", "X", None, "-inv(X)'", ("n", "n")),
    ("log(det(X))", "X", None, "inv(X)'", ("n", "n")),
    ("a'*inv(X)*b", "X", None, "-inv(X)'*a*b'*inv(X)'", ("n", "n")),
    (
        "tr(inv(X'*C*X)*A)",
        "X",
        {"C": "matrix m m symmetric", "A": "matrix n n symmetric"},
        "-2*C*X*inv(X'*C*X)*A*inv(X'*C*X)",
        ("m", "n"),
    ),
    ("norm2(X - U*V')^2", "U", None, "-2*(X - U*V')*V", ("m", "p")),
    (
        "-c*logdet(S) - tr(inv(S)*M)/2",
        "S",
        {"S": "matrix n n posdef", "M": "matrix n n symmetric"},
        "-c*inv(S) + inv(S)*M*inv(S)/2",
        ("n", "n"),
    ),
    ("A*X*B", "X", None, "kron(B, A')", ("n", "p", "m", "q")),
    ("X'", "X", None, "commutation(n,m)", ("m", "n", "n", "m")),
    ("X'*X", "X", None, "kron(eye(n), X)*commutation(n,n) + kron(eye(n), X)", ("m", "n", "n", "n")),
    ("inv(X)", "X", None, "-kron(inv(X), inv(X)')", ("n", "n", "n", "n")),
    ("sum(exp(X).*A)", "X", None, "exp(X).*A", ("m", "n")),
    ("y'*sigmoid(W*x)", "W", None, f"(y.*{ONE_MINUS.format('W*x', 'm')})*x'", ("m", "n")),
    # where other systems answer zero, or drop a term
    ("tr(E)^2 + 1", "E", None, "2*tr(E)*eye(n)", ("n", "n")),
    ("norm2(A - U*V)^2 + norm2(U)^2", "U", None, "2*U - 2*(A - U*V)*V'", ("m", "p")),
    ("exp(x'*A*x)", "x", None, "exp(x'*A*x)*(A + A')*x", ("n",)),
    ("x'*A*x*x", "x", None, "(x'*A*x)*eye(n) + (A + A')*x*x'", ("n", "n")),
    ("tr((eye(n) - K*C)*P*(eye(n) - K*C)')", "K", None, "-(eye(n) - K*C)*(P + P')*C'", ("n", "m")),
    ("exp(x'*A*x)", ["x", "x"], None, "exp(x'*A*x)*(A + A' + (A + A')*x*x'*(A + A'))", ("n", "n")),
    ("norm2(W.*(A - U*V'))^2", "U", None, "-2*(W.^2.*(A - U*V'))*V", ("m", "p")),
    ("y'*x - logsumexp(x)", "x", None, "y - softmax(x)", ("n",)),
    ("c*x", "c", None, "x'", (1, "n")),
    ("a", "x", {"a": "scalar", "x": "vector n"}, "zeros(n)", ("n",)),
]


@pytest.mark.parametrize(
    ("text", "wrt", "where", "expected", "shape"), RESULTS, ids=[f"{r[0]} by {r[1]}" for r in RESULTS]
)
def test_result_has_the_form_that_a_person_would_write(text, wrt, where, expected, shape):
    d = gp.derive(text, wrt, where)
    wanted = parse(expected, dict(d.symbols)).expr
    assert form(d.result) == form(wanted), f"{d.result.ascii}, expected {expected}"
    assert d.shape == shape
    report = d.verify()
    assert report.ok, report


def test_form_tells_formulas_apart():
    """The comparison itself: another order of terms is the same form, a transpose or a sign is not."""
    where = {"A": "matrix n n", "x": "vector n"}
    texts = ["(A + A')*x", "(A' + A)*x", "(A - A')*x", "(A + A)*x", "2*A*x", "-2*A*x"]
    forms = [form(parse(t, where).expr) for t in texts]
    assert forms[0] == forms[1]
    assert len({repr(f) for f in forms}) == 5


def test_trace_of_an_entrywise_exponential_is_not_mistaken_for_the_matrix_exponential():
    x = np.array([[0.3, -1.0], [2.0, 0.5]])
    np.testing.assert_allclose(gp.derive("tr(exp(X))", "X").evaluate(X=x), np.diag(np.exp(np.diag(x))))
    assert gp.derive("tr(expm(X))", "X").result.ascii == "expm(X)'"
