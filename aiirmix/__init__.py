"""AIIR-MIX: does intrinsic-reward mixing work, and why?"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiirmix.evaluation.policy import TrainedPolicy

__version__ = "0.2.0.dev0"


def load_policy(run: Path | str) -> "TrainedPolicy":
    """Load the policy of a run's last checkpoint onto the processor, wherever it was trained.

    `aiirmix.evaluation.policy`, which says how a policy acts in threads and forked processes, is imported when needed.
    """
    from aiirmix.evaluation.policy import load_policy as load

    return load(run)
