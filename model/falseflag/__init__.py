"""Who did it? A Bayesian model of actor hypotheses for contested attacks.

>>> import falseflag
>>> case = falseflag.load("priors/kremlin.yaml")  # doctest: +SKIP
>>> answer = falseflag.sample(case)  # doctest: +SKIP
>>> answer.frame, answer.tree  # doctest: +SKIP
"""

from __future__ import annotations

import importlib
import os
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import xarray as xr

    from falseflag.answer import Answer
    from falseflag.case.model import Case
    from falseflag.settings import Engine

__all__ = ["load", "read_draws", "sample", "write"]


def load(path: str | os.PathLike[str]) -> Case:
    """Load and check a case file.

    Raises
    ------
    falseflag.errors.CaseError
        With every mistake in the file and in what it extends.
    """
    from falseflag.case.loader import load as load_case  # noqa: PLC0415

    return load_case(path)


def sample(case: Case, *, engine: Engine = "nuts", **settings: int) -> Answer:
    """Answer a case.

    Parameters
    ----------
    case : Case
    engine : {'nuts', 'exact'}
        ``nuts`` samples a PyMC model and holds it against the exact answer; ``exact`` does without PyMC.
    **settings : int
        ``draws``, ``tune``, ``chains``, ``seed``: see `falseflag.settings.Settings`.

    Returns
    -------
    Answer
        Shows itself in a notebook; ``.frame`` is a pandas table, ``.tree`` an ArviZ DataTree, ``.checks`` the verdicts.

    Raises
    ------
    falseflag.errors.SamplerError
        If the sampler could not finish.
    """
    from falseflag import sampling  # noqa: PLC0415
    from falseflag.settings import Settings  # noqa: PLC0415

    return sampling.sample(case, engine, Settings(**settings))


def write(answer: Answer, folder: str | os.PathLike[str]) -> None:
    """Write all files of a run, as ``falseflag sample --out`` does.

    Raises
    ------
    falseflag.errors.RequestError
        If something else than an earlier run is there, or it cannot be written; what was there is then as it was.
    """
    from pathlib import Path  # noqa: PLC0415

    from falseflag.run_folder.write import write_run  # noqa: PLC0415

    write_run(answer, Path(folder))


def read_draws(path: str | os.PathLike[str]) -> xr.DataTree:
    """Read the draws of a run, ``posterior.zarr.zip``.

    Raises
    ------
    falseflag.errors.RequestError
        If the file is missing or damaged.
    """
    from falseflag.run_folder import draws  # noqa: PLC0415

    return draws.read_draws(os.fspath(path))


def __getattr__(name: str) -> ModuleType:
    """Import `plots` and `tables` when they are first asked for: matplotlib and pandas take a second each."""
    if name in {"plots", "tables"}:
        return importlib.import_module(f"falseflag.{name}")
    raise AttributeError(f"module 'falseflag' has no attribute {name!r}")
