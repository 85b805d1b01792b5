"""Triangles and solutions of matrix equations, as text: what `arrays.py` is for matrix functions."""

from __future__ import annotations

MASKED = '''
def _masked(mask, x):
    """The entries of x times those of a mask; further axes of x stay."""
    return mask.reshape(mask.shape + (1,) * (x.ndim - 2)) * x
'''

LOWER_FACTOR = '''
def _lower_factor(x):
    """The lower Cholesky factor of the symmetric part."""
    return np.linalg.cholesky((x + x.T) / 2)
'''

DIAGONAL_SOLVE = '''
def _diagonal_solve(a, b, c, below, back):
    """X with L(X) = C for an L that is diagonal in the eigenvectors of A and B, refined twice; by one large system where that is not accurate."""
    if c.ndim > 2:
        flat = c.reshape(*c.shape[:2], -1)
        parts = [_diagonal_solve(a, b, flat[:, :, k], below, back) for k in range(flat.shape[2])]
        return np.stack(parts, axis=2).reshape(c.shape)
    (u, v), (w, z) = np.linalg.eig(a), np.linalg.eig(b)
    d = below(u[:, None], w[None, :])
    if np.abs(d).min(initial=np.inf) <= 1e-13 * np.abs(d).max(initial=0):
        raise np.linalg.LinAlgError("the equation is singular")
    x, scale = np.zeros(c.shape), np.abs(c).max(initial=0)
    if np.linalg.cond(v) < 1e7 and np.linalg.cond(z) < 1e7:
        for _ in range(3):
            x = x + np.real(v @ (np.linalg.solve(v, c - back(x)) @ z / d) @ np.linalg.inv(z))
        if np.abs(back(x) - c).max(initial=0) <= 1e-11 * max(scale, np.abs(x).max(initial=0)):
            return x
    k = np.stack([back(e.reshape(c.shape)).reshape(-1) for e in np.eye(c.size)], axis=1)
    x = np.linalg.solve(k, c.reshape(-1)).reshape(c.shape)
    if 1e-13 * np.abs(d).max(initial=0) * np.abs(x).max(initial=0) > scale:  # of X no digit follows from C
        raise np.linalg.LinAlgError("the equation is singular")
    return x
'''

SYLV = '''
def _sylv(a, b, c):
    """X with A X + X B = C."""
    return _diagonal_solve(a, b, c, lambda u, w: u + w, lambda x: a @ x + x @ b)
'''

DLYAP = '''
def _dlyap(a, q):
    """X with X = A X A' + Q."""
    return _diagonal_solve(a, a.T, q, lambda u, w: 1 - u * w, lambda x: x - a @ x @ a.T)
'''

CARE = '''
def _care(a, b, q, r):
    """The stabilising X of A'X + XA - X B inv(R) B' X + Q = 0, by the stable subspace of the Hamiltonian matrix; refined by Newton's method."""
    n, q = len(a), (q + q.T) / 2
    s = b @ np.linalg.solve((r + r.T) / 2, b.T)
    w, v = np.linalg.eig(np.block([[a, -s], [-q, -a.T]]))
    v = v[:, np.argsort(w.real, kind="stable")[:n]]
    x = np.real(np.linalg.solve(v[:n].T, v[n:].T).T)
    for _ in range(2):
        closed = a - s @ x
        x = _sylv(closed.T, closed, -q - x @ s @ x)
        x = (x + x.T) / 2
    rest = np.abs(a.T @ x + x @ a - x @ s @ x + q).max(initial=0)
    stable = np.linalg.eigvals(a - s @ x).real.max(initial=-1.0) < 0
    if not stable or not rest <= 1e-8 * (1 + np.abs(x).max(initial=0)) * (1 + np.abs(a).max(initial=0)):
        raise np.linalg.LinAlgError("the equation has no stabilising solution")
    return x
'''

DARE = '''
def _dare(a, b, q, r):
    """The stabilising X of X = A'XA - A'XB inv(R + B'XB) B'XA + Q, by doubling (Chu, Fan, Lin, Wang 2004)."""
    one, g, h, power = np.eye(len(a)), b @ np.linalg.solve((r + r.T) / 2, b.T), (q + q.T) / 2, a
    for _ in range(60):
        w = np.linalg.inv(one + g @ h)
        step = power.T @ h @ w @ power
        g, power, h = g + power @ w @ g @ power.T, power @ w @ power, h + step
        if not np.isfinite(h).all():
            break
        if np.abs(step).max(initial=0) <= 1e-15 * np.abs(h).max(initial=0):
            return (h + h.T) / 2
    raise np.linalg.LinAlgError("the equation has no stabilising solution")
'''

TEXTS = (MASKED, LOWER_FACTOR, DIAGONAL_SOLVE, SYLV, DLYAP, CARE, DARE)
