"""Column: gradproof, from the formula of the task, compiled to NumPy."""

import numpy as np

import gradproof as gp

to_numpy = np.asarray


def sync(o):
    return o


LAYERS = 10


def _net(activation):
    z = "W1*x"
    for k in range(2, LAYERS + 1):
        z = f"W{k}*{activation}({z})"
    return f"log(sum(exp({z}))) - y'*{z}"


LOGISTIC = ("sum(log(1 + exp(-y.*(X*w))))", {})
RIDGE = ("norm2(X*w - y)^2 + lam*norm2(w)^2", {"lam": "scalar"})
GLS = ("(y - X*b)'*inv(Om)*(y - X*b)", {"Om": "matrix n n posdef", "b": "vector p"})
AFFINE = ("log(sum(exp(A*x)))", {})
FACTORISATION = ("sum(Om.*(T - U*V').^2)", {})


def _compile(formula, wrt, **options):
    text, where = formula
    return gp.derive(text, wrt=wrt, where=where).compile("numpy", **options)


def _bound(formula, wrt, values, **options):
    f = _compile(formula, wrt, **options)
    values = {n: values[n] for n in f.names}
    return lambda: f(**values)


def _core(formula, wrt, values):
    """The one array of a compressed result that the reference keeps too."""
    f = _bound(formula, wrt, values, compressed=True)
    return lambda: f().terms[0].arrays[0]


def quad_hess(d):
    return _bound(("x'*A*x", {}), ["x", "x"], d)


def logreg_grad(d):
    return _bound(LOGISTIC, "w", d)


def logreg_hess(d):
    return _bound(LOGISTIC, ["w", "w"], d)


def ridge_grad(d):
    return _bound(RIDGE, "w", d)


def ridge_hess(d):
    return _bound(RIDGE, ["w", "w"], d)


def gls_grad(d):
    return _bound(GLS, "b", d)


def gls_hess(d):
    return _bound(GLS, ["b", "b"], d)


def matfac_hess(d):
    return _bound(FACTORISATION, ["U", "U"], d)


def matfac_hess_compressed(d):
    return _core(FACTORISATION, ["U", "U"], d)


def _network(activation, bind=_bound):
    def make(d):
        n = len(d["x"])
        where = {f"W{k}": "matrix n n" for k in range(1, LAYERS + 1)}
        values = {f"W{k + 1}": W for k, W in enumerate(d["Ws"])} | {
            "x": d["x"],
            "y": np.eye(n, dtype=d["x"].dtype)[d["c"]],
        }
        return bind((_net(activation), where), ["W1", "W1"], values)

    return make


nn_softplus_hess = _network("softplus")
nn_softplus_hess_compressed = _network("softplus", _core)
nn_relu_hess = _network("relu")


def softmax_jac(d):
    return _bound(("softmax(x)", {}), "x", d)


def lse_hess(d):
    return _bound(("log(sum(exp(x)))", {}), ["x", "x"], d)


def lse_affine_hess(d):
    return _bound(AFFINE, ["x", "x"], d)


def lse_affine_hvp(d):
    f = gp.derive(AFFINE[0], wrt=["x", "x"]).hvp()
    values = {n: d[n] for n in f.names}
    return lambda: f(**values)


def gauss_grad_sigma(d):
    return _bound(
        ("-1/2*(N*logdet(S) + tr(inv(S)*C))", {"S": "matrix n n posdef", "C": "matrix n n symmetric", "N": "scalar"}),
        "S",
        d,
    )


def softmax_ce_gradW(d):
    Y = np.zeros((len(d["y"]), d["W"].shape[1]), d["X"].dtype)
    Y[np.arange(len(Y)), d["y"]] = 1
    return _bound(("sum(log(exp(X*W)*ones(c))) - tr(Y'*X*W)", {"Y": "matrix m c"}), "W", {**d, "Y": Y})
