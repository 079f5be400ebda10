"""What networks may look at, piece by piece, and the critics that look."""

from dataclasses import replace

import pytest
import torch

from aiirmix.nets.critics import AgentCritic, ExtrinsicCritic
from aiirmix.nets.inputs import AgentInputs
from tests.toys import random_batch, small_spec

SPEC = small_spec()
BATCH = random_batch(SPEC)
ROWS = BATCH.timesteps


def hot(action):
    """One action, [A]; zeros for none."""
    return [float(a == int(action)) for a in range(SPEC.n_actions)]


def joint(actions, without=None):
    return [x for j, a in enumerate(actions) for x in hot(-1 if j == without else a)]


BY_HAND = {
    "obs": lambda m, i: ROWS.obs[m, i].tolist(),
    "joint_obs": lambda m, i: ROWS.obs[m].flatten().tolist(),
    "state": lambda m, i: ROWS.state[m].tolist(),
    "action": lambda m, i: hot(ROWS.actions[m, i]),
    "other_actions": lambda m, i: joint(ROWS.actions[m], without=i),
    "last_action": lambda m, i: hot(ROWS.last_actions[m, i]),
    "joint_last_actions": lambda m, i: joint(ROWS.last_actions[m]),
    "id": lambda m, i: [float(i == j) for j in range(SPEC.n_agents)],
}


@pytest.mark.parametrize("pieces", [*([piece] for piece in BY_HAND), ["id", "obs", "other_actions"]], ids="+".join)
def test_the_view_of_every_agent_is_the_chosen_pieces_side_by_side(pieces):
    inputs = AgentInputs(pieces, SPEC)
    got = torch.cat([piece.expand(*ROWS.actions.shape, -1) for piece in inputs(ROWS)], dim=-1)
    assert got.shape[-1] == sum(inputs.widths)
    for m in range(len(ROWS.obs)):
        for i in range(SPEC.n_agents):
            assert got[m, i].tolist() == [x for piece in pieces for x in BY_HAND[piece](m, i)]


@pytest.mark.parametrize("shared", [True, False], ids=["shared", "unshared"])
def test_an_agents_value_depends_on_its_own_view_alone(shared):
    critic = AgentCritic(SPEC, ["obs", "id"], [8], share_parameters=shared)
    others_moved = BATCH.obs.clone()
    others_moved[:, :, 1:] += 1.0
    before, after = critic(ROWS), critic(replace(BATCH, obs=others_moved).timesteps)
    assert torch.equal(before[:, 0], after[:, 0])
    assert not torch.equal(before[:, 1:], after[:, 1:])


def test_unshared_critics_have_a_network_for_each_agent():
    critic = AgentCritic(SPEC, ["obs"], [8], share_parameters=False)
    gradients = torch.autograd.grad(critic(ROWS)[:, 1].sum(), list(critic.parameters()), materialize_grads=True)
    touched = [g.any().item() for g in gradients]
    per_network = len(touched) // SPEC.n_agents
    assert [any(touched[k : k + per_network]) for k in range(0, len(touched), per_network)] == [False, True, False]


def test_the_extrinsic_critic_sees_the_state_and_nothing_else():
    critic = ExtrinsicCritic(SPEC, [8])
    other = random_batch(SPEC, seed=1)
    same_state = replace(other, state=BATCH.state, lengths=BATCH.lengths)
    assert critic(ROWS).shape == (len(ROWS.obs),)
    assert torch.equal(critic(ROWS), critic(same_state.timesteps))
    assert not torch.equal(critic(ROWS), critic(other.timesteps))
