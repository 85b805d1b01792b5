"""What a check says, in Chinese."""

from __future__ import annotations

VERDICTS = {
    "right": "正确：{claim} 是{what}（{asked}）",
    "right-other": "正确：{claim} 是{what}",
    "other-layout": "在另一种布局下正确：{claim} 是{what}，形式为{form}；所要求的是{asked}",
    "right-if": "仅在附加条件下正确：{claim} 并不总是{what}",
    "wrong": "错误：{claim} 不是{what}",
    "unknown": "无法判断 {claim} 是否为{what}",
}

ROLES = {
    "derivative": " {formula} 对 {wrt} 的导数",
    "differential": " {formula} 的微分",
    "value": "原式 {formula} 的等价写法",
    "equation": "在 {formula} 对 {wrt} 的导数为零处成立的等式",
}

LAYOUTS = {
    "denominator": "分母布局",
    "numerator": "分子布局",
    "mixed": "混合布局",
}

FORMS = {
    "": "{layout}",
    "column": "{layout}、按列堆叠",
    "row": "{layout}、按行堆叠",
}

DIAGNOSES = {
    "transposed": ("它是所求结果的转置",),
    "row-major": ("矩阵按行堆叠；vec 是按列堆叠的",),
    "vec-form": ("这是对变量的 vec 求导：把梯度堆叠成了向量",),
    "sign": ("{part} 的符号错误：正确的是 {repaired}{form}", "符号错误：正确的是 {repaired}{form}"),
    "missing-off-diagonal": ("这只是对角线：缺少非对角元素",),
    "factor": (
        "项 {part} 的系数错误：应乘以 {factor}{form}",
        "差一个常数因子：应乘以 {factor}{form}",
        "缺少因子 {part}{form}",
    ),
    "missing-transpose": ("{part} 缺少转置：正确的是 {repaired}{form}",),
    "extra-transpose": ("{part} 不应转置：正确的是 {repaired}{form}",),
    "missing-inverse": ("{part} 缺少求逆：正确的是 {repaired}{form}",),
    "extra-inverse": ("{part} 不应求逆：正确的是 {repaired}{form}",),
    "term-sign": ("项 {part} 的符号错误：正确的是 {repaired}{form}", "项 {part} 的符号错误{form}"),
    "extra-term": ("多了一项 {part}：正确的是 {repaired}{form}", "多了一项 {part}{form}"),
    "missing-term": ("缺少一项 {part}：正确的是 {repaired}{form}", "缺少一项：{part}{form}"),
    "hadamard-for-product": ("{part} 用了逐元素（哈达玛）运算，应为矩阵运算：正确的是 {repaired}{form}",),
    "product-for-hadamard": ("{part} 用了矩阵运算，应为逐元素（哈达玛）运算：正确的是 {repaired}{form}",),
    "order-of-factors": ("{part} 中因子的次序错误：正确的是 {repaired}{form}",),
    "pairing": ("{part} 应取迹或求和（弗罗贝尼乌斯内积）：正确的是 {repaired}{form}",),
    "missing-chain-factor": (
        "链式法则少了一个因子：漏掉了内层 {forgotten} 的导数{form}",
        "链式法则少了一个因子：只对内层求了导，漏掉了外层 {outer} 的导数{form}",
        "缺少因子 {part}：正确的是 {repaired}{form}",
        "{term} 这一项缺少因子：{part}{form}",
        "缺少因子（可能漏用链式法则）：{part}，常数因子也不对：还应乘以 {factor}",
        "缺少因子（可能漏用链式法则）：{part}{form}",
    ),
    "extra-factor": (
        "多了因子 {part}：正确的是 {repaired}{form}",
        "多了因子 {part}，常数因子也不对：还应乘以 {factor}",
        "多了因子 {part}{form}",
    ),
    "exponent": (
        "{part} 的指数错误：正确的是 {repaired}{form}",
        "{part} 的指数错误：应为 {new}{form}",
        "{raised} 的指数错误：还缺少因子 {missing}{form}",
    ),
    "term-factors": ("有两项的系数错误：{part} 应乘以 {factor}，{two} 应乘以 {other}",),
    "other-formula": ("这是 {other} 的导数",),
    "inner-factor": ("函数内部 {part} 的系数错误：正确的是 {repaired}{form}",),
    "wrong-function": ("该函数的导数是另一个函数：{part} 处应为 {new}，正确的是 {repaired}{form}",),
    "wrong-variable": ("{part} 处应为 {new}：正确的是 {repaired}{form}",),
    "double-slip": ("有两处错误（{first}——{second}）：两处都改正后，正确的是 {repaired}{form}",),
    "missing-diag": ("{part} 缺少 diag：正确的是 {repaired}{form}",),
    "extra-function": ("{part} 应为其括号内的式子：正确的是 {repaired}{form}",),
    "symmetric-only": ("若 {several} 都对称则正确{form}", "若 {names} 对称则正确{form}"),
    "positive-only": ("若 {names} 为正则正确{form}",),
    "sums-to-one-only": ("若 {names} 的各分量之和为 1 则正确{form}",),
    "signs-only": ("若 {names} 的各分量为 1 或 -1 则正确{form}",),
    "unit-only": ("若 {names} 的长度为 1 则正确{form}",),
    "posdef-only": ("若 {names} 正定则正确{form}",),
    "orthogonal-only": ("若 {names} 正交则正确{form}",),
    "diagonal-only": ("若 {names} 为对角矩阵则正确{form}",),
    "antisymmetric-only": ("若 {names} 反对称则正确{form}",),
    "square-only": ("若所有矩阵均为方阵则正确",),
    "symmetric-constrained": ("这是 2G - diag(G)，即对对称矩阵 {names} 的自由元素求导；所有元素都自由时应为 G",),
    "symmetrised": ("这是 (G + G')/2，即在对称矩阵 {names} 的空间中的梯度；所有元素都自由时应为 G",),
    "symmetrised-twice": ("这是 G + G'：对称的 {names} 的每一对元素一起变动，而对角元素被计了两次",),
    "shape": ("形状错误：它是 {shape}，而所求的是 {wanted}",),
    "does-not-conform": ("维度不相容：{message}",),
}

COMBINED = {
    "factor-hint": "（常数因子也不对）",
    "factor": "（再乘以 {factor}）",
    "form": "（{form}）",
}

REASONS = {
    "unsupported": "{message}",
    "no-point": "没有找到可以比较的点：{message}",
    "rounding": "所给的式子只在约五位有效数字内相符：可能是舍入误差，或常数被舍入",
    "nearly": "不相等：精确运算得出的相对差为 {gap}；可能是常数被舍入",
    "one-sided": "没有找到使 {part} 取另一种符号的点，因此折点的一侧没有检验",
    "not-together": "没有找到使 {parts} 取某种符号组合的点，因此折点相交之处没有检验",
    "many-kinks": "折点（{parts}）太多，无法检验所有组合：多个折点相交之处是否成立尚不可知",
    "sizes": "维数出现在函数或高次幂之中：所能尝试的维数不足以判断",
    "too-many-digits": "式中的数过大或过小，数千位有效数字也不足以判断",
    "lost": "在所算的全部位数内两者均为零，这不足以判断",
    "unknown-letter": "{names} 不是原式中的量，也没有哪一部分能解释它。请给出定义：CLAIM where r = A*x - b",
    "read-otherwise": "{names} 不是原式中的量。若确如上面的理解，则所给的式子不正确，原因是：",
    "unknown-size": "{names} 不是原式中的维数。原式的维数为 {sizes}；请声明所用的维数，例如 x: vector n",
    "derivative-not-verified": "gradproof 自己的导数未能通过验证：{report}",
    "cases": "分段与比较只有在说明了各处取值时才能读：1[x > 0]、(x > 0)、a if x > 0 else b，条件中只能有比较",
    "mixed-notation": "按 NumPy 的符号理解，此式不对；把 * 当作矩阵乘积，则正确：矩阵乘积请写 @，幂请写 **",
    "index-notation": "暂不支持用下标写的式子；请用矩阵记号，或用 kron 和 vec",
    "no-differential": "微分的每一项都含有一个微分，例如 dx；这一边没有",
    "differential-for-derivative": "导数的式子中出现了微分：请写成 df = …，或去掉 dX",
    "not-defined": "{names} 没有定义。请在前面的行中说明：令 {names} = …",
    "not-a-variable": "{names} 不是原式中的变量",
    "not-of-part": "原式不只是 {part} 的函数，因为 {formula} 没有原样出现在其中",
    "left-unread": "等号左边无法理解：{message}",
    "equation": "这个等式并非处处成立；若是指导数为零处的等式，请说明令导数为零",
    "set-to-zero": "令导数为零：此后的等式在导数为零的点处检验",
    "definition": "定义",
    "no-line": "推导中没有可以判断的行",
}

LABELS = {
    "claim": "所给",
    "correct": "正确答案",
    "example": "反例",
    "because": "原因",
    "derivative": "导数",
    "differential": "微分",
    "value": "原式",
    "equation": "等式",
    "reading": "理解",
    "note": "注",
    "evidence": "依据",
    "hint": "提示",
    "line": "行",
}

SENTENCES = {
    "reveal": "用 --reveal 显示正确答案",
    "read-as": "{name} 理解为 {formula}",
    "agreed": "在 {points} 个随机点处相等（{sizes}）",
    "exact": "在 {points} 个随机点处精确相等（对一个大素数取模）",
    "digits": "在 {points} 个随机点处、每个折点的两侧，{digits} 位有效数字均相等",
    "floats": "在 {points} 个随机点处相等（在舍入误差内）",
    "unequal": "精确运算表明两者不同，相对差为 {gap}",
    "compared": "在 {points} 个随机点处比较（{sizes}）",
    "canonical": "规范形式相同",
    "agreed-plain": "在 {points} 个随机点处相等",
    "compared-plain": "在 {points} 个随机点处比较",
    "own": "正确的导数已在 {points} 个点处用{method}验证，相对误差 {error}",
    "own-open": "正确的导数本身未能用数值方法验证：{reason}",
    "chain-wrong": "第一个不正确的是第 {number} 个式子：{text}",
    "line-wrong": "第 {number} 行是第一个不正确的行：{text}",
    "lines-open": "另有 {count} 行无法判断",
    "line-right": "可以判断的一行正确",
    "lines-right": "可以判断的 {count} 行均正确",
}

METHODS = {
    "differences of many digits": "多位有效数字的差分",
    "exact": "精确算术",
    "dual numbers": "对偶数",
    "complex step": "复数步长",
    "central differences": "中心差分",
    "complex step and central differences": "复数步长与中心差分",
}

BETWEEN = "；"

HINTS = {
    "transposed": ("比较形状：行与列交换了",),
    "row-major": ("看看矩阵堆叠的次序：vec 取的是列",),
    "vec-form": ("对矩阵的梯度与该矩阵形状相同；你的结果被堆叠成了向量",),
    "sign": ("看看 {part} 的符号", "看看整个式子的符号：代入一个数比较两边"),
    "missing-off-diagonal": ("当 i ≠ j 时，变量的第 j 个元素变动，第 i 个元素会怎样？",),
    "factor": ("看看项 {part} 前面的数", "形式正确，但常数因子不对：数一数每一项被求导了几次"),
    "missing-transpose": ("看看 {part}：写出各因子的维数，哪一个应当转置？",),
    "extra-transpose": ("看看 {part}：转置的方向对吗？",),
    "missing-inverse": ("看看 {part}：log det 或逆矩阵的微分在这里留下什么？",),
    "extra-inverse": ("看看 {part}：它应当是逆矩阵吗？",),
    "term-sign": ("看看项 {part} 的符号",),
    "extra-term": ("项 {part} 来自原式的哪一部分？",),
    "missing-term": ("变量出现的地方比你求导的多：每出现一次就有一项",),
    "hadamard-for-product": ("看看 {part}：是逐元素运算，还是矩阵运算？",),
    "product-for-hadamard": ("看看 {part}：是矩阵运算，还是逐元素运算？",),
    "order-of-factors": ("看看 {part}：矩阵乘法不可交换；原式中哪个因子在变量的左边？",),
    "pairing": ("看看 {part}：标量来自迹或求和，它在哪里？",),
    "missing-chain-factor": (
        "链式法则：你停在了 {forgotten}，而它也依赖于变量",
        "链式法则：你只对内层求了导，外层的 {outer} 呢？",
        "看看 {term} 这一项：原式中的因子都还在吗？",
        "链式法则：还差一个因子；内层的导数是什么？",
    ),
    "extra-factor": ("看看因子 {part}：它从哪里来？",),
    "exponent": (
        "看看 {part} 的指数：幂法则会使它怎样变化？",
        "看看 {raised} 的指数：幂法则会使它怎样变化？",
    ),
    "term-factors": ("看看 {part} 和 {two} 前面的系数：数一数每一项被求导几次",),
    "other-formula": ("所求的是这个式子吗？看看内层外面还有什么",),
    "inner-factor": ("看看函数内部的 {part}：对函数求导时，它保持不变",),
    "wrong-function": ("看看 {part}：题中函数的导数是哪个函数？",),
    "wrong-variable": ("看看 {part}：对变量求导之后，这里剩下什么？",),
    "missing-diag": ("看看 {part}：逐元素函数的导数是对角矩阵",),
    "extra-function": ("看看 {part}：求导之后这个函数还在吗？",),
    "double-slip": ("有两处错误：{first}——{second}",),
    "symmetric-constrained": ("你让 {names} 的每一对元素一起变动；这里所有元素都是自由的",),
    "symmetrised": ("你对 {names} 取了对称部分；这里所有元素都是自由的",),
    "symmetrised-twice": ("{names} 的每一对元素被计了两次；这里所有元素都是自由的",),
    "shape": ("形状错误：它是 {shape}，而所求的是 {wanted}",),
    "does-not-conform": ("维度不相容：{message}",),
}
