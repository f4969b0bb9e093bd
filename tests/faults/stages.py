"""SIGINT and SIGTERM at every stage of a run: exit 130, the earlier run whole, nothing left behind."""

from __future__ import annotations

import importlib
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from faults.rig import Rig, command, fork, wait, warm_up

STAGES = (
    ("falseflag.case.loader", "read_chain"),
    ("falseflag.case.loader", "_case"),
    ("falseflag.sampling", "problem_of"),
    ("falseflag.sampling", "check_number"),
    ("falseflag.inference.exact.posterior", "normalise"),
    ("falseflag.sampling", "draw_posterior"),
    ("falseflag.sampling", "check_independent"),
    ("falseflag.terminal.answer", "show"),
    ("falseflag.run_folder.write", "write_draws"),
    ("falseflag.run_folder.write", "hypotheses_frame"),
    ("falseflag.run_folder.write", "gather"),
    ("falseflag.run_folder.write", "_write_plots"),
    ("falseflag.run_folder.write", "render_report"),
    ("falseflag.run_folder.write", "_write_case"),
    ("falseflag.run_folder.write", "digests"),
    ("falseflag.run_folder.replace", "write_sums"),
    ("falseflag.run_folder.replace", "_sync"),
    ("falseflag.run_folder.replace", "_put_in_place"),
    ("falseflag.run_folder.replace", "refuse_strange"),
    ("falseflag.run_folder.replace", "_exchange"),
)
PLACING = {"_put_in_place", "_exchange"}
"""When these are left, the later run is in its place."""
"""Where a signal is sent: as each of these is entered, and as it is left."""

SIGNALS = (signal.SIGINT, signal.SIGTERM)


def interrupt_runs(home: Path, stages: tuple[tuple[str, str], ...] = STAGES) -> list[str]:
    """Interrupt a run at each stage by each signal; return a sentence for whatever went wrong."""
    rig = Rig.at(home)
    warm_up(rig)
    wrong = []
    for module, function in stages:
        for number in SIGNALS:
            for entered in (True, False):
                code = wait(fork(_interrupted(rig, module, function, number, entered=entered)))
                at = f"{number.name} as {function} is {'entered' if entered else 'left'}"
                wrong += [f"{at}: {what}" for what in _look(rig, code, placed=function in PLACING and not entered)]
    return wrong


def _look(rig: Rig, code: int, *, placed: bool) -> list[str]:
    wrong = []
    if code != 130:
        wrong.append(f"exit {code}")
    if rig.found() != ("two" if placed else "one"):
        wrong.append(f"the folder holds {rig.found()}")
    if left := list(rig.home.glob(".*.partial")):
        wrong.append(f"left {left}")
    if placed:
        assert wait(fork(command(rig.arguments(0)))) == 0
    return wrong


def _interrupted(rig: Rig, module: str, function: str, number: int, *, entered: bool) -> Callable[[], None]:
    run = command(rig.arguments(1))

    def work() -> None:
        place = importlib.import_module(module)
        original = getattr(place, function)

        def patched(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401
            if entered:
                os.kill(os.getpid(), number)
            result = original(*arguments, **named)
            if not entered:
                os.kill(os.getpid(), number)
            return result

        setattr(place, function, patched)
        run()

    return work
