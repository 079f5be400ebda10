"""Normalisation by running averages."""

from typing import Protocol

import torch
from torch import Tensor, nn

from aiirmix.common.limits import BelowOne, Positive


class Normaliser(Protocol):
    """Scales a critic's targets."""

    def observe(self, x: Tensor) -> None:
        """Take note of targets, [...]."""

    def normalise(self, x: Tensor) -> Tensor:
        """Return `x` in the critic's units. [...] → [...]."""

    def denormalise(self, x: Tensor) -> Tensor:
        """Invert `normalise`. [...] → [...]."""


class NoNormaliser(nn.Module):
    """The identity: critics learn returns in units of reward."""

    def observe(self, x: Tensor) -> None:
        """Do nothing."""

    def normalise(self, x: Tensor) -> Tensor:
        """Return `x`."""
        return x

    def denormalise(self, x: Tensor) -> Tensor:
        """Return `x`."""
        return x


class RunningMoments(nn.Module):
    """Exponential moving averages of mean and square, corrected for their start at zero.

    Args:
        decay: weight of all earlier batches against the latest, in [0, 1).
        least_variance: σ² is at least this.
        features: size of the last axis, whose entries have averages of their own; None: one of each for all entries.
    """

    mean_sum: Tensor
    square_sum: Tensor
    weight: Tensor

    def __init__(self, decay: BelowOne, least_variance: Positive, features: int | None = None) -> None:
        super().__init__()
        self.decay, self.least_variance = decay, least_variance
        shape = () if features is None else (features,)
        for name in ("mean_sum", "square_sum"):
            self.register_buffer(name, torch.zeros(shape))
        self.register_buffer("weight", torch.zeros(()))

    def observe(self, x: Tensor) -> None:
        """Move the averages towards the mean and the mean square of `x`, [...] or [..., features]; none if empty."""
        if not x.numel():
            return
        axes = tuple(range(x.dim() - 1)) if self.mean_sum.dim() else None
        latest = {"mean_sum": x.detach().mean(axes), "square_sum": x.detach().square().mean(axes)}
        for name, value in (latest | {"weight": torch.ones(())}).items():
            average = getattr(self, name)
            average.lerp_(value.to(average), 1 - self.decay)

    def mean_and_deviation(self) -> tuple[Tensor, Tensor]:
        """Return μ and σ; 0 and 1 before anything was observed."""
        if not self.weight:
            return torch.zeros_like(self.mean_sum), torch.ones_like(self.mean_sum)
        mean = self.mean_sum / self.weight
        return mean, (self.square_sum / self.weight - mean.square()).clamp_min(self.least_variance).sqrt()


class RunningNormaliser(RunningMoments):
    """x ↦ (x − μ)/σ with running averages, and σ of at least 0.1.

    Args:
        decay: weight of all earlier batches against the latest, in [0, 1).
        features: see `RunningMoments`.
    """

    def __init__(self, decay: BelowOne, features: int | None = None) -> None:
        super().__init__(decay, 0.01, features)

    def normalise(self, x: Tensor) -> Tensor:
        """Return (x − μ)/σ, or `x` before anything was observed."""
        mean, deviation = self.mean_and_deviation()
        return (x - mean) / deviation

    def denormalise(self, x: Tensor) -> Tensor:
        """Invert `normalise`."""
        mean, deviation = self.mean_and_deviation()
        return x * deviation + mean


class RunningScale(RunningMoments):
    """x ↦ x/σ with a running deviation, however small: for rewards that may be tiny and must keep their sign.

    Args:
        decay: weight of all earlier batches against the latest, in [0, 1).
        floor: the least σ.
    """

    def __init__(self, decay: BelowOne, floor: float = 1e-8) -> None:
        super().__init__(decay, floor**2)

    def scaled(self, x: Tensor) -> Tensor:
        """Return x/σ, or `x` before anything was observed."""
        return x / self.mean_and_deviation()[1]
