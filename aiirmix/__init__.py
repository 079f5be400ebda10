"""AIIR-MIX: does intrinsic-reward mixing work, and why?"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiirmix.evaluation.policy import TrainedPolicy

__version__ = "0.2.0.dev0"


def load_policy(run: Path | str) -> "TrainedPolicy":
    """Load a trained policy onto the processor: of a run's last checkpoint, or one that travels with the package.

    >>> policy = load_policy("aiir_mix/2s3z")  # doctest: +SKIP
    >>> policy = load_policy("runs/quickstart/aiir_mix/2s3z/seed=0")  # doctest: +SKIP

    `aiirmix.evaluation.policy`, which says how a policy acts in threads and forked processes, is imported when needed.
    """
    from aiirmix.evaluation.policy import load_policy as load

    return load(run)
