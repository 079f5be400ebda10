"""How much of the actors' advantage is intrinsic, and what that depends on (docs/aiir_mix.md, Balance)."""

import math
from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor, nn

from aiirmix.common.errors import ConfigError
from aiirmix.common.limits import BelowOne, Positive, UnitInterval


class Gate(Protocol):
    """Lowers κ while the intrinsic rewards cannot be trusted."""

    def observe(self, agreement: Tensor, /) -> None:
        """Take note of how far two sources, learnt from disjoint halves of the episodes, agree on a batch (scalar)."""

    def opening(self) -> float:
        """Return the fraction of κ_max that the gate lets through, from 0 to 1."""


class SplitHalfGate(nn.Module):
    """Opens as far as the sources of the two halves agree: max(0, g)^power with g ← decay·g + (1 − decay)·corr(D¹, D²).

    Errors that a source has learnt from its half alone are not shared by the other, so they lower the agreement.

    Args:
        decay: weight of all earlier batches against the latest.
        power: how sharply the gate closes at low agreement.
    """

    agreement: Tensor

    def __init__(self, decay: BelowOne, power: Positive) -> None:
        super().__init__()
        self.decay, self.power = decay, power
        self.register_buffer("agreement", torch.zeros(()))

    def observe(self, agreement: Tensor) -> None:
        """Move g towards the agreement on a batch."""
        self.agreement.lerp_(agreement.to(self.agreement), 1 - self.decay)

    def opening(self) -> float:
        """Return max(0, g)^power."""
        return math.pow(max(0.0, float(self.agreement)), self.power)


class Balance(nn.Module):
    """How much of the actors' advantage is intrinsic.

    Args:
        kappa_max: largest weight κ of the part from δ = r_total − r_ex, in units of standard deviation; None: no
            balance.
        gate: makes what lowers κ; None: κ is always κ_max.
        gamma: discount of δ; None: that of r_ex. With 0, δ counts for the action of its own timestep alone.

    Raises:
        ConfigError: there is a discount of δ and no balance.
    """

    gate: Gate | None

    def __init__(self, kappa_max: BelowOne | None, gate: Callable[[], Gate] | None, gamma: UnitInterval | None) -> None:
        super().__init__()
        if kappa_max is None and gamma is not None:
            raise ConfigError("model.balance.gamma needs a balance: model/balance=gated, balanced or scaled")
        self.kappa_max, self.gamma = kappa_max, gamma
        self.gate = gate() if gate else None

    def kappa(self) -> float | None:
        """Return κ; None: no balance."""
        if self.kappa_max is None or self.gate is None:
            return self.kappa_max
        return self.kappa_max * self.gate.opening()
