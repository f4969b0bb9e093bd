"""Batches in a process of their own that are broken off, and what is left of them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from commands import GUARD

SCRIPT = Path(__file__).with_name("interrupted.py")


def rows(store: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in store.read_text(encoding="utf-8").splitlines()[1:]]


def interrupt(folder: Path, number: int, dask: str, how: signal.Signals) -> str:
    """Start a batch, break it off when a third of it is done and no more than half can be; return its errors."""
    (folder / "hold").write_text(str(number // 2))
    command = [sys.executable, str(SCRIPT), str(folder), str(number), dask]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)
    store = folder / "store"
    while process.poll() is None and (not store.exists() or store.read_bytes().count(b"\n") < number // 3):
        time.sleep(0.01)
    if how == signal.SIGINT:
        os.killpg(process.pid, how)  # as a terminal does
    else:
        process.send_signal(how)
    said = process.communicate(timeout=GUARD)[1]
    (folder / "hold").unlink()
    assert process.returncode == -how
    return said.decode()


def finish(folder: Path, number: int, dask: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), str(folder), str(number), dask]
    return subprocess.run(command, capture_output=True, text=True, check=False)
