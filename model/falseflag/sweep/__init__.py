"""A case answered over many values of its priors and judgements."""

from falseflag.sweep.record import Sweep
from falseflag.sweep.run import sweep

__all__ = ["Sweep", "sweep"]
