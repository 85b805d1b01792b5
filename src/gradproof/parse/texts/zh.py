"""Chinese."""

NOTES = {
    # what LaTeX leaves open
    "variant-trace": "迹作用于本项中它后面的全部因子",
    "variant-bars": "|…| 读作绝对值：读作行列式则维度不符",
    "variant-squares": r"平方读作向量与自身的内积，与 \cdot 一致",
    "variant-ones": "粗体的 1 读作全一矩阵",
    "dependent-name": "{name} 读作依赖于其自变量的一个量",
    "fraction-first": "{fraction} {following}… 读作分数乘以后面的部分",
    "letters-as-function": "{letters} 读作 \\{word} {rest}",
    "function-of": "{shown} 读作 {argument} 的 {name}",
    "number-pi": "pi 读作圆周率；若不是，请声明 pi",
    "commutation": "{shown} 读作交换矩阵；若不是，请声明它",
    # what stands around a formula
    "side-taken-off": "去掉了 '{shown} ='：公式是其后的部分",
    "right-side-unread": "等号之后的部分没有读入",
    "differentiated": "去掉了 '{shown}'：公式是被求导的部分",
    "optimised": "去掉了 '{shown}'：公式是被优化的部分",
    "derivative-sign": "去掉了 '{shown}' 的求导符号：公式是被求导的部分",
    # functions of matrices
    "entry-by-entry": "矩阵的 {name} 按逐元素计算",
    "norm-1": "矩阵的 1-范数读作所有元素绝对值之和",
    # entries and sums
    "entry-of-matrix": "{shown} 读作矩阵 {name} 的元素",
    "entry-of-vector": "{shown} 读作向量 {name} 的元素",
    "row-of-matrix": "{shown} 读作矩阵 {name} 的行（写成列向量）；若不是，请声明 {name}",
    "row-that-fits": "{shown} 读作矩阵 {name} 的行（写成列向量）",
    "column-of-matrix": "{shown} 读作矩阵 {name} 的列；若不是，请声明 {name}",
    "column-that-fits": "{shown} 读作矩阵 {name} 的列",
    "sum": "{shown} 读作 {formula}",
    # kinds and sizes
    "product-dimension": "维度 {name} 读作 {dim}",
    "sizes-guessed": "{shown} 中的维度有多种可能；请声明以作选择",
    "size-is": "{name} 等于 {dim}",
    "kind-scalar": "{name} 读作标量，只有这样才相符；若不是，请声明它",
    "kind-vector": "{name} 读作向量，只有这样才相符；若不是，请声明它",
    "kind-matrix": "{name} 读作矩阵，只有这样才相符；若不是，请声明它",
    "added-to-entries": "标量加到每个元素上：{shown}",
    "broadcast": "{shown} 读作 {left} {sign} {right}",
    "declared-unused": "{name} 已声明，但公式中没有出现",
    # Unicode
    "unicode-identity": "I 读作单位矩阵；若不是，请声明 I",
    "unicode-logistic": "σ(…) 读作 logistic 函数；若不是，请声明 sigma",
    # NumPy source
    "numpy-rows": "{shown} 中，一维数组按 NumPy 的广播规则作用于每一行",
    "numpy-square": "{shown} 按 NumPy 的规则逐元素计算；矩阵自乘写作 @",
    "numpy-one-axis": "{shown} 只有一维：按 NumPy 的规则，其转置就是它自己",
    "numpy-slogdet": "{shown} 读作正行列式的对数",
    "numpy-ravel": "{shown} 把各行依次排列",
    "numpy-added": "{name} 读作有 {size} 个分量的向量；若它是加到每个分量上的一个数，请声明为 scalar",
    "numpy-unused": "'{shown}' 没有用到",
    "numpy-default": "参数的默认值不使用：所有参数都是变量",
    # of a derivative
    "does-not-occur": "公式中没有 {name}：导数为零",
    "free-entries": "{name} 的所有元素视为自由变量；其性质 {facts} 在求导之后使用",
}

REFUSALS = {
    "wrt-absent": ("公式中没有 {wrt}", '若要得到零导数，请声明它："{wrt}: vector n"'),
    "notation-unknown": ("没有名为 '{name}' 的记法", "可用的记法：{known}"),
    "notation-later": ("尚不能读入 {name} 记法", "请用 ASCII、LaTeX 或纯文本书写公式"),
    "unicode-divisor": (
        "'{shown}' 中后面的因子可能属于分母，也可能不属于",
        "请加括号：a/(b c) 或 (a/b) c",
    ),
    "unicode-word": ("因子旁的 {word} 可能是一个词，也可能是一个变量名", "请声明 {word}，或者写成乘积 {word}*…"),
    "unicode-numbers": ("两个数并排放在一起", "乘积请写作 2*3"),
}
