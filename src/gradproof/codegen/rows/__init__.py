"""Many rows: a derivative as a sum over blocks of rows."""
