"""Where falseflag and its libraries keep what can be made again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from falseflag import caches

VARIABLES = ("HOME", "XDG_CACHE_HOME", "NUMBA_CACHE_DIR", "MPLCONFIGDIR", "PYTENSOR_FLAGS", "PYTENSORRC")
PROGRAM = f"""
import os, sys
import falseflag
before = dict(os.environ)
from falseflag.caches import prepare_libraries
assert dict(os.environ) == before
prepare_libraries()
print(*(os.environ.get(name, "") for name in {VARIABLES}), sep="\\n")
"""


def prepared(program: str = PROGRAM, **variables: str) -> dict[str, str]:
    """The variables as a fresh process sets them."""
    kept = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    done = subprocess.run(
        [sys.executable, "-c", program], env=kept | variables, capture_output=True, text=True, check=True
    )
    return dict(zip(VARIABLES, done.stdout.split("\n"), strict=False))


def test_every_library_keeps_its_files_below_one_folder(tmp_path: Path) -> None:
    found = prepared(HOME=str(tmp_path))
    folder = tmp_path / ".cache" / "falseflag"
    assert found["NUMBA_CACHE_DIR"] == str(folder / "numba")
    assert found["MPLCONFIGDIR"] == str(folder / "matplotlib")
    assert found["PYTENSOR_FLAGS"] == f"base_compiledir={folder / 'pytensor'}"


def test_what_the_user_set_stays_as_it_is(tmp_path: Path) -> None:
    given = {
        "HOME": str(tmp_path),
        "NUMBA_CACHE_DIR": "mine",
        "MPLCONFIGDIR": "mine",
        "PYTENSOR_FLAGS": "compiledir=mine",
    }
    assert prepared(**given) | given == prepared(**given)
    (tmp_path / ".pytensorrc").write_text("[global]\nbase_compiledir=/mine\n")
    (tmp_path / ".config" / "matplotlib").mkdir(parents=True)
    (tmp_path / ".config" / "matplotlib" / "matplotlibrc").write_text("figure.dpi: 50\n")
    found = prepared(HOME=str(tmp_path))
    assert (found["PYTENSOR_FLAGS"], found["MPLCONFIGDIR"]) == ("", "")
    (tmp_path / ".pytensorrc").unlink()
    found = prepared(HOME=str(tmp_path), PYTENSOR_FLAGS="floatX=float64")
    assert found["PYTENSOR_FLAGS"].startswith("floatX=float64,base_compiledir=")


def test_a_relative_cache_home_is_ignored(tmp_path: Path) -> None:
    found = prepared(HOME=str(tmp_path), XDG_CACHE_HOME="cache")
    assert found["NUMBA_CACHE_DIR"] == str(tmp_path / ".cache" / "falseflag" / "numba")


@pytest.mark.parametrize("home", ["/dev/null/none", "a,b"])
def test_where_the_folder_cannot_be_used_a_temporary_one_is(tmp_path: Path, home: str) -> None:
    found = prepared(XDG_CACHE_HOME=str(tmp_path / home), TMPDIR=str(tmp_path))
    assert found["PYTENSOR_FLAGS"].startswith(f"base_compiledir={tmp_path / 'falseflag_'}")
    assert list(tmp_path.glob("falseflag_*")) == []  # it went with the process


def test_a_user_without_a_home_gets_a_temporary_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> Path:
        raise RuntimeError("Could not determine home directory.")

    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", nobody)
    monkeypatch.setattr(caches, "_temporary", lambda: tmp_path)
    monkeypatch.setenv("HOME", "")
    caches.prepare_libraries()
    assert os.environ["HOME"] == str(tmp_path)
