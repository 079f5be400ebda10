"""An intrinsic source whose attention is a bilinear form of the agents' observations."""

from typing import Literal

from torch import Tensor, nn

from aiirmix.data.packing import PackedTimesteps
from aiirmix.envs.protocol import EnvSpec
from aiirmix.maths.attention import attend, attention_weights
from aiirmix.maths.mixing import squash
from aiirmix.nets.layers import start_at_zero
from aiirmix.nets.roles import IntrinsicSource

Start = Literal["random", "zero"]


class BilinearReward(IntrinsicSource):
    """r_in_i = FC(Σ_j softmax_j(v_iᵀ W v_j) v_j), v = FC(obs).

    Args:
        spec: the environment's sizes.
        width: features of an embedding v.
        squash_scale: r_in lies in ± this.
        head_start: ``zero`` if r_in starts at zero.
    """

    def __init__(self, spec: EnvSpec, width: int, squash_scale: float, head_start: Start = "random") -> None:
        super().__init__()
        self.embed, self.form = nn.Linear(spec.obs_dim, width), nn.Linear(width, width, bias=False)
        self.head, self.squash_scale = nn.Linear(width, 1), squash_scale
        if head_start == "zero":
            start_at_zero(self.head)

    def forward(self, timesteps: PackedTimesteps) -> Tensor:
        """Return r_in, [M, N]."""
        z = attend(self.attention(timesteps), self.embed(timesteps.obs))
        return squash(self.head(z).squeeze(-1), self.squash_scale)

    def attention(self, timesteps: PackedTimesteps) -> Tensor:
        """Return the attention of agent i to agent j, [M, N, N]."""
        v = self.embed(timesteps.obs)
        return attention_weights(self.form(v) @ v.transpose(-2, -1), timesteps.alive, 1.0)
