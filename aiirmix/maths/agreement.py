"""Agreement of the agents' greedy actions with the joint value.

Letters in shapes: M packed rows, N agents, A actions, G values of a joint action (1 for the team, or one per agent).
"""

from collections.abc import Callable

import torch
from torch import Tensor

from aiirmix.maths.q_values import best_actions, values_of
from aiirmix.maths.shapes import assert_shape


def agreement(q: Tensor, avail: Tensor, joint: Callable[[Tensor], Tensor]) -> Tensor:
    """Return the fraction of choices in which no other action of the agent has a larger joint value.

    A choice is an agent with several available actions at one timestep, while the other agents act greedily. The
    fraction is 1 for every joint value that is monotonic in the utilities (IQL, VDN, QMIX); QTRAN's losses aim at 1
    too (Son et al. 2019: IGM).

    Args:
        q: [M, N, A], utilities.
        avail: [M, N, A], bool.
        joint: values of joint actions, [M, N] → [M, G].

    Returns:
        A scalar from 0 to 1.
    """
    assert_shape("avail", avail, *q.shape)
    best = best_actions(q, avail)
    worth = torch.empty_like(q)
    for agent in range(q.shape[1]):
        for action in range(q.shape[2]):
            actions = best.clone()
            actions[:, agent] = action
            values = joint(actions)
            worth[:, agent, action] = values[:, agent % values.shape[1]]
    worth = worth.masked_fill(~avail, float("-inf"))
    most, chosen = worth.amax(-1), values_of(worth, best)
    agrees = (chosen >= most) | torch.isclose(chosen, most)
    return agrees[avail.sum(-1) > 1].to(q).mean()
