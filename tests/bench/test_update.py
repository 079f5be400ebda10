"""The cost of an update."""

import pytest

from aiirmix.bench.update import EPISODES, STEPS, matmul_speed, measure_update, random_episodes
from tests.learners.models import make_learner
from tests.toys import small_spec


def test_the_multiply_adds_of_an_update_are_those_of_its_layers():
    """For `vdn`: live and target agents forward, and twice as much backward, except for the inputs' gradient."""
    spec, width = small_spec(), 7
    learner = make_learner("vdn", spec, width=width)
    encode, gate = width * (spec.obs_dim + spec.n_actions + spec.n_agents), 3 * width**2
    decode, timesteps = width * spec.n_actions, EPISODES * (STEPS + 1) * spec.n_agents
    forward = encode + 2 * gate + decode
    flop = 2 * timesteps * (2 * forward + encode + 2 * (2 * gate + decode))
    assert measure_update(learner).gigaflop == pytest.approx(flop / 1e9, rel=0.02)


def test_an_update_is_measured_without_the_diagnostics_of_an_interval(monkeypatch):
    learner = make_learner("aiir_mix", small_spec())
    monkeypatch.setattr(learner.advantages, "without_source", lambda *_: pytest.fail("diagnosed"))
    measure_update(learner)


def test_random_episodes_are_complete_and_legal():
    batch = random_episodes(small_spec(), episodes=3, steps=4)
    assert batch.lengths.tolist() == [4, 4, 4]
    assert batch.transitions.avail.gather(-1, batch.transitions.actions[..., None]).all()


def test_a_matrix_product_takes_time():
    assert 1e8 < matmul_speed(128) < 1e13
