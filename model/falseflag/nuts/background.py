"""Have nutpie sample while this thread waits, so that an interrupt stops the sampler and goes on up.

While nutpie waits itself, it takes an interrupt for the end of sampling and returns what there is, without a word.
"""

from __future__ import annotations

import time
from typing import Any

import nutpie

from falseflag.errors import SamplerError
from falseflag.settings import Settings

POLL = 0.05
"""Seconds between two looks at the sampler."""


def sample_in_background(compiled: Any, settings: Settings, **options: Any) -> Any:  # noqa: ANN401  (nutpie is untyped)
    """Sample a compiled model.

    Parameters
    ----------
    compiled : nutpie model
    settings : Settings
    **options
        What else `nutpie.sample` is to be told.

    Returns
    -------
    xarray.DataTree
        As nutpie gives it.

    Raises
    ------
    SamplerError
        If a chain could not be started or was broken off.
    KeyboardInterrupt
        After the sampler has been stopped.
    """
    try:
        sampler = nutpie.sample(
            compiled,
            draws=settings.draws,
            tune=settings.tune,
            chains=settings.chains,
            seed=settings.seed,
            save_warmup=False,
            progress_bar=False,
            blocking=False,
            **options,
        )
        try:
            while not _is_finished(sampler):
                time.sleep(POLL)
        except BaseException:
            sampler.cancel()
            raise
        return sampler.wait()
    except (RuntimeError, ValueError) as error:
        raise SamplerError(f"the sampler could not finish: {_first_line(error)}") from error


def _is_finished(sampler: Any) -> bool:  # noqa: ANN401
    """Ask the sampler, which answers with a time-out while it is busy."""
    try:
        return bool(sampler.is_finished)
    except TimeoutError:
        return False


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
