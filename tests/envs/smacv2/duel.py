"""Play SMACv2's own class on the stand-in beside skirmish's.

Run it as python -m tests.envs.smacv2.duel MAP EPISODES FLAGS-AS-JSON.

SMACv2 draws teams and places from generators without seeds. What it hands to its game is read, and skirmish plays the
same units.
"""

import json
import math
import sys
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np

from aiirmix.envs.counter_rng import GOLDEN, mixed
from aiirmix.envs.protocol import Frame
from aiirmix.envs.skirmish.views.smac import StarCraft2Env as View
from aiirmix.envs.smacv2.game import make_smacv2
from tests.envs.skirmish.battle_setup import look as look_again
from tests.envs.skirmish.views.helpers import random_legal
from tests.envs.smac.duel import ROUNDING, end_of, step_both

SEED = 7
GETTERS = ("get_capabilities", "get_visibility_matrix", "get_state")
SIZES = ("get_obs_size", "get_state_size", "get_cap_size", "get_total_actions")


def begin(real, view):
    """Start a battle of SMACv2's, and the same in skirmish; return which of SMACv2's two starts it is.

    If a unit dies in the first loop, SMACv2 waits for it in vain and draws another battle.
    """
    real.drawn.clear()
    real.reset()
    for drawn in real.drawn:
        kinds = [*drawn["team_gen"]["ally_team"], *drawn["team_gen"]["enemy_team"]]
        sides = [drawn[f"{side}_start_positions"]["item"] for side in ("ally", "enemy")]
        places = np.concatenate(sides).astype(np.float32)  # as messages have them
        view.battle.engine.world.place([str(kind) for kind in kinds], places.astype(np.float64))
        view.reset()
        give_capabilities(view, drawn)
        assert (view.battle.units["health"] > 0).all() == (drawn is real.drawn[-1])
    forget_sightings(real)
    return "surrounded" if (sides[0] == 16).all() else "reflected"


def give_capabilities(view, drawn):
    """Give skirmish's units the capabilities that SMACv2 has drawn, and show them."""
    units, n = view.battle.units, view.n_agents
    for field, name in (("accuracy", "attack"), ("death_level", "health")):
        if name in drawn:
            units[field][:n] = drawn[name]["item"]
    if "enemy_mask" in drawn:
        masks = np.asarray(drawn["enemy_mask"]["item"])
        units["hidden"][n:] = (masks.T.astype(np.uint64) << np.arange(n, dtype=np.uint64)).sum(1)
    if {"attack", "health", "enemy_mask"} & drawn.keys():
        view.battle.frame = Frame(*(array[None] for array in look_again(view.battle.engine)))


class SameDraws:
    """A generator that draws for SMACv2 what skirmish will draw in its next step; SMACv2 makes one for each draw."""

    start, count = None, 0

    def __init__(self, view):
        self.state = view.battle.engine.world.battles["look_state"][0]

    def uniform(self):
        SameDraws.count = SameDraws.count + 1 if self.state == SameDraws.start else 1
        SameDraws.start = self.state
        with np.errstate(over="ignore"):
            return float(mixed(self.state + np.uint64(SameDraws.count) * GOLDEN) >> np.uint64(32)) / 2**32


def forget_sightings(real):
    """Let SMACv2 begin to look around only when skirmish does; its reset has looked once already."""
    real.obs_enemies[:] = 0
    real.enemy_tags[:] = [None] * len(real.enemy_tags)


def look(real, view):
    """Return SMACv2's observations.

    Agents look in skirmish's order, or without SMACv2's mistake all of them see all that is in sight.
    """
    if not view.obs_blanking:
        real.obs_enemies[:] = 1
        real.enemy_tags[:] = [0] * len(real.enemy_tags)
    order = view.battle.units["glance"][: view.n_agents].tolist()
    seen = {agent: real.get_obs_agent(agent, fully_observable=view.fully_observable) for agent in order}
    return [seen[agent] for agent in range(view.n_agents)]


def difference(real, view):
    """Return the largest difference in what both show."""
    pairs = [(getattr(real, name)(), getattr(view, name)()) for name in GETTERS]
    pairs += zip(look(real, view), view.get_obs(), strict=True)
    assert real.get_avail_actions() == view.get_avail_actions()
    return max(np.abs(np.asarray(mine, float) - np.asarray(theirs, float)).max() for mine, theirs in pairs)


def is_in_cone(real, view, agent, pos, range="sight_range"):
    """Return whether an agent looks at a place; SMACv2's own test is wrong across the vertical axis.

    At the edges of cones single precision does not decide: skirmish's places are taken.
    """
    units, (x, y) = view.battle.units, real.fov_directions[agent]
    if len(units) == 0:  # SMACv2's first reset looks before skirmish has begun
        return False
    reach = (real.unit_sight_range if range == "sight_range" else real.unit_shoot_range)(agent)
    apart = np.hypot(units["x"] - pos.x, units["y"] - pos.y)
    nearest = units[apart.argmin()]
    there = (nearest["x"], nearest["y"]) if apart.min() < 1e-4 else (pos.x, pos.y)
    away, along = there[0] - units["x"][agent], there[1] - units["y"][agent]
    turn = math.remainder(math.atan2(along, away) - math.atan2(y, x), math.tau)
    distance = math.hypot(away, along)
    return distance == 0 or (distance <= reach and abs(turn) <= math.pi / real.n_fov_actions + 1e-9)


def choose(masks, rng):
    """Return available actions, mostly those that mean targets, so that some battles are won."""
    actions = random_legal(masks, rng)
    return [a if rng.random() < 0.3 else int(np.flatnonzero(mask)[-1]) for a, mask in zip(actions, masks, strict=True)]


def assert_same_sizes(wrapper, view):
    """Compare sizes, and the names of features, which SMACv2 lists in another order than it has them."""
    info, expected = wrapper.get_env_info(), view.get_env_info()
    names, expected_names = info.pop("agent_features"), expected.pop("agent_features")
    assert info == expected
    assert sorted(names) == sorted(expected_names)
    assert [getattr(wrapper.env, size)() for size in SIZES] == [getattr(view, size)() for size in SIZES]


def make(name, flags):
    """Return SMACv2's environment and skirmish's."""
    from smacv2.env.starcraft2 import starcraft2

    own = {"obs_blanking": flags.pop("obs_blanking", False), "reward_scale_first": True, "continuing_episode": True}
    wrapper: Any = make_smacv2(SEED, name, **{"obs_own_pos": True, "use_unit_ranges": True, **flags})
    wrapper.drawn, reset = [], wrapper.env.reset
    wrapper.env.reset = lambda drawn: (wrapper.drawn.append(drawn), reset(drawn))
    view = View(name, seed=SEED, **own, **flags)
    wrapper.env.is_position_in_cone = partial(is_in_cone, wrapper.env, view)
    generators = SimpleNamespace(default_rng=partial(SameDraws, view), rand=np.random.rand)
    starcraft2.np = SimpleNamespace(**{**vars(np), "random": generators})
    return wrapper, view


def play(name, episodes, flags):
    """Play battles on both; return the number of steps, the starts, the ends and the largest difference."""
    rng = np.random.default_rng(0)
    wrapper, view = make(name, flags)
    assert_same_sizes(wrapper, view)
    steps, starts, ends, apart = 0, list[str](), list[str](), 0.0
    while len(ends) < episodes:
        starts.append(begin(wrapper, view))
        over = False
        while not over:
            apart = max(apart, difference(wrapper.env, view))
            actions = choose(view.get_avail_actions(), rng)
            over, info = step_both(wrapper, view, actions)
            steps += 1
        apart = max(apart, difference(wrapper.env, view))
        ends.append(end_of(view, info))
    stats = wrapper.get_stats(), view.get_stats()
    wrapper.close()
    assert stats[0] == stats[1]
    assert apart < ROUNDING, apart
    return {"steps": steps, "starts": starts, "ends": ends, "apart": float(apart)}


if __name__ == "__main__":
    print(json.dumps(play(sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3]))))
