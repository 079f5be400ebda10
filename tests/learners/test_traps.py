"""Mistakes of public code bases that no loss curve shows.

Others are tested elsewhere: masks and returns in `tests/maths/test_returns.py`, masked policies in
`tests/maths/test_policy.py`, last actions and hidden states in `tests/nets/test_actor.py` and `tests/data/`.
"""

from dataclasses import replace

import numpy as np
import pytest
import torch

from aiirmix.data.collector import Collector, episode_seeds
from aiirmix.maths.q_values import best_actions
from aiirmix.nets.actor import Actor
from aiirmix.training.data_module import BattleData
from tests.learners.models import (
    FAMILIES,
    FORMS,
    LEARNERS,
    assert_same_parameters,
    make_learner,
    models_with,
    one_epoch,
    parameters_of,
    printed,
    settings,
)
from tests.marks import slow_but
from tests.toys import CreditGame, as_double, random_batch, small_spec

SPEC = small_spec()
LENGTHS = (6, 4, 4, 2)
EVERY_MODEL = pytest.mark.parametrize("model", slow_but(LEARNERS, FORMS))
VALUE_MODELS = models_with("agents")


def make_batch(**changes):
    return replace(as_double(random_batch(SPEC, LENGTHS)), **changes)


def learnt(model, batch, *overrides):
    """Return all parameters after one update."""
    learner = make_learner(model, SPEC, *one_epoch(model), *overrides).double()
    learner.learn(batch)
    return parameters_of(learner)


def with_other_final_timesteps(batch):
    """Return the same episodes with other data and no available action at the final timesteps."""
    final = torch.arange(len(batch.obs))[:, None] == batch.lengths
    obs, state, avail, alive = (x.clone() for x in (batch.obs, batch.state, batch.avail, batch.alive))
    obs[final], state[final], avail[final], alive[final] = 100.0, -100.0, False, ~alive[final]
    return replace(batch, obs=obs, state=state, avail=avail, alive=alive)


SEE_THE_FINAL_TIMESTEP = {"aiir_mix_literal", "curiosity", "rnd"}
"""The printed advantage uses the value of every next timestep, and novelty is in what an action leads to."""


@pytest.mark.parametrize("model", slow_but(FAMILIES, [model for model in FORMS if model not in SEE_THE_FINAL_TIMESTEP]))
def test_the_final_timestep_is_no_transition_and_has_no_value(model):
    batch = make_batch()
    assert not batch.terminated.all()
    assert_same_parameters(learnt(model, with_other_final_timesteps(batch)), learnt(model, batch), atol=1e-12)


@pytest.mark.parametrize("model", slow_but(["aiir_mix", printed("aiir_mix"), "coma", "mappo", "qtran"], FORMS))
def test_a_time_out_is_as_terminal_as_a_defeat_unless_it_is_set_otherwise(model):
    over, out_of_time = (make_batch(terminated=torch.full((4,), x)) for x in (True, False))
    expected = learnt(model, over)
    assert_same_parameters(learnt(model, out_of_time), expected)
    for bootstrap in settings(model, bootstrap_on_truncation="true"):
        assert_same_parameters(learnt(model, over, bootstrap), expected)
        after = learnt(model, out_of_time, bootstrap)
        assert any(not torch.equal(after[name], expected[name]) for name in expected)


@EVERY_MODEL
def test_learning_uses_the_epsilon_that_a_batch_was_played_with(model):
    learner = make_learner(model, SPEC, *one_epoch(model)).double()
    learner.epsilon = None
    learner.learn(make_batch(epsilon=0.3))
    assert_same_parameters(parameters_of(learner), learnt(model, make_batch(epsilon=0.3)))
    follows = model in models_with("actor")
    unexplored = learnt(model, make_batch())
    assert follows == any(not torch.equal(unexplored[name], p) for name, p in parameters_of(learner).items())


@pytest.mark.parametrize("model", VALUE_MODELS)
def test_utilities_of_unavailable_actions_are_neither_chosen_nor_taught(model, monkeypatch):
    """The live networks must choose among the actions available at t + 1, however large the other utilities are."""
    batch = make_batch()
    expected, unroll = learnt(model, batch), Actor.unroll

    def tempting(actor, at):
        outputs, hidden = unroll(actor, at)
        return outputs + 1e6 * ~at.avail, hidden

    monkeypatch.setattr(Actor, "unroll", tempting)
    assert_same_parameters(learnt(model, batch), expected)


@EVERY_MODEL
def test_test_episodes_are_greedy(model):
    """Test episodes do not sample from policies and draw no random numbers of training."""
    battles = BattleData(
        lambda: CreditGame(steps=5, ragged=True, mortal=True),
        seed=0,
        budget=100,
        every=100,
        test_episodes=20,
        final_episodes=20,
    )
    learner = make_learner(model, battles.env.spec)
    battles.attach(learner)
    drawn = battles.generator.get_state()
    for batch in (battles._test(), battles.final_test()):
        assert torch.equal(
            batch.transitions.actions, best_actions(learner.policy(batch.transitions), batch.transitions.avail)
        )
    assert torch.equal(battles.generator.get_state(), drawn)


@pytest.mark.parametrize("model", VALUE_MODELS)
def test_replayed_episodes_give_the_utilities_they_were_played_with(model):
    """Last actions, and hidden states with their start from zero, survive the replay buffer."""
    env = CreditGame(steps=6, mortal=True)
    learner, acted_by = make_learner(model, env.spec), []
    act = learner.agents.act

    def noting(*seen):
        outputs, hidden = act(*seen)
        acted_by.append(outputs)
        return outputs, hidden

    learner.agents.act = noting
    seeds, generator = episode_seeds(0, "train", 0, 16), torch.Generator().manual_seed(0)
    learner.replay.add(Collector(env).collect(learner.policy, seeds, 1.0, generator, learner.explore))
    steps = learner.replay.episodes(np.arange(16)).transitions
    utilities = steps.packing.unpack(learner.agents(steps))
    torch.testing.assert_close(utilities, torch.stack(acted_by), rtol=1e-5, atol=1e-6)
