"""The environment as callers meet it: constructor, buffers, refusals, orders of enemies."""

import inspect
from pathlib import Path

import numpy as np
import pytest
from omegaconf import OmegaConf

from aiirmix.envs.protocol import Frame, Outcome
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.skirmish.flags import Flags
from tests.envs.skirmish.oracle import Options
from tests.envs.skirmish.staging import MAPS

CONFIG = Path(__file__).parents[3] / "conf" / "env" / "skirmish.yaml"


def test_the_configuration_names_every_argument_with_its_default():
    values = dict(OmegaConf.load(CONFIG))
    assert values.pop("_target_") == f"{Skirmish.__module__}.{Skirmish.__qualname__}"
    assert values == {name: p.default for name, p in inspect.signature(Skirmish).parameters.items()}


def test_flags_have_smacs_defaults():
    assert vars(Flags()) == vars(Options())


def test_a_map_may_be_named_without_a_keyword():
    assert Skirmish("MMM").spec == Skirmish(map="MMM").spec


@pytest.mark.parametrize("arguments", [{"map": "8n"}, {"enemy_order": "random"}])
def test_unknown_choices_are_refused_with_the_known_ones(arguments):
    with pytest.raises(ValueError, match=r"^unknown .*(8m|sorted)"):
        Skirmish(**arguments)


def test_an_unavailable_action_is_refused_by_name():
    env = Skirmish("8m")
    env.reset(np.arange(3))
    actions = np.ones((3, 8), np.int64)
    for bad in (0, 6, 14, -1):
        actions[1, 4] = bad
        message = rf"battle 1, agent 4: action {bad} is not available \(legal: 1, 2, 3, 4, 5\)"
        with pytest.raises(ValueError, match=message):
            env.step(actions)


def test_a_refused_step_changes_nothing():
    env = Skirmish("8m")
    env.reset(np.arange(2))
    before = env.world.units.copy()
    with pytest.raises(ValueError, match="battle 0, agent 0"):
        env.step(np.zeros((2, 8), np.int64))
    assert (env.world.units == before).all()


def test_unchecked_actions_may_be_anything():
    env = Skirmish("MMM", check_actions=False)
    env.reset(np.arange(4))
    random = np.random.default_rng(0)
    for _ in range(60):
        frame, outcome = env.step(random.integers(-3, 30, (4, 10)))
        assert np.isfinite(frame.obs).all()
        assert np.isfinite(outcome.reward).all()


def test_battles_write_into_slices_of_larger_buffers():
    env, twin = Skirmish("2s3z"), Skirmish("2s3z")
    spec = env.spec
    obs = np.full((4, 3, spec.n_agents, spec.obs_dim), np.nan, np.float32)
    state = np.zeros((4, 3, spec.state_dim), np.float32)
    avail = np.zeros((4, 3, spec.n_agents, spec.n_actions), np.bool_)
    alive = np.zeros((4, 3, spec.n_agents), np.bool_)
    env.reset(np.arange(3), Frame(obs[0], state[0], avail[0], alive[0]))
    expected = twin.reset(np.arange(3))
    for t in range(1, 4):
        actions = expected.avail.argmax(-1)
        env.step(actions, (Frame(obs[t], state[t], avail[t], alive[t]), Outcome.zeros(3)))
        expected, _ = twin.step(actions)
        for written, array in zip((obs[t], state[t], avail[t], alive[t]), expected, strict=True):
            np.testing.assert_array_equal(written, array)


@pytest.mark.parametrize("spoil", [lambda a: a[:-1], lambda a: a.astype(np.float64), lambda a: np.asfortranarray(a)])
def test_unfit_buffers_are_refused(spoil):
    env = Skirmish("8m")
    frame = Frame.zeros(env.spec, 4)
    with pytest.raises(ValueError, match="buffer obs must be"):
        env.reset(np.arange(4), frame._replace(obs=spoil(frame.obs)))


def test_actions_of_another_shape_are_refused():
    env = Skirmish("8m")
    env.reset(np.arange(4))
    with pytest.raises(ValueError, match="actions must have shape"):
        env.step(np.ones((4, 7), np.int64))


@pytest.mark.parametrize("map", MAPS)
def test_enemies_come_in_the_chosen_order(map):
    def healths(order, seed):
        env = Skirmish(map, enemy_order=order)
        env.reset(np.array([seed]))
        return tuple(env.world.units[0, env.spec.n_agents :][["health_max", "x", "y"]].tolist())

    def kinds(row):
        return [health for health, _, _ in row]

    created, ordered = healths("created", 0), healths("sorted", 0)
    assert kinds(created) == kinds(healths("created", 1))
    shuffled = {tuple(round(x) for _, x, _ in healths("shuffled", seed)) for seed in range(20)}
    assert len(shuffled) > 5
    bits = {"2s3z": [100, 80], "3s5z": [100, 80], "8m": [45], "MMM": [125, 45, 150]}[map]
    assert kinds(ordered) == sorted(kinds(created), key=bits.index)
