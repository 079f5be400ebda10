"""Play SMAC's own class on the stand-in beside skirmish's: python -m tests.envs.smac.duel MAP EPISODES FLAGS-AS-JSON.

It needs a process of its own, because SMAC's messages need an older protobuf than the rest of the tests.
"""

import json
import sys

import numpy as np

from aiirmix.envs.skirmish.views.smac import StarCraft2Env as View
from tests.envs.skirmish.views.helpers import random_legal
from tests.envs.skirmish.views.members import assert_same_members

ROUNDING = 1e-6
"""SMAC computes in single precision, skirmish in double."""


def difference(real, view):
    """Return the largest difference in observations and states, after comparing the masks."""
    assert real.get_avail_actions() == view.get_avail_actions()
    assert_same_members(real, view)
    pairs = [(real.get_state(), view.get_state()), *zip(observations(real), view.get_obs(), strict=True)]
    return max(np.abs(np.asarray(mine) - theirs).max() for mine, theirs in pairs)


def step_both(real, view, actions):
    """Take a step in both, which must agree; return whether the battle is over, and the info."""
    mine, theirs = list(actions), list(actions)
    reward, over, info = real.step(theirs)
    expected = view.step(mine)
    assert mine == theirs
    assert abs(reward - expected[0]) < 100 * ROUNDING, (reward, expected[0])
    assert (over, info) == expected[1:]
    return over, info


def observations(real):
    """Return SMAC's observations without the unused feature before the time, which SMAC does not count."""
    return [np.delete(obs, -2) if real.obs_timestep_number else obs for obs in real.get_obs()]


def play(name, episodes, flags):
    """Play random battles on both; return the number of steps, the ends and the largest difference."""
    from smac.env import StarCraft2Env

    real, view = StarCraft2Env(name, seed=7, **flags), View(name, seed=7, **flags)
    assert real.get_env_info() == view.get_env_info()
    rng, steps, ends, apart = np.random.default_rng(0), 0, list[str](), 0.0
    while len(ends) < episodes:
        real.reset()
        view.reset()
        over = False
        while not over:
            apart = max(apart, difference(real, view))
            actions = random_legal(view.get_avail_actions(), rng)
            over, info = step_both(real, view, actions)
            steps += 1
        apart = max(apart, difference(real, view))
        ends.append(end_of(real, info))
    stats = real.get_stats(), view.get_stats()
    real.close()
    assert stats[0] == stats[1]
    assert apart < ROUNDING, apart
    return {"steps": steps, "ends": ends, "apart": float(apart)}


def end_of(env, info):
    """Return how the battle ended."""
    if info["dead_allies"] == env.n_agents and info["dead_enemies"] == env.n_enemies:
        return "draw"
    return "won" if info["battle_won"] else "lost or timed out"


if __name__ == "__main__":
    print(json.dumps(play(sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3]))))
