"""Plays whole episodes with a policy and returns them as an `EpisodeBatch`.

Letters in shapes: T timesteps, B episodes, N agents, A actions, O observation features, H width of the hidden state.
"""

from typing import Protocol, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.data.finite import require_finite_outputs
from aiirmix.data.packing import NO_ACTION
from aiirmix.envs.protocol import BatchEnv, EnvSpec, Frame, KnowsContributions, Outcome
from aiirmix.maths.policy import action_probabilities
from aiirmix.maths.q_values import best_actions


class Explore(Protocol):
    """How training actions follow from the outputs of a policy."""

    def __call__(self, outputs: Tensor, avail: Tensor, epsilon: float, generator: torch.Generator) -> Tensor:
        """Choose actions [...] from outputs [..., A] among the available ones; a fraction `epsilon` is random."""


class Policy(Protocol):
    """A decentralised policy: each agent acts on its own observations and hidden state."""

    def initial_hidden(self, episodes: int) -> Tensor:
        """Return the hidden state before the first timestep, [B, N, H]."""

    def act(self, obs: Tensor, last_actions: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """Take one step: obs [B, N, O], last actions [B, N], hidden state [B, N, H] → outputs [B, N, A], hidden state.

        The outputs are logits or Q-values: a larger output is a better action.
        """


def sample(outputs: Tensor, avail: Tensor, epsilon: float, generator: torch.Generator) -> Tensor:
    """Draw from the masked softmax of the outputs, mixed with a fraction ε of the uniform policy. [..., A] → [...].

    The action whose exponential clock rings first is the one drawn.
    """
    probabilities = action_probabilities(outputs, avail, epsilon)
    waiting_times = torch.empty_like(probabilities).exponential_(generator=generator)
    return (probabilities / waiting_times).argmax(-1)


def epsilon_greedy(outputs: Tensor, avail: Tensor, epsilon: float, generator: torch.Generator) -> Tensor:
    """Choose any available action with probability ε, else the greedy one; agents explore independently.

    [..., A] → [...].
    """
    noise = torch.rand(outputs.shape, generator=generator)
    explores = torch.rand(outputs.shape[:-1], generator=generator) < epsilon
    return torch.where(explores, best_actions(noise, avail), best_actions(outputs, avail))


def episode_seeds(seed: int, stream: str, first: int, count: int) -> NDArray[np.int64]:
    """Return the seeds of the episodes first … first + count − 1 in one of a run's streams, e.g. ``train``.

    They are a pure function of the arguments, so a resumed run needs only the index of its next episode.
    """
    sequences = (np.random.SeedSequence((seed, *stream.encode(), index)) for index in range(first, first + count))
    return np.array([s.generate_state(1, np.uint64)[0] >> np.uint64(1) for s in sequences]).astype(np.int64)


class Collector:
    """Plays batches of episodes in lockstep; the environment writes straight into the batch's buffers."""

    def __init__(self, env: BatchEnv) -> None:
        self.env = env

    @torch.no_grad()
    def collect(
        self,
        policy: Policy,
        seeds: NDArray[np.int64],
        epsilon: float = 0.0,
        generator: torch.Generator | None = None,
        explore: Explore = sample,
    ) -> EpisodeBatch:
        """Play one episode per seed: greedily without a `generator`, else exploring with a fraction `epsilon`.

        An aborted episode is played again from the start. A batch that is too large for the environment is played
        in parts.

        Returns:
            The episodes, longest first; those of equal length in the order of their seeds, part by part.
        """
        waiting, played = seeds, list[EpisodeBatch]()
        while len(waiting):
            part, waiting = np.split(waiting, [self.env.spec.most_battles or len(waiting)])
            buffers = self._play(policy, part, epsilon, generator, explore)
            complete = buffers.complete()
            if complete.any():
                played.append(buffers.batch(epsilon))
            waiting = np.concatenate([part[~complete], waiting])
        return EpisodeBatch.join(played)

    def _play(
        self,
        policy: Policy,
        seeds: NDArray[np.int64],
        epsilon: float,
        generator: torch.Generator | None,
        explore: Explore,
    ) -> "_Buffers":
        """Play one episode per seed until it ends or is aborted.

        Raises:
            DivergedError: the environment refuses actions that follow from an infinite or missing number.
        """
        buffers = _Buffers(self.env.spec, len(seeds))
        self.env.reset(seeds, buffers.frame(0))
        hidden = policy.initial_hidden(len(seeds))
        playing = torch.arange(len(seeds))
        step = 0
        while len(playing):
            obs, avail, last_actions = buffers.seen(step, playing)
            outputs, hidden = policy.act(obs.to(hidden.device), last_actions.to(hidden.device), hidden)
            outputs = outputs.cpu()
            chosen = best_actions(outputs, avail) if generator is None else explore(outputs, avail, epsilon, generator)
            buffers.actions[step + 1, playing.numpy()] = chosen.numpy()
            try:
                self.env.step(buffers.actions[step + 1], (buffers.frame(step + 1), buffers.outcome(step)))
            except Exception:
                # An environment refuses the actions that follow from NaN, but cannot tell why they are wrong.
                require_finite_outputs(obs, outputs)
                raise
            if self.env.spec.knows_contributions:
                buffers.contributions.append(cast(KnowsContributions, self.env).contributions())
            continues = buffers.continues(step, playing)
            hidden, playing = hidden[continues.to(hidden.device)], playing[continues]
            step += 1
        return buffers


class _Buffers:
    """Time-major arrays that an environment writes into, for episodes of up to the environment's limit."""

    def __init__(self, spec: EnvSpec, episodes: int) -> None:
        self.episodes = episodes
        timesteps = spec.episode_limit + 1
        self.frames = Frame._make(_repeated(x, timesteps) for x in Frame.zeros(spec, episodes))
        self.outcomes = Outcome._make(_repeated(x, timesteps) for x in Outcome.zeros(episodes))
        self.actions = np.full((timesteps, episodes, spec.n_agents), NO_ACTION, np.int64)
        """[T + 1, B, N]; entry t + 1 is played at timestep t, so that entry t is the last action."""
        self.contributions: list[NDArray[np.float32]] = []
        """[B, N] for each step; empty if the environment knows none."""

    def frame(self, t: int) -> Frame:
        return Frame(*(x[t] for x in self.frames))

    def outcome(self, t: int) -> Outcome:
        return Outcome(*(x[t] for x in self.outcomes))

    def seen(self, t: int, playing: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return observations, available actions and last actions of the episodes that are being played."""
        rows = playing if len(playing) < self.episodes else slice(None)
        arrays = (self.frames.obs, self.frames.avail, self.actions)
        obs, avail, last_actions = (torch.from_numpy(x[t])[rows] for x in arrays)
        return obs, avail, last_actions

    def continues(self, t: int, playing: Tensor) -> Tensor:
        _, terminated, truncated, _, aborted = self.outcome(t)
        return ~torch.from_numpy(terminated | truncated | aborted)[playing]

    def complete(self) -> NDArray[np.bool_]:
        """Tell the episodes that ended from those that were aborted, [B]."""
        return np.asarray((self.outcomes.terminated | self.outcomes.truncated).any(0))

    def batch(self, epsilon: float) -> EpisodeBatch:
        """Return the complete episodes."""
        complete, ends = self.complete(), (self.outcomes.terminated | self.outcomes.truncated).argmax(0)
        steps = int(ends[complete].max()) + 1
        padded = EpisodeBatch(
            **{name: torch.from_numpy(x[: steps + 1]) for name, x in self.frames._asdict().items()},
            actions=torch.from_numpy(self.actions[1 : steps + 1]),
            reward=torch.from_numpy(self.outcomes.reward[:steps]),
            lengths=torch.from_numpy(ends + 1),
            terminated=torch.from_numpy(self.outcomes.terminated[:steps].any(0)),
            won=torch.from_numpy(self.outcomes.won[:steps].any(0)),
            epsilon=epsilon,
            contributions=self._contributions(steps),
        )
        return padded.select(torch.from_numpy(np.flatnonzero(complete)))

    def _contributions(self, steps: int) -> Tensor | None:
        """Return what the environment knows, [T, B, N]."""
        return torch.from_numpy(np.stack(self.contributions[:steps])) if self.contributions else None


def _repeated(x: NDArray[np.generic], timesteps: int) -> NDArray[np.generic]:
    """Return zeros of the type and shape of `x` at every timestep."""
    return np.zeros((timesteps, *x.shape), x.dtype)
