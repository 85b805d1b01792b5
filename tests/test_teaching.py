"""Derivations as a teacher would write them: the five ideal ones in content and order, names, hints, conditions, widths."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradproof as gp
from gradproof.cli.main import main
from gradproof.languages import LANGUAGES
from gradproof.say import listed
from told_lines import check_page

ROOT = Path(__file__).parents[1]
_spec = importlib.util.spec_from_file_location("derivations", ROOT / "tools" / "derivations.py")
assert _spec
assert _spec.loader
derivations = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(derivations)

LOGISTIC = "-y'*log(sigmoid(X*w)) - (1-y)'*log(1-sigmoid(X*w))"
NETWORK = "norm2(W2*sigmoid(W1*x+b)-y)^2/2"
GAUSS = "N/2*logdet(S) + 1/2*tr(inv(S)*A)"

IDEAL: list[tuple[str, Any, str | None, list[str]]] = [  # formula, variable, what is known, lines in their order
    (
        "norm2(X*w - y)^2",
        "w",
        None,
        [
            "Wanted: ∂f/∂w, n×1.", "r = X w − y (m×1), the residual", "n×1 is wanted, and the factors fit in this order only: (n×m)(m×1).", "∂f/∂w = 2(∂r/∂w) r",
            "∂(X w)/∂w = Xᵀ (7.2): n×m is wanted, and X is m×n, hence the transpose.", "∂r/∂w = ∂(X w)/∂w − ∂y/∂w", "= Xᵀ", "∂f/∂w = 2 Xᵀ r", "= 2 Xᵀ(X w − y)",
        ],
    ),
    (
        LOGISTIC,
        "w",
        None,
        [
            "z = X w (m×1)", "s = σ(z) (m×1)", "∂z/∂w = Xᵀ (7.2): n×m is wanted", "hence the transpose", "∂f/∂w = (∂z/∂w)(∂f/∂z)",
            "∂f/∂z = −y ⊙ (s ⊙ (𝟏 − s) ⊘ s) + (𝟏 − y) ⊙ (s ⊙ (𝟏 − s) ⊘ (𝟏 − s))", "= −y ⊙ (𝟏 − s) + (𝟏 − y) ⊙ s", "= s − y",
            "∂f/∂w = Xᵀ(s − y)", "= Xᵀ(σ(X w) − y)", "This holds everywhere.",
        ],
    ),
    (LOGISTIC, ["w", "w"], None, ["= s − y", "∂s/∂w = (∂z/∂w) diag(s ⊙ (𝟏 − s))", "∂²f/∂w∂w = Xᵀ diag(s ⊙ (𝟏 − s)) X"]),
    (
        "-y'*log(softmax(W*x))",
        "W",
        "y: vector m onehot",
        [
            "z = W x (m×1)", "p = softmax(z) (m×1)", "df = (∂f/∂z)ᵀ dz", "∂(yᵀ log(p))/∂z = ∂(yᵀ z − logsumexp(z))/∂z", "since 𝟏ᵀy = 1: y is one-hot", "= p − y",
            "df = (p − y)ᵀ(dW x)", "df = tr(x (p − y)ᵀ dW)", "Gᵀ = x (p − y)ᵀ", "∂f/∂W = (p − y) xᵀ", "= (softmax(W x) − y) xᵀ",
        ],
    ),
    (
        NETWORK,
        "W1",
        None,
        [
            "Forward pass:", "z = W₁ x + b   n×1   the pre-activation", "a = σ(z)       n×1   the activations", "r = W₂ a − y   m×1   the residual",
            "δ = ∂f/∂z      n×1   the error of the layer", "∂f/∂r = 2 r/2", "= r", "n×1 is wanted, and the factors fit in this order only: (n×m)(m×1).",
            "∂f/∂a = (∂r/∂a)(∂f/∂r)", "= W₂ᵀ r", "∂f/∂z = (∂a/∂z)(∂f/∂a)", "= diag(a ⊙ (𝟏 − a)) (W₂ᵀ r)", "= (W₂ᵀ r) ⊙ a ⊙ (𝟏 − a)", "= δ", "= δᵀ(dW₁ x)",
            "df = tr(x δᵀ dW₁)", "Gᵀ = x δᵀ", "∂f/∂W₁ = δ xᵀ", "Backward pass:", "∂f/∂r = r ", "∂f/∂a = W₂ᵀ r ", "∂f/∂z = δ = (W₂ᵀ r) ⊙ a ⊙ (𝟏 − a)   n×1   (∂a/∂z)(∂f/∂a)",
            "∂f/∂W₁ = δ xᵀ ", "∂f/∂W₂ = r aᵀ ", "for free from the same steps", "∂f/∂b = δ ", "for free from the same steps", "Result: ∂f/∂W₁ = δ xᵀ",
        ],
    ),
    (
        "norm2(W3*tanh(W2*tanh(W1*x)) - y)^2",
        "W1",
        None,
        [
            "∂f/∂z₂ = (∂a₂/∂z₂)(∂f/∂a₂)", "= δ₂", "∂f/∂a₁ = (∂z₂/∂a₁)(∂f/∂z₂)", "= W₂ᵀ δ₂", "= (W₂ᵀ δ₂) ⊙ (𝟏 − a₁⊙²)", "= δ₁", "∂f/∂W₁ = δ₁ xᵀ",
            "Backward pass:", "∂f/∂a₁ = W₂ᵀ δ₂ ", "∂f/∂W₃ = 2 r a₂ᵀ ", "∂f/∂W₂ = δ₂ a₁ᵀ ",
        ],
    ),
    (
        r"\sum_i (y_i - w^\top x_i)^2",
        "w",
        None,
        [
            r"Given: \sum_i (y_i - w^\top x_i)^2", "Wanted: ∂f/∂w, n×1.", "Hint: Name r; first step: square of", "(1) the formula as it is read", "f = ‖y − X w‖²",
            "x_i is read as a row of the matrix X", "(2) square of the Euclidean norm", "= −2 Xᵀ(y − X w)",
        ],
    ),
    (
        "norm2(V*relu(W*x) - y)^2/2",
        "W",
        None,
        [
            "z = W x               n×1   the pre-activation", "h = (𝟏 + sign(z))/2   n×1   the slope: 1 where z > 0, 0 where z < 0", "∂a/∂z = diag(h)",
            "= (Vᵀ r) ⊙ h", "= δ", "Result: ∂f/∂W = δ xᵀ",
        ],
    ),
    ("norm2(M.*(R - U*V'))^2", "V", None, ["tr(Aᵀ (B ⊙ C)) = tr((A ⊙ B)ᵀ C)", "−2 tr((H ⊙ M)ᵀ U dVᵀ)", "Result: ∂f/∂V = −2(H ⊙ M)ᵀ U"]),
    ("sum(exp(X*w)) - y'*X*w", "w", None, ["z = X w (m×1)", "∂f/∂z = exp(z) − y", "Xᵀ(exp(z) − y)", "= Xᵀ(exp(X w) − y)"]),
    (
        LOGISTIC + " + c*w'*w",
        "w",
        "c: scalar",
        ["l = −yᵀ log(s) − (𝟏 − y)ᵀ log(𝟏 − s), the part that goes through z", "∂f/∂w = ∂l/∂w + c (∂(wᵀ w)/∂w)", "∂l/∂w = Xᵀ(s − y)", "= Xᵀ(σ(X w) − y) + 2 c w"],
    ),
    ("sum(log(1 + exp(-y.*(X*w))))", "w", None, ["z = X w (m×1)", "∂f/∂z = −exp(−y ⊙ z) ⊙ y ⊘ u", "= −y ⊙ σ(−y ⊙ z)", "since exp(t) ⊘ (1 + exp(t)) = σ(t)", "−Xᵀ(y ⊙ σ(−y ⊙ z))"]),
    ("(A*x + B*u)'*P*(A*x + B*u)", "u", "P: matrix n n symmetric", ["q = A x + B u (n×1), an affine part", "2 Bᵀ P q"]),
    (
        "logdet(P)/2 - (x - m)'*P*(x - m)/2",
        "P",
        "P: matrix n n posdef; x: vector n; m: vector n",
        ["r = x − m (n×1), the difference", "(P⁻¹ − r rᵀ)/2"],
    ),
    (
        GAUSS,
        "S",
        "S: matrix d d posdef; A: matrix d d symmetric; N: scalar",
        [
            "P = S⁻¹ (d×d), the precision", "d(log det(S)) = tr(P dS)", "dP = −P dS P", "df = tr((N P/2 − P A P/2) dS)",
            "= (N P − P A P)/2", "since S is positive definite", "= (N S⁻¹ − S⁻¹ A S⁻¹)/2",
        ],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "wrt", "where", "lines"), IDEAL, ids=lambda v: str(v)[:30])
def test_the_ideal_derivations_in_content_and_order(
    formula: str, wrt: Any, where: str | None, lines: list[str]
) -> None:
    t = gp.derive(formula, wrt, where).derivation()
    text, at = t.text(color=False), 0
    for line in lines:
        found = text.find(line, at)
        assert found >= 0, f"{line!r} is not there, or not in its order:\n{text}"
        at = found
    assert t.summary.agreed == t.summary.steps


@pytest.mark.parametrize("name", list(derivations.PROBLEMS))
def test_no_step_says_nothing_and_rules_are_stated_once(name: str) -> None:
    shown = derivations.derivation(name, "en").page("unicode")
    titles = [e.title for e in shown.entries]
    assert not [t for t in titles if re.match(r"(simplify|rearrange|insert|put together|multiply out)", t)]
    stated = [e.rule for e in shown.entries if e.rule]
    assert len(stated) == len(set(stated))
    assert [e.number for e in shown.entries] == list(range(1, len(titles) + 1))


@pytest.mark.parametrize("lang", derivations.LANGUAGES)
@pytest.mark.parametrize("name", list(derivations.PROBLEMS))
def test_pages_fit(name: str, lang: str) -> None:
    t = derivations.derivation(name, lang)
    equations = [line for line in t.text(color=False).splitlines() if line.startswith("      ")]
    assert max(map(len, equations)) <= 110
    assert not re.search(r"_\{[^{}]*\}_", t.latex())


def test_long_lines_break_at_signs() -> None:
    formula = " + ".join(f"norm2(A{k}*x - b{k})^2" for k in range(9))
    t = gp.derive(formula, "x").derivation()
    assert max(map(len, t.text(color=False).splitlines())) <= 130
    rows = re.findall(r"&(?:= |\\qquad )(.*)", t.latex())
    assert max(len(re.sub(r"\\[a-zA-Z]+|[{}^_]", "", row)) for row in rows) < 160


def test_names_are_there_for_programs() -> None:
    t = gp.derive(NETWORK, "W1").derivation()
    assert [(n.name, n.formula.ascii, n.shape, n.meaning) for n in t.names][:3] == [
        ("z", "W1*x + b", ("n",), "preactivation"),
        ("a", "sigmoid(W1*x + b)", ("n",), "activation"),
        ("r", "W2*sigmoid(W1*x + b) - y", ("m",), "residual"),
    ]
    found = t.json()
    assert [n["name"] for n in found["names"]] == ["z", "a", "r", "delta"]
    assert found["hints"] == list(t.hints())


def test_names_do_not_collide_with_variables() -> None:
    t = gp.derive("norm2(A*z - r)^2", "z", "A: matrix m n; z: vector n; r: vector m").derivation()
    assert {n.name for n in t.names}.isdisjoint({"A", "z", "r"})


def test_hints_come_one_at_a_time_without_the_answer() -> None:
    t = gp.derive("norm2(X*w - y)^2", "w").derivation()
    hints = t.hints()
    assert hints[0] == "Wanted: ∂f/∂w, n×1. Name r = X w − y (m×1), the residual."
    assert t.hint(2).startswith("Next ∂f/∂w: square of the Euclidean norm")
    assert not any("2 Xᵀ" in h for h in hints)


def test_conditions_are_true_and_needed() -> None:
    assert gp.derive(LOGISTIC, "w").derivation().conditions == []
    t = gp.derive("logdet(S)", "S", "S: matrix n n posdef").derivation()
    assert [c.key for c in t.conditions] == ["declared"]
    assert [c.key for c in gp.derive("log(c)*x'*x", "x", "c: scalar").derivation().conditions] == ["positive"]


def test_what_is_free_is_right() -> None:
    t = gp.derive(NETWORK, "W1").derivation()
    assert [s.wrt[0].name for s in t.free] == ["W2", "b"]
    for s in t.free:
        assert gp.check(NETWORK, s.wrt[0].name, s.result.ascii).verdict == "right"


def test_the_case_of_numbers_is_checked_and_shown() -> None:
    t = gp.derive("norm2(X*w - y)^2", "w").derivation()
    assert t.special
    assert (t.special.goal.ascii, t.special.result.ascii) == ("(X*w - y)^2", "2*X*(X*w - y)")
    assert "By hand, with all sizes 1: f = (X w − y)², df/dw = 2 X (X w − y)." in t.text(color=False)
    assert gp.derive("x'*A*x/(x'*x)", "x").derivation().special is None or t.check(t.special).ok


BY_HAND = [
    (LOGISTIC, "w", None, True),
    (GAUSS, "S", IDEAL[-1][2], True),
    ("norm2(X*w - y)^2", "w", None, True),
    ("-y'*log(softmax(W*x))", "W", "y: vector m onehot; W: matrix m n; x: vector n", True),
    (NETWORK, "W1", None, True),
    ("sum(relu(1 - y.*(X*w))) + c*norm2(w)^2", "w", "c: scalar", True),
    ("tr(A*expm(X))", "X", None, False),
    ("norm2(A*h - f)^2", "h", "A: matrix m n; h: vector n; f: vector m", False),
]


@pytest.mark.parametrize(("formula", "wrt", "where", "alone"), BY_HAND, ids=lambda v: str(v)[:30])
def test_the_lines_of_numpy_run_and_agree(formula: str, wrt: str, where: str | None, alone: bool) -> None:
    text = gp.derive(formula, wrt, where).derivation().numeric()
    assert ("gradproof" not in text) == alone, text
    lines = text.splitlines()
    at = next(k for k, line in enumerate(lines) if ")) / 2e-06" in line)
    scope: dict[str, Any] = {}
    exec("\n".join(lines[:at]), scope)  # noqa: S102  (our own text)
    value = eval(lines[at], scope)  # noqa: S307
    exec("\n".join(lines[at + 1 : -1]), scope)  # noqa: S102
    entry = eval(lines[-1], scope)  # noqa: S307
    assert value == pytest.approx(entry, rel=1e-4, abs=1e-6)
    assert value == pytest.approx(float(lines[at].split("#")[1]), rel=1e-4, abs=1e-6)
    assert entry == pytest.approx(float(lines[-1].split("#")[1]), rel=1e-4, abs=1e-6)


def test_a_hint_without_a_number_is_the_first_and_says_how_to_get_the_next(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["derive", "norm2(A*x - b)^2", "--wrt", "x", "--hint"]
    assert main(asked) == 0
    first = capsys.readouterr().out
    assert main([*asked, "1"]) == 0
    assert capsys.readouterr().out == first
    assert "hint 1 of 3; the next one: --hint 2" in first
    assert main([*asked, "3"]) == 0
    assert "--hint" not in capsys.readouterr().out
    assert main([*asked, "4"]) == 2
    assert main(["exercise", "--seed", "5", "--hint"]) == 0
    assert "--hint 2" in capsys.readouterr().out


def test_what_is_differentiated_next_is_coloured() -> None:
    t = gp.derive("norm2(A*x - b)^2", "x").derivation()
    text = t.text(color=True)
    assert "= 2(\033[35m∂r/∂x\033[0m) r" in text
    assert re.sub(r"\033\[\d+m", "", text) == t.text(color=False)


def test_a_symmetric_variable_is_told_apart_from_its_free_entries() -> None:
    """What is said of the free entries is right: by differences, with both entries moved together."""
    t = gp.derive("tr(A*S) + tr(S*S)", "S", {"A": "matrix n n", "S": "matrix n n symmetric"}).derivation()
    assert "By the free entries of a symmetric matrix the gradient G becomes G + Gᵀ − I ⊙ G." in t.text(color=False)
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(3, 3)), rng.normal(size=(3, 3))
    s, eye = b + b.T, np.eye(3)
    g = a.T + 2 * s
    for i, j in [(0, 0), (0, 2), (1, 2)]:
        unit = np.zeros((3, 3))
        unit[i, j] = unit[j, i] = 1e-6

        def value(m: np.ndarray) -> float:
            return float(np.trace(a @ m) + np.trace(m @ m))

        assert (value(s + unit) - value(s - unit)) / 2e-6 == pytest.approx((g + g.T - eye * g)[i, j], rel=1e-6)
    assert "free entries" not in gp.derive("tr(A*S)", "S").derivation().text(color=False)


CROSS_ENTROPY = r"-\sum_i \sum_k y_{ik} \log \frac{e^{w_k^T x_i}}{\sum_j e^{w_j^T x_i}}"
TOLD = [  # formula, variable, what is known, lines that must be there, lines that must not
    ("-x'*w + log(sum(exp(X*w)))", "w", "x: vector n; w: vector n; X: matrix m n",
     ["p = softmax(z) (m×1), the probabilities", "∂f/∂w = ∂l/∂w − ∂(xᵀ w)/∂w", "= exp(z)/sum(exp(z))\n            = p\n", "Result: ∂f/∂w = Xᵀ p − x"], ["+ (−", "−(−"]),
    ("(y - X*b)'*inv(S)*(y - X*b)", "b", "S: matrix n n posdef; X: matrix n p; b: vector p; y: vector n",
     ["= −Xᵀ S⁻¹ r − Xᵀ S⁻ᵀ r\n            = −2 Xᵀ S⁻¹ r\n    Sᵀ = S, since S is positive definite\n\nResult"], ["+ (−"]),
    ("sum(sqrt(1 + (A*x - b).^2))", "x", "A: matrix m n; x: vector n; b: vector m",
     ["Everything goes through r.", "∂f/∂r = r ⊘ √(𝟏 + r⊙²)", "Result: ∂f/∂x = Aᵀ(r ⊘ √(𝟏 + r⊙²))"], ["diag"]),
    ("sum(p.*log(p./q))", "q", "p: vector n; q: vector n", ["sum over entries (8.3)", "∂f/∂q = −p ⊙ (p ⊘ q⊙² ⊘ (p ⊘ q))\n            = −p ⊘ q"], ["diag"]),
    ("(x - mean(x))./sqrt(var(x) + e)", "x", "x: vector n; e: scalar",
     ["s = √(v + e), the standard deviation", "(1) a quotient as a product", "= 2 c\n    since 𝟏ᵀc = 0", "Result: ∂f/∂x = (I − 𝟏 𝟏ᵀ/n)/s − c cᵀ/(s³ n)"], ["rewrite", "another notation"]),
    ("-sum(log(b - A*x))", "x", "A: matrix m n; b: vector m; x: vector n", ["s = b − A x (m×1), the slack", "Result: ∂f/∂x = Aᵀ(1 ⊘ s)"], ["predictor"]),
    ("exp(-norm2(x - c)^2/(2*s^2))", "x", "x: vector n; c: vector n; s: scalar", ["r = x − c (n×1), the difference"], ["residual"]),
    ("relu(norm2(a - p)^2 - norm2(a - n)^2 + m)", "a", "a: vector d; p: vector d; n: vector d; m: scalar",
     ["Result: ∂f/∂a = 2 h r₂ − 2 h r₁", "= (1 + sign(‖a − p‖² + m − ‖a − n‖²))(n − p)\n"], ["− (a − n))("]),
    (CROSS_ENTROPY, "w", None, ["P = softmax_rows(Z) (m×n), the probabilities", "Result: ∂f/∂w = (Pᵀ diag(Y 𝟏) − Yᵀ) X\n"], ["⊘"]),
    ("-log(sigmoid(u'*v)) - sum(log(sigmoid(-N*v)))", "v", "u: vector d; v: vector d; N: matrix k d",
     ["s₁ = σ(uᵀ v), the predicted probabilities", "    s cancels above and below.\n", "Result: ∂f/∂v = Nᵀ(𝟏 − s) − (1 − s₁) u"], ["opposite sign"]),
    ("(y - X*b)'*(y - X*b)/(2*s) + n*log(s)/2", "s", "y: vector m; X: matrix m p; b: vector p; s: scalar; n: scalar",
     ["r = y − X b (m×1), the residual", "= −rᵀ r/(2 s²)\n", "Result: ∂f/∂s = (n/s − ‖r‖²/s²)/2"], []),
    ("-y'*inv(K + s^2*eye(n))*y/2", "K", "K: matrix n n; y: vector n; s: scalar", ["(11.1)"], ["+ (−", "−(−"]),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "wrt", "where", "there", "absent"), TOLD, ids=lambda v: str(v)[:30])
def test_a_line_is_written_as_a_teacher_writes_it(
    formula: str, wrt: str, where: str | None, there: list[str], absent: list[str]
) -> None:
    check_page(formula, wrt, where, there, absent)


def test_softmax_by_columns_against_differences() -> None:
    """`(Pᵀ diag(Y 𝟏) − Yᵀ) X`, P by rows of X wᵀ, against central differences of the sum as it is typed."""
    rng = np.random.default_rng(5)
    x, y, w = rng.normal(size=(4, 3)), rng.random((4, 2)), rng.normal(size=(2, 3))

    def value(w: Any) -> float:
        return -sum(
            y[i, k] * np.log(np.exp(w[k] @ x[i]) / sum(np.exp(w[j] @ x[i]) for j in range(2)))
            for i in range(4)
            for k in range(2)
        )

    found = gp.derive(CROSS_ENTROPY, "w")
    assert found.result.ascii == "(softmax_rows(X*w')'*diag(Y*ones(n)) - Y')*X"
    assert np.allclose(found.evaluate(X=x, Y=y, w=w), _differences(value, w), atol=1e-6)
    for formula, own in (
        ("sum(log(exp(W*A)'*ones(k)))", lambda m, a, c: np.sum(np.log(np.exp(m @ a).sum(0)))),
        ("c'*log(exp(-W*A/2)'*ones(k))", lambda m, a, c: c @ np.log(np.exp(-m @ a / 2).sum(0))),
    ):
        m, a, c = rng.normal(size=(3, 2)), rng.normal(size=(2, 4)), rng.normal(size=4)
        d = gp.derive(formula, "W", "W: matrix k n; A: matrix n m; c: vector m")
        values = {"W": m, "A": a} | ({"c": c} if "c'" in formula else {})
        assert "softmax_rows" in d.result.ascii
        assert np.allclose(d.evaluate(**values), _differences(lambda m, own=own, a=a, c=c: own(m, a, c), m), atol=1e-6)


def _differences(f: Any, at: Any, h: float = 1e-6) -> Any:
    found = np.zeros_like(at)
    for place in np.ndindex(at.shape):
        step = np.zeros_like(at)
        step[place] = h
        found[place] = (f(at + step) - f(at - step)) / (2 * h)
    return found


@pytest.mark.parametrize(
    ("formula", "where", "reason"),
    [
        ("lambdamax(A)", "A: matrix n n symmetric", "the terms with du cancel: vᵀdX u = dl vᵀu"),
        ("nuclear(A)", "A: matrix m n", "each of which moves by uᵀdX v"),
        ("singval(A, 1)", "A: matrix m n", "only dX is left of the product rule: ds = uᵀdX v"),
        ("tr(chol(A))", "A: matrix n n posdef", "From Y Yᵀ = X follows dY Yᵀ + Y dYᵀ = dX"),
    ],
)
def test_a_differential_of_the_table_has_its_reason(formula: str, where: str, reason: str) -> None:
    text = " ".join(gp.derive(formula, "A", where).derivation().text(color=False).split())
    assert reason in text
    assert "the table of functions" not in text


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("formula", "gradient"), [("norm2(A*x - b)^2", "2 Aᵀ r"), ("sum(exp(x))", "exp(x)"), ("norm2(x)", "x/‖x‖")]
)
def test_the_gradient_has_its_name_where_a_second_derivative_uses_it(formula: str, gradient: str, lang: str) -> None:
    d = gp.derive(formula, wrt=["x", "x"], where="x: vector n")
    for page in (d.derivation(lang=lang).text(color=False), d.derivation(lang=lang, detail="full").text(color=False)):
        assert "∂g/∂x" not in page or page.count(f"g = {gradient}") == 1


@pytest.mark.parametrize("name", ["softmax", "logsumexp"])
def test_a_function_of_the_rows_is_written_with_its_word_below_and_read_again(name: str) -> None:
    printed = gp.parse(f"{name}_rows(A*B)", where="A: matrix m n; B: matrix n k").latex
    assert rf"\operatorname{{{name}}}_{{\text{{rows}}}}" in printed
    for written in (printed, rf"\operatorname{{{name}}}_{{\mathrm{{rows}}}}(AB)", rf"\operatorname{{{name}rows}}(AB)"):
        read = gp.parse(written, where="A: matrix m n; B: matrix n k")
        assert read.ascii == f"{name}_rows(A*B)"


@pytest.mark.parametrize(
    ("items", "told"),
    [(["(i, j)", "(j × 1)"], "(i, j) 和 (j × 1)"), (["矩阵", "向量"], "矩阵和向量"), (["A", "向量"], "A 和向量")],
)
def test_chinese_has_a_blank_only_beside_letters(items: list[str], told: str) -> None:
    assert listed(items, "and").told("zh") == told


ENDS = [  # by hand: entry i of A*diag(x)*b moves with A[:, j]*b[j], and so on
    ("A*diag(x)*b", "A: matrix m n; x: vector n; b: vector n", "∂f/∂x = diag(b) Aᵀ"),
    ("A*diag(x)*B*c", "A: matrix m n; x: vector n; B: matrix n k; c: vector k", "∂f/∂x = diag(B c) Aᵀ"),
    ("diag(x)*A*x", "A: matrix n n; x: vector n", "∂f/∂x = diag(A x) + Aᵀ diag(x)"),
    ("diag(x)*A*diag(x)*b", "A: matrix n n; x: vector n; b: vector n", "∂f/∂x = diag(A (x ⊙ b)) + diag(b) Aᵀ diag(x)"),
    ("A*vec(x)", "A: matrix m n; x: vector n", "∂f/∂x = Aᵀ"),
    ("B*(A*diag(x)*b)", "A: matrix m n; x: vector n; b: vector n; B: matrix k m", "∂f/∂x = diag(b) Aᵀ Bᵀ"),
]


@pytest.mark.parametrize(("text", "where", "result"), ENDS, ids=[e[0] for e in ENDS])
def test_a_page_ends_in_what_was_asked_for(text: str, where: str, result: str) -> None:
    """That of A*diag(x)*b ended in the derivative of its last factor, diag(b), under the name of that; and the given formula is that of the reader."""
    lines = gp.derive(text, "x", where).derivation().text().splitlines()
    assert f"Result: {result}" in lines
    assert lines[0].startswith("Derivation of ∂f/∂x")
    assert f"  Given: f = {gp.parse(text, where).unicode}" in lines
    assert not any("⊗" in line for line in lines)  # no detour by Kronecker products


def test_formulas_on_pages_as_teachers_write_them() -> None:
    cube = gp.derive("tr(X*X*X)", "X", "X: matrix n n").derivation().text()
    assert "df = 3 tr(X² dX)" in cube
    assert "X X)" not in cube[cube.index("df = 3 tr") :]
    bell = gp.derive("exp(-norm2(x - m)^2/(2*s^2))", "s", "x: vector n; m: vector n; s: scalar").derivation().text()
    assert "−(−" not in bell
    assert "−1/(1 + ‖x‖²)²" in gp.derive("1/(1 + norm2(x)^2)", "x", "x: vector n").derivation().text()


def test_a_function_that_is_written_out_has_one_name() -> None:
    """huber(t) = (t^2 - relu(abs(t) - 1)^2)/2 was f and u1, and its derivative came of `simplify`."""
    page = gp.derive("huber(a'*x - b)", "x", "a: vector n; x: vector n; b: scalar").derivation().text()
    assert "u₁" not in page
    assert "simplify" not in page


@pytest.mark.parametrize("lang", ["en", "fr", "zh"])
@pytest.mark.parametrize("text", ["max(A*x)", "min(A*x)", "prod(A*x)", "sumtop(A*x, 2)", "sum(max_rows(x*b'))"])
def test_known_differentials_have_a_reason(text: str, lang: str) -> None:
    page = gp.derive(text, "x", "A: matrix m n; x: vector n; b: vector n").derivation(lang=lang).text()
    bare = {"en": "the table of functions", "fr": "la table des fonctions", "zh": "函数表"}[lang]
    assert bare not in page
