"""An independent generator of formulas, with its own evaluation and its own derivatives: `make fuzz` holds gradproof against it.

Only `faces`, `texts` and `hostile` know gradproof, and only its public names; what is true is decided by `jets` and `evaluation`.
"""
