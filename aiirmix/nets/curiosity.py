"""Curiosity: the intrinsic curiosity module (Pathak et al. 2017; docs/novelty.md).

Letters in shapes: M transitions, N agents, A actions, F features.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from aiirmix.common.errors import ConfigError
from aiirmix.common.limits import PositiveInt, UnitInterval
from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.envs.protocol import EnvSpec
from aiirmix.maths.masked import masked_mean
from aiirmix.maths.novelty import half_squared_distance
from aiirmix.maths.policy import taken_log_probability
from aiirmix.nets.inputs import Piece
from aiirmix.nets.layers import AgentNetwork, feed_forward
from aiirmix.nets.novelty import SurpriseReward, lives_on


class CuriosityReward(SurpriseReward):
    """Pays each agent as far as it cannot predict what its action leads to.

    The prediction is of features, not of observations: an encoder learns features from which the action can be told, so
    that what no action influences does not count.

    Args:
        spec: the environment's sizes.
        inputs: the pieces that the encoder reads, before and after the action.
        hidden: widths of the hidden layers of the encoder; the other two networks have one, of the last of them.
        features: F.
        forward_fraction: β; the loss is (1 − β)·that of telling the action + β·that of predicting the features.
        detach_target: whether the features to be predicted count as constants, so that predicting them does not pull
            the encoder towards features that are easy to predict.
        settings: see `SurpriseReward`.

    Raises:
        ConfigError: there is no hidden layer.
    """

    def __init__(
        self,
        spec: EnvSpec,
        inputs: Sequence[Piece],
        hidden: Sequence[PositiveInt],
        features: PositiveInt,
        forward_fraction: UnitInterval,
        detach_target: bool,
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        if not hidden:
            raise ConfigError("model.intrinsic.hidden must have at least one width")
        self.forward_fraction, self.detach_target = forward_fraction, detach_target
        self.encoder = AgentNetwork(spec, inputs, [*hidden, features])
        self.inverse = feed_forward([2 * features, hidden[-1], spec.n_actions])
        self.dynamics = feed_forward([features + spec.n_actions, hidden[-1], features])

    def errors(self, batch: EpisodeBatch) -> Tensor:
        """Return half the squared distance of predicted and actual features, [M, N]."""
        return self._errors(batch, self.encoder(batch.transitions), self.encoder(batch.after))

    def loss(self, batch: EpisodeBatch) -> Tensor:
        """Return the loss of both predictions."""
        before, after = self.encoder(batch.transitions), self.encoder(batch.after)
        logits, steps, alive = self.inverse(torch.cat([before, after], -1)), batch.transitions, lives_on(batch)
        surprise = -taken_log_probability(logits, steps.avail, steps.actions)
        forward = masked_mean(self._errors(batch, before, after), alive)
        return (1 - self.forward_fraction) * masked_mean(surprise, alive) + self.forward_fraction * forward

    def _errors(self, batch: EpisodeBatch, before: Tensor, after: Tensor) -> Tensor:
        actions = batch.transitions.one_hot(batch.transitions.actions)
        predicted = self.dynamics(torch.cat([before, actions], -1))
        return half_squared_distance(predicted, after.detach() if self.detach_target else after)
