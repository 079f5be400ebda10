"""Critics that attend to the other agents: what they may see, and what must not matter."""

from dataclasses import replace

import pytest
import torch

from aiirmix.common.errors import ConfigError
from aiirmix.nets.attention_critic import AttentionCounterfactualCritic, AttentionCritic
from tests.toys import as_double, random_batch, small_spec

SPEC = small_spec()
BATCH = as_double(random_batch(SPEC))
STEPS = BATCH.transitions


def make(kind=AttentionCritic, spec=SPEC, inputs=("obs",), others=("obs", "action"), **changes):
    torch.manual_seed(0)
    return kind(spec, inputs, others, **{"width": 8, "heads": 2} | changes).double()


EACH = pytest.mark.parametrize("kind", [AttentionCritic, AttentionCounterfactualCritic])


@EACH
def test_an_agents_own_action_does_not_move_its_value_and_that_of_another_does(kind):
    critic, everyone = make(kind), replace(STEPS, alive=torch.ones_like(STEPS.alive))
    before, actions = critic(everyone), STEPS.actions.clone()
    actions[:, 1] = (actions[:, 1] + 1) % SPEC.n_actions
    moved = (critic(replace(everyone, actions=actions)) != before).view(*STEPS.alive.shape, -1).any(-1)
    assert not moved[:, 1].any()
    assert moved[:, [0, 2]].all()


@EACH
def test_what_a_dead_agent_sees_and_does_does_not_move_the_others(kind):
    alive = torch.ones_like(STEPS.alive)
    alive[:, 1] = False
    obs = STEPS.obs.clone()
    obs[:, 1] += 1.0
    critic = make(kind)
    before, after = critic(replace(STEPS, alive=alive)), critic(replace(STEPS, alive=alive, obs=obs))
    assert torch.equal(before[:, [0, 2]], after[:, [0, 2]])


@EACH
def test_exchanging_two_others_without_ids_changes_nothing(kind):
    order, critic = [0, 2, 1], make(kind)
    swapped = {name: getattr(STEPS, name)[:, order] for name in ("obs", "actions", "alive")}
    torch.testing.assert_close(critic(replace(STEPS, **swapped))[:, 0], critic(STEPS)[:, 0])


def test_with_one_other_there_is_nothing_to_choose():
    spec = small_spec(agents=2)
    critic = make(spec=spec)
    batch = as_double(random_batch(spec))
    loss = critic(batch.transitions).square().sum()
    selectors = [*critic.net.queries.parameters(), *critic.net.keys.parameters()]
    for gradient in torch.autograd.grad(loss, selectors, materialize_grads=True):
        assert gradient.abs().max() < 1e-12


def test_an_agent_without_living_others_has_a_value_and_a_finite_gradient():
    alone = torch.zeros_like(STEPS.alive)
    alone[:, 0] = True
    critic = make()
    value = critic(replace(STEPS, alive=alone))
    gradients = torch.autograd.grad(value.sum(), list(critic.parameters()), materialize_grads=True)
    assert all(gradient.isfinite().all() for gradient in (value, *gradients))


def test_at_the_final_timestep_the_others_have_no_action():
    """Its value may not depend on an action that is never taken."""
    critic, timesteps = make(), BATCH.timesteps
    assert critic(timesteps).isfinite().all()
    final = ~timesteps.acted
    other = replace(timesteps, actions=torch.where(final[:, None], -1, timesteps.actions))
    assert torch.equal(critic(other), critic(timesteps))


def test_windows_give_the_same_as_all_rows():
    critic = make(AttentionCounterfactualCritic)
    whole, seen = critic(STEPS), torch.zeros(len(STEPS.obs), dtype=torch.int64)
    for rows, q in critic.backwards(STEPS, window=2):
        torch.testing.assert_close(q, whole[rows])
        seen[rows] += 1
    assert (seen == 1).all()


def test_values_may_start_at_zero():
    assert not make(start="zero")(STEPS).any()
    assert make()(STEPS).all()


@pytest.mark.parametrize("heads", [0, 3])
def test_heads_divide_the_width(heads):
    with pytest.raises(ConfigError, match=f"heads must divide its width, and {heads} do not divide 8"):
        make(heads=heads)
