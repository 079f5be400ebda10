"""From rewards and values to the advantages that the actors learn from.

Letters in shapes: T transitions of the longest episode, B episodes, M transitions, N agents.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.learners.balance import Balance
from aiirmix.learners.value_function import Values
from aiirmix.maths.advantage import Estimate
from aiirmix.maths.balance import balanced_advantage
from aiirmix.maths.masked import standardise
from aiirmix.nets.roles import RewardMixer


class Rewards(NamedTuple):
    """Rewards and what follows from them, all [M, N]. They carry the graph of the reward parameters."""

    r_in: Tensor
    r_total: Tensor
    returns: Tensor
    """of what the agent critic learns: r_total, or with a balance r_total − r_ex"""
    advantage: Tensor
    """of the same, in units of reward"""


class Traces(NamedTuple):
    """How returns follow from rewards and values."""

    estimator: Callable[..., Estimate]
    """a function of `aiirmix.maths.advantage`"""
    lambda_: float
    bootstrap_on_truncation: bool

    def estimate(self, batch: EpisodeBatch, rewards: Tensor, values: Values, gamma: float) -> Estimate:
        """Return returns and advantages of rewards, [T, B] or [T, B, N]."""
        terminal = batch.terminal(self.bootstrap_on_truncation)
        return self.estimator(rewards, values.now, values.bootstrap, terminal, batch.lengths, gamma, self.lambda_)

    @property
    def read_targets(self) -> bool:
        """Whether returns depend on a target network: tried out on one transition of one episode."""
        ones, length, over = torch.ones(2, 1), torch.ones(1, dtype=torch.int64), torch.zeros(1, 1, dtype=torch.bool)
        found = (
            self.estimator(ones[:1], ones, bootstrap, over, length, 1.0, self.lambda_).returns
            for bootstrap in (ones, 2 * ones)
        )
        return not torch.equal(*found)


class Advantages:
    """The advantages of r_total, of r_ex, and with a balance of δ = r_total − r_ex.

    Args:
        traces: how returns follow from rewards and values.
        advantage: the actors' advantage, a function of `aiirmix.maths.advantage`.
        balance: how much of the advantage is intrinsic.
        gamma: discount γ.
        scaled: scales an advantage over the entries of a mask, both [M, N], as the settings say.
    """

    def __init__(
        self,
        traces: Traces,
        advantage: Callable[..., Tensor],
        balance: Balance,
        gamma: float,
        scaled: Callable[[Tensor, Tensor], Tensor],
    ) -> None:
        self.traces, self.advantage, self.balance, self.gamma = traces, advantage, balance, gamma
        self.scaled = scaled

    @property
    def is_balanced(self) -> bool:
        """Whether the agent critic learns δ instead of r_total."""
        return self.balance.kappa_max is not None

    def of_rewards(self, batch: EpisodeBatch, r_in: Tensor, mixer: RewardMixer, values: Values) -> Rewards:
        """Return r_total of r_in [M, N], with returns and advantages under the agent critic's values."""
        r_ex = batch.transitions.packing.pack(batch.reward)
        r_total = mixer(r_in, r_ex)
        learnt = r_total - r_ex[:, None] if self.is_balanced else r_total
        return Rewards(r_in, r_total, *self._learnt(batch, learnt, values))

    def of_actors(self, rewards: Rewards, extrinsic: Tensor | None, mask: Tensor, kappa: float | None) -> Tensor:
        """Return what the actors learn from: the advantage of r_total, or with a balance that of δ and r_ex; [M, N].

        Args:
            rewards: of a batch.
            extrinsic: [M, N], advantages of r_ex; a balance needs them.
            mask: [M, N], bool; over which entries deviations are taken.
            kappa: κ; None: no balance.
        """
        if kappa is None:
            return self.scaled(rewards.advantage, mask)
        assert extrinsic is not None
        return balanced_advantage(standardise(extrinsic, mask), rewards.advantage, kappa, mask)

    def without_source(self, batch: EpisodeBatch, values: Values, extrinsic: Tensor | None) -> Tensor:
        """Return the advantage that the actors would learn from if r_total were r_ex, [M, N]."""
        if self.is_balanced:
            assert extrinsic is not None
            return extrinsic
        alive = batch.transitions.alive
        r_ex = batch.transitions.packing.pack(batch.reward)[:, None].expand(alive.shape)
        return self.scaled(self._learnt(batch, r_ex, values)[1], alive)

    def extrinsic(self, batch: EpisodeBatch, values: Values) -> tuple[Tensor, Tensor]:
        """Return the returns of r_ex, [T, B] or [T, B, N] like its values, and the agents' advantages [M, N]."""
        alive = batch.transitions.alive
        r_ex = batch.reward if values.now.dim() == 2 else batch.reward[..., None].expand_as(values.now[:-1])
        estimate = self.traces.estimate(batch, r_ex, values, self.gamma)
        advantage = batch.transitions.packing.pack(estimate.advantages).reshape(len(alive), -1).expand_as(alive)
        return estimate.returns, self.scaled(advantage, alive)

    def _learnt(self, batch: EpisodeBatch, rewards: Tensor, values: Values) -> tuple[Tensor, Tensor]:
        """Return returns and advantages of rewards [M, N] under the agent critic's values, both [M, N]."""
        transitions, pack = batch.transitions, batch.transitions.packing.pack
        gamma = self.balance.gamma if self.is_balanced and self.balance.gamma is not None else self.gamma
        estimate = self.traces.estimate(batch, transitions.packing.unpack(rewards), values, gamma)
        now, after = pack(values.now[:-1]), pack(values.now[1:])
        r_ex = pack(batch.reward)[:, None].expand_as(rewards)
        return pack(estimate.returns), self.advantage(pack(estimate.advantages), now, after, r_ex, gamma)
