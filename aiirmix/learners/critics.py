"""On-policy learners with critics of r_total and r_ex.

Letters in shapes: T transitions of the longest episode, B episodes, M transitions, N agents.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from torch import Tensor, nn

from aiirmix.common.errors import ConfigError
from aiirmix.common.limits import PositiveInt, UnitInterval
from aiirmix.learners.advantages import Advantages, Traces
from aiirmix.learners.balance import Balance
from aiirmix.learners.base import Metrics, seeded
from aiirmix.learners.on_policy import OnPolicyLearner
from aiirmix.learners.rollout import Rollout
from aiirmix.learners.value_function import ValueFunction, Values
from aiirmix.maths.advantage import Estimate
from aiirmix.maths.masked import explained_variance
from aiirmix.nets.normaliser import Normaliser
from aiirmix.nets.target import TargetNetwork


class CriticLearner(OnPolicyLearner):
    """Critics by name, and the advantages that follow from their values.

    Args:
        lambda_: trace decay of the estimates.
        bootstrap_on_truncation: whether returns bootstrap at a time-out; by SMAC's rule it is terminal.
        target_update_every: updates between copies to the target critics; None: the critics bootstrap from themselves.
        agent_critic: makes the critic of r_total.
        extrinsic_critic: makes the critic of r_ex; None: there is none.
        value_normaliser: makes the normaliser of a critic's targets.
        value_loss: the critics' loss, a function of `aiirmix.maths.proximal`.
        estimator: returns and advantages from rewards and values, a function of `aiirmix.maths.advantage`.
        balance: how much of the advantage is intrinsic; with a balance, the agent critic learns δ = r_total − r_ex.
        advantage: the actors' advantage, a function of `aiirmix.maths.advantage`.
        settings: see `OnPolicyLearner`; `optimizers` has ``critic``, for every critic.

    Raises:
        ConfigError: there are target critics from which nothing bootstraps.
    """

    def __init__(
        self,
        *,
        lambda_: UnitInterval,
        bootstrap_on_truncation: bool,
        target_update_every: PositiveInt | None,
        agent_critic: Callable[..., nn.Module],
        extrinsic_critic: Callable[..., nn.Module] | None = None,
        value_normaliser: Callable[[], Normaliser],
        value_loss: Callable[..., Tensor],
        estimator: Callable[..., Estimate],
        balance: Balance,
        advantage: Callable[..., Tensor],
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        self.balance = balance
        traces = Traces(estimator, lambda_, bootstrap_on_truncation)
        if target_update_every and not traces.read_targets:
            raise ConfigError(
                "these advantages bootstrap from the critics themselves: model.target_update_every must be null, "
                "or choose model/estimator=td_lambda"
            )
        self.advantages = Advantages(traces, advantage, balance, self.gamma, self.standardised)
        self.value_functions: dict[str, ValueFunction] = {}
        add_critic = partial(self._add_critic, target_update_every, value_normaliser, value_loss)
        add_critic("agent", agent_critic)
        if extrinsic_critic:
            add_critic("extrinsic", extrinsic_critic)

    def _add_critic(
        self,
        target_update_every: int | None,
        value_normaliser: Callable[[], Normaliser],
        value_loss: Callable[..., Tensor],
        name: str,
        make: Callable[..., nn.Module],
    ) -> None:
        """Register the parts of a value function as `<name>_critic`, `<name>_target` and `<name>_normaliser`.

        Critics of the same kind start alike, so that a model without intrinsic reward is an exact control.
        """
        critic, normaliser = seeded(self.seed, "critic", make, spec=self.spec), value_normaliser()
        target = TargetNetwork(critic, target_update_every) if target_update_every else None
        for part, module in (("critic", critic), ("target", target), ("normaliser", normaliser)):
            setattr(self, f"{name}_{part}", module)
        self.value_functions[f"{name}_critic"] = ValueFunction(critic, target, normaliser, value_loss)
        self.add_optimizer(f"{name}_critic", self.make_optimizer["critic"], critic)

    def improve_critics(self, part: Rollout, known: Mapping[str, Values] | None = None) -> Metrics:
        """Step each critic towards its returns (eqs. 5 and 8), then let the target networks follow.

        `known` holds the values with their graphs, if the critics have not moved since they were computed.
        """
        transitions, metrics = part.batch.transitions, Metrics()
        pack = transitions.packing.pack
        for name, function in self.value_functions.items():
            values = function.critic(transitions) if known is None else pack(known[name].live[:-1])
            old, returns = (pack(x) for x in part.critics[name])
            loss = function.loss(values, old, returns).mean()
            metrics[f"{name}/loss"], metrics[f"{name}/grad_norm"] = loss, self.descend(name, loss)
            function.follow()
            metrics[f"{name}/explained_variance"] = explained_variance(values.detach(), returns)
        return metrics
