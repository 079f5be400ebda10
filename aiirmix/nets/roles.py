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
class KnowsTruth(Protocol):
    """An intrinsic source that is given the agents' true contributions, besides what every network may see."""

    def from_contributions(self, contributions: Tensor, /) -> Tensor:
        """Return r_in from the true contributions, both [M, N]."""


class RewardMixer(Network, Protocol):
    """Combines intrinsic and extrinsic rewards."""

    def __call__(self, r_in: Tensor, r_ex: Tensor, /) -> Tensor:
        """Return r_total, [M, N], from r_in [M, N] and r_ex [M]."""


class ValueMixer(Network, Protocol):
    """Combines the agents' utilities into the values that are learnt."""

    def __call__(self, q: Tensor, state: Tensor, /) -> Tensor:
        """Return the values [M, G] from utilities [M, N] and states [M, S]."""


def attention_of(source: IntrinsicSource, timesteps: PackedTimesteps) -> Tensor | None:
    """Return the attention of an intrinsic source, [M, N, N]; None if it shows none."""
    return source.attention(timesteps) if isinstance(source, ShowsAttention) else None


def intrinsic_rewards(source: IntrinsicSource, batch: EpisodeBatch) -> Tensor:
    """Return r_in of an intrinsic source for every transition of the episodes, [M, N]."""
    if isinstance(source, KnowsTruth) and batch.contributions is not None:
        return source.from_contributions(batch.transitions.packing.pack(batch.contributions))
    return source(batch.transitions)
