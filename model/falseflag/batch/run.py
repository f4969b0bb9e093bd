"""Run a batch: what is not in the store yet is worked on, and each result is written as soon as it is there."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Mapping
from pathlib import Path

from falseflag.batch.store import Result, Store

type Progress = Callable[[int, int], None]


def run_batch[Item](  # noqa: PLR0913
    work: Callable[[Item], Result],
    items: Mapping[str, Item],
    *,
    store: Path | None = None,
    identity: Mapping[str, object] | None = None,
    dask: str | None = None,
    progress: Progress | None = None,
) -> dict[str, Result]:
    """Work on every item once, going on where an earlier run of the same batch stopped.

    Parameters
    ----------
    work : callable
        From an item to a result that JSON can hold (finite numbers, lists, strings, and mappings of them). For Dask it
        stands at the top of a module, and whatever it compiles it keeps in its own process.
    items : mapping from str to object
        By a key of their own; for Dask they can be pickled, and are small.
    store : path, optional
        A file of JSON lines that holds what is finished, each result once. It may be broken off at any time, and the
        batch goes on from there the next time. Without it, results are kept in memory alone.
    identity : mapping, optional
        What makes the batch this one: the command, the SHA-256 of its case, its settings, the versions. It stands in
        the store's first line.
    dask : str, optional
        ``local`` for workers of this machine, one a core, or the address of a scheduler such as ``tcp://host:8786``;
        by default the work is done in this process, one item after the other.
    progress : callable, optional
        Called with how many items are finished and how many there are; the first time before anything is done.

    Returns
    -------
    dict
        The results by key, in the order of `items`, as JSON gives them back.

    Raises
    ------
    RequestError
        If the store is of another batch, is in use or damaged, or Dask cannot be had.
    BatchError
        If workers died over an item again and again, or the scheduler was lost.
    Exception
        Whatever `work` raises, with the item's key as a note; what was finished before is in the store.
    """
    update = progress or (lambda _done, _total: None)
    with Store(store, identity or {}) as kept:
        left = {key: item for key, item in items.items() if key not in kept.results}
        update(len(items) - len(left), len(items))
        if left:
            with contextlib.closing(_results(work, left, dask)) as results:
                for done, (key, result) in enumerate(results, start=len(items) - len(left) + 1):
                    kept.add(key, result)
                    update(done, len(items))
        return {key: kept.results[key] for key in items}


def _results[Item](
    work: Callable[[Item], Result], items: Mapping[str, Item], dask: str | None
) -> Generator[tuple[str, Result]]:
    """Yield keys and results as they are finished."""
    if dask is None:
        yield from _here(work, items)
    else:
        from falseflag.batch.cluster import on_cluster  # noqa: PLC0415  (Dask takes a second to import)

        yield from on_cluster(work, items, dask)


def _here[Item](work: Callable[[Item], Result], items: Mapping[str, Item]) -> Generator[tuple[str, Result]]:
    for key, item in items.items():
        try:
            result = work(item)
        except Exception as error:
            error.add_note(f"This was item {key!r} of the batch.")
            raise
        yield key, result
