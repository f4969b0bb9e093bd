"""Work that is cheap to do, for batches; it stands in a module of its own so that workers can import it."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from falseflag.errors import CaseError, Diagnostic, RequestError


def square(number: int) -> dict[str, float]:
    return {"square": number**2}


def fail_at_three(number: int) -> dict[str, float]:
    if number == 3:
        raise ZeroDivisionError("three")
    return square(number)


def refuse(_number: int) -> dict[str, float]:
    raise RequestError("no such thing")


def find_mistakes(_number: int) -> dict[str, float]:
    raise CaseError(
        [Diagnostic("case.yaml", 3, 1, "title", "is missing"), Diagnostic("case.yaml", 4, 1, "", "is odd")], 2
    )


def not_finite(_number: int) -> dict[str, float]:
    return {"value": float("nan")}


def recorded(item: tuple[str, int]) -> dict[str, float]:
    """Leave a trace of having begun; from the number in a file `hold` on, wait until that is gone."""
    folder, number = item
    (Path(folder) / f"{number}-{os.getpid()}-{time.monotonic_ns()}").touch()
    while _is_held(Path(folder) / "hold", number):
        time.sleep(0.02)
    return square(number)


def _is_held(hold: Path, number: int) -> bool:
    try:
        return number >= int(hold.read_text())
    except FileNotFoundError:
        return False


def kill_its_worker_once(item: tuple[str, int]) -> dict[str, float]:
    """Have the process that does item 3 killed the first time."""
    folder, number = item
    mark = Path(folder) / "killed"
    if number == 3 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return square(number) | {"process": os.getpid()}


def kill_its_worker(_number: int) -> dict[str, float]:
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def environment(_number: int) -> dict[str, object]:
    return {"threads": os.environ.get("OMP_NUM_THREADS"), "cores": os.cpu_count()}
