"""Simulation-based calibration of both engines: the default case, and two generated ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from oracle.random_cases import draw

from falseflag.case.loader import load
from falseflag.case.model import Case
from falseflag.settings import Engine
from falseflag.validation.calibrate import ALARM, CHUNK, REPLICATES, Calibration, calibrate
from trust.figures import KEPT, ROOT, Figure, Section, code

GENERATED = (1002, 1007)
"""Seeds of `oracle.random_cases.draw`: circumstances, staging, sources that report on several facts, two groups."""


def cases() -> dict[str, Case]:
    """Return the cases by name."""
    default = {"kremlin": load(ROOT / "priors" / "kremlin.yaml")}
    return default | {f"generated {seed}": draw(seed).case for seed in GENERATED}


def calibrated(engine: Engine) -> Callable[[bool], Sequence[Figure]]:
    """Return what calibrates every case with an engine; what was simulated with this code already is used again."""

    def measure(quick: bool) -> Sequence[Figure]:  # noqa: FBT001  (what a section is asked)
        figures = []
        for name, case in cases().items():
            count = 4 * CHUNK if quick else REPLICATES[engine]
            store = KEPT / f"calibration-{name.replace(' ', '-')}-{engine}-{code().replace(', ', '-')}.jsonl"
            found = calibrate(case, engine, replicates=count, store=store, dask="local" if engine == "exact" else None)
            figures += _figures(name, found)
        return figures

    return measure


def _figures(what: str, found: Calibration) -> list[Figure]:
    failed = f"{len(found.failed)} of {len(found.tests)} tests failed; p = {found.p_value:.2g}"
    log = found.scores[-1]
    checks = ", ".join(f"{name} {count}" for name, count in found.failures.items()) or "none"
    return [
        Figure(f"{what}: {found.replicates:,} incidents", failed, f"within the bands, p ≥ {ALARM:g}", found.passed),
        Figure(f"… {what}: log score, of the prior {log.prior:.3f}", f"{log.posterior:.3f}"),
        Figure(f"… {what}: answers that failed a check", checks),
    ]


EXACT = Section(
    "calibration",
    "Calibration of the exact engine",
    calibrated("exact"),
    "`falseflag calibrate`: incidents simulated from a case's prior, and the answers to them compared with the truth; "
    f"all tests of one calibration share a rate of false alarms of {ALARM:.0%}.",
)
NUTS = Section(
    "calibration_nuts",
    "Calibration of NUTS",
    calibrated("nuts"),
    "The same; each case is compiled once. Answers are sampled as long as ranking needs, which is shorter than their"
    " own checks want.",
)
