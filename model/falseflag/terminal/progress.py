"""How far a batch is, and how much time it will take yet."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

COLUMNS = (
    TextColumn("{task.description}"),
    BarColumn(),
    MofNCompleteColumn(),
    TimeElapsedColumn(),
    TextColumn("left"),
    TimeRemainingColumn(),
)


@contextlib.contextmanager
def batch_progress(description: str, *, quiet: bool = False) -> Iterator[Callable[[int, int], None]]:
    """Show a bar with the time left on standard error, if that is a terminal and `quiet` is not asked for.

    Yields
    ------
    callable
        To be given to `falseflag.batch.run_batch`: it is called with how many items are finished, and with how many
        there are. Those that an earlier run finished do not count towards the speed.
    """
    console = Console(stderr=True)
    with Progress(*COLUMNS, console=console, transient=True, disable=quiet or not console.is_terminal) as bars:
        task = bars.add_task(description, total=None)
        started = False

        def tell(done: int, total: int) -> None:
            nonlocal started
            if started:
                bars.update(task, completed=done)
            else:
                bars.reset(task, total=total, completed=done)
                started = True

        yield tell
