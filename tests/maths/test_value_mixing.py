import math

import pytest
import torch

from aiirmix.maths.value_mixing import monotonic_mix, reward_decoded

Q = torch.tensor([[1.0, 0.5]], dtype=torch.float64)
W1 = torch.tensor([[[1.0, 0.5], [2.0, 1.0]]], dtype=torch.float64)
B1, W2, V = (torch.tensor(x, dtype=torch.float64) for x in ([[-1.0, -4.0]], [[1.0, 2.0]], [0.5]))


def test_mixing_by_hand():
    # |W1|ᵀ q + b1 = (1, −3); ELU(−3) = e⁻³ − 1
    expected = 1 + 2 * (math.exp(-3) - 1) + 0.5
    assert monotonic_mix(Q, W1, B1, W2, V).item() == pytest.approx(expected)
    assert expected == pytest.approx(-0.400426, abs=1e-6)


def test_slopes_by_hand():
    q = Q.clone().requires_grad_()
    slopes = torch.autograd.grad(monotonic_mix(q, W1, B1, W2, V).sum(), q)[0]
    torch.testing.assert_close(slopes, torch.tensor([[1.049787, 2.099574]], dtype=torch.float64), rtol=0, atol=1e-6)


def test_the_signs_of_both_weights_do_not_matter():
    torch.testing.assert_close(monotonic_mix(Q, -W1, B1, -W2, V), monotonic_mix(Q, W1, B1, W2, V))


def test_unit_weights_add_where_elu_is_the_identity():
    mixed = monotonic_mix(Q, torch.ones(1, 2, 1).double(), torch.zeros(1, 1).double(), torch.ones(1, 1).double(), V)
    assert mixed.item() == pytest.approx(Q.sum().item() + 0.5)


def test_shapes_are_asserted():
    with pytest.raises(ValueError, match="w1 must have shape"):
        monotonic_mix(Q, W1[:, :1], B1, W2, V)
    with pytest.raises(ValueError, match="v must have shape"):
        monotonic_mix(Q, W1, B1, W2, V[None])


def test_a_latent_reward_adds_its_multiple_of_the_slope():
    plain, slope = torch.tensor([[1.0, 2.0]]), torch.tensor([[10.0, -20.0]])
    assert reward_decoded(plain, torch.tensor([0.5]), slope).tolist() == [[6.0, -8.0]]
