"""The case that all are measured on, as each program wants it: 18 indicators, 6 hypotheses, no groups.

Every report is right nine times in ten. As `ranges` each likelihood is a Beta, as `points` its mean.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

INDICATORS, HYPOTHESES = 18, 6
RELIABILITY, PRIOR_STRENGTH = 0.9, 10.0

type Numbers = dict[str, Any]


def numbers(seed: int = 5) -> Numbers:
    """Make up the numbers of a case: tables of shape (indicators, hypotheses), a prior, what was observed."""
    rng = np.random.default_rng(seed)
    mean = rng.uniform(0.15, 0.85, (INDICATORS, HYPOTHESES)).round(2)
    strength = rng.uniform(5, 30, (INDICATORS, HYPOTHESES)).round(0)
    return {
        "prior": rng.integers(1, 6, HYPOTHESES).tolist(),
        "prior_strength": PRIOR_STRENGTH,
        "reliability": RELIABILITY,
        "observed": (rng.random(INDICATORS) < 0.6).astype(int).tolist(),
        "alpha": (mean * strength).tolist(),
        "beta": ((1 - mean) * strength).tolist(),
        "mean": mean.tolist(),
        "strength": strength.tolist(),
    }


def as_yaml(made: Numbers, *, points: bool) -> str:
    """Write the case file of some numbers."""
    lines = ["title: Made up for timing", f"prior_strength: {made['prior_strength']}", "hypotheses:"]
    lines += [f"  h{k}: {{prior: {weight}}}" for k, weight in enumerate(made["prior"])]
    lines.append("indicators:")
    for i, seen in enumerate(made["observed"]):
        said = "present" if seen else "absent"
        lines += [f"  i{i}:", f"    observed: {said}", f"    reliability: {made['reliability']}", "    likelihood:"]
        for k, (mean, strength) in enumerate(zip(made["mean"][i], made["strength"][i], strict=True)):
            value = f"{mean}" if points else f"{{mean: {mean}, strength: {strength}}}"
            lines.append(f"      h{k}: {value}")
    return "\n".join(lines) + "\n"


def write(folder: Path, made: Numbers) -> None:
    """Write one case in every form."""
    (folder / "ranges.yaml").write_text(as_yaml(made, points=False), encoding="utf-8")
    (folder / "points.yaml").write_text(as_yaml(made, points=True), encoding="utf-8")
    (folder / "case.json").write_text(json.dumps(made), encoding="utf-8")
