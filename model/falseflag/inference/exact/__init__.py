"""The exact engine: quadrature, contraction, and independent draws."""
