"""Numbers: the value of a formula, sample points, and numeric verification."""
