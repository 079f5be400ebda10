"""The roles that a model's exchangeable networks play. Of most, any torch module with the right call plays one.

Letters in shapes: M packed rows, N agents, S state features, G values learnt (N, or 1 for the whole team).
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol, Self

from torch import Tensor, nn

from aiirmix.common.errors import ConfigError
from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.data.packing import PackedTimesteps


class Network(Protocol):
    """The part of `torch.nn.Module` that learners rely on."""

    __call__: Callable[..., Any]

    def parameters(self) -> Iterator[nn.Parameter]:
        """Iterate over what can be trained."""

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Freeze or unfreeze the parameters."""

    def state_dict(self) -> dict[str, Any]:
        """Return parameters and buffers by name."""

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> object:
        """Copy parameters and buffers."""


class IntrinsicSource(nn.Module):
    """Gives each agent its intrinsic reward. A source of one's own derives from it.

    It has a `forward` from packed timesteps to r_in, [M, N], or, if it reads whole episodes, `from_episodes`. The other
    methods are for what a source does besides. None of its networks may have the name of a method, which would hide it.
    """

    @property
    def judges_actions(self) -> bool:
        """Whether it can be asked about actions that were not played: it has a `forward`."""
        return type(self).forward is not nn.Module.forward

    @property
    def learns_by_itself(self) -> bool:
        """Whether it has `losses` of its own: it learns by them, and not by the meta-gradient."""
        return type(self).losses is not IntrinsicSource.losses

    def __setattr__(self, name: str, value: Any) -> None:  # noqa: ANN401 - as nn.Module
        """Set an attribute.

        Raises:
            ConfigError: a network would have the name of a method.
        """
        if isinstance(value, nn.Module) and hasattr(IntrinsicSource, name):
            raise ConfigError(f"{type(self).__name__}.{name} is what a source does: give the network another name")
        super().__setattr__(name, value)

    def from_episodes(self, batch: EpisodeBatch) -> Tensor:
        """Return r_in for every transition of the episodes, [M, N]."""
        rewards: Tensor = self(batch.transitions)
        return rewards

    def attention(self, timesteps: PackedTimesteps) -> Tensor | None:
        """Return how much agent i attends to agent j, [M, N, N], rows summing to 1, for metrics, figures and viewer.

        None: there is nothing to show.
        """
        return None

    def observe(self, batch: EpisodeBatch) -> dict[str, Tensor]:
        """Take note of a batch before its rewards are asked for; return metrics."""
        return {}

    def losses(self, batch: EpisodeBatch) -> Iterator[Tensor]:
        """Yield the loss of each of its steps on a batch, after the actors' last; the step is taken in between."""
        yield from ()


class RewardMixer(Network, Protocol):
    """Combines intrinsic and extrinsic rewards."""

    def __call__(self, r_in: Tensor, r_ex: Tensor, /) -> Tensor:
        """Return r_total, [M, N], from r_in [M, N] and r_ex [M]."""


class ValueMixer(Network, Protocol):
    """Combines the agents' utilities into the values that are learnt."""

    def __call__(self, q: Tensor, state: Tensor, /) -> Tensor:
        """Return the values [M, G] from utilities [M, N] and states [M, S]."""


class ActionCritic(Network, Protocol):
    """The value of each action of an agent while the others act as they did."""

    def backwards(self, timesteps: PackedTimesteps, window: int) -> Iterator[tuple[slice, Tensor]]:
        """Compute Q in windows of `window` timesteps from the last to the first, each only when it is asked for.

        Yields:
            Which rows of `timesteps` the window covers, and their Q, [rows, N, A].
        """
