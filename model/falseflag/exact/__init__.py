"""The exact engine: quadrature and independent draws, with NumPy and scipy.special alone."""
