"""Similarities between embeddings, pair by pair."""

import math

import pytest
import torch
from torch import nn

from aiirmix.nets.similarities import MLP, Cosine, Dot, ScaledDot, Uniform

WIDTH = 3
V = torch.randn(2, 4, WIDTH, generator=torch.Generator().manual_seed(0))


def norm(x):
    return math.sqrt(sum(float(k) ** 2 for k in x))


OF_A_PAIR = {
    Dot: lambda net, a, b: float(a @ b),
    ScaledDot: lambda net, a, b: float(a @ b) / math.sqrt(WIDTH),
    Cosine: lambda net, a, b: float(a @ b) / (norm(a) * norm(b)),
    Uniform: lambda net, a, b: 0.0,
    MLP: lambda net, a, b: net.net(torch.cat([a, b])).item(),
}


def make(kind):
    torch.manual_seed(0)
    return MLP(WIDTH, hidden=5) if kind is MLP else kind(WIDTH)


@pytest.mark.parametrize("kind", OF_A_PAIR)
def test_every_pair_is_compared(kind):
    net = make(kind)
    with torch.no_grad():
        got = net(V)
    for m in range(2):
        expected = [[OF_A_PAIR[kind](net, a, b) for b in V[m]] for a in V[m]]
        torch.testing.assert_close(got[m], torch.tensor(expected), rtol=1e-5, atol=1e-6)


def test_the_mlp_is_a_network_with_a_hidden_layer_of_this_width():
    shapes = [tuple(layer.weight.shape) for layer in make(MLP).net if isinstance(layer, nn.Linear)]
    assert shapes == [(5, 2 * WIDTH), (1, 5)]


def test_the_mlp_is_not_symmetric():
    similarity = make(MLP)(V)
    assert not torch.allclose(similarity, similarity.transpose(-1, -2))
