"""Where NumPy is not, as in a browser: derive, verify, explain and check answer as they do where it is."""

from __future__ import annotations

import json
import subprocess
import sys

import gradproof as gp
from gradproof.check import check_steps

# a formula, its variable, a claim, and the verdict that a reader of a textbook gives
CLAIMS = [
    ("x'*A*x", "x", "(A + A')*x", "right"), ("x'*A*x", "x", "2*A*x", "right-if"), ("x'*A*x", "x", "A*x", "wrong"),
    ("norm2(A*x - b)^2", "x", "2*A'*(A*x - b)", "right"), ("norm2(A*x - b)^2", "x", "A'*(A*x - b)", "wrong"),
    ("norm2(A*x - b)^2", "x", "2*(A*x - b)'*A", "other-layout"), ("A*x", "x", "A", "other-layout"), ("A*x", "x", "A'", "right"),
    ("logdet(X)", "X", "inv(X)'", "right"), ("logdet(X)", "X", "inv(X)", "other-layout"), ("det(X)", "X", "det(X)*inv(X)'", "right"),
    ("det(X)", "X", "inv(X)'", "wrong"), ("tr(inv(X)*A)", "X", "-inv(X)'*A'*inv(X)'", "right"), ("tr(inv(X)*A)", "X", "inv(X)'*A'*inv(X)'", "wrong"),
    ("kron(x, y)", "x", "kron(eye(m), y')", "right"), ("softmax(x)", "x", "diag(softmax(x)) - softmax(x)*softmax(x)'", "right"),
    ("softmax(x)", "x", "diag(softmax(x))", "wrong"), ("norm2(x)", "x", "x/norm2(x)", "right"), ("norm2(x)", "x", "x", "wrong"),
    ("norm1(x)", "x", "sign(x)", "right"), ("norm1(A*x)", "x", "A'*sign(A*x)", "right"), ("sum(relu(x))", "x", "(1 + sign(x))/2", "right"),
    ("sum(abs(x))", "x", "x./abs(x)", "right"), ("logsumexp(A*x)", "x", "A'*softmax(A*x)", "right"), ("sum(log(x))", "x", "1./x", "right"),
    ("sum(log(x))", "x", "log(x)", "wrong"), ("sum(exp(A*x))", "x", "A'*exp(A*x)", "right"), ("sum(tanh(x))", "x", "1 - tanh(x).^2", "right"),
    ("sum(erf(x))", "x", "exp(-x.^2)", "wrong"), ("sum(lgamma(x))", "x", "digamma(x)", "right"), ("sum(softplus(x))", "x", "sigmoid(x)", "right"),
    ("tr(X'*X)", "X", "2*X", "right"), ("tr(X^3)", "X", "3*(X^2)'", "right"), ("norm2(x)^3", "x", "3*norm2(x)*x", "right"),
    ("f(x)", "x", "Df(x)", "right"), ("y'*S*y", "S", "y*y'", "right"), ("x^3", "x", "3.0000001*x^2", "unknown"),
    ("conj(z)'*H*z", "z", "conj(H*z)", "right"), ("max(abs(z))^2", "z", "z", "wrong"),
]  # fmt: skip
WHERE = {"f(x)": "f: function x -> scalar; x: vector n", "kron(x, y)": "x: vector m; y: vector n", "y'*S*y": "S: matrix n n symmetric; y: vector n", "conj(z)'*H*z": "z: vector n complex; H: matrix n n hermitian", "max(abs(z))^2": "z: vector n complex"}  # fmt: skip
STEPS = ("norm2(A*x - b)^2", "x", "let r = A*x - b\ndr = 3*A*dx\ndf = 2*r'*dr\ndf/dx = 2*A'*r")

BODY = """
import json, sys
sys.modules["numpy"] = sys.modules["opt_einsum"] = None
import gradproof as gp
from gradproof.check import check_steps
claims, where, steps = json.loads(sys.stdin.read())
found = []
for f, wrt, claim, _ in claims:
    d = gp.derive(f, wrt, where.get(f))
    page = d.derivation()
    page.text(), page.json()
    check = gp.check(f, wrt, claim, where.get(f))
    check.text("zh"), check.text(), json.dumps(check.json())
    found.append([check.verdict, check.diagnoses, d.result.ascii, str(d.verify()), page.summary.wrong, page.summary.unknown, check.text()])
line = check_steps(*steps)
print(json.dumps([found, line.verdict, line.first_wrong]))
"""


def test_derive_verify_explain_and_check_without_numpy() -> None:
    given = json.dumps([CLAIMS, WHERE, STEPS])
    done = subprocess.run([sys.executable, "-c", BODY], input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found, verdict, first = json.loads(done.stdout)
    for (f, wrt, claim, wanted), (got, diagnoses, result, report, wrong, unknown, text) in zip(
        CLAIMS, found, strict=True
    ):
        assert got == wanted, f"{f} | {claim}: {text}"
        assert report.startswith("verified"), f
        assert not wrong, f
        assert not unknown, f
        here = gp.check(f, wrt, claim, WHERE.get(f))
        assert (here.verdict, list(here.diagnoses), here.text()) == (got, diagnoses, text)
        assert gp.derive(f, wrt, WHERE.get(f)).result.ascii == result
    here = check_steps(*STEPS)
    assert (verdict, first) == (here.verdict, here.first_wrong)
    assert verdict == "wrong"
