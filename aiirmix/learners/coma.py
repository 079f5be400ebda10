"""COMA: each agent's policy gradient compares its action with its other ones (Foerster et al. 2018).

Letters in shapes: M transitions, N agents, A actions. Equations: docs/coma.md.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from aiirmix.common.limits import PositiveInt
from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.data.packing import PackedTimesteps
from aiirmix.learners.base import Metrics, seeded
from aiirmix.learners.on_policy import OnPolicyLearner, log_taken
from aiirmix.maths.counterfactual import counterfactual_advantage
from aiirmix.maths.masked import explained_variance, masked_mean
from aiirmix.maths.policy import action_probabilities
from aiirmix.maths.q_values import values_of
from aiirmix.nets.roles import ActionCritic
from aiirmix.nets.target import TargetNetwork


class COMA(OnPolicyLearner):
    """Decentralised actors, and a central critic that sees every action except the agent's own.

    A time-out is terminal: the critic's value of a timestep depends on the actions taken there, and at the final
    timestep there are none.

    Args:
        critic_window: timesteps that one step of the critic learns from; windows run from the episodes' ends to their
            beginnings.
        target_update_every: steps of the critic between copies to the target critic.
        critic: makes the critic.
        returns: the critic's targets, a function of `aiirmix.maths.returns`.
        settings: see `OnPolicyLearner`; `optimizers` has ``actor`` and ``critic``.
    """

    def __init__(
        self,
        *,
        critic_window: PositiveInt,
        target_update_every: PositiveInt,
        critic: Callable[..., ActionCritic],
        returns: Callable[..., Tensor],
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        self.critic_window, self.returns = critic_window, returns
        self.critic = seeded(self.seed, "critic", critic, spec=self.spec)
        self.target = TargetNetwork(self.critic, target_update_every)
        self.add_optimizer("critic", self.make_optimizer["critic"], self.critic)

    def learn(self, batch: EpisodeBatch) -> Metrics:
        """Take the critic's steps, then one of the actors, on the critic's Q from before each of its steps."""
        q, metrics = self._improve_critic(batch.transitions, self.targets(batch))
        return metrics | self._improve_actor(batch.transitions, q)

    def targets(self, batch: EpisodeBatch) -> Tensor:
        """Return the returns under the target critic's Q of the actions taken, [M, N]."""
        transitions = batch.transitions
        taken = transitions.packing.unpack(values_of(self.target(transitions), transitions.actions))
        values = torch.cat([taken, torch.zeros_like(taken[:1])])
        rewards = batch.reward[..., None].expand_as(taken)
        terminal = batch.terminal(bootstrap_on_truncation=False)
        return transitions.packing.pack(self.returns(rewards, values, terminal, batch.lengths, self.gamma))

    def actor_loss(self, transitions: PackedTimesteps, q: Tensor) -> tuple[Tensor, Metrics]:
        """Return the loss of the policy gradient with the counterfactual advantage, and metrics.

        `q` [M, N, A] counts as constant: only the actors learn from the loss.
        """
        logits = self.logits(transitions)
        probabilities = action_probabilities(logits, transitions.avail, transitions.epsilon)
        advantage = counterfactual_advantage(q, probabilities, transitions.actions).detach()
        scale = masked_mean(advantage.square(), transitions.alive).sqrt()
        gain = self.standardised(advantage, transitions.alive) * log_taken(logits, transitions)
        loss, metrics = self.policy_loss(logits, gain, transitions)
        return loss, metrics | {"actor/advantage_rms": scale}

    def _improve_actor(self, transitions: PackedTimesteps, q: Tensor) -> Metrics:
        loss, metrics = self.actor_loss(transitions, q)
        return metrics | {"actor/grad_norm": self.descend("actor", loss)}

    def _improve_critic(self, transitions: PackedTimesteps, targets: Tensor) -> tuple[Tensor, Metrics]:
        """Step the critic towards constant targets [M, N]; return its Q from before each step, [M, N, A]."""
        q_before, norms = [], []
        for rows, q in self.critic.backwards(transitions, self.critic_window):
            taken = values_of(q, transitions.actions[rows])
            norms.append(self.descend("critic", (taken - targets[rows]).square().mean()))
            self.target.follow(self.critic)
            q_before.append(q.detach())
        q = torch.cat(q_before[::-1])
        taken = values_of(q, transitions.actions)
        return q, {
            "critic/loss": (taken - targets).square().mean(),
            "critic/grad_norm": torch.stack(norms).mean(),
            "critic/explained_variance": explained_variance(taken, targets),
        }
