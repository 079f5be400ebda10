"""REINFORCE: every agent reinforces its actions by the team's return (Williams 1992)."""

from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.learners.base import Metrics
from aiirmix.learners.on_policy import OnPolicyLearner, log_taken
from aiirmix.maths.returns import td_lambda_returns


class Reinforce(OnPolicyLearner):
    """The policy gradient of the discounted return, without a critic."""

    def learn(self, batch: EpisodeBatch) -> Metrics:
        """Take one step of the actors."""
        transitions, rewards = batch.transitions, batch.reward[..., None]
        no_values = rewards.new_zeros(len(rewards) + 1, *rewards.shape[1:])
        terminal = batch.terminal(bootstrap_on_truncation=False)
        returns = td_lambda_returns(rewards, no_values, terminal, batch.lengths, self.gamma, 1.0)
        advantage = transitions.packing.pack(returns).expand(transitions.alive.shape)
        logits = self.actor(transitions)
        gain = self.standardised(advantage, transitions.alive) * log_taken(logits, transitions)
        loss, metrics = self.policy_loss(logits, gain, transitions)
        return metrics | {"actor/grad_norm": self.descend("actor", loss)}
