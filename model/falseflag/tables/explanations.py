"""What explains a case's answer, as pandas tables; all by the exact engine, without sampling."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from falseflag.case.model import Case
from falseflag.exact.draws import draw_posterior
from falseflag.explain.collection import prospects as prospects_of
from falseflag.explain.compare import compare
from falseflag.explain.evidence import Evidence
from falseflag.explain.explanation import explain
from falseflag.explain.labels import dotted
from falseflag.explain.replay import replay as stages_of
from falseflag.explain.tipping import tipping as tips_of
from falseflag.settings import DEFAULTS

DRAWS = 1000


def weights(case: Case, for_: str | None = None, against: str | None = None) -> pd.DataFrame:
    """Weigh the evidence for one node against another.

    Parameters
    ----------
    case : Case
    for_, against : str, optional
        By default the leading leaf and the runner-up.

    Returns
    -------
    DataFrame
        Indexed by factor: ``db`` with ``low`` and ``high`` (90 % interval), ``shapley`` (decibans, `for_` against all
        the rest) and ``without`` (the probability of `for_` without the factor).

    Raises
    ------
    falseflag.errors.RequestError
        If a node is unknown, or the two overlap.
    """
    evidence = Evidence.of(case)
    draws = draw_posterior(evidence.problem, evidence.exact, np.random.default_rng(DEFAULTS.seed), DRAWS)
    found = explain(evidence, case, for_, against, draws)
    weights = found.weights
    rows = [
        (
            row.factor,
            row.is_group,
            row.db,
            *(row.interval or (np.nan, np.nan)),
            share.db,
            without.posterior[weights.for_],
        )
        for row, share, without in zip(weights.rows, found.shapley.rows, found.without, strict=True)
    ]
    columns = ["factor", "is_group", "db", "low", "high", "shapley", "without"]
    return pd.DataFrame(rows, columns=columns).set_index("factor")


def tipping(case: Case) -> pd.DataFrame:
    """List the tipping point of every prior weight and likelihood statement, nearest first."""
    analysis = Analysis.of(case)
    rows = [row.as_dict() | {"what": dotted(row.what, row.author_class)} for row in tips_of(analysis.exact, case)]
    columns = ["what", "kind", "written", "tips_at", "new_leader", "odds_factor"]
    table = pd.DataFrame(rows, columns=columns)
    return table.set_index("what").sort_values("odds_factor", na_position="last", kind="stable")


def prospects(case: Case) -> pd.DataFrame:
    """Rank the unknown indicators by expected information in bits, with the leading leaf under either outcome."""
    columns = ["indicator", "bits", "p_present", "leader_if_present", "leader_if_absent"]
    rows = [row.as_dict() for row in prospects_of(Evidence.of(case))]
    return pd.DataFrame(rows, columns=columns).set_index("indicator")


def replay(case: Case) -> pd.DataFrame:
    """Answer as of each date: a row for each, a column for each node."""
    stages = stages_of(Evidence.of(case), case)
    dates = pd.Index([stage.date or "start" for stage in stages], name="date")
    return pd.DataFrame([stage.posterior for stage in stages], index=dates)


def comparison(cases: Sequence[Case], pool_weights: Sequence[float] | None = None) -> pd.DataFrame:
    """Put cases side by side: a row for each node, a column for each case and, of like trees, each opinion pool."""
    found = compare(cases, weights=pool_weights)
    table = pd.DataFrame.from_dict(found.posterior, orient="index", columns=list(found.titles))
    for name, pool in (("linear pool", found.linear), ("log pool", found.logarithmic)):
        if pool is not None:
            table[name] = pd.Series(pool)
    return table
