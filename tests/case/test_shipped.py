"""A case that comes with falseflag is known by its name; a file of the user's goes before it."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import run

import falseflag
from falseflag.case import load
from falseflag.case.chain import located, shipped
from falseflag.errors import CaseError

OWN = "title: Mine\nhypotheses: {a: {}, b: {}}\nindicators: {}\n"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def mistake(path: str) -> str:
    with pytest.raises(CaseError) as caught:
        load(path)
    return str(caught.value)


@pytest.mark.parametrize("name", ["kremlin", "kremlin_record", "open", "skeptic"])
def test_a_name_is_the_case_of_the_package_with_all_that_it_rests_on(name: str) -> None:
    named, of_file = falseflag.load(name), falseflag.load(shipped()[name])
    assert named.path == name
    assert [file.sha256 for file in named.files] == [file.sha256 for file in of_file.files]
    assert (named.learning is None) == (name != "kremlin_record")


def test_a_file_of_that_name_wins_and_a_folder_does_not() -> None:
    Path("kremlin").mkdir()
    assert load("kremlin").title.startswith("Drones")
    Path("skeptic").write_text(OWN)
    assert load("skeptic").title == "Mine"
    Path("open").symlink_to("nowhere")
    assert located("open") == "open"  # a broken link is the user's, and is reported as such
    assert "cannot be read" in mistake("open")


@pytest.mark.parametrize("typed", ["kremln", "kremlin.yml", "kremlin.yaml"])
def test_an_unknown_name_is_answered_with_those_there_are(typed: str) -> None:
    assert mistake(typed).startswith(
        f"{typed}:1: The file cannot be read: No such file or directory. Did you mean 'kremlin'? "
        "The cases that come with falseflag are kremlin, kremlin_record, open, skeptic"
    )


def test_a_path_into_a_folder_is_no_name() -> None:
    assert mistake("below/kremlin").endswith("No such file or directory")
    assert mistake("./kremlin").endswith("No such file or directory")


def test_commands_take_names_and_show_them_as_typed(tmp_path: Path) -> None:
    done = run("check", "kremlin", "kremlin_record", cwd=tmp_path)
    assert done.returncode == 0
    assert [line.split(": ")[0] for line in done.stdout.splitlines()] == ["kremlin", "kremlin_record"]
