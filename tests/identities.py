"""Identities of matrix functions, spectra, Kronecker products, structure, complex variables, equations: the truth is a difference quotient of a NumPy expression."""

from __future__ import annotations

import itertools
import warnings
import zlib

import numpy as np
import scipy.linalg as sl
import scipy.special as sp

import gradproof as gp

SIZES = {"n": 3, "m": 4, "p": 2, "q": 2}


def _hpd(z):
    return z @ np.conj(z).T + np.eye(len(z))


def _rotated(q):
    return q @ np.diag([2.0, -1.5, 1][: len(q)]) @ q.T


def _dare(a, b, q, r):
    return sl.solve_discrete_are(a, b, (q + q.T) / 2, (r + r.T) / 2)


MADE = {
    "posdef": lambda z: _hpd(z),
    "symmetric": lambda z: (z + z.T) / 2,
    "hermitian": lambda z: (z + np.conj(z).T) / 2,
    "antisymmetric": lambda z: z - z.T,
    "positive": lambda z: abs(z) + 0.5,
    "diagonal": lambda z: np.diag(np.diag(z)),
    "lower": lambda z: np.tril(z),
    "invertible": lambda z: z + 3 * np.eye(len(z)),
    "stable": lambda z: z / 5,
    "small": lambda z: 0.4 * z,
    "tiny": lambda z: 0.2 * z,
    "big": lambda z: 0.3 * z + 5 * np.eye(len(z)),
    "lowerpos": lambda z: np.tril(z) + 3 * np.eye(len(z)),
    "first": lambda z: np.r_[5.0, 0.5 * z[1:]],
    "big2": lambda z: sl.expm((z + z.T) / 8) + 2 * np.eye(len(z)),
    "mixed": lambda z: z @ np.diag([2.0, -1.5, 1][: len(z)]) @ np.linalg.inv(z),
    "mixedsym": lambda z: _rotated(np.linalg.qr(z)[0]),
    "vechpd": lambda z: _vech(4 * np.eye(3)) + 0.4 * z,
    "c5": lambda z: np.r_[5.0, 0.5 * z[1:]],
    "upper": lambda z: np.triu(z),
    "upperpos": lambda z: np.triu(z) + 3 * np.eye(len(z)),
    "diagpos": lambda z: np.diag(abs(np.diag(z)) + 0.5),
    "vechpd2": lambda z: _vech(3 * np.eye(2)) + 0.3 * z,
    "hurwitz": lambda z: 0.3 * z - 2 * np.eye(len(z)),
}


def _lam(x):
    return np.sort(np.linalg.eigvals(x).real)


def _vec(x):
    return x.T.ravel()


def _vech(x):
    return np.concatenate([x[j:, j] for j in range(len(x))])


def _unvech(x):
    n = int((np.sqrt(8 * len(x) + 1) - 1) / 2)
    s = np.zeros((n, n), x.dtype)
    s[np.triu_indices(n)] = x  # row by row of the upper triangle is column by column of the lower one
    return s + s.T - np.diag(np.diag(s))


def _powm(x, p):
    w, v = np.linalg.eig(x)
    return (v * (w + 0j) ** p @ np.linalg.inv(v)).real


def _skew(w):
    return np.array([[0, -w[2], w[1]], [w[2], 0, -w[0]], [-w[1], w[0], 0]])


def _care(a, b, q, r):
    return sl.solve_continuous_are(a, b, (q + q.T) / 2, (r + r.T) / 2)


def _right_vector(s, k):
    """The unit eigenvector of the k-th eigenvalue, of any matrix."""
    w, v = np.linalg.eig(s)
    x = v[:, np.argsort(w.real)[k]].real
    return x / np.sqrt(x @ x)


def _projector(s, k):
    w, v = np.linalg.eig(s)
    i = np.argsort(w.real)[k]
    return np.outer(v[:, i], np.linalg.inv(v)[i]).real


def _duplication(n):
    out, column = np.zeros((n * n, n * (n + 1) // 2)), 0
    for j in range(n):
        for i in range(j, n):
            out[j * n + i, column] = out[i * n + j, column] = 1
            column += 1
    return out


WORDS = {
    "np": np, "tr": np.trace, "inv": np.linalg.inv, "det": np.linalg.det, "logdet": lambda x: np.log(np.linalg.det(x)), "kron": np.kron,
    "pinv": np.linalg.pinv, "chol": lambda a: np.linalg.cholesky((a + a.T) / 2), "mpow": np.linalg.matrix_power, "lam": _lam,
    "sv": lambda x: np.linalg.svd(x, compute_uv=False), "vec": _vec, "vech": _vech, "unvech": _unvech, "powm": _powm, "skew": _skew,
    "expm": sl.expm, "logm": sl.logm, "sqrtm": lambda x: np.real_if_close(sl.sqrtm(x)), "sinm": sl.sinm, "cosm": sl.cosm, "tanhm": sl.tanhm, "toep": sl.toeplitz,
    "circ": sl.circulant, "sylv": sl.solve_sylvester, "lyap": lambda a, q: sl.solve_sylvester(a, a.T, q), "dlyap": lambda a, q: sl.solve_discrete_lyapunov(a, q, method="direct"), "care": _care,
    "sl": sl, "sp": sp, "dare": _dare, "prod": np.prod, "rv": _right_vector, "pj": _projector, "Dup": _duplication,
    "Uv": lambda x, m, n: x.reshape(n, m).T,
    "softmax_rows": lambda x: np.exp(x) / np.exp(x).sum(1, keepdims=True),
}  # fmt: skip


def drawn(entry, rng):
    values = {}
    for part in entry["where"].split(";"):
        name, words = (s.strip() for s in part.split(":"))
        words = words.split("defined")[0].split()
        kind, rest = words[0], words[1:]
        axes = {"scalar": 0, "vector": 1, "matrix": 2}[kind]
        shape = tuple(int(eval(d, {}, SIZES)) for d in rest[:axes])  # noqa: S307  (sizes of the list)
        facts = rest[axes:]
        given = entry.get("draw", {}).get(name)
        if isinstance(given, int | float):
            values[name] = given
            continue
        z = rng.normal(size=shape) if axes else np.asarray(abs(rng.normal()) + 0.4)
        if "complex" in facts or "hermitian" in facts:
            z = z + 1j * rng.normal(size=shape)
        for f in [*facts, *([given] if given else [])]:
            z = MADE.get(f, lambda z: z)(z)
        values[name] = z if axes else z[()]
    return values


H = {1: 1e-3, 2: 4e-3, 3: 2e-2}


def difference(f, x, steps, h):
    """All partial derivatives of f at x along `steps`, sixth order."""
    out = []
    for e in steps:
        d = sum(c * (f(x + k * h * e) - f(x - k * h * e)) for k, c in ((1, 45), (2, -9), (3, 1))) / (60 * h)
        out.append(d)
    return np.array(out)


def basis(x, structure=None):
    x = np.asarray(x)
    steps = []
    for place in itertools.product(*map(range, x.shape)):
        e = np.zeros(x.shape)
        e[place] = 1
        if structure == "symmetric":
            e = np.maximum(e, e.T)
        if structure == "antisymmetric":
            e = e - e.T
        if structure == "diagonal":
            e = e * np.eye(len(e))
        if structure == "lower":
            e = np.tril(e)
        if structure == "upper":
            e = np.triu(e)
        steps.append(e)
    return steps


def truth(entry, values):
    code = compile(entry["numpy"], "<entry>", "eval")
    names = entry["wrt"]
    h = H[len(names)]

    def at(moved):
        with (
            warnings.catch_warnings()
        ):  # SciPy's logm says that it may have lost digits, where it has lost none that matter
            warnings.simplefilter("ignore", RuntimeWarning)
            return np.asarray(eval(code, {**WORDS, **SIZES, **moved}))  # noqa: S307  (the list's own)

    def deep(k, moved):
        if k == len(names):
            return at(moved)
        x = moved[names[k]]

        def f(z):
            return deep(k + 1, {**moved, names[k]: z})

        d = difference(f, x, basis(x, entry.get("structure")), h)
        if mode := entry.get("complex"):
            i = difference(f, x, [1j * e for e in basis(x)], h)
            d = {"z": (d - 1j * i) / 2, "conj": (d + 1j * i) / 2, "gradient": d + 1j * i}[mode]
        return d.reshape(np.shape(x) + d.shape[1:])

    return deep(0, dict(values))


def outcome(entry, verify=True):
    rng = np.random.default_rng(zlib.crc32(entry["id"].encode()))
    values = drawn(entry, rng)
    wrt = entry["wrt"]
    if entry.get("complex") == "conj":
        wrt = [f"conj({w})" for w in wrt]
    if entry.get("complex") == "gradient":
        d = gp.gradient(entry["expr"], wrt[0], where=entry["where"], verify=verify)
    else:
        d = gp.derive(entry["expr"], wrt, where=entry["where"], structured="structure" in entry, verify=verify)
    got = np.asarray(d.evaluate(values))
    want = truth(entry, values)
    if got.shape != want.shape:
        got = got.reshape(want.shape)
    scale = max(1.0, float(np.max(abs(want))))
    return d, float(np.max(abs(got - want))) / scale
