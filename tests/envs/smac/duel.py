"""SMAC's own class on the stand-in beside skirmish's view: python -m tests.envs.smac.duel MAP EPISODES FLAGS-AS-JSON.

A process of its own, as SMAC's messages want another protobuf than the rest of the tests.
"""

import json
import sys

import numpy as np

from aiirmix.envs.skirmish.views.smac import StarCraft2Env as View
from tests.envs.skirmish.views.playing import random_legal

ROUNDING = 1e-6
"""SMAC computes from single precision what skirmish computes in double."""


def differences(real, view):
    """How far observations and states are apart at most; the masks must be the same."""
    assert real.get_avail_actions() == view.get_avail_actions()
    pairs = [(real.get_state(), view.get_state()), *zip(observations(real), view.get_obs(), strict=True)]
    return max(np.abs(np.asarray(mine) - theirs).max() for mine, theirs in pairs)


def observations(real):
    """SMAC's, without the empty place before the time, because of which they are longer than SMAC says."""
    return [np.delete(obs, -2) if real.obs_timestep_number else obs for obs in real.get_obs()]


def play(name, episodes, flags):
    """Random battles, played by both; returns what was seen.

    After a draw the game, like StarCraft II, begins the next battle before it is asked to: the comparison ends.
    """
    from smac.env import StarCraft2Env

    real, view = StarCraft2Env(name, seed=7, **flags), View(name, seed=7, **flags)
    assert real.get_env_info() == view.get_env_info()
    random, steps, ends, apart = np.random.default_rng(0), 0, list[str](), 0.0
    while len(ends) < episodes and "draw" not in ends:
        real.reset()
        view.reset()
        over = False
        while not over:
            apart = max(apart, differences(real, view))
            actions = random_legal(view.get_avail_actions(), random)
            reward, over, info = real.step(list(actions))
            wanted = view.step(list(actions))
            assert abs(reward - wanted[0]) < 100 * ROUNDING, (reward, wanted[0])
            assert (over, info) == wanted[1:]
            steps += 1
        apart = max(apart, differences(real, view))
        ends.append(end_of(real, info))
    stats = real.get_stats(), view.get_stats()
    real.close()
    assert stats[0] == stats[1]
    assert apart < ROUNDING, apart
    return {"steps": steps, "ends": ends, "apart": float(apart)}


def end_of(env, info):
    """How the battle ended."""
    if info["dead_allies"] == env.n_agents and info["dead_enemies"] == env.n_enemies:
        return "draw"
    return "won" if info["battle_won"] else "lost or timed out"


if __name__ == "__main__":
    print(json.dumps(play(sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3]))))
