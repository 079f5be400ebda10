"""The shared part of learners that learn from the episodes their policy has just played.

Letters in shapes: M transitions, N agents, A actions.
"""

from collections.abc import Callable
from typing import Any

from torch import Tensor

from aiirmix.common.limits import NonNegative
from aiirmix.data.packing import PackedTimesteps
from aiirmix.learners.base import Learner, Metrics, seeded
from aiirmix.maths.masked import masked_mean, standardise
from aiirmix.maths.policy import entropy, taken_log_probability
from aiirmix.nets.actor import Actor


def log_taken(logits: Tensor, transitions: PackedTimesteps) -> Tensor:
    """Return log π of the actions taken, [M, N], from the logits [M, N, A]."""
    return taken_log_probability(logits, transitions.avail, transitions.actions, transitions.epsilon)


class OnPolicyLearner(Learner):
    """Decentralised stochastic actors that climb a policy gradient with an entropy bonus.

    Args:
        actor: makes the actors.
        entropy_coef: weight of the entropy bonus, in advantage units per nat.
        standardise_advantages: whether advantages are scaled to mean 0 and standard deviation 1 over living agents.
        settings: see `Learner`; `optimizers` has ``actor``.
    """

    def __init__(
        self, *, actor: Callable[..., Actor], entropy_coef: NonNegative, standardise_advantages: bool, **settings: Any
    ) -> None:
        super().__init__(**settings)
        self.entropy_coef, self.standardise_advantages = entropy_coef, standardise_advantages
        self.actor = seeded(self.seed, "actor", actor, spec=self.spec)
        self.add_optimizer("actor", self.make_optimizer["actor"], self.actor)

    @property
    def policy(self) -> Actor:
        """The actors; execution needs nothing else of the learner."""
        return self.actor

    def logits(self, transitions: PackedTimesteps) -> Tensor:
        """Return the actors' logits, [M, N, A]; those of the dead, who have one action, may be anything."""
        logits: Tensor = self.actor(transitions, living_only=True)
        return logits

    def standardised(self, advantage: Tensor, alive: Tensor) -> Tensor:
        """Standardise the advantages over living agents, both [M, N], unless the settings say otherwise."""
        return standardise(advantage, alive) if self.standardise_advantages else advantage

    def policy_loss(self, logits: Tensor, gain: Tensor, transitions: PackedTimesteps) -> tuple[Tensor, Metrics]:
        """Compute the actors' loss.

        Args:
            logits: [M, N, A], of the actors.
            gain: [M, N], to be maximised, e.g. A log π(u).
            transitions: the timesteps that `logits` and `gain` belong to.

        Returns:
            Minus the mean gain of living agents, less the entropy bonus; and metrics.
        """
        loss = -masked_mean(gain, transitions.alive)
        mean_entropy = masked_mean(entropy(logits, transitions.avail), transitions.alive)
        return loss - self.entropy_coef * mean_entropy, {
            "actor/loss": loss.detach(),
            "actor/entropy": mean_entropy.detach(),
        }
