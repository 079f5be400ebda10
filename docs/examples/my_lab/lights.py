"""A game of lamps and switches: each agent sees which of its switches is right."""

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.protocol import EnvSpec, Frame, Outcome, refuse_unavailable


class Lights:
    """The team's reward is the fraction of agents that choose the switch of their lamp.

    Args:
        agents: the number of agents.
        switches: the number of switches before each of them.
        steps: environment steps of an episode.
    """

    def __init__(self, agents: int, switches: int, steps: int) -> None:
        name, types = f"lights/{agents}x{switches}", ("person",) * agents
        self._spec = EnvSpec(name, agents, switches, switches, agents * switches, steps, types)

    @property
    def spec(self) -> EnvSpec:
        """Sizes and names."""
        return self._spec

    def reset(self, seeds: NDArray[np.int64], out: Frame | None = None) -> Frame:
        """Start one episode per seed; see `BatchEnv`."""
        shape = (self.spec.episode_limit + 1, self.spec.n_agents)
        self.lamps = np.stack([np.random.default_rng(s).integers(self.spec.n_actions, size=shape) for s in seeds])
        self.time = 0
        return self._show(out or Frame.zeros(self.spec, len(seeds)))

    def step(self, actions: NDArray[np.int64], out: tuple[Frame, Outcome] | None = None) -> tuple[Frame, Outcome]:
        """Play the joint actions [B, N]; see `BatchEnv`."""
        frame, outcome = out or (Frame.zeros(self.spec, len(actions)), Outcome.zeros(len(actions)))
        if self.time == self.spec.episode_limit:
            return frame, outcome
        battles = len(actions)
        avail = np.ones((battles, self.spec.n_agents, self.spec.n_actions), np.bool_)
        refuse_unavailable(actions, avail, np.ones(battles, np.bool_))
        outcome.reward[:] = (actions == self.lamps[:, self.time]).mean(1)
        self.time += 1
        outcome.terminated[:] = outcome.won[:] = False
        outcome.truncated[:] = self.time == self.spec.episode_limit
        return self._show(frame), outcome

    def close(self) -> None:
        """Do nothing: there are no processes or files."""

    def _show(self, frame: Frame) -> Frame:
        frame.obs[:] = np.eye(self.spec.n_actions)[self.lamps[:, self.time]]
        frame.state[:] = frame.obs.reshape(frame.state.shape)
        frame.avail[:] = frame.alive[:] = True
        return frame
