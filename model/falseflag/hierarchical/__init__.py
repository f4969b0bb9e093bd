"""The hierarchical model of resolved cases: rates by class of author, partially pooled, sampled by NUTS."""

from falseflag.caches import prepare_libraries

prepare_libraries()  # before PyTensor and numba are imported
