"""Writes docs/reading.md, in English, Chinese and French: what people write, how it is read, and what was assumed. Everything in the table is asked of the reader.

python tools/reading.py            # writes the pages
python tools/reading.py --check    # exit 1 where a page is not what would be written
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

import gradproof as gp
from gradproof.say import told

DOCS = Path(__file__).parents[1] / "docs"
PAGES = {"en": DOCS / "reading.md", "zh": DOCS / "reading.zh.md", "fr": DOCS / "reading.fr.md"}


class Row(NamedTuple):
    """A text as it is written, the variable that is asked for, and what is declared."""

    text: str
    wrt: str = ""
    where: str = ""


SECTIONS: dict[str, tuple[Row, ...]] = {
    "plain": (
        Row("||Ax - b||^2", "x"), Row("x^TAx", "x"), Row("2X'(Xw - y)", "w"), Row("A x + b", "x"), Row("tr(AXB)", "X"), Row("log det X", "X"),
        Row("f(x) = x^T A x", "x"), Row("Let f(x) = x'Ax. Find df/dx.", "x"), Row("How do I differentiate tr(AXB) with respect to X?", "X"), Row("sum_i (y_i - w^T x_i)^2", "w"), Row("softmax(Wx)", "x"),
        Row("x'Ax/x'x", "x"), Row("x_1^2 + x_1x_2 + x_2^2", "x_1"), Row("A + uv^T", "u"), Row("xy^2", "x", "x: scalar; y: scalar"), Row("||x - x'||^2", "x"), Row("||xx^T - A||^2", "x"), Row("x^T(I-11^T/n)x", "x"), Row("w . x + b", "w"),
        Row("what is d/dX tr(AXB)?", "X"), Row("x'Ax，A对称", "x"), Row("sum (y - Xw)^2", "w"), Row("sum (x_i - mu)^2 / n", "mu"), Row("A^-1'b", "b"), Row("||A - X||^2", "X"),
        Row("norm2([A; s*eye(n)]*x - [b; zeros(n)])^2", "x", "s: scalar"), Row("sum(r, 0, 2, c[r+1]*X^r)", "X", "c: vector 3; X: matrix n n"),
        Row("tanh(gamma x^T y + r)", "x"), Row("Cross entropy: -sum_i y_i log(p_i)", "p"), Row("given A in R^{m x n}, minimize f(x) = ||Ax - b||_2^2", "x"), Row("∂L/∂W for L = ½‖WX − Y‖²_F", "W"),
        Row("设 x∈R^n，A 为 n 阶矩阵，f(x)=x^T A x，求梯度", "x"), Row("x<sup>T</sup>Ax", "x"), Row("f = @(x) x'*A*x - 2*b'*x;", "x"), Row("sum((y - X %*% beta)^2)", "beta"),
    ),
    "unicode": (
        Row("2 Aᵀ(A x − b)", "x"), Row("½ xᵀQx", "x"), Row("λ‖x‖²", "x"), Row("tr(AX⁻¹)", "X"), Row("Σᵢ (yᵢ − wᵀxᵢ)²", "w"), Row("Σ(yᵢ − β₀ − β₁xᵢ)²", "β₁"),
    ),
    "latex": (
        Row(r"\lVert Ax - b \rVert_2^2", "x"), Row(r"\tfrac12 x^\top Q x - b^\top x", "x"), Row(r"\log\det\Sigma + \operatorname{tr}(\Sigma^{-1}S)", r"\Sigma"),
        Row(r"\sum_{i=1}^n \log(1 + e^{-y_i w^\top x_i})", "w"), Row(r"f(w) = \lVert Xw - y \rVert^2 + \lambda \lVert w \rVert^2", "w"),
        Row(r"{{e}^{-{{x}^{T}}x}}", "x"), Row(r"\operatorname{tr}[(I - KH)P^-(I - KH)^\top]", "K"), Row(r"-\log\sigma(u_{w_O}^\top v_{w_I})", "v_{w_I}"),
        Row(r"\min_{w} \lVert Xw - y \rVert_2^2", "w"), Row(r"\mathbf 1^\top x", "x"), Row(r"x^\top A x \quad (2)", "x"),
        Row(r"\frac{\partial}{\partial X} \operatorname{tr}(AXB)", "X"),
        Row(r"\newcommand{\norm}[1]{\lVert#1\rVert} \norm{Ax-b}^2", "x"), Row(r"\|\mX\vw - \vy\|^2", "w"), Row(r"设 $f(X)=a^TXb$，求 $\frac{\partial f}{\partial X}$", "X"),
        Row(r"\frac{n-p-1}{2}\ln|X|", "X"), Row(r"\frac12\log(2\pi e\sigma^2)", r"\sigma"), Row(r"The objective is $\|Ax-b\|^2$ subject to $Cx \le d$.", "x"),
        Row(r"\log\det\begin{pmatrix} A & B \\ C & D \end{pmatrix}", "C", "A: matrix n n posdef; D: matrix m m posdef"),
    ),
    "sums": (
        Row(r"\sum_{i=1}^{n-1} (u_{i+1} - u_i)^2", "u"), Row(r"\sum_{i=1}^n \sum_{j=1}^{i} A_{ij} x_j", "x"), Row(r"\sum_i \sum_{j \neq i} A_{ij} x_i x_j", "x"),
        Row(r"\sum_{i<j} (x_i - x_j)^2", "x"), Row(r"\sum_{(i,j) \in \Omega} (R_{ij} - u_i^\top v_j)^2", "U"), Row(r"\sum_{t=1}^{T-1} \|x_{t+1} - A x_t\|^2", "A"),
        Row(r"\|A - \sum_{k=1}^r \sigma_k u_k v_k^\top\|_F^2", r"\sigma"), Row(r"\sum (y_i - x_i^\top w)^2", "w"), Row(r"\sum_i (x_i - x_1)^2", "x"), Row(r"\frac{x_i}{\|x\|}", "x"),
        Row(r"\prod x_i", "x"),
        Row(r"c_{ik} = \sum_j a_{ij} b_{jk}", "A"), Row(r"h_j = \tanh(\sum_i w_{ji} x_i + b_j)", "x"), Row(r"\sum_j W_{ij} x_j", "x"), Row("Σ p_i log(p_i / q_i)", "p"),
        Row(r"\sum_i \sum_{j \neq y_i} \max(0, w_j^\top x_i - w_{y_i}^\top x_i + 1)", "W"), Row(r"o_i = \sum_j \frac{e^{q_i^\top k_j}}{\sum_l e^{q_i^\top k_l}} v_j", "V"),
        Row(r"\sum_{i=1}^n i\, x_i", "x"), Row(r"\sum_{t=1}^{T}\gamma^{t-1} r_t", "r"), Row(r"\sum_{i=1}^n (y_i - a - b i)^2", "b"),
        Row(r"\sum_i \max_j x_{ij}", "X"), Row(r"\sum_{i<j} 1/(1+\|x_i-x_j\|^2)", "X"), Row(r"\sum_i P_i \log P_i", "P"),
        Row(r"\max_i (a_i^\top x + b_i)", "x"), Row(r"-\frac1N\sum_{i=1}^N y_i\log p_i + (1-y_i)\log(1-p_i)", "p"), Row(r"\log \prod_{i=1}^n \lambda e^{-\lambda x_i}", r"\lambda"),
    ),
    "definitions": (
        Row(r"\mu \log J, \quad J = \det F", "F"), Row("y = Wx + b, L = ||y - t||^2", "W"), Row("x'x + ||r||^2 where r = Ax - b", "x"), Row("Let r = Ax - b. Find the gradient of ||r||^2", "x"),
        Row(r"-\frac1n\sum_i [y_i \log \hat y_i + (1-y_i)\log(1-\hat y_i)], \quad \hat y_i = \sigma(w^\top x_i + b)", "w"),
        Row(r"-\sum_k y_k \log p_k, \quad p_j = \frac{e^{z_j}}{\sum_k e^{z_k}}", "z"), Row(r"\sum_i (y^{(i)} - h_\theta(x^{(i)}))^2, \quad h_\theta(x) = \theta^\top x", r"\theta"),
        Row(r"\begin{aligned} z &= Wx + b \\ a &= \sigma(z) \\ L &= \|a - y\|^2 \end{aligned}", "W"), Row("设 r = Ax - b，f(x) = x'x + r'r，求梯度", "x"),
    ),
    "functions": (
        Row("log(sum exp(Ax+b))", "x"), Row("exp(-gamma ||x-y||^2)", "x"), Row("1'*x", "x"), Row(r"x^\top 1", "x"), Row("-log(p_k)", "p_k"),
        Row(r"-\sum_i p_i \log_2 p_i", "p"), Row(r"\sum_i (\lambda_i - y_i \log\lambda_i + \log(y_i!))", r"\lambda"), Row(r"\sum_i (1 - y_i w^\top x_i)_+", "w"),
        Row(r"\|y - Hx\|_{R^{-1}}^2", "x"), Row(r"2\pi r", "r", "r: scalar"), Row("1/(1 + e^(-w'*x))", "w"), Row("dot(x, A*x)", "x"), Row("mean(x)", "x"),
        Row(r"\operatorname{softmax}(QK^\top/\sqrt{d})V", "V"), Row(r"-\log \operatorname{softmax}(Wx)_k", "x"), Row(r"\|Ax - b\|_\infty", "x"), Row(r"\|x\|_4^4", "x"), Row(r"\|P_\Omega(X - UV^\top)\|_F^2", "U"), Row(r"\|\Sigma^{1/2}x\|^2", "x"), Row(r"\|X - \mathbf a \otimes \mathbf b\|_F^2", "a"), Row(r"\sigma_{\max}(A)", "A"), Row("log10(x'x)", "x"), Row("|Ax-b|^2", "x"),
    ),
    "entries": (
        Row("x[2]^2 + x'*x", "x"), Row("A[1,2]*tr(A)", "A"), Row("x'*A*x", "x[2]"), Row("x'*A*x", "x_2"), Row("tr(A*X*B)", "X[2,:]"), Row("x[0] * np.sum(x)", "x[0]"),
        Row(r"-\log\frac{e^{w_y^\top x}}{\sum_j e^{w_j^\top x}}", "w_k"), Row(r"[x]_2 x^\top x", "x"),
        Row(r"x_k \|x\|^2", "x"), Row(r"w_k^\top x + \|W\|_F^2", "W"), Row("x_1^2 + x'*x", "x"),
    ),
    "numpy": (
        Row("np.sum(np.log(1 + np.exp(-y*(X@w))))", "w"), Row("X.T @ (X @ w - y)", "w"), Row("np.linalg.norm(A @ x - b)**2", "x"),
        Row("np.sum((X - mu)**2)", "mu"), Row("x[:, None] * A", "x"), Row("jnp.linalg.slogdet(S)[1]", "S"), Row('np.einsum("i,ij,j", x, A, x)', "x"),
        Row("def loss(w): return 0.5 * np.sum((X @ w - y)**2)", "w"), Row("r = X @ w - y; r @ r / len(y)", "w"), Row("F.mse_loss(X @ w, y)", "w"),
    ),
    "where": (
        Row("x'*A*x", "x", "A symmetric"), Row("norm2(A*x - b)^2", "x", "A in R^{m x n}, x in R^n"), Row("logdet(S)", "S", "S: spd"),
        Row("x'*A*x", "x", "A为n阶对称正定矩阵，x是n维向量"), Row("x'*A*B*x", "x", "A and B symmetric"), Row("c*x'*x", "x", r"c \in \mathbb{R}_{>0}"),
        Row("c*x'*x", "x", "c > 0; x ∈ ℝⁿ; B: n×n"),
    ),
    "refused": (
        Row(r"\|xW - y\|^2", "W"), Row(r"x A x^\top", "x"), Row(r"\operatorname{Tr}(\rho A)", "A"), Row(r"\sum_{ijk} T_{ijk} x_i y_j z_k", "x"),
        Row(r"\sum_i A_i x", "x"), Row(r"\|X x_k - y\|^2", "X"), Row("ε² + ϵ²", "ε"), Row(r"\mathbf x^\top A \mathbf x + x", "x"), Row("x'*A*x (2)", "x"), Row(r"u_o^\top v_c", "v"),
        Row("sum(y - Xw)^2", "w"), Row("sum((X - U*V')^2)", "U"), Row("x(1)^2 + x(2)^2", "x", "x: vector 2"), Row("e^-x^2", "x", "x: scalar"), Row("d(x^T A x)", "x"), Row("b'/A", "b"),
        Row("sum(log(1 + exp(-y * (Xw))))", "w"), Row("(1/2m) sum (h_i - y_i)^2", "h"), Row("x'Ax (1)", "x"), Row("‖X‖F²", "X"), Row("E(x'Ax)", "x"), Row("A^.2 x", "x"), Row(r"\sigma^2(x)", "x"), Row(r"\log\frac{\mathbf p}{1-\mathbf p}", "p"),
        Row("||A||_2", "A"), Row(r"\frac1n\sum_i (x_i-\bar x)^3", "x"), Row(r"E_k = \frac12\sum_j (\hat y_j^k - y_j^k)^2", r"\hat y"), Row("x'*A*x", "x", "A > 0"), Row(r"e^{i\theta}", r"\theta"),
        Row("x'*x", "x[5]", "x: vector 3"), Row("x[0]", "x"),
        Row(r"\sum_i (y_i - p)^2, \quad p = w^\top x_i", "w"), Row("f = a(b), a = x^T x", "x"),
        Row(r"\operatorname{Tr}[\rho\log\rho]", r"\rho"),
        Row(r"\operatorname{tr}\sqrt{X}", "X"), Row(r"\|W\|_{2,1}", "W"), Row("Log[Det[X]]", "X"), Row("e^x + e", "x"),
        Row(r"\sum_{j \neq i} x_j", "x"), Row(r"\max x_i", "x"), Row(r"\sum_{i \neq j} \log|x_i - x_j|", "x"),
        Row("x'*y", "z"), Row("np.where(x > 0, x, 0)", "x"), Row("x @ x.T", "x"), Row(r"\log x (1-x)", "x"), Row(r"x^\top Ax/2y", "x"),
        Row("A + 1", "A", "A: matrix n n"),
    ),
}  # fmt: skip

TEXTS = {
    "en": {
        "head": "# Reading: what was written, what was read, what was assumed\n\nEvery entrance reads the same notations: ASCII, LaTeX, plain text, Unicode, NumPy source, each in what stands around it. "
        "What the text does not force is said, in every output and in `e.reading`; what has two meanings is refused, with what to write. "
        "`tools/reading.py` writes this page by asking the reader. [latex.md](latex.md) has more on LaTeX and on sums.\n",
        "columns": ("as written", "by", "as read", "what was assumed"),
        "plain": "Plain text", "unicode": "Unicode, as it is printed and pasted", "latex": "LaTeX", "numpy": "NumPy source: read, never run", "entries": "Entries and rows", "sums": "Sums", "definitions": "Definitions beside the formula", "functions": "Functions and constants",
        "where": "Declarations", "refused": "Refused", "where-said": "where", "refusal": "refused",
    },
    "zh": {
        "head": "# 读入：写了什么，读成什么，假定了什么\n\n所有入口都读同样的记法：ASCII、LaTeX、普通文本、Unicode、NumPy 源代码，以及它们周围的文字。"
        "文本没有确定的，会在每种输出以及 `e.reading` 中说明；有两种含义的则拒绝，并说明应当怎样写。"
        "本页由 `tools/reading.py` 询问读入程序后写成。\n",
        "columns": ("写法", "变量", "读作", "所作的假定"),
        "plain": "普通文本", "unicode": "Unicode（可直接粘贴打印出的结果）", "latex": "LaTeX", "numpy": "NumPy 源代码：只读，不执行", "entries": "元素和行", "sums": "求和", "definitions": "公式旁的定义", "functions": "函数和常数",
        "where": "声明", "refused": "拒绝的写法", "where-said": "声明", "refusal": "拒绝",
    },
    "fr": {
        "head": "# Lecture : ce qui est écrit, ce qui est lu, ce qui est supposé\n\nToutes les entrées lisent les mêmes notations : ASCII, LaTeX, texte simple, Unicode, code NumPy, avec ce qui les entoure. "
        "Ce que le texte n'impose pas est dit, dans chaque sortie et dans `e.reading` ; ce qui a deux sens est refusé, avec ce qu'il faut écrire. "
        "`tools/reading.py` écrit cette page en interrogeant le lecteur.\n",
        "columns": ("écrit", "par", "lu", "supposé"),
        "plain": "Texte simple", "unicode": "Unicode, tel qu'il est affiché et collé", "latex": "LaTeX", "numpy": "Code NumPy : lu, jamais exécuté", "entries": "Coefficients et lignes", "sums": "Sommes", "definitions": "Définitions à côté de la formule", "functions": "Fonctions et constantes",
        "where": "Déclarations", "refused": "Refusé", "where-said": "where", "refusal": "refusé",
    },
}  # fmt: skip


_ESCAPED = {"&": "&amp;", "<": "&lt;", "|": "&#124;", "\n": "<br>", "\\": "&#92;", "*": "&#42;", "_": "&#95;"}


def _plain(text: str) -> str:
    """A text in a cell of a table."""
    return "".join(_ESCAPED.get(c, c) for c in text)


def _code(text: str) -> str:
    """The same, as code."""
    return f"<code>{_plain(text)}</code>"


def _line(row: Row, lang: str) -> str:
    try:
        d = gp.derive(row.text, wrt=row.wrt, where=row.where or None, verify=False)
        read, said = _code(d.expression.ascii), "<br>".join(_plain(n.said(lang)) for n in d.reading.notes)
    except gp.GradproofError as error:
        message, hint = told(error.message, lang), told(error.hint, lang)
        read, said = TEXTS[lang]["refusal"], _plain(f"{message}\n→ {hint}".removesuffix("\n→ "))
    written = _code(row.text) + (f"<br>{TEXTS[lang]['where-said']}: {_code(row.where)}" if row.where else "")
    return f"| {written} | {_code(row.wrt)} | {read} | {said} |"


def page(lang: str) -> str:
    """The page in a language."""
    texts = TEXTS[lang]
    lines = [str(texts["head"])]
    for name, rows in SECTIONS.items():
        columns = texts["columns"]
        lines += [f"## {texts[name]}", "", f"| {' | '.join(columns)} |", "|" + "---|" * len(columns)]
        lines += [*(_line(row, lang) for row in rows), ""]
    return "\n".join(lines).rstrip() + "\n"


def main(arguments: list[str]) -> int:
    """Write the pages, or say which is not what would be written."""
    stale = [path.name for lang, path in PAGES.items() if not path.exists() or path.read_text("utf-8") != page(lang)]
    if "--check" in arguments:
        print("\n".join(f"{name} is not what tools/reading.py writes" for name in stale))
        return 1 if stale else 0
    for lang, path in PAGES.items():
        path.write_text(page(lang), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
