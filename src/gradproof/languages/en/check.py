"""What a check says, in English."""

from __future__ import annotations

VERDICTS = {
    "right": "RIGHT: {claim} is {what}, in {asked}",
    "right-other": "RIGHT: {claim} is {what}",
    "other-layout": "RIGHT IN ANOTHER LAYOUT: {claim} is {what} in {form}; asked was {asked}",
    "right-if": "RIGHT ONLY UNDER A CONDITION: {claim} is not always {what}",
    "wrong": "WRONG: {claim} is not {what}",
    "unknown": "CANNOT TELL whether {claim} is {what}",
}

ROLES = {
    "derivative": "the derivative of {formula} by {wrt}",
    "differential": "the differential of {formula}",
    "value": "equal to {formula}",
    "equation": "an equation that holds where the derivative of {formula} by {wrt} is zero",
}

LAYOUTS = {
    "denominator": "denominator",
    "numerator": "numerator",
    "mixed": "mixed",
}

FORMS = {
    "": "{layout} layout",
    "column": "{layout} layout, stacked column by column",
    "row": "{layout} layout, stacked row by row",
}

DIAGNOSES = {
    "transposed": ("it is the transpose of what was asked",),
    "row-major": ("matrices are stacked row by row; vec stacks columns",),
    "vec-form": ("it is the derivative by vec of the variable: the gradient, stacked into a vector",),
    "sign": ("the sign of {part} is wrong: {repaired} is right{form}", "the sign is wrong: {repaired} is right{form}"),
    "missing-off-diagonal": ("it is the diagonal alone: the entries beside the diagonal are missing",),
    "factor": (
        "the term {part} has the wrong factor: it has to be multiplied by {factor}{form}",
        "a constant factor is off: multiply by {factor}{form}",
        "the factor {part} is missing{form}",
    ),
    "missing-transpose": ("a transpose is missing on {part}: {repaired} is right{form}",),
    "extra-transpose": ("{part} should not be transposed: {repaired} is right{form}",),
    "missing-inverse": ("an inverse is missing on {part}: {repaired} is right{form}",),
    "extra-inverse": ("{part} should not be inverted: {repaired} is right{form}",),
    "term-sign": (
        "the term {part} has the wrong sign: {repaired} is right{form}",
        "the term {part} has the wrong sign{form}",
    ),
    "extra-term": (
        "the term {part} does not belong there: {repaired} is right{form}",
        "the term {part} does not belong there{form}",
    ),
    "missing-term": ("a term is missing, {part}: {repaired} is right{form}", "a term is missing: {part}{form}"),
    "hadamard-for-product": (
        "{part} has an entrywise (Hadamard) operation in place of the one of matrices: {repaired} is right{form}",
    ),
    "product-for-hadamard": (
        "{part} has a matrix operation in place of the entrywise (Hadamard) one: {repaired} is right{form}",
    ),
    "order-of-factors": ("the factors of {part} are in the wrong order: {repaired} is right{form}",),
    "pairing": ("{part} stands in place of its trace or sum, the Frobenius pairing: {repaired} is right{form}",),
    "missing-chain-factor": (
        "a factor of the chain rule is missing: the derivative of the inner part {forgotten}{form}",
        "a factor of the chain rule is missing: it is the derivative of the inner part alone, the one of {outer} by it is left out{form}",
        "a factor is missing, {part}: {repaired} is right{form}",
        "in the term {term} a factor is missing: {part}{form}",
        "a factor is missing, as from a forgotten chain rule: {part}, and a constant one: multiply by {factor}",
        "a factor is missing, as from a forgotten chain rule: {part}{form}",
    ),
    "extra-factor": (
        "the factor {part} does not belong there: {repaired} is right{form}",
        "the factor {part} does not belong there, and a constant factor is off: multiply by {factor}",
        "the factor {part} does not belong there{form}",
    ),
    "exponent": (
        "the exponent of {part} is off: {repaired} is right{form}",
        "the exponent of {part} is off: {new} belongs there{form}",
        "the exponent of {raised} is off: the factor {missing} is missing{form}",
    ),
    "term-factors": ("two terms have a wrong factor: {part} has to be multiplied by {factor}, and {two} by {other}",),
    "other-formula": ("it is the derivative of {other}",),
    "inner-factor": ("within the function a factor of {part} is off: {repaired} is right{form}",),
    "wrong-function": (
        "the derivative of this function is another one: {new} belongs where {part} stands, {repaired} is right{form}",
    ),
    "wrong-variable": ("{part} stands where {new} belongs: {repaired} is right{form}",),
    "double-slip": ("there are two slips ({first} – {second}): with both mended, {repaired} is right{form}",),
    "missing-diag": ("diag is missing around {part}: {repaired} is right{form}",),
    "extra-function": ("{part} should be what is inside it: {repaired} is right{form}",),
    "symmetric-only": ("right{form} if {several} are symmetric", "right{form} if {names} is symmetric"),
    "positive-only": ("right{form} if {names} is positive",),
    "sums-to-one-only": ("right{form} if the entries of {names} sum to 1",),
    "signs-only": ("right{form} if the entries of {names} are 1 or -1",),
    "unit-only": ("right{form} if {names} has length 1",),
    "posdef-only": ("right{form} if {names} is positive definite",),
    "orthogonal-only": ("right{form} if {names} is orthogonal",),
    "diagonal-only": ("right{form} if {names} is diagonal",),
    "antisymmetric-only": ("right{form} if {names} is antisymmetric",),
    "square-only": ("right if all matrices are square",),
    "symmetric-constrained": (
        "it is 2G - diag(G), the derivative by the free entries of a symmetric {names}; with all entries free it is G",
    ),
    "symmetrised": ("it is (G + G')/2, the gradient among symmetric matrices {names}; with all entries free it is G",),
    "symmetrised-twice": (
        "it is G + G': each pair of entries of a symmetric {names} is moved together, and the diagonal is counted twice",
    ),
    "shape": ("the shape is wrong: it is {shape}, and {wanted} is asked",),
    "does-not-conform": ("it does not conform: {message}",),
}

COMBINED = {
    "factor-hint": " (the constant factor is off, too)",
    "factor": " after multiplying by {factor}",
    "form": " in {form}",
}

REASONS = {
    "unsupported": "{message}",
    "no-point": "{message}",
    "rounding": "the claim agrees to about five digits only: rounding, or constants that are rounded, may be the reason",
    "nearly": "not equal: exact arithmetic finds a relative difference of {gap}; constants that are rounded may be the reason",
    "one-sided": "no point was found at which {part} has the other sign, so that one side of a kink was not seen",
    "not-together": "no point was found at which {parts} have some combination of signs, so that what is claimed where kinks meet was not seen",
    "many-kinks": "it has more kinks than are combined, {parts}: what is claimed where several of them meet is not known",
    "sizes": "a size stands in a function or in a high power: the sizes that can be tried do not decide",
    "too-many-digits": "numbers so large or so small stand in it that thousands of digits would not decide",
    "lost": "both are zero to all digits that were computed, and that does not decide",
    "unknown-letter": "no quantity of the formula: {names}; and no part of it explains the claim. Define what is meant: CLAIM where r = A*x - b",
    "read-otherwise": "no quantity of the formula: {names}. If that reading is what is meant, the claim is not right, for this reason:",
    "unknown-size": "no size of the formula: {names}. Its sizes are {sizes}; declare those that you use, as in x: vector n",
    "derivative-not-verified": "gradproof's own derivative could not be confirmed: {report}",
    "doubtful": "{shown} can be read in another way, and is wrong as it was read: write brackets",
    "cases": "cases and comparisons are read where they say what holds everywhere: 1[x > 0], (x > 0), a if x > 0 else b, with nothing but comparisons in the condition",
    "mixed-notation": "with the signs as NumPy has them this is not right, with * as the product of matrices it is: write @ for products of matrices, and ** for powers",
    "index-notation": "a claim in index notation that does not say over which indices is summed, or how far one runs; write \\sum, or matrix notation",
    "no-differential": "a differential has a differential in every term, such as dx: this side has none",
    "differential-for-derivative": "a differential stands in what should be a derivative: write df = …, or leave dX out",
    "not-defined": "not defined: {names}. Say what it is in a line before: let {names} = …",
    "not-a-variable": "not a variable of the formula: {names}",
    "not-of-part": "the formula is not one of {part} alone, as {formula} does not stand in it as such",
    "left-unread": "the left side is not understood: {message}",
    "equation": "an equation that is not true everywhere; say that the derivative is set to zero, if it is meant there",
    "set-to-zero": "the derivative is set to zero: from here on equations are held against points where it is",
    "definition": "a definition",
    "no-line": "no line of the derivation could be judged",
}

LABELS = {
    "claim": "claim",
    "correct": "correct",
    "example": "example",
    "because": "because",
    "derivative": "derivative",
    "differential": "differential",
    "value": "formula",
    "equation": "equation",
    "reading": "reading",
    "note": "note",
    "evidence": "evidence",
    "hint": "hint",
    "line": "line",
}

SENTENCES = {
    "reveal": "--reveal shows the correct answer",
    "read-as": "{name} is read as {formula}",
    "agreed": "equal at {points} random points ({sizes})",
    "exact": "equal in exact arithmetic at {points} random points, modulo a large prime",
    "digits": "equal to {digits} digits at {points} random points, on both sides of every kink",
    "floats": "equal to rounding at {points} random points",
    "unequal": "they differ in exact arithmetic, by {gap} of their size",
    "compared": "compared at {points} random points ({sizes})",
    "canonical": "the same in canonical form",
    "agreed-plain": "equal at {points} random points",
    "compared-plain": "compared at {points} random points",
    "own": "the correct derivative is verified at {points} points by {method}, relative error {error}",
    "own-open": "the correct derivative itself could not be verified numerically: {reason}",
    "chain-wrong": "the first side that is not right is number {number}: {text}",
    "line-wrong": "line {number} is the first that is not right: {text}",
    "lines-open": "{count} more could not be judged",
    "line-right": "the one line that could be judged is right",
    "lines-right": "all {count} lines that could be judged are right",
}

METHODS = {
    "differences of many digits": "differences of many digits",
    "exact": "exact arithmetic",
    "dual numbers": "dual numbers",
    "complex step": "complex step",
    "central differences": "central differences",
    "complex step and central differences": "complex step and central differences",
}

BETWEEN = "; "

HINTS = {  # the same as the diagnoses, in words that lead to the fix without showing it
    "transposed": ("compare the shapes: rows and columns are exchanged",),
    "row-major": ("look at the order in which a matrix is stacked: vec takes its columns",),
    "vec-form": ("a gradient by a matrix has the shape of that matrix; yours is stacked into a vector",),
    "sign": ("look at the sign of {part}", "look at the sign of the whole: test one number on both sides"),
    "missing-off-diagonal": ("what becomes of entry i when entry j of the variable moves, for i ≠ j?",),
    "factor": (
        "look at the number before the term {part}",
        "the shape of it is right, but not the constant factor: count how often each term is differentiated",
    ),
    "missing-transpose": ("look at {part}: write down the sizes of the factors; which of them has to be turned?",),
    "extra-transpose": ("look at {part}: is it turned the right way?",),
    "missing-inverse": ("look at {part}: what does the differential of log det or of an inverse leave there?",),
    "extra-inverse": ("look at {part}: is it an inverse?",),
    "term-sign": ("look at the sign of the term {part}",),
    "extra-term": ("the term {part}: which part of the formula does it come from?",),
    "missing-term": ("the variable stands in more places than you differentiated: one term for each of them",),
    "hadamard-for-product": ("look at {part}: an entrywise operation or one of matrices?",),
    "product-for-hadamard": ("look at {part}: an operation of matrices or an entrywise one?",),
    "order-of-factors": ("look at {part}: matrices do not commute; which factor stands left of the variable in the formula?",),
    "pairing": ("look at {part}: a scalar comes out of a trace or a sum; where is it?",),
    "missing-chain-factor": (
        "the chain rule: you stopped at {forgotten}, which depends on the variable too",
        "the chain rule: you differentiated the inner part alone; what of {outer} around it?",
        "look at the term {term}: is every factor of the formula still there?",
        "the chain rule: a factor is not there yet; what is the derivative of the inner part?",
    ),
    "extra-factor": ("look at the factor {part}: where does it come from?",),
    "exponent": (
        "look at the exponent of {part}: what does the power rule do to it?",
        "look at the exponent of {raised}: what does the power rule do to it?",
    ),
    "term-factors": ("look at the numbers before {part} and before {two}: count how often each is differentiated",),
    "other-formula": ("is that the formula that was asked for? Look at what stands around the inner part",),
    "inner-factor": ("look at {part} within the function: it stays as it is when the function is differentiated",),
    "wrong-function": ("look at {part}: which function is the derivative of the one in the formula?",),
    "wrong-variable": ("look at {part}: what is left when the variable is differentiated away?",),
    "missing-diag": ("look at {part}: a function of each entry has a diagonal matrix as its derivative",),
    "extra-function": ("look at {part}: is the function still there after differentiating?",),
    "double-slip": ("there are two slips: {first} – {second}",),
    "symmetric-constrained": ("you moved both entries of a pair of {names} together; here all entries are free",),
    "symmetrised": ("you took the symmetric part for {names}; here all entries are free",),
    "symmetrised-twice": ("each pair of entries of {names} is counted twice; here all entries are free",),
    "shape": ("the shape is wrong: it is {shape}, and {wanted} is asked",),
    "does-not-conform": ("it does not conform: {message}",),
}  # fmt: skip
