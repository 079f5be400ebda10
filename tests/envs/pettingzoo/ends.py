"""A PettingZoo game whose agents end as a schedule says, and games that break PettingZoo's rules."""

from typing import Any

import numpy as np
from gymnasium.spaces import Box, Discrete
from gymnasium.spaces import Dict as DictSpace
from gymnasium.spaces import Sequence as SequenceSpace
from pettingzoo import ParallelEnv


class Schedule(ParallelEnv[Any, Any, Any]):
    """Agents observe the round; agent i is terminated or truncated in the round that its entry names.

    Args:
        ends: for each agent, ``[round, "terminated" | "truncated"]``.
        names: the agents' names; None: 0, 1, ….
        announced: whether there are `possible_agents` from the start.
    """

    metadata = {"name": "schedule"}  # noqa: RUF012 - PettingZoo's own form

    def __init__(self, ends, names=None, announced=True):
        names = range(len(ends)) if names is None else (tuple(n) if isinstance(n, list) else n for n in names)
        self.ends = dict(zip(names, ends, strict=True))
        if announced:
            self.possible_agents = list(self.ends)

    def observation_space(self, agent):
        return Box(0, 99, (1,))

    def action_space(self, agent):
        return Discrete(2)

    def reset(self, seed=None, options=None):
        self.agents, self.round = list(self.ends), 0
        return self._observed(self.agents), {agent: {} for agent in self.agents}

    def step(self, actions):
        assert set(actions) == set(self.agents)
        present, self.round = list(self.agents), self.round + 1
        self.agents = [agent for agent in present if self.ends[agent][0] != self.round]
        rewards = dict.fromkeys(present, 1.0)
        ended = [self._ended(present, kind) for kind in ("terminated", "truncated")]
        return self._observed(present), rewards, *ended, {agent: {} for agent in present}

    def _observed(self, agents):
        return {agent: np.array([self.round + 1], np.float32) for agent in agents}

    def _ended(self, agents, kind):
        return {agent: self.ends[agent] == [self.round, kind] for agent in agents}


class Broken(Schedule):
    """A game of one agent that breaks the rule that its argument names."""

    def __init__(self, rule):
        super().__init__([[5, "terminated"]])
        self.rule = rule

    def observation_space(self, agent):
        spaces = {"sequence": SequenceSpace(Discrete(2)), "mask": DictSpace({"action_mask": Box(0, 1, (2,))})}
        return spaces.get(self.rule, super().observation_space(agent))

    def action_space(self, agent):
        return Box(-1, 1, (2,)) if self.rule == "continuous" else super().action_space(agent)

    def reset(self, seed=None, options=None):
        observations, infos = super().reset(seed)
        if self.rule == "deserted":
            self.possible_agents, self.agents = [], []
        if self.rule == "small seed":
            np.random.RandomState(seed)
        return observations if self.rule == "old reset" else (observations, infos)

    def step(self, actions):
        observations, rewards, terminations, truncations, infos = super().step(actions)
        if self.rule == "old step":
            return observations, rewards, terminations, infos
        if self.rule == "silent":
            return {}, rewards, terminations, truncations, infos
        return observations, rewards, terminations, truncations, infos


def parallel_env(rule=None, **arguments):
    return Broken(rule) if rule else Schedule(**arguments)
