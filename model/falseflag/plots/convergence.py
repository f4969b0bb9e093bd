"""Did the sampler draw enough? r̂ and effective draws of everything that was sampled."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from falseflag.inference.result import Answer
from falseflag.plots import style
from falseflag.plots.arviz import VARIABLES, collection
from falseflag.plots.chains import varying
from falseflag.plots.sheet import new_sheet, warned, warning_of

TITLE = "Did the sampler draw enough? Convergence of everything that was sampled"

PANELS = {
    "rhat": ("r_hat", "r̂ (between and within chains)"),
    "ess_bulk": ("ess_bulk", "effective draws, bulk"),
    "ess_tail": ("ess_tail", "effective draws, tails"),
}
"""ArviZ's name of each statistic: name of the check of it, and label."""

HEIGHT, BOTTOM, TOP = 1.4, 0.58, 0.14
LEFT, WIDTH, GAP = 0.55, 1.8, 0.3


@style.applied()
def convergence(answer: Answer) -> Figure:
    """Draw the shares of all sampled quantities below each value of r̂ and of effective draws.

    By `arviz.plot_convergence_dist`; the limits are those of the run's own checks.

    Parameters
    ----------
    answer : Answer
        Of a sampling engine.

    Returns
    -------
    Figure
    """
    body = BOTTOM + HEIGHT + TOP
    sheet = new_sheet(body, title=TITLE, subtitle=answer.case.title, warning=warning_of(answer))
    panels = [sheet.axes(LEFT + (WIDTH + GAP) * place, BOTTOM, WIDTH, HEIGHT) for place in range(len(PANELS))]
    _draw(sheet.figure, dict(zip(PANELS, panels, strict=True)), answer)
    limits = {check.name: check.limit for check in answer.checks}
    for axes, (check, label) in zip(panels, PANELS.values(), strict=True):
        axes.set_ylim(0, 1.02)
        axes.yaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))
        axes.tick_params(labelleft=axes is panels[0])
        axes.set_xlabel(label, labelpad=2)
        axes.locator_params(axis="x", nbins=4)
        if check != "r_hat":
            axes.set_xlim(left=0)
        if check in limits:
            axes.axvline(limits[check], color=style.ALARM, linestyle="--", linewidth=1, label="limit")
    panels[0].set_ylabel("share of quantities", labelpad=2)
    note = "dashed: limit of the check; r̂ should lie to its left, effective draws to its right"
    sheet.write(style.WIDTH / 2, 0.06, note, ha="center", fontsize=style.SMALL, color=style.MUTED)
    return sheet.figure


def convergence_text(answer: Answer) -> str:
    """Say in words what the figure shows."""
    count = sum(values.sizes[values.dims[-1]] for values in varying(answer).values())
    names = {check for check, _ in PANELS.values()}
    verdicts = " ".join(check.message for check in answer.checks if check.name in names)
    return warned(
        answer, f"Distribution of r̂ and of effective draws over {count} sampled quantities. {verdicts}".strip()
    )


def _draw(figure: Figure, panels: dict[str, Axes], answer: Answer) -> None:
    import arviz as az  # noqa: PLC0415  (takes seconds)

    data = varying(answer)
    az.plot_convergence_dist(
        data,
        group=None,
        diagnostics=list(PANELS),
        ref_line=False,
        kind="ecdf",
        plot_collection=collection(figure, list(panels.values()), data, along=VARIABLES, names=list(panels)),
        visuals={"title": False, "dist": {"width": 1.4, "color": style.POSTERIOR}},
    )
