"""Reward mixing (paper eqs. 13 and 14), against numbers worked out by hand."""

import pytest
import torch
from torch.nn.functional import elu

from aiirmix.maths.advantage import printed_advantage, total_advantage
from aiirmix.maths.mixing import linear_mix, network_mix, squash

W1, B1, W2, B2 = (torch.tensor([x], dtype=torch.float64) for x in ([1.0, -2.0], [0.5, 1.0], [3.0, 4.0], [-1.0]))


def mix(r_in, w1=W1, w2=W2, activation=lambda x: x):
    r_in = torch.as_tensor(r_in, dtype=torch.float64).view(1, -1)
    return network_mix(r_in, w1, B1, w2, B2, activation)[0]


@pytest.mark.parametrize(
    ("r_in", "kwargs", "expected"),
    [
        (0.2, {}, 3.5),
        (0.2, {"w1": W1.abs(), "w2": W2.abs()}, 6.7),
        (-1.0, {}, 9.5),
        (-1.0, {"activation": elu}, 9.81959),
    ],
    ids=["affine", "abs", "negative", "elu"],
)
def test_network_mix_worked_out_by_hand(r_in, kwargs, expected):
    assert float(mix(r_in, **kwargs)) == pytest.approx(expected, abs=5e-6)


@pytest.mark.parametrize(("w1", "slope"), [(W1, -5.0), (W1.abs(), 11.0)], ids=["free", "abs"])
def test_slope_without_activation_is_the_product_of_the_weights(w1, slope):
    low, high = mix([0.0, 1.0], w1=w1)
    assert float(high - low) == pytest.approx(slope)


def test_without_activation_the_mixture_is_affine_in_the_intrinsic_reward():
    values = mix([-1.0, 0.0, 1.0, 2.0])
    assert values.diff().diff().tolist() == pytest.approx([0.0, 0.0], abs=1e-12)


def test_with_activation_it_is_not():
    assert mix([-1.0, 0.0, 1.0, 2.0], activation=elu).diff().diff().abs().max() > 0.1


def test_every_agent_is_mixed_alone():
    torch.testing.assert_close(mix([0.3, -2.0, 1.0]), torch.cat([mix(x) for x in (0.3, -2.0, 1.0)]))


def test_every_transition_has_its_own_weights():
    r_in = torch.tensor([[0.2, 1.0], [0.2, 1.0]], dtype=torch.float64)
    w1, b1, w2, b2 = (torch.cat([x, 2 * x]) for x in (W1, B1, W2, B2))
    first, second = network_mix(r_in, w1, b1, w2, b2, lambda x: x)
    torch.testing.assert_close(first, mix([0.2, 1.0]))
    torch.testing.assert_close(second, 4 * (first + 1) - 2)


def test_linear_mix_adds_the_weighted_intrinsic_reward_to_the_team_reward():
    got = linear_mix(torch.tensor([[1.0, -2.0], [0.0, 4.0]]), torch.tensor([10.0, 20.0]), weight=0.5)
    assert got.tolist() == [[10.5, 9.0], [20.0, 22.0]]


def test_a_team_reward_for_each_agent_is_refused():
    with pytest.raises(ValueError, match="r_ex"):
        linear_mix(torch.zeros(3, 3), torch.zeros(3, 3), weight=0.5)


def test_squash_is_the_identity_near_zero():
    x = torch.tensor([-1e-3, 0.0, 1e-3], dtype=torch.float64)
    torch.testing.assert_close(squash(x, 10.0), x, rtol=1e-7, atol=0)


@pytest.mark.parametrize(("x", "expected"), [(1e6, 10.0), (-1e6, -10.0), (10.0, 7.6159416), (-5.0, -4.6211716)])
def test_squash_is_bounded_by_its_scale(x, expected):
    assert float(squash(torch.tensor(x), 10.0)) == pytest.approx(expected, abs=1e-6)


def arguments():
    returns, values, after, r_ex = (torch.tensor(x) for x in (5.0, 2.0, 3.0, 1.0))
    return {"estimate": returns - values, "values": values, "next_values": after, "r_ex": r_ex, "gamma": 0.5}


def test_the_corrected_advantage_is_the_estimate():
    assert float(total_advantage(**arguments())) == 3.0


def test_the_printed_advantage_swaps_the_values_and_ignores_the_total_reward():
    assert float(printed_advantage(**arguments())) == 1.0 + 0.5 * 2.0 - 3.0


def test_intrinsic_rewards_may_replace_the_teams():
    r_in, r_ex = torch.tensor([[0.5, -1.0]]), torch.tensor([3.0])
    assert linear_mix(r_in, r_ex, weight=1.0, extrinsic_weight=0.0).tolist() == [[0.5, -1.0]]
    assert torch.equal(linear_mix(r_in, r_ex, 0.01, 1.0), linear_mix(r_in, r_ex, 0.01))
