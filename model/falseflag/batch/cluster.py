"""A batch on Dask: workers of this machine, or those of a scheduler that runs already."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any

import dask
import distributed

from falseflag.batch.store import Result
from falseflag.errors import BatchError, RequestError

LOCAL = "local"

PATIENCE = 10.0
"""Seconds in which a scheduler has to answer, and then to have a worker."""

FAILURES = 3
"""Workers that an item may take down with it before the batch is given up."""

AHEAD = 2
"""Tasks handed out for each thread of the workers: one that runs, and the next."""

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS", "RAYON_NUM_THREADS")

# the last is what os.cpu_count() says from Python 3.13 on: the chains of a sampler run one after the other
ONE_THREAD = dict.fromkeys((*THREADS, "PYTHON_CPU_COUNT"), "1")
"""Environment of local workers: there is one for each core, and each keeps to it."""

LOCAL_SETTINGS = {
    "distributed.nanny.pre-spawn-environ": ONE_THREAD,
    "distributed.scheduler.allowed-failures": FAILURES,
}


def on_cluster[Item](
    work: Callable[[Item], Result], items: Mapping[str, Item], address: str
) -> Generator[tuple[str, Result]]:
    """Yield keys and results in the order in which workers finish them; see `falseflag.batch.run_batch`."""
    with _quiet(), _client(address) as client:
        waiting = iter(items.items())
        threads = sum(client.nthreads().values())
        pending = distributed.as_completed()

        def hand_out(number: int) -> None:
            for _, (key, item) in zip(range(number), waiting, strict=False):
                pending.add(client.submit(work, item, key=("falseflag", key, os.urandom(8).hex()), pure=False))

        hand_out(AHEAD * max(threads, 1))
        for future in pending:
            yield future.key[1], _result_of(future, future.key[1])
            future.release()
            hand_out(1)


def _result_of(future: Any, key: str) -> Result:  # noqa: ANN401  (Dask is untyped)
    try:
        return future.result()  # type: ignore[no-any-return]
    except distributed.KilledWorker:
        raise BatchError(
            f"item {key!r} of the batch took every worker down that it was given to (out of memory?); "
            "what was finished is kept"
        ) from None
    except Exception as error:
        if future.status == "error":
            error.add_note(f"This was item {key!r} of the batch.")
            raise
        raise BatchError("the scheduler was lost; what was finished is kept, and the batch can go on from it") from None


@contextlib.contextmanager
def _client(address: str) -> Iterator[Any]:
    """Connect to a scheduler, or start one with its workers, and end in an orderly way what was started."""
    with contextlib.ExitStack() as stack:
        if address == LOCAL:
            stack.enter_context(dask.config.set(LOCAL_SETTINGS))
            yield stack.enter_context(distributed.Client(stack.enter_context(_local_cluster())))
            return
        _check_scheduler(address)
        client = stack.enter_context(distributed.Client(address))
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError:
            raise RequestError(f"{address}: has no workers; `dask worker {address}` starts some") from None
        yield client


def _check_scheduler(address: str) -> None:
    """Shake hands first: a client that finds nobody hangs for a minute as the program ends."""

    async def shake_hands() -> None:
        await (await distributed.comm.connect(address, timeout=PATIENCE)).close()

    try:
        asyncio.run(shake_hands())
    except (OSError, ValueError) as error:
        raise RequestError(
            f"{address}: no Dask scheduler answers there ({error}); `dask scheduler` starts one and tells its address, "
            f"such as tcp://127.0.0.1:8786; {LOCAL!r} does without"
        ) from None


def _local_cluster() -> Any:  # noqa: ANN401
    return distributed.LocalCluster(
        n_workers=os.cpu_count() or 1,
        threads_per_worker=1,
        processes=True,
        dashboard_address="127.0.0.1:0",  # any port: with none it would be 8787, and a warning where that is taken
        silence_logs=logging.CRITICAL,
        memory_limit=0,  # the system's own limit holds; Dask would stop work at half of it
        preload=["falseflag.batch.worker"],
    )


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep Dask from talking of workers that come and go: what matters is raised."""
    names = [name for name in logging.root.manager.loggerDict if name.partition(".")[0] in {"distributed", "tornado"}]
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
