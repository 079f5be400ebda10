"""Tiny environments whose answers are known, and batches of episodes without an environment."""

from dataclasses import fields, replace

import numpy as np
import torch

from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.envs.protocol import EnvSpec, Frame, Outcome, refuse_unavailable


class CreditGame:
    """Every agent sees which of its actions is right; the team is paid the fraction of agents that chose it.

    The team's reward does not reveal who was right: an intrinsic reward has to find that out. With `delay`, the answer
    is shown that many steps before it is asked for, so that an agent has to remember it. Agents may die during an
    episode if `mortal`. Episodes end after `steps`, or at random if `ragged`.
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
        refuse_unavailable(actions, self._avail(), going)
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

    def _avail(self):
        avail = np.ones((*self._alive(self.time).shape, self.spec.n_actions), bool)
        avail[~self._alive(self.time), 1:] = False
        return avail

    def _alive(self, time):
        return (self.death > time) | np.bool_(not self.mortal)

    def _show(self, frame):
        going, alive = ~self.over, self._alive(self.time)
        shown = np.eye(self.spec.n_actions, dtype=np.float32)[self.right[:, self.time]]
        clock = np.full((*alive.shape, 1), self.time / self.spec.episode_limit, np.float32)
        obs = np.concatenate([shown, clock], -1) * alive[..., None]
        frame.obs[going], frame.alive[going], frame.avail[going] = obs[going], alive[going], self._avail()[going]
        frame.state[going] = obs.reshape(len(obs), -1)[going]


def small_spec(agents=3, actions=4):
    """Return sizes for `random_batch`."""
    types = tuple("even" if i % 2 == 0 else "odd" for i in range(agents))
    return EnvSpec("toy/random", agents, actions, obs_dim=5, state_dim=6, episode_limit=9, agent_types=types)


def random_batch(spec, lengths=(5, 3, 3, 1), seed=0, epsilon=0.0, dtype=torch.float32):
    """Return random episodes of these lengths: agents die, actions are unavailable, some time out.

    A dead agent observes zeros and takes its only available action, as the protocol demands.
    """
    draw = torch.Generator().manual_seed(seed)
    steps, episodes, agents, actions = max(lengths), len(lengths), spec.n_agents, spec.n_actions
    timesteps = torch.arange(steps + 1)[:, None, None]
    deaths = torch.randint(1, 2 * steps + 2, (episodes, agents), generator=draw)
    alive = timesteps < deaths
    avail = torch.rand(steps + 1, episodes, agents, actions, generator=draw) < 0.6
    avail[..., 0] |= ~avail.any(-1)
    avail[~alive] = torch.arange(actions) == 0
    taken = torch.multinomial(avail[:-1].float().flatten(0, -2), 1, generator=draw).view(steps, episodes, agents)
    return EpisodeBatch(
        obs=torch.randn(steps + 1, episodes, agents, spec.obs_dim, generator=draw, dtype=dtype) * alive[..., None],
        state=torch.randn(steps + 1, episodes, spec.state_dim, generator=draw, dtype=dtype),
        avail=avail,
        alive=alive,
        actions=taken,
        reward=torch.randn(steps, episodes, generator=draw, dtype=dtype),
        lengths=torch.tensor(lengths),
        terminated=torch.rand(episodes, generator=draw) < 0.5,
        won=torch.rand(episodes, generator=draw) < 0.5,
        epsilon=epsilon,
    )


def as_double(batch):
    """Return the same episodes in double precision."""
    values = {f.name: getattr(batch, f.name) for f in fields(batch)}
    floats = {name: x for name, x in values.items() if isinstance(x, torch.Tensor) and x.is_floating_point()}
    return replace(batch, **{name: x.double() for name, x in floats.items()})


def with_garbage(batch, extra_steps, garbage=torch.nan):
    """Return the same episodes, padded to more steps, with garbage in every cell after an episode's end."""

    def pad(x, valid, fill):
        padded = torch.cat([x, x[:1].expand(extra_steps, *x.shape[1:])]).clone()
        ended = torch.arange(len(padded))[:, None] >= valid
        padded[ended] = fill
        return padded

    timesteps = {"obs": garbage, "state": garbage, "avail": False, "alive": True}
    steps = {"actions": 10**6, "reward": garbage}
    return replace(
        batch,
        **{name: pad(getattr(batch, name), batch.lengths + 1, fill) for name, fill in timesteps.items()},
        **{name: pad(getattr(batch, name), batch.lengths, fill) for name, fill in steps.items()},
    )
