"""Small outputs, put in their place, for tests."""

from __future__ import annotations

from pathlib import Path

from falseflag.run_folder.replace import RUN, SUMS, replacing

NAMES = {"posterior.json", "report.html", "plots", "case"}


def write(folder: Path, text: str) -> None:
    for name in ("posterior.json", "report.html"):
        (folder / name).write_text(text)
    for name in ("plots", "case"):
        (folder / name).mkdir()
        (folder / name / "inside").write_text(text)


def made(out: Path, text: str = "one") -> Path:
    with replacing(out, RUN) as stage:
        write(stage, text)
    return out


def texts(folder: Path) -> set[str]:
    return {path.read_text() for path in folder.rglob("*") if path.is_file() and path.name != SUMS}


def no_leftovers(out: Path) -> bool:
    return not list(out.parent.glob(".*.partial"))
