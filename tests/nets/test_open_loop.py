"""An open-loop actor is a function of the time and the agent alone."""

from dataclasses import replace

import pytest
import torch

from aiirmix.data.packing import NO_ACTION
from aiirmix.nets.open_loop import OpenLoopActor
from tests.toys import as_double, random_batch, small_spec

SPEC = small_spec()
SHARING = pytest.mark.parametrize("shared", [True, False], ids=["shared", "unshared"])


def make_actor(shared):
    torch.manual_seed(0)
    return OpenLoopActor(SPEC, hidden=6, share_parameters=shared)


def make_batch(seed):
    return random_batch(SPEC, lengths=(6, 4, 4, 2, 1), seed=seed)


@SHARING
def test_the_outputs_are_the_same_whatever_was_seen_and_done(shared):
    actor = make_actor(shared)
    one, other = (actor(make_batch(seed).transitions) for seed in (0, 1))
    torch.testing.assert_close(one, other, rtol=0, atol=0)


@SHARING
def test_they_differ_by_time_and_by_agent(shared):
    batch = make_batch(0)
    outputs = batch.transitions.packing.unpack(make_actor(shared)(batch.transitions))[:, 0]
    assert len(torch.unique(outputs.reshape(-1, SPEC.n_actions), dim=0)) == 6 * SPEC.n_agents


@SHARING
def test_unrolling_gives_what_was_acted_with(shared):
    actor, batch = make_actor(shared), make_batch(0)
    unrolled = batch.transitions.packing.unpack(actor(batch.transitions))
    hidden = actor.initial_hidden(len(batch.lengths))
    last = torch.full_like(batch.actions[0], NO_ACTION)
    for t in range(len(batch.actions)):
        logits, hidden = actor.act(batch.obs[t], last, hidden)
        playing = t < batch.lengths
        torch.testing.assert_close(unrolled[t][playing], logits[playing])
    assert (hidden == len(batch.actions)).all()


@SHARING
def test_it_can_act_after_the_limit(shared):
    actor = make_actor(shared)
    late = torch.full((2, SPEC.n_agents, 6), float(SPEC.episode_limit + 5))
    logits, _ = actor.act(torch.zeros(2, SPEC.n_agents, SPEC.obs_dim), torch.zeros(2, SPEC.n_agents).long(), late)
    assert logits.isfinite().all()


@SHARING
def test_it_learns_from_gradients_of_each_agents_network(shared):
    actor = make_actor(shared)
    actor(make_batch(0).transitions).square().sum().backward()
    assert all(parameter.grad is not None and parameter.grad.any() for parameter in actor.parameters())
    assert len(actor.networks) == (1 if shared else SPEC.n_agents)


def test_it_works_in_double_precision():
    batch = as_double(replace(make_batch(0)))
    assert make_actor(True).double()(batch.transitions).dtype == torch.float64
