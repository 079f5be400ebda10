"""A similarity: agents with close embeddings attend to each other."""

from torch import Tensor, nn


class NegativeDistance(nn.Module):
    """−‖v_i − v_j‖² / scale.

    Args:
        width: features D of an embedding.
        scale: divides the squared distance.
    """

    def __init__(self, width: int, scale: float) -> None:
        super().__init__()
        self.scale = scale

    def forward(self, v: Tensor) -> Tensor:
        """Return the similarities [..., N, N] of the embeddings [..., N, D]."""
        return -(v[..., :, None, :] - v[..., None, :, :]).square().sum(-1) / self.scale
