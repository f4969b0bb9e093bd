"""Rates that were fitted to a record by sampling, kept in a file beside it.

``learn: {model: hierarchical}`` cannot fit a model whenever a case is read: that takes a sampler and a minute. So the
fit is made once, by ``falseflag learn RECORD.csv``, which leaves ``RECORD.hierarchical.json`` beside the record; a case
that learns reads that. The file names the record's SHA-256 and is refused when the record has changed since.

    {"record_sha256": "…", "model": "hierarchical",
     "rates": {"mass_casualties": {"adversary": [alpha, beta], …}, …}, …}

A rate is the Beta with the mean and variance of the posterior of P(indicator | class), a new incident of that class in
mind (so that what differs between incidents is in it). Further keys (settings, checks, versions) are welcome and not
looked at here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from falseflag.distributions import Beta
from falseflag.record.codebook import CLASSES, INDICATORS
from falseflag.record.model import Record

SUFFIX = ".hierarchical.json"
HIERARCHICAL = "hierarchical"
"""The model's name in a case."""
FIT = "`falseflag learn {}` fits the rates"
"""What to do about a file that is missing or stale."""
SEAL = "sha256"
"""Key of the digest of everything else in the file."""
type Rates = Mapping[tuple[str, str], Beta]
"""Distribution of P(indicator present | class of author), by indicator and class."""


def path_beside(record: str) -> str:
    """Return the path of the file that belongs to a record's path."""
    return str(Path(record).with_suffix(SUFFIX))


@dataclass(frozen=True, slots=True)
class Fitted:
    """Fitted rates, and the SHA-256 of the record that they were fitted to."""

    record_sha256: str
    rates: Rates

    def is_of(self, record: Record) -> bool:
        """Tell whether the record is as it was when the rates were fitted."""
        return self.record_sha256 == record.sha256


def as_json(record: Record, rates: Rates, more: Mapping[str, Any] | None = None) -> str:
    """Return the content of the file; `more` is what else it is to say."""
    table = {name: {of: [rates[name, of].alpha, rates[name, of].beta] for of in CLASSES} for name in INDICATORS}
    return _sealed({"record_sha256": record.sha256, "model": HIERARCHICAL, "rates": table, **(more or {})})


def is_as_written(content: bytes) -> bool:
    """Tell whether a file's content is, byte for byte, what `as_json` made, so that it may be replaced."""
    try:
        data = json.loads(content)
        return _sealed({key: data[key] for key in data if key != SEAL}).encode() == content
    except (ValueError, TypeError, RecursionError):
        return False


def _sealed(content: Mapping[str, Any]) -> str:
    """Return content as JSON, with its own SHA-256."""
    digest = sha256(json.dumps(content, allow_nan=False).encode()).hexdigest()
    return json.dumps({**content, SEAL: digest}, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def read_fitted(content: bytes) -> Fitted:
    """Read the content of such a file.

    Raises
    ------
    ValueError
        If it is not what `as_json` writes; the message is for the user.
    """
    try:
        data = json.loads(content)
        table = {(name, of): Beta(*map(float, data["rates"][name][of])) for name in INDICATORS for of in CLASSES}
        found = Fitted(str(data["record_sha256"]), table)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError("it does not hold fitted rates for every indicator and class") from error
    if not all(0 < end < float("inf") for rate in table.values() for end in (rate.alpha, rate.beta)):
        raise ValueError("its rates should be Beta distributions: two numbers above 0 each")
    return found
