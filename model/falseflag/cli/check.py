"""`falseflag check`, `new` and `schema`: case files before anything is computed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from shlex import quote
from typing import Annotated, Any

import typer

import falseflag
from falseflag.cli.arguments import print_json
from falseflag.errors import CaseError, RequestError
from falseflag.wording import counted


@dataclass(slots=True)
class _Checked:
    """What was found in one file: its contents in words where it is valid, else errors, one per line."""

    file: str
    contents: str = ""
    text: str = ""
    errors: list[dict[str, Any]] = field(default_factory=list)
    omitted: int = 0
    warnings: list[dict[str, Any]] = field(default_factory=list)


def check(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE…", help="Case files (YAML), or records of resolved cases (CSV).", show_default=False
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print the errors and warnings as JSON.")] = False,  # noqa: FBT002
) -> None:
    """Report every error in the files, each with its line, its rule and, where it helps, a suggestion."""
    checked = [_check(file) for file in files]
    if as_json:
        print_json({"files": [_row(each) for each in checked]})
    else:
        for each in checked:
            _print(each)
    if any(each.text for each in checked):
        raise typer.Exit(CaseError.exit_code)


def _check(file: Path) -> _Checked:
    from falseflag.diagnostics import visible  # noqa: PLC0415  (what it needs is not loaded for --help)

    shown = visible(str(file), limit=1000)
    try:
        contents, warnings = _contents(file)
    except CaseError as error:
        return _Checked(shown, text=str(error), errors=_as_rows(error.diagnostics), omitted=error.omitted)
    except RequestError as error:  # too large to be answered
        row = {"file": shown, "line": 1, "column": 1, "path": "", "message": str(error)}
        return _Checked(shown, text=f"{shown}:1: {error}", errors=[row])
    return _Checked(shown, contents, warnings=_as_rows(warnings))


def _as_rows(found: Iterable[Any]) -> list[dict[str, Any]]:
    return [asdict(each) for each in found]


def _row(checked: _Checked) -> dict[str, Any]:
    row = {"file": checked.file, "valid": not checked.text, "errors": checked.errors, "warnings": checked.warnings}
    return row | ({"omitted": checked.omitted} if checked.omitted else {})


def _print(checked: _Checked) -> None:
    if checked.text:
        typer.echo(checked.text, err=True)
        return
    for row in checked.warnings:
        place = f"{row['file']}:{row['line']}: warning: {row['path']}"
        typer.echo(": ".join(part for part in (place.removesuffix(": "), row["message"]) if part), err=True)
    typer.echo(f"{checked.file}: fine ({checked.contents})")


def _contents(file: Path) -> tuple[str, Iterable[Any]]:
    """Read a file; return in words what is in it, and the warnings about it."""
    if file.suffix.lower() == ".csv":
        from falseflag.record import read_record  # noqa: PLC0415  (a case needs none of it)

        record = read_record(file)
        return f"{counted(len(record), 'incident')}, {counted(len(record.indicators), 'indicator')}", ()
    case = falseflag.check(file)
    counts = [counted(len(case.leaves), "hypothesis", "hypotheses")]
    counts += [counted(len(case.circumstances), "circumstance")] if case.circumstances else []
    return ", ".join([*counts, counted(len(case.indicators), "indicator")]), case.warnings


def new(
    name: Annotated[
        str, typer.Argument(help="Title or name of the case; the file is named after it.", show_default=False)
    ],
    folder: Annotated[Path, typer.Option("--in", help="Folder to write it in.")] = Path(),
    template: Annotated[str, typer.Option(help="What to start from: attack, cyber or incident.")] = "attack",
) -> None:
    """Write a commented starting file, which is a valid case. An existing file is never overwritten."""
    from falseflag.case.starter import stem_of, write_starter  # noqa: PLC0415

    path = write_starter(folder, stem_of(name), template, name)
    typer.echo(f"wrote {path}\n\n{_next_steps(path)}")


def _next_steps(path: Path) -> str:
    """Say what to do with a new file, with the commands to copy."""
    file, out = quote(str(path)), quote(str(path.with_suffix("")))
    steps = {
        f"check {file}": "every error in it, with its line and a suggestion",
        f"sample {file} --engine exact": "the answer, at once",
        f"explain {file}": "what the answer rests on",
        f"robust {file}": "what would overturn it",
        f"serve {file}": "a page that answers again at every save",
        f"sample {file} --out {out}": "tables, plots and report, checked by two engines",
    }
    width = max(map(len, steps))
    lines = [f"  falseflag {command:{width}}  {what}" for command, what in steps.items()]
    return "\n".join(["Put your own case in it, each likelihood before you look at the answer. Then:", *lines])


def schema() -> None:
    """Print the JSON Schema of a case file, which editors use for completion."""
    from falseflag.case.schema import json_schema  # noqa: PLC0415

    print_json(json_schema())
