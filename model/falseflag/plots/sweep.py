"""Where the leading hypothesis changes as priors and judgements are varied."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from falseflag.plots import style
from falseflag.plots.sheet import UNSOUND
from falseflag.plots.sweep_curves import draw_curves
from falseflag.plots.sweep_map import draw_map
from falseflag.sweep import Sweep

TITLE = "Who leads, as judgements are varied"
NOTHING = "Nothing is varied over more than one value."


def why_no_sweep(sweep: Sweep) -> str:
    """Say why the figure does not apply, if it does not."""
    return "" if _moving(sweep) else NOTHING


@style.applied()
def sweep_figure(sweep: Sweep) -> Figure:
    """Draw a sweep: curves along its only axis, or a map on the two axes that explain most.

    Raises
    ------
    ValueError
        If nothing moves; see `why_no_sweep`.
    """
    moving = _moving(sweep)
    if not moving:
        raise ValueError(NOTHING)
    title = TITLE
    if sweep.sampled is not None and not sweep.sampled.sound.all():
        title = f"{UNSOUND} in {(~sweep.sampled.sound).sum()} of {sweep.design.runs} runs. {TITLE}"
    return draw_curves(sweep, moving[0], title) if len(moving) == 1 else draw_map(sweep, title)


def sweep_text(sweep: Sweep) -> str:
    """Say in words what the figure shows."""
    return " ".join(sweep.sentences)


def _moving(sweep: Sweep) -> list[int]:
    return [axis for axis, level in enumerate(sweep.design.levels) if np.ptp(level) > 0]
