"""An intrinsic source that learns to share out the team's reward of each timestep (docs/decomposition.md)."""

from torch import Tensor

from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.maths.decomposition import decomposition_loss, team_reward
from aiirmix.maths.masked import explained_variance
from aiirmix.nets.teacher import Teacher


class Decomposition(Teacher):
    """Teaches an intrinsic source that the agents' rewards of a timestep should add up to the team's reward.

    A source that depends on an agent's own action alone finds what each agent adds, where the team's reward is a sum.
    """

    def explained(self, batch: EpisodeBatch, rewards: Tensor, alive: Tensor) -> Tensor:
        """Return the fraction of the variance of the team's rewards that the sums of rewards explain."""
        pack = batch.transitions.packing.pack
        return explained_variance(pack(team_reward(rewards, alive)), pack(batch.reward))

    def loss(self, batch: EpisodeBatch, rewards: Tensor, alive: Tensor) -> Tensor:
        """Return the mean squared error of the timesteps' sums."""
        return decomposition_loss(rewards, alive, batch.lengths, batch.reward)
