"""Disks that are full, read-only or gone, and two runs into one folder at once.

The full and the read-only disk are real ones: file systems in memory, mounted for this program alone. So it is run in a
mount namespace of its own:

    unshare --mount python -m faults.disk HOME
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from faults.rig import Rig, command, fork, wait, warm_up

type Spoil = Callable[[Rig], None]


def mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


def when(module: str, function: str, spoil: Spoil, rig: Rig) -> Callable[[], None]:
    """Return the work of a run in which the disk is spoilt just before a function is called."""
    import importlib  # noqa: PLC0415

    def work() -> None:
        place = importlib.import_module(module)
        original = getattr(place, function)

        def patched(*arguments: object, **named: object) -> object:
            spoil(rig)
            return original(*arguments, **named)

        setattr(place, function, patched)
        command(rig.arguments(1))()

    return work


def fill(rig: Rig) -> None:
    """Leave next to nothing free."""
    free = shutil.disk_usage(rig.home).free
    (rig.home / "ballast").write_bytes(bytes(max(free - 40_000, 0)))


def make_read_only(rig: Rig) -> None:
    mount("-o", "remount,ro", str(rig.home))


def remove_home(rig: Rig) -> None:
    """The file systems are gone from under the run; their names lead to an empty folder."""
    subprocess.run(["umount", "--lazy", str(rig.home)], check=True)


def remove_out(rig: Rig) -> None:
    shutil.rmtree(rig.out)


STAGES = (
    ("falseflag.case.loader", "_case"),
    ("falseflag.run_folder.write", "write_draws"),
    ("falseflag.run_folder.write", "_write_plots"),
    ("falseflag.run_folder.write", "render_report"),
    ("falseflag.run_folder.replace", "_put_in_place"),
)


def spoil_runs(home: Path) -> list[str]:
    """Spoil the disk at each stage; return a sentence for whatever went wrong."""
    warm_up(Rig.at(home / "warm"))
    wrong = []
    for spoil in (fill, make_read_only, remove_home, remove_out):
        for module, function in STAGES:
            rig = _on_fresh_disk(home / "disk")
            code = wait(fork(when(module, function, spoil, rig)))
            wrong += [f"{spoil.__name__} at {function}: {what}" for what in _look(rig, code, spoil)]
            subprocess.run(["umount", "--lazy", str(rig.home)], check=False, stderr=subprocess.DEVNULL)
    return wrong + two_at_once(home / "both")


def _on_fresh_disk(folder: Path) -> Rig:
    folder.mkdir(parents=True, exist_ok=True)
    mount("-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder))
    rig = Rig.at(folder)
    assert wait(fork(command(rig.arguments(0)))) == 0
    return rig


def _look(rig: Rig, code: int, spoil: Spoil) -> list[str]:
    if spoil is remove_out:  # the run makes it anew
        return [] if (code, rig.found()) == (0, "two") else [f"exit {code}, the folder holds {rig.found()}"]
    if spoil is remove_home:  # there is no earlier run left to keep
        return [] if code in {0, 2} and rig.found() in {"nothing", "two"} else [f"exit {code}, {rig.found()}"]
    if spoil is fill and code == 0:  # the last stage needs no more room
        return [] if rig.found() == "two" else [f"the folder holds {rig.found()}"]
    return [] if (code, rig.found()) == (2, "one") else [f"exit {code}, the folder holds {rig.found()}"]


def two_at_once(home: Path, rounds: int = 5) -> list[str]:
    """Run both cases into one folder at the same time; each time one of them must stand there whole."""
    rig = Rig.at(home)
    wrong = []
    for _ in range(rounds):
        codes = [wait(child) for child in [fork(command(rig.arguments(k))) for k in (0, 1)]]
        left = list(rig.home.glob(".*.partial"))
        if codes != [0, 0] or rig.found() not in {"one", "two"} or left:
            wrong.append(f"two at once: exits {codes}, the folder holds {rig.found()}, left {left}")
    return wrong


if __name__ == "__main__":
    found = spoil_runs(Path(sys.argv[1]))
    print("\n".join(found))  # noqa: T201
    sys.exit(bool(found))
