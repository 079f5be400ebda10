import pytest
import torch

from aiirmix.maths.qtran import counterfactual_loss, nonoptimal_loss, optimal_loss, replaced_sums, sum_of_others

PAYOFF = torch.tensor([[8.0, -12.0, -12.0], [-12.0, 0.0, 0.0], [-12.0, 0.0, 0.0]])
"""The QTRAN paper's game."""
JOINT = torch.cartesian_prod(torch.arange(3), torch.arange(3))


def gaps_of(utilities):
    """Return Q'_jt and Q_jt of all nine joint actions, [9], if both agents have these utilities."""
    u = torch.tensor(utilities)
    return u[JOINT].sum(-1), PAYOFF.flatten()


def alternatives(utilities):
    """Return Q'_jt and Q_jt of every agent's alternatives, [9, 2, 3]."""
    q = torch.tensor(utilities).expand(9, 2, 3)
    q_sums = replaced_sums(q, torch.tensor(utilities)[JOINT])
    return q_sums, torch.stack([PAYOFF.T[JOINT[:, 1]], PAYOFF[JOINT[:, 0]]], 1)


@pytest.mark.parametrize("x", [0.0, 2.0])
def test_the_base_losses_are_zero_along_a_continuum(x):
    q_sum, q_joint = gaps_of([4.0, x, x])
    assert optimal_loss(q_sum[:1], q_joint[:1], torch.zeros(1)) == 0
    assert nonoptimal_loss(q_sum, q_joint, torch.zeros(9)) == 0


def test_the_alt_loss_is_zero_at_one_point_of_it():
    def loss_of(utilities):
        q_sum, q_joint = alternatives(utilities)
        return counterfactual_loss(q_sum, q_joint, torch.zeros(9, 2), torch.ones(9, 2, 3, dtype=torch.bool))

    # Column minima of D are (0, 4, 4).
    zero, other = loss_of([4.0, 0.0, 0.0]), loss_of([4.0, 2.0, 2.0])
    assert zero == 0
    assert other.item() == pytest.approx(32 / 3)


def test_utilities_that_promise_too_little_cost_the_square():
    q_sum, q_joint = gaps_of([3.0, 0.0, 0.0])
    assert optimal_loss(q_sum[:1], q_joint[:1], torch.zeros(1)).item() == pytest.approx(4.0)
    assert nonoptimal_loss(q_sum, q_joint, torch.zeros(9)).item() == pytest.approx(4.0 / 9)
    assert nonoptimal_loss(q_sum, q_joint, torch.full((9,), 2.0)) == 0


def test_unavailable_alternatives_do_not_count():
    q_sums, q_joint = torch.tensor([[[1.0, 2.0, -9.0]]]), torch.zeros(1, 1, 3)
    assert counterfactual_loss(q_sums, q_joint, torch.zeros(1, 1), torch.tensor([[[True, True, False]]])) == 1.0


def test_agents_without_a_choice_do_not_count():
    """The dead agent's minimum would be D(u) = 3; of the living one it is 1."""
    q_sums, q_joint = torch.tensor([[[1.0, 3.0], [3.0, -9.0]]]), torch.zeros(1, 2, 2)
    avail = torch.tensor([[[True, True], [True, False]]])
    assert counterfactual_loss(q_sums, q_joint, torch.zeros(1, 2), avail) == 1.0
    assert counterfactual_loss(q_sums, q_joint, torch.zeros(1, 2), avail & avail[:, 1:]) == 0.0


def test_no_gradient_flows_into_the_joint_value():
    q_sum, q_joint, v = (torch.randn(5, 2, 3, requires_grad=True) for _ in range(3))
    anything = torch.ones(5, 2, 3, dtype=torch.bool)
    losses = [
        optimal_loss(q_sum, q_joint, v),
        nonoptimal_loss(q_sum, q_joint, v),
        counterfactual_loss(q_sum, q_joint, v[..., 0], anything),
    ]
    for loss in losses:
        gradients = torch.autograd.grad(loss, [q_joint, q_sum, v], allow_unused=True)
        assert gradients[0] is None
        assert all(g is not None and g.any() for g in gradients[1:])


def test_sums_with_one_part_replaced_by_hand():
    q = torch.tensor([[[1.0, 2.0], [10.0, 20.0], [100.0, 200.0]]])
    taken = torch.tensor([[1.0, 20.0, 100.0]])
    assert replaced_sums(q, taken).tolist() == [[[121.0, 122.0], [111.0, 121.0], [121.0, 221.0]]]
    assert sum_of_others(q).tolist() == [[[110.0, 220.0], [101.0, 202.0], [11.0, 22.0]]]
