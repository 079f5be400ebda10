"""Reward mixers: from r_in [M, N] and r_ex [M] to r_total [M, N], for M packed rows and N agents."""

from collections.abc import Callable
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

from aiirmix.common.limits import PositiveInt
from aiirmix.maths.mixing import linear_mix, network_mix

_ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "none": lambda x: x,
    "elu": nn.functional.elu,
    "relu": torch.relu,
    "tanh": torch.tanh,
}
_SIGNS: dict[str, Callable[[Tensor], Tensor]] = {"free": lambda x: x, "abs": torch.abs}


class LinearMixer(nn.Module):
    """r_total = w r_ex + λ r_in; with w = 1, eq. 13.

    Args:
        weight: λ.
        extrinsic_weight: w; with 0, intrinsic rewards replace the team's.
    """

    def __init__(self, weight: float, extrinsic_weight: float = 1.0) -> None:
        super().__init__()
        self.weight, self.extrinsic_weight = weight, extrinsic_weight

    def forward(self, r_in: Tensor, r_ex: Tensor) -> Tensor:
        """Return r_total, [M, N]."""
        return linear_mix(r_in, r_ex, self.weight, self.extrinsic_weight)


class MixingWeights(NamedTuple):
    """The weights that a hypernetwork computes from r_ex."""

    w1: Tensor
    """[M, H]"""
    b1: Tensor
    """[M, H]"""
    w2: Tensor
    """[M, H]"""
    b2: Tensor
    """[M, 1]"""


class HypernetMixer(nn.Module):
    """r_total_i = act(r_in_i W1 + b1) W2 + b2, with all weights linear functions of r_ex (eq. 14, Fig. 2a).

    Args:
        hidden: width H of the mixing network.
        activation: eq. 14 has none: r_total is then affine in r_in, with a slope and an offset that depend on r_ex.
        sign: ``free`` as printed, or ``abs``, with which r_total grows with r_in.
        start: ``eq13`` starts exactly at r_ex + `weight`·r_in; ``random`` is torch's default, with which r_total falls
            as r_ex rises in half of all seeds.
        weight: the λ > 0 of the start ``eq13``.

    Raises:
        ValueError: the start is ``eq13`` and there is an activation, with which eq. 13 cannot be expressed; or its λ is
            not positive, from which the weights could not start to learn.
    """

    def __init__(
        self,
        hidden: PositiveInt,
        activation: Literal["none", "elu", "relu", "tanh"],
        sign: Literal["free", "abs"],
        start: Literal["eq13", "random"],
        weight: float,
    ) -> None:
        super().__init__()
        if start == "eq13" and activation != "none":
            raise ValueError(f"mixer start eq13 needs activation=none, not {activation}; use start=random")
        if start == "eq13" and weight <= 0:
            raise ValueError(f"mixer start eq13 needs a weight above 0, not {weight:g}")
        self.activation, self.sign = _ACTIVATIONS[activation], _SIGNS[sign]
        self.w1, self.b1, self.w2 = (nn.Linear(1, hidden) for _ in range(3))
        self.b2 = nn.Linear(1, 1)
        if start == "eq13":
            self._start_at_eq13(weight)

    @torch.no_grad()
    def _start_at_eq13(self, weight: float) -> None:
        """Make W1·W2 = λ and b1·W2 + b2 = r_ex: constant W1 and W2 along one direction, b1 = 0, b2 the identity."""
        direction = torch.randn_like(self.w1.bias)
        direction = self.sign(direction / direction.norm())
        for head in (self.w1, self.w2):
            head.weight.zero_()
            head.bias.copy_(direction * weight**0.5)
        self.b1.weight.zero_()
        self.b1.bias.zero_()
        self.b2.weight.fill_(1.0)
        self.b2.bias.zero_()

    def weights(self, r_ex: Tensor) -> MixingWeights:
        """Compute the mixing weights from r_ex, [M]."""
        x = r_ex[..., None]
        return MixingWeights(self.sign(self.w1(x)), self.b1(x), self.sign(self.w2(x)), self.b2(x))

    def forward(self, r_in: Tensor, r_ex: Tensor) -> Tensor:
        """Return r_total, [M, N]."""
        return network_mix(r_in, *self.weights(r_ex), self.activation)
