"""A control without credit: all living agents are paid the same share of the team's reward.

Letters in shapes: M transitions, N agents.
"""

from torch import Tensor

from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.envs.protocol import EnvSpec
from aiirmix.nets.roles import IntrinsicSource


class EqualShare(IntrinsicSource):
    """r_in = r_ex divided by the number of living agents; 0 for the dead.

    It differs between agents by who is alive alone. What a learnt share does beyond that is due to what it has learnt.
    """

    def __init__(self, spec: EnvSpec) -> None:
        super().__init__()

    def from_episodes(self, batch: EpisodeBatch) -> Tensor:
        """Return r_in, [M, N]."""
        alive = batch.transitions.alive
        r_ex = batch.transitions.packing.pack(batch.reward)
        share = r_ex / alive.sum(1).clamp_min(1)
        return share[:, None].expand(alive.shape).masked_fill(~alive, 0.0)
