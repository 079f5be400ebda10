"""Normalisation by running averages."""

from typing import Protocol

import torch
from torch import Tensor, nn

from aiirmix.common.limits import UnitInterval


class Normaliser(Protocol):
    """Scales a critic's targets."""

    def observe(self, x: Tensor) -> None:
        """Take note of targets of any shape."""

    def normalise(self, x: Tensor) -> Tensor:
        """Return `x` in the critic's units."""

    def denormalise(self, x: Tensor) -> Tensor:
        """Invert `normalise`."""


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


class RunningNormaliser(nn.Module):
    """x ↦ (x − μ)/σ with exponential moving averages of mean and square, corrected for their start at zero.

    Args:
        decay: weight of all earlier batches against the latest, in [0, 1).
    """

    mean_sum: Tensor
    square_sum: Tensor
    weight: Tensor

    def __init__(self, decay: UnitInterval) -> None:
        super().__init__()
        self.decay = decay
        for name in ("mean_sum", "square_sum", "weight"):
            self.register_buffer(name, torch.zeros(()))

    def observe(self, x: Tensor) -> None:
        """Move the averages towards the mean and the mean square of `x`, of any shape."""
        latest = {"mean_sum": x.detach().mean(), "square_sum": x.detach().square().mean(), "weight": torch.ones(())}
        for name, value in latest.items():
            average = getattr(self, name)
            average.lerp_(value.to(average), 1 - self.decay)

    def normalise(self, x: Tensor) -> Tensor:
        """Return (x − μ)/σ, or `x` before anything was observed."""
        mean, deviation = self._mean_and_deviation()
        return (x - mean) / deviation

    def denormalise(self, x: Tensor) -> Tensor:
        """Invert `normalise`."""
        mean, deviation = self._mean_and_deviation()
        return x * deviation + mean

    def _mean_and_deviation(self) -> tuple[Tensor, Tensor]:
        """Return μ, and σ of at least 0.1."""
        if not self.weight:
            return torch.zeros_like(self.weight), torch.ones_like(self.weight)
        mean = self.mean_sum / self.weight
        return mean, (self.square_sum / self.weight - mean.square()).clamp_min(0.01).sqrt()
