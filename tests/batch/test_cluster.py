"""Batches on Dask: each item once, whatever happens to the workers."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import batch_work
import distributed
import pytest
from breaking_off import finish, interrupt, rows
from commands import GUARD

from falseflag.batch import run_batch
from falseflag.errors import BatchError, CaseError, RequestError

ITEMS = {f"item {n}": n for n in range(6)}
DASK = [sys.executable, "-m", "dask"]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}


@pytest.mark.slow
def test_local_workers_are_one_a_core_and_their_errors_come_back() -> None:
    found = run_batch(batch_work.environment, ITEMS, dask="local")
    assert all(result["threads"] == "1" for result in found.values())
    with pytest.raises(ZeroDivisionError) as caught:
        run_batch(batch_work.fail_at_three, ITEMS, dask="local")
    assert caught.value.__notes__ == ["This was item 'item 3' of the batch."]
    with pytest.raises(CaseError, match="and 2 more"):
        run_batch(batch_work.find_mistakes, ITEMS, dask="local")


@pytest.mark.slow
def test_a_killed_workers_tasks_are_done_again(tmp_path: Path) -> None:
    items = {f"item {n}": (str(tmp_path), n) for n in range(40)}
    results = run_batch(batch_work.kill_its_worker_once, items, dask="local", store=tmp_path / "store")
    assert (tmp_path / "killed").exists()
    assert [result["square"] for result in results.values()] == [n**2 for n in range(40)]
    assert sorted(str(row["key"]) for row in rows(tmp_path / "store")) == sorted(items)


@pytest.mark.slow
def test_an_item_that_kills_every_worker_is_named(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(BatchError, match="item 'item 0' of the batch took every worker down"):
        run_batch(batch_work.kill_its_worker, {"item 0": 0}, dask="local")
    assert capfd.readouterr().err == ""


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_batch_on_workers_that_was_broken_off_goes_on(tmp_path: Path, how: signal.Signals) -> None:
    said = interrupt(tmp_path, 200, "local", how)
    assert "distributed" not in said.partition("Traceback")[0]
    ended = finish(tmp_path, 200, "local")
    assert (ended.stdout, ended.stderr) == ("200\n", "")
    assert sorted(str(row["key"]) for row in rows(tmp_path / "store")) == sorted(f"item {n}" for n in range(200))


def answers(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def scheduler() -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [*DASK, "scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
    while not answers(port) and process.poll() is None:
        time.sleep(0.1)
    yield process, f"tcp://127.0.0.1:{port}"
    process.kill()
    process.wait()


@pytest.mark.slow
def test_an_existing_scheduler_is_used_and_its_loss_is_told(
    tmp_path: Path, scheduler: tuple[subprocess.Popen[bytes], str], capfd: pytest.CaptureFixture[str]
) -> None:
    process, address = scheduler
    with pytest.raises(RequestError, match="has no workers; `dask worker"):
        run_batch(batch_work.square, ITEMS, dask=address)
    worker = subprocess.Popen(
        [*DASK, "worker", address, "--nthreads", "1", "--no-dashboard"], stderr=subprocess.DEVNULL, env=ENVIRONMENT
    )
    with distributed.Client(address, set_as_default=False) as client:
        client.wait_for_workers(1, timeout=GUARD)
    items = {f"item {n}": (str(tmp_path), n) for n in range(60)}
    (tmp_path / "hold").write_text("20")

    def lose_it(done: int, _total: int) -> None:
        if done == 20:
            process.kill()

    try:
        assert run_batch(batch_work.square, ITEMS, dask=address)["item 5"] == {"square": 25}
        with pytest.raises(BatchError, match="the scheduler was lost; what was finished is kept"):
            run_batch(batch_work.recorded, items, dask=address, store=tmp_path / "store", progress=lose_it)
    finally:
        worker.kill()
        worker.wait()
        (tmp_path / "hold").unlink()
    assert len(rows(tmp_path / "store")) == 20
    assert capfd.readouterr().err == ""
    assert len(run_batch(batch_work.recorded, items, store=tmp_path / "store")) == 60


@pytest.mark.slow
@pytest.mark.parametrize("address", ["nonsense", "tcp://127.0.0.1:1", "http://127.0.0.1:80"])
def test_an_address_where_there_is_no_scheduler_is_refused(address: str) -> None:
    with pytest.raises(RequestError, match="no Dask scheduler answers there"):
        run_batch(batch_work.square, ITEMS, dask=address)
