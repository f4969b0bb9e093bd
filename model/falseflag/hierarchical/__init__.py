"""The hierarchical model of resolved cases: rates by class of author, partially pooled, sampled by NUTS."""
