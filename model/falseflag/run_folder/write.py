"""Write what a command leaves behind, one function an output: each is put in its place whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from falseflag import plots
from falseflag.inference.result import Answer
from falseflag.plots import Picture
from falseflag.report import Prepared, gather, render_report
from falseflag.run_folder.replace import BACKTEST, CALIBRATION, RUN, SWEEP, digest, replacing, walk
from falseflag.run_folder.stored import DRAWS, MARK, write_draws
from falseflag.tables import hypotheses_frame, indicators_frame
from falseflag.wording import csv_cell

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from falseflag.case.model import Case
    from falseflag.sweep import Sweep
    from falseflag.validation.backtest import Review
    from falseflag.validation.calibrate import Calibration


PNGS = ("hypotheses",)
"""Figures that documents need as PNG, asked for or not."""


def write_run(answer: Answer, out: Path, *, prepared: Prepared | None = None, png: bool = False) -> dict[str, Any]:
    """Write an answer to a folder, in place of an earlier run there.

    Parameters
    ----------
    answer : Answer
    out : path
        Made if it is not there.
    prepared : Prepared, optional
        What of the report has been made already.
    png : bool
        Write each figure as PNG, too.

    Returns
    -------
    dict
        The content of its `posterior.json`.

    Raises
    ------
    RequestError
        If something else than an earlier run is there, or it cannot be written; what was there is then as it was.
    """
    with replacing(out, RUN) as stage:
        write_draws(answer.tree, stage / DRAWS)
        for name, frame in (
            ("hypotheses", hypotheses_frame(answer).reset_index()),
            ("indicators", indicators_frame(answer)),
        ):
            frame.assign(sound=answer.is_sound).map(csv_cell).to_csv(stage / f"{name}.csv", index=False)
        contents = gather(answer, prepared)
        _write_plots(contents.drawn, stage / "plots", png=png)
        (stage / "report.html").write_text(render_report(answer, contents), encoding="utf-8")
        _write_case(answer, stage / "case")
        says = answer.to_dict() | {"written": digests(stage)}
        _write_json(says, stage / MARK)
    return says


def digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file of a run, by its path in the folder.

    With these in `posterior.json`, a file that was changed, lost or left by another run is found out.
    """
    return {path.relative_to(folder).as_posix(): digest(path) for path in walk(folder) if path.is_file()}


def _write_plots(drawn: Iterable[Picture], folder: Path, *, png: bool) -> None:
    folder.mkdir()
    for picture in drawn:
        (folder / f"{picture.name}.svg").write_bytes(picture.svg)
        if picture.figure is not None and (png or picture.name in PNGS):
            plots.save(picture.figure, folder / f"{picture.name}.png")


def _save(figure: Figure, folder: Path, name: str) -> None:
    for form in ("svg", "png"):
        plots.save(figure, folder / f"{name}.{form}")


def _write_case(answer: Answer, folder: Path) -> None:
    folder.mkdir()
    for file in answer.case.files:
        target = folder / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.content)


def write_sweep(sweep: Sweep, out: Path, progress: Callable[[int, int], None] | None = None) -> None:
    """Write ``sweep.csv``, ``sweep.json`` and the picture; the store stays, so that the sweep is not made twice.

    Raises
    ------
    RequestError
        If something else than this sweep is there, or it cannot be written; what was there is then as it was.
    """
    from falseflag.plots.sweep import sweep_figure, why_no_sweep  # noqa: PLC0415  (here and below: of use only here)

    with replacing(out, SWEEP) as stage:
        sweep.write_csv(stage / "sweep.csv", progress)
        _write_json(sweep.summary(), stage / "sweep.json")
        if not why_no_sweep(sweep):
            _save(sweep_figure(sweep), stage, "sweep")


def write_calibration(found: Calibration, out: Path) -> None:
    """Write ``calibration.json``, and the plots in ``calibration/``; the store stays.

    Raises
    ------
    RequestError
        If something else than this calibration is there, or it cannot be written; what was there is then as it was.
    """
    from falseflag.plots.validation import calibration_figures  # noqa: PLC0415

    with replacing(out, CALIBRATION) as stage:
        drawn = stage / "calibration"
        drawn.mkdir()
        for name, figure in calibration_figures(found).items():
            _save(figure, drawn, name)
        _write_json(found.to_dict(), stage / "calibration.json")


def write_backtest(review: Review, out: Path, case: Case | None = None) -> Path:
    """Write ``OUT.md``, and its pictures and ``answers.csv`` to the folder ``OUT``; returns the page's path.

    Raises
    ------
    RequestError
        If something else than an earlier back-test is there, or it cannot be written; what was there is then as it was.
    """
    from falseflag.report.backtest import PICTURES, answers_frame, page  # noqa: PLC0415

    with replacing(out, BACKTEST) as stage:
        for name, draw in PICTURES.items():
            _save(draw(review), stage, name)
        answers_frame(review).map(csv_cell).to_csv(stage / "answers.csv", index=False)
        target = out.with_name(f"{out.name}.md")
        (stage.parent / target.name).write_text(page(review, out.name, case), encoding="utf-8")
    return target


def _write_json(content: Any, path: Path) -> None:  # noqa: ANN401  (whatever JSON can hold)
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
