"""Functions that the Julia sources bring along, as text, and the names that a variable cannot have there."""

from __future__ import annotations

HELPERS = {
    "sigmoid": '''
"""The logistic function."""
sigmoid(x) = 1 / (1 + exp(-x))
''',
    "softplus": '''
"""log(1 + exp(x)), which cannot overflow."""
softplus(x) = max(x, zero(x)) + log1p(exp(-abs(x)))
''',
    "softmax": '''
"""exp.(x) ./ sum(exp.(x)) along dims, shifted so that it cannot overflow."""
function softmax(x; dims=:)
    e = exp.(x .- maximum(x; dims))
    e ./= sum(e; dims)
    return e
end
''',
    "logsumexp": '''
"""log.(sum(exp.(x))) along dims, shifted so that it cannot overflow."""
function logsumexp(x; dims=:)
    top = maximum(x; dims)
    shift = ifelse.(isfinite.(top), top, zero.(top))
    return log.(sum(exp.(x .- shift); dims)) .+ shift
end
''',
    "whole_power": '''
"""A power of a matrix by a whole number."""
whole_power(X, k) = X^round(Int, k)
''',
    "frechet": '''
"""The derivative of a function of a matrix at X along E: a block of that of [X E; 0 X]."""
function frechet(f, X, E)
    n = size(X, 1)
    F = f(vcat(hcat(X, E), hcat(zero(X), X)))
    return F[1:n, n+1:2n]
end
''',
    "stacked_product": '''
"""The products of the matrices in the last two axes of A and B."""
function stacked_product(A, B)
    stack = size(A)[1:end-2]
    C = zeros(promote_type(eltype(A), eltype(B)), stack..., size(A)[end-1], size(B)[end])
    for i in CartesianIndices(stack)
        C[i, :, :] = A[i, :, :] * B[i, :, :]
    end
    return C
end
''',
}

KEYWORDS = """abstract baremodule begin break catch const continue do else elseif end export false finally for function global if import in isa let local macro
module mutable outer primitive quote return struct true try using where while""".split()
CALLED = """CartesianIndices Diagonal Float64 I Matrix SpecialFunctions Symmetric cholesky copy det diag diagind diagm dot dropdims eltype fill float hcat ifelse inv
isfinite Int log1p logdet lu max maximum permutedims promote_type repeat reshape round size sum tr vcat vec zero zeros""".split()
