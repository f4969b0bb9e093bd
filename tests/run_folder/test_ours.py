"""What is falseflag's in a place that is to be written to, and what is not."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from placing import made, texts

from falseflag.batch.store import Store
from falseflag.errors import RequestError
from falseflag.run_folder.replace import RUN, SUMS, SWEEP, check_output, read_sums, replacing


def test_the_list_is_that_of_sha256sum(tmp_path: Path) -> None:
    with replacing(tmp_path / "run", RUN) as stage:
        for name in ("plain", "a b", "a\\b", "a\nb\r", "\udcff", "é"):
            (stage / name).write_text(name.encode(errors="replace").decode())
    assert read_sums(tmp_path / "run")[1].keys() == {"plain", "a b", "a\\b", "a\nb\r", "\udcff", "é"}
    check_output(tmp_path / "run", RUN)
    if tool := shutil.which("sha256sum"):
        assert subprocess.run([tool, "--check", "--strict", SUMS], cwd=tmp_path / "run", check=False).returncode == 0


def note(out: Path) -> Path:
    (out / "notes.txt").write_text("mine")
    return out / "notes.txt"


def picture(out: Path) -> Path:
    (out / "plots" / "holiday.png").write_text("mine")
    return out / "plots" / "holiday.png"


def edit(out: Path) -> Path:
    (out / "case" / "inside").write_text("mine")
    return out / "case" / "inside"


def deep_folder(out: Path) -> Path:
    (out / "plots" / "empty").mkdir()
    return out / "plots" / "empty"


def folder_for_file(out: Path) -> Path:
    (out / "report.html").unlink()
    (out / "report.html").mkdir()
    return note(out / "report.html")


def link(out: Path) -> Path:
    (out / "report.html").rename(out.parent / "elsewhere")
    (out / "report.html").symlink_to(out.parent / "elsewhere")
    return out / "report.html"


def folder_link(out: Path) -> Path:
    (out / "plots").rename(out.parent / "elsewhere")
    (out / "plots").symlink_to(out.parent / "elsewhere")
    return out / "plots"


def pipe(out: Path) -> Path:
    (out / "report.html").unlink()
    os.mkfifo(out / "report.html")
    return out / "report.html"


def store(out: Path) -> Path:
    with Store(out / SWEEP.store, {}):
        pass
    return out / SWEEP.store


def edited_list(out: Path) -> Path:
    (out / SUMS).write_bytes((out / SUMS).read_bytes() + b"# mine\n")
    return out / SUMS


def linked_list(out: Path) -> Path:
    (out / SUMS).rename(out.parent / "elsewhere")
    (out / SUMS).symlink_to(out.parent / "elsewhere")
    return out / SUMS


def no_list(out: Path) -> Path:
    (out / SUMS).unlink()
    return out / "case" / "inside"


STRANGE = [note, picture, edit, deep_folder, folder_for_file, link, folder_link, pipe, store, edited_list, linked_list]
STRANGE += [no_list]


@pytest.mark.parametrize("spoil", STRANGE)
def test_what_is_not_ours_or_was_edited_is_refused_by_name(tmp_path: Path, spoil: Callable[[Path], Path]) -> None:
    strange = spoil(made(tmp_path / "run"))
    with pytest.raises(RequestError, match=f"^{strange}: .*; move it away or choose another --out"):
        check_output(tmp_path / "run", RUN)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(RequestError):
        made(tmp_path / "run", "two")
    assert sorted(tmp_path.rglob("*")) == before
    assert "two" not in (texts(tmp_path) if spoil is not pipe else set())


def test_another_commands_output_is_refused(tmp_path: Path) -> None:
    out = made(tmp_path / "run")
    with pytest.raises(RequestError, match="holds what `falseflag sample` wrote; choose another --out"):
        check_output(out, SWEEP)


def test_what_cannot_be_replaced_is_refused_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "nowhere").symlink_to("nothing")
    (tmp_path / "real" / "below").mkdir(parents=True)
    (tmp_path / "link").symlink_to("real")
    for name, message in {
        "file": "is a file",
        "file/below": "is a file",
        "nowhere": "is a link",
        "link": "is a link",
        "x" * 250: "cannot be written",
    }.items():
        with pytest.raises(RequestError, match=message):
            check_output(tmp_path / name, RUN)
    for place in ("real", "real/below"):
        monkeypatch.chdir(tmp_path / place)
        for out in (Path(), tmp_path / "real"):
            with pytest.raises(RequestError, match="is the current folder, or one above it"):
                check_output(out, RUN)
    check_output(Path("there") / "run", RUN)
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    with pytest.raises(RequestError, match="is read-only for you"):
        check_output(tmp_path / "run", RUN)


def test_a_mount_point_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "a folder"
    out.mkdir()
    listed = f"1 1 0:1 / {str(out).replace(' ', chr(92) + '040')} rw - tmpfs tmpfs rw\n".encode()
    read_bytes = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda self: listed if self.name == "mountinfo" else read_bytes(self))
    with pytest.raises(RequestError, match="is a mount point"):
        check_output(out, RUN)
    check_output(tmp_path / "another", RUN)

    def unknown(_self: Path) -> bytes:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_bytes", unknown)
    (tmp_path / "plain").mkdir()
    check_output(tmp_path / "plain", RUN)
    monkeypatch.setattr(os.path, "ismount", lambda _path: True)
    with pytest.raises(RequestError, match="is a mount point"):
        check_output(out, RUN)
