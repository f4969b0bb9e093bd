"""What a case took over from a record of resolved cases, statement by statement."""

from __future__ import annotations

from dataclasses import dataclass

from falseflag.distributions import Beta, Judgement, Point


@dataclass(frozen=True, slots=True)
class Learned:
    """A likelihood statement that is linked to a record.

    Parameters
    ----------
    indicator, place : str
        Where the statement stands in the case: the key of `Indicator.likelihood`, as `falseflag.case.places` has it.
    author_class : str
        The class of author whose incidents it learns from.
    like : str
        The record's indicator that it is linked to.
    is_opposite : bool
        Whether it is linked by ``unlike``: present here is absent there.
    judgement : Judgement
        As written; where nothing was, the record's rate over all classes, weakly held.
    is_elicited : bool
        Whether it was written.
    present, absent : int
        The class's incidents that have it and that do not, plainly counted, seen from this side of the link.
    record : Beta
        What the record alone says, at the weight that it has here.
    both : Beta or Point
        What enters the model.
    """

    indicator: str
    place: str
    author_class: str
    like: str
    is_opposite: bool
    judgement: Judgement
    is_elicited: bool
    present: int
    absent: int
    record: Beta
    both: Beta | Point


@dataclass(frozen=True, slots=True)
class Learning:
    """The record that a case learns from.

    Parameters
    ----------
    path, sha256 : str
        The record's file, as the case names it, and the hash of its bytes.
    incidents : int
    model : {'counts', 'hierarchical'}
    relevance : float
        What a resolved case counts for, against one like the case at hand.
    why : str
        The reason that was given; empty for none.
    statements : tuple of Learned
        In the order of the case.
    """

    path: str
    sha256: str
    incidents: int
    model: str
    relevance: float
    why: str
    statements: tuple[Learned, ...]
