"""Many pieces of work of one kind, in this process or on Dask's workers, their results kept on disk as they come."""

from falseflag.batch.run import run_batch

__all__ = ["run_batch"]
