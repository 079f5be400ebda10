"""A reward mixer that lets r_ex decide how much of r_in counts."""

from torch import Tensor, nn


class GatedMixer(nn.Module):
    """r_total = r_ex + λ sigmoid(a r_ex + b) r_in.

    Args:
        weight: λ.
    """

    def __init__(self, weight: float) -> None:
        super().__init__()
        self.gate, self.weight = nn.Linear(1, 1), weight

    def forward(self, r_in: Tensor, r_ex: Tensor) -> Tensor:
        """Return r_total, [M, N]."""
        r_ex = r_ex[:, None]
        gate: Tensor = self.gate(r_ex).sigmoid()
        return r_ex + self.weight * gate * r_in
