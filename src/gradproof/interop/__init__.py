"""Other ways in and out: Python functions written with NumPy operations, SymPy's formulas."""
