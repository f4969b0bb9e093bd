"""Write everything that a run leaves behind."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

from falseflag import plots
from falseflag.inference.result import Answer
from falseflag.report import Contents, gather, render_report
from falseflag.run.draws import write_draws
from falseflag.run.folder import replacing
from falseflag.run.owned import MARK
from falseflag.tables import hypotheses_frame, indicators_frame
from falseflag.wording import csv_cell


def write_run(answer: Answer, out: Path) -> dict[str, Any]:
    """Write an answer to a folder, in place of an earlier run there.

    Parameters
    ----------
    answer : Answer
    out : path
        Made if it is not there.

    Returns
    -------
    dict
        The content of its `posterior.json`.

    Raises
    ------
    RequestError
        If it cannot be written; an earlier run is then as it was.
    """
    with replacing(out) as stage:
        write_draws(answer.tree, stage / "posterior.zarr.zip")
        hypotheses_frame(answer).assign(sound=answer.is_sound).map(csv_cell).to_csv(stage / "hypotheses.csv")
        indicators_frame(answer).assign(sound=answer.is_sound).map(csv_cell).to_csv(
            stage / "indicators.csv", index=False
        )
        contents = gather(answer)
        _write_plots(contents, stage / "plots")
        (stage / "report.html").write_text(render_report(answer, contents), encoding="utf-8")
        _write_case(answer, stage / "case")
        says = answer.as_dict() | {"written": digests(stage)}
        content = json.dumps(says, indent=2, ensure_ascii=False, allow_nan=False)
        (stage / MARK).write_text(content + "\n", encoding="utf-8")
    return says


def digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file of a run, by its path in the folder.

    With these in `posterior.json`, a file that was changed, lost or left by another run is found out.
    """
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest() for path in files}


def _write_plots(contents: Contents, folder: Path) -> None:
    folder.mkdir()
    for name, figure in contents.drawn:
        plots.save(figure, folder / f"{name}.svg")
        plots.save(figure, folder / f"{name}.png")


def _write_case(answer: Answer, folder: Path) -> None:
    folder.mkdir()
    for file in answer.case.files:
        target = folder / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.content)
