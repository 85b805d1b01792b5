"""Deciding that two formulas are equal, without a tolerance: exact arithmetic for rational ones, many digits with error bounds for the rest."""
