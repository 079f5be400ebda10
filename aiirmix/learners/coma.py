"""COMA: each agent's policy gradient compares its action with its other ones (Foerster et al. 2018).

Letters in shapes: M transitions, N agents, A actions. Equations: docs/coma.md.
"""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from aiirmix.common.limits import UnitInterval
from aiirmix.data.episode_batch import EpisodeBatch, Transitions
from aiirmix.envs.protocol import EnvSpec
from aiirmix.learners.base import Learner, Metrics, Optimizers, Schedule, seeded
from aiirmix.maths.counterfactual import counterfactual_advantage
from aiirmix.maths.moments import explained_variance, masked_mean, standardise
from aiirmix.maths.policy import action_probabilities, entropy, taken_log_probability
from aiirmix.nets.actor import Actor
from aiirmix.nets.critics import CounterfactualCritic
from aiirmix.nets.target import TargetNetwork


class COMA(Learner):
    """Decentralised actors, and a central critic that sees every action but the agent's own.

    A time-out is terminal: the critic's value of a moment depends on the actions taken there, and there were none.

    Args:
        spec: the environment's sizes and names.
        seed: see `Learner`, as for epsilon, max_grad_norm and lr_shares.
        episodes_per_update: how many episodes are played for one update; each is used once.
        epsilon: ″
        max_grad_norm: ″
        gamma: discount γ.
        entropy_weight: of the actors' entropy bonus.
        standardise_advantages: subtract the mean and divide by the deviation over living agents.
        critic_window: time steps that one step of the critic learns from; from the episodes' ends to their beginnings.
        target_update_every: steps of the critic between copies to the target critic.
        actor: makes the actors.
        critic: makes the critic.
        returns: what the critic learns, a function of `aiirmix.maths.returns`.
        optimizers: of ``actor`` and ``critic``.
        lr_shares: of the same.
    """

    def __init__(
        self,
        spec: EnvSpec,
        seed: int,
        episodes_per_update: int,
        epsilon: Schedule,
        max_grad_norm: float,
        gamma: UnitInterval,
        entropy_weight: float,
        standardise_advantages: bool,
        critic_window: int,
        target_update_every: int,
        actor: Callable[..., Actor],
        critic: Callable[..., CounterfactualCritic],
        returns: Callable[..., Tensor],
        optimizers: Optimizers,
        lr_shares: Mapping[str, Schedule],
    ) -> None:
        super().__init__(spec, seed, episodes_per_update, epsilon, max_grad_norm, lr_shares)
        self.gamma, self.entropy_weight, self.standardise_advantages = gamma, entropy_weight, standardise_advantages
        self.critic_window, self.returns = critic_window, returns
        self.actor = seeded(seed, "actor", actor, spec=spec)
        self.critic = seeded(seed, "critic", critic, spec=spec)
        self.target = TargetNetwork(self.critic, target_update_every)
        self.add_optimizer("actor", optimizers["actor"], self.actor)
        self.add_optimizer("critic", optimizers["critic"], self.critic)

    @property
    def policy(self) -> Actor:
        """The actors alone."""
        return self.actor

    def learn(self, batch: EpisodeBatch) -> Metrics:
        """Steps of the critic, then one of the actors on what the critic had said before each of its steps."""
        q, metrics = self._improve_critic(batch.steps, self.targets(batch))
        return metrics | self._improve_actor(batch.steps, q)

    def targets(self, batch: EpisodeBatch) -> Tensor:
        """Returns from the target critic's Q of the actions taken, [M, N]."""
        steps = batch.steps
        taken = steps.packing.unpack(self.target(steps).gather(-1, steps.actions[..., None]).squeeze(-1))
        values = torch.cat([taken, torch.zeros_like(taken[:1])])
        rewards = batch.reward[..., None].expand_as(taken)
        terminal = batch.terminal(bootstrap_on_truncation=False)
        return steps.packing.pack(self.returns(rewards, values, terminal, batch.lengths, self.gamma))

    def actor_loss(self, steps: Transitions, q: Tensor) -> tuple[Tensor, Metrics]:
        """The policy gradient with the counterfactual advantage, and what to log; `q` [M, N, A] is taken for constant.

        Only the actors learn from it.
        """
        logits = self.actor(steps)
        probabilities = action_probabilities(logits, steps.avail, steps.epsilon)
        advantage = counterfactual_advantage(q, probabilities, steps.actions).detach()
        scale = masked_mean(advantage.square(), steps.alive).sqrt()
        if self.standardise_advantages:
            advantage = standardise(advantage, steps.alive)
        log_taken = taken_log_probability(logits, steps.avail, steps.actions, steps.epsilon)
        loss = -masked_mean(advantage * log_taken, steps.alive)
        mean_entropy = masked_mean(entropy(logits, steps.avail), steps.alive)
        metrics = {"actor/loss": loss, "actor/entropy": mean_entropy, "actor/advantage_rms": scale}
        return loss - self.entropy_weight * mean_entropy, metrics

    def _improve_actor(self, steps: Transitions, q: Tensor) -> Metrics:
        loss, metrics = self.actor_loss(steps, q)
        return metrics | {"actor/grad_norm": self.descend("actor", loss)}

    def _improve_critic(self, steps: Transitions, targets: Tensor) -> tuple[Tensor, Metrics]:
        """Steps of the critic towards constant targets [M, N]; returns what it said before each step, [M, N, A]."""
        said, norms = [], []
        for window, q in self.critic.backwards(steps, self.critic_window):
            taken = q.gather(-1, steps.actions[window][..., None]).squeeze(-1)
            norms.append(self.descend("critic", (taken - targets[window]).square().mean()))
            self.target.follow(self.critic)
            said.append(q.detach())
        q = torch.cat(said[::-1])
        taken = q.gather(-1, steps.actions[..., None]).squeeze(-1)
        everywhere = torch.ones_like(steps.alive)
        return q, {
            "critic/loss": (taken - targets).square().mean(),
            "critic/grad_norm": torch.stack(norms).mean(),
            "critic/explained_variance": explained_variance(taken, targets, everywhere),
        }
