"""The actors: recurrent, decentralised, shared or not."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from aiirmix.data.packing import NO_ACTION
from aiirmix.nets.actor import Actor
from tests.toys import as_double, random_batch, small_spec

SPEC = small_spec()
SHARING = pytest.mark.parametrize("shared", [True, False], ids=["shared", "unshared"])


def make_actor(shared, seed=0):
    torch.manual_seed(seed)
    return Actor(SPEC, hidden=6, share_parameters=shared).double()


def make_batch(seed=0):
    return as_double(random_batch(SPEC, lengths=(6, 4, 4, 2, 1), seed=seed))


def last_actions_of(batch, t):
    return batch.actions[t - 1] if t else torch.full_like(batch.actions[0], NO_ACTION)


def one_timestep(seed=0, episodes=4):
    """Return observations, last actions and hidden states of all agents."""
    draw = torch.Generator().manual_seed(seed)
    obs = torch.randn(episodes, SPEC.n_agents, SPEC.obs_dim, generator=draw, dtype=torch.float64)
    last = torch.randint(-1, SPEC.n_actions, (episodes, SPEC.n_agents), generator=draw)
    return obs, last, torch.randn(episodes, SPEC.n_agents, 6, generator=draw, dtype=torch.float64)


def until_death(batch):
    """Mark each agent's timesteps up to its last living one, [T, B, N]."""
    alive = batch.transitions.packing.unpack(batch.transitions.alive)
    return alive.flip(0).cummax(0).values.flip(0)


@SHARING
def test_unrolling_an_episode_gives_the_logits_that_were_acted_with(shared):
    actor, batch = make_actor(shared), make_batch()
    unrolled = batch.transitions.packing.unpack(actor(batch.transitions))
    hidden = actor.initial_hidden(len(batch.lengths))
    for t in range(len(batch.actions)):
        logits, hidden = actor.act(batch.obs[t], last_actions_of(batch, t), hidden)
        playing = t < batch.lengths
        torch.testing.assert_close(unrolled[t][playing], logits[playing], rtol=1e-12, atol=1e-12)


@SHARING
def test_the_policy_of_an_episode_leaves_the_dead_out(shared):
    actor, batch = make_actor(shared), make_batch()
    unpack, lives = batch.transitions.packing.unpack, until_death(batch)
    policy, everything = unpack(actor(batch.transitions, living_only=True)), unpack(actor(batch.transitions))
    assert 0 < lives.sum() < batch.transitions.alive.numel()
    torch.testing.assert_close(policy[lives], everything[lives], rtol=1e-12, atol=1e-12)
    assert not policy[~lives].any()


@SHARING
def test_the_gradient_is_that_of_the_living_along_whole_episodes(shared):
    actor, batch = make_actor(shared), make_batch()
    timesteps, parameters = batch.transitions, list(actor.parameters())
    weight = torch.randn(len(timesteps.alive), SPEC.n_agents, SPEC.n_actions, dtype=torch.float64)
    weight *= timesteps.alive[..., None]
    found, expected = (
        torch.autograd.grad((weight * logits).sum(), parameters)
        for logits in (actor(timesteps, living_only=True), actor(timesteps))
    )
    for mine, full in zip(found, expected, strict=True):
        torch.testing.assert_close(mine, full, rtol=1e-10, atol=1e-12)


def logits_by_torchs_gru(network, agent, obs, last_actions):
    """Compute one agent's logits along one episode, [T, O] and [T] → [T, A], with torch's own layers."""
    last = torch.zeros(len(obs), SPEC.n_actions, dtype=obs.dtype)
    for t, action in enumerate(last_actions.tolist()):
        if action != NO_ACTION:
            last[t, action] = 1.0
    identity = torch.eye(SPEC.n_agents, dtype=obs.dtype)[agent].expand(len(obs), -1)
    recurrent = nn.GRU(6, 6).double()
    recurrent.load_state_dict({f"{name}_l0": p for name, p in network.cell.state_dict().items()})
    hidden = nn.functional.relu(network.encode(torch.cat([obs, last, identity], -1)))
    return network.decode(recurrent(hidden)[0])


@SHARING
def test_every_agents_logits_are_those_of_torchs_layers_with_the_same_weights(shared):
    actor, batch = make_actor(shared), make_batch()
    unrolled = batch.transitions.packing.unpack(actor(batch.transitions))
    for b, length in enumerate(batch.lengths.tolist()):
        for i in range(SPEC.n_agents):
            last = torch.stack([last_actions_of(batch, t)[b, i] for t in range(length)])
            network = actor.networks[0 if shared else i]
            expected = logits_by_torchs_gru(network, i, batch.obs[:length, b, i], last)
            torch.testing.assert_close(unrolled[:length, b, i], expected, rtol=1e-12, atol=1e-12)


@SHARING
@pytest.mark.parametrize("perturbed", ["obs", "last_actions", "hidden"])
def test_an_agent_acts_on_nothing_of_the_others(shared, perturbed):
    actor, names = make_actor(shared), ["obs", "last_actions", "hidden"]
    before = one_timestep(seed=0)
    others = [i for i in range(SPEC.n_agents) if i != 1]
    after = [x.clone() for x in before]
    k = names.index(perturbed)
    after[k][:, others] = one_timestep(seed=1)[k][:, others]
    for was, now in zip(actor.act(*before), actor.act(*after), strict=True):
        assert torch.equal(was[:, 1], now[:, 1])
        assert not torch.equal(was[:, others], now[:, others])


@SHARING
def test_an_episode_does_not_depend_on_the_others_in_the_batch(shared):
    actor, batch = make_actor(shared), make_batch()
    together = batch.transitions.packing.unpack(actor(batch.transitions))
    for b, length in enumerate(batch.lengths.tolist()):
        alone = batch.select(torch.tensor([b]))
        torch.testing.assert_close(actor(alone.transitions), together[:length, b], rtol=1e-12, atol=1e-12)


@SHARING
def test_the_last_action_of_an_episode_is_not_read(shared):
    actor, batch = make_actor(shared), make_batch()
    actions = batch.actions.clone()
    actions[-1] = (actions[-1] + 1) % SPEC.n_actions
    assert torch.equal(actor(replace(batch, actions=actions).transitions), actor(batch.transitions))


@SHARING
def test_actors_act_on_their_hidden_state(shared):
    actor, (obs, last, hidden) = make_actor(shared), one_timestep()
    assert not torch.allclose(actor.act(obs, last, hidden)[0], actor.act(obs, last, -hidden)[0])


def test_a_shared_network_tells_agents_apart_by_their_id():
    actor, (obs, last, hidden) = make_actor(shared=True), one_timestep()
    same = (x[:, :1].expand_as(x) for x in (obs, last, hidden))
    logits, _ = actor.act(*same)
    assert (logits[:, 0] - logits[:, 1]).abs().min() > 1e-6


def test_unshared_actors_are_independent():
    actor, timestep = make_actor(shared=False), one_timestep()
    before, _ = actor.act(*timestep)
    with torch.no_grad():
        for parameter in actor.networks[1].parameters():
            parameter.add_(1.0)
    after, _ = actor.act(*timestep)
    changed = (before != after).any(-1).any(0)
    assert changed.tolist() == [False, True, False]


def test_unshared_actors_start_differently():
    first, second = (next(iter(net.parameters())) for net in list(make_actor(shared=False).networks)[:2])
    assert not torch.equal(first, second)


@SHARING
def test_the_hidden_state_starts_at_zero(shared):
    hidden = make_actor(shared).initial_hidden(2)
    assert hidden.shape == (2, SPEC.n_agents, 6)
    assert not hidden.any()


@pytest.mark.parametrize("agents", [1, 3])
@SHARING
def test_any_number_of_agents_can_act(shared, agents):
    spec = small_spec(agents)
    actor = Actor(spec, hidden=6, share_parameters=shared)
    batch = random_batch(spec)
    assert actor(batch.transitions).shape == (int(batch.lengths.sum()), agents, spec.n_actions)
