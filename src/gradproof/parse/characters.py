"""Unicode characters of mathematics: which letter, sign, command or script each of them is. Data, and how a text is spelled with it."""

from __future__ import annotations

import unicodedata

from gradproof.patterns import pattern

ABOVE = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿⁱᵀᵏᵖᵐᵃᵇᶜᵈᵉʰʲˡʳˢᵗᵘᵛʷˣʸᶻᴴᴺᴷᴸ", "0123456789+-()niTkpmabcdehjlrstuvwxyzHNKL", strict=True))
BELOW = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "0123456789+-=()aehijklmnoprstuvx", strict=True))
FRACTIONS = {"½": "12", "⅓": "13", "⅔": "23", "¼": "14", "¾": "34", "⅕": "15", "⅛": "18", "⅙": "16"}

COMMANDS = {  # characters that are commands of LaTeX
    "√": "sqrt", "∑": "sum", "∏": "prod", "∇": "nabla", "∂": "partial", "∈": "in", "ℓ": "ell", "≤": "leq", "≥": "geq", "≠": "neq", "∀": "forall",
    "∞": "infty", "∫": "int", "≈": "approx", "≃": "simeq", "∝": "propto", "→": "to", "↦": "mapsto", "±": "pm", "⊕": "oplus", "∉": "notin",
    "⪰": "succeq", "≻": "succ", "≽": "succeq", "≪": "ll", "≫": "gg", "∪": "cup", "∩": "cap", "⊂": "subset", "⊆": "subset", "⌊": "lfloor",
    "⌋": "rfloor", "†": "dagger", "⇒": "Rightarrow", "∼": "sim", "𝔼": "E", "ℝ": "R",
}  # fmt: skip
SIGNS = {  # characters that are signs
    "·": "·", "⋅": "·", "∙": "·", "•": "·", "×": "×", "∗": "×", "⊙": "⊙", "∘": "∘", "⊗": "⊗", "⊘": "⊘", "÷": "/", "∕": "/", "⁄": "/", "⊤": "ᵀ",
    "′": "'", "’": "'", "‘": "'", "‖": "‖", "∥": "‖", "∣": "|", "｜": "|", "−": "-", "–": "-", "＋": "+", "＝": "=", "≜": "=", "≔": "=", "≡": "=",
    "（": "(", "）": ")", "［": "[", "］": "]", "｛": "{", "｝": "}", "，": ",", "。": ".", "；": ";", "：": ":", "…": "…", "⋯": "…", "、": ",",
    "⟨": "⟨", "⟩": "⟩", "〈": "⟨", "〉": "⟩", "＊": "×", "⋆": "⋆", "〞": "'", "≐": "=",
}  # fmt: skip
ACCENTS = {"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0305": "bar", "\u0307": "dot", "\u20d7": "vec"}
_BOLD = pattern("MATHEMATICAL .*BOLD")
_PLAIN = pattern("[A-Za-z0-9Α-Ωα-ω]")


def styled(char: str) -> tuple[str, bool] | None:
    """A mathematical letter or digit, such as 𝐱, as the plain one, and whether it is bold; None for other characters.

    >>> styled("𝐀"), styled("x")
    (('A', True), None)
    """
    if char.isascii() or not unicodedata.name(char, "").startswith(
        ("MATHEMATICAL", "DOUBLE-STRUCK", "SCRIPT", "FULLWIDTH")
    ):
        return None
    plain = unicodedata.normalize("NFKC", char)
    return (plain, bool(_BOLD.match(unicodedata.name(char)))) if len(plain) == 1 and _PLAIN.match(plain) else None


def name_of(char: str) -> str:
    """What a character is called: U+00A4 CURRENCY SIGN."""
    return f"U+{ord(char):04X} {unicodedata.name(char, '')}".strip()
