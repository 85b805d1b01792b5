"""Formulas in words: {0} and {1} are what an operation is taken of."""

from __future__ import annotations

SPOKEN = {
    "add": "{0} 加 {1}", "sub": "{0} 减 {1}", "neg": "负 {0}", "mul": "{0} 乘 {1}", "div": "{0} 除以 {1}",
    "hadamard": "{0} 逐元素乘 {1}", "eldiv": "{0} 逐元素除以 {1}", "pow": "{0} 的 {1} 次方", "elpow": "{0} 逐元素的 {1} 次方",
    "transpose": "{0} 的转置", "inv": "{0} 的逆", "det": "{0} 的行列式", "logdet": "{0} 的对数行列式", "tr": "{0} 的迹",
    "norm2": "{0} 的范数", "norm1": "{0} 的一范数", "sum": "{0} 的元素和", "diag": "{0} 的对角", "eye": "单位矩阵", "ones": "全一", "zeros": "零",
    "kron": "{0} 与 {1} 的克罗内克积", "sqrt": "{0} 的平方根", "exp": "{0} 的指数", "log": "{0} 的对数", "abs": "{0} 的绝对值",
    "slope": "{0} 对 {1} 的导数", "slopes": "{0} 对 {1} 的 {n} 阶导数", "change": "{0} 的微分", "is": "{0} 等于 {1}",
    "bend": "{0} 的二阶微分", "bends-convex": "{0} 不小于零", "bends-concave": "{0} 不大于零", "bends-affine": "{0} 等于零", "bends-neither": "{0} 既非不小于零，也非不大于零",
    "at": "{0} 下标 {1}", "over": "对 {0} 求和 {1}", "": "{args} 的 {name}", "and": " 与 ", "long": "一个很长的公式", "function": "{name} 作用于 {args}", "open": "括号 {0}", "close": " 括号完",
}  # fmt: skip
