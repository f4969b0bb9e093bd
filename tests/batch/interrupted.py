"""A batch in a process of its own, to be interrupted: folder, number of items, where to run."""

from __future__ import annotations

import sys
from pathlib import Path

import batch_work

from falseflag.batch import run_batch


def main() -> None:
    folder, number, dask = sys.argv[1:]
    items = {f"item {i}": (folder, i) for i in range(int(number))}
    results = run_batch(
        batch_work.recorded, items, store=Path(folder) / "store", identity={"number": int(number)}, dask=dask or None
    )
    sys.stdout.write(f"{len(results)}\n")


if __name__ == "__main__":
    main()
