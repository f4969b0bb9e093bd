"""What the hierarchical model says in every fold, worked out as a batch that can be broken off and gone on with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from falseflag.backtest.context import Context
from falseflag.backtest.predictors.hierarchical import LogLikelihoods, key_of
from falseflag.backtest.schemes import SCHEMES
from falseflag.batch import run_batch
from falseflag.hierarchical.reuse import Refits
from falseflag.inference.checks import Check
from falseflag.problem import Floats
from falseflag.provenance import NUTS_PACKAGES, versions_of
from falseflag.record.model import Record
from falseflag.settings import DEFAULTS, Settings

MODEL = 1
"""Raised when the model or the way it is answered by changes: results kept from before are then no use."""

KEPT = 1000
"""Draws of the rates that are kept, about."""


@dataclass(frozen=True)
class Refitted:
    """What the model said in all folds.

    Parameters
    ----------
    likelihoods : mapping
        See `falseflag.backtest.predictors.hierarchical`.
    k_hat : tuple of float
        Of the folds that were answered by importance weights.
    fitted : int
        How many folds had the model fitted to just their incidents.
    unsound : tuple of Check
        Checks that fits failed even with more draws.
    whole : tuple of Check
        The checks of the fit to the whole record.
    rate : ndarray, shape (S, m, C)
        Draws of P(indicator present | class) given the whole record.
    """

    likelihoods: LogLikelihoods
    k_hat: tuple[float, ...]
    fitted: int
    unsound: tuple[Check, ...]
    whole: tuple[Check, ...]
    rate: Floats


def refit(
    record: Record,
    context: Context,
    *,
    settings: Settings = DEFAULTS,
    store: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Refitted:
    """Fit the model for every fold of every scheme, and to the whole record first.

    Parameters
    ----------
    record : Record
    context : Context
    settings : Settings
        Of each fit.
    store : path, optional
        Keeps what is finished; see `falseflag.batch.run_batch`.
    progress : callable, optional
        Called with how many folds are done, and how many there are.
    """
    refits = Refits(record, settings)
    whole = np.ones(len(record), dtype=bool)
    folds = [fold.known for scheme in SCHEMES.values() for fold in scheme.folds(record, context)]
    names = np.array([incident.name for incident in record.incidents])
    items = {key_of(names[known].tolist()): known for known in (whole, *folds)}
    identity = {
        "command": "backtest",
        "model": MODEL,
        "record": record.sha256,
        "conflicts": context.conflicts(record),
        "settings": asdict(settings),
        "versions": versions_of(NUTS_PACKAGES),
    }
    kept = run_batch(lambda known: _worked_out(refits, known), items, store=store, identity=identity, progress=progress)
    return _gathered(kept, names.tolist(), key_of(names.tolist()))


def _worked_out(refits: Refits, known: NDArray[np.bool_]) -> dict[str, Any]:
    found = refits.likelihoods(known)
    rate = found.fit.parameters.rate() if known.all() else np.empty((0, 0, 0))
    return {
        "log_likelihood": found.logs.tolist(),
        "k_hat": found.k_hat,
        "checks": [asdict(check) for check in found.fit.checks],
        "rate": rate[:: max(1, len(rate) // KEPT)].round(5).tolist(),
    }


def _gathered(kept: Mapping[str, dict[str, Any]], names: list[str], whole: str) -> Refitted:
    table = {key: dict(zip(names, map(np.array, one["log_likelihood"]), strict=True)) for key, one in kept.items()}
    checks = {key: [Check(**check) for check in one["checks"]] for key, one in kept.items()}
    failed = {check.message: check for found in checks.values() for check in found if not check.passed}
    return Refitted(
        likelihoods=table,
        k_hat=tuple(one["k_hat"] for one in kept.values() if one["k_hat"] is not None),
        fitted=sum(one["k_hat"] is None for one in kept.values()),
        unsound=tuple(failed.values()),
        whole=tuple(checks[whole]),
        rate=np.array(kept[whole]["rate"]),
    )
