"""Estimates of returns and advantages, and how much of an advantage is not extrinsic."""

import pytest
import torch

from aiirmix.maths.advantage import fraction_of_advantage, generalised_estimate, td_lambda_estimate


def episode():
    """Return one episode of two steps for one agent, whose critic and target differ."""
    column = {"rewards": [1.0, 2.0], "values": [10.0, 20.0, 30.0], "bootstrap": [100.0, 200.0, 300.0]}
    tensors = {name: torch.tensor(x, dtype=torch.float64)[:, None, None] for name, x in column.items()}
    return tensors | {"terminal": torch.tensor([[False], [True]]), "lengths": torch.tensor([2])}


def test_lambda_returns_bootstrap_from_the_target_and_are_compared_with_the_critic():
    returns, advantages = td_lambda_estimate(**episode(), gamma=0.5, lambda_=0.5)
    # G_1 = 2; G_0 = 1 + 0.5 (0.5 · 200 + 0.5 · 2)
    assert returns.flatten().tolist() == [51.5, 2.0]
    assert advantages.flatten().tolist() == [51.5 - 10.0, 2.0 - 20.0]


def test_generalised_advantages_use_the_critic_alone():
    returns, advantages = generalised_estimate(**episode(), gamma=0.5, lambda_=0.5)
    # δ_1 = 2 − 20; δ_0 = 1 + 0.5 · 20 − 10
    assert advantages.flatten().tolist() == [1.0 + 0.25 * -18.0, -18.0]
    assert returns.flatten().tolist() == [1.0 + 0.25 * -18.0 + 10.0, 2.0]


def test_the_two_estimates_agree_without_a_target_network():
    same = episode() | {"bootstrap": episode()["values"]}
    first, second = (f(**same, gamma=0.9, lambda_=0.7) for f in (td_lambda_estimate, generalised_estimate))
    torch.testing.assert_close(tuple(first), tuple(second))


@pytest.mark.parametrize(
    ("advantage", "fraction"),
    [
        ([1.0, 2.0, 3.0, 4.0], 0.0),
        ([5.0, 3.0, 1.0, -1.0], 0.0),
        ([1.0, -1.0, -1.0, 1.0], 1.0),
        ([2.0, 1.0, 4.0, 3.0], 0.64),
    ],
)
def test_the_fraction_of_an_advantage_that_is_not_extrinsic(advantage, fraction):
    extrinsic, mask = torch.tensor([[1.0, 2.0, 3.0, 4.0, 99.0]]), torch.tensor([[True] * 4 + [False]])
    got = fraction_of_advantage(torch.tensor([[*advantage, -7.0]]), extrinsic, mask)
    assert got.item() == pytest.approx(fraction, abs=1e-6)
    with pytest.raises(ValueError, match="without"):
        fraction_of_advantage(extrinsic, extrinsic[:, :2], mask)
