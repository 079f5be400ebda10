"""Intrinsic sources: the rewards they give, and what these may depend on."""

import math
from dataclasses import replace
from functools import partial

import pytest
import torch
from torch import nn

from aiirmix.maths.attention import attention_weights
from aiirmix.nets.intrinsic import (
    AttentionReward,
    FrozenReward,
    IndividualReward,
    NoReward,
    OwnActionAttentionReward,
)
from aiirmix.nets.similarities import Cosine, Dot, Uniform
from tests.toys import as_double, random_batch, small_spec

SPEC = small_spec()
BATCH = as_double(random_batch(SPEC))
STEPS = BATCH.transitions


def attention_reward(inputs=("obs", "action"), similarity=Cosine, kind=AttentionReward, **changes):
    torch.manual_seed(0)
    make = partial(kind, temperature=0.5, relu_first=False, head_input="v_z", squash_scale=10.0)
    return make(SPEC, inputs, [8, 6], similarity, **changes).double()


def own_action_reward(**changes):
    return attention_reward(inputs=["obs"], kind=OwnActionAttentionReward, **changes)


def individual_reward(inputs=("obs", "id"), squash_scale=10.0, **changes):
    torch.manual_seed(0)
    return IndividualReward(SPEC, inputs, [8], squash_scale, **changes).double()


def unshared_reward():
    return individual_reward(inputs=["obs"], share_parameters=False)


def extracted_by_hand(source, relu_first):
    """Compute v of every agent, [M, N, D]: FC-ReLU-FC, or ReLU-FC-ReLU-FC as printed."""
    first, second = (layer for layer in source.extractor.modules() if isinstance(layer, nn.Linear))
    x = torch.cat([STEPS.obs, torch.eye(SPEC.n_actions, dtype=torch.float64)[STEPS.actions]], -1)
    return second(nn.functional.relu(first(nn.functional.relu(x) if relu_first else x)))


@pytest.mark.parametrize("relu_first", [False, True])
@pytest.mark.parametrize("head_input", ["v_z", "z"])
def test_attention_reward_is_equations_9_to_12(head_input, relu_first):
    source = attention_reward(similarity=Dot, head_input=head_input, relu_first=relu_first)
    v, got = extracted_by_hand(source, relu_first).detach(), source(STEPS).detach()
    for m in range(len(v)):
        for i in range(SPEC.n_agents):
            living = [j for j in range(SPEC.n_agents) if STEPS.alive[m, i] and STEPS.alive[m, j]] or [i]
            weights = {j: math.exp(float(v[m, i] @ v[m, j]) / 0.5) for j in living}
            z = sum(weights[j] * v[m, j] for j in living) / sum(weights.values())
            x = float(source.head(torch.cat([v[m, i], z]) if head_input == "v_z" else z).detach())
            assert float(got[m, i]) == pytest.approx(10 * math.tanh(x / 10), rel=1e-10)


def test_agents_with_networks_of_their_own_are_paid_what_each_network_says():
    source, shared = unshared_reward(), individual_reward(inputs=["obs"])
    for i, network in enumerate(source.net.networks):
        shared.net.networks[0].load_state_dict(network.state_dict())
        torch.testing.assert_close(source(STEPS)[:, i], shared(STEPS)[:, i])


def test_what_one_agent_learns_changes_no_other_network():
    source = unshared_reward()
    source(STEPS)[:, 1].sum().backward()
    changed = [any(p.grad.any() for p in network.parameters()) for network in source.net.networks]
    assert changed == [False, True, False]


def test_the_reported_attention_is_the_one_that_pays():
    source = attention_reward()
    expected = attention_weights(Cosine(6)(extracted_by_hand(source, False)), STEPS.alive, 0.5)
    torch.testing.assert_close(source.attention(STEPS), expected)


def permuted(order):
    """Return the same transitions with the agents in another order."""
    per_agent = {name: getattr(BATCH, name)[:, :, order] for name in ("obs", "avail", "alive", "actions")}
    return replace(BATCH, **per_agent).transitions


@pytest.mark.parametrize("order", [[1, 0, 2], [2, 0, 1]], ids=str)
def test_without_ids_permuting_the_agents_permutes_their_rewards(order):
    source = attention_reward()
    torch.testing.assert_close(source(permuted(order)), source(STEPS)[:, order])


def test_with_ids_it_does_not():
    source = attention_reward(inputs=("obs", "action", "id"))
    assert not torch.allclose(source(permuted([1, 0, 2])), source(STEPS)[:, [1, 0, 2]], atol=1e-3)


def test_identical_agents_are_paid_the_same():
    same = {name: getattr(BATCH, name)[:, :, :1].expand_as(getattr(BATCH, name)) for name in ("obs", "actions")}
    alive = torch.ones_like(BATCH.alive)
    r_in = attention_reward()(replace(BATCH, **same, alive=alive).transitions)
    torch.testing.assert_close(r_in, r_in[:, :1].expand_as(r_in))


@pytest.mark.parametrize("make", [attention_reward, individual_reward, own_action_reward, unshared_reward])
def test_the_reward_depends_on_the_action_just_taken(make):
    other_actions = replace(BATCH, actions=(BATCH.actions + 1) % SPEC.n_actions)
    assert (make()(other_actions.transitions) != make()(STEPS)).all()


@pytest.mark.parametrize("similarity", [Cosine, Dot, Uniform])
def test_the_dead_do_not_change_what_the_living_are_paid(similarity):
    source, dead = attention_reward(similarity=similarity), ~BATCH.alive[..., None]
    perturbed = replace(BATCH, obs=torch.where(dead, BATCH.obs + 3.0, BATCH.obs))
    assert dead[:-1].any()
    assert torch.equal(source(perturbed.transitions)[STEPS.alive], source(STEPS)[STEPS.alive])


def test_the_living_attend_to_each_other():
    moved = BATCH.obs.clone()
    moved[:, :, 1:] += 1.0
    changed = attention_reward()(replace(BATCH, obs=moved).transitions)[:, 0] != attention_reward()(STEPS)[:, 0]
    assert changed[STEPS.alive[:, 0] & STEPS.alive[:, 1:].any(-1)].all()


def test_the_own_action_chooses_among_the_outputs_of_attention_to_what_all_observe():
    source = own_action_reward(similarity=Dot)
    first, second = (layer for layer in source.extractor.modules() if isinstance(layer, nn.Linear))
    v, got = second(nn.functional.relu(first(STEPS.obs))).detach(), source(STEPS).detach()
    for m in range(len(v)):
        for i in range(SPEC.n_agents):
            living = [j for j in range(SPEC.n_agents) if STEPS.alive[m, i] and STEPS.alive[m, j]] or [i]
            weights = {j: math.exp(float(v[m, i] @ v[m, j]) / 0.5) for j in living}
            z = sum(weights[j] * v[m, j] for j in living) / sum(weights.values())
            x = float(source.head(torch.cat([v[m, i], z])).detach()[STEPS.actions[m, i]])
            assert float(got[m, i]) == pytest.approx(10 * math.tanh(x / 10), rel=1e-10)


def test_what_the_others_do_changes_the_reward_of_aiir_and_not_that_of_the_own_action():
    others = BATCH.actions.clone()
    others[..., 1:] = (others[..., 1:] + 1) % SPEC.n_actions
    changed = replace(BATCH, actions=others).transitions
    fighting = STEPS.alive[:, 0] & STEPS.alive[:, 1:].any(-1)
    assert (attention_reward()(changed)[:, 0] != attention_reward()(STEPS)[:, 0])[fighting].all()
    assert torch.equal(own_action_reward()(changed)[:, 0], own_action_reward()(STEPS)[:, 0])


@pytest.mark.parametrize("make", [attention_reward, individual_reward, own_action_reward])
def test_rewards_are_bounded_by_their_scale(make):
    huge = replace(BATCH, obs=1e6 * BATCH.obs)
    assert make(squash_scale=2.0)(huge.transitions).abs().max() <= 2.0


def test_individual_reward_is_the_taken_actions_entry():
    source = individual_reward()
    of_each_action, got = source.net(STEPS).detach(), source(STEPS).detach()
    for m in range(len(got)):
        for i in range(SPEC.n_agents):
            raw = float(of_each_action[m, i, STEPS.actions[m, i]])
            assert float(got[m, i]) == pytest.approx(10 * math.tanh(raw / 10), rel=1e-12)


def test_no_reward_is_zero_and_has_nothing_to_learn():
    source = NoReward(SPEC)
    assert source(STEPS).shape == STEPS.alive.shape
    assert not source(STEPS).any()
    assert not list(source.parameters())


def test_a_frozen_reward_is_its_random_source_and_cannot_learn():
    source = FrozenReward(SPEC, lambda spec: individual_reward())
    assert torch.equal(source(STEPS), individual_reward()(STEPS))
    assert source(STEPS).any()
    assert not source(STEPS).requires_grad
