"""Tiny environments whose answers are known."""

import numpy as np

from aiirmix.envs.protocol import EnvSpec, Frame, Outcome


class CreditGame:
    """Every agent sees which of its actions is right; the team is paid the share of agents that chose rightly.

    The team's reward says nothing of who was right: that is what an intrinsic reward has to find out. With `delay`, the
    answer is shown that many steps before it is asked for, so that an agent has to remember it. An agent may die on
    the way if `mortal`, and episodes end after `steps`, or at random if `ragged`.
    """

    def __init__(
        self,
        agents: int = 3,
        actions: int = 3,
        steps: int = 4,
        delay: int = 0,
        ragged: bool = False,
        mortal: bool = False,
    ) -> None:
        types = tuple("even" if i % 2 == 0 else "odd" for i in range(agents))
        self.spec = EnvSpec("toy/credit", agents, actions, actions + 1, agents * (actions + 1), steps, types)
        self.delay, self.ragged, self.mortal = delay, ragged, mortal

    def reset(self, seeds, out=None):
        spec, battles = self.spec, len(seeds)
        randoms = [np.random.default_rng(seed) for seed in seeds]
        shape = (spec.episode_limit + 1, spec.n_agents)
        self.right = np.stack([r.integers(spec.n_actions, size=shape) for r in randoms])
        self.length = np.array([r.integers(1, spec.episode_limit + 1) for r in randoms])
        self.death = np.stack([r.integers(1, 2 * spec.episode_limit, size=spec.n_agents) for r in randoms])
        if not self.ragged:
            self.length[:] = spec.episode_limit
        self.over, self.time = np.zeros(battles, bool), 0
        out = out or Frame.zeros(spec, battles)
        self._show(out)
        return out

    def step(self, actions, out=None):
        frame, outcome = out or (Frame.zeros(self.spec, len(actions)), Outcome.zeros(len(actions)))
        going = ~self.over
        asked = self.right[:, max(self.time - self.delay, 0)]
        self.time += 1
        outcome.reward[going] = ((actions == asked) & self._alive(self.time - 1)).mean(1)[going]
        ended = self.time >= self.length
        outcome.truncated[going] = (ended & (self.length == self.spec.episode_limit))[going]
        outcome.terminated[going] = (ended & ~outcome.truncated)[going]
        outcome.won[going] = (ended & (outcome.reward > 0.99))[going]
        self._show(frame)
        self.over |= ended
        return frame, outcome

    def close(self):
        pass

    def _alive(self, time):
        return (self.death > time) | np.bool_(not self.mortal)

    def _show(self, frame):
        going, alive = ~self.over, self._alive(self.time)
        shown = np.eye(self.spec.n_actions, dtype=np.float32)[self.right[:, self.time]]
        clock = np.full((*alive.shape, 1), self.time / self.spec.episode_limit, np.float32)
        obs = np.concatenate([shown, clock], -1) * alive[..., None]
        avail = np.ones((*alive.shape, self.spec.n_actions), bool)
        avail[~alive, 1:] = False
        frame.obs[going], frame.alive[going], frame.avail[going] = obs[going], alive[going], avail[going]
        frame.state[going] = obs.reshape(len(obs), -1)[going]
