"""Plays whole episodes with a policy and returns them as an `EpisodeBatch`."""

from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aiirmix.data.episode_batch import NO_ACTION, EpisodeBatch
from aiirmix.envs.protocol import BatchEnv, EnvSpec, Frame, Outcome
from aiirmix.maths.policy import action_probabilities


class Explore(Protocol):
    """How training actions follow from what the policy says of them."""

    def __call__(self, scores: Tensor, avail: Tensor, epsilon: float, generator: torch.Generator) -> Tensor:
        """Scores [..., A] and what is available of them → actions [...]; a share `epsilon` is random."""


class Policy(Protocol):
    """What acts: decentralised, from each agent's own observations and memory."""

    def initial_memory(self, battles: int) -> Tensor:
        """[B, N, H]; the memory before the first moment."""

    def act(self, obs: Tensor, last_actions: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        """Obs [B, N, O], last actions [B, N] and memory [B, N, H] → scores [B, N, A] and the next memory.

        A larger score is a better action: logits, or values.
        """


def greedy(scores: Tensor, avail: Tensor) -> Tensor:
    """The available action with the largest score. [..., A] → [...]."""
    return scores.masked_fill(~avail, float("-inf")).argmax(-1)


def sample(scores: Tensor, avail: Tensor, epsilon: float, generator: torch.Generator) -> Tensor:
    """An action drawn from the masked, ε-mixed softmax: the first of exponential clocks. [..., A] → [...]."""
    probabilities = action_probabilities(scores, avail, epsilon)
    waiting_times = torch.empty_like(probabilities).exponential_(generator=generator)
    return (probabilities / waiting_times).argmax(-1)


def epsilon_greedy(scores: Tensor, avail: Tensor, epsilon: float, generator: torch.Generator) -> Tensor:
    """With probability ε any available action, else the greedy one; each agent for itself. [..., A] → [...]."""
    dice = torch.rand(scores.shape, generator=generator)
    explores = torch.rand(scores.shape[:-1], generator=generator) < epsilon
    return torch.where(explores, greedy(dice, avail), greedy(scores, avail))


def battle_seeds(seed: int, stream: str, first: int, count: int) -> NDArray[np.int64]:
    """Seeds of the battles first … first + count − 1 of a run's stream, e.g. ``train``.

    A pure function of its arguments, so a resumed run needs no more than the index of its next battle.
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
        """One episode per seed: greedy without a `generator`, else explored with a share `epsilon` of random actions.

        An aborted battle is played again from the start, and a batch that is too large for the environment in parts.

        Returns:
            The episodes, longest first; among equals of a part, in the order of their seeds.
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
        """Plays one battle per seed to its end, good or bad."""
        buffers = _Buffers(self.env.spec, len(seeds))
        self.env.reset(seeds, buffers.frame(0))
        memory = policy.initial_memory(len(seeds))
        playing = torch.arange(len(seeds))
        step = 0
        while len(playing):
            obs, avail, last_actions = buffers.seen(step, playing)
            scores, memory = policy.act(obs.to(memory.device), last_actions.to(memory.device), memory)
            scores = scores.cpu()
            chosen = greedy(scores, avail) if generator is None else explore(scores, avail, epsilon, generator)
            buffers.actions[step + 1, playing.numpy()] = chosen.numpy()
            self.env.step(buffers.actions[step + 1], (buffers.frame(step + 1), buffers.outcome(step)))
            going_on = buffers.going_on(step, playing)
            memory, playing = memory[going_on.to(memory.device)], playing[going_on]
            step += 1
        return buffers


class _Buffers:
    """Time-major arrays that an environment writes into, for episodes of up to the environment's limit."""

    def __init__(self, spec: EnvSpec, battles: int) -> None:
        self.battles = battles
        moments, agents = spec.episode_limit + 1, spec.n_agents
        self.frames = Frame(
            np.zeros((moments, battles, agents, spec.obs_dim), np.float32),
            np.zeros((moments, battles, spec.state_dim), np.float32),
            np.zeros((moments, battles, agents, spec.n_actions), np.bool_),
            np.zeros((moments, battles, agents), np.bool_),
        )
        self.outcomes = Outcome(
            np.zeros((moments, battles), np.float32), *(np.zeros((moments, battles), np.bool_) for _ in range(4))
        )
        self.actions = np.full((moments, battles, agents), NO_ACTION, np.int64)
        """[T + 1, B, N]; entry t + 1 is played at step t, so that entry t is the last action."""

    def frame(self, t: int) -> Frame:
        return Frame(*(x[t] for x in self.frames))

    def outcome(self, t: int) -> Outcome:
        return Outcome(*(x[t] for x in self.outcomes))

    def seen(self, t: int, playing: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        rows = playing if len(playing) < self.battles else slice(None)
        arrays = (self.frames.obs, self.frames.avail, self.actions)
        obs, avail, last_actions = (torch.from_numpy(x[t])[rows] for x in arrays)
        return obs, avail, last_actions

    def going_on(self, t: int, playing: Tensor) -> Tensor:
        _, terminated, truncated, _, aborted = self.outcome(t)
        return ~torch.from_numpy(terminated | truncated | aborted)[playing]

    def complete(self) -> NDArray[np.bool_]:
        """[B]; the battle came to its end, and was not aborted."""
        return np.asarray((self.outcomes.terminated | self.outcomes.truncated).any(0))

    def batch(self, epsilon: float) -> EpisodeBatch:
        """The complete episodes."""
        complete, ends = self.complete(), (self.outcomes.terminated | self.outcomes.truncated).argmax(0)
        steps = int(ends[complete].max()) + 1
        lengths = torch.from_numpy(ends + 1)
        obs, state, avail, alive = (torch.from_numpy(x[: steps + 1]) for x in self.frames)
        padded = EpisodeBatch(
            obs,
            state,
            avail,
            alive,
            actions=torch.from_numpy(self.actions[1 : steps + 1]),
            reward=torch.from_numpy(self.outcomes.reward[:steps]),
            lengths=lengths,
            terminated=torch.from_numpy(self.outcomes.terminated[:steps].any(0)),
            won=torch.from_numpy(self.outcomes.won[:steps].any(0)),
            epsilon=epsilon,
        )
        return padded.select(torch.from_numpy(np.flatnonzero(complete)))
