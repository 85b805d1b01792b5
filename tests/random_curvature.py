"""Random scalar formulas of x (a vector, or a matrix) that are convex, concave or neither, often nearly so; and chords that refute certificates.

python -m random_curvature [--seconds 60] [--state FILE]      as many formulas as fit; with a state, it goes on where the last run ended, and adds up
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

import gradproof as gp
from gradproof.errors import LostDigitsWarning
from gradproof.facts import made
from gradproof.notation.expr import Expr, Symbol
from gradproof.optimum.certificate import certify
from gradproof.parse import parse

WHERE = "; ".join(
    ["x: vector n", "p: vector n positive", "u: vector n positive", "v: vector n", "w: vector n", "y: scalar positive", "t: scalar",
     "A: matrix m n", "b: vector m", "S: matrix n n posdef", "Q: matrix n n symmetric", "P: matrix n n psd",
     "X: matrix n n posdef", "Z: matrix n n", "Y: matrix n n symmetric", "q: vector n simplex"]
)  # fmt: skip
VARIABLES = ("x", "p", "y", "t", "X", "Z", "Y", "q", "x y", "p u", "t y", "x t", "Z x", "X x")
AFFINE = {
    "x": ("x", "A*x + b", "x - v", "A*x", "2*x", "-x"), "p": ("p", "A*p + b", "p + u", "u - p", "A*p", "p"),
    "q": ("q", "A*q", "q + u", "q - v"), "y": ("y*v", "y*u + v", "v - y*u", "y*u"), "t": ("t*v", "t*u + v", "v - t*u", "t*u"),
    "x y": ("x/y", "x + y*v", "A*x/y", "x - y*u", "(x + y*v)/y"), "p u": ("p./u", "p - u", "log(p./u)", "p + u", "sqrt(p).*sqrt(u)"),
    "t y": ("t*v/y", "t*v + y*u", "(t + y)*v"), "x t": ("x + t*v", "x - t*ones(n)", "t*x", "A*x - t*b"), "Z x": ("Z*x", "Z*v + x", "Z*v - 2*x"), "X x": ("X*v - x", "X*x"),
    "X": ("X*v", "X*u + v", "diag(X)"), "Z": ("Z*v", "Z*v + w", "Z'*v", "diag(Z)"), "Y": ("Y*v", "v + Y*w", "diag(Y)"),
}  # fmt: skip
EACH = (
    "exp({})", "log(1 + exp({}))", "({}).^2", "({}).^3", "({}).^4", "sqrt(1 + ({}).^2)", "tanh({})", "sigmoid({})", "log(({}).^2 + 1)",
    "abs({})", "relu({})", "relu({}).^2", "cosh({})", "sin({})", "exp(-({}).^2)", "softplus({}).^2", "({}).*exp({})", "{}", "({}).^2.*exp({})",
    "abs({}).^3", "1./(1 + ({}).^2)", "sqrt(abs({}))", "log({})", "({}).*log({})", "1./({})", "sqrt({})", "({}).^(3/2)", "({}).^(-2)", "exp(1./({}))",
    "-log({})", "log(log(2 + exp({})))", "atan({})", "exp(exp({}))", "sigmoid({}).^2", "log(sigmoid({}))", "erf({})", "lgamma({})",
    "huber({})", "leaky_relu({})", "log(erfc({}))", "digamma({})", "-log(erfc({}))", "1./erfc({})", "huber({}).*({})", "trigamma({})",
)  # fmt: skip
WHOLE = (
    "sum({})", "logsumexp({})", "norm2({})", "norm1({})", "norm2({})^2", "norm2({})^3", "sum({})^2", "log(sum(exp({})))", "sqrt(1 + norm2({})^2)",
    "exp(sum({}))", "({})'*({})", "norm2({})^4", "norm2({})/(1 + norm2({})^2)", "log(norm2({})^2)", "1/(1 + norm2({})^2)", "relu(norm2({}) - 1)",
    "logsumexp({})^2", "sum(exp({}))/sum(({}).^2 + 1)", "sum(softmax({}).*({}))", "sum(softmax({}).^2)",
    "sum(({}).^4)^(1/4)", "prod({})^(1/n)", "1/prod({})", "sum(abs({}).^3)^(1/3)", "sum(({}).^4)^(1/6)",
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
SPECIAL |= {
    "x y": ("x'*S*x/y", "y*log(sum(exp(x/y)))", "y*sum(exp(x/y))", "norm2(x)^3/y^2", "y*norm2(x)", "sqrt(norm2(x)^2 + y^2)", "x'*Q*x/y", "norm2(x)^2/y^2", "y*sum((x/y).^4)", "x'*x + y*(v'*x) + y^2",
            "y*log(sum(u.*exp(x/y)))", "-y*log(y)", "norm2(x - y*v)^2", "sum(x)^2 + y*sum(x) + y^2/3", "x'*x + y*sum(x) + n*y^2/4", "x'*x + y*sum(x) + y^2/4", "y*exp(v'*x/y)", "exp(x'*x/y)"),
    "p u": ("sum(p.*log(p./u))", "sum(u.*log(p./u))", "sum(p.^2./u)", "sum(p.^3./u.^2)", "sum(p.*u)", "sum(p.^2 + p.*u + u.^2)", "sum(p.^2 - 3*p.*u + u.^2)", "sum(sqrt(p.*u))", "sum(1./(p.*u))",
            "sum(p)*log(sum(p)/sum(u))", "sum(p.*exp(u./p))", "-sum(p.*log(u./p))", "sum((p - u).^2./(p + u))", "p'*S*p + 2*p'*S*u + u'*S*u", "p'*S*p + p'*Q*u + u'*S*u"),
    "t y": ("t^2/y", "y*exp(t/y)", "t^2 + t*y + y^2", "t^2 + 3*t*y + y^2", "t^2 - 2*t*y + y^2", "t^4 + t^2*y^2 + y^4", "t^4 + 6*t^2*y^2 + y^4", "y*log(1 + exp(t/y))", "y*sqrt(1 + (t/y)^2)", "t*y",
            "t^4/y^3", "t^4/y^2", "-y*log(y)", "y*log(y) - t*y", "y*sin(t/y)", "exp(t)*y", "exp(t)/y", "t^2*y + 1/y"),
    "x t": ("t^2*(x'*x)", "x'*x + t*(v'*x) + t^2*(v'*v)/4", "x'*x + t*(v'*x) + t^2*(v'*v)/5", "log(exp(t) + sum(exp(x)))", "norm2(x)*abs(t)", "x'*S*x - 2*t*(v'*S*x) + t^2*(v'*S*v)", "exp(t + v'*x)", "t*sum(x)"),
    "Z x": ("x'*Z*v", "norm2(Z*v - x)^2", "norm2(Z)^2 + x'*Z*v + norm2(x)^2", "norm2(Z)^2*norm2(v)^2/4 + x'*Z*v + norm2(x)^2", "logsumexp(Z*v + x)", "nuclear(Z) + norm1(x)", "norm2(Z)^2*norm2(x)^2"),
    "X x": ("x'*inv(X)*x", "x'*inv(X + S)*x", "(x - v)'*inv(X)*(x - v)", "x'*X*x", "log(1 + x'*inv(X)*x)", "x'*inv(X)*x - logdet(X)", "x'*inv(X)*x + logdet(X)", "(x'*inv(X)*x)^2", "-logdet(X) + x'*x"),
    "x": (*SPECIAL["x"], "max(x)", "min(A*x)", "max(x.^2)", "max(x)^2", "max(x) - min(x)", "log(exp(v'*x) + exp(w'*x))", "log(exp(v'*x) - exp(w'*x))", "log(sum(u.*exp(x)) + exp(x'*x))", "log(1 + exp(v'*x)*exp(w'*x))",
          "log(sum(exp(x))*sum(exp(A*x)))", "sum(sqrt((A*x + b).^2 + x'*x*ones(m)))", "sum(sqrt(x.^2 + u.*(x - v).^2))", "log(cosh(v'*x))", "log(sum(cosh(x)))", "log(sum(exp(-x.^2)))", "log(sum(sigmoid(x)))"),
    "t": (*SPECIAL["t"], "t^4 - 4*t^3 + 6*t^2", "t^4 - 4*t^3 + 5*t^2", "t^4 + t^3 + t^2", "t^4 - 2*t^3 + 3/2*t^2", "t^4*y + t^3 + t^2", "log(exp(t) + exp(2*t))", "log(cosh(t))", "log(exp(t) + t^2)", "t^6 - t^4 + t^2"),
    "p": (*SPECIAL["p"], "logdet(S + diag(p))", "tr(inv(S + diag(p)))", "v'*inv(diag(p))*v", "log(sum(1./p))", "log(prod(p))", "max(p)*sum(p)", "log(sum(p.^2))"),
    "Y": (*SPECIAL["Y"], "log(tr(expm(Y)))", "tr(expm(Y))", "lambdamax(Y)", "lambdamin(Y)", "log(tr(coshm(Y)))", "tr(expm(Y))*lambdamax(Y)", "nuclear(Y)", "lambdamax(Y) - lambdamin(Y)", "logsumexp(eigvals(Y))"),
    "Z": (*SPECIAL["Z"], "norm21(Z)", "norm21(S*Z - Q)", "specnorm(Z)", "nuclear(Z)", "nuclear(Z)^2", "norm21(Z)*norm2(Z)", "norm21(Z.^2)", "max(Z)", "specnorm(Z) - nuclear(Z)", "sum(logsumexp_rows(Z))"),
    "X": (*SPECIAL["X"], "tr(X*logm(X) - X)", "tr(X*logm(X) - X*S)", "tr(logm(X))", "tr(sqrtm(X) - X)", "logdet(S + A'*A*X*A'*A)", "logdet(eye(m) + A*X*A')", "tr(inv(eye(m) + A*X*A'))", "log(tr(X*X))", "log(det(X))"),
}  # fmt: skip
SPECIAL |= {  # roots of homogeneous formulas, log-concave ones, and quadratic forms in two variables
    "x": (*SPECIAL["x"], "sum(abs(x).^3)^(1/3)", "sum(abs(x).^3)^(1/2)", "sum(x.^4)^(1/4)", "norm1(x)^2", "sqrt(norm1(x)*norm2(x))", "sqrt(max(x)*norm2(x))", "1/(1 + exp(x'*x))", "log(erfc(v'*x))", "1/erfc(v'*x)"),
    "p": (*SPECIAL["p"], "prod(p)^(1/n)", "prod(p)^(2/n)", "1/prod(p)", "prod(p)^(-2)", "prod(p)*sum(p)", "prod(p)^(1/n)*log(sum(p))", "log(prod(p)*sum(p))", "1/(sum(p)*prod(p))", "sqrt(sum(p)*sum(sqrt(p))^2)",
          "1/sqrt(sum(1./p)*sum(p.^(-2))^(1/2))", "1/sum(p.^(-2))^(1/2)", "1/sum(p.^(-2))", "prod(p + u)^(1/n)", "prod(p./(1 + p))", "1/prod(p./(1 + p))"),
    "X": (*SPECIAL["X"], "det(X)^(1/n)", "det(X)^(2/n)", "det(inv(X))", "1/det(X)", "1/(v'*inv(X)*v)", "1/tr(inv(X))^2", "det(X)*tr(X)", "log(det(X)*tr(X))", "1/(det(X)*tr(X))", "1/sqrt(tr(inv(X)*inv(X)))",
          "det(X)^(1/n)*tr(X)", "1/tr(S*inv(X))", "1/tr(Q*inv(X))", "1/tr(inv(X + S))", "sqrt(tr(X)/tr(inv(X)))", "det(X + S)^(1/n)", "det(A*X*A')"),
    "p u": (*SPECIAL["p u"], "p'*S*p + p'*u + u'*inv(S)*u", "p'*S*p + 2*p'*u + u'*inv(S)*u", "p'*S*p + 3*p'*u + u'*inv(S)*u", "p'*P*p - 2*p'*P*u + u'*P*u", "p'*P*p + 3*p'*P*u + u'*P*u", "p'*P*p + p'*S*P*u + u'*P*u",
            "y*p'*p + 2*p'*u + u'*u/y", "y*p'*p + 2*p'*u + y*u'*u", "p'*S*p + p'*v*w'*u + u'*S*u", "1/(prod(p)*prod(u))", "(prod(p)*prod(u))^(1/n)", "sqrt(sum(p)*sum(u))"),
    "x t": (*SPECIAL["x t"], "x'*S*x + 2*t*(v'*x) + t^2*(v'*inv(S)*v)", "x'*S*x + 2*t*(v'*x) + t^2*(v'*S*v)", "x'*P*x - t*(v'*P*x) + t^2*(v'*P*v)/4", "x'*P*x - t*(v'*P*x) + t^2*(v'*P*v)/5"),
}  # fmt: skip
SPECIAL |= {  # a square of a sum against the sum of squares: n is the border
    "x": (*SPECIAL["x"], "norm2(x)^2 - sum(x)^2/n", "norm2(x)^2 - sum(x)^2/2", "var(x)", "x'*S*x - sum(x)^2/sum(inv(S))", "norm2(x)^2 - (v'*x)^2/(v'*v)", "sum(u.*x.^2) - sum(x)^2/sum(1./u)", "sum(u.*x.^2) - sum(x)^2/n"),
    "Z": (*SPECIAL["Z"], "norm2(Z)^2 - sum(Z)^2/n^2", "norm2(Z)^2 - sum(Z)^2/n", "norm2(Z)^2 - norm2(Z*ones(n))^2/n", "norm2(Z)^2 - norm2(Z*v)^2/(v'*v)", "norm2(Z)^2 - tr(Z)^2/n", "norm2(Z)^2 - tr(Z)^2/2", "norm2(Z)^2 - norm2(diag(Z))^2"),
    "Y": (*SPECIAL["Y"], "tr(Y*Y) - tr(Y)^2/n", "tr(Y*Y) - tr(Y)^2/2", "tr(Y*Y) - sum(Y)^2/n^2", "tr(Y*Y) - (v'*Y*v)^2/(v'*v)^2", "norm2(Y*v)^2 - (v'*Y*v)^2/(v'*v)"),
    "x t": (*SPECIAL["x t"], "norm2(x)^2 - 2*t*sum(x) + n*t^2", "norm2(x)^2 - 2*t*sum(x) + 2*t^2", "norm2(x)^2 + t^2 - sum(x)^2/n", "sum(u.*x.^2) + 2*t*sum(x) + t^2*sum(1./u)"),
}  # fmt: skip
SPECIAL |= {  # fractions, perspectives, the larger of two, projections, and norms of powers
    "p u": (*SPECIAL["p u"], "sum(p.*u./(p + u))", "sum((sqrt(p) - sqrt(u)).^2)", "sum((p - u).*(log(p) - log(u)))", "sum(p.*log((p + u)./p))", "sum(p.*log((p + u)./u))", "sum((sqrt(p) + sqrt(u)).^3)", "norm2(p)^2*norm2(u)^2 - (p'*u)^2", "sum(max(p, u.^2))", "sum(min(p, sqrt(u)))",
            "sum(p.^4 + u.^4 + p.^2.*u.^2)", "sum(p.^4 + u.^4 + 6*p.^2.*u.^2)", "sum(p.^4 + u.^4 + 7*p.^2.*u.^2)"),
    "t y": (*SPECIAL["t y"], "t^4 + y^4 + 6*t^2*y^2", "t^4 + y^4 + 7*t^2*y^2", "t^4 + y^4 - t^2*y^2", "sqrt(t^4 + y^2)", "sqrt(t^4 + y)", "max(t^2, exp(y))", "max(t^2, sqrt(y))", "abs(t^2 - y) + t^2", "abs(t^2 - y) + t^2/2", "relu(t^2 - y^2) + y^2", "(t - y)^4 + t^2*y^2"),
    "t": (*SPECIAL["t"], "sqrt(1 + t^4)", "t^4/(1 + t^2)", "t^2/(1 + t^2)", "(1 + t^2)^(3/2)", "(1 + t^4)^(1/4)", "t*atan(t)", "t*tanh(t)", "abs(t^2 - 1) + 2*t^2", "abs(t^2 - 1)", "relu(t^2 - t)", "max(t^2, t^3)", "t^4/(1 + t^4)"),
    "y": (*SPECIAL["y"], "tanh(y)", "atan(y)", "erf(y)", "sigmoid(y)", "y*tanh(y)", "y*sigmoid(y)", "tanh(y)/y", "y/(1 + y)", "y^2/(1 + y)^2", "y^3/(1 + y)", "y*log(1 + 1/y)", "log(y)/y", "sqrt(y*(1 + y))", "asinh(y)", "sinh(y)*exp(-y)", "tanh(y)^2", "exp(-tanh(y))"),
    "x": (*SPECIAL["x"], "x'*(eye(n) - v*v'/(v'*v))*x", "x'*(eye(n) - v*v')*x", "x'*(S - S*v*v'*S/(v'*S*v))*x", "norm2(x)^2*norm2(v)^2 - (v'*x)^2", "norm2(x)^2*norm2(v)^2 - 2*(v'*x)^2", "norm2(x)^2*norm2(A)^2 - norm2(A*x)^2", "max(x'*x, exp(v'*x))", "max(x'*x, v'*x) - norm2(x)", "sqrt(sum(x.^4))", "sqrt(sum(x.^4) + 1)", "sqrt(sum(x.^6))", "x'*x*x'*S*x"),
    "Z": (*SPECIAL["Z"], "schatten(Z,3)", "schatten(Z,1)", "schatten(Z,1/2)", "schatten(Z,3/2)^2", "schatten(S*Z - Q,4)", "schatten(Z,2)*norm2(Z)"),
}  # fmt: skip
SPECIAL |= {  # log-gamma functions, relative entropies, what stands under an inverse, and formulas of one number
    "p": (*SPECIAL["p"], "lgamma(sum(p)) - sum(lgamma(p))", "sum(lgamma(p)) - y*lgamma(sum(p))", "sum(lgamma(p + u)) - sum(lgamma(p))", "sum(u.*lgamma(p)) - lgamma(sum(p))", "sum(lgamma(p)) - lgamma(sum(p) + y)", "sum(p)/(1 + sum(p))", "(v'*p)^2/(1 + sum(p))"),
    "p u": (*SPECIAL["p u"], "sum(lgamma(p)) + sum(lgamma(u)) - sum(lgamma(p + u))", "sum(lgamma(p)) - sum(lgamma(u))", "sum(p.*log(p./(u + p)))", "sum(p.*log(p)) - sum(p.*log(u + w.^2))", "sum(p.*log(u./p))", "sum(p.*log(u)) - sum(lgamma(p))", "sum(p.*log(u)) - 2*sum(lgamma(p))"),
    "x": (*SPECIAL["x"], "x'*x - x'*A'*inv(A*A' + eye(m))*A*x", "x'*S*x - 2*x'*A'*inv(A*inv(S)*A' + eye(m))*A*x", "x'*S*x - x'*A'*inv(A*inv(S)*A' + eye(m))*A*x", "norm2(A*x - b)^2/(1 + norm2(A*x - b))", "norm2(x) - log(1 + norm2(x))", "norm2(x)^3/(1 + norm2(x)^2)", "exp(-y*norm2(x)) + norm2(x)", "max(abs(x))^2", "max(x)^2 - norm2(x)"),
    "x t": (*SPECIAL["x t"], "x'*x + t^2 + t*(v'*x)/norm2(v)", "x'*x + t^2 + 3*t*(v'*x)/norm2(v)"),
    "X": (*SPECIAL["X"], "logdet(X*S)", "tr(X*inv(S)) - logdet(X*inv(S))", "tr(X*logm(X)) - tr(X*logm(S))", "tr(S*logm(S)) - tr(S*logm(X))", "tr(X*logm(X)) + tr(X*logm(S))", "tr(X)/(1 + tr(X))"),
}  # fmt: skip
SPECIAL |= {  # symmetric functions of eigenvalues, multiples under log-gamma functions, what a formula divides by
    "Y": (*SPECIAL["Y"], "sum(abs(eigvals(Y)))", "max(abs(eigvals(Y)))", "sum(relu(eigvals(Y)))", "sum(relu(eigvals(Y)).^2)", "sum(abs(eigvals(Y) - 1))", "sum(huber(eigvals(Y)))", "tr(Y*signm(Y))", "sum(eigvals(Y).*abs(eigvals(Y)))",
          "norm2(eigvals(Y))", "lambdamax(Y)^2", "sum(abs(eigvals(Y + S)))", "sum(tanh(eigvals(Y)))", "sum(eigvals(Y).^4)^(1/4)", "max(eigvals(Y))*sum(eigvals(Y))"),
    "X": (*SPECIAL["X"], "lambdamax(X)^2", "lambdamax(X)*lambdamin(X)", "sqrt(lambdamax(X))", "1/lambdamin(X)", "1/lambdamax(X)", "sum(sqrt(eigvals(X)))", "sum(1./eigvals(X))", "prod(eigvals(X))", "sum(eigvals(X).^3)", "log(lambdamax(X))", "lambdamax(X)^3/lambdamin(X)"),
    "p": (*SPECIAL["p"], "sum(lgamma(2*p)) - lgamma(2*sum(p))", "sum(lgamma(2*p)) - lgamma(sum(p))", "sum(lgamma(p)) - lgamma(2*sum(p))", "sum(lgamma(p/2)) - lgamma(sum(p)/2)"),
    "t": (*SPECIAL["t"], "log(log(1 + exp(t)))", "log(log(1 + exp(t^2)))", "log(1 + exp(t))^2", "1/log(1 + exp(t))", "log(1 + exp(t))^(1/2)"),
    "q": (*SPECIAL["q"], "log(sum(q.^2))", "sum(u.^2./q)", "sum(q.^2./u)", "sum(1./q)", "norm2(q)", "log(sum(q.^2./u))", "max(q)^2", "1/(u'*q)", "prod(q)", "sum(q.^3./(q + u))"),
}  # fmt: skip
SPECIAL |= {  # entropies of affine formulas, whose terms stand apart
    "y": (*SPECIAL["y"], "(1 - y)*log(1 - y)", "y*log(y) + (1 - y)*log(1 - y)", "(2 - y)*log(1 - y)", "(1 - y)*log(2 - y)", "(1 - 2*y)*log(1 - y)"),
    "t": (*SPECIAL["t"], "(1 - t)*log(1 - t)", "(1 + t)*log(1 + t) + (1 - t)*log(1 - t)", "(1 + t)*log(1 + t) - (1 - t)*log(1 - t)", "t*log(1 - t)", "(3 - 2*t)*log(3 - 2*t)"),
    "x": (*SPECIAL["x"], "sum((b - A*x).*log(b - A*x))", "sum((b - A*x).*log(b + A*x))", "(v'*x + 1)*log(v'*x + 1)", "(v'*x)*log(v'*x + 1)"),
    "q": (*SPECIAL["q"], "sum(q.*log(q) + (1 - q).*log(1 - q))", "sum((1 - q).*log(1 - q))", "sum(q.*log(1 - q))", "sum((1 + q).*log(1 + q) - q.*log(q))"),
    "p": (*SPECIAL["p"], "sum((1 - p).*log(1 - p))", "sum((p + u).*log(p + u))", "sum((p + u).*log(p + u)) - sum(p.*log(p))", "sum((p + 1).*log(p))"),
}  # fmt: skip
SPECIAL |= {  # kinks at one place, entries, powers with what moves in the exponent, forms of several variables under a root
    "t": (*SPECIAL["t"], "relu(t) - relu(-t)", "relu(t) - 2*relu(-t)", "3*relu(t) - 2*relu(-t)", "abs(t) - relu(t)", "abs(t) - 3*relu(-t)", "relu(t)*relu(-t)", "relu(t)^2 - relu(-t)^2", "huber(t)^2", "t^2 - huber(t)"),
    "y": (*SPECIAL["y"], "y^y", "y^(-y)", "y^(2*y)", "(1 + y)^y", "y^(1 + y)", "y^sqrt(y)", "y^(1/y)", "(1/y)^y"),
    "x": (*SPECIAL["x"], "sum(relu(x) - relu(-x))", "sum(abs(x) - relu(x))", "x[1]^2/(1 + x[2]^2)", "x[1]*x[2]", "sqrt(x[1]^2 + x[1]*x[2] + x[2]^2)", "relu(x[1] - x[2]) - relu(x[2] - x[1])"),
    "p": (*SPECIAL["p"], "p[1]^2/p[2]", "p[1]^2/p[2]^2", "p[1]^3/p[2]^2", "sqrt(p[1]*p[2])", "p[1]*log(p[1]/p[2])", "prod(p)^(-1/n)", "prod(p)^(-y)", "p[1]*sum(p)", "log(p[1]*sum(p))", "p[1]^p[2]", "p[1]^2/sum(p)"),
    "t y": (*SPECIAL["t y"], "sqrt(t^2 + t*y + y^2)", "sqrt(t^2 + 2*t*y + y^2)", "sqrt(t^2 + 3*t*y + y^2)", "(t^2 + t*y + y^2)^(3/2)", "(t^2 - 3*t*y + y^2)^2", "exp(sqrt(t^2 - t*y + y^2))", "log(t^2 + t*y + y^2)", "y^t", "y^(t^2)", "sqrt(t*y + y^2)"),
    "x t": (*SPECIAL["x t"], "sqrt(norm2(x)^2 + t*sum(x) + n*t^2)", "sqrt(norm2(x)^2 + 3*t*sum(x) + n*t^2)", "sqrt(x'*S*x + 2*t*(v'*x) + t^2*(v'*inv(S)*v))"),
    "Y": (*SPECIAL["Y"], "sum(softplus(eigvals(Y)))", "tr(logm(eye(n) + expm(Y)))", "tr(logm(eye(n) + expm(Y)*expm(Y)))", "tr(logm(2*eye(n) + expm(-Y)))", "tr(sqrtm(eye(n) + expm(Y)))", "tr(inv(eye(n) + expm(Y)))", "tr(Y*inv(eye(n) + expm(Y)))"),
    "X": (*SPECIAL["X"], "tr(logm(eye(n) + X))", "tr(logm(eye(n) + inv(X)))", "tr(inv(eye(n) + inv(X)))", "X[1,1]*X[2,2]", "sqrt(X[1,1]*X[2,2])", "log(X[1,1])", "X[1,2]^2/X[1,1]", "X[1,2]"),
}  # fmt: skip
FRACTIONS = {"y": ("y",), "p": ("p",), "p u": ("p", "u"), "t y": ("t", "y"), "t": ("t",)}
SCALES = ("", "", "", "2*", "-", "y*", "t*", "-3*", "1/2*")
OUTER = (
    "exp({})", "log(1 + exp({}))", "({})^2", "relu({})", "log({})", "sqrt({})", "({})*({})", "1/({})", "max0({})", "abs({})", "({})^3", "-({})", "({})/(1 + ({})^2)",
)  # fmt: skip


def fraction(rng: random.Random, letters: tuple[str, ...]) -> str:
    """A fraction of polynomials of entries; what it is divided by is positive."""

    def power(most: int) -> str:
        return ".*".join(
            [f"{rng.choice((1, 1, 2, 3, '1/2'))}", *(f"{v}.^{e}" for v in letters if (e := rng.randrange(most)))]
        )

    top = rng.choice((" + ", " - ")).join(power(4) for _ in range(rng.choice((1, 1, 2))))
    below = " + ".join(f"{rng.choice((1, 2))}*{v}.^{2 if v == 't' else rng.choice((1, 2))}" for v in letters)
    below += rng.choice(("", " + 1", " + 2")) if "t" not in letters else " + 1"
    return f"sum(({top} + 0*{letters[0]})./({below}).^{rng.choice(('1', '1', '2', '1/2', '3/2', '3'))})"


def term(rng: random.Random, name: str) -> str:
    """One term of a formula."""
    if name in FRACTIONS and rng.random() < 0.25:
        return fraction(rng, FRACTIONS[name])
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
        scale = rng.choice([s for s in SCALES if s[:1] not in name.split() or not s])
        part = term(rng, name)
        if rng.random() < 0.15:
            part = rng.choice(OUTER).replace("max0", "relu").replace("{}", part)
        parts.append(f"{scale}({part})")
    return " + ".join(parts), name


def refuted(text: str, name: str, sign: int, seed: int, chords: int = 40) -> str:
    """Two points that refute a certificate, found from the formula alone; "" where there are none."""
    rng = np.random.default_rng(seed)
    names = name.split()
    parsed = parse(text, WHERE, names)
    symbols = {s.name: s for s in (*parsed.expr.variables, *(parsed.symbols[n] for n in names))}
    for _ in range(chords):
        n, m = rng.permutation([2, 3, 4])[:2]
        scale = float(rng.choice([0.3, 1.0, 3.0]))
        sizes = {"n": int(n), "m": int(m)}
        one = {k: value(s, sizes, rng, scale) for k, s in symbols.items()}
        t = float(rng.choice([0.02, 0.3, 1.0]))
        two = {**one, **{k: one[k] + t * (value(symbols[k], sizes, rng, scale) - one[k]) for k in names}}
        middle = {**one, **{k: (one[k] + two[k]) / 2 for k in names}}
        try:
            with np.errstate(all="ignore"):
                f = [float(parsed.expr.evaluate({**at, **sizes})) for at in (one, middle, two)]
        except (gp.GradproofError, LostDigitsWarning):  # no value, or one that says nothing
            continue
        gap, size = f[1] - (f[0] + f[2]) / 2, max(map(abs, f))
        if abs(gap) > 1e-6 * (1 + size) and not _steady(parsed.expr, one | sizes, names, f[0], abs(gap), rng):
            continue
        if (
            np.isfinite(gap)
            and size < 1e8
            and ((sign >= 0 and gap > 1e-6 * (1 + size)) or (sign <= 0 and gap < -1e-6 * (1 + size)))
        ):
            return f"{text} by {name} at {one} and {two}: {f}"
    return ""


def _steady(expr: Expr, at: dict[str, Any], names: list[str], f: float, gap: float, rng: np.random.Generator) -> bool:
    """Whether a value is more than rounding: the logarithm of a determinant that is zero is not."""
    near = {k: at[k] * (1 + 1e-11 * rng.normal(size=np.shape(at[k]))) for k in names}
    try:
        with np.errstate(all="ignore"):
            return abs(float(expr.evaluate({**at, **near})) - f) < gap / 10
    except gp.GradproofError:
        return False


def value(s: Symbol, sizes: dict[str, int], rng: np.random.Generator, scale: float) -> Any:
    """A random array with the declared facts."""
    return made(np, s.facts, scale * rng.normal(size=[d.evaluate(sizes) for d in s.type.dims]))


def certified(seed: int, count: int) -> list[tuple[str, str, int]]:
    """Random formulas that have a certificate."""
    rng, found = random.Random(seed), []
    for _ in range(count):
        text, name = formula(rng)
        try:
            parsed = parse(text, WHERE, name.split())
            sign = certify(parsed.expr, [parsed.symbols[n] for n in name.split()]).sign
        except gp.GradproofError:
            continue
        if sign is not None:
            found.append((text, name, sign))
    return found


SLICE = 200  # formulas of one seed


def run(seconds: float, state: Path | None) -> dict[str, Any]:
    """Slices of formulas for as long as asked: how many there were, how many have a certificate, and what refutes one."""
    told: dict[str, Any] = {"seed": 0, "formulas": 0, "certified": 0, "refuted": []}
    if state is not None and state.exists():
        told = json.loads(state.read_text("utf-8"))
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = certified(1_000_000 + told["seed"], SLICE)
        told["refuted"] += [r for k, c in enumerate(found) if (r := refuted(*c, k, 12))]
        told["seed"] += 1
        told["formulas"] += SLICE
        told["certified"] += len(found)
        if state is not None:
            state.write_text(json.dumps(told), "utf-8")
    return told


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--state", type=Path)
    args = parser.parse_args()
    told = run(args.seconds, args.state)
    print("{formulas} formulas, {certified} certified, {count} refuted".format(**told, count=len(told["refuted"])))
    print(*told["refuted"], sep="\n")
    return 1 if told["refuted"] else 0


if __name__ == "__main__":
    sys.exit(main())
