"""Array functions of the table where SciPy may be used: the same names and values as in `ops/arrays.py`, by its factorisations."""

from __future__ import annotations

SCIPY_ARRAYS = {
    "_expm_frechet": '''
@_in_double
def _expm_frechet(x, d):
    """The derivative of the exponential of a matrix along a direction."""
    return scipy.linalg.expm_frechet(x, d, compute_expm=False)
''',
    "_eigen": '''
def _eigen(x, i, simple=True):
    """The i-th eigenvalue in ascending order, its right and its left eigenvector. Raises LinAlgError where it is not real, or not simple."""
    n, i = len(x), int(np.round(np.real(i)))
    if not 1 <= i <= n:
        raise np.linalg.LinAlgError("there is no eigenvalue of this number")
    if np.array_equal(x, x.T) and not np.iscomplexobj(x):  # it and its neighbours alone
        first = max(i - 2, 0)
        w, v = scipy.linalg.eigh(x, subset_by_index=[first, min(i, n - 1)])
        left, i, scale = v, i - first, np.abs(x).sum(1).max()
    else:
        w, v = np.linalg.eig(x)
        order = np.lexsort((w.imag, w.real))
        w, v = w[order], v[:, order]
        left, scale = np.linalg.inv(v).T if simple else v, np.abs(w).max()
    scale, mine = max(scale, 1e-300), w[i - 1]
    if abs(np.imag(mine)) > 1e-10 * scale:
        raise np.linalg.LinAlgError("the eigenvalue is not real")
    if simple and n > 1 and np.abs(np.delete(w, i - 1) - mine).min() <= 1e-9 * scale:
        raise np.linalg.LinAlgError("the eigenvalue is not simple")
    return np.real(mine), np.real(v[:, i - 1]), np.real(left[:, i - 1])
''',
    "_sylv": '''
def _schur_values(r):
    """The eigenvalues of a real Schur form."""
    w, turn = r.diagonal().astype(complex), 1j * np.sqrt(np.abs(r.diagonal(-1) * r.diagonal(1)))
    w[:-1] += turn
    w[1:] -= turn
    return w


@_in_double
def _sylv(a, b, c):
    """X with A X + X B = C, by Schur forms; of B = A' by one. Raises LinAlgError where there is not just one."""
    if c.ndim > 2:
        flat = c.reshape(*c.shape[:2], -1)
        return np.stack([_sylv(a, b, flat[:, :, k]) for k in range(flat.shape[2])], axis=2).reshape(c.shape)
    if not c.size:
        return np.zeros(c.shape)
    r, u = scipy.linalg.schur(a)
    s, v = (r, u) if a.shape == b.shape and np.array_equal(b, a.T) else scipy.linalg.schur(b.T)
    d = np.abs(np.add.outer(_schur_values(r), _schur_values(s)))
    x, scale, info = scipy.linalg.lapack.dtrsyl(r, s, u.T @ c @ v, tranb="C")
    lost = 1e-13 * d.max() * np.abs(x).max() > scale * np.abs(c).max()  # of X no digit follows from C
    if info or not scale or lost or d.min() <= 1e-13 * d.max():  # LAPACK solves a perturbed equation then
        raise np.linalg.LinAlgError("the equation is singular")
    return u @ (x / scale) @ v.T
''',
    "_pinv": '''
def _pinv(x):
    """The Moore-Penrose inverse: by a QR factorisation where that has a good condition, else by singular values."""
    if x.shape[0] < x.shape[1]:
        return _pinv(x.T).T
    eps = np.finfo(x.dtype).eps
    q, r = scipy.linalg.qr(x, mode="economic")
    if not r.size or not np.abs(r.diagonal()).min() > 0:
        return np.linalg.pinv(x, max(x.shape) * eps)
    found = scipy.linalg.solve_triangular(r, q.T)
    good = np.linalg.norm(r) * np.linalg.norm(found) < eps**-0.625
    return found if good else np.linalg.pinv(x, max(x.shape) * eps)
''',
    "_pinv_times": '''
_gecon = {"d": lapack.dgecon, "f": lapack.sgecon}


def _pinv_times(x, b):
    """The Moore-Penrose inverse times b, without it where the rank is seen to be full: by a QR factorisation and an estimate of its condition."""
    m, n = x.shape
    if 0 < n <= m and (b.ndim == 1 or b.shape[1] <= n) and x.dtype.char in _gecon:
        c, r = scipy.linalg.qr_multiply(x, b.T, mode="right")
        if _gecon[r.dtype.char](r, np.abs(r).sum(0).max())[0] > np.finfo(r.dtype).eps ** 0.625:
            return scipy.linalg.solve_triangular(r, c.T)
    return _pinv(x) @ b
''',
}
