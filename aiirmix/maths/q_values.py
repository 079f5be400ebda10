"""Values of actions. Letters in shapes: A actions; `...` may be packed rows and agents."""

from torch import Tensor

from aiirmix.maths.shapes import assert_shape


def values_of(q: Tensor, actions: Tensor) -> Tensor:
    """Return Q(u). [..., A], [...] → [...]; for no action (a negative number), Q of action 0."""
    assert_shape("actions", actions, *q.shape[:-1])
    return q.gather(-1, actions.clamp_min(0)[..., None]).squeeze(-1)


def best_actions(q: Tensor, avail: Tensor) -> Tensor:
    """Return the argmax of Q over available actions. Both [..., A] → [...]."""
    assert_shape("avail", avail, *q.shape)
    return q.masked_fill(~avail, float("-inf")).argmax(-1)
