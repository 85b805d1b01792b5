"""Writes the derivations of docs/derivations, and the golden files of the tests: `make derivations`. With --check, says which are not up to date."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "src"))

import gradproof as gp  # noqa: E402  (found by the line above)
from gradproof.explain.proofs import PROOFS  # noqa: E402
from gradproof.explain.rules import NUMBERS, RULES, is_formula  # noqa: E402
from gradproof.explain.steps import steps  # noqa: E402
from gradproof.explain.texts import texts  # noqa: E402
from gradproof.languages import LANGUAGES, language  # noqa: E402

DOCS, GOLDEN = ROOT / "docs" / "derivations", ROOT / "tests" / "golden"

_GAUSSIAN = "-logdet(S)/2 - (x - mu)'*inv(S)*(x - mu)/2"  # without its constant

# name of the file: (title, formula, variables, what is known)
PROBLEMS: dict[str, tuple[str, str, str | list[str], str | None]] = {
    "quadratic-form": ("Quadratic form", "x'*A*x", "x", None),
    "quadratic-form-by-differential": ("Quadratic form, by the differential", "x'*A*x", "x", None),
    "quadratic-form-by-entries": ("Quadratic form, by entries", "x'*A*x", "x", None),
    "least-squares": ("Least squares", "norm2(A*x - b)^2", "x", None),
    "ridge": ("Ridge regression", "norm2(A*x - b)^2 + c*norm2(x)^2", "x", None),
    "logistic-function": ("Logistic function", "1/(1 + exp(-x))", "x", "x: scalar"),
    "logistic-function-entrywise": ("Logistic function, entry by entry", "1./(1 + exp(-x))", "x", "x: vector n"),
    "logistic-loss": ("Logistic loss", "sum(log(1 + exp(-y.*(X*w))))", "w", None),
    "logistic-loss-hessian": ("Logistic loss, Hessian", "sum(log(1 + exp(-y.*(X*w))))", ["w", "w"], None),
    "softmax": ("Softmax", "exp(x)/(ones(n)'*exp(x))", "x", "x: vector n"),
    "cross-entropy": ("Cross-entropy after softmax, by the logits", "-y'*log(softmax(z))", "z", "y: vector n; z: vector n"),
    "log-det": ("Logarithm of the determinant", "log(det(X))", "X", None),
    "trace-by-entries": ("Trace of a product, by entries", "tr(A*X*B)", "X", None),
    "trace-of-inverse": ("Trace of the inverse", "tr(inv(X))", "X", None),
    "gaussian-mean": ("Gaussian log-likelihood, by the mean", _GAUSSIAN, "mu", "S: matrix n n posdef; x: vector n; mu: vector n"),
    "gaussian-covariance": ("Gaussian log-likelihood, by the covariance", _GAUSSIAN, "S", "S: matrix n n posdef; x: vector n; mu: vector n"),
    "rayleigh-quotient": ("Rayleigh quotient", "x'*A*x/(x'*x)", "x", "A: matrix n n symmetric"),
    "cosine-similarity": ("Cosine similarity", "x'*y/(norm2(x)*norm2(y))", "x", None),
    "network-first-layer": ("Two-layer network, by the first weights", "norm2(V*tanh(W*x) - y)^2", "W", None),
    "network-second-layer": ("Two-layer network, by the second weights", "norm2(V*tanh(W*x) - y)^2", "V", None),
    "matrix-factorisation": ("Matrix factorisation", "norm2(A - U*V')^2", "U", None),
    "weighted-factorisation": ("Matrix factorisation with weights", "norm2(W.*(A - U*V'))^2", "U", None),
    "kalman-gain": ("Kalman gain", "tr((eye(n) - K*C)*P*(eye(n) - K*C)')", "K", "P: matrix n n symmetric"),
    "regularised-logistic": (
        "Logistic regression with a penalty", "-y'*log(sigmoid(X*w)) - (1 - y)'*log(1 - sigmoid(X*w)) + c*w'*w", "w",
        "X: matrix m n; w: vector n; y: vector m; c: scalar",
    ),
    "process-likelihood": (
        "Gaussian process likelihood, by the noise", "-y'*inv(K + s^2*eye(n))*y/2 - logdet(K + s^2*eye(n))/2", "s",
        "K: matrix n n symmetric; y: vector n; s: scalar",
    ),
    "mixture": (
        "Gaussian mixture, by the means", "sum(log(exp(-(x*ones(m)' - ones(n)*mu').^2/2)*p))", "mu",
        "x: vector n; mu: vector m; p: vector m",
    ),
    "factor-analysis": (
        "Factor analysis, by the loadings", "logdet(L*L' + P) + tr(inv(L*L' + P)*S)", "L",
        "S: matrix n n symmetric; P: matrix n n posdef; L: matrix n k",
    ),
    "softmax-layer": (
        "Softmax layer, all rows of data at once", "-sum(Y.*log(softmax_rows(X*W)))", "W", "X: matrix m n; W: matrix n k; Y: matrix m k",
    ),
    "attention-weights": (
        "Attention, by the queries", "sum(C.*(softmax_rows(Q*K')*V))", "Q",
        "Q: matrix m n; K: matrix p n; V: matrix p k; C: matrix m k",
    ),
    "attention": ("Attention of one query", "softmax(K*q)'*v", "q", "K: matrix m n; q: vector n; v: vector m"),
    "discriminant": ("Linear discriminant analysis", "w'*B*w/(w'*S*w)", "w", "B: matrix n n symmetric; S: matrix n n posdef"),
    "canonical-correlation": (
        "Canonical correlation", "a'*C*b/sqrt((a'*A*a)*(b'*B*b))", "a",
        "A: matrix n n posdef; B: matrix m m posdef; C: matrix n m; a: vector n; b: vector m",
    ),
    "principal-component": ("Principal component, by the Lagrangian", "w'*S*w - l*(w'*w - 1)", "w", "S: matrix n n symmetric; l: scalar"),
    "batch-normalisation": ("Batch normalisation", "(x - mean(x))./sqrt(var(x) + e)", "x", "x: vector n; e: scalar"),
    "triplet-loss": ("Triplet loss", "relu(norm2(a - p)^2 - norm2(a - n)^2 + m)", "a", "a: vector d; p: vector d; n: vector d; m: scalar"),
    "layer-normalisation": (
        "Layer normalisation with a loss", "norm2(g.*((x - mean(x))./sqrt(var(x) + e)) + b - y)^2/2", "x",
        "x: vector n; g: vector n; b: vector n; y: vector n; e: scalar",
    ),
    "process-length-scale": (
        "Gaussian process likelihood, by the length scale",
        "-y'*inv(exp(-D/(2*l^2)) + s^2*eye(n))*y/2 - logdet(exp(-D/(2*l^2)) + s^2*eye(n))/2", "l",
        "D: matrix n n symmetric; y: vector n; s: scalar; l: scalar",
    ),
    "attention-keys": (
        "Attention, by the keys", "sum(C.*(softmax_rows(Q*K')*V))", "K",
        "Q: matrix m n; K: matrix p n; V: matrix p k; C: matrix m k",
    ),
    "autoencoder": ("Autoencoder, a batch of data", "norm2(X - V*tanh(W*X))^2", "W", "X: matrix d p; V: matrix d h; W: matrix h d"),
    "contrastive-loss": (
        "Contrastive loss", "-q'*k/t + log(exp(q'*k/t) + sum(exp(N*q/t)))", "q", "q: vector n; k: vector n; t: scalar; N: matrix m n",
    ),
    "eigenvalue": ("Largest eigenvalue", "lambdamax(A)", "A", "A: matrix n n symmetric"),
    "matrix-exponential": ("Trace of a matrix function", "tr(A*expm(X))", "X", None),
    "matrix-product": ("A matrix between two others", "A*X*B", "X", None),
    "inverse": ("Inverse", "inv(X)", "X", None),
    "gram-matrix": ("Gram matrix", "X'*X", "X", None),
    "product-rule-3": ("Product rule 3, arbitrary functions", "y(x)*z(x)", "x", "x: vector p; y: function x -> scalar; z: function x -> vector q"),
    "product-rule-2": (
        "Product rule 2, arbitrary functions", "y(x)'*A*z(x)", "x", "x: vector p; A: matrix s t; y: function x -> vector s; z: function x -> vector t",
    ),
    "chain-rule": ("Chain rule, arbitrary functions", "g(u(x))", "x", "x: vector p; u: function x -> vector s; g: function u -> vector t"),
    "chain-rule-by-entries": (
        "Chain rule by entries of a matrix, arbitrary functions", "g(U(X))", "X",
        "X: matrix m n; U: function X -> matrix p q; g: function U -> scalar",
    ),
}  # fmt: skip
METHODS = {
    "quadratic-form-by-differential": "differential",
    "quadratic-form-by-entries": "entries",
    "trace-by-entries": "entries",
}
CASES = {
    "case-a-scalar": "logistic-function", "case-a-vector": "logistic-function-entrywise", "case-b": "softmax",
}  # fmt: skip


EXAMPLES = [  # formula, variable, what is known, method: together they use every rule
    *((formula, wrt, where, None) for _, formula, wrt, where in PROBLEMS.values()),
    ("f(x)", "x", "x: vector p; f: function x -> scalar", None),
    ("sum(log(1 + exp(X*w)) - y.*(X*w))", "w", None, None),
    ("tr(A*expm(X))", "X", None, None),
    ("tr(A*dexpm(X,B))", "X", None, None),
    ("tr(A*dexpm(X,X))", "X", None, None),
    ("tr(A*sylv(B,C,X))", "X", None, None),
    ("logsumexp(x.*a)", "x", None, None),
    ("sum(y.*log(softmax(x)))", "x", "x: vector n; y: vector n", None),
    ("sum(y./softmax(x))", "x", "x: vector n; y: vector n", None),
    ("f(t)", "t", "t: scalar; f: function t -> vector q", None),
    ("f(x)", "x", "x: scalar; f: function x -> scalar", None),
    ("f(x, A*x)", "x", "x: vector p; A: matrix q p; f: function u,v -> scalar", None),
    ("(x'*x)*(b'*x)", "x", None, None),
    ("x.*(A*x)", "x", None, None),
    ("x./(A*x)", "x", "A: matrix n n; x: vector n", None),
    ("(x./a)'", "x", "x: vector n; a: vector n", None),
    ("x'*A", "x", "A: matrix p q; x: vector p", None),
    ("2*x/3", "x", "x: vector n", None),
    ("t*a", "t", "t: scalar; a: vector n", None),
    ("sum(x) + norm2(x) + norm1(A*x)", "x", None, None),
    ("x^x", "x", "x: scalar", None),
    ("logsumexp(A*x)", "x", None, None),
    ("sin(x)", "x", "x: scalar", None),
    ("A + x*A", "x", "x: scalar; A: matrix m n", None),
    ("norm2(X) + norm1(X) + logsumexp(X)", "X", "X: matrix m n", None),
    ("det(X) + logdet(X)*sum(X./A)/tr(X)", "X", "X: matrix n n; A: matrix n n", None),
    ("tr(X^3) + a'*diag(X) + sum(exp(X))", "X", "X: matrix n n; a: vector n", None),
    ("tr(kron(A, X)) + vec(A)'*vec(X)", "X", "X: matrix n n; A: matrix n n", None),
    ("kron(X, X)", "X", "X: matrix m n", None),
    ("tr(C*kron(X, A))", "X", "X: matrix m m; A: matrix n n; C: matrix m*n m*n", None),
    (
        "tr(A*(X*b)*c')*f(X)",
        "X",
        "A: matrix n n; X: matrix n m; b: vector m; c: vector n; f: function X -> scalar",
        None,
    ),
    ("A*(x.*b)", "x", "A: matrix m n; x: vector n; b: vector n", "differential"),
    ("softmax_rows(X)", "X", None, None),
    ("norm2(V*tanh(W*X) - Y)^2", "W", None, None),
    ("x'*A*x", "x", None, "differential"),
    ("x'*A*x", "x", None, "entries"),
    ("softmax(x)", "x", "x: vector n", None),
    ("tr(A)", "X", "A: matrix n n; X: matrix n n", None),
    ("tr(A*X + tr(X)*B)", "X", None, None),
    ("x./norm2(x)", "x", "x: vector n", None),
    ("sum(log(eigvals(X)))", "X", None, None),
    ("x'*A*x", "x[2]", None, None),
    ("A*X*B", "X[1,2]", None, None),
    ("sum(cumsum(x))", "x", "x: vector n", None),
    ("tr(B*(tr(X)*A))", "X", "A: matrix m n; B: matrix n m; X: matrix n n", None),
    ("sum(X.*exp(X))", "X", "X: matrix m n", None),
    ("sum(A.^A)", "A", "A: matrix m n", None),
    ("b'*diag(x)*a", "x", "a: vector n; b: vector n; x: vector n", None),
    ("g(u(X))", "X", "X: matrix m n; u: function X -> vector s; g: function u -> scalar", None),
]


def derivation(name: str, lang: str) -> Any:
    """The derivation of a problem in a language."""
    _, formula, wrt, where = PROBLEMS[name]
    return gp.derive(formula, wrt=wrt, where=where).derivation(lang=lang, method=METHODS.get(name))


def files() -> Iterator[tuple[Path, str]]:
    """Every file, and what stands in it."""
    for name in PROBLEMS:
        for lang in LANGUAGES:
            yield DOCS / lang / f"{name}.md", derivation(name, lang).markdown()
    yield DOCS / "README.md", index()
    examples = rule_examples()
    for lang in LANGUAGES:
        yield ROOT / "docs" / ("rules.md" if lang == "en" else f"rules.{lang}.md"), rules_page(lang, examples)
    for case, name in CASES.items():
        for lang in LANGUAGES:
            yield GOLDEN / f"{case}.{lang}.txt", derivation(name, lang).text(color=False) + "\n"


def rule_examples() -> dict[str, str]:
    """For every rule the shortest example that it is used in, with the result that was checked."""
    return {rule: told for rule, (told, *_) in rule_sources().items()}


@cache
def rule_sources() -> dict[str, tuple[str, str, str | list[str], str | None, str | None]]:
    """The same, with what was derived: the formula, by what, what is known, and the method."""
    found: dict[str, tuple[str, str, str | list[str], str | None, str | None]] = {}
    for formula, wrt, where, method in sorted(EXAMPLES, key=lambda e: len(e[0])):
        t = gp.derive(formula, wrt=wrt, where=where).derivation(method=method)
        for s in steps(t.root):
            told = {"derivative": "∂({})/∂{} = {}", "differential": "d({1:.0}{0}) = {2}", "equality": "{0} = {2}"}[
                s.kind
            ]
            if s.rule not in found and t.check(s).ok:
                name = s.wrt[0].name if s.wrt else ""
                result = s.result.unicode if s.tensor is None else t.page("unicode").result.right[0]
                left = f"{name}ᵢⱼ" if s.tensor is not None else name
                found[s.rule] = (told.format(s.goal.unicode, left, result), formula, wrt, where, t.method)
    return found


def rules_page(lang: str, examples: dict[str, str]) -> str:
    """The list of all rules with a number."""
    told = texts(lang)
    words = told.words
    lines = [f"# {words['rules-title']}", "", words["rules-intro"], ""]
    heads = (words[f"rules-{k}"] for k in ("number", "name", "statement", "proof", "example"))
    lines += ["| " + " | ".join(heads) + " |", "|---|---|---|---|---|"]
    for name, number in numbered():
        rule = RULES[name]
        when = words["number"].format(number=_shown(told.when(rule.when))) if rule.when else ""
        statement = f"`{_shown(rule.statement)}`" if is_formula(rule.statement) else told.says_plainly(name)
        proof = f"`{_shown(PROOFS[name])}`" if name in PROOFS else ""
        example = f"`{examples[name]}` ✓" if name in examples else ""
        row = (number, told.names[name], statement + when, proof, example)
        lines.append("| " + " | ".join(x.replace("|", "\\|") for x in row) + " |")
    return "\n".join([*lines, ""])


def numbered() -> list[tuple[str, str]]:
    """The rules with their numbers, in their order."""
    return sorted(NUMBERS.items(), key=lambda item: [int(x) for x in item[1].split(".")])


def _shown(text: str) -> str:
    """A statement as a page shows it."""
    return text.replace("'", "ᵀ").replace("^-1", "⁻¹").replace("^2", "²")


def index() -> str:
    """The list of all derivations."""
    lines = [
        "# Derivations",
        "",
        "Made by `make derivations`; what they are made of is in [derivations.md](../derivations.md).",
        "",
    ]
    lines += ["| | formula | by | |", "|---|---|---|---|"]
    for name, (title, formula, wrt, _) in PROBLEMS.items():
        by = wrt if isinstance(wrt, str) else ", ".join(wrt)
        links = ", ".join(f"[{language(lang).name}]({lang}/{name}.md)" for lang in LANGUAGES)
        lines.append(f"| {title} | `{formula}` | `{by}` | {links} |")
    return "\n".join([*lines, ""])


def main(arguments: list[str]) -> int:
    stale = []
    for path, text in files():
        if path.exists() and path.read_text("utf-8") == text:
            continue
        stale.append(str(path.relative_to(ROOT)))
        if "--check" not in arguments:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    print(
        "\n".join([("not up to date: " if "--check" in arguments else "written: ") + name for name in stale])
        or "up to date"
    )
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
