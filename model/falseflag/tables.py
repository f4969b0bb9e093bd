"""Everything as pandas tables, each a function of a result: no table computes anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from falseflag.wording import INTERVAL, dotted

if TYPE_CHECKING:
    from falseflag.explain.compare import Comparison
    from falseflag.explain.explanation import Explanation
    from falseflag.explain.replay import Stage
    from falseflag.explain.tipping import Tipping
    from falseflag.explain.value_of_information import ExpectedInformation
    from falseflag.inference.result import Answer, Row

# An answer


def hypotheses_frame(answer: Answer) -> pd.DataFrame:
    """Return one row for each node: prior, posterior, interval, exact answer, standard error, words."""
    return pd.DataFrame([_row(row, "name") for row in answer.rows]).set_index("name")


def propositions_frame(answer: Answer) -> pd.DataFrame:
    """Return one row for each proposition, with the columns of `hypotheses_frame`."""
    return pd.DataFrame([_row(row, "name") for row in answer.propositions], columns=_columns("name")).set_index("name")


def circumstances_frame(answer: Answer) -> pd.DataFrame:
    """Return one row for each value of each circumstance."""
    rows = [_row(row, "circumstance", with_value=True) for row in answer.circumstances]
    return pd.DataFrame(rows, columns=_columns("circumstance", with_value=True))


def facts_frame(answer: Answer) -> pd.DataFrame:
    """Return one row for each value of each indicator that is not stated as ratios: what probably is so."""
    rows = [_row(row, "indicator", with_value=True) for row in answer.facts]
    return pd.DataFrame(rows, columns=_columns("indicator", with_value=True))


def sources_frame(answer: Answer) -> pd.DataFrame:
    """Return one row for each stated reliability of a source: its mean before and after the evidence."""
    columns = ["name", "label", "condition", "prior", "posterior", "low", "high"]
    rows = [(s.name, s.label, s.condition, s.prior, s.posterior, *s.interval) for s in answer.sources]
    return pd.DataFrame(rows, columns=columns)


def staging_frame(answer: Answer) -> pd.DataFrame:
    """Return one row for each deception entry, that its author did it and staged, then one for each reported indicator.

    An indicator's row holds the probability that staging was attempted and took for it.
    """
    rows: list[tuple[str, str, float, float]] = []
    for entry in answer.deception:
        attempted = entry.attempted
        rows.append((attempted.name, "", attempted.prior, attempted.exact))
        rows += [(attempted.name, name, np.nan, posterior) for name, posterior in entry.planted]
    return pd.DataFrame(rows, columns=["node", "indicator", "prior", "posterior"])


def indicators_frame(answer: Answer) -> pd.DataFrame:
    """Return one row for each likelihood statement and value, with the posterior mean and interval of the likelihood.

    Of two values only the first one has a row, its probability being the likelihood.
    """
    case, problem = answer.case, answer.problem
    rows = []
    for t, (i, name) in enumerate(zip(problem.statement_indicator, problem.statement_names, strict=True)):
        indicator = case.indicators[problem.indicators[i]]
        judgement = indicator.likelihood[name.condition]
        values = problem.values[i]
        mean = problem.statements.mean[t]
        for k in range(len(values) if len(values) > 2 else 1):
            theta = answer.draws.theta[:, t, k]
            low, high = np.quantile(theta, INTERVAL)
            rows.append(
                {
                    "indicator": indicator.name,
                    "label": indicator.label,
                    "observed": _observed(answer, int(i)),
                    "group": problem.groups[problem.group_of[i]] if problem.group_of[i] >= 0 else "",
                    "source": ", ".join(report.source for report in indicator.reports) or indicator.source,
                    "where": "; ".join(r.where for r in indicator.reports if r.where) or indicator.where,
                    "seen": ", ".join(r.seen for r in indicator.reports if r.seen) or indicator.seen,
                    "hypothesis": str(name.condition),
                    "value": values[k],
                    "written": judgement.written,
                    "prior_mean": mean[k],
                    "posterior_mean": theta.mean(),
                    "posterior_low": low,
                    "posterior_high": high,
                    "why": judgement.why or indicator.why,
                }
            )
    return pd.DataFrame(rows)


def _observed(answer: Answer, indicator: int) -> str:
    problem = answer.problem
    if problem.is_silent[indicator]:
        return "silent"
    said = problem.reports.value[problem.reports.indicator == indicator].tolist()
    return ", ".join(dict.fromkeys(problem.values[indicator][value] for value in said)) or "unknown"


def _columns(key: str, *, with_value: bool = False) -> list[str]:
    values = ["value"] if with_value else []
    return [key, *values, "label", "prior", "posterior", "low", "high", "exact", "mcse", "words", "interval_words"]


def _row(row: Row, key: str, *, with_value: bool = False) -> dict[str, object]:
    cells = (row.name, *([row.value] if with_value else []), row.label, row.prior, row.posterior, *row.interval)
    more = (row.exact, row.mcse, row.words, ", ".join(row.words_touched))
    return dict(zip(_columns(key, with_value=with_value), (*cells, *more), strict=True))


# What explains it


def weights_frame(found: Explanation) -> pd.DataFrame:
    """Return a row for each item of evidence.

    ``db`` with ``low`` and ``high`` (90 % interval) weighs the two sets that were asked about, ``shapley`` the first
    of them against all the rest, both in decibans; ``leader_without`` would lead without the item.
    """
    without = {row.name: row for row in found.without if row.kind in {"indicator", "group"}}
    rows = [
        (row.factor, row.is_group, row.db, *(row.interval or (np.nan, np.nan)), share.db, without[row.factor].leader)
        for row, share in zip(found.weights.rows, found.shapley.rows, strict=True)
    ]
    columns = ["factor", "is_group", "db", "low", "high", "shapley", "leader_without"]
    return pd.DataFrame(rows, columns=columns).set_index("factor")


def tipping_frame(found: Sequence[Tipping]) -> pd.DataFrame:
    """Return the tipping point of every elicited number, nearest first."""
    rows = [row.to_dict() | {"what": dotted(row.what, row.author_class)} for row in found]
    columns = ["what", "kind", "written", "tips_at", "new_leader", "odds_factor"]
    table = pd.DataFrame(rows, columns=columns)
    return table.set_index("what").sort_values("odds_factor", na_position="last", kind="stable")


def outcomes_frame(found: Sequence[ExpectedInformation]) -> pd.DataFrame:
    """Return a row for each outcome of what can be found out, the most informative first."""
    rows = [(row.name, row.bits, outcome.value, outcome.p, outcome.leader) for row in found for outcome in row.outcomes]
    return pd.DataFrame(rows, columns=["name", "bits", "value", "p", "leader"]).set_index(["name", "value"])


def stages_frame(stages: Sequence[Stage]) -> pd.DataFrame:
    """Return a row for each date on which something became known, a column for each node."""
    dates = pd.Index([stage.date or "start" for stage in stages], name="date")
    return pd.DataFrame([stage.posterior for stage in stages], index=dates)


def comparison_frame(found: Comparison) -> pd.DataFrame:
    """Return a row for each node, a column for each case and, of like trees, each opinion pool."""
    table = pd.DataFrame.from_dict(found.posterior, orient="index", columns=list(found.titles))
    for name, pool in (("linear pool", found.linear), ("log pool", found.logarithmic)):
        if pool is not None:
            table[name] = pd.Series(pool)
    return table
