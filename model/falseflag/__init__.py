"""Who did it? A Bayesian model of actor hypotheses for contested attacks.

>>> import falseflag
>>> case = falseflag.load("kremlin")  # doctest: +SKIP
>>> answer = falseflag.sample(case)  # doctest: +SKIP
>>> falseflag.sweep(case, ["all"], random=1000)  # doctest: +SKIP
>>> answer.frame, answer.tree  # doctest: +SKIP
>>> falseflag.explain(case).frame, falseflag.robust(case).frame  # doctest: +SKIP
>>> falseflag.sample(case.replace({"hypotheses.ukraine.prior": 2}))  # doctest: +SKIP

Each function but `load` returns a `falseflag.results.Result`: an immutable record with ``.frame``, ``.to_dict()`` and
a view for notebooks. The commands are these functions with a console around them.
"""

from __future__ import annotations

import dataclasses
import importlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import xarray as xr

    from falseflag.batch.cases import Batch
    from falseflag.case.model import Case
    from falseflag.explain.compare import Comparison
    from falseflag.explain.explanation import Explanation, History, ValueOfInformation
    from falseflag.explain.robustness import Robustness
    from falseflag.inference.exact.posterior import ExactPosterior
    from falseflag.inference.result import Answer
    from falseflag.run_folder.verify import Verification
    from falseflag.settings import Engine
    from falseflag.sweep.record import Sweep
    from falseflag.validation.calibrate import Calibration

__all__ = [
    "batch",
    "calibrate",
    "check",
    "compare",
    "explain",
    "load",
    "next",
    "read_draws",
    "replay",
    "robust",
    "sample",
    "sweep",
    "verify",
    "write",
]

type CaseOrPath = Case | str | os.PathLike[str]
"""What `load` returned, or a file to load, or the name of a case that comes with falseflag."""

type Progress = Callable[[int, int], None]
"""Called with how many pieces of work are done, and how many there are."""


def load(path: str | os.PathLike[str]) -> Case:
    """Load and check a case file, or a case that comes with falseflag by its name.

    Raises
    ------
    falseflag.errors.CaseError
        With every error in the file and in what it extends.
    """
    from falseflag.case.loader import load as load_case  # noqa: PLC0415

    return load_case(path)


def check(path: str | os.PathLike[str]) -> Case:
    """Load a case, and make sure that it is not too large to be answered.

    Its warnings hold also where the record that it learns from contradicts a judgement.

    Raises
    ------
    falseflag.errors.CaseError
        With every error in the file and in what it extends.
    falseflag.errors.RequestError
        If it is too large; the message says what makes it so.
    """
    from falseflag.errors import Diagnostic  # noqa: PLC0415
    from falseflag.explain.sentences import opposed_sentence  # noqa: PLC0415
    from falseflag.inference.exact.factors import Factors  # noqa: PLC0415
    from falseflag.problem import problem_of  # noqa: PLC0415

    case = load(path)
    Factors.of(problem_of(case)).check_size()
    turned = opposed_sentence(case)
    more = (Diagnostic(case.files[0].name, 1, 1, "learn", turned),) if turned else ()
    return dataclasses.replace(case, warnings=(*case.warnings, *more))


def sample(
    case: CaseOrPath,
    *,
    engine: Engine = "nuts",
    progress: Callable[..., None] | None = None,
    on_exact: Callable[[ExactPosterior], None] | None = None,
    **settings: int,
) -> Answer:
    """Answer a case.

    Parameters
    ----------
    case : Case or path
    engine : {'nuts', 'exact'}
        ``nuts`` samples a PyMC model and compares it with the exact answer; ``exact`` does without PyMC.
    progress : callable, optional
        Called with the name of a stage and the share of it that is done.
    on_exact : callable, optional
        Called with the exact answer as soon as it is there.
    **settings : int
        ``draws``, ``tune``, ``chains``, ``seed``: see `falseflag.settings.Settings`.

    Returns
    -------
    Answer
        ``.frame`` is a pandas table, ``.tree`` an ArviZ DataTree, ``.checks`` the verdicts.

    Raises
    ------
    falseflag.errors.CaseError
        If the file has errors; so do all functions that take one.
    falseflag.errors.RequestError
        If there is no such engine, or the case is too large.
    falseflag.errors.SamplerError
        If the sampler could not finish.
    """
    from falseflag import sampling  # noqa: PLC0415
    from falseflag.settings import Settings  # noqa: PLC0415

    return sampling.sample(_loaded(case), engine, Settings(**settings), progress=progress, on_exact=on_exact)


def explain(case: CaseOrPath, for_: str | None = None, against: str | None = None) -> Explanation:
    """Explain what the answer rests on: weights of evidence, Shapley values, the answer without each item.

    Parameters
    ----------
    case : Case or path
    for_, against : str, optional
        Hypotheses, propositions or conditions that exclude each other, the second also ``others``; by default the two
        most probable top-level hypotheses.

    Raises
    ------
    falseflag.errors.RequestError
        If there is no such set of states, or the two overlap.
    """
    from falseflag.explain import explanation  # noqa: PLC0415
    from falseflag.explain.analysis import Analysis  # noqa: PLC0415

    loaded = _loaded(case)
    return explanation.explain(Analysis.of(loaded), loaded, for_, against)


def robust(
    case: CaseOrPath, for_: str | None = None, *, sampled: bool = False, progress: Callable[..., None] | None = None
) -> Robustness:
    """Find what would overturn the answer: tipping points, minimal change, dependence, priors, staging.

    Parameters
    ----------
    case : Case or path
    for_ : str, optional
        The hypothesis that is to lead; by default the runner-up among the leaves.
    sampled : bool
        Sample too, for sensitivity to power-scaling.
    progress : callable, optional
        As for `sample`.

    Raises
    ------
    falseflag.errors.RequestError
        If there is no such hypothesis.
    falseflag.errors.SamplerError
        If a check of the sampled answer failed.
    """
    from falseflag.explain import robustness  # noqa: PLC0415
    from falseflag.explain.analysis import Analysis  # noqa: PLC0415

    loaded = _loaded(case)
    found = robustness.robust(Analysis.of(loaded), loaded, for_)
    if not sampled:
        return found
    from falseflag.sensitivity import power_scaling  # noqa: PLC0415

    return dataclasses.replace(found, power_scaling=power_scaling(sample(loaded, progress=progress).checked()))


def next(case: CaseOrPath, about: str | None = None) -> ValueOfInformation:  # noqa: A001 (as the command is called)
    """Rank unknown indicators and circumstances by the information expected from finding out about them.

    Parameters
    ----------
    case : Case or path
    about : str, optional
        A hypothesis, proposition or condition whose truth is the question; by default, which leaf is true.
    """
    from falseflag.explain.analysis import Analysis  # noqa: PLC0415
    from falseflag.explain.explanation import rank_unknowns  # noqa: PLC0415

    loaded = _loaded(case)
    return rank_unknowns(Analysis.of(loaded), loaded, about)


def replay(case: CaseOrPath) -> History:
    """Answer a case as of each date on which something became known."""
    from falseflag.explain.analysis import Analysis  # noqa: PLC0415
    from falseflag.explain.explanation import history  # noqa: PLC0415

    loaded = _loaded(case)
    return history(Analysis.of(loaded), loaded)


def compare(cases: Sequence[CaseOrPath], for_: str | None = None, weights: Sequence[float] | None = None) -> Comparison:
    """Put several cases side by side: which judgements make them disagree, and what their answers are when pooled.

    Parameters
    ----------
    cases : sequence of Case or path
        Two or more.
    for_ : str, optional
        What the disagreement is about; by default the most probable top-level hypothesis of the first case.
    weights : sequence of float, optional
        Of the cases in the pools; equal by default.
    """
    from falseflag.explain import compare as comparing  # noqa: PLC0415

    return comparing.compare([_loaded(case) for case in cases], for_, weights)


def sweep(  # noqa: PLR0913
    case: CaseOrPath,
    vary: Sequence[str],
    *,
    random: int | None = None,
    engine: Engine = "exact",
    store: Path | None = None,
    dask: str | None = None,
    progress: Progress | None = None,
    **settings: int,
) -> Sweep:
    """Answer a case over a grid, or a random sample, of its priors and judgements.

    Parameters
    ----------
    case : Case or path
    vary : sequence of str
        As given to ``--vary``, such as ``"hypotheses.ukraine.prior=1:10:20"``; with `random` also ``all``, ``priors``
        and ``judgements``.
    random : int, optional
        Draw so many runs; without it, every combination is answered.
    engine : {'exact', 'nuts'}
    store : path, optional
        A file that keeps what is answered, to continue from.
    dask : str, optional
        ``local``, or the address of a scheduler whose workers are to be used.
    progress : callable, optional
    **settings : int
        ``draws``, ``tune``, ``chains`` for NUTS; ``seed`` for a random sample too.

    Raises
    ------
    falseflag.errors.RequestError
        If something cannot be varied so; the message says why.
    """
    from falseflag.settings import Settings  # noqa: PLC0415
    from falseflag.sweep.run import sweep as answer_sweep  # noqa: PLC0415

    return answer_sweep(
        _loaded(case),
        vary,
        random=random,
        engine=engine,
        settings=Settings(**settings),
        store=store,
        dask=dask,
        progress=progress,
    )


def batch(
    cases: Sequence[str | os.PathLike[str]] | Mapping[str, Case],
    *,
    engine: Engine = "nuts",
    store: Path | None = None,
    dask: str | None = None,
    progress: Progress | None = None,
    **settings: int,
) -> Batch:
    """Answer many cases.

    Parameters
    ----------
    cases : sequence of paths, or mapping from str to Case
    engine : {'nuts', 'exact'}
    store, dask, progress
        As for `sweep`.
    **settings : int
        As for `sample`.

    Returns
    -------
    Batch
        A mapping, by path or name, to the content of each case's ``posterior.json``.
    """
    from falseflag.batch.cases import answer_cases  # noqa: PLC0415
    from falseflag.settings import Settings  # noqa: PLC0415

    loaded = cases if isinstance(cases, Mapping) else {os.fspath(path): load(path) for path in cases}
    return answer_cases(loaded, engine, Settings(**settings), store=store, dask=dask, progress=progress)


def verify(folder: str | os.PathLike[str]) -> Verification:
    """Answer a run's case again, and compare the answer with what the folder says.

    Raises
    ------
    falseflag.errors.RequestError
        If the folder holds no run, or one that cannot be read.
    """
    from falseflag.run_folder.verify import verify as verify_run  # noqa: PLC0415

    return verify_run(Path(folder))


def calibrate(  # noqa: PLR0913
    case: CaseOrPath,
    *,
    engine: Engine = "exact",
    replicates: int | None = None,
    seed: int | None = None,
    store: Path | None = None,
    dask: str | None = None,
    progress: Progress | None = None,
) -> Calibration:
    """Simulate incidents from the case's prior, answer each, and compare the answers with the truth.

    Parameters
    ----------
    case : Case or path
    engine : {'exact', 'nuts'}
        The one that answers.
    replicates : int, optional
        Incidents; by default 1000, with ``nuts`` 200.
    seed : int, optional
        The same seed gives the same incidents.
    store, dask, progress
        As for `sweep`.
    """
    from falseflag.settings import DEFAULTS  # noqa: PLC0415
    from falseflag.validation.calibrate import calibrate as simulate_and_answer  # noqa: PLC0415

    return simulate_and_answer(
        _loaded(case),
        engine,
        replicates=replicates,
        seed=DEFAULTS.seed if seed is None else seed,
        store=store,
        dask=dask,
        progress=progress,
    )


def _loaded(case: CaseOrPath) -> Case:
    return load(case) if isinstance(case, str | os.PathLike) else case


def write(answer: Answer, folder: str | os.PathLike[str]) -> None:
    """Write all files of a run, as ``falseflag sample --out`` does.

    Raises
    ------
    falseflag.errors.RequestError
        If something else than an earlier run is there, or it cannot be written; what was there is then as it was.
    """
    from falseflag.run_folder.write import write_run  # noqa: PLC0415

    write_run(answer, Path(folder))


def read_draws(path: str | os.PathLike[str]) -> xr.DataTree:
    """Read the draws of a run, ``posterior.zarr.zip``.

    Raises
    ------
    falseflag.errors.RequestError
        If the file is missing or damaged.
    """
    from falseflag.run_folder.stored import read_draws as read  # noqa: PLC0415

    return read(os.fspath(path))


def __getattr__(name: str) -> ModuleType:
    """Import `plots` and `tables` when they are first asked for: matplotlib and pandas take a second each."""
    if name in {"plots", "tables"}:
        return importlib.import_module(f"falseflag.{name}")
    raise AttributeError(f"module 'falseflag' has no attribute {name!r}")


class _Package(ModuleType):
    """The package itself: importing a subpackage leaves the function of the same name in its place."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in {"batch", "explain", "sweep"} and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
