"""Sentences of a derivation: texts of a language with formulas in them, in one output format."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from gradproof.explain.proofs import PROOFS
from gradproof.explain.rules import NUMBERS, RULES, is_formula
from gradproof.explain.steps import Remark, Step
from gradproof.explain.texts import texts
from gradproof.explain.writer import Writer
from gradproof.facts import in_words
from gradproof.notation.expr import Call, Expr, Symbol
from gradproof.notation.function import Function
from gradproof.patterns import pattern
from gradproof.say import listed

_MOVED = pattern(r"\bd([A-Za-z])(?![A-Za-z])")
_UPRIGHT = pattern(r"\bd(?= (?:log|det|f\(|tr\()|vec\()|\bd(?=[ℓ‖])")  # the d of a differential
_BELOW = pattern(r"([_^])(?:\(([^()]*)\)|([a-z]{2,}|-[2-9k]))")  # what LaTeX wants in braces
_MET = pattern(
    r"(?<=[\w)$])(?<![\u4e00-\u9fff])(?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff])(?=[\w($\\])(?![\u4e00-\u9fff])"
)
_HOLE = pattern(r"\{(\w+)\}")
_LATEX = (
    ("∂", r"\partial "), ("φ", r"\varphi "), ("′", "^{\\prime}"), ("𝟏", r"\mathbf{1}"), ("^-1", "^{-1}"), ("Σᵢ", r"\sum_i "), ("ℓ", r"\ell"), ("λᵢ", r"\lambda_i"), ("Σ", r"\sum"), ("δ", r"\delta"), ("⟨", r"\langle "), ("⟩", r"\rangle "), ("lim ", r"\lim "), ("fᵢ", "f_i"), ("zᵢ", "z_i"), ("‖", r"\|"), ("∇", r"\nabla "), ("²", "^2"), ("₁", "_1"), ("⊘", r"\oslash "), ("→", r"\to "), ("log ", r"\log "), ("log(", r"\log("), ("…", r"\ldots "), ("det U", r"\det U"), ("softmax(", r"\operatorname{softmax}("), ("exp(", r"\exp("), ("sign(", r"\operatorname{sign}("),
    ("tr(", r"\operatorname{tr}("), ("det(", r"\det("), ("≠", r"\neq"), ("vec(", r"\operatorname{vec}("), ("diag(", r"\operatorname{diag}("),
    ("⊙", r"\odot "), ("⊗", r"\otimes "), ("⁻¹", "^{-1}"), ("'", r"^\top "), ("d(", r"\mathrm{d}("),
)  # fmt: skip


class Speaker:
    """Fills texts with formulas: plain in a terminal, between dollar signs in LaTeX and Markdown."""

    def __init__(
        self, lang: str, format: str, names: Mapping[Expr, Symbol], named: Mapping[Expr, Symbol] | None = None
    ):
        self.texts, self.format, self.lang = texts(lang), format, lang
        self.writer = Writer(format, names, named)

    def word(self, key: str, **parts: object) -> str:
        return self.texts.words[key].format(**parts)

    def name(self, rule: str) -> str:
        """What a rule is called, with its number."""
        number = NUMBERS.get(rule)
        return self.texts.names[rule] + (self.word("number", number=number) if number else "")

    def statement(self, rule: str) -> str:
        """The rule as a formula, where it is one and the sentence of the step does not say it."""
        told = self.texts.says[rule].split("`")[1::2]
        return "" if any("=" in piece for piece in told) else self.formula_of(rule)

    def formula_of(self, rule: str) -> str:
        """The rule as a formula, where it is one."""
        text = RULES[rule].statement
        return self.wrapped(self._literal(text)) if is_formula(text) else ""

    def proof(self, rule: str) -> str:
        """Why a rule holds."""
        return self.word("why", reason=self.wrapped(self._literal(PROOFS[rule])))

    def told(self, key: str, parts: Mapping[str, Expr], **more: str) -> str:
        """A text with formulas and other words in it."""
        text = self.texts.words[key]
        for name, value in more.items():
            text = text.replace("{" + name + "}", value)
        return self.fill(text, parts)

    def math(self, e: Expr) -> str:
        """A formula within a sentence."""
        return self.wrapped(self.writer.formula(e))

    def function(self, f: Function) -> str:
        """The name of a declared function."""
        return self.wrapped(self.writer.style.function(f, ()).text)

    def sentence(self, step: Step) -> str:
        """What a rule says of a step."""
        parts: dict[str, Expr] = {**({"u": step.children[0].goal} if step.children else {}), **step.parts}
        if step.moved:
            parts["dX"] = step.moved[0]
        return self.fill(self._known(step) or self.texts.says[step.rule], parts)

    def _known(self, step: Step) -> str:
        """Why a differential is what the table of functions holds; "" where no more is said of it."""
        named = step.goal.op.name if step.rule == "differential-known" and isinstance(step.goal, Call) else ""
        return self.texts.words.get(f"known-{named}", "")

    def note(self, note: Remark) -> str:
        """A remark, or a condition."""
        x = note.parts.get("x")
        scalar = f"{note.key}-scalar"
        key = scalar if x is not None and x.type.kind == "s" and scalar in self.texts.words else note.key
        words = listed(in_words(note.words), "and").told(self.lang)
        return self.fill(self.texts.words[key].replace("{words}", words), note.parts)

    def fill(self, text: str, parts: Mapping[str, Expr]) -> str:
        """A text with formulas in braces; what stands between backticks is mathematics as a whole."""
        found = []
        for k, piece in enumerate(text.split("`")):
            if k % 2:
                found.append(self.wrapped(self._mathematics(piece, parts)))
            else:
                found.append(_HOLE.sub(lambda m: self.math(parts[m[1]]), piece))
        return "".join(found)

    def _mathematics(self, piece: str, parts: Mapping[str, Expr]) -> str:
        pieces = _HOLE.split(piece)
        shown = [self.writer.formula(parts[t]) if k % 2 else self._literal(t) for k, t in enumerate(pieces)]
        named = len(shown) == 3 and shown[0] == f"{shown[1]} = "  # A = A
        return shown[1] if named else "".join(shown)

    def _literal(self, text: str) -> str:
        if self.format == "unicode":
            return text.replace("'", "ᵀ").replace("^-1", "⁻¹").replace("^2", "²").replace(" - ", " − ")
        if self.format == "ascii":
            return text.replace("′", "'").replace("⁻¹", "^-1").replace("𝟏", "1")
        if self.format == "latex":
            text = _UPRIGHT.sub(r"\\mathrm{d}", text)
            text = _MOVED.sub(lambda m: rf"\mathrm{{d}} {m[1]}", text)
            for plain, written in _LATEX:
                text = text.replace(plain, written)
            text = _BELOW.sub(lambda m: f"{m[1]}{{{m[2] or m[3]}}}", text)
        return text

    def verbatim(self, text: str) -> str:
        """A text as it was typed."""
        return f"`{text}`" if self.format == "latex" else text

    def wrapped(self, text: str) -> str:
        """Mathematics within a sentence."""
        return f"${text.strip()}$" if self.format == "latex" else text

    def dims(self, text: str) -> str:
        """The dimensions, as mathematics."""
        if self.format != "latex":
            return text
        for plain, written in (
            ("×", r" \times "),
            ("·", r" \cdot "),
            ("−", "-"),
            ("⊙", r"\odot"),
            ("²", "^2"),
            ("³", "^3"),
        ):
            text = text.replace(plain, written)
        return f"${text}$"

    def several(self, numbers: Sequence[int]) -> str:
        """(3), (4) and (5)."""
        return self.listed(f"({n})" for n in numbers)

    def listed(self, shown: Iterable[str]) -> str:
        """Formulas and numbers joined as a language joins words, with blanks where letters of two scripts would meet."""
        return _MET.sub(" ", listed(shown, "and").told(self.lang))
