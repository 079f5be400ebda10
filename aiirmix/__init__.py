"""AIIR-MIX: does intrinsic-reward mixing work, and why?"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiirmix.playing.policy import TrainedPolicy


def load_policy(run: Path | str) -> "TrainedPolicy":
    """The policy of a run's last checkpoint; see `aiirmix.playing.policy`, which is imported when it is needed."""
    from aiirmix.playing.policy import load_policy as load

    return load(run)
