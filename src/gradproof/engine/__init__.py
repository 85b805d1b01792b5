"""Index notation: canonical form, differentiation and simplification."""
