"""A case, what is to be varied in it, and the answers: the function behind `falseflag sweep`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, get_args

import numpy as np

from falseflag.batch import run_batch
from falseflag.batch.store import Store
from falseflag.case.edit import edited
from falseflag.case.model import Case
from falseflag.errors import RequestError
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.numbers import Kind
from falseflag.problem import Problem, problem_of
from falseflag.provenance import EXACT_PACKAGES, NUTS_PACKAGES, versions_of
from falseflag.settings import DEFAULTS, Engine, Settings, check_engine
from falseflag.sweep.answer import answer_runs
from falseflag.sweep.design import (
    Design,
    Target,
    Variation,
    design_grid,
    design_sample,
    find_target,
    matters,
    read_variation,
    split_variation,
    targets_of,
)
from falseflag.sweep.record import Sampled, Sweep

JUDGEMENTS = tuple(kind for kind in get_args(Kind.__value__) if kind != "prior")

KEYWORDS = {
    "all": ("prior", *JUDGEMENTS),
    "priors": ("prior",),
    "judgements": JUDGEMENTS,
}
"""What a random sample may be told to vary at once."""


def sweep(  # noqa: PLR0913
    case: Case,
    vary: Sequence[str],
    *,
    random: int | None = None,
    engine: Engine = "exact",
    settings: Settings = DEFAULTS,
    store: Path | None = None,
    dask: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Sweep:
    """Answer a case over a grid, or a random sample, of its priors and judgements.

    What is varied is fixed at the value that it has in a run, as though that number stood in the case file.

    Parameters
    ----------
    case : Case
    vary : sequence of str
        As given to ``--vary``: see `falseflag.sweep.design`. A random sample takes ``all``, ``priors`` and
        ``judgements`` too, for all that bear on the answer, each drawn from what was elicited.
    random : int, optional
        Size of a random sample; without it, every combination is answered.
    engine : {'exact', 'nuts'}
    settings : Settings
        For NUTS; the seed for a random sample too.
    store, dask
        See `falseflag.batch.run_batch`; the exact engine keeps no results in the store, and has no use for Dask.
    progress : callable, optional
        Called with how many pieces of work are done, and how many there are.

    Returns
    -------
    Sweep

    Raises
    ------
    RequestError
        If something cannot be varied so; the message says why.
    """
    check_engine(engine)
    problem = problem_of(case)
    variations = variations_of(case, problem, vary, random=random is not None)
    _check_engine(variations, engine, dask)
    design = (
        design_grid(variations, problem)
        if random is None
        else design_sample(variations, problem, random, settings.seed)
    )
    named = identity_of(case, vary, random, engine, settings)
    exact = ExactPosterior.of(problem)
    update = progress or (lambda _done, _total: None)
    if engine == "exact":
        with Store(store, named):  # says which sweep it is, and keeps others out meanwhile
            leaves = answer_runs(problem, design, update)
        return Sweep(case, problem, design, named, engine, exact.leaves, leaves)
    sampled = _sampled(case, design, settings, store, named, dask, progress)
    places = [problem.nodes.index(leaf) for leaf in problem.leaves]
    return Sweep(case, problem, design, named, engine, exact.leaves, sampled.posterior[:, places], sampled)


def _sampled(  # noqa: PLR0913, PLR0917
    case: Case,
    design: Design,
    settings: Settings,
    store: Path | None,
    named: dict[str, object],
    dask: str | None,
    progress: Callable[[int, int], None] | None,
) -> Sampled:
    if design.runs > MOST_SAMPLED:
        raise RequestError(
            f"{design.runs} runs are too many to sample: up to {MOST_SAMPLED}; --engine exact has no need to"
        )
    return sample_runs(case, design, settings, store=store, identity=named, dask=dask, progress=progress)


def variations_of(case: Case, problem: Problem, vary: Sequence[str], *, random: bool) -> list[Variation]:
    """Read what is to be varied."""
    targets = targets_of(case, problem)
    parts = [split_variation(targets, text) for text in vary]
    named = {find_target(case, targets, name).name for name, values in parts if values or name not in KEYWORDS}
    found: list[Variation] = []
    for name, values in parts:
        if name in KEYWORDS and not values:
            if not random:
                raise RequestError(f"--vary {name} asks for a random sample: give its size, such as --random 10000")
            chosen = _all_of(targets, problem, KEYWORDS[name], named | {v.target.name for v in found})
            found += [read_variation(target, "", random=True) for target in chosen]
        else:
            found.append(read_variation(find_target(case, targets, name), values, random=random))
    if not found:
        raise RequestError("nothing is varied: give --vary, such as --vary hypotheses.NAME.prior=1:10:20")
    return found


def _all_of(targets: dict[str, Target], problem: Problem, kinds: Sequence[str], named: set[str]) -> list[Target]:
    """Return the targets of some kinds that bear on the answer and are uncertain; each thing is set by one of them."""
    taken: set[object] = {thing for name in named for thing in targets[name].sets}
    chosen = []
    for target in targets.values():
        if target.kind in kinds and target.is_uncertain and matters(target, problem) and not target.sets & taken:
            chosen.append(target)
            taken |= target.sets
    return chosen


def _check_engine(variations: Sequence[Variation], engine: Engine, dask: str | None) -> None:
    if engine == "exact" and dask is not None:
        raise RequestError("--dask is for --engine nuts: an exact sweep takes seconds on one core")
    for variation in variations:
        if engine == "exact" and variation.target.kind == "prior_strength":
            raise RequestError(
                f"--vary {variation.target.name}: the exact answer does not depend on it, only how far the answer may "
                "move; --engine nuts shows that"
            )


def identity_of(
    case: Case, vary: Sequence[str], random: int | None, engine: Engine, settings: Settings
) -> dict[str, object]:
    """Return what makes a sweep this one."""
    sampled = asdict(settings) if engine == "nuts" else {} if random is None else {"seed": settings.seed}
    return {
        "command": "sweep",
        "case": case.content_sha256,
        "vary": list(vary),
        "random": random,
        "engine": engine,
        "settings": sampled,
        "versions": versions_of(NUTS_PACKAGES if engine == "nuts" else EXACT_PACKAGES),
    }


# Sampled runs


MOST_SAMPLED = 10_000
"""Runs that are sampled: each takes a second or so."""


@dataclass(frozen=True)
class Run:
    """Work on one run: the case with its values in it is sampled; a process compiles once for all of them."""

    case: Case
    targets: tuple[Target, ...]
    settings: Settings

    def __call__(self, values: tuple[float, ...]) -> dict[str, Any]:
        """Answer one run."""
        from falseflag.sampling import sample  # noqa: PLC0415  (with what it imports: only where work is done)

        given = {
            target.what: target.word(value) if target.kind == "observed" else value
            for target, value in zip(self.targets, values, strict=True)
        }
        answer = sample(edited(self.case, given), "nuts", self.settings)
        return {
            "posterior": [row.posterior for row in answer.rows],
            "low": [row.interval[0] for row in answer.rows],
            "high": [row.interval[1] for row in answer.rows],
            "sound": answer.is_sound,
        }


def sample_runs(  # noqa: PLR0913
    case: Case,
    design: Design,
    settings: Settings,
    *,
    store: Path | None,
    identity: Mapping[str, object],
    dask: str | None,
    progress: Callable[[int, int], None] | None,
) -> Sampled:
    """Sample every run; see `falseflag.batch.run_batch`."""
    work = Run(replace(case, files=()), design.targets, settings)
    values = design.values(np.arange(design.runs))
    items = {str(run): tuple(row) for run, row in enumerate(values.tolist())}
    found = run_batch(work, items, store=store, identity=identity, dask=dask, progress=progress).values()
    low, high, posterior = (np.array([row[name] for row in found]) for name in ("low", "high", "posterior"))
    return Sampled(posterior, low, high, np.array([row["sound"] for row in found]))
