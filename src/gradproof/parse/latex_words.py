"""The vocabulary of LaTeX: what each command, sign and word is. Data only."""

from __future__ import annotations

from gradproof.ops import BY_SPELLING
from gradproof.ops.operation import Reserved
from gradproof.say import say


def _table(text: str) -> dict[str, str]:
    """Words, each with what it stands for after a colon, or standing for itself."""
    pairs = (word.rpartition(":") if ":" in word else (word, "", word) for word in text.split())
    return {word: meaning for word, _, meaning in pairs}


# -- names

NAMES = _table("""
alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi omega
Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell imath:i jmath:j
""")
SHORT = {"lambda": "lam", "epsilon": "eps"}  # other names that such a letter may be declared by
VARIANTS = {
    f"var{name}": name
    for name in "epsilon theta phi rho sigma kappa pi Gamma Delta Theta Lambda Pi Sigma Upsilon Phi Psi Omega".split()
}
ACCENTS = _table("hat widehat:hat tilde widetilde:tilde bar overline:bar dot check breve")

CONJUGATES = {"bar", "overline"}  # over what is declared complex, the conjugate

# -- type: the braces of a font are not seen; True where letters get bold

_BOLD = "mathbf boldsymbol bm pmb textbf mathbfit symbf vec bold mat underline bs vct mtx"
_LIGHT = "mathbb boxed fbox mathsf mathcal mathscr mathfrak mathtt mathnormal ensuremath mathbbm mathds"
FONTS = dict.fromkeys(_BOLD.split(), True) | dict.fromkeys(_LIGHT.split(), False)
SCRIPT = {"mathcal", "mathscr"}  # letters of functions and sets
BLACKBOARD = {"mathbb", "mathbbm", "mathds"}  # of these only a 1 and an I have a place in a formula
SWITCHES = {
    "bf": True,
    "bfseries": True,
    "boldmath": True,
    "rm": False,
    "it": False,
    "sf": False,
    "tt": False,
    "cal": False,
}
WORDS = set("mathrm text textrm textup textnormal textit mathit mbox hbox operatorname mathop textsf texttt".split())

# -- what is not seen

_SPACES = """
quad qquad thinspace medspace thickspace enspace space displaystyle textstyle scriptstyle limits nolimits nonumber notag hfill mathstrut
"""
SPACES = {*_SPACES.split(), *",;:!> \n\t/"}
WITH_ARGUMENT = set(
    "label tag hspace vspace phantom hphantom vphantom color textcolor".split()
)  # goes with its argument
_SIZES = ("big", "Big", "bigg", "Bigg")
SIZES = {"left": "l", "right": "r", "middle": ""} | {
    size + side: side.strip("m") for size in _SIZES for side in ("l", "r", "m", "")
}
PROSE = set(
    """
and or where with if for when such that subject to over minimize maximize otherwise all any given as is are the a in on of s.t st w.r.t wrt respect by while
""".split()
)  # words of a text, which are no names of quantities
IMPERATIVES = set(
    """
answer assume calculate compute consider constraint constraints derive determine differentiate equation evaluate example find given hence note problem proof
prove question show solution solve subject suppose then therefore thus where
""".split()
)  # words that stand before or after a formula, and are no factors of it
ENGLISH = set(
    "of the is are for to by with in on at if be we my let find what where and or that this from wrt as so an it".split()
)  # words that no product of letters is, in plain text
ENVIRONMENTS = set(
    "equation align aligned split gather gathered multline eqnarray displaymath math alignat flalign dmath".split()
)

MATRICES = set("matrix pmatrix bmatrix Bmatrix smallmatrix psmallmatrix bsmallmatrix vmatrix".split())

# -- signs: the sign that a command or character is, and the side on which it stands where that is known

_PLAIN = r"""
Vert:‖ |:‖ vert:| mid:| odot:⊙ circ:∘ bullet:⊙ bigodot:⊙ otimes:⊗ oslash:⊘ cdot:· centerdot:· times:× ast:× star:⋆ div:/ prime:'
coloneqq:= triangleq:= equiv:= doteq:= colonequals:= eqdef:= ldots:… dots:… cdots:… vdots:… lt:< gt:>
"""
_LEFT = "lVert:‖ lvert:| {:[ lbrace:[ lbrack:[ lparen:( langle:⟨"
_RIGHT = "rVert:‖ rvert:| }:] rbrace:] rbrack:] rparen:) rangle:⟩"
SIGNS = {
    **{word: (sign, "") for word, sign in _table(_PLAIN).items()},
    **{word: (sign, "l") for word, sign in _table(_LEFT).items()},
    **{word: (sign, "r") for word, sign in _table(_RIGHT).items()},
    "colon": (":", ""),
}
CHARACTERS = dict(zip("*@−–⋅∗∘⊤′’∥∣（），𝟏", "××--·×⊙ᵀ''‖|(),1", strict=True))

# -- functions: the word, as a command or upright, and the function that it is in the ASCII syntax

_WRITTEN = _table("""
exp log ln:log lg:log sin cos tan asin acos atan arcsin:asin arccos:acos arctan:atan sinh cosh tanh asinh acosh atanh
sec csc cot sech csch coth cosec:csc ctg:cot cotg:cot cth:coth tg:tan sh:sinh ch:cosh th:tanh arctg:atan Ln:log lb:log2
arsinh:asinh arcosh:acosh artanh:atanh arcsinh:asinh arccosh:acosh arctanh:atanh
det logdet tr Tr:tr TR:tr trace:tr Trace:tr diag Diag:diag diagm:diag ddiag:diag vec Vec:vec vect:vec inv adj kron
sum sign sgn:sign abs sqrt norm:norm2 norm1 norm2 relu ReLU:relu sigmoid logistic:sigmoid softplus softmax Softmax:softmax mean Mean:mean log10 log2 log1p logit
logsumexp LSE:logsumexp lse:logsumexp erf erfc gelu lgamma digamma trigamma pinv unvec argmaxvec argminvec sumtop topk prod cumsum norm21 huber leakyrelu:leaky_relu LeakyReLU:leaky_relu GELU:gelu Sigmoid:sigmoid Softplus:softplus LogSumExp:logsumexp Relu:relu RELU:relu Tanh:tanh softmaxrows:softmax_rows logsumexprows:logsumexp_rows conj re Re:re im Im:im eye ones zeros commutation lowertri
vech unvech trilvech symtoep circ skewx cross head tail lastunit duplication elimination toeplitzbasis circulantbasis diagonalsbasis crossbasis
""")
FUNCTIONS = {
    name: name for name, op in BY_SPELLING.items() if len(name) > 1 and not isinstance(op.meaning, Reserved)
} | _WRITTEN
ROW_BY_ROW = {  # a function with a word below it: softmax_rows(Z), as the results write it
    (name.removesuffix("_rows"), word): name
    for name in BY_SPELLING
    if name.endswith("_rows")
    for word in ("row", "rows", "ligne", "lignes")
}
APPLIED = set("f g h phi varphi psi Phi Psi ell delta Delta".split())  # letters of functions: f(Ax) is no product
APPLIED_IN_SUMS = {*APPLIED, *"rho L V".split()}  # and in a sum over an index, where a factor would stand before it
APPLIED_BELOW = {*APPLIED, *"rho kappa K k sigma D L R P".split()}  # and with something below: \rho_\tau(x)
EXPECTED = {"E", "P"}  # and before a square bracket, of expectations and probabilities: E[x^2] is no product
TAKES_ALL = {"tr"}  # without brackets it takes every factor that follows
BARE = _WRITTEN.keys() - set(
    "tg sh ch th cth Ln lb inv adj sum mean Mean logit norm abs eye ones zeros sign TR re im Re Im conj prod".split()
)  # read as functions where they are typed as plain letters
STARTS = {word for word in BARE if len(word) > 2} - set(
    "vec lse LSE Vec erf".split()
)  # and where other letters follow at once

# -- commands with a form of their own

BRACES = {"underbrace", "overbrace"}  # with what is said below or above
FRACTIONS = set("frac tfrac dfrac cfrac nicefrac sfrac flatfrac".split())
TAKES_ARGUMENT = {*FRACTIONS, *ACCENTS, *BRACES, "sqrt", "norm", "abs"}
DIFFERENTIALS = {"partial", "delta"}
GRADIENTS = set("nabla triangledown bigtriangledown grad".split())
OBJECTIVES = set("min max argmin argmax minimize maximize minimise maximise".split())

TERMS = {"sum", "prod", "max", "min"}  # what is taken of all terms, with an index below

SPREAD = set("approx simeq cong propto".split())  # signs beside which both sides say the same, or nearly
RELATIONS = set("in notin leq geq le ge neq ne lt gt ll gg succ succeq prec preceq subset subseteq forall to".split())

_REFUSED = {
    say("products over an index"): "prod coprod",
    say("integrals"): "int iint oint",
    say("the maximum"): "max sup",
    say("the minimum"): "min inf",
    say("limits"): "lim infty",
    say("arg min and arg max"): "arg argmin argmax",
    say("probabilities"): "Pr",
    say("a similarity that is not written out"): "sim",
    say("expectations"): "Var Cov var cov",
    say("the rank"): "rank",
    say("a derivative inside a formula"): "partial nabla triangledown bigtriangledown grad",
    say("two signs at once"): "pm mp",
    say("maps"): "to mapsto rightarrow longrightarrow",
    say("sets and logic"): "in notin cup cap subset forall exists iff Rightarrow",
    say("inequalities"): "leq geq le ge neq ne ll gg succ succeq prec preceq",
    say("approximations"): "approx propto simeq cong",
    say("binomial coefficients"): "binom",
    say("rounding"): "lfloor rfloor lceil rceil",
    say("the Kronecker sum"): "oplus",
    say("the wedge product"): "wedge",
    say("the pseudo-inverse or the conjugate transpose"): "dagger ddagger",
    say("remainders"): "mod bmod gcd",
    say("the cardinal sine"): "sinc",
    say("means and deviations by these names"): "avg std",
}
REFUSED = {
    word: topic for topic, words in _REFUSED.items() for word in words.split()
}  # understood, and without a place here
_POSITIVE = say(r"write \exp(\sum_i \log x_i) where all entries are positive")
_LARGEST = say("write \\max(x) of a vector, or \\max(a, b) entry by entry")
HINTS = {  # what to write instead
    "prod": _POSITIVE,
    "max": _LARGEST,
    "sup": _LARGEST,
    "sim": say(r"write it out: a^\top b, or \frac{a^\top b}{\|a\| \|b\|}"),
    "infty": say(r"there are \|x\|_1, \|x\|_2, \|X\|_F; write x^\top A x for a weighted one"),
    "Var": say(r"write it out as a sum: \frac1n \sum_i (x_i - m)^2"),
    "var": say(r"write it out as a sum: \frac1n \sum_i (x_i - m)^2"),
    "": say("give what it is a name, and declare it: r: scalar"),
}
_ONE = say("give one formula")
OUT_OF_PLACE = {  # what to write where a sign has no place
    ",": _ONE,
    ";": _ONE,
    "=": say("give one side of the equation; for an indicator give its matrix of zeros and ones a name"),
    ":": say("write sum(A) for all entries, A[1,:] for a row"),
    ".": say(r"write \cdot for a product; of NumPy source name the module: np.max(A, axis=1)"),
    r"\bigodot": say(r"write the factors out: A_1 \odot A_2"),
    "": say("leave it out, or put brackets around what it belongs to"),
}

_TABLES = (
    NAMES,
    VARIANTS,
    FONTS,
    SWITCHES,
    WORDS,
    ACCENTS,
    SIZES,
    WITH_ARGUMENT,
    FUNCTIONS,
    REFUSED,
    GRADIENTS,
    FRACTIONS,
    BRACES,
    OBJECTIVES,
    SPACES,
    SIGNS,
)
COMMANDS = {word for table in _TABLES for word in table if word[0].isalpha()} | set(
    "newcommand renewcommand providecommand DeclareMathOperator def begin end over top intercal underset overset E R".split()
)
