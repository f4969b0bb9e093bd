"""How time and memory grow with the size of a case: the exact answer, and NUTS. Each size runs in a process of its own.

python growth.py exact|nuts LEAVES INDICATORS GROUPS MEMBERS   prints one measurement as JSON
"""

from __future__ import annotations

import json
import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests"))


@dataclass(frozen=True)
class Size:
    """Leaves of the tree, indicators outside groups, groups, members of each group."""

    leaves: int
    indicators: int
    groups: int = 0
    members: int = 0

    @property
    def work(self) -> int:
        """Leaves × indicators, inside groups and outside."""
        return self.leaves * (self.indicators + self.groups * self.members)

    def __str__(self) -> str:
        grouped = f" + {self.groups} groups of {self.members}" if self.groups else ""
        return (
            f"{self.leaves} leaves × ({self.indicators}{grouped})" if grouped else f"{self.leaves} × {self.indicators}"
        )


type Found = dict[str, list[tuple[Size, dict[str, float]]]]

COSTS = ("seconds", "megabytes", "evaluation")
EXACT = [Size(5, 20), Size(10, 50), Size(10, 200), Size(20, 500), Size(50, 1000), Size(50, 2000), Size(100, 5000)]
GROUPED = [Size(6, 0, g, m) for g, m in [(2, 4), (4, 4), (8, 4), (16, 4), (32, 4), (4, 8), (4, 16), (4, 32)]]
NUTS = [Size(5, 20), Size(10, 50), Size(10, 100), Size(20, 200), Size(20, 500)]
NUTS_GROUPED = [Size(6, 10, g, 4) for g in (2, 4, 8, 16)]

QUICK = 2
"""Sizes of each kind that a quick run measures."""


def measure(*, quick: bool) -> Found:
    """Measure every size of every kind."""
    from stopwatch import run  # noqa: PLC0415

    kinds = {
        "exact": ("exact", EXACT),
        "exact, groups": ("exact", GROUPED),
        "nuts": ("nuts", NUTS),
        "nuts, groups": ("nuts", NUTS_GROUPED),
    }
    found: Found = {}
    for kind, (engine, sizes) in kinds.items():
        for size in sizes[:QUICK] if quick else sizes:
            numbers = map(str, (size.leaves, size.indicators, size.groups, size.members))
            print(kind, size, file=sys.stderr)  # noqa: T201
            printed = run([sys.executable, HERE / "growth.py", engine, *numbers]).printed
            found.setdefault(kind, []).append((size, json.loads(printed)))
    return found


def case_of_size(size: Size):  # noqa: ANN201
    """Make up a case in which every leaf has a statement of its own on every indicator."""
    from making import case_of, indicator, leaf  # noqa: PLC0415

    from falseflag.distributions import Beta  # noqa: PLC0415

    rng = np.random.default_rng(1)
    leaves = [leaf(f"h{k}", float(weight)) for k, weight in enumerate(rng.uniform(0.5, 2, size.leaves))]
    names = [f"i{i}" for i in range(size.indicators + size.groups * size.members)]
    made = [
        indicator(
            name,
            {node.name: Beta(*rng.uniform(2, 12, 2)) for node in leaves},
            observed=bool(rng.random() < 0.6),
            reliability=0.9,
        )
        for name in names
    ]
    grouped = np.array(names[size.indicators :]).reshape(size.groups, size.members)
    groups = {f"g{k}": (list(map(str, members)), Beta(8, 8)) for k, members in enumerate(grouped)}
    return case_of(leaves, made, groups)


def measure_exact(size: Size) -> dict[str, float]:
    """Time the exact answer from a case in memory: the median of a few."""
    from falseflag.inference.exact.posterior import ExactPosterior  # noqa: PLC0415
    from falseflag.problem import problem_of  # noqa: PLC0415

    case, before, taken = case_of_size(size), peak(), []
    _ = ExactPosterior.of(problem_of(case_of_size(Size(2, 2, min(size.groups, 1), 2)))).states  # first uses load code
    for _ in range(3):
        start = time.perf_counter()
        _ = ExactPosterior.of(problem_of(case)).states
        taken.append(time.perf_counter() - start)
    return {"seconds": float(np.median(taken)), "megabytes": peak() - before, "peak": peak()}


def measure_nuts(size: Size) -> dict[str, float]:
    """Time compiling, one evaluation of the log density and its gradient, and short chains."""
    import nutpie  # noqa: PLC0415

    from falseflag.inference.nuts.sampler import compiled_for, layout_of, numbers_of  # noqa: PLC0415
    from falseflag.problem import problem_of  # noqa: PLC0415

    problem, before, start = problem_of(case_of_size(size)), peak(), time.perf_counter()
    layout = layout_of(problem)
    compiled = compiled_for(layout, numbers_of(problem, layout))
    compiling, start = time.perf_counter() - start, time.perf_counter()
    asked = {"draws": 200, "tune": 300, "chains": 2, "seed": 1}
    trace = nutpie.sample(compiled, progress_bar=False, save_warmup=True, **asked)
    sampling = time.perf_counter() - start
    groups = ("warmup_sample_stats", "sample_stats")
    steps = sum(int(np.asarray(trace[group]["n_steps"]).sum()) for group in groups)
    return {
        "seconds": sampling,
        "evaluation": 1e6 * sampling / steps,
        "steps a draw": float(np.asarray(trace["sample_stats"]["n_steps"]).mean()),
        "compiling": compiling,
        "megabytes": peak() - before,
        "peak": peak(),
    }


def peak() -> float:
    """Return the most memory that this program has had, MB; `getrusage` would count its parent's before it began."""
    status = Path("/proc/self/status")
    if status.exists():
        fields = dict(line.split(":", 1) for line in status.read_text(encoding="utf-8").splitlines())
        return float(fields["VmHWM"].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def exponent(found: list[tuple[Size, dict[str, float]]], what: str) -> float:
    """Fit the power of the work that a cost grows with, over the larger half of the sizes; 1 is linear."""
    larger = sorted(found, key=lambda pair: pair[0].work)[-max(2, len(found) // 2) :]
    work = np.log([size.work for size, _ in larger])
    return float(np.polyfit(work, np.log([max(cost[what], 1e-9) for _, cost in larger]), 1)[0])


def powers(grown: Found) -> list[list[str]]:
    """Return a row for each kind: the powers of the work that its costs grow with."""
    return [
        [kind, *(f"{exponent(found, what):.2f}" if what in found[0][1] else "" for what in COSTS)]
        for kind, found in grown.items()
    ]


def rows(grown: Found) -> list[list[str]]:
    """Return a row for each size of each kind."""
    return [
        [
            f"{kind}: {size}",
            f"{cost['seconds']:.3g}",
            f"{cost['megabytes']:.0f}",
            f"{cost['peak']:.0f}",
            *(
                (f"{cost['compiling']:.1f}", f"{cost['evaluation']:.0f}", f"{cost['steps a draw']:.0f}")
                if kind.startswith("nuts")
                else ("", "", "")
            ),
        ]
        for kind, found in grown.items()
        for size, cost in found
    ]


if __name__ == "__main__":
    _, engine, *numbers = sys.argv
    asked = Size(*map(int, numbers))
    print(json.dumps(measure_exact(asked) if engine == "exact" else measure_nuts(asked)))  # noqa: T201
