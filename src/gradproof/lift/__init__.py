"""From index notation back to matrix notation, Kronecker form, index form and layouts."""
