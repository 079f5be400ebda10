"""The clipped objective and the critics' losses, on cases worked out by hand and by their properties."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from aiirmix.maths.proximal import (
    clipped_objective,
    clipped_value_loss,
    clipped_weight,
    squared_value_loss,
    value_loss,
)


def at_ratio(ratio, advantage, clip=0.2):
    """Return the objective of one action, and its derivative with respect to log π."""
    log_old = torch.tensor(-1.5, dtype=torch.float64)
    log_new = (log_old + torch.tensor(ratio, dtype=torch.float64).log()).requires_grad_()
    objective = clipped_objective(log_new, log_old, torch.tensor(advantage, dtype=torch.float64), clip)
    (gradient,) = torch.autograd.grad(objective, log_new)
    return objective.item(), gradient.item()


@pytest.mark.parametrize(
    ("ratio", "advantage", "objective", "gradient"),
    [
        (1.0, 2.0, 2.0, 2.0),
        (1.1, 2.0, 2.2, 2.2),
        (1.5, 2.0, 2.4, 0.0),
        (0.5, 2.0, 1.0, 1.0),
        (1.1, -2.0, -2.2, -2.2),
        (0.5, -2.0, -1.6, 0.0),
        (1.5, -2.0, -3.0, -3.0),
    ],
)
def test_what_is_gained_at_a_ratio(ratio, advantage, objective, gradient):
    assert at_ratio(ratio, advantage) == pytest.approx((objective, gradient), abs=1e-12)
    log_new, a = torch.tensor(ratio, dtype=torch.float64).log(), torch.tensor(advantage, dtype=torch.float64)
    weight = clipped_weight(log_new, torch.zeros_like(a), a, clip=0.2)
    assert float(weight * a) == pytest.approx(gradient, abs=1e-12)


@given(st.floats(0.05, 20), st.floats(-5, 5), st.floats(0.01, 0.9))
def test_the_objective_never_promises_more_than_the_ratio_does(ratio, advantage, clip):
    objective, _ = at_ratio(ratio, advantage, clip)
    assert objective <= ratio * advantage + 1e-9
    if 1 - clip < ratio < 1 + clip:
        assert objective == pytest.approx(ratio * advantage, abs=1e-9)


@given(st.floats(0.05, 20), st.floats(-5, 5))
def test_no_gradient_leads_further_out_of_the_interval(ratio, advantage):
    """Clipping removes the gain of moving further out of [1 − ε, 1 + ε]."""
    _, gradient = at_ratio(ratio, advantage)
    assert gradient * (ratio - 1) <= 1e-12 or abs(ratio - 1) <= 0.2 + 1e-9


def test_old_policy_and_advantage_are_constants():
    log_old, advantage = torch.zeros(3, requires_grad=True), torch.ones(3, requires_grad=True)
    log_new = torch.zeros(3, requires_grad=True)
    clipped_objective(log_new, log_old, advantage, 0.2).sum().backward()
    assert log_old.grad is None
    assert advantage.grad is None
    assert log_new.grad is not None


def test_the_squared_value_loss_on_two_values():
    values, targets = torch.tensor([1.0, -2.0]), torch.tensor([4.0, -1.0])
    assert squared_value_loss(values, values, targets).tolist() == [9.0, 1.0]
    with pytest.raises(ValueError, match="targets"):
        squared_value_loss(values, values, targets[0])


@pytest.mark.parametrize(("error", "loss"), [(0.5, 0.125), (-0.5, 0.125), (2.0, 2.0), (3.0, 4.0), (-10.0, 18.0)])
def test_the_value_loss_is_squared_and_then_linear(error, loss):
    values, targets = torch.tensor([1.0 + error]), torch.tensor([1.0])
    assert value_loss(values, values, targets, delta=2.0).item() == pytest.approx(loss)


@pytest.mark.parametrize(
    ("value", "loss", "gradient"),
    [
        (0.1, 0.405, -0.9),  # within reach of the old value: as without a clip
        (0.5, 0.32, 0.0),  # further towards the target than a step may go: what a full step would leave
        (1.5, 0.32, 0.0),
        (-0.5, 1.125, -1.5),  # further away: nothing is forgiven
    ],
)
def test_steps_of_the_value_beyond_its_clip_are_not_rewarded(value, loss, gradient):
    values, old, target = torch.tensor([value], requires_grad=True), torch.zeros(1), torch.ones(1)
    got = clipped_value_loss(values, old, target, delta=10.0, clip=0.2)
    assert got.item() == pytest.approx(loss)
    assert torch.autograd.grad(got.sum(), values)[0].item() == pytest.approx(gradient)


@given(st.floats(-3, 3), st.floats(-3, 3), st.floats(-3, 3))
def test_a_clipped_loss_is_never_smaller(value, old, target):
    values, old_values, targets = (torch.tensor(x, dtype=torch.float64) for x in (value, old, target))
    unclipped = value_loss(values, old_values, targets, delta=1.0)
    assert clipped_value_loss(values, old_values, targets, delta=1.0, clip=0.2) >= unclipped


def test_shapes_that_do_not_belong_together_are_refused():
    x = torch.zeros(2, 3)
    with pytest.raises(ValueError, match="log_old"):
        clipped_objective(x, x[0], x, 0.2)
    with pytest.raises(ValueError, match="advantage"):
        clipped_objective(x, x, x[:, 0], 0.2)
    with pytest.raises(ValueError, match="targets"):
        value_loss(x, x, x[0], 1.0)
    with pytest.raises(ValueError, match="old"):
        clipped_value_loss(x, x[0], x, 1.0, 0.2)
