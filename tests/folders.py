"""What stands in for a run's folder."""

from __future__ import annotations

import json
from pathlib import Path

from falseflag.run.owned import ENTRIES, MARK

WITHIN = ("case/inside", "plots/inside")


def mark_of(text: str, **more: object) -> str:
    """Return a `posterior.json` that reads as ours."""
    written = dict.fromkeys([*sorted(ENTRIES - {MARK, "plots", "case"}), *WITHIN], "")
    says = {"case": text, "engine": "exact", "seed": 1, "hypotheses": [], "checks": [], "versions": {}}
    return json.dumps(says | {"written": written} | more)


def write(folder: Path, text: str) -> None:
    for name in sorted(ENTRIES - {MARK, "plots", "case"}):
        (folder / name).write_text(text)
    for name in WITHIN:
        (folder / name).parent.mkdir()
        (folder / name).write_text(text)
    (folder / MARK).write_text(mark_of(text))


def texts(folder: Path) -> set[str]:
    """Return what is in the files of a folder; of a mark, of which run it is."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {json.loads(path.read_text())["case"] if path.name == MARK else path.read_text() for path in files}


def no_leftovers(out: Path) -> bool:
    return not list(out.parent.glob(".*.partial"))
