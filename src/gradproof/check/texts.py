"""What a check says, one line per language and identifier. Formulas and names are put in for the {fields}.

A line is chosen by the fields that it needs: of several for one identifier, the first whose fields are all there.
"""

from __future__ import annotations

LANGUAGES = ("en", "zh")

VERDICTS = {
    "right": {
        "en": "RIGHT: {claim} is {what}, in {asked}",
        "zh": "正确：{claim} 是{what}（{asked}）",
    },
    "right-other": {
        "en": "RIGHT: {claim} is {what}",
        "zh": "正确：{claim} 是{what}",
    },
    "other-layout": {
        "en": "RIGHT IN ANOTHER LAYOUT: {claim} is {what} in {form}; asked was {asked}",
        "zh": "在另一种布局下正确：{claim} 是{what}，形式为{form}；所要求的是{asked}",
    },
    "right-if": {
        "en": "RIGHT ONLY UNDER A CONDITION: {claim} is not always {what}",
        "zh": "仅在附加条件下正确：{claim} 并不总是{what}",
    },
    "wrong": {
        "en": "WRONG: {claim} is not {what}",
        "zh": "错误：{claim} 不是{what}",
    },
    "unknown": {
        "en": "CANNOT TELL whether {claim} is {what}",
        "zh": "无法判断 {claim} 是否为{what}",
    },
}

ROLES = {
    "derivative": {"en": "the derivative of {formula} by {wrt}", "zh": "{formula} 对 {wrt} 的导数"},
    "differential": {"en": "the differential of {formula}", "zh": "{formula} 的微分"},
    "value": {"en": "the formula {formula}", "zh": "原式 {formula}"},
}

LAYOUTS = {
    "denominator": {"en": "denominator", "zh": "分母布局"},
    "numerator": {"en": "numerator", "zh": "分子布局"},
    "mixed": {"en": "mixed", "zh": "混合布局"},
}

FORMS = {
    "": {"en": "{layout} layout", "zh": "{layout}"},
    "column": {"en": "{layout} layout, stacked column by column", "zh": "{layout}、按列堆叠"},
    "row": {"en": "{layout} layout, stacked row by row", "zh": "{layout}、按行堆叠"},
}

DIAGNOSES = {
    "transposed": {"en": ("it is the transpose of what was asked",), "zh": ("它是所求结果的转置",)},
    "row-major": {"en": ("matrices are stacked row by row; vec stacks columns",), "zh": ("矩阵按行堆叠；vec 是按列堆叠的",)},
    "vec-form": {"en": ("it is the derivative by vec of the variable: the gradient, stacked into a vector",), "zh": ("这是对变量的 vec 求导：把梯度堆叠成了向量",)},
    "sign": {"en": ("the sign is wrong: {repaired} is right{form}",), "zh": ("符号错误：正确的是 {repaired}{form}",)},
    "factor": {
        "en": ("the term {part} has the wrong factor: it has to be multiplied by {factor}{form}", "a constant factor is off: multiply by {factor}{form}", "the factor {part} is missing{form}"),
        "zh": ("项 {part} 的系数错误：应乘以 {factor}{form}", "差一个常数因子：应乘以 {factor}{form}", "缺少因子 {part}{form}"),
    },
    "missing-transpose": {"en": ("a transpose is missing on {part}: {repaired} is right{form}",), "zh": ("{part} 缺少转置：正确的是 {repaired}{form}",)},
    "extra-transpose": {"en": ("{part} should not be transposed: {repaired} is right{form}",), "zh": ("{part} 不应转置：正确的是 {repaired}{form}",)},
    "missing-inverse": {"en": ("an inverse is missing on {part}: {repaired} is right{form}",), "zh": ("{part} 缺少求逆：正确的是 {repaired}{form}",)},
    "extra-inverse": {"en": ("{part} should not be inverted: {repaired} is right{form}",), "zh": ("{part} 不应求逆：正确的是 {repaired}{form}",)},
    "term-sign": {
        "en": ("the term {part} has the wrong sign: {repaired} is right{form}", "the term {part} has the wrong sign{form}"),
        "zh": ("项 {part} 的符号错误：正确的是 {repaired}{form}", "项 {part} 的符号错误{form}"),
    },
    "extra-term": {
        "en": ("the term {part} does not belong there: {repaired} is right{form}", "the term {part} does not belong there{form}"),
        "zh": ("多了一项 {part}：正确的是 {repaired}{form}", "多了一项 {part}{form}"),
    },
    "missing-term": {
        "en": ("a term is missing, {part}: {repaired} is right{form}", "a term is missing: {part}{form}"),
        "zh": ("缺少一项 {part}：正确的是 {repaired}{form}", "缺少一项：{part}{form}"),
    },
    "hadamard-for-product": {
        "en": ("{part} has an entrywise (Hadamard) operation in place of the one of matrices: {repaired} is right{form}",),
        "zh": ("{part} 用了逐元素（哈达玛）运算，应为矩阵运算：正确的是 {repaired}{form}",),
    },
    "product-for-hadamard": {
        "en": ("{part} has a matrix operation in place of the entrywise (Hadamard) one: {repaired} is right{form}",),
        "zh": ("{part} 用了矩阵运算，应为逐元素（哈达玛）运算：正确的是 {repaired}{form}",),
    },
    "order-of-factors": {"en": ("the factors of {part} are in the wrong order: {repaired} is right{form}",), "zh": ("{part} 中因子的次序错误：正确的是 {repaired}{form}",)},
    "pairing": {
        "en": ("{part} stands in place of its trace or sum, the Frobenius pairing: {repaired} is right{form}",),
        "zh": ("{part} 应取迹或求和（弗罗贝尼乌斯内积）：正确的是 {repaired}{form}",),
    },
    "missing-chain-factor": {
        "en": (
            "a factor of the chain rule is missing: the derivative of the inner part {forgotten}{form}",
            "a factor of the chain rule is missing: it is the derivative of the inner part alone, the one of {outer} by it is left out{form}",
            "a factor is missing, {part}: {repaired} is right{form}",
            "a factor is missing, as from a forgotten chain rule: {part}{form}",
        ),
        "zh": ("链式法则少了一个因子：漏掉了内层 {forgotten} 的导数{form}", "链式法则少了一个因子：只对内层求了导，漏掉了外层 {outer} 的导数{form}", "缺少因子 {part}：正确的是 {repaired}{form}", "缺少因子（可能漏用链式法则）：{part}{form}"),
    },
    "missing-factor": {"en": ("the constant factor {part} is missing{form}",), "zh": ("缺少常数因子 {part}{form}",)},
    "extra-factor": {
        "en": ("the factor {part} does not belong there: {repaired} is right{form}", "the factor {part} does not belong there{form}"),
        "zh": ("多了因子 {part}：正确的是 {repaired}{form}", "多了因子 {part}{form}"),
    },
    "exponent": {"en": ("the exponent of {part} is off: {repaired} is right{form}",), "zh": ("{part} 的指数错误：正确的是 {repaired}{form}",)},
    "missing-diag": {"en": ("diag is missing around {part}: {repaired} is right{form}",), "zh": ("{part} 缺少 diag：正确的是 {repaired}{form}",)},
    "extra-function": {"en": ("{part} should be what is inside it: {repaired} is right{form}",), "zh": ("{part} 应为其括号内的式子：正确的是 {repaired}{form}",)},
    "symmetric-only": {"en": ("right{form} if {names} is symmetric",), "zh": ("若 {names} 对称则正确{form}",)},
    "positive-only": {"en": ("right{form} if {names} is positive",), "zh": ("若 {names} 为正则正确{form}",)},
    "sums-to-one-only": {"en": ("right{form} if the entries of {names} sum to 1",), "zh": ("若 {names} 的各分量之和为 1 则正确{form}",)},
    "signs-only": {"en": ("right{form} if the entries of {names} are 1 or -1",), "zh": ("若 {names} 的各分量为 1 或 -1 则正确{form}",)},
    "unit-only": {"en": ("right{form} if {names} has length 1",), "zh": ("若 {names} 的长度为 1 则正确{form}",)},
    "posdef-only": {"en": ("right{form} if {names} is positive definite",), "zh": ("若 {names} 正定则正确{form}",)},
    "orthogonal-only": {"en": ("right{form} if {names} is orthogonal",), "zh": ("若 {names} 正交则正确{form}",)},
    "diagonal-only": {"en": ("right{form} if {names} is diagonal",), "zh": ("若 {names} 为对角矩阵则正确{form}",)},
    "antisymmetric-only": {"en": ("right{form} if {names} is antisymmetric",), "zh": ("若 {names} 反对称则正确{form}",)},
    "square-only": {"en": ("right if all matrices are square",), "zh": ("若所有矩阵均为方阵则正确",)},
    "symmetric-constrained": {
        "en": ("it is 2G - diag(G), the derivative by the free entries of a symmetric {names}; with all entries free it is G",),
        "zh": ("这是 2G - diag(G)，即对对称矩阵 {names} 的自由元素求导；所有元素都自由时应为 G",),
    },
    "shape": {"en": ("the shape is wrong: it is {shape}, and {wanted} is asked",), "zh": ("形状错误：它是 {shape}，而所求的是 {wanted}",)},
    "does-not-conform": {"en": ("it does not conform: {message}",), "zh": ("维度不相容：{message}",)},
}

COMBINED = {
    "factor": {"en": " after multiplying by {factor}", "zh": "（再乘以 {factor}）"},
    "form": {"en": " in {form}", "zh": "（{form}）"},
}

REASONS = {
    "unsupported": {"en": "{message}", "zh": "{message}"},
    "no-point": {"en": "{message}", "zh": "没有找到可以比较的点：{message}"},
    "unknown-letter": {
        "en": "{names} is no quantity of the formula, and no part of it explains the claim; define it: CLAIM where {names} = …",
        "zh": "{names} 不是原式中的量，也没有哪一部分能解释它；请给出定义：CLAIM where {names} = …",
    },
    "derivative-not-verified": {"en": "gradproof's own derivative could not be confirmed: {report}", "zh": "gradproof 自己的导数未能通过验证：{report}"},
    "index-notation": {
        "en": "a claim in index notation is not supported yet; write it in matrix notation, or with kron and vec",
        "zh": "暂不支持用下标写的式子；请用矩阵记号，或用 kron 和 vec",
    },
    "second-differential": {"en": "a second differential is not supported yet", "zh": "暂不支持二阶微分"},
    "nothing": {"en": "there is no formula to judge", "zh": "没有可以判断的式子"},
    "no-line": {"en": "no line of the derivation could be judged", "zh": "推导中没有可以判断的行"},
}

LABELS = {
    "claim": {"en": "claim", "zh": "所给"},
    "correct": {"en": "correct", "zh": "正确答案"},
    "example": {"en": "example", "zh": "反例"},
    "because": {"en": "because", "zh": "原因"},
    "derivative": {"en": "derivative", "zh": "导数"},
    "reading": {"en": "reading", "zh": "理解"},
    "note": {"en": "note", "zh": "注"},
    "evidence": {"en": "evidence", "zh": "依据"},
    "hint": {"en": "hint", "zh": "提示"},
    "line": {"en": "line", "zh": "行"},
}

SENTENCES = {
    "read-as": {"en": "{name} is read as {formula}", "zh": "{name} 理解为 {formula}"},
    "agreed": {"en": "equal at {points} random points ({sizes})", "zh": "在 {points} 个随机点处相等（{sizes}）"},
    "compared": {"en": "compared at {points} random points ({sizes})", "zh": "在 {points} 个随机点处比较（{sizes}）"},
    "canonical": {"en": "the same in canonical form", "zh": "规范形式相同"},
    "agreed-plain": {"en": "equal at {points} random points", "zh": "在 {points} 个随机点处相等"},
    "compared-plain": {"en": "compared at {points} random points", "zh": "在 {points} 个随机点处比较"},
    "own": {
        "en": "the correct derivative is verified at {points} points by {method}, relative error {error}",
        "zh": "正确的导数已在 {points} 个点处用{method}验证，相对误差 {error}",
    },
    "chain-wrong": {"en": "the first side that is not right is number {number}: {text}", "zh": "第一个不正确的是第 {number} 个式子：{text}"},
    "line-wrong": {"en": "line {number} is the first that is not right: {text}", "zh": "第 {number} 行是第一个不正确的行：{text}"},
    "lines-right": {"en": "all {count} lines that could be judged are right", "zh": "可以判断的 {count} 行均正确"},
}

METHODS = {
    "complex step": {"en": "complex step", "zh": "复数步长"},
    "central differences": {"en": "central differences", "zh": "中心差分"},
    "complex step and central differences": {"en": "complex step and central differences", "zh": "复数步长与中心差分"},
}

BETWEEN = {"en": "; ", "zh": "；"}

MARKS = {"right": "ok", "other-layout": "ok (layout)", "right-if": "IF", "wrong": "WRONG", "unknown": "?"}
