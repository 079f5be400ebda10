"""The recurrent unit with its own derivatives, against torch's and against numerical differentiation."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn.functional import linear
from torch.nn.utils.rnn import PackedSequence

from aiirmix.nets.gru import gru, gru_step

HIDDEN = 4
SIZES = [3, 3, 2, 1, 1]

falling_sizes = st.lists(st.integers(1, 4), min_size=1, max_size=6).map(lambda sizes: sorted(sizes, reverse=True))


def reference(seed=0):
    torch.manual_seed(seed)
    return nn.GRU(3, HIDDEN).double()


def inputs(sizes, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(sum(sizes), 3, generator=generator, dtype=torch.float64)


def ours(net, x, sizes):
    return unroll(sizes)(linear(x, net.weight_ih_l0, net.bias_ih_l0), net.weight_hh_l0, net.bias_hh_l0)


def unroll(sizes):
    return lambda gates, weight, bias: gru(gates, weight, bias, sizes)


def primals_of(net, x):
    """Return the arguments of `gru` that have derivatives, as leaves."""
    arguments = (linear(x, net.weight_ih_l0, net.bias_ih_l0), net.weight_hh_l0, net.bias_hh_l0)
    return tuple(a.detach().clone().requires_grad_() for a in arguments)


def torchs(net, x, sizes):
    return net(PackedSequence(x, torch.tensor(sizes)))[0].data


@given(falling_sizes, st.integers(0, 1000))
def test_hidden_states_are_those_of_torchs_gru(sizes, seed):
    net, x = reference(seed), inputs(sizes, seed)
    torch.testing.assert_close(ours(net, x, sizes), torchs(net, x, sizes), rtol=1e-12, atol=1e-12)


@given(falling_sizes, st.integers(0, 1000))
def test_gradients_are_those_of_torchs_gru(sizes, seed):
    net, x = reference(seed), inputs(sizes, seed).requires_grad_()
    weights = torch.randn(sum(sizes), HIDDEN, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    wanted = [x, *net.parameters()]
    got, expected = (torch.autograd.grad((weights * f(net, x, sizes)).sum(), wanted) for f in (ours, torchs))
    for mine, theirs in zip(got, expected, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("sizes", [[1], [2, 2, 2], SIZES], ids=str)
def test_gradient_and_directional_derivative_agree_with_finite_differences(sizes):
    primals = primals_of(reference(), inputs(sizes))
    assert torch.autograd.gradcheck(unroll(sizes), primals, check_forward_ad=True)


@given(falling_sizes, st.integers(0, 1000))
def test_the_directional_derivative_is_the_transpose_of_the_gradient(sizes, seed):
    primals, draw = primals_of(reference(seed), inputs(sizes, seed)), torch.Generator().manual_seed(seed)
    tangents = tuple(torch.randn(p.shape, generator=draw, dtype=torch.float64) for p in primals)
    cotangent = torch.randn(sum(sizes), HIDDEN, generator=draw, dtype=torch.float64)
    forward = torch.func.jvp(unroll(sizes), primals, tangents)[1]
    reverse = torch.autograd.grad((cotangent * unroll(sizes)(*primals)).sum(), primals)
    pairing = sum((r * t).sum() for r, t in zip(reverse, tangents, strict=True))
    torch.testing.assert_close((cotangent * forward).sum(), pairing, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("moving", [0, 1, 2], ids=["gates", "weight", "bias"])
def test_the_directional_derivative_of_one_input_alone(moving):
    primals = [p.detach() for p in primals_of(reference(), inputs(SIZES))]
    tangents = [torch.zeros_like(p) for p in primals]
    tangents[moving] = torch.ones_like(primals[moving])

    def along(one):
        return unroll(SIZES)(*primals[:moving], one, *primals[moving + 1 :])

    alone = torch.func.jvp(along, (primals[moving],), (tangents[moving],))[1]
    among = torch.func.jvp(unroll(SIZES), tuple(primals), tuple(tangents))[1]
    torch.testing.assert_close(alone, among)


def test_a_step_at_a_time_is_the_same_as_the_whole_episode():
    net, x = reference(), inputs([2] * 5)
    gates = linear(x, net.weight_ih_l0, net.bias_ih_l0)
    hidden, states = torch.zeros(2, HIDDEN, dtype=torch.float64), []
    for step in gates.split(2):
        hidden = gru_step(step, net.weight_hh_l0, net.bias_hh_l0, hidden)
        states.append(hidden)
    torch.testing.assert_close(torch.cat(states), ours(net, x, [2] * 5), rtol=1e-13, atol=1e-13)


def test_a_second_derivative_is_refused_rather_than_wrong():
    net, x = reference(), inputs(SIZES).requires_grad_()
    (gradient,) = torch.autograd.grad(ours(net, x, SIZES).square().sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        gradient.square().sum().backward()


def test_rows_that_do_not_add_up_are_refused():
    with pytest.raises(ValueError, match="gates"):
        gru(torch.zeros(5, 12), torch.zeros(12, 4), torch.zeros(12), [3, 3])


def side_by_side(sizes, networks=3):
    """Return the arguments of `gru` for several networks with different weights and inputs."""
    each = [primals_of(reference(seed), inputs(sizes, seed)) for seed in range(networks)]
    return tuple(torch.stack(arguments).detach().requires_grad_() for arguments in zip(*each, strict=True))


@given(falling_sizes)
def test_networks_side_by_side_are_each_the_network_alone(sizes):
    primals = side_by_side(sizes)
    alone = [unroll(sizes)(*network) for network in zip(*primals, strict=True)]
    torch.testing.assert_close(unroll(sizes)(*primals), torch.stack(alone), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("sizes", [[1], SIZES], ids=str)
def test_derivatives_of_networks_side_by_side_agree_with_finite_differences(sizes):
    assert torch.autograd.gradcheck(unroll(sizes), side_by_side(sizes, networks=2), check_forward_ad=True)


def test_a_step_of_networks_side_by_side_is_a_step_of_their_unrolling():
    gates, weight, bias = side_by_side([2, 2])
    first = gru_step(gates[:, :2], weight, bias, gates.new_zeros(3, 2, HIDDEN))
    second = gru_step(gates[:, 2:], weight, bias, first)
    torch.testing.assert_close(torch.cat([first, second], 1), gru(gates, weight, bias, [2, 2]), rtol=1e-12, atol=1e-12)
