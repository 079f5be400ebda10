"""The scripted ally against a plain implementation of docs/smac_contract.md §8."""

import math

import numpy as np
import pytest

from aiirmix.envs.skirmish.views.smac import StarCraft2Env
from tests.envs.skirmish.views.helpers import SOME_MAPS
from tests.marks import slow


def place(unit):
    """Return a unit's place as SMAC reads it, in single precision."""
    return float(np.float32(unit.pos.x)), float(np.float32(unit.pos.y))


class Script:
    """The script in plain Python. Each agent keeps its target between steps, and its last place when it dies."""

    def __init__(self, env, rest):
        self.env, self.rest, self.targets = env, rest, [None] * env.n_agents
        self.places = {}

    def __call__(self):
        self.places |= {i: place(agent) for i, agent in self.env.agents.items() if agent.health > 0}
        return [self.action(i) for i in range(self.env.n_agents)]

    def distance(self, i, other):
        return math.dist(self.places[i], place(other))

    def action(self, i):
        unit = self.env.get_unit_by_id(i)
        heals = unit.kind == "medivac"
        others = self.env.agents if heals else self.env.enemies
        wanted = {
            k: other
            for k, other in others.items()
            if other.health > 0
            and not (heals and (np.float32(other.health) == other.health_max or other.kind == "medivac"))
        }
        if self.targets[i] not in wanted:
            self.targets[i] = min(wanted, key=lambda k: self.distance(i, wanted[k])) if wanted else None
        if self.targets[i] is None:
            return 0
        action = 6 + self.targets[i]
        if not self.rest or self.env.get_avail_agent_actions(i)[action]:
            return action
        return self.towards(i, wanted[self.targets[i]])

    @staticmethod
    def is_wounded(unit):
        return unit.kind != "medivac" and np.float32(unit.health) < unit.health_max

    def towards(self, i, target):
        x, y = np.subtract(place(target), self.places[i])
        if abs(x) > abs(y):
            return 4 if x > 0 else 5
        return 2 if y > 0 else 3


@pytest.mark.parametrize("name", [*SOME_MAPS, "5m_vs_6m", *slow(["27m_vs_30m"])])
@pytest.mark.parametrize("rest", [False, True])
def test_the_script_is_that_of_the_contract(name, rest):
    env = StarCraft2Env(name, seed=2, heuristic_ai=True, heuristic_rest=rest)
    for _ in range(3):
        env.reset()
        script, terminated = Script(env, rest), False
        while not terminated:
            expected, actions = script(), [1] * env.n_agents
            _, terminated, _ = env.step(actions)
            assert actions == expected


def test_the_script_wins_most_battles_on_2s3z():
    env = StarCraft2Env("2s3z", seed=0, heuristic_ai=True)
    for _ in range(20):
        env.reset()
        while not env.step([1] * 5)[1]:
            pass
    assert env.get_stats()["win_rate"] >= 0.6


def test_units_out_of_range_move_with_heuristic_rest():
    env = StarCraft2Env("8m", seed=0, heuristic_ai=True, heuristic_rest=True)
    env.reset()
    before = [unit.pos.x for unit in env.agents.values()]
    actions = [1] * 8
    env.step(actions)
    assert actions == [4] * 8
    assert all(unit.pos.x > x for unit, x in zip(env.agents.values(), before, strict=True))


def test_the_callers_actions_are_shown_as_the_last_ones():
    env = StarCraft2Env("8m", seed=0, heuristic_ai=True)
    env.reset()
    actions = [1, 2, 3, 4, 5, 1, 2, 3]
    env.step(actions)
    assert min(actions) >= 6
    np.testing.assert_array_equal(env.get_state_dict()["last_action"].argmax(axis=1), [1, 2, 3, 4, 5, 1, 2, 3])
