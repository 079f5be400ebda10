"""Values of actions. Letters in shapes: A actions; `...` may be moments and agents."""

from torch import Tensor

from aiirmix.maths.shapes import assert_shape


def values_of(q: Tensor, actions: Tensor) -> Tensor:
    """Q(u). [..., A], [...] → [...]; where there is no action (a negative number), that of action 0."""
    assert_shape("actions", actions, *q.shape[:-1])
    return q.gather(-1, actions.clamp_min(0)[..., None]).squeeze(-1)


def best_actions(q: Tensor, avail: Tensor) -> Tensor:
    """Argmax of Q over available actions. Both [..., A] → [...]."""
    assert_shape("avail", avail, *q.shape)
    return q.masked_fill(~avail, float("-inf")).argmax(-1)
