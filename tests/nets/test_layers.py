"""Layers that save work must give what the plain ones give."""

import pytest
import torch
from torch import nn

from aiirmix.nets.inputs import AgentInputs, Piece
from aiirmix.nets.layers import AgentNetwork, SideBySide
from tests.toys import random_batch, small_spec

SPEC = small_spec()
ROWS = random_batch(SPEC).timesteps


def test_side_by_side_is_a_linear_layer_over_the_concatenation():
    layer = SideBySide([2, 3, 4], 5)
    pieces = [torch.randn(6, 7, 2), torch.randn(6, 1, 3), torch.randn(1, 7, 4)]
    whole = torch.cat([piece.expand(6, 7, -1) for piece in pieces], dim=-1)
    assert torch.allclose(layer(pieces), layer.whole(whole), atol=1e-6)


@pytest.mark.parametrize("shared", [True, False], ids=["shared", "unshared"])
@pytest.mark.parametrize("inputs", [["state"], ["id"], ["joint_obs", "state"], ["state", "id"], ["obs"]], ids="+".join)
def test_every_agent_has_an_output_at_every_timestep_whatever_its_inputs(inputs, shared):
    network = AgentNetwork(SPEC, inputs, [8, 3], shared)
    view = torch.cat([piece.expand(*ROWS.alive.shape, -1) for piece in AgentInputs(inputs, SPEC)(ROWS)], dim=-1)
    got = network(ROWS)
    for i in range(SPEC.n_agents):
        layers = list(network.networks)[0 if shared else i].children()
        expected = nn.Sequential(next(layers).get_submodule("whole"), *layers)(view[:, i])
        torch.testing.assert_close(got[:, i], expected, rtol=1e-4, atol=1e-6)


def test_unshared_networks_with_equal_weights_are_the_shared_one():
    inputs: list[Piece] = ["state", "obs", "other_actions", "id"]
    shared, unshared = (AgentNetwork(SPEC, inputs, [8, 3], one_network) for one_network in (True, False))
    for network in unshared.networks:
        network.load_state_dict(shared.networks[0].state_dict())
    assert torch.allclose(shared(ROWS), unshared(ROWS), atol=1e-6)


def test_one_layer_is_linear():
    """A critic without hidden layers can be negative."""
    network = AgentNetwork(SPEC, ["obs"], [3])
    pieces = AgentInputs(["obs"], SPEC)(ROWS)
    expected = network.networks[0].get_submodule("0").get_submodule("whole")(pieces[0])
    torch.testing.assert_close(network(ROWS), expected, rtol=1e-4, atol=1e-6)
    assert (network(ROWS) < 0).any()
