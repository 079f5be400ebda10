"""Agents that decode utilities with a latent reward."""

import pytest
import torch

from aiirmix.nets.actor import Actor
from aiirmix.nets.giir_style import RewardDecodedAgents
from tests.toys import as_double, random_batch, small_spec

SPEC = small_spec()
BATCH = as_double(random_batch(SPEC, lengths=(4, 3)))
SHARING = pytest.mark.parametrize("shared", [True, False], ids=["shared", "unshared"])


def make(shared, start="random"):
    torch.manual_seed(0)
    return RewardDecodedAgents(SPEC, 6, shared, start).double()


@SHARING
def test_utilities_are_decoded_by_weights_that_depend_on_the_latent_reward(shared):
    agents = make(shared)
    q, hidden = agents.unroll(BATCH.transitions)
    for i in range(SPEC.n_agents):
        k = 0 if shared else i
        decode, slope = agents.networks[k].decode, agents.slopes[k]
        for m in range(len(q)):
            r = agents.latent_rewards(hidden)[m, i]
            by_hand = (decode.weight + r * slope.weight) @ hidden[m, i] + decode.bias + r * slope.bias
            torch.testing.assert_close(q[m, i], by_hand)


@SHARING
def test_playing_gives_the_utilities_of_whole_episodes(shared):
    agents, hidden = make(shared), make(shared).initial_hidden(2)
    whole = BATCH.transitions.packing.unpack(agents(BATCH.transitions))
    for t in range(3):
        last = BATCH.actions[t - 1] if t else torch.full_like(BATCH.actions[0], -1)
        q, hidden = agents.act(BATCH.obs[t], last, hidden)
        torch.testing.assert_close(q, whole[t])


@SHARING
def test_from_a_start_at_zero_they_are_the_usual_agents(shared):
    agents = make(shared, "zero")
    torch.manual_seed(0)
    usual = Actor(SPEC, 6, shared).double()
    assert torch.equal(agents(BATCH.transitions), usual(BATCH.transitions))
