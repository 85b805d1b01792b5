"""Formulas and results in exact numbers: residues modulo a large prime, and decimals of any precision with a bound of their error."""
