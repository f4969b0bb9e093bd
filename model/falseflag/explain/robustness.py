"""All that would overturn an answer, in one record: what `falseflag robust` shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from falseflag.case.model import Case
from falseflag.explain.believe import Belief, believe
from falseflag.explain.bounds import Bounds, bounds
from falseflag.explain.dependence import Dependence, dependence
from falseflag.explain.evidence import Evidence
from falseflag.explain.tipping import Tipping, tipping
from falseflag.explain.words import believed, bounded, depends, tips


@dataclass(frozen=True, slots=True)
class Robustness:
    """What would overturn the answer.

    Parameters
    ----------
    leader : str
        The leading leaf.
    tipping : tuple of Tipping
    belief : Belief
        What one would have to believe for the named node, or the runner-up, to lead.
    dependence : Dependence
    bounds : tuple of Bounds
    sentences : tuple of str
        One for each of these four.
    """

    leader: str
    tipping: tuple[Tipping, ...]
    belief: Belief
    dependence: Dependence
    bounds: tuple[Bounds, ...]
    sentences: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return what ``robust --json`` prints."""
        return {
            "leader": self.leader,
            "tipping": [row.as_dict() for row in self.tipping],
            "believe": self.belief.as_dict(),
            "dependence": self.dependence.as_dict(),
            "bounds": [row.as_dict() for row in self.bounds],
            "sentences": list(self.sentences),
        }


def robust(evidence: Evidence, case: Case, node: str | None = None) -> Robustness:
    """Find what would overturn an answer.

    Parameters
    ----------
    evidence : Evidence
    case : Case
    node : str, optional
        For which to say what one would have to believe; by default the runner-up among the leaves.
    """
    leaves = evidence.problem.leaves
    leader = leaves[evidence.leader]
    runner_up = leaves[int(np.argsort(-evidence.log_scores, kind="stable")[1])]
    rows, belief = tipping(evidence, case), believe(evidence, node or runner_up)
    answer, limits = dependence(evidence), bounds(evidence)
    sentences = (
        tips(case, leader, rows),
        believed(case, belief),
        depends(case, leader, answer),
        bounded(case, leader, limits),
    )
    return Robustness(leader, rows, belief, answer, limits, sentences)
