"""Runs that are made to fail: two small cases, processes that answer and write them, and a look at the folder.

A process that imports everything takes seconds to start, so one is started and forked
for every run.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from falseflag.errors import RequestError
from falseflag.run_folder.replace import SUMS
from falseflag.run_folder.stored import MARK, damaged_files, read_run

CASE = """\
title: {title}
prior_strength: 5
hypotheses: {{a: {{prior: 2}}, b: {{prior: 1}}}}
indicators:
  i: {{observed: present, likelihood: {{a: likely, others: unlikely}}}}
  j: {{observed: {report}, likelihood: {{a: [0.2, 0.6], others: 0.3}}}}
"""


@dataclass(frozen=True)
class Rig:
    """Two cases with different answers, and the folder for both."""

    home: Path

    @classmethod
    def at(cls, home: Path) -> Rig:
        home.mkdir(parents=True, exist_ok=True)
        for title, report in (("one", "present"), ("two", "absent")):
            (home / f"{title}.yaml").write_text(CASE.format(title=title, report=report))
        return cls(home)

    @property
    def out(self) -> Path:
        return self.home / "run"

    def case(self, number: int) -> Path:
        return self.home / f"{('one', 'two')[number % 2]}.yaml"

    def arguments(self, number: int) -> list[str]:
        """One run, as on the command line."""
        return ["sample", str(self.case(number)), "--engine", "exact", "--draws", "100", "--out", str(self.out)]

    def found(self) -> str:
        """Say what is in the folder: ``nothing``, one whole run (its title), or how it is torn."""
        if not self.out.exists() or not list(self.out.iterdir()):
            return "nothing"
        try:
            run = read_run(self.out)
        except RequestError as error:
            return f"torn: {error}"
        if damaged := damaged_files(self.out, run):
            return f"torn: {damaged}"
        there = {p.relative_to(self.out).as_posix() for p in self.out.rglob("*") if p.is_file()}
        if there != {MARK, SUMS, *run.written}:
            return f"torn: {there ^ {MARK, SUMS, *run.written}}"
        return str(json.loads((self.out / MARK).read_text())["case"]["title"])


def warm_up(rig: Rig) -> None:
    """Run both cases once in this process: what is imported and cached then need not be in each forked one."""
    from falseflag import sampling  # noqa: PLC0415
    from falseflag.case.loader import load  # noqa: PLC0415
    from falseflag.run_folder.write import write_run  # noqa: PLC0415
    from falseflag.settings import Settings  # noqa: PLC0415
    from falseflag.terminal import answer  # noqa: F401, PLC0415

    for number in (1, 0):
        write_run(sampling.sample(load(rig.case(number)), "exact", Settings(draws=100)), rig.out)


def fork(work: Callable[[], None]) -> int:
    """Do `work` in a child process, quietly; return its number. The child's exit code is that of the work."""
    sys.stdout.flush()
    sys.stderr.flush()
    number = os.fork()
    if number == 0:
        _child(work)
    return number


def _child(work: Callable[[], None]) -> NoReturn:
    code = 3
    try:
        with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
            with contextlib.redirect_stderr(nowhere):
                work()
        code = 0
    except SystemExit as stop:
        code = int(stop.code or 0)
    except BaseException:  # noqa: BLE001  (the child must end here, whatever happened)
        traceback.print_exc()
    finally:
        os._exit(code)


def command(arguments: list[str]) -> Callable[[], None]:
    """Return the work of running a command."""

    def work() -> None:
        from falseflag.cli import main  # noqa: PLC0415

        main(arguments)

    return work


def wait(number: int) -> int:
    """Wait for a child; return its exit code, or minus the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])
