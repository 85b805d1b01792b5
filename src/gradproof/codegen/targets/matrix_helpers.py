"""Spectra and functions of matrices for JAX and PyTorch: functions that a source may bring along, one text for both.

They branch on no values, so that they can be traced, and are made of what both libraries differentiate. What has no answer (a matrix that is
not symmetric where its eigenvalues are asked, no principal root) is nan.
"""

from __future__ import annotations

NAMED = {
    "_general": '''
def _general(x, pick):
    """What is picked of eigenvalues, in ascending order of their real parts, right eigenvectors, and the inverse of these; nan where it is not real."""
    w, v = XP.linalg.eig(x)
    order = XP.argsort(w.real)
    v = v[:, order]
    found = pick(w[order], v, XP.linalg.inv(v))
    return found.real * XP.where(XP.abs(found.imag).max() <= 1e-6 * XP.abs(found).max(), 1.0, XP.nan)
''',
    "_at": '''
def _at(s, i):
    """The i-th of these numbers; nan where there is none."""
    return s[_place(i)] * XP.where((COUNT(s) == _place(i)).any(), 1.0, XP.nan)
''',
    "_alone": '''
def _alone(s, i):
    """One where the i-th of these numbers is there and like no other, so that it has a derivative; else nan."""
    mine = COUNT(s) == _place(i)
    away = XP.where(mine, XP.inf, XP.abs(s - s[_place(i)])).min()
    return XP.where(mine.any() & (away > max(1e-9, 16 * XP.finfo(s.dtype).eps) * XP.abs(s).max()), 1.0, XP.nan)
''',
    "_ranked": '''
def _ranked(s, k):
    """One where the k-th of these singular values is there, larger than the next one and not zero; else nan."""
    kept, rest = XP.where(COUNT(s) < k, s, XP.inf).min(), XP.where(COUNT(s) < k, 0.0, s).max()
    gap = XP.where(rest > 0, max(1e-9, 16 * XP.finfo(s.dtype).eps), max(1e-12, 4 * XP.finfo(s.dtype).eps))
    return XP.where((COUNT(s) == _place(k)).any() & (kept - rest > gap * s.max()), 1.0, XP.nan)
''',
    "_eigvals": '''
def _eigvals(x):
    """All eigenvalues in ascending order."""
    return _eigen(x, lambda w, v, u: w)
''',
    "_eigval": '''
def _eigval(x, i):
    """The i-th eigenvalue in ascending order."""
    return _eigen(x, lambda w, v, u: _at(w, i))
''',
    "_eigvec": '''
def _eigvec(x, i):
    """Its unit eigenvector, the largest entry positive."""

    def vector(w, v, u):
        v = v[:, _place(i)]
        largest = v[XP.argmax(XP.abs(v))]
        return _alone(w, i) * v * (XP.abs(largest) / largest)

    return _eigen(x, vector)
''',
    "_eigvecs": '''
def _eigvecs(x):
    """The unit eigenvectors as columns, in ascending order of the eigenvalues."""
    return XP.stack([_eigvec(x, i + 1) for i in range(x.shape[0])], 1)
''',
    "_eigproj": '''
def _eigproj(x, i):
    """The projector on its eigenvector along the others."""
    return _eigen(x, lambda w, v, u: _alone(w, i) * XP.outer(v[:, _place(i)], u[_place(i)]))
''',
    "_eigres": '''
def _eigres(x, i):
    """The inverse of λI - x on the other eigenvectors, 0 on this one."""

    def resolvent(w, v, u):
        away = w[_place(i)] - w
        return _alone(w, i) * (v * XP.where(away == 0, 0.0, 1 / XP.where(away == 0, 1.0, away))) @ u

    return _eigen(x, resolvent)
''',
    "_singvals": '''
def _singvals(x):
    """The singular values in descending order."""
    return XP.linalg.svd(x, full_matrices=False)[1]
''',
    "_singval": '''
def _singval(x, i):
    """The i-th singular value in descending order."""
    return _at(_singvals(x), i)
''',
    "_nuclear": '''
def _nuclear(x):
    """The sum of the singular values."""
    return _singvals(x).sum()
''',
    "_schatten": '''
def _schatten(x, p):
    """The p-norm of the singular values."""
    return (_singvals(x) ** p).sum() ** (1 / p)
''',
    "_cond": '''
def _cond(x):
    """The largest singular value over the smallest."""
    s = _singvals(x)
    return s[0] / s[-1]
''',
    "_kyfan": '''
def _kyfan(x, k):
    """The sum of the k largest singular values."""
    s = _singvals(x)
    return (s * (COUNT(s) < k)).sum() * XP.where((COUNT(s) == _place(k)).any(), 1.0, XP.nan)
''',
    "_uv": '''
def _uv(x, i):
    """The dyad of the singular vectors of the i-th singular value."""
    u, s, v = XP.linalg.svd(x, full_matrices=False)
    one = _alone(s, i) * XP.where(_at(s, i) > max(1e-12, 4 * XP.finfo(s.dtype).eps) * s.max(), 1.0, XP.nan)
    return one * XP.outer(u[:, _place(i)], v[_place(i)])
''',
    "_topuv": '''
def _topuv(x, k):
    """The sum of the dyads of the k largest singular values."""
    u, s, v = XP.linalg.svd(x, full_matrices=False)
    return _ranked(s, k) * (u * (COUNT(s) < k)) @ v
''',
    "_polar": '''
def _polar(x):
    """The orthogonal factor of the polar decomposition."""
    u, s, v = XP.linalg.svd(x, full_matrices=False)
    return _ranked(s, len(s)) * u @ v
''',
    "_sqrtm": '''
def _sqrtm(x):
    """The principal square root: the product form of the iteration of Denman and Beavers (Higham 2008, ch. 6.3); nan where there is none."""
    one = EYE(x)
    m, y = x, x
    for k in range(24):
        inverse = XP.linalg.inv(m)
        mu = XP.exp(-XP.linalg.slogdet(m)[1] / (2 * len(x))) if k < 8 else 1.0
        y = mu * y @ (one + inverse / mu**2) / 2
        m = (one + (mu**2 * m + inverse / mu**2) / 2) / 2
    good = XP.abs(y @ y - x).max() <= 1e3 * XP.finfo(x.dtype).eps * XP.abs(y).max() ** 2 * len(x)
    return y * XP.where(good, 1.0, XP.nan)
''',
    "_logm": '''
def _logm(x):
    """The principal logarithm: eight square roots, then Gauss-Legendre quadrature of its integral (Higham 2008, ch. 11)."""
    one = EYE(x)
    for k in range(8):
        x = _sqrtm(x)
    nodes = (0.1488743389816312, 0.4333953941292472, 0.6794095682990244, 0.8650633666889845, 0.9739065285171717)
    weights = (0.2955242247147529, 0.2692667193099963, 0.2190863625159820, 0.1494513491505806, 0.0666713443086881)
    y, total = x - one, 0.0
    for node, weight in zip(nodes, weights):
        for t in ((1 - node) / 2, (1 + node) / 2):
            total = total + weight / 2 * XP.linalg.solve(one + t * y, y)
    return 2.0**8 * total
''',
    "_powm": '''
def _powm(x, p):
    """The principal power of a matrix."""
    return EXPM(p * _logm(x))
''',
    "_sinm": '''
def _sinm(x):
    """The sine of a matrix."""
    return EXPM(1j * x).imag
''',
    "_cosm": '''
def _cosm(x):
    """The cosine of a matrix."""
    return EXPM(1j * x).real
''',
    "_sinhm": '''
def _sinhm(x):
    """The hyperbolic sine of a matrix."""
    return (EXPM(x) - EXPM(-x)) / 2
''',
    "_coshm": '''
def _coshm(x):
    """The hyperbolic cosine of a matrix."""
    return (EXPM(x) + EXPM(-x)) / 2
''',
    "_tanhm": '''
def _tanhm(x):
    """The hyperbolic tangent of a matrix: of a small part of it, doubled."""
    part, one = x / 64, EYE(x)
    t = XP.linalg.solve(_coshm(part), _sinhm(part))
    for _ in range(6):
        t = XP.linalg.solve(one + t @ t, 2 * t)
    return t
''',
    "_signm": '''
def _signm(x):
    """The sign of a matrix: Newton's iteration, scaled by determinants (Higham 2008, ch. 5.5); nan where there is none."""
    y = x
    for k in range(24):
        mu = XP.exp(-XP.linalg.slogdet(y)[1] / len(x)) if k < 10 else 1.0
        y = (mu * y + XP.linalg.inv(y) / mu) / 2
    eps = XP.finfo(x.dtype).eps
    good = XP.abs(y @ y - EYE(x)).max() <= 1e3 * eps * (1 + XP.abs(y).max() ** 2) * len(x)
    good = good & (XP.abs(x).max() * XP.abs(XP.linalg.inv(x)).max() <= 0.02 / eps)  # none is zero but for rounding
    return y * XP.where(good, 1.0, XP.nan)
''',
    "_diagonal_solve": '''
def _diagonal_solve(a, b, c, below, back, size):
    """X with back(X) = C, for what is diagonal in the eigenvectors of A and B: by them where it is large, and refined, so that it can be
    differentiated three times; nan where it is not solved, or singular beside its size. Further axes of C stay."""
    m, n = c.shape[:2]
    wanted = XP.einsum("mnk->kmn", c.reshape(m, n, -1))
    if WHOLE:
        unit = XP.eye(m * n, KIND(c)).reshape(m * n, m, n)
        x = XP.linalg.solve(back(unit).reshape(m * n, m * n).T, wanted.reshape(-1, m * n).T).T.reshape(-1, m, n)
    else:
        (u, v), (w, z) = XP.linalg.eig(FIXED(a)), XP.linalg.eig(FIXED(b))
        p, q, d = XP.linalg.inv(v), XP.linalg.inv(z), below(u[:, None], w[None, :])
        x = XP.zeros_like(wanted)
        for _ in range(4):
            x = x + (v @ (p @ (wanted - back(x) + 0j) @ z / d) @ q).real
    away, eps, given, most = XP.abs(back(x) - wanted).max(), XP.finfo(x.dtype).eps, XP.abs(wanted).max(), XP.abs(x).max()
    x = x * XP.where((away <= 1e5 * eps * (given + most)) & (50 * eps * size * most <= given), 1.0, XP.nan)
    return XP.einsum("kmn->mnk", x).reshape(c.shape)
''',
    "_sylv": '''
def _sylv(a, b, c):
    """X with A X + X B = C."""
    return _diagonal_solve(a, b, c, lambda u, w: u + w, lambda x: a @ x + x @ b, XP.abs(a).max() + XP.abs(b).max())
''',
    "_dlyap": '''
def _dlyap(a, q):
    """X with X = A X A' + Q."""
    return _diagonal_solve(a, a.T, q, lambda u, w: 1 - u * w, lambda x: x - a @ x @ a.T, 1 + XP.abs(a).max() ** 2)
''',
    "_care": '''
def _care(a, b, q, r):
    """The stabilising X of A'X + XA - X B inv(R) B' X + Q = 0: by the sign of the Hamiltonian matrix; then two of Newton's steps, by which it is
    differentiated, up to three times; nan where there is none."""
    n, q = len(a), (q + q.T) / 2
    s = b @ XP.linalg.solve((r + r.T) / 2, b.T)
    z = _signm(FIXED(XP.vstack([XP.hstack([a, -s]), XP.hstack([-q, -a.T])])))
    z = z + XP.eye(2 * n, KIND(z))
    x = -XP.linalg.solve(z[:, n:].T @ z[:, n:], z[:, n:].T @ z[:, :n])
    for _ in range(2):
        closed = a - s @ x
        x = _sylv(closed.T, closed, -q - x @ s @ x)
        x = (x + x.T) / 2
    rest = XP.abs(a.T @ x + x @ a - x @ s @ x + q).max()
    good = rest <= XP.finfo(x.dtype).eps ** 0.5 * (1 + XP.abs(x).max()) * (1 + XP.abs(a).max())
    return x * XP.where(good, 1.0, XP.nan)
''',
    "_dare": '''
def _dare(a, b, q, r):
    """The stabilising X of X = A'XA - A'XB inv(R + B'XB) B'XA + Q: by doubling (Chu, Fan, Lin, Wang 2004); then two of Newton's steps, by which it
    is differentiated, up to three times; nan where there is none."""
    q, r, power = (q + q.T) / 2, (r + r.T) / 2, FIXED(a)
    one, g, x = XP.eye(len(a), KIND(a)), FIXED(b @ XP.linalg.solve(r, b.T)), FIXED(q)
    for _ in range(24):
        w = XP.linalg.inv(one + g @ x)
        g, power, x = g + power @ w @ g @ power.T, power @ w @ power, x + power.T @ x @ w @ power
    for _ in range(2):
        k = XP.linalg.solve(r + b.T @ x @ b, b.T @ x @ a)
        x = _dlyap((a - b @ k).T, q + k.T @ r @ k)
        x = (x + x.T) / 2
    rest = XP.abs(a.T @ x @ (a - b @ XP.linalg.solve(r + b.T @ x @ b, b.T @ x @ a)) + q - x).max()
    good = rest <= XP.finfo(x.dtype).eps ** 0.5 * (1 + XP.abs(x).max()) * (1 + XP.abs(a).max())
    return x * XP.where(good, 1.0, XP.nan)
''',
    "_masked": '''
def _masked(mask, x):
    """An array whose first two axes are those of a mask, times it."""
    return mask.reshape(tuple(mask.shape) + (1,) * (x.ndim - 2)) * x
''',
}
SAME = "abs(x - x.T).max() <= 64 * len(x) * XP.finfo(x.dtype).eps * XP.abs(x).max()"
JAX_EIGEN = f'''
def _eigen(x, pick):
    """What is picked of eigenvalues in ascending order, eigenvectors, and the inverse of these; of a matrix that is not symmetric on a processor alone, else nan."""

    def symmetric(x):
        w, v = jnp.linalg.eigh((x + x.T) / 2)
        return pick(w, v, v.T)

    same = jnp.{SAME.replace("XP", "jnp")}
    if jax.default_backend() == "cpu":
        return jax.lax.cond(same, symmetric, lambda x: _general(x, pick), x)
    return jnp.where(same, symmetric(x), symmetric(x) * jnp.nan)
'''
TORCH_EIGEN = f'''
def _eigen(x, pick):
    """What is picked of eigenvalues in ascending order, eigenvectors, and the inverse of these."""
    same = torch.{SAME.replace("XP", "torch")}

    def symmetric():
        w, v = torch.linalg.eigh((x + x.T) / 2)
        return pick(w, v, v.T)

    try:
        whole = bool(same)
    except RuntimeError:  # under vmap there is no branch
        return torch.where(same, symmetric(), _general(x, pick))
    return symmetric() if whole else _general(x, pick)
'''
JAX_POWER = '''
def _whole_power(x, k):
    """A power of a square matrix, whose exponent is a whole number."""
    if not isinstance(k, jax.core.Tracer):
        return jnp.linalg.matrix_power(x, int(round(float(k))))
    n = jnp.round(k).astype(int)
    base = jnp.where(n < 0, jnp.linalg.inv(x), x)
    return jax.lax.fori_loop(0, abs(n), lambda _, y: y @ base, jnp.eye(len(x), dtype=x.dtype))
'''
TORCH_POWER = '''
def _whole_power(x, k):
    """A power of a square matrix, whose exponent is a whole number."""
    return torch.linalg.matrix_power(x, int(round(float(k))))
'''
JAX_PLACE = '''
def _place(i):
    """The place of a number that is counted from 1."""
    return (jnp.asarray(i) + 0.5).astype(int) - 1
'''
TORCH_PLACE = '''
def _place(i):
    """The place of a number that is counted from 1."""
    return int(round(float(i))) - 1
'''


def helpers(words: dict[str, str], place: str, eigen: str, power: str) -> dict[str, str]:
    """The functions in the words of a library."""
    found = {"_place": place, "_eigen": eigen, "_whole_power": power}
    for name, text in NAMED.items():
        for word, by in words.items():
            text = text.replace(word, by)
        found[name] = text
    return found


JAX = helpers(
    {"EXPM": "jax.scipy.linalg.expm", "XP": "jnp", "COUNT(s)": "jnp.arange(len(s))", "EYE(x)": "jnp.eye(len(x), dtype=x.dtype)",
     "FIXED": "jax.lax.stop_gradient", "WHOLE": 'm * n <= 256 or jax.default_backend() != "cpu"', **{f"KIND({x})": f"dtype={x}.dtype" for x in "acz"}},
    JAX_PLACE,
    JAX_EIGEN,
    JAX_POWER,
)  # fmt: skip
TORCH = helpers(
    {
        "EXPM": "torch.linalg.matrix_exp",
        "XP": "torch",
        "COUNT(s)": "torch.arange(len(s), device=s.device)",
        "EYE(x)": "torch.eye(len(x), dtype=x.dtype, device=x.device)",
        "FIXED(": "torch.Tensor.detach(",
        "WHOLE": "m * n <= 256",
        **{f"KIND({x})": f"dtype={x}.dtype, device={x}.device" for x in "acz"},
    },
    TORCH_PLACE,
    TORCH_EIGEN,
    TORCH_POWER,
)
