"""The formulas that gradproof is measured on beside SymPy and CasADi: name -> (formula, wrt, declarations)."""

FORMULAS = {
    "quadratic": ("x'*A*x", ["x"], "x: vector n; A: matrix n n"),
    "quadratic, Hessian": ("x'*A*x", ["x", "x"], "x: vector n; A: matrix n n"),
    "least squares": ("norm2(A*x - b)^2", ["x"], "A: matrix m n; x: vector n; b: vector m"),
    "Rayleigh quotient": ("x'*A*x/(x'*x)", ["x"], "x: vector n; A: matrix n n"),
    "trace": ("tr(A*X*B)", ["X"], "A: matrix p m; X: matrix m n; B: matrix n p"),
    "trace, X twice": ("tr(A*X'*B*X*C)", ["X"], "X: matrix m n; B: matrix m m; C: matrix n n; A: matrix n n"),
    "factorisation": ("norm2(X - U*V')^2", ["U"], "X: matrix m n; U: matrix m k; V: matrix n k"),
    "determinant": ("det(X)", ["X"], "X: matrix n n invertible"),
    "log determinant": ("log(det(X))", ["X"], "X: matrix n n invertible"),
    "inverse": ("a'*inv(X)*b", ["X"], "a: vector n; X: matrix n n invertible; b: vector n"),
    "inverse of X'CX": ("tr(inv(X'*C*X)*A)", ["X"], "X: matrix m n; C: matrix m m; A: matrix n n"),
    "entrywise": ("A*exp(x)", ["x"], "A: matrix m n; x: vector n"),
    "sum of sines": ("sum(sin(A*x))", ["x"], "A: matrix m n; x: vector n"),
    "softmax": ("exp(x)/sum(exp(x))", ["x"], "x: vector n"),
    "logistic loss": ("sum(log(1 + exp(-y.*(X*w))))", ["w"], "y: vector m; X: matrix m n; w: vector n"),
    "logistic, Hessian": ("sum(log(1 + exp(-y.*(X*w))))", ["w", "w"], "y: vector m; X: matrix m n; w: vector n"),
}
