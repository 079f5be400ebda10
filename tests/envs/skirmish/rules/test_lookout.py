"""Who is shown which enemy, through several timesteps, against the oracle: `prob_obs_enemy` and `obs_blanking`."""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.envs.skirmish.battle_setup import environment, look
from tests.envs.skirmish.rules.test_smacv2 import SMALL, oracle, put, states
from tests.envs.skirmish.smacv2_oracle import Lookout

FLAGS: tuple[dict[str, Any], ...] = (
    {"prob_obs_enemy": 0.0},
    {"prob_obs_enemy": 0.5},
    {"obs_blanking": True},
    {"obs_blanking": True, "prob_obs_enemy": 0.0},
    {"obs_blanking": True, "prob_obs_enemy": 0.5, "conic_fov": True},
)


def shown(env, seen):
    """Return the numbers of the enemies that each agent observes."""
    width, enemies = env.world.rules["obs_enemy_width"][0], env.world.rules["n_enemies"][0]
    rows = seen.obs[:, 4 : 4 + width * enemies].reshape(len(seen.obs), enemies, width)
    return [np.flatnonzero(row.any(1)).tolist() for row in rows]


def permitted(env, e):
    """Return the agents that may see enemy e: as the simulator has drawn, if chance decides."""
    agents = range(env.spec.n_agents)
    drawn = int(env.world.units[0][env.spec.n_agents + e]["shown"])
    return {a for a in agents if env.prob_obs_enemy == 1 or (env.prob_obs_enemy > 0 and drawn >> a & 1)}


def check(data, env, timesteps):
    """Show several random states of a battle, in which the dead stay dead, and compare what is shown."""
    env.reset(np.array([data.draw(st.integers(0, 10**6))]))
    units, expected = env.world.units[0], oracle(env)
    units["spotter"], units["shown"] = -1, 0

    def sees(me, other):
        return expected.within(me, other, expected.sight(me), closed=False)

    lookout = Lookout(expected.agents, expected.enemies, sees, env.obs_blanking)
    dead = set[int]()
    for _ in range(timesteps):
        state = data.draw(states(env))
        for number in dead:
            state[number].health = 0.0
        dead |= {number for number, body in enumerate(state) if not body.alive}
        put(env, state)
        seen = shown(env, look(env))
        order = units["glance"][: expected.agents].tolist()
        assert sorted(order) == list(range(expected.agents))
        assert seen == lookout.look(state, order, lambda e: permitted(env, e))


@pytest.mark.parametrize("flags", FLAGS)
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_who_is_shown_is_who_may_be(flags, data):
    check(data, environment(data.draw(st.sampled_from(SMALL)), **flags), data.draw(st.integers(1, 4)))


@pytest.mark.slow
@pytest.mark.parametrize("flags", FLAGS)
@pytest.mark.parametrize("map", [*SMALL, "terran_10_vs_11"])
@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_who_is_shown_is_who_may_be_in_many_battles(map, flags, data):
    check(data, environment(map, **flags), data.draw(st.integers(1, 6)))


def test_the_order_of_looking_is_random():
    env = environment("zerg_5_vs_5", obs_blanking=True)
    env.reset(np.arange(3000))
    first = np.bincount(env.world.units["glance"][:, 0], minlength=5)
    assert ((first - 600) ** 2 / 600).sum() < 18.47  # chi-squared of 4 degrees of freedom, one in a thousand
