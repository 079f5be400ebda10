"""What learners of action values have in common: they learn from episodes played by earlier policies.

Letters in shapes: T steps, B episodes, M moments, N agents, A actions, H memory, S state features, G values
learnt (N for IQL and QTRAN alt, else 1).
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from math import floor

import numpy as np
import torch
from torch import Tensor

from aiirmix.common.errors import ConfigError
from aiirmix.common.limits import UnitInterval
from aiirmix.data.collector import Explore, epsilon_greedy
from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.data.replay import ReplayBuffer
from aiirmix.envs.protocol import EnvSpec
from aiirmix.learners.base import Learner, Metrics, Schedule, seeded
from aiirmix.maths.agreement import agreement
from aiirmix.maths.q_values import best_actions
from aiirmix.maths.returns import td_lambda_returns
from aiirmix.nets.actor import Actor
from aiirmix.nets.target import TargetNetwork

log = logging.getLogger(__name__)

EXAMINED = 1000
"""Moments; every one costs a joint value for each action of each agent."""


class OffPolicyLearner(Learner):
    """Every episode played goes into a replay buffer; every gradient update learns from episodes drawn from it.

    Learning begins when the buffer can fill a batch. From then on the number of updates follows from the number of
    episodes alone, however many of them are played together.

    Args:
        spec: the environment's sizes and names.
        seed: see `Learner`, as for epsilon, max_grad_norm and lr_shares.
        episodes_per_batch: episodes that are played together.
        updates_per_episode: gradient updates for every episode played; fractions add up.
        batch_size: episodes of one gradient update.
        replay: makes the replay buffer.
        epsilon: ″
        max_grad_norm: ″
        gamma: discount γ.
        lambda_: trace decay of the targets; 0 is one step.
        bootstrap_on_truncation: whether a time-out leaves value behind; by SMAC's rule it does not.
        double_q: whether the live networks choose the next actions that the target networks value.
        target_update_every: gradient updates between copies to the target networks.
        agents: makes the agents' networks, whose scores are the utilities Q_i.
        lr_shares: ″

    Raises:
        ConfigError: the replay buffer is smaller than a batch.
    """

    replay: ReplayBuffer

    def __init__(
        self,
        spec: EnvSpec,
        seed: int,
        episodes_per_batch: int,
        updates_per_episode: float,
        batch_size: int,
        replay: Callable[..., ReplayBuffer],
        epsilon: Schedule,
        max_grad_norm: float,
        gamma: UnitInterval,
        lambda_: UnitInterval,
        bootstrap_on_truncation: bool,
        double_q: bool,
        target_update_every: int,
        agents: Callable[..., Actor],
        lr_shares: Mapping[str, Schedule],
    ) -> None:
        super().__init__(spec, seed, episodes_per_batch, epsilon, max_grad_norm, lr_shares)
        self.updates_per_episode, self.batch_size = Fraction(str(updates_per_episode)), batch_size
        self.gamma, self.lambda_, self.bootstrap_on_truncation = gamma, lambda_, bootstrap_on_truncation
        self.double_q = double_q
        self.agents = seeded(seed, "agents", agents, spec=spec)
        self.agents_target = TargetNetwork(self.agents, target_update_every)
        self.replay = replay(spec=spec)
        if self.replay.capacity < max(batch_size, episodes_per_batch):
            needed = f"batch_size={batch_size} and episodes_per_batch={episodes_per_batch}"
            raise ConfigError(f"replay.capacity={self.replay.capacity} must be at least {needed}")

    def joint_values(self, q: Tensor, memories: Tensor, actions: Tensor, state: Tensor) -> Tensor:
        """What the values learnt make of joint actions.

        Args:
            q: [M, N, A], utilities.
            memories: [M, N, H], that they were read from.
            actions: [M, N].
            state: [M, S].

        Returns:
            [M, G]
        """
        raise NotImplementedError

    @property
    def policy(self) -> Actor:
        """The agents alone: nothing else of the learner takes part in execution."""
        return self.agents

    @property
    def explore(self) -> Explore:
        """ε-greedy."""
        return epsilon_greedy

    def on_fit_start(self) -> None:
        """Says what memory the run may come to need."""
        log.info("replay buffer: %d episodes, at most %.0f MB", self.replay.capacity, self.replay.megabytes)

    @torch.no_grad()
    def examine(self, batch: EpisodeBatch) -> Metrics:
        """How far agents and team agree, at up to `EXAMINED` moments spread over the episodes."""
        at = batch.steps
        some = torch.linspace(0, len(at.obs) - 1, min(EXAMINED, len(at.obs))).long()
        q, memories, avail, state = (x[some] for x in (*self.agents.unroll(at), at.avail, at.state))
        return {"agreement": agreement(q, avail, lambda actions: self.joint_values(q, memories, actions, state))}

    def gradient_updates(self, batch: EpisodeBatch) -> Iterator[Metrics]:
        """Stores what was played and makes the updates that have come due."""
        self.replay.add(batch)
        for _ in range(self._due(len(batch.lengths))):
            yield self.learn(self._draw().to(self.device))

    def _due(self, played: int) -> int:
        """Updates that the last `played` episodes entitle to; none while a buffer that was lost fills anew."""
        if len(self.replay) < self.batch_size:
            return 0
        after = int(self.episodes) - self.batch_size
        now, before = (floor(self.updates_per_episode * max(k, 0)) for k in (after, after - played))
        return now - before

    def _draw(self) -> EpisodeBatch:
        """A pure function of what is stored, the seed and the number of updates: there is no other state to save."""
        return self.replay.sample(self.batch_size, np.random.default_rng((self.seed, *b"replay", int(self.updates))))

    def returns(self, batch: EpisodeBatch, values: Tensor) -> Tensor:
        """λ-returns of the team's reward for each of G value functions. [T + 1, B, G] → [T, B, G]."""
        rewards = batch.reward[..., None].expand_as(values[1:])
        terminal = batch.terminal(self.bootstrap_on_truncation)
        return td_lambda_returns(rewards, values, terminal, batch.lengths, self.gamma, self.lambda_)

    def best_next(self, q: Tensor, q_target: Tensor, avail: Tensor) -> Tensor:
        """The actions that the target networks are asked to value, of utilities [M, N, A] → [M, N]."""
        return best_actions(q if self.double_q else q_target, avail)
