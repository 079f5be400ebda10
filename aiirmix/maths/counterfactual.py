"""COMA's credit: what an agent's action was worth beyond its other choices (Foerster et al. 2018, eq. 4)."""

from torch import Tensor

from aiirmix.maths.shapes import assert_shape


def counterfactual_advantage(q: Tensor, probabilities: Tensor, actions: Tensor) -> Tensor:
    """A_i = Q(s, u) − Σ_a π_i(a) Q(s, (a, u_−i)).

    Args:
        q: [..., A]; Q of the joint action in which this agent's own is replaced by each of its actions.
        probabilities: [..., A]; π_i, which sums to 1.
        actions: [...], int; u_i.

    Returns:
        [...]; its mean over actions drawn from π_i is 0.
    """
    assert_shape("probabilities", probabilities, *q.shape)
    assert_shape("actions", actions, *q.shape[:-1])
    baseline = (probabilities * q).sum(-1)
    return q.gather(-1, actions[..., None]).squeeze(-1) - baseline
