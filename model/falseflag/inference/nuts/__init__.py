"""The sampled engine: a PyMC model with states, truths, plants and z summed out, drawn from by NUTS.

It shares with the exact engine the arrays of a problem and nothing that computes a likelihood.
"""

from falseflag.caches import prepare_libraries

prepare_libraries()  # before PyTensor and numba are imported
