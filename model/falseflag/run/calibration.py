"""Write what a calibration leaves behind."""

from __future__ import annotations

import json
from pathlib import Path

from falseflag.calibrate.result import Calibration
from falseflag.plots.validation import calibration_figures
from falseflag.plots.output import save
from falseflag.run.folder import replacing


def write_calibration(found: Calibration, out: Path) -> None:
    """Write ``calibration.json``, and the plots in ``calibration/``, into a folder beside what is there already.

    Raises
    ------
    RequestError
        If it cannot be written.
    """
    with replacing(out) as stage:
        plots = stage / "calibration"
        plots.mkdir()
        for name, figure in calibration_figures(found).items():
            save(figure, plots / f"{name}.svg")
            save(figure, plots / f"{name}.png")
        content = json.dumps(found.as_dict(), indent=2, ensure_ascii=False, allow_nan=False)
        (stage / "calibration.json").write_text(content + "\n", encoding="utf-8")
