"""An answer as pandas tables."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from falseflag.inference.result import Answer


def hypotheses_frame(answer: Answer) -> pd.DataFrame:
    """Return one row for each node: prior, posterior, interval, exact answer, standard error, words."""
    return pd.DataFrame(
        [
            {
                "name": row.name,
                "label": row.label,
                "prior": row.prior,
                "posterior": row.posterior,
                "low": row.interval[0],
                "high": row.interval[1],
                "exact": row.exact,
                "mcse": row.mcse,
                "words": row.words,
                "interval_words": ", ".join(row.words_touched),
            }
            for row in answer.rows
        ]
    ).set_index("name")


def indicators_frame(answer: Answer) -> pd.DataFrame:
    """Return one row for each likelihood statement, with the posterior mean and interval of θ."""
    case, problem = answer.case, answer.problem
    rows = []
    for s, (i, node) in enumerate(zip(problem.statement_indicator, problem.statement_node, strict=True)):
        indicator = case.indicators[problem.indicators[i]]
        judgement = indicator.likelihood[node]
        theta = pd.Series(answer.draws.theta[:, s])
        rows.append(
            {
                "indicator": indicator.name,
                "label": indicator.label,
                "observed": {True: "present", False: "absent", None: "unknown"}[indicator.observed],
                "group": problem.groups[problem.group_of[i]] if problem.group_of[i] >= 0 else "",
                "source": indicator.source,
                "where": indicator.where,
                "seen": indicator.seen,
                "reliability": indicator.reliability.mean,
                "hypothesis": node,
                "written": judgement.written,
                "prior_mean": judgement.mean,
                "posterior_mean": theta.mean(),
                "posterior_low": theta.quantile(0.05),
                "posterior_high": theta.quantile(0.95),
                "why": judgement.why or indicator.why,
            }
        )
    return pd.DataFrame(rows)


def notebook_html(answer: Answer) -> str:
    """Show an answer in a notebook: the table, with a warning above it if a check failed."""
    warning = "" if answer.is_sound else "<p><strong>A check failed: do not rely on this answer.</strong></p>"
    return f"<p>{escape(answer.case.title)}</p>{warning}{answer.frame.to_html()}"
