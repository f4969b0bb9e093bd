"""The sampled engine: a PyMC model with the hypothesis summed out, drawn from by NUTS."""
