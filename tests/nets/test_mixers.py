"""Reward mixers: their start, their shape, and which agents they affect."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from aiirmix.nets.mixers import HypernetMixer, LinearMixer

DRAW = torch.Generator().manual_seed(0)
R_IN = 3 * torch.randn(7, 4, generator=DRAW, dtype=torch.float64)
R_EX = 5 * torch.randn(7, generator=DRAW, dtype=torch.float64)


@pytest.fixture(autouse=True)
def double_precision():
    """Make networks in double precision, so that exact statements can be tested exactly."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def hypernet(seed=0, activation="none", sign="free", start="random", weight=0.3):
    torch.manual_seed(seed)
    return HypernetMixer(8, activation, sign, start, weight)


def slope(mixer, r_in=R_IN, r_ex=R_EX):
    """Return ∂ r_total_i / ∂ r_in_i, [M, N]."""
    at = r_in.clone().requires_grad_()
    return torch.autograd.grad(mixer(at, r_ex).sum(), at)[0]


@pytest.mark.parametrize("weight", [0.01, 0.3, 2.0])
@pytest.mark.parametrize("sign", ["free", "abs"])
def test_a_hypernet_can_start_exactly_at_equation_13(sign, weight):
    mixer = hypernet(start="eq13", sign=sign, weight=weight)
    torch.testing.assert_close(mixer(R_IN, R_EX), R_EX[:, None] + weight * R_IN, rtol=0, atol=1e-12)


def test_it_can_leave_that_start():
    mixer = hypernet(start="eq13")
    gradients = torch.autograd.grad(mixer(R_IN, R_EX).square().sum(), list(mixer.parameters()))
    assert all(g.any() for g in gradients)


@pytest.mark.parametrize("activation", ["elu", "relu", "tanh"])
def test_with_an_activation_it_cannot_start_there_and_says_so(activation):
    with pytest.raises(ValueError, match=f"eq13 needs activation=none, not {activation}"):
        hypernet(start="eq13", activation=activation)


@pytest.mark.parametrize("weight", [0.0, -0.3])
def test_from_a_weight_that_is_not_positive_it_could_not_start_to_learn(weight):
    with pytest.raises(ValueError, match=f"eq13 needs a weight above 0, not {weight:g}"):
        hypernet(start="eq13", weight=weight)
    hypernet(start="random", weight=weight)


@given(st.integers(0, 1000))
def test_the_printed_mixer_is_affine_in_the_intrinsic_reward(seed):
    line = torch.linspace(-3, 3, 5).expand(7, 5)
    values = hypernet(seed)(line, R_EX)
    assert values.diff(n=2).abs().max() < 1e-12


def test_the_printed_mixer_is_not_affine_in_the_extrinsic_reward():
    values = hypernet()(torch.ones(5, 1), torch.linspace(-3, 3, 5))
    assert values.diff(n=2, dim=0).abs().min() > 1e-3


def test_the_weights_of_the_mixture_are_those_it_reports():
    mixer = hypernet()
    w1, b1, w2, b2 = mixer.weights(R_EX)
    expected = R_IN * (w1 * w2).sum(-1, keepdim=True) + (b1 * w2).sum(-1, keepdim=True) + b2
    torch.testing.assert_close(mixer(R_IN, R_EX), expected)


@pytest.mark.parametrize("activation", ["none", "elu", "relu", "tanh"])
def test_with_abs_weights_r_total_never_falls_with_r_in(activation):
    slopes = [slope(hypernet(seed, activation, "abs")) for seed in range(20)]
    assert torch.stack(slopes).min() >= 0


def test_free_weights_start_with_slopes_of_either_sign():
    slopes = torch.stack([slope(hypernet(seed)) for seed in range(20)])
    assert slopes.min() < 0 < slopes.max()


@pytest.mark.parametrize("activation", ["none", "elu", "relu", "tanh"])
@pytest.mark.parametrize("sign", ["free", "abs"])
def test_an_agents_total_reward_does_not_depend_on_the_others_intrinsic_reward(sign, activation):
    mixer, other = hypernet(activation=activation, sign=sign), R_IN.clone()
    other[:, 1:] += 1.0
    assert torch.equal(mixer(other, R_EX)[:, 0], mixer(R_IN, R_EX)[:, 0])


def test_all_agents_share_the_weights():
    mixed = hypernet()(R_IN[:, :1].expand(7, 4), R_EX)
    assert torch.equal(mixed, mixed[:, :1].expand(7, 4))


def test_the_linear_mixer_is_equation_13():
    torch.testing.assert_close(LinearMixer(0.3)(R_IN, R_EX), R_EX[:, None] + 0.3 * R_IN)


def test_the_linear_mixer_has_nothing_to_learn():
    assert not list(LinearMixer(0.3).parameters())
