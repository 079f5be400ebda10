"""COMA's counterfactual advantage (Foerster et al. 2018, eq. 4)."""

from torch import Tensor

from aiirmix.maths.q_values import values_of
from aiirmix.maths.shapes import assert_shape


def counterfactual_advantage(q: Tensor, probabilities: Tensor, actions: Tensor) -> Tensor:
    """Return A_i = Q(s, u) − Σ_a π_i(a) Q(s, (a, u_−i)).

    Args:
        q: [..., A]; Q of the joint action with agent i's action replaced by each of its actions.
        probabilities: [..., A]; π_i.
        actions: [...], int; u_i.

    Returns:
        [...]; the mean over actions drawn from π_i is 0.
    """
    assert_shape("probabilities", probabilities, *q.shape)
    baseline = (probabilities * q).sum(-1)
    return values_of(q, actions) - baseline
