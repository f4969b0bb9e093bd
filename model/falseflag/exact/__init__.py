"""The exact engine: quadrature and independent draws, with NumPy and scipy.special alone.

In one process the short way is `falseflag.problem.problem_of` once, and `falseflag.exact.posterior.answer_exactly` for
each set of numbers: ``answer_exactly(dataclasses.replace(problem, statements=...))`` answers the same structure anew,
and integrates only the dependence groups that changed. ``INTEGRALS.clear()`` and ``LIKELIHOODS.clear()`` of
`falseflag.exact.groups` forget the groups: a timing of a whole answer begins with both.
"""
