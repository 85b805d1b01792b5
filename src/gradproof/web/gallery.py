"""The examples of the page: one table. A line is a topic, the name in each language, the formula as typed, by what, and what is declared."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from gradproof.parse import parse
from gradproof.service.fields import Json
from gradproof.service.speech import WORDS, spoken

TOPICS = {
    "fit": {"en": "Regression and classification", "zh": "回归与分类", "fr": "Régression et classification"},
    "book": {"en": "Matrix Cookbook", "zh": "Matrix Cookbook", "fr": "Matrix Cookbook"},
    "stat": {"en": "Statistics and networks", "zh": "统计与神经网络", "fr": "Statistique et réseaux"},
    "norm": {"en": "Norms, distances, quotients", "zh": "范数、距离与商", "fr": "Normes, distances, quotients"},
    "map": {"en": "Jacobians", "zh": "雅可比矩阵", "fr": "Jacobiennes"},
    "twice": {"en": "Hessians and higher orders", "zh": "海森矩阵与高阶", "fr": "Hessiennes et ordres supérieurs"},
}


class Example(NamedTuple):
    topic: str
    en: str
    zh: str
    fr: str
    expression: str
    wrt: str
    where: str = ""


_S = "S: matrix n n symmetric"
GALLERY = (
    Example("fit", "Least squares", "最小二乘", "Moindres carrés", r"\lVert Xw - y \rVert_2^2", "w"),
    Example("fit", "Ridge", "岭回归", "Régression ridge", r"\lVert Xw - y \rVert_2^2 + \lambda \lVert w \rVert_2^2", "w"),
    Example("fit", "Weighted least squares", "加权最小二乘", "Moindres carrés pondérés", r"(Xw - y)^\top D (Xw - y)", "w", "D: matrix m m diagonal"),
    Example("fit", "Logistic regression", "逻辑回归", "Régression logistique", r"\sum_{i=1}^{m} \log\left(1 + \exp(-y_i \, w^\top x_i)\right)", "w"),
    Example("fit", "Logistic regression with ridge", "带岭项的逻辑回归", "Régression logistique ridge", r"\sum_{i=1}^{m} \log\left(1 + \exp(-y_i \, w^\top x_i)\right) + \frac{\lambda}{2} \lVert w \rVert_2^2", "w", "lambda: scalar positive"),
    Example("fit", "Softmax cross-entropy", "Softmax 交叉熵", "Entropie croisée softmax", r"-y^\top \log \mathrm{softmax}(Wx)", "W"),
    Example("fit", "Poisson regression", "泊松回归", "Régression de Poisson", "sum(exp(X*w)) - y'*X*w", "w"),
    Example("fit", "Squared hinge loss", "平方铰链损失", "Perte charnière au carré", "sum(relu(1 - y.*(X*w)).^2)", "w"),
    Example("fit", "Smoothed absolute loss", "平滑绝对损失", "Perte absolue lissée", "sum(sqrt((X*w - y).^2 + 1))", "w"),
    Example("fit", "Least squares in NumPy", "NumPy 写法的最小二乘", "Moindres carrés en NumPy", "np.sum((X @ w - y)**2)", "w"),
    Example("fit", "Several outputs", "多输出回归", "Plusieurs sorties", r"\lVert XW - Y \rVert_F^2", "W"),
    Example("fit", "Kernel ridge", "核岭回归", "Ridge à noyau", "norm2(K*a - y)^2 + c*a'*K*a", "a", "K: matrix n n symmetric; a: vector n"),
    Example("book", "Determinant (49)", "行列式 (49)", "Déterminant (49)", r"\det X", "X"),
    Example("book", "Log-determinant (57)", "对数行列式 (57)", "Log-déterminant (57)", r"\log\det X", "X"),
    Example("book", "Determinant of a product (51)", "乘积的行列式 (51)", "Déterminant d'un produit (51)", "det(A*X*B)", "X"),
    Example("book", "Determinant of a form (54)", "二次型的行列式 (54)", "Déterminant d'une forme (54)", "det(X'*A*X)", "X"),
    Example("book", "Inverse in a bilinear form (61)", "双线性型中的逆 (61)", "Inverse dans une forme bilinéaire (61)", "a^T X^{-1} b", "X", "a: vector n; b: vector n"),
    Example("book", "Trace of an inverse (63)", "逆的迹 (63)", "Trace d'un inverse (63)", "tr(A*inv(X)*B)", "X"),
    Example("book", "Inverse of a sum (64)", "和的逆 (64)", "Inverse d'une somme (64)", "tr(inv(X + A))", "X"),
    Example("book", "Bilinear form (70)", "双线性型 (70)", "Forme bilinéaire (70)", "a^T X b", "X", "a: vector m; b: vector n"),
    Example("book", "Bilinear form, transposed (71)", "转置的双线性型 (71)", "Forme bilinéaire transposée (71)", "a'*X'*b", "X", "a: vector n; b: vector m"),
    Example("book", "Product of two forms (77)", "两个线性型 (77)", "Produit de deux formes (77)", "b'*X'*X*c", "X", "b: vector n; c: vector n"),
    Example("book", "Affine quadratic form (78)", "仿射二次型 (78)", "Forme quadratique affine (78)", "(B*x + b)'*C*(D*x + d)", "x", "b: vector m; d: vector p"),
    Example("book", "Quadratic form (81)", "二次型 (81)", "Forme quadratique (81)", "x^T A x", "x"),
    Example("book", "Symmetric quadratic form (84)", "对称二次型 (84)", "Forme quadratique symétrique (84)", "(x - A*s)'*W*(x - A*s)", "s", "W: matrix n n symmetric"),
    Example("book", "Trace (100)", "迹 (100)", "Trace (100)", "tr(X*A)", "X"),
    Example("book", "Trace of three (101)", "三个矩阵的迹 (101)", "Trace de trois (101)", "tr(A*X*B)", "X"),
    Example("book", "Trace of a square (106)", "平方的迹 (106)", "Trace d'un carré (106)", "tr(X^2)", "X"),
    Example("book", "Trace (108)", "迹 (108)", "Trace (108)", "tr(X'*B*X)", "X"),
    Example("book", "Trace of a product (116)", "乘积的迹 (116)", "Trace d'un produit (116)", "tr(B'*X'*C*X*B)", "X"),
    Example("book", "Trace of a power (121)", "幂的迹 (121)", "Trace d'une puissance (121)", "tr(X^4)", "X"),
    Example("book", "Generalised Rayleigh trace (126)", "广义瑞利商的迹 (126)", "Trace de Rayleigh généralisée (126)", "tr(inv(X'*C*X)*(X'*B*X))", "X", "B: matrix n n symmetric; C: matrix n n symmetric"),
    Example("stat", "Gaussian likelihood", "高斯似然", "Vraisemblance gaussienne", r"\log\det S + \operatorname{tr}(S^{-1} A)", "S"),
    Example("stat", "Mean of a Gaussian", "高斯均值", "Moyenne d'une gaussienne", "1/2*(x - u)'*inv(S)*(x - u)", "u", _S),
    Example("stat", "Matrix factorisation", "矩阵分解", "Factorisation matricielle", r"\lVert R - UV^\top \rVert_F^2", "U"),
    Example("stat", "Weighted factorisation", "加权矩阵分解", "Factorisation pondérée", "norm2(W.*(R - U*V'))^2", "U"),
    Example("stat", "Principal components", "主成分", "Composantes principales", r"\lVert X - XWW^\top \rVert_F^2", "W"),
    Example("stat", "Two-layer network", "两层网络", "Réseau à deux couches", "1/2*norm2(V*sigmoid(W*x + b) - y)^2", "W"),
    Example("stat", "Network with tanh", "tanh 网络", "Réseau avec tanh", "norm2(V*tanh(W*x) - y)^2", "W"),
    Example("stat", "Attention of one query", "单查询注意力", "Attention d'une requête", "v'*softmax(K*q/2)", "q"),
    Example("stat", "Entropy", "熵", "Entropie", "-x'*log(x)", "x", "x: vector n positive"),
    Example("stat", "Kullback–Leibler", "KL 散度", "Kullback–Leibler", "p'*log(p./q)", "q", "p: vector n positive; q: vector n positive"),
    Example("stat", "Log-sum-exp", "Log-sum-exp", "Log-sum-exp", r"\log(\mathbf{1}^\top \exp(Ax))", "x"),
    Example("stat", "Graphical lasso, smooth part", "图 lasso 的光滑部分", "Lasso graphique, partie lisse", "tr(S*X) - logdet(X)", "X", "S: matrix n n symmetric; X: matrix n n posdef"),
    Example("stat", "Kalman gain", "卡尔曼增益", "Gain de Kalman", "tr((eye(n) - K*H)*P*(eye(n) - K*H)' + K*R*K')", "K", "P: matrix n n symmetric; R: matrix m m symmetric; K: matrix n m"),
    Example("norm", "Norm", "范数", "Norme", "||Ax - b||", "x"),
    Example("norm", "Frobenius norm", "Frobenius 范数", "Norme de Frobenius", r"\lVert AXB - C \rVert_F^2", "X"),
    Example("norm", "Rayleigh quotient", "瑞利商", "Quotient de Rayleigh", r"\frac{x^\top A x}{x^\top x}", "x", "A: matrix n n symmetric"),
    Example("norm", "Cosine similarity", "余弦相似度", "Similarité cosinus", "x'*y/(norm2(x)*norm2(y))", "x"),
    Example("norm", "Mahalanobis distance", "马氏距离", "Distance de Mahalanobis", "sqrt((x - y)'*inv(S)*(x - y))", "x", "S: matrix n n posdef"),
    Example("norm", "One-norm", "一范数", "Norme un", "norm1(A*x - b)", "x"),
    Example("norm", "Gaussian kernel", "高斯核", "Noyau gaussien", "exp(-norm2(x - y)^2/(2*s^2))", "x", "s: scalar positive"),
    Example("norm", "Barrier", "障碍函数", "Barrière", "-sum(log(b - A*x))", "x"),
    Example("map", "Linear map", "线性映射", "Application linéaire", "A*x", "x"),
    Example("map", "Softmax", "Softmax", "Softmax", r"\operatorname{softmax}(x)", "x"),
    Example("map", "A layer", "一层网络", "Une couche", "tanh(W*x + b)", "x"),
    Example("map", "Normalised vector", "归一化向量", "Vecteur normalisé", "x/norm2(x)", "x"),
    Example("map", "Linear map of a matrix", "矩阵的线性映射", "Application linéaire d'une matrice", "A*X*B", "X"),
    Example("map", "Inverse", "逆", "Inverse", r"X^{-1}", "X"),
    Example("map", "Gram matrix", "格拉姆矩阵", "Matrice de Gram", "X'*X", "X"),
    Example("map", "Outer product", "外积", "Produit extérieur", "x*x'", "x"),
    Example("twice", "Hessian of least squares", "最小二乘的海森矩阵", "Hessienne des moindres carrés", "norm2(A*x - b)^2", "x x"),
    Example("twice", "Hessian of the logistic loss", "逻辑损失的海森矩阵", "Hessienne de la perte logistique", "sum(log(1 + exp(-y.*(X*w))))", "w w"),
    Example("twice", "Hessian of log-sum-exp", "log-sum-exp 的海森矩阵", "Hessienne de log-sum-exp", "log(sum(exp(x)))", "x x"),
    Example("twice", "Mixed second derivative", "混合二阶导数", "Dérivée seconde mixte", "x'*A*y", "x y"),
    Example("twice", "Hessian of log det", "log det 的海森矩阵", "Hessienne de log det", "logdet(X)", "X X"),
)  # fmt: skip


@cache
def examples() -> list[Json]:
    """The examples as the page takes them, with their LaTeX and what is said of them aloud."""
    found = [(e, parse(e.expression, e.where or None, e.wrt.split()).expr) for e in GALLERY]
    return [
        {
            "topic": {**TOPICS[e.topic]},
            "name": {"en": e.en, "zh": e.zh, "fr": e.fr},
            "expression": e.expression,
            "wrt": [*e.wrt.split()],
            "where": e.where,
            "latex": expr.latex,
            "spoken": {lang: spoken(expr, lang) for lang in WORDS},
        }
        for e, expr in found
    ]
