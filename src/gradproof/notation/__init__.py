"""Matrix notation: formulas as trees, interned, with their shapes fitted together."""
