"""The shared part of learners of action values, which learn from episodes that earlier policies played.

Letters in shapes: T transitions of the longest episode, B episodes, M packed timesteps, N agents, A actions, H width of
the hidden state, S state features, G values learnt (N for IQL and QTRAN alt, else 1).
"""

import logging
from collections.abc import Callable, Iterator
from fractions import Fraction
from math import floor
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aiirmix.common.errors import ConfigError
from aiirmix.common.limits import Positive, PositiveInt, UnitInterval
from aiirmix.data.collector import Explore, epsilon_greedy
from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.data.packing import Packing
from aiirmix.data.replay import ReplayBuffer
from aiirmix.learners.base import Learner, Metrics, seeded
from aiirmix.maths.agreement import agreement
from aiirmix.maths.q_values import best_actions
from aiirmix.maths.returns import td_lambda_returns
from aiirmix.nets.actor import Actor
from aiirmix.nets.target import TargetNetwork

log = logging.getLogger(__name__)

AGREEMENT_TIMESTEPS = 1000
"""Most timesteps that `agreement` is computed on: each costs a joint value for every action of every agent."""


class OffPolicyLearner(Learner):
    """Every episode played goes into a replay buffer; every gradient update learns from episodes drawn from it.

    Learning begins when the buffer can fill a batch. From then on the number of updates follows from the number of
    episodes alone, however many of them are played together.

    Args:
        updates_per_episode: gradient updates for every episode played; fractions add up.
        batch_size: episodes of one gradient update.
        replay: makes the replay buffer.
        lambda_: trace decay of the targets; 0 is one step.
        bootstrap_on_truncation: whether returns bootstrap at a time-out; by SMAC's rule it is terminal.
        double_q: whether the live networks choose the next actions that the target networks value.
        target_update_every: gradient updates between copies to the target networks.
        agents: makes the agents' networks, whose outputs are the utilities Q_i.
        settings: see `Learner`; `optimizers` has ``values``, for all networks together.

    Raises:
        ConfigError: the replay buffer is smaller than a batch.
    """

    replay: ReplayBuffer

    def __init__(
        self,
        *,
        updates_per_episode: Positive,
        batch_size: PositiveInt,
        replay: Callable[..., ReplayBuffer],
        lambda_: UnitInterval,
        bootstrap_on_truncation: bool,
        double_q: bool,
        target_update_every: PositiveInt,
        agents: Callable[..., Actor],
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        self.updates_per_episode, self.batch_size = Fraction(str(updates_per_episode)), batch_size
        self.lambda_, self.bootstrap_on_truncation = lambda_, bootstrap_on_truncation
        self.double_q, self.target_update_every = double_q, target_update_every
        self.agents = seeded(self.seed, "agents", agents, spec=self.spec)
        self.agents_target = TargetNetwork(self.agents, target_update_every)
        self.replay = replay(spec=self.spec)
        if self.replay.capacity < max(batch_size, self.episodes_per_batch):
            needed = f"batch_size={batch_size} and episodes_per_batch={self.episodes_per_batch}"
            raise ConfigError(f"replay.capacity={self.replay.capacity} must be at least {needed}")

    def joint_values(self, q: Tensor, hidden_states: Tensor, actions: Tensor, state: Tensor) -> Tensor:
        """Return the learnt values of joint actions.

        Args:
            q: [M, N, A], utilities.
            hidden_states: [M, N, H], from which the utilities were decoded.
            actions: [M, N].
            state: [M, S].

        Returns:
            [M, G]
        """
        raise NotImplementedError

    @property
    def policy(self) -> Actor:
        """The agents' networks; execution needs nothing else of the learner."""
        return self.agents

    @property
    def explore(self) -> Explore:
        """ε-greedy."""
        return epsilon_greedy

    def on_fit_start(self) -> None:
        """Log how much memory the replay buffer may take."""
        log.info("replay buffer: %d episodes, at most %.0f MB", self.replay.capacity, self.replay.megabytes)

    @torch.no_grad()
    def evaluation_metrics(self, batch: EpisodeBatch) -> Metrics:
        """Return `agreement` on up to `AGREEMENT_TIMESTEPS` timesteps, spread over the episodes."""
        at = batch.transitions
        some = torch.linspace(0, len(at.obs) - 1, min(AGREEMENT_TIMESTEPS, len(at.obs))).long()
        q, hidden, avail, state = (x[some] for x in (*self.agents.unroll(at), at.avail, at.state))
        return {"agreement": agreement(q, avail, lambda actions: self.joint_values(q, hidden, actions, state))}

    def gradient_updates(self, batch: EpisodeBatch) -> Iterator[Metrics]:
        """Store the batch and make the updates that are due."""
        self.replay.add(batch)
        for _ in range(self._due(len(batch.lengths))):
            yield self.learn(self._draw().to(self.device))

    def _due(self, played: int) -> int:
        """Count the updates that the last `played` episodes call for; none while a lost buffer fills again."""
        if len(self.replay) < self.batch_size:
            return 0
        after = int(self.episodes) - self.batch_size
        now, before = (floor(self.updates_per_episode * max(k, 0)) for k in (after, after - played))
        return now - before

    def _draw(self) -> EpisodeBatch:
        """Draw a batch as a pure function of buffer, seed and number of updates: there is no other state to save."""
        rng = np.random.default_rng((self.seed, *b"replay", int(self.updates)))
        return self.replay.sample(self.batch_size, rng)

    def targets(self, batch: EpisodeBatch, next_values: Tensor) -> Tensor:
        """Return λ-returns of the team's reward at every transition, [M, G].

        Args:
            batch: the episodes.
            next_values: [T + 1, B, G], of the best actions at every timestep.
        """
        rewards = batch.reward[..., None].expand_as(next_values[1:])
        terminal = batch.terminal(self.bootstrap_on_truncation)
        returns = td_lambda_returns(rewards, next_values, terminal, batch.lengths, self.gamma, self.lambda_)
        return Packing(batch.lengths).pack(returns)

    def best_next(self, q: Tensor, q_target: Tensor, avail: Tensor) -> Tensor:
        """Choose the actions that the target networks value, [M, N], by the utilities [M, N, A]."""
        return best_actions(q if self.double_q else q_target, avail)
