"""Cases that are swept, and a case edited as its author would."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from falseflag.case.loader import load
from falseflag.case.model import Case
from falseflag.exact.posterior import answer_exactly
from falseflag.problem import Floats, problem_of
from falseflag.sweep import Sweep

KREMLIN = Path(__file__).parents[2] / "priors" / "kremlin.yaml"


def as_written_anew(folder: Path, changes: Mapping[tuple[str, ...], object]) -> Case:
    """Lay a profile with some values over the Kremlin case, and load it from its files."""
    profile: dict[str, Any] = {"extends": "kremlin.yaml"}
    for keys, value in changes.items():
        place = profile
        for key in keys[:-1]:
            place = place.setdefault(key, {})
        place[keys[-1]] = value
    shutil.copy(KREMLIN, folder / "kremlin.yaml")
    (folder / "profile.yaml").write_text(yaml.safe_dump(profile), encoding="utf-8")
    return load(folder / "profile.yaml")


def answered(case: Case) -> Floats:
    return answer_exactly(problem_of(case)).leaves


def values_of(sweep: Sweep, run: int) -> dict[tuple[str, ...], float]:
    row = sweep.design.values(np.array([run]))[0].tolist()
    return {target.what: value for target, value in zip(sweep.design.targets, row, strict=True)}
