"""Standard output as it may be: of any encoding and width, with nobody reading, on a full disk."""

from __future__ import annotations

import io
import json
import re
import signal
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from commands import run_here
from rich.cells import cell_len

from falseflag import cli
from falseflag.cli import streams
from falseflag.terminal.console import LONG_WORD

ENCODINGS = ("utf-8", "cp866", "cp437", "cp1251", "cp1252", "latin-1", "ascii", "utf-16")
LABELS = (
    "Die „Größenwahnsinnigen“ – angeblich",
    "Неизвестные доброжелатели из Перми",
    "克里姆林宫的人 🚁",
    "مجهولون من المدينة",
)
CASE = f"""\
title: “Przewodów” — кто виноват?
question: Who × why … and how?
hypotheses:
  red: {{prior: 2, label: "{LABELS[0]}"}}
  blue: {{label: "{LABELS[1]}", children: {{one: {{label: "{LABELS[2]}"}}, two: {{}}}}}}
indicators:
  glove: {{label: "{LABELS[3]}", observed: present, reliability: 0.9, seen: 2023-05-03, why: "→ ±1 ≤ 2",
           likelihood: {{red: 0.8, blue: unlikely}}}}
  scarf: {{observed: unknown, likelihood: {{red: [0.1, 0.4], blue.one: likely, blue.two: 0.2}}}}
"""
BAD = CASE.replace("observed: present", "observd: “present”")
COMMANDS = {
    "check": ("check", "CASE", "BAD"),
    "sample": ("sample", "CASE", "--engine", "exact"),
    "explain": ("explain", "CASE"),
    "robust": ("robust", "CASE"),
    "next": ("next", "CASE"),
    "replay": ("replay", "CASE"),
    "compare": ("compare", "CASE", "OTHER"),
    "sweep": ("sweep", "CASE", "--vary", "all", "--random", "20"),
    "batch": ("batch", "CASE", "OTHER", "--engine", "exact"),
    "calibrate": ("calibrate", "CASE", "--replicates", "10"),
    "verify": ("verify", "RUN"),
    "schema": ("schema",),
    "help": ("sample", "--help"),
    "unknown": ("sample", "CASE", "--nonsense", "“×”"),
}
TABLES = ("sample", "explain", "robust", "next", "replay", "compare", "sweep", "batch")
HEADS = set("hypothesis to find out as of evidence judgement varied case".split())  # noqa: SIM905
"""Of first columns, which a list has none of."""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("cases")
    found = {"CASE": folder / "case.yaml", "OTHER": folder / "other.yaml", "BAD": folder / "bad.yaml"}
    found["CASE"].write_text(CASE, encoding="utf-8")
    found["OTHER"].write_text(CASE.replace("prior: 2", "prior: 7"), encoding="utf-8")
    found["BAD"].write_text(BAD, encoding="utf-8")
    found["RUN"] = folder / "run"
    assert run_here("sample", found["CASE"], "--engine", "exact", "--out", found["RUN"]).code == 0
    return found


def asked(command: str, files: dict[str, Path]) -> list[str | Path]:
    return [files.get(word, word) for word in COMMANDS[command]]


@pytest.mark.parametrize("command", COMMANDS)
def test_no_encoding_makes_a_command_fail(command: str, files: dict[str, Path]) -> None:
    usual = run_here(*asked(command, files))
    assert usual.code in {0, 1, 2}
    for encoding in ENCODINGS[1:]:
        ended = run_here(*asked(command, files), encoding=encoding)
        assert (ended.code, "Traceback" in ended.stderr) == (usual.code, False), encoding


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_json_is_the_same_in_every_encoding(encoding: str, files: dict[str, Path]) -> None:
    ended = run_here("sample", files["CASE"], "--engine", "exact", "--json", encoding=encoding)
    assert json.loads(ended.stdout)["hypotheses"][0]["label"] == LABELS[0]


def test_json_is_printed_to_a_stream_without_an_encoding(files: dict[str, Path]) -> None:
    with redirect_stdout(io.StringIO()) as out, pytest.raises(SystemExit):
        cli.main(["sample", str(files["CASE"]), "--engine", "exact", "--json"])
    assert json.loads(out.getvalue())["hypotheses"][0]["label"] == LABELS[0]


def test_what_stands_for_a_character_can_be_read() -> None:
    streams.make_readable()
    assert "“1–2 × é …”".encode("ascii", "falseflag") == b'"1-2 x e ..."'
    assert "克🚁\udcff".encode("cp866", "falseflag") == b"???"


@pytest.mark.parametrize("command", TABLES)
def test_the_same_words_are_printed_at_every_width(command: str, files: dict[str, Path]) -> None:
    """Those of labels among them; and no line goes beyond the edge."""
    all_ = words_at(400, command, files)
    assert any(words_of(label) <= all_ for label in LABELS)
    of_paths = {word for path in files.values() for word in words_of(str(path))}  # which are broken wherever it comes
    for columns in range(40, 201, 10):
        lost = {word for word in all_ - words_at(columns, command, files) if len(word) <= LONG_WORD}
        assert lost <= HEADS | of_paths, columns


def words_at(columns: int, command: str, files: dict[str, Path]) -> set[str]:
    ended = run_here(*asked(command, files), columns=columns)
    assert max(map(cell_len, ended.stdout.splitlines())) <= columns
    return words_of(ended.stdout)


def words_of(text: str) -> set[str]:
    return set(re.split(r"[\s“”„;:.─]+", text))


@pytest.mark.parametrize("command", ["sample", "check", "schema", "help"])
def test_a_full_disk_gets_a_sentence(command: str, files: dict[str, Path]) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no full device here")
    with Path("/dev/full").open("wb") as full:
        process = [sys.executable, "-m", "falseflag", *map(str, asked(command, files)[:4])]
        ended = subprocess.run(process, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[-1] == "the output cannot be written: No space left on device"
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("command", ["sample", "check", "schema", "help"])
def test_nobody_reading_on_is_no_error(command: str, files: dict[str, Path]) -> None:
    """As with ``| head -1``: the exit code is that of other programs, 128 and the number of SIGPIPE."""
    process = subprocess.Popen(
        [sys.executable, "-m", "falseflag", *map(str, asked(command, files)[:4])],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 141
    assert b"Traceback" not in errors
    assert b"Broken" not in errors


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["sample", "x.yaml", "--out", "run"], "interrupted; nothing was changed"),
        (["sweep", "x.yaml"], "interrupted; nothing was changed"),
        (
            ["sweep", "x.yaml", "--out=run"],
            "interrupted; finished results are kept, and the same command continues from there",
        ),
        (["serve", "x.yaml"], ""),
    ],
)
def test_an_interrupt_says_what_it_leaves(
    arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "_run", interrupted)
    usual = signal.getsignal(signal.SIGINT)
    with pytest.raises(SystemExit) as end:
        cli.main(arguments)
    signal.signal(signal.SIGINT, usual)
    assert (end.value.code, capsys.readouterr().err.strip()) == (130, said)
