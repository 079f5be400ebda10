"""A small PettingZoo game with every complication: unequal agents, masks, agents that leave, a goal."""

from typing import Any

import numpy as np
from gymnasium.spaces import Box, Dict, Discrete, MultiBinary
from pettingzoo import ParallelEnv


class Relay(ParallelEnv[str, Any, int]):
    """Runners leave one by one: in each round, the last one present leaves if its action equals the caller's cue.

    The caller has two actions and observes the number of the round. The runners have three actions, the second of which
    is unavailable in odd rounds, and observe the cue. Every agent is paid 1 when a runner leaves, the caller 2. The
    goal is reached when all runners have left.
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
        self.rng = np.random.default_rng(seed)
        self.agents, self.round, self.cue = list(self.possible_agents), 0, self.rng.integers(3)
        return {agent: self._observe(agent) for agent in self.agents}, {agent: {} for agent in self.agents}

    def step(self, actions):
        assert set(actions) == set(self.agents)
        assert actions["caller"] in (5, 6)
        present = list(self.agents)
        runner = present[-1]
        leaves = runner != "caller" and actions[runner] == self.cue
        self.round, self.cue = self.round + 1, self.rng.integers(3)
        gone = len(self.possible_agents) - len(present) + leaves
        reached = gone == len(self.possible_agents) - 1
        late = self.round == self.limit and not reached
        terminations = {agent: bool(reached or (leaves and agent == runner)) for agent in present}
        truncations = {agent: late and not terminations[agent] for agent in present}
        self.agents = [agent for agent in present if not terminations[agent] and not truncations[agent]]
        rewards = {agent: float(leaves * (1 + (agent == "caller"))) for agent in present}
        infos = {agent: {"reached": reached} for agent in present}
        return {agent: self._observe(agent) for agent in present}, rewards, terminations, truncations, infos

    def _observe(self, agent):
        if agent == "caller":
            return self.round
        cue = np.array([[self.cue == 1, self.cue == 2], [0.5, 1.0]], np.float32)
        return {"observation": cue, "action_mask": np.array([1, self.round % 2 == 0, 1], np.int8)}


def parallel_env(**arguments):
    return Relay(**arguments)
