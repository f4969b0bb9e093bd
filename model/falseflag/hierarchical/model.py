"""The PyMC model of `falseflag.hierarchical.definition`; the record is data, so that one compilation serves all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pymc as pm
import pytensor.tensor as pt

from falseflag.hierarchical.definition import GRID, GRID_WEIGHT, OVERALL, SCALE, SPREAD
from falseflag.record.model import Floats

STORED = ("overall", "spread", "scale", "logit", "loading")


def build_model(numbers: Mapping[str, Floats]) -> Any:  # noqa: ANN401  (PyMC is untyped)
    """Build the model; of the numbers only the count of indicators and of classes is built in."""
    indicators, classes = numbers["present"].shape[1], numbers["author"].shape[1]
    with pm.Model() as model:
        data = {name: pm.Data(name, values) for name, values in numbers.items()}
        overall = pm.Normal("overall", 0, OVERALL, shape=indicators)
        spread = pm.HalfNormal("spread", SPREAD, shape=indicators)
        scale = pm.HalfNormal("scale", SCALE)
        apart = pm.Normal("apart", 0, 1, shape=(indicators, classes))
        load = pm.Normal("load", 0, 1, shape=indicators)
        logit = pm.Deterministic("logit", overall[:, None] + spread[:, None] * apart)
        loading = pm.Deterministic("loading", scale * load)
        eta = (logit[:, :, None] + loading[:, None, None] * GRID).reshape((indicators, classes * len(GRID)))
        terms = data["present"] @ -pt.softplus(-eta) + data["absent"] @ -pt.softplus(eta)
        weight = (data["author"][:, :, None] * GRID_WEIGHT).reshape((-1, classes * len(GRID)))
        pm.Potential("record", pt.log((pt.exp(terms) * weight).sum(axis=1)).sum())
    return model
