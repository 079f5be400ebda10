"""The roles that a model's exchangeable networks play. Any torch module with the right call plays one.

Letters in shapes: M packed rows, N agents, S state features, G values learnt (N, or 1 for the whole team).
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol, Self, runtime_checkable

from torch import Tensor, nn

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


class IntrinsicSource(Network, Protocol):
    """Gives each agent its intrinsic reward."""

    def __call__(self, timesteps: PackedTimesteps, /) -> Tensor:
        """Return r_in, [M, N]."""


@runtime_checkable
class ShowsAttention(Protocol):
    """An intrinsic source that can show which agents it attends to; metrics, figures and viewer then show it too."""

    def attention(self, timesteps: PackedTimesteps, /) -> Tensor | None:
        """Return how much agent i attends to agent j, [M, N, N]; rows sum to 1. None: nothing to show after all."""


@runtime_checkable
class ReadsEpisodes(Protocol):
    """An intrinsic source that needs more than the timesteps with an action, e.g. what follows them."""

    def from_episodes(self, batch: EpisodeBatch, /) -> Tensor:
        """Return r_in for every transition of the episodes, [M, N]."""


@runtime_checkable
class TeachesItself(ReadsEpisodes, Protocol):
    """An intrinsic source that learns from what is seen, not from the meta-gradient. Its rewards are constants."""

    def observe(self, batch: EpisodeBatch, /) -> dict[str, Tensor]:
        """Take note of a batch before its rewards are asked for; return metrics."""

    def losses(self, batch: EpisodeBatch, /) -> Iterator[Tensor]:
        """Yield the loss of each of its steps on a batch, after the actors' last; the step is taken in between."""


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


def attention_of(source: IntrinsicSource, timesteps: PackedTimesteps) -> Tensor | None:
    """Return the attention of an intrinsic source, [M, N, N]; None if it shows none."""
    return source.attention(timesteps) if isinstance(source, ShowsAttention) else None


def intrinsic_rewards(source: IntrinsicSource, batch: EpisodeBatch) -> Tensor:
    """Return r_in of an intrinsic source for every transition of the episodes, [M, N]."""
    return source.from_episodes(batch) if isinstance(source, ReadsEpisodes) else source(batch.transitions)
