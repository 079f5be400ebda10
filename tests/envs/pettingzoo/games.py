"""A small PettingZoo game with everything that is awkward: unequal agents, masks, agents that leave, a goal."""

from typing import Any

import numpy as np
from gymnasium.spaces import Box, Dict, Discrete, MultiBinary
from pettingzoo import ParallelEnv


class Relay(ParallelEnv[str, Any, int]):
    """Runners pass one by one: in each round the first one still there leaves if it does as the caller's cue says.

    The caller has two actions and sees the round, the runners have three, of which the second is not for them in odd
    rounds, and see the cue. Everybody is paid 1 for each runner that has left, the caller twice. The goal is reached
    when all have left.
    """

    metadata = {"name": "relay"}  # noqa: RUF012 - PettingZoo's own form

    def __init__(self, runners=2, limit=None):
        self.possible_agents = ["caller", *(f"runner_{i}" for i in range(runners))]
        self.limit = limit

    def observation_space(self, agent):
        if agent == "caller":
            return Discrete(20)
        return Dict({"observation": Box(-1, 1, (2, 2)), "action_mask": MultiBinary(3)})

    def action_space(self, agent):
        return Discrete(2, start=5) if agent == "caller" else Discrete(3)

    def reset(self, seed=None, options=None):
        self.random = np.random.default_rng(seed)
        self.agents, self.round, self.cue = list(self.possible_agents), 0, self.random.integers(3)
        return self._look(), {agent: {} for agent in self.agents}

    def step(self, actions):
        assert set(actions) == set(self.agents)
        assert actions["caller"] in (5, 6)
        there = list(self.agents)
        runner = there[-1]
        leaves = runner != "caller" and actions[runner] == self.cue
        self.round, self.cue = self.round + 1, self.random.integers(3)
        gone = len(self.possible_agents) - len(there) + leaves
        reached = gone == len(self.possible_agents) - 1
        late = self.round == self.limit and not reached
        terminations = {agent: bool(reached or (leaves and agent == runner)) for agent in there}
        truncations = {agent: late and not terminations[agent] for agent in there}
        self.agents = [agent for agent in there if not terminations[agent] and not truncations[agent]]
        rewards = {agent: float(leaves * (1 + (agent == "caller"))) for agent in there}
        infos = {agent: {"reached": reached} for agent in there}
        return {agent: self._sight(agent) for agent in there}, rewards, terminations, truncations, infos

    def _look(self):
        return {agent: self._sight(agent) for agent in self.agents}

    def _sight(self, agent):
        if agent == "caller":
            return self.round
        cue = np.array([[self.cue == 1, self.cue == 2], [0.5, 1.0]], np.float32)
        return {"observation": cue, "action_mask": np.array([1, self.round % 2 == 0, 1], np.int8)}


def parallel_env(**arguments):
    return Relay(**arguments)
