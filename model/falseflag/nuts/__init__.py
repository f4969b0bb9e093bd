"""The sampled engine: a PyMC model with the hypothesis summed out, drawn from by NUTS."""

from falseflag.caches import prepare_libraries

prepare_libraries()  # before PyTensor and numba are imported
