"""The facts. Adding one is one entry here: tests, sampler, checker, code and derivations find it by its being there.

The order is the order in which random values get several facts: the linear ones first.
"""

from __future__ import annotations

from gradproof.facts.bounds import BETWEEN, NONNEGATIVE, POSITIVE, UNIT
from gradproof.facts.fact import Fact, Keep, Trial
from gradproof.say import say

_LINEAR: frozenset[Keep] = frozenset({"sum", "multiple", "transpose"})
_TRIANGULAR: frozenset[Keep] = frozenset({"sum", "multiple", "inverse"})
_FORM: frozenset[Keep] = frozenset({"sum", "multiple", "transpose", "inverse", "congruence"})  # of symmetric matrices
_INVERTED: frozenset[Keep] = frozenset({"sum", "multiple", "transpose", "inverse"})
_CONE: frozenset[Keep] = frozenset({"sum", "transpose"})

_NARROW = ("diagonal", "orthogonal")

FACTS = (
    Fact(
        "constant",
        {},
        on="any",
        aliases=("const",),
        keeps=_INVERTED,
    ),
    Fact(
        "complex",
        {"en": "complex", "zh": "复", "fr": "complexe"},
        on="any",
        later=say("complex variables are not supported yet"),
    ),
    Fact(
        "nonneg",
        {"en": "not negative", "zh": "非负数", "fr": "à coefficients positifs ou nuls"},
        on="any",
        aliases=(
            "nonnegative",
            "non-negative",
            "非负",
        ),
        make="np.abs(x)",
        holds="np.all(np.asarray(x) >= 0)",
        center="x + 3",
        keeps=_CONE,
        bounds=NONNEGATIVE,
    ),
    Fact(
        "positive",
        {"en": "positive", "zh": "正数", "fr": "à coefficients strictement positifs"},
        on="any",
        aliases=(
            "pos",
            "正",
        ),
        implies=("nonneg",),
        make="np.abs(x)",
        small="np.maximum(np.abs(x), 1)",
        holds="np.all(np.asarray(x) > 0)",
        center="x + 3",
        keeps=_CONE,
        bounds=POSITIVE,
        trial=Trial("positive-only", 0.05, strong=True),
    ),
    Fact(
        "integer",
        {"en": "a whole number in each entry", "zh": "整数", "fr": "à coefficients entiers"},
        on="any",
        aliases=("int",),
        make="np.where(x < 0, -1.0, 1.0) * np.rint(np.minimum(1 + 2 * np.abs(x), 4))",
        small="np.where(x == 0, 1.0, x)",
        holds="np.all(np.rint(x) == x)",
        keeps=_LINEAR,
        whole=True,
    ),
    Fact(
        "toeplitz",
        {"en": "a Toeplitz matrix", "zh": "托普利茨矩阵", "fr": "de Toeplitz"},
        on="matrix",
        ties=True,
        make="np.resize(x, sum(x.shape) - 1)"
        "[np.subtract.outer(np.arange(x.shape[0]), np.arange(x.shape[1])) + x.shape[1] - 1]",
        holds="np.all(np.abs(x[1:, 1:] - x[:-1, :-1]) <= t)",
        keeps=_LINEAR,
        later=say("Toeplitz matrices are not supported yet"),
    ),
    Fact(
        "symmetric",
        {"en": "symmetric", "zh": "对称矩阵", "fr": "symétrique"},
        aliases=(
            "sym",
            "对称",
        ),
        ties=True,
        make="(x + x.T) / 2",
        small="np.triu(x) + np.triu(x, 1).T",
        holds="np.all(np.abs(x - x.T) <= t)",
        keeps=_FORM,
        trial=Trial("symmetric-only", 0.0, strong=True, unless=_NARROW),
    ),
    Fact(
        "antisymmetric",
        {"en": "antisymmetric", "zh": "反对称矩阵", "fr": "antisymétrique"},
        aliases=(
            "skew",
            "skew-symmetric",
            "反对称",
        ),
        ties=True,
        make="(x - x.T) / 2",
        small="np.triu(x, 1) - np.triu(x, 1).T",
        holds="np.all(np.abs(x + x.T) <= t)",
        keeps=_FORM,
        trial=Trial("antisymmetric-only", 0.4, unless=_NARROW),
    ),
    Fact(
        "lower",
        {"en": "lower triangular", "zh": "下三角矩阵", "fr": "triangulaire inférieure"},
        on="matrix",
        aliases=(
            "triangular-lower",
            "lower-triangular",
        ),
        ties=True,
        make="np.tril(x)",
        holds="np.all(np.abs(np.triu(x, 1)) <= t)",
        keeps=_TRIANGULAR,
    ),
    Fact(
        "upper",
        {"en": "upper triangular", "zh": "上三角矩阵", "fr": "triangulaire supérieure"},
        on="matrix",
        aliases=(
            "triangular-upper",
            "upper-triangular",
        ),
        ties=True,
        make="np.triu(x)",
        holds="np.all(np.abs(np.tril(x, -1)) <= t)",
        keeps=_TRIANGULAR,
    ),
    Fact(
        "diagonal",
        {"en": "diagonal", "zh": "对角矩阵", "fr": "diagonale"},
        aliases=(
            "diag",
            "对角",
        ),
        implies=("symmetric", "lower", "upper"),
        ties=True,
        make="np.diag(np.diag(x))",
        holds="np.all(np.abs(x - np.diag(np.diag(x))) <= t)",
        keeps=_INVERTED,
        trial=Trial("diagonal-only", 0.35, unless=_NARROW),
    ),
    Fact(
        "psd",
        {"en": "positive semidefinite", "zh": "半正定矩阵", "fr": "semi-définie positive"},
        aliases=(
            "positive-semidefinite",
            "semidefinite",
            "半正定",
        ),
        implies=("symmetric",),
        ties=True,
        make="x @ x.T / max(1, len(x))",
        small="(lambda a: a @ a.T + np.eye(len(a)))(np.triu(np.sign(x)) if len(x) > 2 else x)",
        holds="np.linalg.eigvalsh(x).min(initial=0.0) >= -t",
        center="x + 3 * np.eye(len(x))",
        keeps=frozenset({"sum", "transpose", "inverse", "congruence"}),
    ),
    Fact(
        "posdef",
        {"en": "positive definite", "zh": "正定矩阵", "fr": "définie positive"},
        aliases=(
            "pd",
            "spd",
            "positive-definite",
            "正定",
        ),
        implies=("symmetric", "invertible", "psd"),
        ties=True,
        make="x @ x.T / max(1, len(x)) + 0.5 * np.eye(len(x))",
        small="(lambda a: a @ a.T + np.eye(len(a)))(np.triu(np.sign(x)) if len(x) > 2 else x)",
        holds="np.linalg.eigvalsh(x).min(initial=1.0) > 0",
        center="x + 3 * np.eye(len(x))",
        keeps=frozenset({"sum", "transpose", "inverse"}),
        trial=Trial("posdef-only", 0.25, unless=_NARROW),
    ),
    Fact(
        "orthogonal",
        {"en": "orthogonal", "zh": "正交矩阵", "fr": "orthogonale"},
        aliases=(
            "orthonormal",
            "orth",
            "正交",
        ),
        implies=("invertible",),
        ties=True,
        make="(lambda u, s, v: u @ v)(*np.linalg.svd(x))",
        small="np.eye(len(x))[::-1] * np.resize([1.0, -1.0], len(x))[:, None]",
        holds="np.all(np.abs(x.T @ x - np.eye(len(x))) <= t)",
        keeps=frozenset({"transpose", "inverse"}),
        bounds=BETWEEN,
        trial=Trial("orthogonal-only", 0.3, unless=(*_NARROW, "psd")),
    ),
    Fact(
        "invertible",
        {"en": "invertible", "zh": "可逆矩阵", "fr": "inversible"},
        aliases=(
            "nonsingular",
            "regular",
            "可逆",
        ),
        holds="np.linalg.matrix_rank(x) == len(x)",
        measure="np.linalg.cond(x)",
        center="x + 3 * np.eye(len(x))",
        keeps=frozenset({"multiple", "transpose", "inverse"}),
    ),
    Fact(
        "simplex",
        {
            "en": "on the simplex (not negative, with sum 1)",
            "zh": "单纯形中的向量（非负且和为 1）",
            "fr": "dans le simplexe",
        },
        on="vector",
        implies=("nonneg",),
        ties=True,
        make="np.abs(x) / np.sum(np.abs(x))",
        holds="np.abs(np.sum(x) - 1) <= t * len(x)",
        keeps=frozenset({"mean"}),
        bounds=UNIT,
        total=1,
        trial=Trial("sums-to-one-only", 0.1, strong=True, data=True),
    ),
    Fact(
        "onehot",
        {
            "en": "one-hot (a single 1, else 0)",
            "zh": "独热向量（仅一个 1，其余为 0）",
            "fr": "à un seul 1, nul ailleurs",
        },
        on="vector",
        aliases=("one-hot",),
        implies=("simplex", "unit", "nonneg"),
        ties=True,
        make="np.where(np.arange(len(x)) == np.argmax(x), 1.0, 0.0)",
        holds="np.all((x == 0) | (x == 1)) and np.sum(x) == 1",
        bounds=UNIT,
        whole=True,
    ),
    Fact(
        "unit",
        {"en": "of length 1", "zh": "单位向量", "fr": "de norme 1"},
        on="vector",
        ties=True,
        make="x / np.linalg.norm(x)",
        holds="np.abs(np.linalg.norm(x) - 1) <= t * len(x)",
        bounds=BETWEEN,
        total=2,
        trial=Trial("unit-only", 0.2),
    ),
)
