"""The PettingZoo view: PettingZoo's own tests, episodes, when agents leave, what is refused."""

import warnings

import numpy as np
import pytest
from gymnasium.spaces import Box, Dict, Discrete
from pettingzoo.test.parallel_test import parallel_api_test
from pettingzoo.test.seed_test import parallel_seed_test

from aiirmix.envs.skirmish.views.parallel import SkirmishParallelEnv, env, parallel_env, raw_env
from tests.envs.skirmish.views.helpers import MORE_FEATURES, OTHER_MAPS, SOME_MAPS, replay


def random_actions(observations, agents, rng):
    """Return an available action for every agent."""
    return {a: int(rng.choice(np.flatnonzero(observations[a]["action_mask"]))) for a in agents}


def play(env, seed):
    """Play an episode of random available actions; return the results of all steps and the joint actions of SMAC."""
    rng = np.random.default_rng(seed)
    observations, _ = env.reset(seed=seed)
    results, joint = [], []
    while env.agents:
        actions = random_actions(observations, env.agents, rng)
        joint.append([actions[agent] + 1 if agent in actions else 0 for agent in env.possible_agents])
        results.append(env.step(actions))
        observations = results[-1][0]
    return results, joint


@pytest.mark.parametrize("name", SOME_MAPS)
def test_pettingzoos_own_tests_pass_without_a_warning(name):
    run_pettingzoos_tests(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", OTHER_MAPS)
def test_pettingzoos_own_tests_pass_on_all_other_maps(name):
    run_pettingzoos_tests(name)


def run_pettingzoos_tests(name):
    """Run PettingZoo's tests with warnings as errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        parallel_api_test(SkirmishParallelEnv(name), num_cycles=400)
        parallel_seed_test(lambda: SkirmishParallelEnv(name), num_cycles=400)


def test_agents_are_named_by_kind():
    assert SkirmishParallelEnv("2s3z").possible_agents == ["stalker_0", "stalker_1", "zealot_0", "zealot_1", "zealot_2"]
    assert SkirmishParallelEnv("MMM").possible_agents[-2:] == ["marine_6", "medivac_0"]


def test_spaces_have_smacs_sizes_without_no_op():
    env = SkirmishParallelEnv("2s3z")
    assert env.action_space("zealot_0") == Discrete(10)
    observation, mask = Box(-1, 1, (80,), np.float32), Box(0, 1, (10,), np.int8)
    assert env.observation_space("zealot_0") == Dict({"observation": observation, "action_mask": mask})
    assert env.state_space.shape == (120,)
    env.reset(seed=0)
    assert env.state() in env.state_space


@pytest.mark.parametrize("name", SOME_MAPS)
@pytest.mark.parametrize("flags", [{}, MORE_FEATURES])
def test_an_episode_equals_the_batch_engines_number_for_number(name, flags):
    env = SkirmishParallelEnv(name, **flags)
    results, joint = play(env, seed=4)
    observations, states, rewards = replay(name, 4, joint, **flags)
    for (seen, reward, *_), expected, worth in zip(results, observations[1:], rewards, strict=True):
        for agent, given in seen.items():
            np.testing.assert_array_equal(given["observation"], expected[env.possible_agents.index(agent)])
        assert set(reward.values()) == {worth}
    np.testing.assert_array_equal(env.state(), states[-1])


@pytest.mark.parametrize("name", SOME_MAPS)
def test_observations_lie_in_their_spaces(name):
    env = SkirmishParallelEnv(name, **MORE_FEATURES)
    for seed in range(2):
        results, _ = play(env, seed)
        assert all(given in env.observation_space(agent) for result in results for agent, given in result[0].items())


def test_an_agent_leaves_with_its_unit():
    env = SkirmishParallelEnv("8m")
    env.reset(seed=0)
    env._battle.units["health"][2] = 0.0
    observations, _, terminations, truncations, infos = env.step(dict.fromkeys(env.agents, 0))
    assert [agent for agent, over in terminations.items() if over] == ["marine_2"]
    assert not any(truncations.values())
    assert not observations["marine_2"]["observation"].any()
    assert not infos["marine_2"]["action_mask"].any()
    assert env.agents == [f"marine_{i}" for i in (0, 1, 3, 4, 5, 6, 7)]
    assert len(env.step(dict.fromkeys(env.agents, 0))[0]) == 7


@pytest.mark.parametrize(("fallen", "won"), [(slice(0, 8), False), (slice(8, 16), True)])
def test_all_terminate_with_the_battle(fallen, won):
    env = SkirmishParallelEnv("8m")
    env.reset(seed=0)
    env._battle.units["health"][fallen] = 0.0
    _, _, terminations, truncations, infos = env.step({})
    assert (set(terminations.values()), set(truncations.values()), env.agents) == ({True}, {False}, [])
    facts = {"battle_won": won, "dead_allies": 0 if won else 8, "dead_enemies": 8 if won else 0}
    assert all(info.items() >= facts.items() for info in ({**info, "action_mask": 0} for info in infos.values()))


def test_the_episode_limit_truncates_living_agents():
    env = SkirmishParallelEnv("8m")
    env._battle.engine.world.rules["episode_limit"] = 2
    env.reset(seed=0)
    env.step({})
    env._battle.units["health"][7] = 0.0
    _, _, terminations, truncations, _ = env.step({})
    assert list(truncations.values()) == [True] * 7 + [False]
    assert list(terminations.values()) == [False] * 7 + [True]
    assert env.agents == []
    with pytest.raises(RuntimeError, match="reset"):
        env.step({})


def test_an_episode_is_truncated_after_max_cycles():
    made = parallel_env(2, map_name="2s3z")
    assert (made.max_cycles, parallel_env(map_name="2s3z").max_cycles) == (2, 120)
    for _ in range(2):
        made.reset(seed=0)
        assert not any(made.step({})[3].values())
        _, _, terminations, truncations, _ = made.step({})
        assert (set(truncations.values()), set(terminations.values())) == ({True}, {False})
        assert (made.agents, made.frames) == ([], 2)
        with pytest.raises(RuntimeError, match="reset"):
            made.step({})


def test_agents_have_the_numbers_of_smacs_class():
    assert [parallel_env(map_name="MMM").get_agent_smac_id(agent) for agent in ("marauder_0", "medivac_0")] == [0, 9]


@pytest.mark.parametrize("make", [raw_env, env])
def test_agents_can_act_one_after_another(make):
    made, rng = make(map_name="3m", max_cycles=4), np.random.default_rng(0)
    made.reset(seed=0)
    steps = 0
    for _ in made.agent_iter():
        observation, _, terminated, truncated, _ = made.last()
        over = terminated or truncated
        made.step(None if over else int(rng.choice(np.flatnonzero(observation["action_mask"]))))
        steps += 1
    assert steps == 3 * 5, "four actions and a last call per agent"


def test_unavailable_and_missing_actions_mean_stop():
    env, stopping = SkirmishParallelEnv("8m"), SkirmishParallelEnv("8m")
    env.reset(seed=0)
    stopping.reset(seed=0)
    env.step({"marine_0": 12, "marine_1": 99, "marine_2": -1, "marine_3": 3})
    stopping.step({**dict.fromkeys(stopping.agents, 0), "marine_3": 3})
    np.testing.assert_array_equal(env.state(), stopping.state())


@pytest.mark.parametrize("action", [12, 99, -1, None])
def test_unavailable_actions_raise_with_check_actions(action):
    env = SkirmishParallelEnv("8m", check_actions=True)
    env.reset(seed=0)
    with pytest.raises(ValueError, match=rf"marine_2: action {action} is not available \(legal: 0, 1"):
        env.step({**dict.fromkeys(env.agents, 0), "marine_2": action})


def test_reset_without_a_seed_starts_the_next_battle_of_the_series():
    env, other = SkirmishParallelEnv("8m"), SkirmishParallelEnv("8m")
    states = []
    for each in (env, other):
        each.reset(seed=3)
        states.append([each.state()])
        each.reset()
        states[-1].append(each.state())
    np.testing.assert_array_equal(states[0], states[1])
    assert not np.array_equal(states[0][0], states[0][1])


def test_pictures_are_rendered_on_request():
    env = SkirmishParallelEnv("8m", render_mode="rgb_array")
    env.reset(seed=0)
    picture = env.render()
    assert picture is not None
    assert picture.shape == (512, 512, 3)
    assert SkirmishParallelEnv("8m").render() is None
    with pytest.raises(ValueError, match="human"):
        SkirmishParallelEnv("8m", render_mode="human")
    env.close()
