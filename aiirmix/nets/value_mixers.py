"""Value mixers: from the agents' utilities [M, N] and the state [M, S] to the values that are learnt, [M, G].

G is N if every agent learns its own value, and 1 if all learn the value of their joint action.
"""

from collections.abc import Sequence

from torch import Tensor, nn

from aiirmix.common.limits import PositiveInt
from aiirmix.envs.protocol import EnvSpec
from aiirmix.maths.value_mixing import monotonic_mix
from aiirmix.nets.layers import feed_forward


class NoValueMixer(nn.Module):
    """Q_i alone: independent Q-learning (Tan 1993)."""

    def __init__(self, spec: EnvSpec) -> None:
        super().__init__()

    def forward(self, q: Tensor, state: Tensor) -> Tensor:
        """Return the utilities unchanged, [M, N]."""
        return q


class VdnValueMixer(nn.Module):
    """Q_tot = Σ_i Q_i (Sunehag et al. 2018)."""

    def __init__(self, spec: EnvSpec) -> None:
        super().__init__()

    def forward(self, q: Tensor, state: Tensor) -> Tensor:
        """Return Q_tot, [M, 1]."""
        return q.sum(-1, keepdim=True)


class QmixValueMixer(nn.Module):
    """Q_tot = |W2|·ELU(|W1|ᵀ q + b1) + V, with weights that are functions of the state (Rashid et al. 2018).

    Args:
        spec: the environment's sizes.
        hidden: width of the mixing network and of V's hidden layer.
        hyper_hidden: widths of the hidden layers of the networks that make W1 and W2; none is one linear layer.
    """

    def __init__(self, spec: EnvSpec, hidden: PositiveInt, hyper_hidden: Sequence[PositiveInt]) -> None:
        super().__init__()
        self.hidden = hidden
        self.w1 = feed_forward([spec.state_dim, *hyper_hidden, spec.n_agents * hidden])
        self.w2 = feed_forward([spec.state_dim, *hyper_hidden, hidden])
        self.b1 = nn.Linear(spec.state_dim, hidden)
        self.v = feed_forward([spec.state_dim, hidden, 1])

    def forward(self, q: Tensor, state: Tensor) -> Tensor:
        """Return Q_tot, [M, 1]."""
        w1 = self.w1(state).view(*q.shape, self.hidden)
        return monotonic_mix(q, w1, self.b1(state), self.w2(state), self.v(state).squeeze(-1))[:, None]
